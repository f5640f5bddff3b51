//! How often the server allocates for a request: `cargo bench -p convoke-server --bench allocations`. The aim is ten
//! times at most for reads of a directory that does not change.
//!
//! The server runs in this process, with its listener and all its threads, and is asked over a kept connection. The
//! global allocator counts. The client allocates nothing while it is counted.

use convoke_server::{Bootstrap, Config, StoreLocation, demo};
use dhat::HeapStats;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const CLIENT_ID: &str = "bench";
const CLIENT_SECRET: &str = "a secret that only this bench uses";
/// The size of a measurement, and of the test that everything is answered.
const MEASURED: Size = Size { people: 10_000, n_requests: 1000 };
const TRIED: Size = Size { people: 200, n_requests: 10 };

struct Size {
    people: usize,
    /// Requests of each kind that are counted, after as many that are not.
    n_requests: usize,
}

fn main() {
    // Without this argument, which cargo gives, it is a test that everything is answered.
    let is_measured = std::env::args().any(|argument| argument == "--bench");
    let Size { people, n_requests } = if is_measured { MEASURED } else { TRIED };
    // Spans are recorded as in production; lines are written nowhere.
    tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer(std::io::sink).init();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let running = runtime.block_on(async {
        let bootstrap =
            Bootstrap { client_id: Some(CLIENT_ID.to_owned()), client_secret: Some(CLIENT_SECRET.to_owned()) };
        let store = StoreLocation::Sqlite(folder.path().join("store.sqlite"));
        let config = Config { bootstrap, ..Config::new(store) };
        let running = convoke_server::start(config).await.expect("the server starts");
        let organisation = demo::first(&running.directories).expect("a new store has an organisation");
        let plan = demo::Plan {
            people,
            groups: people / 10,
            memberships: people * 10,
            largest: people / 2,
            skills: 100,
            rules: people / 100,
            nested: 0,
            seed: 1,
        };
        demo::fill(&organisation, CLIENT_ID, plan, &mut |_, _, _| {}).await.expect("a new store can be filled");
        running
    });
    let mut client = Client::sign_in(running.address);
    // Without it the allocator does not count.
    let _counting = dhat::Profiler::builder().testing().build();
    println!("{:<44} {:>12} {:>12}", "request", "allocations", "bytes");
    for (name, request) in requests(&mut client) {
        let (n_allocations, n_bytes) = client.count(&request, n_requests);
        println!("{name:<44} {n_allocations:>12.1} {n_bytes:>12.0}");
    }
    runtime.block_on(running.stop());
}

/// What is counted, by the names in `cargo xtask bench`.
fn requests(client: &mut Client) -> Vec<(&'static str, Vec<u8>)> {
    let groups = client.json("GET", "/api/v2/groups?pageSize=500", &Value::Null);
    let groups = groups.get("entities").and_then(Value::as_array).expect("a listing");
    let n_members = |group: &&Value| group.get("memberCount").and_then(Value::as_u64);
    let largest = groups.iter().max_by_key(n_members).expect("there are groups");
    let text = |field: &str| largest.get(field).and_then(Value::as_str).expect("groups have ids and names");
    let (id, name) = (text("id"), text("name"));
    let skill = client.json("GET", "/api/v2/routing/skills?pageSize=1", &Value::Null);
    let skill = skill.pointer("/entities/0/name").and_then(Value::as_str).expect("there are skills");
    let search = |kind: &str, value: &str| {
        let query = json!([{ "type": kind, "fields": ["name"], "value": value }]);
        json!({ "query": query, "sortBy": "name", "sortOrder": "ASC" })
    };
    let some: String = name.chars().take(4).collect();
    let condition = json!({ "routingSkill": skill, "comparator": "GreaterThanOrEqualTo", "proficiency": 2 });
    let rule = json!({ "skillConditions": [
        { "routingSkillConditions": [condition], "languageSkillConditions": [], "operation": "And" }
    ] });
    let search_path = "/api/v2/groups/search";
    let nothing = Value::Null;
    [
        ("getGroup", "GET", format!("/api/v2/groups/{id}"), nothing.clone()),
        ("getGroupMembers, page 1 of the largest", "GET", format!("/api/v2/groups/{id}/members"), nothing.clone()),
        ("getGroups, page 1", "GET", "/api/v2/groups".to_owned(), nothing),
        ("postGroupsSearch, STARTS_WITH name", "POST", search_path.to_owned(), search("STARTS_WITH", &some)),
        ("postGroupsSearch, CONTAINS name", "POST", search_path.to_owned(), search("CONTAINS", &some)),
        ("postGroupsSearch, REGEX name", "POST", search_path.to_owned(), search("REGEX", ".*[a-e]n.*")),
        ("postGroupsDynamicsettingsPreview", "POST", "/api/v2/groups/dynamicsettings/preview".to_owned(), rule),
    ]
    .map(|(name, method, path, body)| (name, client.request(method, &path, &body)))
    .into()
}

/// A kept connection.
struct Client {
    stream: TcpStream,
    token: String,
    received: Vec<u8>,
}

impl Client {
    fn sign_in(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a connection can be set up");
        let mut client = Client { stream, token: String::new(), received: vec![0; 1 << 20] };
        let form = format!(
            "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={}",
            CLIENT_SECRET.replace(' ', "+")
        );
        let request = format!(
            "POST /oauth/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\n\r\n{form}",
            form.len()
        );
        let reply: Value = serde_json::from_slice(client.exchange(request.as_bytes())).expect("a reply in JSON");
        client.token = reply.get("access_token").and_then(Value::as_str).expect("a token").to_owned();
        client
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Vec<u8> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (token, length) = (&self.token, body.len());
        format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }

    fn json(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let request = self.request(method, path, body);
        serde_json::from_slice(self.exchange(&request)).expect("a reply in JSON")
    }

    /// Allocations of one request, with those that were made anew in another size, and the bytes of both.
    fn count(&mut self, request: &[u8], n_requests: usize) -> (f64, f64) {
        for _ in 0..n_requests {
            self.exchange(request);
        }
        let before = HeapStats::get();
        for _ in 0..n_requests {
            self.exchange(request);
        }
        let after = HeapStats::get();
        let of_one = |before: u64, after: u64| (after - before) as f64 / n_requests as f64;
        (of_one(before.total_blocks, after.total_blocks), of_one(before.total_bytes, after.total_bytes))
    }

    /// Sends a request, and returns the body of its reply, which must be 200.
    fn exchange(&mut self, request: &[u8]) -> &[u8] {
        self.stream.write_all(request).expect("the server reads");
        let mut n_received = 0;
        loop {
            let rest = self.received.get_mut(n_received..).expect("a reply that fits");
            let n = self.stream.read(rest).expect("the server answers");
            assert!(n > 0, "the server has closed the connection");
            n_received += n;
            if let Some(start) = body_of(self.received.get(..n_received).unwrap_or_default()) {
                return self.received.get(start..n_received).unwrap_or_default();
            }
        }
    }
}

/// Where the body of a complete reply begins. `None` if more is to come.
fn body_of(received: &[u8]) -> Option<usize> {
    let start = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(received.get(..start)?).expect("a head in ASCII");
    assert!(head.starts_with("HTTP/1.1 200"), "{}", String::from_utf8_lossy(received));
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    let length: usize = length.parse().expect("a length in digits");
    (received.len() >= start + length).then_some(start)
}
