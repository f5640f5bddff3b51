//! From a request to its response: the caller, the rate limit, and the headers of all responses.

use crate::api::Api;
use crate::api::presented::Presented;
use crate::clock::now;
use crate::http::budget::Holder;
use crate::http::peer::Peer;
use crate::http::refusal::{InternalError, Refusal, busy};
use crate::http::response::{ApiResponse, JSON};
use crate::observe::access::Answered;
use crate::observe::metrics::{Denial, OperationMetrics};
use crate::replica::organisation::ServedOrganisation;
use crate::sign_in::sessions::{RateLimitStatus, Refused, Session};
use crate::site::Site;
use crate::{limits, observe};
use axum::body::Body;
use axum::response::Response;
use bytes::BytesMut;
use futures_util::FutureExt;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_TYPE, EXPIRES, PRAGMA, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use std::fmt::{Display, Write};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tracing::{Instrument, Span};
use uuid::Uuid;

/// The names of the headers that all responses of an API have.
pub(crate) struct ResponseHeaders {
    /// The correlation id of the request.
    pub correlation_id: HeaderName,
    /// The number of the caller's requests in this time window.
    pub rate_count: HeaderName,
    /// The maximum number of requests in a window.
    pub rate_allowed: HeaderName,
    /// Seconds until the next window.
    pub rate_reset: HeaderName,
}

/// The headers of Genesys Cloud.
pub(crate) static ININ: ResponseHeaders = ResponseHeaders {
    correlation_id: HeaderName::from_static("inin-correlation-id"),
    rate_count: HeaderName::from_static("inin-ratelimit-count"),
    rate_allowed: HeaderName::from_static("inin-ratelimit-allowed"),
    rate_reset: HeaderName::from_static("inin-ratelimit-reset"),
};

/// Handles a request, and adds the headers of all responses. Log lines in between have the correlation id of the
/// response.
///
/// A request with a token counts for the rate limit of its caller, and is refused above it.
pub(crate) async fn serve<F>(
    site: Arc<Site>,
    request: Request<Body>,
    metrics: &OperationMetrics,
    api: &Api,
    work: impl FnOnce(Arc<Site>, SessionResult, Request<Body>) -> F,
) -> Response
where
    F: Future<Output = Result<ApiResponse, Refusal>>,
{
    let id = random_id();
    let answered = async move {
        let began = Instant::now();
        let at = now();
        let token = (api.token)(request.headers());
        let session = site.sessions.of(token, api.takes, &site.directories, at).await;
        let token = Presented::of(&session);
        let session = session.map_err(|Refused { refusal, .. }| refusal);
        let peer = Peer::of(request.extensions());
        let allowance = match &session {
            Ok(session) => session.count(site.rate_limit, at),
            Err(_) => RateLimitStatus::none(site.rate_limit),
        };
        let reservation =
            session.as_ref().ok().map(|session| site.responses.reserve(Holder::Organisation(session.organisation.id)));
        let served = session.as_ref().ok().map(|session| session.organisation.clone());
        let result = if allowance.is_spent() {
            Err(Refusal::RateLimited { retry_after: allowance.reset })
        } else if let Err(behind) = fresh_enough(served.as_deref(), request.headers()).await {
            Err(behind)
        } else {
            // A panic is a bug. The caller gets an error, and other requests are not affected.
            let work = AssertUnwindSafe(work(site.clone(), session, request));
            work.catch_unwind().await.unwrap_or(Err(Refusal::Broken(InternalError::Panicked)))
        };
        // Paths without a token ignore one that is sent. There an old token does not count as a guess.
        let result = result.map_err(|refusal| token.refuse(refusal, &site, peer, began));
        let result = match reservation {
            Some(reservation) => result.and_then(|answer| answer.within(reservation)),
            // Without a token only `/metrics` may be large, and only from loopback or on its own listener.
            None => result,
        };
        let mut answer = result.unwrap_or_else(|refusal| {
            site.failures.log(&refusal, metrics.operation);
            let mut answer = (api.render)(&refusal, id);
            let retry_after = match refusal {
                Refusal::RateLimited { retry_after } => Some(retry_after),
                Refusal::TooManyPeople { retry_after, .. } => {
                    site.metrics.refuse(Denial::TooManyPeople);
                    Some(retry_after)
                }
                Refusal::Busy(_) | Refusal::Failed(_) | Refusal::TooManyWait => Some(limits::RETRY_SECONDS),
                Refusal::TookTooLong | Refusal::Running(_) => Some(limits::LONG_RETRY_SECONDS),
                _ => None,
            };
            if let Some(seconds) = retry_after {
                answer.headers.insert(RETRY_AFTER, seconds.into());
            }
            answer
        });
        if let Some(media_type) = answer.headers.get_mut(CONTENT_TYPE).filter(|media_type| **media_type == JSON) {
            *media_type = HeaderValue::from_static(api.json);
        }
        metrics.record(answer.status, began.elapsed());
        if site.access_log && answer.caller.is_none() {
            answer.caller = token.caller();
        }
        if let Some(organisation) = served {
            // It is not older than what the answer is from, so a caller that asks for it elsewhere sees the same or more.
            answer.headers.insert(SEQ, organisation.published().seq.into());
        }
        finish(&site, api, answer, id, allowance)
    };
    answered.instrument(observe::span(id)).await
}

/// The number of entries in the organisation's log that the server knew when it answered.
const SEQ: HeaderName = HeaderName::from_static("convoke-seq");

/// The number of entries that the server must know before it handles the request: the caller has seen them elsewhere.
const MIN_SEQ: HeaderName = HeaderName::from_static("convoke-min-seq");

/// Waits for the state that the request asks for, for a short time.
async fn fresh_enough(organisation: Option<&ServedOrganisation>, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some((organisation, wanted)) = organisation.zip(headers.get(MIN_SEQ)) else { return Ok(()) };
    let seq = wanted.to_str().ok().and_then(|text| text.parse().ok());
    let seq = seq.ok_or_else(|| Refusal::Malformed {
        field: "Convoke-Min-Seq".into(),
        problem: "must be a number, as Convoke-Seq of an earlier response".into(),
    })?;
    if organisation.reach(seq).await { Ok(()) } else { Err(Refusal::Busy(busy::BEHIND)) }
}

/// The response to a request with invalid framing. It closes the connection, because the bytes after the request may be
/// a part of it (RFC 9112, section 9.6).
pub(crate) fn refuse_connection(site: &Site, api: &Api, problem: &str) -> Response {
    site.metrics.requests_misframed.inc();
    let id = random_id();
    let _entered = observe::span(id).entered();
    let refusal = Refusal::Malformed { field: "request".into(), problem: problem.into() };
    let mut answer = (api.render)(&refusal, id);
    answer.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    finish(site, api, answer, id, RateLimitStatus::none(site.rate_limit))
}

fn random_id() -> Uuid {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid()
}

/// The sender of a request, or why it is unknown.
pub(crate) type SessionResult = Result<Arc<Session>, Refusal>;

fn finish(site: &Site, api: &Api, answer: ApiResponse, id: Uuid, allowance: RateLimitStatus) -> Response {
    let mut headers = answer.headers;
    // All values of this response are in one piece of memory.
    let mut text = BytesMut::with_capacity(80);
    let mut value = |shown: &dyn Display| {
        write!(text, "{shown}").expect("memory can be written to");
        HeaderValue::from_maybe_shared(text.split().freeze()).expect("ids and numbers are visible ASCII")
    };
    headers.insert(&api.headers.correlation_id, value(&id));
    headers.insert(&api.headers.rate_count, value(&allowance.count));
    headers.insert(&api.headers.rate_allowed, value(&allowance.allowed));
    headers.insert(&api.headers.rate_reset, value(&allowance.reset));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(EXPIRES, HeaderValue::from_static("0"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if site.tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    let mut response = Response::new(answer.body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = headers;
    if site.access_log {
        response.extensions_mut().insert(Answered { span: Span::current(), caller: answer.caller });
    }
    response
}
