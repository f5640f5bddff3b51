//! `cargo xtask bench --check FILE`: whether the server has become slower than in a kept run.
//!
//! Rates and times of two runs cannot be compared, because the machine is not equally fast at all times. CPU times are
//! divided by the bare server's of the same run, and these ratios are compared.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use serde_json::Value;

use super::scenario::{MANY, name};

/// By how much a ratio may grow.
const TOLERANCE: f64 = 0.1;

/// A row of a run: its name, and its number of connections.
type Key = (String, u64);
/// The CPU time of a request as a multiple of the bare server's, of each row of Convoke.
type Ratios = BTreeMap<Key, f64>;

/// A row of the kept run, and the same in this one.
struct Pair {
    key: Key,
    kept: f64,
    /// `None` if it was not measured.
    now: Option<f64>,
}

impl Pair {
    fn is_worse(&self) -> bool {
        self.now.is_none_or(|now| now > self.kept * (1.0 + TOLERANCE))
    }
}

/// Reads a run that `--json` printed.
pub fn load(file: &Path) -> Result<Value, Box<dyn Error>> {
    let run = std::fs::read(file).map_err(|cause| cause.to_string());
    let run = run.and_then(|text| serde_json::from_slice(&text).map_err(|cause| cause.to_string()));
    let run = run.and_then(|run| ratios(&run).map(|_| run));
    run.map_err(|cause| format!("{}: {cause}", file.display()).into())
}

/// Compares a run with a kept one. `only` selected the rows of this run. The error is a table of what is worse.
pub fn compare(kept: &Value, run: &Value, only: &str) -> Result<(), Box<dyn Error>> {
    for field in ["people", "groups"] {
        let size = |run: &Value| run.get(field).and_then(Value::as_f64).unwrap_or_default();
        let (before, now) = (size(kept), size(run));
        // Each run that uses the data of an earlier one adds a few.
        if (before - now).abs() > now / 100.0 {
            return Err(format!("the kept run had {before} {field}, this one {now}").into());
        }
    }
    let now = ratios(run)?;
    let mut pairs: Vec<Pair> = Vec::new();
    for (key, kept) in ratios(kept)? {
        if key.0.contains(only) {
            let now = now.get(&key).copied();
            pairs.push(Pair { key, kept, now });
        }
    }
    if pairs.is_empty() {
        return Err("the kept run has no row to compare with".into());
    }
    let worse: Vec<&Pair> = pairs.iter().filter(|pair| pair.is_worse()).collect();
    if worse.is_empty() { Ok(()) } else { Err(table(&worse).into()) }
}

/// The ratios of a run to its bare server.
fn ratios(run: &Value) -> Result<Ratios, String> {
    let (mut convoke, mut bare) = (Ratios::new(), None);
    for row in run.get("rows").and_then(Value::as_array).into_iter().flatten() {
        let text = |field: &str| row.get(field).and_then(Value::as_str);
        let connections = row.get("connections").and_then(Value::as_u64);
        let cpu = row.pointer("/median/cpuUs").and_then(Value::as_f64);
        let (Some(row), Some(connections), Some(cpu)) = (text("name"), connections, cpu) else {
            return Err(format!("not a row of the bench: {row}"));
        };
        match text("server") {
            Some("bare") if row == name::GET_GROUP && connections == MANY => bare = Some(cpu),
            Some("convoke") => drop(convoke.insert((row.to_owned(), connections), cpu)),
            _ => {}
        }
    }
    let bare = bare.filter(|&cpu| cpu > 0.0).ok_or("a run without the bare server's CPU time")?;
    convoke.values_mut().for_each(|cpu| *cpu /= bare);
    Ok(convoke)
}

fn table(worse: &[&Pair]) -> String {
    let mut lines = vec![format!(
        "worse than the kept run, as multiples of the bare server's CPU time:\n{:<48} {:>5} {:>8} {:>8} {:>8}",
        "request", "conns", "kept", "now", "change"
    )];
    for Pair { key: (name, connections), kept, now } in worse {
        lines.push(match now {
            Some(now) => {
                let change = (now / kept - 1.0) * 100.0;
                format!("{name:<48} {connections:>5} {kept:>8.2} {now:>8.2} {change:>+6.0} %")
            }
            None => format!("{name:<48} {connections:>5} {kept:>8.2} not measured"),
        });
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A run with a bare server that takes 10 µs, or `bare`.
    fn run(bare: f64, rows: &[(&str, u64, f64)]) -> Value {
        let row = |name: &str, server: &str, connections: u64, cpu: f64| {
            let median = json!({ "cpuUs": cpu });
            json!({ "name": name, "server": server, "connections": connections, "median": median })
        };
        let mut all = vec![row(name::GET_GROUP, "bare", MANY, bare)];
        all.extend(rows.iter().map(|&(name, connections, cpu)| row(name, "convoke", connections, cpu)));
        // The rows of peers are not compared.
        all.push(row(name::ADD, "postgres", MANY, bare * 3.0));
        json!({ "people": 10, "groups": 2, "rows": all })
    }

    fn refusal(kept: &Value, now: &Value, only: &str) -> String {
        compare(kept, now, only).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn what_counts_is_the_ratio_to_the_bare_server() {
        let kept = run(10.0, &[("a page", 32, 20.0), ("an add", 1, 100.0)]);
        // A machine that is half as fast.
        let slow = run(20.0, &[("a page", 32, 43.0), ("an add", 1, 180.0)]);
        assert_eq!(refusal(&kept, &slow, ""), "");
    }

    #[test]
    fn a_row_that_is_ten_per_cent_worse_is_shown() {
        let kept =
            run(10.0, &[("a page", 32, 20.0), ("a search", 32, 50.0), ("an add", 32, 30.0), ("an add", 1, 90.0)]);
        let now =
            run(10.0, &[("a page", 32, 21.9), ("a search", 32, 55.1), ("an add", 32, 30.0), ("an add", 1, 180.0)]);
        let expected = "worse than the kept run, as multiples of the bare server's CPU time:
request                                          conns     kept      now   change
a search                                            32     5.00     5.51    +10 %
an add                                               1     9.00    18.00   +100 %";
        assert_eq!(refusal(&kept, &now, ""), expected);
        assert_eq!(refusal(&now, &kept, ""), "");
    }

    #[test]
    fn a_row_that_is_gone_is_worse_unless_it_was_not_asked_for() {
        let kept = run(10.0, &[("a page", 32, 20.0), ("an add", 32, 30.0)]);
        let now = run(10.0, &[("a page", 32, 20.0), ("a new row", 32, 99.0)]);
        assert!(
            refusal(&kept, &now, "")
                .ends_with("\nan add                                              32     3.00 not measured")
        );
        assert_eq!(refusal(&kept, &now, "page"), "");
        assert_eq!(refusal(&kept, &now, "nothing"), "the kept run has no row to compare with");
    }

    #[test]
    fn runs_of_other_sizes_or_without_the_bare_server_are_not_compared() {
        let kept = run(10.0, &[("a page", 32, 20.0)]);
        let of = |people: u64, rows: Value| json!({ "people": people, "groups": 2, "rows": rows });
        let rows = kept.get("rows").cloned().unwrap_or_default();
        assert_eq!(refusal(&kept, &of(11, rows), ""), "the kept run had 10 people, this one 11");
        assert_eq!(refusal(&of(10, json!([])), &kept, ""), "a run without the bare server's CPU time");
        assert_eq!(refusal(&of(10, json!([{}])), &kept, ""), "not a row of the bench: {}");
    }
}
