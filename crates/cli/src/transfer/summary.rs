//! The counts of a transfer.

use crate::CommandError;
use crate::output::print;
use convoke_client::import::RowEffect;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// The number of records by effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordCounts {
    pub created: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub refused: u64,
}

/// The final report.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary<'s> {
    pub dry_run: bool,
    /// Whether a signal ended the transfer before all records were sent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    #[serde(flatten)]
    pub counts: RecordCounts,
    pub seconds: f64,
    pub rows_per_second: u64,
    /// The file of refused records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<&'s Path>,
}

impl RecordCounts {
    /// The counter of an effect.
    pub fn of(&mut self, effect: RowEffect) -> &mut u64 {
        match effect {
            RowEffect::Created => &mut self.created,
            RowEffect::Changed => &mut self.changed,
            RowEffect::Unchanged => &mut self.unchanged,
            RowEffect::Refused => &mut self.refused,
        }
    }

    /// The number of all records.
    pub fn total(&self) -> u64 {
        self.created + self.changed + self.unchanged + self.refused
    }
}

impl<'s> Summary<'s> {
    /// The report of a transfer that took this long.
    pub fn new(counts: RecordCounts, took: Duration) -> Self {
        let rate = counts.total() as f64 / took.as_secs_f64();
        // Rounded to milliseconds.
        let seconds = (took.as_secs_f64() * 1000.0).round() / 1000.0;
        let rows_per_second = rate.round() as u64;
        Summary { dry_run: false, interrupted: false, counts, seconds, rows_per_second, errors: None }
    }

    /// Prints it as JSON or as a sentence.
    pub fn print(&self, json: bool) -> Result<(), CommandError> {
        if json {
            return print(&serde_json::to_string(self).expect("summaries have string keys"));
        }
        let RecordCounts { created, changed, unchanged, refused } = self.counts;
        let begin = if self.dry_run { "nothing was changed; it would be: " } else { "" };
        let (seconds, rate) = (self.seconds, self.rows_per_second);
        print(&format!(
            "{begin}{created} created, {changed} changed, {unchanged} unchanged, {refused} refused; \
             {seconds:.1} s, {rate} rows/s"
        ))
    }
}
