"""One directory, two APIs: what is made in Kaizala's is seen in Genesys Cloud's, and the other way round."""

import uuid

import PureCloudPlatformClientV2 as sdk
from convoke import Case, add_members, admin, hold, made, new_group, new_skill, new_user, session_of, unique
from kaizala import Caller, KaizalaCase, new_number
from rules import least, node, put
from searches import find_groups, find_users, group_that, ids, names, user_that


def user_of(member_id):
    return admin().users.get_user(member_id)


class MadeInKaizala(KaizalaCase):
    """A group that a connector made, in the hands of the SDK."""

    @classmethod
    def setUpClass(cls):
        cls.me = Caller()

    def make(self, *numbers, **fields):
        return self.me.create(unique("Night shift"), numbers, **fields)

    def test_the_sdk_finds_it_whole(self):
        name, number = unique("Night shift"), new_number()
        group_id = self.me.create(name, [number], LongDescriptionString="From ten to six")
        group = admin().groups.get_group(group_id)
        self.assertEqual((group.id, group.name, group.description), (group_id, name, "From ten to six"))
        self.assertEqual((group.type, group.visibility, group.state), ("social", "members", "active"))
        self.assertEqual((group.version, group.member_count), (1, 2))
        self.assertEqual([owner.id for owner in group.owners], [self.me.id])
        self.assertEqual(group.self_uri, f"/api/v2/groups/{group_id}")
        listed = admin().groups.get_groups(id=[group_id]).entities
        self.assertEqual([one.to_dict() for one in listed], [group.to_dict()])
        for criterion in (
            group_that("EXACT", "name", name),
            group_that("STARTS_WITH", "name", name.upper()[:-1]),
            group_that("EXACT", "ownerIds", self.me.id),
            group_that("CONTAINS", "description", "ten to six"),
        ):
            with self.subTest(str(criterion)):
                found = find_groups(criterion, group_that("EXACT", "id", group_id))
                self.assertEqual((ids(found), names(found), found.total), ([group_id], [name], 1))
        plain = admin().request("GET", f"/api/v2/groups/{group_id}").json
        self.assertEqual((plain["name"], plain["memberCount"], plain["type"]), (name, 2, "social"))
        self.assertNotIn("welcomeMessage", plain)

    def test_a_managed_public_one_is_official_and_public(self):
        group = admin().groups.get_group(self.make(groupType="ConnectGroup"))
        self.assertEqual((group.type, group.visibility), ("official", "public"))
        self.assertEqual(session_of(["reader"]).groups.get_group(group.id).name, group.name)

    def test_the_sdk_fills_and_empties_it(self):
        number, people = new_number(), [new_user(), new_user()]
        group_id = self.make(number)
        by_number = next(i for i, member in self.me.members(group_id).items() if member.get("mobileNumber") == number)
        add_members(group_id, people)
        self.agree(group_id, self.me, [self.me.id, by_number, *people], 1)
        seen = self.me.members(group_id)[people[0].id]
        self.assertEqual((seen["name"], seen["role"], seen["isProvisioned"]), (people[0].name, "Member", True))
        self.assertNotIn("mobileNumber", seen)
        admin().groups.delete_group_members(group_id, f"{by_number},{people[0].id}")
        self.agree(group_id, self.me, [self.me.id, people[1]])
        self.assertEqual(admin().groups.get_group(group_id).version, 3)

    def test_the_sdk_renames_it(self):
        group_id, name = self.make(), unique("Late shift")
        image = {"resolution": "x96", "imageUri": "https://media.example/late.png"}
        changed = admin().groups.put_group(group_id, body={"version": 1, "name": name, "images": [image]})
        self.assertEqual((changed.name, changed.version), (name, 2))
        group = self.me.group(group_id)
        self.assertEqual((group["groupName"], group["groupImageUrl"]), (name, image["imageUri"]))
        self.assertEqual(group["welcomeMessage"], "Good evening")
        # The welcome is Kaizala's alone, and outlives what the SDK reads, changes and puts back.
        whole = admin().groups.get_group(group_id)
        whole.description = "Until the last one goes"
        admin().groups.put_group(group_id, body=whole)
        self.assertEqual(self.me.group(group_id)["welcomeMessage"], "Good evening")

    def test_the_sdk_deletes_it(self):
        group_id, kept = self.make(), self.make()
        admin().groups.delete_group(group_id)
        self.denied(404, "NotFound", self.me.call("GET", f"/groups/{group_id}"))
        self.denied(404, "NotFound", self.me.call("GET", f"/groups/{group_id}/members"))
        own = [group["groupId"] for group in self.me.done("GET", "/groups")["groups"]]
        self.assertEqual((kept in own, group_id in own), (True, False))

    def test_roles_are_ownership(self):
        number, user = new_number(), new_user()
        group_id = self.make(number)
        add_members(group_id, [user])
        path = f"/groups/{group_id}/members/{user.id}"
        self.me.done("PUT", path, {"role": "Admin"})
        self.assertEqual({owner.id for owner in admin().groups.get_group(group_id).owners}, {self.me.id, user.id})
        self.me.done("PUT", path, {"role": "Member"})
        self.assertEqual([owner.id for owner in admin().groups.get_group(group_id).owners], [self.me.id])
        version = admin().groups.get_group(group_id).version
        admin().groups.put_group(group_id, body={"version": version, "ownerIds": [user.id, self.me.id]})
        members = self.me.members(group_id)
        self.assertEqual({members[owner]["role"] for owner in (user.id, self.me.id)}, {"Admin"})

    def test_who_owns_it_no_more_sees_it_no_more(self):
        group_id, user = self.make(), new_user()
        admin().groups.put_group(group_id, body={"version": 1, "ownerIds": [user.id]})
        self.denied(404, "NotFound", self.me.call("GET", f"/groups/{group_id}"))

    def test_refusals_are_of_the_api_that_was_called(self):
        group_id, absent = self.make(), str(uuid.uuid4())
        self.refused(404, admin().groups.get_group, absent, code="general.resource.not.found")
        self.denied(404, "NotFound", self.me.call("GET", f"/groups/{absent}"))
        bad = [str(uuid.uuid4())]
        self.refused(404, admin().groups.post_group_members, group_id, {"memberIds": bad}, naming=bad)
        reply = self.me.call("PUT", f"/groups/{group_id}/members", {"memberUserIds": bad})
        self.assertIn(bad[0], self.denied(404, "NotFound", reply))
        self.agree(group_id, self.me, [self.me.id])


class MadeByTheSdk(KaizalaCase):
    """Groups and people of the SDK's, as a connector sees them."""

    def test_an_official_group_is_the_organisations(self):
        number, owner = new_number(), new_user()
        me = Caller(number)
        group = new_group(description="Everyone", owner_ids=[owner.id])
        seen = me.group(group.id)
        self.assertEqual((seen["groupName"], seen["isMappedToTenant"], seen["groupType"]), (group.name, True, "Group"))
        self.assertEqual((seen["callerRole"], seen["isEditable"], seen["isDetailsReadable"]), ("None", False, True))
        self.assertNotIn(group.id, [one["groupId"] for one in me.done("GET", "/groups")["groups"]])
        self.denied(403, "NotAllowed", me.call("PUT", f"/groups/{group.id}/members", {"members": [number]}))
        add_members(group.id, [user_of(me.id)])
        self.assertEqual(me.group(group.id)["callerRole"], "Member")
        self.assertIn(group.id, [one["groupId"] for one in me.done("GET", "/groups")["groups"]])
        self.agree(group.id, me, [owner, me.id])

    def test_visibility_is_the_same(self):
        me, owner = Caller(), new_user()
        for visibility, sees in (("public", True), ("members", False), ("owners", False)):
            with self.subTest(visibility):
                group = new_group(visibility=visibility, owner_ids=[owner.id])
                self.assertEqual(me.call("GET", f"/groups/{group.id}").status, 200 if sees else 404)
        group = new_group(visibility="members", type="social", owner_ids=[me.id])
        self.assertEqual(me.group(group.id)["callerRole"], "Admin")

    def test_an_administrators_connector_fills_official_groups(self):
        me, number = Caller(administrator=True), new_number()
        official, social = new_group(), new_group(type="social")
        me.add(official.id, number)
        member = next(iter(me.members(official.id)))
        self.agree(official.id, me, [member], 1)
        self.denied(403, "NotAllowed", me.call("PUT", f"/groups/{social.id}/members", {"members": [number]}))

    def test_a_users_number_is_that_user(self):
        me = Caller()
        digits = new_number()[1:]
        work = {"address": f"+{digits[:2]} ({digits[2:5]}) {digits[5:]}", "mediaType": "PHONE", "type": "WORK"}
        user = new_user(addresses=[work])
        group_id = me.create(unique("Group"), [f"+{digits}"])
        self.agree(group_id, me, [me.id, user])
        seen = me.members(group_id)[user.id]
        self.assertEqual((seen["name"], seen["mobileNumber"]), (user.name, f"+{digits}"))

    def test_an_owner_who_is_no_member_counts_all_the_same(self):
        me, member = Caller(), new_user()
        group = new_group(include_owners=False, owner_ids=[me.id])
        add_members(group.id, [member])
        self.assertEqual(admin().groups.get_group(group.id).member_count, 1)
        self.assertEqual(set(me.members(group.id)), {me.id, member.id})
        self.assertEqual(me.group(group.id)["userCount"], 2)

    def test_a_rule_fills_it(self):
        me, skill, people = Caller(), new_skill(), [new_user(), new_user()]
        group_id = me.create(unique("Fluent"))
        hold(people[0], (skill, 4))
        put(made(sdk.Group(), id=group_id), node("And", least(skill, 3)))
        self.agree(group_id, me, [me.id, people[0]])
        hold(people[1], (skill, 5))
        self.agree(group_id, me, [me.id, *people])
        # Only the rule takes out whom the rule took in.
        self.denied(409, "Conflict", me.call("DELETE", f"/groups/{group_id}/members/{people[0].id}"))
        hold(people[0], (skill, 1))
        self.agree(group_id, me, [me.id, people[1]])

    def test_people_leave_with_their_deletion(self):
        me, number, user = Caller(), new_number(), new_user()
        group_id = me.create(unique("Group"), [number])
        add_members(group_id, [user])
        by_number = next(i for i in me.members(group_id) if i not in (me.id, user.id))
        for gone in (user.id, by_number):
            admin().users.delete_user(gone)
        self.agree(group_id, me, [me.id])
        # The number is nobody's, and the next one who is known by it is someone else.
        me.add(group_id, number)
        self.assertNotIn(by_number, me.members(group_id))
        self.agree(group_id, me, me.members(group_id), 1)


class KnownByNumber(KaizalaCase):
    """Someone of whom only a phone number is known is a user without an e-mail address."""

    @classmethod
    def setUpClass(cls):
        cls.me, cls.number = Caller(), new_number()
        cls.group_id = cls.me.create(unique("Group"), [cls.number])
        cls.user_id = next(i for i in cls.me.members(cls.group_id) if i != cls.me.id)

    def test_the_sdk_takes_the_user_for_one(self):
        listing = admin().groups.get_group_members(self.group_id).entities
        search = find_users(user_that("EXACT", "name", self.number)).results
        for user in (user_of(self.user_id), *admin().users.get_users(id=[self.user_id]).entities, *search, *listing):
            if user.id == self.me.id:
                continue
            with self.subTest(str(user.self_uri)):
                self.assertEqual((user.id, user.name), (self.user_id, self.number))
                self.assertEqual((user.state, user.version), ("active", 1))
                self.assertIsNone(user.email)
                self.assertFalse(user.username)
                contact = user.addresses[0]
                self.assertEqual((contact.address, contact.type, contact.media_type), (self.number, "MOBILE", "PHONE"))
                self.assertNotIn("outdated_sdk_version", str(user.to_dict()))
        self.assertEqual((len(listing), len(search)), (2, 1))

    def test_its_body_has_no_email_and_no_null(self):
        reply = admin().request("GET", f"/api/v2/users/{self.user_id}")
        self.assertNotIn("email", reply.json)
        self.assertNotIn("username", reply.json)
        self.assertNotIn("null", reply.text)
        other = admin().request("GET", f"/api/v2/users/{new_user().id}").json
        self.assertEqual(set(other) - set(reply.json), {"email", "username"})
        self.assertEqual(reply.json["division"], other["division"])

    def test_the_sdk_gives_it_a_name_and_an_address(self):
        number, name = new_number(), unique("Ada")
        group_id = self.me.create(unique("Group"), [number])
        member_id = next(i for i in self.me.members(group_id) if i != self.me.id)
        body = made(sdk.UpdateUser(), version=1, name=name, email=f"{uuid.uuid4().hex}@example.com")
        changed = admin().users.patch_user(member_id, body)
        self.assertEqual((changed.name, changed.email, changed.version), (name, body.email, 2))
        seen = self.me.members(group_id)[member_id]
        self.assertEqual((seen["name"], seen["mobileNumber"], seen["isProvisioned"]), (name, number, False))
        self.me.add(group_id, number)
        self.agree(group_id, self.me, [self.me.id, member_id], 1)

    def test_signing_in_makes_it_take_part(self):
        number = new_number()
        group_id = self.me.create(unique("Group"), [number])
        self.assertEqual(self.me.group(group_id)["unProvisionedUserCount"], 1)
        other = Caller(number)
        self.assertIn(other.id, self.me.members(group_id))
        self.assertEqual(self.me.group(group_id)["unProvisionedUserCount"], 0)
        self.assertEqual(other.done("GET", "/users/me")["id"], user_of(other.id).id)

    def test_the_sdk_deactivates_it(self):
        other = Caller()
        group_id = other.create(unique("Group"))
        version = user_of(other.id).version
        admin().users.patch_user(other.id, {"state": "inactive", "version": version})
        self.denied(401, "InvalidToken", other.call("GET", f"/groups/{group_id}"))
        admin().users.patch_user(other.id, {"state": "active", "version": version + 1})
        self.assertEqual(other.group(group_id)["callerRole"], "Admin")


class Connectors(Case):
    """What the SDK has no name for must not get in its way."""

    def test_they_are_no_oauth_clients(self):
        caller = Caller()
        listing = admin().request("GET", "/api/v2/connectors?pageSize=500").json
        own = [one["applicationId"] for one in listing["entities"] if one["userId"] == caller.id]
        self.assertEqual(len(own), 1)
        self.assertNotIn(own[0], self.ids(admin().oauth.get_oauth_clients()))
        self.refused(404, admin().oauth.get_oauth_client, own[0])
        reply = admin().request("GET", "/api/v2/groups", headers={"Authorization": f"Bearer {caller.token}"})
        self.answers(reply, 401, "bad.credentials")
