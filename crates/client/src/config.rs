//! Configuration of a client: server, credentials, timeouts and retries.

use crate::secret::Secret;
use reqwest::Certificate;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The problem of a text that is invalid in a header. The message does not show the text, which may be a secret.
pub(crate) const UNFIT: &str = "must be visible ASCII characters, and not empty";

/// The regions of Genesys Cloud, by their domains.
pub const REGIONS: [&str; 18] = [
    "mypurecloud.com",
    "use2.us-gov-pure.cloud",
    "usw2.pure.cloud",
    "cac1.pure.cloud",
    "mxc1.pure.cloud",
    "sae1.pure.cloud",
    "mypurecloud.ie",
    "mypurecloud.de",
    "euw2.pure.cloud",
    "euc2.pure.cloud",
    "edee1.eusc-pure.cloud",
    "mec1.pure.cloud",
    "aps1.pure.cloud",
    "apse1.pure.cloud",
    "mypurecloud.com.au",
    "mypurecloud.jp",
    "apne2.pure.cloud",
    "apne3.pure.cloud",
];

/// Where a client calls, as whom, and how patiently.
///
/// ```
/// use convoke_client::Config;
/// use std::time::Duration;
///
/// let config = Config::url("http://127.0.0.1:8080").client_credentials("me", "my-secret").timeout(Duration::from_secs(5));
/// assert!(!format!("{config:?}").contains("my-secret"));
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) login_url: String,
    pub(crate) api_url: String,
    pub(crate) credentials: Credentials,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) retry_wait: Duration,
    pub(crate) idempotency_keys: bool,
    pub(crate) accept_invalid_certificates: bool,
    pub(crate) authorities: Vec<Certificate>,
    pub(crate) user_agent: String,
    pub(crate) on_wait: OnWait,
}

/// A delay before a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// How long it is.
    pub duration: Duration,
    /// The HTTP status of the failed attempt; none if there was no reply.
    pub status: Option<u16>,
}

/// The callback for delays.
#[derive(Clone, Default)]
pub(crate) struct OnWait(Option<Arc<dyn Fn(Wait) + Send + Sync>>);

impl OnWait {
    pub fn tell(&self, wait: Wait) {
        if let Some(told) = &self.0 {
            told(wait);
        }
    }
}

impl fmt::Debug for OnWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "OnWait(told)" } else { "OnWait(nobody)" })
    }
}

/// The credentials of a client.
#[derive(Clone, Debug)]
pub(crate) enum Credentials {
    Nobody,
    Token(Secret),
    Client { id: String, secret: Secret },
    Refresh { id: String, secret: Secret, token: Secret },
    Connector { id: String, secret: Secret, token: Secret },
}

impl Config {
    /// The server of a Genesys Cloud region, named by its domain, such as `mypurecloud.de`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the domain is not in [`REGIONS`].
    pub fn region(domain: &str) -> Result<Config, ConfigError> {
        if !REGIONS.contains(&domain) {
            return Err(ConfigError(format!("{domain:?} is no region; use one of {}", REGIONS.join(", "))));
        }
        Ok(Config::gateway(&format!("https://login.{domain}"), &format!("https://api.{domain}")))
    }

    /// A Convoke server, such as `http://127.0.0.1:8080`. Idempotency keys are enabled, so changes are retried after a
    /// lost reply.
    pub fn url(url: &str) -> Config {
        Config::gateway(url, url).idempotency_keys(true)
    }

    /// A gateway in front of a region. The paths of sign-in and those of the API are appended to one URL each:
    /// `https://gateway.example.org/login` gives `https://gateway.example.org/login/oauth/token`.
    pub fn gateway(login_url: &str, api_url: &str) -> Config {
        Config {
            login_url: login_url.into(),
            api_url: api_url.into(),
            credentials: Credentials::Nobody,
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            retries: 3,
            retry_wait: Duration::from_millis(250),
            idempotency_keys: false,
            accept_invalid_certificates: false,
            authorities: Vec::new(),
            user_agent: concat!("convoke-client/", env!("CARGO_PKG_VERSION")).into(),
            on_wait: OnWait::default(),
        }
    }

    /// Signs in as an OAuth client.
    pub fn client_credentials(self, id: impl Into<String>, secret: impl Into<String>) -> Config {
        Config { credentials: Credentials::Client { id: id.into(), secret: Secret(secret.into()) }, ..self }
    }

    /// Uses this access token, which is not renewed.
    pub fn access_token(self, token: impl Into<String>) -> Config {
        Config { credentials: Credentials::Token(Secret(token.into())), ..self }
    }

    /// Signs in by a refresh token of an OAuth client (RFC 6749, section 6). For a client without a secret, pass an
    /// empty one. [`Client::refresh_token`] returns the token for the next sign-in.
    ///
    /// [`Client::refresh_token`]: crate::Client::refresh_token
    pub fn refresh(
        self,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
        refresh_token: impl Into<String>,
    ) -> Config {
        let (id, secret, token) = (client_id.into(), Secret(client_secret.into()), Secret(refresh_token.into()));
        Config { credentials: Credentials::Refresh { id, secret, token }, ..self }
    }

    /// Signs in by a refresh token of a Kaizala connector. [`Client::refresh_token`] returns the token for the next
    /// sign-in. Calls always go to the configured server, never to the `endpointUrl` of a sign-in's reply, so that the
    /// token is sent to no other server.
    ///
    /// [`Client::refresh_token`]: crate::Client::refresh_token
    pub fn connector(
        self,
        application_id: impl Into<String>,
        application_secret: impl Into<String>,
        refresh_token: impl Into<String>,
    ) -> Config {
        let (id, secret) = (application_id.into(), Secret(application_secret.into()));
        Config { credentials: Credentials::Connector { id, secret, token: Secret(refresh_token.into()) }, ..self }
    }

    /// The timeout of one attempt, including its reply. Default: 60 seconds. For a download it is the timeout until the
    /// reply begins, and for each chunk.
    pub fn timeout(self, timeout: Duration) -> Config {
        Config { timeout, ..self }
    }

    /// The timeout of connecting. Default: 10 seconds.
    pub fn connect_timeout(self, connect_timeout: Duration) -> Config {
        Config { connect_timeout, ..self }
    }

    /// The maximum number of retries. Default: 3.
    pub fn retries(self, retries: u32) -> Config {
        Config { retries, ..self }
    }

    /// The delay before the first retry. Default: 250 milliseconds. It doubles with each retry. A `Retry-After` of the
    /// server takes precedence.
    pub fn retry_wait(self, retry_wait: Duration) -> Config {
        Config { retry_wait, ..self }
    }

    /// A callback that is called at the beginning of each delay before a retry, so that a program can show why it
    /// waits. A server may ask for a minute.
    pub fn on_wait(self, told: impl Fn(Wait) + Send + Sync + 'static) -> Config {
        Config { on_wait: OnWait(Some(Arc::new(told))), ..self }
    }

    /// Whether changes carry an `Idempotency-Key`, so that they can be retried after a lost reply. Enable it only for
    /// servers that support it: Convoke does, Genesys Cloud does not.
    pub fn idempotency_keys(self, idempotency_keys: bool) -> Config {
        Config { idempotency_keys, ..self }
    }

    /// Whether to accept any certificate, such as a self-signed one.
    pub fn accept_invalid_certificates(self, accept_invalid_certificates: bool) -> Config {
        Config { accept_invalid_certificates, ..self }
    }

    /// Further certificate authorities for servers' certificates, in PEM, in addition to those of the system. The
    /// environment variable `SSL_CERT_FILE` names a file that replaces the authorities of the system.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the text contains no certificate.
    pub fn authorities(self, pem: &[u8]) -> Result<Config, ConfigError> {
        let authorities = Certificate::from_pem_bundle(pem).unwrap_or_default();
        if authorities.is_empty() {
            return Err(ConfigError("there is no certificate in it, in PEM".into()));
        }
        Ok(Config { authorities, ..self })
    }

    /// The `User-Agent` header of the client.
    pub fn user_agent(self, user_agent: impl Into<String>) -> Config {
        Config { user_agent: user_agent.into(), ..self }
    }
}

/// An invalid setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub(crate) String);

impl ConfigError {
    pub(crate) fn unfit(name: &str) -> Self {
        ConfigError(format!("{name} {UNFIT}"))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}
