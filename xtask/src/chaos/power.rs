//! Power loss: one recorded run of a server, replayed as many images of the disk.
//!
//! strace records what the server writes and syncs, and when it responds. An image is the disk at a random time: what
//! was synced by then is there; of the rest, anything may be missing or torn in pieces of 512 bytes. Each image is
//! opened by the real program (`convoke verify`, and for some `convoke serve`). Its log must be a prefix of the log
//! that the recorded server had in the end, and must have every entry that was acknowledged before that time.
//!
//! The experiment tests itself: if the recording's syncs are ignored, as if SQLite ran with `synchronous=OFF`, entries
//! must be missing. If none are, the experiment is broken and the command fails.

pub mod image;
mod load;
#[cfg(test)]
mod tests;
pub mod trace;

use super::{
    Trial, folder,
    report::Finding,
    server::{Launch, Server, verify},
};
use crate::run::{TaskError, say};
use image::{Disk, Syncs};
use load::Written;
use rusqlite::{Connection, OpenFlags, types::Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};
use trace::Trace;

/// Images, in the full and in the short form.
const IMAGES: (usize, usize) = (10_000, 200);
/// Images of the self-test.
const SELF_TEST_IMAGES: (usize, usize) = (200, 40);
/// Commits in the recording.
const COMMITS: (usize, usize) = (2_000, 200);
/// One image in this many is also served, and its groups are listed.
const SERVED: usize = 50;
/// The period of progress messages.
const TELL: Duration = Duration::from_secs(15);
/// Threads that make and audit images.
const REPLAYERS: usize = 2;

/// The final state of the recorded server, and the responses to its clients.
struct Truth {
    /// The entries of the log, each as a text.
    log: Vec<String>,
    /// For each acknowledged request, the time of the reply and the number of its log entry; ascending.
    acknowledged: Vec<(usize, usize)>,
    /// The entry of each request by its key.
    keys: BTreeMap<String, usize>,
}

/// The counts over images.
#[derive(Default)]
struct Count {
    images: usize,
    served: usize,
    unsynced: usize,
    lost: usize,
    failures: Vec<String>,
}

pub fn run(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let folder = folder::fresh(&trial.folder, "recorded")?;
    let store = folder.join("power.db");
    let trace_file = trial.folder.join("trace");
    let wanted = trial.pick(COMMITS.0, COMMITS.1);
    let written = record(trial, &store, &trace_file, wanted)?;
    let trace = Trace::read(&trace_file, &folder)?;
    fs::remove_file(&trace_file).map_err(|cause| format!("the trace: {cause}"))?;
    if trace.syncs.is_empty() {
        return Err("the recording has no syncs".to_owned());
    }
    let truth = Truth::new(&store, &trace, &written)?;
    let commits = trace.n_syncs("power.db-wal");
    say(&format!(
        "  recorded {commits} syncs of the write-ahead log, {} entries, {} acknowledged",
        truth.log.len(),
        truth.acknowledged.len()
    ));
    let images = trial.pick(IMAGES.0, IMAGES.1);
    let real = replay(trial, &trace, &truth, Syncs::Honoured, images)?;
    let self_test = replay(trial, &trace, &truth, Syncs::Ignored, trial.pick(SELF_TEST_IMAGES.0, SELF_TEST_IMAGES.1))?;
    let first = real.failures.first().map(|text| format!("; the first: {text}")).unwrap_or_default();
    Ok(vec![
        Finding {
            what: "power loss".to_owned(),
            tried: format!(
                "{commits} commits recorded; {} images ({} of them served as well), {} with unsynced writes dropped or torn",
                real.images, real.served, real.unsynced
            ),
            must: "every image opens, has every acknowledged commit and no half command, `verify` is silent".to_owned(),
            found: format!("{} images lost a commit, {} failed in all{first}", real.lost, real.failures.len()),
            held: real.failures.is_empty() && real.images == images && real.unsynced > 0 && commits >= wanted,
        },
        Finding {
            what: "the self-test of that rig".to_owned(),
            tried: format!("{} images with the syncs of the recording ignored", self_test.images),
            must: "losses are found".to_owned(),
            found: format!("{} images lost a commit, {} failed in all", self_test.lost, self_test.failures.len()),
            held: self_test.lost > 0,
        },
    ])
}

/// Runs a server under strace until it made `commits` commits, and stops it.
fn record(trial: &Trial, store: &Path, trace: &Path, commits: usize) -> Result<Vec<Written>, TaskError> {
    let under = trace::tracer(trace, None);
    let launch = Launch { under, ..Launch::new(&trial.binary, store) };
    let server = launch.start()?;
    let written = load::write(&server, commits)?;
    server.stop_well()?;
    trace::await_end(trace)?;
    Ok(written)
}

impl Truth {
    fn new(store: &Path, trace: &Trace, written: &[Written]) -> Result<Truth, TaskError> {
        let log = read_log(store)?;
        let entry_of = |name: &str| {
            let quoted = format!("\"{name}\"");
            log.iter().position(|entry| entry.contains(&quoted))
        };
        let mut keys = BTreeMap::new();
        let mut acknowledged = Vec::new();
        for it in written {
            let entry = entry_of(&it.name).ok_or_else(|| format!("{} is acknowledged and not in the log", it.name))?;
            keys.insert(it.name.clone(), entry);
            let moment = trace.reply_with(&it.marker).ok_or_else(|| format!("no reply has {}", it.marker))?;
            acknowledged.push((moment, entry));
        }
        acknowledged.sort_unstable();
        Ok(Truth { log, acknowledged, keys })
    }

    /// The number of entries that must be there at a time of the recording.
    fn needed(&self, moment: usize) -> usize {
        let before = self.acknowledged.iter().take_while(|(reply, _)| *reply <= moment);
        before.map(|(_, entry)| entry + 1).max().unwrap_or_default()
    }

    /// Checks the store of an image, which no process has open.
    fn audit(&self, store: &Path, moment: usize) -> Result<(), Loss> {
        let log = read_log(store).map_err(Loss::Other)?;
        if self.log.get(..log.len()) != Some(&log) {
            return Err(Loss::Other("the log is not the beginning of what it was".to_owned()));
        }
        let needed = self.needed(moment);
        if log.len() < needed {
            return Err(Loss::Commit(format!("{} entries of {needed} that were acknowledged", log.len())));
        }
        // A command and the key of its request are one commit.
        let found = read_keys(store).map_err(Loss::Other)?;
        let expected = self.keys.iter().filter(|(_, entry)| **entry < log.len()).map(|(key, _)| key.clone());
        let expected: BTreeSet<String> = expected.collect();
        if found != expected {
            let missing: Vec<_> = expected.difference(&found).take(3).collect();
            let surplus: Vec<_> = found.difference(&expected).take(3).collect();
            return Err(Loss::Other(format!(
                "of {} entries the keys {missing:?} are missing, {surplus:?} too many",
                log.len()
            )));
        }
        Ok(())
    }
}

/// The problem with an image.
enum Loss {
    /// An acknowledged commit.
    Commit(String),
    Other(String),
}

/// Makes and audits images.
fn replay(trial: &Trial, trace: &Trace, truth: &Truth, syncs: Syncs, images: usize) -> Result<Count, TaskError> {
    let mut rng = trial.rng();
    let mut moments: Vec<usize> = (0..images).map(|_| trace.moment(&mut rng)).collect();
    moments.sort_unstable();
    let counts: Vec<Result<Count, TaskError>> = thread::scope(|scope| {
        let replay = |number: usize| {
            let mut rng = rng.fork();
            let mine: Vec<usize> = moments.iter().copied().skip(number).step_by(REPLAYERS).collect();
            scope.spawn(move || {
                let folder = folder::fresh(&trial.folder, &format!("image-{number}"))?;
                let mut disk = Disk::new(trace, syncs);
                let (mut count, mut told) = (Count::default(), Instant::now());
                for moment in mine {
                    one(trial, truth, &mut disk, moment, &folder, &mut rng, &mut count)?;
                    if number == 0 && told.elapsed() > TELL {
                        told = Instant::now();
                        let (done, failures) = (REPLAYERS * count.images, count.failures.len());
                        say(&format!("  about {done} of {images} images, {failures} failures"));
                    }
                }
                Ok(count)
            })
        };
        let replayers: Vec<_> = (0..REPLAYERS).map(replay).collect();
        let joined =
            replayers.into_iter().map(|it| it.join().unwrap_or_else(|_| Err("a replayer panicked".to_owned())));
        joined.collect()
    });
    let mut all = Count::default();
    for count in counts {
        let count = count?;
        all.images += count.images;
        all.served += count.served;
        all.unsynced += count.unsynced;
        all.lost += count.lost;
        all.failures.extend(count.failures);
    }
    Ok(all)
}

fn one(
    trial: &Trial,
    truth: &Truth,
    disk: &mut Disk,
    moment: usize,
    folder: &Path,
    rng: &mut fastrand::Rng,
    count: &mut Count,
) -> Result<(), TaskError> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        fs::remove_file(entry.path()).map_err(|cause| format!("an image: {cause}"))?;
    }
    let n_unsynced = disk.write_image(moment, folder, rng).map_err(|cause| format!("an image: {cause}"))?;
    count.images += 1;
    count.unsynced += usize::from(n_unsynced > 0);
    let store = folder.join("power.db");
    let is_served = count.images.is_multiple_of(SERVED);
    count.served += usize::from(is_served);
    let served = if is_served { serve(trial, &store) } else { Ok(()) };
    let opened = served.and_then(|()| verify(&trial.binary, &store)).map_err(Loss::Other);
    // A missing commit says more than a failure to open.
    match truth.audit(&store, moment).and(opened) {
        Ok(()) => {}
        Err(Loss::Commit(what)) => {
            count.lost += 1;
            count.failures.push(what);
        }
        Err(Loss::Other(what)) => count.failures.push(what),
    }
    Ok(())
}

/// Starts a server on an image and expects a response.
fn serve(trial: &Trial, store: &Path) -> Result<(), TaskError> {
    let server = Server::start(&trial.binary, store)?;
    server.sign_in()?;
    // A kill leaves the image as a second power loss would.
    drop(server);
    Ok(())
}

fn open(store: &Path) -> Result<Connection, TaskError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    Connection::open_with_flags(store, flags).map_err(|error| format!("{}: {error}", store.display()))
}

/// The entries of the only organisation's log, in order, each as a text.
fn read_log(store: &Path) -> Result<Vec<String>, TaskError> {
    let read = |connection: &Connection| -> rusqlite::Result<Vec<String>> {
        let mut statement =
            connection.prepare("SELECT seq, at, client, changes FROM log ORDER BY organisation, seq")?;
        let entry = |row: &rusqlite::Row| {
            let value = |column| row.get::<_, Value>(column);
            let text = |value| match value {
                Value::Text(text) => text,
                Value::Blob(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                other => format!("{other:?}"),
            };
            Ok(format!("{} {} {} {}", text(value(0)?), text(value(1)?), text(value(2)?), text(value(3)?)))
        };
        statement.query_map([], entry)?.collect()
    };
    read(&open(store)?).map_err(|error| format!("the log: {error}"))
}

/// The idempotency keys of all requests that were done.
fn read_keys(store: &Path) -> Result<BTreeSet<String>, TaskError> {
    let read = |connection: &Connection| -> rusqlite::Result<BTreeSet<String>> {
        let mut statement = connection.prepare("SELECT key FROM operations")?;
        // A connector's keys are prefixed by the person.
        let own = |key: String| key.rsplit(' ').next().unwrap_or_default().to_owned();
        statement.query_map([], |row| row.get(0).map(own))?.collect()
    };
    read(&open(store)?).map_err(|error| format!("the keys: {error}"))
}
