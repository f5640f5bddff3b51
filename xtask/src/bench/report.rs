//! The figures: medians over rounds, the comparison with the aims, and two formats: a table for people and a JSON
//! document for programs.

use serde_json::{Value, json};

use super::process::Memory;
use super::scenario::{CROWD, MANY, name};

/// CPU time of a request with many connections, at most, as a multiple of what the bare server takes for `getGroup`.
const GOALS: [(&str, f64); 10] = [
    (name::GET_GROUP, 1.2),
    (name::SMALL_PAGE, 2.2),
    (name::FIRST_PAGE, 2.2),
    (name::DEEP_PAGE, 2.2),
    (name::GROUPS, 2.0),
    (name::PREFIX, 3.5),
    (name::SUBSTRING, 4.5),
    (name::REGEX, 10.0),
    (name::PREVIEW, 2.5),
    (name::ADD, 3.0),
];

/// One measured run.
#[derive(Clone, Copy)]
pub struct Measure {
    /// Requests a second.
    pub per_second: f64,
    /// Median latency in µs; no number where it is not known.
    pub p50: f64,
    /// 99th percentile of latency in µs, likewise.
    pub p99: f64,
    /// User and system time of the server, in µs a request, including what ran beside.
    pub cpu: f64,
}

/// One line of the table.
pub struct Row {
    /// What was asked.
    pub name: String,
    /// Which server answered.
    pub server: &'static str,
    /// How many connections asked.
    pub connections: u64,
    /// One measure a round.
    pub rounds: Vec<Measure>,
}

/// A figure and the bound it should keep.
pub struct Aim {
    /// The name of the figure.
    pub name: String,
    pub value: f64,
    pub bound: Bound,
}

/// The bound of a figure.
pub enum Bound {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

impl Measure {
    /// The average number of cores that the server used.
    fn cores(&self) -> f64 {
        self.cpu * self.per_second / 1e6
    }
}

impl Row {
    /// The median of each figure by itself.
    pub fn median(&self) -> Measure {
        let of = |figure: fn(&Measure) -> f64| median(self.rounds.iter().map(figure).collect());
        Measure { per_second: of(|m| m.per_second), p50: of(|m| m.p50), p99: of(|m| m.p99), cpu: of(|m| m.cpu) }
    }
}

impl Aim {
    fn is_met(&self) -> bool {
        match self.bound {
            Bound::AtMost(bound) => self.value <= bound,
            Bound::AtLeast(bound) => self.value >= bound,
        }
    }
}

/// The rows of one run, and what the bare server took in it.
#[derive(Clone, Copy)]
pub struct Rows<'r> {
    rows: &'r [Row],
    /// The bare server's CPU time in µs for `getGroup`, if it was measured.
    bare: Option<f64>,
}

impl<'r> Rows<'r> {
    /// Finds the bare server's row among these.
    pub fn new(rows: &'r [Row]) -> Rows<'r> {
        let bare = find(rows, name::GET_GROUP, "bare", MANY).map(|measure| measure.cpu);
        Rows { rows, bare }
    }

    fn convoke(self, name: &str) -> Option<Measure> {
        find(self.rows, name, "convoke", MANY)
    }

    /// CPU time as a multiple of the bare server's.
    fn over_bare(self, measure: Measure) -> Option<f64> {
        self.bare.map(|bare| measure.cpu / bare)
    }

    /// A goal as a multiple of the bare server's CPU time.
    fn goal(self, name: &str, bound: f64) -> Option<Aim> {
        let value = self.over_bare(self.convoke(name)?)?;
        Some(aim(&format!("{name}, × bare"), value, Bound::AtMost(bound)))
    }
}

/// The aims of the project; one whose rows were not run is left out.
pub fn aims(rows: Rows, clocked: &[Row], cold_start: f64, start: f64, memory: Memory) -> Vec<Aim> {
    let goals = GOALS.iter().map(|&(name, bound)| rows.goal(name, bound));
    let pages = rows.convoke(name::DEEP_PAGE).zip(rows.convoke(name::SMALL_PAGE)).map(|(deep, small)| {
        aim("page 1000 of the largest, CPU over page 1 of 25", deep.cpu / small.cpu, Bound::AtMost(1.2))
    });
    let tls = rows.convoke(name::GET_GROUP_TLS).zip(rows.convoke(name::GET_GROUP));
    let tls =
        tls.map(|(tls, plain)| aim("getGroup over TLS 1.3, CPU over plain", tls.cpu / plain.cpu, Bound::AtMost(1.15)));
    let top = rows.convoke(name::GET_TOP).zip(rows.convoke(name::GET_GROUP)).map(|(top, group)| {
        let name = "GET /v1/groups/{id} of 1,000 sub-groups, rate over getGroup's";
        aim(name, top.per_second / group.per_second, Bound::AtLeast(0.5))
    });
    let peer = |connections: u64, bound: f64| {
        let [ours, theirs] = ["convoke", "postgres"].map(|server| find(rows.rows, name::ADD, server, connections));
        let name = format!("durable adds by {connections} writers, rate over pgbench's");
        Some(aim(&name, ours?.per_second / theirs?.per_second, Bound::AtLeast(bound)))
    };
    let beside = find(clocked, name::BESIDE, "convoke", MANY)
        .map(|it| aim("getGroup beside searches, p99 in ms", it.p99 / 1e3, Bound::AtMost(2.0)));
    let others = [
        pages,
        tls,
        top,
        peer(MANY, 1.5),
        peer(CROWD, 3.0),
        beside,
        Some(aim("seconds from start to ready", start, Bound::AtMost(0.6))),
        Some(aim("the same from a cold page cache", cold_start, Bound::AtMost(2.0))),
        Some(aim("MiB of memory at most, the run included", memory.peak, Bound::AtMost(350.0))),
    ];
    goals.chain(others).flatten().collect()
}

/// An aim and the figure that was measured.
pub fn aim(name: &str, value: f64, bound: Bound) -> Aim {
    Aim { name: name.to_owned(), value, bound }
}

fn find(rows: &[Row], name: &str, server: &str, connections: u64) -> Option<Measure> {
    let row = rows.iter().find(|row| row.name == name && row.server == server && row.connections == connections);
    row.map(Row::median)
}

/// The middle value, or the mean of the two in the middle; 0 of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.len().saturating_sub(1) / 2, values.len() / 2);
    match (values.get(low), values.get(high)) {
        (Some(low), Some(high)) => f64::midpoint(*low, *high),
        _ => 0.0,
    }
}

/// The table, what ran at a fixed rate, and the aims below it.
pub fn table(rows: Rows, clocked: &[Row], aims: &[Aim]) -> String {
    let mut lines = vec![format!(
        "{:<44} {:<8} {:>5} {:>10} {:>10} {:>10} {:>11} {:>7}",
        "request", "server", "conns", "req/s", "p50 µs", "p99 µs", "CPU µs/req", "× bare"
    )];
    for row in rows.rows {
        let measure = row.median();
        let Measure { per_second, p50, p99, cpu } = measure;
        let [p50, p99] = [p50, p99].map(|it| if it.is_nan() { "–".to_owned() } else { format!("{it:.0}") });
        let over_bare = rows.over_bare(measure).map_or_else(|| "–".to_owned(), figure);
        lines.push(format!(
            "{:<44} {:<8} {:>5} {per_second:>10.0} {p50:>10} {p99:>10} {cpu:>11.1} {over_bare:>7}",
            row.name, row.server, row.connections
        ));
    }
    if !clocked.is_empty() {
        lines.push(format!(
            "\n{:<44} {:<8} {:>5} {:>10} {:>10} {:>10} {:>11}",
            "request, at a fixed rate", "server", "conns", "req/s", "p50 ms", "p99 ms", "CPU cores"
        ));
    }
    for row in clocked {
        let measure = row.median();
        let Measure { per_second, p50, p99, .. } = measure;
        let (p50, p99, cores) = (p50 / 1e3, p99 / 1e3, measure.cores());
        lines.push(format!(
            "{:<44} {:<8} {:>5} {per_second:>10.0} {p50:>10.2} {p99:>10.2} {cores:>11.2}",
            row.name, row.server, row.connections
        ));
    }
    lines.push(String::new());
    for aim in aims {
        let (sign, bound) = match aim.bound {
            Bound::AtMost(bound) => ("≤", bound),
            Bound::AtLeast(bound) => ("≥", bound),
        };
        let verdict = if aim.is_met() { "met" } else { "MISSED" };
        let bound = format!("{sign} {}", figure(bound));
        lines.push(format!("{:<58} {:>10}   aim {bound:<8} {verdict}", aim.name, figure(aim.value)));
    }
    lines.join("\n")
}

/// The rows for a program, with every round.
pub fn rows_document(rows: &[Row]) -> Value {
    let measure = |m: &Measure| json!({ "perSecond": m.per_second, "p50Us": m.p50, "p99Us": m.p99, "cpuUs": m.cpu });
    let row = |row: &Row| {
        json!({
            "name": row.name,
            "server": row.server,
            "connections": row.connections,
            "median": measure(&row.median()),
            "rounds": row.rounds.iter().map(measure).collect::<Vec<_>>(),
        })
    };
    rows.iter().map(row).collect()
}

/// The aims for a program.
pub fn aims_document(aims: &[Aim]) -> Value {
    let aim = |aim: &Aim| {
        let (kind, bound) = match aim.bound {
            Bound::AtMost(bound) => ("atMost", bound),
            Bound::AtLeast(bound) => ("atLeast", bound),
        };
        json!({ "name": aim.name, "value": aim.value, kind: bound, "met": aim.is_met() })
    };
    aims.iter().map(aim).collect()
}

/// Two decimals where they matter.
fn figure(value: f64) -> String {
    if value < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}
