//! The server process ends cleanly, and does not share its store. syscalls.rs tests that it syncs before it replies.

mod server;

use std::{
    fs,
    io::Write,
    net::TcpStream,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use server::{LIMIT, Server, convoke, wait_for, wait_until};

fn new_group(name: &str) -> Value {
    json!({ "name": name, "type": "official", "rulesVisible": true, "visibility": "public" })
}

#[test]
fn a_request_in_flight_at_sigterm_is_answered_and_durable() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = folder.path().join("stopped.db");
    let server = Server::start(&store);
    let token = server.sign_in();
    let mut caller = server.connect(Some(&token));
    let body = new_group("Finished").to_string();
    let head = caller.head("POST", "/api/v2/groups");
    let rest = "content-type: application/json\r\nexpect: 100-continue\r\n";
    let request = format!("{head}{rest}content-length: {}\r\n\r\n", body.len());
    caller.stream.get_mut().write_all(request.as_bytes()).expect("the server reads");
    // This status shows that the server has read the head and waits for the body.
    assert_eq!(caller.reply().expect("the server asks for the body").status, 100);

    server.terminate();
    wait_until("the server accepts no more", || TcpStream::connect(server.address).is_err());
    caller.stream.get_mut().write_all(body.as_bytes()).expect("the server still reads");
    let reply = caller.reply().expect("the server still answers");
    assert_eq!(reply.status, 200, "{reply:?}");
    let status = server.wait();
    assert_eq!(status.code(), Some(0), "{status}");

    let server = Server::start(&store);
    let path = format!("/api/v2/groups/{}", reply.body.get("id").and_then(Value::as_str).expect("the group has an id"));
    let group = server.connect(Some(&token)).request("GET", &path, &[], None).expect("the server answers");
    assert_eq!(group.body.get("name").cloned().unwrap_or_default(), "Finished");
}

/// Starts a server that must refuse to start, and returns its output. It must end within the limit.
fn refused(store: &Path, limit: Duration) -> String {
    let began = Instant::now();
    let mut server = convoke(&["serve", "--listen", "127.0.0.1:0"], store);
    let mut server = server
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a second process can be started");
    let status = wait_for(&mut server);
    let took = began.elapsed();
    let said = server.wait_with_output().expect("it has ended").stderr;
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(status.is_some_and(|status| status.code() == Some(1)), "it ended by {status:?} and said {said}");
    assert!(took < limit, "it took {took:?} to say {said}");
    said
}

#[test]
fn a_second_process_on_the_same_store_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let name = |name: &str| folder.path().join(name);
    let store = name("shared.db");
    let server = Server::start(&store);
    std::os::unix::fs::symlink("shared.db", name("symbolic.db")).expect("a symbolic link");
    std::os::unix::fs::symlink(folder.path(), name("folder")).expect("a link to the folder");
    fs::hard_link(&store, name("hard.db")).expect("a hard link");
    for other in [store, name("symbolic.db"), name("folder/shared.db"), name("hard.db")] {
        // This takes one second on an idle machine.
        let said = refused(&other, LIMIT / 4);
        assert!(said.contains("is in use by another process"), "{}: {said}", other.display());
    }
    let token = server.sign_in();
    for (method, body) in [("GET", None), ("POST", Some(new_group("Still alone")))] {
        let reply = server.connect(Some(&token)).request(method, "/api/v2/groups", &[], body.as_ref());
        assert_eq!(reply.expect("the server answers").status, 200, "{method}");
    }
}
