//! Which requests are retried, and how often.

use super::scripted::{Reply, Request, ok, pass, scripted};
use convoke_client::genesys::{GroupCreate, GroupSearchRequest};
use convoke_client::operator::OrganisationCreate;
use convoke_client::{Client, Config, Error, GroupsApi, OperatorApi, TokensApi};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const GROUP: &str = r#"{"id":"g"}"#;

fn status(status: u16) -> Reply {
    Reply::Answer(status, &[], r#"{"message":"no","code":"no"}"#.into())
}

fn groups(config: Config) -> GroupsApi {
    GroupsApi::new(&Client::new(config).expect("a client"))
}

/// A configuration as for a region: without idempotency keys.
fn plain(url: &str) -> Config {
    Config::gateway(url, url).access_token("given").retry_wait(Duration::ZERO)
}

#[tokio::test]
async fn reads_are_sent_again_whatever_went_wrong() {
    for went_wrong in [Reply::Break, Reply::Half, status(429), status(502), status(503), status(504)] {
        let server = scripted([went_wrong, ok(GROUP)]).await;
        let group = groups(plain(&server.url)).get_group("g").await.expect("a group");
        assert_eq!((group.id.as_str(), server.came().len()), ("g", 2));
    }
    let server = scripted([Reply::Break, ok(r#"{"results":[]}"#)]).await;
    let hits = groups(plain(&server.url)).post_groups_search(&GroupSearchRequest::default()).await.expect("no hits");
    assert_eq!((hits.results.len(), server.came().len()), (0, 2));
    assert_eq!(server.came().first().map(|request| &*request.method), Some("POST"));
}

#[tokio::test]
async fn a_change_that_may_have_been_made_is_not_made_again_without_a_key() {
    for went_wrong in [Reply::Break, Reply::Half, status(502), status(503), status(504)] {
        let server = scripted([went_wrong, ok(GROUP)]).await;
        groups(plain(&server.url)).post_groups(&GroupCreate::default()).await.expect_err("no group");
        assert_eq!(server.came().len(), 1);
    }
    let server = scripted([status(429), ok(GROUP)]).await;
    groups(plain(&server.url)).post_groups(&GroupCreate::default()).await.expect("a group");
    assert_eq!(server.came().len(), 2, "429 says that nothing was done");
    let absent = |request: &Request| request.header("idempotency-key") == "(absent)";
    assert!(server.came().iter().all(absent));
}

#[tokio::test]
async fn a_change_with_a_key_is_sent_again_with_the_same_one() {
    let server = scripted([Reply::Break, status(503), Reply::Half, ok(GROUP), ok(GROUP)]).await;
    let groups = groups(server.config());
    groups.post_groups(&GroupCreate::default()).await.expect("a group");
    groups.delete_group("g").await.expect("it goes");
    groups.get_group("g").await.expect("a group");
    let came = server.came();
    let keys: Vec<&str> = came.iter().map(|request| request.header("idempotency-key")).collect();
    let [first, second, third, fourth, fifth, sixth] = keys.try_into().expect("six requests");
    assert!(first.len() == 32 && first == second && second == third && third == fourth, "{came:?}");
    assert!(fifth.len() == 32 && fifth != first, "each change has its own: {came:?}");
    assert_eq!(sixth, "(absent)", "reads have none");
}

#[tokio::test]
async fn what_no_key_keeps_from_being_done_twice_is_not_sent_again() {
    let server = scripted([status(503)]).await;
    let client = Client::new(server.config()).expect("a client");
    TokensApi::new(&client).delete_tokens_me().await.expect_err("it may have ended");
    let body = OrganisationCreate { name: None };
    OperatorApi::new(&client).post_operator_organisations(&body).await.expect_err("it may be there");
    let came = server.came();
    assert_eq!(came.iter().map(|request| request.header("idempotency-key")).collect::<Vec<_>>(), ["(absent)"; 2]);
}

#[tokio::test]
async fn attempts_have_an_end_and_the_last_reply_is_the_answer() {
    let refused = Reply::Answer(
        429,
        &[("retry-after", "0"), ("inin-correlation-id", "c-1")],
        r#"{"message":"too many","code":"too.many.requests","status":429}"#.into(),
    );
    let server = scripted([refused]).await;
    let error = groups(server.config().retries(2)).get_group("g").await.expect_err("no group");
    assert_eq!(
        (error.status(), error.code(), error.correlation_id()),
        (Some(429), Some("too.many.requests"), Some("c-1"))
    );
    assert_eq!(server.came().len(), 3);
}

#[tokio::test]
async fn a_server_that_asks_for_too_long_is_not_waited_for() {
    let server = scripted([Reply::Answer(429, &[("retry-after", "3600")], String::new()), ok(GROUP)]).await;
    let error = groups(server.config()).get_group("g").await.expect_err("no group");
    assert_eq!((error.status(), server.came().len()), (Some(429), 1));
}

#[tokio::test]
async fn the_time_that_a_server_asks_for_passes_before_the_next_attempt() {
    let mut server = scripted([Reply::Answer(429, &[("retry-after", "30")], String::new()), ok(GROUP)]).await;
    let groups = groups(server.config().timeout(Duration::from_secs(86_400)));
    let began = Instant::now();
    let call = tokio::spawn(async move { groups.get_group("g").await });
    server.coming.recv().await.expect("the first attempt");
    // Advances the clock by a second at a time, and lets the connections run in between.
    while server.coming.try_recv().is_err() {
        pass(Duration::from_secs(1)).await;
        tokio::task::yield_now().await;
    }
    assert!(began.elapsed() >= Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(call.await.expect("no panic").expect("a group").id, "g");
}

#[tokio::test]
async fn who_waits_is_told_for_how_long_and_why() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let server = scripted([Reply::Answer(429, &[("retry-after", "0")], String::new()), Reply::Break, ok(GROUP)]).await;
    let config = plain(&server.url).on_wait({
        let told = told.clone();
        move |wait| told.lock().expect("nobody panics").push((wait.status, wait.duration))
    });
    groups(config).get_group("g").await.expect("a group");
    assert_eq!(*told.lock().expect("nobody panics"), [(Some(429), Duration::ZERO), (None, Duration::ZERO)]);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_reported_at_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    // If it were retried, the test would take an hour.
    let config = Config::url(&url).access_token("given").retry_wait(Duration::from_secs(3600));
    let error = groups(config).get_group("g").await.expect_err("no group");
    assert!(error.is_unreachable() && matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("{url} cannot be reached: Connection refused")), "{error}");
}

#[tokio::test]
async fn a_connection_that_breaks_while_it_is_made_is_made_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let n_accepted = Arc::new(AtomicU32::new(0));
    tokio::spawn({
        let n_accepted = n_accepted.clone();
        async move {
            while let Ok((connection, _)) = listener.accept().await {
                n_accepted.fetch_add(1, Ordering::Relaxed);
                drop(connection);
            }
        }
    });
    let groups = groups(plain(&url).retries(2));
    let error = groups.post_groups(&GroupCreate::default()).await.expect_err("no group");
    assert!(error.is_unreachable(), "{error:?}");
    assert_eq!(n_accepted.load(Ordering::Relaxed), 3, "although it was a change without a key");
}

#[tokio::test]
async fn a_reply_that_does_not_come_is_waited_for_so_long_and_once() {
    let mut server = scripted([Reply::Silence]).await;
    let client = Client::new(server.config()).expect("a client").with_timeout(Duration::from_secs(5));
    let call = tokio::spawn(async move { GroupsApi::new(&client).get_group("g").await });
    server.coming.recv().await.expect("the request");
    pass(Duration::from_secs(6)).await;
    let error = call.await.expect("no panic").expect_err("no group");
    assert!(error.is_unreachable() && matches!(error, Error::TimedOut { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("{} did not answer within 5s", server.url));
    assert_eq!(server.came().len(), 1);
}

/// Servers that share a store are not equally far. A program sees at each of them what it has seen before.
#[tokio::test]
async fn what_was_seen_at_one_server_is_asked_of_the_next() {
    let of = |headers| Reply::Answer(200, headers, GROUP.into());
    let (seven, five, three) = (of(&[("convoke-seq", "7")]), of(&[("convoke-seq", "5")]), of(&[("convoke-seq", "3")]));
    let behind = || Reply::Answer(503, &[("convoke-seq", "3")], r#"{"message":"no","code":"no"}"#.into());
    let server = scripted([seven.clone(), five, behind(), seven, behind(), behind(), three]).await;
    let groups = groups(plain(&server.url).retries(1));
    for _ in 0..3 {
        groups.get_group("g").await.expect("a group");
    }
    groups.get_group("g").await.expect_err("the store was restored from a backup, and will never be so far");
    groups.get_group("g").await.expect("a group");
    let came = server.came();
    let asked: Vec<&str> = came.iter().map(|request| request.header("convoke-min-seq")).collect();
    assert_eq!(asked, ["(absent)", "7", "7", "7", "7", "7", "3"]);
}
