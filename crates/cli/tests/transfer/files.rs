//! Imports of files: messages for valid and invalid ones.

use crate::caller::{Caller, Said, server};
use crate::{counts, everything, import};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Files in a folder of their own, and a server to import them.
pub struct Desk {
    pub caller: Caller,
    _server: crate::server::Server,
    pub folder: tempfile::TempDir,
}

impl Desk {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let store = folder.path().join("store");
        fs::create_dir(&store).expect("a folder");
        let server = server(&store);
        Desk { caller: Caller::of(&server), _server: server, folder }
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(name), text).expect("a file in the folder of the test");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.folder.path().join(name).exists()
    }

    /// Runs a command in the folder.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let mut command = self.caller.command(arguments);
        let output = command.current_dir(self.folder.path()).output().expect("the command can be started");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// A command and its output without its duration. stderr is marked by a bar.
    pub fn transcript(&self, arguments: &[&str]) -> String {
        let Said { code, out, err } = self.run(arguments);
        let mut text = format!("$ convoke {}\n", arguments.join(" "));
        for line in out.lines() {
            let line =
                line.split_once("refused; ").map_or(line.to_owned(), |(counts, _)| format!("{counts}refused; …"));
            text += &format!("{line}\n");
        }
        err.lines().for_each(|line| text += &format!("| {line}\n"));
        text + &format!("exit code {}\n\n", code.expect("an exit code"))
    }
}

const PEOPLE: &str = "\u{feff}name,email,department,title,phone,manager\r\n\
    \"Archer, Ann\",ann@example.org,Support,\"Clerk, Desk \"\"B\"\"\",+447700900001,zoe@example.org\r\n\
    \r\n\
    Bob,bob@example.org,,,,\r\n\
    Zoë,zoe@example.org,Support,Head,,\r\n";

#[test]
fn a_directory_begins_with_three_tables() {
    let desk = Desk::new();
    desk.write("people.csv", PEOPLE);
    desk.write("groups.csv", "key;name;description;type;visibility;owners\nowls;Night Owls;\"Awake;\nall night\";social;owners;\"ann@example.org; zoe@example.org\"\n");
    desk.write("memberships.jsonl", "{\"group\":\"owls\",\"member\":\"bob@example.org\"}\n");
    let mut text = String::new();
    for arguments in [
        &["import", "people", "people.csv", "--dry-run"][..],
        &["import", "people", "people.csv", "--verbose"],
        &["import", "people", "people.csv"],
        &["import", "groups", "groups.csv", "--delimiter", ";", "--dry-run", "-v"],
        &["import", "groups", "groups.csv", "--delimiter", ";"],
        &["import", "memberships", "memberships.jsonl", "-v"],
        &["export", "people", "all.csv"],
    ] {
        text += &desk.transcript(arguments);
    }
    insta::assert_snapshot!(text);
    assert!(!desk.has("people.csv.errors.jsonl"), "there is none without errors");
    let ann = desk.caller.json(&["users", "get", "ann@example.org"]);
    let zoe = desk.caller.json(&["users", "get", "zoe@example.org"]);
    assert_eq!(ann.pointer("/manager/id"), zoe.get("id"));
    assert_eq!(ann.get("title"), Some(&json!("Clerk, Desk \"B\"")));
    assert_eq!(ann.pointer("/addresses/0/address"), Some(&json!("+447700900001")));
    let groups = desk.caller.json(&["groups", "search", "name='Night Owls'"]);
    assert_eq!(groups.pointer("/results/0/memberCount"), Some(&json!(3)));
    assert_eq!(groups.pointer("/results/0/description"), Some(&json!("Awake;\nall night")));
}

#[test]
fn what_is_refused_is_in_a_file_with_the_reasons() {
    let desk = Desk::new();
    desk.write(
        "people.csv",
        b"name,email,manager,state\nAnn,ann@example.org,nobody@example.org,\nBob,no address,,\nC,c@example.org\n\
          \xff,d@example.org,,\nEve,eve@example.org,,asleep\n,f@example.org,,\nGus,gus@example.org,ann@example.org,\n",
    );
    let trial = desk.run(&["import", "people", "people.csv", "--dry-run", "--json", "--errors", "trial.jsonl"]);
    assert_eq!(trial.code, Some(1), "{trial:?}");
    assert_eq!(everything(&desk.caller).lines().count(), 1, "a trial changes nothing");
    let said = desk.run(&["import", "people", "people.csv", "--json"]);
    assert_eq!((said.code, counts(&said), counts(&trial)), (Some(1), [1, 0, 0, 6], [1, 0, 0, 6]));
    assert_eq!(said.err, "convoke: 6 rows were refused; people.csv.errors.jsonl says why\n");
    let summary: Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(summary.get("errors"), Some(&json!("people.csv.errors.jsonl")));
    insta::assert_snapshot!(desk.read("people.csv.errors.jsonl"));
    assert_eq!(desk.read("trial.jsonl"), desk.read("people.csv.errors.jsonl"));
    // A person with an unknown manager is imported without the manager.
    assert_eq!(everything(&desk.caller).lines().filter(|row| row.contains("example.org")).count(), 2);

    // The corrected rows are imported. For standard input, the errors are in the current folder.
    desk.write("input.jsonl", "{\"member\":\"ann@example.org\",\"group\":\"g\"}\n{\"group\":\n");
    let text = desk.read("input.jsonl");
    let mut command = desk.caller.command(&["import", "memberships", "-", "--format", "jsonl"]);
    let input = fs::File::open(desk.folder.path().join("input.jsonl")).expect("the file");
    let output = command.current_dir(desk.folder.path()).stdin(input).output().expect("the command can be started");
    assert_eq!(output.status.code(), Some(1), "{text}: {output:?}");
    let errors: Vec<Value> =
        desk.read("import.errors.jsonl").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let lines: Vec<_> =
        errors.iter().map(|error| (error.get("line"), error.get("code"), error.get("record"))).collect();
    let record = json!({ "member": "ann@example.org", "group": "g" });
    assert_eq!(
        lines,
        [
            (Some(&json!(1)), Some(&json!("general.resource.not.found")), Some(&record)),
            (Some(&json!(2)), Some(&json!("bad.request")), Some(&json!("{\"group\":"))),
        ]
    );
    // A folder that does not exist.
    let said = desk.run(&["import", "memberships", "input.jsonl", "--errors", "none/errors.jsonl"]);
    assert!(said.code == Some(1) && said.err.starts_with("convoke: none/errors.jsonl: No such file"), "{said:?}");
}

#[test]
fn a_file_that_is_none_is_refused_before_anything_is_sent() {
    let desk = Desk::new();
    desk.write("header.csv", "name,mail\nAnn,ann@example.org\n");
    desk.write("twice.csv", "name,email,NAME\nAnn,ann@example.org,Ann\n");
    desk.write("nobody.csv", "name\nAnn\n");
    desk.write("empty.csv", "");
    desk.write("people.txt", "name,email\n");
    let mut text = String::new();
    for arguments in [
        &["import", "people", "header.csv"][..],
        &["import", "people", "twice.csv"],
        &["import", "people", "nobody.csv"],
        &["import", "groups", "nobody.csv"],
        &["import", "memberships", "nobody.csv"],
        &["import", "people", "empty.csv"],
        &["import", "people", "people.txt"],
        &["import", "people", "people.txt", "--format", "csv"],
        &["import", "people", "missing.csv"],
        &["import", "people", "store", "--format", "csv"],
        &["import", "all", "header.csv"],
        &["export", "all", "all.csv"],
        &["export", "people", "people"],
        &["export", "people", "missing/people.csv"],
    ] {
        text += &desk.transcript(arguments);
    }
    insta::assert_snapshot!(text);
    for (arguments, said) in [
        (&["import", "persons", "people.csv"][..], "possible values: people, groups, memberships, all"),
        (&["import", "people", "people.csv", "--delimiter", "::"], "one character"),
        (&["import", "people", "people.csv", "--verbose", "--json"], "cannot be used with"),
        (&["pull"], "--from"),
        (&["pull", "--from", "x", "--concurrency", "0"], "1..=64"),
    ] {
        let refused = desk.run(arguments);
        assert!(refused.code == Some(2) && refused.err.contains(said), "{arguments:?}: {refused:?}");
    }
}

#[test]
fn the_examples_of_the_documentation_are_taken() {
    let desk = Desk::new();
    let text = include_str!("../../../../docs/moving-data.md");
    let example = |fence: &str| {
        let (_, rest) = text.split_once(&format!("```{fence}\n")).expect("an example");
        rest.split_once("```").expect("its end").0
    };
    let rows = example("jsonl");
    assert_eq!(import(&desk.caller, "all", rows), [rows.lines().count() as u64, 0, 0, 0]);
    desk.write("staff.csv", example("csv"));
    // Ann gets a title, and Zoë a department.
    assert_eq!(counts(&desk.run(&["import", "people", "staff.csv", "--json"])), [0, 2, 0, 0]);
}

#[test]
fn all_kinds_of_lines_are_taken_and_empty_files_too() {
    let desk = Desk::new();
    assert_eq!(import(&desk.caller, "all", ""), [0; 4]);
    assert_eq!(import(&desk.caller, "all", "\n\r\n \n"), [0; 4]);
    desk.write("header.csv", "name,email\n");
    assert_eq!(counts(&desk.run(&["import", "people", "header.csv", "--json"])), [0; 4]);
    // Each of many records is counted once, whatever its size.
    let long = "x".repeat(4000);
    let rows = |title: &str| -> String {
        let row = |n| json!({ "person": { "name": "N", "email": format!("n{n}@example.org"), "title": title } });
        (0..600).map(|n| format!("{}\n", row(n))).collect()
    };
    let many = rows("Clerk") + &json!({ "group": { "key": "g", "name": "g", "description": long } }).to_string();
    assert_eq!(import(&desk.caller, "all", &many), [601, 0, 0, 0]);
    assert_eq!(import(&desk.caller, "all", &(many.clone() + "\n" + &rows("Head"))), [0, 600, 601, 0]);
    // A row that exceeds the server's limit.
    let too_long = json!({ "group": { "key": "h", "name": "h", "description": "x".repeat(1_100_000) } });
    desk.write("long.jsonl", format!("{too_long}\n{many}"));
    let said = desk.run(&["import", "all", "long.jsonl", "--json"]);
    assert_eq!((said.code, counts(&said)), (Some(1), [0, 600, 1, 1]), "{}", said.err);
    assert!(desk.read("long.jsonl.errors.jsonl").contains("a row must have at most "));
}

#[test]
fn who_may_not_import_is_told_so_once() {
    let desk = Desk::new();
    desk.write("people.csv", PEOPLE);
    let client = desk.caller.json(&["clients", "create", "--name", "Reader", "--role", "reader"]);
    let field = |name: &str| client.get(name).and_then(Value::as_str).expect("a field of a client").to_owned();
    let folder = |path: &Path| path.join("people.csv").display().to_string();
    let reader =
        desk.caller.again().with("CONVOKE_CLIENT_ID", &field("id")).with("CONVOKE_CLIENT_SECRET", &field("secret"));
    let said = reader.run(&["import", "people", &folder(desk.folder.path())]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("the permission [admin] is missing"), "{said:?}");
    assert!(said.out.starts_with("0 created, 0 changed, 0 unchanged, 0 refused"), "{said:?}");
    let nobody = desk.caller.again().with("CONVOKE_URL", "http://127.0.0.1:9");
    let said = nobody.run(&["import", "people", &folder(desk.folder.path())]);
    assert!(said.code == Some(3) && said.err.contains("cannot be reached"), "{said:?}");
    assert_eq!(everything(&desk.caller).lines().count(), 1);
}

#[test]
fn a_person_who_looks_sees_a_bar() {
    let desk = Desk::new();
    desk.write("people.csv", PEOPLE);
    let file = desk.folder.path().join("people.csv").display().to_string();
    let shown = desk.caller.on_terminal(&["import", "people", &file, "--verbose"], None);
    assert!(shown.contains("line 2: created ann@example.org\n"), "{shown}");
    assert!(shown.contains("3 created, 0 changed, 0 unchanged, 0 refused; "), "{shown}");
    assert!(shown.contains(&format!("importing {file}")), "{shown}");
}

#[test]
fn errors_go_where_they_can_and_away_when_they_are_put_right() {
    let desk = Desk::new();
    let table = "name,email\nAnn,ann@example.org\nBob,\n";
    desk.write("people.csv", table);
    for (errors, said) in [
        ("people.csv", "people.csv is the file that is taken in"),
        ("./people.csv", "./people.csv is the file that is taken in"),
        ("none/errors.jsonl", "none/errors.jsonl: No such file"),
    ] {
        let refused = desk.run(&["import", "people", "people.csv", "--errors", errors]);
        assert!(refused.code == Some(1) && refused.err.contains(said), "{refused:?}");
    }
    assert_eq!(desk.read("people.csv"), table);
    assert_eq!(everything(&desk.caller).lines().count(), 1, "nothing was taken in");
    assert_eq!(desk.run(&["import", "people", "people.csv"]).code, Some(1));
    assert!(desk.has("people.csv.errors.jsonl"));
    desk.write("people.csv", format!("{table}Cay,cay@example.org\n").replace("Bob,\n", ""));
    assert_eq!(desk.run(&["import", "people", "people.csv"]).code, Some(0));
    assert!(!desk.has("people.csv.errors.jsonl"));
}
