//! Many verifications and backups at once. Each takes memory or disk in proportion to the directory, so their number
//! must be limited.

use super::{
    Trial, folder,
    peers::large_store,
    report::Finding,
    server::{Launch, Server},
};
use crate::run::TaskError;
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// People in the directory.
const PEOPLE: (usize, usize) = (20_000, 2_000);
/// Requests at one time.
const VERIFICATIONS: (usize, usize) = (30, 8);
const BACKUPS: (usize, usize) = (60, 12);
/// The memory that all verifications together may take, in MiB: for each thousand people, and at least. A single one
/// takes about a MiB for every few hundred people.
const MIB_PER_THOUSAND: u64 = 12;
const MIB_LEAST: u64 = 64;
/// The size of all copies that may be on the disk at one time, as a multiple of the store's size.
const COPIES: u64 = 2;
/// The timeout of one request.
const PATIENCE: Duration = Duration::from_secs(180);

/// The measurements while requests ran.
struct ProbeResults {
    statuses: BTreeMap<String, usize>,
    before: u64,
    most_memory: u64,
    most_disk: u64,
    took: Duration,
}

pub fn run(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let people = trial.pick(PEOPLE.0, PEOPLE.1);
    let store = large_store(trial, people)?;
    let folder = store.parent().unwrap_or(Path::new("."));
    let server = Launch::new(&trial.binary, &store).start()?;
    let size = folder::size(&store);
    let n = trial.pick(VERIFICATIONS.0, VERIFICATIONS.1);
    let verified = all_at_once(&server, folder, "/operator/verification", n)?;
    let bound = MIB_LEAST.max(MIB_PER_THOUSAND * people as u64 / 1000);
    let grown = verified.most_memory.saturating_sub(verified.before);
    let mut findings = vec![Finding {
        what: "verifications at once".to_owned(),
        tried: format!("{n} at one time, {people} people"),
        must: format!("at most {bound} MiB more; each is answered with 200, 409, 429 or 503, at least one with 200"),
        found: format!(
            "{} MiB before, {} at most; by status {:?}, in {} s",
            verified.before,
            verified.most_memory,
            verified.statuses,
            verified.took.as_secs()
        ),
        held: grown <= bound && is_answered(&verified.statuses),
    }];
    let n = trial.pick(BACKUPS.0, BACKUPS.1);
    let copied = all_at_once(&server, folder, "/operator/backup", n)?;
    findings.push(Finding {
        what: "backups at once".to_owned(),
        tried: format!("{n} at one time, a store of {} MiB", size >> 20),
        must: format!("copies on the disk of at most {COPIES} times the store; 200, 409, 429 or 503, at least one 200"),
        found: format!(
            "copies of {} MiB at most; by status {:?}, in {} s",
            copied.most_disk >> 20,
            copied.statuses,
            copied.took.as_secs()
        ),
        held: copied.most_disk <= COPIES * size + (1 << 20) && is_answered(&copied.statuses),
    });
    server.stop_well()?;
    Ok(findings)
}

fn is_answered(statuses: &BTreeMap<String, usize>) -> bool {
    statuses.keys().all(|status| matches!(status.as_str(), "200" | "409" | "429" | "503"))
        && statuses.contains_key("200")
}

fn all_at_once(server: &Server, folder: &Path, target: &str, n: usize) -> Result<ProbeResults, TaskError> {
    let token = server.sign_in()?;
    let (before, begin) = (server.resident(), Instant::now());
    let statuses = Mutex::new(BTreeMap::new());
    let done = AtomicBool::new(false);
    let (most_memory, most_disk) = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let (mut memory, mut disk) = (before, 0);
            while !done.load(Ordering::Relaxed) {
                memory = memory.max(server.resident());
                disk = disk.max(size_of_copies(folder));
                thread::sleep(Duration::from_millis(5));
            }
            (memory, disk)
        });
        thread::scope(|requests| {
            for _ in 0..n {
                requests.spawn(|| {
                    let status = server
                        .download(target, &token, PATIENCE)
                        .unwrap_or_else(|error| format!("no answer: {:?}", error.kind()));
                    if let Ok(mut statuses) = statuses.lock() {
                        *statuses.entry(status).or_default() += 1;
                    }
                });
            }
        });
        done.store(true, Ordering::Relaxed);
        watch.join().unwrap_or_default()
    });
    Ok(ProbeResults {
        statuses: statuses.into_inner().unwrap_or_default(),
        before,
        most_memory,
        most_disk,
        took: begin.elapsed(),
    })
}

/// The bytes in folders beside the store.
fn size_of_copies(folder: &Path) -> u64 {
    let folders = fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    let files = folders.flat_map(|entry| fs::read_dir(entry.path()).into_iter().flatten().flatten());
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}
