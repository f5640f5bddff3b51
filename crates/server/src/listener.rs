//! The listener: accepts connections, bounds them in number and time, and ends them in order.

mod accept;
mod framing;
mod phase;
mod places;
mod timed;
mod tls;

use crate::config::{AccessLog, Config, StorePlace};
use crate::dialect::Routes;
use crate::directories::{Administrator, Directories};
use crate::http::{Answer, Caller, JSON, Memory, serve};
use crate::metrics::Detail;
use crate::operator::admit_administrator;
use crate::peer::{Peer, is_forwarded};
use crate::pins::PinSender;
use crate::refusal::Refusal;
use crate::site::{Settings, Site};
use crate::{backups, dialect, import, limits, now, oauth, openapi, operator};
use accept::{Service, accept};
use axum::Router;
use axum::body::Body;
use axum::routing::{MethodRouter, get, post};
use bytes::Bytes;
use convoke_store::{Store, StoreError, Writes};
use convoke_wire::Endpoint;
use convoke_wire::health::GetReadiness;
use http::uri::Scheme;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use places::Places;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};
pub use tls::Reloaded;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// A server that is running.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Where it answers `/health/…` besides.
    pub health: Option<SocketAddr>,
    /// Where it answers `/metrics` without a token.
    pub metrics: Option<SocketAddr>,
    /// The client that was made for an empty store, with the one sight of its secret.
    pub administrator: Option<Administrator>,
    /// What it serves.
    pub directories: Arc<Directories>,
    acceptor: Option<Arc<tls::Acceptor>>,
    stop: watch::Sender<bool>,
    done: JoinHandle<()>,
}

/// What keeps a server from starting.
#[derive(Debug)]
pub enum StartError {
    /// The server cannot listen on the address that a flag names.
    Listen(&'static str, SocketAddr, std::io::Error),
    /// Plain HTTP off loopback was not allowed.
    PlainHttp(SocketAddr),
    /// The certificate or key cannot be used.
    Tls(String),
    /// An origin is no origin.
    Origin(String),
    /// What replies are to name as this server is no address of one.
    PublicUrl(String),
    /// The clock of the machine is outside of the years that responses can be dated with.
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
    /// Reads certificate and key again, for connections that come from now on. Those that are open stay as they are.
    ///
    /// # Errors
    ///
    /// When the files cannot be used; then those of before stay in use.
    pub fn reload_certificate(&self) -> Result<Reloaded, StartError> {
        self.acceptor.as_ref().map_or(Ok(Reloaded::Nothing), |acceptor| acceptor.reload())
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
pub async fn start(config: Config) -> Result<Running, StartError> {
    if !crate::is_datable(std::time::SystemTime::now()) {
        return Err(StartError::Clock);
    }
    if config.tls.is_none() && !config.plain_http && !config.listen.ip().is_loopback() {
        return Err(StartError::PlainHttp(config.listen));
    }
    let acceptor = config.tls.map(tls::Acceptor::new).transpose()?.map(Arc::new);
    let cors = cors(&config.cors_origins)?;
    if let Some(url) = config.public_url.as_ref().filter(|url| !is_base_url(url)) {
        return Err(StartError::PublicUrl(url.clone()));
    }
    if let PinSender::File(path) = &config.pin_sender {
        config.pin_sender.check().map_err(|error| StartError::PinFile(path.clone(), error))?;
    }
    if let Some(plan) = &config.backups {
        backups::check(plan).map_err(StartError::Backups)?;
    }
    // Before there is a store: the secret of a new one is shown once, by a server that is running.
    let (listener, address) = bind("--listen", config.listen).await?;
    let health = bind_side("--health-listen", config.health_listen).await?;
    let metrics = bind_side("--metrics-listen", config.metrics_listen).await?;
    let StorePlace::Sqlite(path) = &config.store;
    let store = Arc::new(Store::open_with(path, config.lost_commits, config.missing_store)?);
    let directories = Directories::load(store).await?;
    let administrator = directories.begin(&config.bootstrap).await?;
    let settings = Settings {
        rate_limit: config.rate_limit,
        connector_people_per_day: Some(config.connector_people_per_day),
        public_url: config.public_url,
        country: config.country,
        pin_sender: match config.pin_sender {
            // Others than those on this machine may ask for PINs, and others than developers read the log.
            PinSender::Log if !config.listen.ip().is_loopback() => PinSender::Nobody,
            sender => sender,
        },
        trusted_proxies: config.trusted_proxies,
        tls: acceptor.is_some(),
        access_log: config.access_log == AccessLog::Written,
    };
    let site = Arc::new(Site::new(directories, settings));
    let mut router = router(site.clone());
    if let Some(cors) = cors {
        router = router.layer(cors);
    }
    let (stop, stopped) = watch::channel(false);
    let tls = acceptor.is_some();
    let sweeper = tokio::spawn(sweep(site.clone()));
    let backups = config.backups.map(|plan| tokio::spawn(backups::run(site.clone(), plan)));
    let directories = site.directories.clone();
    let places = Places::new(&config.connections);
    let service =
        Service { acceptor: acceptor.clone(), router, site: site.clone(), places, drain_time: limits::DRAIN_TIME };
    let main = accept(listener, service, stopped.clone());
    let (side_stop, side_stopped) = watch::channel(false);
    let side = |listener, routes| {
        let router = side_router(site.clone(), routes);
        let places = Places::for_any(limits::SIDE_CONNECTIONS);
        let drain_time = limits::SIDE_DRAIN_TIME;
        let service = Service { acceptor: None, router, site: site.clone(), places, drain_time };
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
        // Until here it can be seen that the server is stopping.
        let _ = side_stop.send(true);
        for side in sides {
            let _ = side.await;
        }
        sweeper.abort();
        if let Some(backups) = backups {
            backups.abort();
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

/// Every path of the server. Whatever is asked, the answer carries the headers of [`serve`]; only
/// what a browser asks before it calls is answered in front of the router, by [`cors`].
pub(crate) fn router(site: Arc<Site>) -> Router {
    let operator = operator::routes(site.clone()).build_nested();
    let mut router = operator.merge(import::routes(site.clone()).build_nested());
    for path in convoke_wire::oauth::TOKEN_PATHS {
        let (site, metrics) = (site.clone(), Arc::new(site.metrics.operation("server", "postToken")));
        let issue = move |request: Request<Body>| {
            let (site, metrics) = (site.clone(), metrics.clone());
            async move {
                let work = |site: Arc<Site>, _, request| async move { oauth::issue(&site, request).await };
                serve(site, request, &metrics, &dialect::genesys::DIALECT, work).await
            }
        };
        router = router.route(path, post(issue));
    }
    let documents = Router::new()
        .route("/openapi/genesys.json", plain(&site, "getOpenapi", |_, _| document(&GENESYS)))
        .route("/openapi/kaizala.json", plain(&site, "getOpenapi", |_, _| document(&KAIZALA)));
    let router = router.merge(documents).merge(health_routes(&site)).route("/metrics", metrics_for_some(&site));
    let kaizala = dialect::kaizala::routes(site.clone()).build();
    dialect::genesys::routes(site).with(router).build_beside(kaizala, dialect::kaizala::canonical)
}

/// The router of a listener of its own, which refuses other paths and methods as the main one does.
fn side_router(site: Arc<Site>, routes: Router) -> Router {
    Routes::new(site, &dialect::genesys::DIALECT).with(routes).build()
}

/// What tells whether the server is well.
fn health_routes(site: &Arc<Site>) -> Router {
    Router::new()
        .route("/health/live", plain(site, "health", |_, _| status(StatusCode::OK, "live")))
        .route(GetReadiness::PATH, plain(site, "health", ready))
}

/// `/metrics` on a listener of its own: whoever reaches it is answered.
fn metrics_routes(site: &Arc<Site>) -> Router {
    Router::new().route("/metrics", plain(site, "getMetrics", |site, _| metrics(site, Detail::Total)))
}

/// `/metrics` beside everything else. It shows counts over all organisations, so it is answered only to requests
/// from a loopback address, and to administrators of the first organisation. A request that a proxy passed on is
/// not from loopback, whether or not the proxy is trusted.
fn metrics_for_some(site: &Arc<Site>) -> MethodRouter {
    answer_by(site, "getMetrics", |site, caller, request| {
        let is_local = Peer::of(request.extensions()).0.is_loopback() && !is_forwarded(request.headers());
        match admit_administrator(site, caller) {
            Ok(()) => Ok(metrics(site, Detail::Organisations)),
            Err(_) if is_local => Ok(metrics(site, Detail::Total)),
            Err(refusal) => Err(refusal),
        }
    })
}

/// Answers everyone, whoever asks. In metrics the operation has this name.
fn plain(site: &Arc<Site>, operation: &'static str, answer: fn(&Site, Option<&str>) -> Answer) -> MethodRouter {
    answer_by(site, operation, move |site, _, request| Ok(answer(site, request.uri().query())))
}

fn answer_by(
    site: &Arc<Site>,
    operation: &'static str,
    answer: impl Fn(&Site, Caller, Request<Body>) -> Result<Answer, Refusal> + Copy + Send + Sync + 'static,
) -> MethodRouter {
    let (site, metrics) = (site.clone(), Arc::new(site.metrics.operation("server", operation)));
    get(move |request: Request<Body>| {
        let (site, metrics) = (site.clone(), metrics.clone());
        async move {
            let work = |site: Arc<Site>, caller, request| async move { answer(&site, caller, request) };
            serve(site, request, &metrics, &dialect::genesys::DIALECT, work).await
        }
    })
}

// The OpenAPI documents, made once.
static GENESYS: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(openapi::genesys().to_string()));
static KAIZALA: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(openapi::kaizala().to_string()));

fn document(text: &Bytes) -> Answer {
    Answer { memory: Memory::Shared, ..Answer::bytes(StatusCode::OK, JSON, text.clone()) }
}

fn status(code: StatusCode, word: &str) -> Answer {
    Answer::json(code, &serde_json::json!({ "status": word }))
}

fn ready(site: &Site, query: Option<&str>) -> Answer {
    if site.ready.load(Ordering::Relaxed) {
        readiness(site.directories.store.writes(), query)
    } else {
        status(StatusCode::SERVICE_UNAVAILABLE, "stopping")
    }
}

/// Whether the server does what it is there for. While writes are refused it does not, but for who asks about reads
/// alone, by `?for=reads`.
fn readiness(writes: Writes, query: Option<&str>) -> Answer {
    let reason = match writes {
        Writes::Taken => return status(StatusCode::OK, "ready"),
        Writes::Full => StoreError::Full.to_string(),
        Writes::Locked => StoreError::Unavailable.to_string(),
    };
    let asks_for_reads = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .any(|(name, value)| name == "for" && value == "reads");
    let code = if asks_for_reads { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Answer::json(code, &serde_json::json!({ "status": "read-only", "reason": reason }))
}

fn metrics(site: &Site, detail: Detail) -> Answer {
    let organisations = site.directories.all();
    let published: Vec<_> = organisations.iter().map(|organisation| organisation.published()).collect();
    for (what, budget) in [
        ("bodies", &site.bodies.of_callers),
        ("sign_in_bodies", &site.bodies.of_sign_ins),
        ("responses", &site.responses),
    ] {
        site.metrics.hold(what, budget.held());
    }
    site.metrics.measure_store(&site.directories.store);
    let text = site.metrics.text(&published, detail);
    let media_type = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Answer::bytes(StatusCode::OK, media_type, text)
}

/// Lets browsers call from the origins named, and from no other.
pub(crate) fn cors(origins: &[String]) -> Result<Option<CorsLayer>, StartError> {
    if origins.is_empty() {
        return Ok(None);
    }
    let parse = |origin: &String| {
        let valid = origin.starts_with("http://") || origin.starts_with("https://");
        let value = HeaderValue::from_str(origin).ok().filter(|_| valid && !origin.ends_with('/'));
        value.ok_or_else(|| StartError::Origin(origin.clone()))
    };
    let origins: Vec<HeaderValue> = origins.iter().map(parse).collect::<Result<_, _>>()?;
    let header = |name: &'static str| HeaderName::from_static(name);
    Ok(Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers(
                [
                    "authorization",
                    "content-type",
                    "idempotency-key",
                    "purecloud-sdk",
                    "accesstoken",
                    "applicationid",
                    "applicationsecret",
                    "refreshtoken",
                ]
                .map(header),
            )
            .expose_headers(
                [
                    "inin-correlation-id",
                    "inin-ratelimit-count",
                    "inin-ratelimit-allowed",
                    "inin-ratelimit-reset",
                    "retry-after",
                ]
                .map(header),
            ),
    ))
}

/// Whether the text is the address of a server: scheme, host and perhaps a path, and nothing more.
fn is_base_url(text: &str) -> bool {
    let Ok(url) = text.parse::<Uri>() else { return false };
    let has_scheme = url.scheme().is_some_and(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS);
    let has_host = url.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    has_scheme && has_host && url.query().is_none()
}

/// Now and then forgets tokens that have ended and operations that are old.
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
