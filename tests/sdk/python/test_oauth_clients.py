"""OAuth clients, roles, permissions and the organisation: how more than one caller comes to be."""

import uuid

import PureCloudPlatformClientV2 as sdk
from convoke import (
    Case, Session, admin, home_division, new_client, new_user, role_id, session_of, sign_in, unique,
)

PATH = "/api/v2/oauth/clients"


class Clients(Case):
    def test_create_with_the_sdks_own_model(self):
        body = sdk.OAuthClientRequest()
        body.name = unique("Robot")
        body.description = "sorts the mail"
        body.authorized_grant_type = "CLIENT-CREDENTIALS"
        body.access_token_validity_seconds = 600
        pair = sdk.RoleDivision()
        pair.role_id = role_id("reader")
        pair.division_id = home_division()
        body.role_divisions = [pair]
        client = admin().oauth.post_oauth_clients(body)
        self.assertEqual((client.name, client.description), (body.name, body.description))
        self.assertEqual(client.authorized_grant_type, "CLIENT-CREDENTIALS")
        self.assertEqual(client.access_token_validity_seconds, 600)
        self.assertIn(pair.role_id, [own.role_id for own in client.role_divisions])
        self.assertEqual(client.state, "active")
        self.assertTrue(client.secret)
        reply = sign_in(client.id, client.secret)
        self.assertIn(reply.json["expires_in"], (599, 600))

    def test_roles_as_a_plain_list(self):
        client = new_client(["group creator", "reader"])
        self.assertEqual(set(client.role_ids), {role_id("group creator"), role_id("reader")})

    def test_the_secret_is_shown_once(self):
        client = new_client(["reader"])
        self.assertFalse(admin().oauth.get_oauth_client(client.id).secret)
        listing = admin().request("GET", PATH)
        self.assertNotIn(client.secret, listing.text)
        self.assertNotIn("argon2", listing.text)

    def test_get_and_list(self):
        client = new_client(["reader"])
        read = admin().oauth.get_oauth_client(client.id)
        self.assertEqual((read.id, read.name), (client.id, client.name))
        listing = admin().oauth.get_oauth_clients()
        self.assertIn(client.id, self.ids(listing))
        self.assertGreaterEqual(listing.total, 2)

    def test_put_keeps_the_secret_and_changes_the_rights(self):
        client = new_client(["reader"])
        session = Session(client.id, client.secret)
        group = {"name": unique("By the promoted"), "type": "official", "rulesVisible": True, "visibility": "public"}
        self.refused(403, session.groups.post_groups, group)
        name = unique("Promoted")
        body = {
            "name": name,
            "authorizedGrantType": "CLIENT-CREDENTIALS",
            "roleIds": [role_id("group creator")],
        }
        changed = admin().oauth.put_oauth_client(client.id, body)
        self.assertEqual((changed.id, changed.name), (client.id, name))
        # The rights follow at once, also for tokens issued before.
        self.assertTrue(session.groups.post_groups(group).id)
        self.assertEqual(sign_in(client.id, client.secret).status, 200)

    def test_delete(self):
        client = new_client(["reader"])
        session = Session(client.id, client.secret)
        self.assertIsNone(admin().oauth.delete_oauth_client(client.id))
        self.refused(401, session.groups.get_groups)
        reply = sign_in(client.id, client.secret)
        self.assertEqual((reply.status, reply.json["description"]), (400, "client not found"))
        self.refused(404, admin().oauth.get_oauth_client, client.id)
        self.refused(404, admin().oauth.delete_oauth_client, client.id)

    def test_one_that_is_not_active_cannot_call(self):
        client = new_client(["reader"])
        session = Session(client.id, client.secret)
        body = admin().request("GET", f"{PATH}/{client.id}").json
        for state in ("inactive", "disabled"):
            body["state"] = state
            self.answers(admin().request("PUT", f"{PATH}/{client.id}", body), 200)
            self.refused(401, session.groups.get_groups)
            self.assertIn(sign_in(client.id, client.secret).status, (400, 401))
        body["state"] = "active"
        self.answers(admin().request("PUT", f"{PATH}/{client.id}", body), 200)
        self.assertEqual(sign_in(client.id, client.secret).status, 200)

    def test_bound_to_a_person(self):
        person = new_user()
        client = new_client(["reader"], person)
        body = self.answers(admin().request("GET", f"{PATH}/{client.id}"), 200)
        self.assertEqual(body["userId"], person.id)
        self.assertEqual(Session(client.id, client.secret).users.get_users_me().id, person.id)

    def test_values_that_cannot_be_taken(self):
        whole = {"name": unique("Bad"), "authorizedGrantType": "CLIENT-CREDENTIALS", "roleIds": []}
        for field, value in {
            "name": "",
            "roleIds": "admin",
            "accessTokenValiditySeconds": -5,
            "authorizedGrantType": "MAGIC",
            "state": "asleep",
        }.items():
            with self.subTest(field):
                reply = admin().request("POST", PATH, {**whole, field: value})
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming=field)
        for field in ("name", "authorizedGrantType"):
            body = {key: value for key, value in whole.items() if key != field}
            self.answers(admin().request("POST", PATH, body), 400, naming=field)

    def test_unknown_roles_and_people_are_named(self):
        nobody = str(uuid.uuid4())
        for fields in ({"roleIds": [nobody]}, {"roleDivisions": [{"roleId": nobody}]}, {"userId": nobody}):
            with self.subTest(fields):
                body = {"name": unique("Bad"), "authorizedGrantType": "CLIENT-CREDENTIALS", **fields}
                reply = admin().request("POST", PATH, body)
                self.assertIn(reply.status, (400, 404), reply)
                self.assertIn(nobody, reply.json["message"])

    def test_only_an_administrator_may(self):
        client = new_client(["reader"])
        for role in ("reader", "group creator", "group administrator"):
            session = session_of([role])
            with self.subTest(role):
                self.refused(403, session.oauth.get_oauth_clients)
                self.refused(403, session.oauth.get_oauth_client, client.id)
                self.refused(403, session.oauth.delete_oauth_client, client.id)
                body = {"name": "Mine", "authorizedGrantType": "CLIENT-CREDENTIALS", "roleIds": [role_id("admin")]}
                self.refused(403, session.oauth.post_oauth_clients, body)
                self.refused(403, session.oauth.put_oauth_client, client.id, body)


class Authorization(Case):
    def test_roles_from_the_start(self):
        listing = admin().authorization.get_authorization_roles(page_size=100)
        names = [role.name for role in listing.entities]
        for name in ("admin", "group administrator", "group creator", "reader"):
            self.assertEqual(names.count(name), 1, name)
        creator = next(role for role in listing.entities if role.name == "group creator")
        read = admin().authorization.get_authorization_role(creator.id)
        self.assertEqual((read.id, read.name), (creator.id, creator.name))
        self.assertTrue(read.permissions or read.permission_policies)

    def test_a_page_of_roles(self):
        page = admin().authorization.get_authorization_roles(page_size=1, page_number=2)
        self.assertEqual((len(page.entities), page.page_size, page.page_number), (1, 1, 2))
        self.assertEqual(page.page_count, page.total)

    def test_unknown_role(self):
        for unknown in (str(uuid.uuid4()), "nothing"):
            self.refused(404, admin().authorization.get_authorization_role, unknown)

    def test_permissions(self):
        listing = admin().authorization.get_authorization_permissions(page_size=100)
        domains = {collection.domain: collection for collection in listing.entities}
        self.assertIn("directory", domains)
        self.assertIn("group", domains["directory"].permission_map)

    def test_organization(self):
        organization = admin().organization.get_organizations_me()
        self.assertEqual(organization.name, "default")
        self.assertEqual(str(uuid.UUID(organization.id)), organization.id)
        self.assertEqual(organization.state, "active")

    def test_the_words_of_a_refusal(self):
        session = session_of(["reader"])
        group = {"name": "x", "type": "official", "rulesVisible": True, "visibility": "public"}
        self.refused(
            403,
            session.groups.post_groups,
            group,
            code=("missing.permissions", "missing.any.permissions"),
            naming="directory:group:add",
        )

    def test_what_each_role_may_do_to_a_group(self):
        def codes(session):
            made = session.request("POST", "/api/v2/groups", {
                "name": unique("Roles"), "type": "official", "rulesVisible": True, "visibility": "public",
            })
            target = admin().groups.post_groups({
                "name": unique("Target"), "type": "official", "rulesVisible": True, "visibility": "public",
            })
            path = f"/api/v2/groups/{target.id}"
            changed = session.request("PUT", path, {"version": 1, "name": unique("Changed")})
            filled = session.request("POST", f"{path}/members", {"memberIds": [new_user().id]})
            read = session.request("GET", path)
            deleted = session.request("DELETE", path)
            return [reply.status for reply in (made, changed, filled, read, deleted)]

        for role, expected in {
            "admin": [200, 200, 202, 200, 200],
            "group administrator": [200, 200, 202, 200, 200],
            "group creator": [200, 403, 403, 200, 403],
            "reader": [403, 403, 403, 200, 403],
        }.items():
            with self.subTest(role):
                self.assertEqual(codes(session_of([role])), expected)

    def test_people_are_the_administrators_business(self):
        person = new_user()
        for role in ("group administrator", "group creator", "reader"):
            session = session_of([role])
            with self.subTest(role):
                self.refused(403, session.users.post_users, {"name": "x", "email": "x@example.com"})
                self.refused(403, session.users.patch_user, person.id, {"version": 1, "title": "x"})
                self.refused(403, session.users.delete_user, person.id)
                self.assertEqual(session.users.get_user(person.id).version, 1)
