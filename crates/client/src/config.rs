//! Where a client calls, as whom, and how patiently.

use crate::secret::Secret;
use reqwest::Certificate;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What is wrong with a text that cannot stand in a header. It may be a secret, and is not shown.
pub(crate) const UNFIT: &str = "must be visible ASCII characters, and not empty";

/// The regions of Genesys Cloud, by the domain that each has.
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

/// A pause before a request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// How long it is.
    pub duration: Duration,
    /// The status of the reply that asked for it; none where no reply came.
    pub status: Option<u16>,
}

/// Who is told of pauses.
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

/// As whom.
#[derive(Clone, Debug)]
pub(crate) enum Credentials {
    Nobody,
    Token(Secret),
    Client { id: String, secret: Secret },
    Refresh { id: String, secret: Secret, token: Secret },
    Connector { id: String, secret: Secret, token: Secret },
}

impl Config {
    /// A region of Genesys Cloud, named by its domain, such as `mypurecloud.de`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a name that is none of [`REGIONS`].
    pub fn region(domain: &str) -> Result<Config, ConfigError> {
        if !REGIONS.contains(&domain) {
            return Err(ConfigError(format!("{domain:?} is no region; use one of {}", REGIONS.join(", "))));
        }
        Ok(Config::gateway(&format!("https://login.{domain}"), &format!("https://api.{domain}")))
    }

    /// A Convoke server, such as `http://127.0.0.1:8080`. It takes idempotency keys, so that changes whose
    /// reply was lost are sent again.
    pub fn url(url: &str) -> Config {
        Config::gateway(url, url).idempotency_keys(true)
    }

    /// A gateway in front of a region: paths of sign-in and of the API are put behind one URL each, so that
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

    /// Calls with this access token, which is not renewed.
    pub fn access_token(self, token: impl Into<String>) -> Config {
        Config { credentials: Credentials::Token(Secret(token.into())), ..self }
    }

    /// Signs in by a refresh token of an OAuth client (RFC 6749, section 6). A client without a secret
    /// gives an empty one. What to sign in by the next time, [`Client::refresh_token`] says.
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

    /// Signs in by a refresh token of a Kaizala connector. What to sign in by the next time,
    /// [`Client::refresh_token`] says. Calls go where this configuration says, and not to the `endpointUrl`
    /// that a sign-in names: a token goes nowhere else than where it was meant to.
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

    /// How long one attempt may take, to the end of its reply; 60 seconds where not set. Of a download it is
    /// the time to its beginning, and from chunk to chunk.
    pub fn timeout(self, timeout: Duration) -> Config {
        Config { timeout, ..self }
    }

    /// How long it may take to connect; 10 seconds where not set.
    pub fn connect_timeout(self, connect_timeout: Duration) -> Config {
        Config { connect_timeout, ..self }
    }

    /// How often a request is sent again; 3 times where not set.
    pub fn retries(self, retries: u32) -> Config {
        Config { retries, ..self }
    }

    /// How long to wait before a request is sent again the first time; 250 milliseconds where not set. It
    /// doubles from time to time, and a `Retry-After` of the server goes before it.
    pub fn retry_wait(self, retry_wait: Duration) -> Config {
        Config { retry_wait, ..self }
    }

    /// What is told of each pause before a request is sent again, when the pause begins: a server may ask for a
    /// minute, and who waits should know why.
    pub fn on_wait(self, told: impl Fn(Wait) + Send + Sync + 'static) -> Config {
        Config { on_wait: OnWait(Some(Arc::new(told))), ..self }
    }

    /// Whether changes carry an `Idempotency-Key`, so that they may be sent again when a reply was lost. Only
    /// for servers that heed it: Convoke does, Genesys Cloud does not.
    pub fn idempotency_keys(self, idempotency_keys: bool) -> Config {
        Config { idempotency_keys, ..self }
    }

    /// Whether to take any certificate, as of a server with one that it signed itself.
    pub fn accept_invalid_certificates(self, accept_invalid_certificates: bool) -> Config {
        Config { accept_invalid_certificates, ..self }
    }

    /// Who may have signed a server's certificate, besides those that the system trusts: their certificates, in PEM.
    /// The system's own are replaced by those of the file that the environment names as `SSL_CERT_FILE`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] where the text has no certificate in it.
    pub fn authorities(self, pem: &[u8]) -> Result<Config, ConfigError> {
        let authorities = Certificate::from_pem_bundle(pem).unwrap_or_default();
        if authorities.is_empty() {
            return Err(ConfigError("there is no certificate in it, in PEM".into()));
        }
        Ok(Config { authorities, ..self })
    }

    /// What the client calls itself.
    pub fn user_agent(self, user_agent: impl Into<String>) -> Config {
        Config { user_agent: user_agent.into(), ..self }
    }
}

/// A setting that cannot be used.
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
