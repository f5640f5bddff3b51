//! The client, which calls any endpoint.

use crate::address::parse_base;
use crate::config::{Config, ConfigError};
use crate::error::Error;
use crate::raw_reply::{Download, RawReply};
use crate::tokens::Tokens;
use crate::transport::{Outgoing, Reading, Received, Transport};
use convoke_wire::{Effect, Endpoint, Nothing};
use futures_util::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use reqwest::{Body, Url};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A client of one server. It is cheap to clone; clones share connections and the token.
///
/// It signs in before the first call. It signs in again shortly before its token expires, or when a server refuses the
/// token. It retries a request with increasing delays if the server asks to wait (429), has a temporary error (502,
/// 503, 504), or the connection breaks. It retries a change that may have been made already only with the same
/// `Idempotency-Key` (see [`Config::idempotency_keys`]), with which Convoke makes the change once. If such a retry
/// repeats the creation of an OAuth client or connector, its reply does not have the secret.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    timeout: Duration,
}

/// The exchange of a request and its response. It is boxed: a plain `async fn` would be compiled again for every endpoint.
type Delivery<'c> = BoxFuture<'c, Result<Received, Error>>;

struct Inner {
    transport: Transport,
    tokens: Tokens,
    api: Url,
    idempotency_keys: bool,
}

impl Client {
    /// Creates a client. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for an invalid setting.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let tokens = Tokens::new(&config, parse_base(&config.login_url)?)?;
        let api = parse_base(&config.api_url)?;
        let transport = Transport::new(&config)?;
        let inner = Inner { transport, tokens, api, idempotency_keys: config.idempotency_keys };
        Ok(Client { inner: Arc::new(inner), timeout: config.timeout })
    }

    /// The same client with another [`Config::timeout`], for calls that take longer than others.
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Client { inner: self.inner.clone(), timeout }
    }

    /// Calls an endpoint, and parses its reply.
    ///
    /// # Errors
    ///
    /// [`Error`] if the server refuses the call, does not answer, or sends an invalid reply.
    pub async fn call<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: Option<&E::Body>,
    ) -> Result<E::Reply, Error> {
        let outgoing = self.outgoing::<E>(path, query, body)?;
        RawReply::<E>::new(self.deliver(outgoing).await?).parse()
    }

    /// Calls an endpoint, and returns its reply without parsing it.
    ///
    /// # Errors
    ///
    /// [`Error`] if the server refuses the call or does not answer.
    pub async fn call_raw<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: Option<&E::Body>,
    ) -> Result<RawReply<E>, Error> {
        let outgoing = self.outgoing::<E>(path, query, body)?;
        Ok(RawReply::new(self.deliver(outgoing).await?))
    }

    /// Calls an endpoint of sign-in: without a token, with these headers instead.
    pub(crate) async fn call_unsigned<E: Endpoint<Path = Nothing, Query = Nothing>>(
        &self,
        headers: HeaderMap,
        body: Option<&E::Body>,
    ) -> Result<E::Reply, Error> {
        let mut outgoing = self.outgoing::<E>(&Nothing {}, &Nothing {}, body)?;
        outgoing.headers.extend(headers);
        RawReply::<E>::new(self.deliver_unsigned(outgoing).await?).parse()
    }

    /// Calls an endpoint whose reply is not JSON, and returns the reply in chunks.
    ///
    /// # Errors
    ///
    /// [`Error`] if the server refuses the call or does not answer.
    pub async fn download<E: Endpoint>(&self, path: &E::Path, query: &E::Query) -> Result<Download, Error> {
        let mut outgoing = self.outgoing::<E>(path, query, None)?;
        outgoing.reading = Reading::Chunks;
        Ok(self.download_of(self.deliver(outgoing).await?))
    }

    /// Calls an endpoint with a stream as body, and returns the reply in chunks while the body is sent. There is no
    /// retry, because the stream cannot be read twice.
    pub(crate) async fn exchange<E: Endpoint<Path = Nothing>>(
        &self,
        query: &E::Query,
        media_type: HeaderValue,
        body: Body,
    ) -> Result<Download, Error> {
        let mut outgoing = Outgoing::new::<E>(&self.inner.api, &Nothing {}, query, None, self.timeout)?;
        outgoing.headers.insert(CONTENT_TYPE, media_type);
        outgoing.reading = Reading::Chunks;
        Ok(self.download_of(self.deliver_once(outgoing, body).await?))
    }

    /// The refresh token for the next sign-in, if the client signs in by one: the configured token, or a newer one from
    /// the server.
    pub async fn refresh_token(&self) -> Option<String> {
        self.inner.tokens.refresh_token().await
    }

    fn outgoing<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: Option<&E::Body>,
    ) -> Result<Outgoing, Error> {
        let mut outgoing = Outgoing::new::<E>(&self.inner.api, path, query, body, self.timeout)?;
        if self.inner.idempotency_keys && outgoing.effect == Effect::Change {
            outgoing.add_idempotency_key();
        }
        Ok(outgoing)
    }

    /// Sends a request with the token. Sends it once more with a new token if the server refuses the first.
    fn deliver(&self, outgoing: Outgoing) -> Delivery<'_> {
        let Inner { transport, tokens, .. } = &*self.inner;
        Box::pin(async move {
            let token = tokens.get(transport, None).await?;
            let mut received = transport.exchange(&outgoing, token.as_ref()).await?;
            if let Some(refused) = token.filter(|_| received.refuses_token(&outgoing))
                && let Some(other) = tokens.get(transport, Some(&refused)).await?
            {
                received = transport.exchange(&outgoing, Some(&other)).await?;
            }
            received.settle(&outgoing)
        })
    }

    fn deliver_unsigned(&self, outgoing: Outgoing) -> Delivery<'_> {
        Box::pin(async move { self.inner.transport.exchange(&outgoing, None).await?.settle(&outgoing) })
    }

    /// Sends a request once, because its body cannot be sent twice.
    fn deliver_once(&self, outgoing: Outgoing, body: Body) -> Delivery<'_> {
        let Inner { transport, tokens, .. } = &*self.inner;
        Box::pin(async move {
            let token = tokens.get(transport, None).await?;
            transport.send(&outgoing, token.as_ref(), body).await?.settle(&outgoing)
        })
    }

    fn download_of(&self, received: Received) -> Download {
        let rest = received.rest.expect("the body of a success was left to be read in chunks");
        Download::new(rest, received.correlation_id, self.timeout)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("api", &self.inner.api.as_str()).finish_non_exhaustive()
    }
}
