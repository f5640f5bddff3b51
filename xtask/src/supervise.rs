//! Every task runs in a child process. The parent waits, and cleans up.
//!
//! However the task ends (success, failure, panic, Ctrl-C or SIGTERM), the parent ends all processes that it or its
//! children left, and removes their temporary folders. Only SIGKILL of the parent itself leaves them.

mod processes;

use crate::run::{TaskError, say};
use nix::{
    mount::{MntFlags, umount2},
    sys::{
        prctl::set_child_subreaper,
        signal::{SigSet, Signal},
    },
};
use std::{
    env, fs,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, ExitStatus},
};
use tempfile::TempDir;

/// The variable with the child's folder in memory. It is set only if there is a parent.
const MEMORY_VARIABLE: &str = "XTASK_MEMORY";
/// The file system in memory of most machines.
const MEMORY: &str = "/dev/shm";
/// The exit code after a signal is this plus the signal's number, as in shells.
const SIGNALLED: u8 = 128;

/// Whether this process is the child.
pub fn is_supervised() -> bool {
    env::var_os(MEMORY_VARIABLE).is_some()
}

/// The parent of temporary folders whose durability does not matter.
pub fn memory() -> PathBuf {
    env::var_os(MEMORY_VARIABLE).map_or_else(env::temp_dir, PathBuf::from)
}

/// Restores in the child the signals that its parent has blocked.
pub fn take_signals() {
    watched().thread_unblock().expect("a set of signals can be unblocked");
}

/// Runs this program again with the same arguments, waits for its end or a signal, and cleans up.
pub fn run_again() -> ExitCode {
    match supervised() {
        Ok(code) => code.into(),
        Err(refusal) => {
            say(&refusal);
            ExitCode::FAILURE
        }
    }
}

fn supervised() -> Result<u8, TaskError> {
    let disk = folder(&env::temp_dir())?;
    let memory = if Path::new(MEMORY).is_dir() { Some(folder(Path::new(MEMORY))?) } else { None };
    let in_memory = memory.as_ref().unwrap_or(&disk).path();
    let program = env::current_exe().map_err(|cause| format!("this program has no file: {cause}"))?;

    // Orphaned processes become children of this one, so all of them can be ended.
    set_child_subreaper(true).map_err(|cause| format!("processes that are left cannot be adopted: {cause}"))?;
    watched().thread_block().map_err(|cause| format!("signals cannot be waited for: {cause}"))?;
    let mut child = Command::new(program)
        .args(env::args_os().skip(1))
        .env(MEMORY_VARIABLE, in_memory)
        .env("TMPDIR", disk.path())
        .spawn()
        .map_err(|cause| format!("this program cannot start itself: {cause}"))?;
    let code = match await_end(&mut child)? {
        End::Done(status) => {
            let left = processes::end_all();
            if !left.is_empty() {
                say(&format!("ended what was left running: {}", left.join(", ")));
            }
            code(status)
        }
        End::Interrupted(signal) => {
            say(&format!("{signal}: ending everything that was started"));
            processes::end_all();
            SIGNALLED + signal as u8
        }
    };
    for folder in [Some(disk), memory].into_iter().flatten() {
        remove(folder);
    }
    Ok(code)
}

/// The signals that end a task, and SIGCHLD, which reports that its process has ended.
fn watched() -> SigSet {
    SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGCHLD])
}

fn folder(parent: &Path) -> Result<TempDir, TaskError> {
    let made = tempfile::Builder::new().prefix("convoke-").tempdir_in(parent);
    made.map_err(|cause| format!("cannot create a folder in {}: {cause}", parent.display()))
}

/// How a task ended.
enum End {
    Done(ExitStatus),
    Interrupted(Signal),
}

fn await_end(child: &mut Child) -> Result<End, TaskError> {
    loop {
        match watched().wait() {
            Ok(Signal::SIGCHLD) => {}
            Ok(signal) => return Ok(End::Interrupted(signal)),
            Err(cause) => return Err(format!("cannot wait for signals: {cause}")),
        }
        match child.try_wait() {
            Ok(Some(status)) => return Ok(End::Done(status)),
            Ok(None) => {}
            Err(cause) => return Err(format!("cannot wait for the chore: {cause}")),
        }
    }
}

fn code(status: ExitStatus) -> u8 {
    let signalled = status.signal().and_then(|number| u8::try_from(number).ok()).map(|number| SIGNALLED + number);
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.or(signalled).unwrap_or(1)
}

/// Removes a folder with its content. Disks that a killed experiment left mounted there are unmounted first.
fn remove(folder: TempDir) {
    let path = folder.path().to_owned();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    // Later mounts may be inside earlier ones.
    for mount in mounts.lines().rev().filter_map(|line| line.split(' ').nth(4)) {
        if Path::new(mount).starts_with(&path) {
            // It fails only if the mount is gone already.
            let _ = umount2(mount, MntFlags::MNT_DETACH);
        }
    }
    if let Err(cause) = folder.close() {
        say(&format!("cannot remove {}: {cause}", path.display()));
    }
}
