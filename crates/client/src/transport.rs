//! Sends requests, retries them, and receives replies. The token is only a header here.

use crate::address;
use crate::config::{Config, ConfigError, OnWait, Wait};
use crate::error::{Error, Refused, RefusedBody, Unexpected, io_kind};
use crate::reply::read;
use crate::retry::{Retries, Retryable, retry_after};
use crate::sign_in::TokenHeader;
use bytes::Bytes;
use convoke_wire::{ApiName, Effect, Endpoint, kaizala};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use reqwest::redirect::Policy;
use reqwest::{Body, Url};
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const CORRELATION_ID: HeaderName = HeaderName::from_static("inin-correlation-id");
/// How many changes of the organisation a server knew when it responded. Servers that share a store may know more or
/// less.
const SEQ: HeaderName = HeaderName::from_static("convoke-seq");
/// How many it must know before it handles a request. So a program sees what it has seen before, whichever server it
/// reaches.
const MIN_SEQ: HeaderName = HeaderName::from_static("convoke-min-seq");

/// A request to send.
pub(crate) struct Outgoing {
    pub operation: &'static str,
    pub api: ApiName,
    pub effect: Effect,
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub reading: Reading,
    pub timeout: Duration,
}

/// How to read the body of a success. The body of any other reply is read as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As a whole.
    Whole,
    /// In chunks, by the caller.
    Chunks,
}

/// A received reply.
pub(crate) struct Received {
    pub status: StatusCode,
    pub correlation_id: Option<String>,
    pub bytes: Bytes,
    /// The rest of the body, if it is read in chunks.
    pub rest: Option<reqwest::Response>,
    retry_after: Option<Duration>,
    /// Its [`SEQ`].
    seq: Option<u64>,
}

/// A failed attempt without a reply.
struct FailedAttempt {
    error: Error,
    retryable: Retryable,
}

/// The HTTP client and its settings.
pub(crate) struct Transport {
    http: reqwest::Client,
    retries: Retries,
    on_wait: OnWait,
    /// The largest [`SEQ`] of a response.
    seen: AtomicU64,
}

impl Outgoing {
    /// A call of an endpoint of the server at `base`.
    pub fn new<E: Endpoint>(
        base: &Url,
        path: &E::Path,
        query: &E::Query,
        body: Option<&E::Body>,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let mut outgoing = Outgoing {
            operation: E::NAME,
            api: E::API,
            effect: E::effect(),
            method: E::METHOD,
            url: address::of::<E>(base, path, query)?,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            reading: Reading::Whole,
            timeout,
        };
        if let Some(body) = body {
            outgoing.set_json(serde_json::to_vec(body).expect("bodies have string keys and no failing values"));
        }
        Ok(outgoing)
    }

    fn set_json(&mut self, json: Vec<u8>) {
        self.body = json.into();
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }

    /// Adds a new `Idempotency-Key`, with which a change may be sent again.
    pub fn add_idempotency_key(&mut self) {
        let key = HeaderValue::try_from(format!("{:032x}", fastrand::u128(..)));
        self.headers.insert(IDEMPOTENCY_KEY, key.expect("hexadecimal digits are visible ASCII"));
    }

    /// Whether the request may take effect twice.
    fn is_harmless_twice(&self) -> bool {
        match self.effect {
            Effect::Read => true,
            Effect::Change => self.headers.contains_key(IDEMPOTENCY_KEY),
            Effect::Act => false,
        }
    }
}

impl Transport {
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        // Another part of the process may have installed a provider already. Any provider works.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            reqwest::Client::builder()
                .tls_danger_accept_invalid_certs(config.accept_invalid_certificates)
                .connect_timeout(config.connect_timeout)
                .user_agent(&config.user_agent)
                // A token must go to one server only, and a redirected change often becomes a read.
                .redirect(Policy::none())
        };
        let is_plain = [&config.login_url, &config.api_url].iter().all(|url| url.starts_with("http://"));
        let http = match builder().tls_certs_merge(config.authorities.iter().cloned()).build() {
            // The machine has no certificate authorities, as in a small container. Without TLS none are needed.
            Err(_) if is_plain => builder().tls_certs_only([]).build(),
            http => http,
        };
        let http = http.map_err(|error| ConfigError(format!("the client cannot be made: {error:?}")))?;
        let retries = Retries::new(config.retries, config.retry_wait);
        Ok(Transport { http, retries, on_wait: config.on_wait.clone(), seen: AtomicU64::new(0) })
    }

    /// Sends a request, and retries it if that is useful and safe.
    pub async fn exchange(&self, outgoing: &Outgoing, token: Option<&TokenHeader>) -> Result<Received, Error> {
        let mut retries = self.retries.clone();
        loop {
            let body = (!outgoing.body.is_empty()).then(|| outgoing.body.clone().into());
            let result = self.attempt(outgoing, token, body).await;
            let (retryable, asked) = match &result {
                Ok(received) => (Retryable::after(received.status), received.retry_after),
                Err(failed) => (failed.retryable, None),
            };
            let allowed = match retryable {
                Retryable::Never => false,
                Retryable::IfHarmless => outgoing.is_harmless_twice(),
                Retryable::Always => true,
            };
            match if allowed { retries.next(asked) } else { None } {
                Some(duration) => {
                    let status = result.as_ref().ok().map(|received| received.status.as_u16());
                    self.on_wait.tell(Wait { duration, status });
                    tokio::time::sleep(duration).await;
                }
                None => {
                    if let Ok(received) = &result {
                        self.forget_if_behind(received);
                    }
                    return result.map_err(|failed| failed.error);
                }
            }
        }
    }

    /// If a server does not reach in time what was seen before, its store may have been restored from a backup. Then what
    /// was seen exists no more, and later requests do not ask for it.
    fn forget_if_behind(&self, received: &Received) {
        if let (StatusCode::SERVICE_UNAVAILABLE, Some(seq)) = (received.status, received.seq) {
            self.seen.fetch_min(seq, Ordering::Relaxed);
        }
    }

    /// Sends a request once, with a stream as body.
    pub async fn send(&self, outgoing: &Outgoing, token: Option<&TokenHeader>, body: Body) -> Result<Received, Error> {
        self.attempt(outgoing, token, Some(body)).await.map_err(|failed| failed.error)
    }

    async fn attempt(
        &self,
        outgoing: &Outgoing,
        token: Option<&TokenHeader>,
        body: Option<Body>,
    ) -> Result<Received, FailedAttempt> {
        let mut request = self.http.request(outgoing.method.clone(), outgoing.url.clone());
        request = request.headers(outgoing.headers.clone());
        if let Some((name, value)) = token {
            request = request.header(name, value);
            let seen = self.seen.load(Ordering::Relaxed);
            if seen > 0 {
                request = request.header(MIN_SEQ, seen);
            }
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let failed = |error: reqwest::Error| FailedAttempt {
            retryable: after_failure(&error),
            error: Error::unreachable(&outgoing.url, &error),
        };
        let receiving = async {
            let response = request.send().await.map_err(failed)?;
            let header = |name| response.headers().get(name);
            let mut received = Received {
                status: response.status(),
                correlation_id: header(CORRELATION_ID).and_then(|id| Some(id.to_str().ok()?.to_owned())),
                bytes: Bytes::new(),
                rest: None,
                retry_after: header(RETRY_AFTER).and_then(|value| retry_after(value, Timestamp::now())),
                seq: header(SEQ).and_then(|seq| seq.to_str().ok()?.parse().ok()),
            };
            self.seen.fetch_max(received.seq.unwrap_or(0), Ordering::Relaxed);
            if outgoing.reading == Reading::Chunks && received.status.is_success() {
                received.rest = Some(response);
            } else {
                received.bytes = response.bytes().await.map_err(failed)?;
            }
            Ok(received)
        };
        let in_time = tokio::time::timeout(outgoing.timeout, receiving).await;
        // After a full timeout there is no retry.
        in_time.unwrap_or_else(|_| {
            Err(FailedAttempt { error: Error::timed_out(&outgoing.url, outgoing.timeout), retryable: Retryable::Never })
        })
    }
}

/// If no connection is possible, there is no retry, so that the caller learns it soon. If the server closes the
/// connection during connecting, it is starting or stopping, and has not seen the request.
fn after_failure(error: &reqwest::Error) -> Retryable {
    if !error.is_connect() {
        return Retryable::IfHarmless;
    }
    match io_kind(error) {
        Some(
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof,
        ) => Retryable::Always,
        _ => Retryable::Never,
    }
}

impl Received {
    /// Returns the reply if it is a success, and its error otherwise.
    pub fn settle(self, outgoing: &Outgoing) -> Result<Self, Error> {
        match self.refusal(outgoing)? {
            Some(body) => Err(Error::Refused(Box::new(self.refused(outgoing, body)))),
            None => Ok(self),
        }
    }

    /// The refusal, if the reply is no success.
    pub fn refusal(&self, outgoing: &Outgoing) -> Result<Option<RefusedBody>, Error> {
        if self.status.is_success() {
            return Ok(self.hidden_refusal(outgoing).map(RefusedBody::Kaizala));
        }
        if self.status.is_redirection() {
            let problem = "it leads elsewhere: give the client the URL that the server has now";
            return Err(self.unexpected(outgoing, problem));
        }
        match RefusedBody::read(outgoing.api, self.status, &self.bytes) {
            Some(body) => Ok(Some(body)),
            None => Err(self.unexpected(outgoing, "its body is no error of this API")),
        }
    }

    /// Whether a new token may help.
    pub fn refuses_token(&self, outgoing: &Outgoing) -> bool {
        let hidden = || self.hidden_refusal(outgoing).is_some_and(|body| body.error_code == "InvalidToken");
        self.status == StatusCode::UNAUTHORIZED || hidden()
    }

    /// The refusal in a reply with the status of a success. Kaizala's clients look only at the body.
    fn hidden_refusal(&self, outgoing: &Outgoing) -> Option<kaizala::ErrorBody> {
        let body = (outgoing.api == ApiName::Kaizala).then(|| read(&self.bytes).ok())?;
        body.filter(|body: &kaizala::ErrorBody| !body.error_code.is_empty())
    }

    pub fn refused(&self, outgoing: &Outgoing, body: RefusedBody) -> Refused {
        Refused {
            operation: outgoing.operation,
            status: self.status.as_u16(),
            body,
            correlation_id: self.correlation_id.clone(),
        }
    }

    /// An error that describes what is wrong with the reply.
    pub fn unexpected(&self, outgoing: &Outgoing, problem: impl Into<String>) -> Error {
        Error::Unexpected(Box::new(Unexpected {
            operation: outgoing.operation,
            status: self.status.as_u16(),
            bytes: self.bytes.clone(),
            problem: problem.into(),
            correlation_id: self.correlation_id.clone(),
        }))
    }
}
