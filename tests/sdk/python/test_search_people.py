"""Searches of people, and what a search shows to whom."""

from convoke import (
    Case, add_members, admin, hold, new_group, new_language, new_skill, new_user, session_of, speak, unique,
)
from searches import USERS, by, find_groups, find_users, group_that, ids, inflated, names, q64_of, user_that


class PeopleCase(Case):
    """Anna, berta, Carl who is inactive, and Dora who is deleted."""

    @classmethod
    def setUpClass(cls):
        cls.boss, cls.skill, cls.language = new_user(), new_skill(), new_language()
        phone = {"address": "+13175550188", "mediaType": "PHONE", "type": "WORK"}
        cls.anna = new_user("Anna", department="Field Support", title="Lead", addresses=[phone])
        cls.berta = new_user("berta", title="Agent")
        cls.carl = new_user("Carl", title="Agent", state="inactive")
        cls.dora = new_user("Dora", title="Agent")
        cls.signs_in = unique("anna").replace(" ", ".")
        admin().users.patch_user(cls.anna.id, {
            "version": 1, "manager": cls.boss.id, "certifications": ["First Aid"], "username": cls.signs_in,
        })
        admin().users.put_user_profileskills(cls.anna.id, ["French cooking", "Chess"])
        hold(cls.anna, (cls.skill, 3))
        speak(cls.anna, (cls.language, 4))
        cls.group = new_group()
        add_members(cls.group.id, [cls.anna, cls.dora])
        admin().users.delete_user(cls.dora.id)
        everyone = [person.id for person in (cls.anna, cls.berta, cls.carl, cls.dora)]
        cls.within = user_that("EXACT", "id", everyone)

    def found(self, *query, **options):
        answer = find_users(self.within, *query, page_size=100, **options)
        self.assertEqual(answer.total, len(answer.results))
        return names(answer)


class UserCriteria(PeopleCase):
    def test_each_type(self):
        for type, fields, value, expected in (
            ("EXACT", "name", "ANNA", ["Anna"]),
            ("EXACT", "name", "ann", []),
            ("STARTS_WITH", "name", "be", ["berta"]),
            ("CONTAINS", "name", "ar", ["Carl"]),
            ("REGEX", "name", "(anna|b.*)", ["Anna", "berta"]),
            ("TERM", "department", "support", ["Anna"]),
            ("TERM", "department", "supp", []),
            ("TERMS", "name", ["carl", "anna"], ["Anna", "Carl"]),
            ("REQUIRED_FIELDS", "department", None, ["Anna"]),
            ("REQUIRED_FIELDS", ["title", "manager"], None, ["Anna"]),
            ("MATCH_ALL", None, None, ["Anna", "berta", "Carl"]),
            ("QUERY_STRING", "name", "berta", ["berta"]),
            ("QUERY_STRING", ["name", "department"], "support", ["Anna"]),
            ("LESS_THAN", "name", "berta", ["Anna"]),
            ("LESS_THAN_EQUAL_TO", "name", "BERTA", ["Anna", "berta"]),
            ("GREATER_THAN", "name", "berta", ["Carl"]),
            ("GREATER_THAN_EQUAL_TO", "name", "Berta", ["berta", "Carl"]),
        ):
            with self.subTest(type=type, fields=fields, value=value):
                self.assertEqual(self.found(user_that(type, fields, value)), expected)

    def test_a_range_of_names(self):
        for start, end, expected in (
            ("b", "d", ["berta", "Carl"]),
            ("Anna", "BERTA", ["Anna", "berta"]),
            ("bz", None, ["Carl"]),
            (None, "b", ["Anna"]),
            ("d", "b", []),
        ):
            with self.subTest(start=start, end=end):
                one = user_that("RANGE", "name", start_value=start, end_value=end)
                self.assertEqual(self.found(one), expected)

    def test_each_field(self):
        for type, field, value in (
            ("EXACT", "id", self.anna.id),
            ("EXACT", "email", self.anna.email.upper()),
            ("STARTS_WITH", "email", self.anna.email[:20]),
            ("EXACT", "username", self.signs_in),
            ("EXACT", "department", "field support"),
            ("EXACT", "title", "lead"),
            ("EXACT", "manager", self.boss.id),
            ("EXACT", "skills", self.skill.name.upper()),
            ("EXACT", "languages", self.language.name),
            ("CONTAINS", "profileSkills", "cook"),
            ("EXACT", "profileSkills", "chess"),
            ("EXACT", "certifications", "first aid"),
            ("EXACT", "addresses", "+13175550188"),
            ("EXACT", "groups", self.group.id),
            ("REQUIRED_FIELDS", "skills", None),
            ("REQUIRED_FIELDS", "languages", None),
            ("REQUIRED_FIELDS", "profileSkills", None),
            ("REQUIRED_FIELDS", "certifications", None),
            ("REQUIRED_FIELDS", "groups", None),
        ):
            with self.subTest(type=type, field=field):
                self.assertEqual(self.found(user_that(type, field, value)), ["Anna"])
        self.assertEqual(self.found(user_that("REQUIRED_FIELDS", "locations")), [])

    def test_operators(self):
        agent = user_that("EXACT", "title", "agent")
        not_berta = user_that("EXACT", "name", "berta", operator="NOT")
        self.assertEqual(self.found(agent, not_berta), ["Carl"])
        either = [user_that("EXACT", "name", name, operator="OR") for name in ("anna", "carl")]
        self.assertEqual(self.found(*either), ["Anna", "Carl"])
        self.assertEqual(self.found(agent, user_that("MATCH_ALL", group=either)), ["Carl"])

    def test_the_deleted_are_found_only_where_a_state_is_asked_for(self):
        by_email = user_that("EXACT", "email", self.dora.email)
        self.assertEqual(find_users(by_email).total, 0)
        self.assertEqual(find_users(user_that("EXACT", "id", self.dora.id)).total, 0)
        # The two criteria of the Terraform provider.
        gone = find_users(by_email, user_that("EXACT", "state", ["deleted"]))
        self.assertEqual((ids(gone), gone.results[0].state), ([self.dora.id], "deleted"))
        self.assertEqual(self.found(user_that("EXACT", "state", ["active", "deleted"])), ["Anna", "berta", "Dora"])
        self.assertEqual(self.found(user_that("EXACT", "state", "active")), ["Anna", "berta"])
        self.assertEqual(self.found(user_that("EXACT", "state", "inactive")), ["Carl"])
        nested = user_that("MATCH_ALL", group=[user_that("EXACT", "state", "deleted")])
        self.assertEqual(self.found(nested), ["Dora"])

    def test_the_deleted_have_no_skills_and_no_groups(self):
        dead = user_that("EXACT", "state", ["active", "inactive", "deleted"])
        self.assertEqual(self.found(dead, user_that("EXACT", "groups", self.group.id)), ["Anna"])

    def test_no_query_finds_everyone_living(self):
        living = sum(admin().users.get_users(state=state).total for state in ("active", "inactive"))
        for body in ({}, {"pageSize": 1, "pageNumber": 1}, {"query": []}):
            answer = self.answers(admin().request("POST", USERS, body), 200)
            self.assertEqual((answer["total"], answer["types"]), (living, ["users"]))

    def test_what_has_changed_is_found_at_once(self):
        person, skill = new_user(), new_skill()
        mine = [
            user_that("EXACT", "id", person.id),
            user_that("EXACT", "skills", skill.name),
        ]
        self.assertEqual(find_users(*mine).total, 0)
        hold(person, (skill, 1))
        self.assertEqual(find_users(*mine).total, 1)
        admin().routing.delete_routing_skill(skill.id)
        self.assertEqual(find_users(*mine).total, 0)
        renamed = unique("New Name")
        admin().users.patch_user(person.id, {"version": admin().users.get_user(person.id).version, "name": renamed})
        self.assertEqual(ids(find_users(user_that("EXACT", "name", renamed))), [person.id])
        admin().users.delete_user(person.id)
        self.assertEqual(find_users(user_that("EXACT", "name", renamed)).total, 0)


class UserPages(PeopleCase):
    def test_orders(self):
        # The order of Terraform's data source.
        emails = [user.email for user in find_users(self.within, sort_by="email", sort_order="ASC").results]
        self.assertEqual((emails, len(emails)), (sorted(emails), 3))
        self.assertEqual(self.found(sort_by="name", sort_order="DESC"), ["Carl", "berta", "Anna"])
        self.assertEqual(self.found(sort=by(("title", "DESC"), ("name", "ASC"))), ["Anna", "berta", "Carl"])
        self.assertEqual(self.found(sort=by(("title", "ASC"), ("name", "DESC"))), ["Carl", "berta", "Anna"])

    def test_following_q64(self):
        page = find_users(self.within, page_size=2, sort_by="name", sort_order="DESC")
        self.assertEqual((page.total, page.page_count, page.types), (3, 2, ["users"]))
        self.assertIsNone(page.previous_page)
        q64 = q64_of(page.next_page, USERS)
        held = inflated(q64)
        self.assertEqual((held["types"], held["pageNumber"]), (["users"], 2))
        last = admin().users.get_users_search(q64)
        self.assertEqual(names(page) + names(last), ["Carl", "berta", "Anna"])
        self.assertIsNone(last.next_page)
        back = admin().users.get_users_search(q64_of(last.previous_page, USERS))
        self.assertEqual(ids(back), ids(page))

    def test_results_are_whole_people(self):
        query = [{"type": "EXACT", "fields": ["id"], "value": self.anna.id}]
        answer = self.answers(admin().request("POST", USERS, {"query": query}), 200)
        self.assertEqual(answer["results"], [admin().request("GET", f"/api/v2/users/{self.anna.id}").json])

    def test_expand(self):
        anna = user_that("EXACT", "id", self.anna.id)
        plain = find_users(anna)
        self.assertFalse(plain.results[0].groups)
        asked = ["groups", "skills", "languages", "profileSkills", "certifications"]
        again = admin().users.get_users_search(q64_of(plain.current_page, USERS), expand=asked)
        for answer in (find_users(anna, expand=asked), again):
            person = answer.results[0]
            self.assertEqual([group.id for group in person.groups], [self.group.id])
            self.assertEqual([(skill.id, skill.proficiency) for skill in person.skills], [(self.skill.id, 3)])
            self.assertEqual([(one.id, one.proficiency) for one in person.languages], [(self.language.id, 4)])
            self.assertEqual(sorted(person.profile_skills), ["Chess", "French cooking"])
            self.assertEqual(person.certifications, ["First Aid"])

    def test_every_expand_of_the_documents(self):
        for value in (
            "authorization", "conversationSummary", "geolocation", "outOfOffice", "presence", "routingStatus",
            "station",
        ):
            with self.subTest(value):
                self.assertEqual(find_users(self.within, expand=[value]).total, 3)

    def test_options_that_change_nothing_here(self):
        options = {"enforce_permissions": True, "integration_presence_source": "MicrosoftTeams"}
        self.assertEqual(find_users(self.within, **options).total, 3)


class Seen(Case):
    """A search is cut to what its caller may see."""

    @classmethod
    def setUpClass(cls):
        cls.people = {word: new_user() for word in ("owner", "member", "stranger")}
        cls.sessions = {word: session_of(["reader"], person) for word, person in cls.people.items()}
        cls.sessions["robot"] = session_of(["reader"])
        cls.sessions["administrator"] = session_of(["group administrator"])
        cls.groups = {}
        for visibility in ("public", "members", "owners"):
            group = new_group(visibility=visibility, owner_ids=[cls.people["owner"].id])
            add_members(group.id, [cls.people["member"]])
            cls.groups[visibility] = group.id
        cls.query = [
            group_that("EXACT", "id", list(cls.groups.values()), operator="OR"),
            group_that("EXACT", "memberIds", cls.people["member"].id, operator="OR"),
            group_that("EXACT", "ownerIds", cls.people["owner"].id, operator="OR"),
        ]

    SEES = {
        "owner": ["public", "members", "owners"],
        "member": ["public", "members"],
        "stranger": ["public"],
        "robot": ["public"],
        "administrator": ["public", "members", "owners"],
    }

    def seen_by(self, who):
        return {self.groups[visibility] for visibility in self.SEES[who]}

    def test_groups(self):
        for who, session in self.sessions.items():
            with self.subTest(who):
                answer = find_groups(*self.query, session=session)
                self.assertEqual((set(ids(answer)), answer.total), (self.seen_by(who), len(self.seen_by(who))))

    def test_not_is_cut_as_well(self):
        for who, session in self.sessions.items():
            with self.subTest(who):
                nobody = group_that("EXACT", "name", unique("No group"), operator="NOT")
                answer = find_groups(nobody, session=session, page_size=500)
                self.assertEqual(answer.total, session.groups.get_groups().total)
                self.assertEqual(set(ids(answer)) & set(self.groups.values()), self.seen_by(who))

    def test_a_q64_shows_its_reader_no_more_than_that(self):
        q64 = q64_of(find_groups(*self.query).current_page)
        for who, session in self.sessions.items():
            with self.subTest(who):
                answer = session.groups.get_groups_search(q64)
                self.assertEqual((set(ids(answer)), answer.total), (self.seen_by(who), len(self.seen_by(who))))

    def test_people_by_groups_that_are_hidden(self):
        member = self.people["member"].id
        for who, session in self.sessions.items():
            for visibility, group in self.groups.items():
                with self.subTest(who=who, visibility=visibility):
                    query = [user_that("EXACT", "id", member), user_that("EXACT", "groups", group)]
                    total = find_users(*query, session=session).total
                    self.assertEqual(total, 1 if visibility in self.SEES[who] else 0)

    def test_having_groups_at_all(self):
        person = new_user()
        hidden = new_group(visibility="owners")
        add_members(hidden.id, [person])
        query = [user_that("EXACT", "id", person.id), user_that("REQUIRED_FIELDS", "groups")]
        self.assertEqual(find_users(*query).total, 1)
        self.assertEqual(find_users(*query, session=self.sessions["stranger"]).total, 0)

    def test_expanded_groups(self):
        query = user_that("EXACT", "id", self.people["member"].id)
        for who, session in self.sessions.items():
            with self.subTest(who):
                person = find_users(query, session=session, expand=["groups"]).results[0]
                self.assertEqual({group.id for group in person.groups or []}, self.seen_by(who))

    def test_permissions(self):
        nobody = session_of([])
        self.assertEqual(set(ids(find_groups(*self.query, session=nobody))), {self.groups["public"]})
        self.refused(403, find_users, session=nobody)
        q64 = q64_of(find_users().current_page, USERS)
        self.refused(403, nobody.users.get_users_search, q64)
