//! Running other programs: told on stderr, from the workspace root, each within a time limit.
//!
//! A program that this file started is ended by its own handle, never by name.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    thread::sleep,
    time::{Duration, Instant},
};

/// A chore's refusal: one sentence for the person who called it.
pub type Refusal = String;

/// How often a running program is asked whether it has ended.
const POLL: Duration = Duration::from_millis(20);

/// The folder of the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    here.as_deref()
        .and_then(Path::parent)
        .map_or_else(|| std::env::current_dir().expect("a process has a current folder"), Path::to_path_buf)
}

/// The cargo that called this chore, in the workspace root.
pub fn cargo(args: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).current_dir(root());
    command
}

/// Says what is about to happen.
pub fn say(line: &str) {
    eprintln!("xtask: {line}");
}

/// Runs `command` to its end; anything but success within `limit` is a refusal naming `what`.
pub fn must(what: &str, command: &mut Command, limit: Duration) -> Result<(), Refusal> {
    say(what);
    let mut child = command.spawn().map_err(|cause| format!("{what}: cannot start: {cause}"))?;
    match wait(&mut child, limit) {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("{what}: {status}")),
        None => Err(format!("{what}: not done after {} s", limit.as_secs())),
    }
}

/// Waits for `child` up to `limit`, then ends it; `None` says that it had to be ended.
pub fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => sleep(POLL),
            Ok(None) | Err(_) => {
                // Either may fail only because the process is gone already.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}
