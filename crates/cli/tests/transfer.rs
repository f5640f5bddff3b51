//! Transfers by the real binary: from files to a server, from a server to files, from server to server.

#[expect(dead_code, reason = "no prompt is answered here")]
#[path = "remote/caller.rs"]
mod caller;
#[path = "transfer/copies.rs"]
mod copies;
#[path = "transfer/files.rs"]
mod files;
#[path = "transfer/foreign.rs"]
mod foreign;
#[path = "transfer/interrupted.rs"]
mod interrupted;
#[path = "transfer/load.rs"]
mod load;
#[path = "transfer/names.rs"]
mod names;
#[expect(dead_code, reason = "nothing is watched here")]
mod server;
#[path = "transfer/signals.rs"]
mod signals;

use caller::{Caller, SECRET, Said};
use serde_json::Value;
use server::Server;

/// A server with the demo organisation, and a temporary store.
fn demo(caller: &Caller) -> Server {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_convoke"));
    command.args(["serve", "--demo"]);
    Server::start_by(command, &caller.folder.path().join("demo"))
}

/// All rows of a server.
fn everything(caller: &Caller) -> String {
    exported(caller, "all")
}

/// The rows of one kind from a server, as JSON Lines.
fn exported(caller: &Caller, kind: &str) -> String {
    let said = caller.run(&["export", kind, "-", "--format", "jsonl"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{kind}: {said:?}");
    said.out
}

/// The numbers of created, changed, unchanged and refused rows.
fn counts(said: &Said) -> [u64; 4] {
    let summary: Value = serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    ["created", "changed", "unchanged", "refused"]
        .map(|field| summary.get(field).and_then(Value::as_u64).unwrap_or_else(|| panic!("{field} of {summary}")))
}

/// Imports text from standard input, which must succeed. Returns the numbers of rows.
fn import(caller: &Caller, kind: &str, text: &str) -> [u64; 4] {
    let errors = caller.folder.path().join("errors.jsonl").display().to_string();
    let said = caller.run_with(&["import", kind, "-", "--format", "jsonl", "--json", "--errors", &errors], text);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{kind}: {said:?}");
    counts(&said)
}
