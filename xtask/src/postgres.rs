//! A PostgreSQL cluster of its own, in a temporary folder.

use std::error::Error;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use nix::unistd::{User, geteuid};
use tempfile::TempDir;

use crate::run::{must, signal, wait};

/// Where Debian has the programs, in a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The programs that make and run a cluster.
const PROGRAMS: [&str; 2] = ["initdb", "postgres"];
/// `initdb` and `postgres` refuse to be run by root, and are run by the first of these that there is.
const USERS: [&str; 2] = ["postgres", "nobody"];
/// How long it may take to start or to stop.
const LIMIT: Duration = Duration::from_secs(300);
/// The role that owns a cluster.
pub const ROLE: &str = "convoke";

/// A running cluster. Dropping it stops it and removes its files.
pub struct Cluster {
    process: Child,
    programs: PathBuf,
    folder: TempDir,
    user: Option<User>,
    /// What `postgres --version` says.
    pub version: String,
}

impl Cluster {
    /// Starts a cluster on the file system of `parent`, with a socket in this folder. Without a folder, that of the
    /// cluster has it.
    pub fn start(programs: PathBuf, parent: &Path, socket: &str, settings: &[&str]) -> Result<Cluster, Box<dyn Error>> {
        let folder = tempfile::Builder::new().prefix("postgres-").tempdir_in(parent)?;
        let user = match geteuid().is_root() {
            true => USERS.iter().find_map(|name| User::from_name(name).ok().flatten()),
            false => None,
        };
        if let Some(user) = &user {
            chown(folder.path(), Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
        }
        let data = folder.path().join("data");
        let mut command = program(&programs, "initdb", user.as_ref(), folder.path());
        let arguments = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--username", ROLE, "--pgdata"];
        must("make a PostgreSQL cluster", command.args(arguments).arg(&data).stdout(Stdio::null()), LIMIT)?;
        // One role has to show a password, for tests of wrong ones. The first line that fits counts.
        let access = data.join("pg_hba.conf");
        let others = std::fs::read_to_string(&access)?;
        std::fs::write(&access, format!("local all by_password scram-sha-256\n{others}"))?;
        let version = program(&programs, "postgres", user.as_ref(), folder.path()).arg("--version").output()?;
        let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
        let socket = if socket.is_empty() { folder.path() } else { Path::new(socket) };
        let mut command = program(&programs, "postgres", user.as_ref(), folder.path());
        command.arg("-D").arg(&data).arg("-k").arg(socket).args(["-c", "listen_addresses="]);
        for setting in settings {
            command.args(["-c", setting]);
        }
        let log = std::fs::File::create(folder.path().join("log"))?;
        let process = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut cluster = Cluster { process, programs, folder, user, version };
        cluster.await_ready()?;
        Ok(cluster)
    }

    /// The folder of the cluster, which is removed with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The number of its first process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The URL of its first database, if the folder of the cluster has the socket.
    pub fn url(&self) -> String {
        format!("postgres://{ROLE}@/postgres?host={}", self.folder().display())
    }

    /// A program of the cluster's version, run by the user of the cluster.
    pub fn program(&self, name: &str) -> Command {
        program(&self.programs, name, self.user.as_ref(), self.folder())
    }

    /// Waits until the file says that it is ready (<https://www.postgresql.org/docs/current/storage-file-layout.html>).
    fn await_ready(&mut self) -> Result<(), Box<dyn Error>> {
        let begin = Instant::now();
        let file = self.folder().join("data/postmaster.pid");
        loop {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            if text.lines().nth(7).is_some_and(|state| state.trim() == "ready") {
                return Ok(());
            }
            if self.process.try_wait()?.is_some() || begin.elapsed() > LIMIT {
                let log = std::fs::read_to_string(self.folder().join("log"))?;
                return Err(format!("PostgreSQL does not start: {log}").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The signal asks for a fast stop. It fails only if the process has ended already.
        signal(&self.process, Signal::SIGINT).ok();
        wait(&mut self.process, LIMIT);
    }
}

/// The folder that has the programs of a cluster and these: of the newest version, or on the path.
pub fn programs(others: &[&str]) -> Option<PathBuf> {
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let found = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut versions: Vec<PathBuf> = found.collect();
    versions.sort_by_key(|path| std::cmp::Reverse(version(path)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = versions.into_iter().map(|path| path.join("bin")).chain(std::env::split_paths(&path));
    let has = |folder: &PathBuf, program: &&str| folder.join(program).is_file();
    folders.into_iter().find(|folder| PROGRAMS.iter().chain(others).all(|program| has(folder, program)))
}

fn program(programs: &Path, name: &str, user: Option<&User>, folder: &Path) -> Command {
    let mut command = Command::new(programs.join(name));
    command.current_dir(folder);
    if let Some(user) = user {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}
