//! Runs the scenarios in turn, round by round, and measures the server's CPU time in each run.
//!
//! Every second round runs backwards, so that a drift of the machine does not favour one side. The comparison with the
//! aims is in `report.rs`.

use std::error::Error;
use std::time::Duration;

use super::caller::{Caller, Group};
use super::load::{self, Plan};
use super::postgres::Postgres;
use super::process::Server;
use super::report::{Measure, Row};
use super::scenario::{MANY, Material, Scenario, Target};
use crate::run::say;

type BenchResult<T> = Result<T, Box<dyn Error>>;

/// The greatest number of requests in a run of reads.
const READS: u64 = 2_000_000;
/// The greatest number of requests in a run of writes, so that the directory keeps about its size.
const WRITES: u64 = 100_000;

/// The number and duration of runs, and the selection of scenarios.
pub struct Pace<'a> {
    /// Rounds over all scenarios.
    pub n_rounds: u64,
    /// The time of load before each run that is not measured.
    pub warm_up: Duration,
    /// The measured time of a run.
    pub time: Duration,
    /// Only scenarios whose name contains this.
    pub only: &'a str,
}

/// The servers that are measured.
pub struct Servers {
    /// Convoke, over plain HTTP.
    pub convoke: Server,
    /// Convoke over TLS, with a copy of the store, if its scenarios are run.
    pub tls: Option<Server>,
    /// The baseline.
    pub bare: Server,
}

impl Pace<'_> {
    /// Measures scenarios of reads, on all servers.
    pub async fn reads(&self, scenarios: Vec<Scenario>, servers: &Servers) -> BenchResult<Vec<Row>> {
        let scenarios = self.chosen(scenarios);
        let mut rows: Vec<Row> = scenarios.iter().map(row).collect();
        for round in 0..self.n_rounds {
            let mut pairs: Vec<_> = scenarios.iter().zip(&mut rows).collect();
            if round % 2 == 1 {
                pairs.reverse();
            }
            for (scenario, row) in pairs {
                let server = match scenario.target {
                    Target::Convoke => &servers.convoke,
                    Target::Tls => servers.tls.as_ref().ok_or("no server speaks TLS")?,
                    Target::Bare => &servers.bare,
                };
                row.rounds.push(self.run(round, scenario, READS, server).await?.0);
            }
        }
        Ok(rows)
    }

    /// Measures the scenarios at a fixed rate, and those that run beside them.
    pub async fn clocked(&self, material: &Material, server: &Server) -> BenchResult<Vec<Row>> {
        let scenarios = self.chosen(material.clocked());
        let mut rows = Vec::new();
        for scenario in &scenarios {
            let mut own = row(scenario);
            let mut others = scenario.beside.as_deref().map(|other| (other, row(other)));
            for round in 0..self.n_rounds {
                let run = self.run(round, scenario, READS, server);
                let measure = match &mut others {
                    None => run.await?,
                    Some((other, row)) => {
                        let (measure, beside) = tokio::try_join!(run, self.run(round, other, READS, server))?;
                        row.rounds.push(beside.0);
                        measure
                    }
                };
                own.rounds.push(measure.0);
            }
            rows.push(own);
            rows.extend(others.map(|(_, row)| row));
        }
        Ok(rows)
    }

    /// Measures what PostgreSQL does for the same reads.
    pub fn peer_reads(&self, postgres: &Postgres) -> BenchResult<Vec<Row>> {
        let mut rows = Vec::new();
        for name in Postgres::reads().filter(|name| name.contains(self.only)) {
            let mut row = peer_row(name, MANY);
            for _ in 0..self.n_rounds {
                say(&format!("{name}, {MANY} connections, {}", row.server));
                row.rounds.push(postgres.read(name, MANY, self.warm_up, self.time)?);
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// Measures the adds, in turn with those of PostgreSQL. Requests that changed no count are subtracted from the
    /// rate.
    pub async fn writes(
        &self,
        material: &Material,
        server: &Server,
        caller: &mut Caller,
        postgres: Option<&Postgres>,
    ) -> BenchResult<Vec<Row>> {
        let scenarios = self.chosen(material.writes());
        let mut rows: Vec<Row> = scenarios.iter().map(row).collect();
        let mut peers: Vec<Row> = scenarios.iter().map(|it| peer_row(&it.name, it.connections)).collect();
        let mut before = n_memberships(&caller.groups().await?);
        for _ in 0..self.n_rounds {
            for ((scenario, row), peer) in scenarios.iter().zip(&mut rows).zip(&mut peers) {
                // A random seed, since adds that an earlier run made would change nothing.
                let seed = fastrand::u64(..);
                let (mut measure, n_acknowledged) = self.run(seed, scenario, WRITES, server).await?;
                let after = n_memberships(&caller.groups().await?);
                let n_seen = after.saturating_sub(before);
                let share = n_seen as f64 / n_acknowledged as f64;
                if !(0.95..=1.0).contains(&share) {
                    return Err(format!("{n_acknowledged} adds acknowledged, {n_seen} to be seen").into());
                }
                measure.per_second *= share;
                row.rounds.push(measure);
                before = after;
                if let Some(postgres) = postgres {
                    say(&format!("{}, {} connections, {}", peer.name, peer.connections, peer.server));
                    peer.rounds.push(postgres.add(peer.connections, self.warm_up, self.time)?);
                }
            }
        }
        rows.extend(peers.into_iter().filter(|peer| !peer.rounds.is_empty()));
        Ok(rows)
    }

    /// The bare server is always measured, since the other figures are compared with it.
    fn chosen(&self, mut scenarios: Vec<Scenario>) -> Vec<Scenario> {
        scenarios.retain(|scenario| scenario.target == Target::Bare || scenario.name.contains(self.only));
        scenarios
    }

    /// One run after a warm-up. Returns its measure, and the number of requests of both.
    async fn run(
        &self,
        seed: u64,
        scenario: &Scenario,
        n_requests: u64,
        server: &Server,
    ) -> BenchResult<(Measure, u64)> {
        let (connections, per_second) = (scenario.connections, scenario.per_second);
        say(&format!("{}, {connections} connections, {}", scenario.name, row(scenario).server));
        let endpoint = server.endpoint.clone();
        let plan = Plan { endpoint, connections, per_second, time: self.warm_up, n_requests, seed };
        let warm_up = load::run(plan.clone(), &scenario.write_request).await?;
        let plan = Plan { time: self.time, seed: seed.wrapping_add(1 << 32), ..plan };
        let before = server.cpu()?;
        let run = load::run(plan, &scenario.write_request).await?;
        let cpu = server.cpu()?.saturating_sub(before);
        let n = run.n_requests();
        let measure = Measure {
            per_second: n as f64 / run.elapsed.as_secs_f64(),
            p50: run.percentile(0.50),
            p99: run.percentile(0.99),
            cpu: cpu.as_secs_f64() * 1e6 / n as f64,
        };
        Ok((measure, n + warm_up.n_requests()))
    }
}

fn n_memberships(groups: &[Group]) -> u64 {
    groups.iter().map(|group| group.n_members).sum()
}

fn peer_row(name: &str, connections: u64) -> Row {
    Row { name: name.to_owned(), server: "postgres", connections, rounds: Vec::new() }
}

fn row(scenario: &Scenario) -> Row {
    let server = match scenario.target {
        Target::Convoke | Target::Tls => "convoke",
        Target::Bare => "bare",
    };
    Row { name: scenario.name.clone(), server, connections: scenario.connections, rounds: Vec::new() }
}
