//! Tokens of sessions and sign-ins.

use convoke_core::{Actor, OrganisationId, Timestamp};

/// A token, identified by the SHA-256 of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// What it permits.
    pub kind: TokenKind,
    /// The organisation that it gives access to.
    pub organisation: OrganisationId,
    /// The client, or the connector and person, that it was issued to.
    pub actor: Actor,
    /// When it expires.
    pub expires: Timestamp,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// An access token: permits requests.
    Access,
    /// A refresh token: permits a new access token.
    Refresh,
}

impl TokenKind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            TokenKind::Access => "access",
            TokenKind::Refresh => "refresh",
        }
    }
}
