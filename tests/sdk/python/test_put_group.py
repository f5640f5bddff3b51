"""putGroup: a partial change of a group, guarded by its version."""

import PureCloudPlatformClientV2 as sdk
from convoke import Case, add_members, admin, new_group, new_user, unique


def put(group, **fields):
    """putGroup with the group's current version and these fields, as a GroupUpdate."""
    body = sdk.GroupUpdate()
    body.version = admin().groups.get_group(group.id).version
    for field, value in fields.items():
        setattr(body, field, value)
    return admin().groups.put_group(group.id, body=body)


PHONE = {"address": "+13175550100", "type": "GROUPRING", "mediaType": "PHONE"}


class PutGroup(Case):
    def test_only_the_named_fields_change(self):
        owner = new_user()
        group = new_group(description="first", owner_ids=[owner.id], addresses=[PHONE])
        name = unique("Renamed")
        changed = put(group, name=name)
        self.assertEqual(changed.version, 2)
        self.assertEqual(changed.name, name)
        self.assertGreaterEqual(changed.date_modified, group.date_modified)
        read = admin().groups.get_group(group.id)
        self.assertEqual(read.description, "first")
        self.assertEqual([person.id for person in read.owners], [owner.id])
        self.assertEqual(read.addresses[0].address, PHONE["address"])
        self.assertEqual(read.version, 2)

    def test_every_field(self):
        group = new_group()
        owner = new_user()
        changed = put(
            group,
            description="second",
            state="inactive",
            images=[{"resolution": "x48", "imageUri": "https://example.com/a.png"}],
            addresses=[PHONE],
            rules_visible=False,
            visibility="members",
            roles_enabled=False,
            include_owners=False,
            calls_enabled=False,
            owner_ids=[owner.id],
        )
        self.assertEqual(changed.description, "second")
        self.assertEqual(changed.state, "inactive")
        self.assertEqual(changed.images[0].image_uri, "https://example.com/a.png")
        self.assertEqual(changed.addresses[0].address, PHONE["address"])
        self.assertIs(changed.rules_visible, False)
        self.assertEqual(changed.visibility, "members")
        self.assertIs(changed.roles_enabled, False)
        self.assertIs(changed.include_owners, False)
        self.assertIs(changed.calls_enabled, False)
        self.assertEqual([person.id for person in changed.owners], [owner.id])
        self.assertEqual(changed.member_count, 0)

    def test_without_a_body_nothing_changes(self):
        # The Python SDK sends the word null, others send nothing.
        group = new_group()
        for same in (admin().groups.put_group(group.id), admin().groups.put_group(group.id, body=None)):
            self.assertEqual(same.id, group.id)
            self.assertEqual(same.version, 1)
        for body in ("", "null", "  null "):
            with self.subTest(body):
                headers = {"Content-Type": "application/json"}
                reply = admin().request("PUT", f"/api/v2/groups/{group.id}", body, headers)
                self.assertEqual(self.answers(reply, 200)["version"], 1)

    def test_the_same_values_make_no_version(self):
        group = new_group(description="as it is")
        same = put(group, name=group.name, description="as it is", visibility="public")
        self.assertEqual(same.version, 1)
        self.assertEqual(same.date_modified, group.date_modified)

    def test_a_stale_version(self):
        group = new_group()
        put(group, name=unique("Newer"))
        for stale in (1, 3, 2_000_000):
            body = {"version": stale, "name": "never"}
            error = self.refused(409, admin().groups.put_group, group.id, body=body, code="general.conflict")
            self.assertIn("does not match the current version", error["message"])
        read = admin().groups.get_group(group.id)
        self.assertEqual(read.version, 2)
        self.assertNotEqual(read.name, "never")

    def test_a_body_needs_a_version(self):
        group = new_group()
        for body in ({"name": "x"}, {"name": "x", "version": None}, {}):
            with self.subTest(body):
                reply = admin().request("PUT", f"/api/v2/groups/{group.id}", body)
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming="version")
        for version in ("one", -1, 1.5, 1e309, 2**31, 2**64):
            with self.subTest(version=version):
                body = f'{{"version": {version!r}, "name": "x"}}'.replace("'", '"').replace("inf", "1e309")
                headers = {"Content-Type": "application/json"}
                reply = admin().request("PUT", f"/api/v2/groups/{group.id}", body, headers)
                self.assertIn(reply.status, (400, 409), reply)
        self.assertEqual(self.version_of(group), 1)

    def test_a_whole_object_can_be_put_back(self):
        group = new_group(owner_ids=[new_user().id], addresses=[PHONE], description="kept")
        add_members(group.id, [new_user()])
        read = admin().groups.get_group(group.id)
        read.name = unique("Put back")
        back = admin().groups.put_group(group.id, body=read)
        self.assertEqual(back.version, 3)
        self.assertEqual(back.name, read.name)
        self.assertEqual(back.member_count, 2)
        self.assertEqual([person.id for person in back.owners], [person.id for person in read.owners])

    def test_the_type_cannot_change(self):
        group = new_group()
        body = {"version": 1, "type": "social", "id": "other", "memberCount": 9, "name": unique("Typed")}
        reply = admin().request("PUT", f"/api/v2/groups/{group.id}", body)
        changed = self.answers(reply, 200)
        self.assertEqual((changed["type"], changed["id"], changed["memberCount"]), ("official", group.id, 0))

    def test_addresses(self):
        group = new_group(addresses=[PHONE])
        self.assertEqual(put(group, description="no word of addresses").addresses[0].address, PHONE["address"])
        self.assertFalse(put(group, addresses=[]).addresses)
        self.assertFalse(admin().groups.get_group(group.id).addresses)

    def test_images_can_be_cleared(self):
        group = new_group(images=[{"resolution": "x96", "imageUri": "https://example.com/b.png"}])
        self.assertTrue(put(group, description="no word of images").images)
        self.assertFalse(put(group, images=[]).images)

    def test_owners_can_be_cleared_both_ways(self):
        for nobody in ([" "], []):
            with self.subTest(nobody):
                owner = new_user()
                group = new_group(owner_ids=[owner.id])
                cleared = put(group, owner_ids=nobody)
                self.assertFalse(cleared.owners)
                self.assertEqual(cleared.member_count, 0)
                self.assertEqual(cleared.version, 2)

    def test_owners_are_replaced(self):
        first, second, third = new_user(), new_user(), new_user()
        group = new_group(owner_ids=[first.id])
        changed = put(group, owner_ids=[second.id, " ", third.id])
        self.assertEqual([person.id for person in changed.owners], [second.id, third.id])
        self.assertEqual(changed.member_count, 2)

    def test_including_owners_counts_them(self):
        group = new_group(owner_ids=[new_user().id], include_owners=False)
        self.assertEqual(group.member_count, 0)
        self.assertEqual(put(group, include_owners=True).member_count, 1)
        self.assertEqual(put(group, include_owners=False).member_count, 0)

    def test_both_spellings_of_owners_only(self):
        # GroupUpdate says ownerIds, everyone else owners; answers say owners.
        group = new_group()
        self.assertEqual(put(group, visibility="ownerIds").visibility, "owners")
        self.assertEqual(put(group, visibility="public").visibility, "public")
        reply = admin().request("PUT", f"/api/v2/groups/{group.id}", {"version": 3, "visibility": "owners"})
        self.assertEqual(self.answers(reply, 200)["visibility"], "owners")

    def test_unknown_words(self):
        group = new_group()
        for field in ("visibility", "state"):
            with self.subTest(field):
                reply = admin().request("PUT", f"/api/v2/groups/{group.id}", {"version": 1, field: "sideways"})
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming=field)
        self.assertEqual(self.version_of(group), 1)

    def test_an_unknown_group(self):
        self.refused(404, admin().groups.put_group, "no-such-group", body={"version": 1})
