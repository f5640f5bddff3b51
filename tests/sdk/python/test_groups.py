"""Groups one by one: postGroups, getGroup, deleteGroup."""

import datetime
import re
import uuid

import PureCloudPlatformClientV2 as sdk
from convoke import Case, admin, new_group, new_user, unique

DATE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
MINIMAL = {"type": "official", "rulesVisible": True, "visibility": "public"}


class PostGroups(Case):
    def test_minimal(self):
        name = unique("Night shift")
        group = new_group(name)
        self.assertEqual(str(uuid.UUID(group.id)), group.id)
        self.assertEqual(group.name, name)
        self.assertEqual(group.type, "official")
        self.assertEqual(group.visibility, "public")
        self.assertEqual(group.state, "active")
        self.assertEqual(group.version, 1)
        self.assertEqual(group.member_count, 0)
        self.assertIs(group.rules_visible, True)
        self.assertIs(group.include_owners, True)
        self.assertIs(group.roles_enabled, True)
        self.assertIs(group.calls_enabled, True)
        self.assertFalse(group.owners)
        self.assertEqual(group.self_uri, f"/api/v2/groups/{group.id}")
        self.assertIsInstance(group.date_modified, datetime.datetime)

    def test_everything(self):
        owners = [new_user(), new_user()]
        address = sdk.GroupContact()
        address.address = "+13175550100"
        address.type = "GROUPRING"
        address.media_type = "PHONE"
        image = {"resolution": "x96", "imageUri": "https://example.com/night.png"}
        group = new_group(
            type="social",
            description="Answers from ten to six",
            visibility="members",
            rules_visible=False,
            include_owners=False,
            roles_enabled=False,
            calls_enabled=False,
            owner_ids=[owner.id for owner in owners],
            addresses=[address],
            images=[image],
        )
        for read in (group, admin().groups.get_group(group.id)):
            self.assertEqual(read.type, "social")
            self.assertEqual(read.description, "Answers from ten to six")
            self.assertEqual(read.visibility, "members")
            self.assertIs(read.rules_visible, False)
            self.assertIs(read.include_owners, False)
            self.assertIs(read.roles_enabled, False)
            self.assertIs(read.calls_enabled, False)
            self.assertEqual([owner.id for owner in read.owners], [o.id for o in owners])
            self.assertEqual(read.owners[0].self_uri, f"/api/v2/users/{owners[0].id}")
            self.assertEqual(read.addresses[0].address, "+13175550100")
            self.assertEqual(read.addresses[0].type, "GROUPRING")
            self.assertEqual(read.addresses[0].media_type, "PHONE")
            self.assertEqual(read.images[0].image_uri, image["imageUri"])
            self.assertEqual(read.images[0].resolution, "x96")
            self.assertEqual(read.member_count, 0)
            self.assertEqual(read.version, 1)

    def test_an_extension_stands_for_an_address(self):
        contact = {"extension": "4711", "type": "GROUPPHONE", "mediaType": "PHONE"}
        group = new_group(addresses=[contact])
        self.assertEqual(group.addresses[0].extension, "4711")
        self.assertEqual(group.addresses[0].type, "GROUPPHONE")

    def test_owners_are_members_by_default(self):
        owner = new_user()
        group = new_group(owner_ids=[owner.id])
        self.assertEqual(group.member_count, 1)

    def test_names_need_not_be_unique(self):
        name = unique("Twins")
        self.assertNotEqual(new_group(name).id, new_group(name).id)

    def test_read_only_and_unknown_fields_are_ignored(self):
        body = {
            **MINIMAL,
            "name": unique("Fields"),
            "id": "00000000-0000-0000-0000-000000000000",
            "version": 99,
            "memberCount": 7,
            "state": "active",
            "dateModified": "2001-01-01T00:00:00.000Z",
            "selfUri": "/elsewhere",
            "colour": "blue",
        }
        group = self.answers(admin().request("POST", "/api/v2/groups", body), 200)
        self.assertNotEqual(group["id"], body["id"])
        self.assertEqual(group["version"], 1)
        self.assertEqual(group["memberCount"], 0)
        self.assertEqual(group["selfUri"], f"/api/v2/groups/{group['id']}")
        self.assertNotIn("colour", group)

    def test_each_required_field(self):
        for field in ("name", "type", "rulesVisible", "visibility"):
            with self.subTest(field):
                body = {"name": unique("Required"), **MINIMAL}
                del body[field]
                reply = admin().request("POST", "/api/v2/groups", body)
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming=field)

    def test_values_that_cannot_be_taken(self):
        bad = {
            "name": ["", "   ", 7, "n" * 10_000],
            "type": ["secret", 1],
            "visibility": ["nobody", False],
            "rulesVisible": ["yes", 0],
            "ownerIds": ["not a list", [1]],
            "addresses": ["+13175550100", [{"address": "+13175550100", "type": "FAX", "mediaType": "PHONE"}]],
        }
        for field, values in bad.items():
            for value in values:
                with self.subTest(field=field, value=str(value)[:20]):
                    body = {"name": unique("Bad"), **MINIMAL, field: value}
                    reply = admin().request("POST", "/api/v2/groups", body)
                    self.answers(reply, 400, ("bad.request", "invalid.value"), naming=field)

    def test_an_unknown_owner_is_named(self):
        nobody = str(uuid.uuid4())
        body = {"name": unique("Orphan"), **MINIMAL, "ownerIds": [nobody]}
        reply = admin().request("POST", "/api/v2/groups", body)
        self.assertIn(reply.status, (400, 404), reply)
        self.assertIn(nobody, reply.json["message"])


class GetGroup(Case):
    def test_the_json_itself(self):
        group = new_group(owner_ids=[new_user().id])
        reply = admin().request("GET", f"/api/v2/groups/{group.id}")
        body = self.answers(reply, 200)
        self.assertEqual(reply.headers.get_content_type(), "application/json")
        self.assertRegex(body["dateModified"], DATE)
        self.assertNotIn("null", reply.text)
        for field, kind in {"version": int, "memberCount": int, "rulesVisible": bool}.items():
            self.assertIs(type(body[field]), kind, field)
        self.assertNotIn("description", body)
        self.assertTrue(body["chat"]["jabberId"])

    def test_unknown_and_malformed_ids_are_404(self):
        for group_id in (str(uuid.uuid4()), "nothing-like-an-id", "0", "ümlaut", "a b"):
            with self.subTest(group_id):
                self.refused(404, admin().groups.get_group, group_id, code="general.resource.not.found")

    def test_the_id_of_a_person_is_no_group(self):
        self.refused(404, admin().groups.get_group, new_user().id)


class DeleteGroup(Case):
    def test_then_it_is_gone(self):
        group = new_group()
        self.assertIsNone(admin().groups.delete_group(group.id))
        self.refused(404, admin().groups.get_group, group.id, code="general.resource.not.found")
        self.refused(404, admin().groups.delete_group, group.id)
        self.refused(404, admin().groups.get_group_members, group.id)
        self.refused(404, admin().groups.get_group_individuals, group.id)
        self.refused(404, admin().groups.put_group, group.id, body={"version": 1, "name": "x"})
        self.assertFalse(admin().groups.get_groups(id=[group.id]).entities)

    def test_its_people_stay(self):
        person = new_user()
        group = new_group(owner_ids=[person.id])
        admin().groups.delete_group(group.id)
        self.assertEqual(admin().users.get_user(person.id).version, person.version)
