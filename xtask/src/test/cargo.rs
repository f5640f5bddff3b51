//! Cargo's own tests: all are run even if some fail, their output is shown as it comes, and counted.

use crate::{
    outcome::{CheckCounts, PartResult},
    postgres::{self, Cluster},
    run::{Heartbeat, TaskError, cargo, must, say, wait},
};
use std::{
    io::{BufRead, BufReader, PipeReader, Write, pipe},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc::channel},
    thread::spawn,
    time::Duration,
};

/// The time limit of a cold build on a small machine, and of all tests.
pub const LIMIT: Duration = Duration::from_secs(40 * 60);
/// The time in which the output must end after cargo has: a process that a test left may hold the pipe open.
const OUTPUT_LIMIT: Duration = Duration::from_secs(5);
/// The name of this part.
const NAME: &str = "cargo test";

/// The programs that need more than cargo: `cargo test` alone leaves them out.
pub const OTHERS: &[&str] = &["--test", "syscalls"];

/// The programs that run on PostgreSQL: those of this name, and the libraries, of which the server's finds the cluster.
pub const ON_POSTGRES: &[&str] = &["--lib", "--test", "postgres"];
/// The name of the part that runs them.
const POSTGRES: &str = "cargo test on PostgreSQL";
/// The variable that tells them the cluster.
const CLUSTER: &str = "CONVOKE_TEST_POSTGRES";
/// Tests are about killed processes, not about power failures. Each test has a database and two dozen connections.
const SETTINGS: [&str; 2] = ["fsync=off", "max_connections=500"];

/// Starts a cluster, and runs the tests of what PostgreSQL is needed for.
pub fn run_on_postgres() -> PartResult {
    let started =
        postgres::programs(&[]).ok_or_else(|| "PostgreSQL is not installed".to_owned()).and_then(|programs| {
            let cluster = Cluster::start(programs, &std::env::temp_dir(), "", &SETTINGS);
            cluster.map_err(|error| error.to_string())
        });
    let cluster = match started {
        Ok(cluster) => cluster,
        Err(refusal) => return PartResult::not_run(POSTGRES, refusal),
    };
    let count = Arc::new(Mutex::new(Count::default()));
    match counted(&count, ON_POSTGRES, &[(CLUSTER, &cluster.url())]) {
        Ok(status) => {
            std::mem::take(&mut *count.lock().unwrap_or_else(PoisonError::into_inner)).outcome(POSTGRES, status)
        }
        Err(refusal) => PartResult::not_run(POSTGRES, refusal),
    }
}

/// Builds and runs the tests of the whole workspace, and then those that need more than cargo.
pub fn run() -> PartResult {
    // The build is a step of its own, because cargo shows its progress only if its output is not a pipe.
    let build = &mut cargo(&["test", "--workspace", "--locked", "--no-run"]);
    let count = Arc::new(Mutex::new(Count::default()));
    let ran = must("build the tests", build, LIMIT).and_then(|()| {
        let (all, others) = (counted(&count, &[], &[])?, counted(&count, OTHERS, &[])?);
        // A success of the second run must not hide a failure of the first.
        Ok(if all.is_some_and(|status| status.success()) { others } else { all })
    });
    match ran {
        Ok(status) => std::mem::take(&mut *count.lock().unwrap_or_else(PoisonError::into_inner)).outcome(NAME, status),
        Err(refusal) => PartResult::not_run(NAME, refusal),
    }
}

/// Runs the tests of the workspace, or those that the arguments name, and adds them to the count. No status means that the
/// time limit was reached.
fn counted(
    count: &Arc<Mutex<Count>>,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<Option<ExitStatus>, TaskError> {
    say(NAME);
    let _heartbeat = Heartbeat::start(NAME);
    let problem = |cause| format!("cannot start: {cause}");
    // One pipe for stdout and stderr: cargo prints the name of a test program on one, and the program its result on the
    // other.
    let (output, input) = pipe().map_err(problem)?;
    let mut command = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    command
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stderr(input.try_clone().map_err(problem)?)
        .stdout(input);
    let mut child = command.spawn().map_err(problem)?;
    // The command holds the writing ends of the pipe.
    drop(command);
    let (tell_end, ended) = channel();
    let shared = count.clone();
    spawn(move || {
        copy(output, &shared);
        // After the time limit nobody receives it.
        let _ = tell_end.send(());
    });
    let status = wait(&mut child, LIMIT);
    let _ = ended.recv_timeout(OUTPUT_LIMIT);
    count.lock().unwrap_or_else(PoisonError::into_inner).close();
    Ok(status)
}

fn copy(output: PipeReader, count: &Mutex<Count>) {
    let (mut output, mut line) = (BufReader::new(output), Vec::new());
    while output.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        count.lock().unwrap_or_else(PoisonError::into_inner).take(&String::from_utf8_lossy(&line));
        // A closed stdout must not stop the tests.
        let _ = std::io::stdout().write_all(&line);
        line.clear();
    }
}

/// The counts so far.
#[derive(Default)]
struct Count {
    counts: CheckCounts,
    failures: Vec<String>,
    /// The name of the running test program.
    program: String,
    /// Whether it has started and not printed its result yet.
    is_open: bool,
}

impl Count {
    /// Processes one line of output of cargo or of a test program.
    fn take(&mut self, line: &str) {
        let line = line.trim();
        if let Some(program) = program(line) {
            self.close();
            self.program = program.to_owned();
        } else if line.strip_prefix("running ").is_some_and(|rest| rest.ends_with(" tests") || rest.ends_with(" test"))
        {
            self.close();
            self.is_open = true;
        } else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            self.failures.push(format!("{}: {name}", self.program));
        } else if let Some(counts) = line.strip_prefix("test result: ").and_then(numbers) {
            self.is_open = false;
            self.counts = [self.counts, counts].into_iter().sum();
        }
    }

    /// Counts a failure if the program has started and printed no result: something has ended it.
    fn close(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.counts.failed += 1;
            self.failures.push(format!("{}: ended before its tests did", self.program));
        }
    }

    /// The result, after cargo has ended. Without a status it was killed at the time limit.
    fn outcome(mut self, name: &str, status: Option<ExitStatus>) -> PartResult {
        self.close();
        let trouble = match status {
            None => Some(format!("not done after {} s", LIMIT.as_secs())),
            Some(status) if !status.success() && self.counts.failed == 0 => {
                Some(format!("cargo: {status}, though no test failed"))
            }
            Some(_) if self.counts.passed == 0 && self.counts.failed == 0 => Some("no test ran".to_owned()),
            Some(_) => None,
        };
        self.counts.failed += u64::from(trouble.is_some());
        self.failures.extend(trouble);
        PartResult { name: name.to_owned(), counts: self.counts, failures: self.failures }
    }
}

/// The name of the program in a line of cargo: `commands` in `Running tests/commands.rs (target/…/commands-12ab)`.
fn program(line: &str) -> Option<&str> {
    if let Some(name) = line.strip_prefix("Doc-tests ") {
        return Some(name);
    }
    let (_, file) = line.strip_prefix("Running ")?.strip_suffix(')')?.split_once(" (")?;
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    Some(name.rsplit_once('-').map_or(name, |(name, _)| name))
}

/// Parses `ok. 12 passed; 0 failed; 1 ignored; …`.
fn numbers(result: &str) -> Option<CheckCounts> {
    let (_, counts) = result.split_once(". ")?;
    let mut counts = counts.split("; ");
    let mut next = |what: &str| counts.next()?.strip_suffix(what)?.trim().parse().ok();
    Some(CheckCounts { passed: next("passed")?, failed: next("failed")?, ignored: next("ignored")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn count(output: &str, code: i32) -> (CheckCounts, Vec<String>) {
        let mut count = Count::default();
        output.lines().for_each(|line| count.take(line));
        let outcome = count.outcome(NAME, Some(ExitStatus::from_raw(code << 8)));
        (outcome.counts, outcome.failures)
    }

    const GOOD: &str = "
     Running unittests src/lib.rs (target/debug/deps/convoke_core-0123456789abcdef)

running 2 tests
test a ... ok
test b ... ignored, needs the moon

test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

   Doc-tests convoke_core

running 1 test
test crates/core/src/lib.rs - (line 3) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.30s
";

    const BAD: &str = "
     Running tests/what-it-does.rs (target/debug/deps/what_it_does-00ff)

running 3 tests
test it_said_test_result ... ok
test walks::slowly - should panic ... FAILED
test runs ... FAILED

failures:

---- runs stdout ----
it printed: test result: none

failures:
    runs

test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.01s

error: test failed, to rerun pass `-p core --test what-it-does`
";

    const DIED: &str = "
     Running tests/dies.rs (target/debug/deps/dies-00ff)

running 5 tests
test lives ... ok
error: test failed, to rerun pass `-p core --test dies`

Caused by:
  process didn't exit successfully: `dies-00ff` (signal: 6, SIGABRT: process abort signal)
";

    fn counts(passed: u64, failed: u64, ignored: u64) -> CheckCounts {
        CheckCounts { passed, failed, ignored }
    }

    #[test]
    fn all_programs_are_counted_and_failures_have_names() {
        assert_eq!(count(GOOD, 0), (counts(2, 0, 1), vec![]));
        let failures = ["walks::slowly - should panic", "runs"].map(|name| format!("what_it_does: {name}"));
        assert_eq!(count(&[GOOD, BAD, GOOD].concat(), 101), (counts(5, 2, 2), failures.to_vec()));
    }

    #[test]
    fn a_program_that_dies_is_a_failure_wherever_it_comes() {
        let died = "dies: ended before its tests did";
        for output in [[DIED, GOOD], [GOOD, DIED]] {
            assert_eq!(count(&output.concat(), 101), (counts(2, 1, 1), vec![died.to_owned()]));
        }
    }

    #[test]
    fn cargo_is_not_taken_for_content_by_silence() {
        for (output, code, trouble) in [
            ("", 0, "no test ran"),
            ("error: could not compile", 101, "cargo: exit status: 101, though no test failed"),
            (GOOD, 101, "cargo: exit status: 101, though no test failed"),
        ] {
            let (counts, failures) = count(output, code);
            assert_eq!((counts.failed, failures), (1, vec![trouble.to_owned()]), "{output}");
        }
        let outcome = Count::default().outcome(NAME, None);
        assert_eq!((outcome.counts.failed, outcome.failures), (1, vec!["not done after 2400 s".to_owned()]));
    }
}
