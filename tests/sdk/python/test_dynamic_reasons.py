"""Whom a rule would take, why someone is in a group, and all groups that someone is in."""

import json
import uuid

from convoke import (
    Case, add_members, admin, hold, new_group, new_language, new_skill, new_user, session_of, speak, unique,
)
from rules import BAD, PREVIEW, dynamic_group, explanation, groups_of, language_is, least, node, rule, skill_is


class Preview(Case):
    @classmethod
    def setUpClass(cls):
        cls.skill = new_skill()
        cls.people = [new_user(unique(f"Number {27 - number:02}")) for number in range(27)]
        for person in cls.people:
            hold(person, (cls.skill, 2))
        asleep = new_user(state="inactive")
        hold(asleep, (cls.skill, 2))

    def test_counts_active_people(self):
        preview = admin().groups.post_groups_dynamicsettings_preview
        self.assertEqual(preview(rule(node("And", least(self.skill, 2)))).user_count, 27)
        self.assertEqual(preview(rule(node("And", least(self.skill.name, 2)))).user_count, 27)
        self.assertEqual(preview(rule(node("And", least(self.skill, 3)))).user_count, 0)
        self.assertEqual(preview(rule()).user_count, 0)
        reader = session_of(["reader"])
        self.assertEqual(reader.groups.post_groups_dynamicsettings_preview(rule()).user_count, 0)

    def ask(self, query, level=2):
        body = admin().client.sanitize_for_serialization(rule(node("And", least(self.skill, level))))
        return self.answers(admin().request("POST", PREVIEW + query, body), 200)

    def test_expanded_users(self):
        told = self.ask("?expand=users")
        self.assertEqual(told["userCount"], 27)
        # The first page of them, by name.
        first = sorted(self.people, key=lambda person: person.name)[:25]
        self.assertEqual([user["id"] for user in told["users"]], [person.id for person in first])
        self.assertEqual(told["users"][0], admin().request("GET", f"/api/v2/users/{first[0].id}").json)
        self.assertEqual(self.ask("?expand=users", level=3), {"userCount": 0, "users": []})

    def test_other_words_and_none(self):
        for query in ("", "?expand=", "?expand=shoes"):
            with self.subTest(query):
                self.assertEqual(self.ask(query), {"userCount": 27})

    def test_changes_nothing(self):
        entries = admin().groups.get_groups().total
        self.ask("?expand=users")
        self.assertEqual(admin().groups.get_groups().total, entries)


class Explanation(Case):
    def told(self, group, person, **expected):
        """Checks these parts of an explanation, and gives what it says of the rule."""
        answer = self.answers(explanation(group, person), 200)
        self.assertEqual((answer["group"]["id"], answer["user"]["id"]), (group.id, person.id))
        self.assertEqual({key: answer[key] for key in expected}, expected)
        self.assertNotIn("null", json.dumps(answer))
        return answer.get("rule")

    def test_without_a_rule(self):
        owner, added, stranger = new_user(), new_user(), new_user()
        group = new_group(owner_ids=[owner.id])
        add_members(group.id, [added])
        for person, member, individual, owns in (
            (owner, True, False, True), (added, True, True, False), (stranger, False, False, False),
        ):
            found = self.told(group, person, isMember=member, isIndividual=individual, isOwner=owns, userState="active")
            self.assertIsNone(found)
        admin().groups.put_group(group.id, body={"version": self.version_of(group), "includeOwners": False})
        self.told(group, owner, isMember=False, isOwner=True, includeOwners=False)

    def test_what_each_part_comes_to(self):
        person, x, y = new_user(), new_skill(), new_skill()
        language = new_language()
        hold(person, (x, 3.5))
        group = dynamic_group(
            node("And", least(x, 3, node("Not", least(y, 1)))),
            node("Or", skill_is(y.name, "EqualTo", 0), language_is(language, "GreaterThan", 2)),
        )
        found = self.told(group, person, isMember=False, isIndividual=False)
        self.assertIs(found["selects"], False)
        first, second = found["skillConditions"]
        self.assertEqual((first["operation"], first["holds"]), ("And", True))
        condition = first["routingSkillConditions"][0]
        self.assertEqual((condition["routingSkill"], condition["comparator"]), (x.id, "GreaterThanOrEqualTo"))
        self.assertEqual((condition["proficiency"], condition["held"]), (3, 3.5))
        self.assertEqual((condition["compares"], condition["holds"]), (True, True))
        self.assertIs(condition["childConditions"][0]["holds"], False)
        self.assertEqual((second["operation"], second["holds"]), ("Or", False))
        condition = second["routingSkillConditions"][0]
        self.assertEqual((condition["routingSkill"], condition["compares"]), (y.name, False))
        self.assertNotIn("held", condition)
        speak(person, (language, 3))
        found = self.told(group, person, isMember=True, isIndividual=False)
        self.assertEqual([one["holds"] for one in found["skillConditions"]], [True, True])
        self.assertEqual(found["skillConditions"][1]["languageSkillConditions"][0]["held"], 3)
        self.assertIs(found["selects"], True)

    def test_the_inactive_are_not_selected_though_the_rule_holds(self):
        person, skill = new_user(state="inactive"), new_skill()
        hold(person, (skill, 3))
        group = dynamic_group(node("And", least(skill, 3)))
        found = self.told(group, person, isMember=False, userState="inactive")
        self.assertEqual((found["selects"], found["skillConditions"][0]["holds"]), (False, True))

    def test_nobody_and_nothing(self):
        person, gone, group = new_user(), new_user(), new_group()
        admin().users.delete_user(gone.id)
        for group_id, user_id in (
            (group.id, str(uuid.uuid4())), (group.id, "nobody"), (group.id, gone.id),
            (str(uuid.uuid4()), person.id), ("nothing", person.id),
        ):
            reply = admin().request("GET", f"/api/v2/groups/{group_id}/members/{user_id}/explanation")
            self.answers(reply, 404, "general.resource.not.found")


class UserGroups(Case):
    def test_for_what_one_is_in_a_group(self):
        person, skill, mark = new_user(), new_skill(), unique("Ways")
        hold(person, (skill, 3))
        skilled = node("And", least(skill, 3))
        groups = [
            (new_group(f"{mark} a", type="social"), ["individual"]),
            (new_group(f"{mark} B", owner_ids=[person.id], visibility="members"), ["owner"]),
            (dynamic_group(skilled, name=f"{mark} c", visibility="owners"), ["rule"]),
            (dynamic_group(skilled, name=f"{mark} d", owner_ids=[person.id]), ["individual", "owner", "rule"]),
        ]
        new_group(f"{mark} e", owner_ids=[person.id], include_owners=False)
        add_members(groups[0][0].id, [person])
        add_members(groups[3][0].id, [person])
        listing = self.answers(groups_of(person), 200)
        fields = ("id", "name", "type", "visibility", "how")
        self.assertEqual(
            [[one[field] for field in fields] for one in listing["entities"]],
            [[group.id, group.name, group.type, group.visibility, how] for group, how in groups],
        )
        self.assertEqual(listing["entities"][0]["selfUri"], groups[0][0].self_uri)
        self.assertEqual((listing["total"], listing["pageSize"], listing["pageCount"]), (4, 25, 1))
        down = self.answers(groups_of(person, "?sortOrder=descending&pageSize=3"), 200)
        self.assertEqual([one["id"] for one in down["entities"]], [group.id for group, _ in groups[:0:-1]])
        self.assertEqual((down["total"], down["pageCount"]), (4, 2))
        rest = self.answers(admin().request("GET", down["nextUri"]), 200)
        self.assertEqual([one["id"] for one in rest["entities"]], [groups[0][0].id])
        # Strangers see what is public.
        seen = self.answers(groups_of(person, session=session_of(["reader"])), 200)
        self.assertEqual([one["id"] for one in seen["entities"]], [groups[0][0].id, groups[3][0].id])
        self.assertEqual(seen["total"], 2)

    def test_nobody(self):
        gone = new_user()
        admin().users.delete_user(gone.id)
        for unknown in (str(uuid.uuid4()), "nobody", gone.id):
            reply = admin().request("GET", f"/api/v2/users/{unknown}/groups")
            self.answers(reply, 404, "general.resource.not.found")
        for query in ("pageSize=0", "pageSize=501", "pageNumber=0", "sortOrder=up"):
            reply = groups_of(new_user(), f"?{query}")
            self.answers(reply, 400, BAD, naming=query.split("=")[0])
