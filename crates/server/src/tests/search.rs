//! Searches as callers see them: what is found, what is told of a bad one, and what a `q64` is worth.

use super::{Reply, World};
use crate::config::Bootstrap;
use convoke_core::{GroupField, Name, PersonField, SearchField};
use convoke_wire::genesys::SortField;
use convoke_wire::word::Word;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const GROUPS: &str = "/api/v2/groups/search";
const USERS: &str = "/api/v2/users/search";

impl World {
    async fn search(&self, token: &str, path: &str, body: Value) -> Reply {
        self.call(token, "POST", path, body).await
    }

    /// The names of what a query finds, in order.
    async fn found(&self, token: &str, path: &str, query: Value) -> Vec<String> {
        let reply = self.search(token, path, json!({ "query": query })).await.expect(200);
        let results = reply["results"].as_array().expect("results");
        assert_eq!(reply["total"], results.len());
        results.iter().map(|result| result["name"].as_str().expect("a name").to_owned()).collect()
    }
}

/// What stands after `q64=` in a link, decoded as a client does.
fn q64(link: &Value) -> String {
    let link = link.as_str().expect("a link");
    link.split_once("q64=").expect("a q64").1.replace("%3D", "=")
}

#[tokio::test]
async fn pages_lead_to_each_other_and_totals_are_exact() {
    let world = World::new().await;
    for n in 0..7 {
        world.group(json!({ "name": format!("night {n}") })).await;
    }
    world.group(json!({ "name": "day" })).await;
    let body = json!({
        "query": [{ "type": "starts_with", "fields": ["name"], "value": "NIGHT" }],
        "sortOrder": "DESC", "pageSize": 3,
    });
    let mut page = world.search(&world.admin, GROUPS, body).await.expect(200);
    let mut names = Vec::new();
    for number in 1..=3 {
        assert_eq!((&page["total"], &page["pageCount"], &page["types"]), (&json!(7), &json!(3), &json!(["groups"])));
        assert_eq!(page["pageNumber"], number);
        names.extend(page["results"].as_array().expect("results").iter().map(|group| group["name"].clone()));
        let again = world.get(&world.admin, page["currentPage"].as_str().expect("a link")).await.expect(200);
        assert_eq!(again["results"], page["results"]);
        assert_eq!(page.get("previousPage").is_some(), number > 1);
        assert_eq!(page.get("nextPage").is_some(), number < 3);
        if number < 3 {
            page = world.get(&world.admin, &format!("{GROUPS}?q64={}", q64(&page["nextPage"]))).await.expect(200);
        }
    }
    assert_eq!(names, (0..7).rev().map(|n| json!(format!("night {n}"))).collect::<Vec<_>>());
    let far = world.search(&world.admin, GROUPS, json!({ "pageNumber": 2_147_483_647, "pageSize": 500 })).await;
    assert_eq!(far.expect(200)["results"], json!([]));
}

#[tokio::test]
async fn results_are_cut_to_what_the_caller_sees() {
    let world = World::new().await;
    let (ada, bob) = (world.user("ada").await, world.user("bob").await);
    world.group(json!({ "name": "open" })).await;
    world.group(json!({ "name": "board", "visibility": "owners", "ownerIds": [ada] })).await;
    let club = world.group(json!({ "name": "club", "visibility": "members" })).await;
    let members = json!({ "memberIds": [bob] });
    world.call(&world.admin, "POST", &format!("/api/v2/groups/{club}/members"), members).await.expect(202);
    let all = json!([{ "type": "MATCH_ALL" }]);
    for (actor, seen) in [
        (world.admin.clone(), vec!["board", "club", "open"]),
        (world.actor(None, None).await, vec!["open"]),
        (world.actor(None, Some(&ada)).await, vec!["board", "open"]),
        (world.actor(None, Some(&bob)).await, vec!["club", "open"]),
    ] {
        assert_eq!(world.found(&actor, GROUPS, all.clone()).await, seen);
        let in_club = json!([{ "type": "EXACT", "fields": ["memberIds"], "value": bob }]);
        assert_eq!(world.found(&actor, GROUPS, in_club).await.len(), usize::from(seen.contains(&"club")));
    }
    // Nor does a search of users tell of a group that its caller does not see.
    let reader = world.actor(Some("reader"), None).await;
    let in_club = json!([{ "type": "EXACT", "fields": ["groups"], "value": club }]);
    assert_eq!(world.found(&world.admin, USERS, in_club.clone()).await, ["bob"]);
    assert!(world.found(&reader, USERS, in_club).await.is_empty());
}

/// A `q64` gives no rights, and contains no data of another organisation.
#[tokio::test]
async fn a_q64_of_others_shows_what_one_sees_oneself() {
    let world = World::new().await;
    world.group(json!({ "name": "secret", "visibility": "owners" })).await;
    world.group(json!({ "name": "open" })).await;
    let made = world.search(&world.admin, GROUPS, json!({ "query": [{ "type": "MATCH_ALL" }] })).await.expect(200);
    assert_eq!(made["total"], 2);
    let link = format!("{GROUPS}?q64={}", q64(&made["currentPage"]));
    let stranger = world.actor(None, None).await;
    assert_eq!(world.get(&stranger, &link).await.expect(200)["total"], 1);
    let bootstrap = Bootstrap::new(Some("other".into()), Some("other secret".into())).expect("a client");
    let name = Name::new("Other").expect("a name");
    world.site.directories.found(name, bootstrap).await.expect("it is written").expect("the name is free");
    let other = world.token("other", "other secret").await;
    assert_eq!(world.get(&other, &link).await.expect(200)["total"], 0);
    assert_eq!(world.get(&world.admin, &format!("{USERS}?q64={}", q64(&made["currentPage"]))).await.status, 400);
}

#[tokio::test]
async fn a_bad_search_is_told_what_is_wrong_with_it() {
    let world = World::new().await;
    let query = |entry: Value| json!({ "query": [entry] });
    let name = |kind: &str, value: Value| query(json!({ "type": kind, "fields": ["name"], "value": value }));
    let nested = |depth: usize| {
        let leaf = json!({ "type": "MATCH_ALL" });
        query((1..depth).fold(leaf, |inner, _| json!({ "type": "MATCH_ALL", "group": [inner] })))
    };
    for (body, field) in [
        (query(json!({ "fields": ["name"], "value": "x" })), "type"),
        (name("NEARLY", json!("x")), "type"),
        (query(json!({ "type": "EXACT", "fields": ["colour"], "value": "x" })), "fields"),
        (query(json!({ "type": "EXACT", "fields": ["name"] })), "value"),
        (query(json!({ "type": "EXACT", "fields": ["name"], "value": "x", "operator": "XOR" })), "operator"),
        (query(json!({ "type": "CONTAINS", "fields": ["id"], "value": "x" })), "type"),
        (query(json!({ "type": "EXACT", "fields": ["memberCount"], "value": "many" })), "value"),
        (query(json!({ "type": "RANGE", "fields": ["memberCount"] })), "startValue"),
        (query(json!({ "type": "DATE_RANGE", "fields": ["dateModified"], "startValue": "soon" })), "startValue"),
        (
            query(json!({ "type": "RANGE", "fields": ["dateModified"], "endValue": "1.1.2026", "dateFormat": "Q" })),
            "dateFormat",
        ),
        (name("REGEX", json!("(")), "value"),
        (name("REGEX", json!("a{900}{900}")), "value"),
        (name("REGEX", json!("a".repeat(1025))), "value"),
        (name("EXACT", json!(7)), "query[0].value"),
        (json!({ "sortOrder": "SIDEWAYS" }), "sortOrder"),
        (json!({ "sortBy": "colour" }), "sortBy"),
        (json!({ "sortBy": "ownerIds" }), "sortBy"),
        (json!({ "sort": [{ "sortBy": "colour" }] }), "sortBy"),
        (json!({ "pageSize": 501 }), "pageSize"),
        (nested(13), "group"),
        (json!({ "query": vec![json!({ "type": "MATCH_ALL" }); 65] }), "query"),
        (query(json!({ "type": "TERMS", "fields": ["name"], "values": vec!["x"; 501] })), "values"),
    ] {
        let reply = world.search(&world.admin, GROUPS, body.clone()).await;
        let shown: String = body.to_string().chars().take(120).collect();
        assert_eq!((reply.status.as_u16(), &reply.body["details"][0]["fieldName"]), (400, &json!(field)), "{shown}");
        assert!(["bad.request", "invalid.value", "invalid.date"].contains(&reply.refusal().1), "{shown}");
    }
    assert_eq!(world.search(&world.admin, GROUPS, nested(12)).await.status, 200);
    for text in ["", "%25", "AAAA", "H4sIAAAAAAAAAwMAAAAAAAAAAAA"] {
        let reply = world.get(&world.admin, &format!("{GROUPS}?q64={text}")).await;
        assert_eq!((reply.status.as_u16(), &reply.body["details"][0]["fieldName"]), (400, &json!("q64")), "{text}");
    }
}

/// Time and memory are bounded. Each of these requests is small, but would need a lot of both.
#[tokio::test]
async fn what_would_come_to_much_is_refused_before_it_does() {
    let world = World::new().await;
    let names = |n: usize| vec!["name"; n];
    let values = |n: usize| (0..n).map(|n| n.to_string()).collect::<Vec<_>>();
    let entry = |kind: &str, fields: Value, values: Value| json!({ "type": kind, "fields": fields, "values": values });
    let wide = format!("[{}]", r"\p{Any}".repeat(20));
    for (query, field) in [
        (json!([entry("EXACT", json!(names(10_000)), json!(values(8_000)))]), "values"),
        (json!(vec![entry("TERMS", json!(["name", "description"]), json!(["x"])); 33]), "query"),
        (json!([entry("QUERY_STRING", json!(["name"]), json!(["x ".repeat(65)]))]), "query"),
        (json!([entry("TERMS", json!(["name"]), json!(["x".repeat(33_000)]))]), "values"),
        (json!([entry("REGEX", json!(["name"]), json!([r"\p{Any}".repeat(17)]))]), "value"),
        (json!([entry("REGEX", json!(["name"]), json!([wide]))]), "value"),
        (json!([entry("REGEX", json!(["name"]), json!(values(9)))]), "values"),
    ] {
        let shown: String = query.to_string().chars().take(100).collect();
        let reply = world.search(&world.admin, GROUPS, json!({ "query": query })).await;
        assert_eq!((reply.status.as_u16(), &reply.body["details"][0]["fieldName"]), (400, &json!(field)), "{shown}");
    }
    // The same field twice is the same as once.
    let query = json!([entry("EXACT", json!(names(10_000)), json!(["x"]))]);
    assert_eq!(world.search(&world.admin, GROUPS, json!({ "query": query })).await.status, 200);
}

/// Patterns that take exponential time in other regex engines.
#[tokio::test]
async fn no_pattern_takes_long() {
    let world = World::new().await;
    for n in 0..20 {
        world.group(json!({ "name": format!("{}{n}", "a".repeat(240)) })).await;
    }
    for pattern in
        ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*a){20}", "([a-z]+)*1", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y"]
    {
        let body = json!({ "query": [{ "type": "REGEX", "fields": ["name"], "value": pattern }] });
        let began = Instant::now();
        let status = world.search(&world.admin, GROUPS, body).await.status.as_u16();
        assert!(matches!(status, 200 | 400), "{pattern}: {status}");
        // Not a measurement: an exponential one would not come back at all.
        assert!(began.elapsed() < Duration::from_secs(20), "{pattern}");
    }
}

/// A search of many goes aside and comes to the same.
#[tokio::test]
async fn a_long_search_is_answered_as_a_short_one() {
    let world = World::new().await;
    for n in 0..100 {
        world.user(&format!("person{n:02}")).await;
    }
    // 100 people are few, but each pattern has to be made ready for each field.
    let entry = |value: &str| {
        json!({
            "type": "REGEX", "value": value, "operator": "OR",
            "fields": ["name", "email", "name", "email", "name", "email", "name", "email"],
        })
    };
    let long = json!((0..8).map(|n| entry(&format!("person{n}.*"))).collect::<Vec<_>>());
    let body = json!({ "query": long, "pageSize": 500 });
    let reply = world.search(&world.admin, USERS, body).await.expect(200);
    assert_eq!((&reply["total"], reply["results"].as_array().map(Vec::len)), (&json!(80), Some(80)));
    let many = json!({ "type": "REGEX", "fields": ["name"], "values": vec!["x"; 9] });
    let reply = world.search(&world.admin, USERS, json!({ "query": [many] })).await;
    assert_eq!((reply.refusal(), &reply.body["limit"]["value"]), ((400, "bad.request"), &json!(8)));
}

#[test]
fn the_wire_has_a_word_for_every_field_that_hits_can_be_sorted_by() {
    let of_groups = GroupField::ALL.iter().filter(|field| field.is_single()).map(|field| field.word());
    let of_people = PersonField::ALL.iter().filter(|field| field.is_single()).map(|field| field.word());
    let words: BTreeSet<&str> = of_groups.chain(of_people).collect();
    assert_eq!(words, SortField::WORDS.iter().copied().collect());
}
