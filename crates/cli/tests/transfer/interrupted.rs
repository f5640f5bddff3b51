//! Imports that are interrupted and repeated.

use crate::caller::{Caller, server};
use crate::server::{Server, wait_for, wait_until};
use crate::{counts, everything};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::process::{Child, Stdio};

/// The number of people in the file: enough that an import takes a while.
const PEOPLE: usize = 12_000;
/// The number of people who exist at the interruption.
const BEFORE: u64 = 300;

/// A file of people with given ids. The manager of each, except the last, is the next one.
fn write_people(file: &Path) {
    let mut text = "id,name,email,manager\n".to_owned();
    for n in 0..PEOPLE {
        let manager = if n + 1 < PEOPLE { format!("n{}@example.org", n + 1) } else { String::new() };
        writeln!(text, "0000000a-0000-4000-8000-{n:012},N {n},n{n}@example.org,{manager}").expect("text grows");
    }
    std::fs::write(file, text).expect("a file in the folder of the test");
}

fn total(caller: &Caller) -> u64 {
    let users = caller.json(&["users", "list", "--page-size", "1"]);
    users.get("total").and_then(Value::as_u64).expect("a listing")
}

fn begin(caller: &Caller, file: &Path) -> Child {
    let mut command = caller.command(&["import", "people", file.to_str().expect("a name in UTF-8")]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("the command can be started");
    wait_until("some people are there", || total(caller) > BEFORE);
    child
}

/// Imports everything, and returns what the server has then.
fn finish(caller: &Caller, file: &Path) -> String {
    let file = file.to_str().expect("a name in UTF-8");
    let said = caller.run(&["import", "people", file, "--json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let [_, _, _, refused] = counts(&said);
    assert_eq!((counts(&said).iter().sum::<u64>(), refused), (PEOPLE as u64, 0));
    // A slow verification reports its progress on stderr.
    let verified = caller.run(&["verify"]);
    assert!(verified.code == Some(0) && verified.out.contains("no differences"), "{verified:?}");
    everything(caller)
}

#[test]
fn what_was_cut_off_is_done_again_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("people.csv");
    write_people(&file);
    let stores = ["whole", "killed", "lost"].map(|name| {
        let store = folder.path().join(name);
        std::fs::create_dir(&store).expect("a folder");
        store
    });
    let [whole, killed, lost] = &stores;
    let whole = server(whole);
    let expected = finish(&Caller::of(&whole), &file);
    drop(whole);

    // The command was killed.
    let killed = server(killed);
    let caller = Caller::of(&killed);
    let mut child = begin(&caller, &file);
    child.kill().and_then(|()| child.wait()).expect("the command is ended");
    assert!((BEFORE..PEOPLE as u64).contains(&total(&caller)), "it was through before it was ended");
    assert_eq!(finish(&caller, &file), expected);
    drop(killed);

    // The server is killed, and starts again.
    let first = server(lost);
    let mut child = begin(&Caller::of(&first), &file);
    drop(first);
    assert!(wait_for(&mut child).is_some(), "the command waits for a server that is gone");
    let output = child.wait_with_output().expect("it has ended");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("run the same again to go on"), "{said}");
    let line: usize = said
        .split_once("all up to line ")
        .map_or("", |(_, rest)| rest.split(' ').next().unwrap_or_default())
        .parse()
        .expect("a line");
    let again = Server::start(&lost.join("store.sqlite"));
    let caller = Caller::of(&again);
    // The first line is the header, and the administrator is one of the people.
    assert!(total(&caller) >= line as u64, "{line} of {}", total(&caller));
    assert_eq!(finish(&caller, &file), expected);
}
