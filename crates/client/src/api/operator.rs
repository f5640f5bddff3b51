//! What the operator of a Convoke server asks of it.

use crate::answer::Download;
use crate::client::Client;
use crate::error::Error;
use convoke_wire::Nothing;
use convoke_wire::operator::*;

/// What the operator of a Convoke server asks of it: for administrators of its first organisation.
///
/// Each method fails as [`Client::call`] does.
#[derive(Clone, Debug)]
pub struct OperatorApi {
    client: Client,
}

impl OperatorApi {
    /// The server of this client.
    pub fn new(client: &Client) -> Self {
        OperatorApi { client: client.clone() }
    }

    /// Founds another organisation. The secret of its administrator is in this reply and in no other.
    pub async fn post_operator_organisations(&self, body: &OrganisationCreate) -> Result<OrganisationCreated, Error> {
        self.client.call::<PostOrganisations>(&Nothing {}, &Nothing {}, Some(body)).await
    }

    /// Compares memory, tables and log. Of a large store this takes a while: see [`Client::with_timeout`].
    pub async fn get_operator_verification(&self) -> Result<Verification, Error> {
        self.client.call::<GetVerification>(&Nothing {}, &Nothing {}, None).await
    }

    /// A consistent copy of the store, an SQLite database. Of a large store it takes a while until it
    /// begins: see [`Client::with_timeout`].
    pub async fn get_operator_backup(&self) -> Result<Download, Error> {
        self.client.download::<GetBackup>(&Nothing {}, &Nothing {}).await
    }
}
