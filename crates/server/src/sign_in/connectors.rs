//! Sign-in by connectors: their refresh tokens and access tokens.

use crate::clock::now;
use crate::http::refusal::Refusal;
use crate::observe::access::Identity;
use crate::replica::directories::Directories;
use crate::replica::organisation::ServedOrganisation;
use crate::{limits, secret};
use convoke_core::{Actor, ClientId, Connector, ConnectorCredentials, OrganisationId, Timestamp};
use convoke_store::{Store, StoreError, Token, TokenKind};
use std::sync::Arc;
use std::time::Duration;

/// A new token. Only its hash is stored, so the text is shown once.
pub(crate) struct Issued {
    pub text: String,
    pub expires: Timestamp,
}

/// A connector and its organisation.
pub(crate) struct SignInConnector {
    pub organisation: Arc<ServedOrganisation>,
    pub connector: ConnectorCredentials,
}

impl SignInConnector {
    /// The actor of requests with the connector's own tokens.
    pub fn actor(&self) -> Actor {
        self.connector.actor(self.connector.person)
    }

    /// The identity of the connector in the log.
    pub fn identity(&self) -> Identity {
        Identity { organisation: self.organisation.id, client: self.connector.id.clone(), person: None }
    }
}

/// Finds a connector by its id, in any organisation.
pub(crate) async fn find(directories: &Directories, id: &str) -> Result<Option<SignInConnector>, Refusal> {
    let id = ClientId(id.into());
    let Some(organisation) = directories.store.organisation_of(&id).await? else { return Ok(None) };
    let Some(organisation) = directories.open(organisation).await? else { return Ok(None) };
    let connector = ConnectorCredentials::find(&organisation.published().directory, &id);
    Ok(connector.map(|connector| SignInConnector { organisation, connector }))
}

/// Issues a refresh token for a person who uses a connector.
pub(crate) async fn issue_refresh(
    store: &Store,
    organisation: OrganisationId,
    actor: Actor,
) -> Result<Issued, StoreError> {
    issue(store, organisation, TokenKind::Refresh, actor, limits::REFRESH_TIME).await
}

/// Issues an access token for the actor of a refresh token.
pub(crate) async fn issue_access(store: &Store, refresh: &Token) -> Result<Issued, StoreError> {
    issue(store, refresh.organisation, TokenKind::Access, refresh.actor.clone(), limits::ACCESS_TIME).await
}

async fn issue(
    store: &Store,
    organisation: OrganisationId,
    kind: TokenKind,
    actor: Actor,
    life: Duration,
) -> Result<Issued, StoreError> {
    let text = secret::random_text();
    let expires = Timestamp(now().0 + life.as_millis() as i64);
    let token = Token { hash: secret::digest(text.as_bytes()), kind, organisation, actor, expires };
    store.put_token(token).await?;
    Ok(Issued { text, expires })
}

/// The actor of requests with the own tokens of a connector that was just created or changed.
pub(crate) fn own_actor(connector: &Connector) -> Actor {
    let Connector { id, person, generation, .. } = connector;
    Actor::Connector { connector: id.clone(), person: *person, generation: *generation }
}
