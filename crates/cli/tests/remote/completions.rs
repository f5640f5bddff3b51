//! Completions of shells: possible words, and names from the server.

use crate::caller::{Caller, server};
use crate::server::wait_until;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The candidates for the last of these words, as bash asks for them.
fn candidates(caller: &Caller, words: &[&str]) -> Vec<String> {
    let index = words.len().to_string();
    let mut command = caller.command(&[&["--", "convoke"], words].concat());
    command.env("CONVOKE_COMPLETE", "bash").env("_CONVOKE_INDEX", index).stderr(Stdio::piped());
    let output = command.output().expect("it starts");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn words_complete_without_a_server() {
    let caller = Caller::stranger();
    for (words, expected) in [
        (&["groups", "create", "--type", ""][..], &["official", "social"][..]),
        (&["groups", "create", "--visibility", ""], &["public", "members", "owners"]),
        (&["groups", "update", "x", "--state", ""], &["active", "inactive"]),
        (&["groups", "update", "x", "--rules-visible", ""], &["true", "false"]),
        (&["groups", "voicemail", "set", "x", "--alert", "R"], &["RANDOM", "ROUND_ROBIN"]),
        (&["users", "create", "--state", "a"], &["active"]),
        (&["clients", "update", "x", "--state", "i"], &["inactive"]),
        (&["kaizala", "groups", "create", "--type", ""], &["Group", "ConnectGroup"]),
        (&["groups", "voi"], &["voicemail"]),
        (&["groups", "list", "-o", "j"], &["json", "jsonl"]),
        (&["--output", "y"], &["yaml"]),
        (&["groups", "get", "N"], &[]),
    ] {
        assert_eq!(candidates(&caller, words), expected, "{words:?}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = caller.out(&["completions", shell]);
        assert!(
            script.contains("CONVOKE_COMPLETE") && script.contains(env!("CARGO_BIN_EXE_convoke")),
            "{shell}: {script}"
        );
    }
}

#[test]
fn names_complete_by_what_the_server_has() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    for name in ["Night Owls", "Night Shift", "Desk"] {
        caller.out(&["groups", "create", "--name", name]);
    }
    caller.out(&["users", "create", "--name", "Ann", "--email", "ann@example.org"]);
    for (words, expected) in [
        (&["groups", "members", "night"][..], &["Night Owls", "Night Shift"][..]),
        (&["groups", "subgroups", "add", "Desk", "Night O"], &["Night Owls"]),
        (&["groups", "voicemail", "set", "Desk", "--overflow", "D"], &["Desk"]),
        (&["groups", "explain", "Desk", "an"], &["ann@example.org"]),
        (&["users", "update", "ann@example.org", "--manager", "an"], &["ann@example.org"]),
    ] {
        // On a busy machine the server's reply may come too late.
        wait_until(&format!("{words:?} are completed"), || candidates(&caller, words) == expected);
    }
    // The server that the line names is asked, even if there is none.
    let words = ["groups", "--url", "http://127.0.0.1:9", "members", "night"];
    assert!(candidates(&caller, &words).is_empty());
    // In bash, a name with a space is one word.
    let script = "
        source <(convoke completions bash)
        words() { COMP_WORDS=(convoke groups members \"$1\"); COMP_CWORD=3; _convoke convoke \"${1#[\\\"]}\" members; printf '%s\\n' \"${COMPREPLY[@]}\"; }
        words 'Night\\ O'
        words '\"Night O'";
    let path = std::path::Path::new(env!("CARGO_BIN_EXE_convoke")).parent().expect("a folder");
    let completed = || {
        let mut bash = Command::new("bash");
        let caller = caller.command(&[]);
        bash.args(["-c", script]).env_clear().envs(caller.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = bash.env("PATH", format!("{}:/usr/bin:/bin", path.display())).output().expect("bash starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    wait_until("bash completes a name", || completed() == "Night\\ Owls\nNight Owls\n");
}

#[test]
fn a_server_that_does_not_answer_is_not_waited_for() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let caller = Caller::stranger().with("CONVOKE_URL", &url);
    let caller = caller.with("CONVOKE_CLIENT_ID", "c").with("CONVOKE_CLIENT_SECRET", "s");
    let begin = Instant::now();
    assert!(candidates(&caller, &["groups", "get", "N"]).is_empty());
    // A request with retries may take a minute.
    assert!(begin.elapsed() < crate::server::LIMIT, "{:?}", begin.elapsed());
}
