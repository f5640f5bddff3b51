//! `cargo xtask test` as a person calls it. Scripts of the test take the place of cargo and the tools.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long anything may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);
/// The output of cargo for two test programs, one of which fails.
const OUTPUT: &str = "cat <<'END'
     Running unittests src/lib.rs (target/debug/deps/convoke_core-0123456789abcdef)

running 3 tests
test a ... ok
test b ... ok
test c ... ignored, needs the moon

test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

     Running tests/rules.rs (target/debug/deps/rules-0123456789abcdef)

running 2 tests
test d ... ok
test e ... FAILED

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s

END
";
/// The output of cargo for the program that needs more than cargo.
const OTHER: &str = "cat <<'END'
     Running tests/syscalls.rs (target/debug/deps/syscalls-0123456789abcdef)

running 1 test
test f ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s

END
";
/// Leaves an orphaned process and a folder, and writes down their id and path.
const LEAVE: &str = "
mkdir \"$TMPDIR/left\"
(sleep 1000 > /dev/null 2>&1 & echo $! > \"$NOTES/process\")
echo \"$TMPDIR\" > \"$NOTES/folder\"
";

/// An environment for `xtask`: a folder with scripts in place of programs, and one for what they write down.
struct Machine {
    folder: TempDir,
}

impl Machine {
    /// An environment whose cargo does nothing for the build, then runs this script for `cargo test`, and then prints
    /// [`OTHER`] for the program that needs more than cargo.
    fn with_cargo(script: &str) -> Machine {
        let machine = Machine { folder: tempfile::tempdir().expect("a folder for the test") };
        machine.program("strace", "");
        let other = format!("case \"$*\" in *--test\\ syscalls*)\n{OTHER}exit;; esac");
        machine.program("cargo", &format!("case \"$*\" in *--no-run*) exit;; esac\n{other}\n{script}"));
        machine
    }

    fn program(&self, name: &str, script: &str) {
        let file = self.folder.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}")).expect("a program");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("it may be run");
    }

    fn xtask(&self, parts: &[&str], path: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg("test").args(parts).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // These tests may be a part of `cargo xtask test` themselves.
        command.env_remove("XTASK_MEMORY");
        command.env("PATH", path).env("NOTES", self.folder.path()).env("CARGO", self.folder.path().join("cargo"));
        command
    }

    fn start(&self, parts: &[&str]) -> Child {
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}", self.folder.path().display());
        self.xtask(parts, &path).spawn().expect("xtask can be started")
    }

    /// A text that a script has written down; waits until it is there.
    fn note(&self, name: &str) -> String {
        let file = self.folder.path().join(name);
        let mut note = String::new();
        wait_until(&format!("{name} is noted"), || {
            note = fs::read_to_string(&file).unwrap_or_default();
            note.ends_with('\n')
        });
        note.trim().to_owned()
    }

    /// Asserts that everything that `LEAVE` left is gone.
    fn is_clean(&self) {
        let process = Path::new("/proc").join(self.note("process"));
        assert!(!process.exists(), "{} runs on", process.display());
        let folder = PathBuf::from(self.note("folder"));
        assert!(!folder.exists(), "{} is still there", folder.display());
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
        sleep(Duration::from_millis(5));
    }
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn what_is_missing_is_told_at_once_and_only_for_the_chosen_parts() {
    let machine = Machine::with_cargo("echo > \"$NOTES/ran\"");
    for (parts, packages) in [
        (&[][..], "apt-get install python3 python3-venv nodejs npm strace\n"),
        (&["js"], "apt-get install nodejs npm\n"),
        (&["python", "cargo"], "apt-get install python3 python3-venv strace\n"),
    ] {
        let refused = machine.xtask(parts, "/nowhere").output().expect("xtask can be started");
        let (_, told) = said(&refused);
        assert_eq!(refused.status.code(), Some(1), "{told}");
        assert!(told.contains(packages), "{told}");
    }
    assert!(!machine.folder.path().join("ran").exists(), "something began");
}

#[test]
fn tests_are_counted_and_what_they_leave_is_removed() {
    let machine = Machine::with_cargo(&format!("{OUTPUT}{LEAVE}exit 101"));
    let output = machine.start(&["cargo"]).wait_with_output().expect("it ends");
    let (shown, told) = said(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(shown.contains("test a ... ok\n") && shown.ends_with("\n4 passed, 1 failed, 1 ignored\n"), "{shown}");
    assert!(told.contains("what failed:\nxtask:   cargo test: rules: e\n"), "{told}");
    assert!(told.contains("ended what was left running: sleep ("), "{told}");
    machine.is_clean();
}

#[test]
fn a_run_that_is_interrupted_leaves_nothing() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
        let machine = Machine::with_cargo(&format!("{LEAVE}exec sleep 1000"));
        let mut xtask = machine.start(&["cargo"]);
        machine.note("folder");
        let id = i32::try_from(xtask.id()).expect("the number of a process is small");
        kill(Pid::from_raw(id), signal).expect("it runs");
        let mut status = None;
        wait_until("xtask ends", || {
            status = xtask.try_wait().expect("it is a child");
            status.is_some()
        });
        assert_eq!(status.and_then(|status| status.code()), Some(code));
        machine.is_clean();
    }
}
