//! Two servers on one store: each change of the one is a lost race of the other.

use super::{Reply, World};
use crate::site::Settings;
use convoke_core::verify;
use futures_util::future::join_all;
use http::Request;
use serde_json::{Value, json};

/// Two servers, and a user and a group that both know.
async fn two() -> (World, World, String, String) {
    let one = World::new().await;
    let (user, group) = (one.user("ada").await, one.group(json!({})).await);
    let two = one.second().await;
    (one, two, user, group)
}

/// Calls with the client's own id of the request.
async fn call_once(world: &World, key: &str, method: &str, path: &str, body: Value) -> Reply {
    let request =
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", world.admin));
    let request = request.header("content-type", "application/json").header("idempotency-key", key);
    world.send(request.body(body.to_string().into()).expect("a request")).await
}

/// Has a server follow the other, by a change of its own.
async fn follow(world: &World) {
    world.skill(&format!("skill {}", fastrand::u64(..))).await;
}

/// Memory, tables and log are the same.
async fn assert_sound(world: &World) {
    let found = world.get(&world.admin, "/operator/verification").await.expect(200);
    assert_eq!(found["differences"], json!([]));
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

#[tokio::test]
async fn a_change_that_lost_the_race_is_decided_again_on_what_came_in_between() {
    let (one, two, user, group) = two().await;
    let path = format!("/api/v2/groups/{group}");
    let members = json!({ "version": 1, "memberIds": [user] });
    two.call(&two.admin, "POST", &format!("{path}/members"), members).await.expect(202);
    assert_eq!(one.get(&one.admin, &path).await.expect(200)["version"], 1, "it does not know yet");
    // Version 1 is the current one as far as this server knows, and the race tells it better.
    let stale = one.call(&one.admin, "PUT", &path, json!({ "version": 1, "name": "late" })).await;
    assert_eq!(stale.refusal(), (409, "general.conflict"), "{}", stale.body);
    let shown = one.get(&one.admin, &path).await.expect(200);
    assert_eq!((&shown["version"], &shown["memberCount"]), (&json!(2), &json!(1)));
    let renamed = one.call(&one.admin, "PUT", &path, json!({ "version": 2, "name": "new" })).await.expect(200);
    assert_eq!((&renamed["version"], &renamed["memberCount"]), (&json!(3), &json!(1)));
    // What does not depend on a version is done at the first try of the caller.
    let newcomer = two.user("bob").await;
    let members = one.get(&one.admin, &format!("{path}/members")).await.expect(200);
    assert_eq!((&members["total"], id(&members["entities"][0])), (&json!(1), &*user));
    follow(&two).await;
    assert_eq!(two.get(&two.admin, &path).await.expect(200)["name"], "new");
    follow(&one).await;
    one.get(&one.admin, &format!("/api/v2/users/{newcomer}")).await.expect(200);
    assert_sound(&one).await;
}

#[tokio::test]
async fn an_operation_that_another_server_did_is_not_done_again() {
    let (one, two, user, group) = two().await;
    let body = json!({ "name": "once", "type": "official", "rulesVisible": true, "visibility": "public" });
    let made = call_once(&two, "k", "POST", "/api/v2/groups", body.clone()).await.expect(200);
    let again = call_once(&one, "k", "POST", "/api/v2/groups", body.clone()).await.expect(200);
    assert_eq!(again, made);
    let other = json!({ "name": "other", "type": "official", "rulesVisible": true, "visibility": "public" });
    let refused = call_once(&one, "k", "POST", "/api/v2/groups", other.clone()).await;
    assert_eq!(refused.refusal(), (409, "general.conflict"));
    assert_eq!(one.get(&one.admin, "/api/v2/groups").await.expect(200)["total"], 2);
    let path = format!("/api/v2/groups/{group}/members");
    call_once(&two, "m", "POST", &path, json!({ "version": 1, "memberIds": [user] })).await.expect(202);
    two.call(&two.admin, "DELETE", &format!("/api/v2/groups/{}", id(&made)), Value::Null).await.expect(200);
    call_once(&one, "m", "POST", &path, json!({ "version": 1, "memberIds": [user] })).await.expect(202);
    let gone = call_once(&one, "k", "POST", "/api/v2/groups", body).await;
    assert_eq!(gone.refusal(), (404, "general.resource.not.found"), "the other server deleted it since");
    assert_eq!(one.get(&one.admin, "/api/v2/groups").await.expect(200)["total"], 1);
    // Both at the same time.
    let path = "/api/v2/groups";
    let (of_one, of_two) = tokio::join!(
        call_once(&one, "both", "POST", path, other.clone()),
        call_once(&two, "both", "POST", path, other)
    );
    assert_eq!(of_one.expect(200)["id"], of_two.expect(200)["id"]);
    follow(&two).await;
    follow(&one).await;
    for world in [&one, &two] {
        assert_eq!(world.get(&world.admin, path).await.expect(200)["total"], 2);
    }
    assert_sound(&one).await;
}

/// Sessions, sign-in and connectors ask the directory: what the other server did to them counts once it is followed.
#[tokio::test]
async fn callers_that_another_server_ended_are_ended() {
    let one = World::new().await;
    let connector = one.connector("+491701111111", json!({})).await;
    let person = one.access(&connector).await;
    let client = json!({ "name": "c", "authorizedGrantType": "CLIENT-CREDENTIALS" });
    let client = one.call(&one.admin, "POST", "/api/v2/oauth/clients", client).await.expect(200);
    let token = one.token(id(&client), client["secret"].as_str().expect("a secret")).await;
    let two = one.second().await;
    for world in [&one, &two] {
        world.get(&token, "/api/v2/groups").await.expect(200);
        world.k(&person, "GET", "/v1/groups", "").await.expect(200);
    }
    let path = format!("/api/v2/oauth/clients/{}", id(&client));
    let disabled = json!({ "name": "c", "authorizedGrantType": "CLIENT-CREDENTIALS", "state": "inactive" });
    two.call(&two.admin, "PUT", &path, disabled).await.expect(200);
    let path = format!("/api/v2/connectors/{}/refreshtoken", connector.id);
    two.call(&two.admin, "POST", &path, Value::Null).await.expect(200);
    let made = json!({ "name": "new", "authorizedGrantType": "CLIENT-CREDENTIALS" });
    let made = two.call(&two.admin, "POST", "/api/v2/oauth/clients", made).await.expect(200);
    follow(&one).await;
    assert_eq!(one.get(&token, "/api/v2/groups").await.status, 401);
    assert_eq!(one.k(&person, "GET", "/v1/groups", "").await.status, 401);
    let refresh = one.exchange(&connector.id, &connector.secret, &connector.refresh).await;
    assert_eq!(refresh.status, 401, "{}", refresh.body);
    let token = one.token(id(&made), made["secret"].as_str().expect("a secret")).await;
    one.get(&token, "/api/v2/groups").await.expect(200);
    assert_sound(&one).await;
}

/// Neither server keeps the other from writing, and nobody is told of a race.
#[tokio::test]
async fn a_burst_of_lost_races_is_lost_on_nobody() {
    let (one, two, ..) = two().await;
    let names = |server: &str| -> Vec<String> { (0..60).map(|n| format!("{server}{n}")).collect() };
    let (of_one, of_two) = (names("one"), names("two"));
    let burst = async |world: &World, names: &[String]| {
        // Each waits for the one before it, and others come at the same time.
        for names in names.chunks(3) {
            join_all(names.iter().map(|name| world.user(name))).await;
        }
    };
    tokio::join!(burst(&one, &of_one), burst(&two, &of_two));
    follow(&two).await;
    follow(&one).await;
    assert_eq!(one.get(&one.admin, "/api/v2/users").await.expect(200)["total"], 122);
    assert_sound(&one).await;
}

/// People whom a connector creates are counted once, however often the command is decided.
#[tokio::test]
async fn a_decision_that_lost_the_race_is_not_counted() {
    let one = World::with(Settings { connector_people_per_day: Some(1), ..Settings::default() }).await;
    let token = one.kaizala("+491701111111").await;
    let two = one.second().await;
    two.user("ada").await;
    one.k_group(&token, "g", &["+491702222222"]).await;
    let body = json!({ "name": "h", "welcomeMessage": "w", "members": ["+491703333333"] });
    let refused = one.k(&token, "POST", "/v1/groups", &body.to_string()).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
}

/// A directory that is built anew aside does not lose what the other server did meanwhile.
#[tokio::test]
async fn a_rebuild_has_what_another_server_did_meanwhile() {
    use crate::replica::batch::{Published, Replica, Request};
    let (one, two, _, group) = two().await;
    let organisation = one.site.directories.all().pop().expect("the first one");
    let before = organisation.published().directory.clone();
    let seq = organisation.published().seq;
    let published = arc_swap::ArcSwap::from_pointee(Published { directory: before.clone(), seq });
    let mut since = Vec::new();
    let mut replica = Replica {
        id: organisation.id,
        published: &published,
        store: &one.site.directories.store,
        creation_quota: &one.site.directories.creation_quota,
        since: Some(&mut since),
    };
    two.user("bob").await;
    let actor = convoke_core::Actor::Client(convoke_core::ClientId("first".into()));
    let needs = convoke_core::Permissions::NONE;
    let group = convoke_core::GroupId(group.parse().expect("an id"));
    let command = convoke_core::Command::DeleteGroup(group);
    let request = Box::new(Request { actor, needs, operation: None, command });
    let answers = replica.write(&[(request, tracing::Span::none())]).await.expect("it is written");
    assert!(answers.iter().all(Result::is_ok));
    let published = published.load();
    let mut rebuilt = convoke_core::Directory::build(before.records()).expect("the records fit");
    since.iter().for_each(|change| rebuilt.apply(change).expect("the change fits"));
    let found = verify::differences(&published.directory, &rebuilt, ("published", "rebuilt"));
    assert_eq!((published.seq, found), (seq + 2, Vec::new()));
}

/// An operation that changes nothing does not move the head, so no race shows that another server did it.
#[tokio::test]
async fn of_two_requests_under_one_key_that_change_nothing_one_is_refused() {
    let (one, two, ada, group) = two().await;
    let bob = one.user("bob").await;
    follow(&two).await;
    for n in 0..100 {
        let [of_ada, of_bob] = [&ada, &bob].map(|user| format!("/api/v2/groups/{group}/members?ids={user}"));
        let key = format!("key {n}").replace(' ', "-");
        let (first, second) = tokio::join!(
            call_once(&one, &key, "DELETE", &of_ada, Value::Null),
            call_once(&two, &key, "DELETE", &of_bob, Value::Null)
        );
        let n_refused = [&first, &second].into_iter().filter(|reply| reply.status == 409).count();
        assert_eq!(n_refused, 1, "{} and {}", first.status, second.status);
    }
}

#[tokio::test]
async fn a_repeated_regeneration_gets_no_token_from_a_server_that_was_behind() {
    let one = World::new().await;
    let connector = one.connector("+491701111111", json!({})).await;
    let two = one.second().await;
    let path = format!("/api/v2/connectors/{}/refreshtoken", connector.id);
    let first = call_once(&two, "r", "POST", &path, Value::Null).await.expect(200);
    assert!(first["refreshToken"].is_string(), "{first}");
    let again = call_once(&one, "r", "POST", &path, Value::Null).await.expect(200);
    assert!(again["refreshToken"].is_null(), "{again}");
}

#[tokio::test]
async fn a_verification_follows_the_other_server_first() {
    let (one, two, ..) = two().await;
    two.user("bob").await;
    assert_sound(&one).await;
}

/// What a caller has seen at one server it sees at the other, if it says so.
#[tokio::test]
async fn a_caller_sees_elsewhere_what_it_has_seen() {
    let (one, two, _, group) = two().await;
    let path = format!("/api/v2/groups/{group}");
    let renamed = one.call(&one.admin, "PUT", &path, json!({ "version": 1, "name": "new" })).await;
    let seq = renamed.headers["convoke-seq"].to_str().expect("a number").to_owned();
    let ask = async |seq: &str| {
        let request = Request::get(&path).header("authorization", format!("Bearer {}", two.admin));
        two.send(request.header("convoke-min-seq", seq).body(axum::body::Body::empty()).expect("a request")).await
    };
    assert_eq!(two.get(&two.admin, &path).await.expect(200)["name"], "g", "it does not know yet");
    let shown = ask(&seq).await;
    assert_eq!(shown.headers["convoke-seq"], *seq);
    assert_eq!(shown.expect(200)["name"], "new");
    let later = ask(&(seq.parse::<u64>().expect("a number") + 1).to_string()).await;
    assert_eq!(later.headers["retry-after"], "1");
    assert_eq!(later.refusal(), (503, "service.unavailable"));
    assert_eq!(ask("soon").await.refusal(), (400, "bad.request"));
}
