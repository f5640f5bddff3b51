//! Rare situations: invalid replies, control characters in texts, long listings, readers that stop early, an empty
//! environment.

use crate::caller::{Caller, SECRET, server};
use crate::scripted::scripted;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

const ID: &str = "853654b2-5874-462d-b709-0c4e43a7083f";

/// A server that accepts any sign-in, and sends these bytes as the reply to other requests.
pub fn answering(status: &'static str, body: &'static [u8]) -> Caller {
    scripted(move |_| Some((status, body.to_vec())))
}

#[test]
fn a_reply_that_is_none_is_told_in_a_sentence() {
    for (status, body) in [
        ("200 OK", &b"\xff\xfe\x00 no text"[..]),
        ("200 OK", b""),
        ("200 OK", b"7"),
        ("200 OK", br#"{"id": 7, "entities": [{"id": 7}], "results": [{"id": 7}]}"#),
        ("404 Not Found", b"<html>\x1b[31mno such page</html>"),
        ("302 Found", b""),
    ] {
        let caller = answering(status, body);
        for command in [
            &["groups", "list"][..],
            &["groups", "list", "--json"],
            &["groups", "search", "x"],
            &["groups", "get", ID, "--json"],
        ] {
            let said = caller.run(command);
            assert_eq!((said.code, said.out.as_str()), (Some(1), ""), "{status} {body:?}: {said:?}");
            assert_eq!(
                (said.err.lines().count(), said.err.contains('\x1b')),
                (1, false),
                "{status} {body:?}: {said:?}"
            );
        }
    }
}

#[test]
fn no_name_moves_the_cursor() {
    let group = br#"{"id":"g","name":"a\u001b[2J\u202eb\nc\u0007","dateModified":"","memberCount":1,"state":"active",
        "version":1,"type":"social","rulesVisible":true,"visibility":"public","selfUri":"/"}"#;
    let shown = answering("200 OK", group).out(&["groups", "get", ID]);
    assert!(shown.contains("a\\u{1b}[2J\\u{202e}b\\nc\\u{7}\n"), "{shown:?}");
    let rule = br#"{"group":{"id":"g"},"query":{"skillConditions":[{"operation":"And","routingSkillConditions":[
        {"routingSkill":"a\u001b[2J","comparator":"EqualTo","proficiency":1}]}]}}"#;
    let shown = answering("200 OK", rule).out(&["groups", "dynamic", "get", ID]);
    assert_eq!(shown, "a\\u{1b}[2J=1\n");
    let refusal = br#"{"message":"no\u001b[2J\nway","code":"bad.request","status":400}"#;
    let said = answering("400 Bad Request", refusal).run(&["groups", "list"]);
    assert_eq!(said.err, "convoke: the server refused: no\\u{1b}[2J\\nway\n");
}

#[test]
fn an_accident_is_told_with_the_id_that_the_log_has_it_by() {
    let accident = br#"{"message":"its log has more","code":"internal.server.error","status":500}"#;
    let caller = answering("500 Internal Server Error\r\ninin-correlation-id: c-1", accident);
    let said = caller.run(&["groups", "list"]);
    let expected = "convoke: the server refused: its log has more; the context id is c-1\n";
    assert_eq!((said.code, said.err.as_str()), (Some(1), expected));
}

#[test]
fn all_pages_are_read_of_a_server_that_counts_none() {
    let page = br#"{"entities":[{"id":"g","name":"Night"}],"pageSize":1,"total":3}"#;
    let shown = answering("200 OK", page).out(&["groups", "list", "--all"]);
    assert_eq!(shown.lines().filter(|line| line.contains("Night")).count(), 3, "{shown}");
}

#[test]
fn all_pages_are_read_and_who_leaves_early_is_let_go() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let group = caller.field(&["groups", "create", "--name", "Crowd"], "id");
    let token = server.sign_in();
    let mut connection = server.connect(Some(&token));
    for chunk in 0..12 {
        let create = |n: i32| {
            let user = json!({ "name": format!("Person {n:03}"), "email": format!("p{n}@example.org") });
            let reply = connection.request("POST", "/api/v2/users", &[], Some(&user)).expect("the server answers");
            reply.body.get("id").and_then(Value::as_str).expect("a user").to_owned()
        };
        let ids: Vec<String> = (chunk * 50..chunk * 50 + 50).map(create).collect();
        let added = json!({ "memberIds": ids });
        let path = format!("/api/v2/groups/{group}/members");
        assert_eq!(connection.request("POST", &path, &[], Some(&added)).expect("the server answers").status, 202);
    }
    let names = |shown: &str| shown.lines().filter(|line| line.contains("Person ")).count();
    let members = ["groups", "members", &group];
    assert_eq!(names(&caller.out(&members)), 25);
    assert_eq!(names(&caller.out(&[&members[..], &["--all"]].concat())), 600);
    let small = caller.out(&[&members[..], &["--all", "--page-size", "7"]].concat());
    assert_eq!((names(&small), small.contains("Person 599")), (600, true));
    let last = caller.out(&[&members[..], &["--sort", "desc", "--page-size", "1"]].concat());
    assert!(last.contains("Person 599"), "{last}");
    let pages = caller.out(&[&members[..], &["--all", "--json"]].concat());
    let counts: Vec<usize> = pages
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line)
                .expect("a page")
                .pointer("/entities")
                .and_then(Value::as_array)
                .map_or(0, Vec::len)
        })
        .collect();
    assert_eq!(counts, [500, 100]);
    let found = caller.out(&["users", "search", "name^=Person", "--all"]);
    assert_eq!(names(&found), 600);

    // A reader that stops after the first line, and one that reads nothing.
    for n_lines in [1, 0] {
        let mut command = caller.command(&["groups", "members", &group, "--all", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        (0..n_lines).for_each(|_| drop(stdout.read_line(&mut line)));
        drop(stdout);
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]), "{n_lines} lines");
    }
}

#[test]
fn bodies_come_from_a_file_or_standard_input() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let file = caller.folder.path().join("group.json");
    let body = json!({ "name": "From a file", "addresses": [{"address": "+447700900123", "type": "GROUPRING", "mediaType": "PHONE"}] });
    std::fs::write(&file, body.to_string()).expect("the folder is ours");
    let file = file.to_str().expect("a name in UTF-8");
    let made = caller.json(&["groups", "create", "--file", file, "--type", "social"]);
    assert_eq!(made.pointer("/addresses/0/address"), Some(&json!("+447700900123")), "{made}");
    assert_eq!((made.get("name"), made.get("type")), (Some(&json!("From a file")), Some(&json!("social"))));
    let criteria = json!([{ "type": "CONTAINS", "fields": ["name"], "value": "from a" }]);
    let found = caller.run_with(&["groups", "search", "--file", "-"], &criteria.to_string());
    assert!(found.out.contains("From a file"), "{found:?}");
    let wrong = caller.run_with(&["groups", "search", "--file", "-"], "[");
    assert_eq!((wrong.code, wrong.err.starts_with("convoke: -: EOF")), (Some(1), true), "{wrong:?}");
}

#[test]
fn who_was_deleted_is_brought_back() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let id = caller.field(&["users", "create", "--name", "Ann", "--email", "ann@example.org"], "id");
    caller.out(&["users", "delete", "ann@example.org"]);
    let gone = caller.run(&["users", "update", &id, "--title", "Clerk"]);
    assert_eq!(gone.code, Some(1), "{gone:?}");
    assert!(caller.out(&["users", "get", &id, "--deleted"]).contains("deleted"));
    assert!(caller.out(&["users", "update", &id, "--state", "active"]).contains("active"));
    assert!(caller.out(&["users", "get", "ann@example.org"]).contains(&id));
}

#[test]
fn nothing_in_the_environment_is_needed() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let url = format!("http://{}", server.address);
    let caller = Caller::stranger();
    let arguments = ["org", "show", "--url", &url, "--client-id", "test", "--client-secret", SECRET];
    let mut command = caller.command(&arguments);
    let output = command.env_remove("CONVOKE_CONFIG_DIR").output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    // There is no readable folder for profiles either.
    let mut command = caller.command(&arguments);
    let output = command.env("CONVOKE_CONFIG_DIR", "/dev/null").output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    let mut command = caller.command(&["org", "show"]);
    let output = command.env("CONVOKE_CONFIG_DIR", "/dev/null").output().expect("it starts");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn man_knows_every_command() {
    let caller = Caller::stranger();
    assert!(caller.out(&["man"]).starts_with(".ie"), "{}", caller.out(&["man"]));
    let folder = caller.folder.path().join("man");
    std::fs::create_dir(&folder).expect("the folder is ours");
    caller.out(&["man", "--dir", folder.to_str().expect("a name in UTF-8")]);
    let page = std::fs::read_to_string(folder.join("convoke-groups-search.1")).expect("a page for each command");
    assert!(page.contains("What must hold"), "{page}");
}

#[test]
fn waiting_for_a_rate_limit_is_said_to_a_person() {
    let waiting = || {
        let n_asked = AtomicUsize::new(0);
        scripted(move |_| match n_asked.fetch_add(1, Ordering::Relaxed) {
            0 => Some(("429 Too Many Requests\r\nretry-after: 1", Vec::new())),
            _ => Some(("200 OK", br#"{"id":"o","name":"Acme"}"#.to_vec())),
        })
    };
    let shown = waiting().on_terminal(&["org", "show", "--json"], None);
    let expected = "waiting 2 s: the server allows no more requests until then\n{\"id\":\"o\",\"name\":\"Acme\"}\n";
    assert_eq!(shown, expected);
    assert_eq!(waiting().out(&["org", "show", "--json"]), "{\"id\":\"o\",\"name\":\"Acme\"}\n");
}
