//! Rules about OAuth clients.

use super::command::{ClientDraft, ClientFields, Decision};
use super::{check_length, check_new, nothing_changes, set};
use crate::directory::{Change, Subject};
use crate::policy::{self, View};
use crate::records::Client;
use crate::values::{ClientId, Conflict, Fault, Field, Kind, Permission, Timestamp, Update, limits};
use std::sync::Arc;

pub(super) fn create(view: &View, id: &ClientId, draft: &ClientDraft, at: Timestamp) -> Result<Decision, Fault> {
    let directory = view.directory;
    check_new(Kind::Client, id, directory.clients.get(id))?;
    check_new(Kind::Client, id, directory.connectors.get(id))?;
    let mut client = Client {
        id: id.clone(),
        name: draft.fields.name.clone(),
        description: None,
        secret_hash: draft.secret_hash.clone(),
        roles: Vec::new(),
        person: None,
        enabled: true,
        token_seconds: limits::TOKEN_SECONDS_DEFAULT,
        created: at,
        modified: at,
    };
    change(view, &mut client, &draft.fields)?;
    put(client)
}

pub(super) fn edit(view: &View, id: &ClientId, fields: &ClientFields, at: Timestamp) -> Result<Decision, Fault> {
    let held = view.client(id)?;
    may_touch(view, held)?;
    let mut client = Client::clone(held);
    change(view, &mut client, fields)?;
    if client == **held {
        return nothing_changes(Subject::Client(id.clone()));
    }
    if !administers(view, &client) {
        check_administered(view, id)?;
    }
    client.modified = at;
    put(client)
}

pub(super) fn delete(view: &View, id: &ClientId) -> Result<Decision, Fault> {
    let held = view.client(id)?;
    may_touch(view, held)?;
    check_administered(view, id)?;
    Ok(Decision { changes: vec![Change::ClientDeleted(id.clone())], subject: Subject::Nothing })
}

/// A caller may change or delete a client only if it has all rights of the client.
fn may_touch(view: &View, held: &Client) -> Result<(), Fault> {
    policy::may_confer(view, &held.roles, held.person)
}

/// Sets these fields of a client, after it checked the references and that the caller has the rights that it gives.
fn change(view: &View, client: &mut Client, fields: &ClientFields) -> Result<(), Fault> {
    check_length(Field::Roles, fields.roles.as_deref().unwrap_or_default(), limits::CLIENT_ROLES)?;
    fields.roles.iter().flatten().try_for_each(|role| view.role(*role).map(drop))?;
    // A caller may send back a whole object that names a person who was deleted meanwhile. An unchanged reference is
    // accepted.
    if let Update::Set(person) = fields.person
        && client.person != Some(person)
    {
        super::people::living(view, &[person])?;
    }
    client.name.clone_from(&fields.name);
    fields.description.apply(&mut client.description);
    set(&mut client.roles, &fields.roles);
    fields.person.apply(&mut client.person);
    set(&mut client.enabled, &fields.enabled);
    set(&mut client.token_seconds, &fields.token_seconds);
    policy::may_confer(view, &client.roles, client.person)
}

/// Refuses to remove the last client with administrator rights, since nobody could give them back.
fn check_administered(view: &View, without: &ClientId) -> Result<(), Fault> {
    let clients = || view.directory.clients.values().map(|entry| &entry.client);
    let lost = clients().any(|client| client.id == *without && administers(view, client));
    let left = clients().any(|client| client.id != *without && administers(view, client));
    if lost && !left { Err(Fault::Conflict(Conflict::LastAdministrator)) } else { Ok(()) }
}

/// Whether a client with administrator rights can sign in, without depending on the state of a person.
fn administers(view: &View, client: &Client) -> bool {
    let permissions = view.directory.permissions_of(&client.roles);
    client.enabled && client.person.is_none() && permissions.allow(Permission::Admin)
}

fn put(client: Client) -> Result<Decision, Fault> {
    let subject = Subject::Client(client.id.clone());
    Ok(Decision { changes: vec![Change::ClientPut(Arc::new(client))], subject })
}
