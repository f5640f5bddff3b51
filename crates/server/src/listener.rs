//! The listener: accepts connections, bounds them in number and time, and ends them in order.

mod timed;
mod tls;

use crate::config::{Config, StorePlace};
use crate::directories::{Administrator, Directories};
use crate::http::{Answer, JSON, serve};
use crate::peer::Peer;
use crate::pins::PinSender;
use crate::site::{Settings, Site};
use crate::{dialect, import, limits, now, oauth, openapi, operator};
use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use convoke_store::{Store, StoreError, Writes};
use http::uri::Scheme;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use hyper::body::Body as _;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};
use timed::{Phase, Timed};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// A server that is running.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// The client that was made for an empty store, with the one sight of its secret.
    pub administrator: Option<Administrator>,
    /// What it serves.
    pub directories: Arc<Directories>,
    stop: watch::Sender<bool>,
    done: JoinHandle<()>,
}

/// What keeps a server from starting.
#[derive(Debug)]
pub enum StartError {
    /// The address cannot be listened on.
    Listen(SocketAddr, std::io::Error),
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
    /// The store cannot be opened.
    Store(StoreError),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StartError::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
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
    let acceptor = config.tls.as_ref().map(tls::acceptor).transpose()?;
    let cors = cors(&config.cors_origins)?;
    if let Some(url) = config.public_url.as_ref().filter(|url| !is_base_url(url)) {
        return Err(StartError::PublicUrl(url.clone()));
    }
    if let PinSender::File(path) = &config.pin_sender {
        config.pin_sender.check().map_err(|error| StartError::PinFile(path.clone(), error))?;
    }
    // Before there is a store: the secret of a new one is shown once, by a server that is running.
    let listener = TcpListener::bind(config.listen).await;
    let listener = listener.map_err(|error| StartError::Listen(config.listen, error))?;
    let address = listener.local_addr().map_err(|error| StartError::Listen(config.listen, error))?;
    let StorePlace::Sqlite(path) = &config.store;
    let store = Arc::new(Store::open_with(path, config.lost_commits)?);
    // The whole file is read for damage while it is being loaded.
    let checked = tokio::task::spawn_blocking({
        let path = path.clone();
        move || Store::check(&path)
    });
    let directories = Directories::load(store.clone()).await?;
    for found in checked.await.map_err(|_| StoreError::Damaged("the check failed".into()))?? {
        tracing::error!("{found}");
    }
    let administrator = directories.begin(&config.bootstrap).await?;
    let settings = Settings {
        rate_limit: config.rate_limit,
        connector_people_per_day: Some(config.connector_people_per_day),
        public_url: config.public_url,
        pin_sender: match config.pin_sender {
            // Others than those on this machine may ask for PINs, and others than developers read the log.
            PinSender::Log if !config.listen.ip().is_loopback() => PinSender::Nobody,
            sender => sender,
        },
        trusted_proxies: config.trusted_proxies,
        tls: acceptor.is_some(),
    };
    let site = Arc::new(Site::new(directories, settings));
    let mut router = router(site.clone());
    if let Some(cors) = cors {
        router = router.layer(cors);
    }
    let (stop, stopped) = watch::channel(false);
    let tls = acceptor.is_some();
    let sweeper = tokio::spawn(sweep(site.clone()));
    let directories = site.directories.clone();
    let done = tokio::spawn(async move {
        accept(listener, acceptor, router, site, stopped, limits::CONNECTIONS).await;
        sweeper.abort();
    });
    Ok(Running { address, tls, administrator, directories, stop, done })
}

/// Every path of the server. Whatever is asked, the answer carries the headers of [`serve`]; only
/// what a browser asks before it calls is answered in front of the router, by [`cors`].
pub(crate) fn router(site: Arc<Site>) -> Router {
    let kaizala = dialect::kaizala::routes(site.clone()).build();
    let dialects = dialect::genesys::routes(site.clone()).build_beside(kaizala, dialect::kaizala::canonical);
    let operator = operator::routes(site.clone()).build_nested();
    let mut router = dialects.merge(operator).merge(import::routes(site.clone()).build_nested());
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
    let plain = |site: &Arc<Site>, answer: fn(&Site, Option<&str>) -> Answer| {
        let (site, metrics) = (site.clone(), Arc::new(site.metrics.operation("server", "health")));
        get(move |request: Request<Body>| {
            let (site, metrics) = (site.clone(), metrics.clone());
            async move {
                let work = |site: Arc<Site>, _, request: Request<Body>| async move {
                    Ok(answer(&site, request.uri().query()))
                };
                serve(site, request, &metrics, &dialect::genesys::DIALECT, work).await
            }
        })
    };
    router
        .route("/health/live", plain(&site, |_, _| status(StatusCode::OK, "live")))
        .route("/health/ready", plain(&site, ready))
        .route("/metrics", plain(&site, |site, _| metrics(site)))
        .route("/openapi/genesys.json", plain(&site, |_, _| document(&GENESYS)))
        .route("/openapi/kaizala.json", plain(&site, |_, _| document(&KAIZALA)))
}

// The OpenAPI documents, made once.
static GENESYS: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(openapi::genesys().to_string()));
static KAIZALA: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(openapi::kaizala().to_string()));

fn document(text: &Bytes) -> Answer {
    Answer::bytes(StatusCode::OK, JSON, text.clone())
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

fn metrics(site: &Site) -> Answer {
    let organisations = site.directories.all();
    let published: Vec<_> = organisations.iter().map(|organisation| organisation.published()).collect();
    let text = site.metrics.text(&published);
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
        let since = convoke_core::Timestamp(now().0 - limits::OPERATION_TIME.as_millis() as i64);
        if let Err(error) = site.directories.store.sweep(now(), since).await {
            tracing::warn!(%error, "old tokens and operations could not be swept away");
        }
    }
}

/// Accepts until told to stop, as many connections at a time as there are places; then waits for
/// what is in flight.
async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    site: Arc<Site>,
    mut stopped: watch::Receiver<bool>,
    places: usize,
) {
    let places = Arc::new(Semaphore::new(places));
    let graceful = GracefulShutdown::new();
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await.map_err(std::io::Error::other)?;
            let (stream, address) = listener.accept().await?;
            Ok::<_, std::io::Error>((place, stream, Peer::of_socket(address)))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        let (place, stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Mostly too many open files: others may close some.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let (acceptor, router, site) = (acceptor.clone(), router.clone(), site.clone());
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            site.metrics.connections.inc();
            connection(stream, peer, acceptor, router, site.clone(), watcher).await;
            site.metrics.connections.dec();
            drop(place);
        });
    }
    site.ready.store(false, Ordering::Relaxed);
    site.stopping.cancel();
    drop(listener);
    if tokio::time::timeout(limits::DRAIN_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            "requests were still in flight after {} seconds; they are cut off",
            limits::DRAIN_TIME.as_secs()
        );
    }
}

/// Serves one connection to its end.
async fn connection(
    stream: TcpStream,
    peer: Peer,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    site: Arc<Site>,
    watcher: hyper_util::server::graceful::Watcher,
) {
    match acceptor {
        None => requests(stream, peer, router, site, watcher).await,
        Some(acceptor) => match tokio::time::timeout(limits::HANDSHAKE_TIME, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => requests(stream, peer, router, site, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        },
    }
}

async fn requests<S>(
    stream: S,
    socket: Peer,
    router: Router,
    site: Arc<Site>,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let phase = Phase::new();
    let stream = TokioIo::new(Timed::new(stream, phase.clone()));
    let router = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |mut request: Request<hyper::body::Incoming>| {
        phase.working();
        let peer = site.trusted_proxies.peer(socket, request.headers());
        request.extensions_mut().insert(peer);
        let (answer, phase) = (hyper::service::Service::call(&router, request), phase.clone());
        async move {
            let answer = answer.await;
            match answer.as_ref().map(|answer| answer.body().size_hint().exact()) {
                Ok(None) => phase.flowing(),
                _ => phase.idle(),
            }
            answer
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .max_buf_size(limits::HEAD_BYTES)
        .max_headers(limits::HEADERS)
        .serve_connection(stream, service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn readiness_tells_when_writes_are_refused() {
        let read_only = |reason: &str| format!(r#"{{"status":"read-only","reason":"{reason}"}}"#);
        let full = read_only("no space is left on the disk");
        let locked = read_only("the store takes no writes now");
        for (writes, query, code, text) in [
            (Writes::Taken, None, 200, r#"{"status":"ready"}"#),
            (Writes::Taken, Some("for=reads"), 200, r#"{"status":"ready"}"#),
            (Writes::Full, None, 503, full.as_str()),
            (Writes::Full, Some("for=writes"), 503, full.as_str()),
            (Writes::Full, Some("for=reads"), 200, full.as_str()),
            (Writes::Locked, Some("x=1&for=reads"), 200, locked.as_str()),
        ] {
            let answer = readiness(writes, query);
            let body = axum::body::to_bytes(answer.body, 1000).await.expect("a body");
            assert_eq!((answer.status.as_u16(), &*body), (code, text.as_bytes()), "{writes:?} {query:?}");
        }
    }

    #[tokio::test]
    async fn a_connection_waits_for_a_place_and_gets_it() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let store = Arc::new(Store::open(&folder.path().join("store.sqlite")).expect("a new store"));
        let directories = Directories::load(store).await.expect("an empty store loads");
        let site = Arc::new(Site::new(directories, Settings::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (stop, stopped) = watch::channel(false);
        let served = tokio::spawn(accept(listener, None, router(site.clone()), site, stopped, 2));
        let ask = async |stream: &mut TcpStream| {
            stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("the request goes out");
            let mut begun = [0; 12];
            stream.read_exact(&mut begun).await.map(|_| begun == *b"HTTP/1.1 200")
        };
        let connect = async || TcpStream::connect(address).await.expect("the kernel takes it");
        let (mut one, mut two, mut three) = (connect().await, connect().await, connect().await);
        assert!(ask(&mut one).await.expect("an answer") && ask(&mut two).await.expect("an answer"));
        let waits = tokio::time::timeout(Duration::from_millis(200), ask(&mut three)).await;
        assert!(waits.is_err(), "the third is served though two have the places");
        drop(one);
        let mut begun = [0; 12];
        three.read_exact(&mut begun).await.expect("the answer comes once there is a place");
        assert_eq!(&begun, b"HTTP/1.1 200");
        stop.send(true).expect("the listener is there");
        served.await.expect("it ends");
    }
}
