//! The server: HTTP in front, one writer for each organisation, the store behind.
//!
//! A request makes five stops: `http` (limits, who is calling), `dialect` (wire to command or
//! query), `organisation` (decide, group commit), the store, and `dialect` again (to the wire).

mod auth;
mod config;
mod connectors;
pub mod demo;
mod dialect;
mod directories;
mod http;
pub mod import;
mod json;
mod limits;
mod listener;
mod metrics;
mod oauth;
mod openapi;
mod operator;
mod organisation;
mod pins;
mod refusal;
mod secret;
mod site;
#[cfg(test)]
mod tests;
mod verify;

pub use config::{Bootstrap, Config, ConfigError, LostCommits, RateLimit, StorePlace, Tls};
#[cfg(any(fuzzing, test))]
pub mod fuzzing {
    //! What the targets in `fuzz/` run, and the test that plays their corpus.
    pub use crate::dialect::genesys::fuzzing::{q64, rule, search};
    pub use crate::dialect::kaizala::fuzzing::body;
}
pub use directories::{Administrator, Directories};
pub use listener::{Running, StartError, start};
pub use organisation::Organisation;
pub use pins::PinSender;
pub use verify::verify_store;

use convoke_core::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// The moment that it is.
pub(crate) fn now() -> Timestamp {
    // A clock before 1970 counts as 1970: order comes from the log, never from the clock.
    Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64))
}
