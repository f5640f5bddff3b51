//! Errors from the system calls that write and sync, injected by strace at the N-th call of each thread.
//!
//! A failed sync may have dropped what it was to write (PostgreSQL calls this "fsyncgate"), so the process must
//! acknowledge nothing more and end with exit code 74. A write that failed for want of space may be refused.

use super::{
    Trial, folder,
    names::{Audit, Names},
    report::Finding,
    server::{Launch, Server, verify},
};
use crate::run::{Refusal, say};
use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

/// Injections for each fault: RELIABILITY's number, and that of the short form.
const INJECTIONS: (u64, u64) = (200, 5);
/// EX_IOERR of sysexits.h: the outcome of a write is not known.
const OUTCOME_UNKNOWN: i32 = 74;
/// Clients that write.
const WRITERS: usize = 4;
/// Groups that one client asks for, at the most: enough that the call with the highest number is made.
const WRITES: u64 = 1_200;
/// How long the end after the error may take.
const END_LIMIT: Duration = Duration::from_secs(20);

/// A system call that fails.
struct Fault {
    name: &'static str,
    call: &'static str,
    error: &'static str,
    must_end: bool,
}

const FAULTS: [Fault; 3] = [
    Fault { name: "EIO from fdatasync", call: "fdatasync", error: "EIO", must_end: true },
    Fault { name: "EIO from a write", call: "pwrite64", error: "EIO", must_end: false },
    Fault { name: "ENOSPC from a write", call: "pwrite64", error: "ENOSPC", must_end: false },
];

/// What was counted for one fault.
#[derive(Default)]
struct Count {
    injected: u64,
    at_start: u64,
    acknowledged: usize,
    acknowledged_after: usize,
    ended_otherwise: u64,
    lost: usize,
    wrong: usize,
    failures: Vec<String>,
}

pub fn run(trial: &Trial) -> Result<Vec<Finding>, Refusal> {
    let seed = folder::fresh(&trial.folder, "seed")?;
    Server::start(&trial.binary, &seed.join("faulty.db"))?.stop_well()?;
    let n = trial.pick(INJECTIONS.0, INJECTIONS.1);
    // The short form spreads its few over the same range.
    let step = INJECTIONS.0 / n;
    FAULTS
        .iter()
        .map(|fault| {
            let mut count = Count::default();
            for number in 1..=n {
                inject(trial, &seed, fault, 1 + (number - 1) * step, &mut count)?;
                if number % 50 == 0 {
                    say(&format!("  {}: {number} of {n}", fault.name));
                }
            }
            Ok(finding(fault, n, &count))
        })
        .collect()
}

fn finding(fault: &Fault, n: u64, count: &Count) -> Finding {
    let Count { injected, at_start, acknowledged, acknowledged_after, ended_otherwise, lost, wrong, failures } = count;
    let first = failures.first().map(|text| format!("; the first failure: {text}")).unwrap_or_default();
    let end = if fault.must_end { "the process ends with 74, " } else { "" };
    Finding {
        what: fault.name.to_owned(),
        tried: format!(
            "at the 1st to {}th call: {injected} injected, {at_start} of them during the start",
            INJECTIONS.0
        ),
        must: format!("{end}nothing is acknowledged that is not durable, the next start is clean"),
        found: format!(
            "{acknowledged} acknowledged, {acknowledged_after} after a failed sync, {lost} lost, {wrong} appeared, \
             {ended_otherwise} wrong ends, {} unclean starts{first}",
            failures.len()
        ),
        held: *injected >= n * 9 / 10
            && acknowledged_after + lost + wrong == 0
            && *ended_otherwise == 0
            && failures.is_empty(),
    }
}

/// One run in which call number `when` fails, and the audit after it.
fn inject(trial: &Trial, seed: &Path, fault: &Fault, when: u64, count: &mut Count) -> Result<(), Refusal> {
    let folder = folder::fresh(&trial.folder, "faulty")?;
    folder::copy_store(seed, &folder)?;
    let (store, trace) = (folder.join("faulty.db"), trial.folder.join("trace"));
    let Fault { call, error, .. } = fault;
    let under = ["strace", "-D", "-f", "-qq", "-s", "16", "-o"].map(str::to_owned).into_iter();
    let under = under.chain([
        trace.display().to_string(),
        "-e".to_owned(),
        format!("trace={call},write,writev,sendto,sendmsg"),
    ]);
    let under = under.chain(["-e".to_owned(), format!("inject={call}:error={error}:when={when}")]);
    let launch = Launch { under: under.collect(), ..Launch::new(&trial.binary, &store) };
    let mut names = Names::default();
    match launch.start() {
        Ok(mut server) => {
            load(&server, &mut names)?;
            let ended = server.ended().is_some() || names.unknown.len() == WRITERS;
            let status = if ended { server.wait(END_LIMIT) } else { server.stop(END_LIMIT).0 };
            let code = status.and_then(|status| status.code());
            let is_good = if ended { code == Some(OUTCOME_UNKNOWN) } else { code == Some(0) && !fault.must_end };
            let was_injected = fs::read_to_string(&trace).is_ok_and(|trace| trace.contains("(INJECTED)"));
            if was_injected && !is_good {
                count.ended_otherwise += 1;
            }
        }
        Err(_) => count.at_start += 1,
    }
    let trace = fs::read_to_string(&trace).unwrap_or_default();
    count.injected += u64::from(trace.contains("(INJECTED)"));
    if fault.must_end {
        count.acknowledged_after += acknowledged_after_error(&trace);
    }
    count.acknowledged += names.acknowledged.len();
    let audited = Server::start(&trial.binary, &store).and_then(|server| {
        let audit = names.audit(&server)?;
        server.stop_well()?;
        Ok(audit)
    });
    match audited.and_then(|audit| verify(&trial.binary, &store).map(|()| audit)) {
        Ok(Audit { lost, wrong }) => {
            count.lost += lost;
            count.wrong += wrong;
        }
        Err(refusal) => count.failures.push(format!("{} at call {when}: {refusal}", fault.name)),
    }
    Ok(())
}

/// Has every client write until its connection breaks or it has asked for enough.
fn load(server: &Server, names: &mut Names) -> Result<(), Refusal> {
    // A sign-in that fails is a write that failed: there is nothing to load then.
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
                        // After the fault a few more are asked for, which must be done.
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

/// How many successes the trace shows after the first injected error. Nobody asks for anything but changes.
fn acknowledged_after_error(trace: &str) -> usize {
    let after = trace.lines().skip_while(|line| !line.contains("(INJECTED)"));
    after.filter(|line| line.contains("\"HTTP/1.1 20")).count()
}

#[cfg(test)]
mod tests {
    use super::acknowledged_after_error;

    #[test]
    fn successes_count_only_after_the_error() {
        let error = "8 fdatasync(5) = -1 EIO (Input/output error) (INJECTED)\n";
        let success = "7 writev(9, [{iov_base=\"HTTP/1.1 200 OK\"...}], 2) = 20\n";
        let refusal = "7 sendto(9, \"HTTP/1.1 503 Ser\"..., 99, MSG_NOSIGNAL, NULL, 0) = 99\n";
        for (trace, expected) in
            [([success, error, refusal].concat(), 0), ([error, success].concat(), 1), ([success, success].concat(), 0)]
        {
            assert_eq!(acknowledged_after_error(&trace), expected, "{trace}");
        }
    }
}
