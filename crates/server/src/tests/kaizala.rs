//! The Kaizala API as its clients see it: samples of the seed byte for byte, paths and headers in all
//! their forms, and everyone's rights.

mod hierarchy;
mod members;
mod sign_in;

use super::{Reply, World};
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

/// What a connector was given.
pub(crate) struct Application {
    pub id: String,
    pub secret: String,
    pub refresh: String,
}

impl World {
    /// Creates a connector; `more` is what it has beside name and phone.
    pub async fn connector(&self, phone: &str, more: Value) -> Application {
        let mut body = json!({ "name": "connector", "phone": phone });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let made = self.call(&self.admin, "POST", "/api/v2/connectors", body).await.expect(200);
        let text = |key: &str| made[key].as_str().unwrap_or_else(|| panic!("{key} in {made}")).to_owned();
        Application { id: text("applicationId"), secret: text("applicationSecret"), refresh: text("refreshToken") }
    }

    /// Exchanges a refresh token.
    pub async fn exchange(&self, id: &str, secret: &str, refresh: &str) -> Reply {
        let request = Request::get("/v1/accessToken").header("host", "directory.example:8080");
        let request = request.header("applicationId", id).header("applicationSecret", secret);
        self.send(request.header("refreshToken", refresh).body(Body::empty()).expect("a request")).await
    }

    /// A person's access token, by a connector of its own.
    pub async fn kaizala(&self, phone: &str) -> String {
        self.access(&self.connector(phone, json!({})).await).await
    }

    pub async fn access(&self, application: &Application) -> String {
        let reply = self.exchange(&application.id, &application.secret, &application.refresh).await.expect(200);
        reply["accessToken"].as_str().expect("a token").to_owned()
    }

    /// Calls as Kaizala's clients do; the body is sent as it is.
    pub async fn k(&self, token: &str, method: &str, path: &str, body: &str) -> Reply {
        let request = Request::builder().method(method).uri(path).header("accessToken", token);
        let request = request.header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    /// Creates a group with these members; its id.
    pub async fn k_group(&self, token: &str, name: &str, members: &[&str]) -> String {
        let body = json!({ "name": name, "welcomeMessage": "hello", "members": members });
        let made = self.k(token, "POST", "/v1/groups", &body.to_string()).await.expect(200);
        made["groupId"].as_str().expect("an id").to_owned()
    }

    /// The ids of those groups' members who have these numbers.
    pub async fn member(&self, token: &str, group: &str, phone: &str) -> String {
        let members = self.k(token, "GET", &format!("/v1/groups/{group}/members"), "").await.expect(200);
        let members = members["members"].as_array().expect("members").clone();
        let found = members.into_iter().find(|member| member["mobileNumber"] == phone);
        found.expect("a member of this number")["id"].as_str().expect("an id").to_owned()
    }
}

impl Reply {
    /// Status, code and category of a refusal, which has nothing but these and a message.
    #[track_caller]
    pub fn k_refusal(&self) -> (u16, &str, &str) {
        let body = self.body.as_object().expect("an object");
        assert!(body.len() == 3 && body["message"].is_string(), "{body:?}");
        let text = |key: &str| body[key].as_str().expect("text");
        (self.status.as_u16(), text("errorCode"), text("errorCategoryKey"))
    }
}

const ME: &str = "+491701111111";
const OTHER: &str = "+491702222222";
const THIRD: &str = "+491703333333";
const INVALID: (u16, &str, &str) = (400, "InvalidParameters", "ParameterException");
const NO_TOKEN: (u16, &str, &str) = (401, "InvalidToken", "AuthException");
const FORBIDDEN: (u16, &str, &str) = (403, "NotAllowed", "PermissionException");
const NOT_FOUND: (u16, &str, &str) = (404, "NotFound", "ResourceException");

/// The body of a reply as it is written.
async fn text_of(world: &World, token: &str, path: &str) -> String {
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    let request = Request::get(path).header("accesstoken", token).body(Body::empty()).expect("a request");
    let response = world.router.clone().oneshot(request).await.expect("a router does not fail");
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// The seed's own sample of a request, with unquoted keys.
const SAMPLE: &str = r#"{
    name:"Kaizala Test group",
    welcomeMessage:"Welcome to group created programmatically",
    members:["+911099999999"],
    groupType: "Group"
}"#;

#[tokio::test]
async fn the_samples_of_the_seed_are_answered_as_it_says() {
    let world = World::new().await;
    let me = world.kaizala(ME).await;
    let made = world.k(&me, "POST", "/v1/groups", SAMPLE).await;
    assert_eq!(made.headers["content-type"], "application/json; charset=utf-8");
    let made = made.expect(200);
    let id = made["groupId"].as_str().expect("an id").to_owned();
    assert_eq!(made, json!({ "groupName": "Kaizala Test group", "groupId": id, "membersAdded": true }));

    let list = text_of(&world, &me, "/v1/groups?showDetail=true").await;
    let expected = format!(
        r#"{{"groups":[{{"groupName":"Kaizala Test group","groupId":"{id}","groupImageUrl":"","hasSubGroups":false,"hasParentGroups":false,"callerRole":"Admin","currentLevelSubGroupCount":0,"currentLevelParentGroupCount":0,"userCount":2,"uniqueUserCount":2,"currentLevelUserCount":2,"currentLevelUnProvisionedUserCount":1,"unProvisionedUserCount":1,"isMappedToTenant":false,"groupType":"Group","isDuplicate":false,"isEditable":true,"isDetailsReadable":true}}]}}"#
    );
    assert_eq!(list, expected);

    let one = text_of(&world, &me, &format!("/groups/{id}")).await;
    let place = |key: &str| one.find(&format!("\"{key}\":")).unwrap_or_else(|| panic!("{key} in {one}"));
    let keys =
        ["groups", "groupName", "groupId", "groupImageUrl", "hasSubGroups", "userCount", "currentLevelUserCount"];
    assert!(keys.windows(2).all(|pair| place(pair[0]) < place(pair[1])), "{one}");
    let one: Value = serde_json::from_str(&one).expect("JSON");
    assert!(one.get("message").is_none());
    let mut top = one.clone();
    top.as_object_mut().expect("an object").remove("groups");
    assert_eq!(one["groups"], json!([top]), "the group stands in the list and at the top");
    assert_eq!(top["welcomeMessage"], "Welcome to group created programmatically");
}

#[tokio::test]
async fn paths_and_tokens_are_taken_in_all_their_forms() {
    let world = World::new().await;
    let me = world.kaizala(ME).await;
    let id = world.k_group(&me, "g", &[]).await;
    for path in [
        format!("/v1/groups/{id}"),
        format!("/groups/{id}"),
        format!("//v1//groups//{id}"),
        format!("/V1/GROUPS/{id}/"),
        format!("/v1/groups/{id}@2"),
        format!("/v1/groups/{id}%402"),
    ] {
        assert_eq!(world.k(&me, "GET", &path, "").await.expect(200)["groupId"], json!(id), "{path}");
        let bearer = world.get(&me, &path).await.expect(200);
        assert_eq!(bearer["groupId"], json!(id), "{path}");
    }
    for path in [
        "/v1/groups/none",
        "/v1/groups/none@2",
        "/v1/groups/@2",
        &format!("/v1/groups/{id}@"),
        "/v1",
        "/v1/nothing",
        "/groups/a/b/c",
    ] {
        assert_eq!(world.k(&me, "GET", path, "").await.k_refusal(), NOT_FOUND, "{path}");
    }
    assert_eq!(world.k(&me, "PATCH", "/v1/groups", "").await.k_refusal().0, 405);
    for query in ["showDetail=true", "showDetails=True", "showDetail=1&fetchAllGroups=1"] {
        let list = world.k(&me, "GET", &format!("/groups?{query}"), "").await.expect(200);
        assert_eq!(list["groups"][0]["callerRole"], "Admin", "{query}");
    }
    let summary = world.k(&me, "GET", "/v1/groups", "").await.expect(200);
    let keys: Vec<&String> = summary["groups"][0].as_object().expect("a group").keys().collect();
    let expected = [
        "groupName",
        "groupId",
        "groupImageUrl",
        "hasSubGroups",
        "hasParentGroups",
        "isMappedToTenant",
        "groupType",
        "isDuplicate",
        "welcomeMessage",
    ];
    assert_eq!(keys, expected);
    assert_eq!(world.k(&me, "GET", "/v1/groups?showDetail=maybe", "").await.k_refusal(), INVALID);
}

#[tokio::test]
async fn bodies_are_taken_loosely_and_checked_strictly() {
    let world = World::new().await;
    let me = world.kaizala(ME).await;
    for body in [
        SAMPLE,
        r#"{"Name":"g","WelcomeMessage":"w","Members":null,"GroupType":null,"Admins":null,"MemberUserIds":null}"#,
        "{'groupName': 'g', 'welcomeMessage': ''}",
        "{name:'g', welcomeMessage:'w', members:[], /* nobody */ groupType:'CONNECTGROUP',}",
        r#"{"name":"g","welcomeMessage":"w","ShortDescriptionString":"s","unknown":{"a":[1]}}"#,
    ] {
        assert_eq!(world.k(&me, "POST", "/v1/groups", body).await.expect(200)["membersAdded"], true, "{body}");
    }
    let count = async || world.k(&me, "GET", "/v1/groups", "").await.expect(200)["groups"].as_array().map(Vec::len);
    let before = count().await;
    let many = json!({ "name": "g", "welcomeMessage": "w", "members": vec![OTHER; 101] }).to_string();
    let deep = format!("{{name:'g',welcomeMessage:'w',x:{}{}}}", "[".repeat(70), "]".repeat(70));
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{name:'g'}",
        "{welcomeMessage:'w'}",
        "{name:' ', welcomeMessage:'w'}",
        "{name:'g', welcomeMessage:null}",
        "{name:'g', Name:'h', welcomeMessage:'w'}",
        "{name:'g', welcomeMessage:'w', groupType:'Club'}",
        "{name:'g', welcomeMessage:'w', members:['12345']}",
        "{name:'g', welcomeMessage:'w', members:'+491702222222'}",
        "{name:'g', welcomeMessage:'w', admins:['x']}",
        "{name:1, welcomeMessage:'w'}",
        &many,
        &deep,
    ] {
        assert_eq!(world.k(&me, "POST", "/v1/groups", body).await.k_refusal(), INVALID, "{body}");
    }
    assert_eq!(count().await, before, "nothing has changed");
}

#[tokio::test]
async fn what_is_made_in_one_dialect_is_seen_in_the_other() {
    let world = World::new().await;
    let me = world.kaizala(ME).await;
    let group = world.k_group(&me, "Night shift", &[OTHER]).await;
    let path = format!("/api/v2/groups/{group}");
    let seen = world.get(&world.admin, &path).await.expect(200);
    assert_eq!(
        (&seen["type"], &seen["visibility"], &seen["memberCount"]),
        (&json!("social"), &json!("members"), &json!(2))
    );
    assert_eq!(seen["version"], 1);
    let user = world.user("ann").await;
    let body = json!({ "memberIds": [user], "version": 1 });
    world.call(&world.admin, "POST", &format!("{path}/members"), body).await.expect(202);
    let held = world.k(&me, "GET", &format!("/v1/groups/{group}"), "").await.expect(200);
    assert_eq!((&held["userCount"], &held["unProvisionedUserCount"]), (&json!(3), &json!(1)));
    let search = json!({ "query": [{ "type": "STARTS_WITH", "fields": ["name"], "value": "night" }] });
    let found = world.call(&world.admin, "POST", "/api/v2/groups/search", search).await.expect(200);
    assert_eq!(found["results"][0]["id"], json!(group));
    // One known by a number only has no e-mail, and is a user like others else.
    let other = world.member(&me, &group, OTHER).await;
    let other = world.get(&world.admin, &format!("/api/v2/users/{other}")).await.expect(200);
    assert_eq!((&other["name"], other.get("email")), (&json!(OTHER), None));

    // A group of the organisation is not the caller's own, and public.
    let official = world.group(json!({ "name": "all", "ownerIds": [user] })).await;
    let held = world.k(&me, "GET", &format!("/v1/groups/{official}"), "").await.expect(200);
    let said =
        ["isMappedToTenant", "groupType", "callerRole", "isEditable", "isDetailsReadable"].map(|key| held[key].clone());
    assert_eq!(json!(said), json!([true, "Group", "None", false, true]));
    let private = world.group(json!({ "name": "hidden", "visibility": "owners", "ownerIds": [user] })).await;
    assert_eq!(world.k(&me, "GET", &format!("/v1/groups/{private}"), "").await.k_refusal(), NOT_FOUND);
    let add = world.k(&me, "PUT", &format!("/v1/groups/{official}/members"), "{members:['+491703333333']}").await;
    assert_eq!(add.k_refusal(), FORBIDDEN);
    world.call(&world.admin, "DELETE", &path, Value::Null).await.expect(200);
    assert_eq!(world.k(&me, "GET", &format!("/v1/groups/{group}"), "").await.k_refusal(), NOT_FOUND);
}

#[tokio::test]
async fn another_organisation_is_not_there() {
    let world = World::new().await;
    let me = world.kaizala(ME).await;
    let group = world.k_group(&me, "g", &[OTHER]).await;
    let other =
        world.call(&world.admin, "POST", "/operator/organisations", json!({ "name": "other" })).await.expect(200);
    let text = |key: &str| other[key].as_str().expect("text").to_owned();
    let admin = world.token(&text("clientId"), &text("clientSecret")).await;
    let made = world.call(&admin, "POST", "/api/v2/connectors", json!({ "name": "c", "phone": ME })).await.expect(200);
    let application = Application {
        id: made["applicationId"].as_str().expect("an id").into(),
        secret: made["applicationSecret"].as_str().expect("a secret").into(),
        refresh: made["refreshToken"].as_str().expect("a token").into(),
    };
    let stranger = world.access(&application).await;
    let absent = Uuid::from_u128(7).to_string();
    let own = world.k_group(&stranger, "own", &[]).await;
    let attach = |id: &str| json!({ "subGroups": [id] }).to_string();
    for (method, path, body) in [
        ("GET", "/v1/groups/{id}", String::new()),
        ("GET", "/v1/groups/{id}/members", String::new()),
        ("PUT", "/v1/groups/{id}/members", "{members:['+491703333333']}".into()),
        ("GET", "/v1/groups/{id}/subGroups", String::new()),
        ("POST", "/v1/groups/{id}/subGroups", "{name:'x',welcomeMessage:'w'}".into()),
        ("DELETE", "/v1/groups/{id}/subGroups/{id}", String::new()),
        ("PUT", "/v1/groups/{id}/subscribers/add", "{subscribers:['+491703333333']}".into()),
    ] {
        let foreign = world.k(&stranger, method, &path.replace("{id}", &group), &body).await;
        let nobodys = world.k(&stranger, method, &path.replace("{id}", &absent), &body).await;
        assert_eq!(foreign.k_refusal(), NOT_FOUND, "{method} {path}");
        assert_eq!(foreign.body.to_string().replace(&group, &absent), nobodys.body.to_string());
    }
    let foreign = world.k(&stranger, "PUT", &format!("/v1/groups/{own}/subGroups"), &attach(&group)).await;
    assert_eq!(foreign.k_refusal(), NOT_FOUND);
    assert_eq!(
        world.k(&stranger, "GET", "/v1/groups?fetchAllGroups=1", "").await.expect(200)["groups"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}
