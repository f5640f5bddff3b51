//! The access token of a client.

use crate::client::Client;
use crate::error::Error;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

/// The access token of a client.
///
/// Each method fails as [`Client::call`] does.
#[derive(Clone, Debug)]
pub struct TokensApi {
    client: Client,
}

impl TokensApi {
    /// The token, by this client.
    pub fn new(client: &Client) -> Self {
        TokensApi { client: client.clone() }
    }

    /// The organisation and the OAuth client of the token.
    pub async fn get_tokens_me(&self) -> Result<TokenInfo, Error> {
        self.client.call::<GetTokensMe>(&Nothing {}, &Nothing {}, None).await
    }

    /// Succeeds if the token is valid.
    pub async fn head_tokens_me(&self) -> Result<(), Error> {
        self.client.call::<HeadTokensMe>(&Nothing {}, &Nothing {}, None).await.map(drop)
    }

    /// Revokes the token. A client that can sign in does so again before its next call.
    pub async fn delete_tokens_me(&self) -> Result<(), Error> {
        self.client.call::<DeleteTokensMe>(&Nothing {}, &Nothing {}, None).await.map(drop)
    }
}
