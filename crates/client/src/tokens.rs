//! The access token of a client: cached while it is valid, and renewed once for all waiting calls.

use crate::config::{Config, ConfigError, Credentials};
use crate::error::Error;
use crate::secret::Secret;
use crate::sign_in::{Issued, SignIn, TokenHeader, secret_header};
use crate::transport::Transport;
use http::header::AUTHORIZATION;
use reqwest::Url;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long before its expiry a token is renewed. A token with a short lifetime is renewed in the last tenth of it.
const MARGIN: Duration = Duration::from_secs(60);

pub(crate) struct Tokens {
    sign_in: SignIn,
    /// The number of failed sign-ins, so that calls that waited for one see that it failed.
    n_failed: AtomicU64,
    state: Mutex<State>,
}

struct State {
    held: Option<CachedToken>,
    refresh: Option<Secret>,
    /// The error of the last sign-in, if it failed.
    failure: Option<Error>,
}

struct CachedToken {
    header: TokenHeader,
    /// When to renew the token. None if its lifetime is unknown; it is then used until a server refuses it.
    renew: Option<Instant>,
}

impl From<Issued> for CachedToken {
    fn from(issued: Issued) -> Self {
        let good = issued.life - MARGIN.min(issued.life / 10);
        let renew = Instant::now().checked_add(good).filter(|_| !good.is_zero());
        CachedToken { header: issued.header, renew }
    }
}

impl Tokens {
    pub fn new(config: &Config, login: Url) -> Result<Self, ConfigError> {
        let sign_in = SignIn::new(config, login)?;
        let (held, refresh) = match &config.credentials {
            Credentials::Nobody | Credentials::Client { .. } => (None, None),
            Credentials::Token(token) => {
                let value = secret_header(&format!("Bearer {}", token.0)).filter(|_| !token.0.is_empty());
                let value = value.ok_or_else(|| ConfigError::unfit("access token"))?;
                (Some(CachedToken { header: (AUTHORIZATION, value), renew: None }), None)
            }
            Credentials::Refresh { token, .. } | Credentials::Connector { token, .. } => (None, Some(token.clone())),
        };
        let state = Mutex::new(State { held, refresh, failure: None });
        Ok(Tokens { sign_in, n_failed: AtomicU64::new(0), state })
    }

    /// The refresh token for the next sign-in.
    pub async fn refresh_token(&self) -> Option<String> {
        self.state.lock().await.refresh.as_ref().map(|token| token.0.clone())
    }

    /// The token to call with, which differs from the `refused` one. None if the client has no token, or if its fixed
    /// token was refused.
    pub async fn get(
        &self,
        transport: &Transport,
        refused: Option<&TokenHeader>,
    ) -> Result<Option<TokenHeader>, Error> {
        let n_failed = self.n_failed.load(Ordering::Relaxed);
        let mut state = self.state.lock().await;
        let will_do = |held: &&CachedToken| {
            held.renew.is_none_or(|renew| Instant::now() < renew) && refused.is_none_or(|other| held.header != *other)
        };
        if let Some(held) = state.held.as_ref().filter(will_do) {
            return Ok(Some(held.header.clone()));
        }
        // Another call tried to sign in while this one waited.
        if let Some(failure) = &state.failure
            && self.n_failed.load(Ordering::Relaxed) != n_failed
        {
            return Err(failure.clone());
        }
        let refresh = state.refresh.as_ref().map_or("", |token| &token.0);
        match self.sign_in.run(transport, refresh).await {
            Ok(None) => Ok(None),
            Ok(Some(mut issued)) => {
                if let Some(next) = issued.refresh.take() {
                    state.refresh = Some(next);
                }
                Ok(Some(state.held.insert(issued.into()).header.clone()))
            }
            Err(failure) => {
                state.failure = Some(failure.clone());
                self.n_failed.fetch_add(1, Ordering::Relaxed);
                Err(failure)
            }
        }
    }
}
