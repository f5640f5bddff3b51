//! The descendants of this process, read from `/proc`.

use nix::{
    errno::Errno,
    sys::{
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};
use std::{
    collections::BTreeSet,
    fs,
    thread::sleep,
    time::{Duration, Instant},
};

/// The signals, and the time that processes have to end after each: a server that drains its connections takes seconds.
const PATIENCE: [(Signal, Duration); 2] =
    [(Signal::SIGTERM, Duration::from_secs(3)), (Signal::SIGKILL, Duration::from_secs(5))];
/// The period of checks for running processes.
const POLL: Duration = Duration::from_millis(20);

/// A process, from the first fields of its `/proc/PID/stat`.
#[derive(Debug, PartialEq, Eq)]
struct Process {
    id: i32,
    name: String,
    parent: i32,
    /// Whether it has ended and its parent has not read its exit code yet (a zombie).
    is_over: bool,
}

/// Ends every descendant of this process, first by SIGTERM, and reads the exit codes of its own children. Returns the
/// names and ids of the processes.
pub fn end_all() -> Vec<String> {
    let mut found = BTreeSet::new();
    for (signal, patience) in PATIENCE {
        let begin = Instant::now();
        let mut told = BTreeSet::new();
        loop {
            take_exit_codes();
            let running = running();
            if running.is_empty() {
                return found.into_iter().collect();
            }
            if begin.elapsed() > patience {
                break;
            }
            for process in running {
                if told.insert(process.id) {
                    // It fails only if the process has ended already.
                    let _ = kill(Pid::from_raw(process.id), signal);
                }
                found.insert(format!("{} ({})", process.name, process.id));
            }
            sleep(POLL);
        }
    }
    found.into_iter().collect()
}

fn take_exit_codes() {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return,
            Ok(_) | Err(_) => {}
        }
    }
}

/// The descendants of this process that have not ended.
fn running() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = entries.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    let all = stats.filter_map(|stat| parse(&stat)).collect();
    beneath(nix::unistd::getpid().as_raw(), all).into_iter().filter(|process| !process.is_over).collect()
}

/// Parses `12 (a name) S 1 …`; the name may contain parentheses and spaces.
fn parse(stat: &str) -> Option<Process> {
    let (id, rest) = stat.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let is_over = matches!(fields.next()?, "Z" | "X");
    Some(Process { id: id.parse().ok()?, name: name.to_owned(), parent: fields.next()?.parse().ok()?, is_over })
}

/// The descendants of `top` among `all`.
fn beneath(top: i32, mut all: Vec<Process>) -> Vec<Process> {
    let (mut found, mut parents) = (Vec::new(), BTreeSet::from([top]));
    loop {
        let (next, rest): (Vec<Process>, Vec<Process>) =
            all.into_iter().partition(|process| parents.contains(&process.parent));
        if next.is_empty() {
            return found;
        }
        parents.extend(next.iter().map(|process| process.id));
        found.extend(next);
        all = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(id: i32, name: &str, parent: i32) -> Process {
        Process { id, name: name.to_owned(), parent, is_over: false }
    }

    #[test]
    fn a_name_may_look_like_the_fields_behind_it() {
        for (stat, expected) in [
            ("12 (cargo) S 1 12 12 0 -1", Some(process(12, "cargo", 1))),
            ("7 (a) Z 3 (b)) R 5 7 7", Some(process(7, "a) Z 3 (b)", 5))),
            ("8 (gone) Z 5 8 8", Some(Process { is_over: true, ..process(8, "gone", 5) })),
            ("", None),
            ("9 (x) S", None),
        ] {
            assert_eq!(parse(stat), expected, "{stat}");
        }
    }

    #[test]
    fn those_beneath_are_found_at_any_depth_and_in_any_order() {
        let all = [(5, 4), (2, 1), (3, 2), (4, 3), (9, 8), (8, 0)];
        let all = all.map(|(id, parent)| process(id, "p", parent));
        let ids: BTreeSet<i32> = beneath(2, Vec::from(all)).iter().map(|process| process.id).collect();
        assert_eq!(ids, BTreeSet::from([3, 4, 5]));
    }
}
