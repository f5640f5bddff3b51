//! `cargo xtask bench`: measures the server and, for comparison, a bare one.
//!
//! Generates a directory of 100,000 people, 10,000 groups, 1,000,000 memberships and 1,000 rules, starts the server of the
//! `dist` profile on it and a bare axum server, and drives both in turn with the same load generator. Figures are medians
//! over rounds. All traffic stays on loopback, bounded in time and count. It never measures an unoptimised build: started
//! as one, it builds and calls itself in the `dist` profile.

mod bare;
mod caller;
mod hierarchy;
mod http;
mod load;
mod measure;
mod process;
mod report;
mod scenario;
mod search;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::run::{cargo, must, say};
use bare::Recording;
use caller::{Caller, Group};
use measure::Pace;
use process::{Memory, Server};
use scenario::Material;

/// The bare server and the generator use the same allocator as Convoke.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type BenchResult<T> = Result<T, Box<dyn Error>>;

const CLIENT_ID: &str = "bench";
const CLIENT_SECRET: &str = "a secret that only this bench uses";
const READY_PATH: &str = "/health/ready";
/// The arguments that generate the directory for which the aims are defined.
const DEMO_DATA: [&str; 14] = [
    "--people",
    "100000",
    "--groups",
    "10000",
    "--memberships",
    "1000000",
    "--largest",
    "50000",
    "--skills",
    "100",
    "--rules",
    "1000",
    "--seed",
    "1",
];

/// The arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub struct Args {
    /// One short round of each measure
    #[arg(long)]
    quick: bool,
    /// Print a JSON document in place of the table
    #[arg(long)]
    json: bool,
    /// Use the data of an earlier run, if there is any, as that run left it
    #[arg(long)]
    reuse: bool,
    /// Run only the measures whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Serve a recording; the bench starts itself so
    #[arg(long, hide = true)]
    bare: Option<PathBuf>,
}

/// Runs the bench.
pub fn run(args: Args) -> ExitCode {
    let outcome = if cfg!(debug_assertions) { run_optimised() } else { run_here(&args) };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Runs the `dist` build of this program with the same arguments.
fn run_optimised() -> BenchResult<()> {
    let mut command = cargo(&["run", "--quiet", "--profile", "dist", "--package", "xtask", "--"]);
    let status = command.args(std::env::args_os().skip(1)).status()?;
    if status.success() { Ok(()) } else { Err("the optimised bench failed".into()) }
}

fn run_here(args: &Args) -> BenchResult<()> {
    let mut runtime = match args.bare {
        // The same number of threads as Convoke's server.
        Some(_) => tokio::runtime::Builder::new_multi_thread(),
        None => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = runtime.enable_all().build()?;
    match &args.bare {
        Some(recording) => runtime.block_on(bare::serve(recording)),
        None => runtime.block_on(bench(args)),
    }
}

async fn bench(args: &Args) -> BenchResult<()> {
    let (n_rounds, warm_up, time) = if args.quick { (1, 300, 1000) } else { (3, 1000, 4000) };
    let (warm_up, time) = (Duration::from_millis(warm_up), Duration::from_millis(time));
    let pace = Pace { n_rounds, warm_up, time, only: &args.only };
    let (convoke, folder) = prepare(args)?;
    let store = format!("sqlite:{}", folder.join("bench.db").display());

    let mut starts = Vec::new();
    let server = loop {
        say("starting the server");
        let mut command = convoke_command(&convoke, "serve", &store);
        command.args(["--listen", "127.0.0.1:0"]);
        let server = Server::start(command, READY_PATH).await?;
        starts.push(server.ready_after.as_secs_f64());
        if starts.len() as u64 == pace.n_rounds {
            break server;
        }
        server.stop()?;
    };
    let loaded = server.memory()?;

    say("listing groups, people and skills, putting groups beneath one, recording groups");
    let mut caller = Caller::sign_in(server.address, CLIENT_ID, CLIENT_SECRET).await?;
    let mut groups = caller.groups().await?;
    let (owner, connected) = hierarchy::sign_in(&mut caller).await?;
    let top = hierarchy::nest(&mut caller, &mut groups, &owner).await?;
    let people = caller.people().await?;
    let [routing, languages] = caller.skills().await?;
    let recording = folder.join("recording.json");
    caller.record(&groups).await?.save(&recording)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bench").arg("--bare").arg(&recording);
    let bare = Server::start(command, READY_PATH).await?;
    let material = Material { token: caller.token.clone(), connected, top, groups, people, routing, languages };
    compare_replies(&mut caller, &bare, &material.groups).await?;

    let mut rows = pace.reads(&material, &server, &bare).await?;
    let clocked = pace.clocked(&material, &server).await?;
    rows.extend(pace.writes(&material, &server, &mut caller).await?);
    let worked = server.memory()?;
    server.stop()?;

    let aims = report::aims(rows.iter().chain(&clocked), report::median(starts), worked);
    if args.json {
        let memory = |memory: Memory| json!({ "residentMiB": memory.resident, "peakMiB": memory.peak });
        let document = json!({
            "people": material.people.len(),
            "groups": material.groups.len(),
            "memory": { "loaded": memory(loaded), "afterTheRun": memory(worked) },
            "rows": report::rows_document(&rows),
            "atAFixedRate": report::rows_document(&clocked),
            "aims": report::aims_document(&aims),
        });
        println!("{document:#}");
        return Ok(());
    }
    println!("{}", report::table(&rows, &clocked, &aims));
    for (when, memory) in [("loaded", loaded), ("after the run", worked)] {
        println!("memory {when}: {:.0} MiB resident, {:.0} MiB at most", memory.resident, memory.peak);
    }
    Ok(())
}

/// Builds the server and generates the data. Returns the program and the folder of the store.
fn prepare(args: &Args) -> BenchResult<(PathBuf, PathBuf)> {
    let build = &mut cargo(&["build", "--quiet", "--profile", "dist", "--package", "convoke-cli", "--bin", "convoke"]);
    must("build the server", build, Duration::from_secs(1800))?;
    let xtask = std::env::current_exe()?;
    let profile = xtask.parent().ok_or("this program lies in no folder")?;
    let convoke = profile.join("convoke");
    let folder = profile.parent().ok_or("the build folder lies in no folder")?.join("bench");
    std::fs::create_dir_all(&folder)?;
    let store = folder.join("bench.db");
    if !(args.reuse && store.exists()) {
        for suffix in ["", "-wal", "-shm"] {
            remove(&folder.join(format!("bench.db{suffix}")))?;
        }
        let mut command = convoke_command(&convoke, "demo-data", &format!("sqlite:{}", store.display()));
        must("make the data", command.args(DEMO_DATA).stdout(Stdio::null()), Duration::from_secs(600))?;
    }
    Ok((convoke, folder))
}

fn convoke_command(convoke: &Path, subcommand: &str, store: &str) -> Command {
    let mut command = Command::new(convoke);
    command
        .args([subcommand, "--store", store])
        .env("CONVOKE_BOOTSTRAP_CLIENT_ID", CLIENT_ID)
        .env("CONVOKE_BOOTSTRAP_CLIENT_SECRET", CLIENT_SECRET);
    command
}

fn remove(file: &Path) -> BenchResult<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Returns an error if the two servers respond with different headers or bodies.
async fn compare_replies(caller: &mut Caller, bare: &Server, groups: &[Group]) -> BenchResult<()> {
    let target = format!("/api/v2/groups/{}", groups.first().ok_or("there are no groups")?.id);
    let (head, body) = caller.get(&target).await?;
    let mut request = Vec::new();
    http::write_get(&mut request, &target, &caller.token);
    let mut connection = http::Connection::open(bare.address).await?;
    let reply = connection.exchange(&request).await?;
    // The values of the rate limit change with the time; only their names are compared.
    let comparable = |head: &[u8]| {
        let mut headers = Recording::headers_of(head);
        for (name, value) in &mut headers {
            if name.starts_with("inin-ratelimit-") {
                value.clear();
            }
        }
        headers.sort();
        headers
    };
    if reply.body != body || comparable(reply.head) != comparable(&head) {
        let (ours, theirs) = (String::from_utf8_lossy(&head), String::from_utf8_lossy(reply.head));
        return Err(format!("the servers answer differently:\n{ours}\n\n{theirs}").into());
    }
    say(&format!("a reply of both: {} bytes of head, {} bytes of body", head.len(), body.len()));
    Ok(())
}
