"""Sign-in with client credentials, and the token itself."""

import base64
import json
import uuid
from urllib.parse import urlsplit

import PureCloudPlatformClientV2 as sdk
from PureCloudPlatformClientV2.rest import ApiException
from convoke import (
    CLIENT_ID, CLIENT_SECRET, URL, Case, Session, admin, new_client, request, session_of, sign_in,
)

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def basic(client_id, secret):
    word = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {**FORM, "Authorization": f"Basic {word}"}


class SignIn(Case):
    def check_token(self, reply):
        self.assertEqual(reply.status, 200, reply)
        self.assertEqual(reply.headers.get_content_type(), "application/json")
        self.assertIn("no-store", reply.headers["Cache-Control"])
        self.assertEqual(reply.json["token_type"].lower(), "bearer")
        self.assertIn(reply.json["expires_in"], (86_399, 86_400))
        whoami = request("GET", "/api/v2/tokens/me", token=reply.json["access_token"])
        self.assertEqual(whoami.status, 200, whoami)

    def test_basic_and_form_on_both_paths(self):
        for path in ("/oauth/token", "/token"):
            with self.subTest(path):
                body = "grant_type=client_credentials"
                self.check_token(request("POST", path, body, basic(CLIENT_ID, CLIENT_SECRET)))
                self.check_token(sign_in(CLIENT_ID, CLIENT_SECRET, path))

    def test_each_token_is_another(self):
        tokens = {sign_in(CLIENT_ID, CLIENT_SECRET).json["access_token"] for _ in range(3)}
        self.assertEqual(len(tokens), 3)
        self.assertTrue(all(len(token) >= 43 for token in tokens))

    def test_through_the_gateway_setting(self):
        parts = urlsplit(URL)
        client = sdk.ApiClient(host="https://api.mypurecloud.com")
        client.set_gateway(parts.hostname, parts.scheme, parts.port, "", "")
        client.get_client_credentials_token(CLIENT_ID, CLIENT_SECRET)
        self.assertGreaterEqual(sdk.GroupsApi(client).get_groups().total, 0)

    def check_refusal(self, reply, status, error, description=None):
        self.assertEqual(reply.status, status, reply)
        self.assertEqual(reply.json["error"], error)
        if description:
            self.assertEqual(reply.json["description"], description)
        self.assertIn("no-store", reply.headers["Cache-Control"])

    def test_an_unknown_client(self):
        reply = sign_in(str(uuid.uuid4()), "whatever")
        self.check_refusal(reply, 400, "invalid_client", "client not found")

    def test_a_wrong_secret(self):
        for secret in ("wrong", "", CLIENT_SECRET + " ", CLIENT_SECRET[:-1]):
            with self.subTest(secret):
                reply = request("POST", "/oauth/token", "grant_type=client_credentials", basic(CLIENT_ID, secret))
                self.check_refusal(reply, 401, "invalid_client", "authentication failed")

    def test_what_the_sdk_shows_of_a_refusal(self):
        for secret, client_id, status in (("x", "nobody", 400), ("x", CLIENT_ID, 401)):
            with self.assertRaises(ApiException) as caught:
                Session(client_id, secret)
            self.assertEqual(caught.exception.status, status)
            self.assertEqual(json.loads(caught.exception.body)["error"], "invalid_client")

    def test_other_grants(self):
        reply = request("POST", "/oauth/token", "grant_type=password", basic(CLIENT_ID, CLIENT_SECRET))
        self.check_refusal(reply, 400, "unsupported_grant_type")
        reply = request("POST", "/oauth/token", "", basic(CLIENT_ID, CLIENT_SECRET))
        self.assertEqual(reply.status, 400, reply)
        self.assertTrue(reply.json["error"])

    def test_without_credentials(self):
        reply = request("POST", "/oauth/token", "grant_type=client_credentials", FORM)
        self.assertIn(reply.status, (400, 401), reply)
        self.assertTrue(reply.json["error"])
        for broken in ("Basic", "Basic !!!", "Basic " + base64.b64encode(b"no colon").decode(), "Bearer x"):
            with self.subTest(broken):
                headers = {**FORM, "Authorization": broken}
                reply = request("POST", "/oauth/token", "grant_type=client_credentials", headers)
                self.assertIn(reply.status, (400, 401), reply)
                self.assertTrue(reply.json["error"])


class Tokens(Case):
    def test_me(self):
        session = session_of(["reader"])
        info = session.tokens.get_tokens_me()
        organization = session.organization.get_organizations_me()
        self.assertEqual((info.organization.id, info.organization.name), (organization.id, organization.name))
        self.assertTrue(info.o_auth_client.id)
        self.assertIsNone(session.tokens.head_tokens_me())

    def test_head_has_no_body(self):
        reply = admin().request("HEAD", "/api/v2/tokens/me")
        self.assertEqual((reply.status, reply.text), (200, ""))
        self.assertEqual(request("HEAD", "/api/v2/tokens/me", token="nonsense").status, 401)

    def test_delete_ends_this_token_only(self):
        client = new_client(["reader"])
        one, other = Session(client.id, client.secret), Session(client.id, client.secret)
        self.assertIsNone(one.tokens.delete_tokens_me())
        self.refused(401, one.tokens.get_tokens_me)
        self.refused(401, one.groups.get_groups)
        self.assertEqual(one.request("HEAD", "/api/v2/tokens/me").status, 401)
        self.assertTrue(other.tokens.get_tokens_me().organization.id)

    def test_without_a_token(self):
        for headers in ({}, {"Authorization": ""}, {"Authorization": "Basic eDp5"}):
            with self.subTest(headers):
                reply = request("GET", "/api/v2/groups", headers=headers)
                self.answers(reply, 401, ("authentication.required", "bad.credentials"))
        self.answers(request("GET", "/api/v2/groups"), 401, "authentication.required")

    def test_with_a_token_that_is_none(self):
        for token in ("x", "0" * 43, admin().token + "x", admin().token[:-1], admin().token.swapcase()):
            with self.subTest(token[:4]):
                self.answers(request("GET", "/api/v2/groups", token=token), 401, "bad.credentials")
