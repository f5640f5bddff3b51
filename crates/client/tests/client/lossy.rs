//! Lost replies: changes are retried, and take effect once.

use super::server::{ID, SECRET, Server};
use super::walk::walk;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use convoke_client::genesys::{OAuthClientRequest, PageQuery};
use convoke_client::{Client, Config, Effect, OAuthApi, genesys, kaizala};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// A proxy in front of the server that drops the first reply to each change.
struct Lossy {
    server: String,
    http: reqwest::Client,
    /// The operations whose replies have a secret, which is not returned again. Their replies are not dropped.
    spared: &'static [&'static str],
    keys: Mutex<BTreeSet<String>>,
}

async fn pass(State(lossy): State<Arc<Lossy>>, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let passed = lossy.http.request(head.method, format!("{}{}", lossy.server, head.uri));
    let answer = passed.headers(head.headers.clone()).body(body).send().await.expect("an answer");
    let key = head.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let key = key.filter(|_| !lossy.spared.iter().any(|path| head.uri.path().starts_with(path)));
    if key.is_some_and(|key| lossy.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key)) {
        let mut lost = Response::new(Body::empty());
        *lost.status_mut() = StatusCode::BAD_GATEWAY;
        return lost;
    }
    let answer = axum::http::Response::from(answer);
    answer.map(Body::new)
}

async fn lossy(server: &Server, spared: &'static [&'static str]) -> String {
    let http = reqwest::Client::new();
    let lossy = Arc::new(Lossy { server: server.url.clone(), http, spared, keys: Mutex::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().fallback(pass).with_state(lossy);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn each_change_is_made_once_although_its_reply_was_lost() {
    let (straight, server) = (Server::start().await, Server::start().await);
    walk(&straight, &straight.url).await;
    walk(&server, &lossy(&server, &["/api/v2/oauth/clients", "/api/v2/connectors"]).await).await;
    let (once, twice) = (straight.counts().await, server.counts().await);
    let tables = [("genesys", genesys::endpoints()), ("kaizala", kaizala::endpoints())];
    for (api, endpoints) in tables {
        for endpoint in endpoints {
            let is_spared = endpoint.path.contains("/oauth/clients") || endpoint.path.contains("/connectors");
            let times = if endpoint.effect == Effect::Change && !is_spared { 2 } else { 1 };
            let operation = (api.to_owned(), endpoint.name.to_owned());
            let of = |counts: &std::collections::BTreeMap<_, u64>| counts.get(&operation).copied();
            assert_eq!(of(&twice), of(&once).map(|count| count * times), "{}", endpoint.name);
        }
    }
}

#[tokio::test]
async fn a_secret_whose_reply_was_lost_stays_lost_and_there_is_one_client() {
    let server = Server::start().await;
    let config = Config::url(&lossy(&server, &[]).await).client_credentials(ID, SECRET);
    let clients = OAuthApi::new(&Client::new(config).expect("a client"));
    let request = OAuthClientRequest {
        name: Some("another".into()),
        authorized_grant_type: Some("CLIENT-CREDENTIALS".into()),
        ..Default::default()
    };
    let made = clients.post_oauth_clients(&request).await.expect("a client");
    assert_eq!(made.secret, None);
    let all = clients.get_oauth_clients(&PageQuery::default()).await.expect("clients");
    assert!(all.total == 2 && all.entities.iter().any(|client| client.id == made.id));
}
