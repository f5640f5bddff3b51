"""Groups that follow what people can do: who is in them at each moment, and who may change that."""

import datetime
import uuid

import PureCloudPlatformClientV2 as sdk
from convoke import (
    Case, add_members, admin, hold, made, new_group, new_language, new_skill, new_user, request, session_of, speak,
    unique,
)
from rules import (
    BAD, PREVIEW, dynamic_group, explanation, groups_of, language_is, least, node, put, rule, settings, skill_is,
)
from searches import find_groups, find_users, group_that, ids, user_that


class Following(Case):
    """Who is in the group is known at once, wherever one looks."""

    def agree(self, group, inside, outside=()):
        """Every operation that tells of members tells of these."""
        expected = {person.id for person in inside}
        listing = admin().groups.get_group_members(group.id, page_size=500)
        self.assertEqual((set(self.ids(listing)), listing.total), (expected, len(expected)))
        self.assertEqual(admin().groups.get_group(group.id).member_count, len(expected))
        found = find_groups(group_that("EXACT", "id", group.id)).results[0]
        self.assertEqual(found.member_count, len(expected))
        people = find_users(user_that("EXACT", "groups", group.id), page_size=500)
        self.assertEqual((set(ids(people)), people.total), (expected, len(expected)))
        for person in [*inside, *outside]:
            own = [group.id] if person in inside else []
            by_member = find_groups(
                group_that("EXACT", "id", group.id), group_that("EXACT", "memberIds", person.id)
            )
            self.assertEqual(ids(by_member), own)
            expanded = admin().users.get_user(person.id, expand=["groups"]).groups or []
            self.assertEqual([one.id for one in expanded if one.id == group.id], own)
            listed = self.answers(groups_of(person, "?pageSize=500"), 200)["entities"]
            self.assertEqual([one["id"] for one in listed if one["id"] == group.id], own)
            self.assertIs(self.answers(explanation(group, person), 200)["isMember"], bool(own))

    def test_entering_and_leaving(self):
        person, other, skill = new_user(), new_user(), new_skill()
        hold(other, (skill, 4))
        group = dynamic_group(node("And", least(skill, 3)))
        self.agree(group, [other], [person])
        for level in (3, 5):
            hold(person, (skill, level))
            self.agree(group, [person, other])
        for level in (2.9, 0):
            hold(person, (skill, level))
            self.agree(group, [other], [person])
        hold(person, (skill, 3))
        admin().users.delete_user_routingskill(person.id, skill.id)
        self.agree(group, [other], [person])

    def test_each_way_to_change_a_skill(self):
        person, skill, users = new_user(), new_skill(), admin().users
        group = dynamic_group(node("And", least(skill, 3)))
        enough = made(sdk.UserRoutingSkillPost(), id=skill.id, proficiency=3)
        little = made(sdk.UserRoutingSkill(), proficiency=1)
        for change, inside, *arguments in (
            (users.post_user_routingskills, True, enough),
            (users.put_user_routingskill, False, skill.id, little),
            (users.patch_user_routingskills_bulk, True, [enough]),
            (users.put_user_routingskills_bulk, False, []),
            (users.put_user_routingskills_bulk, True, [enough]),
            (users.delete_user_routingskill, False, skill.id),
        ):
            change(person.id, *arguments)
            self.assertEqual(admin().groups.get_group(group.id).member_count, 1 if inside else 0)
            self.assertEqual(self.ids(admin().groups.get_group_members(group.id)), [person.id] if inside else [])

    def test_languages(self):
        person, language, users = new_user(), new_language(), admin().users
        group = dynamic_group(node("And", language_is(language, "GreaterThan", 2)))
        speak(person, (language, 2))
        self.agree(group, [], [person])
        users.patch_user_routinglanguage(person.id, language.id, made(sdk.UserRoutingLanguage(), proficiency=2.5))
        self.agree(group, [person])
        users.delete_user_routinglanguage(person.id, language.id)
        self.agree(group, [], [person])

    def test_rules_that_come_change_and_go(self):
        person, other, skill = new_user(), new_user(), new_skill()
        hold(person, (skill, 1))
        hold(other, (skill, 4))
        group = new_group()
        self.agree(group, [], [person, other])
        put(group, node("And", least(skill, 1)))
        self.agree(group, [person, other])
        put(group, node("And", skill_is(skill, "LessThan", 2)))
        self.agree(group, [person], [other])
        self.assertIsNone(admin().groups.delete_group_dynamicsettings(group.id))
        self.agree(group, [], [person, other])

    def test_versions(self):
        person, skill = new_user(), new_skill()
        group = dynamic_group(node("And", least(skill, 3)))
        put_at = admin().groups.get_group(group.id)
        self.assertEqual(put_at.version, 2)
        self.assertGreaterEqual(put_at.date_modified, group.date_modified)
        # What rules come to makes no version; neither does the same rule again.
        hold(person, (skill, 3))
        put(group, node("And", least(skill, 3)))
        after = admin().groups.get_group(group.id)
        self.assertEqual((after.version, after.date_modified), (2, put_at.date_modified))
        put(group, node("And", least(skill, 2)))
        self.assertEqual(self.version_of(group), 3)
        admin().groups.delete_group_dynamicsettings(group.id)
        self.assertEqual(self.version_of(group), 4)

    def test_individuals_stay_whatever_the_rule_says(self):
        added, both, ruled, skill = new_user(), new_user(), new_user(), new_skill()
        hold(both, (skill, 5))
        hold(ruled, (skill, 5))
        group = dynamic_group(node("And", least(skill, 3)))
        add_members(group.id, [added, both])
        self.agree(group, [added, both, ruled])
        individuals = admin().groups.get_group_individuals(group.id)
        self.assertEqual(set(self.ids(individuals)), {added.id, both.id})
        hold(both)
        hold(ruled)
        self.agree(group, [added, both], [ruled])
        hold(both, (skill, 5))
        admin().groups.delete_group_members(group.id, f"{both.id},{added.id}")
        self.agree(group, [both], [added, ruled])
        # Whom only the rule takes cannot be taken out by id.
        version = self.version_of(group)
        self.assertEqual(admin().groups.delete_group_members(group.id, both.id), {})
        self.agree(group, [both])
        self.assertEqual(self.version_of(group), version)
        add_members(group.id, [added])
        admin().groups.delete_group_dynamicsettings(group.id)
        self.agree(group, [added], [both])

    def test_owners_count_once(self):
        owner, skill = new_user(), new_skill()
        hold(owner, (skill, 5))
        group = dynamic_group(node("And", least(skill, 3)), owner_ids=[owner.id])
        self.agree(group, [owner])
        hold(owner)
        self.agree(group, [owner])
        admin().groups.put_group(group.id, body={"version": self.version_of(group), "includeOwners": False})
        self.agree(group, [], [owner])
        hold(owner, (skill, 5))
        self.agree(group, [owner])

    def test_only_active_people_are_selected(self):
        person, added, skill = new_user(), new_user(), new_skill()
        for one in (person, added):
            hold(one, (skill, 5))
        group = dynamic_group(node("And", least(skill, 3)))
        add_members(group.id, [added])
        for state, inside in (("inactive", [added]), ("active", [person, added])):
            for one in (person, added):
                version = admin().users.get_user(one.id).version
                admin().users.patch_user(one.id, {"state": state, "version": version})
            self.agree(group, inside, [one for one in (person, added) if one not in inside])

    def test_the_deleted_leave(self):
        person, skill = new_user(), new_skill()
        hold(person, (skill, 5))
        group = dynamic_group(node("And", least(skill, 3)))
        self.agree(group, [person])
        admin().users.delete_user(person.id)
        self.agree(group, [])
        gone = admin().users.get_user(person.id, state="deleted")
        admin().users.patch_user(person.id, {"state": "active", "version": gone.version})
        self.agree(group, [], [person])

    def test_a_deleted_skill_is_nobodys(self):
        person, skill, language = new_user(), new_skill(), new_language()
        hold(person, (skill, 5))
        speak(person, (language, 5))
        groups = [
            dynamic_group(node("And", least(skill.name, 1))),
            dynamic_group(node("And", language_is(language.id, "NotEqualTo", 0))),
        ]
        for group in groups:
            self.agree(group, [person])
        admin().routing.delete_routing_skill(skill.id)
        admin().routing.delete_routing_language(language.id)
        for group in groups:
            self.agree(group, [], [person])
            self.assertEqual(self.version_of(group), 2)
            self.assertTrue(admin().groups.get_group_dynamicsettings(group.id).query.skill_conditions)
        # A new skill of the name is not the one that the rule means.
        hold(person, (new_skill(skill.name), 5))
        self.agree(groups[0], [], [person])

    def test_a_member_by_rule_sees_the_group_as_long(self):
        person, skill = new_user(), new_skill()
        group = dynamic_group(node("And", least(skill, 3)), visibility="members")
        session = session_of(["reader"], person)
        mine = group_that("EXACT", "id", group.id)
        for level in (1, 3, 2):
            hold(person, (skill, level))
            if level == 3:
                self.assertEqual(session.groups.get_group(group.id).id, group.id)
                self.assertEqual(find_groups(mine, session=session).total, 1)
            else:
                self.refused(404, session.groups.get_group, group.id)
                self.refused(404, session.groups.get_group_dynamicsettings, group.id)
                self.assertEqual(find_groups(mine, session=session).total, 0)
                self.assertEqual(session.groups.get_groups(id=[group.id]).total, 0)


class Definition(Case):
    def test_get(self):
        skill, language = new_skill(), new_language()
        child = node("Not", language_is(language.id, "EqualTo", 0))
        nodes = [node("And", skill_is(skill.id, "GreaterThan", 2, child)), node("Or")]
        group = dynamic_group(*nodes)
        read = admin().groups.get_group_dynamicsettings(group.id)
        self.assertEqual((read.group.id, read.group.self_uri), (group.id, group.self_uri))
        self.assertEqual(read.self_uri, settings(group))
        self.assertIsInstance(read.date_modified, datetime.datetime)
        first, second = read.query.skill_conditions
        self.assertEqual((first.operation, second.operation), ("And", "Or"))
        condition = first.routing_skill_conditions[0]
        self.assertEqual((condition.routing_skill, condition.comparator), (skill.id, "GreaterThan"))
        self.assertEqual(condition.proficiency, 2)
        inner = condition.child_conditions[0]
        self.assertEqual((inner.operation, inner.routing_skill_conditions), ("Not", []))
        self.assertEqual(inner.language_skill_conditions[0].language_skill, language.id)
        self.assertEqual((second.routing_skill_conditions, second.language_skill_conditions), ([], []))
        self.assertNotIn("null", admin().request("GET", settings(group)).text)

    def test_what_was_read_can_be_put_back(self):
        skill, person = new_skill(), new_user()
        hold(person, (skill, 3))
        group = dynamic_group(node("And", least(skill.name, 1, node("And", skill_is(skill, "NotEqualTo", 5)))))
        read = admin().groups.get_group_dynamicsettings(group.id)
        admin().groups.put_group_dynamicsettings(group.id, read.query)
        self.assertEqual(self.version_of(group), 2)
        again = admin().groups.get_group_dynamicsettings(group.id)
        self.assertEqual(again.to_dict(), read.to_dict())

    def test_numbers_of_answers(self):
        group, query = new_group(), {"skillConditions": []}
        for method, body in (("PUT", query), ("DELETE", None)):
            reply = admin().request(method, settings(group), body)
            self.assertEqual((reply.status, reply.text), (204, ""))

    def test_without_a_rule(self):
        group = new_group()
        self.refused(404, admin().groups.get_group_dynamicsettings, group.id, code="general.resource.not.found")
        put(group)
        self.assertEqual(admin().groups.get_group_dynamicsettings(group.id).query.skill_conditions, [])
        admin().groups.delete_group_dynamicsettings(group.id)
        self.refused(404, admin().groups.get_group_dynamicsettings, group.id, code="general.resource.not.found")

    def test_without_a_group(self):
        gone = new_group()
        admin().groups.delete_group(gone.id)
        for unknown in (str(uuid.uuid4()), "nothing", gone.id):
            self.refused(404, admin().groups.get_group_dynamicsettings, unknown)
            self.refused(404, admin().groups.put_group_dynamicsettings, unknown, rule())
            self.refused(404, admin().groups.delete_group_dynamicsettings, unknown)

    def test_skills_are_named_as_they_were_sent(self):
        name = unique("Série 6")
        skill, person = new_skill(name), new_user()
        hold(person, (skill, 3))

        def named(group):
            query = admin().groups.get_group_dynamicsettings(group.id).query
            return query.skill_conditions[0].routing_skill_conditions[0].routing_skill

        groups = {sent: dynamic_group(node("And", least(sent, 1))) for sent in (name, name.upper(), skill.id)}
        for sent, group in groups.items():
            self.assertEqual(named(group), skill.id if sent == skill.id else name)
            self.assertEqual(admin().groups.get_group(group.id).member_count, 1)
        # Renaming is an extension of Convoke: the rule shows the name of now.
        renamed = unique("Série 7")
        self.answers(admin().request("PATCH", f"/api/v2/routing/skills/{skill.id}", {"name": renamed}), 200)
        for sent, group in groups.items():
            self.assertEqual(named(group), skill.id if sent == skill.id else renamed)
            self.assertEqual(admin().groups.get_group(group.id).member_count, 1)

    def test_skills_that_are_none_or_two(self):
        skill, gone, language = new_skill(), new_skill(), new_language()
        new_skill(skill.id)
        admin().routing.delete_routing_skill(gone.id)
        group = new_group()
        for bad in (unique("No skill"), str(uuid.uuid4()), gone.id, gone.name, language.id, language.name, skill.id):
            with self.subTest(bad):
                condition = least(bad, 1)
                self.refused(400, put, group, node("And", condition), code=BAD, naming=("routingSkill", bad))
                preview = admin().groups.post_groups_dynamicsettings_preview
                self.refused(400, preview, rule(node("Not", condition)), code=BAD, naming=bad)
        condition = language_is(skill.name, "EqualTo", 1)
        self.refused(400, put, group, node("And", condition), code=BAD, naming=("languageSkill", skill.name))
        self.assertEqual(self.version_of(group), 1)
        self.refused(404, admin().groups.get_group_dynamicsettings, group.id)

    def test_once_under_an_idempotency_key(self):
        group, skill, key = new_group(), new_skill(), {"Idempotency-Key": str(uuid.uuid4())}
        body = {"skillConditions": [{
            "routingSkillConditions": [{"routingSkill": skill.id, "comparator": "EqualTo", "proficiency": 1}],
            "languageSkillConditions": [], "operation": "And",
        }]}
        self.assertEqual(admin().request("PUT", settings(group), body, key).status, 204)
        admin().groups.delete_group_dynamicsettings(group.id)
        self.assertEqual(admin().request("PUT", settings(group), body, key).status, 204)
        self.assertEqual(admin().request("GET", settings(group)).status, 404)


class WhoMay(Case):
    @classmethod
    def setUpClass(cls):
        cls.skill = new_skill()
        cls.owner, cls.member = new_user(), new_user()
        hold(cls.member, (cls.skill, 3))
        cls.sessions = {
            "owner": session_of(["reader"], cls.owner),
            "member": session_of(["reader"], cls.member),
            "stranger": session_of(["reader"], new_user()),
            "robot": session_of(["reader"]),
            "administrator": session_of(["group administrator"]),
        }

    def ruled(self, **fields):
        return dynamic_group(node("And", least(self.skill, 1)), owner_ids=[self.owner.id], **fields)

    def test_visible_rules(self):
        group = self.ruled()
        for who, session in self.sessions.items():
            with self.subTest(who):
                self.assertEqual(session.groups.get_group_dynamicsettings(group.id).group.id, group.id)
                self.assertIs(self.answers(explanation(group, self.member, session), 200)["rule"]["selects"], True)
        nobody = session_of([])
        self.refused(403, nobody.groups.get_group_dynamicsettings, group.id)
        self.refused(403, nobody.groups.post_groups_dynamicsettings_preview, rule())
        self.answers(explanation(group, self.member, nobody), 403)

    def test_hidden_rules(self):
        group = self.ruled(rules_visible=False)
        for who, session in self.sessions.items():
            with self.subTest(who):
                if who in ("owner", "administrator"):
                    self.assertEqual(session.groups.get_group_dynamicsettings(group.id).group.id, group.id)
                    told = self.answers(explanation(group, self.member, session), 200)
                    self.assertIs(told["rule"]["selects"], True)
                else:
                    self.refused(403, session.groups.get_group_dynamicsettings, group.id)
                    refusal = explanation(group, self.member, session)
                    self.answers(refusal, 403)
                    self.assertNotIn(self.skill.name, refusal.text)
                # Who is in the group is no secret.
                self.assertIn(self.member.id, self.ids(session.groups.get_group_members(group.id)))
                own = self.answers(groups_of(self.member, "?pageSize=500", session), 200)["entities"]
                how = ["rule"] if who in ("owner", "administrator") else []
                self.assertEqual([one["how"] for one in own if one["id"] == group.id], [how])

    def test_hidden_groups(self):
        group = self.ruled(visibility="owners")
        for who in ("member", "stranger", "robot"):
            with self.subTest(who):
                session = self.sessions[who]
                self.refused(404, session.groups.get_group_dynamicsettings, group.id)
                self.answers(explanation(group, self.member, session), 404, "general.resource.not.found")
                own = self.answers(groups_of(self.member, "?pageSize=500", session), 200)
                self.assertNotIn(group.id, [one["id"] for one in own["entities"]])
                self.assertEqual(own["total"], len(own["entities"]))
        self.assertTrue(self.sessions["owner"].groups.get_group_dynamicsettings(group.id).query)

    def test_changing(self):
        group = self.ruled()
        for who in ("owner", "member", "stranger", "robot"):
            with self.subTest(who):
                session = self.sessions[who]
                self.refused(403, put, group, session=session)
                self.refused(403, session.groups.delete_group_dynamicsettings, group.id)
        self.assertEqual(self.version_of(group), 2)
        put(group, node("And", least(self.skill, 2)), session=self.sessions["administrator"])
        self.sessions["administrator"].groups.delete_group_dynamicsettings(group.id)
        self.assertEqual(self.version_of(group), 4)

    def test_without_a_token(self):
        group = new_group()
        for method, path in (
            ("GET", settings(group)), ("PUT", settings(group)), ("DELETE", settings(group)), ("POST", PREVIEW),
            ("GET", f"/api/v2/groups/{group.id}/members/{self.owner.id}/explanation"),
            ("GET", f"/api/v2/users/{self.owner.id}/groups"),
        ):
            self.answers(request(method, path, {}), 401, "authentication.required")
