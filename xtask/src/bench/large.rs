//! `cargo xtask bench --large`: what grows with the directory, at 1,000,000 people, 100,000 groups and 4,700,000
//! memberships, one group of 500,000; and how long a server without a directory takes to import one.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::measure::{Pace, Servers};
use super::process::Server;
use super::report::{Aim, Bound, Row, Rows, aim};
use super::scenario::{Material, name};
use super::{
    Args, BenchResult, CLIENT_ID, CLIENT_SECRET, Caller, DemoData, forget, prepare, remove_store, report, start,
    start_bare,
};
use crate::run::{must, say};

/// The directory for which the aims are defined.
const DEMO_DATA: DemoData = DemoData {
    name: "large",
    people: "1000000",
    groups: "100000",
    memberships: "4700000",
    largest: "500000",
    limit: Duration::from_secs(3600),
};
/// How long an import may take.
const IMPORT_LIMIT: Duration = Duration::from_secs(1800);
/// Numbers of people that are imported, each into a server without any, and the aims in seconds.
const PEOPLE: [(usize, f64); 2] = [(100_000, 2.5), (1_000_000, 30.0)];
/// Groups and memberships that are then imported, and the aim in seconds for the memberships.
const GROUPS: usize = 10_000;
const MEMBERSHIPS: (usize, f64) = (1_000_000, 12.0);

/// One thing that was done once.
struct Step {
    name: String,
    seconds: f64,
    /// CPU time of the server in seconds.
    cpu: f64,
    /// The greatest memory of the server so far, in MiB.
    peak: f64,
    /// How long it should take at most, if that is an aim.
    bound: Option<f64>,
}

/// Runs it all, and prints the figures.
pub async fn run(args: &Args, pace: &Pace<'_>) -> BenchResult<()> {
    let (convoke, folder) = prepare(args, &DEMO_DATA)?;
    let store = folder.join(format!("{}.db", DEMO_DATA.name));
    let mut steps = Vec::new();

    forget(&folder, DEMO_DATA.name)?;
    let server = start(&convoke, &store).await?;
    steps.push(Step::of("start from a cold page cache", server.ready_after, &server, None)?);
    server.stop()?;
    let server = start(&convoke, &store).await?;
    steps.push(Step::of("start", server.ready_after, &server, Some(6.0))?);

    say("listing groups and people, recording groups");
    let mut caller = Caller::sign_in(&server.endpoint, CLIENT_ID, CLIENT_SECRET).await?;
    let groups = caller.groups().await?;
    let people = caller.people().await?;
    let bare = start_bare(&mut caller, &groups, &folder).await?;
    let material = Material { groups, people, token: caller.token.clone(), ..Material::default() };
    let servers = Servers { convoke: server, tls: None, bare };
    let rows = pace.reads(material.large_reads()?, &servers).await?;
    let memory = servers.convoke.memory()?;
    servers.convoke.stop()?;
    drop(material);

    if args.only.is_empty() || args.only.contains("import") {
        for (n_people, bound) in PEOPLE {
            steps.extend(import(&convoke, &folder, n_people, bound).await?);
        }
    }
    let aims = aims(&rows, &steps, memory.peak);
    if args.json {
        let document = json!({
            "steps": steps.iter().map(Step::document).collect::<Value>(),
            "rows": report::rows_document(&rows),
            "aims": report::aims_document(&aims),
        });
        println!("{document:#}");
        return Ok(());
    }
    println!("{:<52} {:>10} {:>11} {:>12}", "step", "seconds", "CPU s", "MiB at most");
    for Step { name, seconds, cpu, peak, .. } in &steps {
        println!("{name:<52} {seconds:>10.1} {cpu:>11.1} {peak:>12.0}");
    }
    println!("\n{}", report::table(Rows::new(&rows), &[], &aims));
    Ok(())
}

fn aims(rows: &[Row], steps: &[Step], peak: f64) -> Vec<Aim> {
    let cpu = |name: &str| Some(rows.iter().find(|row| row.name == name && row.server == "convoke")?.median().cpu);
    let search = |name: &str, bound| Some(aim(&format!("{name}, CPU in µs"), cpu(name)?, Bound::AtMost(bound)));
    let pages = cpu(name::PAGE_10000).zip(cpu(name::FIRST_PAGE));
    let pages = pages.map(|(deep, first)| aim("page 10,000 over page 1, CPU", deep / first, Bound::AtMost(1.2)));
    let rows = [
        pages,
        search(name::PEOPLE, 500.0),
        search(name::PEOPLE_BY_EMAIL, 1000.0),
        search(name::PEOPLE_BY_PATTERN, 1000.0),
        Some(aim("MiB of memory at most", peak, Bound::AtMost(1638.0))),
    ];
    let steps = steps
        .iter()
        .filter_map(|step| Some(aim(&format!("{}, seconds", step.name), step.seconds, Bound::AtMost(step.bound?))));
    rows.into_iter().flatten().chain(steps).collect()
}

/// Imports people into a new store; groups and memberships too, after the largest number of people.
async fn import(convoke: &Path, folder: &Path, n_people: usize, bound: f64) -> BenchResult<Vec<Step>> {
    let store = folder.join("import.db");
    remove_store(folder, "import")?;
    let server = start(convoke, &store).await?;
    let mut steps = vec![take_in(convoke, folder, &server, "people", n_people, &people(n_people), Some(bound))?];
    if n_people == PEOPLE.map(|(n, _)| n).into_iter().max().unwrap_or_default() {
        steps.push(take_in(convoke, folder, &server, "groups", GROUPS, &groups(), None)?);
        let (n, bound) = MEMBERSHIPS;
        steps.push(take_in(convoke, folder, &server, "memberships", n, &memberships(n_people), Some(bound))?);
    }
    server.stop()?;
    remove_store(folder, "import")?;
    Ok(steps)
}

/// One import by the command.
fn take_in(
    convoke: &Path,
    folder: &Path,
    server: &Server,
    what: &str,
    n_rows: usize,
    table: &str,
    bound: Option<f64>,
) -> BenchResult<Step> {
    let file = folder.join("import.csv");
    std::fs::write(&file, table)?;
    let mut command = Command::new(convoke);
    command
        .args(["import", what])
        .arg(&file)
        .env("CONVOKE_URL", format!("http://{}", server.endpoint.address))
        .env("CONVOKE_CLIENT_ID", CLIENT_ID)
        .env("CONVOKE_CLIENT_SECRET", CLIENT_SECRET)
        // No profile of the person who runs the bench.
        .env("XDG_CONFIG_HOME", folder)
        .stdout(Stdio::null());
    let (begin, before) = (Instant::now(), server.cpu()?);
    must(&format!("import {n_rows} {what}"), &mut command, IMPORT_LIMIT)?;
    let elapsed = begin.elapsed();
    std::fs::remove_file(&file)?;
    let mut step = Step::of(&format!("import of {n_rows} {what}"), elapsed, server, bound)?;
    step.cpu -= before.as_secs_f64();
    Ok(step)
}

impl Step {
    fn of(name: &str, elapsed: Duration, server: &Server, bound: Option<f64>) -> BenchResult<Step> {
        let (cpu, peak) = (server.cpu()?.as_secs_f64(), server.memory()?.peak);
        Ok(Step { name: name.to_owned(), seconds: elapsed.as_secs_f64(), cpu, peak, bound })
    }

    fn document(&self) -> Value {
        json!({ "name": self.name, "seconds": self.seconds, "cpuSeconds": self.cpu, "peakMiB": self.peak })
    }
}

/// A table of people with five columns.
fn people(n: usize) -> String {
    let mut rng = fastrand::Rng::with_seed(1);
    let names: Vec<String> = (0..4096).map(|_| (0..rng.usize(4..10)).map(|_| rng.lowercase()).collect()).collect();
    let mut table = "name,email,department,title,phone\n".to_owned();
    for number in 0..n {
        let [given, family] = [(); 2].map(|()| rng.choice(&names).map_or("", String::as_str));
        let department = rng.u8(..);
        writeln!(table, "{given} {family},{},Department {department},Agent,+4477{number:08}", email(number))
            .expect("writing to a string cannot fail");
    }
    table
}

fn email(number: usize) -> String {
    format!("p{number}@example.org")
}

fn groups() -> String {
    let mut table = "key,name,type,visibility\n".to_owned();
    for number in 0..GROUPS {
        writeln!(table, "g{number},Group {number},official,public").expect("writing to a string cannot fail");
    }
    table
}

/// As many different memberships as are asked for, of all groups.
fn memberships(n_people: usize) -> String {
    let mut table = "group,member\n".to_owned();
    for number in 0..MEMBERSHIPS.0 {
        // A prime number that does not divide the number of people.
        let (group, person) = (number % GROUPS, number * 7919 % n_people);
        writeln!(table, "g{group},{}", email(person)).expect("writing to a string cannot fail");
    }
    table
}
