//! What a session or a sign-in is kept by.

use convoke_core::{Actor, OrganisationId, Timestamp};

/// A token, known by the SHA-256 of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// What it is good for.
    pub kind: TokenKind,
    /// The organisation that it opens.
    pub organisation: OrganisationId,
    /// Whom it was issued to, and for whom.
    pub actor: Actor,
    /// When it ends.
    pub expires: Timestamp,
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Requests.
    Access,
    /// Another access token.
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
