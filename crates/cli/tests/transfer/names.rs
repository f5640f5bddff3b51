//! Files with other names of fields, and the changes that a dry run reports.

use crate::counts;
use crate::files::Desk;
use serde_json::{Value, json};
use std::fmt::Write;

#[test]
fn a_file_of_another_kind_is_refused_at_its_first_line_with_the_command_for_it() {
    let desk = Desk::new();
    desk.write("people.csv", "name,email\nAnn,ann@example.org\nBob,bob@example.org\n");
    desk.run(&["import", "people", "people.csv"]);
    desk.run(&["export", "all", "all.jsonl"]);
    desk.run(&["export", "people", "people.jsonl"]);
    desk.write("blank.jsonl", format!("\n \n{}", desk.read("all.jsonl")));
    let mut text = String::new();
    for arguments in [
        &["import", "people", "all.jsonl"][..],
        &["import", "groups", "all.jsonl", "--ignore-unknown"],
        &["import", "memberships", "blank.jsonl"],
        &["import", "all", "people.jsonl"],
        &["import", "groups", "people.jsonl", "--dry-run"],
    ] {
        text += &desk.transcript(arguments);
    }
    insta::assert_snapshot!(text);
    assert!(!desk.has("all.jsonl.errors.jsonl") && !desk.has("people.jsonl.errors.jsonl"));
    // The commands in the messages work.
    assert_eq!(counts(&desk.run(&["import", "all", "all.jsonl", "--json"])), [0, 0, 3, 0]);
    assert_eq!(counts(&desk.run(&["import", "people", "people.jsonl", "--json"])), [0, 0, 3, 0]);
}

#[test]
fn columns_have_the_names_that_they_are_given() {
    let desk = Desk::new();
    desk.write("staff.csv", "Full Name,Mail,Cost centre,,title\nAnn,ann@example.org,7,,Clerk\nBob,,8,,\n");
    desk.write(
        "staff.jsonl",
        "{\"mail\":\"cay@example.org\",\"name\":\"Cay\",\"cost\":{\"centre\":7},\"addresses\":[]}\n\
         {\"mail\":\"dan@example.org\",\"email\":\"dan@example.org\",\"name\":\"Dan\"}\n",
    );
    desk.write("all.jsonl", "{\"skill\":{\"name\":\"Billing\",\"level\":3}}\n{\"group\":{\"key\":\"g\",\"name\":\"G\",\"colour\":\"red\"}}\n");
    let map = &["--map", "full name=name", "--map", "mail=Email"][..];
    let mut text = String::new();
    for arguments in [
        &["import", "people", "staff.csv"][..],
        &[&["import", "people", "staff.csv"], map].concat(),
        &[&["import", "people", "staff.csv", "-v", "--ignore-unknown"], map].concat(),
        &["import", "people", "staff.jsonl"],
        &["import", "people", "staff.jsonl", "-v", "--ignore-unknown", "--map", "mail=email"],
        &["import", "all", "all.jsonl"],
        &["import", "all", "all.jsonl", "--ignore-unknown"],
        // Invalid options about names.
        &["import", "people", "staff.csv", "--map", "mail=emial"],
        &["import", "people", "staff.csv", "--map", "mail=addresses"],
        &["import", "people", "staff.jsonl", "--map", "mail=emial"],
        &["import", "people", "staff.csv", "--map", "mail=email", "--map", "mail=name"],
        &["import", "people", "staff.csv", "--map", "e-mail=email", "--ignore-unknown"],
        &["import", "people", "staff.csv", "--map", "mail=title", "--ignore-unknown"],
        &["import", "all", "all.jsonl", "--map", "colour=name"],
    ] {
        text += &desk.transcript(arguments);
    }
    insta::assert_snapshot!(text);
    // The file of refused records has them as in the input.
    let refused: Value = serde_json::from_str(&desk.read("staff.csv.errors.jsonl")).expect("one record");
    assert_eq!(refused.pointer("/record/Mail"), Some(&json!("")));
    assert_eq!(refused.pointer("/record/Cost centre"), Some(&json!("8")));
    let ann = desk.caller.json(&["users", "get", "ann@example.org"]);
    assert_eq!((ann.get("name"), ann.get("title")), (Some(&json!("Ann")), Some(&json!("Clerk"))));
    for (wrong, said) in [("mail", "must be a column and a field"), ("=email", "must be"), ("mail=", "must be")] {
        let refused = desk.run(&["import", "people", "staff.csv", "--map", wrong]);
        assert!(refused.code == Some(2) && refused.err.contains(said), "{wrong}: {refused:?}");
    }
}

#[test]
fn a_trial_says_what_of_each_thing_would_be_different() {
    let desk = Desk::new();
    let rows = [
        json!({ "skill": { "name": "Billing" } }),
        json!({ "language": { "name": "Spanish" } }),
        json!({ "person": { "email": "zoe@example.org", "name": "Zoë" } }),
        json!({ "person": {
            "email": "ann@example.org", "name": "Ann", "title": "Clerk", "phone": "+447700900001", "skills": { "Billing": 2 },
        } }),
        json!({ "group": { "key": "owls", "name": "Owls", "description": "Awake", "owners": ["ann@example.org"] } }),
        json!({ "membership": { "group": "owls", "member": "zoe@example.org" } }),
    ];
    let lines = |rows: &[Value]| rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    desk.write("before.jsonl", lines(&rows));
    assert_eq!(counts(&desk.run(&["import", "all", "before.jsonl", "--json"])), [6, 0, 0, 0]);
    let rule = json!({ "skillConditions": [{ "operation": "And", "routingSkillConditions": [
        { "routingSkill": "Billing", "comparator": "GreaterThan", "proficiency": 2 }], "languageSkillConditions": [] }] });
    let rows = [
        json!({ "skill": { "name": "BILLING" } }),
        json!({ "person": { "email": "zoe@example.org", "name": "Zoë" } }),
        json!({ "person": {
            "email": "ann@example.org", "title": "", "department": "Support", "manager": "zoe@example.org",
            "phone": "+447700900002", "skills": { "Billing": 4 }, "languages": { "Spanish": 1.5 }, "state": "inactive",
            "certifications": ["First aid"],
        } }),
        json!({ "group": {
            "key": "owls", "name": "Night Owls", "description": "", "owners": ["zoe@example.org"], "rule": rule,
            "includeOwners": false,
        } }),
        json!({ "membership": { "group": "owls", "member": "zoe@example.org" } }),
        json!({ "membership": { "group": "owls", "member": "ann@example.org" } }),
        json!({ "person": { "email": "new@example.org", "name": "New" } }),
        json!({ "person": { "email": "ann@example.org", "title": "Head" } }),
    ];
    desk.write("after.jsonl", lines(&rows));
    desk.write(
        "people.csv",
        "email,name,title,manager\nann@example.org,Ann,Head,zoe@example.org\nzoe@example.org,Zoë,,ann@example.org\n",
    );
    let mut text = desk.transcript(&["import", "all", "after.jsonl", "--dry-run", "-v"]);
    text += &desk.transcript(&["import", "people", "people.csv", "--dry-run", "-v"]);
    // Without --dry-run, old values are not reported.
    text += &desk.transcript(&["import", "all", "after.jsonl", "-v"]);
    insta::assert_snapshot!(text);
}

#[test]
fn the_file_of_refused_records_has_a_bound() {
    let desk = Desk::new();
    let mut text = "{\"email\":\"ann@example.org\",\"name\":\"Ann\"}\n".to_owned();
    for n in 0..10_042 {
        writeln!(text, "no record {n}").expect("text grows");
    }
    desk.write("people.jsonl", text);
    let said = desk.run(&["import", "people", "people.jsonl", "--json"]);
    assert_eq!((said.code, counts(&said)), (Some(1), [1, 0, 0, 10_042]), "{}", said.err);
    let sentence = "10042 rows were refused; people.jsonl.errors.jsonl says why, of the first 10000";
    assert_eq!(said.err, format!("convoke: {sentence}\n"));
    let errors = desk.read("people.jsonl.errors.jsonl");
    assert_eq!(errors.lines().count(), 10_000);
    assert!(errors.lines().last().is_some_and(|last| last.contains("\"no record 9999\"")));
}
