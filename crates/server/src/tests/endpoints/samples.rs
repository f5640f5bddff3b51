//! Things of an organisation, and a request about them for every endpoint.

use super::tables::{Ask, Table};
use crate::secret::random_id;
use crate::tests::World;
use convoke_wire::{BodyUse, Description};
use serde_json::{Value, json};

/// An organisation, and who calls in it.
pub(super) struct House {
    /// The token of a client that may do everything.
    pub admin: String,
    /// The token of a person who comes by a connector.
    pub person: String,
    /// The phone of that person.
    phone: String,
    division: String,
    role: String,
}

/// Ids of things, by which requests name them.
#[derive(Clone)]
pub(super) struct Things {
    pub group: String,
    pub subgroup: String,
    /// A group that sends to subscribers.
    pub broadcast: String,
    pub user: String,
    pub skill: String,
    pub language: String,
    pub client: String,
    pub connector: String,
    pub division: String,
    pub role: String,
    /// A text that nothing else is called.
    pub name: String,
    group_version: i64,
    user_version: i64,
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}")).to_owned()
}

impl House {
    /// The organisation of this administrator, and a person in it who has the number.
    pub async fn new(world: &World, admin: String, phone: &str) -> House {
        let body = json!({ "name": "connector", "phone": phone });
        let made = world.call(&admin, "POST", "/api/v2/connectors", body).await.expect(200);
        let secret = text(&made, "applicationSecret");
        let access = world.exchange(&text(&made, "applicationId"), &secret, &text(&made, "refreshToken")).await;
        let roles = world.get(&admin, "/api/v2/authorization/roles").await.expect(200);
        let home = world.get(&admin, "/api/v2/authorization/divisions/home").await.expect(200);
        House {
            person: text(&access.expect(200), "accessToken"),
            phone: phone.into(),
            division: text(&home, "id"),
            role: text(&roles["entities"][0], "id"),
            admin,
        }
    }

    /// Another organisation of the server.
    pub async fn another(world: &World, name: &str, phone: &str) -> House {
        let body = json!({ "name": name });
        let made = world.call(&world.admin, "POST", "/operator/organisations", body).await.expect(200);
        let admin = world.token(&text(&made, "clientId"), &text(&made, "clientSecret")).await;
        House::new(world, admin, phone).await
    }

    /// The token of a caller of the table who may call all its endpoints.
    pub fn caller(&self, table: &Table) -> &str {
        match table.who {
            super::tables::Who::People => &self.person,
            super::tables::Who::Clients | super::tables::Who::Operators => &self.admin,
        }
    }

    /// New things. The person owns the groups; the user is in the group, and holds the skill and the language.
    pub async fn things(&self, world: &World) -> Things {
        let name = format!("n{}", random_id().simple());
        let post =
            async |path: &str, body: Value| text(&world.call(&self.admin, "POST", path, body).await.expect(200), "id");
        let email = format!("{name}@example.org");
        let user = post("/api/v2/users", json!({ "name": name, "email": email, "divisionId": self.division })).await;
        let skill = post("/api/v2/routing/skills", json!({ "name": name })).await;
        let language = post("/api/v2/routing/languages", json!({ "name": name })).await;
        for (path, id) in [("routingskills", &skill), ("routinglanguages", &language)] {
            post(&format!("/api/v2/users/{user}/{path}"), json!({ "id": id, "proficiency": 3 })).await;
        }
        let client = json!({ "name": name, "authorizedGrantType": "CLIENT-CREDENTIALS", "roleIds": [self.role] });
        let client = post("/api/v2/oauth/clients", client).await;
        let body = json!({ "name": name, "phone": self.phone });
        let connector = world.call(&self.admin, "POST", "/api/v2/connectors", body).await.expect(200);
        let group = async |path: &str, kind: &str| {
            let body = json!({ "name": name, "welcomeMessage": "hello", "groupType": kind }).to_string();
            text(&world.k(&self.person, "POST", path, &body).await.expect(200), "groupId")
        };
        let (broadcast, top) = (group("/v1/groups", "ConnectGroup").await, group("/v1/groups", "Group").await);
        let subgroup = group(&format!("/v1/groups/{top}/subGroups"), "Group").await;
        let members = json!({ "memberUserIds": [user] }).to_string();
        world.k(&self.person, "PUT", &format!("/v1/groups/{top}/members"), &members).await.expect(200);
        let rule = rule(&skill);
        let path = format!("/api/v2/groups/{top}/dynamicsettings");
        assert_eq!(world.call(&self.admin, "PUT", &path, rule).await.status, 204);
        let version = async |path: String| {
            world.get(&self.admin, &path).await.expect(200)["version"].as_i64().expect("a version")
        };
        Things {
            group_version: version(format!("/api/v2/groups/{top}")).await,
            user_version: version(format!("/api/v2/users/{user}")).await,
            group: top,
            connector: text(&connector, "applicationId"),
            division: self.division.clone(),
            role: self.role.clone(),
            subgroup,
            broadcast,
            user,
            skill,
            language,
            client,
            name,
        }
    }
}

impl Things {
    /// Ids that nothing has.
    pub fn absent() -> Things {
        let id = || random_id().to_string();
        Things {
            group: id(),
            subgroup: id(),
            broadcast: id(),
            user: id(),
            skill: id(),
            language: id(),
            client: id(),
            connector: id(),
            division: id(),
            role: id(),
            name: format!("n{}", random_id().simple()),
            group_version: 1,
            user_version: 1,
        }
    }

    /// All ids.
    pub fn ids(&self) -> [&str; 10] {
        [
            &self.group,
            &self.subgroup,
            &self.broadcast,
            &self.user,
            &self.skill,
            &self.language,
            &self.client,
            &self.connector,
            &self.division,
            &self.role,
        ]
    }

    /// A path about these things.
    pub fn path(&self, endpoint: &Description) -> String {
        let mut path = String::new();
        for segment in endpoint.path.split('/').skip(1) {
            path.push('/');
            path.push_str(match segment {
                "{groupId}" if endpoint.path.contains("/subscribers") => &self.broadcast,
                "{groupId}" => &self.group,
                "{subGroupId}" => &self.subgroup,
                "{userId}" | "{memberId}" => &self.user,
                "{skillId}" => &self.skill,
                "{languageId}" => &self.language,
                "{clientId}" => &self.client,
                "{applicationId}" => &self.connector,
                "{divisionId}" => &self.division,
                "{roleId}" => &self.role,
                parameter if parameter.starts_with('{') => panic!("{}: no thing for {parameter}", endpoint.name),
                segment => segment,
            });
        }
        path
    }

    /// A request of an endpoint: its path is about these things, its query and body about the others.
    pub fn ask<'a>(&self, others: &Things, table: &'a Table, endpoint: &'a Description) -> Ask<'a> {
        let (query, body) = sample(table, endpoint, self, others);
        let target = if query.is_empty() { self.path(endpoint) } else { format!("{}?{query}", self.path(endpoint)) };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Ask { table, endpoint, token: None, target, body, key: None }
    }
}

/// A rule that does not take the user: whom a rule takes, nobody can take out.
fn rule(skill: &str) -> Value {
    let condition = json!({ "routingSkill": skill, "comparator": "GreaterThan", "proficiency": 4 });
    json!({ "skillConditions": [{ "routingSkillConditions": [condition], "operation": "And" }] })
}

/// Query and body of a request about things that succeeds where they are, and where the path is about its own. Every
/// endpoint that needs one of them has its own.
fn sample(table: &Table, endpoint: &Description, own: &Things, things: &Things) -> (String, Value) {
    let Things { group, subgroup, user, skill, language, role, division, name, .. } = things;
    let query = |query: String| (query, Value::Null);
    let body = |body: Value| (String::new(), body);
    let held = |id: &str| json!({ "id": id, "proficiency": 4 });
    let search = |id: &str| json!({ "query": [{ "type": "EXACT", "fields": ["id"], "value": id }] });
    let client = json!({ "name": name, "authorizedGrantType": "CLIENT-CREDENTIALS", "roleIds": [role] });
    let phone = "+491709999999";
    match (table.api.name, endpoint.name) {
        ("genesys", "postGroups") => body(json!({
            "name": name, "type": "official", "rulesVisible": true, "visibility": "public", "ownerIds": [user],
        })),
        ("genesys", "putGroup") => body(json!({ "version": own.group_version, "ownerIds": [user] })),
        ("genesys", "getGroups" | "getProfilesGroups") => query(format!("id={group}")),
        ("genesys", "postGroupMembers") => body(json!({ "memberIds": [user] })),
        ("genesys", "deleteGroupMembers") => query(format!("ids={user}")),
        ("genesys", "postGroupSubgroups") => body(json!({ "ids": [subgroup] })),
        ("genesys", "deleteGroupSubgroups") => query(format!("ids={subgroup}")),
        ("genesys", "putGroupDynamicsettings") => body(rule(skill)),
        ("genesys", "postGroupsDynamicsettingsPreview") => (format!("groupId={group}"), rule(skill)),
        ("genesys", "postGroupsSearch") => body(search(group)),
        ("genesys", "postUsersSearch") => body(search(user)),
        ("genesys", "getFieldconfig") => query("type=group".into()),
        ("genesys", "patchVoicemailGroupPolicy") => body(json!({ "overflowGroupId": subgroup })),
        ("genesys", "getUsers") => query(format!("id={user}")),
        ("genesys", "postUsers") => {
            body(json!({ "name": name, "email": format!("new-{name}@example.org"), "divisionId": division }))
        }
        ("genesys", "patchUser") => body(json!({ "version": own.user_version, "title": name })),
        ("genesys", "postUserRoutingskills") => body(held(skill)),
        ("genesys", "putUserRoutingskillsBulk" | "patchUserRoutingskillsBulk") => body(json!([held(skill)])),
        ("genesys", "postUserRoutinglanguages") => body(held(language)),
        ("genesys", "patchUserRoutinglanguagesBulk") => body(json!([held(language)])),
        ("genesys", "putUserRoutingskill" | "patchUserRoutinglanguage") => body(json!({ "proficiency": 4 })),
        ("genesys", "putUserProfileskills") => body(json!([name])),
        ("genesys", "getRoutingSkills") => query(format!("id={skill}")),
        ("genesys", "getRoutingLanguages") => query(format!("id={language}")),
        ("genesys", "postRoutingSkills") => body(json!({ "name": format!("new {name}"), "divisionId": division })),
        ("genesys", "patchRoutingSkill" | "postRoutingLanguages" | "patchRoutingLanguage") => {
            body(json!({ "name": format!("new {name}") }))
        }
        ("genesys", "getAuthorizationDivisions") => query(format!("id={division}")),
        ("genesys", "getAuthorizationRoles") => query(format!("id={role}")),
        ("genesys", "postOauthClients" | "putOauthClient") => body(client),
        ("genesys", "postConnectors") => body(json!({ "name": name, "phone": phone, "groupId": group })),
        ("genesys", "postOperatorOrganisations") => body(json!({ "name": name })),
        ("genesys", "postImport") => (String::new(), json!({ "subgroup": { "group": group, "subgroup": subgroup } })),
        ("kaizala", "postGroups" | "postSubGroups") => {
            body(json!({ "name": name, "welcomeMessage": "hello", "memberUserIds": [user] }))
        }
        ("kaizala", "putSubGroups") => body(json!({ "subGroups": [subgroup] })),
        ("kaizala", "putMembers") => body(json!({ "memberUserIds": [user] })),
        ("kaizala", "putMember") => body(json!({ "role": "Admin" })),
        ("kaizala", "putSubscribersAdd" | "putSubscribersRemove") => body(json!({ "subscribers": [phone] })),
        ("kaizala", "postSubscribers") => body(json!({ "count": 10 })),
        ("kaizala", "generatePin" | "loginWithPinAndApplicationId") => body(json!({
            "applicationId": things.connector, "applicationSecret": "wrong", "mobileNumber": phone, "pin": "0000",
        })),
        (api, name) => {
            assert_eq!(endpoint.body, BodyUse::None, "no sample of {name} of {api}");
            assert!(endpoint.method.is_safe() || endpoint.path.contains('{') || name == "deleteTokensMe", "{name}");
            (String::new(), Value::Null)
        }
    }
}
