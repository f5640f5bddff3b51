"""getGroupProfile, getProfilesGroups, getFieldconfig."""

import uuid

from convoke import Case, admin, new_group, unique


class Profiles(Case):
    def test_one(self):
        group = new_group()
        profile = admin().groups.get_group_profile(group.id)
        self.assertEqual(profile.id, group.id)
        self.assertEqual(profile.name, group.name)
        self.assertEqual(profile.state, "active")
        self.assertEqual(profile.version, 1)
        self.assertEqual(profile.date_modified, group.date_modified)
        self.assertIn(group.id, profile.self_uri)

    def test_fields(self):
        group = new_group(description="for the profile")
        for fields in ("general.name", "general.name,general.description", "no.such.field", ""):
            with self.subTest(fields):
                profile = admin().groups.get_group_profile(group.id, fields=fields)
                self.assertEqual(profile.id, group.id)

    def test_unknown_group(self):
        for group_id in (str(uuid.uuid4()), "nothing"):
            self.refused(404, admin().groups.get_group_profile, group_id, code="general.resource.not.found")

    def test_listing(self):
        made = [new_group(unique(name)) for name in ("profile b", "profile a", "profile c")]
        ids = [group.id for group in made]
        listing = admin().groups.get_profiles_groups(id=ids)
        self.assertEqual([p.name.split()[1] for p in listing.entities], ["a", "b", "c"])
        self.assertEqual((listing.total, listing.page_size, listing.page_number), (3, 25, 1))
        down = admin().groups.get_profiles_groups(id=ids, sort_order="descending")
        self.assertEqual(self.ids(down), self.ids(listing)[::-1])
        page = admin().groups.get_profiles_groups(page_size=1, page_number=2)
        self.assertEqual(len(page.entities), 1)
        self.assertEqual(page.previous_uri, "/api/v2/profiles/groups?pageSize=1&pageNumber=1")
        self.assertEqual(page.total, admin().groups.get_groups().total)

    def test_by_jabber_id(self):
        group = new_group()
        jabber = admin().request("GET", f"/api/v2/groups/{group.id}").json["chat"]["jabberId"]
        listing = admin().groups.get_profiles_groups(jabber_id=[jabber])
        self.assertEqual(self.ids(listing), [group.id])

    def test_values_that_cannot_be_taken(self):
        for query in ("pageSize=0", "pageSize=501", "pageNumber=-1", "sortOrder=up"):
            with self.subTest(query):
                reply = admin().request("GET", f"/api/v2/profiles/groups?{query}")
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming=query.split("=")[0])


class FieldConfig(Case):
    def check(self, config, kind):
        self.assertEqual(config["entityType"], kind)
        # The directory holds no external contacts, so it may describe none of their fields.
        self.assertTrue(config["sections"] or kind == "externalContact")
        for section in config["sections"]:
            self.assertTrue(section["key"])
            for field in section["fieldList"]:
                self.assertTrue(field["key"])
                self.assertTrue(field["type"])
                self.assertIs(type(field["required"]), bool)
                self.assertIs(type(field["repeatable"]), bool)
        for field in ("version", "schemaVersion"):
            self.assertIs(type(config.get(field, "")), str)

    def test_each_type(self):
        for kind in ("person", "group", "org", "externalContact"):
            with self.subTest(kind):
                reply = admin().request("GET", f"/api/v2/fieldconfig?type={kind}")
                self.check(self.answers(reply, 200), kind)

    def test_through_the_sdk(self):
        for kind in ("person", "group", "org"):
            with self.subTest(kind):
                config = admin().groups.get_fieldconfig(kind)
                self.assertEqual(config.entity_type, kind)
                self.assertTrue(config.sections[0].field_list[0].key)

    def test_it_describes_what_a_group_has(self):
        config = admin().groups.get_fieldconfig("group")
        keys = {field.key.rsplit(".", 1)[-1] for s in config.sections for field in s.field_list}
        self.assertLessEqual({"name", "description"}, keys)

    def test_a_type_that_is_none(self):
        self.refused(400, admin().groups.get_fieldconfig, "queue", code="bad.entity.type")
        for query in ("", "?type="):
            reply = admin().request("GET", f"/api/v2/fieldconfig{query}")
            self.answers(reply, 400, naming="type")
