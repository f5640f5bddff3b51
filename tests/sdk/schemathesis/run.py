"""Sends generated requests to every operation of one dialect's OpenAPI document, and judges the answers.

The dialect is named on the command line: genesys or kaizala.

Schemathesis makes the requests: valid ones, and ones that break the document in one place. No
answer may be a server error, and each must be one that the document describes: its status, its
media type, its schema. The seed is fixed, so a run can be repeated. Each operation is one check,
counted in the last line; so are a few facts around the run.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import uuid
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).parent
URL = os.environ["CONVOKE_URL"].rstrip("/")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES = os.environ.get("CONVOKE_SCHEMATHESIS_EXAMPLES", "25")
LIMIT = 8 * 60
# Things that exist, for requests to name: each may be deleted once.
POOL = 60

# Every operation that the documents must have, and more may be there.
OPERATIONS = {"genesys": """
postGroups getGroup getGroups putGroup deleteGroup postGroupMembers deleteGroupMembers getGroupMembers
getGroupIndividuals getGroupProfile getProfilesGroups getFieldconfig getUsers postUsers getUser patchUser
deleteUser getUsersMe getAuthorizationDivisions getAuthorizationDivisionsHome getVoicemailGroupPolicy
patchVoicemailGroupPolicy getTokensMe headTokensMe deleteTokensMe getOauthClients postOauthClients
getOauthClient putOauthClient deleteOauthClient getAuthorizationRoles getAuthorizationRole
getAuthorizationPermissions getOrganizationsMe postGroupsSearch getGroupsSearch postUsersSearch getUsersSearch
getGroupDynamicsettings putGroupDynamicsettings deleteGroupDynamicsettings postGroupsDynamicsettingsPreview
getRoutingSkills postRoutingSkills getRoutingSkill deleteRoutingSkill getRoutingLanguages postRoutingLanguages
getRoutingLanguage deleteRoutingLanguage getUserRoutingskills postUserRoutingskills putUserRoutingskill
deleteUserRoutingskill putUserRoutingskillsBulk patchUserRoutingskillsBulk getUserRoutinglanguages
postUserRoutinglanguages patchUserRoutinglanguage deleteUserRoutinglanguage patchUserRoutinglanguagesBulk
getUserProfileskills putUserProfileskills getGroupSubgroups postGroupSubgroups deleteGroupSubgroups getConnectors
postConnectors getConnector deleteConnector
""", "kaizala": """
getAccessToken generatePin loginWithPinAndApplicationId postGroups getGroups getGroup getSubGroups postSubGroups
putSubGroups deleteSubGroup getMembers putMembers putMember deleteMember getUsersMe putSubscribersAdd
putSubscribersRemove postSubscribers getSubscribers
"""}
# What would end the token of the run.
EXCLUDED = {"genesys": ["deleteTokensMe"], "kaizala": []}
# What must take some of the requests, or the run would say little.
TAKEN = {
    "genesys": [
        "POST /api/v2/groups", "POST /api/v2/users", "GET /api/v2/groups/{groupId}", "POST /api/v2/routing/skills",
        "PUT /api/v2/users/{userId}/profileskills",
    ],
    "kaizala": [
        "GET /v1/groups", "GET /v1/groups/{groupId}", "GET /v1/groups/{groupId}/subGroups",
        "GET /v1/groups/{groupId}/members", "GET /v1/users/me",
    ],
}


def call(method, path, body=None, headers=None):
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    all_headers = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(URL + path, data=data, headers=all_headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.loads(reply.read() or b"null")


def sign_in(client_id, secret):
    word = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {word}", "Content-Type": "application/x-www-form-urlencoded"}
    token = call("POST", "/oauth/token", b"grant_type=client_credentials", headers)["access_token"]
    return {"Authorization": f"Bearer {token}"}


def fill(headers):
    """Things for the requests to name, by the path parameter that names them."""
    groups, users, skills, languages = [], [], [], []
    for number in range(POOL):
        body = {"name": f"Pool {number}", "type": "official", "rulesVisible": True, "visibility": "public"}
        groups.append(call("POST", "/api/v2/groups", body, headers)["id"])
        body = {"name": f"Pool {number}", "email": f"{uuid.uuid4().hex}@example.com"}
        users.append(call("POST", "/api/v2/users", body, headers)["id"])
        members = {"memberIds": users[-3:]}
        reply = call("POST", f"/api/v2/groups/{groups[-1]}/members", members, headers)
        assert reply == {}
        skills.append(call("POST", "/api/v2/routing/skills", {"name": f"Pool {number}"}, headers)["id"])
        languages.append(call("POST", "/api/v2/routing/languages", {"name": f"Pool {number}"}, headers)["id"])
    # Everyone has every skill and speaks every language, and every group follows a skill.
    for group, user, skill in zip(groups, users, skills):
        for method, kind, made in (("PUT", "routingskills", skills), ("PATCH", "routinglanguages", languages)):
            call(method, f"/api/v2/users/{user}/{kind}/bulk", [{"id": i, "proficiency": 3} for i in made], headers)
        condition = {"routingSkill": skill, "comparator": "EqualTo", "proficiency": 3}
        node = {"routingSkillConditions": [condition], "languageSkillConditions": [], "operation": "And"}
        call("PUT", f"/api/v2/groups/{group}/dynamicsettings", {"skillConditions": [node]}, headers)
    roles = [role["id"] for role in call("GET", "/api/v2/authorization/roles", None, headers)["entities"]]
    return {"groupId": groups, "userId": users, "roleId": roles, "skillId": skills, "languageId": languages}


def connect(headers):
    """Signs in by a connector, and makes groups with members, sub-groups and subscribers."""
    phone = "+491700000000"
    made = call("POST", "/api/v2/connectors", {"name": "Run", "phone": phone}, headers)
    names = ("applicationId", "applicationSecret", "refreshToken")
    token = call("GET", "/v1/accessToken", None, {name: made[name] for name in names})["accessToken"]
    own, groups, members = {"accessToken": token}, [], []
    for number in range(POOL):
        body = {
            "name": f"Pool {number}", "welcomeMessage": "w", "groupType": "Group" if number % 2 else "ConnectGroup",
            "members": [f"+4917000001{number:02}"],
        }
        groups.append(call("POST", "/v1/groups", body, own)["groupId"])
        if number % 3:
            call("PUT", f"/v1/groups/{groups[-2]}/subGroups", {"subGroups": groups[-1:]}, own)
        if not number % 2:
            call("PUT", f"/v1/groups/{groups[-1]}/subscribers/add", {"subscribers": [f"+4917000002{number:02}"]}, own)
        listed = call("GET", f"/v1/groups/{groups[-1]}/members", None, own)["members"]
        members.append(next(member["id"] for member in listed if member["role"] == "Member"))
    return own, {"groupId": groups, "subGroupId": groups, "memberId": members}


def schemathesis(dialect, headers, pool, own_client, folder):
    header = next(f"{name}: {value}" for name, value in headers.items())
    excluded = [word for name in EXCLUDED[dialect] for word in ("--exclude-operation-id", name)]
    command = [
        str(pathlib.Path(sys.executable).with_name("schemathesis")), "--no-color", "run",
        f"{URL}/openapi/{dialect}.json",
        "--url", URL,
        "--header", header,
        "--checks", CHECKS,
        "--phases", "examples,coverage,fuzzing",
        "--max-examples", EXAMPLES,
        "--generation-deterministic",
        "--continue-on-failure",
        "--suppress-health-check", "all",
        "--request-timeout", "10",
        *excluded,
        "--report", "junit,json",
        "--report-junit-path", str(folder / "report.xml"),
        "--report-json-path", str(folder / "report.json"),
    ]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "CONVOKE_POOL": json.dumps(pool),
        "CONVOKE_OWN_CLIENT": own_client,
    }
    # The report tells it better; what was printed is for who wants to know more.
    with open(folder / "output.txt", "w") as output:
        done = subprocess.run(command, cwd=folder, env=environment, stdout=output, stderr=output, timeout=LIMIT)
    return done.returncode, (folder / "output.txt").read_text()


class Tally:
    """Counts checks and prints each."""

    passed = failed = 0

    def check(self, name, holds, trouble=""):
        if holds:
            self.passed += 1
            print(f"ok     {name}")
        else:
            self.failed += 1
            print(f"FAILED {name}")
            if trouble:
                print("    " + trouble.strip().replace("\n", "\n    "))


def main():
    tally = Tally()
    dialect = sys.argv[1]
    document = call("GET", f"/openapi/{dialect}.json")
    tally.check("the document is OpenAPI 3.1", document["openapi"].startswith("3.1."), document["openapi"])
    named = {
        operation.get("operationId")
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    }
    missing = [operation for operation in OPERATIONS[dialect].split() if operation not in named]
    tally.check("the document has every operation", not missing, " ".join(missing))

    own_client = os.environ["CONVOKE_CLIENT_ID"]
    headers = sign_in(own_client, os.environ["CONVOKE_CLIENT_SECRET"])
    if dialect == "genesys":
        pool = fill(headers)
    else:
        headers, pool = connect(headers)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        code, output = schemathesis(dialect, headers, pool, own_client, folder)
        if not (folder / "report.xml").exists() or not (folder / "report.json").exists():
            tally.check("schemathesis runs", False, f"exit {code}\n{output[-4000:]}")
        else:
            judge(tally, dialect, code, output, folder)
    try:
        call("GET", "/api/v2/tokens/me" if dialect == "genesys" else "/v1/users/me", None, headers)
        works = True
    except urllib.error.HTTPError:
        works = False
    tally.check("the token of the run still works", works)
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


def judge(tally, dialect, code, output, folder):
    report = json.loads((folder / "report.json").read_text())
    cases = xml.etree.ElementTree.parse(folder / "report.xml").getroot().iter("testcase")
    failed_before = tally.failed
    for case in cases:
        troubles = [*case.iter("failure"), *case.iter("error")]
        tally.check(case.get("name"), not troubles, "\n".join(trouble.text or "" for trouble in troubles))
    tested, total = report["operations"]["tested"], report["operations"]["total"]
    expected = total - len(EXCLUDED[dialect])
    tally.check("all operations were tested, but those that end the token", tested == expected, f"{tested} of {total}")
    accepted = [
        name
        for name, phases in report["valid_rates"].items()
        if any(phase["accepted"] for phase in phases.values())
    ]
    for name in TAKEN[dialect]:
        tally.check(f"{name} took some requests", name in accepted, str(report["valid_rates"].get(name)))
    print(f"{report['test_cases']['generated']} requests in {report['running_time']:.0f} s")
    # An exit that no failed operation explains, such as an error while generating.
    tally.check("schemathesis is content", code == 0 or tally.failed > failed_before, output[-4000:])


if __name__ == "__main__":
    sys.exit(main())
