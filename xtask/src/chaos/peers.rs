//! Slow and greedy peers on loopback, beside an honest client.
//!
//! The attackers come from 127.0.0.2 and the honest client from 127.0.0.1, so that limits per address can tell
//! them apart. Every attack is bounded in time and in number.

mod crowd;
mod framing;

use super::{
    Trial, folder,
    probe::ProbeResults,
    report::{Finding, shown},
    server::{Launch, Server, connect_from},
    shared::connection::{Connection, Reply},
};
use crate::run::{TaskError, say};
use crowd::Crowd;
use std::{
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// The address of attackers.
pub const ATTACKER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// Sockets of one address that send a request now and then: more than the server accepts.
const IDLERS: usize = 4_224;
/// The period of these requests and the duration of the attack, each in the full and in the short form.
const IDLER_PERIOD: (Duration, Duration) = (Duration::from_secs(12), Duration::from_secs(4));
const IDLER_TIME: (Duration, Duration) = (Duration::from_secs(40), Duration::from_secs(5));
/// Sign-ins that announce a large body and stall.
const STALLERS: (usize, usize) = (1_500, 400);
const STALLED_LENGTH: usize = 1024 * 1024;
/// How much of the body each one sends.
const STALLED_SENT: usize = 960 * 1024;
/// The memory that stalled bodies may take in all, while they stall and 10 s after they have gone, in MiB.
const STALLED_MIB: u64 = 64;
const STALLED_MIB_AFTER: u64 = 32;
/// Readers of large replies that read a byte now and then.
const SIPPERS: (usize, usize) = (60, 12);
const SIP_PERIOD: Duration = Duration::from_secs(5);
/// People in the large group; a reply has some 600 bytes for each.
const LARGE_GROUP: (usize, usize) = (20_000, 3_000);
/// The memory that unread replies may take in all, in MiB.
const UNREAD_MIB: u64 = 160;
/// The time in which a peer that does not read must be disconnected.
const SIPPERS_GONE: Duration = Duration::from_secs(75);
/// Connections that send the head of a request one byte at a time.
const CREEPERS: (usize, usize) = (2_000, 200);
const CREEP_PERIOD: Duration = Duration::from_secs(2);
/// The time in which a connection with an incomplete head must be closed: its deadline of 10 s, and some tolerance.
const CREEPERS_GONE: Duration = Duration::from_secs(15);
/// The latency that an honest client may see beside an attack.
const HONEST_LIMIT: Duration = Duration::from_millis(500);
/// The time after which the honest client gives up on a request.
const HONEST_PATIENCE: Duration = Duration::from_secs(3);
/// The time in which memory must be returned after an attack.
const SETTLE: Duration = Duration::from_secs(10);

pub fn run(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let mut findings = vec![idlers(trial)?];
    findings.extend(stallers(trial)?);
    findings.extend(sippers(trial)?);
    findings.extend(creepers(trial)?);
    findings.push(framing::run(&start(trial, "framing")?));
    Ok(findings)
}

fn start(trial: &Trial, name: &str) -> Result<Server, TaskError> {
    Server::start(&trial.binary, &folder::fresh(&trial.folder, name)?.join("peers.db"))
}

/// Lists groups, each time on a new connection, while `attack` runs.
fn beside<T>(server: &Server, token: &str, attack: impl FnOnce() -> T) -> (T, ProbeResults) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let honest = scope.spawn(|| {
            ProbeResults::while_not(&stop, Duration::from_millis(50), || {
                let reply = list_groups(server, token);
                match reply {
                    Ok(reply) if reply.status == 200 => Ok(()),
                    Ok(reply) => Err(reply.status.to_string()),
                    Err(error) => Err(error.to_string()),
                }
            })
        });
        let attacked = attack();
        stop.store(true, Ordering::Relaxed);
        (attacked, honest.join().unwrap_or_default())
    })
}

/// One request on a new connection, with its own timeout.
fn list_groups(server: &Server, token: &str) -> std::io::Result<Reply> {
    let stream = connect_from(server.address, IpAddr::V4(Ipv4Addr::LOCALHOST))?;
    let mut connection = Connection::over(stream, Some(format!("Bearer {token}")))?;
    connection.stream.get_ref().set_read_timeout(Some(HONEST_PATIENCE))?;
    connection.request("GET", "/api/v2/groups?pageSize=1", &[], None)
}

fn honest(what: &str, tried: String, seen: &ProbeResults) -> Finding {
    Finding {
        what: what.to_owned(),
        tried,
        must: format!(
            "an honest client of another address is served every time, 9 in 10 within {}",
            shown(HONEST_LIMIT)
        ),
        found: seen.text(),
        held: seen.is_good(HONEST_LIMIT),
    }
}

/// More sockets than the server accepts, each with a request now and then.
fn idlers(trial: &Trial) -> Result<Finding, TaskError> {
    let server = start(trial, "idlers")?;
    let (period, time) = (trial.pick(IDLER_PERIOD.0, IDLER_PERIOD.1), trial.pick(IDLER_TIME.0, IDLER_TIME.1));
    // The sign-in comes before the attackers connect.
    let token = server.sign_in()?;
    let mut crowd = Crowd::connect(server.address, IDLERS);
    let n = crowd.len();
    let request = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let ((), seen) = beside(&server, &token, || {
        let begin = Instant::now();
        while begin.elapsed() < time {
            crowd.send(request);
            thread::sleep(period.min(time.saturating_sub(begin.elapsed())));
            crowd.drain();
        }
    });
    let tried = format!("{n} sockets of one address, a request every {} each, for {}", shown(period), shown(time));
    Ok(honest("one peer with thousands of sockets", tried, &seen))
}

/// Sign-ins that announce a large body, send most of it, and wait.
fn stallers(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let server = start(trial, "stallers")?;
    let n = trial.pick(STALLERS.0, STALLERS.1);
    let before = server.resident();
    let (most, seen) = beside(&server, &server.sign_in()?, || {
        let mut crowd = Crowd::connect(server.address, n);
        let head = format!(
            "POST /oauth/token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {STALLED_LENGTH}\r\n\r\n"
        );
        let most = crowd.push(head.as_bytes(), STALLED_SENT, Duration::from_secs(15), || server.resident());
        thread::sleep(Duration::from_secs(1));
        most.max(server.resident())
    });
    let after = settled(&server, before + STALLED_MIB_AFTER);
    let (grown, kept) = (most.saturating_sub(before), after.saturating_sub(before));
    let tried =
        format!("{n} `POST /oauth/token` without a client, {} KiB of {STALLED_LENGTH} bytes sent", STALLED_SENT >> 10);
    Ok(vec![
        Finding {
            what: "memory beside stalled bodies".to_owned(),
            tried: tried.clone(),
            must: format!(
                "at most {STALLED_MIB} MiB more, {STALLED_MIB_AFTER} MiB more within {} after",
                shown(SETTLE)
            ),
            found: format!("{before} MiB before, {most} at most, {after} after"),
            held: grown <= STALLED_MIB && kept <= STALLED_MIB_AFTER,
        },
        honest("honest requests beside stalled bodies", tried, &seen),
    ])
}

/// Waits until memory is no more than `aim`, for some seconds.
fn settled(server: &Server, aim: u64) -> u64 {
    let begin = Instant::now();
    while server.resident() > aim && begin.elapsed() < SETTLE {
        thread::sleep(Duration::from_millis(200));
    }
    server.resident()
}

/// Large replies that are read a byte at a time.
fn sippers(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let n = trial.pick(SIPPERS.0, SIPPERS.1);
    let store = large_store(trial, trial.pick(LARGE_GROUP.0, LARGE_GROUP.1))?;
    let server = Launch::new(&trial.binary, &store).start()?;
    let token = server.sign_in()?;
    let mut caller = server.connect(Some(&token)).map_err(|cause| cause.to_string())?;
    let search = serde_json::json!({ "query": [{ "type": "MATCH_ALL" }], "sortBy": "memberCount", "sortOrder": "DESC", "pageSize": 1 });
    let reply =
        caller.request("POST", "/api/v2/groups/search", &[], Some(&search)).map_err(|cause| cause.to_string())?;
    let id = reply.body.pointer("/results/0/id").and_then(|id| id.as_str());
    let id = id.ok_or_else(|| format!("the largest group: {} {}", reply.status, reply.body))?.to_owned();
    let before = server.resident();
    let limit = trial.pick(SIPPERS_GONE, Duration::from_secs(3));
    let ((most, gone), seen) = beside(&server, &token, || {
        let mut crowd = Crowd::connect(server.address, n);
        let request = format!(
            "GET /api/v2/groups/{id}/individuals HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        crowd.send(request.as_bytes());
        let (begin, mut most, mut gone) = (Instant::now(), 0, None);
        while begin.elapsed() < limit && gone.is_none() {
            thread::sleep(Duration::from_millis(500).min(SIP_PERIOD));
            most = most.max(server.resident());
            if begin.elapsed().as_millis() / SIP_PERIOD.as_millis() > crowd.n_sips() {
                crowd.sip();
            }
            // The server's own sockets are counted, since the attackers' kernel may still have unread bytes.
            gone = (crowd.n_open_at_server() == 0).then(|| begin.elapsed());
        }
        (most, gone)
    });
    let tried = format!(
        "{n} requests for {} individuals, a byte read every {}",
        trial.pick(LARGE_GROUP.0, LARGE_GROUP.1),
        shown(SIP_PERIOD)
    );
    let mut findings = vec![
        Finding {
            what: "memory beside unread replies".to_owned(),
            tried: tried.clone(),
            must: format!("at most {UNREAD_MIB} MiB more"),
            found: format!("{before} MiB before, {most} at most"),
            held: most.saturating_sub(before) <= UNREAD_MIB,
        },
        honest("honest requests beside unread replies", tried.clone(), &seen),
    ];
    if trial.pick(true, false) {
        findings.push(Finding {
            what: "peers that do not read".to_owned(),
            tried,
            must: format!("all are cut off within {}", shown(SIPPERS_GONE)),
            found: gone.map_or("some were still connected".to_owned(), |after| format!("after {}", shown(after))),
            held: gone.is_some(),
        });
    }
    Ok(findings)
}

/// A store with one group of this many people.
pub fn large_store(trial: &Trial, people: usize) -> Result<PathBuf, TaskError> {
    let store = folder::fresh(&trial.folder, "large")?.join("large.db");
    demo_data(&trial.binary, &store, people)?;
    Ok(store)
}

fn demo_data(binary: &Path, store: &Path, people: usize) -> Result<(), TaskError> {
    say(&format!("  making a store of {people} people"));
    let mut command = Command::new(binary);
    command.args(["demo-data", "--store"]).arg(format!("sqlite:{}", store.display()));
    command.args(["--groups", "20", "--skills", "20", "--rules", "2"]);
    for (flag, number) in [("--people", people), ("--memberships", people * 11 / 10), ("--largest", people)] {
        command.arg(flag).arg(number.to_string());
    }
    command.env("CONVOKE_BOOTSTRAP_CLIENT_ID", super::server::CLIENT.0);
    command.env("CONVOKE_BOOTSTRAP_CLIENT_SECRET", super::server::CLIENT.1);
    let output = command.stdin(Stdio::null()).output().map_err(|cause| format!("demo-data: {cause}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("demo-data: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

/// Heads of requests that arrive one byte at a time.
fn creepers(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let server = start(trial, "creepers")?;
    let n = trial.pick(CREEPERS.0, CREEPERS.1);
    let files_before = server.open_files();
    let (gone, seen) = beside(&server, &server.sign_in()?, || {
        let mut crowd = Crowd::connect(server.address, n);
        let begin = Instant::now();
        crowd.send(b"GET /api/v2/groups HTTP/1.1\r\nhost: ");
        let mut gone = None;
        while begin.elapsed() < CREEPERS_GONE + CREEP_PERIOD && gone.is_none() {
            thread::sleep(CREEP_PERIOD);
            crowd.send(b"x");
            gone = (crowd.n_open() == 0).then(|| begin.elapsed());
        }
        gone
    });
    thread::sleep(Duration::from_millis(500));
    let files_after = server.open_files();
    let tried = format!("{n} heads of requests, a byte every {} each", shown(CREEP_PERIOD));
    Ok(vec![
        Finding {
            what: "slow heads of requests".to_owned(),
            tried: tried.clone(),
            must: format!("all are cut off within {}, no file stays open", shown(CREEPERS_GONE)),
            found: format!(
                "{}; {files_before} files before, {files_after} after",
                gone.map_or("some were still connected".to_owned(), |after| format!("after {}", shown(after)))
            ),
            held: gone.is_some_and(|after| after <= CREEPERS_GONE) && files_after <= files_before + 8,
        },
        honest("honest requests beside slow heads", tried, &seen),
    ])
}
