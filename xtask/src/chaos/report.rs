//! Findings, and their two formats: the Markdown table of docs/reliability.md, and JSON.

use crate::run::TaskError;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{any::Any, fmt, fs, path::Path};

/// One row of the table: what was tried, what must hold, and what was found.
pub struct Finding {
    /// The failure that was caused.
    pub what: String,
    /// How it was tried, with counts.
    pub tried: String,
    /// What must hold.
    pub must: String,
    /// What was found.
    pub found: String,
    /// Whether what must hold did hold.
    pub held: bool,
}

/// The result of an experiment.
pub struct ExperimentResult {
    /// Its name on the command line.
    pub experiment: String,
    /// Its duration in seconds.
    pub seconds: u64,
    /// Its findings, in the order of the table.
    pub findings: Vec<Finding>,
}

impl Finding {
    /// The finding of an experiment that could not run.
    pub fn broken(why: &str) -> Finding {
        let [what, tried, must] = ["the experiment itself", "", "it runs"].map(str::to_owned);
        Finding { what, tried, must, found: why.to_owned(), held: false }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.held { "held" } else { "FAILED" };
        write!(f, "{verdict}: {} ({}): must: {}; found: {}", self.what, self.tried, self.must, self.found)
    }
}

impl ExperimentResult {
    /// Whether all of it held.
    pub fn held(&self) -> bool {
        self.findings.iter().all(|finding| finding.held)
    }
}

/// The text of a panic.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    // A cell of the table has one line.
    text.unwrap_or("a panic; see stderr").chars().take(300).map(|c| if c == '\n' { ' ' } else { c }).collect()
}

/// The table for people.
pub fn table(outcomes: &[ExperimentResult]) -> String {
    let mut lines = vec![
        "| experiment | failure | tried | must hold | found | |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    for outcome in outcomes {
        for Finding { what, tried, must, found, held } in &outcome.findings {
            let verdict = if *held { "held" } else { "**failed**" };
            let cells =
                [&format!("`{}`", outcome.experiment), what, tried, must, found].map(|cell| cell.replace('|', "\\|"));
            lines.push(format!("| {} | {verdict} |", cells.join(" | ")));
        }
    }
    lines.join("\n")
}

/// Writes the table of each experiment into a document, between `<!-- NAME -->` and `<!-- /NAME -->`.
pub fn write_docs(file: &Path, outcomes: &[ExperimentResult], form: &str, seed: u64) -> Result<(), TaskError> {
    let problem = |cause: std::io::Error| format!("{}: {cause}", file.display());
    let mut text = fs::read_to_string(file).map_err(problem)?;
    let day: String = Timestamp::now().to_string().chars().take(10).collect();
    for outcome in outcomes {
        let ExperimentResult { experiment, seconds, .. } = outcome;
        let marks = [format!("<!-- {experiment} -->"), format!("<!-- /{experiment} -->")];
        let [begin, end] = marks.each_ref().map(|mark| text.find(mark.as_str()));
        let (Some(begin), Some(end)) = (begin, end) else {
            return Err(format!("{}: no place for {experiment}", file.display()));
        };
        let [begin_mark, _] = marks;
        let head = format!("{begin_mark}\nOn {day}, {form}, in {seconds} s, seed {seed}:\n\n");
        text.replace_range(begin..end, &format!("{head}{}\n\n", table(std::slice::from_ref(outcome))));
    }
    fs::write(file, text).map_err(problem)
}

/// The findings for a program.
pub fn document(outcomes: &[ExperimentResult], seed: u64) -> Value {
    let finding = |it: &Finding| json!({ "what": it.what, "tried": it.tried, "must": it.must, "found": it.found, "held": it.held });
    let outcome = |it: &ExperimentResult| {
        let findings: Vec<Value> = it.findings.iter().map(finding).collect();
        json!({ "experiment": it.experiment, "seconds": it.seconds, "held": it.held(), "findings": findings })
    };
    json!({ "seed": seed, "experiments": outcomes.iter().map(outcome).collect::<Vec<_>>() })
}

/// A duration for the table.
pub fn shown(duration: std::time::Duration) -> String {
    match duration.as_millis() {
        millis @ 0..10_000 => format!("{millis} ms"),
        millis => format!("{} s", millis / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_finding_fails_the_outcome_and_shows_in_the_table() {
        let finding = |held| Finding {
            what: "a|b".to_owned(),
            tried: "2 times".to_owned(),
            must: "0 lost".to_owned(),
            found: "1 lost".to_owned(),
            held,
        };
        let outcome = ExperimentResult {
            experiment: "kills".to_owned(),
            seconds: 1,
            findings: vec![finding(true), finding(false)],
        };
        assert!(!outcome.held());
        let table = table(&[outcome]);
        assert!(table.contains("| `kills` | a\\|b | 2 times | 0 lost | 1 lost | **failed** |"), "{table}");
        assert!(table.contains("| held |"), "{table}");
    }
}
