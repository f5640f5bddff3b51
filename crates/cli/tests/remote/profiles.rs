//! Profiles: signing in once.

use crate::caller::{Caller, SECRET, server};
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn who_logged_in_is_known() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let url = format!("http://{}", server.address);
    let caller = Caller::stranger();
    let said = caller.run_with(&["login", "--url", &url, "--client-id", "test"], &format!("{SECRET}\n"));
    let file = caller.config().join("profiles.json");
    let expected =
        format!("signed in to {url} as Administrator of default; stored as profile default in {}\n", file.display());
    assert_eq!((said.code, said.out, said.err), (Some(0), expected, String::new()));
    assert_eq!((mode(&caller.config()), mode(&file)), (0o700, 0o600));
    assert_eq!(fs::read_dir(caller.config()).expect("the folder").count(), 1, "nothing is left over");
    assert!(caller.out(&["token", "show"]).contains("Administrator (test)"));

    // From the environment, under another name.
    let said = caller.run_with(&["login", "--url", &url, "--profile", "work", "--client-id", "test"], SECRET);
    assert_eq!(said.code, Some(0), "{said:?}");
    let listed = caller.out(&["profiles"]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(!listed.contains(SECRET) && listed.contains(&url), "{listed}");
    // Again: server and client id are in the profile.
    assert_eq!(caller.run_with(&["login", "--profile", "work"], SECRET).code, Some(0));
    caller.out(&["logout"]);
    let said = caller.run(&["token", "show"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains("run convoke login --url http://127.0.0.1:8080"), "{said:?}");
    assert!(caller.out(&["token", "show", "--profile", "work"]).contains("Administrator (test)"));
}

#[test]
fn a_wrong_secret_is_not_stored() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let url = format!("http://{}", server.address);
    let caller = Caller::stranger();
    let login = ["login", "--url", &url, "--client-id", "test"];
    for (typed, code, sentence) in [
        ("wrong\n", 1, "sign-in was refused: authentication failed"),
        ("\n", 2, "no secret of test was given"),
        ("", 2, "no secret"),
    ] {
        let said = caller.run_with(&login, typed);
        assert_eq!(said.code, Some(code), "{said:?}");
        assert!(said.err.contains(sentence), "{said:?}");
    }
    assert!(!caller.config().exists());
}

#[test]
fn a_secret_is_asked_for_and_not_shown() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let url = format!("http://{}", server.address);
    let caller = Caller::stranger();
    let typed = format!("{SECRET}\n");
    let login = ["login", "--url", &url, "--client-id", "test"];
    let shown = caller.on_terminal(&login, Some(("secret of test: ", &typed)));
    assert!(shown.contains("signed in to") && !shown.contains(SECRET), "{shown}");
    assert!(caller.out(&["org", "show"]).contains("default"));
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let url = format!("http://{}", server.address);
    let caller = Caller::stranger();
    caller.run_with(&["login", "--url", &url, "--client-id", "test"], SECRET);
    let file = caller.config().join("profiles.json");
    for open in [0o640, 0o604, 0o660] {
        fs::set_permissions(&file, fs::Permissions::from_mode(open)).expect("it is ours");
        for command in [&["groups", "list"][..], &["profiles"], &["login"]] {
            let said = caller.run(command);
            assert_eq!(said.code, Some(1), "{said:?}");
            assert!(said.err.contains(&format!("run chmod 600 '{}'", file.display())), "{said:?}");
        }
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it is ours");
    assert_eq!(caller.run(&["groups", "list"]).code, Some(0));
    fs::write(&file, "{").expect("it is ours");
    assert!(caller.run(&["groups", "list"]).err.contains("log in again"));
}

#[test]
fn flags_and_environment_go_first_and_a_secret_goes_nowhere_else() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let url = format!("http://{}", server.address);
    let caller = Caller::stranger();
    caller.run_with(&["login", "--url", &url, "--client-id", "test"], SECRET);
    let elsewhere = "http://127.0.0.1:9";
    for (arguments, code, sentence) in [
        (&["--url", &url][..], 0, ""),
        (&["--client-id", "test"], 0, ""),
        (&["--client-id", "test", "--client-secret", "wrong"], 1, "authentication failed"),
        (&["--url", elsewhere], 1, "is for http://127.0.0.1:"),
        (&["--region", "mypurecloud.de"], 1, "run convoke login --region mypurecloud.de --profile NAME"),
        (&["--client-id", "other"], 1, "is of client test; set both"),
        (&["--client-secret", SECRET], 1, "set both"),
        (&["--url", elsewhere, "--client-id", "test", "--client-secret", SECRET], 3, "cannot be reached"),
        (&["--access-token", "nobody's"], 1, "refused"),
        // Some generated secrets begin with a hyphen.
        (&["--access-token", "-nobody's"], 1, "refused"),
        (&["--client-id", "test", "--client-secret", "-wrong"], 1, "authentication failed"),
        (&["--profile", "none"], 1, "convoke login --profile 'none' makes it"),
    ] {
        let said = caller.run(&[&["org", "show"], arguments].concat());
        assert_eq!(said.code, Some(code), "{arguments:?}: {said:?}");
        assert!(said.err.contains(sentence), "{arguments:?}: {said:?}");
    }
    let caller = caller.with("CONVOKE_URL", elsewhere);
    assert_eq!(caller.run(&["org", "show", "--url", &url]).code, Some(0));
    let said = caller.with("CONVOKE_CLIENT_ID", "test").with("CONVOKE_CLIENT_SECRET", SECRET).run(&["org", "show"]);
    assert_eq!(said.code, Some(3), "{said:?}");
}

#[test]
fn a_profile_is_chosen_once() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let server = server(folder.path());
    let url = format!("http://{}", server.address);
    let caller = Caller::stranger();
    for profile in ["default", "work"] {
        let said = caller.run_with(&["--profile", profile, "login", "--url", &url, "--client-id", "test"], SECRET);
        assert_eq!(said.code, Some(0), "{said:?}");
    }
    let listed = caller.out(&["profiles", "-o", "csv"]);
    let expected = |in_use: &str| {
        let row = |name: &str| format!("{name},{url},test,{}\n", name == in_use);
        format!("profile,server,clientId,inUse\n{}{}", row("default"), row("work"))
    };
    assert_eq!(listed, expected("default"));
    assert_eq!(caller.out(&["use", "work"]), format!("commands call {url} as test from now on\n"));
    assert_eq!(caller.out(&["profiles", "-o", "csv"]), expected("work"));
    // Signing in again uses the selected profile, and does not change the selection.
    assert_eq!(caller.run_with(&["login"], SECRET).code, Some(0));
    assert_eq!(caller.out(&["profiles", "-o", "csv"]), expected("work"));
    // The other profile can be deleted; this one stays selected.
    caller.out(&["--profile", "default", "logout"]);
    assert!(caller.out(&["token", "show"]).contains("Administrator (test)"));
    let said = caller.run(&["use", "play"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (Some(1), "convoke: there is no profile \"play\"; convoke profiles lists them\n")
    );
    // Flags and environment have precedence.
    assert_eq!(caller.run(&["token", "show", "--profile", "default"]).code, Some(1));
    caller.out(&["logout"]);
    assert_eq!(caller.run(&["profiles"]).err, "no profiles; convoke login stores one\n");
}
