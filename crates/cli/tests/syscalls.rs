//! The server's system calls: it syncs before it replies, and it refuses to start if it cannot. This needs strace, so
//! `cargo test` alone leaves this program out, and `cargo xtask test` runs it.

#[expect(dead_code, reason = "not every way to end a server is needed here")]
mod server;

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use server::{Connection, Server, convoke, wait_for, wait_until};

const SYSTEM_CALLS: &str = "trace=fdatasync,fsync,read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg";

/// Sends a request that must succeed, and returns the body of its reply.
fn succeed(connection: &mut Connection, method: &str, target: &str, body: Option<&Value>) -> Value {
    let reply = connection.request(method, target, &[], body).expect("the server answers");
    assert!((200..300).contains(&reply.status), "{method} {target}: {reply:?}");
    reply.body
}

#[test]
fn a_write_is_synced_between_its_request_and_its_reply() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (store, trace) = (folder.path().join("traced.db"), folder.path().join("trace"));
    let server = convoke(&["serve"], &store);
    let mut traced = Command::new("strace");
    // With -D the started process is the server, and strace is another one.
    traced.args(["-D", "-f", "-y", "-tt", "-s", "64", "-e", SYSTEM_CALLS, "-o"]).arg(&trace);
    traced.arg("--").arg(server.get_program()).args(server.get_args());
    let server = Server::start_by(traced, &store);

    let token = server.sign_in();
    let mut caller = server.connect(Some(&token));
    let person = json!({ "name": "Ada Traced", "email": "ada@example.test" });
    let person = succeed(&mut caller, "POST", "/api/v2/users", Some(&person));
    let group = json!({ "name": "Traced", "type": "official", "rulesVisible": true, "visibility": "public" });
    let group = succeed(&mut caller, "POST", "/api/v2/groups", Some(&group));
    let [person, group] =
        [&person, &group].map(|made| made.get("id").and_then(Value::as_str).expect("what is made has an id"));
    let path = format!("/api/v2/groups/{group}");
    let members = json!({ "memberIds": [person] });
    let rename = json!({ "name": "Traced again", "version": 2 });
    succeed(&mut caller, "POST", &format!("{path}/members"), Some(&members));
    succeed(&mut caller, "PUT", &path, Some(&rename));
    succeed(&mut caller, "DELETE", &format!("{path}/members?ids={person}"), None);
    succeed(&mut caller, "DELETE", &path, None);
    server.terminate();
    assert!(server.wait().success());

    let mut lines = String::new();
    wait_until("the trace is complete", || {
        lines = fs::read_to_string(&trace).unwrap_or_default();
        lines.lines().any(|line| line.ends_with("+++ exited with 0 +++"))
    });
    assert_eq!(synced_in_time(&lines, &store), [true; 6], "in the trace\n{lines}");
}

/// For each write in the trace: whether a successful sync of the store began and ended between its request and its
/// reply.
fn synced_in_time(trace: &str, store: &Path) -> Vec<bool> {
    let store = store.file_name().and_then(|name| name.to_str()).expect("the store has a plain name");
    let starts = ["\"POST /api", "\"PUT /api", "\"DELETE /api"];
    let mut writes = Vec::new();
    let mut is_synced = None;
    let mut syncing = Vec::new();
    for line in trace.lines() {
        let thread = line.split(' ').next().unwrap_or_default();
        let is_sync = ["fdatasync(", "fsync("].iter().any(|call| line.contains(call)) && line.contains(store);
        let resumes = line.contains("sync resumed") && syncing.contains(&thread);
        if starts.iter().any(|start| line.contains(start)) {
            // A sync that began before the request may not include its change.
            syncing.clear();
            is_synced = Some(false);
        } else if is_sync && line.contains("<unfinished") {
            syncing.push(thread);
        } else if (is_sync || resumes) && line.ends_with("= 0") {
            is_synced = is_synced.map(|_| true);
        } else if line.contains("\"HTTP/1.1 20") {
            writes.extend(is_synced.take());
        }
    }
    writes
}

#[test]
fn the_trace_is_judged_by_order_and_file() {
    let check = |trace: &str, expected: &[bool]| {
        assert_eq!(synced_in_time(trace, Path::new("s.db")), expected, "{trace}");
    };
    let request = "7 recvfrom(9<socket:[1]>, \"POST /api/v2/groups HTTP/1.1\", 99) = 99\n";
    let reply = "7 writev(9<socket:[1]>, [{iov_base=\"HTTP/1.1 200 OK\"}], 1) = 20\n";
    let sync = "8 fdatasync(5<s.db-wal>) = 0\n";
    let (begin, end) = ("8 fdatasync(5<s.db-wal> <unfinished ...>\n", "8 <... fdatasync resumed>) = 0\n");
    check(&[request, sync, reply].concat(), &[true]);
    check(&[request, begin, end, reply].concat(), &[true]);
    check(&[request, begin, reply, end].concat(), &[false]);
    check(&[begin, request, end, reply].concat(), &[false]);
    check(&[sync, request, reply, sync].concat(), &[false]);
    check(&[request, "8 fdatasync(5<other>) = 0\n", reply].concat(), &[false]);
    check(&[request, "8 fdatasync(5<s.db-wal>) = -1 EIO\n", reply].concat(), &[false]);
}

#[test]
fn a_failed_sync_of_the_folder_of_the_store_ends_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let said = refused_start(&folder.path().join("unsynced.db"), folder.path(), "inject=fsync:error=EIO");
    assert!(said.contains("Input/output error"), "{said}");
}

/// If WAL mode cannot be enabled, SQLite continues without it. Then a power failure could undo a commit.
#[test]
fn a_write_ahead_log_that_cannot_be_turned_on_ends_the_start() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = folder.path().join("unlogged.db");
    let said = refused_start(&store, &store, "inject=fdatasync:error=EIO:when=1");
    assert!(said.contains("the write-ahead log cannot be turned on"), "{said}");
}

/// The output of a server that refuses to start, because system calls on a path fail.
fn refused_start(store: &Path, path: &Path, injection: &str) -> String {
    let server = convoke(&["serve", "--listen", "127.0.0.1:0"], store);
    let mut traced = Command::new("strace");
    traced.arg("-f").arg("-P").arg(path).args(["-e", "trace=fdatasync,fsync", "-e", injection, "-o"]);
    traced.arg(store.with_extension("trace")).arg("--").arg(server.get_program()).args(server.get_args());
    let mut traced = traced.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let traced = traced.as_mut().expect("strace can be started");
    let status = wait_for(traced);
    let mut said = String::new();
    let read = traced.stderr.take().expect("it is piped").read_to_string(&mut said);
    read.expect("what it says is text");
    assert!(status.is_some_and(|status| !status.success()), "it ended by {status:?} and said {said}");
    said
}
