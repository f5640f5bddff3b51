//! The suites: each is a program, and runs against its own server.
//!
//! A suite prints one line for each check, which begins with `FAILED` if it failed, and ends with `N passed, M failed`.

use super::{
    packages,
    server::{CLIENT_ID, CLIENT_SECRET, Server},
};
use crate::{
    outcome::{CheckCounts, PartResult},
    run::{Heartbeat, TaskError, root, say, wait},
};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::channel,
    thread::spawn,
    time::Duration,
};

/// A suite: its program, and the flags of its server.
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

/// The time in which a suite's output must end after the suite has.
const OUTPUT_LIMIT: Duration = Duration::from_secs(10);
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

/// Generated requests against the OpenAPI document of the Kaizala API.
pub const SCHEMATHESIS_KAIZALA: Suite =
    Suite { name: "schemathesis-kaizala", script: &["tests/sdk/schemathesis/run.py", "kaizala"], ..SCHEMATHESIS };

impl Suite {
    /// Runs the suite. An error outside its checks counts as one failure.
    pub fn run(&self) -> PartResult {
        let _heartbeat = Heartbeat::start(self.name);
        let log = root().join(format!(".sdk/{}.log", self.name));
        let (mut outcome, refusal) = match Server::start(self.name, self.flags, &log) {
            Ok(server) => {
                let played = self.play(&server);
                let stopped = server.stop();
                match played {
                    Ok(outcome) => (outcome, stopped.err()),
                    Err(refusal) => (self.outcome(), Some(refusal)),
                }
            }
            Err(refusal) => (self.outcome(), Some(refusal)),
        };
        if let Some(refusal) = refusal {
            say(&format!("{}: {refusal}", self.name));
            outcome.counts.failed += 1;
            outcome.failures.push(refusal);
        }
        if outcome.counts.failed > 0 {
            show_end(&log);
        }
        outcome
    }

    /// Whether it needs Python and its packages.
    pub fn is_python(&self) -> bool {
        matches!(self.runtime, Runtime::Python)
    }

    /// An empty result.
    fn outcome(&self) -> PartResult {
        PartResult { name: self.name.to_owned(), counts: CheckCounts::default(), failures: Vec::new() }
    }

    fn play(&self, server: &Server) -> Result<PartResult, TaskError> {
        let mut command = match self.runtime {
            Runtime::Python => Command::new(packages::python()),
            Runtime::Node => Command::new("node"),
        };
        // The SDKs read settings from the home folder, so the suite gets an empty one.
        let mut child = command
            .args(self.script)
            .current_dir(root())
            .env("HOME", server.folder.path())
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
            let (mut counts, mut failures) = (None, Vec::new());
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                counts = parse(&line).or(counts);
                failures.extend(line.strip_prefix("FAILED ").map(str::to_owned));
                eprintln!("  {line}");
            }
            // After a timeout nobody receives it.
            let _ = tell.send((counts, failures));
        });
        let Some(status) = wait(&mut child, self.limit) else {
            return Err(format!("not done after {} s", self.limit.as_secs()));
        };
        let (counts, failures) = told.recv_timeout(OUTPUT_LIMIT).unwrap_or_default();
        match counts {
            None | Some(CheckCounts { passed: 0, .. }) => Err(format!("no check ran: {status}")),
            Some(CheckCounts { failed: 0, .. }) if !status.success() => {
                Err(format!("every check passed, but: {status}"))
            }
            Some(counts) => Ok(PartResult { counts, failures, ..self.outcome() }),
        }
    }
}

/// Parses `N passed, M failed`.
fn parse(line: &str) -> Option<CheckCounts> {
    let (passed, failed) = line.trim().split_once(" passed, ")?;
    let failed = failed.strip_suffix(" failed")?.parse().ok()?;
    Some(CheckCounts { passed: passed.parse().ok()?, failed, ignored: 0 })
}

/// Prints the last lines of a log.
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
    use super::parse;

    #[test]
    fn only_a_closing_line_is_a_tally() {
        for (line, expected) in [
            ("12 passed, 3 failed", Some((12, 3))),
            ("  0 passed, 0 failed ", Some((0, 0))),
            ("ok     1 passed, 2 failed by chance", None),
            ("x passed, 1 failed", None),
            ("", None),
        ] {
            let found = parse(line).map(|counts| (counts.passed, counts.failed));
            assert_eq!(found, expected, "{line}");
        }
    }
}
