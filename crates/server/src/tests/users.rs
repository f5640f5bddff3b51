//! Users.

use super::{World, steady};
use crate::site::Settings;
use convoke_wire::genesys as wire;
use convoke_wire::word::Word;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Addresses that look like another one, and invisible names, are refused.
#[tokio::test]
async fn what_cannot_be_seen_is_refused_by_the_name_of_its_field() {
    let world = World::new().await;
    world.call(&world.admin, "POST", "/api/v2/users", json!({ "name": "T", "email": "twin@x.org" })).await.expect(200);
    for (field, value, problem) in [
        ("email", "tw\u{200b}in@x.org", "must not have invisible characters"),
        ("email", "twin@x.org\u{fe0f}", "must not have invisible characters"),
        ("email", "twin\u{2028}@x.org", "must not have control characters"),
        ("name", "\u{3164}", "must not be blank"),
        ("name", "\u{2800}\u{fe0f}", "must not be blank"),
        ("name", "a\u{2028}b", "must not have control characters"),
    ] {
        let mut body = json!({ "name": "Twin", "email": "other@x.org" });
        body[field] = json!(value);
        let refused = world.call(&world.admin, "POST", "/api/v2/users", body).await;
        assert_eq!(refused.refusal(), (400, "bad.request"), "{field} {value:?}");
        assert_eq!(refused.body["message"], format!("{field} {problem}"), "{value:?}");
    }
    let joined = json!({ "name": "👩\u{200d}🔬", "email": "other@x.org" });
    let joined = world.call(&world.admin, "POST", "/api/v2/users", joined).await.expect(200);
    assert_eq!(joined["name"], "👩\u{200d}🔬");
}

#[tokio::test]
async fn a_user_from_beginning_to_end() {
    let world = World::new().await;
    let (admin, boss) = (&world.admin, world.user("boss").await);
    let body = json!({
        "name": "Ada", "email": "Ada@Example.org", "title": "Agent", "department": "Care", "password": "secret",
        "divisionId": world.get(&world.admin, "/api/v2/authorization/divisions/home").await.expect(200)["id"],
        "addresses": [{ "address": "+12025550100", "mediaType": "PHONE", "type": "PRIMARY" }],
    });
    let user = world.call(admin, "POST", "/api/v2/users", body).await.expect(200);
    insta::assert_json_snapshot!(steady(&user), @r#"
    {
      "id": "(id)",
      "name": "Ada",
      "division": {
        "id": "(id)",
        "name": "Home",
        "selfUri": "/api/v2/authorization/divisions/(id)"
      },
      "chat": {
        "jabberId": "(id)@(id).convoke.invalid"
      },
      "department": "Care",
      "email": "Ada@Example.org",
      "primaryContactInfo": [
        {
          "address": "Ada@Example.org",
          "display": "Ada@Example.org",
          "mediaType": "EMAIL",
          "type": "PRIMARY"
        },
        {
          "address": "+12025550100",
          "display": "+12025550100",
          "mediaType": "PHONE",
          "type": "PRIMARY"
        }
      ],
      "addresses": [
        {
          "address": "+12025550100",
          "display": "+12025550100",
          "mediaType": "PHONE",
          "type": "PRIMARY"
        }
      ],
      "state": "active",
      "title": "Agent",
      "username": "Ada@Example.org",
      "version": 1,
      "acdAutoAnswer": false,
      "selfUri": "/api/v2/users/(id)"
    }
    "#);
    let path = user["selfUri"].as_str().expect("a link");
    let edit = json!({
        "version": 1, "manager": boss, "preferredName": "A", "profileSkills": ["SQL", ""], "certifications": ["First aid"],
        "biography": { "biography": "Hello", "hobbies": ["chess"] }, "employerInfo": { "employeeId": "7" },
    });
    let edited = world.call(admin, "PATCH", path, edit).await.expect(200);
    assert_eq!((&edited["version"], &edited["manager"]["id"]), (&json!(2), &json!(boss)));
    // A whole object put back, manager and all, changes nothing.
    assert_eq!(world.call(admin, "PATCH", path, edited.clone()).await.expect(200), edited);
    let expanded = format!("{path}?expand=profileSkills,certifications,biography,employerInfo,groups,presence");
    let expanded = world.get(admin, &expanded).await.expect(200);
    assert_eq!(expanded["profileSkills"], json!(["SQL"]));
    assert_eq!(expanded["certifications"], json!(["First aid"]));
    assert_eq!(expanded["biography"]["hobbies"], json!(["chess"]));
    assert_eq!(expanded["employerInfo"], json!({ "employeeId": "7" }));
    assert_eq!((&expanded["groups"], expanded.get("presence")), (&json!([]), None));
    assert_eq!(world.get(admin, &format!("{path}?expand=nonsense")).await.refusal(), (400, "bad.request"));
    assert_eq!(
        world.call(admin, "PATCH", path, json!({ "version": 1, "name": "B" })).await.refusal(),
        (409, "general.conflict")
    );
    assert_eq!(world.call(admin, "PATCH", path, json!({ "name": "B" })).await.refusal(), (400, "bad.request"));
    assert_eq!(world.call(admin, "DELETE", path, Value::Null).await.expect(200), json!({}));
}

#[tokio::test]
async fn deleted_users_are_found_only_when_asked_for_and_come_back_alone() {
    let world = World::new().await;
    let (admin, ada) = (&world.admin, world.user("ada").await);
    let group = world.group(json!({ "ownerIds": [ada] })).await;
    world
        .call(admin, "POST", &format!("/api/v2/groups/{group}/members"), json!({ "memberIds": [ada] }))
        .await
        .expect(202);
    let path = format!("/api/v2/users/{ada}");
    world.call(admin, "DELETE", &path, Value::Null).await.expect(200);
    let left = world.get(admin, &format!("/api/v2/groups/{group}")).await.expect(200);
    assert_eq!((&left["memberCount"], &left["owners"], &left["version"]), (&json!(0), &json!([]), &json!(3)));
    assert_eq!(world.get(admin, &path).await.refusal(), (404, "general.resource.not.found"));
    assert_eq!(world.get(admin, &format!("{path}?state=active")).await.status, 404);
    let tombstone = world.get(admin, &format!("{path}?state=deleted")).await.expect(200);
    assert_eq!(tombstone["state"], "deleted");
    for (state, total) in [("active", 1), ("inactive", 0), ("deleted", 1), ("any", 2), ("", 1)] {
        let listing = world.get(admin, &format!("/api/v2/users?state={state}")).await.expect(200);
        assert_eq!(listing["total"], total, "{state}");
    }
    assert_eq!(world.get(admin, "/api/v2/users?state=gone").await.refusal(), (400, "bad.request"));
    let again = json!({ "name": "ada", "email": "ADA@example.org" });
    assert_eq!(world.call(admin, "POST", "/api/v2/users", again).await.refusal(), (409, "general.conflict"));
    assert_eq!(world.call(admin, "PATCH", &path, json!({ "version": 2, "name": "x" })).await.status, 404);
    let restore = json!({ "version": tombstone["version"], "state": "active" });
    assert_eq!(world.call(admin, "PATCH", &path, restore).await.expect(200)["state"], "active");
    assert_eq!(world.get(admin, &format!("/api/v2/groups/{group}")).await.expect(200)["memberCount"], 0);
    let inactive = json!({ "version": 3, "state": "inactive" });
    world.call(admin, "PATCH", &path, inactive).await.expect(200);
    assert_eq!(world.get(admin, &path).await.expect(200)["state"], "inactive");
    assert_eq!(world.get(admin, "/api/v2/users").await.expect(200)["total"], 1);
}

#[tokio::test]
async fn bulk_fetches_are_bounded() {
    let world = World::new().await;
    let ids = |n: usize| (0..n).map(|_| world.admin.as_str()).collect::<Vec<_>>().join(",");
    assert_eq!(world.get(&world.admin, &format!("/api/v2/users?id={}", ids(100))).await.status, 200);
    let refused = world.get(&world.admin, &format!("/api/v2/users?id={}", ids(101))).await;
    assert_eq!((refused.refusal(), &refused.body["limit"]["value"]), ((400, "max.user.ids"), &json!(100)));
}

/// Documents require a version of every user, also where another thing names one.
#[tokio::test]
async fn owners_and_managers_have_the_versions_that_they_have_now() {
    let world = World::new().await;
    let (admin, boss, ann) = (&world.admin, world.user("boss").await, world.user("ann").await);
    let [boss_path, ann_path] = [&boss, &ann].map(|id| format!("/api/v2/users/{id}"));
    let group = world.group(json!({ "ownerIds": [boss] })).await;
    let members = json!({ "memberIds": [ann] });
    world.call(admin, "POST", &format!("/api/v2/groups/{group}/members"), members).await.expect(202);
    let edited = world.call(admin, "PATCH", &ann_path, json!({ "version": 1, "manager": boss })).await.expect(200);
    assert_eq!(edited["manager"], json!({ "id": boss, "version": 1, "selfUri": boss_path }));
    // One who manages herself is shown as she is after the change.
    let own = json!({ "version": 1, "manager": boss, "title": "Head" });
    assert_eq!(world.call(admin, "PATCH", &boss_path, own).await.expect(200)["manager"]["version"], 2);
    // A caller that may do nothing in particular sees people, and so their versions.
    let reader = world.actor(None, None).await;
    let path = format!("/api/v2/groups/{group}");
    let search =
        |field: &str, value: &str| json!({ "query": [{ "type": "EXACT", "fields": [field], "value": value }] });
    for (pointer, reply) in [
        ("/owners/0", world.get(&reader, &path).await),
        ("/entities/0/owners/0", world.get(&reader, "/api/v2/groups").await),
        ("/results/0/owners/0", world.call(&reader, "POST", "/api/v2/groups/search", search("id", &group)).await),
        ("/groups/0/owners/0", world.get(&reader, &format!("{boss_path}?expand=groups")).await),
        ("/manager", world.get(&reader, &ann_path).await),
        ("/entities/0/manager", world.get(&reader, &format!("{path}/individuals")).await),
        ("/entities/0/manager", world.get(&reader, &format!("{path}/members")).await),
        ("/results/0/manager", world.call(admin, "POST", "/api/v2/users/search", search("id", &ann)).await),
    ] {
        let reply = reply.expect(200);
        let expected = json!({ "id": boss, "version": 2, "selfUri": boss_path });
        assert_eq!(reply.pointer(pointer), Some(&expected), "{pointer} of {reply}");
    }
    // Who is gone is a manager still, and no owner any more.
    world.call(admin, "DELETE", &boss_path, Value::Null).await.expect(200);
    let gone = world.get(admin, &format!("{boss_path}?state=deleted")).await.expect(200);
    assert_eq!(world.get(&reader, &ann_path).await.expect(200)["manager"]["version"], gone["version"]);
    assert_eq!(world.get(&reader, &path).await.expect(200)["owners"], json!([]));
}

#[tokio::test]
async fn an_organisation_is_in_the_country_that_the_server_was_told() {
    for (country, expected) in [(None, "US"), (Some("de"), "DE")] {
        let country = country.map_or_else(Default::default, |code: &str| code.parse().expect("a country"));
        let world = World::with(Settings { country, ..Settings::default() }).await;
        let organisation = world.get(&world.admin, "/api/v2/organizations/me").await.expect(200);
        assert_eq!(organisation["defaultCountryCode"], expected);
        let person = world.user("p").await;
        let token = world.actor(None, Some(&person)).await;
        let me = world.get(&token, "/api/v2/users/me?expand=organization").await.expect(200);
        assert_eq!(me["organization"], organisation);
    }
}

/// Texts of people that only this directory has.
const OWN_TEXTS: &[&str] = &["givenName", "familyName", "costCenter"];

#[tokio::test]
async fn texts_of_our_own_are_shown_to_those_who_ask() {
    let world = World::new().await;
    let admin = &world.admin;
    let config = world.get(admin, "/api/v2/fieldconfig?type=person").await.expect(200);
    for field in OWN_TEXTS {
        let body = json!({ "name": field, "email": format!("{field}@x.org"), *field: "Åsa" });
        let user = world.call(admin, "POST", "/api/v2/users", body).await.expect(200);
        let path = user["selfUri"].as_str().expect("a link");
        let asked = format!("{path}?expand={field}");
        // The models of Genesys Cloud have no such field.
        assert_eq!((user.get(field), world.get(admin, path).await.expect(200).get(field)), (None, None), "{field}");
        assert_eq!(world.get(admin, &asked).await.expect(200)[field], "Åsa");
        let query = json!([{ "type": "EXACT", "fields": [field], "value": "åSA" }]);
        let search = json!({ "query": query, "expand": [field], "sortBy": field });
        let found = world.call(admin, "POST", "/api/v2/users/search", search.clone()).await.expect(200);
        assert_eq!((&found["total"], &found["results"][0][field]), (&json!(1), &json!("Åsa")));
        // Whoever puts back what it read changes nothing.
        assert_eq!(world.call(admin, "PATCH", path, user.clone()).await.expect(200), user);
        let long = world
            .call(
                admin,
                "PATCH",
                path,
                json!({ "version": 1, *field: "x".repeat(convoke_core::limits::LINE_CHARS + 1) }),
            )
            .await;
        assert_eq!(long.refusal(), (400, "bad.request"));
        assert!(long.body["message"].as_str().is_some_and(|message| message.starts_with(field)), "{:?}", long.body);
        world.call(admin, "PATCH", path, json!({ "version": 1, *field: "" })).await.expect(200);
        assert_eq!(world.get(admin, &asked).await.expect(200).get(field), None);
        assert_eq!(world.call(admin, "POST", "/api/v2/users/search", search).await.expect(200)["total"], 0);
        let sections = config["sections"].as_array().into_iter().flatten();
        let mut keys = sections.flat_map(|section| section["fieldList"].as_array().into_iter().flatten());
        assert!(keys.any(|one| one["key"] == format!("general.{field}")), "{field}: {config}");
    }
}

/// Replies are written field by field; what is written is what the model in `convoke_wire` would be written as.
#[tokio::test]
async fn users_and_groups_are_written_as_their_models_are() {
    fn check<T: DeserializeOwned + Serialize>(reply: &Value) {
        let model: T = serde_json::from_value(reply.clone()).expect("a reply has the form of its model");
        let again = serde_json::to_value(model).expect("JSON");
        assert_eq!(again.to_string(), reply.to_string(), "the same fields in the same order");
    }
    /// The same for a reply that has every field of its model.
    fn check_full<T: DeserializeOwned + Serialize + JsonSchema>(reply: &Value) {
        check::<T>(reply);
        let schema = schemars::schema_for!(T);
        let keys = |object: &Value| object.as_object().expect("an object").keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(reply), keys(&schema.as_value()["properties"]));
    }
    let world = World::new().await;
    let (admin, boss) = (&world.admin, world.user("boss").await);
    let plain = world.get(admin, &format!("/api/v2/users/{boss}")).await.expect(200);
    check::<wire::User>(&plain);
    let expands = wire::UserExpand::WORDS.join(",");
    let contacts = json!([
        { "address": "+12025550100", "extension": "7", "mediaType": "PHONE", "type": "PRIMARY", "countryCode": "US" },
        { "address": "a@x.org", "mediaType": "EMAIL", "type": "HOME", "integration": "here" },
    ]);
    let edit = json!({
        "version": 1, "name": "\"Ada\" \\ Åsa \u{1f642}", "username": "ada", "title": "T", "department": "D",
        "preferredName": "A", "manager": boss, "addresses": contacts, "acdAutoAnswer": true,
        "images": [{ "resolution": "x96", "imageUri": "https://x.org/\"1\"" }], "profileSkills": ["a"],
        "certifications": ["c"], "givenName": "G", "familyName": "F", "costCenter": "C",
        "employerInfo": { "officialName": "O", "employeeId": "1", "employeeType": "full", "dateHire": "2020-01-01" },
        "biography": { "biography": "line\nline", "interests": ["i"], "hobbies": ["h"], "spouse": "S" },
    });
    let ada = format!("/api/v2/users/{}", world.user("ada").await);
    let full = world.call(admin, "PATCH", &ada, edit).await.expect(200);
    assert_eq!(full["name"], "\"Ada\" \\ Åsa \u{1f642}");
    check::<wire::User>(&full);
    let group = world.group(json!({
        "description": "d\t\"", "email": "g@x.org", "ownerIds": [boss],
        "images": [{ "imageUri": "https://x.org/1" }],
        "addresses": [
            { "address": "+12025550101", "mediaType": "PHONE", "type": "GROUPRING" },
            { "extension": "8", "mediaType": "PHONE", "type": "GROUPPHONE" },
        ],
    }));
    let group = format!("/api/v2/groups/{}", group.await);
    let members = json!({ "memberIds": [full["id"]], "version": 1 });
    world.call(admin, "POST", &format!("{group}/members"), members).await.expect(202);
    check_full::<wire::Group>(&world.get(admin, &group).await.expect(200));
    check_full::<wire::User>(&world.get(admin, &format!("{ada}?expand={expands}")).await.expect(200));
    let own = world.actor(None, full["id"].as_str()).await;
    let me = format!("/api/v2/users/me?expand={expands},organization");
    check_full::<wire::UserMe>(&world.get(&own, &me).await.expect(200));
    check::<wire::EntityListing<wire::Group>>(&world.get(admin, "/api/v2/groups").await.expect(200));
    check::<wire::EntityListing<wire::User>>(&world.get(admin, &format!("{group}/members")).await.expect(200));
    check::<wire::EntityListing<wire::User>>(&world.get(admin, &format!("{group}/individuals")).await.expect(200));
    check::<wire::EntityListing<wire::User>>(&world.get(admin, "/api/v2/users?pageSize=1").await.expect(200));
    let search = json!({ "query": [{ "type": "CONTAINS", "fields": ["name"], "value": "a" }], "pageSize": 1 });
    let found = world.call(admin, "POST", "/api/v2/users/search", search).await.expect(200);
    check::<wire::SearchResponse<wire::User>>(&found);
    let preview = json!({ "skillConditions": [] });
    let preview = world.call(admin, "POST", "/api/v2/groups/dynamicsettings/preview?expand=users", preview).await;
    check::<wire::DynamicGroupQueryPreview>(&preview.expect(200));
}
