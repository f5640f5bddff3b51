"""What every test here stands on: a signed-in SDK, plain requests, and things to test with.

The SDK is the official one, unmodified, pointed at the server as its users do it. Plain requests
are for what the SDK cannot send or does not show: headers, odd bodies, odd query strings.
"""

import http.client
import json
import os
import ssl
import unittest
import uuid
from urllib.parse import urlencode, urlsplit

import PureCloudPlatformClientV2 as sdk
from PureCloudPlatformClientV2.rest import ApiException

URL = os.environ["CONVOKE_URL"].rstrip("/")
CLIENT_ID = os.environ["CONVOKE_CLIENT_ID"]
CLIENT_SECRET = os.environ["CONVOKE_CLIENT_SECRET"]
TIMEOUT = 30

sdk.configuration.host = URL
if URL.startswith("https:"):
    # The suite's server signs its own certificate.
    import urllib3

    urllib3.disable_warnings()
    sdk.configuration.verify_ssl = False


class Reply:
    """A plain answer: status, headers, and the body as text."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode("utf-8")

    @property
    def json(self):
        return json.loads(self.text)

    def __repr__(self):
        return f"{self.status} {self.text}"


def connect():
    """A connection to the server, not open yet."""
    parts = urlsplit(URL)
    if parts.scheme != "https":
        return http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT)
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT, context=trusting)


def request(method, path, body=None, headers=None, token=None):
    """Sends one plain request; `body` may be text, bytes, or anything that JSON can hold."""
    connection = connect()
    all_headers = {"Accept": "application/json"}
    if body is not None and not isinstance(body, (str, bytes)):
        body = json.dumps(body)
    if body is not None:
        all_headers["Content-Type"] = "application/json"
    if token is not None:
        all_headers["Authorization"] = f"Bearer {token}"
    all_headers.update(headers or {})
    try:
        try:
            connection.request(method, path, body=body, headers=all_headers)
        except (BrokenPipeError, ConnectionResetError):
            # A server may answer before it has read a body that is too large.
            pass
        return Reply(connection.getresponse())
    finally:
        connection.close()


def sign_in(client_id, secret, path="/oauth/token"):
    """Asks for a token as a plain request, credentials in the form."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return request("POST", path, urlencode(form), headers)


class Session:
    """One OAuth client that has signed in through the SDK, and the APIs that tests call."""

    def __init__(self, client_id, secret):
        self.client = sdk.ApiClient()
        self.client.get_client_credentials_token(client_id, secret)
        self.token = self.client.access_token
        self.groups = sdk.GroupsApi(self.client)
        self.users = sdk.UsersApi(self.client)
        self.authorization = sdk.AuthorizationApi(self.client)
        self.oauth = sdk.OAuthApi(self.client)
        self.tokens = sdk.TokensApi(self.client)
        self.organization = sdk.OrganizationApi(self.client)
        self.voicemail = sdk.VoicemailApi(self.client)
        self.routing = sdk.RoutingApi(self.client)

    def request(self, method, path, body=None, headers=None):
        """A plain request with this session's token."""
        return request(method, path, body, headers, self.token)


_admin = None


def admin():
    """The client that the server's first start created."""
    global _admin
    if _admin is None:
        _admin = Session(CLIENT_ID, CLIENT_SECRET)
    return _admin


def unique(word):
    """A name that nothing else in this run has."""
    return f"{word} {uuid.uuid4().hex[:12]}"


def made(model, **fields):
    """One of the SDK's models with these fields; None leaves a field alone."""
    for field, value in fields.items():
        if field not in model.swagger_types:
            raise TypeError(f"{type(model).__name__} has no {field}")
        if value is not None:
            setattr(model, field, value)
    return model


def new_user(name=None, **fields):
    """Creates a person through the SDK."""
    name = name or unique("Person")
    body = sdk.CreateUser()
    body.name = name
    body.email = f"{uuid.uuid4().hex}@example.com"
    body.division_id = home_division()
    for field, value in fields.items():
        setattr(body, field, value)
    return admin().users.post_users(body)


def new_group(name=None, session=None, **fields):
    """Creates a group through the SDK: official and public unless told otherwise."""
    body = sdk.GroupCreate()
    body.name = name or unique("Group")
    body.type = "official"
    body.rules_visible = True
    body.visibility = "public"
    for field, value in fields.items():
        setattr(body, field, value)
    return (session or admin()).groups.post_groups(body)


def add_members(group_id, users, session=None):
    """Adds people to a group through the SDK, without a version."""
    body = sdk.GroupMembersUpdate()
    body.member_ids = [user.id for user in users]
    return (session or admin()).groups.post_group_members(group_id, body)


def new_skill(name=None):
    """Creates a routing skill through the SDK."""
    return admin().routing.post_routing_skills(made(sdk.CreateRoutingSkill(), name=name or unique("Skill")))


def new_language(name=None):
    """Creates a language through the SDK."""
    return admin().routing.post_routing_languages(made(sdk.Language(), name=name or unique("Language")))


def hold(user, *levels):
    """Gives a person these routing skills, pairs of skill and proficiency, and takes all others."""
    body = [made(sdk.UserRoutingSkillPost(), id=skill.id, proficiency=level) for skill, level in levels]
    return admin().users.put_user_routingskills_bulk(user.id, body)


def speak(user, *levels):
    """Gives a person these languages, pairs of language and proficiency, beside those it has."""
    body = [made(sdk.UserRoutingLanguagePost(), id=language.id, proficiency=level) for language, level in levels]
    return admin().users.patch_user_routinglanguages_bulk(user.id, body)


def home_division():
    return admin().authorization.get_authorization_divisions_home().id


def role_id(name):
    """The id of one of the roles that exist from the start."""
    listing = admin().authorization.get_authorization_roles(page_size=100)
    return next(role.id for role in listing.entities if role.name == name)


def new_client(roles=(), user=None, **fields):
    """Creates an OAuth client; `user` binds it to a person, which is an extension of Convoke."""
    body = {
        "name": unique("Client"),
        "authorizedGrantType": "CLIENT-CREDENTIALS",
        "roleIds": [role_id(name) for name in roles],
        **fields,
    }
    if user is not None:
        body["userId"] = user.id
    return admin().oauth.post_oauth_clients(body)


def session_of(roles=(), user=None):
    """A session of a new client with these roles, bound to this person."""
    client = new_client(roles, user)
    return Session(client.id, client.secret)


class Case(unittest.TestCase):
    """A test case that knows refusals."""

    maxDiff = None

    def refused(self, status, call, *args, code=None, naming=(), **options):
        """Calls the SDK, expects a refusal, and returns its body."""
        with self.assertRaises(ApiException) as caught:
            call(*args, **options)
        error = caught.exception
        self.assertEqual(error.status, status, error.body)
        return self.check_error(json.loads(error.body), status, code, naming)

    def answers(self, reply, status, code=None, naming=()):
        """Checks a plain answer and returns its JSON."""
        self.assertEqual(reply.status, status, reply)
        if status >= 400:
            return self.check_error(reply.json, status, code, naming)
        return reply.json

    def check_error(self, body, status, code, naming):
        self.assertEqual(body["status"], status, body)
        self.assertTrue(body["message"], body)
        if code is not None:
            self.assertIn(body["code"], [code] if isinstance(code, str) else code, body)
        for word in [naming] if isinstance(naming, str) else naming:
            self.assertIn(word, body["message"], body)
        return body

    def ids(self, listing):
        return [entity.id for entity in listing.entities]

    def version_of(self, group):
        return admin().groups.get_group(group.id).version
