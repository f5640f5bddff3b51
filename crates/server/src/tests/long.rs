//! Long requests wait in a queue, have a time limit, and end with the server. An operation that needs as much memory or
//! disk as the store runs only once at a time.

use super::World;
use crate::api::call::aside;
use crate::http::lanes::LanePermit;
use crate::http::refusal::Refusal;
use crate::limits;
use axum::body::Body;
use convoke_core::Timestamp;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::Request;
use serde_json::{Value, json};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tower::ServiceExt;

/// A search that counts as long: patterns with character classes may take long to compile.
fn long() -> Value {
    let entry =
        |n: usize| json!({ "type": "REGEX", "value": format!("[a-z]{{{n}}}.*"), "operator": "OR", "fields": ["name"] });
    json!({ "query": (0..8).map(entry).collect::<Vec<_>>() })
}

/// The places for long work, all of them taken.
fn all_places(world: &World) -> Vec<LanePermit> {
    let organisation = world.site.directories.all().first().expect("there is one").id;
    let actor = convoke_core::Actor::Client(convoke_core::ClientId("other".into()));
    let next = || world.site.lanes.enter(organisation, &actor).now_or_never();
    std::iter::from_fn(next).map(|place| place.expect("nobody waits")).collect()
}

fn search(world: &World) -> BoxFuture<'_, super::Reply> {
    world.call(&world.admin, "POST", "/api/v2/users/search", long()).boxed()
}

#[tokio::test]
async fn a_long_read_that_waits_too_long_for_its_turn_is_told_the_bound() {
    let world = World::new().await;
    let group = world.group(json!({})).await;
    let places = all_places(&world);
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let individuals = format!("/api/v2/groups/{group}/individuals");
    for reply in [search(&world).await, world.get(&world.admin, &individuals).await] {
        assert_eq!(reply.refusal(), (503, "service.unavailable"));
        assert!(reply.body["message"].as_str().is_some_and(|message| message.contains("10 seconds")), "{}", reply.body);
        assert_eq!(
            (&reply.body["limit"]["key"], &reply.body["limit"]["value"]),
            (&json!("request.seconds"), &json!(10))
        );
        assert_eq!(reply.headers["retry-after"], "10");
    }
    assert!(began.elapsed() >= limits::LONG_TIME * 2 && began.elapsed() < limits::LONG_TIME * 3);
    drop(places);
    assert_eq!(search(&world).await.status, 200, "those who did not wait any longer took no place");
}

#[tokio::test]
async fn a_caller_has_only_so_many_long_requests_waiting() {
    let world = World::new().await;
    let other = world.actor(Some("group administrator"), None).await;
    let places = all_places(&world);
    let mut waiting: Vec<_> = (0..limits::LONG_WAITING).map(|_| search(&world)).collect();
    assert!(waiting.iter_mut().all(|reply| reply.now_or_never().is_none()));
    let beyond = search(&world).await;
    assert_eq!(beyond.refusal(), (429, "too.many.requests"));
    assert_eq!(
        (&beyond.body["limit"]["value"], &beyond.headers["retry-after"]),
        (&json!(64), &"1".parse().expect("a value"))
    );
    // Another caller may wait, and a short search does not.
    let mut others = world.call(&other, "POST", "/api/v2/users/search", long()).boxed();
    assert!((&mut others).now_or_never().is_none());
    let short = json!({ "query": [{ "type": "CONTAINS", "fields": ["name"], "value": "x" }] });
    world.call(&world.admin, "POST", "/api/v2/users/search", short).await.expect(200);
    // Those whose callers have gone are passed over.
    drop((waiting, places));
    others.await.expect(200);
}

#[tokio::test]
async fn what_waits_is_refused_when_the_server_is_to_stop() {
    let world = World::new().await;
    let _places = all_places(&world);
    let mut waiting = search(&world);
    assert!((&mut waiting).now_or_never().is_none());
    world.site.stopping.cancel();
    let reply = waiting.await;
    assert_eq!(
        (reply.refusal(), &reply.headers["retry-after"]),
        ((503, "service.unavailable"), &"1".parse().expect("a value"))
    );
}

/// Work that goes on until it is told to stop, and says when it has begun and when it ends.
async fn endless(world: &World) -> (BoxFuture<'_, Result<(), Refusal>>, Receiver<&'static str>) {
    let (sender, receiver) = channel();
    let sessions = &world.site.sessions;
    let session = sessions.of(Some(world.admin.as_bytes()), |_| true, &world.site.directories, Timestamp(0)).await;
    let session = session.expect("the token is good");
    let work = async move {
        aside(&world.site, &session, move |cancel| {
            let _ = sender.send("begun");
            while !cancel.is_set() {
                std::thread::yield_now();
            }
            let _ = sender.send("ended");
            Ok(())
        })
        .await
    };
    (work.boxed(), receiver)
}

/// Longer than anything here takes; a test fails rather than waits for ever.
const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn work_is_stopped_when_its_time_is_over() {
    let world = World::new().await;
    let (mut work, said) = endless(&world).await;
    tokio::time::pause();
    assert!((&mut work).now_or_never().is_none());
    assert_eq!(said.recv_timeout(LIMIT), Ok("begun"));
    tokio::time::advance(limits::LONG_TIME + Duration::from_millis(1)).await;
    assert!(matches!(work.await, Err(Refusal::TookTooLong)));
    assert_eq!(said.recv_timeout(LIMIT), Ok("ended"));
}

#[tokio::test]
async fn work_is_stopped_when_its_caller_has_gone() {
    let world = World::new().await;
    let (mut work, said) = endless(&world).await;
    assert!((&mut work).now_or_never().is_none());
    assert_eq!(said.recv_timeout(LIMIT), Ok("begun"));
    drop(work);
    assert_eq!(said.recv_timeout(LIMIT), Ok("ended"));
}

#[tokio::test]
async fn work_is_stopped_with_the_server() {
    let world = World::new().await;
    let (mut work, said) = endless(&world).await;
    assert!((&mut work).now_or_never().is_none());
    assert_eq!(said.recv_timeout(LIMIT), Ok("begun"));
    world.site.stopping.cancel();
    assert!(matches!(work.await, Err(Refusal::Busy(_))));
    assert_eq!(said.recv_timeout(LIMIT), Ok("ended"));
}

#[tokio::test]
async fn one_verification_runs_at_a_time() {
    let world = World::new().await;
    let running = world.site.verification.clone().try_acquire_owned().expect("none runs");
    let second = world.get(&world.admin, "/operator/verification").await;
    assert_eq!(second.refusal(), (409, "general.conflict"));
    assert!(second.body["message"].as_str().is_some_and(|message| message.contains("one verification at a time")));
    assert_eq!(second.headers["retry-after"], "10", "it takes minutes");
    drop(running);
    world.get(&world.admin, "/operator/verification").await.expect(200);
    world.get(&world.admin, "/operator/verification").await.expect(200);
    // One whose caller goes does not keep others out.
    let mut gone = world.get(&world.admin, "/operator/verification").boxed();
    let _ = (&mut gone).now_or_never();
    drop(gone);
    let ended = world.site.verification.acquire();
    assert!(tokio::time::timeout(LIMIT, ended).await.is_ok(), "it goes on without its caller");
}

#[tokio::test]
async fn one_backup_is_made_and_sent_at_a_time() {
    let world = World::in_a_file().await;
    let begin = || {
        let request = Request::get("/operator/backup").header("authorization", format!("Bearer {}", world.admin));
        world.router.clone().oneshot(request.body(Body::empty()).expect("a request"))
    };
    let first = begin().await.expect("a router does not fail");
    assert_eq!(first.status(), 200);
    // It is on the disk until it is sent.
    let second = world.get(&world.admin, "/operator/backup").await;
    assert_eq!(second.refusal(), (409, "general.conflict"));
    assert_eq!(second.headers["retry-after"], "10", "it takes minutes");
    drop(first);
    let third = begin().await.expect("a router does not fail");
    assert_eq!(third.status(), 200, "the caller of the one before has gone");
    let copy = axum::body::to_bytes(third.into_body(), usize::MAX).await.expect("the body comes");
    assert!(copy.starts_with(b"SQLite format 3\0"));
    assert_eq!(begin().await.expect("a router does not fail").status(), 200, "the one before was sent");
}

#[tokio::test]
async fn neither_a_verification_nor_a_backup_begins_when_the_server_is_to_stop() {
    let world = World::new().await;
    world.site.stopping.cancel();
    for path in ["/operator/verification", "/operator/backup"] {
        let reply = world.get(&world.admin, path).await;
        assert_eq!(reply.refusal(), (503, "service.unavailable"), "{path}");
    }
    assert_eq!((world.site.verification.available_permits(), world.site.backup.available_permits()), (1, 1));
}
