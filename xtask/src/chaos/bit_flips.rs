//! Single flipped bits in the database file and in its write-ahead log.
//!
//! For each flip the real server is started on the damaged copy. It must refuse to start, or report the damage, or
//! serve the same data as before. A wrong response without a message is silent damage, of which there must be none.
//! Flips in the frames of the last commit are counted apart: nothing after them shows that they existed.

mod dump;
mod wal;

use super::{
    Trial, folder,
    report::Finding,
    server::{Launch, Server, last_line, verify},
};
use crate::run::{TaskError, say};
use std::{fs, ops::Range, path::Path};

/// Flips in the database, in the full and in the short form; those in the log follow.
const IN_DATABASE: (u32, u32) = (300, 15);
const IN_LOG: (u32, u32) = (200, 15);

/// The result of a flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FlipResult {
    /// The server refused to start, with a message.
    Refused,
    /// It started, reported damage, and serves the original data.
    Repaired,
    /// It started, reported damage, and serves other data.
    Noticed,
    /// It serves the original data, without a report.
    Equal,
    /// It serves other data, and only `verify` reports damage.
    OnlyVerify,
    /// It serves other data, and nothing reports damage.
    Silent,
}

pub fn run(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let folder = folder::fresh(&trial.folder, "whole")?;
    let store = folder.join("flipped.db");
    let server = Server::start(&trial.binary, &store)?;
    dump::fill(&server)?;
    server.stop_well()?;
    // A second run leaves its commits in the log: the server is killed, so no checkpoint moves them to the database.
    let closed = folder::fresh(&trial.folder, "closed")?;
    folder::copy_store(&folder, &closed)?;
    let truth_of_closed = truth(trial, &closed)?;
    let server = Server::start(&trial.binary, &store)?;
    dump::change(&server)?;
    drop(server);
    let killed = folder::fresh(&trial.folder, "killed")?;
    folder::copy_store(&folder, &killed)?;
    let truth_of_killed = truth(trial, &killed)?;

    let mut rng = trial.rng();
    let n = trial.pick(IN_DATABASE.0, IN_DATABASE.1);
    let database =
        flip(trial, &closed, "flipped.db", &truth_of_closed, n, &mut rng, |bytes| Ok(bytes.len()..bytes.len()))?;
    let n = trial.pick(IN_LOG.0, IN_LOG.1);
    let log = flip(trial, &killed, "flipped.db-wal", &truth_of_killed, n, &mut rng, wal::last_commit)?;
    let in_last = log.iter().filter(|flip| flip.in_last).count();
    let (last, before): (Vec<Flip>, Vec<Flip>) = log.into_iter().partition(|flip| flip.in_last);
    let mut findings =
        vec![finding("a bit of the database", &database), finding("a bit of the write-ahead log", &before)];
    if in_last > 0 {
        // This finding always holds, since it is only a count.
        findings.push(Finding { held: true, ..finding("a bit of the last commit's frames, counted apart", &last) });
    }
    Ok(findings)
}

/// One flip.
struct Flip {
    fate: FlipResult,
    in_last: bool,
    said: String,
}

fn finding(what: &str, flips: &[Flip]) -> Finding {
    let count = |fate| flips.iter().filter(|flip| flip.fate == fate).count();
    let (silent, only_verify, noticed) =
        (count(FlipResult::Silent), count(FlipResult::OnlyVerify), count(FlipResult::Noticed));
    let bad = flips.iter().find(|flip| matches!(flip.fate, FlipResult::Silent | FlipResult::OnlyVerify));
    let bad = bad.map(|flip| format!("; for example: {}", flip.said)).unwrap_or_default();
    Finding {
        what: what.to_owned(),
        tried: format!("{} flips", flips.len()),
        must: "refused or noticed, or what is served is the truth".to_owned(),
        found: format!(
            "{} refused, {} repaired with a message, {noticed} noticed, {} without effect; wrong: {only_verify} that only \
             `verify` finds, {silent} silent{bad}",
            count(FlipResult::Refused),
            count(FlipResult::Repaired),
            count(FlipResult::Equal)
        ),
        held: silent + only_verify == 0 && !flips.is_empty(),
    }
}

/// Everything that a store in this folder serves. The folder is not changed.
fn truth(trial: &Trial, folder: &Path) -> Result<String, TaskError> {
    let copy = folder::fresh(&trial.folder, "copy")?;
    folder::copy_store(folder, &copy)?;
    let server = Server::start(&trial.binary, &copy.join("flipped.db"))?;
    let truth = dump::read(&server)?;
    if !worries(&server.log()).is_empty() {
        return Err(format!("an undamaged store is complained about: {}", worries(&server.log())));
    }
    Ok(truth)
}

/// Flips `n` bits of a file, each in a fresh copy. `last` finds the range at the end that is counted apart.
fn flip(
    trial: &Trial,
    folder: &Path,
    name: &str,
    truth: &str,
    n: u32,
    rng: &mut fastrand::Rng,
    last: impl Fn(&[u8]) -> Result<Range<usize>, TaskError>,
) -> Result<Vec<Flip>, TaskError> {
    let bytes = fs::read(folder.join(name)).map_err(|cause| format!("{name}: {cause}"))?;
    let last = last(&bytes)?;
    // After the last commit there are only frames of an earlier round of the log, which are never read.
    let mut flips = Vec::new();
    for number in 0..n {
        let at = rng.usize(..last.end.max(1));
        let mut damaged = bytes.clone();
        if let Some(byte) = damaged.get_mut(at) {
            *byte ^= 1 << rng.u8(..8);
        }
        let copy = folder::fresh(&trial.folder, "copy")?;
        folder::copy_store(folder, &copy)?;
        fs::write(copy.join(name), damaged).map_err(|cause| format!("{name}: {cause}"))?;
        let (fate, said) = judge(trial, &copy.join("flipped.db"), truth);
        let in_last = last.contains(&at);
        flips.push(Flip { fate, in_last, said: format!("{name} at byte {at}: {said}") });
        if (number + 1) % 50 == 0 {
            say(&format!("  {} of {n} flips of {name}", number + 1));
        }
    }
    Ok(flips)
}

/// Starts a server on a damaged store. Returns the result and the message.
fn judge(trial: &Trial, store: &Path, truth: &str) -> (FlipResult, String) {
    let server = match Launch::new(&trial.binary, store).start() {
        Ok(server) => server,
        Err(refusal) => return (FlipResult::Refused, refusal),
    };
    let served = dump::read(&server);
    let worries = worries(&server.log());
    let is_true = served.as_deref() == Ok(truth);
    drop(server);
    match (is_true, worries.is_empty()) {
        (true, true) => (FlipResult::Equal, String::new()),
        (true, false) => (FlipResult::Repaired, worries),
        (false, false) => (FlipResult::Noticed, worries),
        (false, true) => {
            let differs = served.map_or_else(|error| error, |served| difference(truth, &served));
            match verify(&trial.binary, store) {
                Err(said) => (FlipResult::OnlyVerify, format!("{differs}; {}", last_line(&said))),
                Ok(()) => (FlipResult::Silent, differs),
            }
        }
    }
}

/// The first warning or error of a log.
fn worries(log: &str) -> String {
    let worried =
        log.lines().find(|line| line.contains(" WARN ") || line.contains(" ERROR ") || line.contains("damage"));
    worried.map(last_line).unwrap_or_default()
}

/// The first line in which two dumps differ.
fn difference(truth: &str, served: &str) -> String {
    let (mut before, mut after) = (truth.lines(), served.lines());
    loop {
        match (before.next(), after.next()) {
            (None, None) => return "no line differs".to_owned(),
            (one, other) if one != other => {
                return format!("{:?} became {:?}", one.map(last_line), other.map(last_line));
            }
            _ => {}
        }
    }
}
