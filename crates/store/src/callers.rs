//! The ids of clients and connectors, which a commit keeps current at once.

use crate::Batch;
use convoke_core::{Change, ClientId};
use std::collections::{BTreeMap, BTreeSet};

/// What a batch changes of clients and connectors. Their ids are unique in the whole store, because sign-in finds
/// the organisation by them.
#[derive(Default)]
pub(crate) struct Callers {
    /// Those that were deleted, with all their tokens.
    pub deleted: BTreeSet<ClientId>,
    /// Those that exist after the batch.
    pub claimed: BTreeSet<ClientId>,
    /// The generations of connectors: tokens of earlier ones end.
    pub generations: BTreeMap<ClientId, u32>,
}

impl Callers {
    /// What the entries of a batch change, one after the other.
    pub fn of(batch: &Batch) -> Self {
        let mut callers = Callers::default();
        batch.entries.iter().flat_map(|entry| &entry.changes).for_each(|change| callers.take(change));
        callers
    }

    fn take(&mut self, change: &Change) {
        match change {
            Change::ClientPut(client) => {
                self.claimed.insert(client.id.clone());
            }
            Change::ConnectorPut(connector) => {
                self.claimed.insert(connector.id.clone());
                self.generations.insert(connector.id.clone(), connector.generation);
            }
            Change::ClientDeleted(id) | Change::ConnectorDeleted(id) => {
                self.claimed.remove(id);
                self.generations.remove(id);
                self.deleted.insert(id.clone());
            }
            Change::OrganisationPut(_)
            | Change::RolePut(_)
            | Change::PersonPut(_)
            | Change::GroupPut(..)
            | Change::GroupDeleted(_)
            | Change::GroupsStamped(_)
            | Change::OwnershipsEnded(..)
            | Change::MembershipsEnded(..)
            | Change::SubscriptionsEnded(..)
            | Change::SkillPut(_)
            | Change::SkillsHeld(..)
            | Change::MembersAdded(..)
            | Change::MembersRemoved(..)
            | Change::SubgroupsAdded(..)
            | Change::SubgroupsRemoved(..)
            | Change::SubscribersAdded(..)
            | Change::SubscribersRemoved(..) => {}
        }
    }
}
