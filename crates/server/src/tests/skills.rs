//! Routing skills and languages, and how well users have them.

use super::{World, steady};
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};

const SKILLS: &str = "/api/v2/routing/skills";
const LANGUAGES: &str = "/api/v2/routing/languages";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// The names in a listing.
fn names(listing: &Value) -> Vec<&str> {
    let entities = listing["entities"].as_array().expect("entities");
    entities.iter().map(|entity| entity["name"].as_str().expect("a name")).collect()
}

/// The names in a listing, each with its proficiency.
fn levels(listing: &Value) -> Vec<(&str, f64)> {
    let levels = listing["entities"].as_array().expect("entities").iter();
    levels
        .map(|held| held["proficiency"].as_f64().expect("a number"))
        .zip(names(listing))
        .map(|(p, n)| (n, p))
        .collect()
}

#[tokio::test]
async fn a_skill_and_a_language_from_beginning_to_end() {
    let world = World::new().await;
    let admin = &world.admin;
    let skill = world.call(admin, "POST", SKILLS, json!({ "name": "Series 6", "state": "deleted" })).await.expect(200);
    assert_eq!(
        steady(&skill),
        json!({
            "id": "(id)",
            "name": "Series 6",
            "division": { "id": "(id)", "name": "Home", "selfUri": "/api/v2/authorization/divisions/(id)" },
            "dateModified": "(moment)",
            "state": "active",
            "version": "1",
            "selfUri": "/api/v2/routing/skills/(id)",
        })
    );
    let path = skill["selfUri"].as_str().expect("a link");
    assert_eq!(world.get(admin, path).await.expect(200), skill);
    assert_eq!(world.get(admin, SKILLS).await.expect(200)["entities"], json!([skill]));
    // The API's own change is that of the division, and there is one only.
    let home = skill["division"]["id"].clone();
    for body in [json!({}), json!({ "divisionId": home }), json!({ "divisionId": "" })] {
        assert_eq!(world.call(admin, "PATCH", path, body).await.expect(200), skill);
    }
    let renamed = world.call(admin, "PATCH", path, json!({ "name": "Series 7", "divisionId": home })).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["version"]), (&json!("Series 7"), &json!("2")));
    assert_eq!(world.get(admin, path).await.expect(200), renamed);
    assert_eq!(world.call(admin, "DELETE", path, Value::Null).await.expect(200), Value::Null);

    let language = world.call(admin, "POST", LANGUAGES, json!({ "name": "Deutsch" })).await.expect(200);
    assert_eq!(
        steady(&language),
        json!({
            "id": "(id)",
            "name": "Deutsch",
            "dateModified": "(moment)",
            "state": "active",
            "version": "1",
            "selfUri": "/api/v2/routing/languages/(id)",
        })
    );
    let language_path = language["selfUri"].as_str().expect("a link");
    assert_eq!(world.get(admin, language_path).await.expect(200), language);
    let mut back = language.clone();
    back["name"] = json!("German");
    let renamed = world.call(admin, "PATCH", language_path, back).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["version"]), (&json!("German"), &json!("2")));
    // A name that is there already is no change.
    assert_eq!(world.call(admin, "PATCH", language_path, json!({ "name": "German" })).await.expect(200), renamed);
    assert_eq!(world.call(admin, "DELETE", language_path, Value::Null).await.expect(200), Value::Null);

    for path in [path, language_path] {
        for (method, body) in [("GET", Value::Null), ("DELETE", Value::Null), ("PATCH", json!({ "name": "x" }))] {
            let reply = world.call(admin, method, path, body).await;
            assert_eq!(reply.refusal(), (404, "general.resource.not.found"), "{method} {path}");
        }
    }
    assert_eq!(world.call(admin, "PATCH", path, json!({})).await.status, 404);
    assert_eq!(world.get(admin, SKILLS).await.expect(200)["total"], 0);
    assert_eq!(world.get(admin, LANGUAGES).await.expect(200)["total"], 0);
    assert_eq!(world.get(admin, "/operator/verification").await.expect(200)["differences"], json!([]));
}

#[tokio::test]
async fn names_are_unique_among_the_living_of_a_kind() {
    let world = World::new().await;
    let admin = &world.admin;
    let street = world.skill("Straße").await;
    let other = world.skill("other").await;
    let street = format!("{SKILLS}/{street}");
    let taken = world.call(admin, "POST", SKILLS, json!({ "name": "STRASSE" })).await;
    assert_eq!(taken.refusal(), (409, "general.conflict"));
    assert!(taken.body["message"].as_str().is_some_and(|text| text.contains("STRASSE")), "{}", taken.body);
    let renamed = world.call(admin, "PATCH", &format!("{SKILLS}/{other}"), json!({ "name": "strasse" })).await;
    assert_eq!(renamed.refusal(), (409, "general.conflict"));
    // Another kind, the same skill, and a name that is free again.
    let language = world.language("Straße").await;
    assert_eq!(world.call(admin, "POST", LANGUAGES, json!({ "name": "straße" })).await.refusal().0, 409);
    assert_eq!(world.call(admin, "PATCH", &street, json!({ "name": "STRASSE" })).await.expect(200)["name"], "STRASSE");
    world.call(admin, "DELETE", &street, Value::Null).await.expect(200);
    world.skill("straße").await;
    // And the id of one kind means nothing in the other.
    assert_eq!(world.get(admin, &format!("{SKILLS}/{language}")).await.status, 404);
    assert_eq!(world.get(admin, &format!("{LANGUAGES}/{other}")).await.status, 404);
    assert_eq!(world.call(admin, "DELETE", &format!("{LANGUAGES}/{other}"), Value::Null).await.status, 404);
}

#[tokio::test]
async fn listings_by_name_and_id() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for name in ["Series 7", "series 6", "SQL", "C*", "Ｃ"] {
        ids.push(world.skill(name).await);
        world.language(name).await;
    }
    let one = &ids[0];
    let many = vec![one.as_str(); 101].join(",");
    let all = || vec!["Ｃ", "C*", "series 6", "Series 7", "SQL"];
    // A skill is asked for by the beginning of its name, a language by all of it.
    for (query, skills, languages) in [
        ("", all(), all()),
        ("name=", all(), all()),
        ("name=*", all(), all()),
        ("name=SERIES+6", vec!["series 6"], vec!["series 6"]),
        ("name=series", vec!["series 6", "Series 7"], vec![]),
        ("name=SERIES*", vec!["series 6", "Series 7"], vec!["series 6", "Series 7"]),
        ("name=c", vec!["Ｃ", "C*"], vec!["Ｃ"]),
        ("name=c*", vec!["Ｃ", "C*"], vec!["Ｃ", "C*"]),
        ("name=c**", vec!["C*"], vec!["C*"]),
        ("name=6", vec![], vec![]),
    ] {
        for (path, expected) in [(SKILLS, skills), (LANGUAGES, languages)] {
            let listing = world.get(&world.admin, &format!("{path}?{query}")).await.expect(200);
            assert_eq!(
                (names(&listing), &listing["total"]),
                (expected.clone(), &json!(expected.len())),
                "{path}?{query}"
            );
        }
    }
    for (query, expected, total) in [
        ("pageSize=2&pageNumber=2", vec!["series 6", "Series 7"], 5),
        (&format!("id={one},{},{NOBODY},nonsense", ids[2]), vec!["Series 7", "SQL"], 2),
        (&format!("id={one}&name=sql"), vec![], 0),
    ] {
        let listing = world.get(&world.admin, &format!("{SKILLS}?{query}")).await.expect(200);
        assert_eq!((names(&listing), &listing["total"]), (expected, &json!(total)), "{query}");
    }
    let descending = world.get(&world.admin, &format!("{LANGUAGES}?sortOrder=descending&pageSize=2")).await.expect(200);
    assert_eq!(names(&descending), ["SQL", "Series 7"]);
    let refused = world.get(&world.admin, &format!("{SKILLS}?id={many}")).await;
    assert_eq!((refused.status.as_u16(), &refused.body["limit"]["value"]), (400, &json!(100)));
    assert_eq!(world.get(&world.admin, &format!("{SKILLS}?pageSize=501")).await.refusal(), (400, "bad.request"));
}

#[tokio::test]
async fn what_a_user_can_do() {
    let world = World::new().await;
    let admin = &world.admin;
    let (sql, rust, german) = (world.skill("SQL").await, world.skill("Rust").await, world.language("German").await);
    let ada = world.user("ada").await;
    let path = format!("/api/v2/users/{ada}");
    let (skills, languages) = (format!("{path}/routingskills"), format!("{path}/routinglanguages"));
    let held = world.call(admin, "POST", &skills, json!({ "id": sql, "proficiency": 3 })).await.expect(200);
    assert_eq!(
        held,
        json!({
            "id": sql, "name": "SQL", "proficiency": 3.0, "state": "active",
            "skillUri": format!("{SKILLS}/{sql}"), "selfUri": format!("{skills}/{sql}"),
        })
    );
    let spoken = world.call(admin, "POST", &languages, json!({ "id": german, "proficiency": 0.5 })).await.expect(200);
    assert_eq!(
        spoken,
        json!({
            "id": german, "name": "German", "proficiency": 0.5, "state": "active",
            "languageUri": format!("{LANGUAGES}/{german}"), "selfUri": format!("{languages}/{german}"),
        })
    );
    // A whole object put back; the path says which skill it is.
    let mut back = held.clone();
    (back["proficiency"], back["id"]) = (json!(4.5), json!(rust));
    let changed = world.call(admin, "PUT", &format!("{skills}/{sql}"), back).await.expect(200);
    assert_eq!((&changed["id"], &changed["proficiency"]), (&json!(sql), &json!(4.5)));
    let changed =
        world.call(admin, "PATCH", &format!("{languages}/{german}"), json!({ "proficiency": 5 })).await.expect(200);
    assert_eq!(changed["proficiency"], 5.0);
    // Posting what is there already changes it; only put asks that it be there.
    world.call(admin, "POST", &skills, json!({ "id": sql, "proficiency": 2 })).await.expect(200);
    let absent = world.call(admin, "PUT", &format!("{skills}/{rust}"), json!({ "proficiency": 1 })).await;
    assert_eq!(absent.refusal(), (404, "general.resource.not.found"));
    let merged = json!([{ "id": rust, "proficiency": 1 }]);
    let merged = world.call(admin, "PATCH", &format!("{skills}/bulk"), merged).await.expect(200);
    assert_eq!(levels(&merged), [("Rust", 1.0), ("SQL", 2.0)]);
    assert_eq!((&merged["total"], &merged["pageCount"], &merged["selfUri"]), (&json!(2), &json!(1), &json!(skills)));
    assert_eq!(world.call(admin, "PATCH", &format!("{skills}/bulk"), json!([])).await.expect(200), merged);
    for (query, expected) in [
        ("", vec![("Rust", 1.0), ("SQL", 2.0)]),
        ("?sortOrder=descending", vec![("SQL", 2.0), ("Rust", 1.0)]),
        ("?pageSize=1&pageNumber=2", vec![("SQL", 2.0)]),
    ] {
        let listing = world.get(admin, &format!("{skills}{query}")).await.expect(200);
        assert_eq!((levels(&listing), &listing["total"]), (expected, &json!(2)), "{query}");
    }
    let replaced = json!([{ "id": sql, "proficiency": 0 }]);
    let replaced = world.call(admin, "PUT", &format!("{skills}/bulk"), replaced).await.expect(200);
    assert_eq!(levels(&replaced), [("SQL", 0.0)]);
    assert_eq!(levels(&world.get(admin, &languages).await.expect(200)), [("German", 5.0)]);
    let french = world.language("French").await;
    let merged = json!([{ "id": french, "proficiency": 1 }, { "id": german, "proficiency": 2 }]);
    let merged = world.call(admin, "PATCH", &format!("{languages}/bulk"), merged).await.expect(200);
    assert_eq!(levels(&merged), [("French", 1.0), ("German", 2.0)]);
    assert_eq!(merged["selfUri"], json!(languages));

    // What a user can do is told wherever users are, when asked.
    let group = world.group(json!({ "ownerIds": [ada] })).await;
    let me = world.actor(None, Some(&ada)).await;
    for (token, path, pointer) in [
        (admin, path.clone(), ""),
        (admin, format!("/api/v2/users?id={ada}"), "/entities/0"),
        (admin, format!("/api/v2/groups/{group}/members"), "/entities/0"),
        (&me, "/api/v2/users/me".to_owned(), ""),
    ] {
        let and = if path.contains('?') { '&' } else { '?' };
        let plain = world.get(token, &path).await.expect(200);
        let plain = plain.pointer(pointer).expect("a user");
        assert_eq!((plain.get("skills"), plain.get("languages")), (None, None), "{path}");
        let expanded = world.get(token, &format!("{path}{and}expand=skills,languages")).await.expect(200);
        let expanded = expanded.pointer(pointer).expect("a user");
        assert_eq!(expanded["skills"][0]["name"], "SQL", "{path}");
        assert_eq!(expanded["languages"], merged["entities"], "{path}");
    }

    // Taken away one by one, and with the skill itself.
    assert_eq!(world.call(admin, "DELETE", &format!("{skills}/{sql}"), Value::Null).await.expect(200), Value::Null);
    assert_eq!(world.get(admin, &skills).await.expect(200)["total"], 0);
    let again = world.call(admin, "DELETE", &format!("{skills}/{sql}"), Value::Null).await;
    assert_eq!(again.refusal(), (404, "general.resource.not.found"));
    world.call(admin, "DELETE", &format!("{languages}/{french}"), Value::Null).await.expect(200);
    world.call(admin, "DELETE", &format!("{LANGUAGES}/{german}"), Value::Null).await.expect(200);
    assert_eq!(world.get(admin, &languages).await.expect(200)["total"], 0);
    let gone = world.call(admin, "POST", &languages, json!({ "id": german, "proficiency": 1 })).await;
    assert_eq!(gone.refusal(), (404, "general.resource.not.found"));
    assert_eq!(world.get(admin, "/operator/verification").await.expect(200)["differences"], json!([]));
}

#[tokio::test]
async fn a_deleted_user_can_do_nothing() {
    let world = World::new().await;
    let (ada, sql) = (world.user("ada").await, world.skill("SQL").await);
    let path = format!("/api/v2/users/{ada}");
    let skills = format!("{path}/routingskills");
    let held = json!({ "id": sql, "proficiency": 3 });
    world.call(&world.admin, "POST", &skills, held.clone()).await.expect(200);
    world.call(&world.admin, "DELETE", &path, Value::Null).await.expect(200);
    for (method, path, body) in [
        ("GET", skills.clone(), Value::Null),
        ("POST", skills.clone(), held.clone()),
        ("PUT", format!("{skills}/{sql}"), held.clone()),
        ("DELETE", format!("{skills}/{sql}"), Value::Null),
        ("PUT", format!("{skills}/bulk"), json!([held])),
        ("PATCH", format!("{skills}/bulk"), json!([held])),
        ("GET", format!("{path}/routinglanguages"), Value::Null),
        ("GET", format!("{path}/profileskills"), Value::Null),
        ("PUT", format!("{path}/profileskills"), json!(["x"])),
    ] {
        let reply = world.call(&world.admin, method, &path, body).await;
        assert_eq!(reply.refusal(), (404, "general.resource.not.found"), "{method} {path}");
    }
    let tombstone = world.get(&world.admin, &format!("{path}?state=deleted&expand=skills")).await.expect(200);
    assert_eq!(tombstone["skills"], json!([]));
    let restore = json!({ "version": tombstone["version"], "state": "active" });
    world.call(&world.admin, "PATCH", &path, restore).await.expect(200);
    assert_eq!(world.get(&world.admin, &skills).await.expect(200)["total"], 0, "skills do not come back");
}

#[tokio::test]
async fn profile_skills_are_bare_lists() {
    let world = World::new().await;
    let ada = world.user("ada").await;
    let (admin, path) = (&world.admin, format!("/api/v2/users/{ada}/profileskills"));
    assert_eq!(world.get(admin, &path).await.expect(200), json!([]));
    assert_eq!(
        world.call(admin, "PUT", &path, json!(["chess", " ", "SQL"])).await.expect(200),
        json!(["chess", "SQL"])
    );
    assert_eq!(world.get(admin, &path).await.expect(200), json!(["chess", "SQL"]));
    let user = world.get(admin, &format!("/api/v2/users/{ada}?expand=profileSkills")).await.expect(200);
    assert_eq!((&user["profileSkills"], &user["version"]), (&json!(["chess", "SQL"]), &json!(2)));
    let many = vec!["x"; 101];
    for (body, field) in [
        (json!([5]), "[0]"),
        (json!({}), ""),
        (Value::Null, "body"),
        (json!(["a\u{0}b"]), "profileSkills"),
        (json!(["x".repeat(257)]), "profileSkills"),
        (json!(many), "profileSkills"),
    ] {
        let reply = world.call(admin, "PUT", &path, body.clone()).await;
        assert_eq!(reply.refusal(), (400, "bad.request"), "{body}");
        if !field.is_empty() {
            assert_eq!(reply.body["details"][0]["fieldName"], field, "{body}");
        }
    }
    assert_eq!(world.call(admin, "PUT", &path, json!([])).await.expect(200), json!([]));
}

#[tokio::test]
async fn refusals_name_what_is_wrong_and_change_nothing() {
    let world = World::new().await;
    let (ada, sql, german) = (world.user("ada").await, world.skill("SQL").await, world.language("German").await);
    let one = |path: &str| format!("/api/v2/users/{ada}/{path}");
    let (skills, bulk, languages) = (one("routingskills"), one("routingskills/bulk"), one("routinglanguages"));
    let (skill, language) = (format!("{SKILLS}/{sql}"), format!("{LANGUAGES}/{german}"));
    let long = "x".repeat(257);
    let bad = (400, "bad.request");
    let gone = (404, "general.resource.not.found");
    let ok = json!({ "id": sql, "proficiency": 1 });
    for (method, path, body, refusal, field) in [
        ("POST", SKILLS, json!({}), bad, "name"),
        ("POST", SKILLS, json!({ "name": " " }), bad, "name"),
        ("POST", SKILLS, json!({ "name": long }), bad, "name"),
        ("POST", SKILLS, json!({ "name": 5 }), bad, "name"),
        ("POST", SKILLS, json!({ "name": "x", "divisionId": NOBODY }), gone, ""),
        ("POST", SKILLS, json!({ "name": "x", "divisionId": "nonsense" }), gone, ""),
        ("POST", SKILLS, Value::Null, bad, "body"),
        ("PATCH", &*skill, json!({ "name": "" }), bad, "name"),
        ("PATCH", &*skill, json!({ "name": "x", "divisionId": NOBODY }), gone, ""),
        ("PATCH", &*skill, json!({ "divisionId": NOBODY }), gone, ""),
        ("PATCH", &*skill, json!([]), bad, ""),
        ("POST", LANGUAGES, json!({}), bad, "name"),
        ("PATCH", &*language, json!({}), bad, "name"),
        ("POST", &*skills, json!({ "id": sql }), bad, "proficiency"),
        ("POST", &*skills, json!({ "proficiency": 1 }), bad, "id"),
        ("POST", &*skills, json!({ "id": "", "proficiency": 1 }), bad, "id"),
        ("POST", &*skills, json!({ "id": sql, "proficiency": "3" }), bad, "proficiency"),
        ("POST", &*skills, json!({ "id": sql, "proficiency": 5.1 }), bad, "proficiency"),
        ("POST", &*skills, json!({ "id": sql, "proficiency": -0.1 }), bad, "proficiency"),
        ("POST", &*skills, json!({ "id": NOBODY, "proficiency": 1 }), gone, ""),
        ("POST", &*skills, json!({ "id": "SQL", "proficiency": 1 }), gone, ""),
        ("POST", &*skills, json!({ "id": german, "proficiency": 1 }), gone, ""),
        ("POST", &*languages, json!({ "id": sql, "proficiency": 1 }), gone, ""),
        ("PUT", &*bulk, json!({}), bad, ""),
        ("PUT", &*bulk, json!([ok, { "id": sql, "proficiency": true }]), bad, "[1].proficiency"),
        ("PUT", &*bulk, json!([ok, { "id": NOBODY, "proficiency": 1 }]), gone, ""),
        ("PATCH", &*bulk, json!([ok, { "id": "x", "proficiency": 1 }]), gone, ""),
        ("PATCH", &*bulk, json!([ok, { "id": sql, "proficiency": 9 }]), bad, "proficiency"),
        ("DELETE", &*format!("{skills}/{NOBODY}"), Value::Null, gone, ""),
        ("DELETE", &*format!("{skills}/nonsense"), Value::Null, gone, ""),
        ("PUT", &*format!("{skills}/nonsense"), json!({ "proficiency": 1 }), gone, ""),
        ("PUT", &*format!("{skills}/{sql}"), json!({}), bad, "proficiency"),
        ("GET", "/api/v2/users/nobody/routingskills", Value::Null, gone, ""),
        ("GET", "/api/v2/routing/skills/nonsense", Value::Null, gone, ""),
    ] {
        let reply = world.call(&world.admin, method, path, body.clone()).await;
        assert_eq!(reply.refusal(), refusal, "{method} {path} {body}: {}", reply.body);
        if !field.is_empty() {
            assert_eq!(reply.body["details"][0]["fieldName"], field, "{method} {path} {body}");
            assert!(reply.body["message"].as_str().is_some_and(|text| text.contains(field)), "{}", reply.body);
        }
    }
    let limited = world.call(&world.admin, "POST", &skills, json!({ "id": sql, "proficiency": 6 })).await;
    assert_eq!(limited.body["limit"]["value"], 5);
    let number = world.call(&world.admin, "POST", &skills, json!({ "id": sql, "proficiency": "3" })).await;
    assert!(number.body["message"].as_str().is_some_and(|text| text.contains("expected a number")), "{}", number.body);
    for path in [skills, languages] {
        assert_eq!(world.get(&world.admin, &path).await.expect(200)["total"], 0, "{path}");
    }
    assert_eq!(world.get(&world.admin, SKILLS).await.expect(200)["total"], 1);
    assert_eq!(world.get(&world.admin, &skill).await.expect(200)["version"], "1");
}

#[tokio::test]
async fn a_user_has_no_more_skills_than_a_user_may_have() {
    let world = World::new().await;
    let ada = world.user("ada").await;
    let bulk = format!("/api/v2/users/{ada}/routingskills/bulk");
    let mut held = Vec::new();
    for n in 0..=500 {
        held.push(json!({ "id": world.skill(&format!("skill {n}")).await, "proficiency": 1 }));
    }
    let refused = world.call(&world.admin, "PUT", &bulk, json!(held)).await;
    assert_eq!((refused.refusal(), &refused.body["limit"]["value"]), ((400, "bad.request"), &json!(500)));
    held.pop();
    assert_eq!(world.call(&world.admin, "PUT", &bulk, json!(held)).await.expect(200)["total"], 500);
}

#[tokio::test]
async fn readers_read_and_only_administrators_assign() {
    let world = World::new().await;
    let (ada, sql) = (world.user("ada").await, world.skill("SQL").await);
    let held = json!({ "id": sql, "proficiency": 1 });
    for (role, views, manages) in [
        (None, 403, 403),
        (Some("reader"), 200, 403),
        (Some("group administrator"), 200, 403),
        (Some("admin"), 200, 200),
    ] {
        let actor = world.actor(role, Some(&ada)).await;
        assert_eq!(world.get(&actor, SKILLS).await.status, views, "{role:?}");
        assert_eq!(world.get(&actor, &format!("{SKILLS}/{sql}")).await.status, views, "{role:?}");
        assert_eq!(world.get(&actor, &format!("/api/v2/users/{ada}/profileskills")).await.status, views, "{role:?}");
        for path in [LANGUAGES.to_owned(), format!("/api/v2/users/{ada}/routingskills")] {
            assert_eq!(world.get(&actor, &path).await.status, 200, "{role:?} {path}");
        }
        // Not even for oneself.
        let skills = format!("/api/v2/users/{ada}/routingskills");
        assert_eq!(world.call(&actor, "POST", &skills, held.clone()).await.status, manages, "{role:?}");
        let name = json!({ "name": format!("{role:?}") });
        assert_eq!(world.call(&actor, "POST", SKILLS, name.clone()).await.status, manages, "{role:?}");
        assert_eq!(world.call(&actor, "POST", LANGUAGES, name).await.status, manages, "{role:?}");
    }
}

/// The reply for a thing of another organisation is the same as for one that does not exist.
#[tokio::test]
async fn skills_of_another_organisation_are_not_there() {
    let world = World::new().await;
    let made =
        world.call(&world.admin, "POST", "/operator/organisations", json!({ "name": "other" })).await.expect(200);
    let text = |field: &str| made[field].as_str().expect("a text").to_owned();
    let other = world.token(&text("clientId"), &text("clientSecret")).await;
    let (sql, german, ada) = (world.skill("SQL").await, world.language("German").await, world.user("ada").await);
    let bob = json!({ "name": "bob", "email": "bob@example.org" });
    let bob = world.call(&other, "POST", "/api/v2/users", bob).await.expect(200);
    let bob = bob["selfUri"].as_str().expect("a link");
    for (method, path, foreign) in [
        ("GET", "/api/v2/routing/skills/{}", &sql),
        ("PATCH", "/api/v2/routing/skills/{}", &sql),
        ("DELETE", "/api/v2/routing/skills/{}", &sql),
        ("GET", "/api/v2/routing/skills?id={}", &sql),
        ("GET", "/api/v2/routing/languages/{}", &german),
        ("PATCH", "/api/v2/routing/languages/{}", &german),
        ("DELETE", "/api/v2/routing/languages/{}", &german),
        ("PUT", &*format!("{bob}/routingskills/{{}}"), &sql),
        ("DELETE", &*format!("{bob}/routingskills/{{}}"), &sql),
        ("PATCH", &*format!("{bob}/routinglanguages/{{}}"), &german),
        ("GET", "/api/v2/users/{}/routingskills", &ada),
        ("GET", "/api/v2/users/{}/groups", &ada),
        ("PUT", "/api/v2/users/{}/profileskills", &ada),
    ] {
        let body = if path.ends_with("profileskills") { json!([]) } else { json!({ "name": "x", "proficiency": 1 }) };
        let mut answers = Vec::new();
        for id in [foreign.as_str(), NOBODY] {
            let mut reply = world.call(&other, method, &path.replace("{}", id), body.clone()).await;
            if let Some(fields) = reply.body.as_object_mut() {
                fields.remove("contextId");
            }
            answers.push((reply.status, reply.body.to_string().replace(id, "(id)")));
        }
        assert_eq!(answers.first(), answers.last(), "{method} {path}");
    }
    for (path, id) in [("routingskills", &sql), ("routinglanguages", &german)] {
        let reply = world.call(&other, "POST", &format!("{bob}/{path}"), json!({ "id": id, "proficiency": 1 })).await;
        assert_eq!(reply.status, 404, "{path}");
    }
    assert_eq!(world.get(&other, SKILLS).await.expect(200)["total"], 0);
    assert_eq!(world.call(&other, "POST", SKILLS, json!({ "name": "sql" })).await.status, 200, "the name is free here");
}

#[tokio::test]
async fn an_idempotency_key_makes_one_skill_and_gives_it_once() {
    let world = World::new().await;
    let ada = world.user("ada").await;
    let send = async |key: &str, method: &str, path: &str, body: Value| {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {}", world.admin));
        let request = request.header("content-type", "application/json").header("idempotency-key", key);
        world.send(request.body(Body::from(body.to_string())).expect("a request")).await
    };
    let name = json!({ "name": "SQL" });
    let made = send("k-1", "POST", SKILLS, name.clone()).await.expect(200);
    assert_eq!(send("k-1", "POST", SKILLS, name.clone()).await.expect(200), made);
    let other = json!({ "name": "Rust" });
    assert_eq!(send("k-1", "POST", SKILLS, other.clone()).await.refusal(), (409, "general.conflict"));
    let skills = format!("/api/v2/users/{ada}/routingskills");
    let held = json!({ "id": made["id"], "proficiency": 2 });
    let given = send("k-2", "POST", &skills, held.clone()).await.expect(200);
    assert_eq!(send("k-2", "POST", &skills, held.clone()).await.expect(200), given);
    let bulk = format!("{skills}/bulk");
    let all = send("k-3", "PUT", &bulk, json!([held])).await.expect(200);
    assert_eq!(send("k-3", "PUT", &bulk, json!([held])).await.expect(200), all);
    // What was made and is gone since is not made again.
    let path = made["selfUri"].as_str().expect("a link");
    world.call(&world.admin, "DELETE", path, Value::Null).await.expect(200);
    assert_eq!(send("k-1", "POST", SKILLS, name).await.status, 404);
    assert_eq!(send("k-2", "POST", &skills, held).await.status, 404);
    assert_eq!(world.get(&world.admin, SKILLS).await.expect(200)["total"], 0);
}
