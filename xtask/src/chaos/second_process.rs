//! A second process on the same store: it must end at once, by whatever path it opens the file.

use super::{
    Trial, folder,
    names::{Audit, Names},
    report::{Finding, shown},
    server::{Launch, Server, last_line},
    shared::connection::Connection,
};
use crate::run::TaskError;
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, ExitStatus},
    thread::sleep,
    time::{Duration, Instant},
};

/// The time in which the second process must end.
const END_LIMIT: Duration = Duration::from_secs(1);
/// The time after which a process that does not end is given up.
const GIVE_UP: Duration = Duration::from_secs(3);
/// The number of groups that each process is asked to create.
const WRITES: usize = 12;

pub fn run(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let mut findings = Vec::new();
    for (name, make) in KINDS {
        let folder = folder::fresh(&trial.folder, "first")?;
        let beside = folder::fresh(&trial.folder, "second")?;
        let store = folder.join("shared.db");
        let server = Server::start(&trial.binary, &store)?;
        let mut names = Names::default();
        let token = server.sign_in()?;
        let mut caller = server.connect(Some(&token)).map_err(|cause| cause.to_string())?;
        // One write before, so that both the database and its write-ahead log exist.
        write(&mut names, &mut caller, "before", 1);
        let (other, _mount) = make(&store, &beside)?;
        findings.push(attempt(trial, name, &server, &other, &mut names, &mut caller)?);
    }
    Ok(findings)
}

type Made = (PathBuf, Option<folder::SmallDisk>);
type Make = fn(&Path, &Path) -> Result<Made, TaskError>;

/// The paths by which the second process opens the file.
const KINDS: [(&str, Make); 6] = [
    ("the same path", |store, _| Ok((store.to_owned(), None))),
    ("a relative path", |store, _| {
        let up = std::env::current_dir().map_err(|cause| cause.to_string())?;
        let up: PathBuf = up.components().skip(1).map(|_| "..").collect();
        Ok((up.join(store.strip_prefix("/").unwrap_or(store)), None))
    }),
    ("a symbolic link to the file", |store, beside| {
        link(symlink(store, beside.join("link.db")), beside.join("link.db"))
    }),
    ("a symbolic link to the folder", |store, beside| {
        let folder = store.parent().unwrap_or(Path::new("."));
        link(symlink(folder, beside.join("link")), beside.join("link/shared.db"))
    }),
    ("a hard link", |store, beside| link(fs::hard_link(store, beside.join("hard.db")), beside.join("hard.db"))),
    ("a bind mount of the folder", |store, beside| {
        let mount = folder::SmallDisk::bind(store.parent().unwrap_or(Path::new(".")), beside)?;
        Ok((beside.join("shared.db"), Some(mount)))
    }),
];

fn link(made: std::io::Result<()>, path: PathBuf) -> Result<Made, TaskError> {
    made.map(|()| (path.clone(), None)).map_err(|cause| format!("{}: {cause}", path.display()))
}

fn attempt(
    trial: &Trial,
    name: &str,
    server: &Server,
    other: &Path,
    names: &mut Names,
    caller: &mut Connection,
) -> Result<Finding, TaskError> {
    let begin = Instant::now();
    let second = Launch::new(&trial.binary, other);
    let (mut child, log) = second.spawn()?;
    let status = wait_up_to(&mut child, GIVE_UP);
    let took = begin.elapsed();
    let ended = match status {
        Some(status) => format!("ended after {} ({status})", shown(took)),
        None => {
            // It still runs: the audit shows what two processes do to one store.
            drop((child.kill(), child.wait()));
            let second = second.listen();
            if let Ok(second) = &second
                && let Ok(mut caller) =
                    second.sign_in().and_then(|token| second.connect(Some(&token)).map_err(|cause| cause.to_string()))
            {
                write(names, &mut caller, "second", WRITES);
            }
            "it ran".to_owned()
        }
    };
    write(names, caller, "first", WRITES);
    let after = names.acknowledged.iter().filter(|name| name.starts_with("first")).count();
    let audit = names.audit(server)?;
    let said = last_line(&fs::read_to_string(&log).unwrap_or_default());
    let refused = status.is_some_and(|status| !status.success());
    Ok(Finding {
        what: format!("a second process by {name}"),
        tried: format!("1 start, {WRITES} writes at the first process afterwards"),
        must: format!("it ends with an error within {}; the first goes on", shown(END_LIMIT)),
        found: format!(
            "{ended}; {after} of {WRITES} writes at the first acknowledged, {} acknowledged ones lost{}",
            audit.lost,
            if refused { String::new() } else { format!("; it said: {said}") }
        ),
        held: refused && took <= END_LIMIT && after == WRITES && audit == Audit::default(),
    })
}

/// The exit status, if it ended within the limit; otherwise it is left running.
fn wait_up_to(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        sleep(Duration::from_millis(5));
    }
    None
}

fn write(names: &mut Names, caller: &mut Connection, prefix: &str, n: usize) {
    for number in 0..n {
        // The result is in the ledger.
        let _ = names.create(caller, &format!("{prefix} {number}"), "");
    }
}
