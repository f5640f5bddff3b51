//! The syntax of commands, and the formats of their output.

use crate::caller::{Caller, SECRET, server};
use crate::edges::answering;
use crate::server::wait_for;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// A group with two owners, and 12 other groups.
fn world(caller: &Caller) -> [String; 3] {
    let user = |name: &str, email: &str| caller.field(&["users", "create", "--name", name, "--email", email], "id");
    let (ann, zoe) = (user("Ann Archer", "ann@example.org"), user("Zoë Okafor", "zoe@example.org"));
    caller.out(&["users", "update", &ann, "--manager", &zoe]);
    let owners = ["--owner", "ann@example.org", "--owner", "zoe@example.org"];
    let desk = caller.field(&[&["groups", "create", "--name", "Billing Desk, first"][..], &owners].concat(), "id");
    for n in 10..22 {
        caller.out(&["groups", "create", "--name", &format!("Night {n}"), "--type", "social"]);
    }
    [desk, ann, zoe]
}

#[test]
fn flags_stand_before_and_behind_the_noun_and_the_verb() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let expected = caller.out(&["groups", "list", "--json"]);
    assert!(expected.starts_with(r#"{"entities":"#), "{expected}");
    assert_eq!(caller.out(&["--json", "groups", "list"]), expected);
    assert_eq!(caller.out(&["groups", "--json", "list"]), expected);
    let url = format!("http://{}", server.address);
    let place = ["--url", &url, "--client-id", "test", "--client-secret", SECRET, "--insecure"];
    let stranger = Caller::stranger();
    for (before, between, behind) in [(&place[..], &[][..], &[][..]), (&[], &place, &[]), (&[], &[], &place)] {
        let arguments = [before, &["groups"], between, &["list"], behind, &["--json"]].concat();
        assert_eq!(stranger.out(&arguments), expected, "{arguments:?}");
    }
    // The flag next to the verb has precedence, and flags have precedence over the environment.
    let elsewhere = "http://127.0.0.1:9";
    assert_eq!(caller.out(&["--url", elsewhere, "groups", "list", "--url", &url, "--json"]), expected);
    let said = caller.run(&["--url", elsewhere, "groups", "list"]);
    assert_eq!((said.code, said.err.contains(elsewhere)), (Some(3), true), "{said:?}");
    // A command refuses a flag that it does not have, in any position.
    for arguments in
        [&["--json", "serve"][..], &["serve", "--json"], &["--client-id", "x", "logout"], &["-o", "csv", "man"]]
    {
        assert_eq!(caller.run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[test]
fn every_form_has_one_shape_for_lists_and_searches() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let [desk, ann, zoe] = &world(&caller);
    let several = ["--all", "--page-size", "5"];
    let list = |flags: &[&str]| caller.out(&[&["groups", "list"], &several[..], flags].concat());
    let search = |flags: &[&str]| caller.out(&[&["groups", "search"], &several[..], flags].concat());
    for format in ["table", "json", "jsonl", "csv", "yaml", "name"] {
        assert_eq!(list(&["-o", format]), search(&["--output", format]), "{format}");
    }
    let all: Value = serde_json::from_str(&list(&["-o", "json"])).expect("one document");
    let all = all.as_array().expect("an array");
    assert_eq!(all.len(), 13);
    let lines: Vec<Value> =
        list(&["-o", "jsonl"]).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(&lines, all);
    let ids: Vec<&str> = all.iter().filter_map(|group| group.get("id")?.as_str()).collect();
    assert_eq!(list(&["-o", "name"]).lines().collect::<Vec<_>>(), ids);
    let csv = list(&["-o", "csv", "--columns", "NAME,members,owners,rulesVisible"]);
    let rows: Vec<&str> = csv.lines().take(2).collect();
    assert_eq!(rows, ["name,memberCount,owners,rulesVisible", &format!("\"Billing Desk, first\",2,{ann};{zoe},true")]);
    assert_eq!((csv.lines().count(), csv.matches("name,").count()), (14, 1));
    let first = list(&["-o", "jsonl", "--columns", "NAME,members,OWNERS.id"]).lines().next().map(str::to_owned);
    assert_eq!(
        first,
        Some(format!(r#"{{"name":"Billing Desk, first","memberCount":2,"owners.id":["{ann}","{zoe}"]}}"#))
    );
    let yaml = list(&["-o", "yaml", "--columns", "name,owners.id"]);
    assert!(yaml.starts_with("- name: Billing Desk, first\n  owners.id:\n"), "{yaml}");
    assert_eq!(yaml.lines().filter(|line| line.starts_with("- name: Night ")).count(), 12);
    // With `--json` the API's replies are unchanged, one line for each page.
    assert_eq!((list(&["--json"]).lines().count(), search(&["--json"]).lines().count()), (3, 3));
    assert!(list(&["--json"]).lines().all(|page| page.starts_with(r#"{"entities":"#)));
    assert!(search(&["--json"]).lines().all(|page| page.contains(r#""results":["#)));

    let limited = caller.out(&["groups", "list", "--limit", "7", "--page-size", "5", "-o", "name"]);
    assert_eq!(limited.lines().collect::<Vec<_>>(), ids.iter().take(7).copied().collect::<Vec<_>>());
    let pages = caller.out(&["groups", "search", "--limit", "7", "--page-size", "5", "--json"]);
    let count = |page: &str| serde_json::from_str::<Value>(page).ok()?.get("results")?.as_array().map(Vec::len);
    assert_eq!(pages.lines().map(count).collect::<Vec<_>>(), [Some(5), Some(2)]);
    let bare = caller.out(&["groups", "list", "--limit", "1", "--no-headers", "--columns", "name"]);
    assert_eq!(bare, "Billing Desk, first\n");
    let bare = caller.out(&["groups", "list", "--limit", "1", "--no-headers", "-o", "csv", "--columns", "name"]);
    assert_eq!(bare, "\"Billing Desk, first\"\n");

    // A field that no entry has may be mistyped.
    let said = caller.run(&["groups", "list", "--limit", "1", "--columns", "name,nme"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), "nothing here has a field \"nme\"\n"));

    // The output of an empty list in each format.
    for (format, expected) in [
        ("json", "[]\n"),
        ("jsonl", ""),
        ("csv", "id,name,type,visibility,state,memberCount\n"),
        ("yaml", "[]\n"),
        ("name", ""),
    ] {
        assert_eq!(caller.out(&["groups", "search", "name=nobody", "-o", format]), expected, "{format}");
    }

    let get = |flags: &[&str]| caller.out(&[&["groups", "get", desk], flags].concat());
    assert_eq!(get(&["-o", "name"]), format!("{desk}\n"));
    assert_eq!(get(&["-o", "json"]), get(&["--json"]));
    assert_eq!(
        get(&["-o", "csv", "--columns", "name,owners"]),
        format!("name,owners\n\"Billing Desk, first\",{ann};{zoe}\n")
    );
    assert!(get(&["-o", "yaml"]).contains("\nmemberCount: 2\n"), "{}", get(&["-o", "yaml"]));
    let picked: Value = serde_json::from_str(&get(&["-o", "json", "--columns", "version,name"])).expect("JSON");
    assert_eq!(picked, json!({"version": 1, "name": "Billing Desk, first"}));

    // Other commands accept these ids.
    let members = caller.out(&["groups", "members", desk, "-o", "name"]);
    let night = caller.out(&["groups", "search", "name=\"Night 10\"", "-o", "name"]);
    let people: Vec<&str> = members.lines().collect();
    caller.out(&[&["groups", "add", night.trim()], &people[..]].concat());
    assert_eq!(caller.out(&["groups", "members", night.trim(), "-o", "name"]), members);
    // The CSV of people can be imported.
    let people = caller.out(&["users", "list", "-o", "csv"]);
    let imported = caller.run_with(&["import", "people", "-", "--format", "csv"], &people);
    assert!(imported.out.contains("0 created, 0 changed, 3 unchanged, 0 refused"), "{imported:?}");
}

#[test]
fn what_goes_ill_together_is_refused() {
    let caller = answering("200 OK", br#"{"entities":[],"total":0}"#);
    for arguments in [
        &["groups", "list", "--json", "-o", "csv"][..],
        &["--json", "groups", "list", "-o", "csv"],
        &["groups", "list", "--json", "--columns", "name"],
        &["groups", "list", "-o", "name", "--columns", "name"],
        &["groups", "list", "-o", "xml"],
        &["groups", "list", "--limit", "0"],
        &["groups", "list", "--limit", "5", "--all"],
        &["groups", "list", "--limit", "5", "--page", "2"],
        &["verify", "-o", "csv"],
        &["verify", "-o", "json", "--columns", "name"],
    ] {
        let said = caller.run(arguments);
        assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{arguments:?}: {said:?}");
    }
}

#[test]
fn people_are_shown_by_name() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let [desk, ann, zoe] = &world(&caller);
    let shown = caller.out(&["groups", "get", desk]);
    assert!(
        shown.contains(&format!("Ann Archer ({ann})")) && shown.contains(&format!("Zoë Okafor ({zoe})")),
        "{shown}"
    );
    let shown = caller.out(&["users", "get", "ann@example.org", "--columns", "name,manager"]);
    assert_eq!(shown, format!("name     Ann Archer\nmanager  Zoë Okafor ({zoe})\n"));
    let list = ["groups", "list", "--limit", "1", "--no-headers", "--columns", "owners"];
    assert_eq!(caller.out(&list), "Ann Archer, Zoë Okafor\n");
    assert_eq!(caller.out(&[&list[..], &["--ids"]].concat()), format!("{ann}, {zoe}\n"));
    let shown = caller.out(&["users", "search", "has manager", "--columns", "name,manager"]);
    assert_eq!(shown, "NAME        MANAGER\nAnn Archer  Zoë Okafor\n");
    // A caller who may not search for people sees their ids.
    let role = ["clients", "create", "--name", "Nobody"];
    let client = caller.json(&role);
    let part = |name: &str| client.get(name).and_then(Value::as_str).expect("a new client has it");
    let said = caller.run(&[&list[..], &["--client-id", part("id"), "--client-secret", part("secret")]].concat());
    assert_eq!((said.code, said.out), (Some(0), format!("{ann}, {zoe}\n")), "{}", said.err);
}

#[test]
fn tables_fit_a_terminal_and_are_whole_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server).with("NO_COLOR", "1");
    let title = "Keeper of the keys to every door of the house";
    caller.out(&["users", "create", "--name", "Ann Archer", "--email", "ann@example.org", "--title", title]);
    let shown = caller.on_terminal_of(120, &["users", "list"], None);
    let widths: Vec<usize> = shown.lines().map(|line| line.chars().count()).collect();
    assert!(widths.iter().all(|width| *width <= 120) && shown.contains('…') && !shown.contains(title), "{shown}");
    let narrow = caller.on_terminal_of(80, &["users", "list"], None);
    assert!(narrow.starts_with("NAME ") && narrow.contains("--columns id has them"), "{narrow}");
    let asked = caller.on_terminal_of(80, &["users", "list", "--columns", "id,title"], None);
    assert!(asked.starts_with("ID ") && asked.contains('…'), "{asked}");
    assert!(caller.on_terminal_of(200, &["users", "list"], None).contains(title));
    assert!(caller.out(&["users", "list"]).contains(title));
}

#[test]
fn who_has_read_enough_ends_the_fetching() {
    // Each page of this server has a link to a next page.
    let page = br#"{"entities":[{"id":"g","name":"Night"}],"pageSize":1,"total":9000000,"nextUri":"/more"}"#;
    let caller = answering("200 OK", page);
    for format in [&[][..], &["-o", "json"], &["-o", "csv"], &["-o", "yaml"], &["-o", "name"], &["--json"]] {
        let mut command = caller.command(&[&["groups", "list", "--all"], format].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line comes before the last page");
        drop(stdout);
        let ended = wait_for(&mut child).unwrap_or_else(|| panic!("{format:?}: it goes on"));
        assert_eq!(ended.code(), Some(0), "{format:?}");
    }
}

#[test]
fn verbs_have_short_names() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    assert_eq!(caller.out(&["roles", "ls"]), caller.out(&["roles", "list"]));
    assert_eq!(caller.out(&["org", "get"]), caller.out(&["org", "show"]));
    let skill = caller.field(&["skills", "create", "Billing"], "id");
    assert_eq!(caller.out(&["skills", "show", "Billing"]), caller.out(&["skills", "get", &skill]));
    caller.out(&["users", "create", "--name", "Ann", "--email", "ann@example.org"]);
    caller.out(&["users", "skills", "add", "ann@example.org", "Billing=3"]);
    caller.out(&["users", "skills", "rm", "ann@example.org", "Billing"]);
    caller.out(&["skills", "rm", "Billing"]);
    assert_eq!(caller.run(&["skills", "get", "Billing"]).code, Some(1));
}

#[test]
fn the_language_is_explained() {
    let stranger = Caller::stranger();
    let text = stranger.out(&["help", "language"]);
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/search-language.md");
    assert_eq!(text.trim_end(), std::fs::read_to_string(page).expect("the page is there").trim_end());
    assert_eq!(stranger.out(&["language"]), text);
    assert!(stranger.out(&["groups", "search", "-h"]).contains("convoke help language"));
}
