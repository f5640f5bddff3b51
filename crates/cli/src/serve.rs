//! `convoke serve`.

mod hangup;
mod load;
mod logs;
mod schedule;
mod system;

use crate::CommandError;
use clap::Args;
use clap::builder::FalseyValueParser;
use convoke_server::demo::{self, Connected};
use convoke_server::{
    Bootstrap, Config, Connections, Country, Loopback, LostCommits, Missing, PinSender, RateLimit, Running,
    StoreLocation, Tls, TrustedProxies,
};
use etcetera::BaseStrategy;
use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Args)]
pub struct Serve {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, env = "CONVOKE_LISTEN", default_value = "127.0.0.1:8080", value_name = "HOST:PORT", value_parser = address)]
    listen: SocketAddr,
    /// Where directories are kept: sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE, which several servers may
    /// share [default: a file in the platform's data directory]
    #[arg(long, env = "CONVOKE_STORE", value_name = "STORE", hide_env_values = true)]
    store: Option<StoreLocation>,
    /// Start even if acknowledged commits are missing from the store, and give them up
    #[arg(long, env = "CONVOKE_ACCEPT_LOST_COMMITS", value_parser = FalseyValueParser::new())]
    accept_lost_commits: bool,
    /// Refuse to start if there is no store, instead of creating one
    #[arg(long, env = "CONVOKE_MUST_EXIST", value_parser = FalseyValueParser::new())]
    must_exist: bool,
    #[command(flatten)]
    schedule: schedule::Schedule,
    /// The certificate chain, in PEM
    #[arg(
        long,
        env = "CONVOKE_TLS_CERT",
        value_name = "FILE",
        requires = "tls_key",
        conflicts_with = "tls_self_signed"
    )]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, env = "CONVOKE_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Use TLS with a certificate for localhost that is generated at start
    #[arg(long, env = "CONVOKE_TLS_SELF_SIGNED", value_parser = FalseyValueParser::new())]
    tls_self_signed: bool,
    /// Allow plain HTTP on an address that other machines reach
    #[arg(long, env = "CONVOKE_PLAIN_HTTP", value_parser = FalseyValueParser::new())]
    plain_http: bool,
    /// The URL of this server in replies
    #[arg(long, env = "CONVOKE_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Default country of telephone numbers without a country code: a code of ISO 3166-1
    #[arg(long, env = "CONVOKE_COUNTRY", value_name = "CC", default_value_t)]
    country: Country,
    /// File for the PINs to send to phones, one line of JSON each [default: the log]
    #[arg(long, env = "CONVOKE_PIN_FILE", value_name = "FILE")]
    pin_file: Option<PathBuf>,
    /// An origin that browsers may call from; may be given more than once
    #[arg(long = "cors-origin", env = "CONVOKE_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    cors_origins: Vec<String>,
    /// Maximum number of connections
    #[arg(long, env = "CONVOKE_CONNECTIONS", value_name = "N", default_value_t = Connections::default().places)]
    connections: NonZero<usize>,
    /// Maximum number of connections of one address, or one /64 network of IPv6 [default: a quarter]
    #[arg(long, env = "CONVOKE_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    connections_per_address: Option<NonZero<usize>>,
    /// Do not limit the connections of programs on this machine
    #[arg(long, env = "CONVOKE_EXEMPT_LOOPBACK", value_parser = FalseyValueParser::new())]
    exempt_loopback: bool,
    /// Address of a further listener for /health, over plain HTTP and with its own connections
    #[arg(long, env = "CONVOKE_HEALTH_LISTEN", value_name = "HOST:PORT", value_parser = address)]
    health_listen: Option<SocketAddr>,
    /// Address of a listener for /metrics, over plain HTTP and without authentication
    #[arg(long, env = "CONVOKE_METRICS_LISTEN", value_name = "HOST:PORT", value_parser = address)]
    metrics_listen: Option<SocketAddr>,
    /// Proxies whose X-Forwarded-For and Forwarded headers are believed, as addresses or networks such as
    /// 10.0.0.0/8; may be given more than once
    #[arg(long, env = "CONVOKE_TRUSTED_PROXIES", value_name = "CIDR", value_delimiter = ',')]
    trusted_proxies: Vec<String>,
    /// Maximum number of requests of a client, or of a person by a connector, in a time window [default: no limit]
    #[arg(long, env = "CONVOKE_RATE_LIMIT", value_name = "N/SECONDS")]
    rate_limit: Option<RateLimit>,
    /// Maximum number of people created through one connector in one day (UTC)
    #[arg(
        long,
        env = "CONVOKE_CONNECTOR_PEOPLE_PER_DAY",
        value_name = "N",
        default_value_t = convoke_server::CONNECTOR_PEOPLE_PER_DAY
    )]
    connector_people_per_day: u32,
    /// How old a directory may be before the server is not ready, where several servers share a store
    #[arg(
        long,
        env = "CONVOKE_STALE_LIMIT",
        value_name = "SECONDS",
        default_value_t = convoke_server::STALE_TIME.as_secs()
    )]
    stale_limit: u64,
    #[command(flatten)]
    logs: logs::Logs,
    /// Serve a generated organisation from a temporary store
    #[arg(long, env = "CONVOKE_DEMO", conflicts_with = "store", value_parser = FalseyValueParser::new())]
    demo: bool,
    /// A file of rows to import before serving, as `export all` writes it; may be given more than once
    #[arg(long, env = "CONVOKE_LOAD", value_name = "FILE", value_delimiter = ',')]
    load: Vec<PathBuf>,
    #[arg(long, env = "CONVOKE_BOOTSTRAP_CLIENT_ID", hide = true)]
    bootstrap_client_id: Option<String>,
    #[arg(long, env = "CONVOKE_BOOTSTRAP_CLIENT_SECRET", hide = true, hide_env_values = true)]
    bootstrap_client_secret: Option<String>,
}

/// Resolves the address of a host given by name or number.
fn address(text: &str) -> Result<SocketAddr, String> {
    let mut found = text.to_socket_addrs().map_err(|error| format!("{error}; write it as 127.0.0.1:8080"))?;
    found.next().ok_or_else(|| "this name has no address".into())
}

impl Serve {
    /// Serves until SIGTERM or SIGINT. A second one ends at once.
    pub async fn run(self) -> Result<(), CommandError> {
        let logs = self.logs;
        logs.start();
        self.serve().await.map_err(|error| logs.tell(error))
    }

    async fn serve(self) -> Result<(), CommandError> {
        let mut hangups = hangup::Hangups::new().map_err(CommandError::refused)?;
        system::give_memory_back();
        let rows = load::read(&self.load)?;
        let throw_away = match self.demo {
            true => Some(tempfile::Builder::new().prefix("convoke-demo-").tempdir().map_err(CommandError::refused)?),
            false => None,
        };
        let store = match (&throw_away, self.store) {
            (Some(folder), _) => StoreLocation::Sqlite(folder.path().join("demo.sqlite")),
            (None, Some(store)) => store,
            (None, None) => default_store()?,
        };
        let tls = match (self.tls_cert, self.tls_key) {
            (Some(certificate), Some(key)) => Some(Tls::Files { certificate, key }),
            _ => self.tls_self_signed.then_some(Tls::SelfSigned),
        };
        let bootstrap = Bootstrap::new(self.bootstrap_client_id, self.bootstrap_client_secret);
        let bootstrap = bootstrap.map_err(CommandError::refused)?;
        let made_up = bootstrap.client_secret.is_none();
        let config = Config {
            listen: self.listen,
            store: store.clone(),
            lost_commits: if self.accept_lost_commits { LostCommits::Accept } else { LostCommits::Refuse },
            // The store of a demo is always a new one.
            missing_store: if self.must_exist && !self.demo { Missing::Refuse } else { Missing::Make },
            // A temporary store is not backed up, even if the environment configures backups for other servers.
            backups: self.schedule.backups().filter(|_| !self.demo),
            tls,
            plain_http: self.plain_http,
            public_url: self.public_url,
            country: self.country,
            pin_sender: self.pin_file.map_or(PinSender::Log, PinSender::File),
            cors_origins: self.cors_origins,
            trusted_proxies: TrustedProxies::new(&self.trusted_proxies).map_err(CommandError::usage)?,
            connections: Connections {
                places: system::allow_connections(self.connections),
                per_address: self.connections_per_address,
                loopback: if self.exempt_loopback { Loopback::Exempt } else { Loopback::Limited },
            },
            health_listen: self.health_listen,
            metrics_listen: self.metrics_listen,
            rate_limit: self.rate_limit,
            connector_people_per_day: self.connector_people_per_day,
            stale_limit: Duration::from_secs(self.stale_limit),
            access_log: self.logs.access_log(),
            bootstrap,
        };
        let running = convoke_server::start(config).await.map_err(CommandError::refused)?;
        let connected = if self.demo { Some(fill_demo(&running).await?) } else { None };
        let scheme = if running.tls { "https" } else { "http" };
        let url = format!("{scheme}://{}", running.address);
        if let Err(error) = load::load(&running.directories, rows, self.logs).await {
            // The store exists now, and its secret is shown only this once.
            if made_up && running.administrator.is_some() && connected.is_none() {
                introduce(&running, &store, &url, None, made_up, self.logs);
            }
            running.stop().await;
            return Err(error);
        }
        let mut stdout = std::io::stdout();
        // The parent process may have closed standard output.
        let _ = writeln!(stdout, "listening on {url}").and_then(|()| stdout.flush());
        for (what, address) in [("health", running.health), ("metrics", running.metrics)] {
            let Some(address) = address else { continue };
            // Standard output has the one line on the main listener and nothing else.
            if self.logs.is_json() {
                tracing::info!(target: logs::TOLD_TARGET, listener = what, %address, "listening");
            } else {
                eprintln!("{what} on http://{address}");
            }
        }
        introduce(&running, &store, &url, connected.as_ref(), made_up, self.logs);
        let mut terminate = signal(SignalKind::terminate()).map_err(CommandError::refused)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(CommandError::refused)?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = hangups.serve(&running) => {}
            damage = running.damage() => {
                running.stop().await;
                return Err(CommandError::refused(damage));
            }
        }
        tracing::info!("stopping: requests in flight may finish");
        tokio::select! {
            () = running.stop() => Ok(()),
            _ = terminate.recv() => Err(CommandError::refused("stopped at once")),
            _ = interrupt.recv() => Err(CommandError::refused("stopped at once")),
        }
    }
}

fn default_store() -> Result<StoreLocation, CommandError> {
    let places = etcetera::choose_base_strategy().map_err(|error| {
        CommandError::refused(format!("{error}; say where the store is to be with --store sqlite:PATH"))
    })?;
    Ok(StoreLocation::Sqlite(places.data_dir().join("convoke").join("convoke.sqlite")))
}

/// Fills the store of the demo. Returns the credentials of the connector that it creates.
async fn fill_demo(running: &Running) -> Result<Connected, CommandError> {
    let made = running.administrator.as_ref().zip(demo::first(&running.directories));
    let (administrator, organisation) = made.ok_or_else(|| CommandError::refused("the demo's store is not empty"))?;
    let client = &administrator.client_id;
    demo::fill(&organisation, client, demo::DEMO, &mut |_, _, _| {}).await.map_err(CommandError::refused)?;
    demo::connect(&running.directories, &organisation, client).await.map_err(CommandError::refused)
}

/// Prints an introduction for first-time users to stderr.
fn introduce(
    running: &Running,
    store: &StoreLocation,
    url: &str,
    connected: Option<&Connected>,
    made_up: bool,
    logs: logs::Logs,
) {
    let Some(administrator) = &running.administrator else {
        tracing::info!(%store, "serving");
        return;
    };
    let (id, secret) = (&administrator.client_id, &administrator.client_secret);
    // The store of a demo is always a new one.
    if connected.is_none() {
        let made = running.directories.get(administrator.organisation);
        let organisation = made.map(|made| made.published().directory.organisation().name.as_str().to_owned());
        tracing::warn!(
            %store,
            organisation,
            "there was no store, and a new one was made; where there should have been one, look whether its disk is mounted \
             (--must-exist refuses such a start)"
        );
    }
    if logs.is_json() && (connected.is_some() || made_up) {
        let application = connected.map(|connected| &*connected.application_id);
        let application_secret = connected.map(|connected| &*connected.application_secret);
        let refresh_token = connected.map(|connected| &*connected.refresh_token);
        tracing::info!(
            target: logs::TOLD_TARGET,
            %store,
            client_id = &**id,
            client_secret = &**secret,
            application_id = application,
            application_secret,
            refresh_token,
            "a new store; its secrets are not shown again"
        );
        return;
    }
    if let Some(Connected { application_id, application_secret, refresh_token, phone }) = connected {
        let (host, port) = (running.address.ip(), running.address.port());
        let scheme = if running.tls { "https" } else { "http" };
        // The certificate is self-signed.
        let python_tls = if running.tls { "\n  genesys.configuration.verify_ssl = False" } else { "" };
        let node_tls = if running.tls { ", with NODE_TLS_REJECT_UNAUTHORIZED=0" } else { "" };
        eprintln!(
            "
A made-up organisation with 300 people and 40 groups: 8 follow what people can do, 15 are beneath others. It
is gone when the server stops.

  client id      {id}
  client secret  {secret}

curl
  TOKEN=$(curl -sk -u '{id}:{secret}' -d grant_type=client_credentials {url}/oauth/token | sed 's/.*access_token\":\"//;s/\".*//')
  curl -sk -H \"Authorization: Bearer $TOKEN\" '{url}/api/v2/groups?pageSize=5'

Python (pip install PureCloudPlatformClientV2)
  import PureCloudPlatformClientV2 as genesys
  genesys.configuration.host = '{url}'{python_tls}
  client = genesys.api_client.ApiClient().get_client_credentials_token('{id}', '{secret}')
  print(genesys.GroupsApi(client).get_groups(page_size=5))

JavaScript (npm install purecloud-platform-client-v2){node_tls}
  const genesys = require('purecloud-platform-client-v2');
  genesys.ApiClient.instance.setGateway({{ host: '{host}', protocol: '{scheme}', port: {port} }});
  genesys.ApiClient.instance.loginClientCredentialsGrant('{id}', '{secret}')
    .then(() => new genesys.GroupsApi().getGroups({{ pageSize: 5 }}))
    .then(console.log);

Kaizala, as the director of the organisation ({phone})

  application id      {application_id}
  application secret  {application_secret}
  refresh token       {refresh_token}

  TOKEN=$(curl -sk -H 'applicationId: {application_id}' -H 'applicationSecret: {application_secret}' -H 'refreshToken: {refresh_token}' {url}/v1/accessToken | sed 's/.*accessToken\":\"//;s/\".*//')
  curl -sk -H \"accessToken: $TOKEN\" '{url}/v1/groups?showDetail=true'
"
        );
        return;
    }
    if made_up {
        eprintln!(
            "
A new store: {}
It has one organisation, and one OAuth client that may do everything in it. Its secret is not shown again:

  client id      {id}
  client secret  {secret}
",
            store
        );
    } else {
        tracing::info!(client = %id, "its administrator has the id and the secret that were given");
    }
}
