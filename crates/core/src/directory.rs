//! The directory as one value: records, and what is derived from them. Copying it is cheap (every
//! part is shared until it is changed), so a writer works on a copy while readers keep theirs.

mod apply;
mod build;
mod groups;
mod people;

use crate::command::Subject;
use crate::model::*;
use crate::policy::Permissions;
pub use groups::GroupEntry;
pub(crate) use groups::{Groups, by_name as by_group_name};
pub(crate) use people::People;
use std::sync::Arc;

/// Everything that one organisation holds.
#[derive(Clone)]
pub struct Directory {
    pub(crate) organisation: Arc<Organisation>,
    pub(crate) roles: imbl::OrdMap<RoleId, Arc<Role>>,
    pub(crate) clients: imbl::OrdMap<ClientId, ClientEntry>,
    pub(crate) people: People,
    pub(crate) groups: Groups,
}

/// A client and what its roles let it do.
#[derive(Clone, Debug)]
pub(crate) struct ClientEntry {
    pub client: Arc<Client>,
    pub permissions: Permissions,
}

/// What a directory is built from, as the store keeps it.
#[derive(Clone)]
pub struct Records {
    /// The organisation.
    pub organisation: Arc<Organisation>,
    /// Its roles.
    pub roles: Vec<Arc<Role>>,
    /// Its OAuth clients.
    pub clients: Vec<Arc<Client>>,
    /// Its people, deleted ones included.
    pub people: Vec<Arc<Person>>,
    /// Its groups.
    pub groups: Vec<(Arc<Group>, Stamp)>,
    /// Who was added by id to what, in any order.
    pub individuals: Vec<(GroupId, PersonId)>,
}

/// A change that does not fit the directory it was applied to: it names something that is not
/// there. Decided changes always fit; stored ones may have been damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit(pub String);

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

/// What a command's reply is rendered from: the thing as it was right after the command.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The reply has no content.
    Nothing,
    /// A group.
    Group(Arc<GroupEntry>),
    /// A person.
    Person(Arc<Person>),
    /// An OAuth client.
    Client(Arc<Client>),
}

impl Directory {
    /// The organisation itself.
    pub fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// What a reply about this subject is rendered from; none when the subject is gone.
    pub fn outcome(&self, subject: &Subject) -> Option<Outcome> {
        Some(match subject {
            Subject::Nothing => Outcome::Nothing,
            Subject::Group(id) => Outcome::Group(self.groups.by_id(*id)?.1.clone()),
            Subject::Person(id) => Outcome::Person(self.people.by_id(*id)?.1.clone()),
            Subject::Client(id) => Outcome::Client(self.clients.get(id)?.client.clone()),
        })
    }

    /// A client, for sign-in, and whether it may: not when it is disabled, or stands for a person
    /// who is not active.
    pub fn client(&self, id: &ClientId) -> Option<(&Arc<Client>, bool)> {
        let client = &self.clients.get(id)?.client;
        let active = |id| self.people.by_id(id).is_some_and(|(_, person)| person.state == PersonState::Active);
        Some((client, client.enabled && client.person.is_none_or(active)))
    }

    /// How many people (deleted ones excepted) and groups there are.
    pub fn size(&self) -> (usize, usize) {
        (self.people.listed(), self.groups.all.len())
    }

    /// Adds roles' permissions up.
    pub(crate) fn permissions_of(&self, roles: &[RoleId]) -> Permissions {
        roles.iter().filter_map(|id| self.roles.get(id)).fold(Permissions::NONE, |sum, role| sum.and(role.permissions))
    }
}
