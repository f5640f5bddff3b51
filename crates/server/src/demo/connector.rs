//! A connector of a generated organisation, for trying the Kaizala API.

use super::mobile;
use crate::replica::directories::Directories;
use crate::replica::organisation::{Request, ServedOrganisation};
use crate::secret;
use crate::sign_in::connectors::{issue_refresh, own_actor};
use convoke_core::*;

/// The data for signing in with the connector.
pub struct Connected {
    /// Its id.
    pub application_id: String,
    /// Its secret.
    pub application_secret: String,
    /// A refresh token of the person.
    pub refresh_token: String,
    /// The phone number of the person for whom it acts.
    pub phone: String,
}

/// Creates a connector that acts for the first person of a generated organisation, on behalf of one of its clients.
///
/// # Errors
///
/// A message, if the command is refused or the token cannot be written.
pub async fn connect(
    directories: &Directories,
    organisation: &ServedOrganisation,
    client: &str,
) -> Result<Connected, String> {
    let phone = mobile(0);
    let (application_secret, secret_hash) = secret::new();
    let draft = ConnectorDraft {
        name: Name::stored("Demo"),
        secret_hash,
        person: Mention::Phone(Phone::new(&phone).expect("a made-up number is one"), PersonId(secret::random_id())),
        group: None,
        administrator: false,
    };
    let command = ConnectorCommand::Create(ClientId(secret::random_id().to_string().into()), Box::new(draft));
    let actor = Actor::Client(ClientId(client.into()));
    let request = Request { actor, needs: Permissions::NONE, operation: None, command };
    let changed = organisation.change(request).await;
    let (connector, _) = changed.map_err(|refusal| format!("the connector: {refusal:?}"))?.outcome;
    let issued = issue_refresh(&directories.store, organisation.id, own_actor(&connector)).await;
    let refresh_token = issued.map_err(|error| error.to_string())?.text;
    Ok(Connected { application_id: connector.id.to_string(), application_secret, refresh_token, phone })
}
