"""What the tests of searches share: criteria through the SDK, q64, and groups to search among."""

import base64
import gzip
import json
from urllib.parse import unquote

import PureCloudPlatformClientV2 as sdk
from convoke import Case, add_members, admin, made, new_group, new_user

GROUPS = "/api/v2/groups/search"
USERS = "/api/v2/users/search"
BAD = ("bad.request", "invalid.value")


def that(criterion, type, fields=None, value=None, **rest):
    """A criterion of one field or several, and of one value or several."""
    fields = [fields] if isinstance(fields, str) else fields
    word = "values" if isinstance(value, list) else "value"
    return made(criterion, type=type, fields=fields, **{word: value}, **rest)


def group_that(*one, **rest):
    return that(sdk.GroupSearchCriteria(), *one, **rest)


def user_that(*one, **rest):
    return that(sdk.UserSearchCriteria(), *one, **rest)


def find_groups(*query, session=None, **options):
    body = made(sdk.GroupSearchRequest(), query=list(query), **options)
    return (session or admin()).groups.post_groups_search(body)


def find_users(*query, session=None, **options):
    body = made(sdk.UserSearchRequest(), query=list(query), **options)
    return (session or admin()).users.post_users_search(body)


def by(*keys):
    """The list of sort keys, each a field and a direction."""
    return [made(sdk.SearchSort(), sort_by=field, sort_order=order) for field, order in keys]


def ids(answer):
    return [found.id for found in answer.results]


def names(answer):
    return [found.name for found in answer.results]


def q64_of(link, path=GROUPS):
    """What a user of an SDK cuts out of a link to hand it back."""
    before, _, q64 = link.partition("?q64=")
    if before != path or not q64:
        raise AssertionError(f"not a link to a page of {path}: {link}")
    return unquote(q64)


def inflated(q64):
    """The search that a q64 holds; fails where padding or alphabet are not as published."""
    return json.loads(gzip.decompress(base64.b64decode(q64, altchars=b"-_", validate=True)))


def deflated(text):
    """A q64 of this text or these bytes."""
    raw = text if isinstance(text, bytes) else text.encode()
    return base64.urlsafe_b64encode(gzip.compress(raw)).decode()


DAY, SHIFT, WATCH, CHOIR = "Day Shift", "Night Shift", "night watch", "Nightingale Choir"
# Its key begins with «strasse», the next one's with «tokyo», the last one's with «ü».
STREET, TOKYO, ABOUT = "Straße Nord", "Ｔｏｋｙｏ Office", "Über Uns"
ALL = [DAY, SHIFT, WATCH, CHOIR, STREET, TOKYO, ABOUT]
EXTENSION = {"extension": "4711", "type": "GROUPPHONE", "mediaType": "PHONE"}
PHONE = {"address": "+13175550177", "type": "GROUPRING", "mediaType": "PHONE"}


class GroupsCase(Case):
    """Seven groups, and searches among them."""

    @classmethod
    def setUpClass(cls):
        cls.owner, cls.member = new_user(), new_user()
        cls.made = {
            name: new_group(name, **fields)
            for name, fields in {
                ABOUT: {},
                SHIFT: {"description": "Answers calls after ten", "addresses": [PHONE, EXTENSION]},
                CHOIR: {"type": "social", "owner_ids": [cls.owner.id], "include_owners": False},
                TOKYO: {},
                DAY: {"description": "Nothing at night"},
                STREET: {},
                WATCH: {"visibility": "owners"},
            }.items()
        }
        add_members(cls.made[DAY].id, [cls.member])
        asleep = {"version": 1, "state": "inactive"}
        admin().groups.put_group(cls.made[STREET].id, body=asleep)
        cls.within = group_that("EXACT", "id", [group.id for group in cls.made.values()])

    def found(self, *query, **options):
        """The names of those of the seven that are found, in the order they come."""
        answer = find_groups(self.within, *query, page_size=100, **options)
        self.assertEqual(answer.total, len(answer.results))
        return names(answer)
