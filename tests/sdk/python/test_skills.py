"""Routing skills and languages, who has them and how well, and what people say they can do."""

import datetime
import uuid

import PureCloudPlatformClientV2 as sdk
from convoke import (
    Case, admin, hold, made, new_language, new_skill, new_user, session_of, speak, unique,
)

SKILLS = "/api/v2/routing/skills"
LANGUAGES = "/api/v2/routing/languages"
BAD = ("bad.request", "invalid.value")
JSON = {"Content-Type": "application/json"}
NO_LEVELS = ("-1", "-0.001", "5.001", "6", "1e300", '"high"', "null", "true", "[3]", "{}")


def post(skill, proficiency):
    return made(sdk.UserRoutingSkillPost(), id=skill.id, proficiency=proficiency)


def post_language(language, proficiency):
    return made(sdk.UserRoutingLanguagePost(), id=language.id, proficiency=proficiency)


def skills_of(user):
    """Names and proficiencies, as they are listed."""
    listing = admin().users.get_user_routingskills(user.id, page_size=100)
    return [(skill.name, skill.proficiency) for skill in listing.entities]


def languages_of(user):
    listing = admin().users.get_user_routinglanguages(user.id, page_size=100)
    return [(language.name, language.proficiency) for language in listing.entities]


class Skills(Case):
    def test_create_and_get(self):
        name = unique("Series 6")
        skill = new_skill(name)
        self.assertEqual(str(uuid.UUID(skill.id)), skill.id)
        for read in (skill, admin().routing.get_routing_skill(skill.id)):
            self.assertEqual((read.id, read.name, read.state), (skill.id, name, "active"))
            self.assertEqual(read.self_uri, f"{SKILLS}/{skill.id}")
            self.assertIsInstance(read.date_modified, datetime.datetime)
        # Of all versions, those of skills and languages are text.
        self.assertIs(type(admin().request("GET", f"{SKILLS}/{skill.id}").json["version"]), str)

    def test_a_name_is_taken_once(self):
        name = unique("Straße")
        skill = new_skill(name)
        for same in (name, name.upper(), name.lower(), name.replace("ß", "ss")):
            with self.subTest(same):
                self.refused(409, new_skill, same, code="general.conflict")
        # A language is another thing, and who is deleted has no name.
        new_language(name)
        admin().routing.delete_routing_skill(skill.id)
        self.assertNotEqual(new_skill(name).id, skill.id)

    def test_names_that_cannot_be_taken(self):
        for path in (SKILLS, LANGUAGES):
            for body in ({}, {"name": ""}, {"name": "  "}, {"name": 7}, {"name": None}, {"name": "x" * 10_000}):
                with self.subTest(path=path, body=str(body)[:30]):
                    self.answers(admin().request("POST", path, body), 400, BAD, naming="name")
            for body in ("", "null", "[]", "{"):
                with self.subTest(path=path, body=body):
                    self.answers(admin().request("POST", path, body, JSON), 400, BAD)

    def test_the_listing(self):
        mark = unique("Listed")
        made = [new_skill(f"{mark} {word}") for word in ("b", "A", "c")]
        expected = [made[1].id, made[0].id, made[2].id]
        routing = admin().routing
        # «Filter for results that start with this value».
        listing = routing.get_routing_skills(name=mark)
        self.assertEqual((self.ids(listing), listing.total), (expected, 3))
        self.assertEqual(self.ids(routing.get_routing_skills(name=f"{mark} A")), [made[1].id])
        self.assertEqual(self.ids(routing.get_routing_skills(name=mark.upper())), expected)
        self.assertEqual(self.ids(routing.get_routing_skills(name=unique("Nothing"))), [])
        by_id = routing.get_routing_skills(id=[made[2].id, made[1].id, str(uuid.uuid4()), "nothing"])
        self.assertEqual(self.ids(by_id), [made[1].id, made[2].id])
        page = routing.get_routing_skills(page_size=1, page_number=2)
        self.assertEqual((len(page.entities), page.page_size, page.page_number), (1, 1, 2))
        self.assertEqual(page.page_count, page.total)
        self.assertEqual(page.previous_uri, f"{SKILLS}?pageSize=1&pageNumber=1")
        whole = routing.get_routing_skills(page_size=500)
        self.assertEqual(len(whole.entities), whole.total)
        self.assertEqual([i for i in self.ids(whole) if i in expected], expected)

    def test_delete(self):
        for path, skill, api in (
            (SKILLS, new_skill(), admin().routing.delete_routing_skill),
            (LANGUAGES, new_language(), admin().routing.delete_routing_language),
        ):
            self.assertIsNone(api(skill.id))
            self.refused(404, api, skill.id)
            self.answers(admin().request("GET", f"{path}/{skill.id}"), 404)
            listing = self.answers(admin().request("GET", f"{path}?id={skill.id}"), 200)
            self.assertEqual(listing["total"], 0)

    def test_unknown_ids(self):
        for unknown in (str(uuid.uuid4()), "nothing", new_language().id):
            with self.subTest(unknown):
                self.refused(404, admin().routing.get_routing_skill, unknown)
                self.refused(404, admin().routing.delete_routing_skill, unknown)
        for unknown in (str(uuid.uuid4()), "nothing", new_skill().id):
            with self.subTest(unknown):
                self.refused(404, admin().routing.get_routing_language, unknown)
                self.refused(404, admin().routing.delete_routing_language, unknown)

    def test_who_may(self):
        skill, language, person = new_skill(), new_language(), new_user()
        reader, nobody = session_of(["reader"]), session_of([])
        for session in (reader, nobody):
            routing, users = session.routing, session.users
            self.refused(403, routing.post_routing_skills, made(sdk.CreateRoutingSkill(), name=unique("No")))
            self.refused(403, routing.post_routing_languages, made(sdk.Language(), name=unique("No")))
            self.refused(403, routing.delete_routing_skill, skill.id)
            self.refused(403, routing.delete_routing_language, language.id)
            self.refused(403, users.post_user_routingskills, person.id, post(skill, 1))
            self.refused(403, users.put_user_routingskills_bulk, person.id, [])
            self.refused(403, users.patch_user_routingskills_bulk, person.id, [])
            self.refused(403, users.delete_user_routingskill, person.id, skill.id)
            self.refused(403, users.post_user_routinglanguages, person.id, post_language(language, 1))
            self.refused(403, users.delete_user_routinglanguage, person.id, language.id)
            self.refused(403, users.put_user_profileskills, person.id, ["chess"])
            # These need no permission.
            self.assertEqual(routing.get_routing_language(language.id).id, language.id)
            self.assertEqual(users.get_user_routingskills(person.id).total, 0)
        self.refused(403, nobody.routing.get_routing_skills)
        self.refused(403, nobody.users.get_user_profileskills, person.id)


class Languages(Case):
    def test_create_get_and_list(self):
        mark = unique("Tongue")
        b, a = new_language(f"{mark} b"), new_language(f"{mark} a")
        read = admin().routing.get_routing_language(b.id)
        self.assertEqual((read.id, read.name, read.state), (b.id, f"{mark} b", "active"))
        self.assertEqual(read.self_uri, f"{LANGUAGES}/{b.id}")
        self.assertIs(type(admin().request("GET", f"{LANGUAGES}/{b.id}").json["version"]), str)
        listing = admin().routing.get_routing_languages(id=[b.id, a.id])
        self.assertEqual((self.ids(listing), listing.total), ([a.id, b.id], 2))
        down = admin().routing.get_routing_languages(id=[b.id, a.id], sort_order="descending")
        self.assertEqual(self.ids(down), [b.id, a.id])
        self.assertEqual(self.ids(admin().routing.get_routing_languages(name=f"{mark} b")), [b.id])
        self.assertEqual(self.ids(admin().routing.get_routing_languages(name=unique("Nothing"))), [])
        page = admin().routing.get_routing_languages(page_size=1)
        self.assertEqual((len(page.entities), page.page_count), (1, page.total))

    def test_a_name_is_taken_once(self):
        name = unique("Français")
        language = new_language(name)
        self.refused(409, new_language, name.upper(), code="general.conflict")
        admin().routing.delete_routing_language(language.id)
        self.assertNotEqual(new_language(name).id, language.id)


class HeldSkills(Case):
    def setUp(self):
        self.person = new_user()
        mark = unique("Held")
        self.a, self.b, self.c = (new_skill(f"{mark} {word}") for word in "abc")

    def test_add(self):
        added = admin().users.post_user_routingskills(self.person.id, post(self.b, 2.5))
        self.assertEqual((added.id, added.name, added.proficiency), (self.b.id, self.b.name, 2.5))
        self.assertEqual(added.skill_uri, f"{SKILLS}/{self.b.id}")
        self.assertIn(self.person.id, added.self_uri)
        admin().users.post_user_routingskills(self.person.id, post(self.a, 5))
        self.assertEqual(skills_of(self.person), [(self.a.name, 5), (self.b.name, 2.5)])

    def test_the_routing_api_has_the_same(self):
        admin().routing.post_user_routingskills(self.person.id, post(self.a, 1))
        listing = admin().routing.get_user_routingskills(self.person.id)
        self.assertEqual(self.ids(listing), [self.a.id])
        admin().routing.delete_user_routingskill(self.person.id, self.a.id)
        self.assertEqual(skills_of(self.person), [])

    def test_put_one(self):
        hold(self.person, (self.a, 1), (self.b, 2))
        body = made(sdk.UserRoutingSkill(), proficiency=4)
        changed = admin().users.put_user_routingskill(self.person.id, self.a.id, body)
        self.assertEqual((changed.id, changed.proficiency), (self.a.id, 4))
        self.assertEqual(skills_of(self.person), [(self.a.name, 4), (self.b.name, 2)])

    def test_what_was_read_can_be_put_back(self):
        hold(self.person, (self.a, 1))
        read = admin().users.get_user_routingskills(self.person.id).entities[0]
        read.proficiency = 3
        admin().users.put_user_routingskill(self.person.id, self.a.id, read)
        self.assertEqual(skills_of(self.person), [(self.a.name, 3)])

    def test_delete(self):
        hold(self.person, (self.a, 1), (self.b, 2))
        self.assertIsNone(admin().users.delete_user_routingskill(self.person.id, self.a.id))
        self.assertEqual(skills_of(self.person), [(self.b.name, 2)])
        self.refused(404, admin().users.delete_user_routingskill, self.person.id, self.a.id)

    def test_bulk_put_replaces(self):
        hold(self.person, (self.a, 1), (self.b, 2))
        replaced = hold(self.person, (self.c, 0), (self.b, 4))
        expected = [(self.b.name, 4), (self.c.name, 0)]
        self.assertEqual([(skill.name, skill.proficiency) for skill in replaced.entities], expected)
        self.assertEqual(replaced.total, 2)
        self.assertEqual(skills_of(self.person), expected)
        self.assertEqual(hold(self.person).total, 0)
        self.assertEqual(skills_of(self.person), [])

    def test_bulk_patch_adds_and_changes(self):
        hold(self.person, (self.a, 1), (self.b, 2))
        merged = admin().users.patch_user_routingskills_bulk(self.person.id, [post(self.c, 3), post(self.b, 5)])
        expected = [(self.a.name, 1), (self.b.name, 5), (self.c.name, 3)]
        self.assertEqual([(skill.name, skill.proficiency) for skill in merged.entities], expected)
        self.assertEqual(skills_of(self.person), expected)

    def test_bulk_leaves_languages_alone(self):
        language = new_language()
        speak(self.person, (language, 3))
        hold(self.person, (self.a, 1))
        hold(self.person)
        self.assertEqual(languages_of(self.person), [(language.name, 3)])

    def test_proficiency_is_from_0_to_5(self):
        path = f"/api/v2/users/{self.person.id}/routingskills"
        hold(self.person, (self.a, 1))
        for level in (0, 0.5, 5, 4.99):
            hold(self.person, (self.a, level))
            self.assertEqual(skills_of(self.person), [(self.a.name, level)])
        hold(self.person, (self.a, 1))
        for level in NO_LEVELS:
            one = f'{{"id": "{self.b.id}", "proficiency": {level}}}'
            many = f'[{{"id": "{self.a.id}", "proficiency": 2}}, {one}]'
            for method, target, body in (
                ("POST", path, one),
                ("PUT", f"{path}/{self.a.id}", one),
                ("PUT", f"{path}/bulk", many),
                ("PATCH", f"{path}/bulk", many),
            ):
                with self.subTest(f"{method} {target} {level}"):
                    self.answers(admin().request(method, target, body, JSON), 400, BAD, naming="proficiency")
        # And nothing of the bulk was done.
        self.assertEqual(skills_of(self.person), [(self.a.name, 1)])

    def test_bodies_that_will_not_do(self):
        path = f"/api/v2/users/{self.person.id}/routingskills"
        for body in ({"proficiency": 1}, {"id": 7, "proficiency": 1}, {"id": None, "proficiency": 1}):
            with self.subTest(body):
                self.answers(admin().request("POST", path, body), 400, BAD, naming="id")
                self.answers(admin().request("PUT", f"{path}/bulk", [body]), 400, BAD, naming="id")
        for method in ("PUT", "PATCH"):
            a_list = f'[["{self.a.id}", 1]]'
            for body in ("", "null", "{}", "7", "[7]", "[[]]", a_list, "[", "[" * 100_000):
                with self.subTest(f"{method} {body[:9]}"):
                    self.answers(admin().request(method, f"{path}/bulk", body, JSON), 400, BAD)

    def test_a_list_is_no_object(self):
        path = f"/api/v2/users/{self.person.id}/routingskills"
        hold(self.person, (self.a, 1))
        for method, target, body in (
            ("POST", path, [self.b.id, 1]),
            ("PUT", f"{path}/{self.a.id}", [2]),
            ("POST", SKILLS, [unique("List"), None]),
            ("POST", LANGUAGES, [unique("List")]),
        ):
            with self.subTest(f"{method} {target}"):
                self.answers(admin().request(method, target, body), 400, BAD)
        self.assertEqual(skills_of(self.person), [(self.a.name, 1)])

    def test_unknown_skills_are_named_and_nothing_is_done(self):
        hold(self.person, (self.a, 1))
        gone = new_skill()
        admin().routing.delete_routing_skill(gone.id)
        path = f"/api/v2/users/{self.person.id}/routingskills"
        for unknown in (str(uuid.uuid4()), "nothing", gone.id, new_language().id):
            bad = {"id": unknown, "proficiency": 1}
            for method, target, body in (
                ("POST", path, bad),
                ("PUT", f"{path}/bulk", [{"id": self.b.id, "proficiency": 1}, bad]),
                ("PATCH", f"{path}/bulk", [{"id": self.b.id, "proficiency": 1}, bad]),
            ):
                with self.subTest(f"{method} {unknown}"):
                    reply = admin().request(method, target, body)
                    self.assertIn(reply.status, (400, 404), reply)
                    self.assertIn(unknown, reply.json["message"])
        self.assertEqual(skills_of(self.person), [(self.a.name, 1)])

    def test_unknown_people(self):
        gone = new_user()
        admin().users.delete_user(gone.id)
        users = admin().users
        for unknown in (str(uuid.uuid4()), "nobody", gone.id):
            with self.subTest(unknown):
                self.refused(404, users.get_user_routingskills, unknown)
                self.refused(404, users.post_user_routingskills, unknown, post(self.a, 1))
                self.refused(404, users.put_user_routingskills_bulk, unknown, [post(self.a, 1)])
                self.refused(404, users.delete_user_routingskill, unknown, self.a.id)
                self.refused(404, users.get_user_routinglanguages, unknown)
                self.refused(404, users.get_user_profileskills, unknown)
                self.refused(404, users.put_user_profileskills, unknown, ["chess"])

    def test_pages(self):
        hold(self.person, (self.c, 1), (self.a, 2), (self.b, 3))
        get = admin().users.get_user_routingskills
        path = f"/api/v2/users/{self.person.id}/routingskills"
        first = get(self.person.id, page_size=2)
        self.assertEqual((self.ids(first), first.total, first.page_count), ([self.a.id, self.b.id], 3, 2))
        self.assertEqual(first.next_uri, f"{path}?pageSize=2&pageNumber=2")
        self.assertEqual(self.ids(get(self.person.id, page_size=2, page_number=2)), [self.c.id])
        down = get(self.person.id, sort_order="descending")
        self.assertEqual(self.ids(down), [self.c.id, self.b.id, self.a.id])

    def test_expanded(self):
        hold(self.person, (self.a, 3))
        self.assertFalse(admin().users.get_user(self.person.id).skills)
        expanded = admin().users.get_user(self.person.id, expand=["skills"])
        self.assertEqual([(skill.id, skill.proficiency) for skill in expanded.skills], [(self.a.id, 3)])

    def test_a_skill_that_is_deleted_is_nobodys(self):
        other = new_user()
        hold(self.person, (self.a, 1), (self.b, 2))
        hold(other, (self.a, 5))
        admin().routing.delete_routing_skill(self.a.id)
        self.assertEqual(skills_of(self.person), [(self.b.name, 2)])
        self.assertEqual(skills_of(other), [])
        # A new one of its name is another.
        new_skill(self.a.name)
        self.assertEqual(skills_of(other), [])

    def test_who_comes_back_has_none(self):
        hold(self.person, (self.a, 1))
        language = new_language()
        speak(self.person, (language, 1))
        admin().users.delete_user(self.person.id)
        gone = admin().users.get_user(self.person.id, state="deleted")
        admin().users.patch_user(self.person.id, {"state": "active", "version": gone.version})
        self.assertEqual((skills_of(self.person), languages_of(self.person)), ([], []))


class HeldLanguages(Case):
    def setUp(self):
        self.person = new_user()
        mark = unique("Spoken")
        self.a, self.b = (new_language(f"{mark} {word}") for word in "ab")

    def test_add_change_and_take(self):
        users = admin().users
        added = users.post_user_routinglanguages(self.person.id, post_language(self.b, 2))
        self.assertEqual((added.id, added.name, added.proficiency), (self.b.id, self.b.name, 2))
        self.assertEqual(added.language_uri, f"{LANGUAGES}/{self.b.id}")
        users.post_user_routinglanguages(self.person.id, post_language(self.a, 5))
        body = made(sdk.UserRoutingLanguage(), proficiency=3.5)
        changed = users.patch_user_routinglanguage(self.person.id, self.b.id, body)
        self.assertEqual((changed.id, changed.proficiency), (self.b.id, 3.5))
        self.assertEqual(languages_of(self.person), [(self.a.name, 5), (self.b.name, 3.5)])
        self.assertIsNone(users.delete_user_routinglanguage(self.person.id, self.b.id))
        self.assertEqual(languages_of(self.person), [(self.a.name, 5)])
        self.refused(404, users.delete_user_routinglanguage, self.person.id, self.b.id)

    def test_bulk_patch(self):
        speak(self.person, (self.a, 1))
        merged = speak(self.person, (self.b, 4), (self.a, 2))
        expected = [(self.a.name, 2), (self.b.name, 4)]
        self.assertEqual([(one.name, one.proficiency) for one in merged.entities], expected)
        self.assertEqual(languages_of(self.person), expected)
        expanded = admin().users.get_user(self.person.id, expand=["languages"])
        self.assertEqual([one.proficiency for one in expanded.languages], [2, 4])

    def test_what_cannot_be_taken(self):
        path = f"/api/v2/users/{self.person.id}/routinglanguages"
        speak(self.person, (self.a, 1))
        for level in (-1, 5.5, "high", None):
            body = {"id": self.a.id, "proficiency": level}
            for method, target, sent in (
                ("POST", path, body), ("PATCH", f"{path}/{self.a.id}", body), ("PATCH", f"{path}/bulk", [body]),
            ):
                with self.subTest(f"{method} {level}"):
                    self.answers(admin().request(method, target, sent), 400, BAD, naming="proficiency")
        skill = {"id": new_skill().id, "proficiency": 1}
        for method, target, sent in (("POST", path, skill), ("PATCH", f"{path}/bulk", [skill])):
            reply = admin().request(method, target, sent)
            self.assertIn(reply.status, (400, 404), reply)
        self.assertEqual(languages_of(self.person), [(self.a.name, 1)])

    def test_a_language_that_is_deleted_is_nobodys(self):
        speak(self.person, (self.a, 1), (self.b, 2))
        admin().routing.delete_routing_language(self.a.id)
        self.assertEqual(languages_of(self.person), [(self.b.name, 2)])


class ProfileSkills(Case):
    def test_put_and_get(self):
        person, users = new_user(), admin().users
        said = ["Chess", "French cooking"]
        self.assertEqual(users.get_user_profileskills(person.id), [])
        self.assertEqual(users.put_user_profileskills(person.id, said), said)
        self.assertEqual(users.get_user_profileskills(person.id), said)
        self.assertEqual(users.get_user(person.id, expand=["profileSkills"]).profile_skills, said)
        self.assertEqual(users.put_user_profileskills(person.id, ["Go"]), ["Go"])
        self.assertEqual(users.put_user_profileskills(person.id, []), [])
        self.assertEqual(users.get_user_profileskills(person.id), [])

    def test_are_no_routing_skills(self):
        person, skill = new_user(), new_skill()
        admin().users.put_user_profileskills(person.id, [skill.name])
        self.assertEqual(skills_of(person), [])

    def test_what_cannot_be_taken(self):
        person = new_user()
        path = f"/api/v2/users/{person.id}/profileskills"
        many = [str(number) for number in range(2_000)]
        for body in ([7], [["chess"]], [{"name": "chess"}], ["x" * 10_000], ["a\u0000b"], many):
            with self.subTest(str(body)[:30]):
                self.answers(admin().request("PUT", path, body), 400, BAD)
        for body in ("", "null", "{}", '"chess"', "[", "[" * 100_000):
            with self.subTest(body[:9]):
                self.answers(admin().request("PUT", path, body, JSON), 400, BAD)
        self.assertEqual(admin().users.get_user_profileskills(person.id), [])
