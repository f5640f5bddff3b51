//! Several servers on one PostgreSQL database. `cargo xtask test postgres` starts a cluster for them and runs them.

#[path = "kill/audit.rs"]
mod audit;
#[path = "kill/operation.rs"]
mod operation;
#[expect(dead_code, reason = "these servers are told where their store is, and killed")]
mod server;
#[path = "kill/writer.rs"]
mod writer;

use fastrand::Rng;
use serde_json::{Value, json};
use server::{Connection, Server, connection};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use writer::Writer;

/// The variable with the URL of a cluster's database, whose role may create others.
const CLUSTER: &str = "CONVOKE_TEST_POSTGRES";

/// How soon what one server did counts on the others.
const SOON: Duration = Duration::from_secs(1);

/// A database of a test, and a folder for the logs of its servers.
struct Database {
    name: String,
    url: String,
    folder: TempDir,
}

fn cluster() -> String {
    std::env::var(CLUSTER).unwrap_or_else(|_| panic!("{CLUSTER} is not set: run `cargo xtask test postgres`"))
}

impl Database {
    fn new(name: &str) -> Self {
        let cluster = cluster();
        let name = format!("{name}_{}", std::process::id());
        let (base, parameters) = cluster.split_once('?').unwrap_or((&cluster, ""));
        let (host, _) = base.rsplit_once('/').expect("the URL names a database");
        let url = format!("{host}/{name}?{parameters}");
        let database = Database { name, url, folder: tempfile::tempdir().expect("a folder") };
        database.run(&format!("CREATE DATABASE {}", database.name));
        database
    }

    /// Runs statements in another database of the cluster.
    fn run(&self, sql: &str) {
        run(&cluster(), sql);
    }

    /// Runs statements in this database.
    fn run_inside(&self, sql: &str) {
        run(&self.url, sql);
    }

    /// Starts a server. The name is that of its log.
    fn serve(&self, name: &str) -> Server {
        serve(&self.url, &self.folder.path().join(name))
    }
}

/// Runs statements in the database of this URL.
fn run(url: &str, sql: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let connecting = tokio_postgres::connect(url, tokio_postgres::NoTls);
        let (client, connection) = connecting.await.expect("the cluster answers");
        tokio::spawn(connection);
        client.batch_execute(sql).await.expect("statements");
    });
}

fn serve(url: &str, log: &Path) -> Server {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convoke"));
    command.args(["serve", "--store", url]);
    Server::start_by(command, log)
}

fn get(connection: &mut Connection, path: &str) -> (u16, Value) {
    let reply = connection.request("GET", path, &[], None).expect("the server answers");
    (reply.status, reply.body)
}

fn post(connection: &mut Connection, path: &str, body: &Value) -> Value {
    let reply = connection.request("POST", path, &[], Some(body)).expect("the server answers");
    assert!(reply.status < 300, "{path}: {reply:?}");
    reply.body
}

/// Creates a group. Returns its path.
fn create(connection: &mut Connection, name: &str) -> String {
    let group = json!({ "name": name, "type": "official", "rulesVisible": true, "visibility": "public" });
    format!("/api/v2/groups/{}", text(&post(connection, "/api/v2/groups", &group), "id"))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("no {key}: {value}"))
}

/// Waits until this is so, which must be soon.
fn soon(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < SOON, "not within {SOON:?}: {what}");
    }
}

fn assert_sound(connection: &mut Connection) -> Value {
    let (status, found) = get(connection, "/operator/verification");
    assert_eq!((status, found.get("differences")), (200, Some(&json!([]))), "{found}");
    found
}

/// The access token of a client.
fn token(server: &Server, client: &Value, id: &str, secret: &str) -> String {
    let form =
        format!("grant_type=client_credentials&client_id={}&client_secret={}", text(client, id), text(client, secret));
    let reply = server.connect(None).request("POST", "/oauth/token", &[], Some(&json!(form))).expect("a reply");
    text(&reply.body, "access_token").to_owned()
}

#[test]
fn what_one_server_does_counts_on_the_others_in_a_second() {
    let database = Database::new("shared");
    // Both find an empty database, and one founds the first organisation.
    let (one, two) = thread::scope(|scope| {
        let [one, two] = ["one", "two"].map(|name| scope.spawn(|| database.serve(name)));
        (one.join().expect("it starts"), two.join().expect("it starts"))
    });
    let admin = one.sign_in();
    let (mut of_one, mut of_two) = (one.connect(Some(&admin)), two.connect(Some(&admin)));
    let path = create(&mut of_one, "night");
    soon("a new group", || get(&mut of_two, &path).0 == 200);

    let client = json!({ "name": "c", "authorizedGrantType": "CLIENT-CREDENTIALS" });
    let client = post(&mut of_one, "/api/v2/oauth/clients", &client);
    let mut made = String::new();
    soon("a new client", || {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            text(&client, "id"),
            text(&client, "secret")
        );
        let reply = two.connect(None).request("POST", "/oauth/token", &[], Some(&json!(form))).expect("a reply");
        made = reply.body.get("access_token").and_then(Value::as_str).unwrap_or_default().to_owned();
        !made.is_empty()
    });
    let (mut by_one, mut by_two) = (one.connect(Some(&made)), two.connect(Some(&made)));
    assert_eq!((get(&mut by_one, "/api/v2/groups").0, get(&mut by_two, "/api/v2/groups").0), (200, 200));
    let reply = by_one.request("DELETE", "/api/v2/tokens/me", &[], None).expect("a reply");
    assert_eq!(reply.status, 200);
    assert_eq!(get(&mut by_one, "/api/v2/groups").0, 401, "at once where it was revoked");
    soon("a revoked token", || get(&mut by_two, "/api/v2/groups").0 == 401);

    let again = token(&two, &client, "id", "secret");
    let mut by_two = two.connect(Some(&again));
    assert_eq!(get(&mut by_two, "/api/v2/groups").0, 200);
    let disabled = json!({ "name": "c", "authorizedGrantType": "CLIENT-CREDENTIALS", "state": "inactive" });
    let clients = format!("/api/v2/oauth/clients/{}", text(&client, "id"));
    assert_eq!(of_one.request("PUT", &clients, &[], Some(&disabled)).expect("a reply").status, 200);
    soon("a disabled client", || get(&mut by_two, "/api/v2/groups").0 == 401);

    // An organisation that the other server has never heard of is loaded when someone signs in to it.
    let other = post(&mut of_one, "/operator/organisations", &json!({ "name": "other" }));
    let mut of_other = two.connect(Some(&token(&two, &other, "clientId", "clientSecret")));
    assert_eq!(get(&mut of_other, "/api/v2/groups").0, 200);
    let again =
        of_two.request("POST", "/operator/organisations", &[], Some(&json!({ "name": "other" }))).expect("a reply");
    assert_eq!(again.status, 409, "a name is taken, whoever founded the organisation: {again:?}");
    assert_eq!(assert_sound(&mut of_one), assert_sound(&mut of_two));
}

/// Reads need no database: a server whose database is away answers them from memory.
#[test]
fn a_database_that_has_lost_entries_is_read_again() {
    let database = Database::new("lost");
    let (one, two) = (database.serve("one"), database.serve("two"));
    let admin = one.sign_in();
    let (mut of_one, mut of_two) = (one.connect(Some(&admin)), two.connect(Some(&admin)));
    let (kept, lost) = (create(&mut of_one, "kept"), create(&mut of_one, "lost"));
    soon("both groups", || [&kept, &lost].iter().all(|path| get(&mut of_two, path).0 == 200));

    // As a failover does to a server that did not have the last entry.
    database.run_inside(
        "BEGIN;
         DELETE FROM convoke.log WHERE (organisation, seq) IN (SELECT organisation, head FROM convoke.heads);
         UPDATE convoke.heads SET head = head - 1, chain = (
             SELECT chain FROM convoke.log WHERE log.organisation = heads.organisation AND seq = heads.head - 1);
         COMMIT",
    );
    soon("the lost entry is gone at one", || get(&mut of_one, &lost).0 == 404);
    soon("the lost entry is gone at the other", || get(&mut of_two, &lost).0 == 404);
    let again = create(&mut of_one, "again");
    soon("changes go on", || get(&mut of_two, &again).0 == 200);
    for connection in [&mut of_one, &mut of_two] {
        assert_eq!(get(connection, &kept).0, 200);
        assert_sound(connection);
    }
    let refused = of_one.request("GET", "/operator/backup", &[], None).expect("a reply");
    assert_eq!(refused.status, 501, "{refused:?}");
    assert!(text(&refused.body, "message").contains("pg_dump"), "{refused:?}");
}

#[test]
fn reads_go_on_while_the_database_is_away() {
    let database = Database::new("away");
    let server = database.serve("one");
    let mut caller = server.connect(Some(&server.sign_in()));
    let group = json!({ "name": "night", "type": "official", "rulesVisible": true, "visibility": "public" });
    let path = format!("/api/v2/groups/{}", text(&post(&mut caller, "/api/v2/groups", &group), "id"));
    database.run(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", database.name));
    database
        .run(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", database.name));
    let refused = caller.request("POST", "/api/v2/groups", &[], Some(&group)).expect("a reply");
    assert_eq!(refused.status, 503, "{refused:?}");
    for _ in 0..100 {
        assert_eq!(get(&mut caller, &path).0, 200);
    }
    let mut anyone = server.connect(None);
    assert_eq!(get(&mut anyone, "/health/ready").0, 503, "it takes no writes");
    assert_eq!(get(&mut anyone, "/health/ready?for=reads").0, 200);
    database.run(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", database.name));
    server::wait_until("the database is back", || get(&mut anyone, "/health/ready").0 == 200);
    post(&mut caller, "/api/v2/groups", &group);
    assert_sound(&mut caller);
}

/// Writers on two servers, of which one is killed while the other goes on. What each was told is true.
#[test]
fn nothing_acknowledged_by_either_of_two_servers_is_lost() {
    const CYCLES: u64 = 5;
    let given = std::env::var("CONVOKE_KILL_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("CONVOKE_KILL_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let database = Database::new("killed");
    let server = database.serve("first");
    let admin = server.sign_in();
    let mut caller = server.connect(Some(&admin));
    let access = audit::connect(&mut caller);
    let mut writers = audit::set_up(&mut caller, &access);
    drop((caller, server));
    let mut n_unknown = 0;
    for _ in 0..CYCLES {
        let (one, two) = (database.serve("one"), database.serve("two"));
        thread::scope(|scope| {
            for (n, writer) in writers.iter_mut().enumerate() {
                let server = if n % 2 == 0 { &one } else { &two };
                let (connection, rng) = (server.connect(Some(&admin)), rng.fork());
                scope.spawn(move || writer.work(connection, rng));
            }
            thread::sleep(Duration::from_millis(rng.u64(300..=900)));
            drop(one);
            thread::sleep(Duration::from_millis(rng.u64(100..=300)));
            drop(two);
        });
        n_unknown += writers.iter().filter(|writer| writer.unknown.is_some()).count();
        let (three, four) = (database.serve("three"), database.serve("four"));
        let mut caller = three.connect(Some(&admin));
        audit::audit(&mut writers, &mut caller, &access);
        assert_eq!(assert_sound(&mut caller), assert_sound(&mut four.connect(Some(&admin))));
    }
    let sum = |count: fn(&Writer) -> u64| writers.iter().map(count).sum::<u64>();
    let (n_done, n_refused) = (sum(|writer| writer.n_done), sum(|writer| writer.n_refused));
    println!("{n_done} done, {n_refused} refused, {n_unknown} unknown");
    assert!(n_done > 50 * CYCLES && n_refused > CYCLES && n_unknown > 0, "too little was tried");
}
