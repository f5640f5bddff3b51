//! The organisation.

use crate::client::Client;
use crate::error::Error;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

/// The organisation that the caller belongs to.
///
/// Each method fails as [`Client::call`] does.
#[derive(Clone, Debug)]
pub struct OrganizationApi {
    client: Client,
}

impl OrganizationApi {
    /// The organisation, by this client.
    pub fn new(client: &Client) -> Self {
        OrganizationApi { client: client.clone() }
    }

    /// The organisation.
    pub async fn get_organizations_me(&self) -> Result<Organization, Error> {
        self.client.call::<GetOrganizationsMe>(&Nothing {}, &Nothing {}, None).await
    }
}
