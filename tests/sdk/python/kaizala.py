"""Kaizala's API, called as its clients in Python do: a connector, its access token, plain requests."""

import uuid

from convoke import URL, Case, admin, request, unique


def new_number():
    """A phone number that nobody else in this run has."""
    return f"+49{uuid.uuid4().int % 10**10:010}"


class Caller:
    """Someone who has signed in by a connector of their own."""

    def __init__(self, number=None, **fields):
        self.number = number or new_number()
        body = {"name": unique("Connector"), "phone": self.number, **fields}
        connector = admin().request("POST", "/api/v2/connectors", body).json
        headers = {
            "applicationId": connector["applicationId"],
            "applicationSecret": connector["applicationSecret"],
            "refreshToken": connector["refreshToken"],
        }
        reply = request("GET", "/v1/accessToken", headers=headers).json
        self.id, self.token, self.endpoint = connector["userId"], reply["accessToken"], reply["endpointUrl"]

    def call(self, method, path, body=None):
        """Sends a request to the endpoint that came with the token, by the path that documents name."""
        if not self.endpoint.startswith(URL):
            raise AssertionError(f"{self.endpoint} is elsewhere than {URL}")
        # As in JavaScript: one slash of the endpoint's, another of the path's.
        target = self.endpoint[len(URL) :] + "/v1" + path
        return request(method, target, body, {"accessToken": self.token})

    def create(self, name, members=(), **fields):
        """Creates a group, and gives its id."""
        body = {"name": name, "welcomeMessage": "Good evening", "members": list(members), **fields}
        return self.done("POST", "/groups", body)["groupId"]

    def done(self, method, path, body=None):
        """The reply to what must succeed."""
        reply = self.call(method, path, body)
        if reply.status != 200 or "errorCode" in reply.json:
            raise AssertionError(f"{method} {path}: {reply}")
        return reply.json

    def group(self, group_id):
        return self.done("GET", f"/groups/{group_id}")

    def members(self, group_id):
        """The members of a group by their ids."""
        listing = self.done("GET", f"/groups/{group_id}/members")["members"]
        return {member["id"]: member for member in listing}

    def add(self, group_id, *numbers):
        self.done("PUT", f"/groups/{group_id}/members", {"members": list(numbers)})

    def attach(self, group_id, *lower):
        self.done("PUT", f"/groups/{group_id}/subGroups", {"subGroups": list(lower)})

    def detach(self, group_id, lower):
        self.done("DELETE", f"/groups/{group_id}/subGroups/{lower}")

    def beneath(self, group_id, query=""):
        """The ids of the groups directly beneath one."""
        return [lower["groupId"] for lower in self.done("GET", f"/groups/{group_id}/subGroups{query}")["subGroups"]]


class KaizalaCase(Case):
    """A test case that knows both APIs' refusals."""

    def denied(self, status, code, reply):
        """Checks a refusal of Kaizala's: one flat object of three texts."""
        self.assertEqual((reply.status, reply.json.get("errorCode")), (status, code), reply)
        self.assertEqual(set(reply.json), {"message", "errorCode", "errorCategoryKey"}, reply)
        return reply.json["message"]

    def agree(self, group_id, caller, people, unprovisioned=0):
        """Both APIs, and the SDK, say that these are all members of the group itself."""
        ids = {person if isinstance(person, str) else person.id for person in people}
        listing = admin().groups.get_group_members(group_id, page_size=500)
        self.assertEqual((set(self.ids(listing)), listing.total), (ids, len(ids)))
        self.assertEqual(admin().groups.get_group(group_id).member_count, len(ids))
        plain = admin().request("GET", f"/api/v2/groups/{group_id}/members?pageSize=500").json
        self.assertEqual({person["id"] for person in plain["entities"]}, ids)
        self.assertEqual(set(caller.members(group_id)), ids)
        group = caller.group(group_id)
        own = group["currentLevelUserCount"], group["currentLevelUnProvisionedUserCount"]
        self.assertEqual(own, (len(ids), unprovisioned))
