//! The token that a client calls with.

use crate::client::Client;
use crate::error::Error;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

/// The token that a client calls with.
///
/// Each method fails as [`Client::call`] does.
#[derive(Clone, Debug)]
pub struct TokensApi {
    client: Client,
}

impl TokensApi {
    /// The token of this client.
    pub fn new(client: &Client) -> Self {
        TokensApi { client: client.clone() }
    }

    /// Whose token it is.
    pub async fn get_tokens_me(&self) -> Result<TokenInfo, Error> {
        self.client.call::<GetTokensMe>(&Nothing {}, &Nothing {}, None).await
    }

    /// Whether the token is good: an error, where it is not.
    pub async fn head_tokens_me(&self) -> Result<(), Error> {
        self.client.call::<HeadTokensMe>(&Nothing {}, &Nothing {}, None).await.map(drop)
    }

    /// Ends the token. A client that can sign in does so again for its next call.
    pub async fn delete_tokens_me(&self) -> Result<(), Error> {
        self.client.call::<DeleteTokensMe>(&Nothing {}, &Nothing {}, None).await.map(drop)
    }
}
