"""Groups beneath groups: made in either API and seen in both, and nothing that would disturb the SDK."""

import uuid

from convoke import add_members, admin, new_group, new_user, session_of, unique
from kaizala import Caller, KaizalaCase, new_number
from searches import find_groups, group_that


def path(group_id, rest="/subgroups"):
    return f"/api/v2/groups/{group_id}{rest}"


def put_beneath(group_id, *lower, session=None, **fields):
    return (session or admin()).request("POST", path(group_id), {"ids": list(lower), **fields})


def take_out(group_id, *lower):
    return admin().request("DELETE", f"{path(group_id)}?ids={','.join(lower)}")


class HierarchyCase(KaizalaCase):
    def beneath(self, group_id, *expected):
        """Plain requests and Kaizala say that these are directly beneath the group, in the order of names."""
        listing = self.answers(admin().request("GET", path(group_id)), 200)
        expected = sorted(expected, key=lambda lower: admin().groups.get_group(lower).name.casefold())
        self.assertEqual([group["id"] for group in listing["entities"]], expected)
        self.assertEqual(listing["total"], len(expected))
        return listing

    def effective(self, group_id, *people):
        """These are in the group or in one beneath it, each once."""
        reply = admin().request("GET", path(group_id, "/members?effective=true&pageSize=500"))
        listing = self.answers(reply, 200)
        self.assertEqual({person["id"] for person in listing["entities"]}, set(people))
        self.assertEqual((len(listing["entities"]), listing["total"]), (len(people), len(people)))

    def count(self, group, *numbers):
        keys = ("currentLevelSubGroupCount", "userCount", "uniqueUserCount", "unProvisionedUserCount")
        self.assertEqual(tuple(group[key] for key in keys), numbers)


class Both(HierarchyCase):
    def setUp(self):
        self.me = Caller()
        self.top, self.middle, self.low = (self.me.create(unique(word)) for word in ("Top", "Middle", "Low"))

    def versions(self):
        return [admin().groups.get_group(group_id).version for group_id in (self.top, self.middle, self.low)]

    def test_made_in_kaizala(self):
        user, number = new_user(), new_number()
        add_members(self.low, [user])
        self.me.add(self.middle, number)
        by_number = next(i for i in self.me.members(self.middle) if i != self.me.id)
        self.me.attach(self.top, self.middle)
        self.me.attach(self.middle, self.low)
        self.assertEqual(self.versions(), [2, 3, 2])
        self.beneath(self.top, self.middle)
        self.beneath(self.middle, self.low)
        self.beneath(self.low)
        self.effective(self.top, self.me.id, by_number, user.id)
        self.effective(self.middle, self.me.id, by_number, user.id)
        self.effective(self.low, self.me.id, user.id)
        self.count(self.me.group(self.top), 1, 5, 3, 1)
        # The SDK knows of its own members only.
        self.assertEqual(self.ids(admin().groups.get_group_members(self.top)), [self.me.id])
        self.assertEqual(admin().groups.get_group(self.top).member_count, 1)

    def test_made_by_plain_requests(self):
        self.assertEqual(self.answers(put_beneath(self.top, self.middle, self.low), 202), {})
        self.assertEqual(self.answers(put_beneath(self.middle, self.low, version=1), 202), {})
        self.assertEqual(self.versions(), [2, 2, 1])
        self.beneath(self.top, self.middle, self.low)
        self.assertEqual(set(self.me.beneath(self.top)), {self.middle, self.low})
        self.count(self.me.group(self.top), 2, 3, 1, 0)
        low = self.me.group(self.low)
        self.assertEqual((low["hasParentGroups"], low["currentLevelParentGroupCount"]), (True, 2))
        tree = self.me.done("GET", f"/groups/{self.top}/subGroups?fetchAllGroups=true")
        nodes = [node for upper in tree["subGroups"] for node in (upper, *upper.get("subGroups", []))]
        twice = [node["isDuplicate"] for node in nodes if node["groupId"] == self.low]
        self.assertEqual(twice, [False, True])

    def test_taken_apart_from_either_side(self):
        self.me.attach(self.top, self.middle, self.low)
        self.assertEqual(self.answers(take_out(self.top, self.middle), 202), {})
        self.assertEqual(self.me.beneath(self.top), [self.low])
        self.me.detach(self.top, self.low)
        self.beneath(self.top)
        self.assertEqual(self.versions(), [4, 1, 1])
        self.count(self.me.group(self.top), 0, 1, 1, 0)
        # Once more is nothing.
        self.answers(take_out(self.top, self.middle, self.low), 202)
        self.me.detach(self.top, self.low)
        self.assertEqual(self.versions(), [4, 1, 1])

    def test_the_sdk_deletes_one_in_the_middle(self):
        user = new_user()
        add_members(self.low, [user])
        self.me.attach(self.top, self.middle)
        self.me.attach(self.middle, self.low)
        admin().groups.delete_group(self.middle)
        self.beneath(self.top)
        self.effective(self.top, self.me.id)
        self.count(self.me.group(self.top), 0, 1, 1, 0)
        self.assertEqual(self.me.group(self.low)["hasParentGroups"], False)
        self.assertEqual(admin().groups.get_group(self.top).version, 3)
        self.assertEqual(self.ids(admin().groups.get_group_members(self.low)), [self.me.id, user.id])

    def test_counts_follow_what_the_sdk_does_below(self):
        self.me.attach(self.top, self.middle)
        self.me.attach(self.middle, self.low)
        people = [new_user() for _ in range(3)]
        add_members(self.low, people)
        add_members(self.top, people[:1])
        self.count(self.me.group(self.top), 1, 7, 4, 0)
        self.effective(self.top, self.me.id, *(person.id for person in people))
        admin().groups.delete_group_members(self.low, people[0].id)
        self.count(self.me.group(self.top), 1, 6, 4, 0)
        admin().users.delete_user(people[1].id)
        self.count(self.me.group(self.top), 1, 5, 3, 0)
        self.effective(self.top, self.me.id, people[0].id, people[2].id)
        # What happens below is no change of what is above.
        self.assertEqual(self.versions(), [3, 2, 4])

    def test_a_cycle_is_refused_by_both(self):
        self.me.attach(self.top, self.middle)
        self.answers(put_beneath(self.middle, self.low), 202)
        for upper, lower in ((self.low, self.top), (self.middle, self.top), (self.low, self.low)):
            body = self.answers(put_beneath(upper, lower), 409, "general.conflict")
            self.assertIn(lower, body["message"])
            reply = self.me.call("PUT", f"/groups/{upper}/subGroups", {"subGroups": [lower]})
            self.assertIn(lower, self.denied(400, "InvalidParameters", reply))
        self.assertEqual(self.versions(), [2, 2, 1])

    def test_refusals_of_plain_requests(self):
        nobody = str(uuid.uuid4())
        self.answers(put_beneath(self.top, self.middle, nobody), 404, "general.resource.not.found", naming=nobody)
        self.answers(put_beneath(nobody, self.middle), 404, "general.resource.not.found", naming=nobody)
        self.answers(put_beneath(self.top, self.middle, version=7), 409, "general.conflict")
        self.answers(put_beneath(self.top, *[self.middle] * 101), 400, naming="ids")
        self.answers(admin().request("POST", path(self.top), {}), 400, naming="ids")
        self.answers(admin().request("DELETE", path(self.top)), 400, naming="ids")
        self.answers(take_out(self.top, nobody), 404, naming=nobody)
        stranger = session_of(["reader"], new_user())
        self.answers(put_beneath(self.top, self.middle, session=stranger), 404)
        public = new_group()
        self.answers(put_beneath(public.id, new_group().id, session=stranger), 403)
        self.assertEqual(self.versions(), [1, 1, 1])
        self.assertEqual(admin().groups.get_group(public.id).version, 1)

    def test_pages(self):
        lower = sorted(self.me.create(f"{number} {unique('Part')}") for number in range(5))
        self.me.attach(self.top, *lower)
        names = [group["name"] for group in self.beneath(self.top, *lower)["entities"]]
        self.assertEqual(names, sorted(names))
        seen = []
        for number in (1, 2, 3):
            reply = admin().request("GET", f"{path(self.top)}?pageSize=2&pageNumber={number}&sortOrder=descending")
            page = self.answers(reply, 200)
            self.assertEqual((page["total"], page["pageCount"]), (5, 3))
            seen += [group["name"] for group in page["entities"]]
        self.assertEqual(seen, names[::-1])


class Undisturbed(HierarchyCase):
    """A group with others beneath it looks to the SDK as any other does."""

    def looks(self, group_id):
        """The group as each operation of the SDK's API shows it, as plain JSON."""
        body = {"query": [{"type": "EXACT", "fields": ["id"], "value": group_id}]}
        search = admin().request("POST", "/api/v2/groups/search", body).json["results"]
        listing = admin().request("GET", f"/api/v2/groups?id={group_id}").json["entities"]
        return [admin().request("GET", path(group_id, "")).json, *listing, *search]

    def test_same_keys_and_own_members(self):
        people = [new_user() for _ in range(3)]
        upper, lower, lowest = new_group(), new_group(), new_group()
        add_members(upper.id, people[:1])
        add_members(lower.id, people[1:])
        before = self.looks(upper.id)
        self.answers(put_beneath(upper.id, lower.id), 202)
        self.answers(put_beneath(lower.id, lowest.id), 202)
        after = self.looks(upper.id)
        self.assertEqual(len(after), 3)
        changed = {"version", "dateModified"}
        for old, new in zip(before, after):
            self.assertEqual(list(new), list(old))
            self.assertEqual({key for key in new if new[key] != old[key]} | changed, changed)
        group = admin().groups.get_group(upper.id)
        self.assertEqual((group.member_count, group.version), (1, 3))
        found = find_groups(group_that("EXACT", "id", upper.id)).results[0]
        self.assertEqual((found.member_count, found.version), (1, 3))
        for listing in (admin().groups.get_group_members(upper.id), admin().groups.get_group_individuals(upper.id)):
            self.assertEqual((self.ids(listing), listing.total), ([people[0].id], 1))
        self.effective(upper.id, *(person.id for person in people))
        # Those beneath are not what a person is a member of, either.
        expanded = admin().users.get_user(people[1].id, expand=["groups"])
        self.assertEqual([one.id for one in expanded.groups], [lower.id])
        self.assertEqual(find_groups(group_that("EXACT", "memberIds", people[1].id)).total, 1)

    def test_what_the_sdk_puts_back_keeps_them(self):
        upper, lower = new_group(), new_group()
        self.answers(put_beneath(upper.id, lower.id), 202)
        whole = admin().groups.get_group(upper.id)
        whole.description = "Read, changed and put back"
        self.assertEqual(admin().groups.put_group(upper.id, body=whole).version, 3)
        self.beneath(upper.id, lower.id)

    def test_what_effective_may_be(self):
        group = new_group()
        for value in ("true", "false"):
            self.answers(admin().request("GET", path(group.id, f"/members?effective={value}")), 200)
        self.answers(admin().request("GET", path(group.id, "/members?effective=perhaps")), 400, naming="effective")

    def test_what_is_hidden_stays_so(self):
        inside, outside = new_user(), new_user()
        upper, seen, hidden = new_group(), new_group(), new_group(visibility="members")
        add_members(seen.id, [outside])
        add_members(hidden.id, [inside])
        self.answers(put_beneath(upper.id, seen.id, hidden.id), 202)
        self.beneath(upper.id, seen.id, hidden.id)
        for who, groups, people in (
            (session_of(["reader"], outside), {seen.id}, {outside.id}),
            (session_of(["reader"], inside), {seen.id, hidden.id}, {inside.id, outside.id}),
        ):
            for rest, expected in (("/subgroups", groups), ("/members?effective=true", people)):
                listing = self.answers(who.request("GET", path(upper.id, rest)), 200)
                self.assertEqual({found["id"] for found in listing["entities"]}, expected)
                self.assertEqual(listing["total"], len(expected))
