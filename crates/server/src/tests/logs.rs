//! What the log says of requests that failed, and of tokens that were refused.

use super::World;
use crate::api::genesys::API;
use crate::api::serve::serve;
use crate::http::refusal::{Refusal, busy};
use crate::http::response::ApiResponse;
use crate::sign_in::pins::PinSender;
use crate::site::Settings;
use crate::{limits, observe};
use axum::body::Body;
use http::{Request, Response, StatusCode};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::subscriber::{DefaultGuard, NoSubscriber};

/// What was logged while a test ran, on its own thread.
pub(super) struct Log {
    captured: Captured,
    _guard: DefaultGuard,
    // While there is one subscriber only, a thread without any, such as that of another test, decides for all
    // threads whether a line is wanted that it meets first. With two of them, all are asked.
    _second: tracing::Dispatch,
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub fn capture() -> Self {
        let captured = Captured::default();
        let writer = captured.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        Log { captured, _guard, _second: tracing::Dispatch::new(NoSubscriber::default()) }
    }

    pub fn text(&self) -> String {
        let bytes = self.captured.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).expect("UTF-8")
    }

    fn lines(&self, part: &str) -> Vec<String> {
        self.text().lines().filter(|line| line.contains(part)).map(str::to_owned).collect()
    }
}

/// Has a request answered by this work.
async fn answer<F>(world: &World, work: impl FnOnce() -> F) -> Response<Body>
where
    F: Future<Output = Result<ApiResponse, Refusal>>,
{
    let metrics = world.site.metrics.operation("server", "aTest");
    let request = Request::get("/").body(Body::empty()).expect("a request");
    serve(world.site.clone(), request, &metrics, &API, |_, _, _| work()).await
}

fn correlation_id(response: &Response<Body>) -> String {
    response.headers()["inin-correlation-id"].to_str().expect("ASCII").to_owned()
}

#[tokio::test]
async fn what_fails_is_logged_once_with_the_id_of_the_response() {
    let world = World::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let log = Log::capture();
    for (status, refusal, level, parts) in [
        (500, Refusal::defect(), "ERROR", ["this is a defect", "src/tests/logs.rs:"]),
        (503, convoke_store::StoreError::Full.into(), "ERROR", ["could not be carried out", "no space is left"]),
        (503, Refusal::Busy(busy::BODIES), "WARN", ["turned away", busy::BODIES]),
        (503, Refusal::TookTooLong, "WARN", ["turned away", "too long"]),
    ] {
        let response = answer(&world, || async { Err(refusal) }).await;
        assert_eq!(response.status(), status);
        let lines = log.lines(&correlation_id(&response));
        let [line] = lines.as_slice() else { panic!("one line: {lines:?}") };
        assert!(line.contains(level) && line.contains("operation=\"aTest\""), "{line}");
        assert!(parts.iter().all(|part| line.contains(part)), "{parts:?}: {line}");
    }
    // What is wrong with a request is its caller's to know.
    let response = answer(&world, || async { Err(Refusal::NoPath) }).await;
    assert_eq!(log.lines(&correlation_id(&response)), [""; 0]);
    // PINs that cannot be written are the server's failure as well.
    let settings = Settings { pin_sender: PinSender::File(folder.path().join("none/pins")), ..Settings::default() };
    let world = World::with(settings).await;
    let application = world.connector("+491701111111", json!({})).await;
    let body = json!({ "mobileNumber": "+491701111111", "applicationId": application.id });
    let request = Request::post("/v1/generatePin").header("content-type", "application/json");
    let reply = world.send(request.body(Body::from(body.to_string())).expect("a request")).await;
    assert_eq!(reply.k_refusal().0, 503);
    let lines = log.lines(reply.headers["inin-correlation-id"].to_str().expect("ASCII"));
    assert!(matches!(lines.as_slice(), [line] if line.contains("none/pins")), "{lines:?}");
}

#[tokio::test]
async fn failures_do_not_fill_the_disk() {
    let world = World::new().await;
    let log = Log::capture();
    for _ in 0..2 * limits::LOG_LINES {
        answer(&world, || async { Err(Refusal::Busy(busy::QUEUE)) }).await;
    }
    assert_eq!(log.lines("turned away").len(), limits::LOG_LINES as usize);
    // However busy the server is, what breaks is told.
    answer(&world, || async { Err(Refusal::defect()) }).await;
    assert_eq!(log.lines("this is a defect").len(), 1);
    world.site.failures.sweep();
    assert_eq!(log.lines(&format!("left_out={}", limits::LOG_LINES)).len(), 1);
}

#[tokio::test]
async fn strangers_do_not_use_up_the_lines_of_known_clients() {
    let world = World::new().await;
    let (client, _) = world.client().await;
    let log = Log::capture();
    for n in 0..=limits::LOG_LINES {
        let [_, _, third, fourth] = n.to_be_bytes();
        let from = [198, 51, third, fourth];
        assert_eq!(world.get_from(from, "authorization", "Bearer guess", "/api/v2/groups").await.status, 401);
    }
    assert_eq!(log.lines("unknown_token").len(), limits::LOG_LINES as usize);
    assert_eq!(world.sign_in([192, 0, 2, 1], &client, "wrong").await.status, 401);
    assert_eq!(log.lines("wrong_secret").len(), 1);
    world.site.sign_ins.sweep();
    assert_eq!(log.lines("left_out=1").len(), 1);
}

#[tokio::test]
async fn a_refused_refresh_token_counts_once_whatever_comes_with_it() {
    let world = World::new().await;
    let application = world.connector("+491701111111", json!({})).await;
    let log = Log::capture();
    let request = Request::get("/v1/accessToken")
        .header("applicationid", &application.id)
        .header("applicationsecret", &application.secret)
        .header("refreshtoken", "guess")
        .header("accesstoken", "guess");
    let reply = world.send(request.body(Body::empty()).expect("a request")).await;
    assert_eq!(reply.k_refusal(), (401, "InvalidToken", "AuthException"));
    let lines = log.lines("a token was refused");
    let [line] = lines.as_slice() else { panic!("one line: {lines:?}") };
    assert!(line.contains("unknown_refresh_token") && line.contains("failures=1"), "{line}");
    assert!(!world.metrics().contains("reason=\"unknown_token\"} 1"), "{}", world.metrics());
}

#[tokio::test]
async fn all_that_a_request_has_done_is_logged_with_its_id() {
    let world = World::new().await;
    let log = Log::capture();
    let response = answer(&world, || async {
        tracing::info!("here");
        let span = tracing::Span::current();
        // The subscriber of a test is one thread's.
        let elsewhere = observe::spawn_blocking(move || tracing::Span::current() == span).await?;
        assert!(elsewhere, "the work in another thread has the span");
        Ok(ApiResponse::empty(StatusCode::OK))
    })
    .await;
    let lines = log.lines(&correlation_id(&response));
    assert!(matches!(lines.as_slice(), [line] if line.ends_with("here")), "{lines:?}");
}

#[tokio::test]
async fn a_panic_is_the_callers_500_and_the_hooks_line() {
    let world = World::new().await;
    let log = Log::capture();
    let response = answer(&world, || async { panic!("as asked") }).await;
    assert_eq!(response.status(), 500);
    let text = log.text();
    assert!(!text.contains("defect"), "the hook of whoever runs the server tells it: {text}");
}

#[tokio::test]
async fn known_tokens_that_are_refused_have_a_line_a_minute() {
    let world = World::new().await;
    let client = json!({ "name": "robot", "authorizedGrantType": "CLIENT-CREDENTIALS" });
    let client = world.call(&world.admin, "POST", "/api/v2/oauth/clients", client).await.expect(200);
    let text = |field: &str| client[field].as_str().expect("a text").to_owned();
    let token = world.token(&text("id"), &text("secret")).await;
    let me = world.kaizala("+491701111111").await;
    assert_eq!(world.get(&token, "/api/v2/tokens/me").await.status, 200);
    let path = format!("/api/v2/oauth/clients/{}", text("id"));
    world.call(&world.admin, "DELETE", &path, json!(null)).await.expect(200);
    let log = Log::capture();
    let mut ids = Vec::new();
    for _ in 0..50 {
        let reply = world.get(&token, "/api/v2/groups").await;
        assert_eq!(reply.status, 401);
        ids.push(reply.body["contextId"].as_str().expect("an id").to_owned());
        assert_eq!(world.get(&me, "/api/v2/groups").await.status, 401);
    }
    let lines = log.lines("a token was refused");
    let [ended, other] = lines.as_slice() else { panic!("two lines: {lines:?}") };
    for part in ["WARN", &ids[0], &format!("client=\"{}\"", text("id")), "peer=0.0.0.0", "ended_token"] {
        assert!(ended.contains(part), "{part}: {ended}");
    }
    assert!(other.contains("token_of_other_api") && other.contains("person="), "{other}");
    assert!(!log.text().contains(&token) && !log.text().contains(&me), "{}", log.text());
}
