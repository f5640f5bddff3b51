//! A server that imports rows at its start.

use crate::caller::{Caller, SECRET};
use crate::everything;
use crate::server::{Server, convoke};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn serve(folder: &Path, files: &[&str]) -> Command {
    let mut command = convoke(&["serve"], &folder.join("store.sqlite"));
    for file in files {
        command.arg("--load").arg(folder.join(file));
    }
    command
}

fn starting(folder: &Path, files: &[&str]) -> Command {
    let mut command = serve(folder, files);
    command.args(["--listen", "127.0.0.1:0"]).env("CONVOKE_BOOTSTRAP_CLIENT_ID", "test");
    command.env("CONVOKE_BOOTSTRAP_CLIENT_SECRET", SECRET);
    command
}

/// The output of a server that refuses to start.
fn refused(folder: &Path, files: &[&str]) -> String {
    let Output { status, stdout, stderr } = starting(folder, files).output().expect("the server can be started");
    let said = String::from_utf8_lossy(&stderr).replace(&format!("{}/", folder.display()), "");
    assert_eq!((status.code(), stdout), (Some(1), vec![]), "{said}");
    said.split_once("convoke: ").map(|(_, said)| said.to_owned()).unwrap_or(said)
}

#[test]
fn rows_are_there_when_the_server_says_that_it_listens() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let folder = folder.path();
    fs::write(folder.join("people.jsonl"), "{\"person\":{\"name\":\"Zoë\",\"email\":\"zoe@example.org\"}}\n")
        .expect("a file");
    let groups = "{\"group\":{\"key\":\"g\",\"name\":\"Owls\"}}\n{\"membership\":{\"group\":\"g\",\"member\":\"zoe@example.org\"}}";
    fs::write(folder.join("groups.jsonl"), groups).expect("a file");
    let mut first = String::new();
    for said in [
        [
            "people.jsonl: 1 rows: 1 created, 0 changed, 0 unchanged",
            "groups.jsonl: 2 rows: 2 created, 0 changed, 0 unchanged",
        ],
        [
            "people.jsonl: 1 rows: 0 created, 0 changed, 1 unchanged",
            "groups.jsonl: 2 rows: 0 created, 0 changed, 2 unchanged",
        ],
    ] {
        let store = folder.join("store.sqlite");
        let mut command = serve(folder, &[]);
        let files = ["people.jsonl", "groups.jsonl"].map(|file| folder.join(file).display().to_string());
        command.env("CONVOKE_LOAD", files.join(","));
        let server = Server::start_by(command, &store);
        let all = everything(&Caller::of(&server));
        assert_eq!(all.lines().count(), 4, "{all}");
        assert!(first.is_empty() || first == all);
        first = all;
        let log = fs::read_to_string(store.with_extension("log")).expect("the log");
        let log = log.replace(&format!("{}/", folder.display()), "");
        let loaded: Vec<&str> = log.lines().filter(|line| line.contains(".jsonl: ")).collect();
        assert_eq!(loaded, said);
    }
}

#[test]
fn a_row_that_is_refused_ends_the_start() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let folder = folder.path();
    let good = "{\"person\":{\"name\":\"Zoë\",\"email\":\"zoe@example.org\"}}\n";
    fs::write(folder.join("some.jsonl"), format!("{good}\nnonsense\n{{\"person\":{{\"name\":\"\\u001b[31m\"}}}}\n"))
        .expect("a file");
    let membership = "{\"membership\":{\"group\":\"g\",\"member\":\"zoe@example.org\"}}\n";
    fs::write(folder.join("many.jsonl"), format!("{good}{}", membership.repeat(12))).expect("a file");
    fs::write(folder.join("text.jsonl"), b"\xff\n").expect("a file");
    insta::assert_snapshot!(refused(folder, &["some.jsonl"]));
    insta::assert_snapshot!(refused(folder, &["some.jsonl", "many.jsonl"]).replace("some", "first"));
    let many = refused(folder, &["many.jsonl"]);
    let lines: Vec<&str> = many.lines().collect();
    assert_eq!(lines.first(), Some(&"many.jsonl: 12 rows were refused; put them right and start again"));
    assert!(lines.get(1).is_some_and(|line| line.starts_with("many.jsonl, line 2: the group [")), "{many}");
    assert_eq!((lines.len(), lines.last()), (12, Some(&"and 2 more")));
    assert!(refused(folder, &["text.jsonl"]).contains("text.jsonl, line 1: "));
    assert!(refused(folder, &["none.jsonl"]).starts_with("none.jsonl: No such file"));
    // The rows before the error were imported. After a correction all are there.
    let server = Server::start(&folder.join("store.sqlite"));
    assert_eq!(everything(&Caller::of(&server)).lines().count(), 2);
}

#[test]
fn a_start_that_fails_makes_no_store_or_shows_its_secret() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let folder = folder.path();
    fs::write(folder.join("bad.jsonl"), "nonsense\n").expect("a file");
    let busy = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = busy.local_addr().expect("its address").to_string();
    for (file, listen, begun) in [
        (None, address.as_str(), false),
        (Some("none.jsonl"), "127.0.0.1:0", false),
        (Some("bad.jsonl"), "127.0.0.1:0", true),
    ] {
        let mut command = serve(folder, &file.into_iter().collect::<Vec<_>>());
        let output = command.args(["--listen", listen]).output().expect("the server can be started");
        let said = String::from_utf8_lossy(&output.stderr);
        let found = (output.status.code(), folder.join("store.sqlite").exists(), said.contains("client secret"));
        assert_eq!(found, (Some(1), begun, begun), "{file:?}: {said}");
    }
}
