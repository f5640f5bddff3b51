"""What is no search: criteria, requests, bodies and q64 that are refused, and quickly."""

import base64
import json
import random
import time
from urllib.parse import quote

from convoke import Case, Reply, admin, connect, new_group
from searches import BAD, GROUPS, USERS, deflated, find_groups, group_that, ids

JSON = {"Content-Type": "application/json"}
EXACT = {"type": "EXACT", "fields": ["name"], "value": "x"}


class BadSearches(Case):
    def quickly(self, call, *args):
        """Makes a request that must not take long, and gives the answer."""
        started = time.monotonic()
        reply = call(*args)
        self.assertLess(time.monotonic() - started, 5)
        return reply

    def post(self, path, body):
        headers = JSON if isinstance(body, str) else None
        return self.quickly(admin().request, "POST", path, body, headers)

    def get(self, path, q64):
        return self.quickly(admin().request, "GET", f"{path}?q64={quote(q64)}")

    def test_criteria(self):
        for criterion, named in (
            ({"fields": ["name"], "value": "x"}, "type"),
            ({**EXACT, "type": "FUZZY"}, "type"),
            ({**EXACT, "type": ""}, "type"),
            ({**EXACT, "type": 7}, "type"),
            ({**EXACT, "fields": ["shoes"]}, "fields"),
            ({**EXACT, "fields": ["name", "shoes"]}, "fields"),
            ({**EXACT, "fields": "name"}, "fields"),
            ({**EXACT, "operator": "XOR"}, "operator"),
            ({**EXACT, "value": 7}, "value"),
            ({**EXACT, "values": "x"}, "values"),
            ({**EXACT, "group": {}}, "group"),
            ({**EXACT, "group": [{**EXACT, "type": "FUZZY"}]}, "type"),
            ({"type": "REGEX", "fields": ["name"], "value": "("}, "value"),
            ({"type": "REGEX", "fields": ["name"], "value": "[z-a]"}, "value"),
            ({"type": "REGEX", "fields": ["name"], "value": "a{2,1}"}, "value"),
            ({"type": "REGEX", "fields": ["name"], "values": ["a", ")"]}, "value"),
            ({"type": "REGEX", "fields": ["name"], "value": "x" * 1025}, "value"),
            ({"type": "REGEX", "fields": ["name"], "value": "((a{99}){99}){99}"}, "value"),
            ({"type": "EXACT", "fields": ["name"]}, "value"),
        ):
            for path in (GROUPS, USERS):
                with self.subTest(path=path, criterion=str(criterion)[:120]):
                    self.answers(self.post(path, {"query": [criterion]}), 400, BAD, naming=named)

    def test_fields_belong_to_what_is_searched(self):
        self.answers(self.post(GROUPS, {"query": [{**EXACT, "fields": ["department"]}]}), 400, BAD, naming="fields")
        self.answers(self.post(USERS, {"query": [{**EXACT, "fields": ["visibility"]}]}), 400, BAD, naming="fields")

    def test_requests(self):
        for body, named in (
            ({"query": EXACT}, "query"),
            ({"query": "x"}, "query"),
            ({"query": [7]}, "query"),
            ({"query": [["EXACT"]]}, "query"),
            # A list of all its values is no criterion either.
            ({"query": [["EXACT", ["name"], "x", *[None] * 6]]}, "query"),
            ({"pageSize": 0}, "pageSize"),
            ({"pageSize": -1}, "pageSize"),
            ({"pageSize": 501}, "pageSize"),
            ({"pageSize": "ten"}, "pageSize"),
            ({"pageSize": 1.5}, "pageSize"),
            ({"pageNumber": 0}, "pageNumber"),
            ({"pageNumber": 2**31}, "pageNumber"),
            ({"sortBy": "shoes"}, "sortBy"),
            ({"sortBy": 7}, "sortBy"),
            ({"sortOrder": "UP"}, "sortOrder"),
            ({"sort": {"sortBy": "name"}}, "sort"),
            ({"sort": [["ASC", "name"]]}, "sort"),
            ({"sort": [{"sortBy": "shoes"}]}, "sortBy"),
            ({"sort": [{"sortBy": "name", "sortOrder": "UP"}]}, "sortOrder"),
        ):
            for path in (GROUPS, USERS):
                with self.subTest(path=path, body=body):
                    self.answers(self.post(path, body), 400, BAD, naming=named)

    def test_bodies(self):
        for body in ("", "null", "[]", "7", '"text"', "{", '{"query": [}', '{"query": []} x', "{'query': []}"):
            for path in (GROUPS, USERS):
                with self.subTest(path=path, body=body):
                    self.answers(self.post(path, body), 400, BAD)
        self.answers(admin().request("POST", GROUPS, "{}", {"Content-Type": "text/plain"}), 415)

    def test_bounds(self):
        for path in (GROUPS, USERS):
            with self.subTest(path):
                self.answers(self.post(path, {"query": [EXACT] * 64}), 200)
                self.answers(self.post(path, {"query": [EXACT] * 65}), 400, BAD, naming="query")
                nested = {"type": "MATCH_ALL", "group": [EXACT] * 64}
                self.answers(self.post(path, {"query": [EXACT, nested]}), 400, BAD, naming="query")
                many = {"type": "EXACT", "fields": ["name"], "values": [str(number) for number in range(500)]}
                self.answers(self.post(path, {"query": [many]}), 200)
                self.answers(self.post(path, {"query": [many, EXACT]}), 400, BAD, naming="values")
                nested = EXACT
                for _ in range(11):
                    nested = {"type": "MATCH_ALL", "group": [nested]}
                self.answers(self.post(path, {"query": [nested]}), 200)
                nested = {"type": "MATCH_ALL", "group": [nested]}
                self.answers(self.post(path, {"query": [nested]}), 400, BAD, naming="group")

    def test_far_too_deep(self):
        for path in (GROUPS, USERS):
            for body in (
                '{"query": ' + "[" * 100_000 + "]" * 100_000 + "}",
                '{"query": [' + '{"group":[' * 80_000 + "]}" * 80_000 + "]}",
                '{"query": [' + '{"group":[' * 100_000,
                '{"query": ' + '{"group":' * 100_000,
            ):
                with self.subTest(path=path, body=body[:40]):
                    self.answers(self.post(path, body), 400, BAD)

    def test_patterns_take_no_time(self):
        new_group("a" * 250)
        for pattern in ("(a+)+b", "(a|a)*b", "(.*)(.*)(.*)(.*)(.*)b"):
            with self.subTest(pattern):
                query = [{"type": "REGEX", "fields": ["name", "description"], "value": pattern}]
                self.answers(self.post(GROUPS, {"query": query}), 200)

    def test_q64_that_is_none(self):
        whole = deflated(json.dumps({"types": ["groups"], "query": []}))
        packed = base64.urlsafe_b64decode(whole)
        spelled = {
            "absent": "",
            "not base64": "not base64!",
            "one character": "A",
            "only padding": "====",
            "beyond ASCII": "größe",
            "percent signs": "%%%",
            "not gzip": base64.urlsafe_b64encode(b'{"types":["groups"],"query":[]}').decode(),
            "cut short": base64.urlsafe_b64encode(packed[:-12]).decode(),
            "a wrong sum": base64.urlsafe_b64encode(packed[:-8] + b"\0\0\0\0" + packed[-4:]).decode(),
            "zlib": base64.urlsafe_b64encode(b"\x78\x9c" + packed[10:-8]).decode(),
        }
        for path in (GROUPS, USERS):
            for title, q64 in spelled.items():
                with self.subTest(path=path, title=title):
                    self.answers(self.get(path, q64), 400, BAD, naming="q64")
            with self.subTest(path):
                self.answers(admin().request("GET", path), 400, BAD, naming="q64")

    def test_q64_that_holds_no_search(self):
        for text in (
            "", "{", "null", "[]", "7", '"text"', json.dumps([["groups"], [], *[None] * 8]), b'{"query": "\xff"}',
            '{"query": 7}', '{"pageSize": 501}', '{"pageNumber": 0}', '{"sortBy": "shoes"}',
            json.dumps({"query": [{**EXACT, "type": "FUZZY"}]}), json.dumps({"query": [EXACT] * 65}),
            json.dumps({"query": [{**EXACT, "values": ["x"] * 501}]}),
        ):
            for path in (GROUPS, USERS):
                with self.subTest(path=path, text=text[:60]):
                    self.answers(self.get(path, deflated(text)), 400, BAD)

    def test_q64_bombs(self):
        for path in (GROUPS, USERS):
            for title, raw in {
                "large": b'{"sortBy": "' + b"a" * (16 << 20) + b'"}',
                "blank": b" " * (16 << 20) + b"{}",
                "deep lists": b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
                "deep criteria": b'{"query": [' + b'{"group":[' * 20_000 + b"]}" * 20_000 + b"]}",
                "deep and open": b'{"query": [' + b'{"group":[' * 25_000,
            }.items():
                with self.subTest(path=path, title=title):
                    self.answers(self.get(path, deflated(raw)), 400, BAD)

    def test_the_longest_q64(self):
        longest = base64.urlsafe_b64encode(random.Random(3).randbytes(24_576)).decode()
        self.assertEqual(len(longest), 32_768)
        self.answers(self.get(GROUPS, longest), 400, BAD, naming="q64")
        # However it reaches the server, the head of a request has room for it.
        connection = connect()
        send = connection.send

        def send_in_pieces(data):
            for start in range(0, len(data), 4_096):
                send(data[start:start + 4_096])
                time.sleep(0.01)

        connection.send = send_in_pieces
        try:
            connection.request("GET", f"{GROUPS}?q64={longest}", headers={"Authorization": f"Bearer {admin().token}"})
            self.answers(Reply(connection.getresponse()), 400, BAD, naming="q64")
        finally:
            connection.close()

    def test_a_q64_that_is_too_long(self):
        # It may be the head of the request that is refused.
        self.assertIn(self.get(GROUPS, "A" * 40_000).status, (400, 431))

    def test_after_all_that(self):
        group = new_group()
        self.assertEqual(ids(find_groups(group_that("EXACT", "id", group.id))), [group.id])
