//! `cargo xtask chaos`: causes every failure that the project makes a promise about, and counts what was lost.
//!
//! Each experiment is one file. An experiment starts its own servers on loopback, ends only those, and returns
//! findings: what was tried, what must hold, what was found. The last output is a Markdown table of them; `--docs`
//! writes the table of each experiment into `docs/reliability.md`. The exit code is not 0 if any finding failed.

mod bit_flips;
mod disk_full;
mod folder;
mod io_errors;
mod kills;
mod names;
mod peers;
mod power;
mod probe;
mod report;
mod searches;
mod second_process;
mod server;
mod shared;
mod sign_in;
mod tools;
mod verification;

use crate::{
    outcome::CheckCounts,
    run::{Heartbeat, TaskError, cargo, must, root, say},
    tools::{Tool, require},
};
use clap::ValueEnum;
use report::{ExperimentResult, Finding};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

/// The command as a person calls it.
const COMMAND: &str = "cargo xtask chaos";
/// The page that has the findings.
const DOCS: &str = "docs/reliability.md";
/// The time limit of a cold release build on a small machine.
const BUILD_LIMIT: Duration = Duration::from_secs(40 * 60);
/// The open files that the experiments need. The two ends of each connection are in two processes, each with this
/// limit.
const OPEN_FILES: u64 = 16 * 1024;

/// The arguments of `cargo xtask chaos`.
#[derive(clap::Args)]
pub struct Args {
    /// Only these experiments; every experiment if none is named.
    #[arg(value_enum)]
    only: Vec<Experiment>,
    /// A short form of each experiment, a minute or two in total.
    #[arg(long)]
    short: bool,
    /// The server to test; built in the release profile if absent.
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// What the random choices follow from.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Where the findings go as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Put what was found into docs/reliability.md.
    #[arg(long)]
    docs: bool,
}

/// One way of breaking a server.
#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Experiment {
    /// `kill -9` under load, during a backup and during a start.
    Kills,
    /// Power loss: images of the disk in which unsynced writes are lost or torn.
    Power,
    /// EIO and ENOSPC from the system calls that write and sync.
    IoErrors,
    /// A full disk, a restart on it, and space that comes back.
    DiskFull,
    /// Single bits that change in the database and in its write-ahead log.
    BitFlips,
    /// A second process on the same store, by every kind of name.
    SecondProcess,
    /// Slow and greedy peers, and malformed requests.
    Peers,
    /// Costly searches beside cheap ones.
    Searches,
    /// Guessed tokens and wrong secrets beside honest sign-ins.
    SignIn,
    /// Many verifications and backups at once.
    Verification,
}

/// The size of each experiment.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Scale {
    Full,
    Short,
}

/// The input of an experiment.
struct Trial {
    binary: PathBuf,
    scale: Scale,
    seed: u64,
    /// An empty folder in memory, for this experiment alone.
    folder: PathBuf,
}

impl Trial {
    /// A number that depends on the scale.
    fn pick<T>(&self, full: T, short: T) -> T {
        match self.scale {
            Scale::Full => full,
            Scale::Short => short,
        }
    }

    fn rng(&self) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed)
    }
}

impl Experiment {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn run(self, trial: &Trial) -> Result<Vec<Finding>, TaskError> {
        match self {
            Experiment::Kills => kills::run(trial),
            Experiment::Power => power::run(trial),
            Experiment::IoErrors => io_errors::run(trial),
            Experiment::DiskFull => disk_full::run(trial),
            Experiment::BitFlips => bit_flips::run(trial),
            Experiment::SecondProcess => second_process::run(trial),
            Experiment::Peers => peers::run(trial),
            Experiment::Searches => searches::run(trial),
            Experiment::SignIn => sign_in::run(trial),
            Experiment::Verification => verification::run(trial),
        }
    }

    /// Runs the experiment. A refusal or a panic becomes a failed finding.
    fn outcome(self, trial: &Trial) -> ExperimentResult {
        let what = format!("chaos: {}", self.name());
        say(&what);
        let _heartbeat = Heartbeat::start(&what);
        let begin = Instant::now();
        let ran = catch_unwind(AssertUnwindSafe(|| self.run(trial)));
        let findings = match ran {
            Ok(Ok(findings)) => findings,
            Ok(Err(refusal)) => vec![Finding::broken(&refusal)],
            Err(panic) => vec![Finding::broken(&report::panic_text(panic.as_ref()))],
        };
        // The table is published, so it must not name folders of this machine.
        let folder = format!("{}/", trial.folder.display());
        let findings: Vec<Finding> = findings
            .into_iter()
            .map(|finding| Finding { found: finding.found.replace(&folder, ""), ..finding })
            .collect();
        for finding in &findings {
            say(&format!("  {finding}"));
        }
        let seconds = begin.elapsed().as_secs();
        say(&format!("chaos: {} took {seconds} s", self.name()));
        ExperimentResult { experiment: self.name(), seconds, findings }
    }
}

/// Runs the experiments that `args` names.
pub fn run(args: &Args) -> ExitCode {
    let scale = if args.short { Scale::Short } else { Scale::Full };
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    let outcomes = prepare(args.binary.as_deref())
        .and_then(|binary| run_all(&args.only, |folder| Trial { binary: binary.clone(), scale, seed, folder }));
    let outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(refusal) => {
            say(&refusal);
            return ExitCode::FAILURE;
        }
    };
    if let Some(file) = &args.json
        && let Err(cause) = std::fs::write(file, report::document(&outcomes, seed).to_string())
    {
        say(&format!("cannot write {}: {cause}", file.display()));
        return ExitCode::FAILURE;
    }
    println!("{}", report::table(&outcomes));
    say(&format!("seed {seed}"));
    let form = if args.short { "the short form" } else { "full size" };
    let written = if args.docs { report::write_docs(&root().join(DOCS), &outcomes, form, seed) } else { Ok(()) };
    if let Err(refusal) = written {
        say(&refusal);
        return ExitCode::FAILURE;
    }
    if outcomes.iter().all(ExperimentResult::held) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the experiments need from the machine.
pub const NEEDS: [Tool; 3] = [Tool::Strace, Tool::SmallDisks, Tool::OpenFiles];

/// Enables this process to mount small disks, or refuses. It must have no other thread yet.
pub fn have_small_disks() -> Result<(), TaskError> {
    tools::require_small_disks()
}

/// Raises the limit of open files to what the experiments need, or refuses.
pub fn have_open_files() -> Result<(), TaskError> {
    tools::raise_open_files(OPEN_FILES)
}

/// Runs the short form against an existing binary. The caller has checked [`NEEDS`].
pub fn run_short(binary: &Path) -> Result<(CheckCounts, Vec<String>), TaskError> {
    let seed = fastrand::u64(..);
    say(&format!("chaos: seed {seed}"));
    let trial = |folder| Trial { binary: binary.to_owned(), scale: Scale::Short, seed, folder };
    let outcomes = run_all(&[], trial)?;
    println!("{}", report::table(&outcomes));
    let (mut counts, mut failures) = (CheckCounts::default(), Vec::new());
    for outcome in &outcomes {
        for finding in &outcome.findings {
            if finding.held {
                counts.passed += 1;
            } else {
                counts.failed += 1;
                failures.push(format!("{}: {}: {}", outcome.experiment, finding.what, finding.found));
            }
        }
    }
    Ok((counts, failures))
}

fn run_all(only: &[Experiment], trial: impl Fn(PathBuf) -> Trial) -> Result<Vec<ExperimentResult>, TaskError> {
    let wanted = |experiment: &&Experiment| only.is_empty() || only.contains(experiment);
    let mut outcomes = Vec::new();
    for experiment in Experiment::value_variants().iter().filter(wanted) {
        let scratch = folder::scratch()?;
        outcomes.push(experiment.outcome(&trial(scratch.path().to_owned())));
    }
    Ok(outcomes)
}

/// Checks the machine, and builds the server unless one is given.
fn prepare(binary: Option<&Path>) -> Result<PathBuf, TaskError> {
    require(&[(COMMAND, &NEEDS)])?;
    if let Some(binary) = binary {
        return binary.canonicalize().map_err(|cause| format!("{}: {cause}", binary.display()));
    }
    must("build the server", &mut cargo(&["build", "--release", "--package", "convoke-cli", "--locked"]), BUILD_LIMIT)?;
    Ok(root().join("target/release/convoke"))
}
