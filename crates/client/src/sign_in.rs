//! Sign-in: requests for an access token, and their replies.

use crate::address::join;
use crate::config::{Config, ConfigError, Credentials};
use crate::error::{Error, RefusedBody};
use crate::reply::read;
use crate::secret::Secret;
use crate::transport::{Outgoing, Reading, Received, Transport};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use convoke_wire::kaizala::{AccessToken, GetAccessToken};
use convoke_wire::oauth::{TOKEN_PATHS, TokenError, TokenReply};
use convoke_wire::{ApiName, Effect, Nothing};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use reqwest::Url;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The header of the token in requests of the Kaizala API.
const ACCESS_TOKEN: HeaderName = HeaderName::from_static("accesstoken");

/// The header with the token.
pub(crate) type TokenHeader = (HeaderName, HeaderValue);

/// The credentials, and the URL of sign-in.
pub(crate) struct SignIn {
    login: Url,
    timeout: Duration,
    credentials: Credentials,
}

/// The tokens that a sign-in returned.
pub(crate) struct Issued {
    pub header: TokenHeader,
    /// The lifetime of the access token; zero if it is unknown.
    pub life: Duration,
    /// The new refresh token, if there is one.
    pub refresh: Option<Secret>,
}

impl SignIn {
    pub fn new(config: &Config, login: Url) -> Result<Self, ConfigError> {
        match &config.credentials {
            Credentials::Client { id, .. } | Credentials::Refresh { id, .. } => {
                if id.is_empty() || id.contains(':') {
                    return Err(ConfigError(format!("the client id {id:?} must not be empty, nor have a colon in it")));
                }
            }
            Credentials::Connector { id, secret, token } => {
                drop(connector_headers(id, &secret.0, &token.0).map_err(ConfigError::unfit)?);
            }
            Credentials::Nobody | Credentials::Token(_) => {}
        }
        Ok(SignIn { login, timeout: config.timeout, credentials: config.credentials.clone() })
    }

    /// Signs in, with the current refresh token if the credentials need one. None if the client cannot sign in, because
    /// it has a fixed token or none.
    pub async fn run(&self, transport: &Transport, refresh: &str) -> Result<Option<Issued>, Error> {
        let issued = match &self.credentials {
            Credentials::Nobody | Credentials::Token(_) => return Ok(None),
            Credentials::Client { id, secret } => {
                self.oauth(transport, id, secret, &[("grant_type", "client_credentials")]).await
            }
            Credentials::Refresh { id, secret, .. } => {
                let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
                self.oauth(transport, id, secret, &grant).await
            }
            Credentials::Connector { id, secret, .. } => self.connector(transport, id, secret, refresh).await,
        };
        issued.map(Some)
    }

    async fn oauth(
        &self,
        transport: &Transport,
        id: &str,
        secret: &Secret,
        grant: &[(&str, &str)],
    ) -> Result<Issued, Error> {
        let outgoing = self.oauth_request(id, secret, grant);
        let received = transport.exchange(&outgoing, None).await?;
        if let Ok(body) = read::<TokenError>(&received.bytes)
            && !received.status.is_success()
        {
            return Err(Error::SignInRefused(Box::new(received.refused(&outgoing, RefusedBody::OAuth(body)))));
        }
        let reply: TokenReply = parse(&received, &outgoing)?;
        let Some(value) = secret_header(&format!("Bearer {}", reply.access_token)) else {
            return Err(received.unexpected(&outgoing, "the token cannot stand in a header"));
        };
        Ok(Issued {
            header: (AUTHORIZATION, value),
            life: Duration::from_secs(reply.expires_in.into()),
            refresh: reply.refresh_token.filter(|token| !token.is_empty()).map(Secret),
        })
    }

    fn oauth_request(&self, id: &str, secret: &Secret, grant: &[(&str, &str)]) -> Outgoing {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(grant);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        if secret.0.is_empty() {
            form.append_pair("client_id", id);
        } else {
            let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{}", secret.0)));
            headers.insert(AUTHORIZATION, secret_header(&basic).expect("base64 is visible ASCII"));
        }
        let [path, ..] = TOKEN_PATHS;
        Outgoing {
            operation: "postToken",
            api: ApiName::Genesys,
            // A second token does no harm.
            effect: Effect::Read,
            method: Method::POST,
            url: join(&self.login, path),
            headers,
            body: Bytes::from(form.finish()),
            reading: Reading::Whole,
            timeout: self.timeout,
        }
    }

    async fn connector(
        &self,
        transport: &Transport,
        id: &str,
        secret: &Secret,
        refresh: &str,
    ) -> Result<Issued, Error> {
        let (nothing, timeout) = (Nothing {}, self.timeout);
        let mut outgoing = Outgoing::new::<GetAccessToken>(&self.login, &nothing, &nothing, None, timeout)?;
        outgoing.headers = connector_headers(id, &secret.0, refresh).map_err(Error::unfit)?;
        let received = transport.exchange(&outgoing, None).await?;
        let reply: AccessToken = parse(&received, &outgoing)?;
        let Some(value) = secret_header(&reply.access_token) else {
            return Err(received.unexpected(&outgoing, "the token cannot stand in a header"));
        };
        // By this machine's clock the token may have expired already. The client uses it until the server refuses it.
        let life = reply.access_token_expiry.saturating_sub(Timestamp::now().as_millisecond());
        Ok(Issued {
            header: (ACCESS_TOKEN, value),
            life: Duration::from_millis(u64::try_from(life).unwrap_or_default()),
            refresh: Some(reply.refresh_token).filter(|token| !token.is_empty()).map(Secret),
        })
    }
}

/// The headers by which a connector signs in. The error is the name of the invalid one.
pub(crate) fn connector_headers(id: &str, secret: &str, refresh: &str) -> Result<HeaderMap, &'static str> {
    let header = |name: &'static str, text| secret_header(text).ok_or(name);
    Ok(HeaderMap::from_iter([
        (HeaderName::from_static("applicationid"), header("applicationId", id)?),
        (HeaderName::from_static("applicationsecret"), header("applicationSecret", secret)?),
        (HeaderName::from_static("refreshtoken"), header("refreshToken", refresh)?),
    ]))
}

/// A header that `Debug` does not print.
pub(crate) fn secret_header(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok().filter(|value| !value.is_empty())?;
    value.set_sensitive(true);
    Some(value)
}

fn parse<T: DeserializeOwned>(received: &Received, outgoing: &Outgoing) -> Result<T, Error> {
    if let Some(body) = received.refusal(outgoing)? {
        return Err(Error::SignInRefused(Box::new(received.refused(outgoing, body))));
    }
    read(&received.bytes)
        .map_err(|error| received.unexpected(outgoing, format!("the body is not what it should be: {error}")))
}
