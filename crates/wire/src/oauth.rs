//! Sign-in by OAuth 2.0 (RFC 6749): the form that a client posts, and what it gets.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// Where tokens are issued. The second path is the one that old Ruby SDKs post to.
pub const TOKEN_PATHS: [&str; 2] = ["/oauth/token", "/token"];

/// The form posted for a token (RFC 6749, section 4.4.2). The client may name itself here instead
/// of by Basic authentication (section 2.3.1).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TokenRequest {
    /// Which grant; `client_credentials`.
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
    /// Seconds for which the token is good; 0 where a reply does not say.
    #[serde(default)]
    pub expires_in: u32,
    /// The refresh token to use from now on, where there is a new one.
    pub refresh_token: Option<String>,
}

/// Why there is no token (RFC 6749, section 5.2); `description` is where Genesys Cloud puts the
/// text, `error_description` where the RFC does.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenError {
    /// Such as `invalid_client`.
    pub error: String,
    /// What went wrong.
    pub description: Option<String>,
    /// The same.
    pub error_description: Option<String>,
}
