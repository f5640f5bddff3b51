//! Errors from the system calls that write and sync, injected by strace at the N-th call of each thread.
//!
//! A failed sync may have dropped the data that it should have written (known as PostgreSQL's "fsyncgate"), so the
//! process must end with exit code 74, and nothing may have been acknowledged that was not synced before. To check
//! this, the disk is restored from the recording without anything that was not synced, and audited. After a failed
//! write the files themselves are audited.

use super::{
    Trial, folder,
    names::{Audit, Names},
    power::{
        image::{Disk, Syncs},
        trace::{Trace, await_end, tracer},
    },
    report::Finding,
    server::{Launch, Server, verify},
};
use crate::run::{TaskError, say};
use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// Injections for each fault, in the full and in the short form.
const INJECTIONS: (u64, u64) = (200, 5);
/// EX_IOERR of sysexits.h: the outcome of a write is unknown.
const OUTCOME_UNKNOWN: i32 = 74;
/// Clients that write.
const WRITERS: usize = 4;
/// The greatest number of groups that one client creates: enough to reach the call with the highest number.
const WRITES: u64 = 1_200;
/// The time in which the process must end after the error.
const END_LIMIT: Duration = Duration::from_secs(20);

/// A system call that fails.
struct Fault {
    name: &'static str,
    calls: &'static str,
    error: &'static str,
    kind: Kind,
}

/// The allowed results of a fault.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The process ends, and what was not synced is lost.
    Sync,
    /// The process ends, or it refuses the write and continues.
    Write,
}

const FAULTS: [Fault; 3] = [
    Fault { name: "EIO from a sync", calls: "fdatasync,fsync", error: "EIO", kind: Kind::Sync },
    Fault { name: "EIO from a write", calls: "pwrite64", error: "EIO", kind: Kind::Write },
    Fault { name: "ENOSPC from a write", calls: "pwrite64", error: "ENOSPC", kind: Kind::Write },
];

/// The counts for one fault.
#[derive(Default)]
struct Count {
    injected: u64,
    at_start: u64,
    acknowledged: usize,
    ended_otherwise: u64,
    lost: usize,
    wrong: usize,
    failures: Vec<String>,
}

pub fn run(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let n = trial.pick(INJECTIONS.0, INJECTIONS.1);
    // The short form spreads its few injections over the same range.
    let step = INJECTIONS.0 / n;
    FAULTS
        .iter()
        .map(|fault| {
            let mut count = Count::default();
            for number in 1..=n {
                inject(trial, fault, 1 + (number - 1) * step, &mut count)?;
                if number % 50 == 0 {
                    say(&format!("  {}: {number} of {n}", fault.name));
                }
            }
            Ok(finding(fault, n, &count))
        })
        .collect()
}

fn finding(fault: &Fault, n: u64, count: &Count) -> Finding {
    let Count { injected, at_start, acknowledged, ended_otherwise, lost, wrong, failures } = count;
    let first = failures.first().map(|text| format!("; the first failure: {text}")).unwrap_or_default();
    let must = match fault.kind {
        Kind::Sync => "the process ends with 74; of what was acknowledged nothing is lost with what was not synced",
        Kind::Write => "nothing acknowledged is lost, nothing refused appears; an end has exit code 74",
    };
    Finding {
        what: fault.name.to_owned(),
        tried: format!(
            "at the 1st to {}th call: {injected} injected, {at_start} of them during the first start",
            INJECTIONS.0
        ),
        must: format!("{must}; the next start is clean"),
        found: format!(
            "{acknowledged} acknowledged, {lost} lost, {wrong} appeared, {ended_otherwise} wrong ends, {} unclean starts{first}",
            failures.len()
        ),
        held: *injected >= n * 9 / 10 && lost + wrong == 0 && *ended_otherwise == 0 && failures.is_empty(),
    }
}

/// Runs a server in which call number `when` fails, and audits the store after it.
fn inject(trial: &Trial, fault: &Fault, when: u64, count: &mut Count) -> Result<(), TaskError> {
    let folder = folder::fresh(&trial.folder, "faulty")?;
    let (store, recording) = (folder.join("faulty.db"), trial.folder.join("trace"));
    let injection = format!("{}:error={}:when={when}", fault.calls, fault.error);
    let launch = Launch { under: tracer(&recording, Some(injection)), ..Launch::new(&trial.binary, &store) };
    let mut names = Names::default();
    let mut is_good_end = true;
    match launch.start() {
        Ok(mut server) => {
            load(&server, &mut names)?;
            // A server that must end may not have ended yet, so it gets some time.
            let has_ended = server.ended().is_some() || !names.unknown.is_empty();
            let status = if has_ended { server.wait(END_LIMIT) } else { server.stop(END_LIMIT).0 };
            let code = status.and_then(|status| status.code());
            is_good_end = code == Some(OUTCOME_UNKNOWN) || (code == Some(0) && !has_ended && fault.kind == Kind::Write);
        }
        Err(_) => count.at_start += 1,
    }
    await_end(&recording)?;
    let trace = Trace::read(&recording, &folder)?;
    if trace.n_injected == 0 {
        return Ok(());
    }
    count.injected += 1;
    count.ended_otherwise += u64::from(!is_good_end);
    count.acknowledged += names.acknowledged.len();
    let audited = match fault.kind {
        Kind::Write => folder,
        Kind::Sync => {
            let synced = folder::fresh(&trial.folder, "synced")?;
            let written = Disk::new(&trace, Syncs::Honoured).write_synced(&synced);
            written.map_err(|cause| format!("the synced files: {cause}"))?;
            synced
        }
    };
    match audit(trial, &audited.join("faulty.db"), &names) {
        Ok(Audit { lost, wrong }) => {
            count.lost += lost;
            count.wrong += wrong;
            if lost + wrong > 0 {
                say(&format!("  {} at call {when}: {lost} lost, {wrong} appeared", fault.name));
            }
        }
        Err(refusal) => count.failures.push(format!("{} at call {when}: {refusal}", fault.name)),
    }
    Ok(())
}

/// Starts a server on the remaining files, and compares it with the ledger.
fn audit(trial: &Trial, store: &Path, names: &Names) -> Result<Audit, TaskError> {
    let server = Server::start(&trial.binary, store)?;
    let audit = names.audit(&server)?;
    server.stop_well()?;
    verify(&trial.binary, store).map(|()| audit)
}

/// Lets every client write until its connection breaks or it has sent all its requests.
fn load(server: &Server, names: &mut Names) -> Result<(), TaskError> {
    // If the sign-in fails, the injected error has hit its write, and there is no load.
    let Ok(token) = server.sign_in() else { return Ok(()) };
    let refused = AtomicBool::new(false);
    let ledgers: Vec<Names> = thread::scope(|scope| {
        let write = |writer: usize| {
            let (token, refused) = (&token, &refused);
            scope.spawn(move || {
                let mut names = Names::default();
                let Ok(mut connection) = server.connect(Some(token)) else { return names };
                for number in 0..WRITES {
                    match names.create(&mut connection, &format!("w{writer} {number}"), "") {
                        Ok(200) if !refused.load(Ordering::Relaxed) => {}
                        // After the fault a few more are sent, which must succeed.
                        Ok(200) if number % 8 != 0 => {}
                        Ok(200) | Err(_) => break,
                        Ok(_) => refused.store(true, Ordering::Relaxed),
                    }
                }
                names
            })
        };
        let writers: Vec<_> = (0..WRITERS).map(write).collect();
        writers.into_iter().map(|writer| writer.join().unwrap_or_default()).collect()
    });
    ledgers.into_iter().for_each(|ledger| names.merge(ledger));
    Ok(())
}
