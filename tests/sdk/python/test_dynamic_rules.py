"""What rules mean, read word for word, and what is no rule."""

import operator
import random

from convoke import Case, admin, hold, new_group, new_language, new_skill, new_user, speak, unique
from rules import BAD, PREVIEW, dynamic_group, language_is, least, node, put, rule, settings, skill_is
from searches import find_users, ids, user_that

JSON = {"Content-Type": "application/json"}
COMPARE = {
    "EqualTo": operator.eq,
    "NotEqualTo": operator.ne,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
}


def parted(nodes, held):
    """What the nodes come to that compare anything, by operation; read word for word."""
    parts = {"And": [], "Or": [], "Not": []}
    for one in nodes or []:
        truths = [holds(condition, held) for condition in one.routing_skill_conditions]
        if truths:
            parts[one.operation].append(all(truths) if one.operation == "And" else any(truths))
    return parts


def holds(condition, held):
    level = held.get(condition.routing_skill)
    compares = level is not None and COMPARE[condition.comparator](level, condition.proficiency)
    parts = parted(condition.child_conditions, held)
    return compares and all(parts["And"]) and not any(parts["Not"]) or any(parts["Or"])


def selects(query, held):
    parts = parted(query.skill_conditions, held)
    joined = all(parts["And"]) and not any(parts["Not"]) and (any(parts["Or"]) or not parts["Or"])
    return any(parts.values()) and joined


def drawn(dice, skills, levels):
    """Random nodes."""

    def condition():
        children = drawn(dice, skills, levels - 1) if levels and dice.random() < 0.4 else []
        return skill_is(dice.choice(skills), dice.choice(list(COMPARE)), dice.randint(0, 5), *children)

    def one():
        return node(dice.choice(["And", "Or", "Not"]), *(condition() for _ in range(dice.randint(0, 2))))

    return [one() for _ in range(dice.randint(1, 3))]


class Meaning(Case):
    """What rules mean, for Ann (x 1), Bob (x 3, y 2), Cis (y 4, and a language) and Dan, who has nothing."""

    @classmethod
    def setUpClass(cls):
        cls.x, cls.y, cls.z = new_skill(), new_skill(), new_language()
        cls.people = {word: new_user(unique(word)) for word in ("Ann", "Bob", "Cis", "Dan")}
        hold(cls.people["Ann"], (cls.x, 1))
        hold(cls.people["Bob"], (cls.x, 3), (cls.y, 2))
        hold(cls.people["Cis"], (cls.y, 4))
        speak(cls.people["Cis"], (cls.z, 5))
        cls.within = user_that("EXACT", "id", [person.id for person in cls.people.values()])
        cls.group = new_group()

    def tearDown(self):
        # Some rules take everyone else as well, and other tests count groups.
        admin().groups.delete_group_dynamicsettings(self.group.id)

    def selected(self, *nodes):
        """Whom of the four the rule takes; the preview must count as many in all."""
        put(self.group, *nodes)
        preview = admin().groups.post_groups_dynamicsettings_preview(rule(*nodes))
        self.assertEqual(preview.user_count, admin().groups.get_group(self.group.id).member_count)
        found = find_users(self.within, user_that("EXACT", "groups", self.group.id))
        return " ".join(person.name.split()[0] for person in found.results)

    def test_comparators(self):
        people, skill = [new_user() for _ in range(5)], new_skill()
        for person, level in zip(people, (0, 2, 2.5, 3)):
            hold(person, (skill, level))
        levels = {person.id: level for person, level in zip(people, (0, 2, 2.5, 3))}
        for comparator, proficiency, expected in (
            ("EqualTo", 2, [2]),
            ("EqualTo", 4, []),
            # It needs the skill: the fifth has it not.
            ("NotEqualTo", 2, [0, 2.5, 3]),
            ("LessThan", 3, [0, 2, 2.5]),
            ("LessThanOrEqualTo", 3, [0, 2, 2.5, 3]),
            ("GreaterThan", 2, [2.5, 3]),
            ("GreaterThanOrEqualTo", 2, [2, 2.5, 3]),
            ("GreaterThanOrEqualTo", 0, [0, 2, 2.5, 3]),
            ("LessThan", 0, []),
        ):
            with self.subTest(comparator=comparator, proficiency=proficiency):
                group = dynamic_group(node("And", skill_is(skill, comparator, proficiency)))
                members = self.ids(admin().groups.get_group_members(group.id))
                self.assertEqual(sorted(levels[person] for person in members), expected)

    def test_nodes(self):
        x, y, z = self.x, self.y, self.z
        speaks = language_is(z, "EqualTo", 5)
        for title, nodes, expected in (
            ("one", [node("And", least(x, 1))], "Ann Bob"),
            ("both in one node", [node("And", least(x, 1), least(y, 1))], "Bob"),
            ("both, a node each", [node("And", least(x, 1)), node("And", least(y, 1))], "Bob"),
            ("any in one node", [node("Or", least(x, 1), least(y, 1))], "Ann Bob Cis"),
            ("any, a node each", [node("Or", least(x, 3)), node("Or", least(y, 4))], "Bob Cis"),
            ("one or", [node("Or", least(x, 3))], "Bob"),
            ("not", [node("And", least(x, 1)), node("Not", least(y, 1))], "Ann"),
            ("not any", [node("Not", least(x, 3), least(y, 4))], "Ann Dan"),
            ("not, a node each", [node("Not", least(x, 3)), node("Not", least(y, 4))], "Ann Dan"),
            ("and, or", [node("And", least(y, 1)), node("Or", least(x, 3)), node("Or", least(x, 5))], "Bob"),
            ("or, not", [node("Or", least(x, 1)), node("Or", least(y, 1)), node("Not", least(x, 3))], "Ann Cis"),
            ("a language", [node("And", speaks)], "Cis"),
            ("skill and language", [node("And", least(y, 1), speaks)], "Cis"),
            ("skill or language", [node("Or", least(x, 3), speaks)], "Bob Cis"),
            ("neither skill nor language", [node("Not", least(x, 1), speaks)], "Dan"),
        ):
            with self.subTest(title):
                self.assertEqual(self.selected(*nodes), expected)

    def test_what_compares_nothing(self):
        for title, nodes, expected in (
            ("no nodes", [], ""),
            ("an empty node", [node("And")], ""),
            ("an empty not", [node("Not")], ""),
            ("an empty or", [node("Or"), node("Or")], ""),
            ("an empty and beside another", [node("And"), node("And", least(self.x, 3))], "Bob"),
            ("an empty or beside another", [node("Or"), node("And", least(self.x, 3))], "Bob"),
            ("an empty not beside another", [node("Not"), node("And", least(self.x, 3))], "Bob"),
            ("an empty child", [node("And", least(self.x, 3, node("And")))], "Bob"),
            ("an empty child with or", [node("And", least(self.x, 3, node("Or")))], "Bob"),
            ("an empty child with not", [node("And", least(self.x, 3, node("Not")))], "Bob"),
        ):
            with self.subTest(title):
                self.assertEqual(self.selected(*nodes), expected)
                if not expected:
                    self.assertEqual(admin().groups.get_group(self.group.id).member_count, 0)

    def test_children(self):
        x, y = self.x, self.y
        for title, condition, expected in (
            ("and", least(x, 1, node("And", least(y, 1))), "Bob"),
            ("not", least(x, 1, node("Not", least(y, 1))), "Ann"),
            ("or", least(x, 3, node("Or", least(y, 4))), "Bob Cis"),
            ("or in the place of all", least(x, 5, node("And", least(y, 1)), node("Or", least(x, 1))), "Ann Bob"),
            ("and, not", least(y, 1, node("And", least(y, 2)), node("Not", least(y, 4))), "Bob"),
            ("children of children", least(y, 1, node("And", least(y, 2, node("Not", least(x, 1))))), "Cis"),
            ("of a language", language_is(self.z, "EqualTo", 5, node("Or", least(x, 3))), "Bob Cis"),
            ("a language", least(y, 1, node("And", language_is(self.z, "GreaterThan", 0))), "Cis"),
        ):
            with self.subTest(title):
                self.assertEqual(self.selected(node("And", condition)), expected)

    def test_random_rules_read_word_for_word(self):
        dice = random.Random(106)
        skills = [new_skill() for _ in range(3)]
        people = [new_user() for _ in range(6)]
        within = user_that("EXACT", "id", [person.id for person in people])
        rules = [rule(*drawn(dice, skills, 2)) for _ in range(8)]
        groups = [new_group() for _ in rules]
        for group, query in zip(groups, rules):
            self.addCleanup(admin().groups.delete_group, group.id)
            admin().groups.put_group_dynamicsettings(group.id, query)
        held = {person.id: {} for person in people}
        shares = set()
        for _ in range(30):
            person = dice.choice(people)
            levels = {skill.id: dice.choice([0, 1, 2, 2.5, 3, 4, 5]) for skill in skills if dice.random() < 0.7}
            hold(person, *((skill, levels[skill.id]) for skill in skills if skill.id in levels))
            held[person.id] = levels
            for number, (group, query) in enumerate(zip(groups, rules)):
                expected = {one for one, levels in held.items() if selects(query, levels)}
                shares.add((number, len(expected)))
                found = set(ids(find_users(within, user_that("EXACT", "groups", group.id))))
                self.assertEqual(found, expected, query.to_dict())
        self.assertGreater(len(shares), 3 * len(rules), "the rules tell little")
        for group, query in zip(groups, rules):
            preview = admin().groups.post_groups_dynamicsettings_preview(query)
            self.assertEqual(preview.user_count, admin().groups.get_group(group.id).member_count)


class BadRules(Case):
    @classmethod
    def setUpClass(cls):
        cls.skill, cls.group = new_skill(), new_group()

    def condition(self, **fields):
        whole = {"routingSkill": self.skill.id, "comparator": "EqualTo", "proficiency": 3, **fields}
        return {key: value for key, value in whole.items() if value is not ...}

    def query(self, *conditions, **fields):
        whole = {"routingSkillConditions": list(conditions), "languageSkillConditions": [], "operation": "And"}
        return {"skillConditions": [{**whole, **fields}]}

    def refuse(self, body, naming=()):
        """Neither a rule nor a preview, and no change."""
        for method, path in (("PUT", settings(self.group)), ("POST", PREVIEW)):
            with self.subTest(f"{method} {str(body)[:150]}"):
                reply = admin().request(method, path, body, JSON if isinstance(body, str) else None)
                self.answers(reply, 400, BAD, naming=naming)
        self.assertEqual(self.version_of(self.group), 1)

    def take(self, body):
        self.answers(admin().request("POST", PREVIEW, body), 200)

    def test_the_good_one(self):
        self.take(self.query(self.condition()))

    def test_fields(self):
        for body, naming in (
            ({}, "skillConditions"),
            ({"skillConditions": None}, "skillConditions"),
            ({"skillConditions": {}}, "skillConditions"),
            ({"skillConditions": [7]}, "skillConditions"),
            (self.query([self.skill.id, "EqualTo", 3, None]), "routingSkillConditions"),
            ({"skillConditions": [[[], [], "And"]]}, "skillConditions"),
            (self.query(self.condition(), operation="Xor"), "operation"),
            (self.query(self.condition(), operation=7), "operation"),
            (self.query(routingSkillConditions="x"), "routingSkillConditions"),
            (self.query(languageSkillConditions=[self.condition()]), "languageSkill"),
            *(
                (self.query(self.condition(**{field: value})), field)
                for field, values in {
                    "routingSkill": (..., "", 7),
                    "comparator": (..., "About", "", 7),
                    "proficiency": (..., -1, 6, 2.5, "high", True, 2**40),
                    "childConditions": ("x", {}, [7]),
                }.items()
                for value in values
            ),
        ):
            self.refuse(body, naming)

    def test_fields_of_children(self):
        for field, value in (("proficiency", 6), ("comparator", "About"), ("routingSkill", "no such skill")):
            child = self.query(self.condition(**{field: value}))["skillConditions"]
            self.refuse(self.query(self.condition(childConditions=child)), field)

    def test_depth(self):
        body = self.query(self.condition())
        for depth in range(2, 13):
            body = self.query(self.condition(childConditions=body["skillConditions"]))
        self.take(body)
        self.refuse(self.query(self.condition(childConditions=body["skillConditions"])), "childConditions")

    def test_terms(self):
        self.take(self.query(*[self.condition()] * 64))
        self.refuse(self.query(*[self.condition()] * 65), "skillConditions")
        nested = self.query(*[self.condition()] * 64)["skillConditions"]
        self.refuse(self.query(self.condition(childConditions=nested)), "skillConditions")

    def test_bodies(self):
        for body in ("", "null", "[]", "[[]]", "7", '"text"', "{", '{"skillConditions": [}'):
            self.refuse(body)

    def test_far_too_deep(self):
        for body in (
            '{"skillConditions": ' + "[" * 100_000 + "]" * 100_000 + "}",
            '{"skillConditions": [' + '{"routingSkillConditions":[{"childConditions":[' * 15_000,
            '{"skillConditions": ' + '{"skillConditions": ' * 40_000 + "0" + "}" * 40_001,
        ):
            self.refuse(body)
