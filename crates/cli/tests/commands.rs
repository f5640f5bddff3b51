//! The commands that talk to a running server or work on a store.

#[path = "commands/demo.rs"]
mod demo;
mod server;
#[path = "commands/taken.rs"]
mod taken;

use serde_json::{Value, json};
use server::{Server, convoke};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// Calls `convoke` with these arguments, as an administrator of the server with this secret.
fn call(server: &Server, arguments: &[&str], secret: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_convoke"))
        .args(arguments)
        .env("CONVOKE_URL", format!("http://{}", server.address))
        .env("CONVOKE_CLIENT_ID", "test")
        .env("CONVOKE_CLIENT_SECRET", secret)
        .output()
        .expect("the command can be started")
}

const SECRET: &str = "secret of the test";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn create_group(server: &Server) {
    let token = server.sign_in();
    let group = json!({ "name": "g", "type": "official", "rulesVisible": true, "visibility": "public" });
    let reply = server.connect(Some(&token)).request("POST", "/api/v2/groups", &[], Some(&group));
    assert_eq!(reply.expect("the server answers").status, 200);
}

#[test]
fn a_second_organisation_is_founded_once_and_signs_in() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = Server::start(&folder.path().join("store.sqlite"));
    let made = call(&server, &["org", "create", "Subsidiary", "--json"], SECRET);
    let made: Value = serde_json::from_slice(&made.stdout).expect("the server's reply");
    assert_eq!(made.get("name"), Some(&json!("Subsidiary")));
    let again = call(&server, &["org", "create", "subsidiary"], SECRET);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("already"), "{}", text(&again.stderr));
    let third = call(&server, &["org", "create", "Third"], SECRET);
    assert!(text(&third.stdout).contains("client secret"), "{}", text(&third.stdout));
    let wrong = call(&server, &["org", "create", "Fourth"], "wrong");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("authentication failed"), "{}", text(&wrong.stderr));
}

#[test]
fn connectors_are_made_listed_and_ended() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = Server::start(&folder.path().join("store.sqlite"));
    let run = |arguments: &[&str]| call(&server, arguments, SECRET);
    let json = |output: Output| -> Value { serde_json::from_slice(&output.stdout).expect("the server's reply") };
    let field = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let none = run(&["connectors", "list"]);
    assert_eq!((text(&none.stdout).as_str(), text(&none.stderr).as_str()), ("", "no connectors\n"));
    let made = json(run(&[
        "connectors",
        "create",
        "--name",
        "Reports",
        "--phone",
        "+447700900123",
        "--administrator",
        "--json",
    ]));
    let (id, first) = (field(&made, "applicationId"), field(&made, "refreshToken"));
    assert!(!id.is_empty() && !first.is_empty() && !field(&made, "applicationSecret").is_empty(), "{made}");
    let second = run(&["connectors", "create", "--name", "Zoë's", "--phone", "+44 7700 900124"]);
    let shown = text(&second.stdout);
    assert!(shown.contains("application secret  ") && shown.contains("mobile number         +447700900124"), "{shown}");
    assert_eq!(
        (shown.matches("not shown again").count(), shown.contains("refresh token expiry  in 365 days")),
        (2, true),
        "{shown}"
    );

    let listed = text(&run(&["connectors", "list"]).stdout);
    let lines: Vec<&str> = listed.lines().collect();
    let columns: Vec<_> = lines.iter().filter_map(|line| line.find("  ")).collect();
    assert_eq!((lines.len(), columns), (3, vec![14, 36, 36]), "{listed}");
    assert!(listed.contains(&format!("{id}  Reports (administrator)  +447700900123")), "{listed}");
    let again = run(&["connectors", "regenerate", &id]);
    let shown = text(&again.stdout);
    assert!(shown.contains("refresh token") && !shown.contains(&first) && !shown.contains("secret"), "{shown}");
    let again = json(run(&["connectors", "regenerate", &id, "--json"]));
    assert_eq!((field(&again, "applicationId"), again.get("applicationSecret")), (id.clone(), None));

    let deleted = run(&["connectors", "delete", &id]);
    assert!(deleted.status.success(), "{deleted:?}");
    assert_eq!(text(&deleted.stdout), format!("deleted the connector Reports ({id}): its tokens end\n"));
    let listed = json(run(&["connectors", "list", "--json"]));
    assert_eq!(listed.get("total"), Some(&json!(1)));
    let create = ["connectors", "create", "--name", "c", "--phone"];
    for (arguments, code, said) in [
        (vec!["connectors", "delete", &id], 1, "does not exist"),
        (vec!["connectors", "delete", ".."], 1, "there is no connector \"..\""),
        (vec!["connectors", "regenerate", "a/b c"], 1, "there is no connector \"a/b c\""),
        ([&create[..], &["07700900123"]].concat(), 1, "phone must be"),
        ([&create[..], &["+447700900123", "--group", "x"]].concat(), 1, "there is no group \"x\""),
    ] {
        let refused = run(&arguments);
        assert_eq!(refused.status.code(), Some(code), "{arguments:?}: {refused:?}");
        assert!(text(&refused.stderr).contains(said), "{arguments:?}: {}", text(&refused.stderr));
    }
}

#[test]
fn verify_and_backup_ask_the_server_or_open_the_store() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    let server = Server::start(&store);
    create_group(&server);
    let found = call(&server, &["verify", "--json"], SECRET);
    let found: Value = serde_json::from_slice(&found.stdout).expect("JSON");
    assert_eq!(found, json!({ "organisations": 1, "entries": 2, "differences": [] }));
    let (asked, opened) = (folder.path().join("asked.sqlite"), folder.path().join("opened.sqlite"));
    let name = |path: &Path| path.to_str().expect("a name in UTF-8").to_owned();
    assert!(call(&server, &["backup", &name(&asked)], SECRET).status.success());
    let again = call(&server, &["backup", &name(&asked)], SECRET);
    assert_eq!((again.status.code(), text(&again.stderr).contains("exists")), (Some(1), true));
    let busy = convoke(&["verify"], &store).output().expect("the command can be started");
    assert_eq!((busy.status.code(), text(&busy.stderr).contains("in use")), (Some(1), true));
    server.terminate();
    assert!(server.wait().success());

    let backup = convoke(&["backup", &name(&opened)], &store).output().expect("the command can be started");
    assert!(backup.status.success(), "{}", text(&backup.stderr));
    for copy in [&store, &asked, &opened] {
        let mode = std::fs::metadata(copy).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", copy.display());
        let found = convoke(&["verify"], copy).output().expect("the command can be started");
        assert_eq!(
            text(&found.stdout),
            "1 organisation, 2 log entries: no differences\n",
            "{}: {found:?}",
            copy.display()
        );
    }
    // A backup is a store.
    create_group(&Server::start(&asked));

    let damaged = rusqlite::Connection::open(&store).expect("the store opens");
    damaged.execute("DELETE FROM groups", []).expect("a table loses its rows");
    drop(damaged);
    let found = convoke(&["verify"], &store).output().expect("the command can be started");
    assert_eq!(found.status.code(), Some(1));
    assert!(text(&found.stdout).contains("are damaged"), "{}", text(&found.stdout));
}

#[test]
fn what_cannot_be_done_is_said_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    let run = |arguments: &[&str], url: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_convoke"))
            .args(arguments)
            .env("CONVOKE_URL", url)
            .env("CONVOKE_CLIENT_ID", "test")
            .env("CONVOKE_CLIENT_SECRET", SECRET)
            .output()
            .expect("the command can be started");
        (output.status.code(), text(&output.stderr))
    };
    let sqlite = format!("sqlite:{}", store.display());
    for (arguments, url, code, sentence) in [
        // A loopback port on which nothing listens.
        (&["verify"][..], "http://127.0.0.1:9", 3, "cannot be reached"),
        (&["verify", "--store", &sqlite], "", 1, "does not exist"),
        (&["serve", "--store", "postgres://localhost/x"], "", 2, "the URL names no user"),
        (&["serve", "--store", "elsewhere"], "", 2, "sqlite:PATH"),
        (&["serve", "--trusted-proxies", "proxy"], "", 2, "10.0.0.0/8"),
        (&["serve", "--rate-limit", "many"], "", 2, "N/SECONDS"),
        (&["serve", "--tls-cert", "c.pem"], "", 2, "--tls-key"),
        (&["serve", "--demo", "--store", &sqlite], "", 2, "cannot be used with"),
        (&["serve", "--listen", "0.0.0.0:0", "--store", &sqlite], "", 1, "--plain-http"),
        (
            &["serve", "--listen", "127.0.0.1:0", "--store", &sqlite, "--tls-cert", "no.pem", "--tls-key", "no.pem"],
            "",
            1,
            "no.pem",
        ),
        (&["serve", "--listen", "127.0.0.1:0", "--store", &sqlite, "--cors-origin", "everyone"], "", 1, "is no origin"),
    ] {
        let (found, said) = run(arguments, url);
        assert_eq!(found, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(sentence), "{arguments:?}: {said}");
    }
}

#[test]
fn the_heads_of_requests_are_bounded() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = Server::start(&folder.path().join("store.sqlite"));
    let many: String = (0..101).map(|n| format!("x-{n}: y\r\n")).collect();
    for (head, status) in [
        ("GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), "200"),
        (format!("GET /health/live HTTP/1.1\r\nhost: x\r\n{many}\r\n"), "431"),
        (format!("GET /health/live?{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(200_000)), "431"),
        (format!("GET /health/live HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(200_000)), "431"),
        ("TRACE /health/live HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(), "405"),
        ("GET /health/live\r\n\r\n".to_owned(), "400"),
        (
            "POST /token HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
                .to_owned(),
            "400",
        ),
    ] {
        let mut stream = std::net::TcpStream::connect(server.address).expect("the server accepts connections");
        stream.set_read_timeout(Some(server::LIMIT)).expect("the limit is not zero");
        // The server may close the connection before it has read all of the long head.
        let _ = stream.write_all(head.as_bytes());
        let mut begun = [0; 12];
        stream.read_exact(&mut begun).expect("the server answers");
        assert_eq!(text(&begun), format!("HTTP/1.1 {status}"), "{}", head.chars().take(90).collect::<String>());
    }
}

#[test]
fn a_certificate_that_nobody_signed_is_taken_only_on_request() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut serve =
        convoke(&["serve", "--tls-self-signed", "--listen", "127.0.0.1:0"], &folder.path().join("store.sqlite"));
    serve.env("CONVOKE_BOOTSTRAP_CLIENT_ID", "test").env("CONVOKE_BOOTSTRAP_CLIENT_SECRET", SECRET);
    let mut child = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the server can be started");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("its stdout is piped");
    BufReader::new(stdout).read_line(&mut line).expect("the first line is text");
    let codes = [&["verify"][..], &["verify", "--insecure"]].map(|arguments| {
        Command::new(env!("CARGO_BIN_EXE_convoke"))
            .args(arguments)
            .env("CONVOKE_URL", line.trim().trim_start_matches("listening on "))
            .env("CONVOKE_CLIENT_ID", "test")
            .env("CONVOKE_CLIENT_SECRET", SECRET)
            .output()
            .expect("the command can be started")
            .status
            .code()
    });
    child.kill().and_then(|()| child.wait()).expect("the server ends");
    assert_eq!(codes, [Some(3), Some(0)], "{line}");
}

/// The number of groups on the server, by name.
fn group_names(server: &Server) -> Vec<String> {
    let token = server.sign_in();
    let reply = server.connect(Some(&token)).request("GET", "/api/v2/groups", &[], None).expect("the server answers");
    let groups = reply.body.get("entities").and_then(Value::as_array).cloned().unwrap_or_default();
    groups.iter().filter_map(|group| group.get("name").and_then(Value::as_str).map(str::to_owned)).collect()
}

#[test]
fn a_backup_is_restored_where_no_server_is_running() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (store, backup) = (folder.path().join("store.sqlite"), folder.path().join("backup.sqlite"));
    let name = |path: &Path| path.display().to_string();
    let run = |arguments: &[&str]| convoke(arguments, &store).stdin(Stdio::null()).output().expect("it can be started");
    let server = Server::start(&store);
    assert!(call(&server, &["backup", &name(&backup)], SECRET).status.success());
    create_group(&server);
    let in_use = run(&["restore", &name(&backup), "--yes"]);
    assert_eq!(in_use.status.code(), Some(1));
    assert!(text(&in_use.stderr).contains("is in use by another process"), "{}", text(&in_use.stderr));
    // As after kill -9: the write-ahead log has commits that the database does not have.
    drop(server);

    std::fs::copy(&store, folder.path().join("kept")).expect("a copy");
    std::fs::copy(&backup, &store).expect("the backup, copied over by hand");
    let by_hand = run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(by_hand.status.code(), Some(1));
    assert!(text(&by_hand.stderr).contains("`convoke restore`"));
    std::fs::copy(folder.path().join("kept"), &store).expect("it is taken back");

    let unasked = run(&["restore", &name(&backup)]);
    assert_eq!(unasked.status.code(), Some(1));
    assert!(text(&unasked.stderr).contains("give --yes to replace it"), "{}", text(&unasked.stderr));
    let server = Server::start(&store);
    assert_eq!(group_names(&server), ["g"], "nothing was replaced");
    drop(server);

    let restored = run(&["restore", &name(&backup), "--yes"]);
    let said = text(&restored.stderr);
    assert!(restored.status.success(), "{said}");
    assert!(said.contains("1 organisation, 1 log entry") && said.contains(".before-restore-2"), "{said}");
    let server = Server::start(&store);
    assert_eq!(group_names(&server), Vec::<String>::new());
    drop(server);
    let aside = said.lines().find_map(|line| line.strip_prefix("the store that was there is now ")).expect("its name");
    let server = Server::start(Path::new(aside));
    assert_eq!(group_names(&server), ["g"], "what was there is kept");
    drop(server);

    let damaged = rusqlite::Connection::open(&backup).expect("the backup opens");
    damaged.execute("INSERT INTO operations VALUES (1, 'a', 'k', 7, x'00', '{}', x'00')", []).expect("damage");
    drop(damaged);
    let elsewhere = folder.path().join("elsewhere.sqlite");
    let restored = convoke(&["restore", &name(&backup)], &elsewhere).output().expect("it can be started");
    let said = text(&restored.stderr);
    assert!(restored.status.success() && said.contains("damaged in the backup: 1 operations"), "{said}");

    std::fs::write(&backup, "no backup").expect("a text");
    let refused = run(&["restore", &name(&backup), "--yes"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("is not a store of this program"), "{}", text(&refused.stderr));
}

#[test]
fn a_store_that_is_refused_for_damage_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    let server = Server::start(&store);
    create_group(&server);
    server.terminate();
    assert!(server.wait().success());
    let damaged = rusqlite::Connection::open(&store).expect("the store opens");
    // The first damage can be repaired, the second cannot.
    damaged
        .execute_batch("DELETE FROM client_organisations; UPDATE log SET at = at + 1 WHERE seq = 1")
        .expect("damage");
    let refused = convoke(&["serve", "--listen", "127.0.0.1:0"], &store).output().expect("it can be started");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("does not match its checksum"), "{}", text(&refused.stderr));
    let count = "SELECT count(*) FROM client_organisations";
    let n_rows: i64 = damaged.query_row(count, [], |row| row.get(0)).expect("a number");
    assert_eq!(n_rows, 0, "it was written to before it was known to be sound");
}

#[test]
fn a_large_store_is_served_until_damage_is_found_and_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    let server = Server::start(&store);
    create_group(&server);
    server.terminate();
    assert!(server.wait().success());
    let damaged = rusqlite::Connection::open(&store).expect("the store opens");
    damaged
        .execute_batch(
            "CREATE TABLE filling (bytes BLOB); INSERT INTO filling VALUES (zeroblob(40 * 1024 * 1024));
             UPDATE log SET at = at + 1 WHERE seq = 1",
        )
        .expect("damage");
    let state = || -> (i64, i64) {
        let count = "SELECT (SELECT count(*) FROM log), (SELECT n FROM commits)";
        damaged.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("numbers")
    };
    let before = state();
    let ended = convoke(&["serve", "--listen", "127.0.0.1:0"], &store).output().expect("it can be started");
    assert_eq!(ended.status.code(), Some(1));
    assert!(text(&ended.stdout).contains("listening on"), "{}", text(&ended.stdout));
    let said = text(&ended.stderr);
    assert!(said.contains("the store is damaged") && said.contains("does not match its checksum in entry 1"), "{said}");
    assert_eq!(state(), before);
}

#[test]
fn a_store_that_lost_commits_is_served_only_when_told_so() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    let server = Server::start(&store);
    create_group(&server);
    drop(server);
    let log = folder.path().join("store.sqlite-wal");
    let mut bytes = std::fs::read(&log).expect("the log");
    let middle = bytes.len() / 2;
    *bytes.get_mut(middle).expect("a byte in the middle") ^= 1;
    std::fs::write(&log, bytes).expect("the log is damaged");
    let run = |arguments: &[&str]| convoke(arguments, &store).stdin(Stdio::null()).output().expect("it can be started");
    for command in [["serve", "--listen", "127.0.0.1:0"].as_slice(), &["verify"]] {
        let refused = run(command);
        assert_eq!(refused.status.code(), Some(1));
        let said = text(&refused.stderr);
        assert!(said.contains("damaged") && said.contains("--accept-lost-commits"), "{said}");
    }
    let server = Server::start_by(convoke(&["serve", "--accept-lost-commits"], &store), &store);
    drop(server);
    drop(Server::start(&store));
}

#[test]
fn health_and_metrics_are_answered_on_addresses_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut serve = convoke(&["serve", "--listen", "127.0.0.1:0"], &folder.path().join("store.sqlite"));
    serve.args(["--health-listen", "127.0.0.1:0", "--connections", "8", "--connections-per-address", "1"]);
    serve.env("CONVOKE_METRICS_LISTEN", "127.0.0.1:0").env("CONVOKE_TRUSTED_PROXIES", "192.0.2.1,2001:db8::/32");
    let child = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the server can be started");
    let mut child = Ended(child);
    let mut stdout = BufReader::new(child.0.stdout.take().expect("its stdout is piped")).lines();
    let first = stdout.next().expect("a line comes").expect("it is text");
    let main = first.strip_prefix("listening on http://").expect("its address").to_owned();
    let mut stderr = BufReader::new(child.0.stderr.take().expect("its stderr is piped")).lines();
    let mut next = |before: &str| {
        let mut found =
            stderr.by_ref().map_while(Result::ok).filter_map(|line| Some(line.strip_prefix(before)?.to_owned()));
        found.next().unwrap_or_else(|| panic!("no line begins with {before:?}"))
    };
    let get = |address: &str, path: &str| {
        let mut stream = TcpStream::connect(address).expect("it is listened on");
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let mut reply = String::new();
        // A connection that is closed at once may be reset.
        let _ = stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut reply));
        reply
    };
    let (health, metrics) = (next("health on http://"), next("metrics on http://"));
    let mut held = TcpStream::connect(&main).expect("it is listened on");
    held.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").expect("it goes out");
    held.read_exact(&mut [0; 1]).expect("it is answered");
    assert_eq!(get(&main, "/health/live"), "", "the address has its one place");
    assert!(get(&health, "/health/ready").starts_with("HTTP/1.1 200 OK"));
    assert!(get(&metrics, "/metrics").contains("convoke_connections_refused_total 1\n"));
}

/// A process that is killed when this is dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
