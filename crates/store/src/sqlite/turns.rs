//! Turns to commit to an organisation's log.
//!
//! Each commit takes the turn for its duration. A writer that lost a race takes the turn, reads the entries that it
//! missed, and commits in the same turn. No other batch of the organisation can come first, so no writer loses twice in
//! a row. Turns are granted in the order of the requests.

use convoke_core::OrganisationId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// The turn to commit to an organisation's log. Other writers wait until it is used or dropped.
pub(crate) struct SqliteTurn {
    _held: OwnedMutexGuard<()>,
}

/// The turns of all organisations.
#[derive(Default)]
pub(crate) struct Turns {
    all: Mutex<HashMap<OrganisationId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Turns {
    pub async fn take(&self, organisation: OrganisationId) -> SqliteTurn {
        let turn = {
            let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(organisation).or_default().clone()
        };
        SqliteTurn { _held: turn.lock_owned().await }
    }
}
