//! Callers who guess secrets and tokens, and honest callers at the same time.

use super::logs::Log;
use super::{Reply, World};
use crate::config::RateLimit;
use crate::http::peer::Peer;
use crate::limits;
use crate::observe::metrics::Detail;
use crate::sign_in::pins::PinSender;
use crate::site::Settings;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use std::net::IpAddr;

const ATTACKER: [u8; 4] = [192, 0, 2, 66];
const HONEST: [u8; 4] = [192, 0, 2, 1];
/// What one address may guess at one client, and at tokens.
const FEW: usize = limits::GUESSES as usize;
const FEW_TOKENS: usize = limits::TOKEN_GUESSES as usize;

fn from(address: [u8; 4], mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(Peer(IpAddr::from(address)));
    request
}

impl World {
    pub async fn sign_in(&self, address: [u8; 4], id: &str, secret: &str) -> Reply {
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let request = Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded");
        self.send(from(address, request.body(Body::from(form)).expect("a request"))).await
    }

    pub async fn get_from(&self, address: [u8; 4], header: &str, token: &str, path: &str) -> Reply {
        let request = Request::get(path).header(header, token).body(Body::empty()).expect("a request");
        self.send(from(address, request)).await
    }

    async fn exchange_from(&self, address: [u8; 4], id: &str, secret: &str, refresh: &str) -> Reply {
        let request = Request::get("/v1/accessToken").header("applicationid", id).header("applicationsecret", secret);
        let request = request.header("refreshtoken", refresh).body(Body::empty()).expect("a request");
        self.send(from(address, request)).await
    }

    async fn ask_pin(&self, address: [u8; 4], body: Value) -> Reply {
        let request = Request::post("/v1/generatePin").header("content-type", "application/json");
        self.send(from(address, request.body(Body::from(body.to_string())).expect("a request"))).await
    }

    /// A client with a made-up secret: its id and secret.
    pub async fn client(&self) -> (String, String) {
        let body = json!({ "name": "robot", "authorizedGrantType": "CLIENT-CREDENTIALS" });
        let client = self.call(&self.admin, "POST", "/api/v2/oauth/clients", body).await.expect(200);
        let text = |field: &str| client[field].as_str().expect("a text").to_owned();
        (text("id"), text("secret"))
    }

    pub fn metrics(&self) -> String {
        self.site.metrics.text(&[], Detail::Total)
    }
}

fn retry_after(reply: &Reply) -> u32 {
    reply.headers["retry-after"].to_str().expect("ASCII").parse().expect("seconds")
}

/// Statuses of many replies, each with how often it came.
fn statuses(replies: &[Reply]) -> Vec<(u16, usize)> {
    let mut counted = std::collections::BTreeMap::new();
    replies.iter().for_each(|reply| *counted.entry(reply.status.as_u16()).or_default() += 1);
    counted.into_iter().collect()
}

#[tokio::test]
async fn guessed_tokens_are_refused_in_the_words_of_each_api() {
    let world = World::new().await;
    let me = world.kaizala("+491701111111").await;
    let mut replies = Vec::new();
    for n in 0..500 {
        replies.push(world.get_from(ATTACKER, "authorization", &format!("Bearer guess{n}"), "/api/v2/groups").await);
    }
    assert_eq!(statuses(&replies), [(401, FEW_TOKENS), (429, 500 - FEW_TOKENS)]);
    let last = replies.last().expect("replies");
    assert_eq!(last.refusal(), (429, "too.many.requests"));
    assert!((50..=60).contains(&retry_after(last)));
    // The other API counts together with it. Paths that need no token look at none.
    let reply = world.get_from(ATTACKER, "accesstoken", "guess", "/v1/groups").await;
    assert_eq!(reply.k_refusal(), (429, "TooManyRequests", "ThrottleException"));
    assert!(retry_after(&reply) > 0);
    assert_eq!(world.get_from(ATTACKER, "authorization", "Bearer guess", "/health/live").await.status, 200);
    // Good tokens go on working from there, and all others elsewhere. Who has no token is no guesser.
    let bearer = format!("Bearer {}", world.admin);
    assert_eq!(world.get_from(ATTACKER, "authorization", &bearer, "/api/v2/groups").await.status, 200);
    assert_eq!(world.get_from(ATTACKER, "accesstoken", &me, "/v1/groups").await.status, 200);
    assert_eq!(world.get_from(ATTACKER, "x-nothing", "", "/api/v2/groups").await.status, 401);
    let stale = world.get_from(HONEST, "authorization", "Bearer stale", "/api/v2/groups").await;
    assert_eq!(stale.refusal(), (401, "bad.credentials"));
    let metrics = world.metrics();
    let counted = format!("convoke_credentials_refused_total{{reason=\"unknown_token\"}} {}", FEW_TOKENS + 1);
    assert!(metrics.contains(&counted), "{metrics}");
    assert!(metrics.contains("convoke_credentials_refused_total{reason=\"too_many_guesses\"} 486"), "{metrics}");
}

#[tokio::test]
async fn wrong_secrets_are_refused_without_a_look_and_lock_nobody_out() {
    let world = World::new().await;
    let (id, secret) = world.client().await;
    for (id, right, is_chosen) in [(&*id, &*secret, false), ("first", "open sesame", true)] {
        let attacker = if is_chosen { ATTACKER } else { [192, 0, 2, 67] };
        let mut replies = Vec::new();
        for n in 0..100 {
            replies.push(world.sign_in(attacker, id, &format!("guess{n}")).await);
        }
        assert_eq!(statuses(&replies), [(401, FEW), (429, 100 - FEW)], "{id}");
        let last = replies.last().expect("replies");
        let description = format!("too many failed sign-ins; retry in {} seconds", retry_after(last));
        let expected = json!({
            "error": "temporarily_unavailable", "description": description, "error_description": description
        });
        assert_eq!(last.body, expected);
        // The client itself is elsewhere.
        assert_eq!(world.sign_in(HONEST, id, right).await.status, 200);
        // Where the secret was chosen, a right guess is not told from a wrong one.
        assert_eq!(world.sign_in(attacker, id, right).await.status, if is_chosen { 429 } else { 200 });
    }
    // A success clears the count.
    for _ in 0..FEW + FEW / 2 {
        assert_eq!(world.sign_in(HONEST, "first", "wrong").await.status, 401);
        assert_eq!(world.sign_in(HONEST, "first", "open+sesame").await.status, 200);
    }
}

#[tokio::test]
async fn applications_and_refresh_tokens_are_not_guessed_either() {
    let world = World::new().await;
    let application = world.connector("+491701111111", json!({})).await;
    let mut replies = Vec::new();
    for n in 0..100 {
        replies.push(world.exchange_from(ATTACKER, &application.id, &format!("guess{n}"), "x").await);
    }
    assert_eq!(statuses(&replies), [(401, FEW), (429, 100 - FEW)]);
    assert_eq!(replies.last().expect("replies").k_refusal(), (429, "TooManyRequests", "ThrottleException"));
    let other = [192, 0, 2, 67];
    let mut replies = Vec::new();
    for n in 0..100 {
        let refresh = format!("guess{n}");
        replies.push(world.exchange_from(other, &application.id, &application.secret, &refresh).await);
    }
    assert_eq!(statuses(&replies), [(401, FEW_TOKENS), (429, 100 - FEW_TOKENS)]);
    for address in [HONEST, other, ATTACKER] {
        let reply = world.exchange_from(address, &application.id, &application.secret, &application.refresh).await;
        assert_eq!(reply.status, 200, "{address:?}");
    }
    // Unknown ids are guesses as well.
    let mut replies = Vec::new();
    for n in 0..100 {
        let body = json!({ "mobileNumber": "+491702222222", "applicationId": format!("guess{n}") });
        replies.push(world.ask_pin([192, 0, 2, 68], body).await);
    }
    let seen = limits::GUESSES_OF_ADDRESS as usize;
    assert_eq!(statuses(&replies), [(404, seen), (429, 100 - seen)]);
}

#[tokio::test]
async fn who_knows_an_application_id_keeps_nobody_from_a_pin() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("pins");
    let world = World::with(Settings { pin_sender: PinSender::File(path.clone()), ..Settings::default() }).await;
    let application = world.connector("+491701111111", json!({})).await;
    let ask = |n: usize| json!({ "mobileNumber": format!("+49172{n:07}"), "applicationId": application.id });
    let mut replies = Vec::new();
    for n in 0..1_100 {
        replies.push(world.ask_pin(ATTACKER, ask(n)).await);
    }
    let few = limits::PIN_NUMBERS_OF_ADDRESS;
    assert_eq!(statuses(&replies), [(200, few), (429, 1_100 - few)]);
    let last = replies.last().expect("replies");
    assert_eq!(last.k_refusal(), (429, "TooManyRequests", "ThrottleException"));
    assert!((590..=601).contains(&retry_after(last)));
    assert_eq!(world.ask_pin(HONEST, ask(5_000)).await.status, 200);
    // A secret is looked at before the number, and a wrong one sends nothing.
    let before = std::fs::read_to_string(&path).expect("the file");
    for number in ["+491720009999", "no number"] {
        let body = json!({ "mobileNumber": number, "applicationId": application.id, "applicationSecret": "wrong" });
        assert_eq!(world.ask_pin(HONEST, body).await.k_refusal().0, 401);
    }
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), before);
    for n in 0..2 * few {
        let mut body = ask(6_000 + n);
        body["applicationSecret"] = json!(application.secret);
        assert_eq!(world.ask_pin([192, 0, 2, 2], body).await.status, 200);
    }
    assert!(world.metrics().contains("reason=\"too_many_pins\"} 1080"), "{}", world.metrics());
}

#[tokio::test]
async fn all_tokens_of_one_client_share_one_window() {
    let world = World::limited(Some(RateLimit { requests: 30, seconds: 1_000_000 })).await;
    let (id, secret) = world.client().await;
    for n in 0..10 {
        // Sign-in itself is not counted.
        let token = world.token(&id, &secret).await;
        for k in 1..=4 {
            let reply = world.get(&token, "/api/v2/tokens/me").await;
            let count = n * 5 + k;
            assert_eq!(reply.headers["inin-ratelimit-count"], count.to_string());
            assert_eq!(reply.status, if count <= 30 { 200 } else { 429 });
        }
        // Nor does it help to end a token before the next.
        world.call(&token, "DELETE", "/api/v2/tokens/me", Value::Null).await;
        world.site.sessions.sweep(world.site.rate_limit);
        assert_eq!(world.site.sessions.n_windows(), 2, "the administrator's, and this one");
    }
    assert_eq!(world.get(&world.admin, "/api/v2/groups").await.status, 200, "others have their own");
}

#[tokio::test]
async fn people_of_one_connector_are_counted_apart() {
    let world = World::limited(Some(RateLimit { requests: 3, seconds: 1_000_000 })).await;
    let application = world.connector("+491701111111", json!({})).await;
    let (one, two) = (world.access(&application).await, world.access(&application).await);
    let other = world.kaizala("+491702222222").await;
    for (token, count) in [(&one, "1"), (&two, "2"), (&other, "1"), (&one, "3")] {
        let reply = world.k(token, "GET", "/v1/users/me", "").await;
        assert_eq!((reply.status.as_u16(), reply.headers["inin-ratelimit-count"].as_bytes()), (200, count.as_bytes()));
    }
    let spent = world.k(&two, "GET", "/v1/users/me", "").await;
    assert_eq!(spent.k_refusal(), (429, "TooManyRequests", "ThrottleException"));
}

#[tokio::test]
async fn a_connector_creates_so_many_people_a_day() {
    let settings = Settings { connector_people_per_day: Some(120), ..Settings::default() };
    let world = World::with(settings).await;
    let me = world.kaizala("+491701111111").await;
    let group = world.k_group(&me, "g", &[]).await;
    let members = |from: usize, n: usize| {
        let numbers: Vec<String> = (from..from + n).map(|n| format!("+49172{n:07}")).collect();
        json!({ "members": numbers }).to_string()
    };
    let path = format!("/v1/groups/{group}/members");
    world.k(&me, "PUT", &path, &members(0, 100)).await.expect(200);
    let n_people = async || world.get(&world.admin, "/api/v2/users").await.expect(200)["total"].clone();
    let before = n_people().await;
    for _ in 0..3 {
        let refused = world.k(&me, "PUT", &path, &members(100, 21)).await;
        assert_eq!(refused.k_refusal(), (429, "TooManyRequests", "ThrottleException"));
        let message = refused.body["message"].as_str().expect("text");
        assert!(message.contains("120 people a day") && message.contains("nothing was changed"), "{message}");
        assert!((1..=86_400).contains(&retry_after(&refused)));
    }
    assert_eq!(n_people().await, before);
    // Who is there already is no newcomer, and up to the limit everything goes on.
    world.k(&me, "PUT", &path, &members(0, 100)).await.expect(200);
    world.k(&me, "PUT", &path, &members(90, 30)).await.expect(200);
    let body = json!({ "name": "h", "welcomeMessage": "w", "members": ["+491739999999"] }).to_string();
    assert_eq!(world.k(&me, "POST", "/v1/groups", &body).await.status, 429);
    // Other connectors and administrators have nothing to do with it.
    let other = world.kaizala("+491702222222").await;
    world.k_group(&other, "o", &["+491739999999"]).await;
    world.user("ann").await;
    assert!(world.metrics().contains("reason=\"too_many_people\"} 4"), "{}", world.metrics());
}

/// No secret, token or PIN is in the log, in the refusal of it, or in metrics.
#[tokio::test]
async fn no_secret_is_logged_or_sent_back() {
    let log = Log::capture();
    let folder = tempfile::tempdir().expect("a folder");
    let pin_sender = PinSender::File(folder.path().join("pins"));
    let world = World::with(Settings { pin_sender, ..Settings::default() }).await;
    let (id, secret) = world.client().await;
    let application = world.connector("+491701111111", json!({})).await;
    let canary = "canary-in-the-place-of-a-secret";
    let mut said = String::new();
    for _ in 0..2 * FEW {
        let login = json!({
            "mobileNumber": "+491701111111", "applicationId": application.id, "applicationSecret": canary, "pin": canary
        });
        let login = Request::post("/v1/loginWithPinAndApplicationId").body(Body::from(login.to_string()));
        let ask = json!({
            "mobileNumber": "+491701111111", "applicationId": application.id, "applicationSecret": canary
        });
        for (n, reply) in [
            world.sign_in([10, 0, 0, 1], &id, canary).await,
            world.sign_in([10, 0, 0, 2], "first", canary).await,
            world.sign_in([10, 0, 0, 3], "nobody", canary).await,
            // Some put the secret where the id belongs.
            world.sign_in([10, 0, 0, 4], canary, &id).await,
            world.get_from([10, 0, 0, 5], "authorization", &format!("Bearer {canary}"), "/api/v2/groups").await,
            world.get_from([10, 0, 0, 6], "accesstoken", canary, "/v1/groups").await,
            world.exchange_from([10, 0, 0, 7], &application.id, canary, canary).await,
            world.exchange_from([10, 0, 0, 8], &application.id, &application.secret, canary).await,
            world.exchange_from([10, 0, 0, 9], canary, canary, canary).await,
            world.send(from([10, 0, 0, 10], login.expect("a request"))).await,
            world.ask_pin([10, 0, 0, 11], ask).await,
        ]
        .into_iter()
        .enumerate()
        {
            assert!(reply.status.is_client_error(), "{n}: {reply:?}");
            said.push_str(&format!("{reply:?}"));
        }
    }
    // And what is good is not in the log either.
    let token = world.token(&id, &secret).await;
    world.access(&application).await;
    let log = log.text();
    let metrics = world.metrics();
    for text in [canary, &secret, &token, &world.admin, "open sesame", &application.secret, &application.refresh] {
        assert!(!log.contains(text) && !said.contains(text) && !metrics.contains(text), "{text}: {log}");
    }
    let lines = |part: &str| log.lines().filter(|line| line.contains(part)).count();
    // Each that was looked at has a line, and what comes after too many has none.
    let n_lines = (lines("a sign-in was refused"), lines("a token was refused"));
    assert_eq!(n_lines, (8 * FEW, 3 * FEW_TOKENS), "{log}");
    for part in ["WARN", &format!("client=\"{id}\""), "peer=10.0.0.1 ", "wrong_secret", "\"canary-i…\"", "failures=10"]
    {
        assert!(log.contains(part), "{part} is not in {log}");
    }
}
