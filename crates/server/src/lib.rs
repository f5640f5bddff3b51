//! The server: HTTP in front, one writer for each organisation, the store behind.
//!
//! A request makes five stops: `api::serve` (limits, who is calling), `api` (wire to command or query),
//! `replica` (decide, group commit), the store, and `api` again (to the wire).
//!
//! Each module imports only from those listed before it.

mod limits;

mod clock;

mod secret;

mod config;

mod patterns;

mod observe;

mod http;

mod replica;

mod sign_in;

mod site;

mod api;

mod router;

mod listener;

mod start;

pub mod demo;

#[cfg(test)]
mod tests;

#[cfg(any(fuzzing, test))]
pub mod fuzzing;

pub use api::operator::import;
pub use api::operator::verify::{Progress, verify_store};
pub use config::{
    ACCESS_LOG_TARGET, AccessLog, Backups, Bootstrap, ConfigError, Connections, Country, Loopback, LostCommits,
    Missing, REQUEST_TARGET, RateLimit, StoreLocation, Tls,
};
pub use http::peer::TrustedProxies;
pub use limits::{BACKUP_EVERY, CONNECTOR_PEOPLE_PER_DAY, LOG_LINES, STALE_TIME};
pub use listener::tls::Reloaded;
pub use observe::lines::{LineBudget, Permit};
pub use replica::directories::{Administrator, Directories};
pub use replica::organisation::ServedOrganisation;
pub use sign_in::pins::PinSender;
pub use start::{Config, Running, StartError, start};
