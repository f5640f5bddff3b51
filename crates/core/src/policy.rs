//! Permissions, roles and callers. Every refusal for a missing right is decided in this module.

mod credentials;
mod groups;

use crate::directory::Directory;
use crate::records::PersonState;
use crate::values::{Actor, ClientId, Fault, Permission, Permissions, PersonId, RoleId};
pub use credentials::{ClientCredentials, ConnectorCredentials};
pub use groups::GroupRelation;
pub(crate) use groups::{
    effective, glimpses, hidden, managed_groups, may_change_members, own_groups, reads_rule, relation, relation_of,
    seen_groups, sees, with_beneath,
};

/// The sender of a request, as admitted to the directory.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The client.
    pub client: ClientId,
    /// The slot of the person that it acts for, if any.
    pub(crate) person: Option<u32>,
    /// Its permissions.
    pub permissions: Permissions,
    /// How far it can see.
    pub(crate) scope: AccessScope,
}

/// A directory as one caller sees it. [`admit`](crate::admit) creates it.
pub struct View<'d> {
    pub(crate) directory: &'d Directory,
    pub(crate) caller: Caller,
}

/// How far a caller can see, and what it may change there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessScope {
    /// What visibility permits: OAuth clients.
    Organisation,
    /// What visibility permits, and the hierarchy of the groups that the person is in: people by a connector.
    Hierarchy,
    /// One group, with the rights of its owner, and the groups beneath it: a confined connector.
    Group(u32),
}

/// Admits a caller to a directory. This is the only way to read one, and the first step of every command.
///
/// # Errors
///
/// [`Fault::Unauthenticated`] if the client or connector, the generation of its tokens, or the person that it acts for
/// is not valid (any more). [`Fault::MissingPermission`] if the caller has none of the permissions in `needs`.
pub fn admit<'d>(directory: &'d Directory, actor: &Actor, needs: Permissions) -> Result<View<'d>, Fault> {
    let caller = match actor {
        Actor::Client(client) => by_client(directory, client),
        Actor::Connector { connector, person, generation } => by_connector(directory, connector, *person, *generation),
    };
    let caller = caller.ok_or(Fault::Unauthenticated)?;
    if !caller.permissions.meets(needs) {
        return Err(Fault::MissingPermission(needs));
    }
    Ok(View { directory, caller })
}

/// A client with all permissions, by which the server's operator may act.
pub fn administrator(directory: &Directory) -> Option<Actor> {
    let mut clients = directory.clients.keys().cloned().map(Actor::Client);
    clients.find(|actor| admit(directory, actor, Permissions::of(&[Permission::Admin])).is_ok())
}

fn by_client(directory: &Directory, id: &ClientId) -> Option<Caller> {
    let entry = directory.clients.get(id).filter(|entry| entry.client.enabled)?;
    let person = match entry.client.person {
        None => None,
        Some(id) => Some(active_person(directory, id)?),
    };
    Some(Caller { client: id.clone(), person, permissions: entry.permissions, scope: AccessScope::Organisation })
}

fn by_connector(directory: &Directory, id: &ClientId, person: PersonId, generation: u32) -> Option<Caller> {
    let connector = directory.connectors.get(id).filter(|connector| connector.generation == generation)?;
    let scope = match connector.group {
        None => AccessScope::Hierarchy,
        Some(group) => AccessScope::Group(directory.groups.by_id(group)?.0),
    };
    let permissions = match connector.administrator && connector.person == person {
        true => Permissions::of(&[Permission::GroupEdit]),
        false => Permissions::NONE,
    };
    Some(Caller { client: id.clone(), person: Some(active_person(directory, person)?), permissions, scope })
}

fn active_person(directory: &Directory, id: PersonId) -> Option<u32> {
    let slot = directory.people.slot(id)?;
    let person = directory.people.get(slot)?;
    (person.state == PersonState::Active).then_some(slot)
}

/// Refuses to give others what the caller does not have: the permissions of these roles, or the rights of a person that
/// it does not act for.
pub(crate) fn may_confer(view: &View, roles: &[RoleId], person: Option<PersonId>) -> Result<(), Fault> {
    let conferred = view.directory.permissions_of(roles);
    let own = |id| view.caller.person.is_some_and(|own| view.directory.people.slot(id) == Some(own));
    if !person.is_none_or(own) && !view.caller.permissions.allow(Permission::Admin) {
        return Err(Fault::NotAllowed(Permissions::of(&[Permission::Admin])));
    }
    if !view.caller.permissions.covers(conferred) {
        return Err(Fault::NotAllowed(conferred));
    }
    Ok(())
}
