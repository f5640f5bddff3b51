//! A copy has the same rows as the original, byte by byte.

use crate::caller::{Caller, server};
use crate::{SECRET, counts, demo, everything, exported, import};
use std::fs;
use std::process::Stdio;

/// Rows that the demo organisation does not have. The skill of the last rule is deleted later.
const RICH: &str = r#"{"skill":{"name":"Sword; \"swallowing\", ½"}}
{"skill":{"name":"Lost"}}
{"language":{"name":"日本語"}}
{"person":{"id":"0000000a-0000-4000-8000-000000000001","name":"Zoë \"Z\" Ōkami, 狼","email":"zoe@example.org","state":"inactive","username":"zoe","preferredName":"Z","title":"Head; of nothing","department":"Süd","givenName":"Zoë","familyName":"Ōkami; 狼","costCenter":"4711, \"south\"","addresses":[{"address":"+447700900001","mediaType":"PHONE","type":"MOBILE"},{"address":"+44 20 7946 0001","mediaType":"PHONE","type":"WORK","extension":"12","countryCode":"GB","integration":"desk"},{"extension":"77","mediaType":"PHONE","type":"WORK2"},{"address":"z@home.example","mediaType":"EMAIL","type":"HOME"}],"images":[{"resolution":"x96","imageUri":"https://example.org/z.png"}],"profileSkills":["chess","goals, \"own\""],"certifications":["ISO 9001"],"employerInfo":{"officialName":"Zoë Ōkami","employeeId":"7","employeeType":"full-time","dateHire":"2020-02-29"},"biography":{"biography":"Line one\nline two\n\nline four","interests":["owls"],"hobbies":["juggling"],"spouse":"Ann"},"acdAutoAnswer":true,"skills":{"Sword; \"swallowing\", ½":4.5},"languages":{"日本語":0}}}
{"person":{"id":"0000000a-0000-4000-8000-000000000002","name":"First, reports to the second"}}
{"person":{"id":"0000000a-0000-4000-8000-000000000003","name":"Second, reports to the first","manager":"0000000a-0000-4000-8000-000000000002"}}
{"person":{"id":"0000000a-0000-4000-8000-000000000002","manager":"0000000a-0000-4000-8000-000000000003"}}
{"group":{"key":"night-owls","name":"Night Owls","description":"Awake when others sleep,\r\nand \"asleep\" when others wake\n","type":"social","state":"inactive","visibility":"owners","rulesVisible":false,"rolesEnabled":false,"includeOwners":false,"callsEnabled":false,"email":"owls@example.org","owners":["zoe@example.org","0000000a-0000-4000-8000-000000000002"],"addresses":[{"address":"+442079460002","type":"GROUPRING","mediaType":"PHONE"},{"extension":"5","type":"GROUPPHONE","mediaType":"PHONE"}],"images":[{"imageUri":"https://example.org/owl.png"}],"rule":{"skillConditions":[{"operation":"Or","routingSkillConditions":[{"routingSkill":"sword; \"SWALLOWING\", ½","comparator":"GreaterThan","proficiency":3,"childConditions":[{"operation":"Not","routingSkillConditions":[],"languageSkillConditions":[{"languageSkill":"日本語","comparator":"EqualTo","proficiency":5}]}]}],"languageSkillConditions":[]}]}}}
{"group":{"key":"lost","name":"Lost","rule":{"skillConditions":[{"routingSkillConditions":[{"routingSkill":"Lost","comparator":"EqualTo","proficiency":1}]}]}}}
{"membership":{"group":"night-owls","member":"zoe@example.org"}}
{"membership":{"group":"lost","member":"0000000a-0000-4000-8000-000000000003"}}
{"subgroup":{"group":"lost","subgroup":"night-owls"}}
"#;

/// A server with every kind of row.
fn rich() -> (Caller, crate::Server) {
    let stranger = Caller::stranger();
    let server = demo(&stranger);
    let caller = Caller::of(&server);
    assert_eq!(import(&caller, "all", RICH), [11, 1, 0, 0]);
    // A person who is known by number only, and a deleted one.
    caller.out(&["connectors", "create", "--name", "Reports", "--phone", "+447700900555"]);
    caller.out(&["users", "create", "--name", "Gone", "--email", "gone@example.org"]);
    caller.out(&["users", "delete", "gone@example.org"]);
    caller.out(&["skills", "delete", "Lost"]);
    (caller, server)
}

/// Checks the message about a rule that cannot be copied.
fn says_what_is_left_out(said: &str) {
    assert!(said.starts_with("left out: rules of groups, with skills that are not there (1): "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn an_export_of_an_import_is_the_same_export() {
    let (from, _server) = rich();
    let folder = tempfile::tempdir().expect("a folder for the test");
    let file = folder.path().join("all.jsonl");
    let name = file.to_str().expect("a name in UTF-8");
    let said = from.run(&["export", "all", name]);
    let first = fs::read_to_string(&file).expect("the export");
    let (left_out, written) = said.err.trim_end().rsplit_once('\n').unwrap_or_default();
    assert_eq!(said.code, Some(0), "{said:?}");
    says_what_is_left_out(&format!("{written}\n"));
    assert_eq!(left_out, format!("{name}: {} rows", first.lines().count()));
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing is left over");
    for expected in
        ["\"state\":\"inactive\"", "Line one\\nline two", "\"name\":\"+447700900555\"", "\"rule\":{", "subgroup"]
    {
        assert!(first.contains(expected), "{expected}");
    }
    assert!(!first.contains("gone@example.org") && !first.contains("\"version\"") && !first.contains("dateModified"));

    let store = tempfile::tempdir().expect("a folder for the test");
    let server = server(store.path());
    let to = Caller::of(&server);
    let n_rows = first.lines().count() as u64;
    // The person that every organisation has at the start exists, with the same id.
    let trial = counts(&to.run(&["import", "all", name, "--dry-run", "--json"]));
    assert_eq!((trial.iter().sum::<u64>(), trial[2], trial[3]), (n_rows, 1, 0));
    assert_eq!(everything(&to).lines().count(), 1, "a trial changes nothing");
    assert_eq!(counts(&to.run(&["import", "all", name, "--json"])), trial);
    assert_eq!(everything(&to), first);
    assert_eq!(counts(&to.run(&["import", "all", name, "--json"])), [0, 0, n_rows, 0]);
    to.out(&["verify"]);
}

#[test]
fn a_pull_copies_a_server_and_again_what_is_new() {
    let (from, source) = rich();
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let to = Caller::of(&server);
    let url = format!("http://{}", source.address);
    let login = ["login", "--profile", "source", "--url", &url, "--client-id", "test", "--client-secret", SECRET];
    assert_eq!(to.run(&login).code, Some(0));
    let pull = |flags: &[&str]| {
        let said = to.run(&[&["pull", "--from", "source", "--json"], flags].concat());
        assert_eq!(said.code, Some(0), "{said:?}");
        says_what_is_left_out(&said.err);
        counts(&said)
    };
    let trial = pull(&["--dry-run"]);
    assert_eq!(everything(&to).lines().count(), 1, "a trial changes nothing");
    assert_eq!(pull(&["--concurrency", "1"]), trial);
    let copied = everything(&to);
    assert_eq!(copied, from.run(&["export", "all", "-"]).out);
    assert_eq!(pull(&[])[..2], [0, 0]);
    assert_eq!(import(&from, "people", "{\"email\":\"zoe@example.org\",\"title\":\"Nothing\"}"), [0, 1, 0, 0]);
    let said = to.run(&["pull", "--from", "source", "--verbose"]);
    let (changed, counts) = said.out.split_once('\n').unwrap_or_default();
    assert!(changed.starts_with("row ") && changed.ends_with(": changed zoe@example.org"), "{said:?}");
    assert!(counts.starts_with("0 created, 1 changed, ") && counts.contains(" 0 refused; "), "{said:?}");

    let said = to.run(&["pull", "--from", "nowhere"]);
    assert!(said.code == Some(1) && said.err.contains("there is no profile \"nowhere\""), "{said:?}");
    drop(source);
    let said = to.run(&["pull", "--from", "source"]);
    assert!(said.code == Some(3) && said.err.contains("source: http://127.0.0.1:"), "{said:?}");
}

#[test]
fn tables_have_what_fits_into_them() {
    let (from, _source) = rich();
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let to = Caller::of(&server);
    for kind in ["people", "groups", "memberships"] {
        let file = folder.path().join(format!("{kind}.csv"));
        let name = file.to_str().expect("a name in UTF-8");
        assert_eq!(from.run(&["export", kind, name, "--delimiter", ";"]).code, Some(0));
        let first = fs::read_to_string(&file).expect("the export");
        let said = to.run(&["import", kind, name, "--delimiter", ";"]);
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{kind}: {said:?}");
        assert_eq!(to.out(&["export", kind, "-", "--delimiter", ";"]), first);
        // JSON Lines can have all fields. Skills come before the people who have them.
        if kind == "people" {
            let skills = from.run(&["export", "all", "-"]).out;
            let skills = skills.lines().filter(|row| row.contains("{\"skill\"") || row.contains("{\"language\""));
            import(&to, "all", &skills.collect::<Vec<_>>().join("\n"));
        }
        let whole = from.run(&["export", kind, "-", "--format", "jsonl"]).out;
        let whole = whole.lines().filter(|row| !row.contains("\"Lost\""));
        import(&to, kind, &whole.collect::<Vec<_>>().join("\n"));
    }
    assert_eq!(exported(&to, "people"), exported(&from, "people"));
    assert_eq!(exported(&to, "memberships"), exported(&from, "memberships"));
}

#[test]
fn who_closes_the_pipe_has_read_enough() {
    let stranger = Caller::stranger();
    let server = demo(&stranger);
    for arguments in [["export", "all", "-"], ["export", "people", "-"]] {
        let mut command = Caller::of(&server).command(&arguments);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command can be started");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]), "{arguments:?}");
    }
}
