"""getGroups: the listing, its pages and links, and its filters."""

import uuid
from urllib.parse import quote

from convoke import Case, admin, new_group, unique

PATH = "/api/v2/groups"


class GetGroups(Case):
    @classmethod
    def setUpClass(cls):
        # More than one default page, created in an order that is not theirs.
        cls.made = [new_group(unique(word)) for word in ("pear", "Apple", "fig", "Ümlaut", "cherry")]
        for _ in range(24):
            new_group()

    def test_defaults(self):
        listing = admin().groups.get_groups()
        self.assertEqual(listing.page_size, 25)
        self.assertEqual(listing.page_number, 1)
        self.assertEqual(len(listing.entities), 25)
        self.assertGreaterEqual(listing.total, 29)
        self.assertEqual(listing.page_count, -(-listing.total // 25))

    def test_pages_make_the_whole(self):
        whole = admin().groups.get_groups(page_size=500)
        self.assertEqual(len(whole.entities), whole.total)
        seen = []
        for number in range(1, -(-whole.total // 7) + 1):
            page = admin().groups.get_groups(page_size=7, page_number=number)
            self.assertEqual((page.page_size, page.page_number), (7, number))
            self.assertEqual(page.total, whole.total)
            seen += self.ids(page)
        self.assertEqual(seen, self.ids(whole))
        self.assertEqual(len(set(seen)), whole.total)

    def test_sorted_by_name(self):
        listing = admin().groups.get_groups(page_size=500)
        ours = {group.id for group in self.made}
        names = [group.name.split()[0] for group in listing.entities if group.id in ours]
        self.assertEqual([name for name in names if name != "Ümlaut"], ["Apple", "cherry", "fig", "pear"])

    def test_links(self):
        last = admin().groups.get_groups(page_size=10).page_count
        first_page = admin().groups.get_groups(page_size=10)
        self.assertEqual(first_page.self_uri, f"{PATH}?pageSize=10&pageNumber=1")
        self.assertEqual(first_page.first_uri, first_page.self_uri)
        self.assertEqual(first_page.next_uri, f"{PATH}?pageSize=10&pageNumber=2")
        self.assertEqual(first_page.last_uri, f"{PATH}?pageSize=10&pageNumber={last}")
        self.assertIsNone(first_page.previous_uri)
        second_page = admin().groups.get_groups(page_size=10, page_number=2)
        self.assertEqual(second_page.previous_uri, first_page.self_uri)
        last_page = admin().groups.get_groups(page_size=10, page_number=last)
        self.assertIsNone(last_page.next_uri)
        self.assertEqual(last_page.last_uri, last_page.self_uri)

    def test_following_the_links_walks_the_whole(self):
        uri, seen = f"{PATH}?pageSize=9&sortOrder=descending", []
        for _ in range(100):
            page = self.answers(admin().request("GET", uri), 200)
            seen += [group["id"] for group in page["entities"]]
            if "nextUri" not in page:
                break
            uri = page["nextUri"]
        # The links keep the order that was asked for.
        whole = admin().groups.get_groups(page_size=500, sort_order="descending")
        self.assertEqual(seen, self.ids(whole))

    def test_a_single_page_has_no_neighbours(self):
        page = self.answers(admin().request("GET", f"{PATH}?id={self.made[0].id}"), 200)
        self.assertEqual((page["total"], page["pageCount"]), (1, 1))
        for absent in ("nextUri", "previousUri"):
            self.assertNotIn(absent, page)
        for present in ("firstUri", "selfUri", "lastUri"):
            self.assertIn(f"id={self.made[0].id}", page[present])

    def test_past_the_end_is_empty(self):
        page = admin().groups.get_groups(page_size=25, page_number=2_147_483_647)
        whole = admin().groups.get_groups()
        self.assertEqual(page.entities, [])
        self.assertEqual((page.total, page.page_count), (whole.total, whole.page_count))

    def test_both_spellings_of_both_orders(self):
        up = self.ids(admin().groups.get_groups(page_size=500))
        for order in ("ascending", "ASC", "asc", "Ascending"):
            self.assertEqual(self.ids(admin().groups.get_groups(page_size=500, sort_order=order)), up)
        for order in ("descending", "DESC", "desc", "DESCENDING"):
            self.assertEqual(self.ids(admin().groups.get_groups(page_size=500, sort_order=order)), up[::-1])

    def test_by_id_in_every_spelling(self):
        one, two, three = (group.id for group in self.made[:3])
        self.assertEqual(set(self.ids(admin().groups.get_groups(id=[one, two, three]))), {one, two, three})
        for query in (
            f"id={one}&id={two}",
            f"id={one},{two}",
            f"id={one}%2C{two}",
            f"id={one},&id=&id={two}",
            f"id={one},{two},{one}",
        ):
            with self.subTest(query):
                page = self.answers(admin().request("GET", f"{PATH}?{query}"), 200)
                self.assertEqual({group["id"] for group in page["entities"]}, {one, two})
                self.assertEqual(page["total"], 2)

    def test_unknown_ids_are_left_out(self):
        known = self.made[0].id
        page = admin().groups.get_groups(id=[str(uuid.uuid4()), known, "not-an-id"])
        self.assertEqual(self.ids(page), [known])
        self.assertEqual(page.total, 1)
        self.assertEqual(admin().groups.get_groups(id=["not-an-id"]).total, 0)

    def test_paging_applies_to_ids(self):
        ids = [group.id for group in self.made]
        pages = [admin().groups.get_groups(id=ids, page_size=2, page_number=n) for n in (1, 2, 3)]
        self.assertEqual([len(page.entities) for page in pages], [2, 2, 1])
        self.assertEqual({i for page in pages for i in self.ids(page)}, set(ids))

    def test_by_jabber_id(self):
        made = [self.answers(admin().request("GET", f"{PATH}/{g.id}"), 200) for g in self.made[:2]]
        jabber = [group["chat"]["jabberId"] for group in made]
        found = admin().groups.get_groups(jabber_id=jabber)
        self.assertEqual(set(self.ids(found)), {group["id"] for group in made})
        page = self.answers(admin().request("GET", f"{PATH}?jabberId={quote(jabber[0])}"), 200)
        self.assertEqual([group["id"] for group in page["entities"]], [made[0]["id"]])

    def test_ids_and_jabber_ids_exclude_each_other(self):
        reply = admin().request("GET", f"{PATH}?id=a&jabberId=b")
        self.answers(reply, 400, ("bad.request", "invalid.value"), naming="jabberId")

    def test_empty_values_are_absent(self):
        # Some SDKs send the key of an option that is not set.
        page = self.answers(
            admin().request("GET", f"{PATH}?pageSize=&pageNumber=&sortOrder=&id=&jabberId="), 200
        )
        self.assertEqual((page["pageSize"], page["pageNumber"]), (25, 1))
        self.assertEqual(len(page["entities"]), 25)

    def test_values_that_cannot_be_taken(self):
        for field, values in {
            "pageSize": ("0", "-1", "501", "abc", "1.5", "2147483648", "18446744073709551616", "1e309"),
            "pageNumber": ("0", "-1", "abc", "2147483648", "9223372036854775808", "1e309"),
            "sortOrder": ("sideways", "1"),
        }.items():
            for value in values:
                with self.subTest(f"{field}={value}"):
                    reply = admin().request("GET", f"{PATH}?{field}={value}")
                    self.answers(reply, 400, ("bad.request", "invalid.value"), naming=field)

    def test_the_largest_page(self):
        self.assertEqual(admin().groups.get_groups(page_size=500).page_size, 500)
