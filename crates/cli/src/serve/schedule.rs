//! The flags of scheduled backups.

use clap::Args;
use convoke_server::{BACKUP_EVERY, Backups};
use jiff::{Span, SpanRelativeTo};
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

/// The default number of backups to keep.
const KEEP: NonZero<usize> = NonZero::new(7).expect("it is not zero");

#[derive(Args)]
pub struct Schedule {
    /// Write scheduled backups into this folder, which must exist
    #[arg(long, env = "CONVOKE_BACKUP_TO", value_name = "FOLDER")]
    backup_to: Option<PathBuf>,
    /// The time from one backup to the next, such as 12h or 1d
    #[arg(
        long,
        env = "CONVOKE_BACKUP_EVERY",
        value_name = "TIME",
        default_value = "1d",
        value_parser = time,
        requires = "backup_to"
    )]
    backup_every: Duration,
    /// How many backups are kept; older ones are deleted
    #[arg(long, env = "CONVOKE_BACKUP_KEEP", value_name = "N", default_value_t = KEEP, requires = "backup_to")]
    backup_keep: NonZero<usize>,
}

impl Schedule {
    /// The backups to make, if any.
    pub fn backups(self) -> Option<Backups> {
        let folder = self.backup_to.filter(|folder| !folder.as_os_str().is_empty())?;
        Some(Backups { folder, every: self.backup_every, keep: self.backup_keep })
    }
}

/// Parses a duration such as 90m, 12h, 1d or 1w.
fn time(text: &str) -> Result<Duration, String> {
    let span = text.parse::<Span>().map_err(|_| "write it as 12h or 1d".to_owned())?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok();
    let time = time.and_then(|time| Duration::try_from(time).ok());
    time.filter(|time| BACKUP_EVERY.contains(time)).ok_or_else(|| {
        let (least, most) = (BACKUP_EVERY.start().as_secs() / 60, BACKUP_EVERY.end().as_secs() / 86_400);
        format!("it must be from {least} minute to {most} days")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in [("1d", 86_400), ("12h", 43_200), ("90m", 5_400), ("1w", 604_800), ("1d 12h", 129_600)] {
            assert_eq!(time(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "1", "day", "0d", "-1d", "59s", "367d", "1month", "99999999w"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
