//! Where the database is: a URL, as libpq's programs take it
//! (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS>).

use crate::postgres::tls::{Roots, TlsMode};
use std::fmt::Write as _;
use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, Host, SslMode, SslNegotiation};

/// The address of a PostgreSQL database, with one or several hosts. Its text is a URL. What is shown of it has no
/// password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresAddress {
    /// One for each host.
    pub(crate) hosts: Vec<HostConfig>,
    database: String,
}

/// How one host is reached.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HostConfig {
    /// The host and port, as errors name it.
    pub name: String,
    pub config: Config,
    pub tls: TlsMode,
}

/// A URL that does not name a database. The text says what is wrong and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError(pub String);

impl std::fmt::Display for AddressError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AddressError {}

/// What the parameters of the URL say that the driver does not read.
#[derive(Default)]
struct OwnParameters {
    mode: Option<String>,
    roots: Option<String>,
}

impl std::str::FromStr for PostgresAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = |why: &dyn std::fmt::Display| {
            AddressError(format!("{why}; a database is written postgres://USER:PASSWORD@HOST:5432/DATABASE"))
        };
        let (url, own) = own_parameters(text)?;
        let config: Config = url.parse().map_err(|error| wrong(&inner(&error)))?;
        let user = config.get_user().ok_or_else(|| wrong(&"the URL names no user"))?.to_owned();
        let Some(database) = config.get_dbname().map(str::to_owned) else {
            return Err(wrong(&"the URL names no database"));
        };
        if config.get_hosts().is_empty() {
            return Err(wrong(&"the URL names no host"));
        }
        if !config.get_hostaddrs().is_empty() {
            return Err(wrong(&"hostaddr is not supported"));
        }
        let mut hosts = Vec::new();
        for (at, host) in config.get_hosts().iter().enumerate() {
            let ports = config.get_ports();
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            hosts.push(of_host(&config, host, port, &user, &database, &own)?);
        }
        Ok(PostgresAddress { hosts, database })
    }
}

/// Takes the parameters that the driver does not know, or whose defaults differ, out of the URL.
fn own_parameters(text: &str) -> Result<(String, OwnParameters), AddressError> {
    let mut own = OwnParameters::default();
    let Some((base, parameters)) = text.split_once('?') else { return Ok((text.to_owned(), own)) };
    let mut rest = Vec::new();
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("sslmode", mode)) => own.mode = Some(mode.to_owned()),
            Some(("sslrootcert", path)) => own.roots = Some(decoded(path)),
            Some(("target_session_attrs", "read-write" | "primary")) => {}
            Some(("target_session_attrs", other)) => {
                return Err(AddressError(format!(
                    "target_session_attrs={other} is not possible, because a store is written to; leave it out, or write \
                     read-write"
                )));
            }
            _ => rest.push(parameter),
        }
    }
    let url = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
    Ok((url, own))
}

/// A part of a URL without its percent signs.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| u8::from_str_radix(str::from_utf8(hex).ok()?, 16).ok());
        match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn of_host(
    all: &Config,
    host: &Host,
    port: u16,
    user: &str,
    database: &str,
    own: &OwnParameters,
) -> Result<HostConfig, AddressError> {
    let (name, is_local) = match host {
        Host::Unix(path) => (path.display().to_string(), true),
        Host::Tcp(name) => {
            let is_loopback = name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
            (format!("{name}:{port}"), is_loopback || name == "localhost")
        }
    };
    let roots = match own.roots.as_deref() {
        None | Some("system") => Roots::System,
        Some(path) => Roots::File(path.into()),
    };
    let tls = match own.mode.as_deref() {
        None if is_local => TlsMode::Disable,
        Some("disable") => TlsMode::Disable,
        Some("require") => TlsMode::Require,
        Some("verify-ca") => TlsMode::VerifyCa(roots),
        None | Some("verify-full") => TlsMode::VerifyFull(roots),
        Some(other) => {
            return Err(AddressError(format!(
                "sslmode={other} is not supported; write disable, require, verify-ca or verify-full"
            )));
        }
    };
    let tls = if matches!(host, Host::Unix(_)) { TlsMode::Disable } else { tls };
    let mut config = Config::new();
    config.user(user).dbname(database).port(port).application_name(all.get_application_name().unwrap_or("convoke"));
    match host {
        Host::Tcp(host) => config.host(host),
        Host::Unix(path) => config.host_path(path),
    };
    if let Some(password) = all.get_password() {
        config.password(password);
    }
    if let Some(options) = all.get_options() {
        config.options(options);
    }
    config.ssl_mode(if tls == TlsMode::Disable { SslMode::Disable } else { SslMode::Require });
    config.ssl_negotiation(if all.get_ssl_negotiation() == SslNegotiation::Direct {
        SslNegotiation::Direct
    } else {
        SslNegotiation::Postgres
    });
    // Channel binding would protect against a false server, which the certificate already does.
    config.channel_binding(ChannelBinding::Disable);
    Ok(HostConfig { name, config, tls })
}

/// What a driver's error is about, without the driver's words for its kind.
pub(crate) fn inner(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

impl std::fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("postgres://")?;
        for (at, host) in self.hosts.iter().enumerate() {
            if at > 0 {
                f.write_char(',')?;
            }
            f.write_str(&host.name)?;
        }
        write!(f, "/{}", self.database)
    }
}

/// Shows no password.
impl std::fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<PostgresAddress, AddressError> {
        url.parse()
    }

    #[test]
    fn a_remote_database_is_reached_by_a_verified_connection_unless_the_url_says_otherwise() {
        let modes = |url: &str| read(url).expect(url).hosts.into_iter().map(|host| host.tls).collect::<Vec<_>>();
        let file = || Roots::File("/etc/ssl/my ca.pem".into());
        for (url, expected) in [
            ("postgres://u@db.example.org/d", TlsMode::VerifyFull(Roots::System)),
            ("postgres://u@10.0.0.1/d?sslmode=verify-ca", TlsMode::VerifyCa(Roots::System)),
            ("postgresql://u@db/d?sslmode=require&connect_timeout=9", TlsMode::Require),
            ("postgres://u@db/d?sslmode=disable", TlsMode::Disable),
            ("postgres://u@db/d?sslrootcert=/etc/ssl/my%20ca.pem", TlsMode::VerifyFull(file())),
            ("postgres://u@127.0.0.1/d", TlsMode::Disable),
            ("postgres://u@localhost/d", TlsMode::Disable),
            ("postgres://u@localhost/d?sslmode=verify-full", TlsMode::VerifyFull(Roots::System)),
            ("postgres://u@%2Frun%2Fpostgresql/d", TlsMode::Disable),
            ("postgres://u@/d?host=/run/postgresql", TlsMode::Disable),
        ] {
            assert_eq!(modes(url), [expected], "{url}");
        }
        let both = modes("postgres://u@localhost,db.example.org/d");
        assert_eq!(both, [TlsMode::Disable, TlsMode::VerifyFull(Roots::System)]);
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        let url = "postgres://u:s%3Acret@one:5433,two/directory?sslmode=disable&target_session_attrs=read-write";
        let address = read(url).expect("a URL");
        assert_eq!(address.to_string(), "postgres://one:5433,two:5432/directory");
        assert!(!format!("{address:?}").contains("cret"));
        assert!(address.hosts.iter().all(|host| host.config.get_password() == Some(b"s:cret")));
    }

    #[test]
    fn a_wrong_url_says_what_to_write() {
        for (url, said) in [
            ("postgres://u@h:x/d", "invalid value for option `port`"),
            ("postgres://u@/d", "names no host"),
            ("postgres://h/d", "names no user"),
            ("postgres://u@h", "names no database"),
            ("postgres://u@h/d?color=blue", "unknown option `color`"),
            ("postgres://u@h/d?sslmode=prefer", "disable, require, verify-ca or verify-full"),
            ("postgres://u@h/d?target_session_attrs=any", "a store is written to"),
        ] {
            let refused = read(url).expect_err(url).to_string();
            assert!(refused.contains(said), "{url}: {refused}");
        }
    }
}
