//! Runs other programs in the workspace root, each with a time limit, and announces them on stderr.
//!
//! A program is ended by the handle of its process, never by name.

use crate::outcome::duration;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::{JoinHandle, sleep, spawn},
    time::{Duration, Instant},
};

/// The error of a task: one sentence for the person who called it.
pub type TaskError = String;

/// The period of checks whether a running program has ended.
const POLL: Duration = Duration::from_millis(20);
/// The period of messages that a step is still running.
const BEAT: Duration = Duration::from_secs(30);

/// The folder of the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    here.as_deref()
        .and_then(Path::parent)
        .map_or_else(|| std::env::current_dir().expect("a process has a current folder"), Path::to_path_buf)
}

/// The cargo that called this program, in the workspace root.
pub fn cargo(args: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(args).current_dir(root());
    command
}

/// Prints a line to stderr.
pub fn say(line: &str) {
    eprintln!("xtask: {line}");
}

/// Runs `command` to its end. Anything but success within `limit` is a refusal that names `what`.
pub fn must(what: &str, command: &mut Command, limit: Duration) -> Result<(), TaskError> {
    say(what);
    let _heartbeat = Heartbeat::start(what);
    let mut child = command.spawn().map_err(|cause| format!("{what}: cannot start: {cause}"))?;
    match wait(&mut child, limit) {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("{what}: {status}")),
        None => Err(format!("{what}: not done after {} s", limit.as_secs())),
    }
}

/// Waits for `child` up to `limit`, then kills it; `None` means that it was killed.
pub fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => sleep(POLL),
            Ok(None) | Err(_) => {
                // Both fail only if the process has ended already.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

/// Sends a signal to a child that has not been waited for.
pub fn signal(child: &Child, signal: Signal) -> Result<(), TaskError> {
    let id = i32::try_from(child.id()).expect("the number of a process is small");
    kill(Pid::from_raw(id), signal).map_err(|cause| format!("cannot send {signal} to {id}: {cause}"))
}

/// Prints from time to time that a step is still running, until it is dropped: the step itself may print nothing for
/// minutes.
pub struct Heartbeat {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    /// Starts the messages about a step.
    pub fn start(what: &str) -> Heartbeat {
        let (stop, stopped) = channel();
        let (what, begin) = (what.to_owned(), Instant::now());
        let thread = spawn(move || {
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                say(&format!("{what}: {} so far", duration(begin.elapsed())));
            }
        });
        Heartbeat { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        drop(self.stop.take());
        // The thread is joined, so that no line comes late, and so that a process that enters a namespace has no other
        // thread.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
