//! Each operation of the tables has a command. This test runs all of them, and reads the server's metrics.

use crate::caller::{Caller, server_with};
use crate::server::Server;
use convoke_wire::{Description, genesys, kaizala, operator};
use serde_json::Value;
use std::io::{Read, Write};
use std::path::Path;

#[test]
fn each_operation_has_a_command() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let pins = folder.path().join("pins");
    let server = server_with(folder.path(), &["--pin-file", pins.to_str().expect("a name in UTF-8")]);
    let caller = Caller::of(&server);
    groups(&caller);
    users(&caller);
    others(&caller, &folder.path().join("copy.sqlite").display().to_string());
    second_api(&caller, &pins);

    let counted = metrics(&server);
    let missing = |api: &str, endpoints: Vec<Description>| {
        let is_counted = |endpoint: &Description| counted.contains(&(api.to_owned(), endpoint.name.to_owned()));
        let missing = endpoints.into_iter().filter(|endpoint| !is_counted(endpoint));
        missing.map(|endpoint| endpoint.name).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(missing("genesys", genesys::endpoints()), none);
    assert_eq!(missing("kaizala", kaizala::endpoints()), none);
    // The server counts these as requests of the first API.
    assert_eq!(missing("genesys", operator::endpoints()), none);
}

fn groups(caller: &Caller) {
    let ann = caller.field(&["users", "create", "--name", "Ann", "--email", "ann@example.org"], "id");
    let group = &*caller.field(&["groups", "create", "--name", "Night", "--type", "social"], "id");
    let beneath = &*caller.field(&["groups", "create", "--name", "Beneath", "--owner", "ann@example.org"], "id");
    caller.out(&["skills", "create", "Billing"]);
    let found = caller.json(&["groups", "search", "name^=night", "--page-size", "1"]);
    let link = found.get("currentPage").and_then(Value::as_str).expect("a link");
    for command in [
        &["groups", "list"][..],
        &["groups", "get", group],
        &["groups", "update", group, "--description", "Awake"],
        &["groups", "search", "--q64", link],
        &["groups", "add", group, "ann@example.org"],
        &["groups", "members", group],
        &["groups", "individuals", group],
        &["groups", "explain", group, &ann],
        &["groups", "remove", group, &ann],
        &["groups", "subgroups", "add", group, beneath],
        &["groups", "subgroups", "list", group],
        &["groups", "subgroups", "remove", group, beneath],
        &["groups", "dynamic", "preview", "Billing>=3"],
        &["groups", "dynamic", "set", group, "Billing>=3"],
        &["groups", "dynamic", "get", group],
        &["groups", "dynamic", "remove", group],
        &["groups", "profile", group],
        &["groups", "profiles"],
        &["groups", "voicemail", "set", group, "--enabled", "true"],
        &["groups", "voicemail", "get", group],
        &["groups", "delete", group],
    ] {
        caller.out(command);
    }
}

fn users(caller: &Caller) {
    let user = "bob@example.org";
    let id = &*caller.field(&["users", "create", "--name", "Bob", "--email", user], "id");
    caller.out(&["skills", "create", "Juggling"]);
    caller.out(&["languages", "create", "Spanish"]);
    caller.out(&["languages", "create", "Welsh"]);
    let found = caller.json(&["users", "search", "name=Bob"]);
    let link = found.get("currentPage").and_then(Value::as_str).expect("a link");
    let (_, q64) = link.split_once("q64=").expect("a search");
    // A client that acts for a person has a current user.
    let client = caller.json(&["clients", "create", "--name", "Bob's", "--role", "reader", "--user", user]);
    let part = |name: &str| client.get(name).and_then(Value::as_str).expect("a new client has it");
    caller.out(&["users", "me", "--client-id", part("id"), "--client-secret", part("secret")]);
    for command in [
        &["users", "list"][..],
        &["users", "get", user],
        &["users", "update", user, "--title", "Clerk"],
        &["users", "search", "--q64", q64],
        &["users", "skills", "add", user, "Juggling=3"],
        &["users", "skills", "add", user, "Juggling=3", "Billing=4"],
        &["users", "skills", "set", user, "Juggling=5"],
        &["users", "skills", "list", user],
        &["users", "skills", "remove", user, "Juggling"],
        &["users", "skills", "replace", user, "Billing=1"],
        &["users", "languages", "add", user, "Spanish=3"],
        &["users", "languages", "add", user, "Spanish=3", "Welsh=0"],
        &["users", "languages", "set", user, "Spanish=5"],
        &["users", "languages", "list", user],
        &["users", "languages", "remove", user, "Spanish"],
        &["users", "profile-skills", "replace", user, "Whistling"],
        &["users", "profile-skills", "list", user],
        &["users", "delete", id],
    ] {
        caller.out(command);
    }
    // The first user was deleted, so there is nothing to list.
    assert_eq!(caller.run(&["users", "groups", id]).code, Some(1), "one that was deleted has no groups");
    assert_eq!(caller.run(&["users", "groups", "ann@example.org"]).code, Some(0));
}

fn others(caller: &Caller, copy: &str) {
    let id = &*caller.field(&["clients", "create", "--name", "Reports", "--role", "reader"], "id");
    let connector = ["connectors", "create", "--name", "Reports", "--phone", "+447700900123"];
    let connector = &*caller.field(&connector, "applicationId");
    let division = &*caller.field(&["divisions", "home"], "id");
    for command in [
        &["skills", "list"][..],
        &["skills", "get", "Juggling"],
        &["skills", "rename", "Juggling", "Fire eating"],
        &["skills", "delete", "fire eating"],
        &["languages", "list"],
        &["languages", "get", "Welsh"],
        &["languages", "rename", "Welsh", "Cymraeg"],
        &["languages", "delete", "Cymraeg"],
        &["clients", "list"],
        &["clients", "get", id],
        &["clients", "update", id, "--description", "Monthly", "--role", "group creator"],
        &["clients", "delete", id],
        &["connectors", "list"],
        &["connectors", "get", connector],
        &["connectors", "regenerate", connector],
        &["connectors", "delete", connector],
        &["roles", "list"],
        &["roles", "get", "reader"],
        &["divisions", "list"],
        &["divisions", "get", division],
        &["permissions"],
        &["fields", "group"],
        &["org", "show"],
        &["org", "products"],
        &["org", "create", "Subsidiary"],
        &["token", "show"],
        &["token", "check"],
        &["token", "revoke"],
        &["verify"],
    ] {
        caller.out(command);
    }
    let backup = caller.run(&["backup", copy]);
    assert_eq!(backup.code, Some(0), "{backup:?}");
}

fn second_api(caller: &Caller, pins: &Path) {
    let phone = "+911099999999";
    let made = caller.json(&["connectors", "create", "--name", "Timesheets", "--phone", phone]);
    let part = |name: &str| made.get(name).and_then(Value::as_str).expect("a new connector has it").to_owned();
    let (id, secret, token) = (part("applicationId"), part("applicationSecret"), part("refreshToken"));
    let caller =
        [("CONVOKE_APPLICATION_ID", &id), ("CONVOKE_APPLICATION_SECRET", &secret), ("CONVOKE_REFRESH_TOKEN", &token)]
            .into_iter()
            .fold(caller.again(), |caller, (name, value)| caller.with(name, value));
    let run = |arguments: &[&str]| caller.out(&[&["kaizala"], arguments].concat());
    let group_id = |arguments: &[&str]| caller.field(&[&["kaizala"], arguments].concat(), "groupId");
    assert!(run(&["token"]).contains("access token"));
    run(&["pin", "send", phone]);
    let sent = std::fs::read_to_string(pins).expect("a PIN was written down");
    let sent: Value = serde_json::from_str(sent.lines().last().expect("a line")).expect("JSON");
    let pin = sent.get("pin").expect("a PIN").to_string();
    assert!(run(&["pin", "login", phone, pin.trim_matches('"')]).contains("(not shown again)"));

    let group = &*group_id(&["groups", "create", "--name", "Night", "--member", "+911088888888"]);
    let public = &*group_id(&["groups", "create", "--name", "News", "--type", "ConnectGroup"]);
    let beneath = &*group_id(&["subgroups", "create", group, "--name", "Beneath"]);
    let members = caller.json(&["kaizala", "members", "list", group]);
    let is_other = |member: &&Value| member.get("mobileNumber").and_then(Value::as_str) == Some("+911088888888");
    let member = members.pointer("/members").and_then(Value::as_array).and_then(|list| list.iter().find(is_other));
    let member = member.and_then(|member| member.get("id")?.as_str()).expect("the other member");
    for command in [
        &["me"][..],
        &["groups", "list", "--all"],
        &["groups", "get", group],
        &["subgroups", "list", group, "--all"],
        &["subgroups", "remove", group, beneath],
        &["subgroups", "add", group, beneath],
        &["members", "list", group],
        &["members", "add", group, "+911077777777"],
        &["members", "role", group, member, "admin"],
        &["members", "remove", group, member],
        &["subscribers", "add", public, "+911066666666"],
        &["subscribers", "list", public],
        &["subscribers", "list", public, "--by-get"],
        &["subscribers", "remove", public, "+911066666666"],
    ] {
        run(command);
    }
}

/// API and name of each operation that succeeded.
fn metrics(server: &Server) -> Vec<(String, String)> {
    let mut stream = server.connect(None).stream.into_inner();
    let request = "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("the server takes requests");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("metrics are text");
    let label = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!("{name}=\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let lines = text.lines().filter(|line| line.starts_with("convoke_requests_total{") && line.contains("2xx"));
    let lines = lines.filter(|line| !line.ends_with(" 0"));
    lines.filter_map(|line| Some((label(line, "dialect")?, label(line, "operation")?))).collect()
}
