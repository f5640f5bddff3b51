//! The suites: a program each, run against a server of its own.
//!
//! A suite prints one line per check and ends with `N passed, M failed`; so does this file's sum.

use super::{
    packages,
    server::{CLIENT_ID, CLIENT_SECRET, Server},
};
use crate::run::{Refusal, root, say, wait};
use std::{
    fmt, fs,
    io::{BufRead, BufReader},
    iter::Sum,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::channel,
    thread::spawn,
    time::Duration,
};

/// A suite: what runs it, and how the server is started for it.
pub struct Suite {
    /// Its name in the output.
    pub name: &'static str,
    runtime: Runtime,
    script: &'static [&'static str],
    flags: &'static [&'static str],
    limit: Duration,
}

enum Runtime {
    Python,
    Node,
}

const MINUTES_5: Duration = Duration::from_secs(5 * 60);
const MINUTES_10: Duration = Duration::from_secs(10 * 60);

/// The Python SDK over http.
pub const PYTHON: Suite = Suite {
    name: "python",
    runtime: Runtime::Python,
    script: &["tests/sdk/python/run.py"],
    flags: &[],
    limit: MINUTES_5,
};

/// The Python SDK over TLS.
pub const PYTHON_TLS: Suite = Suite { name: "python-tls", flags: &["--tls-self-signed"], ..PYTHON };

/// The newest JavaScript SDK.
pub const JS: Suite = Suite {
    name: "js",
    runtime: Runtime::Node,
    script: &["tests/sdk/js/run.mjs", "newest"],
    flags: &[],
    limit: MINUTES_5,
};

/// The oldest JavaScript SDK that can be installed.
pub const JS_12: Suite = Suite { name: "js-12", script: &["tests/sdk/js/run.mjs", "oldest"], ..JS };

/// The call order of the Terraform provider.
pub const TERRAFORM: Suite = Suite { name: "terraform", script: &["tests/sdk/python/terraform_order.py"], ..PYTHON };

/// Generated requests against the OpenAPI document.
pub const SCHEMATHESIS: Suite =
    Suite { name: "schemathesis", script: &["tests/sdk/schemathesis/run.py", "genesys"], limit: MINUTES_10, ..PYTHON };

/// The same for the second dialect.
pub const SCHEMATHESIS_KAIZALA: Suite =
    Suite { name: "schemathesis-kaizala", script: &["tests/sdk/schemathesis/run.py", "kaizala"], ..SCHEMATHESIS };

impl Suite {
    /// Runs the suite; whatever goes wrong around it counts as one failure.
    pub fn run(&self) -> Tally {
        say(&format!("suite {}", self.name));
        let log = root().join(format!(".sdk/{}.log", self.name));
        let (tally, refusal) = match Server::start(self.name, self.flags, &log) {
            Ok(server) => {
                let tally = self.play(&server);
                let stopped = server.stop();
                match tally {
                    Ok(tally) => (tally, stopped.err()),
                    Err(refusal) => (Tally::default(), Some(refusal)),
                }
            }
            Err(refusal) => (Tally::default(), Some(refusal)),
        };
        if let Some(refusal) = &refusal {
            say(&format!("suite {}: {refusal}", self.name));
        }
        let around = Tally { passed: 0, failed: u64::from(refusal.is_some()) };
        let sum = [tally, around].into_iter().sum::<Tally>();
        if sum.failed > 0 {
            show_end(&log);
        }
        sum
    }

    fn play(&self, server: &Server) -> Result<Tally, Refusal> {
        let mut command = match self.runtime {
            Runtime::Python => Command::new(packages::python()),
            Runtime::Node => Command::new("node"),
        };
        // The SDKs read settings from the home folder, so the suite gets an empty one.
        let mut child = command
            .args(self.script)
            .current_dir(root())
            .env("HOME", &server.folder)
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUNBUFFERED", "1")
            .env("CONVOKE_URL", &server.url)
            .env("CONVOKE_CLIENT_ID", CLIENT_ID)
            .env("CONVOKE_CLIENT_SECRET", CLIENT_SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|cause| format!("cannot start: {cause}"))?;
        let stdout = child.stdout.take().expect("stdout was asked for");
        let (tell, told) = channel();
        spawn(move || {
            let mut tally = None;
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                tally = Tally::parse(&line).or(tally);
                eprintln!("  {line}");
            }
            // Nobody listens after a time-out.
            let _ = tell.send(tally);
        });
        let Some(status) = wait(&mut child, self.limit) else {
            return Err(format!("not done after {} s", self.limit.as_secs()));
        };
        let tally = told.recv_timeout(Duration::from_secs(10)).ok().flatten();
        match tally {
            None | Some(Tally { passed: 0, .. }) => Err(format!("no check ran: {status}")),
            Some(Tally { failed: 0, .. }) if !status.success() => Err(format!("every check passed, but: {status}")),
            Some(tally) => Ok(tally),
        }
    }
}

/// How many checks passed and failed.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    /// Checks that held.
    pub passed: u64,
    /// Checks that did not.
    pub failed: u64,
}

impl Tally {
    /// A command without checks of its own: it counts only where it failed.
    pub fn of_command(result: &Result<(), Refusal>) -> Self {
        let failed = u64::from(result.is_err());
        Self { passed: 0, failed }
    }

    /// Reads `N passed, M failed`.
    fn parse(line: &str) -> Option<Self> {
        let (passed, failed) = line.trim().split_once(" passed, ")?;
        Some(Self { passed: passed.parse().ok()?, failed: failed.strip_suffix(" failed")?.parse().ok()? })
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |sum, tally| Self {
            passed: sum.passed + tally.passed,
            failed: sum.failed + tally.failed,
        })
    }
}

/// Shows the last lines of a log.
fn show_end(log: &Path) {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    say("the server's last words:");
    for line in lines.iter().skip(lines.len().saturating_sub(30)) {
        eprintln!("  {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn only_a_closing_line_is_a_tally() {
        for (line, expected) in [
            ("12 passed, 3 failed", Some((12, 3))),
            ("  0 passed, 0 failed ", Some((0, 0))),
            ("ok     1 passed, 2 failed by chance", None),
            ("x passed, 1 failed", None),
            ("", None),
        ] {
            let found = Tally::parse(line).map(|tally| (tally.passed, tally.failed));
            assert_eq!(found, expected, "{line}");
        }
    }
}
