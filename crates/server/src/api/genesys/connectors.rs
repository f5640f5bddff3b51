//! Connectors, by which people use the Kaizala API.

use super::listing::paged_list;
use super::page::Page;
use super::{take, timestamp};
use crate::api::call::{Admitted, Call, success};
use crate::http::refusal::Refusal;
use crate::http::response::ApiResponse;
use crate::replica::organisation::CommandResult;
use crate::secret;
use crate::sign_in::connectors::{issue_refresh, own_actor};
use convoke_core::*;
use convoke_wire::genesys as wire;
use convoke_wire::{Nothing, genesys::ConnectorPath};
use std::sync::Arc;

/// Creates a connector. Only this reply has its secret. A repeated request returns the connector of the first one,
/// without secrets.
pub(super) async fn post(admitted: Admitted<wire::PostConnectors>) -> Result<ApiResponse, Refusal> {
    let (site, session) = (admitted.site.clone(), admitted.asker.session.clone());
    let (text, hash) = secret::new();
    let made = hash.clone();
    let (connector, person) = admitted.take().await?.decide(|_, _, body| draft(body, made)).await?.outcome;
    let mut reply = to_wire(&connector, Some(&person));
    if connector.secret_hash == hash {
        reply.application_secret = Some(text);
        // The connector exists now. If storing the token fails, the reply still has the secret, and a new token can be
        // requested.
        let store = &site.directories.store;
        if let Ok(issued) = issue_refresh(store, session.organisation.id, own_actor(&connector)).await {
            reply.refresh_token = Some(issued.text);
            reply.refresh_token_expiry = Some(issued.expires.0);
        }
    }
    Ok(success::<wire::PostConnectors>(reply))
}

/// Revokes all tokens of a connector, and creates a new refresh token. Only this reply has it. A repeated request
/// revokes nothing, and gets none.
pub(super) async fn regenerate(admitted: Admitted<wire::PostConnectorRefreshtoken>) -> Result<ApiResponse, Refusal> {
    let (site, session) = (admitted.site.clone(), admitted.asker.session.clone());
    let from_wire = |path: ConnectorPath, _, _| Ok(ConnectorCommand::Regenerate(ClientId(path.application_id.into())));
    let CommandResult { outcome: (connector, person), effect } = admitted.take().await?.decide(from_wire).await?;
    let mut reply = to_wire(&connector, Some(&person));
    if effect == Effect::Changed {
        let issued = issue_refresh(&site.directories.store, session.organisation.id, own_actor(&connector)).await?;
        reply.refresh_token = Some(issued.text);
        reply.refresh_token_expiry = Some(issued.expires.0);
    }
    Ok(success::<wire::PostConnectorRefreshtoken>(reply))
}

pub(super) fn delete(path: ConnectorPath, _: Nothing, _: Nothing) -> Result<Command, Refusal> {
    Ok(Command::DeleteConnector(ClientId(path.application_id.into())))
}

pub(super) fn get(call: &Call, path: ConnectorPath, _: Nothing) -> Result<wire::Connector, Refusal> {
    let connector = call.view.connector(&ClientId(path.application_id.into()))?;
    Ok(shown(call, connector))
}

pub(super) fn list(
    call: &Call,
    _: Nothing,
    query: wire::PageQuery,
) -> Result<wire::EntityListing<wire::Connector>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    Ok(paged_list(call, page, call.view.connectors(), |connector| shown(call, connector)))
}

fn draft(body: wire::ConnectorCreate, secret_hash: Box<str>) -> Result<ConnectorCommand, Refusal> {
    let phone = take::required("phone", body.phone.filter(|phone| !phone.trim().is_empty()))?;
    let phone = take::checked("phone", Phone::new(&phone))?;
    let group = body.group_id.filter(|id| !id.trim().is_empty());
    let draft = ConnectorDraft {
        name: take::required("name", take::name("name", body.name)?)?,
        secret_hash,
        person: Mention::Phone(phone, PersonId(secret::new_id())),
        group: group.map(|id| take::group_id(&id)).transpose()?,
        administrator: body.administrator.unwrap_or_default(),
    };
    Ok(ConnectorCommand::Create(ClientId(secret::random_id().to_string().into()), Box::new(draft)))
}

fn shown(call: &Call, connector: &Connector) -> wire::Connector {
    let person = call.view.person(connector.person, PersonFilter::Living);
    to_wire(connector, person.ok().map(Arc::as_ref))
}

/// A connector without its secrets. A deleted person has no phone number.
fn to_wire(connector: &Connector, person: Option<&Person>) -> wire::Connector {
    wire::Connector {
        application_id: connector.id.to_string(),
        application_secret: None,
        refresh_token: None,
        refresh_token_expiry: None,
        name: connector.name.as_str().into(),
        user_id: connector.person.to_string(),
        mobile_number: person.and_then(|person| person.phones().next()).map(|phone| phone.to_string()),
        group_id: connector.group.map(|id| id.to_string()),
        administrator: connector.administrator,
        date_created: timestamp::to_wire(connector.created),
        date_modified: timestamp::to_wire(connector.modified),
    }
}
