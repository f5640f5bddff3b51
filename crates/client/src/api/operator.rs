//! Operations for the operator of a Convoke server.

use crate::client::Client;
use crate::error::Error;
use crate::raw_reply::Download;
use convoke_wire::Nothing;
use convoke_wire::operator::*;

/// Operations for the operator of a Convoke server: open to administrators of its first organisation.
///
/// Each method fails as [`Client::call`] does.
#[derive(Clone, Debug)]
pub struct OperatorApi {
    client: Client,
}

impl OperatorApi {
    /// Operations by this client.
    pub fn new(client: &Client) -> Self {
        OperatorApi { client: client.clone() }
    }

    /// Creates another organisation. Only this reply has the secret of its administrator.
    pub async fn post_operator_organisations(&self, body: &OrganisationCreate) -> Result<OrganisationCreated, Error> {
        self.client.call::<PostOrganisations>(&Nothing {}, &Nothing {}, Some(body)).await
    }

    /// Compares memory, tables and log. This may take long for a large store: see [`Client::with_timeout`].
    pub async fn get_operator_verification(&self) -> Result<Verification, Error> {
        self.client.call::<GetVerification>(&Nothing {}, &Nothing {}, None).await
    }

    /// A consistent copy of the store, an SQLite database. For a large store it may take long until the reply begins:
    /// see [`Client::with_timeout`].
    pub async fn get_operator_backup(&self) -> Result<Download, Error> {
        self.client.download::<GetBackup>(&Nothing {}, &Nothing {}).await
    }
}
