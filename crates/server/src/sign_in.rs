//! Authentication: secrets, tokens, sessions, connectors and PINs.

pub(crate) mod attempts;
pub(crate) mod connectors;
pub(crate) mod guesses;
pub(crate) mod pins;
pub(crate) mod sessions;
