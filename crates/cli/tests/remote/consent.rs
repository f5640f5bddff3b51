//! Confirmation of changes that are hard to undo, and dry runs.

use crate::caller::{Caller, server};

fn exists(caller: &Caller, command: &[&str]) -> bool {
    caller.run(command).code == Some(0)
}

#[test]
fn a_person_is_asked_before_something_is_deleted() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let ann = caller.field(&["users", "create", "--name", "Ann", "--email", "ann@example.org"], "id");
    let night = caller.field(&["groups", "create", "--name", "Night", "--owner", "ann"], "id");
    caller.out(&["groups", "create", "--name", "Desk"]);
    caller.out(&["groups", "subgroups", "add", "night", "desk"]);
    let (group, user) = (&["groups", "get", &*night][..], &["users", "get", &*ann][..]);
    let group_line = format!("the group Night ({night}): 1 member, 1 group beneath it that stays");
    let user_line = format!("the user Ann ({ann}): member of 1 group, owner of 1 group");
    for (command, line, shown) in
        [(&["groups", "delete", "night"][..], &group_line, group), (&["users", "delete", "ann"], &user_line, user)]
    {
        let dry = caller.out(&[command, &["--dry-run"]].concat());
        assert_eq!(dry, format!("nothing was changed; it would delete {line}\n"));
        // With `-o name`, standard output has no sentence.
        let piped = caller.run(&[command, &["--dry-run", "-o", "name"]].concat());
        assert_eq!((piped.code, piped.out, piped.err), (Some(0), String::new(), dry));
        for (answer, said) in [("n\n", "n\nconvoke: nothing was changed\n"), ("\n", "\nconvoke: nothing was changed\n")]
        {
            assert_eq!(caller.answering(command, answer), format!("Delete {line}? [y/N] {said}"));
            assert!(exists(&caller, shown), "{command:?}");
        }
        // End of input counts as no.
        assert!(caller.answering(command, "\u{4}").ends_with("convoke: nothing was changed\n"));
        assert!(exists(&caller, shown), "{command:?}");
    }
    assert_eq!(
        caller.answering(&["users", "delete", "ann"], "y\n"),
        format!("Delete {user_line}? [y/N] y\ndeleted {user_line}\n")
    );
    assert!(!exists(&caller, user));
    let shown = caller.on_terminal(&["groups", "delete", "night", "--yes"], None);
    assert!(shown.starts_with("deleted the group Night ("), "{shown}");
    assert!(!exists(&caller, group));
    // A script is not asked.
    caller.out(&["skills", "create", "Billing"]);
    caller.out(&["users", "create", "--name", "Bo", "--email", "bo@example.org"]);
    caller.out(&["users", "skills", "add", "bo", "Billing=3"]);
    let skill = caller.field(&["skills", "get", "Billing"], "id");
    let deleted = caller.out(&["skills", "delete", "billing"]);
    assert_eq!(deleted, format!("deleted the routing skill Billing ({skill}): held by 1 user\n"));
    caller.out(&["clients", "create", "--name", "Reports", "--role", "reader"]);
    assert!(caller.out(&["clients", "delete", "reports"]).ends_with(": its tokens end\n"));
    assert!(caller.out(&["groups", "delete", "desk"]).starts_with("deleted the group Desk ("));
}

#[test]
fn a_rule_says_who_comes_and_goes() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    caller.out(&["skills", "create", "Billing"]);
    for (name, proficiency) in [("ann", 1), ("bo", 3), ("cy", 5)] {
        let email = format!("{name}@example.org");
        caller.out(&["users", "create", "--name", name, "--email", &email]);
        caller.out(&["users", "skills", "add", name, &format!("Billing={proficiency}")]);
    }
    let desk = caller.field(&["groups", "create", "--name", "Desk"], "id");
    // An individual remains a member whatever the rule is, so it is not reported.
    caller.out(&["groups", "add", "desk", "cy"]);
    let set = |rule: &str| caller.out(&["groups", "dynamic", "set", "desk", rule]);
    assert_eq!(set("Billing<=3"), format!("set the rule of Desk ({desk}): +2 \u{2212}0 members\n"));
    let command = ["groups", "dynamic", "set", "desk", "Billing>=3"];
    let dry = caller.out(&[&command[..], &["--dry-run"]].concat());
    assert_eq!(dry, format!("nothing was changed; it would set the rule of Desk ({desk}): +0 \u{2212}1 members\n"));
    let shown = caller.answering(&command, "no\n");
    let asked =
        format!("Set the rule of Desk ({desk}): +0 \u{2212}1 members? [y/N] no\nconvoke: nothing was changed\n");
    assert_eq!(shown, asked);
    assert_eq!(caller.out(&["groups", "dynamic", "get", "desk"]), "Billing<=3\n");
    let shown = caller.answering(&["groups", "dynamic", "remove", "desk"], "y\n");
    assert!(shown.ends_with(&format!("took the rule from Desk ({desk}): +0 \u{2212}2 members\n")), "{shown}");
    // No member is lost, so nobody is asked.
    let shown = caller.on_terminal(&["groups", "dynamic", "set", "desk", "Billing>=5"], None);
    assert_eq!(shown, format!("set the rule of Desk ({desk}): +0 \u{2212}0 members\n"));
}

#[test]
fn a_person_is_asked_before_many_are_taken_out() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let caller = Caller::of(&server);
    let emails: Vec<String> = (0..11).map(|n| format!("p{n}@example.org")).collect();
    let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
    for email in &emails {
        caller.out(&["users", "create", "--name", email, "--email", email]);
    }
    let group = caller.field(&["groups", "create", "--name", "Many"], "id");
    caller.out(&[&["groups", "add", "many"], &emails[..]].concat());
    let all = [&["groups", "remove", "many"], &emails[..]].concat();
    let shown = caller.answering(&all, "n\n");
    assert_eq!(shown, format!("Take 11 users out of Many ({group})? [y/N] n\nconvoke: nothing was changed\n"));
    let shown = caller.on_terminal(&["groups", "remove", "many", "p0@example.org"], None);
    assert_eq!(shown, format!("1 user taken out of Many ({group})\n"));
    let shown = caller.on_terminal(&["groups", "owners", "remove", "many", "p0@example.org"], None);
    assert_eq!(shown, format!("took 0 users out of the owners of Many ({group}), 1 did not own it\n"));
    let shown = caller.answering(&all, "yes\n");
    assert!(shown.ends_with(&format!("10 users taken out of Many ({group}), 1 was no member\n")), "{shown}");
}
