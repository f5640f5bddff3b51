//! OAuth clients.

use crate::client::Client;
use crate::error::Error;
use crate::pages;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use futures_util::stream::BoxStream;

/// OAuth clients: programs that sign in by an id and a secret.
///
/// Each method fails as [`Client::call`] does.
#[derive(Clone, Debug)]
pub struct OAuthApi {
    client: Client,
}

fn path(client_id: &str) -> ClientPath {
    ClientPath { client_id: client_id.into() }
}

impl OAuthApi {
    /// OAuth clients by this client.
    pub fn new(client: &Client) -> Self {
        OAuthApi { client: client.clone() }
    }

    /// A page of OAuth clients.
    pub async fn get_oauth_clients(&self, opts: &PageQuery) -> Result<EntityListing<OAuthClient>, Error> {
        self.client.call::<GetOauthClients>(&Nothing {}, opts, None).await
    }

    /// All OAuth clients, starting at the page of `opts`.
    pub fn list_oauth_clients(&self, opts: PageQuery) -> BoxStream<'static, Result<OAuthClient, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetOauthClients, _>(&self.client, Nothing {}, page, move |number| PageQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// Creates an OAuth client. Only this reply has its secret. The reply to a repetition of the request does not have
    /// it.
    pub async fn post_oauth_clients(&self, body: &OAuthClientRequest) -> Result<OAuthClient, Error> {
        self.client.call::<PostOauthClients>(&Nothing {}, &Nothing {}, Some(body)).await
    }

    /// An OAuth client by id.
    pub async fn get_oauth_client(&self, client_id: &str) -> Result<OAuthClient, Error> {
        self.client.call::<GetOauthClient>(&path(client_id), &Nothing {}, None).await
    }

    /// Changes an OAuth client.
    pub async fn put_oauth_client(&self, client_id: &str, body: &OAuthClientRequest) -> Result<OAuthClient, Error> {
        self.client.call::<PutOauthClient>(&path(client_id), &Nothing {}, Some(body)).await
    }

    /// Deletes an OAuth client and its tokens.
    pub async fn delete_oauth_client(&self, client_id: &str) -> Result<(), Error> {
        self.client.call::<DeleteOauthClient>(&path(client_id), &Nothing {}, None).await.map(drop)
    }
}
