//! Groups that follow what people can do, as callers see them.

use super::{World, steady};
use serde_json::{Value, json};

const PREVIEW: &str = "/api/v2/groups/dynamicsettings/preview";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// A condition about a routing skill.
fn skill(skill: &str, comparator: &str, proficiency: u8) -> Value {
    json!({ "routingSkill": skill, "comparator": comparator, "proficiency": proficiency })
}

/// A node of conditions about routing skills.
fn node(operation: &str, conditions: Value) -> Value {
    json!({ "routingSkillConditions": conditions, "languageSkillConditions": [], "operation": operation })
}

fn rule(nodes: Value) -> Value {
    json!({ "skillConditions": nodes })
}

/// A rule that takes those who have the skill at this level or above.
fn at_least(name: &str, proficiency: u8) -> Value {
    rule(json!([node("And", json!([skill(name, "GreaterThanOrEqualTo", proficiency)]))]))
}

impl World {
    /// Says how well a user has a routing skill.
    async fn hold(&self, user: &str, skill: &str, proficiency: f64) {
        let body = json!({ "id": skill, "proficiency": proficiency });
        self.call(&self.admin, "POST", &format!("/api/v2/users/{user}/routingskills"), body).await.expect(200);
    }

    async fn put_rule(&self, group: &str, rule: Value) {
        let path = format!("/api/v2/groups/{group}/dynamicsettings");
        assert_eq!(self.call(&self.admin, "PUT", &path, rule).await.expect(204), Value::Null);
    }

    async fn members(&self, group: &str) -> Vec<String> {
        let members = self.get(&self.admin, &format!("/api/v2/groups/{group}/members")).await.expect(200);
        let group = self.get(&self.admin, &format!("/api/v2/groups/{group}")).await.expect(200);
        assert_eq!((&members["total"], group["memberCount"].is_i64()), (&group["memberCount"], true));
        names(&members["entities"])
    }

    /// Whether everything derived is what a fresh computation gives.
    async fn verified(&self) {
        let verification = self.get(&self.admin, "/operator/verification").await.expect(200);
        assert_eq!(verification["differences"], json!([]));
    }
}

fn names(entities: &Value) -> Vec<String> {
    let entities = entities.as_array().expect("entities");
    entities.iter().map(|entity| entity["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn a_rule_from_beginning_to_end() {
    let world = World::new().await;
    let (admin, group) = (&world.admin, world.group(json!({})).await);
    let (sql, german) = (world.skill("SQL").await, world.language("German").await);
    let path = format!("/api/v2/groups/{group}/dynamicsettings");
    let none = world.get(admin, &path).await;
    assert_eq!(none.refusal(), (404, "general.resource.not.found"));
    assert!(none.body["message"].as_str().is_some_and(|text| text.contains("rule")), "{}", none.body);
    let sent = rule(json!([
        {
            "routingSkillConditions": [
                {
                    "routingSkill": "SQL", "comparator": "GreaterThan", "proficiency": 2,
                    "childConditions": [{
                        "routingSkillConditions": [],
                        "languageSkillConditions": [
                            { "languageSkill": "German", "comparator": "EqualTo", "proficiency": 5 },
                        ],
                        "operation": "Not",
                    }],
                },
                { "routingSkill": sql, "comparator": "LessThanOrEqualTo", "proficiency": 4 },
            ],
            "languageSkillConditions": [{ "languageSkill": german, "comparator": "NotEqualTo", "proficiency": 0 }],
            "operation": "Or",
        },
        { "routingSkillConditions": [], "languageSkillConditions": [], "operation": "And" },
    ]));
    world.put_rule(&group, sent.clone()).await;
    let held = world.get(admin, &path).await.expect(200);
    assert_eq!(held["query"], sent);
    assert_eq!(
        steady(&json!([held["group"], held["dateModified"], held["selfUri"]])),
        json!([
            { "id": "(id)", "selfUri": "/api/v2/groups/(id)" },
            "(moment)",
            "/api/v2/groups/(id)/dynamicsettings",
        ])
    );
    assert_eq!(held["selfUri"], json!(path));
    // It is a change of the group; the same again is none.
    let version = async || world.get(admin, &format!("/api/v2/groups/{group}")).await.expect(200)["version"].clone();
    assert_eq!(version().await, 2);
    world.put_rule(&group, held["query"].clone()).await;
    assert_eq!((version().await, world.get(admin, &path).await.expect(200)), (json!(2), held));
    world.put_rule(&group, at_least("sql", 1)).await;
    assert_eq!(version().await, 3);
    assert_eq!(world.call(admin, "DELETE", &path, Value::Null).await.expect(204), Value::Null);
    assert_eq!((world.get(admin, &path).await.status.as_u16(), version().await), (404, json!(4)));
    world.verified().await;
}

#[tokio::test]
async fn what_is_left_out_is_understood_and_words_have_any_case() {
    let world = World::new().await;
    let group = world.group(json!({})).await;
    world.skill("SQL").await;
    let condition =
        json!({ "routingSkill": "sQL", "comparator": "GREATERTHAN", "proficiency": 0, "childConditions": [] });
    let short = rule(json!([{ "routingSkillConditions": [condition] }, { "operation": "nOT" }, {}]));
    world.put_rule(&group, short).await;
    let held = world.get(&world.admin, &format!("/api/v2/groups/{group}/dynamicsettings")).await.expect(200);
    let expected = rule(json!([
        node("And", json!([skill("SQL", "GreaterThan", 0)])),
        node("Not", json!([])),
        node("And", json!([])),
    ]));
    assert_eq!(held["query"], expected);
}

#[tokio::test]
async fn people_come_and_go_with_what_they_can_do_and_individuals_stay() {
    let world = World::new().await;
    let (admin, sql) = (&world.admin, world.skill("SQL").await);
    let (ada, bob, cyd) = (world.user("ada").await, world.user("bob").await, world.user("cyd").await);
    let group = world.group(json!({ "ownerIds": [cyd] })).await;
    let path = format!("/api/v2/groups/{group}");
    world.call(admin, "POST", &format!("{path}/members"), json!({ "memberIds": [bob] })).await.expect(202);
    world.hold(&ada, &sql, 2.0).await;
    world.hold(&bob, &sql, 5.0).await;
    world.put_rule(&group, at_least("SQL", 3)).await;
    assert_eq!(world.members(&group).await, ["bob", "cyd"]);
    let version = world.get(admin, &path).await.expect(200)["version"].clone();
    world.hold(&ada, &sql, 3.0).await;
    assert_eq!(world.members(&group).await, ["ada", "bob", "cyd"]);
    let listed = world.get(admin, &format!("{path}/individuals")).await.expect(200);
    assert_eq!(names(&listed["entities"]), ["bob"], "the rule makes no individuals");
    let expanded = world.get(admin, &format!("/api/v2/users/{ada}?expand=groups")).await.expect(200);
    assert_eq!(expanded["groups"][0]["id"], json!(group));
    world.hold(&ada, &sql, 2.5).await;
    assert_eq!(world.members(&group).await, ["bob", "cyd"]);
    world.hold(&ada, &sql, 5.0).await;
    // An individual stays without the skill, and someone selected leaves with it.
    for user in [&ada, &bob] {
        let path = format!("/api/v2/users/{user}/routingskills/{sql}");
        world.call(admin, "DELETE", &path, Value::Null).await.expect(200);
    }
    assert_eq!(world.members(&group).await, ["bob", "cyd"]);
    // Only active people are selected.
    world.hold(&ada, &sql, 5.0).await;
    let user = format!("/api/v2/users/{ada}");
    for (version, state, expected) in [
        (1, "inactive", vec!["bob", "cyd"]),
        (2, "active", vec!["ada", "bob", "cyd"]),
        (3, "active", vec!["ada", "bob", "cyd"]),
    ] {
        world.call(admin, "PATCH", &user, json!({ "version": version, "state": state })).await.expect(200);
        assert_eq!(world.members(&group).await, expected, "{state}");
    }
    // Taking a selected person out by id is no change: nobody was put in.
    world.call(admin, "DELETE", &format!("{path}/members?ids={ada}"), Value::Null).await.expect(202);
    assert_eq!(world.members(&group).await, ["ada", "bob", "cyd"]);
    world.call(admin, "DELETE", &user, Value::Null).await.expect(200);
    assert_eq!(world.members(&group).await, ["bob", "cyd"]);
    assert_eq!(world.get(admin, &path).await.expect(200)["version"], version, "what a rule comes to is no change");
    // A deleted skill selects nobody, not even those who were to have it.
    world.hold(&cyd, &sql, 5.0).await;
    world.put_rule(&group, at_least("SQL", 0)).await;
    let dan = world.user("dan").await;
    world.hold(&dan, &sql, 0.0).await;
    assert_eq!(world.members(&group).await, ["bob", "cyd", "dan"]);
    world.call(admin, "DELETE", &format!("/api/v2/routing/skills/{sql}"), Value::Null).await.expect(200);
    assert_eq!(world.members(&group).await, ["bob", "cyd"]);
    world.verified().await;
    // Without the rule those it selected go.
    let rust = world.skill("Rust").await;
    world.hold(&dan, &rust, 1.0).await;
    world.put_rule(&group, at_least("Rust", 1)).await;
    assert_eq!(world.members(&group).await, ["bob", "cyd", "dan"]);
    world.call(admin, "DELETE", &format!("{path}/dynamicsettings"), Value::Null).await.expect(204);
    assert_eq!(world.members(&group).await, ["bob", "cyd"]);
    world.verified().await;
}

#[tokio::test]
async fn previews_count_and_groups_agree() {
    let world = World::new().await;
    let (sql, rust) = (world.skill("SQL").await, world.skill("Rust").await);
    let german = world.language("German").await;
    // Ada has SQL 3, bob SQL 5 and Rust 1, cyd Rust 4 and German 2, dan nothing, eve is not active.
    let (ada, bob, cyd) = (world.user("ada").await, world.user("bob").await, world.user("cyd").await);
    world.user("dan").await;
    let eve = world.user("eve").await;
    for (user, skill, level) in
        [(&ada, &sql, 3.0), (&bob, &sql, 5.0), (&bob, &rust, 1.0), (&cyd, &rust, 4.0), (&eve, &sql, 5.0)]
    {
        world.hold(user, skill, level).await;
    }
    let path = format!("/api/v2/users/{cyd}/routinglanguages");
    world.call(&world.admin, "POST", &path, json!({ "id": german, "proficiency": 2 })).await.expect(200);
    let inactive = json!({ "version": 1, "state": "inactive" });
    world.call(&world.admin, "PATCH", &format!("/api/v2/users/{eve}"), inactive).await.expect(200);
    let group = world.group(json!({})).await;
    let one = |operation: &str, comparator: &str, level| node(operation, json!([skill("SQL", comparator, level)]));
    let with = |operation: &str, condition: Value| {
        let mut parent = skill("SQL", "GreaterThanOrEqualTo", 1);
        parent["childConditions"] = json!([node(operation, json!([condition]))]);
        node("And", json!([parent]))
    };
    let german_at = |level| json!({ "languageSkill": "German", "comparator": "EqualTo", "proficiency": level });
    for (nodes, expected) in [
        (json!([]), vec![]),
        (json!([node("And", json!([])), node("Not", json!([]))]), vec![]),
        (json!([one("And", "EqualTo", 3)]), vec!["ada"]),
        (json!([one("And", "NotEqualTo", 3)]), vec!["bob"]),
        (json!([one("And", "LessThan", 3)]), vec![]),
        (json!([one("And", "LessThanOrEqualTo", 3)]), vec!["ada"]),
        (json!([one("And", "GreaterThan", 3)]), vec!["bob"]),
        (json!([one("And", "GreaterThanOrEqualTo", 3)]), vec!["ada", "bob"]),
        (json!([one("Not", "GreaterThanOrEqualTo", 3)]), vec!["Administrator", "cyd", "dan"]),
        (json!([one("Or", "EqualTo", 3), node("Or", json!([skill("Rust", "EqualTo", 4)]))]), vec!["ada", "cyd"]),
        (json!([one("And", "GreaterThan", 0), node("Not", json!([skill("Rust", "GreaterThan", 0)]))]), vec!["ada"]),
        (json!([node("And", json!([skill("SQL", "GreaterThan", 0), skill("Rust", "GreaterThan", 0)]))]), vec!["bob"]),
        (
            json!([node("Or", json!([skill("SQL", "GreaterThan", 0), skill("Rust", "GreaterThan", 0)]))]),
            vec!["ada", "bob", "cyd"],
        ),
        (json!([with("And", skill("Rust", "GreaterThan", 0))]), vec!["bob"]),
        (json!([with("Not", skill("Rust", "GreaterThan", 0))]), vec!["ada"]),
        (json!([with("Or", skill("Rust", "GreaterThan", 0))]), vec!["ada", "bob", "cyd"]),
        (
            json!([{
                "routingSkillConditions": [{
                    "routingSkill": "SQL", "comparator": "GreaterThan", "proficiency": 0,
                    "childConditions": [node("And", json!([]))],
                }],
                "languageSkillConditions": [],
                "operation": "And",
            }]),
            vec!["ada", "bob"],
        ),
        (json!([{ "languageSkillConditions": [german_at(2)] }]), vec!["cyd"]),
        (json!([{ "languageSkillConditions": [german_at(3)] }]), vec![]),
    ] {
        let rule = rule(nodes);
        let preview = world.call(&world.admin, "POST", PREVIEW, rule.clone()).await.expect(200);
        assert_eq!(preview, json!({ "userCount": expected.len() }), "{rule}");
        let expanded = format!("{PREVIEW}?expand=users,whatever");
        let expanded = world.call(&world.admin, "POST", &expanded, rule.clone()).await.expect(200);
        assert_eq!(names(&expanded["users"]), expected, "{rule}");
        let before = world.members(&group).await;
        let meant =
            world.call(&world.admin, "POST", &format!("{PREVIEW}?groupId={group}"), rule.clone()).await.expect(200);
        world.put_rule(&group, rule.clone()).await;
        let after = world.members(&group).await;
        assert_eq!(after, expected, "{rule}");
        let not_in = |some: &[String], others: &[String]| some.iter().filter(|name| !others.contains(name)).count();
        let delta = (not_in(&after, &before), not_in(&before, &after));
        assert_eq!((&meant["gained"], &meant["lost"]), (&json!(delta.0), &json!(delta.1)), "{rule}");
    }
    world.verified().await;
    for n in 0..26 {
        let user = world.user(&format!("x{n:02}")).await;
        world.hold(&user, &rust, 2.0).await;
    }
    let rule = rule(json!([node("And", json!([skill("Rust", "EqualTo", 2)]))]));
    let preview = world.call(&world.admin, "POST", &format!("{PREVIEW}?expand=users"), rule).await.expect(200);
    assert_eq!((&preview["userCount"], preview["users"].as_array().map(Vec::len)), (&json!(26), Some(25)));
    assert_eq!(preview["users"][0]["name"], "x00");
}

#[tokio::test]
async fn a_preview_for_a_group_counts_who_would_come_and_go() {
    let world = World::new().await;
    let sql = world.skill("SQL").await;
    let (ada, bob, cyd) = (world.user("ada").await, world.user("bob").await, world.user("cyd").await);
    for (user, level) in [(&ada, 1.0), (&bob, 3.0), (&cyd, 5.0)] {
        world.hold(user, &sql, level).await;
    }
    // Whoever is in it of its own accord or as an owner neither comes nor goes.
    let group = world.group(json!({ "ownerIds": [cyd] })).await;
    let path = format!("/api/v2/groups/{group}/members");
    world.call(&world.admin, "POST", &path, json!({ "memberIds": [ada] })).await.expect(202);
    let preview = format!("{PREVIEW}?groupId={group}");
    let none = rule(json!([]));
    for (rule, count, gained, lost) in
        [(at_least("SQL", 1), 3, 1, 0), (at_least("SQL", 4), 1, 0, 0), (none.clone(), 0, 0, 0)]
    {
        let expected = json!({ "userCount": count, "gained": gained, "lost": lost });
        assert_eq!(world.call(&world.admin, "POST", &preview, rule).await.expect(200), expected);
    }
    world.put_rule(&group, at_least("SQL", 1)).await;
    let expected = json!({ "userCount": 0, "gained": 0, "lost": 1 });
    assert_eq!(world.call(&world.admin, "POST", &preview, none).await.expect(200), expected);
    let nowhere = format!("{PREVIEW}?groupId={NOBODY}");
    assert_eq!(world.call(&world.admin, "POST", &nowhere, at_least("SQL", 1)).await.status, 404);
}

#[tokio::test]
async fn refusals_name_what_is_wrong_and_change_nothing() {
    let world = World::new().await;
    let group = world.group(json!({})).await;
    let path = format!("/api/v2/groups/{group}/dynamicsettings");
    world.skill("SQL").await;
    let sql = |fields: Value| {
        let mut condition = skill("SQL", "EqualTo", 1);
        for (key, value) in fields.as_object().expect("an object") {
            condition[key] = value.clone();
        }
        rule(json!([node("And", json!([condition]))]))
    };
    let language = |text: &str| {
        let condition = json!({ "languageSkill": text, "comparator": "EqualTo", "proficiency": 1 });
        rule(json!([{ "languageSkillConditions": [condition] }]))
    };
    let deep = |depth: usize| {
        let mut nodes = json!([node("And", json!([]))]);
        for _ in 1..depth {
            let mut condition = skill("SQL", "EqualTo", 1);
            condition["childConditions"] = nodes;
            nodes = json!([node("And", json!([condition]))]);
        }
        rule(nodes)
    };
    let wide = |n: usize| rule(json!([node("And", json!(vec![skill("SQL", "EqualTo", 1); n]))]));
    let (bad, value) = ((400, "bad.request"), (400, "invalid.value"));
    let long = "x".repeat(257);
    for (body, refusal, field, limit) in [
        (Value::Null, bad, "body", None),
        (json!([]), bad, "", None),
        (json!({}), bad, "skillConditions", None),
        (json!({ "skillConditions": {} }), bad, "skillConditions", None),
        (rule(json!([{ "operation": "Xor" }])), value, "operation", None),
        (
            rule(json!([{ "routingSkillConditions": [null] }])),
            bad,
            "skillConditions[0].routingSkillConditions[0]",
            None,
        ),
        (sql(json!({ "routingSkill": null })), bad, "routingSkill", None),
        (sql(json!({ "routingSkill": " " })), bad, "routingSkill", None),
        (sql(json!({ "routingSkill": long })), bad, "routingSkill", Some(256)),
        (sql(json!({ "routingSkill": "COBOL" })), value, "routingSkill", None),
        (sql(json!({ "routingSkill": NOBODY })), value, "routingSkill", None),
        (language("SQL"), value, "languageSkill", None),
        (language(""), bad, "languageSkill", None),
        (sql(json!({ "comparator": null })), bad, "comparator", None),
        (sql(json!({ "comparator": "AtLeast" })), value, "comparator", None),
        (sql(json!({ "proficiency": null })), bad, "proficiency", None),
        (sql(json!({ "proficiency": 6 })), bad, "proficiency", Some(5)),
        (sql(json!({ "proficiency": -1 })), bad, "proficiency", Some(5)),
        (sql(json!({ "proficiency": 300 })), bad, "proficiency", Some(5)),
        (sql(json!({ "proficiency": 2.5 })), bad, "skillConditions[0].routingSkillConditions[0].proficiency", None),
        (sql(json!({ "childConditions": [{ "operation": "?" }] })), value, "operation", None),
        (deep(13), bad, "childConditions", Some(12)),
        (deep(60), bad, "", None),
        (wide(65), bad, "skillConditions", Some(64)),
    ] {
        for (method, path) in [("PUT", &*path), ("POST", PREVIEW)] {
            let reply = world.call(&world.admin, method, path, body.clone()).await;
            assert_eq!(reply.refusal(), refusal, "{method} {body}: {}", reply.body);
            if !field.is_empty() {
                assert_eq!(reply.body["details"][0]["fieldName"], field, "{method} {body}");
            }
            assert_eq!(reply.body["limit"]["value"].as_u64(), limit, "{method} {body}: {}", reply.body);
        }
    }
    assert_eq!(world.get(&world.admin, &path).await.status, 404);
    for body in [deep(12), wide(64)] {
        world.put_rule(&group, body.clone()).await;
        assert_eq!(world.get(&world.admin, &path).await.expect(200)["query"], body);
        world.call(&world.admin, "POST", PREVIEW, body).await.expect(200);
    }
    for id in [NOBODY, "nonsense"] {
        let path = format!("/api/v2/groups/{id}/dynamicsettings");
        for (method, body) in [("GET", Value::Null), ("PUT", at_least("SQL", 1)), ("DELETE", Value::Null)] {
            let reply = world.call(&world.admin, method, &path, body).await;
            assert_eq!(reply.refusal(), (404, "general.resource.not.found"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn names_follow_their_skills_and_ids_stay() {
    let world = World::new().await;
    let (admin, sql) = (&world.admin, world.skill("SQL").await);
    let (by_name, by_id) = (world.group(json!({})).await, world.group(json!({})).await);
    world.put_rule(&by_name, at_least("sql", 1)).await;
    world.put_rule(&by_id, at_least(&sql, 1)).await;
    let shown = async |group: &str| {
        let held = world.get(admin, &format!("/api/v2/groups/{group}/dynamicsettings")).await.expect(200);
        held["query"]["skillConditions"][0]["routingSkillConditions"][0]["routingSkill"].clone()
    };
    assert_eq!((shown(&by_name).await, shown(&by_id).await), (json!("SQL"), json!(sql)));
    let path = format!("/api/v2/routing/skills/{sql}");
    world.call(admin, "PATCH", &path, json!({ "name": "Databases" })).await.expect(200);
    assert_eq!((shown(&by_name).await, shown(&by_id).await), (json!("Databases"), json!(sql)));
    // The name is free: another skill of that name is another skill.
    let other = world.skill("SQL").await;
    let ada = world.user("ada").await;
    world.hold(&ada, &other, 5.0).await;
    assert!(world.members(&by_name).await.is_empty());
    world.hold(&ada, &sql, 5.0).await;
    assert_eq!((world.members(&by_name).await, world.members(&by_id).await), (vec!["ada".into()], vec!["ada".into()]));
    // What is the id of one and the name of another is neither's.
    world.skill(&sql).await;
    for (method, path) in [("PUT", &*format!("/api/v2/groups/{by_id}/dynamicsettings")), ("POST", PREVIEW)] {
        let reply = world.call(admin, method, path, at_least(&sql, 1)).await;
        assert_eq!(
            (reply.refusal(), &reply.body["details"][0]["fieldName"]),
            ((400, "invalid.value"), &json!("routingSkill"))
        );
        assert!(reply.body["message"].as_str().is_some_and(|text| text.contains("two skills")), "{}", reply.body);
    }
    world.call(admin, "DELETE", &path, Value::Null).await.expect(200);
    assert_eq!((shown(&by_name).await, shown(&by_id).await), (json!("Databases"), json!(sql)));
    assert!(world.members(&by_name).await.is_empty() && world.members(&by_id).await.is_empty());
    world.verified().await;
}

#[tokio::test]
async fn who_reads_a_rule_and_who_changes_it() {
    let world = World::new().await;
    let sql = world.skill("SQL").await;
    let (ada, bob, cyd) = (world.user("ada").await, world.user("bob").await, world.user("cyd").await);
    world.hold(&bob, &sql, 5.0).await;
    let owner = world.actor(Some("reader"), Some(&ada)).await;
    let member = world.actor(Some("reader"), Some(&bob)).await;
    let stranger = world.actor(Some("reader"), Some(&cyd)).await;
    let editor = world.actor(Some("group administrator"), None).await;
    let without = world.actor(None, Some(&ada)).await;
    for (visibility, rules_visible, hidden, unseen) in [
        ("public", true, 200, 200),
        ("public", false, 403, 403),
        ("members", true, 200, 404),
        ("members", false, 403, 404),
        ("owners", true, 404, 404),
    ] {
        let more = json!({ "visibility": visibility, "rulesVisible": rules_visible, "ownerIds": [ada] });
        let group = world.group(more).await;
        world.put_rule(&group, at_least("SQL", 1)).await;
        let path = format!("/api/v2/groups/{group}");
        let rule = format!("{path}/dynamicsettings");
        let explanation = format!("{path}/members/{bob}/explanation");
        for (who, status) in [
            (&world.admin, 200),
            (&editor, 200),
            (&owner, 200),
            (&member, hidden),
            (&stranger, unseen),
            (&without, 403),
        ] {
            for read in [&rule, &explanation] {
                let reply = world.get(who, read).await;
                assert_eq!(reply.status, status, "{visibility} {rules_visible} {read}: {}", reply.body);
                if status == 403 && who != &without {
                    assert_eq!(reply.refusal(), (403, "not.authorized"));
                    assert!(reply.body["message"].as_str().is_some_and(|text| text.contains("directory:group:edit")));
                }
            }
        }
        // Changing takes the permission; owning the group is not enough, and neither is seeing it.
        for who in [&owner, &member, &stranger, &without] {
            assert_eq!(world.call(who, "PUT", &rule, at_least("SQL", 2)).await.refusal(), (403, "missing.permissions"));
            assert_eq!(world.call(who, "DELETE", &rule, Value::Null).await.refusal(), (403, "missing.permissions"));
        }
        let preview = world.call(&member, "POST", PREVIEW, at_least("SQL", 1)).await.expect(200);
        assert_eq!(preview["userCount"], 1);
        assert_eq!(world.call(&editor, "PUT", &rule, at_least("SQL", 2)).await.status, 204);
        assert_eq!(world.call(&editor, "DELETE", &rule, Value::Null).await.status, 204);
        // Without a rule there is nothing to hide.
        assert_eq!(world.get(&member, &rule).await.status, 404);
    }
    // Whom a rule selects sees a group of members.
    let group = world.group(json!({ "visibility": "members" })).await;
    assert_eq!(world.get(&member, &format!("/api/v2/groups/{group}")).await.status, 404);
    world.put_rule(&group, at_least("SQL", 1)).await;
    assert_eq!(world.get(&member, &format!("/api/v2/groups/{group}")).await.status, 200);
    assert_eq!(world.get(&stranger, &format!("/api/v2/groups/{group}")).await.status, 404);
}

#[tokio::test]
async fn explanations_say_why() {
    let world = World::new().await;
    let (admin, sql, german) = (&world.admin, world.skill("SQL").await, world.language("German").await);
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    world.hold(&ada, &sql, 2.5).await;
    let languages = format!("/api/v2/users/{ada}/routinglanguages");
    world.call(admin, "POST", &languages, json!({ "id": german, "proficiency": 1 })).await.expect(200);
    let group = world.group(json!({ "ownerIds": [bob], "includeOwners": false })).await;
    let explain = async |user: &str| {
        world.get(admin, &format!("/api/v2/groups/{group}/members/{user}/explanation")).await.expect(200)
    };
    let bobs = explain(&bob).await;
    assert_eq!(
        bobs,
        json!({
            "group": { "id": group, "name": "g", "selfUri": format!("/api/v2/groups/{group}") },
            "user": { "id": bob, "name": "bob", "selfUri": format!("/api/v2/users/{bob}") },
            "userState": "active",
            "isMember": false, "isEffectiveMember": false, "isIndividual": false, "isOwner": true, "includeOwners": false,
        })
    );
    let query = rule(json!([
        {
            "routingSkillConditions": [{
                "routingSkill": "SQL", "comparator": "GreaterThan", "proficiency": 2,
                "childConditions": [{
                    "routingSkillConditions": [],
                    "languageSkillConditions": [
                        { "languageSkill": german, "comparator": "GreaterThan", "proficiency": 3 },
                    ],
                    "operation": "Not",
                }],
            }],
            "languageSkillConditions": [],
            "operation": "And",
        },
        node("Not", json!([skill("SQL", "EqualTo", 5)])),
        node("And", json!([])),
    ]));
    world.put_rule(&group, query).await;
    let adas = explain(&ada).await;
    assert_eq!(
        (&adas["isMember"], &adas["isIndividual"], &adas["isOwner"]),
        (&json!(true), &json!(false), &json!(false))
    );
    assert_eq!(
        adas["rule"],
        json!({
            "selects": true,
            "skillConditions": [
                {
                    "routingSkillConditions": [{
                        "routingSkill": "SQL", "comparator": "GreaterThan", "proficiency": 2,
                        "held": 2.5, "compares": true, "holds": true,
                        "childConditions": [{
                            "routingSkillConditions": [],
                            "languageSkillConditions": [{
                                "languageSkill": german, "comparator": "GreaterThan", "proficiency": 3,
                                "held": 1.0, "compares": false, "holds": false,
                            }],
                            "operation": "Not", "holds": false,
                        }],
                    }],
                    "languageSkillConditions": [],
                    "operation": "And", "holds": true,
                },
                {
                    "routingSkillConditions": [{
                        "routingSkill": "SQL", "comparator": "EqualTo", "proficiency": 5,
                        "held": 2.5, "compares": false, "holds": false,
                    }],
                    "languageSkillConditions": [],
                    "operation": "Not", "holds": false,
                },
                { "routingSkillConditions": [], "languageSkillConditions": [], "operation": "And", "holds": true },
            ],
        })
    );
    // The comparison is true, and what is joined to it is not.
    world.call(admin, "POST", &languages, json!({ "id": german, "proficiency": 4 })).await.expect(200);
    let adas = explain(&ada).await;
    let condition = &adas["rule"]["skillConditions"][0]["routingSkillConditions"][0];
    assert_eq!((&condition["compares"], &condition["holds"]), (&json!(true), &json!(false)));
    assert_eq!((&adas["isMember"], &adas["rule"]["selects"]), (&json!(false), &json!(false)));
    // Without the skill nothing is held.
    let condition = &explain(&bob).await["rule"]["skillConditions"][0]["routingSkillConditions"][0];
    assert_eq!((condition.get("held"), &condition["compares"]), (None, &json!(false)));
    // The rule holds for someone who is not active, and does not select.
    world.call(admin, "POST", &languages, json!({ "id": german, "proficiency": 1 })).await.expect(200);
    let inactive = json!({ "version": 1, "state": "inactive" });
    world.call(admin, "PATCH", &format!("/api/v2/users/{ada}"), inactive).await.expect(200);
    let adas = explain(&ada).await;
    assert_eq!((&adas["userState"], &adas["isMember"]), (&json!("inactive"), &json!(false)));
    assert_eq!((&adas["rule"]["selects"], &adas["rule"]["skillConditions"][0]["holds"]), (&json!(false), &json!(true)));
    for path in [
        format!("/api/v2/groups/{group}/members/{NOBODY}/explanation"),
        format!("/api/v2/groups/{NOBODY}/members/{ada}/explanation"),
        format!("/api/v2/groups/{group}/members/nonsense/explanation"),
    ] {
        assert_eq!(world.get(admin, &path).await.refusal(), (404, "general.resource.not.found"), "{path}");
    }
}

#[tokio::test]
async fn memberships_say_how() {
    let world = World::new().await;
    let sql = world.skill("SQL").await;
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    world.hold(&ada, &sql, 5.0).await;
    let named = |name: &str, mut more: Value| {
        more["name"] = json!(name);
        more
    };
    let owned = world.group(named("a owned", json!({ "ownerIds": [ada] }))).await;
    world.group(named("b not counted", json!({ "ownerIds": [ada], "includeOwners": false }))).await;
    let individual = world.group(named("c individual", json!({ "visibility": "members", "type": "social" }))).await;
    let ruled = world.group(named("d ruled", json!({ "rulesVisible": false }))).await;
    let all = world.group(named("e all", json!({ "ownerIds": [ada] }))).await;
    world.group(named("f none", json!({}))).await;
    for group in [&individual, &all] {
        let path = format!("/api/v2/groups/{group}/members");
        world.call(&world.admin, "POST", &path, json!({ "memberIds": [ada] })).await.expect(202);
    }
    for group in [&ruled, &all] {
        world.put_rule(group, at_least("SQL", 5)).await;
    }
    let path = format!("/api/v2/users/{ada}/groups");
    let listing = world.get(&world.admin, &path).await.expect(200);
    let of = |id: &str, name: &str, kind: &str, visibility: &str, how: Value| {
        let self_uri = format!("/api/v2/groups/{id}");
        json!({ "id": id, "name": name, "type": kind, "visibility": visibility, "how": how, "selfUri": self_uri })
    };
    let expected = json!([
        of(&owned, "a owned", "official", "public", json!(["owner"])),
        of(&individual, "c individual", "social", "members", json!(["individual"])),
        of(&ruled, "d ruled", "official", "public", json!(["rule"])),
        of(&all, "e all", "official", "public", json!(["individual", "owner", "rule"])),
    ]);
    assert_eq!((&listing["entities"], &listing["total"]), (&expected, &json!(4)));
    let page =
        world.get(&world.admin, &format!("{path}?pageSize=1&pageNumber=2&sortOrder=descending")).await.expect(200);
    assert_eq!((&page["entities"][0], &page["total"]), (&expected[2], &json!(4)));
    assert_eq!(page["nextUri"], json!(format!("{path}?pageSize=1&pageNumber=3&sortOrder=descending")));
    // Who may not see a group, or not read its rule, learns no more here.
    let stranger = world.actor(None, Some(&bob)).await;
    let seen = world.get(&stranger, &path).await.expect(200);
    assert_eq!(names(&seen["entities"]), ["a owned", "d ruled", "e all"]);
    assert_eq!((&seen["total"], &seen["entities"][1]["how"]), (&json!(3), &json!([])));
    assert_eq!(seen["entities"][2]["how"], json!(["individual", "owner", "rule"]));
    assert_eq!(world.get(&world.admin, &format!("/api/v2/users/{bob}/groups")).await.expect(200)["total"], 0);
    for id in [NOBODY, "nonsense"] {
        let reply = world.get(&world.admin, &format!("/api/v2/users/{id}/groups")).await;
        assert_eq!(reply.refusal(), (404, "general.resource.not.found"));
    }
    world.call(&world.admin, "DELETE", &format!("/api/v2/users/{ada}"), Value::Null).await.expect(200);
    assert_eq!(world.get(&world.admin, &path).await.status, 404);
}
