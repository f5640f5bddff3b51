//! The server as its callers see it: actors against the router, without a socket.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod abuse;
mod access;
mod bounds;
mod connectors;
mod dynamic;
mod endpoints;
mod fuzz_corpus;
mod groups;
mod guessing;
mod hierarchy;
mod import;
mod kaizala;
mod logs;
mod long;
mod rebuild;
mod refusals;
mod search;
mod skills;
mod users;
mod writers;

use crate::config::{Bootstrap, RateLimit};
use crate::replica::directories::Directories;
use crate::router::router;
use crate::site::{Settings, Site};
use axum::Router;
use axum::body::{Body, to_bytes};
use convoke_store::postgres::Postgres;
use convoke_store::sqlite::Sqlite;
use convoke_store::{Missing, Store};
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use tower::ServiceExt;

/// A server with one organisation.
pub(super) struct World {
    pub router: Router,
    pub site: Arc<Site>,
    /// The token of the first client, who may do everything.
    pub admin: String,
    place: Arc<Place>,
}

/// Where the store of a test is.
enum Place {
    Folder(TempDir),
    /// The address of a PostgreSQL database.
    Database(String),
}

/// The variable with the URL of a PostgreSQL cluster: `cargo xtask test postgres` sets it, and then each test has a
/// database of its own there.
const CLUSTER: &str = "CONVOKE_TEST_POSTGRES";

impl Place {
    async fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Ok(cluster) = std::env::var(CLUSTER) else {
            return Place::in_a_file();
        };
        let name = format!("server_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let (client, connection) = tokio_postgres::connect(&cluster, tokio_postgres::NoTls).await.expect("the cluster");
        tokio::spawn(connection);
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database for the test");
        let (base, parameters) = cluster.split_once('?').unwrap_or((&cluster, ""));
        let (host, _) = base.rsplit_once('/').expect("the URL names a database");
        Place::Database(format!("{host}/{name}?{parameters}"))
    }

    fn in_a_file() -> Self {
        Place::Folder(tempfile::tempdir().expect("a folder for the test"))
    }

    async fn open(&self) -> Store {
        match self {
            Place::Folder(folder) => {
                Store::Sqlite(Sqlite::open(&folder.path().join("store.sqlite")).expect("a new store"))
            }
            Place::Database(url) => {
                let address = url.parse().expect("a URL");
                Store::Postgres(Postgres::open(&address, Missing::Make).await.expect("the database opens"))
            }
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    /// The body, after a look at the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// Status and code of a refusal.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or("(no code)"))
    }
}

impl World {
    pub async fn new() -> World {
        World::limited(None).await
    }

    pub async fn limited(rate_limit: Option<RateLimit>) -> World {
        World::with(Settings { rate_limit, ..Settings::default() }).await
    }

    pub async fn with(settings: Settings) -> World {
        World::at(Place::new().await, settings).await
    }

    /// A server on an SQLite store, for tests of its file.
    pub async fn in_a_file() -> World {
        World::at(Place::in_a_file(), Settings::default()).await
    }

    async fn at(place: Place, settings: Settings) -> World {
        let store = Arc::new(place.open().await);
        let mut world = World::on(store, Arc::new(place), settings).await;
        let bootstrap = Bootstrap { client_id: Some("first".into()), client_secret: Some("open sesame".into()) };
        world.site.directories.begin(&bootstrap).await.expect("the first organisation");
        world.admin = world.token("first", "open sesame").await;
        world
    }

    /// A second server on the same store, which knows what is there by now.
    pub async fn second(&self) -> World {
        let store = match &*self.place {
            // Only one process has the file open, so both servers are in it.
            Place::Folder(_) => self.site.directories.store.clone(),
            Place::Database(_) => Arc::new(self.place.open().await),
        };
        let second = World::on(store, self.place.clone(), Settings::default()).await;
        World { admin: self.admin.clone(), ..second }
    }

    async fn on(store: Arc<Store>, place: Arc<Place>, settings: Settings) -> World {
        let directories = Directories::load(store).await.expect("the store loads");
        let site = Arc::new(Site::new(directories, settings));
        World { router: router(site.clone()), site, admin: String::new(), place }
    }

    /// Sends any request.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.expect("a router does not fail");
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("the body comes");
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into()))
        };
        Reply { status: head.status, headers: head.headers, body }
    }

    /// Calls with a token and a JSON body.
    pub async fn call(&self, token: &str, method: &str, path: &str, body: Value) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(request.header("content-type", "application/json").body(body).expect("a request")).await
    }

    pub async fn get(&self, token: &str, path: &str) -> Reply {
        self.call(token, "GET", path, Value::Null).await
    }

    /// Signs in.
    pub async fn token(&self, id: &str, secret: &str) -> String {
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let request = Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded");
        let reply = self.send(request.body(Body::from(form)).expect("a request")).await.expect(200);
        reply["access_token"].as_str().expect("a token").to_owned()
    }

    /// Creates a user; its id.
    pub async fn user(&self, name: &str) -> String {
        let body = json!({ "name": name, "email": format!("{name}@example.org"), "divisionId": "" });
        let user = self.call(&self.admin, "POST", "/api/v2/users", body).await.expect(200);
        user["id"].as_str().expect("an id").to_owned()
    }

    /// Creates a group that is public and official, with what else is given; its id.
    pub async fn group(&self, more: Value) -> String {
        let mut body = json!({ "name": "g", "type": "official", "rulesVisible": true, "visibility": "public" });
        for (key, value) in more.as_object().expect("an object") {
            body[key] = value.clone();
        }
        let group = self.call(&self.admin, "POST", "/api/v2/groups", body).await.expect(200);
        group["id"].as_str().expect("an id").to_owned()
    }

    /// Creates a routing skill; its id.
    pub async fn skill(&self, name: &str) -> String {
        let skill = self.call(&self.admin, "POST", "/api/v2/routing/skills", json!({ "name": name })).await.expect(200);
        skill["id"].as_str().expect("an id").to_owned()
    }

    /// Creates a language; its id.
    pub async fn language(&self, name: &str) -> String {
        let body = json!({ "name": name });
        let language = self.call(&self.admin, "POST", "/api/v2/routing/languages", body).await.expect(200);
        language["id"].as_str().expect("an id").to_owned()
    }

    /// The token of a new client with a role (or none), who may stand for a user.
    pub async fn actor(&self, role: Option<&str>, user: Option<&str>) -> String {
        let roles = self.get(&self.admin, "/api/v2/authorization/roles").await.expect(200);
        let roles = roles["entities"].as_array().expect("roles");
        let role = role.map(|name| roles.iter().find(|role| role["name"] == name).expect("a role")["id"].clone());
        let body = json!({
            "name": "actor",
            "authorizedGrantType": "CLIENT-CREDENTIALS",
            "roleIds": role.into_iter().collect::<Vec<_>>(),
            "userId": user,
        });
        let client = self.call(&self.admin, "POST", "/api/v2/oauth/clients", body).await.expect(200);
        let text = |field: &str| client[field].as_str().expect("a text").to_owned();
        self.token(&text("id"), &text("secret")).await
    }
}

/// A reply with what differs from run to run replaced: ids, moments, secrets.
pub(super) fn steady(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(steady_text(text)),
        Value::Array(items) => items.iter().map(steady).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), steady(value))).collect(),
        other => other.clone(),
    }
}

fn steady_text(text: &str) -> String {
    let is_hex = |part: &str| part.chars().all(|c| c.is_ascii_hexdigit());
    let is_id = |part: &str| part.len() == 36 && part.split('-').all(is_hex);
    let is_jabber = |part: &str| part.len() == 32 && is_hex(part);
    let is_moment = text.len() == 24 && text.ends_with('Z') && text.contains('T');
    if is_moment {
        return "(moment)".into();
    }
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if c.is_ascii_hexdigit() || c == '-' {
            word.push(c);
        } else {
            words.push(std::mem::take(&mut word));
            words.push(c.into());
        }
    }
    words.push(word);
    let replaced = words.iter().map(|word| if is_id(word) || is_jabber(word) { "(id)" } else { word.as_str() });
    replaced.collect()
}
