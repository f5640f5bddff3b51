//! Names in place of ids, if they are unique.

use crate::caller::{Caller, server};

#[test]
fn a_name_that_one_thing_has_stands_for_its_id() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let ann = caller.field(&["users", "create", "--name", "Zoë Archer", "--email", "zoe@example.org"], "id");
    caller.out(&["skills", "create", "Billing"]);
    caller.out(&["clients", "create", "--name", "Reports", "--role", "reader"]);
    caller.out(&["connectors", "create", "--name", "Timesheets", "--phone", "+447700900123"]);
    let night = caller.field(&["groups", "create", "--name", "Straße nights", "--owner", "zoë archer"], "id");
    let desk = caller.field(&["groups", "create", "--name", "Desk"], "id");
    let id = |arguments: &[&str]| caller.field(arguments, "id");
    // Names are compared as the server does, with full case folding.
    for name in ["Straße nights", "STRASSE NIGHTS", &night] {
        assert_eq!(id(&["groups", "get", name]), night, "{name}");
    }
    for name in ["zoë ARCHER", "Zoe@Example.org", &ann] {
        assert_eq!(id(&["users", "get", name]), ann, "{name}");
    }
    let home = id(&["divisions", "home"]);
    assert_eq!(id(&["divisions", "get", "home"]), home);
    assert_eq!(id(&["clients", "get", "administrator"]), "test");
    assert_eq!(id(&["clients", "get", "test"]), "test");
    caller.out(&["connectors", "get", "timesheets"]);
    for command in [
        &["groups", "add", "desk", "zoë archer"][..],
        &["groups", "members", "desk"],
        &["groups", "individuals", "desk"],
        &["groups", "update", "desk", "--description", "In front"],
        &["groups", "subgroups", "add", "straße nights", "desk"],
        &["groups", "subgroups", "list", "straße nights"],
        &["groups", "subgroups", "remove", "straße nights", "desk"],
        &["groups", "dynamic", "set", "desk", "Billing>=3"],
        &["groups", "dynamic", "get", "desk"],
        &["groups", "dynamic", "remove", "desk"],
        &["groups", "explain", "desk", "zoë archer"],
        &["groups", "profile", "desk"],
        &["groups", "voicemail", "set", "desk", "--overflow", "straße nights"],
        &["groups", "voicemail", "get", "desk"],
        &["groups", "owners", "list", "straße nights"],
        &["groups", "list", "--id", "desk"],
        &["users", "list", "--id", "zoë archer"],
        &["users", "groups", "zoë archer"],
        &["users", "update", "zoë archer", "--manager", "zoe@example.org"],
    ] {
        caller.out(command);
    }
    // Names in place of ids in searches.
    for (noun, search, expected) in [
        ("users", "groups=desk and not groups=\"straße nights\"", 0),
        ("users", "groups in (desk)", 1),
        ("groups", "ownerIds=\"zoë archer\" or memberIds=zoe@example.org", 2),
        ("users", "manager=\"zoë archer\"", 1),
    ] {
        let found = caller.json(&[noun, "search", search]);
        assert_eq!(found.get("total").and_then(serde_json::Value::as_i64), Some(expected), "{search}: {found}");
    }
    assert!(caller.out(&["groups", "delete", "desk"]).starts_with(&format!("deleted the group Desk ({desk})")));
}

#[test]
fn a_connector_names_its_groups() {
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
    .fold(caller.again(), |caller, (name, part)| {
        caller.with(name, made.get(part).and_then(serde_json::Value::as_str).expect("a new connector has it"))
    });
    let run = |arguments: &[&str]| caller.out(&[&["kaizala"], arguments].concat());
    run(&["groups", "create", "--name", "Night Watch", "--member", "+911088888888"]);
    run(&["groups", "create", "--name", "Beneath"]);
    run(&["subgroups", "add", "night watch", "beneath"]);
    assert!(run(&["subgroups", "list", "night watch"]).contains("Beneath"));
    assert!(run(&["members", "list", "Night Watch"]).contains("+911088888888"));
    run(&["subgroups", "remove", "night watch", "beneath"]);
    assert!(run(&["groups", "get", "BENEATH"]).contains("Beneath"));
    assert_eq!(caller.run(&["kaizala", "groups", "get", "nowhere"]).code, Some(1));
}

#[test]
fn of_several_of_one_name_the_choices_are_listed() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let one = caller.field(&["groups", "create", "--name", "Night Shift", "--type", "social"], "id");
    let two = caller.field(&["groups", "create", "--name", "night shift"], "id");
    let said = caller.run(&["groups", "delete", "NIGHT SHIFT"]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
    assert!(said.err.starts_with("convoke: 2 groups have the name \"NIGHT SHIFT\"; name one by its id:\n"), "{said:?}");
    for line in
        [format!("  {one}  Night Shift  social, 0 members"), format!("  {two}  night shift  official, 0 members")]
    {
        assert!(said.err.lines().any(|said| said == line), "{said:?}");
    }
    let said = caller.run(&["groups", "members", "Day Shift"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.starts_with("convoke: there is no group \"Day Shift\""), "{said:?}");
    for email in ["a@example.org", "b@example.org"] {
        caller.out(&["users", "create", "--name", "Kim Lee", "--email", email, "--department", "Support"]);
    }
    let said = caller.run(&["users", "get", "kim lee"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("Kim Lee  b@example.org, Support\n"), "{said:?}");
    // An id is used without a search, and an id that does not exist is not searched for as a name.
    let said = caller.run(&["groups", "get", "853654b2-5874-462d-b709-0c4e43a7083f"]);
    assert!(said.err.contains("the group [853654b2-5874-462d-b709-0c4e43a7083f] does not exist"), "{said:?}");
}
