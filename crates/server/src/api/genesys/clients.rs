//! OAuth clients.

use super::listing::paged_list;
use super::page::Page;
use super::{take, timestamp, users};
use crate::api::call::{Admitted, Call};
use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use crate::http::response::ApiResponse;
use crate::secret;
use convoke_core::*;
use convoke_wire::genesys as wire;
use convoke_wire::word::Word;
use convoke_wire::{Nothing, genesys::ClientPath};
use std::sync::Arc;

/// The only grant type of clients.
pub(super) const GRANT: wire::GrantType = wire::GrantType::ClientCredentials;

/// Creates a client. Only this reply has its secret. A repeated request returns the client of the first one, without
/// the secret.
pub(super) async fn post(admitted: Admitted<wire::PostOauthClients>) -> Result<ApiResponse, Refusal> {
    let (text, hash) = secret::new();
    let made = hash.clone();
    let from_wire = |_: Nothing, _: Nothing, body| {
        let draft = ClientDraft { secret_hash: made, fields: fields(body)? };
        Ok(ClientCommand::Create(ClientId(secret::random_id().to_string().into()), draft))
    };
    let to_wire = |context: Context<'_>, client: Arc<Client>| {
        let secret = (client.secret_hash == hash).then_some(text);
        wire::OAuthClient { secret, ..client_of(context.organisation(), &client) }
    };
    admitted.take().await?.change(from_wire, to_wire).await
}

pub(super) fn put(path: ClientPath, _: Nothing, body: wire::OAuthClientRequest) -> Result<ClientCommand, Refusal> {
    Ok(ClientCommand::Edit(ClientId(path.client_id.into()), fields(body)?))
}

pub(super) fn delete(path: ClientPath, _: Nothing, _: Nothing) -> Result<Command, Refusal> {
    Ok(Command::DeleteClient(ClientId(path.client_id.into())))
}

pub(super) fn get(call: &Call, path: ClientPath, _: Nothing) -> Result<wire::OAuthClient, Refusal> {
    let client = call.view.client(&ClientId(path.client_id.into()))?;
    Ok(client_of(call.view.organisation(), client))
}

pub(super) fn list(
    call: &Call,
    _: Nothing,
    query: wire::PageQuery,
) -> Result<wire::EntityListing<wire::OAuthClient>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    Ok(paged_list(call, page, call.view.clients(), |client| client_of(call.view.organisation(), client)))
}

pub(super) fn to_wire(context: Context<'_>, client: Arc<Client>) -> wire::OAuthClient {
    client_of(context.organisation(), &client)
}

/// The fields of a new or changed client.
fn fields(body: wire::OAuthClientRequest) -> Result<ClientFields, Refusal> {
    let grant = |word| match word {
        wire::GrantType::ClientCredentials | wire::GrantType::ClientCredentialsOf2018 => Some(()),
        wire::GrantType::Other(_) => None,
    };
    let granted = take::word("authorizedGrantType", body.authorized_grant_type, grant, &["CLIENT-CREDENTIALS"])?;
    take::required("authorizedGrantType", granted)?;
    let (min, max) = limits::TOKEN_SECONDS;
    let within = |seconds| u32::try_from(seconds).ok().filter(|seconds| (min..=max).contains(seconds));
    let seconds = |seconds| {
        within(seconds).ok_or_else(|| Refusal::invalid("accessTokenValiditySeconds", Problem::OutOfRange { min, max }))
    };
    // The API's documents do not say how the last two differ; with both the client cannot sign in.
    let enabled = |word| match word {
        wire::ClientState::Active => Some(true),
        wire::ClientState::Inactive | wire::ClientState::Disabled => Some(false),
        wire::ClientState::Other(_) => None,
    };
    let person = |id: String| match id.trim().is_empty() {
        true => Ok(Update::Clear),
        false => take::person_id(&id).map(Update::Set),
    };
    Ok(ClientFields {
        description: take::prose("description", body.description)?,
        roles: roles(body.role_ids, body.role_divisions)?,
        person: body.user_id.map(person).transpose()?.unwrap_or_default(),
        enabled: take::word("state", body.state, enabled, wire::ClientState::WORDS)?,
        token_seconds: body.access_token_validity_seconds.map(seconds).transpose()?,
        name: take::required("name", take::name("name", body.name)?)?,
    })
}

/// The roles from both fields, each once.
fn roles(ids: Option<Vec<String>>, divided: Option<Vec<wire::RoleDivision>>) -> Result<Option<Vec<RoleId>>, Refusal> {
    if ids.is_none() && divided.is_none() {
        return Ok(None);
    }
    let divided = divided.into_iter().flatten().map(|granted| granted.role_id);
    let mut roles: Vec<RoleId> = Vec::new();
    for id in ids.into_iter().flatten().chain(divided) {
        let role = RoleId::parse(&id).ok_or_else(|| Fault::not_found(Kind::Role, &id))?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    Ok(Some(roles))
}

fn client_of(organisation: &Organisation, client: &Client) -> wire::OAuthClient {
    let home = organisation.home.to_string();
    let role_division =
        |role: &RoleId| wire::RoleDivision { role_id: role.to_string(), division_id: Some(home.clone()) };
    wire::OAuthClient {
        id: client.id.to_string(),
        name: client.name.as_str().into(),
        description: client.description.as_ref().map(|text| text.as_str().into()),
        access_token_validity_seconds: i64::from(client.token_seconds),
        authorized_grant_type: GRANT,
        secret: None,
        role_ids: client.roles.iter().map(RoleId::to_string).collect(),
        role_divisions: client.roles.iter().map(role_division).collect(),
        date_created: timestamp::to_wire(client.created),
        date_modified: timestamp::to_wire(client.modified),
        state: if client.enabled { wire::ClientState::Active } else { wire::ClientState::Inactive },
        user_id: client.person.map(|id| id.to_string()),
        user: client.person.map(users::entity),
        self_uri: format!("/api/v2/oauth/clients/{}", client.id),
    }
}
