//! A client: calls of any endpoint, by one token.

use crate::address::parse_base;
use crate::answer::{Answer, Download};
use crate::config::{Config, ConfigError};
use crate::error::Error;
use crate::tokens::Tokens;
use crate::transport::{IDEMPOTENCY_KEY, Outgoing, Reading, Received, Transport};
use convoke_wire::{Effect, Endpoint, Nothing};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use reqwest::{Body, Url};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A client of one server. It is cheap to clone; clones share connections and token.
///
/// It signs in before the first call, and again shortly before its token ends or when a server does not
/// take the token any more. It sends a request again, a few times and with growing waits, when a server
/// asks to wait (429) or is not well (502, 503, 504), and when a connection breaks. A change that may have
/// been made already is sent again only with the `Idempotency-Key` that it had before, see
/// [`Config::idempotency_keys`]: Convoke does it once then. A reply that had a secret in it, of a new OAuth
/// client or connector, comes without the secret when it is asked for once more.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    timeout: Duration,
}

struct Inner {
    transport: Transport,
    tokens: Tokens,
    api: Url,
    idempotency_keys: bool,
}

impl Client {
    /// A client that is set up so. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a setting that cannot be used.
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

    /// Calls an endpoint, and gives what its reply says.
    ///
    /// # Errors
    ///
    /// [`Error`] when the server refuses, does not answer, or answers something else.
    pub async fn call<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: Option<&E::Body>,
    ) -> Result<E::Reply, Error> {
        self.answer::<E>(path, query, body).await?.parse()
    }

    /// Calls an endpoint, and gives its reply as it came.
    ///
    /// # Errors
    ///
    /// [`Error`] when the server refuses or does not answer.
    pub async fn answer<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: Option<&E::Body>,
    ) -> Result<Answer<E>, Error> {
        let outgoing = self.outgoing::<E>(path, query, body)?;
        Ok(Answer::new(self.deliver(&outgoing).await?))
    }

    /// Calls an endpoint without a token, with these headers instead: those by which one signs in.
    pub(crate) async fn call_unsigned<E: Endpoint<Path = Nothing, Query = Nothing>>(
        &self,
        headers: HeaderMap,
        body: Option<&E::Body>,
    ) -> Result<E::Reply, Error> {
        let mut outgoing = self.outgoing::<E>(&Nothing {}, &Nothing {}, body)?;
        outgoing.headers.extend(headers);
        let received = self.inner.transport.exchange(&outgoing, None).await?;
        Answer::<E>::new(received.settle(&outgoing)?).parse()
    }

    /// Calls an endpoint whose reply is no JSON, and gives it chunk by chunk.
    ///
    /// # Errors
    ///
    /// [`Error`] when the server refuses or does not answer.
    pub async fn download<E: Endpoint>(&self, path: &E::Path, query: &E::Query) -> Result<Download, Error> {
        let mut outgoing = self.outgoing::<E>(path, query, None)?;
        outgoing.reading = Reading::Chunks;
        let Received { rest, correlation_id, .. } = self.deliver(&outgoing).await?;
        let rest = rest.expect("the body of a success was left to be read in chunks");
        Ok(Download::new(rest, correlation_id, self.timeout))
    }

    /// Calls an endpoint whose body is no JSON and is sent as it is made, and gives its reply chunk by chunk,
    /// both at the same time. It is sent once: what was made is gone.
    pub(crate) async fn exchange<E: Endpoint<Path = Nothing>>(
        &self,
        query: &E::Query,
        media_type: HeaderValue,
        body: Body,
    ) -> Result<Download, Error> {
        let Inner { transport, tokens, api, .. } = &*self.inner;
        let mut outgoing = Outgoing::new::<E>(api, &Nothing {}, query, None, self.timeout)?;
        outgoing.headers.insert(CONTENT_TYPE, media_type);
        outgoing.reading = Reading::Chunks;
        let token = tokens.get(transport, None).await?;
        let received = transport.send(&outgoing, token.as_ref(), body).await?.settle(&outgoing)?;
        let rest = received.rest.expect("the body of a success was left to be read in chunks");
        Ok(Download::new(rest, received.correlation_id, self.timeout))
    }

    /// The refresh token to sign in by the next time, for a client that signs in by one: the one that it was
    /// given, or one that it was sent since.
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
            let key = HeaderValue::try_from(format!("{:032x}", fastrand::u128(..)));
            outgoing.headers.insert(IDEMPOTENCY_KEY, key.expect("hexadecimal digits are visible ASCII"));
        }
        Ok(outgoing)
    }

    /// Sends a request with the token, and once more with another token if the server does not take it.
    async fn deliver(&self, outgoing: &Outgoing) -> Result<Received, Error> {
        let Inner { transport, tokens, .. } = &*self.inner;
        let token = tokens.get(transport, None).await?;
        let mut received = transport.exchange(outgoing, token.as_ref()).await?;
        if let Some(refused) = token.filter(|_| received.refuses_token(outgoing))
            && let Some(other) = tokens.get(transport, Some(&refused)).await?
        {
            received = transport.exchange(outgoing, Some(&other)).await?;
        }
        received.settle(outgoing)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("api", &self.inner.api.as_str()).finish_non_exhaustive()
    }
}
