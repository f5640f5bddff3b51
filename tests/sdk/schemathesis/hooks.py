"""What schemathesis is told beside the document: ids that exist, and requests never to send."""

import itertools
import json
import os

import schemathesis

POOL = {name: itertools.cycle(ids) for name, ids in json.loads(os.environ["CONVOKE_POOL"]).items()}
OWN_CLIENT = os.environ["CONVOKE_OWN_CLIENT"]
counter = itertools.count()


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Names something that exists in two of three requests; the rest keep what was made up."""
    if path_parameters and next(counter) % 3:
        for name in path_parameters:
            if name in POOL:
                path_parameters[name] = next(POOL[name])
    return path_parameters


@schemathesis.hook
def filter_case(context, case):
    """Never changes or deletes the client that the run itself signed in with."""
    return (case.path_parameters or {}).get("clientId") != OWN_CLIENT
