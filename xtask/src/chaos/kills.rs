//! `kill -9` at random times: under the load of sixteen writers, during backups, and during starts.
//!
//! The ledgers and the audit are those of `crates/cli/tests/kill.rs`. A killed process leaves its writes to the
//! kernel, so this shows order and recovery; the power experiment shows what is on the disk.

use super::{
    Trial, folder,
    report::{Finding, panic_text},
    server::{Launch, Server, verify},
    shared::{audit, connection::Connection, writer::Writer},
};
use crate::run::{TaskError, say};
use fastrand::Rng;
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Kills under load, in the full and in the short form.
const CYCLES: (u64, u64) = (1_000, 20);
/// The number of cycles of one store. The audit replays the whole log, so the log must not grow without bound.
const CYCLES_OF_A_STORE: u64 = 25;
/// When the kill comes after the start of the load, in milliseconds. Most come early.
const EARLY: std::ops::RangeInclusive<u64> = 50..=250;
const LATE: std::ops::RangeInclusive<u64> = 250..=1_500;
/// One cycle in this many is killed late, has backups running, or has its next start killed as well.
const RARE: u64 = 8;
/// Concurrent backups in such a cycle: a single one of a small store is so short that a kill would miss it.
const BACKUPS: usize = 4;
/// How long one of them may take.
const BACKUP_PATIENCE: Duration = Duration::from_secs(20);
/// How long a start may take before it is killed, in milliseconds, from the start of the process.
const DURING_START: std::ops::RangeInclusive<u64> = 0..=120;
/// The time in which the server must be ready again.
const READY_LIMIT: Duration = Duration::from_secs(2);

/// The counts over all stores.
#[derive(Default)]
struct Count {
    kills: u64,
    in_backups: u64,
    in_starts: u64,
    done: u64,
    refused: u64,
    unknown: u64,
    leftovers: u64,
    slowest_start: Duration,
    failures: Vec<String>,
}

pub fn run(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let cycles = trial.pick(CYCLES.0, CYCLES.1);
    let mut rng = trial.rng();
    let mut count = Count::default();
    while count.kills < cycles {
        let folder = folder::fresh(&trial.folder, "store")?;
        let n = CYCLES_OF_A_STORE.min(cycles - count.kills);
        let lived = catch_unwind(AssertUnwindSafe(|| live(trial, &folder.join("killed.db"), n, &mut rng, &mut count)));
        let failure = match lived {
            Ok(Ok(())) => None,
            Ok(Err(refusal)) => Some(refusal),
            Err(panic) => Some(panic_text(panic.as_ref())),
        };
        // The next store is a new one, so each failure counts once.
        count.failures.extend(failure.into_iter().inspect(|failure| say(&format!("  {failure}"))));
        let Count { kills, done, unknown, failures, .. } = &count;
        say(&format!(
            "  {kills} of {cycles} kills, {done} acknowledged, {unknown} unknown, {} failures",
            failures.len()
        ));
        if count.failures.len() > 20 {
            break;
        }
    }
    Ok(findings(&count, cycles))
}

fn findings(count: &Count, cycles: u64) -> Vec<Finding> {
    let Count { kills, in_backups, in_starts, done, refused, unknown, leftovers, slowest_start, failures } = count;
    let first = failures.first().map(|text| format!("; the first: {text}")).unwrap_or_default();
    vec![
        Finding {
            what: "`kill -9` under load".to_owned(),
            tried: format!(
                "{kills} kills ({in_backups} with backups running, {in_starts} more during a start); 16 writers: \
                 {done} acknowledged, {refused} refused, {unknown} without an answer"
            ),
            must: "nothing acknowledged is lost, nothing refused appears, the rest is whole, `verify` is silent"
                .to_owned(),
            found: format!("{} stores failed the audit{first}", failures.len()),
            held: failures.is_empty() && *kills >= cycles && *done > 10 * cycles && *unknown > 0,
        },
        Finding {
            what: "a start after `kill -9`".to_owned(),
            tried: format!("{} starts", kills + in_starts),
            must: format!("ready within {} s", READY_LIMIT.as_secs()),
            found: format!("the slowest took {} ms", slowest_start.as_millis()),
            held: *slowest_start <= READY_LIMIT,
        },
        Finding {
            what: "`kill -9` during a backup".to_owned(),
            tried: format!("{in_backups} kills"),
            must: "the next start removes what the backup left".to_owned(),
            found: format!("{leftovers} leftovers after a start"),
            held: *leftovers == 0 && *in_backups > 0,
        },
    ]
}

/// Runs one store through `cycles` kills. Panics if the audit finds something.
fn live(trial: &Trial, store: &Path, cycles: u64, rng: &mut Rng, count: &mut Count) -> Result<(), TaskError> {
    let mut server = Server::start(&trial.binary, store)?;
    let token = server.sign_in()?;
    let mut caller = server.connect(Some(&token)).map_err(|cause| cause.to_string())?;
    let access = audit::connect(&mut caller);
    let mut writers = audit::set_up(&mut caller, &access);
    for cycle in 0..cycles {
        let (is_late, has_backups, is_start_killed) = (cycle % RARE == 1, cycle % RARE == 2, cycle % RARE == 3);
        let delay = Duration::from_millis(rng.u64(if is_late { LATE } else { EARLY }));
        load(&server, &token, has_backups, delay, &mut writers, rng)?;
        // The process and its lock must be gone before the next one starts.
        drop(server);
        count.kills += 1;
        count.in_backups += u64::from(has_backups);
        count.unknown += writers.iter().filter(|writer| writer.unknown.is_some()).count() as u64;
        if is_start_killed {
            let (mut child, _) = Launch::new(&trial.binary, store).spawn()?;
            thread::sleep(Duration::from_millis(rng.u64(DURING_START)));
            // Both fail only if it has ended already.
            let _ = child.kill();
            let _ = child.wait();
            count.in_starts += 1;
        }
        let begin = Instant::now();
        server = Server::start(&trial.binary, store)?;
        count.slowest_start = count.slowest_start.max(begin.elapsed());
        count.leftovers += leftovers(store);
        let mut caller = server.connect(Some(&token)).map_err(|cause| cause.to_string())?;
        audit::audit(&mut writers, &mut caller, &access);
        verify_online(&mut caller)?;
    }
    let sum = |of: fn(&Writer) -> u64| writers.iter().map(of).sum::<u64>();
    count.done += sum(|writer| writer.n_done);
    count.refused += sum(|writer| writer.n_refused);
    server.stop_well()?;
    verify(&trial.binary, store)
}

/// Lets all writers write, and kills the server after `delay`.
fn load(
    server: &Server,
    token: &str,
    has_backups: bool,
    delay: Duration,
    writers: &mut [Writer],
    rng: &mut Rng,
) -> Result<(), TaskError> {
    let connect = || server.connect(Some(token)).map_err(|cause| cause.to_string());
    let connections: Vec<Connection> = writers.iter().map(|_| connect()).collect::<Result<_, _>>()?;
    let killed = AtomicBool::new(false);
    thread::scope(|scope| {
        for (writer, connection) in writers.iter_mut().zip(connections) {
            let rng = rng.fork();
            scope.spawn(move || writer.work(connection, rng));
        }
        for _ in 0..if has_backups { BACKUPS } else { 0 } {
            scope.spawn(|| {
                loop {
                    let copied = server.download("/operator/backup", token, BACKUP_PATIENCE);
                    if copied.is_err() || killed.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
        }
        thread::sleep(delay);
        killed.store(true, Ordering::Relaxed);
        server.kill();
    });
    Ok(())
}

/// The number of files that backups left beside the store.
fn leftovers(store: &Path) -> u64 {
    let entries = fs::read_dir(store.parent().unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().contains("backup")).count() as u64
}

/// Makes the running server compare memory, tables and log.
fn verify_online(caller: &mut Connection) -> Result<(), TaskError> {
    let reply = caller.request("GET", "/operator/verification", &[], None).map_err(|cause| cause.to_string())?;
    let differences = reply.body.get("differences").and_then(|found| found.as_array());
    match differences {
        Some(none) if none.is_empty() => Ok(()),
        _ => Err(format!("verification: {} {}", reply.status, reply.body)),
    }
}
