//! The baseline: a bare axum server that answers `getGroup` from two hash maps.
//!
//! It hashes the bearer token as Convoke does, looks up token and body, and sends the headers and body bytes that
//! Convoke sent, with a correlation id of its own. The difference to Convoke is the cost of the directory. Its only
//! input is a recording of Convoke's responses.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{self, State};
use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Response, StatusCode};
use axum::routing::get;
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

const CORRELATION_ID: &str = "inin-correlation-id";

/// Recorded responses of Convoke, which the bare server repeats.
pub struct Recording {
    /// The bearer token that was used.
    pub token: String,
    /// The headers of a response, without those that depend on HTTP itself or on the request.
    pub headers: Vec<(String, String)>,
    /// Group id and reply body.
    pub bodies: Vec<(String, String)>,
}

impl Recording {
    /// The headers to repeat, from the head of a reply.
    pub fn headers_of(head: &[u8]) -> Vec<(String, String)> {
        let decided_elsewhere = ["content-length", "date", "connection", CORRELATION_ID];
        let head = String::from_utf8_lossy(head);
        let pairs = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        pairs
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .filter(|(name, _)| !decided_elsewhere.contains(&name.as_str()))
            .collect()
    }

    /// Writes the recording to a file.
    pub fn save(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let document = json!({ "token": self.token, "headers": self.headers, "bodies": self.bodies });
        Ok(std::fs::write(path, serde_json::to_vec(&document)?)?)
    }

    fn load(path: &Path) -> Result<Recording, Box<dyn Error>> {
        let document: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        let pairs = |key: &str| {
            let pairs = document.get(key).and_then(Value::as_array).into_iter().flatten();
            pairs
                .filter_map(|pair| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_str()?.to_owned())))
                .collect()
        };
        let token = document.get("token").and_then(Value::as_str).ok_or("the recording has no token")?;
        Ok(Recording { token: token.to_owned(), headers: pairs("headers"), bodies: pairs("bodies") })
    }
}

struct Answers {
    tokens: HashSet<[u8; 32]>,
    headers: HeaderMap,
    bodies: HashMap<String, Bytes>,
}

/// Serves the recording at `path` until killed.
pub async fn serve(path: &Path) -> Result<(), Box<dyn Error>> {
    let recording = Recording::load(path)?;
    let mut headers = HeaderMap::new();
    for (name, value) in &recording.headers {
        headers.append(name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?);
    }
    let answers = Answers {
        tokens: HashSet::from([Sha256::digest(&recording.token).into()]),
        headers,
        bodies: recording.bodies.into_iter().map(|(id, body)| (id, body.into())).collect(),
    };
    let router = Router::new()
        .route("/health/ready", get(StatusCode::OK))
        .route("/api/v2/groups/{id}", get(get_group))
        .with_state(Arc::new(answers));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        // Errors are ignored, as in Convoke.
        stream.set_nodelay(true).ok();
    });
    Ok(axum::serve(listener, router).await?)
}

async fn get_group(
    State(answers): State<Arc<Answers>>,
    extract::Path(id): extract::Path<String>,
    request: HeaderMap,
) -> Response<Body> {
    let token = request.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if !token.is_some_and(|token| answers.tokens.contains(<[u8; 32]>::from(Sha256::digest(token)).as_slice())) {
        return empty(StatusCode::UNAUTHORIZED);
    }
    let Some(body) = answers.bodies.get(&id) else {
        return empty(StatusCode::NOT_FOUND);
    };
    let mut response = Response::new(Body::from(body.clone()));
    *response.headers_mut() = answers.headers.clone();
    let id = uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid();
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let text = id.hyphenated().encode_lower(&mut text);
    let value = HeaderValue::from_str(text).expect("a UUID is visible ASCII");
    response.headers_mut().insert(HeaderName::from_static(CORRELATION_ID), value);
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
