"""Users: create, list, get, patch, delete, restore, me; and the divisions they are in."""

import uuid

import PureCloudPlatformClientV2 as sdk
from convoke import Case, add_members, admin, home_division, new_group, new_user, session_of, unique

PATH = "/api/v2/users"


def patch(user, **fields):
    """patchUser with the person's current version and these fields, as an UpdateUser."""
    body = sdk.UpdateUser()
    body.version = admin().users.get_user(user.id).version
    for field, value in fields.items():
        setattr(body, field, value)
    return admin().users.patch_user(user.id, body)


class Create(Case):
    def test_minimal(self):
        name, email = unique("Ada"), f"{uuid.uuid4().hex}@example.com"
        user = new_user(name, email=email)
        self.assertEqual(str(uuid.UUID(user.id)), user.id)
        self.assertEqual((user.name, user.email, user.state, user.version), (name, email, "active", 1))
        self.assertEqual(user.division.id, home_division())
        self.assertEqual(user.self_uri, f"{PATH}/{user.id}")

    def test_everything(self):
        work = {"address": "+13175550123", "mediaType": "PHONE", "type": "WORK"}
        user = new_user(
            title="Night lead", department="Support", addresses=[work], password="not kept", state="inactive"
        )
        for read in (user, admin().users.get_user(user.id)):
            self.assertEqual((read.title, read.department), ("Night lead", "Support"))
            self.assertEqual(read.state, "inactive")
            self.assertIn("+13175550123", [contact.address for contact in read.addresses])
        self.assertNotIn("password", admin().request("GET", f"{PATH}/{user.id}").text)

    def test_without_a_division_it_is_the_home_division(self):
        body = {"name": unique("Homely"), "email": f"{uuid.uuid4().hex}@example.com"}
        user = self.answers(admin().request("POST", PATH, body), 200)
        self.assertEqual(user["division"]["id"], home_division())
        self.assertTrue(user["division"]["selfUri"].endswith(home_division()))

    def test_an_email_address_is_taken_for_good(self):
        first = new_user()
        for email in (first.email, first.email.upper()):
            self.refused(409, new_user, email=email, code="general.conflict")
        admin().users.delete_user(first.id)
        self.refused(409, new_user, email=first.email, code="general.conflict")

    def test_values_that_cannot_be_taken(self):
        whole = {"name": "Bad", "email": f"{uuid.uuid4().hex}@example.com", "divisionId": home_division()}
        for field, value in {
            "name": None,
            "email": None,
            "state": "asleep",
            "addresses": "+1",
            "title": 7,
        }.items():
            with self.subTest(field):
                body = {**whole, field: value}
                if value is None:
                    del body[field]
                self.answers(admin().request("POST", PATH, body), 400, naming=field)
        for email in ("", "no address", "@", 5):
            with self.subTest(email=email):
                self.answers(admin().request("POST", PATH, {**whole, "email": email}), 400, naming="email")

    def test_an_unknown_division(self):
        self.assertIn(
            admin().request("POST", PATH, {
                "name": "Lost", "email": f"{uuid.uuid4().hex}@example.com", "divisionId": str(uuid.uuid4()),
            }).status,
            (400, 404),
        )


class Listing(Case):
    @classmethod
    def setUpClass(cls):
        cls.active = [new_user(unique(name)) for name in ("ina", "Hugo", "Jan")]
        cls.inactive = new_user(unique("Kim"), state="inactive")
        cls.deleted = new_user(unique("Lea"))
        admin().users.delete_user(cls.deleted.id)
        cls.everyone = [user.id for user in [*cls.active, cls.inactive, cls.deleted]]

    def listed(self, **options):
        return [i for i in self.ids(admin().users.get_users(page_size=500, **options)) if i in self.everyone]

    def test_by_state(self):
        hugo, ina, jan = self.active[1].id, self.active[0].id, self.active[2].id
        self.assertEqual(self.listed(), [hugo, ina, jan])
        self.assertEqual(self.listed(state="active"), [hugo, ina, jan])
        self.assertEqual(self.listed(state="inactive"), [self.inactive.id])
        self.assertEqual(self.listed(state="deleted"), [self.deleted.id])
        self.assertEqual(set(self.listed(state="any")), set(self.everyone))
        self.assertEqual(self.listed(sort_order="DESC"), [jan, ina, hugo])

    def test_by_id(self):
        listing = admin().users.get_users(id=self.everyone + [str(uuid.uuid4())])
        self.assertEqual(set(self.ids(listing)), {user.id for user in self.active})
        everyone = admin().users.get_users(id=self.everyone, state="any")
        self.assertEqual((set(self.ids(everyone)), everyone.total), (set(self.everyone), 5))

    def test_at_most_100_ids(self):
        ids = [str(uuid.uuid4()) for _ in range(101)]
        self.refused(400, admin().users.get_users, id=ids, code="max.user.ids")
        self.assertEqual(admin().users.get_users(id=ids[:100]).total, 0)

    def test_by_jabber_id(self):
        user = admin().request("GET", f"{PATH}/{self.active[0].id}").json
        listing = admin().users.get_users(jabber_id=[user["chat"]["jabberId"]])
        self.assertEqual(self.ids(listing), [user["id"]])

    def test_pages_and_links(self):
        page = admin().users.get_users(page_size=1, page_number=2)
        self.assertEqual(len(page.entities), 1)
        self.assertEqual(page.self_uri, f"{PATH}?pageSize=1&pageNumber=2")
        self.assertEqual(page.previous_uri, f"{PATH}?pageSize=1&pageNumber=1")
        self.assertEqual(page.page_count, page.total)

    def test_expand(self):
        listing = admin().users.get_users(id=[self.active[0].id], expand=["groups", "station", "skills"])
        self.assertEqual(listing.total, 1)
        self.answers(admin().request("GET", f"{PATH}?expand=shoes"), 400, naming="expand")

    def test_values_that_cannot_be_taken(self):
        for query in ("state=asleep", "pageSize=0", "pageNumber=0", "sortOrder=up"):
            with self.subTest(query):
                reply = admin().request("GET", f"{PATH}?{query}")
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming=query.split("=")[0])


class Change(Case):
    def test_patch(self):
        user, boss = new_user(), new_user()
        changed = patch(user, name="New Name", title="Lead", department="Sales", manager=boss.id)
        self.assertEqual((changed.name, changed.title, changed.department), ("New Name", "Lead", "Sales"))
        # An id on the way in, an object on the way out.
        self.assertEqual(changed.manager.id, boss.id)
        self.assertEqual(changed.version, 2)
        self.assertEqual(changed.email, user.email)

    def test_a_stale_version(self):
        user = new_user()
        patch(user, title="first")
        body = {"version": 1, "title": "second"}
        error = self.refused(409, admin().users.patch_user, user.id, body, code="general.conflict")
        self.assertIn("version", error["message"])
        self.assertEqual(admin().users.get_user(user.id).title, "first")

    def test_the_version_is_required(self):
        user = new_user()
        for body in ({"title": "x"}, {}):
            self.answers(admin().request("PATCH", f"{PATH}/{user.id}", body), 400, naming="version")
        headers = {"Content-Type": "application/json"}
        for body in ("", "null"):
            self.answers(admin().request("PATCH", f"{PATH}/{user.id}", body, headers), 400)

    def test_an_email_address_that_is_taken(self):
        user, other = new_user(), new_user()
        self.refused(409, patch, user, email=other.email, code="general.conflict")
        fresh = f"{uuid.uuid4().hex}@example.com"
        self.assertEqual(patch(user, email=fresh).email, fresh)

    def test_a_whole_object_can_be_put_back(self):
        user = new_user(title="Here")
        body = admin().request("GET", f"{PATH}/{user.id}").json
        body["title"] = "There"
        back = self.answers(admin().request("PATCH", f"{PATH}/{user.id}", body), 200)
        self.assertEqual((back["title"], back["version"], back["name"]), ("There", 2, user.name))

    def test_renaming_moves_a_member_in_the_order(self):
        one, two = new_user(unique("Anna")), new_user(unique("Berta"))
        group = new_group()
        add_members(group.id, [one, two])
        patch(one, name=unique("Clara"))
        self.assertEqual(self.ids(admin().groups.get_group_members(group.id)), [two.id, one.id])

    def test_unknown_people(self):
        for user_id in (str(uuid.uuid4()), "nobody"):
            self.refused(404, admin().users.get_user, user_id, code="general.resource.not.found")
            self.refused(404, admin().users.patch_user, user_id, {"version": 1, "title": "x"})
            self.refused(404, admin().users.delete_user, user_id)


class DeleteAndRestore(Case):
    def test_delete(self):
        user = new_user()
        admin().users.delete_user(user.id)
        self.refused(404, admin().users.get_user, user.id, code="general.resource.not.found")
        gone = admin().users.get_user(user.id, state="deleted")
        self.assertEqual((gone.id, gone.state, gone.email), (user.id, "deleted", user.email))
        self.assertTrue(gone.division.id)
        self.refused(404, admin().users.delete_user, user.id)

    def test_deleting_answers_an_object(self):
        reply = admin().request("DELETE", f"{PATH}/{new_user().id}")
        self.assertIsInstance(self.answers(reply, 200), dict)

    def test_restore_as_terraform_does(self):
        user, group = new_user(), new_group()
        add_members(group.id, [user])
        admin().users.delete_user(user.id)
        gone = admin().users.get_user(user.id, state="deleted")
        back = admin().users.patch_user(user.id, {"state": "active", "version": gone.version})
        self.assertEqual((back.state, back.id), ("active", user.id))
        self.assertGreater(back.version, gone.version)
        self.assertEqual(admin().users.get_user(user.id).email, user.email)
        # The person is restored, the memberships are not.
        self.assertEqual(admin().groups.get_group_members(group.id).total, 0)
        self.refused(404, admin().users.get_user, user.id, state="deleted")

    def test_patching_to_deleted_is_refused_or_deletes(self):
        user = new_user()
        group = new_group(owner_ids=[user.id])
        add_members(group.id, [user])
        reply = admin().request("PATCH", f"{PATH}/{user.id}", {"state": "deleted", "version": 1})
        self.assertIn(reply.status, (200, 400), reply)
        members = admin().groups.get_group(group.id).member_count
        # Never a deleted person who is still a member.
        self.assertEqual(members, 0 if reply.status == 200 else 1)

    def test_the_deleted_find_no_state_but_deleted(self):
        living = new_user()
        self.refused(404, admin().users.get_user, living.id, state="deleted")
        self.answers(admin().request("GET", f"{PATH}/{living.id}?state=asleep"), 400, naming="state")


class Me(Case):
    def test_a_client_is_no_person(self):
        self.refused(400, admin().users.get_users_me, code="not.a.user")

    def test_a_client_bound_to_a_person_is_that_person(self):
        person = new_user()
        session = session_of(["reader"], person)
        me = session.users.get_users_me()
        self.assertEqual((me.id, me.name, me.email), (person.id, person.name, person.email))
        group = new_group()
        add_members(group.id, [person])
        expanded = session.users.get_users_me(expand=["groups", "organization", "authorization"])
        self.assertIn(group.id, [own.id for own in expanded.groups])
        reply = session.request("GET", f"{PATH}/me?expand=shoes")
        self.answers(reply, 400, naming="expand")

    def test_who_is_deleted_is_nobody(self):
        person = new_user()
        session = session_of(["reader"], person)
        admin().users.delete_user(person.id)
        self.refused(401, session.users.get_users_me)


class Divisions(Case):
    def test_home(self):
        home = admin().authorization.get_authorization_divisions_home()
        self.assertIs(home.home_division, True)
        self.assertTrue(home.name)
        listing = admin().authorization.get_authorization_divisions()
        self.assertIn(home.id, self.ids(listing))
        self.assertEqual((listing.page_size, listing.page_number), (25, 1))
        self.assertEqual(listing.total, len(listing.entities))
