"""The calls of the Terraform provider's group resource, in its order and with its retry rules.

The provider is the strictest client known: it reads a policy of every group, compares what it
wrote with what it reads back, and gives up on anything that it did not expect. Only the standard
library is used, so that nothing stands between the calls and the server.
"""

import base64
import concurrent.futures
import json
import os
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
import uuid

URL = os.environ["CONVOKE_URL"].rstrip("/")
CHUNK = 50
MISMATCH = "does not match the current version"
# The provider waits for minutes; a server that is consistent needs no wait at all.
READ_LIMIT, DELETE_LIMIT, UPDATE_TRIES = 20, 20, 10


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, method, path, status, headers, body):
        # The Go SDK fails hard on an error body that is not JSON.
        self.status, self.headers, self.body = status, headers, json.loads(body)
        super().__init__(f"{method} {path}: {status} {body}")


class Provider:
    """The provider's client: signs in once, then calls with JSON both ways."""

    def __init__(self, client_id, secret):
        word = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self.headers = {
            "Authorization": f"Basic {word}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self.call("POST", "/oauth/token", form=b"grant_type=client_credentials")
        self.headers = {
            "Authorization": f"Bearer {answer['access_token']}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }

    def call(self, method, path, body=None, form=None, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        data = form if form is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(URL + path, data=data, headers=self.headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                text = reply.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            raise Refused(method, path, error.code, error.headers, error.read()) from None

    def when_versions_mismatch(self, attempt):
        """Repeats `attempt` while it is refused for its version."""
        for trial in range(1, UPDATE_TRIES + 1):
            try:
                return trial, attempt()
            except Refused as refused:
                stale = refused.status in (409, 408)
                stale = stale or refused.status == 400 and MISMATCH in refused.body.get("message", "")
                if not stale or trial == UPDATE_TRIES:
                    raise
                time.sleep(float(refused.headers.get("Retry-After", 0.5 * trial)))
        raise AssertionError("not reached")

    # 1. Create

    def create(self, plan):
        body = {key: value for key, value in plan.items() if key not in ("description", "member_ids", "policy")}
        group = self.call("POST", "/api/v2/groups", body)
        path = f"/api/v2/groups/{group['id']}"
        if plan.get("description"):
            self.update(group["id"], {"description": plan["description"]})
        self.set_members(group["id"], plan.get("member_ids", []))
        self.call("PATCH", f"/api/v2/voicemail{path[len('/api/v2'):]}/policy", plan.get("policy", {}))
        return self.read(group["id"])

    def set_members(self, group_id, wanted):
        path = f"/api/v2/groups/{group_id}"
        current = [user["id"] for user in self.call("GET", f"{path}/individuals").get("entities", [])]
        surplus = [user_id for user_id in current if user_id not in wanted]
        for start in range(0, len(surplus), CHUNK):
            ids = ",".join(surplus[start : start + CHUNK])
            self.when_versions_mismatch(lambda ids=ids: self.call("DELETE", f"{path}/members", ids=ids))
        lacking = [user_id for user_id in wanted if user_id not in current]
        for start in range(0, len(lacking), CHUNK):
            chunk = lacking[start : start + CHUNK]

            def add(chunk=chunk):
                version = self.call("GET", path)["version"]
                self.call("POST", f"{path}/members", {"memberIds": chunk, "version": version})

            self.when_versions_mismatch(add)

    # 2. Read

    def read(self, group_id):
        """The group, its individuals and its policy; None if it is not there for good."""
        deadline = time.monotonic() + READ_LIMIT
        while True:
            try:
                group = self.call("GET", f"/api/v2/groups/{group_id}")
                break
            except Refused as refused:
                if refused.status not in (404, 408, 410):
                    raise
                if time.monotonic() > deadline:
                    return None
                time.sleep(0.2)
        people = self.call("GET", f"/api/v2/groups/{group_id}/individuals")
        policy = self.call("GET", f"/api/v2/voicemail/groups/{group_id}/policy")
        return {**group, "member_ids": [user["id"] for user in people["entities"]], "policy": policy}

    # 3. Update

    def update(self, group_id, fields, between=None):
        """GET, then PUT with the version; `between` is done once in the middle."""
        meanwhile = [between] if between else []

        def attempt():
            version = self.call("GET", f"/api/v2/groups/{group_id}")["version"]
            if meanwhile:
                meanwhile.pop()()
            return self.call("PUT", f"/api/v2/groups/{group_id}", {**fields, "version": version})

        return self.when_versions_mismatch(attempt)

    # 4. Delete

    def delete(self, group_id):
        """Deletes, and deletes again until the group is not found or says that it is deleted."""
        deadline = time.monotonic() + DELETE_LIMIT
        for trial in range(1, 1_000):
            try:
                self.call("DELETE", f"/api/v2/groups/{group_id}")
            except Refused:
                pass
            try:
                if self.call("GET", f"/api/v2/groups/{group_id}")["state"] == "deleted":
                    return trial
            except Refused as refused:
                if refused.status in (404, 410):
                    return trial
                raise
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)
        raise AssertionError("the group is still there")

    # 5. Export

    def export(self):
        first = self.call("GET", "/api/v2/groups", pageSize=500, pageNumber=1)
        with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
            rest = pool.map(
                lambda number: self.call("GET", "/api/v2/groups", pageSize=500, pageNumber=number),
                range(2, first["pageCount"] + 1),
            )
            return [group for page in [first, *rest] for group in page["entities"]]

    def user(self, word):
        home = self.call("GET", "/api/v2/authorization/divisions/home")["id"]
        body = {"name": f"{word} {uuid.uuid4().hex[:8]}", "email": f"{uuid.uuid4().hex}@example.com"}
        user = self.call("POST", "/api/v2/users", {**body, "divisionId": home})
        assert user["division"]["id"] == home
        return user


def plan(**fields):
    """A group as the provider's defaults make it."""
    whole = {
        "name": f"Terraform {uuid.uuid4().hex[:8]}",
        "type": "official",
        "visibility": "public",
        "rulesVisible": True,
        "rolesEnabled": True,
        "callsEnabled": True,
        "includeOwners": True,
    }
    return {**whole, **fields}


def check_configure(provider):
    # Before anything else the provider asks whose organisation it is, dereferences the country without
    # looking, and counts the products.
    organisation = provider.call("GET", "/api/v2/organizations/me")
    assert len(organisation["defaultCountryCode"]) == 2, organisation
    products = provider.call("GET", "/api/v2/authorization/products")
    assert [product["id"] for product in products["entities"]] == ["directory"], products
    assert products["total"] == 1, products


def check_create_and_read(provider):
    owner = provider.user("Owner")["id"]
    members = [provider.user("Member")["id"] for _ in range(3)]
    wanted = plan(
        description="made by a plan",
        ownerIds=[owner],
        addresses=[{"address": "+13175550188", "type": "GROUPRING", "mediaType": "PHONE"}],
        member_ids=members,
        policy={"enabled": True, "sendEmailNotifications": False},
    )
    state = provider.create(wanted)
    for field in ("name", "type", "visibility", "description", "rulesVisible", "rolesEnabled", "callsEnabled", "includeOwners"):
        assert state[field] == wanted[field], (field, state)
    assert [person["id"] for person in state["owners"]] == [owner]
    # Owners are no individuals, or every plan would show a difference.
    assert sorted(state["member_ids"]) == sorted(members)
    assert state["addresses"][0]["address"] == "+13175550188"
    assert state["memberCount"] == 4
    assert state["policy"]["enabled"] is True and state["policy"]["sendEmailNotifications"] is False


def check_an_extension_reads_back(provider):
    contact = {"extension": "3100", "type": "GROUPPHONE", "mediaType": "PHONE"}
    state = provider.create(plan(addresses=[contact]))
    assert state["addresses"][0]["extension"] == "3100", state["addresses"]
    _, cleared = provider.update(state["id"], {"addresses": []})
    assert not cleared.get("addresses"), cleared


def check_members_in_chunks(provider):
    people = [provider.user("Crowd")["id"] for _ in range(120)]
    state = provider.create(plan(member_ids=people))
    assert sorted(state["member_ids"]) == sorted(people)
    # One version for the group, one for each chunk.
    assert state["version"] == 4, state["version"]
    keep = people[:7]
    provider.set_members(state["id"], keep)
    again = provider.read(state["id"])
    assert sorted(again["member_ids"]) == sorted(keep)
    provider.set_members(state["id"], keep)
    assert provider.read(state["id"])["version"] == again["version"], "no difference, no version"


def check_update_retries_a_mismatch(provider):
    state = provider.create(plan())
    rival = lambda: provider.update(state["id"], {"description": "by a rival"})
    trial, changed = provider.update(state["id"], {"name": "After the rival"}, rival)
    assert trial == 2, trial
    assert (changed["name"], changed["description"], changed["version"]) == ("After the rival", "by a rival", 3)


def check_owners_are_cleared_by_a_blank(provider):
    state = provider.create(plan(ownerIds=[provider.user("Owner")["id"]]))
    _, changed = provider.update(state["id"], {"ownerIds": [" "]})
    assert not changed.get("owners"), changed
    assert provider.read(state["id"])["memberCount"] == 0


def check_owners_only(provider):
    state = provider.create(plan(visibility="owners"))
    assert state["visibility"] == "owners", state
    _, changed = provider.update(state["id"], {"visibility": "members"})
    assert changed["visibility"] == "members"


def check_delete(provider):
    state = provider.create(plan(member_ids=[provider.user("Member")["id"]]))
    assert provider.delete(state["id"]) == 1, "one DELETE is enough"
    try:
        provider.call("GET", f"/api/v2/groups/{state['id']}")
        raise AssertionError("still there")
    except Refused as refused:
        assert refused.status == 404, refused
        assert refused.body["code"] == "general.resource.not.found", refused
    # What is gone already is deleted without complaint.
    assert provider.delete(state["id"]) == 1


def check_export(provider):
    made = {provider.create(plan())["id"] for _ in range(5)}
    exported = [group["id"] for group in provider.export()]
    assert made <= set(exported)
    assert len(exported) == len(set(exported))
    assert all(provider.read(group_id) for group_id in made)


def check_a_deleted_user_is_restored(provider):
    user = provider.user("Leaver")
    provider.call("DELETE", f"/api/v2/users/{user['id']}")
    try:
        provider.call("POST", "/api/v2/users", {key: user[key] for key in ("name", "email")})
        raise AssertionError("the address of a deleted user is taken")
    except Refused as refused:
        assert (refused.status, refused.body["code"]) == (409, "general.conflict"), refused
    gone = provider.call("GET", f"/api/v2/users/{user['id']}", state="deleted")
    # A change of state travels alone.
    provider.call("PATCH", f"/api/v2/users/{user['id']}", {"state": "active", "version": gone["version"]})
    back = provider.call("GET", f"/api/v2/users/{user['id']}")
    assert (back["state"], back["email"]) == ("active", user["email"])
    assert back["division"]["id"]


def check_many_plans_at_once(provider):
    people = [provider.user("Parallel")["id"] for _ in range(8)]
    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
        states = list(pool.map(lambda user_id: provider.create(plan(member_ids=[user_id])), people))
    assert [state["member_ids"] for state in states] == [[user_id] for user_id in people]
    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda state: provider.delete(state["id"]), states))


def main():
    provider = Provider(os.environ["CONVOKE_CLIENT_ID"], os.environ["CONVOKE_CLIENT_SECRET"])
    checks = [(name, check) for name, check in globals().items() if name.startswith("check_")]
    failed = 0
    for name, check in checks:
        started = time.monotonic()
        try:
            check(provider)
            word = "ok    "
        except Exception:
            failed += 1
            word = "FAILED"
            print("    " + traceback.format_exc().strip().replace("\n", "\n    "))
        print(f"{word} {name} ({time.monotonic() - started:.2f} s)")
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
