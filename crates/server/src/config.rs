//! The configuration of the server.

mod country;

pub use country::Country;

use crate::limits;
pub use convoke_store::Missing;
use convoke_store::postgres::{AddressError, PostgresAddress};
pub use convoke_store::sqlite::LostCommits;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

/// Whether each request has a line in the log. The lines have the target [`ACCESS_LOG_TARGET`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLog {
    /// Each request has a line.
    Written,
    /// No request has one.
    Off,
}

/// The tracing target of the access log's lines, for filters of the log.
pub const ACCESS_LOG_TARGET: &str = "convoke_server::access";

/// The tracing target of the spans of requests, which contain the correlation ids.
pub const REQUEST_TARGET: &str = "convoke_server::request";

/// The store of the directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreLocation {
    /// An SQLite database in this file.
    Sqlite(PathBuf),
    /// A PostgreSQL database at this address, which several servers may share.
    Postgres(PostgresAddress),
}

/// The path or the address, without a password.
impl std::fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoreLocation::Sqlite(path) => path.display().fmt(f),
            StoreLocation::Postgres(address) => address.fmt(f),
        }
    }
}

/// The schedule of backups.
#[derive(Clone, Debug)]
pub struct Backups {
    /// The folder that they are written to.
    pub folder: PathBuf,
    /// The interval between backups.
    pub every: Duration,
    /// The number of backups to keep.
    pub keep: NonZero<usize>,
}

/// The source of the TLS certificate.
#[derive(Clone, Debug)]
pub enum Tls {
    /// From PEM files.
    Files {
        /// The certificate chain.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// Generated at start, for localhost.
    SelfSigned,
}

/// The limits of concurrent connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// The limit in total.
    pub places: NonZero<usize>,
    /// The limit for one address, or one /64 network of IPv6. Default: a quarter of the total. Trusted proxies are
    /// exempt.
    pub per_address: Option<NonZero<usize>>,
    /// Whether the limit per address applies to loopback addresses.
    pub loopback: Loopback,
}

impl Default for Connections {
    fn default() -> Self {
        Connections { places: limits::CONNECTIONS, per_address: None, loopback: Loopback::Limited }
    }
}

/// Whether the limit of connections per address applies to loopback addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    /// Loopback addresses are limited like others.
    Limited,
    /// Loopback addresses may use all connections.
    Exempt,
}

/// The rate limit of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// The number of requests in one window.
    pub requests: u32,
    /// The length of a window in seconds.
    pub seconds: u32,
}

/// The first client of an empty store. Absent values are generated.
#[derive(Clone, Default)]
pub struct Bootstrap {
    /// Its id.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<String>,
}

impl Bootstrap {
    /// The first client with these values. An empty value counts as absent.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the id contains anything but visible ASCII, or a colon, which separates the id from the
    /// secret in Basic authentication (RFC 7617, section 2).
    pub fn new(client_id: Option<String>, client_secret: Option<String>) -> Result<Self, ConfigError> {
        let set = |value: Option<String>| value.filter(|value| !value.is_empty());
        let bootstrap = Bootstrap { client_id: set(client_id), client_secret: set(client_secret) };
        let good = |id: &String| id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':');
        match &bootstrap.client_id {
            Some(id) if !good(id) => {
                Err(ConfigError(format!("the client id {id:?} must be visible ASCII characters, and no colon")))
            }
            _ => Ok(bootstrap),
        }
    }
}

/// Omits the secret.
impl std::fmt::Debug for Bootstrap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bootstrap").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// A setting that does not parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl std::str::FromStr for StoreLocation {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(StoreLocation::Sqlite(path.into())),
            Some(("postgres" | "postgresql", _)) => {
                text.parse().map(StoreLocation::Postgres).map_err(|error: AddressError| ConfigError(error.0))
            }
            _ => Err(ConfigError(
                "a store is written sqlite:PATH, such as sqlite:convoke.sqlite, or postgres://USER@HOST/DATABASE"
                    .into(),
            )),
        }
    }
}

impl std::str::FromStr for RateLimit {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let parsed = text.split_once('/').and_then(|(requests, seconds)| {
            Some(RateLimit { requests: requests.trim().parse().ok()?, seconds: seconds.trim().parse().ok()? })
        });
        parsed
            .filter(|limit| limit.requests > 0 && limit.seconds > 0)
            .ok_or_else(|| ConfigError("a rate limit is written N/SECONDS, such as 300/60".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_and_rate_limits_are_read() {
        assert_eq!("sqlite:a/b.sqlite".parse(), Ok(StoreLocation::Sqlite("a/b.sqlite".into())));
        let postgres = "postgres://me:secret@localhost/x".parse::<StoreLocation>().expect("an address");
        assert_eq!(postgres.to_string(), "postgres://localhost:5432/x");
        assert!("postgres://localhost/x".parse::<StoreLocation>().is_err_and(|error| error.0.contains("no user")));
        assert!("sqlite:".parse::<StoreLocation>().is_err());
        assert_eq!("300/60".parse(), Ok(RateLimit { requests: 300, seconds: 60 }));
        for text in ["300", "0/60", "300/0", "-1/60", "a/b"] {
            assert!(text.parse::<RateLimit>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_empty_bootstrap_value_is_none_and_an_id_has_no_colon() {
        let set = |id: &str, secret: &str| Bootstrap::new(Some(id.into()), Some(secret.into()));
        let empty = set("", "").expect("as if nothing were set");
        assert_eq!((empty.client_id, empty.client_secret), (None, None));
        let good = set("a-b.c", "d:e f").expect("a good id");
        assert_eq!((good.client_id.as_deref(), good.client_secret.as_deref()), (Some("a-b.c"), Some("d:e f")));
        for id in ["a:b", "a b", "ä"] {
            assert!(set(id, "x").is_err(), "{id}");
        }
    }
}
