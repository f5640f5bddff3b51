//! Stopping a server under load.

#[expect(dead_code, reason = "nothing is killed or watched here")]
mod server;

use serde_json::{Value, json};
use server::{Server, convoke};
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

/// A search close to the limits: words in many fields, patterns that match everyone, and an order by score.
fn costly() -> Value {
    let words = |from: usize| (from..from + 31).map(|at| format!("word{at}")).collect::<Vec<_>>();
    let term = |at: usize| {
        let fields = ["name", "email", "department", "title"];
        json!({ "type": "TERM", "operator": "OR", "fields": fields, "values": words(at * 31) })
    };
    let pattern = |text: &str| json!({ "type": "REGEX", "operator": "OR", "fields": ["name"], "value": text });
    let patterns = ["[a-z]+ .*", ".*a.*e.*[0-9]+", "(.*[0-9]){3}.*", "(a|b|c|d).*"].map(pattern);
    json!({ "query": (0..14).map(term).chain(patterns).collect::<Vec<_>>(), "sort": [{ "sortOrder": "SCORE" }] })
}

/// Sixty of these searches take a debug build long. The server must wait for none of them.
#[test]
fn costly_searches_end_when_the_server_is_told_to_stop() {
    /// Less than the time that requests in flight get to finish.
    const SOON: Duration = Duration::from_secs(8);
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut rows = String::new();
    for at in 0..3_000 {
        let name = format!("Ada Berg {at}");
        let department = "Night shift of the customer service";
        let row =
            json!({ "person": { "name": name, "email": format!("ada.{at}@example.org"), "department": department } });
        writeln!(rows, "{row}").expect("a text can be written to");
    }
    let people = folder.path().join("people.jsonl");
    std::fs::write(&people, rows).expect("a file");
    let store = folder.path().join("store.sqlite");
    let mut command = convoke(&["serve"], &store);
    command.arg("--load").arg(people);
    let server = Server::start_by(command, &store);
    let token = server.sign_in();
    let body = costly().to_string();
    let mut searching: Vec<_> = (0..60)
        .map(|_| {
            let mut connection = server.connect(Some(&token));
            let head = connection.head("POST", "/api/v2/users/search");
            let request =
                format!("{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            connection.stream.get_mut().write_all(request.as_bytes()).expect("the server reads");
            connection
        })
        .collect();
    // The server has read the earlier requests when it replies to this one.
    assert_eq!(server.connect(None).request("GET", "/health/live", &[], None).expect("a reply").status, 200);
    let began = Instant::now();
    server.terminate();
    // Requests that were read get a reply. A connection may be closed before its request is read.
    let replies: Vec<_> = searching.iter_mut().filter_map(|connection| connection.reply().ok()).collect();
    assert!(server.wait().success());
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert!(replies.iter().all(|reply| [200, 503].contains(&reply.status)), "{replies:?}");
    assert!(replies.iter().any(|reply| reply.status == 503), "{replies:?}");
}
