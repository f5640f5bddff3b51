"""What holds for every answer: error bodies, headers, odd bodies and paths, idempotency keys."""

import json
import uuid

from convoke import (
    CLIENT_ID, CLIENT_SECRET, Case, admin, new_group, new_user, request, session_of, sign_in, unique,
)

GROUPS = "/api/v2/groups"
JSON = {"Content-Type": "application/json"}


def draft(**fields):
    whole = {"name": unique("Wire"), "type": "official", "rulesVisible": True, "visibility": "public"}
    return {**whole, **fields}


class Errors(Case):
    def test_every_key_of_the_body(self):
        reply = admin().request("GET", f"{GROUPS}/nothing-here")
        body = self.answers(reply, 404, "general.resource.not.found")
        self.assertIs(type(body["message"]), str)
        self.assertIs(type(body["messageWithParams"]), str)
        self.assertIs(type(body["messageParams"]), dict)
        self.assertIs(type(body["details"]), list)
        self.assertEqual(body["errors"], [])
        self.assertEqual(body["contextId"], reply.headers["ININ-Correlation-Id"])
        # The slots of the one, filled, are the other.
        filled = body["messageWithParams"]
        for key, value in body["messageParams"].items():
            self.assertIs(type(value), str)
            filled = filled.replace("{" + key + "}", value)
        self.assertEqual(filled, body["message"])

    def test_each_refusal_has_one(self):
        group = new_group()
        reader = session_of(["reader"])
        for status, reply in {
            400: admin().request("POST", GROUPS, {"name": "x"}),
            401: request("GET", GROUPS),
            403: reader.request("DELETE", f"{GROUPS}/{group.id}"),
            404: admin().request("GET", "/api/v2/there/is/no/such/path"),
            405: admin().request("PUT", GROUPS, draft()),
            409: admin().request("PUT", f"{GROUPS}/{group.id}", {"version": 9}),
            413: admin().request("POST", GROUPS, draft(description="x" * (1 << 20))),
            415: admin().request("POST", GROUPS, "name=x", {"Content-Type": "text/plain"}),
        }.items():
            with self.subTest(status):
                body = self.answers(reply, status)
                self.assertEqual(reply.headers.get_content_type(), "application/json")
                for key in ("message", "code", "status", "contextId"):
                    self.assertIn(key, body)
                self.assertNotIn("null", reply.text)

    def test_codes(self):
        reply = admin().request("POST", GROUPS, "name=x", {"Content-Type": "text/plain"})
        self.answers(reply, 415, "unsupported.media.type")
        reply = admin().request("POST", GROUPS, draft(description="x" * (1 << 20)))
        self.answers(reply, 413, "request.entity.too.large")
        self.answers(admin().request("GET", "/api/v2/no/such/path"), 404, "not.found")

    def test_a_method_that_a_path_has_not(self):
        reply = admin().request("PATCH", GROUPS, draft())
        self.answers(reply, 405)
        allowed = {word.strip() for word in reply.headers["Allow"].split(",")}
        self.assertLessEqual({"GET", "POST"}, allowed)
        self.assertNotIn("PATCH", allowed)
        group = new_group()
        headers = {"X-HTTP-Method-Override": "DELETE"}
        self.assertEqual(admin().request("GET", f"{GROUPS}/{group.id}", headers=headers).status, 200)
        self.assertEqual(self.version_of(group), 1)


class Headers(Case):
    def test_on_every_answer(self):
        person = new_user()
        for name, reply in {
            "200": admin().request("GET", GROUPS),
            "404": admin().request("GET", f"{GROUPS}/none"),
            "no such path": admin().request("GET", "/api/v2/nowhere"),
            "401": request("GET", GROUPS),
            "202": admin().request("POST", f"{GROUPS}/{new_group().id}/members", {"memberIds": [person.id]}),
            "token": sign_in(CLIENT_ID, CLIENT_SECRET),
            "no token": sign_in("nobody", "x"),
        }.items():
            with self.subTest(name):
                uuid.UUID(reply.headers["ININ-Correlation-Id"])
                for header in ("count", "allowed", "reset"):
                    self.assertGreaterEqual(int(reply.headers[f"inin-ratelimit-{header}"]), 0)
                self.assertIn("no-store", reply.headers["Cache-Control"])

    def test_each_answer_has_its_own_id(self):
        ids = {admin().request("GET", GROUPS).headers["ININ-Correlation-Id"] for _ in range(5)}
        self.assertEqual(len(ids), 5)


class Bodies(Case):
    def test_what_is_not_json(self):
        for body in ("", "null", "{", "[]", '"text"', "7", "{} {}", "\ufeff{}", "{'name': 'x'}", "NaN"):
            with self.subTest(body):
                reply = admin().request("POST", GROUPS, body.encode(), JSON)
                self.answers(reply, 400, ("bad.request", "invalid.value"))

    def test_a_list_is_no_object(self):
        group = new_group()
        path = f"{GROUPS}/{group.id}"
        contact = ["+13175550100", None, None, "GROUPRING", "PHONE"]
        for method, target, body in (
            ("POST", GROUPS, [unique("List"), None, "official", None, None, True, "public"]),
            ("POST", GROUPS, draft(addresses=[contact])),
            ("POST", GROUPS, draft(images=[["x96", "https://example.com/c.png"]])),
            ("PUT", path, [unique("List"), None, None, 1]),
            ("POST", f"{path}/members", [[new_user().id]]),
            ("PATCH", f"/api/v2/voicemail/groups/{group.id}/policy", []),
            ("POST", "/api/v2/oauth/clients", ["List", None, None, "CLIENT-CREDENTIALS"]),
        ):
            with self.subTest(f"{method} {target} {body}"):
                self.answers(admin().request(method, target, body), 400)
        self.assertEqual(self.version_of(group), 1)

    def test_bytes_that_are_no_text(self):
        self.answers(admin().request("POST", GROUPS, b'{"name": "\xff\xfe"}', JSON), 400)
        self.answers(admin().request("POST", GROUPS, '{"name": "\\ud800"}', JSON), 400)

    def test_control_characters_in_a_name(self):
        for name in ("a\u0000b", "a\nb", "\u202eevil", "\u0007"):
            with self.subTest(repr(name)):
                self.answers(admin().request("POST", GROUPS, draft(name=name)), 400, naming="name")

    def test_the_same_key_twice(self):
        body = json.dumps(draft())[:-1] + ', "name": "again"}'
        self.answers(admin().request("POST", GROUPS, body, JSON), 400)

    def test_too_deep(self):
        for depth in (65, 10_000):
            with self.subTest(depth):
                body = json.dumps(draft())[:-1] + ', "x": ' + "[" * depth + "]" * depth + "}"
                self.answers(admin().request("POST", GROUPS, body, JSON), 400)

    def test_null_for_a_field_is_as_if_absent(self):
        made = self.answers(admin().request("POST", GROUPS, draft(description=None, ownerIds=None)), 200)
        self.assertNotIn("description", made)
        self.answers(admin().request("POST", GROUPS, draft(name=None)), 400, naming="name")

    def test_content_types(self):
        for kind in ("application/json", "application/json; charset=utf-8", "application/json;charset=UTF-8"):
            with self.subTest(kind):
                reply = admin().request("POST", GROUPS, json.dumps(draft()), {"Content-Type": kind})
                self.answers(reply, 200)

    def test_a_content_type_without_a_body(self):
        # Every SDK sends it with GET and DELETE.
        self.answers(admin().request("GET", GROUPS, headers=JSON), 200)
        reply = admin().request("DELETE", f"{GROUPS}/{new_group().id}", headers=JSON)
        self.assertIn(reply.status, (200, 204), reply)

    def test_a_method_override_in_the_query_is_nothing(self):
        group = new_group()
        self.answers(admin().request("GET", f"{GROUPS}/{group.id}?_method=DELETE&unknown=1"), 200)
        self.assertEqual(self.version_of(group), 1)

    def test_paths_are_exact(self):
        group = new_group()
        for path in (
            f"{GROUPS}/", f"/{GROUPS}", "/api/v2//groups", "/API/v2/groups", f"{GROUPS};x", f"{GROUPS}/{group.id}/",
            "/api/v2/./groups", "/api/v2/users/../groups",
        ):
            with self.subTest(path):
                self.answers(admin().request("GET", path), 404)

    def test_one_value_for_what_takes_one(self):
        for query in ("pageSize=1&pageSize=2", "sortOrder=ASC&sortOrder=DESC", "pageNumber=1&pageNumber=1"):
            with self.subTest(query):
                reply = admin().request("GET", f"{GROUPS}?{query}")
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming=query.split("=")[0])

    def test_ids_that_would_break_a_path_or_a_header(self):
        for odd in ("%2e%2e", "a%0d%0aX-Evil:%201", "%00", "%ff", "a%2Fb", "'%20or%201=1", "x" * 2_000):
            with self.subTest(odd[:20]):
                reply = admin().request("GET", f"{GROUPS}/{odd}")
                self.assertIn(reply.status, (400, 404), reply)
                self.assertNotIn("X-Evil", reply.headers)


class IdempotencyKey(Case):
    def post(self, path, body, key, session=None):
        return (session or admin()).request("POST", path, body, {"Idempotency-Key": key})

    def test_a_replay_makes_no_second_group(self):
        key, body = str(uuid.uuid4()), draft()
        first = self.post(GROUPS, body, key)
        again = self.post(GROUPS, body, key)
        self.assertEqual((first.status, again.status), (200, 200))
        self.assertEqual(first.json["id"], again.json["id"])
        names = [group.name for group in admin().groups.get_groups(page_size=500).entities]
        self.assertEqual(names.count(body["name"]), 1)

    def test_a_replay_of_a_member_change(self):
        group, key = new_group(), str(uuid.uuid4())
        path, body = f"{GROUPS}/{group.id}/members", {"memberIds": [new_user().id], "version": 1}
        # The second would be stale were it not the first again.
        self.assertEqual([self.post(path, body, key).status for _ in range(3)], [202, 202, 202])
        self.assertEqual(self.version_of(group), 2)

    def test_the_same_key_with_another_body(self):
        key = str(uuid.uuid4())
        self.answers(self.post(GROUPS, draft(), key), 200)
        self.answers(self.post(GROUPS, draft(), key), 409, "general.conflict")

    def test_the_same_key_of_another_client(self):
        key, body = str(uuid.uuid4()), draft()
        mine = self.answers(self.post(GROUPS, body, key), 200)
        other = self.answers(self.post(GROUPS, body, key, session_of(["group creator"])), 200)
        self.assertNotEqual(mine["id"], other["id"])

    def test_other_changes_take_one_too(self):
        group, key = new_group(), str(uuid.uuid4())
        headers = {"Idempotency-Key": key}
        body = {"version": 1, "name": unique("Once")}
        statuses = [admin().request("PUT", f"{GROUPS}/{group.id}", body, headers).status for _ in range(2)]
        self.assertEqual(statuses, [200, 200])
        self.assertEqual(self.version_of(group), 2)
        email = f"{uuid.uuid4().hex}@example.com"
        users = [self.post("/api/v2/users", {"name": "Once", "email": email}, str(group.id)) for _ in range(2)]
        self.assertEqual([reply.status for reply in users], [200, 200])
        self.assertEqual(users[0].json["id"], users[1].json["id"])
        headers = {"Idempotency-Key": f"delete {group.id}".replace(" ", "-")}
        statuses = [admin().request("DELETE", f"{GROUPS}/{group.id}", headers=headers).status for _ in range(2)]
        self.assertEqual(statuses[0], statuses[1])
        self.assertIn(statuses[0], (200, 204))

    def test_keys_that_cannot_be_taken(self):
        self.answers(self.post(GROUPS, draft(), "k" * 255), 200)
        for key in ("k" * 256, "", "two words", "\u00fcml"):
            with self.subTest(key[:10]):
                reply = self.post(GROUPS, draft(), key.encode("utf-8"))
                self.answers(reply, 400, ("bad.request", "invalid.value"), naming="Idempotency-Key")
