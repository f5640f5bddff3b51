//! A full disk: writes are refused and reads continue; a restart on the full disk serves reads; when space is freed,
//! writes are accepted again without a restart.

use super::{
    Trial, folder,
    names::{Audit, Names},
    report::{Finding, shown},
    server::{Launch, STOP_LIMIT, Server, verify},
    shared::connection::Connection,
};
use crate::run::TaskError;
use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

/// The size of the disk.
const DISK_MIB: u64 = 16;
/// A file that takes space until it is removed. The rest of the disk is for the store.
const BALLAST_MIB: usize = 2;
/// Requests while the disk is full, in the full and in the short form.
const REQUESTS: (u64, u64) = (10_000, 500);
/// The time in which writes must be accepted again after space was freed.
const BACK_LIMIT: Duration = Duration::from_secs(5);
/// The time after which the experiment gives up waiting for that.
const GIVE_UP: Duration = Duration::from_secs(20);
/// The greatest size of the write-ahead log once writes are accepted again.
const WAL_MIB: u64 = 64;
/// A description that makes each group take some KiB.
const DESCRIPTION_CHARS: usize = 3_000;
/// The greatest number of groups that are created to fill the disk.
const GROUPS: usize = 20_000;

pub fn run(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let folder = folder::fresh(&trial.folder, "disk")?;
    let disk = folder::SmallDisk::mount(&folder, DISK_MIB)?;
    let (store, ballast) = (folder.join("full.db"), folder.join("ballast"));
    let mut names = Names::default();
    let mut findings = Vec::new();

    let server = Server::start(&trial.binary, &store)?;
    fs::write(&ballast, vec![0; BALLAST_MIB << 20]).map_err(|cause| format!("ballast: {cause}"))?;
    let token = server.sign_in()?;
    let mut caller = connect(&server, &token)?;
    fill(&mut caller, &mut names)?;
    findings.push(while_full(trial, "a full disk", &mut caller, &mut names)?);
    findings.push(readiness(&server, "readiness on a full disk"));
    let (status, took) = server.stop(STOP_LIMIT);
    findings.push(Finding {
        what: "SIGTERM on a full disk".to_owned(),
        tried: "1 stop".to_owned(),
        must: format!("exit code 0 within {}", shown(STOP_LIMIT)),
        found: format!("{status:?} after {}", shown(took)),
        held: status.is_some_and(|status| status.success()),
    });

    match Launch::new(&trial.binary, &store).listen() {
        Ok(server) => {
            let mut caller = connect(&server, &token)?;
            findings.push(while_full(trial, "a restart on a full disk", &mut caller, &mut names)?);
            findings.push(readiness(&server, "readiness after that restart"));
            fs::remove_file(&ballast).map_err(|cause| format!("ballast: {cause}"))?;
            findings.push(back("space comes back while it runs", &server, &token, &mut names)?);
        }
        Err(refusal) => {
            findings.push(broken_start("a restart on a full disk", refusal));
            fs::remove_file(&ballast).map_err(|cause| format!("ballast: {cause}"))?;
        }
    }
    // The space of the ballast must be enough for a start to write the waiting rows to the tables.
    let what = "a restart after space came back";
    match Server::start(&trial.binary, &store) {
        Ok(server) => {
            findings.push(back(what, &server, &token, &mut names)?);
            server.stop(STOP_LIMIT);
        }
        Err(refusal) => findings.push(broken_start(what, refusal)),
    }
    // The audit runs on a large disk, where space is no limit.
    let wal = folder::size(&folder::beside(&store, "-wal"));
    let copy = folder::fresh(&trial.folder, "copy")?;
    folder::copy_store(&folder, &copy)?;
    let store = copy.join("full.db");
    let server = Server::start(&trial.binary, &store)?;
    let audit = names.audit(&server)?;
    server.stop_well()?;
    let verified = verify(&trial.binary, &store);
    findings.push(audited(&names, audit, wal, &verified));
    drop(disk);
    Ok(findings)
}

fn broken_start(what: &str, refusal: TaskError) -> Finding {
    Finding {
        what: what.to_owned(),
        tried: "1 start".to_owned(),
        must: "it starts".to_owned(),
        found: refusal,
        held: false,
    }
}

fn audited(names: &Names, Audit { lost, wrong }: Audit, wal: u64, verified: &Result<(), TaskError>) -> Finding {
    let said = verified.as_ref().err().map_or("silent", String::as_str);
    Finding {
        what: "the audit after a full disk".to_owned(),
        tried: format!("{} acknowledged, {} refused", names.acknowledged.len(), names.refused.len()),
        must: format!("nothing lost, nothing refused appears, `verify` silent, write-ahead log at most {WAL_MIB} MiB"),
        found: format!("{lost} lost, {wrong} appeared, `verify` {said}, log {} MiB", wal >> 20),
        held: lost + wrong == 0 && verified.is_ok() && wal >> 20 <= WAL_MIB && !names.refused.is_empty(),
    }
}

fn connect(server: &Server, token: &str) -> Result<Connection, TaskError> {
    server.connect(Some(token)).map_err(|cause| format!("a connection: {cause}"))
}

/// Writes until the server refuses.
fn fill(caller: &mut Connection, names: &mut Names) -> Result<(), TaskError> {
    for number in 0..GROUPS {
        let written = names.create(caller, &format!("fill {number}"), &"x".repeat(DESCRIPTION_CHARS));
        match written.map_err(|cause| format!("the server ended while its disk filled up: {cause}"))? {
            200 => {}
            503 | 507 => return Ok(()),
            other => return Err(format!("the first refusal on a full disk was {other}")),
        }
    }
    Err("the disk did not fill up".to_owned())
}

/// Alternates reads and writes on the full disk.
fn while_full(trial: &Trial, what: &str, caller: &mut Connection, names: &mut Names) -> Result<Finding, TaskError> {
    let n = trial.pick(REQUESTS.0, REQUESTS.1);
    let (mut reads, mut writes) = (BTreeMap::<u16, u64>::new(), BTreeMap::<u16, u64>::new());
    for number in 0..n {
        if number % 2 == 0 {
            let reply = caller.request("GET", "/api/v2/groups?pageSize=1", &[], None);
            *reads.entry(reply.map_err(|cause| format!("a read on a full disk: {cause}"))?.status).or_default() += 1;
        } else {
            let written = names.create(caller, &format!("{what} {number}"), &"y".repeat(DESCRIPTION_CHARS));
            *writes.entry(written.map_err(|cause| format!("a write on a full disk: {cause}"))?).or_default() += 1;
        }
    }
    Ok(Finding {
        what: what.to_owned(),
        tried: format!("{n} requests, every other one a write, on {DISK_MIB} MiB"),
        must: "reads go on, writes are answered with 503 or 507".to_owned(),
        found: format!("reads by status {reads:?}, writes by status {writes:?}"),
        held: reads.keys().all(|status| *status == 200)
            && writes.keys().all(|status| matches!(status, 200 | 503 | 507))
            && writes.keys().any(|status| *status != 200),
    })
}

/// The responses to the two readiness checks.
fn readiness(server: &Server, what: &str) -> Finding {
    let status = |target| server.get(target).map_or(0, |reply| reply.status);
    let (all, reads) = (status("/health/ready"), status("/health/ready?for=reads"));
    Finding {
        what: what.to_owned(),
        tried: "`/health/ready`, and the same `?for=reads`".to_owned(),
        must: "503 and 200".to_owned(),
        found: format!("{all} and {reads}"),
        held: all == 503 && reads == 200,
    }
}

/// Writes until one is acknowledged.
fn back(what: &str, server: &Server, token: &str, names: &mut Names) -> Result<Finding, TaskError> {
    let begin = Instant::now();
    let mut caller = connect(server, token)?;
    let mut number = 0;
    let mut is_back = false;
    while !is_back && begin.elapsed() < GIVE_UP {
        number += 1;
        let written = names.create(&mut caller, &format!("{what} {number}"), "");
        is_back = written.map_err(|cause| format!("a write once there is space: {cause}"))? == 200;
        thread::sleep(Duration::from_millis(20));
    }
    let took = begin.elapsed();
    Ok(Finding {
        what: what.to_owned(),
        tried: format!("{number} writes"),
        must: format!("a write is acknowledged within {}", shown(BACK_LIMIT)),
        found: if is_back { format!("after {}", shown(took)) } else { format!("none in {}", shown(took)) },
        held: is_back && took <= BACK_LIMIT,
    })
}
