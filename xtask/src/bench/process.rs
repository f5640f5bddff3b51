//! A server as a child process: start, wait for readiness, measure, stop.
//!
//! CPU time and memory come from the kernel's accounting of that process, since the machine is shared with the load
//! generator. Linux only. Only children started here are ever signalled.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::http::{Connection, write_get};
use crate::run::signal;
use nix::sys::signal::Signal;

/// How long a server may take to be ready.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long a server may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A running server. Dropping it kills it.
pub struct Server {
    child: Child,
    /// Held so that the child never writes to a closed pipe.
    _stdout: BufReader<ChildStdout>,
    /// Where it listens.
    pub address: SocketAddr,
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
    /// Starts `command`, reads `listening on http://HOST:PORT` from its stdout
    /// and waits until `ready_path` answers 200.
    pub async fn start(mut command: Command, ready_path: &str) -> Result<Server, Box<dyn Error>> {
        let begin = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("the child has no stdout")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on http://").and_then(|text| text.parse().ok());
        let Some(address) = address else {
            child.kill()?;
            child.wait()?;
            return Err(format!("the first line of the server is {line:?}, not where it listens").into());
        };
        let mut server = Server { child, _stdout: stdout, address, ready_after: Duration::ZERO };
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
            status = Connection::open(address).await?.exchange(&request).await?.status;
        }
        server.ready_after = begin.elapsed();
        Ok(server)
    }

    /// User and system time so far, including threads that have ended.
    ///
    /// `stat` counts in hundredths of a second, an error of less than one per cent in a run of seconds. `schedstat` has
    /// nanoseconds, but not those of threads that have ended.
    pub fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        let stat = self.proc_file("stat")?;
        let fields = stat.rsplit_once(')').ok_or("no command name in /proc/PID/stat")?.1;
        let mut times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let user = times.next().ok_or("no user time in /proc/PID/stat")??;
        let system = times.next().ok_or("no system time in /proc/PID/stat")??;
        Ok(Duration::from_millis(10 * (user + system)))
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
