//! Starting a server, and stopping it.

mod backups;
mod follower;

use crate::clock::now;
use crate::config::{
    AccessLog, Backups, Bootstrap, Connections, Country, LostCommits, Missing, RateLimit, StoreLocation, Tls,
};
use crate::http::peer::TrustedProxies;
use crate::limits;
use crate::listener::accept::{Service, accept};
use crate::listener::limiter::ConnectionLimiter;
use crate::listener::tls::{Acceptor, Reloaded};
use crate::replica::directories::{Administrator, Directories};
use crate::router::{cors, health_routes, metrics_routes, router, side_router};
use crate::sign_in::pins::PinSender;
use crate::site::{Settings, Site};
use convoke_store::postgres::Postgres;
use convoke_store::sqlite::Sqlite;
use convoke_store::{Store, StoreError};
use futures_util::future::BoxFuture;
use http::Uri;
use http::uri::Scheme;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How the server is to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on. Port 0 picks a free port.
    pub listen: SocketAddr,
    /// The store of the directories.
    pub store: StoreLocation,
    /// Whether acknowledged commits may be missing from the store.
    pub lost_commits: LostCommits,
    /// Whether a missing store is created.
    pub missing_store: Missing,
    /// The schedule of backups, if there is one.
    pub backups: Option<Backups>,
    /// The source of the TLS certificate. Absent for plain HTTP.
    pub tls: Option<Tls>,
    /// Whether plain HTTP is allowed on addresses other than loopback.
    pub plain_http: bool,
    /// The base URL in responses. If absent, it is taken from the request.
    pub public_url: Option<String>,
    /// The `defaultCountryCode` of organisations in responses.
    pub country: Country,
    /// The delivery of PINs.
    pub pin_sender: PinSender,
    /// The origins from which browsers may call (CORS).
    pub cors_origins: Vec<String>,
    /// The proxies whose forwarding headers are trusted.
    pub trusted_proxies: TrustedProxies,
    /// The limits of concurrent connections.
    pub connections: Connections,
    /// The address of an additional listener for `/health/…`, which has its own connection limit.
    pub health_listen: Option<SocketAddr>,
    /// The address of an additional listener for `/metrics`, which requires no token and has its own connection limit.
    pub metrics_listen: Option<SocketAddr>,
    /// The rate limit of each client, and of each person who uses a connector.
    pub rate_limit: Option<RateLimit>,
    /// The number of people that one connector may create in one day (UTC).
    pub connector_people_per_day: u32,
    /// How old a directory may be, where several servers share a store, before the server is not ready.
    pub stale_limit: Duration,
    /// Whether each request has a line in the access log.
    pub access_log: AccessLog,
    /// The id and secret of the first client, for an empty store.
    pub bootstrap: Bootstrap,
}

impl Config {
    /// A server of this store on a free port of the loopback address, with the default settings.
    pub fn new(store: StoreLocation) -> Self {
        Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            store,
            lost_commits: LostCommits::default(),
            missing_store: Missing::default(),
            backups: None,
            tls: None,
            plain_http: false,
            public_url: None,
            country: Country::default(),
            pin_sender: PinSender::default(),
            cors_origins: Vec::new(),
            trusted_proxies: TrustedProxies::default(),
            connections: Connections::default(),
            health_listen: None,
            metrics_listen: None,
            rate_limit: None,
            connector_people_per_day: limits::CONNECTOR_PEOPLE_PER_DAY,
            stale_limit: limits::STALE_TIME,
            access_log: AccessLog::Off,
            bootstrap: Bootstrap::default(),
        }
    }
}

/// A server that is running.
pub struct Running {
    /// The address of the main listener.
    pub address: SocketAddr,
    /// Whether the main listener uses TLS.
    pub tls: bool,
    /// The address of the additional listener for `/health/…`.
    pub health: Option<SocketAddr>,
    /// The address of the additional listener for `/metrics`.
    pub metrics: Option<SocketAddr>,
    /// The client that was created in an empty store. Its secret is shown only here.
    pub administrator: Option<Administrator>,
    /// The directories that it serves.
    pub directories: Arc<Directories>,
    acceptor: Option<Arc<Acceptor>>,
    stop: watch::Sender<bool>,
    done: JoinHandle<()>,
}

/// The reason why a server cannot start.
#[derive(Debug)]
pub enum StartError {
    /// The server cannot listen on the address of this flag.
    Listen(&'static str, SocketAddr, std::io::Error),
    /// Plain HTTP on an address other than loopback is not allowed.
    PlainHttp(SocketAddr),
    /// The certificate or key cannot be used.
    Tls(String),
    /// A CORS origin is malformed.
    Origin(String),
    /// The public URL is malformed.
    PublicUrl(String),
    /// The clock of the machine is outside the years that the `Date` header of responses supports.
    Clock,
    /// PINs cannot be written to the file.
    PinFile(std::path::PathBuf, std::io::Error),
    /// Backups cannot be written to the folder.
    Backups(StoreError),
    /// The store cannot be opened.
    Store(StoreError),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StartError::Listen(flag, address, error) => match error.kind() {
                ErrorKind::AddrInUse => {
                    let free = SocketAddr::new(address.ip(), 0);
                    write!(
                        f,
                        "cannot listen on {address}: another program listens there; stop it, or take another port, \
                         such as a free one with {flag} {free}"
                    )
                }
                ErrorKind::PermissionDenied => write!(
                    f,
                    "cannot listen on {address}: {error}; take a port of 1024 or above with {flag}, or allow this \
                     program lower ones (the capability CAP_NET_BIND_SERVICE)"
                ),
                _ => write!(f, "cannot listen on {address}: {error}; take an address of this machine with {flag}"),
            },
            StartError::PlainHttp(address) => write!(
                f,
                "{address} can be reached from other machines, and plain HTTP would show them secrets; \
                 give --tls-cert and --tls-key, or --tls-self-signed, or allow it by --plain-http"
            ),
            StartError::Tls(problem) => write!(f, "TLS: {problem}"),
            StartError::Origin(origin) => write!(f, "{origin:?} is no origin; write it as https://app.example.org"),
            StartError::PublicUrl(url) => {
                write!(f, "{url:?} is no address of a server; write it as https://directory.example.org")
            }
            StartError::Clock => {
                write!(f, "the clock of this machine is before 1970 or after 9999; set it, and start again")
            }
            StartError::PinFile(path, error) => write!(f, "PINs cannot be written to {}: {error}", path.display()),
            StartError::Backups(error) => write!(f, "backups cannot be written: {error}"),
            StartError::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StartError {}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        StartError::Store(error)
    }
}

impl Running {
    /// Reads certificate and key again, for new connections. Open connections are not affected.
    ///
    /// # Errors
    ///
    /// When the files cannot be used; then the old certificate stays in use.
    pub fn reload_certificate(&self) -> Result<Reloaded, StartError> {
        let Some(acceptor) = &self.acceptor else { return Ok(Reloaded::Nothing) };
        acceptor.reload().map_err(StartError::Tls)
    }

    /// Waits for damage of the store to be found by the check that runs beside the requests. Never returns if there is
    /// none. Nothing was written to a damaged store since the start, and the server has to end.
    pub async fn damage(&self) -> StartError {
        StartError::Store(self.directories.store.damage().await)
    }

    /// Stops accepting, lets requests in flight finish, and closes the store.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let _ = self.done.await;
    }
}

/// Opens the store, founds the first organisation if there is none, and starts serving.
///
/// # Errors
///
/// [`StartError`]; nothing is running then.
pub fn start(config: Config) -> BoxFuture<'static, Result<Running, StartError>> {
    // The future is boxed, because a crate that awaits an `async fn` compiles its code again, here the whole server.
    Box::pin(open(config))
}

async fn open(config: Config) -> Result<Running, StartError> {
    if !crate::clock::is_datable(std::time::SystemTime::now()) {
        return Err(StartError::Clock);
    }
    if config.tls.is_none() && !config.plain_http && !config.listen.ip().is_loopback() {
        return Err(StartError::PlainHttp(config.listen));
    }
    let acceptor = config.tls.map(Acceptor::new).transpose().map_err(StartError::Tls)?.map(Arc::new);
    let cors = cors(&config.cors_origins).map_err(StartError::Origin)?;
    if let Some(url) = config.public_url.as_ref().filter(|url| !is_base_url(url)) {
        return Err(StartError::PublicUrl(url.clone()));
    }
    if let PinSender::File(path) = &config.pin_sender {
        config.pin_sender.check().map_err(|error| StartError::PinFile(path.clone(), error))?;
    }
    if let Some(plan) = &config.backups {
        if let StoreLocation::Postgres(_) = config.store {
            return Err(StartError::Backups(StoreError::Refused(
                "they are copies of SQLite's file; back up a PostgreSQL database by its own tools, such as pg_dump"
                    .into(),
            )));
        }
        backups::check(plan).map_err(StartError::Backups)?;
    }
    // Listen before the store is created: the secret of a new store is shown only once, after a successful start.
    let (listener, address) = bind("--listen", config.listen).await?;
    let health = bind_side("--health-listen", config.health_listen).await?;
    let metrics = bind_side("--metrics-listen", config.metrics_listen).await?;
    let store = Arc::new(match &config.store {
        StoreLocation::Sqlite(path) => {
            Store::Sqlite(Sqlite::open_with(path, config.lost_commits, config.missing_store)?)
        }
        StoreLocation::Postgres(address) => Store::Postgres(Postgres::open(address, config.missing_store).await?),
    });
    let directories = Directories::load(store).await?;
    let administrator = directories.begin(&config.bootstrap).await?;
    let settings = Settings {
        rate_limit: config.rate_limit,
        connector_people_per_day: Some(config.connector_people_per_day),
        public_url: config.public_url,
        country: config.country,
        pin_sender: match config.pin_sender {
            // Clients on other machines could request PINs, and people other than developers read the log.
            PinSender::Log if !config.listen.ip().is_loopback() => PinSender::Nobody,
            sender => sender,
        },
        trusted_proxies: config.trusted_proxies,
        tls: acceptor.is_some(),
        access_log: config.access_log == AccessLog::Written,
        scheduled_backups: config.backups.is_some(),
        stale_limit: Some(config.stale_limit),
    };
    let site = Arc::new(Site::new(directories, settings));
    let mut router = router(site.clone());
    if let Some(cors) = cors {
        router = router.layer(cors);
    }
    let (stop, stopped) = watch::channel(false);
    let tls = acceptor.is_some();
    let sweeper = tokio::spawn(sweep(site.clone()));
    let follower = tokio::spawn(follower::run(site.clone()));
    let backups = config.backups.map(|plan| tokio::spawn(backups::run(site.clone(), plan)));
    let directories = site.directories.clone();
    let limiter = ConnectionLimiter::new(&config.connections);
    let service =
        Service { acceptor: acceptor.clone(), router, site: site.clone(), limiter, drain_time: limits::DRAIN_TIME };
    let main = accept(listener, service, stopped.clone());
    let (side_stop, side_stopped) = watch::channel(false);
    let side = |listener, routes| {
        let router = side_router(site.clone(), routes);
        let limiter = ConnectionLimiter::for_any(limits::SIDE_CONNECTIONS);
        let drain_time = limits::SIDE_DRAIN_TIME;
        let service = Service { acceptor: None, router, site: site.clone(), limiter, drain_time };
        tokio::spawn(accept(listener, service, side_stopped.clone()))
    };
    let (mut sides, mut health_address, mut metrics_address) = (Vec::new(), None, None);
    if let Some((listener, address)) = health {
        health_address = Some(address);
        sides.push(side(listener, health_routes(&site)));
    }
    if let Some((listener, address)) = metrics {
        metrics_address = Some(address);
        sides.push(side(listener, metrics_routes(&site)));
    }
    let done = tokio::spawn(async move {
        tokio::join!(main, stop_being_ready(site, stopped));
        // The side listeners stop last, so that health checks can see that the server is stopping.
        let _ = side_stop.send(true);
        for side in sides {
            let _ = side.await;
        }
        sweeper.abort();
        follower.abort();
        // A running backup was cancelled when the server was told to stop.
        if let Some(backups) = backups
            && tokio::time::timeout(limits::SIDE_DRAIN_TIME, backups).await.is_err()
        {
            tracing::warn!("a backup is given up: what there is of it is deleted when the next one is made");
        }
    });
    let (health, metrics) = (health_address, metrics_address);
    Ok(Running { address, tls, health, metrics, administrator, directories, acceptor, stop, done })
}

async fn bind(flag: &'static str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let listen = |error| StartError::Listen(flag, address, error);
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let bound = listener.local_addr().map_err(listen)?;
    Ok((listener, bound))
}

async fn bind_side(
    flag: &'static str,
    address: Option<SocketAddr>,
) -> Result<Option<(TcpListener, SocketAddr)>, StartError> {
    match address {
        Some(address) => bind(flag, address).await.map(Some),
        None => Ok(None),
    }
}

async fn stop_being_ready(site: Arc<Site>, mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
    site.ready.store(false, Ordering::Relaxed);
    site.stopping.cancel();
}

/// Whether the text is a base URL: only a scheme, a host and optionally a path.
fn is_base_url(text: &str) -> bool {
    let Ok(url) = text.parse::<Uri>() else { return false };
    let has_scheme = url.scheme().is_some_and(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS);
    let has_host = url.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    has_scheme && has_host && url.query().is_none()
}

/// Periodically deletes expired tokens and old operations.
async fn sweep(site: Arc<Site>) {
    let mut tick = tokio::time::interval(limits::SWEEP_TIME);
    loop {
        tick.tick().await;
        site.sessions.sweep(site.rate_limit);
        site.sign_ins.sweep();
        site.failures.sweep();
        let since = convoke_core::Timestamp(now().0 - limits::OPERATION_TIME.as_millis() as i64);
        if let Err(error) = site.directories.store.sweep(now(), since).await {
            tracing::warn!(%error, "old tokens and operations could not be swept away");
        }
    }
}

#[cfg(test)]
mod tests;
