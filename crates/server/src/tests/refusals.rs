//! What is said of each value that cannot be taken: the text of every refusal that names a field, in each API.

use super::{World, steady};
use crate::limits;
use axum::body::Body;
use convoke_wire::import::MEDIA_TYPE;
use http::Request;
use serde_json::{Value, json};
use std::fmt::Write;
use uuid::Uuid;

/// Requests and what each was refused with, one in a line.
#[derive(Default)]
struct Refusals {
    text: String,
}

impl Refusals {
    fn note(&mut self, request: &str, refusal: &Value) {
        let shown: String = steady(&json!(request)).as_str().unwrap_or_default().chars().take(150).collect();
        writeln!(self.text, "{shown}\n    {}", said(&steady(refusal))).expect("a text takes it");
    }
}

/// A refusal in one line: code, message, and what else the body has. The message is what its parts make.
fn said(body: &Value) -> String {
    if body["errorCode"].is_string() {
        return format!("{} {}: {}", body["errorCode"], body["errorCategoryKey"], body["message"]);
    }
    let mut message = body["messageWithParams"].as_str().expect("a message").to_owned();
    for (name, value) in body["messageParams"].as_object().into_iter().flatten() {
        message = message.replace(&format!("{{{name}}}"), value.as_str().expect("a text"));
    }
    assert_eq!(body["message"], message.as_str());
    let part = |name: &str| body.get(name).map(|value| format!(" {name}={value}")).unwrap_or_default();
    format!("{} {}: {message}{}{}", body["status"], body["code"], part("details"), part("limit"))
}

fn long(chars: usize) -> String {
    "x".repeat(chars + 1)
}

fn ids(n: u128) -> Vec<String> {
    (0..n).map(|n| Uuid::from_u128(n).to_string()).collect()
}

/// An object with one field in another's place, or without it.
fn with(object: &Value, field: &str, value: Value) -> Value {
    let mut object = object.clone();
    match value {
        Value::Null => drop(object.as_object_mut().expect("an object").remove(field)),
        value => object[field] = value,
    }
    object
}

/// One field in all forms that are refused.
fn each(object: &Value, fields: &[(&str, Vec<Value>)]) -> Vec<Value> {
    let one = |(field, values): &(&str, Vec<Value>)| {
        values.iter().map(|value| with(object, field, value.clone())).collect::<Vec<_>>()
    };
    fields.iter().flat_map(one).collect()
}

impl World {
    async fn refused(&self, refusals: &mut Refusals, method: &str, path: &str, bodies: &[Value]) {
        for body in bodies {
            let reply = self.call(&self.admin, method, path, body.clone()).await;
            refusals.note(&format!("{method} {path} {body}"), &reply.body);
        }
    }
}

#[tokio::test]
async fn refusals_of_groups() {
    let world = World::new().await;
    let refusals = &mut Refusals::default();
    let (group, user) = (world.group(json!({})).await, world.user("ada").await);
    let whole = json!({ "name": "g", "type": "official", "rulesVisible": true, "visibility": "public" });
    let contact = |fields: Value| json!([fields]);
    let image = json!({ "imageUri": "x", "resolution": "x" });
    let common = [
        ("name", vec![json!(" "), json!(long(256)), json!("a\u{0}"), json!("\u{200b}")]),
        ("visibility", vec![json!("nobody")]),
        ("description", vec![json!(long(4096)), json!("a\u{0}")]),
        ("email", vec![json!("x"), json!(long(254)), json!("a\u{200b}@x.org")]),
        ("ownerIds", vec![json!(ids(501)), json!(["x"]), json!(ids(1))]),
        (
            "addresses",
            vec![
                contact(json!({ "address": "1", "mediaType": "PHONE" })),
                contact(json!({ "address": "1", "type": "x" })),
                contact(json!({ "address": "1", "type": "GROUPRING", "mediaType": "EMAIL" })),
                contact(json!({ "type": "GROUPRING", "extension": long(256) })),
                contact(json!({ "type": "GROUPRING", "address": long(256) })),
                contact(json!({ "type": "GROUPRING", "display": long(256) })),
                contact(json!({ "type": "GROUPRING" })),
                json!(vec![json!({ "address": "1", "type": "GROUPRING" }); 101]),
            ],
        ),
        (
            "images",
            vec![
                json!([{}]),
                json!([{ "imageUri": long(256) }]),
                json!([{ "imageUri": "x", "resolution": long(256) }]),
                json!(vec![image; 101]),
            ],
        ),
    ];
    let required = [
        ("name", vec![Value::Null]),
        ("type", vec![Value::Null, json!("x")]),
        ("visibility", vec![Value::Null]),
        ("rulesVisible", vec![Value::Null]),
    ];
    let (groups, one) = ("/api/v2/groups", format!("/api/v2/groups/{group}"));
    world.refused(refusals, "POST", groups, &[Value::Null]).await;
    world.refused(refusals, "POST", groups, &each(&whole, &required)).await;
    world.refused(refusals, "POST", groups, &each(&whole, &common)).await;
    let version = json!({ "version": 1 });
    let of_version = [("version", vec![Value::Null, json!(-1), json!(2_147_483_648_i64)]), ("state", vec![json!("x")])];
    world.refused(refusals, "PUT", &one, &each(&version, &of_version)).await;
    world.refused(refusals, "PUT", &one, &each(&version, &common)).await;
    let voicemail = [
        ("languagePreference", vec![json!(long(256))]),
        ("rotateCallsSecs", vec![json!(-1)]),
        ("stopRingingAfterRotations", vec![json!(-1)]),
        ("groupAlertType", vec![json!("x")]),
        ("interactiveResponsePromptId", vec![json!(long(256))]),
    ];
    let path = format!("/api/v2/voicemail/groups/{group}/policy");
    world.refused(refusals, "PATCH", &path, &each(&json!({}), &voicemail)).await;
    let members = format!("{one}/members");
    let of_members = [("memberIds", vec![Value::Null, json!(ids(51))]), ("version", vec![json!(-1)])];
    world.refused(refusals, "POST", &members, &each(&json!({ "memberIds": [user] }), &of_members)).await;
    world.refused(refusals, "DELETE", &members, &[Value::Null]).await;
    world.refused(refusals, "DELETE", &format!("{members}?ids={}", ids(51).join(",")), &[Value::Null]).await;

    let subgroups = format!("{one}/subgroups");
    let of_subgroups = [("ids", vec![Value::Null, json!(ids(101))]), ("version", vec![json!(-1)])];
    world.refused(refusals, "POST", &subgroups, &each(&json!({ "ids": [] }), &of_subgroups)).await;
    world.refused(refusals, "DELETE", &subgroups, &[Value::Null]).await;
    world.refused(refusals, "DELETE", &format!("{subgroups}?ids={}", ids(101).join(",")), &[Value::Null]).await;
    let mut lowest = group.clone();
    for _ in 0..10 {
        let lower = world.group(json!({})).await;
        let path = format!("/api/v2/groups/{lowest}/subgroups");
        world.call(&world.admin, "POST", &path, json!({ "ids": [lower] })).await.expect(202);
        lowest = lower;
    }
    let lower = world.group(json!({})).await;
    world.refused(refusals, "POST", &format!("/api/v2/groups/{lowest}/subgroups"), &[json!({ "ids": [lower] })]).await;

    for query in ["pageSize=0", "pageSize=501", "pageNumber=0", "pageNumber=2147483648"] {
        for path in [groups, &members, &subgroups] {
            world.refused(refusals, "GET", &format!("{path}?{query}"), &[Value::Null]).await;
        }
    }
    for query in
        [format!("id={}", ids(101).join(",")), format!("jabberId={}", ids(101).join(",")), "id=a&jabberId=b".into()]
    {
        world.refused(refusals, "GET", &format!("{groups}?{query}"), &[Value::Null]).await;
        world.refused(refusals, "GET", &format!("/api/v2/users?{query}"), &[Value::Null]).await;
    }
    insta::assert_snapshot!(refusals.text);
}

#[tokio::test]
async fn refusals_of_users_and_clients() {
    let world = World::new().await;
    let refusals = &mut Refusals::default();
    let (user, skill, language) = (world.user("ada").await, world.skill("java").await, world.language("hindi").await);
    let common = [
        ("name", vec![json!(" "), json!(long(256))]),
        ("email", vec![json!("x"), json!("a\u{200b}@x.org"), json!(" ")]),
        ("state", vec![json!("deleted")]),
        ("title", vec![json!(long(256))]),
        ("department", vec![json!("a\u{0}")]),
        (
            "addresses",
            vec![
                json!([{ "mediaType": "x" }]),
                json!([{ "type": "x" }]),
                json!([{ "extension": long(256) }]),
                json!([{ "address": long(256) }]),
                json!([{}]),
                json!([{ "address": "1", "countryCode": long(256) }]),
                json!([{ "address": "1", "integration": long(256) }]),
                json!(vec![json!({ "address": "1" }); 101]),
            ],
        ),
    ];
    let changed = [
        ("username", vec![json!(long(256))]),
        ("preferredName", vec![json!(long(256))]),
        ("images", vec![json!([{}]), json!(vec![json!({ "imageUri": "x" }); 101])]),
        ("profileSkills", vec![json!([long(256)]), json!(vec!["x"; 101])]),
        ("certifications", vec![json!([long(256)]), json!(vec!["x"; 101])]),
        (
            "employerInfo",
            ["officialName", "employeeId", "employeeType", "dateHire"]
                .iter()
                .map(|field| json!({ *field: long(256) }))
                .collect(),
        ),
        (
            "biography",
            vec![
                json!({ "biography": long(4096) }),
                json!({ "spouse": long(256) }),
                json!({ "interests": [long(256)] }),
                json!({ "hobbies": [long(256)] }),
                json!({ "interests": vec!["x"; 101] }),
                json!({ "hobbies": vec!["x"; 101] }),
            ],
        ),
        ("version", vec![Value::Null, json!(-1)]),
    ];
    let (users, one) = ("/api/v2/users", format!("/api/v2/users/{user}"));
    let whole = json!({ "name": "b", "email": "b@x.org" });
    let required = [("name", vec![Value::Null]), ("email", vec![Value::Null])];
    world.refused(refusals, "POST", users, &each(&whole, &required)).await;
    world.refused(refusals, "POST", users, &each(&whole, &common)).await;
    let version = json!({ "version": 1 });
    world.refused(refusals, "PATCH", &one, &each(&version, &common)).await;
    world.refused(refusals, "PATCH", &one, &each(&version, &changed)).await;
    world.refused(refusals, "PUT", &format!("{one}/profileskills"), &[json!([long(256)]), json!(vec!["x"; 101])]).await;

    for (kind, held, id) in [("skills", "routingskills", &skill), ("languages", "routinglanguages", &language)] {
        let names = [json!({}), json!({ "name": " " }), json!({ "name": long(256) })];
        world.refused(refusals, "POST", &format!("/api/v2/routing/{kind}"), &names).await;
        let path =
            format!("/api/v2/routing/{kind}?{}", ids(101).iter().map(|id| format!("id={id}&")).collect::<String>());
        world.refused(refusals, "GET", &path, &[Value::Null]).await;
        let held = format!("{one}/{held}");
        let of_one = [("id", vec![Value::Null]), ("proficiency", vec![Value::Null, json!(6), json!(-1)])];
        world.refused(refusals, "POST", &held, &each(&json!({ "id": id, "proficiency": 1 }), &of_one)).await;
        let many: Vec<_> = ids(501).into_iter().map(|id| json!({ "id": id, "proficiency": 1 })).collect();
        world.refused(refusals, "PATCH", &format!("{held}/bulk"), &[json!(many)]).await;
        world.refused(refusals, "GET", &format!("{held}?pageSize=0"), &[Value::Null]).await;
    }
    world.refused(refusals, "PATCH", &format!("/api/v2/routing/languages/{language}"), &[json!({})]).await;

    let client = json!({ "name": "c", "authorizedGrantType": "CLIENT-CREDENTIALS" });
    let of_client = [
        ("name", vec![Value::Null, json!(long(256))]),
        ("authorizedGrantType", vec![Value::Null, json!("CODE")]),
        ("accessTokenValiditySeconds", vec![json!(299), json!(172_801)]),
        ("state", vec![json!("x")]),
        ("description", vec![json!(long(4096))]),
        ("roleIds", vec![json!(ids(51)), json!(["x"])]),
    ];
    world.refused(refusals, "POST", "/api/v2/oauth/clients", &each(&client, &of_client)).await;
    let connector = json!({ "name": "c", "phone": "+491701111111" });
    let of_connector = [("name", vec![Value::Null, json!(long(256))]), ("phone", vec![Value::Null, json!("12")])];
    world.refused(refusals, "POST", "/api/v2/connectors", &each(&connector, &of_connector)).await;
    world.refused(refusals, "GET", "/api/v2/fieldconfig", &[Value::Null]).await;
    world.refused(refusals, "GET", "/api/v2/fieldconfig?type=x", &[Value::Null]).await;
    let organisation = [json!({}), json!({ "name": " " }), json!({ "name": long(256) })];
    world.refused(refusals, "POST", "/operator/organisations", &organisation).await;
    let request = Request::post(users).header("authorization", format!("Bearer {}", world.admin));
    let request = request.header("content-type", "application/json").header("idempotency-key", long(255));
    let reply = world.send(request.body(Body::from(whole.to_string())).expect("a request")).await;
    refusals.note("POST /api/v2/users with a long Idempotency-Key", &reply.body);
    insta::assert_snapshot!(refusals.text);
}

#[tokio::test]
async fn refusals_of_searches_and_rules() {
    let world = World::new().await;
    let refusals = &mut Refusals::default();
    let group = world.group(json!({})).await;
    let java = world.skill("java").await;
    world.skill(&java).await;
    let nested = |depth: usize, inner: Value| {
        (0..depth)
            .fold(inner, |inner, _| json!({ "type": "EXACT", "fields": ["name"], "value": "x", "group": [inner] }))
    };
    let entry = json!({ "type": "EXACT", "fields": ["name"], "value": "x" });
    let of_entry = [
        ("type", vec![Value::Null, json!("LIKE"), json!("RANGE")]),
        ("operator", vec![json!("XOR")]),
        ("fields", vec![Value::Null, json!(["colour"]), json!(["memberCount"]), json!(["dateModified"])]),
        ("value", vec![Value::Null]),
        ("values", vec![json!(vec!["x"; 501]), json!([long(32 * 1024)])]),
    ];
    let mut entries = each(&entry, &of_entry);
    entries.extend([
        json!({ "type": "REGEX", "fields": ["name"], "value": "(" }),
        json!({ "type": "REGEX", "fields": ["name"], "value": long(1024) }),
        json!({ "type": "REGEX", "fields": ["name"], "values": vec!["x"; 9] }),
        json!({ "type": "RANGE", "fields": ["memberCount"] }),
        json!({ "type": "GREATER_THAN", "fields": ["memberCount"] }),
        json!({ "type": "RANGE", "fields": ["memberCount"], "startValue": "x" }),
        json!({ "type": "RANGE", "fields": ["memberCount"], "endValue": "x" }),
        json!({ "type": "RANGE", "fields": ["id"], "startValue": "x" }),
        json!({ "type": "CONTAINS", "fields": ["memberCount"], "value": "1" }),
        json!({ "type": "CONTAINS", "fields": ["ownerIds"], "value": "1" }),
        json!({ "type": "STARTS_WITH", "fields": ["dateModified"], "value": "1" }),
        json!({ "type": "DATE_RANGE", "fields": ["dateModified"], "startValue": "x" }),
        json!({ "type": "DATE_RANGE", "fields": ["dateModified"], "startValue": "x", "dateFormat": "QQ" }),
        json!({ "type": "DATE_RANGE", "fields": ["dateModified"], "startValue": "x", "dateFormat": "'" }),
        json!({ "type": "QUERY_STRING", "value": " " }),
        json!({ "type": "TERMS", "fields": ["name"], "value": " " }),
        nested(12, json!({ "type": "MATCH_ALL" })),
    ]);
    let mut searches: Vec<_> = entries.into_iter().map(|entry| json!({ "query": [entry] })).collect();
    // Text that no compression makes shorter.
    let mut seed = 1_u64;
    let noise = (0..32_000).map(|_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'#' + (seed >> 33) as u8 % 57)
    });
    let noise: String = noise.collect();
    searches.extend([
        json!({ "query": vec![&entry; 65] }),
        json!({ "query": [with(&entry, "value", json!(noise))] }),
        json!({ "pageSize": 0 }),
        json!({ "pageSize": 501 }),
        json!({ "pageNumber": 0 }),
        json!({ "sortBy": "colour" }),
        json!({ "sortBy": "memberIds" }),
        json!({ "sortOrder": "DOWN" }),
        json!({ "sort": vec![json!({ "sortBy": "name" }); 9] }),
    ]);
    world.refused(refusals, "POST", "/api/v2/groups/search", &searches).await;
    let of_people = [
        json!({ "sortBy": "skills" }),
        json!({ "query": [{ "type": "CONTAINS", "fields": ["manager"], "value": "1" }] }),
        json!({ "query": [{ "type": "EXACT", "fields": ["colour"], "value": "1" }] }),
    ];
    world.refused(refusals, "POST", "/api/v2/users/search", &of_people).await;
    for query in ["", "?q64=A", &format!("?q64={}", long(limits::Q64_BYTES))] {
        world.refused(refusals, "GET", &format!("/api/v2/users/search{query}"), &[Value::Null]).await;
    }

    let condition = json!({ "routingSkill": "java", "comparator": "EqualTo", "proficiency": 1 });
    let rule = |condition: &Value| json!({ "skillConditions": [{ "routingSkillConditions": [condition] }] });
    let of_condition = [
        ("routingSkill", vec![Value::Null, json!(long(256)), json!("none"), json!(java)]),
        ("comparator", vec![Value::Null, json!("About")]),
        ("proficiency", vec![Value::Null, json!(6), json!(-1)]),
    ];
    let mut rules: Vec<_> = each(&condition, &of_condition).iter().map(rule).collect();
    let language = json!({ "languageSkill": "hindi", "comparator": "EqualTo", "proficiency": 1 });
    let deep = (0..12).fold(condition.clone(), |inner, _| {
        with(&condition, "childConditions", json!([{ "routingSkillConditions": [inner] }]))
    });
    rules.extend([
        json!({}),
        json!({ "skillConditions": [{ "operation": "Xor" }] }),
        json!({ "skillConditions": [{ "languageSkillConditions": [language] }] }),
        json!({ "skillConditions": [{ "languageSkillConditions": [with(&language, "languageSkill", Value::Null)] }] }),
        json!({ "skillConditions": [{ "routingSkillConditions": vec![&condition; 65] }] }),
        rule(&deep),
    ]);
    world.refused(refusals, "PUT", &format!("/api/v2/groups/{group}/dynamicsettings"), &rules).await;
    insta::assert_snapshot!(refusals.text);
}

#[tokio::test]
async fn refusals_of_rows() {
    let world = World::new().await;
    let refusals = &mut Refusals::default();
    let rule = json!({ "skillConditions": [{
        "languageSkillConditions": [{ "languageSkill": "none", "comparator": "EqualTo", "proficiency": 1 }],
    }] });
    let many = |n: usize| (0..n).map(|n| (n.to_string(), json!(1))).collect::<serde_json::Map<_, _>>();
    let skills = (0..501).map(|n| json!({ "skill": { "name": n.to_string() } }));
    let rows = [
        json!({ "skill": {} }),
        json!({ "skill": { "id": "x", "name": "a" } }),
        json!({ "language": { "name": long(256) } }),
        json!({ "person": { "name": "a" } }),
        json!({ "person": { "email": "a@x.org" } }),
        json!({ "person": { "email": "x", "name": "a" } }),
        json!({ "person": { "email": "a@x.org", "name": long(256) } }),
        json!({ "person": { "email": "a@x.org", "name": "a", "state": "x" } }),
        json!({ "person": { "email": "a@x.org", "name": "a", "manager": "b@" } }),
        json!({ "person": { "email": "a@x.org", "name": "a", "phone": long(256) } }),
        json!({ "person": { "email": "a@x.org", "name": "a", "addresses": vec![json!({ "address": "1" }); 101] } }),
        json!({ "person": { "email": "a@x.org", "name": "a", "biography": { "hobbies": vec!["x"; 101] } } }),
        json!({ "person": { "email": "a@x.org", "name": "a", "skills": { "0": 6 } } }),
        json!({ "person": { "email": "a@x.org", "name": "a", "skills": { "none": 1 } } }),
        json!({ "person": { "email": "a@x.org", "name": "a", "languages": { "none": 1 } } }),
        json!({ "person": { "email": "a@x.org", "name": "a", "skills": many(501) } }),
        json!({ "group": {} }),
        json!({ "group": { "key": "a", "id": Uuid::nil() } }),
        json!({ "group": { "key": "a" } }),
        json!({ "group": { "key": long(256), "name": "a" } }),
        json!({ "group": { "key": "a", "name": "a", "type": "x" } }),
        json!({ "group": { "key": "a", "name": "a", "visibility": "x" } }),
        json!({ "group": { "key": "a", "name": "a", "owners": ["b@"] } }),
        json!({ "group": { "key": "a", "name": "a", "rule": rule } }),
        json!({ "group": { "key": "a", "name": "a", "rule": {} } }),
        json!({ "group": { "key": "official", "name": "a" } }),
        json!({ "group": { "key": "official", "name": "a", "type": "social" } }),
        json!({ "group": { "key": "social", "name": "a", "type": "social" } }),
        json!({ "group": { "key": "social", "type": "official" } }),
        json!({ "membership": { "group": " ", "member": "b@" } }),
        json!({ "membership": { "group": "a", "member": "b@" } }),
        json!({ "subgroup": { "group": "a", "subgroup": " " } }),
    ];
    let rows: Vec<_> = skills.chain(rows).collect();
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let request = Request::post("/directory/import").header("authorization", format!("Bearer {}", world.admin));
    let request = request.header("content-type", MEDIA_TYPE).body(Body::from(lines)).expect("a request");
    let reply = world.send(request).await.body;
    let results = reply.as_str().expect("lines").lines().map(|line| serde_json::from_str(line).expect("JSON"));
    for (row, result) in rows.iter().zip(results.collect::<Vec<Value>>()) {
        if result["effect"] == "refused" {
            refusals.note(&row.to_string(), &result["error"]);
        }
    }
    insta::assert_snapshot!(refusals.text);
}

#[tokio::test]
async fn refusals_of_kaizala() {
    const ME: &str = "+491701111111";
    let world = World::new().await;
    let refusals = &mut Refusals::default();
    let connector = world.connector(ME, json!({})).await;
    let token = world.access(&connector).await;
    let group = world.k_group(&token, "g", &[]).await;
    let whole = json!({ "name": "g", "welcomeMessage": "hello" });
    let numbers = |n: usize| json!((0..n).map(|n| format!("+4917011{n:05}")).collect::<Vec<_>>());
    let of_group = [
        ("name", vec![Value::Null, json!(" "), json!(long(256))]),
        ("welcomeMessage", vec![Value::Null, json!(long(4096))]),
        ("groupType", vec![json!("x")]),
        ("groupImageUrl", vec![json!(long(256))]),
        ("groupPhoto", vec![json!(long(256))]),
        ("longDescriptionString", vec![json!(long(4096))]),
        ("shortDescriptionString", vec![json!(long(4096))]),
        ("members", vec![numbers(101), json!([ME, "x"])]),
        ("memberUserIds", vec![json!(ids(101)), json!(["x"])]),
        ("admins", vec![numbers(101), json!([ME, ME, "x"])]),
    ];
    let member = world.member(&token, &group, ME).await;
    let of_group = each(&whole, &of_group);
    let both = with(&with(&whole, "members", numbers(60)), "admins", numbers(60));
    let application = json!({ "applicationId": connector.id, "applicationSecret": connector.secret });
    let of_phone = [("mobileNumber", vec![Value::Null, json!("x")])];
    let pin = with(&application, "mobileNumber", json!(ME));
    let (groups, one) = ("/v1/groups".to_owned(), format!("/v1/groups/{group}"));
    let (subgroups, members) = (format!("{one}/subGroups"), format!("{one}/members"));
    let mut lowest = group.clone();
    for _ in 0..10 {
        let path = format!("/v1/groups/{lowest}/subGroups");
        let made = world.k(&token, "POST", &path, &whole.to_string()).await.expect(200);
        lowest = made["groupId"].as_str().expect("an id").to_owned();
    }
    let lowest = format!("/v1/groups/{lowest}/subGroups");
    let requests = [
        ("POST", &groups, [of_group.as_slice(), &[both]].concat()),
        ("POST", &subgroups, of_group),
        ("PUT", &subgroups, vec![json!({}), json!({ "subGroups": ids(101) })]),
        ("POST", &lowest, vec![whole.clone()]),
        ("PUT", &members, vec![json!({}), json!({ "members": ["x"] }), json!({ "memberUserIds": ids(101) })]),
        ("PUT", &format!("{members}/{member}"), vec![json!({}), json!({ "role": "x" })]),
        (
            "PUT",
            &format!("{one}/subscribers/add"),
            vec![json!({}), json!({ "subscribers": numbers(101) }), json!({ "subscribers": ["x"] })],
        ),
        ("PUT", &format!("{one}/subscribers/remove"), vec![json!({}), json!({ "subscribers": ["x"] })]),
        (
            "POST",
            &format!("{one}/subscribers"),
            vec![json!({ "count": 0 }), json!({ "count": 51 }), json!({ "cursor": "x" })],
        ),
        ("POST", &"/v1/generatePin".to_owned(), [&[json!({})], each(&application, &of_phone).as_slice()].concat()),
        (
            "POST",
            &"/v1/loginWithPinAndApplicationId".to_owned(),
            [&[json!({}), pin], each(&application, &of_phone).as_slice()].concat(),
        ),
    ];
    for (method, path, bodies) in requests {
        for body in bodies {
            let reply = world.k(&token, method, path, &body.to_string()).await;
            assert!(reply.status.is_client_error(), "{method} {path} {body}: {}", reply.body);
            let shown = body.to_string().replace(&connector.id, "(id)").replace(&connector.secret, "(secret)");
            refusals.note(&format!("{method} {path} {shown}"), &reply.body);
        }
    }
    insta::assert_snapshot!(refusals.text);
}
