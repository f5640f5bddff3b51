//! Many people who are added to a group, removed, or made owners.

use crate::caller::{Caller, Said, server};
use crate::scripted::scripted;
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// This number of people needs three calls.
const CROWD: usize = 120;

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

/// Creates people by an import, which is fast.
fn crowd(caller: &Caller) -> Vec<String> {
    let emails: Vec<String> = (0..CROWD).map(|n| format!("p{n}@example.org")).collect();
    let people: String =
        emails.iter().map(|email| format!("{{\"email\":\"{email}\",\"name\":\"Person {email}\"}}\n")).collect();
    let said = caller.run_with(&["import", "people", "-", "--format", "jsonl"], &people);
    assert_eq!(said.code, Some(0), "{said:?}");
    emails
}

fn count(caller: &Caller, group: &str) -> i64 {
    caller.json(&["groups", "get", group]).get("memberCount").and_then(Value::as_i64).expect("a count")
}

#[test]
fn any_number_is_added_and_taken_out() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let emails = crowd(&caller);
    let group = &*caller.field(&["groups", "create", "--name", "Crowd", "--owner", "administrator"], "id");
    let list = emails.join("\n");
    let dry = caller.run_with(&["groups", "add", "crowd", "-", "--dry-run"], &list);
    assert_eq!(dry.out, format!("nothing was changed; it would add 120 users to Crowd ({group})\n"), "{dry:?}");
    assert_eq!(count(&caller, group), 1);
    let said = caller.run_with(&["groups", "add", "crowd", "p1@example.org", "-"], &list);
    assert_eq!((said.code, said.out), (Some(0), format!("120 users added to Crowd ({group})\n")), "{}", said.err);
    assert_eq!(count(&caller, group), 121);
    // The same again, with one more person.
    caller.out(&["users", "create", "--name", "Late Comer", "--email", "late@example.org"]);
    let said = caller.run_with(&["groups", "add", "crowd", "late comer", "--file", "-"], &list);
    let expected = format!("1 user added to Crowd ({group}), 120 were members already\n");
    assert_eq!((said.code, said.out), (Some(0), expected), "{}", said.err);

    let file = caller.folder.path().join("leavers.csv");
    std::fs::write(&file, format!("name;E-Mail;email\n;;{}\n", emails.join("\n;;"))).expect("the folder is ours");
    let file = file.to_str().expect("a name in UTF-8");
    let said = caller.run(&["groups", "remove", "crowd", "administrator", "--file", file]);
    let expected = format!("120 users taken out of Crowd ({group}); 1 user still in it, by the rule or as owners\n");
    assert_eq!((said.code, said.out), (Some(0), expected), "{}", said.err);
    let said = caller.run(&["groups", "remove", "crowd", "p1@example.org", "late@example.org"]);
    assert_eq!(said.out, format!("1 user taken out of Crowd ({group}), 1 was no member\n"), "{said:?}");
    assert_eq!(count(&caller, group), 1);
    // With `-o name` the output is the group; the other formats have all results.
    let named = ["groups", "add", "crowd", "late@example.org", "-o", "name"];
    assert_eq!(caller.out(&named), format!("{group}\n"));
    let said = caller.run(&["groups", "remove", "crowd", "late@example.org", "nobody@example.org", "-o", "yaml"]);
    assert!(said.out.starts_with(&format!("dryRun: false\ngroupId: {group}\nchanged:\n- ")), "{said:?}");
    let unknown = "no user has the e-mail address nobody@example.org\nconvoke: 1 of those who are named is unknown\n";
    assert_eq!((said.code, said.err.as_str()), (Some(1), unknown));
    let shown = caller.json(&["groups", "add", "crowd", "p1@example.org"]);
    assert_eq!(shown.get("changed").and_then(Value::as_array).map(Vec::len), Some(1), "{shown}");
}

#[test]
fn who_is_unknown_is_named_and_the_others_are_added() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let group = &*caller.field(&["groups", "create", "--name", "Few"], "id");
    for (name, email) in [("Kim Lee", "kim@example.org"), ("Kim Lee", "lee@example.org"), ("Bo", "bo@example.org")] {
        caller.out(&["users", "create", "--name", name, "--email", email]);
    }
    let list = "bo\nnobody@example.org\n\nKim Lee\n853654b2-5874-462d-b709-0c4e43a7083f\n";
    let Said { code, out, err } = caller.run_with(&["groups", "add", "few", "-", "no one"], list);
    assert_eq!((code, out), (Some(1), format!("1 user added to Few ({group})\n")), "{err}");
    for expected in [
        "standard input, line 2: no user has the e-mail address nobody@example.org\n",
        "standard input, line 4: 2 users have the name \"Kim Lee\"",
        "standard input, line 5: no user has the id 853654b2-5874-462d-b709-0c4e43a7083f\n",
        "\nthere is no user \"no one\"",
    ] {
        assert!(err.contains(expected), "{expected}: {err}");
    }
    assert_eq!(last_line(&err), "convoke: 4 of those who are named are unknown");
    let none = caller.run_with(&["groups", "add", "few", "-"], "\n");
    assert_eq!((none.code, none.err.as_str()), (Some(2), "convoke: nobody is named\n"));
    let said = caller.run(&["groups", "add", "few", "kim@example.org", "--if-version", "1"]);
    assert!(said.code == Some(1) && said.err.contains("does not match the current version"), "{said:?}");
}

#[test]
fn owners_come_and_go() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let emails = crowd(&caller);
    let group = &*caller.field(&["groups", "create", "--name", "Owned"], "id");
    let names = |shown: &str| shown.lines().filter(|line| line.contains("@example.org")).count();
    let said = caller.run_with(&["groups", "owners", "add", "owned", "-"], &emails.join("\n"));
    assert_eq!((said.code, said.out), (Some(0), format!("made 120 users owners of Owned ({group})\n")), "{}", said.err);
    assert_eq!(names(&caller.out(&["groups", "owners", "list", "owned"])), 120);
    let document = caller.out(&["groups", "owners", "list", "owned", "-o", "json"]);
    let document: Value = serde_json::from_str(&document).expect("one document, however many calls it takes");
    assert_eq!(document.as_array().map(Vec::len), Some(120));
    let said = caller.out(&["groups", "owners", "add", "owned", "p1@example.org", "administrator"]);
    assert_eq!(said, format!("made 1 user an owner of Owned ({group}), 1 owned it already\n"));
    let dry = caller.out(&["groups", "owners", "remove", "owned", "administrator", "--dry-run"]);
    assert!(dry.starts_with("nothing was changed; it would take 1 user out of the owners of Owned"), "{dry}");
    let said = caller.run_with(&["groups", "owners", "remove", "owned", "administrator", "-"], &emails.join("\n"));
    let expected = format!("took 121 users out of the owners of Owned ({group}), nobody else owns it\n");
    assert_eq!((said.code, said.out), (Some(0), expected), "{}", said.err);
    let none = caller.run(&["groups", "owners", "list", "owned"]);
    assert_eq!((none.code, none.err.as_str()), (Some(0), "no users\n"));
}

#[test]
fn an_interrupt_sums_up_what_was_done() {
    let id = |n: usize| format!("00000000-0000-4000-8000-{n:012}");
    let (asked, is_asked) = mpsc::channel();
    let n_chunks = AtomicUsize::new(0);
    let users: Vec<Value> = (0..CROWD).map(|n| json!({ "id": id(n), "name": "P" })).collect();
    let caller = scripted(move |line| {
        if line.contains("/members") {
            let is_first = n_chunks.fetch_add(1, Ordering::Relaxed) == 0;
            asked.send(()).expect("the test waits");
            return is_first.then(|| ("202 Accepted", b"{}".to_vec()));
        }
        let body = match line.contains("/users/search") {
            // All users exist, and nobody is a member yet.
            true if n_chunks.load(Ordering::Relaxed) == 0 => {
                json!({ "results": users, "pageSize": 200, "total": CROWD })
            }
            true => json!({ "results": [], "pageSize": 50, "total": 0 }),
            false => json!({ "id": "g", "name": "Crowd" }),
        };
        Some(("200 OK", body.to_string().into_bytes()))
    });
    let ids: Vec<String> = (0..CROWD).map(id).collect();
    let group = id(999);
    let mut arguments = vec!["groups", "add", &group];
    arguments.extend(ids.iter().map(String::as_str));
    let child = caller.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    for _ in 0..2 {
        is_asked.recv_timeout(crate::server::LIMIT).expect("a chunk comes");
    }
    let killed = Command::new("kill").arg("-INT").arg(child.id().to_string()).status();
    assert!(killed.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("it ends");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(out.ends_with(" to Crowd (g), 50 were members already\n"), "{out}");
    assert_eq!(
        err,
        "70 users left; run the same again to go on\n\
         convoke: interrupted; whether the next 50 users are done is not known\n"
    );
}
