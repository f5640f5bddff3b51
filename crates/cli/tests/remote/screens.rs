//! Transcripts of the real binary against a real server, for review by people. Ids, times, secrets and the port are
//! replaced by texts of the same length.

use crate::caller::{Caller, server};
use insta::assert_snapshot;
use std::collections::BTreeMap;

/// Commands and their output, with all changing texts replaced.
struct Transcript<'c> {
    caller: &'c Caller,
    text: String,
}

impl<'c> Transcript<'c> {
    fn of(caller: &'c Caller) -> Self {
        Transcript { caller, text: String::new() }
    }

    /// Runs a command. In the transcript stderr is marked by a bar, and an exit code other than 0 is at the end.
    fn run(mut self, arguments: &[&str]) -> Self {
        let said = self.caller.run(arguments);
        self.text += &format!("$ convoke {}\n{}", shell(arguments), said.out);
        said.err.lines().for_each(|line| self.text += &format!("| {line}\n"));
        if said.code != Some(0) {
            self.text += &format!("exit code {}\n", said.code.map_or("none".to_owned(), |code| code.to_string()));
        }
        self.text.push('\n');
        self
    }

    /// Runs a command on a terminal. Colours are shown as escapes.
    fn on_terminal(mut self, arguments: &[&str]) -> Self {
        let shown = self.caller.on_terminal(arguments, None);
        // Progress bars are overwritten, and removed at the end.
        let shown = shown.rsplit_once("\x1b[2K").map_or(&*shown, |(_, after)| after).to_owned();
        let shown = [("\x1b[0m", "»"), ("\x1b[1m", "bold«"), ("\x1b[2m", "dim«")]
            .into_iter()
            .fold(shown, |shown, (code, shown_as)| shown.replace(code, shown_as));
        self.text += &format!("$ convoke {}\n{}\n", shell(arguments), shown.replace('\x1b', "^["));
        self
    }

    fn text(&self) -> String {
        let text = steady(&self.text);
        self.caller.url().map_or(text.clone(), |url| text.replace(url, "http://127.0.0.1:8080"))
    }
}

/// A command line as typed.
fn shell(arguments: &[&str]) -> String {
    let is_plain =
        |text: &str| !text.is_empty() && text.chars().all(|char| char.is_alphanumeric() || "-_=:/.@+,".contains(char));
    let quoted = |text: &&str| if is_plain(text) { (*text).to_owned() } else { format!("'{text}'") };
    arguments.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The text with ids, times and ports replaced.
fn steady(text: &str) -> String {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut steady = String::new();
    let is_part = |char: char| char.is_ascii_alphanumeric() || "-_:.".contains(char);
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        let n_known = known.len() + 1;
        steady += &match () {
            () if is_id(word) => {
                format!("00000000-0000-4000-8000-{:012}", known.entry(word.to_owned()).or_insert(n_known))
            }
            () if is_time(word) => "2026-01-01T00:00:00.000Z".to_owned(),
            // Secrets and tokens, some of which have no digit, and ids without hyphens in chat addresses.
            () if is_random(word) => "x".repeat(word.len()),
            () => word.to_owned(),
        };
        let next = behind.chars().next().map_or(0, char::len_utf8);
        let (one, after) = behind.split_at(next);
        steady += one;
        rest = after;
    }
    steady
}

fn is_id(word: &str) -> bool {
    uuid::Uuid::try_parse(word).is_ok() && word.len() == 36
}

fn is_time(word: &str) -> bool {
    word.len() == 24 && word.ends_with('Z') && word.contains('T') && word.starts_with("20")
}

fn is_random(word: &str) -> bool {
    word.len() >= 32
}

/// Creates some people and groups.
fn world(caller: &Caller) -> [String; 2] {
    for (name, email, title) in [
        ("Ann Archer", "ann@example.org", "Clerk"),
        ("夜勤 太郎", "taro@example.org", "Night Watch"),
        ("שרה לוי", "sara@example.org", "Engineer"),
        ("Mallory 👩\u{200d}🚒", "mallory@example.org", "Fire Fighter"),
    ] {
        caller.out(&["users", "create", "--name", name, "--email", email, "--title", title]);
    }
    for skill in ["Billing", "Juggling"] {
        caller.out(&["skills", "create", skill]);
    }
    caller.out(&["languages", "create", "Spanish"]);
    caller.out(&["users", "skills", "add", "ann@example.org", "Billing=4"]);
    let night = caller.field(&["groups", "create", "--name", "Night Owls", "--type", "social"], "id");
    let desk = ["groups", "create", "--name", "Billing Desk", "--visibility", "members", "--owner", "ann@example.org"];
    [night, caller.field(&desk, "id")]
}

#[test]
fn groups() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = &Caller::of(&server);
    let empty = Transcript::of(caller).run(&["groups", "list"]).run(&["groups", "search", "night"]);
    assert_snapshot!("no_groups", empty.text());
    let [night, desk] = &world(caller);
    let transcript = Transcript::of(caller)
        .run(&["groups", "list"])
        .run(&["groups", "get", desk])
        .run(&["groups", "add", night, "ann@example.org", "taro@example.org", "mallory@example.org"])
        .run(&["groups", "members", night])
        .run(&["groups", "remove", night, "taro@example.org"])
        .run(&["groups", "individuals", night, "--json"])
        .run(&["groups", "update", night, "--description", "Awake when nobody else is"])
        .run(&["groups", "search", "name^=night or name*=desk and not type=social", "--sort", "memberCount:desc"])
        .run(&["groups", "search", "memberCount 1..", "--page-size", "1"])
        .run(&["groups", "list", "--page", "3"])
        .run(&["groups", "subgroups", "add", night, desk])
        .run(&["groups", "subgroups", "list", night])
        .run(&["groups", "dynamic", "preview", "Billing>=3", "--users"])
        .run(&["groups", "dynamic", "set", desk, "Billing>=3 and not (Juggling=5 or lang:Spanish>1)"])
        .run(&["groups", "dynamic", "get", desk])
        .run(&["groups", "explain", desk, "ann@example.org"])
        .run(&["groups", "explain", desk, "sara@example.org"])
        .run(&["users", "groups", "ann@example.org"])
        .run(&["groups", "profile", desk])
        .run(&["groups", "voicemail", "set", desk, "--enabled", "true", "--alert", "RANDOM"])
        .run(&["groups", "delete", desk]);
    assert_snapshot!("groups", transcript.text());
}

#[test]
fn users_and_others() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = &Caller::of(&server);
    world(caller);
    let transcript = Transcript::of(caller)
        .run(&["users", "list"])
        .run(&["users", "get", "mallory@example.org"])
        .run(&["users", "get", "ann@example.org", "--expand", "skills"])
        .run(&["users", "search", "title in (Clerk, Engineer) and not skills=Billing"])
        .run(&["users", "update", "ann@example.org", "--phone", "+447700900123", "--department", "Support"])
        .run(&["users", "skills", "list", "ann@example.org"])
        .run(&["users", "skills", "add", "ann@example.org", "Billing=5", "Juggling=1"])
        .run(&["users", "languages", "list", "ann@example.org"])
        .run(&["users", "profile-skills", "replace", "ann@example.org", "Whistling", "Sleeping"])
        .run(&["skills", "list"])
        .run(&["languages", "get", "Spanish"]);
    assert_snapshot!("users", transcript.text());
    let transcript = Transcript::of(caller)
        .run(&["clients", "create", "--name", "Reports", "--role", "reader"])
        .run(&["clients", "list"])
        .run(&["connectors", "create", "--name", "Timesheets", "--phone", "+447700900124"])
        .run(&["connectors", "list"])
        .run(&["roles", "list"])
        .run(&["roles", "get", "group creator"])
        .run(&["divisions", "list"])
        .run(&["permissions"])
        .run(&["fields", "group"])
        .run(&["org", "show"])
        .run(&["org", "create", "Subsidiary"])
        .run(&["token", "show"]);
    assert_snapshot!("others", transcript.text());
}

#[test]
fn the_second_api() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let made = caller.json(&["connectors", "create", "--name", "Timesheets", "--phone", "+911099999999"]);
    let caller = [
        ("CONVOKE_APPLICATION_ID", "applicationId"),
        ("CONVOKE_APPLICATION_SECRET", "applicationSecret"),
        ("CONVOKE_REFRESH_TOKEN", "refreshToken"),
    ]
    .into_iter()
    .fold(caller, |caller, (name, key)| {
        caller.with(name, made.get(key).and_then(|it| it.as_str()).expect("it is new"))
    });
    let create = ["kaizala", "groups", "create", "--name", "Night", "--member", "+911088888888"];
    let group = &*caller.field(&create, "groupId");
    let news = &*caller.field(&["kaizala", "groups", "create", "--name", "News", "--type", "ConnectGroup"], "groupId");
    let transcript = Transcript::of(&caller)
        .run(&["kaizala", "me"])
        .run(&["kaizala", "subgroups", "create", group, "--name", "Beneath"])
        .run(&["kaizala", "groups", "list"])
        .run(&["kaizala", "groups", "get", group])
        .run(&["kaizala", "subgroups", "list", group])
        .run(&["kaizala", "members", "list", group])
        .run(&["kaizala", "subscribers", "list", news])
        .run(&["kaizala", "subscribers", "add", news, "+911066666666", "+911055555555"])
        .run(&["kaizala", "subscribers", "list", news, "--count", "1"])
        .run(&["kaizala", "subscribers", "list", news, "--count", "1", "--all"])
        .run(&["kaizala", "groups", "get", "nowhere"]);
    assert_snapshot!("kaizala", transcript.text());
}

#[test]
fn on_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let [night, _] = &world(&caller);
    let transcript = Transcript::of(&caller)
        .on_terminal(&["users", "list", "--page-size", "2"])
        .on_terminal(&["users", "list"])
        .on_terminal(&["groups", "get", night])
        .on_terminal(&["groups", "members", night])
        .on_terminal(&["verify"])
        .on_terminal(&["groups", "search", "name="]);
    assert_snapshot!("terminal", transcript.text());
    let plain = caller.with("NO_COLOR", "1").on_terminal(&["groups", "list"], None);
    assert!(plain.contains("2 of 2") && !plain.contains('\x1b'), "{plain}");
}

#[test]
fn refusals() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let [night, _] = &world(&caller);
    let transcript = Transcript::of(&caller)
        .run(&["groups", "get", "nowhere"])
        .run(&["groups", "get", ".."])
        .run(&["groups", "create", "--name", "x", "--type", "secret"])
        .run(&["groups", "update", night, "--name", "Late Owls", "--if-version", "7"])
        .run(&["groups", "add", night, "nobody@example.org"])
        .run(&["groups", "add", night])
        .run(&["groups", "search", "name^=night and (state=active"])
        .run(&["groups", "search", "colour=red"])
        .run(&["groups", "dynamic", "set", night, "Billing>=3 and lang:Spanish>9"])
        .run(&["groups", "dynamic", "set", night, "Whistling>=3"])
        .run(&["users", "skills", "add", "ann@example.org", "Whistling=3"])
        .run(&["users", "skills", "add", "ann@example.org", "Billing"])
        .run(&["users", "list", "--page", "0"])
        .run(&["users", "list", "--page", "2", "--all"])
        .run(&["users", "get", "ann@example.org", "--expand", "hobbies"])
        .run(&["users", "me"])
        .run(&["groups", "list", "--client-secret", "wrong"])
        .run(&["groups", "list", "--region", "mypurecloud.de"])
        .run(&["groups", "list", "--profile", "work"])
        .run(&["groups", "create", "--file", "/nowhere/group.json"])
        .run(&["kaizala", "groups", "list"]);
    assert_snapshot!("refusals", transcript.text());
    let stranger = Caller::stranger();
    let transcript = Transcript::of(&stranger)
        .run(&["groups", "list"])
        .run(&["groups", "list", "--region", "mypurecloud.dd", "--client-id", "me", "--client-secret", "x"])
        .run(&["groups", "list", "--url", "127.0.0.1:8080", "--client-id", "me", "--client-secret", "x"])
        .run(&["groups", "list", "--url", "http://127.0.0.1:9", "--client-id", "me", "--client-secret", "x"])
        .run(&["groups", "list", "--url", "http://nowhere.invalid", "--client-id", "me", "--client-secret", "x"])
        .run(&["profiles"])
        .run(&["logout"])
        .run(&["login"])
        .run(&["groups", "list", "--profile", "work"]);
    assert_snapshot!("strangers", transcript.text());
}

#[test]
fn help() {
    let stranger = Caller::stranger();
    let transcript = Transcript::of(&stranger)
        .run(&["-h"])
        .run(&["groups", "-h"])
        .run(&["groups", "search", "-h"])
        .run(&["groups", "dynamic", "set", "-h"])
        .run(&["users", "-h"])
        .run(&["login", "-h"])
        .run(&["kaizala", "-h"]);
    assert_snapshot!("help", transcript.text());
}
