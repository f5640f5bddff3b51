//! All paths of the server, with their handlers.

use crate::api::call::Asker;
use crate::api::operator::import;
use crate::api::serve::{SessionResult, serve};
use crate::api::{Routes, needs, oauth, openapi, operator};
use crate::http::peer::{Peer, is_forwarded};
use crate::http::refusal::Refusal;
use crate::http::response::{ApiResponse, JSON, Memory};
use crate::observe::metrics::Detail;
use crate::replica::organisation::ServedOrganisation;
use crate::site::Site;
use crate::{api, observe};
use axum::Router;
use axum::body::Body;
use axum::routing::{MethodRouter, get, post};
use bytes::Bytes;
use convoke_store::{StoreError, Writes};
use convoke_wire::Endpoint;
use convoke_wire::health::GetReadiness;
use convoke_wire::operator::GetVerification;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// All paths of the server. Every response has the headers of [`serve`], except those to preflight requests of
/// browsers, which [`cors`] answers in front of the router.
pub(crate) fn router(site: Arc<Site>) -> Router {
    let operator = operator::routes(site.clone()).build_nested();
    let mut router = operator.merge(import::routes(site.clone()).build_nested());
    for path in convoke_wire::oauth::TOKEN_PATHS {
        let (site, metrics) = (site.clone(), Arc::new(site.metrics.operation("server", "postToken")));
        let issue = move |request: Request<Body>| {
            let (site, metrics) = (site.clone(), metrics.clone());
            async move {
                let work = |site: Arc<Site>, _, request| async move { oauth::issue(&site, request).await };
                serve(site, request, &metrics, &api::genesys::API, work).await
            }
        };
        router = router.route(path, post(issue));
    }
    let documents = Router::new()
        .route("/openapi/genesys.json", plain(&site, "getOpenapi", |_, _| document(&GENESYS)))
        .route("/openapi/kaizala.json", plain(&site, "getOpenapi", |_, _| document(&KAIZALA)));
    let router = router.merge(documents).merge(health_routes(&site)).route("/metrics", metrics_for_some(&site));
    let kaizala = api::kaizala::routes(site.clone());
    api::genesys::routes(site).with(router).build_beside(kaizala)
}

/// The router of an additional listener. It refuses other paths and methods like the main router.
pub(crate) fn side_router(site: Arc<Site>, routes: Router) -> Router {
    Routes::new(site, &api::genesys::API).with(routes).build()
}

/// The health checks of the server.
pub(crate) fn health_routes(site: &Arc<Site>) -> Router {
    Router::new()
        .route("/health/live", plain(site, "health", |_, _| status(StatusCode::OK, "live")))
        .route(GetReadiness::PATH, plain(site, "health", ready))
}

/// `/metrics` on an additional listener. It requires no token.
pub(crate) fn metrics_routes(site: &Arc<Site>) -> Router {
    Router::new().route("/metrics", answer_by(site, "getMetrics", |site, _, _| metrics(site, Detail::Total)))
}

/// `/metrics` on the main listener. It shows counts of all organisations, so it responds only to requests from a
/// loopback address, and to administrators of the first organisation. A request that a proxy forwarded does not count
/// as local, whether or not the proxy is trusted.
fn metrics_for_some(site: &Arc<Site>) -> MethodRouter {
    answer_by(site, "getMetrics", |site, caller, request| async move {
        let is_local = Peer::of(request.extensions()).0.is_loopback() && !is_forwarded(request.headers());
        let operator = Asker::admit(caller, needs::<GetVerification>()).and_then(|asker| asker.check_operator(&site));
        match operator {
            Ok(()) => metrics(site, Detail::Organisations).await,
            Err(_) if is_local => metrics(site, Detail::Total).await,
            Err(refusal) => Err(refusal),
        }
    })
}

/// A handler that requires no token. `operation` is its name in metrics.
fn plain(site: &Arc<Site>, operation: &'static str, answer: fn(&Site, Option<&str>) -> ApiResponse) -> MethodRouter {
    answer_by(site, operation, move |site, _, request| async move { Ok(answer(&site, request.uri().query())) })
}

fn answer_by<F>(
    site: &Arc<Site>,
    operation: &'static str,
    answer: impl Fn(Arc<Site>, SessionResult, Request<Body>) -> F + Copy + Send + Sync + 'static,
) -> MethodRouter
where
    F: Future<Output = Result<ApiResponse, Refusal>> + Send + 'static,
{
    let (site, metrics) = (site.clone(), Arc::new(site.metrics.operation("server", operation)));
    get(move |request: Request<Body>| {
        let (site, metrics) = (site.clone(), metrics.clone());
        async move { serve(site, request, &metrics, &api::genesys::API, answer).await }
    })
}

// The OpenAPI documents, rendered once.
static GENESYS: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(openapi::genesys().to_string()));

static KAIZALA: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(openapi::kaizala().to_string()));

fn document(text: &Bytes) -> ApiResponse {
    ApiResponse { memory: Memory::Shared, ..ApiResponse::bytes(StatusCode::OK, JSON, text.clone()) }
}

fn status(code: StatusCode, word: &str) -> ApiResponse {
    ApiResponse::json(code, &serde_json::json!({ "status": word }))
}

fn ready(site: &Site, query: Option<&str>) -> ApiResponse {
    if site.ready.load(Ordering::Relaxed) {
        if site.directories.age().is_some_and(|age| age > site.stale_limit) {
            return status(StatusCode::SERVICE_UNAVAILABLE, "stale");
        }
        readiness(site.directories.store.writes(), query)
    } else {
        status(StatusCode::SERVICE_UNAVAILABLE, "stopping")
    }
}

/// The readiness of the server. While writes are refused, the server is ready only for clients that ask about reads
/// alone, with `?for=reads`.
fn readiness(writes: Writes, query: Option<&str>) -> ApiResponse {
    let reason = match writes {
        Writes::Taken => return status(StatusCode::OK, "ready"),
        Writes::Full => StoreError::Full.to_string(),
        Writes::Locked => StoreError::Unavailable.to_string(),
    };
    let asks_for_reads = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .any(|(name, value)| name == "for" && value == "reads");
    let code = if asks_for_reads { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    ApiResponse::json(code, &serde_json::json!({ "status": "read-only", "reason": reason }))
}

/// The metrics. Rendering looks at files and at every group, so it runs on a thread that may block.
async fn metrics(site: Arc<Site>, detail: Detail) -> Result<ApiResponse, Refusal> {
    Ok(observe::spawn_blocking(move || rendered_metrics(&site, detail)).await?)
}

fn rendered_metrics(site: &Site, detail: Detail) -> ApiResponse {
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
    let is_shared = site.directories.store.is_shared();
    let age = |organisation: &ServedOrganisation| is_shared.then(|| organisation.age());
    let directories: Vec<_> = published
        .iter()
        .zip(&organisations)
        .map(|(published, organisation)| (&published.directory, published.seq, age(organisation)))
        .collect();
    let text = site.metrics.text(&directories, detail);
    let media_type = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ApiResponse::bytes(StatusCode::OK, media_type, text)
}

/// Allows browsers to call from these origins and no others (CORS).
///
/// # Errors
///
/// The first text that is not an origin.
pub(crate) fn cors(origins: &[String]) -> Result<Option<CorsLayer>, String> {
    if origins.is_empty() {
        return Ok(None);
    }
    let parse = |origin: &String| {
        let valid = origin.starts_with("http://") || origin.starts_with("https://");
        let value = HeaderValue::from_str(origin).ok().filter(|_| valid && !origin.ends_with('/'));
        value.ok_or_else(|| origin.clone())
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
                    "convoke-min-seq",
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
                    "convoke-seq",
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
