//! The organisation.

use crate::values::{DivisionId, Name, OrganisationId, Timestamp};

/// The organisation itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name, unique on the server.
    pub name: Name,
    /// The home division, which everything belongs to that is in no other.
    pub home: DivisionId,
    /// When it was created.
    pub created: Timestamp,
}
