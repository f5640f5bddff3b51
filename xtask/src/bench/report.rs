//! The figures: medians over rounds, the comparison with the aims, and two formats: a table for people and a JSON
//! document for programs.

use serde_json::{Value, json};

use super::process::Memory;
use super::scenario::{MANY, name};

/// One measured run.
#[derive(Clone, Copy)]
pub struct Measure {
    /// Requests a second.
    pub per_second: f64,
    /// Median latency in µs.
    pub p50: f64,
    /// 99th percentile of latency in µs.
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

/// The aims of the project; one whose rows were not run is left out.
pub fn aims<'r>(rows: impl Iterator<Item = &'r Row> + Clone, ready_after: f64, memory: Memory) -> Vec<Aim> {
    let of = |name: &str, server: &str, connections: u64| {
        let row = rows.clone().find(|row| row.name == name && row.server == server && row.connections == connections);
        row.map(Row::median)
    };
    let ratio = |name: &str, ours: Option<Measure>, base: Option<Measure>, bound: f64| {
        Some(Aim { name: name.to_owned(), value: ours?.cpu / base?.cpu, bound: Bound::AtMost(bound) })
    };
    let get_group = |server| of(name::GET_GROUP, server, MANY);
    let convoke = |name: &str| of(name, "convoke", MANY);
    let rate = |name: &str, bound: f64| {
        let value = convoke(name)?.per_second;
        Some(Aim { name: format!("{name}, a second"), value, bound: Bound::AtLeast(bound) })
    };
    let single = |name: &str, value, bound| Aim { name: name.to_owned(), value, bound };
    let adds = convoke(name::ADD);
    [
        ratio("getGroup, CPU over the bare server's", get_group("convoke"), get_group("bare"), 1.4),
        ratio(
            "page 1000 of the largest, CPU over page 1 of 25",
            convoke(name::DEEP_PAGE),
            convoke(name::SMALL_PAGE),
            1.2,
        ),
        convoke(name::GET_TOP).zip(convoke(name::GET_GROUP)).map(|(top, group)| {
            single(
                "GET /v1/groups/{id} of 1,000 sub-groups, rate over getGroup's",
                top.per_second / group.per_second,
                Bound::AtLeast(0.5),
            )
        }),
        rate(name::PREFIX, 20_000.0),
        rate(name::SUBSTRING, 20_000.0),
        rate(name::REGEX, 4_000.0),
        rate(name::PREVIEW, 20_000.0),
        convoke(name::BESIDE).map(|it| single("getGroup beside searches, p99 in ms", it.p99 / 1e3, Bound::AtMost(5.0))),
        adds.map(|adds| single("durable member adds a second, 32 writers", adds.per_second, Bound::AtLeast(25_000.0))),
        Some(single("seconds from start to ready", ready_after, Bound::AtMost(2.0))),
        Some(single("MiB of memory at most, the run included", memory.peak, Bound::AtMost(500.0))),
    ]
    .into_iter()
    .flatten()
    .collect()
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
pub fn table(rows: &[Row], clocked: &[Row], aims: &[Aim]) -> String {
    let mut lines = vec![format!(
        "{:<44} {:<8} {:>5} {:>10} {:>10} {:>10} {:>11}",
        "request", "server", "conns", "req/s", "p50 µs", "p99 µs", "CPU µs/req"
    )];
    for row in rows {
        let Measure { per_second, p50, p99, cpu } = row.median();
        lines.push(format!(
            "{:<44} {:<8} {:>5} {per_second:>10.0} {p50:>10.0} {p99:>10.0} {cpu:>11.1}",
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
