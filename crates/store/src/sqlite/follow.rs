//! Reading the new entries of a log.

use crate::chain::LogSummary;
use crate::sqlite::tables::{last_link, require_organisation};
use crate::sqlite::walk;
use crate::{LogPart, StoreError, record};
use convoke_core::OrganisationId;
use rusqlite::Connection;

/// The number of entries that one call reads. The bound keeps other look-ups from waiting long.
const FOLLOWED: i64 = 64;

/// The entries of the log after an entry, at most [`FOLLOWED`] of them.
pub(crate) fn follow(connection: &Connection, organisation: OrganisationId, after: u64) -> Result<LogPart, StoreError> {
    let number = require_organisation(connection, organisation)?;
    let from = LogSummary::after(after, last_link(connection, number, after)?);
    let mut changes = Vec::new();
    let walked = walk::walk_on(connection, number, organisation, from, FOLLOWED, |text| {
        changes.extend(record::changes_from_json(text)?);
        Ok(())
    })?;
    if !walked.is_sealed {
        return Err(StoreError::Damaged(format!("entry {} of a log has no checksum", walked.head)));
    }
    Ok(LogPart { head: walked.head, changes })
}
