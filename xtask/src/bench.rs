//! `cargo xtask bench`: measures the server and, for comparison, a bare one.
//!
//! Generates a directory of 100,000 people, 10,000 groups, 1,000,000 memberships and 1,000 rules, starts the server of
//! the `dist` profile on it and a bare axum server, and drives both in turn with the same load generator. PostgreSQL
//! runs beside them where it is installed. Figures are medians over rounds. All traffic stays on this machine, bounded
//! in time and count. It never measures an unoptimised build: started as one, it builds and calls itself in the `dist`
//! profile.

mod bare;
mod caller;
mod chart;
mod check;
mod hierarchy;
mod http;
mod large;
mod load;
mod measure;
mod postgres;
mod process;
mod report;
mod scenario;
mod search;
mod tls;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::run::{cargo, must, say};
use bare::Recording;
use caller::{Caller, Group};
use measure::{Pace, Servers};
use postgres::Postgres;
use process::{Memory, Server};
use report::Rows;
use scenario::Material;

/// The bare server and the generator use the same allocator as Convoke.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type BenchResult<T> = Result<T, Box<dyn Error>>;

const CLIENT_ID: &str = "bench";
const CLIENT_SECRET: &str = "a secret that only this bench uses";
const READY_PATH: &str = "/health/ready";

/// A directory that `convoke demo-data` generates.
struct DemoData {
    /// The name of its store.
    name: &'static str,
    people: &'static str,
    groups: &'static str,
    memberships: &'static str,
    /// Individuals of the largest group.
    largest: &'static str,
    /// How long it may take.
    limit: Duration,
}

/// The directory for which the aims are defined.
const DEMO_DATA: DemoData = DemoData {
    name: "bench",
    people: "100000",
    groups: "10000",
    memberships: "1000000",
    largest: "50000",
    limit: Duration::from_secs(600),
};

/// The arguments of `cargo xtask bench`.
#[derive(clap::Args)]
pub struct Args {
    /// One short round of each measure
    #[arg(long)]
    quick: bool,
    /// Measure what grows with the directory, at 1,000,000 people, and imports; takes half an hour
    #[arg(long, conflicts_with = "check")]
    large: bool,
    /// Print a JSON document in place of the table
    #[arg(long)]
    json: bool,
    /// Use the data of an earlier run, if there is any, as that run left it
    #[arg(long)]
    reuse: bool,
    /// Run only the measures whose name contains this, and the bare server
    #[arg(long, default_value = "")]
    only: String,
    /// Measure this build of the server, in place of building one
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Fail if a request takes 10 % more CPU time, as a multiple of the bare server's, than in the run of this file,
    /// which --json printed
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// Draw what operations cost at growing sizes, from the lines of JSON that the core's benchmark prints, as SVG
    #[arg(long, num_args = 2, value_names = ["FIGURES", "PICTURE"], exclusive = true)]
    chart: Option<Vec<PathBuf>>,
    /// Serve a recording; the bench starts itself so
    #[arg(long, hide = true)]
    bare: Option<PathBuf>,
}

/// Runs the bench.
pub fn run(args: Args) -> ExitCode {
    if let Some([figures, picture]) = args.chart.as_deref() {
        return conclude(chart::run(figures, picture));
    }
    conclude(if cfg!(debug_assertions) { run_optimised() } else { run_here(&args) })
}

fn conclude(outcome: BenchResult<()>) -> ExitCode {
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
    // The arguments may name files by their paths from here.
    command.current_dir(std::env::current_dir()?);
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
    let kept = args.check.as_deref().map(check::load).transpose()?;
    let (n_rounds, warm_up, time) = if args.quick { (1, 300, 1000) } else { (3, 1000, 4000) };
    let (warm_up, time) = (Duration::from_millis(warm_up), Duration::from_millis(time));
    let pace = Pace { n_rounds, warm_up, time, only: &args.only };
    if args.large {
        return large::run(args, &pace).await;
    }
    let (convoke, folder) = prepare(args, &DEMO_DATA)?;
    let store = folder.join("bench.db");
    let copy = copy_store(&folder)?;

    forget(&folder, DEMO_DATA.name)?;
    let server = start(&convoke, &store).await?;
    let cold_start = server.ready_after.as_secs_f64();
    server.stop()?;
    let mut starts = Vec::new();
    let server = loop {
        let server = start(&convoke, &store).await?;
        starts.push(server.ready_after.as_secs_f64());
        if starts.len() as u64 == pace.n_rounds {
            break server;
        }
        server.stop()?;
    };
    let loaded = server.memory()?;

    say("listing groups, people and skills, putting groups beneath one, recording groups");
    let mut caller = Caller::sign_in(&server.endpoint, CLIENT_ID, CLIENT_SECRET).await?;
    let mut groups = caller.groups().await?;
    let (owner, connected) = hierarchy::sign_in(&mut caller).await?;
    let top = hierarchy::nest(&mut caller, &mut groups, &owner).await?;
    let people = caller.people().await?;
    let [routing, languages] = caller.skills().await?;
    let bare = start_bare(&mut caller, &groups, &folder).await?;
    let (over_tls, tls_token) = start_over_tls(&convoke, &folder, &copy).await?;
    let material =
        Material { token: caller.token.clone(), tls_token, connected, top, groups, people, routing, languages };
    let postgres = Postgres::start(&folder, &material).unwrap_or_else(|cause| {
        say(&format!("no figures of PostgreSQL: {cause}"));
        None
    });
    let servers = Servers { convoke: server, tls: Some(over_tls), bare };
    let mut rows = pace.reads(material.reads()?, &servers).await?;
    let Servers { convoke: server, .. } = servers;
    let clocked = pace.clocked(&material, &server).await?;
    if let Some(postgres) = &postgres {
        rows.extend(pace.peer_reads(postgres)?);
    }
    rows.extend(pace.writes(&material, &server, &mut caller, postgres.as_ref()).await?);
    let worked = server.memory()?;
    server.stop()?;

    let aims = report::aims(Rows::new(&rows), &clocked, cold_start, report::median(starts), worked);
    let document = {
        let memory = |memory: Memory| json!({ "residentMiB": memory.resident, "peakMiB": memory.peak });
        json!({
            "people": material.people.len(),
            "groups": material.groups.len(),
            "peers": postgres.iter().map(|postgres| &postgres.version).collect::<Vec<_>>(),
            "memory": { "loaded": memory(loaded), "afterTheRun": memory(worked) },
            "rows": report::rows_document(&rows),
            "atAFixedRate": report::rows_document(&clocked),
            "aims": report::aims_document(&aims),
        })
    };
    if args.json {
        println!("{document:#}");
    } else {
        println!("{}", report::table(Rows::new(&rows), &clocked, &aims));
        for (when, memory) in [("loaded", loaded), ("after the run", worked)] {
            println!("memory {when}: {:.0} MiB resident, {:.0} MiB at most", memory.resident, memory.peak);
        }
    }
    kept.map_or(Ok(()), |kept| check::compare(&kept, &document, &args.only))
}

/// Starts a bare server that repeats the responses to `getGroup`, and compares one of them.
async fn start_bare(caller: &mut Caller, groups: &[Group], folder: &Path) -> BenchResult<Server> {
    let recording = folder.join("recording.json");
    caller.record(groups).await?.save(&recording)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bench").arg("--bare").arg(&recording);
    let bare = Server::start(command, READY_PATH, None).await?;
    compare_replies(caller, &bare, groups).await?;
    Ok(bare)
}

async fn start(convoke: &Path, store: &Path) -> BenchResult<Server> {
    say("starting the server");
    let mut command = convoke_command(convoke, "serve", &format!("sqlite:{}", store.display()));
    command.args(["--listen", "127.0.0.1:0"]);
    Server::start(command, READY_PATH, None).await
}

/// Starts a server that speaks TLS, and signs in to it.
async fn start_over_tls(convoke: &Path, folder: &Path, store: &Path) -> BenchResult<(Server, String)> {
    let certificate = tls::Certificate::make(folder)?;
    let mut command = convoke_command(convoke, "serve", &format!("sqlite:{}", store.display()));
    command.args(["--listen", "127.0.0.1:0"]);
    command.arg("--tls-cert").arg(&certificate.chain).arg("--tls-key").arg(&certificate.key);
    let server = Server::start(command, READY_PATH, Some(certificate.trusted)).await?;
    let token = Caller::sign_in(&server.endpoint, CLIENT_ID, CLIENT_SECRET).await?.token;
    Ok((server, token))
}

/// Builds the server and generates the data. Returns the program and the folder of the store.
fn prepare(args: &Args, data: &DemoData) -> BenchResult<(PathBuf, PathBuf)> {
    let xtask = std::env::current_exe()?;
    let profile = xtask.parent().ok_or("this program lies in no folder")?;
    let convoke = match &args.server {
        Some(server) => server.canonicalize()?,
        None => {
            let what = ["build", "--quiet", "--profile", "dist", "--package", "convoke-cli", "--bin", "convoke"];
            must("build the server", &mut cargo(&what), Duration::from_secs(1800))?;
            profile.join("convoke")
        }
    };
    let folder = profile.parent().ok_or("the build folder lies in no folder")?.join("bench");
    std::fs::create_dir_all(&folder)?;
    let store = folder.join(format!("{}.db", data.name));
    if !(args.reuse && store.exists()) {
        remove_store(&folder, data.name)?;
        let mut command = convoke_command(&convoke, "demo-data", &format!("sqlite:{}", store.display()));
        command.args(["--people", data.people, "--groups", data.groups, "--memberships", data.memberships]);
        command.args(["--largest", data.largest, "--skills", "100", "--rules", "1000", "--seed", "1"]);
        must("make the data", command.stdout(Stdio::null()), data.limit)?;
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

/// The files of a store, by what follows its name.
const STORE_FILES: [&str; 5] = [".db", ".db-wal", ".db-shm", ".db-head", ".db-lock"];

/// Removes the store from the page cache, so that the next server reads it from the disk.
fn forget(folder: &Path, name: &str) -> BenchResult<()> {
    let files = STORE_FILES.iter().map(|suffix| folder.join(format!("{name}{suffix}")));
    files.filter(|file| file.exists()).try_for_each(|file| process::forget(&file))
}

fn remove_store(folder: &Path, name: &str) -> BenchResult<()> {
    STORE_FILES.iter().try_for_each(|suffix| remove(&folder.join(format!("{name}{suffix}"))))
}

/// Copies the store, which no server has open, for the server that speaks TLS. Returns the place of the copy.
fn copy_store(folder: &Path) -> BenchResult<PathBuf> {
    remove_store(folder, "copy")?;
    for suffix in STORE_FILES {
        let [from, to] = [DEMO_DATA.name, "copy"].map(|name| folder.join(format!("{name}{suffix}")));
        if from.exists() {
            std::fs::copy(from, to)?;
        }
    }
    Ok(folder.join("copy.db"))
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
    let mut connection = http::Connection::open(&bare.endpoint).await?;
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
