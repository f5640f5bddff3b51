//! Connectors, by which people come through the Kaizala API.

use super::listing::paged_list;
use super::{take, time};
use crate::api::call::{Call, answer_change, success};
use crate::api::needs;
use crate::api::serve::Caller;
use crate::http::answer::Answer;
use crate::http::refusal::Refusal;
use crate::secret;
use crate::sign_in::connectors::{issue_refresh, own_actor};
use crate::sign_in::sessions::Session;
use crate::site::Site;
use axum::body::Body;
use convoke_core::*;
use convoke_wire::genesys as wire;
use convoke_wire::{Endpoint, Nothing, genesys::ConnectorPath};
use http::Request;
use std::sync::Arc;

/// Creates a connector. Its secret is shown in this reply and never again; a repeated request gets the
/// connector that the first one made, without secrets.
pub(super) async fn post(site: Arc<Site>, caller: Caller, request: Request<Body>) -> Result<Answer, Refusal> {
    let session = caller?;
    let needs = needs::<wire::PostConnectors>();
    drop(admit(&session.organisation.published().directory, &session.actor, needs)?);
    let (text, hash) = secret::new();
    let made = hash.clone();
    let from_wire = |_, _, body| draft(body, made);
    let (connector, person) = change::<wire::PostConnectors>(&session, request, from_wire).await?;
    let mut reply = to_wire(&connector, Some(&person));
    if connector.secret_hash == hash {
        reply.application_secret = Some(text);
        // The connector is there: without a token the reply still has the secret, and another token
        // can be asked for.
        let store = &site.directories.store;
        if let Ok(issued) = issue_refresh(store, session.organisation.id, own_actor(&connector)).await {
            reply.refresh_token = Some(issued.text);
            reply.refresh_token_expiry = Some(issued.expires.0);
        }
    }
    Ok(success::<wire::PostConnectors>(&reply))
}

/// Ends all tokens of a connector, and makes a new refresh token, which is shown in this reply and
/// never again. A repeated request ends nothing, and gets none.
pub(super) async fn regenerate(site: Arc<Site>, caller: Caller, request: Request<Body>) -> Result<Answer, Refusal> {
    let session = caller?;
    let mut before = 0;
    let from_wire = |path: ConnectorPath, _, _| {
        let id = ClientId(path.application_id.into());
        let published = session.organisation.published();
        let view = admit(&published.directory, &session.actor, needs::<wire::PostConnectorRefreshtoken>())?;
        before = view.connector(&id).map_or(0, |connector| connector.generation);
        Ok(Command::RegenerateConnector(id))
    };
    let (connector, person) = change::<wire::PostConnectorRefreshtoken>(&session, request, from_wire).await?;
    let mut reply = to_wire(&connector, Some(&person));
    // What a repeated request is answered with was there before it came.
    if connector.generation > before {
        let issued = issue_refresh(&site.directories.store, session.organisation.id, own_actor(&connector)).await?;
        reply.refresh_token = Some(issued.text);
        reply.refresh_token_expiry = Some(issued.expires.0);
    }
    Ok(success::<wire::PostConnectorRefreshtoken>(&reply))
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

/// Has a command about a connector decided and written; the connector after it, and its person.
async fn change<E: Endpoint<Reply = wire::Connector>>(
    session: &Session,
    request: Request<Body>,
    from_wire: impl FnOnce(E::Path, E::Query, E::Body) -> Result<Command, Refusal>,
) -> Result<(Arc<Connector>, Arc<Person>), Refusal> {
    let mut changed = None;
    let keep = |_: Context<'_>, outcome: &Outcome| {
        let Outcome::Connector(connector, person) = outcome else { return Err(Refusal::defect()) };
        changed = Some((connector.clone(), person.clone()));
        Ok(to_wire(connector, Some(person)))
    };
    drop(answer_change::<E>(session, needs::<E>(), request, from_wire, keep).await?);
    changed.ok_or_else(|| Refusal::defect())
}

fn draft(body: wire::ConnectorCreate, secret_hash: Box<str>) -> Result<Command, Refusal> {
    let phone = take::required("phone", body.phone.filter(|phone| !phone.trim().is_empty()))?;
    let phone = take::checked("phone", Phone::new(&phone))?;
    let group = body.group_id.filter(|id| !id.trim().is_empty());
    let draft = ConnectorDraft {
        name: take::required("name", take::name("name", body.name)?)?,
        secret_hash,
        person: Mention::Phone(phone, PersonId(secret::random_id())),
        group: group.map(|id| take::group_id(&id)).transpose()?,
        administrator: body.administrator.unwrap_or_default(),
    };
    Ok(Command::CreateConnector(ClientId(secret::random_id().to_string().into()), Box::new(draft)))
}

fn shown(call: &Call, connector: &Connector) -> wire::Connector {
    let person = call.view.person(connector.person, PersonFilter::Living);
    to_wire(connector, person.ok().map(Arc::as_ref))
}

/// A connector without secrets. A deleted person has no number.
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
        date_created: time::to_wire(connector.created),
        date_modified: time::to_wire(connector.modified),
    }
}
