//! What an operator sees of a running server: its log and its metrics.

#[path = "observing/hangup.rs"]
mod hangup;
#[expect(dead_code, reason = "nothing is killed or watched here")]
mod server;

use serde_json::{Value, json};
use server::{Server, convoke, wait_until};
use std::io::{Read, Write};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;

/// A text that must not be in any log.
const SECRET: &str = "canary-in-the-place-of-a-secret";

/// A server, its log, and the folder that both are in.
struct Observed {
    server: Server,
    log: PathBuf,
    _folder: TempDir,
}

impl Observed {
    fn start(arguments: &[&str]) -> Observed {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let store = folder.path().join("store.sqlite");
        let mut command = convoke(&["serve"], &store);
        command.args(arguments);
        let log = store.with_extension("log");
        Observed { server: Server::start_by(command, &store), log, _folder: folder }
    }

    /// The lines of the log that contain this; waits until there are `n`.
    fn lines(&self, part: &str, n: usize) -> Vec<String> {
        let mut found = Vec::new();
        wait_until(&format!("the log has {n} lines with {part:?}"), || {
            found = lines(&self.log, part);
            found.len() >= n
        });
        found
    }

    /// Sends a request. Returns its status, and the correlation id if it was refused.
    fn ask(&self, token: Option<&str>, method: &str, target: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let reply = self.server.connect(token).request(method, target, headers, None).expect("a reply");
        (reply.status, reply.body.get("contextId").and_then(Value::as_str).unwrap_or_default().to_owned())
    }
}

fn lines(log: &Path, part: &str) -> Vec<String> {
    let log = std::fs::read_to_string(log).expect("the log is text");
    log.lines().filter(|line| line.contains(part)).map(str::to_owned).collect()
}

#[test]
fn each_request_has_a_line_for_programs() {
    let observed = Observed::start(&["--access-log", "--log-format", "json", "--health-listen", "127.0.0.1:0"]);
    let token = observed.server.sign_in();
    let mut connection = observed.server.connect(Some(&token));
    let group = json!({ "name": SECRET, "type": "official", "rulesVisible": true, "visibility": "public" });
    let made = connection.request("POST", "/api/v2/groups", &[], Some(&group)).expect("a reply");
    assert_eq!(made.status, 200);
    let id = made.body.get("id").and_then(Value::as_str).expect("an id");
    let path = format!("/api/v2/groups/{id}");
    let target = format!("{path}?expand={SECRET}");
    let got = connection.request("GET", &target, &[("x-forwarded-for", "192.0.2.7")], None).expect("a reply");
    assert_eq!(got.status, 200);
    let (status, correlation_id) = observed.ask(Some(&token), "GET", "/api/v2/nothing/here", &[]);
    assert_eq!(status, 404);

    observed.lines("/api/v2/nothing/here", 1);
    let all: Vec<Value> = lines(&observed.log, "")
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for line in &all {
        let text = |field: &str| line.get(field).and_then(Value::as_str).map(str::len);
        assert!(text("timestamp").is_some() && text("level").is_some() && text("message").is_some(), "{line}");
    }
    let log = std::fs::read_to_string(&observed.log).expect("the log");
    for secret in [SECRET, &token, "secret of the test"] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
    let of = |path: &str, method: &str| {
        let is = |line: &&Value| line.get("path") == Some(&json!(path)) && line.get("method") == Some(&json!(method));
        let found: Vec<_> = all.iter().filter(is).collect();
        assert_eq!(found.len(), 1, "one line for {method} {path}: {log}");
        found.first().expect("it is one").to_owned().clone()
    };
    let line = of(&path, "GET");
    let body = got.body.to_string().len() as u64;
    for (field, expected) in [
        ("level", json!("INFO")),
        ("message", json!("answered")),
        ("status", json!(200)),
        ("bytes", json!(body)),
        ("peer", json!("127.0.0.1")),
        ("client", json!("test")),
    ] {
        assert_eq!(line.get(field), Some(&expected), "{field} of {line}");
    }
    assert!(line.get("duration_ms").and_then(Value::as_f64).is_some_and(|took| took > 0.0), "{line}");
    assert_eq!(line.get("organisation").and_then(Value::as_str).map(str::len), Some(36), "{line}");
    assert_eq!(line.get("cut_off"), None, "{line}");
    let refused = of("/api/v2/nothing/here", "GET");
    assert_eq!(refused.pointer("/span/correlation_id"), Some(&json!(correlation_id)), "{refused}");
    // The line of a sign-in also names who signed in.
    let sign_in = of("/oauth/token", "POST");
    assert_eq!((sign_in.get("client"), sign_in.get("status")), (Some(&json!("test")), Some(&json!(200))));
    assert!(!lines(&observed.log, "\"listener\":\"health\"").is_empty(), "{log}");
}

#[test]
fn each_request_has_a_line_for_people_whatever_else_is_logged() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = folder.path().join("store.sqlite");
    let mut command = convoke(&["serve", "--trusted-proxies", "127.0.0.1"], &store);
    command.env("CONVOKE_ACCESS_LOG", "1").env("CONVOKE_LOG", "error");
    let log = store.with_extension("log");
    let observed = Observed { server: Server::start_by(command, &store), log, _folder: folder };
    let headers = [("x-forwarded-for", "198.51.100.9, 192.0.2.7")];
    let (status, correlation_id) = observed.ask(None, "GET", "/api/v2/groups", &headers);
    assert_eq!(status, 401);
    let lines = observed.lines("path=/api/v2/groups ", 1);
    let [line] = lines.as_slice() else { panic!("one line: {lines:?}") };
    for part in [
        " INFO request{correlation_id=",
        &correlation_id,
        ": answered method=GET ",
        " status=401 ",
        " bytes=",
        " peer=192.0.2.7",
    ] {
        assert!(line.contains(part), "{part:?} is not in {line}");
    }
    assert!(!line.contains("client="), "{line}");
}

#[test]
fn refused_credentials_are_logged_and_requests_are_not() {
    let observed = Observed::start(&[]);
    let token = observed.server.sign_in();
    assert_eq!(observed.ask(Some(&token), "GET", "/api/v2/groups", &[]).0, 200);
    let (status, correlation_id) = observed.ask(Some(SECRET), "GET", "/api/v2/groups", &[]);
    assert_eq!(status, 401);
    let form = json!(format!("grant_type=client_credentials&client_id=test&client_secret={SECRET}"));
    let reply = observed.server.connect(None).request("POST", "/oauth/token", &[], Some(&form)).expect("a reply");
    assert_eq!(reply.status, 401);
    let sign_in = observed.lines("a sign-in was refused", 1);
    let [line] = sign_in.as_slice() else { panic!("one line: {sign_in:?}") };
    for part in [" WARN ", "correlation_id=", "client=\"test\"", "peer=127.0.0.1", "wrong_secret"] {
        assert!(line.contains(part), "{part:?} is not in {line}");
    }
    let tokens = observed.lines("a token was refused", 1);
    let [line] = tokens.as_slice() else { panic!("one line: {tokens:?}") };
    for part in [" WARN ", &correlation_id, "peer=127.0.0.1", "unknown_token"] {
        assert!(line.contains(part), "{part:?} is not in {line}");
    }
    let log = lines(&observed.log, "").join("\n");
    assert!(!log.contains("/api/v2/groups") && !log.contains("answered") && !log.contains(SECRET), "{log}");
}

#[test]
fn why_a_server_does_not_start_is_an_object_too() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut command = convoke(&["serve", "--listen", "192.0.2.1:0"], &folder.path().join("store.sqlite"));
    command.env("CONVOKE_LOG_FORMAT", "json").env("CONVOKE_LOG", "off");
    let refused = command.output().expect("it can be started");
    assert_eq!(refused.status.code(), Some(1));
    let line: Value = serde_json::from_slice(&refused.stderr).expect("one object");
    assert_eq!(line.get("level"), Some(&json!("ERROR")));
    assert!(line.get("message").and_then(Value::as_str).is_some_and(|text| text.contains("--plain-http")), "{line}");
}

/// The log of a server that starts without given credentials, creates a store and imports rows, until it listens.
fn first_start(filter: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (rows, log) = (folder.path().join("people.jsonl"), folder.path().join("log"));
    std::fs::write(&rows, "{\"person\":{\"name\":\"Zoë\",\"email\":\"zoe@example.org\"}}\n").expect("a file");
    let mut command = convoke(&["serve", "--listen", "127.0.0.1:0"], &folder.path().join("store.sqlite"));
    command.args(["--log-format", "json", "--load"]).arg(&rows).env("CONVOKE_LOG", filter);
    command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).expect("a file"));
    let mut child = command.spawn().expect("the server can be started");
    let ended = panic::catch_unwind(|| wait_until("the secret is told", || !lines(&log, "client_secret").is_empty()));
    child.kill().expect("it runs");
    child.wait().expect("it has ended");
    assert!(ended.is_ok(), "{filter}: {:?}", lines(&log, ""));
    lines(&log, "").iter().map(|line| serde_json::from_str(line).expect("an object")).collect()
}

#[test]
fn programs_are_told_the_secret_of_a_new_store_whatever_is_logged() {
    for (filter, n_warnings) in [("off", 0), ("warn", 1), ("off,convoke[x]=error", 0)] {
        let written = first_start(filter);
        let n = |field: &str| written.iter().filter(|line| line.get(field).is_some()).count();
        assert_eq!((n("client_secret"), n("created")), (1, 1), "{filter}: {written:?}");
        let is_warning = |line: &&Value| line.to_string().contains("there was no store");
        assert_eq!(written.iter().filter(is_warning).count(), n_warnings, "{filter}: {written:?}");
        assert_eq!(written.len(), 2 + n_warnings, "{written:?}");
    }
}

#[test]
fn a_slip_in_the_filter_is_told() {
    let written = first_start("wran");
    let told = |line: &&Value| line.to_string().contains("\\\"wran\\\" is neither a level");
    assert_eq!(written.iter().filter(told).count(), 1, "{written:?}");
    assert!(
        written.iter().any(|line| line.to_string().contains("there was no store")),
        "it counts as info: {written:?}"
    );
}

#[test]
fn metrics_tell_of_the_process_the_store_and_commits() {
    let observed = Observed::start(&[]);
    let token = observed.server.sign_in();
    let text = |token: Option<&str>| {
        let mut connection = observed.server.connect(token);
        let head = connection.head("GET", "/metrics") + "connection: close\r\n\r\n";
        let mut reply = String::new();
        let stream = connection.stream.get_mut();
        stream.write_all(head.as_bytes()).and_then(|()| stream.read_to_string(&mut reply)).expect("a reply");
        reply.split_once("\r\n\r\n").expect("a head and a body").1.to_owned()
    };
    let local = text(None);
    for name in [
        "process_resident_memory_bytes",
        "process_virtual_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
        "process_max_fds",
        "process_start_time_seconds",
        "convoke_store_bytes{file=\"database\"}",
        "convoke_store_bytes{file=\"log\"}",
        "convoke_log_entries",
        "convoke_commit_seconds_count",
        "convoke_commit_commands_count",
    ] {
        let line = local.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        let value = line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        assert!(value.is_some_and(|value| value > 0.0), "{name}: {line:?} in {local}");
    }
    let version = format!("convoke_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"));
    assert!(local.contains(&version), "{local}");
    let is_bucket = |line: &str| line.starts_with("convoke_request_seconds_bucket{") && line.contains("le=\"0.025\"");
    assert!(local.lines().any(is_bucket), "{local}");
    assert!(local.ends_with("# EOF\n") && local.matches("# EOF").count() == 1, "{local}");
    let started = local.lines().find_map(|line| line.strip_prefix("process_start_time_seconds ")?.parse::<f64>().ok());
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
    assert!((started.expect("a number") - now.as_secs_f64()).abs() < 3600.0, "{started:?}");
    // Metrics on loopback have no labels of organisations.
    assert!(!local.contains("organisation=\""), "{local}");
    assert!(text(Some(&token)).contains("convoke_organisation_log_entries{organisation=\""), "{}", text(Some(&token)));
}
