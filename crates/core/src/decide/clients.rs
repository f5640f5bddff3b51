//! Rules about OAuth clients.

use super::{check_length, check_new, nothing_changes};
use crate::command::{Change, ClientDraft, Decision, Subject};
use crate::fault::{Fault, Kind};
use crate::limits;
use crate::model::*;
use crate::policy;
use crate::query::View;
use std::sync::Arc;

pub(super) fn create(view: &View, id: &ClientId, draft: &ClientDraft, at: Timestamp) -> Result<Decision, Fault> {
    check_new(Kind::Client, id, view.directory.clients.contains_key(id))?;
    check(view, draft, None)?;
    let client = Client {
        id: id.clone(),
        name: draft.name.clone(),
        description: draft.description.clone(),
        secret_hash: draft.secret_hash.clone().unwrap_or_default(),
        roles: draft.roles.clone(),
        person: draft.person,
        enabled: draft.enabled,
        token_seconds: draft.token_seconds,
        created: at,
        modified: at,
    };
    put(client)
}

pub(super) fn edit(view: &View, id: &ClientId, draft: &ClientDraft, at: Timestamp) -> Result<Decision, Fault> {
    let held = view.client(id)?;
    may_touch(view, held)?;
    check(view, draft, held.person)?;
    let mut client = Client::clone(held);
    client.name.clone_from(&draft.name);
    client.description.clone_from(&draft.description);
    client.roles.clone_from(&draft.roles);
    client.person = draft.person;
    client.enabled = draft.enabled;
    client.token_seconds = draft.token_seconds;
    if client == **held {
        return nothing_changes(Subject::Client(id.clone()));
    }
    client.modified = at;
    put(client)
}

pub(super) fn delete(view: &View, id: &ClientId) -> Result<Decision, Fault> {
    let held = view.client(id)?;
    may_touch(view, held)?;
    Ok(Decision { changes: vec![Change::ClientDeleted(id.clone())], subject: Subject::Nothing })
}

/// Who lacks a right may not take a client apart that has it.
fn may_touch(view: &View, held: &Client) -> Result<(), Fault> {
    policy::may_confer(view, &held.roles, held.person)
}

/// `held` is the person that the client stands for so far.
fn check(view: &View, draft: &ClientDraft, held: Option<PersonId>) -> Result<(), Fault> {
    check_length("roleIds", &draft.roles, limits::CLIENT_ROLES)?;
    draft.roles.iter().try_for_each(|role| view.role(*role).map(drop))?;
    if let Some(person) = draft.person.filter(|person| held != Some(*person)) {
        super::groups::living(view, &[person])?;
    }
    policy::may_confer(view, &draft.roles, draft.person)
}

fn put(client: Client) -> Result<Decision, Fault> {
    let subject = Subject::Client(client.id.clone());
    Ok(Decision { changes: vec![Change::ClientPut(Arc::new(client))], subject })
}
