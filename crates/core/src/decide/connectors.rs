//! Rules about connectors, and about people who sign in by them.

use super::command::{ConnectorDraft, Decision, Mention};
use super::mentions::Mentions;
use super::{check_new, next_version};
use crate::directory::{Change, Subject};
use crate::policy::{self, AccessScope, View};
use crate::records::{Connector, Person, PersonState};
use crate::values::{ClientId, Conflict, Fault, Kind, Permission, Permissions, PersonId, Phone, Timestamp};
use std::sync::Arc;

/// Creates a connector. Its person becomes provisioned.
pub(super) fn create(view: &View, id: &ClientId, draft: &ConnectorDraft, at: Timestamp) -> Result<Decision, Fault> {
    check_new(Kind::Connector, id, view.directory.connectors.get(id))?;
    check_new(Kind::Connector, id, view.directory.clients.get(id))?;
    if let Some(group) = draft.group {
        view.group(group)?;
    }
    let (person, mut changes) = provisioned(view, &draft.person)?;
    let connector = Connector {
        id: id.clone(),
        name: draft.name.clone(),
        secret_hash: draft.secret_hash.clone(),
        person,
        group: draft.group,
        administrator: draft.administrator,
        generation: 1,
        created: at,
        modified: at,
    };
    may_touch(view, &connector)?;
    changes.push(Change::ConnectorPut(Arc::new(connector)));
    Ok(Decision { changes, subject: Subject::Connector(id.clone()) })
}

/// Starts a new generation of tokens.
pub(super) fn regenerate(view: &View, id: &ClientId, at: Timestamp) -> Result<Decision, Fault> {
    let held = view.connector(id)?;
    may_touch(view, held)?;
    if view.directory.people.by_id(held.person).is_none_or(|(_, person)| person.state != PersonState::Active) {
        return Err(Fault::Conflict(Conflict::NotActive(held.person)));
    }
    let connector = Connector { generation: held.generation + 1, modified: at, ..Connector::clone(held) };
    Ok(Decision { changes: vec![Change::ConnectorPut(Arc::new(connector))], subject: Subject::Connector(id.clone()) })
}

pub(super) fn delete(view: &View, id: &ClientId) -> Result<Decision, Fault> {
    let held = view.connector(id)?;
    may_touch(view, held)?;
    Ok(Decision { changes: vec![Change::ConnectorDeleted(id.clone())], subject: Subject::Nothing })
}

/// A caller may create, change or delete a connector only if it has all rights of the connector.
fn may_touch(view: &View, connector: &Connector) -> Result<(), Fault> {
    // If the group was deleted, the connector admits nobody.
    if let Some((_, entry)) = connector.group.and_then(|group| view.directory.groups.by_id(group)) {
        policy::may_change_members(view, entry)?;
    }
    if connector.administrator && !view.caller.permissions.allow(Permission::Admin) {
        return Err(Fault::NotAllowed(Permissions::of(&[Permission::Admin])));
    }
    policy::may_confer(view, &[], Some(connector.person))
}

/// Provisions a person who proved to have a number. Connectors that are confined to a group may not: everyone would get
/// the rights of an owner there.
pub(super) fn provision(view: &View, phone: Phone, new: PersonId) -> Result<Decision, Fault> {
    if view.caller.scope != AccessScope::Hierarchy {
        return Err(Fault::NotAllowed(Permissions::NONE));
    }
    // A shared number must not let one person sign in as another.
    let mention = match view.directory.people.only_by_phone(phone)? {
        Some((_, person)) => Mention::Id(person.id),
        None => Mention::Phone(phone, new),
    };
    let (person, changes) = provisioned(view, &mention)?;
    Ok(Decision { changes, subject: Subject::Person(person) })
}

/// The person, and the changes that provision it.
fn provisioned(view: &View, mention: &Mention) -> Result<(PersonId, Vec<Change>), Fault> {
    let mut mentions = Mentions::new(view);
    let (id, slot) = mentions.find(mention)?;
    let held = slot.and_then(|slot| view.directory.people.get(slot));
    let mut changes = mentions.changes();
    for change in &mut changes {
        if let Change::PersonPut(person) = change {
            Arc::make_mut(person).provisioned = true;
        }
    }
    if let Some(held) = held {
        if held.state != PersonState::Active {
            return Err(Fault::Conflict(Conflict::NotActive(id)));
        }
        if !held.provisioned {
            let version = next_version(held.version);
            changes.push(Change::PersonPut(Arc::new(Person { provisioned: true, version, ..Person::clone(held) })));
        }
    }
    Ok((id, changes))
}
