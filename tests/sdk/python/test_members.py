"""postGroupMembers, deleteGroupMembers, getGroupMembers, getGroupIndividuals."""

import uuid

import PureCloudPlatformClientV2 as sdk
from convoke import Case, add_members, admin, new_group, new_user, unique

# Every value that the seeds name for expand.
EXPAND = (
    "routingStatus presence integrationPresence conversationSummary outOfOffice geolocation station "
    "authorization lasttokenissued authorization.unusedRoles team workPlanBidRanks "
    "externalContactsSettings groups customAttributes profileSkills certifications locations skills "
    "languages languagePreference employerInfo biography dateLastLogin dateWelcomeSent"
).split()


def members(group, **options):
    return admin().groups.get_group_members(group.id, **options)


def individuals(group):
    return admin().groups.get_group_individuals(group.id)


def update(users, version=None):
    body = sdk.GroupMembersUpdate()
    body.member_ids = [user.id for user in users]
    body.version = version
    return body


class PostGroupMembers(Case):
    def test_adds(self):
        group, people = new_group(), [new_user(), new_user()]
        self.assertEqual(add_members(group.id, people), {})
        read = admin().groups.get_group(group.id)
        self.assertEqual((read.member_count, read.version), (2, 2))
        self.assertEqual(set(self.ids(members(group))), {person.id for person in people})

    def test_is_202(self):
        group = new_group()
        body = {"memberIds": [new_user().id], "version": 1}
        reply = admin().request("POST", f"/api/v2/groups/{group.id}/members", body)
        self.assertEqual(self.answers(reply, 202), {})

    def test_with_the_version(self):
        group = new_group()
        admin().groups.post_group_members(group.id, update([new_user()], 1))
        admin().groups.post_group_members(group.id, update([new_user()], 2))
        late = update([new_user()], 2)
        error = self.refused(409, admin().groups.post_group_members, group.id, late, code="general.conflict")
        self.assertIn("does not match the current version", error["message"])
        self.assertEqual(members(group).total, 2)
        self.assertEqual(self.version_of(group), 3)

    def test_adding_again_changes_nothing(self):
        group, person = new_group(), new_user()
        add_members(group.id, [person])
        before = admin().groups.get_group(group.id)
        self.assertEqual(add_members(group.id, [person, person]), {})
        after = admin().groups.get_group(group.id)
        self.assertEqual((after.version, after.date_modified), (before.version, before.date_modified))
        self.assertEqual(after.member_count, 1)

    def test_an_unknown_id_refuses_the_whole_call(self):
        group, nobody = new_group(), str(uuid.uuid4())
        for bad in (nobody, "malformed"):
            body = {"memberIds": [new_user().id, bad]}
            self.refused(404, admin().groups.post_group_members, group.id, body, naming=bad)
        self.assertEqual(self.version_of(group), 1)
        self.assertEqual(individuals(group).total, 0)

    def test_at_most_50_ids(self):
        group = new_group()
        people = [new_user() for _ in range(51)]
        body = update(people)
        self.refused(400, admin().groups.post_group_members, group.id, body, naming=("memberIds", "50"))
        self.assertEqual(self.version_of(group), 1)
        self.assertEqual(add_members(group.id, people[:50]), {})
        self.assertEqual(members(group).total, 50)

    def test_a_body_that_will_not_do(self):
        group = new_group()
        path = f"/api/v2/groups/{group.id}/members"
        for body in ({}, {"version": 1}, {"memberIds": "one"}, {"memberIds": [7]}, {"memberIds": None}):
            with self.subTest(body):
                reply = admin().request("POST", path, body)
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming="memberIds")
        for body in ("", "null", "[]", "{", '{"memberIds":[}'):
            with self.subTest(body):
                headers = {"Content-Type": "application/json"}
                self.answers(admin().request("POST", path, body, headers), 400)
        self.assertEqual(self.version_of(group), 1)

    def test_an_unknown_group(self):
        self.refused(404, add_members, str(uuid.uuid4()), [new_user()], code="general.resource.not.found")


class DeleteGroupMembers(Case):
    def test_takes_out(self):
        group, people = new_group(), [new_user() for _ in range(3)]
        add_members(group.id, people)
        # The SDK's parameter is one string, ids joined by commas.
        gone = ",".join(person.id for person in people[:2])
        self.assertEqual(admin().groups.delete_group_members(group.id, gone), {})
        self.assertEqual(self.ids(members(group)), [people[2].id])
        self.assertEqual(self.version_of(group), 3)

    def test_is_202_also_with_repeated_ids(self):
        group, people = new_group(), [new_user() for _ in range(3)]
        add_members(group.id, people)
        query = f"ids={people[0].id}&ids={people[1].id},&ids="
        reply = admin().request("DELETE", f"/api/v2/groups/{group.id}/members?{query}")
        self.assertEqual(self.answers(reply, 202), {})
        self.assertEqual(self.ids(members(group)), [people[2].id])

    def test_taking_out_who_is_not_in_changes_nothing(self):
        group = new_group()
        self.assertEqual(admin().groups.delete_group_members(group.id, new_user().id), {})
        self.assertEqual(self.version_of(group), 1)

    def test_an_unknown_id_refuses_the_whole_call(self):
        group, person, nobody = new_group(), new_user(), str(uuid.uuid4())
        add_members(group.id, [person])
        for bad in (nobody, "malformed"):
            ids = f"{person.id},{bad}"
            self.refused(404, admin().groups.delete_group_members, group.id, ids, naming=bad)
        self.assertEqual(self.ids(individuals(group)), [person.id])

    def test_at_most_50_ids(self):
        group = new_group()
        ids = ",".join(str(uuid.uuid4()) for _ in range(51))
        self.refused(400, admin().groups.delete_group_members, group.id, ids, naming=("ids", "50"))

    def test_ids_are_required(self):
        group = new_group()
        for query in ("", "?ids=", "?ids=,"):
            with self.subTest(query):
                reply = admin().request("DELETE", f"/api/v2/groups/{group.id}/members{query}")
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming="ids")

    def test_an_owner_stays_a_member(self):
        owner = new_user()
        group = new_group(owner_ids=[owner.id])
        admin().groups.delete_group_members(group.id, owner.id)
        self.assertEqual(self.ids(members(group)), [owner.id])


class GetGroupMembers(Case):
    @classmethod
    def setUpClass(cls):
        cls.owner = new_user(unique("Mira"))
        cls.people = [new_user(unique(name)) for name in ("Zoe", "adam", "Bea", "Carl", "Dora", "emil")]
        cls.group = new_group(owner_ids=[cls.owner.id])
        add_members(cls.group.id, cls.people)

    def test_members_are_individuals_and_owners_by_name(self):
        listing = members(self.group)
        names = [person.name.split()[0] for person in listing.entities]
        self.assertEqual(names, ["adam", "Bea", "Carl", "Dora", "emil", "Mira", "Zoe"])
        self.assertEqual((listing.total, listing.page_size, listing.page_count), (7, 25, 1))

    def test_descending(self):
        up = self.ids(members(self.group))
        for order in ("descending", "DESC"):
            self.assertEqual(self.ids(members(self.group, sort_order=order)), up[::-1])

    def test_pages(self):
        path = f"/api/v2/groups/{self.group.id}/members"
        whole = self.ids(members(self.group))
        first = members(self.group, page_size=3)
        self.assertEqual(self.ids(first), whole[:3])
        self.assertEqual((first.total, first.page_count), (7, 3))
        self.assertEqual(first.first_uri, f"{path}?pageSize=3&pageNumber=1")
        self.assertEqual(first.self_uri, first.first_uri)
        self.assertEqual(first.next_uri, f"{path}?pageSize=3&pageNumber=2")
        self.assertEqual(first.last_uri, f"{path}?pageSize=3&pageNumber=3")
        self.assertIsNone(first.previous_uri)
        second = members(self.group, page_size=3, page_number=2)
        self.assertEqual(self.ids(second), whole[3:6])
        self.assertEqual(second.previous_uri, first.self_uri)
        last = members(self.group, page_size=3, page_number=3)
        self.assertEqual(self.ids(last), whole[6:])
        self.assertIsNone(last.next_uri)
        self.assertEqual(members(self.group, page_size=3, page_number=4).entities, [])

    def test_people_are_whole(self):
        person = next(p for p in members(self.group).entities if p.id == self.owner.id)
        self.assertEqual(person.name, self.owner.name)
        self.assertEqual(person.email, self.owner.email)
        self.assertEqual(person.state, "active")
        self.assertTrue(person.division.id)
        self.assertEqual(person.self_uri, f"/api/v2/users/{person.id}")

    def test_every_expand_is_accepted(self):
        for value in EXPAND:
            with self.subTest(value):
                self.assertEqual(members(self.group, expand=[value]).total, 7)
        self.assertEqual(members(self.group, expand=EXPAND).total, 7)
        repeated = "&".join(f"expand={value}" for value in EXPAND)
        reply = admin().request("GET", f"/api/v2/groups/{self.group.id}/members?{repeated}&expand=")
        self.assertEqual(self.answers(reply, 200)["total"], 7)

    def test_an_unknown_expand_is_named(self):
        for query in ("expand=shoes", "expand=groups,shoes", "expand=groups&expand=shoes"):
            with self.subTest(query):
                reply = admin().request("GET", f"/api/v2/groups/{self.group.id}/members?{query}")
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming="expand")

    def test_expanding_groups_shows_them(self):
        plain = members(self.group).entities[0]
        self.assertFalse(plain.groups)
        expanded = members(self.group, expand=["groups"]).entities[0]
        self.assertEqual([group.id for group in expanded.groups], [self.group.id])

    def test_values_that_cannot_be_taken(self):
        for query in ("pageSize=0", "pageSize=501", "pageNumber=0", "pageNumber=x", "sortOrder=up"):
            with self.subTest(query):
                reply = admin().request("GET", f"/api/v2/groups/{self.group.id}/members?{query}")
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming=query.split("=")[0])

    def test_individuals_come_in_one_piece_without_owners(self):
        listing = individuals(self.group)
        self.assertEqual(set(self.ids(listing)), {person.id for person in self.people})
        self.assertEqual(listing.total, 6)

    def test_individuals_are_not_paged(self):
        group = new_group()
        add_members(group.id, [new_user() for _ in range(30)])
        self.assertEqual(len(individuals(group).entities), 30)
        # The Terraform provider reads everyone from one call.
        self.assertEqual(len(members(group).entities), 25)

    def test_unknown_groups(self):
        self.refused(404, admin().groups.get_group_members, "nothing", code="general.resource.not.found")
        self.refused(404, admin().groups.get_group_individuals, "nothing", code="general.resource.not.found")


class Membership(Case):
    def test_someone_may_be_both_owner_and_individual(self):
        owner = new_user()
        group = new_group(owner_ids=[owner.id])
        add_members(group.id, [owner])
        self.assertEqual(members(group).total, 1)
        self.assertEqual(individuals(group).total, 1)

    def test_the_deleted_leave_in_the_same_step(self):
        person, other = new_user(), new_user()
        group = new_group(owner_ids=[person.id, other.id])
        add_members(group.id, [person])
        admin().users.delete_user(person.id)
        read = admin().groups.get_group(group.id)
        self.assertEqual([owner.id for owner in read.owners], [other.id])
        self.assertEqual((read.member_count, read.version), (1, 3))
        self.assertEqual(individuals(group).total, 0)

    def test_the_inactive_stay(self):
        person = new_user()
        group = new_group()
        add_members(group.id, [person])
        admin().users.patch_user(person.id, {"state": "inactive", "version": person.version})
        self.assertEqual(self.ids(members(group)), [person.id])
        self.assertEqual(members(group).entities[0].state, "inactive")
        self.assertEqual(admin().groups.get_group(group.id).member_count, 1)

    def test_the_deleted_cannot_be_added(self):
        person, group = new_user(), new_group()
        admin().users.delete_user(person.id)
        self.refused(404, add_members, group.id, [person], naming=person.id)
