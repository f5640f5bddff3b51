//! Texts of people that are specific to Convoke, from the flag to the disk and back.

use crate::caller::{Caller, server};

/// Each flag with the field that it sets.
const OWN_TEXTS: &[(&str, &str)] =
    &[("--given-name", "givenName"), ("--family-name", "familyName"), ("--cost-center", "costCenter")];

#[test]
fn texts_of_our_own_are_set_shown_found_and_kept() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let first = server(folder.path());
    let caller = Caller::of(&first);
    for (flag, field) in OWN_TEXTS {
        let email = &format!("{field}@example.org");
        caller.out(&["users", "create", "--name", "Ann", "--email", email, flag, "One"]);
        assert_eq!(caller.field(&["users", "get", email], field), "One");
        caller.out(&["users", "update", email, flag, "Two Three"]);
        let find = format!("{field}^=two and has {field}");
        let found = caller.out(&["users", "search", &find, "--columns", "email", "--no-headers"]);
        assert_eq!(found.trim(), *email);
        let listed = caller.out(&["users", "list", "--expand", field, "--columns", field, "--no-headers"]);
        assert!(listed.lines().any(|line| line.trim() == "Two Three"), "{listed}");
    }
    drop(first);
    let second = server(folder.path());
    let caller = Caller::of(&second);
    for (flag, field) in OWN_TEXTS {
        let email = &format!("{field}@example.org");
        assert_eq!(caller.field(&["users", "get", email], field), "Two Three");
        caller.out(&["users", "update", email, flag, ""]);
        let shown = caller.out(&["users", "get", email, "--json"]);
        assert!(!shown.contains(&format!("\"{field}\":")), "{shown}");
    }
    caller.out(&["verify"]);
}
