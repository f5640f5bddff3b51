"""Searches of groups: criteria of each type, how they are joined, and in what order groups come."""

import datetime
import random
import unicodedata
import uuid

import PureCloudPlatformClientV2 as sdk
from convoke import Case, add_members, admin, new_group, new_user, unique
from searches import (
    ABOUT, ALL, BAD, CHOIR, DAY, GROUPS, SHIFT, STREET, TOKYO, WATCH, GroupsCase, by, find_groups, group_that, ids,
)


class GroupCriteria(GroupsCase):
    def test_each_type(self):
        for type, fields, value, expected in (
            ("EXACT", "name", "Night Shift", [SHIFT]),
            ("EXACT", "name", "Night", []),
            ("STARTS_WITH", "name", "Night", [SHIFT, WATCH, CHOIR]),
            ("STARTS_WITH", "name", "Night S", [SHIFT]),
            ("STARTS_WITH", "name", "Shift", []),
            ("CONTAINS", "name", "ight", [SHIFT, WATCH, CHOIR]),
            ("CONTAINS", "name", "y S", [DAY]),
            ("REGEX", "name", "Night (Shift|Watch)", [SHIFT, WATCH]),
            ("REGEX", "name", "Shift", []),
            ("REGEX", "name", ".*Shift", [DAY, SHIFT]),
            ("TERM", "name", "Night", [SHIFT, WATCH]),
            ("TERM", "name", "Nigh", []),
            ("TERM", "name", "Choir", [CHOIR]),
            ("TERMS", "name", ["Watch", "Choir"], [WATCH, CHOIR]),
            ("TERMS", "name", ["Wat"], []),
            ("REQUIRED_FIELDS", "description", None, [DAY, SHIFT]),
            ("REQUIRED_FIELDS", ["description", "addresses"], None, [SHIFT]),
            ("MATCH_ALL", None, None, ALL),
            ("MATCH_ALL", "name", "Night Shift", ALL),
        ):
            with self.subTest(type=type, fields=fields, value=value):
                self.assertEqual(self.found(group_that(type, fields, value)), expected)

    def test_case_width_and_composition_are_one(self):
        for type, value, expected in (
            ("EXACT", "NIGHT WATCH", [WATCH]),
            ("STARTS_WITH", "ＮＩＧＨＴ", [SHIFT, WATCH, CHOIR]),
            ("CONTAINS", "SHIFT", [DAY, SHIFT]),
            ("REGEX", "NIGHT.*", [SHIFT, WATCH, CHOIR]),
            ("TERM", "shift", [DAY, SHIFT]),
            ("TERMS", ["CHOIR", "tokyo"], [CHOIR, TOKYO]),
            ("EXACT", "tokyo office", [TOKYO]),
            ("REGEX", "tokyo \\w+", [TOKYO]),
            ("EXACT", "STRASSE NORD", [STREET]),
            ("EXACT", "u\u0308ber uns", [ABOUT]),
            ("REGEX", "über.*", [ABOUT]),
            ("CONTAINS", "oﬃce", [TOKYO]),
        ):
            with self.subTest(type=type, value=value):
                self.assertEqual(self.found(group_that(type, "name", value)), expected)

    def test_words_on_the_wire_in_any_case(self):
        self.assertEqual(self.found(group_that("starts_with", "name", "day", operator="and")), [DAY])

    def test_any_of_the_values(self):
        for type, values in (
            ("EXACT", ["night watch", "day shift", "day"]),
            ("STARTS_WITH", ["night w", "day", "shift"]),
            ("CONTAINS", ["t w", "y s"]),
            ("REGEX", ["day.*", ".*watch", "shift"]),
            ("TERM", ["day", "watch"]),
            ("TERMS", ["day", "watch", "wat"]),
        ):
            with self.subTest(type):
                self.assertEqual(self.found(group_that(type, "name", values)), [DAY, WATCH])

    def test_any_of_the_fields(self):
        self.assertEqual(self.found(group_that("TERM", ["name", "description"], "night")), [DAY, SHIFT, WATCH])
        self.assertEqual(self.found(group_that("TERM", ["description"], "night")), [DAY])

    def test_each_field(self):
        ids = {name: group.id for name, group in self.made.items()}
        for type, field, value, expected in (
            ("EXACT", "id", ids[CHOIR], [CHOIR]),
            ("EXACT", "id", [ids[CHOIR], ids[DAY], "nothing like an id"], [DAY, CHOIR]),
            ("CONTAINS", "description", "calls", [SHIFT]),
            ("EXACT", "type", "social", [CHOIR]),
            ("EXACT", "type", ["OFFICIAL"], [DAY, SHIFT, WATCH, STREET, TOKYO, ABOUT]),
            ("EXACT", "state", "inactive", [STREET]),
            ("EXACT", "visibility", "owners", [WATCH]),
            ("EXACT", "ownerIds", self.owner.id, [CHOIR]),
            ("EXACT", "memberIds", self.member.id, [DAY]),
            ("EXACT", "memberIds", self.owner.id, []),
            ("EXACT", "addresses", "+13175550177", [SHIFT]),
            ("EXACT", "addresses", "4711", [SHIFT]),
            ("REQUIRED_FIELDS", "ownerIds", None, [CHOIR]),
            ("REQUIRED_FIELDS", "memberIds", None, [DAY]),
            ("REQUIRED_FIELDS", "email", None, []),
        ):
            with self.subTest(type=type, field=field, value=value):
                self.assertEqual(self.found(group_that(type, field, value)), expected)

    def test_the_python_sdk_has_no_ranges_of_groups(self):
        # It sends another word for what its list of types has not; see Ranges.
        unknown = group_that("RANGE", "memberCount", start_value="1", end_value="2")
        self.assertEqual(unknown.type, "outdated_sdk_version")
        self.refused(400, find_groups, unknown, code=BAD, naming="type")

    def test_an_empty_query_and_none_find_everything(self):
        total = admin().groups.get_groups().total
        for body in ({}, {"query": []}, {"query": None}, {"pageSize": 25, "pageNumber": 1}, {"colour": "blue"}):
            with self.subTest(body):
                answer = self.answers(admin().request("POST", GROUPS, body), 200)
                self.assertEqual(answer["total"], total)
        self.assertEqual(admin().groups.post_groups_search(sdk.GroupSearchRequest()).total, total)

    def test_results_are_whole_groups(self):
        group = self.made[SHIFT]
        query = [{"type": "EXACT", "fields": ["id"], "value": group.id}]
        answer = self.answers(admin().request("POST", GROUPS, {"query": query}), 200)
        self.assertEqual(answer["results"], [admin().request("GET", f"/api/v2/groups/{group.id}").json])
        self.assertEqual(answer["types"], ["groups"])

    def test_what_has_changed_is_found_at_once(self):
        # Terraform finds a group by its name, and takes two for an error.
        name, other = unique("Lookup"), unique("Renamed")
        group = new_group(name)
        exact = [group_that("EXACT", "name", one) for one in (name, other)]
        self.assertEqual([ids(find_groups(one)) for one in exact], [[group.id], []])
        admin().groups.put_group(group.id, body={"version": 1, "name": other})
        self.assertEqual([ids(find_groups(one)) for one in exact], [[], [group.id]])
        person = new_user()
        mine = group_that("EXACT", "memberIds", person.id)
        add_members(group.id, [person])
        self.assertEqual(ids(find_groups(mine)), [group.id])
        admin().groups.delete_group_members(group.id, person.id)
        self.assertEqual(ids(find_groups(mine)), [])
        admin().groups.delete_group(group.id)
        self.assertEqual([ids(find_groups(one)) for one in exact], [[], []])


def holds(query, name):
    """A criteria list over names, read word for word."""

    def entry(one):
        tests = {"EXACT": name.__eq__, "STARTS_WITH": name.startswith, "CONTAINS": name.__contains__}
        return (not one.fields or tests[one.type](one.value)) and (not one.group or holds(one.group, name))

    met = {tag: [entry(one) for one in query if (one.operator or "AND") == tag] for tag in ("AND", "OR", "NOT")}
    return all(met["AND"]) and not any(met["NOT"]) and (any(met["OR"]) or not met["OR"])


def drawn(dice, levels):
    """A random criteria list over names."""
    query = []
    for _ in range(dice.randint(1, 3)):
        value = dice.choice(["night", "night shift", "shift", "n", "t", "day shift", "watch", "xyz"])
        one = group_that(dice.choice(["EXACT", "STARTS_WITH", "CONTAINS"]), "name", value)
        one.operator = dice.choice(["AND", "OR", "OR", "NOT"])
        if levels and dice.random() < 0.5:
            one.group = drawn(dice, levels - 1)
            if dice.random() < 0.5:
                one.fields = one.value = None
        query.append(one)
    return query


class Operators(GroupsCase):
    def test_how_criteria_are_joined(self):
        night = ("STARTS_WITH", "name", "night")
        for title, query, expected in (
            ("and where nothing is said", [(*night, None), ("CONTAINS", "name", "shift", None)], [SHIFT]),
            ("and", [(*night, "AND"), ("CONTAINS", "name", "shift", "AND")], [SHIFT]),
            ("or", [("EXACT", "name", "day shift", "OR"), ("TERM", "name", "choir", "OR")], [DAY, CHOIR]),
            ("one or", [("EXACT", "name", "day shift", "OR")], [DAY]),
            ("not", [(*night, "NOT")], [DAY, STREET, TOKYO, ABOUT]),
            ("and not", [(*night, None), ("TERM", "name", "watch", "NOT")], [SHIFT, CHOIR]),
            ("none of two", [(*night, "NOT"), ("CONTAINS", "name", "t", "NOT")], [ABOUT]),
            (
                "all, one of, none of",
                [
                    (*night, "AND"), ("TERM", "name", "shift", "OR"), ("TERM", "name", "watch", "OR"),
                    ("EXACT", "visibility", "owners", "NOT"),
                ],
                [SHIFT],
            ),
            ("or does not stand in for and", [(*night, None), ("EXACT", "name", "day shift", "OR")], []),
        ):
            with self.subTest(title):
                query = [group_that(*one[:-1], operator=one[-1]) for one in query]
                self.assertEqual(self.found(*query), expected)

    def test_not_alone_is_everything_else(self):
        rest = group_that("EXACT", "id", self.within.values, operator="NOT")
        self.assertEqual(find_groups(rest).total, admin().groups.get_groups().total - len(ALL))

    def test_a_group_of_criteria_is_one(self):
        either = [
            group_that("EXACT", "name", "day shift", operator="OR"),
            group_that("TERM", "name", "night", operator="OR"),
        ]
        for title, query, expected in (
            ("holder without fields", [group_that("EXACT", group=either)], [DAY, SHIFT, WATCH]),
            ("holder that matches all", [group_that("MATCH_ALL", group=either)], [DAY, SHIFT, WATCH]),
            ("holder that compares", [group_that("CONTAINS", "name", "shift", group=either)], [DAY, SHIFT]),
            ("not", [group_that("MATCH_ALL", group=either, operator="NOT")], [CHOIR, STREET, TOKYO, ABOUT]),
            (
                "or",
                [
                    group_that("MATCH_ALL", group=either, operator="OR"),
                    group_that("EXACT", "name", "night watch", operator="OR"),
                    group_that("EXACT", "name", "über uns", operator="OR"),
                ],
                [DAY, SHIFT, WATCH, ABOUT],
            ),
        ):
            with self.subTest(title):
                self.assertEqual(self.found(*query), expected)

    def test_nested_three_deep(self):
        # Night, and neither a choir nor (a watch that only its owners see).
        query = group_that("STARTS_WITH", "name", "night", group=[
            group_that("MATCH_ALL", operator="NOT", group=[
                group_that("TERM", "name", "choir", operator="OR"),
                group_that("MATCH_ALL", operator="OR", group=[
                    group_that("TERM", "name", "watch"),
                    group_that("EXACT", "visibility", "owners"),
                ]),
            ]),
        ])
        self.assertEqual(self.found(query), [SHIFT])

    def test_as_deep_as_may_be(self):
        one = group_that("EXACT", "name", SHIFT)
        for depth in range(2, 13):
            one = group_that("MATCH_ALL", group=[one], operator="NOT")
            expected = [SHIFT] if depth % 2 else [name for name in ALL if name != SHIFT]
            with self.subTest(depth):
                self.assertEqual(self.found(one), expected)
        self.refused(400, find_groups, group_that("MATCH_ALL", group=[one]), code=BAD, naming="group")

    def test_random_criteria_read_word_for_word(self):
        keys = {name: unicodedata.normalize("NFKC", name).casefold() for name in ALL}
        dice = random.Random(7)
        sizes = set()
        for number in range(60):
            query = drawn(dice, 3)
            expected = [name for name in ALL if holds(query, keys[name])]
            sizes.add(len(expected))
            with self.subTest(number):
                found = self.found(group_that("MATCH_ALL", group=query))
                self.assertEqual(found, expected, [one.to_dict() for one in query])
        self.assertGreater(len(sizes), 3, "the searches tell little")


class Orders(GroupsCase):
    def test_by_name_where_nothing_is_said(self):
        self.assertEqual(self.found(), ALL)
        self.assertEqual(self.found(sort_by="name"), ALL)
        self.assertEqual(self.found(sort_by="name", sort_order="ASC"), ALL)

    def test_descending(self):
        self.assertEqual(self.found(sort_by="name", sort_order="DESC"), ALL[::-1])
        self.assertEqual(self.found(sort_by="name", sort_order="desc"), ALL[::-1])

    def test_by_other_fields(self):
        self.assertEqual(self.found(sort_by="type", sort_order="DESC")[0], CHOIR)
        self.assertEqual(self.found(sort_by="type")[-1], CHOIR)
        self.assertEqual(self.found(sort_by="memberCount", sort_order="DESC")[0], DAY)
        self.assertEqual(self.found(sort_by="memberCount")[-1], DAY)
        for order in ("ASC", "DESC"):
            answer = find_groups(self.within, sort_by="dateModified", sort_order=order)
            dates = [group.date_modified for group in answer.results]
            self.assertEqual(dates, sorted(dates, reverse=order == "DESC"))
            self.assertEqual(len(dates), 7)
        by_id = find_groups(self.within, sort_by="id")
        self.assertEqual(ids(by_id), sorted(group.id for group in self.made.values()))

    def test_by_a_list_of_keys(self):
        officials = [name for name in ALL if name != CHOIR]
        self.assertEqual(self.found(sort=by(("type", "ASC"), ("name", "DESC"))), [*officials[::-1], CHOIR])
        self.assertEqual(self.found(sort=by(("type", "DESC"), ("name", "ASC"))), [CHOIR, *officials])
        self.assertEqual(self.found(sort=by(("name", "DESC"))), ALL[::-1])

    def test_equal_names_have_a_fixed_order(self):
        name = unique("Triplet")
        made = sorted(new_group(name).id for _ in range(3))
        for _ in range(2):
            self.assertEqual(ids(find_groups(group_that("EXACT", "name", name))), made)

    def test_by_score(self):
        mark = f"m{uuid.uuid4().hex[:12]}"
        # Made, and named, so that no other order is this one.
        inside, word, beginning, whole = (
            new_group(name) for name in (f"1mid{mark}ly", f"2 {mark} 3", f"{mark} zzz", mark.upper())
        )
        best_first = [group.id for group in (whole, beginning, word, inside)]
        found = group_that("CONTAINS", "name", mark)
        self.assertEqual(ids(find_groups(found, sort_order="SCORE")), best_first)
        self.assertEqual(ids(find_groups(found)), [group.id for group in (inside, word, whole, beginning)])


class Ranges(Case):
    """Numbers and dates, which no SDK can ask of groups without plain JSON."""

    @classmethod
    def setUpClass(cls):
        people = [new_user() for _ in range(4)]
        cls.groups = []
        for count in range(5):
            group = new_group()
            if count:
                add_members(group.id, people[:count])
            cls.groups.append(admin().request("GET", f"/api/v2/groups/{group.id}").json)
        cls.within = {"type": "EXACT", "fields": ["id"], "values": [group["id"] for group in cls.groups]}

    def found(self, **criterion):
        """How many members those have that are found, sorted."""
        reply = admin().request("POST", GROUPS, {"query": [self.within, criterion]})
        return sorted(group["memberCount"] for group in self.answers(reply, 200)["results"])

    def test_member_counts(self):
        for criterion, expected in (
            ({"type": "RANGE", "startValue": "1", "endValue": "3"}, [1, 2, 3]),
            ({"type": "RANGE", "startValue": "3"}, [3, 4]),
            ({"type": "RANGE", "endValue": "1"}, [0, 1]),
            ({"type": "RANGE", "startValue": "3", "endValue": "1"}, []),
            ({"type": "LESS_THAN", "value": "2"}, [0, 1]),
            ({"type": "LESS_THAN_EQUAL_TO", "value": "2"}, [0, 1, 2]),
            ({"type": "GREATER_THAN", "value": "2"}, [3, 4]),
            ({"type": "GREATER_THAN_EQUAL_TO", "value": "2"}, [2, 3, 4]),
            ({"type": "GREATER_THAN", "value": "2", "operator": "NOT"}, [0, 1, 2]),
        ):
            with self.subTest(criterion):
                self.assertEqual(self.found(fields=["memberCount"], **criterion), expected)

    def test_dates(self):
        group = self.groups[2]
        moment, earlier, later = group["dateModified"], "2001-01-01T00:00:00.000Z", "2999-12-31T23:59:59.999Z"
        everyone = [0, 1, 2, 3, 4]
        for criterion, expected in (
            ({"type": "RANGE", "startValue": earlier, "endValue": later}, everyone),
            ({"type": "DATE_RANGE", "startValue": earlier, "endValue": later}, everyone),
            ({"type": "RANGE", "startValue": later}, []),
            ({"type": "RANGE", "endValue": earlier}, []),
            ({"type": "GREATER_THAN", "value": earlier}, everyone),
            ({"type": "LESS_THAN", "value": earlier}, []),
        ):
            with self.subTest(criterion):
                self.assertEqual(self.found(fields=["dateModified"], **criterion), expected)
        for type, word, finds in (
            ("RANGE", "startValue", True), ("RANGE", "endValue", True),
            ("LESS_THAN", "value", False), ("LESS_THAN_EQUAL_TO", "value", True),
            ("GREATER_THAN", "value", False), ("GREATER_THAN_EQUAL_TO", "value", True),
        ):
            with self.subTest(type=type, word=word):
                found = self.found(fields=["dateModified"], type=type, **{word: moment})
                self.assertEqual(2 in found, finds, found)

    def test_other_spellings_of_dates(self):
        group = self.groups[2]
        moment = datetime.datetime.fromisoformat(group["dateModified"].replace("Z", "+00:00"))
        elsewhere = moment.astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30)))
        for spelled in (elsewhere.isoformat(timespec="milliseconds"), group["dateModified"].replace("Z", "+00:00")):
            with self.subTest(spelled):
                ends = {"startValue": spelled, "endValue": spelled}
                self.assertIn(2, self.found(fields=["dateModified"], type="RANGE", **ends))

    def test_dates_in_a_format_of_the_callers(self):
        moment = datetime.datetime.fromisoformat(self.groups[0]["dateModified"].replace("Z", "+00:00"))
        before, after = (moment + datetime.timedelta(days=days) for days in (-2, 2))
        for pattern, spelling in (
            ("yyyy-MM-dd", "%Y-%m-%d"),
            ("dd.MM.yyyy", "%d.%m.%Y"),
            ("MM/dd/yyyy HH:mm", "%m/%d/%Y %H:%M"),
            ("yyyy-MM-dd'T'HH:mm:ss", "%Y-%m-%dT%H:%M:%S"),
        ):
            with self.subTest(pattern):
                start, end = before.strftime(spelling), after.strftime(spelling)
                dates = {"fields": ["dateModified"], "type": "RANGE", "dateFormat": pattern}
                self.assertEqual(self.found(startValue=start, endValue=end, **dates), [0, 1, 2, 3, 4])
                self.assertEqual(self.found(startValue=end, **dates), [])
                self.assertEqual(self.found(endValue=start, **dates), [])

    def test_what_is_no_number_or_no_date(self):
        dates = {"type": "RANGE", "fields": ["dateModified"]}
        counts = {"type": "RANGE", "fields": ["memberCount"]}
        for criterion in (
            {**counts, "startValue": "many"},
            {**counts, "startValue": "1e309"},
            {**counts, "startValue": "9" * 400},
            {"type": "LESS_THAN", "fields": ["memberCount"], "value": "few"},
            {**dates, "startValue": "yesterday"},
            {**dates, "startValue": "2026-13-45"},
            {**dates, "startValue": "2026-02-30T00:00:00Z"},
            {**dates, "endValue": "01.02.2026", "dateFormat": "yyyy-MM-dd"},
            {**dates, "endValue": "2026-01-02", "dateFormat": "qqqq"},
            {**dates, "endValue": "2026-01-02", "dateFormat": "'"},
            {**dates, "endValue": "2026-01-02", "dateFormat": "y" * 100_000},
        ):
            with self.subTest(str(criterion)[:120]):
                reply = admin().request("POST", GROUPS, {"query": [criterion]})
                self.answers(reply, 400, (*BAD, "invalid.date"))
