//! A server as a child process: start, wait for readiness, measure, stop.
//!
//! CPU time and memory come from the kernel's accounting of that process, since the machine is shared with the load
//! generator. Linux only. Only children started here are ever signalled.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;

use super::http::{Connection, Endpoint, write_get};
use crate::run::signal;
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use nix::sys::signal::Signal;

/// How long a server may take to be ready.
const START_LIMIT: Duration = Duration::from_secs(300);
/// How long a server may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A running server. Dropping it kills it.
pub struct Server {
    child: Child,
    /// Held so that the child never writes to a closed pipe.
    _stdout: BufReader<ChildStdout>,
    /// Where it listens.
    pub endpoint: Endpoint,
    /// The time from before the start of the process to its first 200 on readiness.
    pub ready_after: Duration,
}

/// Memory of a process in MiB.
#[derive(Clone, Copy)]
pub struct Memory {
    /// The current resident memory.
    pub resident: f64,
    /// The greatest resident memory so far.
    pub peak: f64,
}

impl Server {
    /// Starts `command`, reads `listening on http://HOST:PORT` from its stdout, or `https` if `tls` is given, and waits
    /// until `ready_path` answers 200.
    pub async fn start(
        mut command: Command,
        ready_path: &str,
        tls: Option<Arc<ClientConfig>>,
    ) -> Result<Server, Box<dyn Error>> {
        let begin = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("the child has no stdout")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let address = line.trim().strip_prefix(&format!("listening on {scheme}://"));
        let address = address.and_then(|text| text.parse().ok());
        let Some(address) = address else {
            child.kill()?;
            child.wait()?;
            return Err(format!("the first line of the server is {line:?}, not where it listens").into());
        };
        let endpoint = Endpoint { address, tls };
        let mut server = Server { child, _stdout: stdout, endpoint, ready_after: Duration::ZERO };
        let mut request = Vec::new();
        write_get(&mut request, ready_path, "none");
        let mut status = 0;
        while status != 200 {
            if begin.elapsed() > START_LIMIT {
                return Err(format!("{ready_path} still answers {status} after {START_LIMIT:?}").into());
            }
            if status != 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            status = Connection::open(&server.endpoint).await?.exchange(&request).await?.status;
        }
        server.ready_after = begin.elapsed();
        Ok(server)
    }

    /// User and system time so far, including threads that have ended.
    pub fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        let [user, system, ..] = times(self.child.id())?;
        Ok(user + system)
    }

    /// Resident memory, now and at most.
    pub fn memory(&self) -> Result<Memory, Box<dyn Error>> {
        let status = self.proc_file("status")?;
        let mebibytes = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let kibibytes = line.and_then(|rest| rest.split_whitespace().next()).and_then(|n| n.parse::<f64>().ok());
            kibibytes.map(|n| n / 1024.0).ok_or_else(|| format!("no {key} in /proc/PID/status"))
        };
        Ok(Memory { resident: mebibytes("VmRSS:")?, peak: mebibytes("VmHWM:")? })
    }

    /// Asks it to stop by SIGTERM and waits until it has.
    pub fn stop(mut self) -> Result<(), Box<dyn Error>> {
        signal(&self.child, Signal::SIGTERM)?;
        let begin = Instant::now();
        while begin.elapsed() < STOP_LIMIT {
            if let Some(status) = self.child.try_wait()? {
                return if status.success() { Ok(()) } else { Err(format!("the server ended with {status}").into()) };
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(format!("the server did not stop within {STOP_LIMIT:?}").into())
    }

    fn proc_file(&self, name: &str) -> Result<String, Box<dyn Error>> {
        Ok(std::fs::read_to_string(format!("/proc/{}/{name}", self.child.id()))?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only if the child has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Removes a file from the page cache, so that the next program reads it from the disk.
pub fn forget(path: &Path) -> Result<(), Box<dyn Error>> {
    let file = File::open(path)?;
    file.sync_all()?;
    Ok(posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?)
}

/// User and system time of a process so far, with that of its children, ended or not.
pub fn cpu_with_children(id: u32) -> Result<Duration, Box<dyn Error>> {
    let mut sum: Duration = times(id)?.iter().sum();
    for child in std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?.split_whitespace() {
        // One that has just ended is missing here, and not yet counted there. It did nothing of interest.
        if let Ok([user, system, ..]) = times(child.parse()?) {
            sum += user + system;
        }
    }
    Ok(sum)
}

/// User and system time of a process, then of its children that have ended and were waited for.
///
/// `stat` counts in hundredths of a second, an error of less than one per cent in a run of seconds. `schedstat` has
/// nanoseconds, but not those of threads that have ended.
fn times(id: u32) -> Result<[Duration; 4], Box<dyn Error>> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let fields = stat.rsplit_once(')').ok_or("no command name in /proc/PID/stat")?.1;
    let ticks: Result<Vec<u64>, _> = fields.split_whitespace().skip(11).take(4).map(str::parse).collect();
    let times: Vec<Duration> = ticks?.into_iter().map(|ticks| Duration::from_millis(10 * ticks)).collect();
    Ok(times.try_into().map_err(|_| "no times in /proc/PID/stat")?)
}
