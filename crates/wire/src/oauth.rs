//! Sign-in by OAuth 2.0 (RFC 6749): the form that a client posts, and the reply.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// The paths that issue tokens. Old Ruby SDKs post to the second one.
pub const TOKEN_PATHS: [&str; 2] = ["/oauth/token", "/token"];

/// The form posted for a token (RFC 6749, section 4.4.2). It may contain the client's id and secret instead of Basic
/// authentication (section 2.3.1).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TokenRequest {
    /// The grant type, `client_credentials`.
    pub grant_type: Option<String>,
    /// The client's id.
    pub client_id: Option<String>,
    /// The client's secret.
    pub client_secret: Option<String>,
}

/// A token (RFC 6749, section 5.1).
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenReply {
    /// The token.
    pub access_token: String,
    /// Always `bearer`.
    #[serde(default)]
    pub token_type: String,
    /// Lifetime of the token in seconds. 0 if the reply does not have it.
    #[serde(default)]
    pub expires_in: u32,
    /// The new refresh token, if there is one.
    pub refresh_token: Option<String>,
}

/// Why no token was issued (RFC 6749, section 5.2). The text is in both `description`, as in Genesys Cloud, and
/// `error_description`, as in the RFC.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenError {
    /// The code of the error, such as `invalid_client`.
    pub error: String,
    /// What went wrong.
    pub description: Option<String>,
    /// The same text.
    pub error_description: Option<String>,
}
