"""Pages of searches, and the q64 that leads from one to the next."""

import json
import random
import uuid
from urllib.parse import quote

from convoke import admin, new_group, unique
from searches import (
    BAD, DAY, GROUPS, SHIFT, WATCH, GroupsCase, by, deflated, find_groups, group_that, ids, inflated, names, q64_of,
)


class Pages(GroupsCase):
    def whole(self, **options):
        return ids(find_groups(self.within, page_size=500, **options))

    def walk(self, page):
        """This page and all that follow it by their q64."""
        pages = [page]
        while pages[-1].next_page:
            self.assertLess(len(pages), 100, "no end of pages")
            pages.append(admin().groups.get_groups_search(q64_of(pages[-1].next_page)))
        return pages

    def test_totals_are_exact(self):
        whole = self.whole()
        for size, n_pages in ((1, 7), (3, 3), (6, 2), (7, 1), (500, 1)):
            for number in (1, n_pages):
                with self.subTest(size=size, number=number):
                    page = find_groups(self.within, page_size=size, page_number=number)
                    self.assertEqual((page.total, page.page_count), (7, n_pages))
                    self.assertEqual((page.page_size, page.page_number), (size, number))
                    self.assertEqual(ids(page), whole[size * (number - 1):size * number])
                    self.assertEqual(page.types, ["groups"])

    def test_defaults(self):
        for _ in range(26 - admin().groups.get_groups().total):
            new_group()
        page = find_groups()
        self.assertEqual((page.page_size, page.page_number, len(page.results)), (25, 1, 25))
        self.assertEqual(page.total, admin().groups.get_groups().total)
        self.assertEqual(page.page_count, -(-page.total // 25))

    def test_past_the_end(self):
        for number in (4, 2_147_483_647):
            page = find_groups(self.within, page_size=3, page_number=number)
            self.assertEqual((page.results, page.total, page.page_count), ([], 7, 3))
            self.assertIsNone(page.next_page)

    def test_nothing_found(self):
        page = find_groups(group_that("EXACT", "name", unique("Nobody has this")))
        self.assertEqual((page.results, page.total, page.page_count, page.types), ([], 0, 0, ["groups"]))
        self.assertIsNone(page.next_page)
        self.assertIsNone(page.previous_page)

    def test_following_q64_gives_every_group_once(self):
        for options in (
            {},
            {"sort_by": "name", "sort_order": "DESC"},
            {"sort": by(("type", "DESC"), ("name", "DESC"))},
            {"sort_order": "SCORE"},
            {"sort_by": "dateModified"},
        ):
            with self.subTest(options):
                pages = self.walk(find_groups(self.within, page_size=2, **options))
                self.assertEqual([one for page in pages for one in ids(page)], self.whole(**options))
                self.assertEqual([page.page_number for page in pages], [1, 2, 3, 4])
                self.assertEqual({(page.total, page.page_count, page.page_size) for page in pages}, {(7, 4, 2)})

    def test_following_q64_through_all_there_are(self):
        pages = self.walk(find_groups(page_size=40))
        seen = [one for page in pages for one in ids(page)]
        self.assertEqual(len(seen), pages[0].total)
        self.assertEqual(set(seen), set(ids(find_groups(page_size=500))))

    def test_back_and_again(self):
        first, second, third = self.walk(find_groups(self.within, page_size=3))
        for link, page in (
            (third.previous_page, second),
            (second.previous_page, first),
            (second.current_page, second),
            (first.current_page, first),
        ):
            back = admin().groups.get_groups_search(q64_of(link))
            self.assertEqual((ids(back), back.page_number), (ids(page), page.page_number))
        self.assertIsNone(first.previous_page)
        self.assertIsNone(third.next_page)

    def test_links_of_a_single_page(self):
        query = [{"type": "EXACT", "fields": ["id"], "value": self.made[DAY].id}]
        reply = admin().request("POST", GROUPS, {"query": query})
        answer = self.answers(reply, 200)
        self.assertEqual([key for key in answer if key.endswith("Page")], ["currentPage"])
        self.assertNotIn("null", reply.text)

    def test_what_a_q64_holds(self):
        page = find_groups(self.within, page_size=3)
        held, next_held = (inflated(q64_of(link)) for link in (page.current_page, page.next_page))
        for key in ("types", "query", "pageSize", "pageNumber", "returnFields", "searchType"):
            self.assertIn(key, held)
        self.assertEqual(held["types"], ["groups"])
        self.assertEqual(held["returnFields"], ["guid"])
        self.assertEqual(held["searchType"], "QUERY_THEN_FETCH")
        self.assertEqual((held["pageSize"], held["pageNumber"]), (3, 1))
        self.assertEqual(held["query"][0]["type"], "EXACT")
        self.assertEqual(held["query"][0]["fields"], ["id"])
        self.assertEqual(held["query"][0]["values"], self.within.values)
        self.assertEqual(next_held, {**held, "pageNumber": 2})

    def test_every_spelling_of_a_q64(self):
        # Searches of many lengths: some spell base64 with padding, some with each odd letter.
        def searched(size):
            noise = group_that("EXACT", "name", uuid.uuid4().hex[:size], operator="NOT")
            return find_groups(self.within, noise, page_size=size)

        pages = [searched(size) for size in range(1, 60)]
        spelled = {q64_of(page.current_page): page for page in pages}
        for words in ("=", "-", "_"):
            q64 = next(one for one in spelled if words in one)
            for spelling in (q64, q64.rstrip("="), quote(q64), q64.replace("-", "+").replace("_", "/")):
                with self.subTest(spelling):
                    page = admin().groups.get_groups_search(spelling)
                    self.assertEqual((page.page_size, ids(page)), (spelled[q64].page_size, ids(spelled[q64])))
        for page in pages:
            # No character of a link needs a second look.
            self.assertRegex(page.current_page, r"^/api/v2/groups/search\?q64=[A-Za-z0-9_%-]+$")

    def test_a_q64_made_by_hand(self):
        query = [{"type": "STARTS_WITH", "fields": ["name"], "value": "night", "values": [], "group": []}]
        held = {"types": ["groups"], "query": [*query, self.json_of(self.within)], "pageSize": 2}
        page = admin().groups.get_groups_search(deflated(json.dumps(held)))
        self.assertEqual((names(page), page.total, page.page_number), ([SHIFT, WATCH], 3, 1))

    def json_of(self, criterion):
        return {"type": criterion.type, "fields": criterion.fields, "values": criterion.values}

    def test_expand_of_groups_ignores_what_it_does_not_know(self):
        q64 = q64_of(find_groups(self.within).current_page)
        self.assertEqual(admin().groups.get_groups_search(q64, expand=["owners", "shoes"]).total, 7)

    def test_many_ids_can_be_walked_through(self):
        own = [group.id for group in self.made.values()]
        many = group_that("EXACT", "id", [*own, *(str(uuid.uuid4()) for _ in range(493))])
        pages = self.walk(find_groups(many, page_size=3))
        self.assertEqual([one for page in pages for one in ids(page)], self.whole())
        many.values.append(str(uuid.uuid4()))
        self.refused(400, find_groups, many, code=BAD, naming="values")

    def test_a_search_that_is_answered_can_be_asked_again(self):
        # Past some size no q64 would be taken: then the search itself is refused, and not its next page.
        dice = random.Random(1)
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        statuses = set()
        for count in (200, *range(340, 440, 2), 500):
            values = ["".join(dice.choices(letters, k=80)) for _ in range(count)]
            query = [{"type": "EXACT", "fields": ["name"], "values": values}]
            reply = admin().request("POST", GROUPS, {"query": query})
            statuses.add(reply.status)
            if reply.status == 200:
                again = admin().request("GET", reply.json["currentPage"])
                self.assertEqual(again.status, 200, f"{count} values, a link of {len(reply.json['currentPage'])}")
            else:
                self.answers(reply, 400, BAD)
        self.assertEqual(statuses, {200, 400})
