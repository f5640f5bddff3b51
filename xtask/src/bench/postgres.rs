//! PostgreSQL as a peer: a cluster of its own in a temporary folder, with a directory of the same size, driven by
//! `pgbench`.
//!
//! What it does for a request of Convoke is one prepared statement over a Unix socket, without HTTP, JSON, permissions
//! or foreign keys. Commits are durable: `fsync` and `synchronous_commit` are on, on the disk of Convoke's store.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::process::cpu_with_children;
use super::report::Measure;
use super::scenario::{Material, name};
use crate::postgres::{Cluster, ROLE, programs};
use crate::run::say;

type BenchResult<T> = Result<T, Box<dyn Error>>;

/// What is needed beside `initdb` and `postgres`.
const PROGRAMS: [&str; 2] = ["psql", "pgbench"];

/// The shortest run. Opening 256 connections may take a second of it.
const SHORTEST: Duration = Duration::from_secs(3);

const SETTINGS: [&str; 8] = [
    "listen_addresses=",
    "fsync=on",
    "synchronous_commit=on",
    "shared_buffers=1GB",
    "max_connections=300",
    // No checkpoint and no growth of the log in a measured run, as far as possible.
    "max_wal_size=8GB",
    "min_wal_size=2GB",
    "checkpoint_timeout=30min",
];

const TABLES: &str = "
    create table people (id int not null, name text not null);
    create table groups (id int not null, name text not null, n_members int not null,
        version bigint not null default 1);
    create table memberships (group_id int not null, person_id int not null);
    create table log (id bigserial primary key, at timestamptz not null default now(), group_id int not null,
        person_id int not null, version bigint not null);
";
/// As many members as each group has in Convoke.
const MEMBERSHIPS: &str = "
    insert into memberships
        select groups.id, (groups.id * 7919 + k) % (select count(*) from people) + 1
        from groups, generate_series(1, groups.n_members) k;
    alter table people add primary key (id);
    alter table groups add primary key (id);
    alter table memberships add primary key (group_id, person_id);
    create index on groups (name);
    vacuum analyze;
    checkpoint;
";

/// A member add: membership, version and log row. One that exists already changes nothing.
const ADD: &str = r"
\set g random(1, :groups)
\set p random(1, :people)
with added as (insert into memberships values (:g, :p) on conflict do nothing returning group_id),
changed as (update groups set version = version + 1 from added where id = group_id returning id, version)
insert into log (group_id, person_id, version) select id, :p, version from changed;
";

/// The reads that are measured, by the names of Convoke's rows.
const READS: [(&str, &str); 4] = [
    (name::GET_GROUP, "\\set g random(1, :groups)\nselect * from groups where id = :g;"),
    (
        name::FIRST_PAGE,
        "select people.*, count(*) over () from memberships join people on people.id = person_id
         where group_id = :largest order by name limit 25;",
    ),
    (
        name::PREFIX,
        "\\set g random(1, :groups)\n\\set n random(3, 12)
         select groups.*, count(*) over () from groups
         where name >= (select left(name, :n) from groups where id = :g)
         and name < (select left(name, :n) || chr(1114111) from groups where id = :g)
         order by name limit 25;",
    ),
    (
        name::SUBSTRING,
        "\\set g random(1, :groups)\n\\set n random(3, 8)\n\\set from random(1, 10)
         select groups.*, count(*) over () from groups
         where strpos(name, (select substr(name, :from, :n) from groups where id = :g)) > 0
         order by name limit 25;",
    ),
];

/// A running cluster with a filled database.
pub struct Postgres {
    cluster: Cluster,
    /// The variables of the scripts.
    variables: [String; 3],
    /// What `postgres --version` says.
    pub version: String,
}

impl Postgres {
    /// Starts a cluster and fills it, on the file system of `parent`. `None` if it is not installed.
    pub fn start(parent: &Path, material: &Material) -> BenchResult<Option<Postgres>> {
        let Some(programs) = programs(&PROGRAMS) else {
            say("PostgreSQL is not installed (postgres, psql and pgbench): no figures of it");
            return Ok(None);
        };
        say("starting PostgreSQL and filling it");
        let cluster = Cluster::start(programs, parent, &socket(), &SETTINGS)?;
        let largest = (1..).zip(&material.groups).max_by_key(|(_, group)| group.n_members);
        let variables = [
            format!("groups={}", material.groups.len()),
            format!("people={}", material.people.len()),
            format!("largest={}", largest.map_or(1, |(number, _)| number)),
        ];
        let version = cluster.version.clone();
        let postgres = Postgres { cluster, variables, version };
        postgres.query(&fill(material))?;
        Ok(Some(postgres))
    }

    /// The reads that it can do, as names of Convoke's rows.
    pub fn reads() -> impl Iterator<Item = &'static str> {
        READS.iter().map(|(name, _)| *name)
    }

    /// Measures one of the reads.
    pub fn read(&self, name: &str, clients: u64, warm_up: Duration, time: Duration) -> BenchResult<Measure> {
        let (_, script) = READS.iter().find(|(read, _)| *read == name).ok_or("no such read")?;
        self.pgbench(script, clients, warm_up)?;
        Ok(self.pgbench(script, clients, time)?.0)
    }

    /// Measures durable adds. Those that changed nothing are subtracted from the rate.
    pub fn add(&self, clients: u64, warm_up: Duration, time: Duration) -> BenchResult<Measure> {
        self.pgbench(ADD, clients, warm_up)?;
        let before = self.log_rows()?;
        let (mut measure, n_acknowledged) = self.pgbench(ADD, clients, time)?;
        let share = (self.log_rows()? - before) / n_acknowledged;
        if !(0.95..=1.0).contains(&share) {
            return Err(format!("PostgreSQL: {n_acknowledged} adds acknowledged, {share} of them logged").into());
        }
        measure.per_second *= share;
        // What the run has left to write does not belong to the next one.
        self.query("checkpoint;")?;
        Ok(measure)
    }

    /// One run of pgbench, and the number of its transactions. CPU time includes that of opening the connections; the
    /// rate does not. Percentiles are not known.
    fn pgbench(&self, script: &str, clients: u64, time: Duration) -> BenchResult<(Measure, f64)> {
        let file = self.cluster.folder().join("script.sql");
        std::fs::write(&file, script)?;
        let seconds = time.max(SHORTEST).as_secs().to_string();
        let mut command = self.program("pgbench");
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--time", &seconds]);
        command.args(["--client", &clients.to_string(), "--host", &socket(), "--username", ROLE]);
        for variable in &self.variables {
            command.args(["--define", variable]);
        }
        let before = cpu_with_children(self.cluster.id())?;
        let output = command.arg("--file").arg(&file).arg("postgres").output()?;
        let cpu = cpu_with_children(self.cluster.id())?.saturating_sub(before);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(format!("pgbench: {}{text}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let number = |label: &str| -> Option<f64> {
            let rest = text.lines().find_map(|line| line.strip_prefix(label))?;
            rest.split_whitespace().next()?.parse().ok()
        };
        let n = number("number of transactions actually processed:").ok_or("pgbench tells no number")?;
        let per_second = number("tps =").ok_or("pgbench tells no rate")?;
        let cpu = cpu.as_secs_f64() * 1e6 / n;
        Ok((Measure { per_second, p50: f64::NAN, p99: f64::NAN, cpu }, n))
    }

    fn log_rows(&self) -> BenchResult<f64> {
        Ok(self.query("select count(*) from log;")?.trim().parse()?)
    }

    /// Runs statements, and returns what they print.
    fn query(&self, statements: &str) -> BenchResult<String> {
        let mut child = self.psql().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        child.stdin.take().ok_or("psql has no input")?.write_all(statements.as_bytes())?;
        let output = child.wait_with_output()?;
        let shown = String::from_utf8(output.stdout)?;
        if output.status.success() { Ok(shown) } else { Err(format!("psql: {}", output.status).into()) }
    }

    fn psql(&self) -> Command {
        let mut command = self.program("psql");
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        command.args(["--host", &socket(), "--username", ROLE, "postgres"]);
        command
    }

    fn program(&self, name: &str) -> Command {
        self.cluster.program(name)
    }
}

/// A socket without a file, since paths of sockets must be short.
fn socket() -> String {
    format!("@convoke-bench-{}", std::process::id())
}

/// The statements that create and fill the tables.
fn fill(material: &Material) -> String {
    let mut text = TABLES.to_owned();
    text.push_str("copy people (id, name) from stdin;\n");
    for (number, person) in (1..).zip(&material.people) {
        writeln!(text, "{number}\t{}", escaped(&person.name)).expect("writing to a string cannot fail");
    }
    text.push_str("\\.\ncopy groups (id, name, n_members) from stdin;\n");
    for (number, group) in (1..).zip(&material.groups) {
        let n_members = group.n_members.min(material.people.len() as u64);
        writeln!(text, "{number}\t{}\t{n_members}", escaped(&group.name)).expect("writing to a string cannot fail");
    }
    text.push_str("\\.\n");
    text.push_str(MEMBERSHIPS);
    text
}

/// A text as a cell of `copy`.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}
