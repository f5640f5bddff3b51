//! A server for one suite: the real binary, on a free port, with its own store.

use crate::run::{TaskError, root, signal, wait};
use nix::sys::signal::Signal;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread::spawn,
    time::Duration,
};
use tempfile::TempDir;

/// The client that the first start creates.
pub const CLIENT_ID: &str = "sdk-suites";
/// The secret of that client.
pub const CLIENT_SECRET: &str = "a secret of the suites only";

/// The time limit of a start on an empty store.
const START_LIMIT: Duration = Duration::from_secs(60);
/// The time limit of a stop without load.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A running server. Dropping it ends it and removes its folder.
pub struct Server {
    child: Child,
    /// The folder with its store and the suite's home.
    pub folder: TempDir,
    /// The URL from its line `listening on …`.
    pub url: String,
    /// Its output after that line, once it has ended.
    rest: Receiver<String>,
}

impl Server {
    /// Starts a server for the suite `name`; its log goes to `log`.
    pub fn start(name: &str, flags: &[&str], log: &Path) -> Result<Self, TaskError> {
        let prepared = tempfile::Builder::new().prefix(name).tempdir().and_then(|it| Ok((it, File::create(log)?)));
        let (folder, log) = prepared.map_err(|cause| format!("cannot prepare the server: {cause}"))?;
        let mut command = Command::new(binary());
        for (key, _) in std::env::vars_os() {
            if key.to_string_lossy().starts_with("CONVOKE_") {
                command.env_remove(key);
            }
        }
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--store"])
            .arg(format!("sqlite:{}", folder.path().join("test.sqlite").display()))
            .args(flags)
            .env("CONVOKE_BOOTSTRAP_CLIENT_ID", CLIENT_ID)
            .env("CONVOKE_BOOTSTRAP_CLIENT_SECRET", CLIENT_SECRET)
            .current_dir(root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|cause| format!("cannot start the server: {cause}"))?;

        let stdout = child.stdout.take().expect("stdout was asked for");
        let (tell_line, line) = channel();
        let (tell_rest, rest) = channel();
        spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let (mut line, mut rest) = (String::new(), String::new());
            // A failed read gives an empty line. The receiver may be gone already.
            let _ = stdout.read_line(&mut line);
            let _ = tell_line.send(line);
            let _ = stdout.read_to_string(&mut rest);
            let _ = tell_rest.send(rest);
        });
        let mut server = Self { child, folder, url: String::new(), rest };
        server.url = match line.recv_timeout(START_LIMIT) {
            Ok(line) => parse_first_line(&line)?,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(format!("no line on stdout in {} s", START_LIMIT.as_secs()));
            }
        };
        Ok(server)
    }

    /// Stops the server. It must exit with 0, and must have printed nothing but the first line.
    pub fn stop(mut self) -> Result<(), TaskError> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Err(format!("the server had ended by itself: {status}"));
        }
        signal(&self.child, Signal::SIGTERM)?;
        match wait(&mut self.child, STOP_LIMIT) {
            Some(status) if status.success() => {}
            Some(status) => return Err(format!("after SIGTERM the server ended with {status}")),
            None => return Err("SIGTERM did not stop the server".to_owned()),
        }
        match self.rest.recv_timeout(STOP_LIMIT) {
            Ok(rest) if rest.is_empty() => Ok(()),
            Ok(rest) => Err(format!("stdout carried more than its first line: {rest:?}")),
            Err(cause) => Err(format!("the server's stdout stayed open: {cause}")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Each fails only if the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The debug binary, which is in the same folder as this program.
pub fn binary() -> PathBuf {
    let chore = std::env::current_exe().expect("a running program has a file");
    let target = chore.parent().and_then(Path::parent);
    target.expect("cargo builds two folders deep").join("debug/convoke")
}

fn parse_first_line(line: &str) -> Result<String, TaskError> {
    let url = line.trim_end().strip_prefix("listening on ");
    url.filter(|url| url.starts_with("http"))
        .map(str::to_owned)
        .ok_or_else(|| format!("the first line on stdout was {line:?}"))
}
