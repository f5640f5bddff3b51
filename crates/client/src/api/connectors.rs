//! Connectors.

use crate::client::Client;
use crate::error::Error;
use crate::pages;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use futures_util::stream::BoxStream;

/// Connectors, by which people use the Kaizala API. Specific to Convoke.
///
/// Each method fails as [`Client::call`] does.
#[derive(Clone, Debug)]
pub struct ConnectorsApi {
    client: Client,
}

fn path(application_id: &str) -> ConnectorPath {
    ConnectorPath { application_id: application_id.into() }
}

impl ConnectorsApi {
    /// Connectors by this client.
    pub fn new(client: &Client) -> Self {
        ConnectorsApi { client: client.clone() }
    }

    /// A page of connectors.
    pub async fn get_connectors(&self, opts: &PageQuery) -> Result<EntityListing<Connector>, Error> {
        self.client.call::<GetConnectors>(&Nothing {}, opts, None).await
    }

    /// All connectors, starting at the page of `opts`.
    pub fn list_connectors(&self, opts: PageQuery) -> BoxStream<'static, Result<Connector, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetConnectors, _>(&self.client, Nothing {}, page, move |number| PageQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// Creates a connector. Only this reply has its secret and its refresh token. The reply to a repetition of the
    /// request does not have them.
    pub async fn post_connectors(&self, body: &ConnectorCreate) -> Result<Connector, Error> {
        self.client.call::<PostConnectors>(&Nothing {}, &Nothing {}, Some(body)).await
    }

    /// A connector by its application id.
    pub async fn get_connector(&self, application_id: &str) -> Result<Connector, Error> {
        self.client.call::<GetConnector>(&path(application_id), &Nothing {}, None).await
    }

    /// Revokes all tokens of a connector, and creates a new refresh token. Only this reply has it.
    pub async fn post_connector_refreshtoken(&self, application_id: &str) -> Result<Connector, Error> {
        self.client.call::<PostConnectorRefreshtoken>(&path(application_id), &Nothing {}, None).await
    }

    /// Deletes a connector and its tokens.
    pub async fn delete_connector(&self, application_id: &str) -> Result<(), Error> {
        self.client.call::<DeleteConnector>(&path(application_id), &Nothing {}, None).await.map(drop)
    }
}
