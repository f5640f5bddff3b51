//! Whose turn it is to commit to an organisation's log.
//!
//! Each commit takes the turn for as long as it lasts. Who lost a race takes it before reading what came in between, and
//! commits in it: no other batch of that organisation comes first then, so nobody loses twice in a row. Who waits is
//! served in the order of asking.

use convoke_core::OrganisationId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;

/// The turn to commit to an organisation's log. Others wait until it is used or dropped.
pub struct Turn {
    _held: OwnedMutexGuard<()>,
}

/// The turns of all organisations.
#[derive(Default)]
pub(crate) struct Turns {
    all: Mutex<HashMap<OrganisationId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Turns {
    pub async fn take(&self, organisation: OrganisationId) -> Turn {
        let turn = {
            let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(organisation).or_default().clone()
        };
        Turn { _held: turn.lock_owned().await }
    }
}
