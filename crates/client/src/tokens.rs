//! The access token of a client: kept while it is good, and renewed once for all who wait.

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

/// A token is renewed so long before it ends, or in the last tenth of a short life.
const MARGIN: Duration = Duration::from_secs(60);

pub(crate) struct Tokens {
    sign_in: SignIn,
    /// Counts the sign-ins that failed, so that those who waited for one know.
    n_failed: AtomicU64,
    state: Mutex<State>,
}

struct State {
    held: Option<Held>,
    refresh: Option<Secret>,
    /// Why the last sign-in failed.
    failure: Option<Error>,
}

struct Held {
    header: TokenHeader,
    /// When to renew it; never before a server refuses it, if that is not known.
    renew: Option<Instant>,
}

impl From<Issued> for Held {
    fn from(issued: Issued) -> Self {
        let good = issued.life - MARGIN.min(issued.life / 10);
        let renew = Instant::now().checked_add(good).filter(|_| !good.is_zero());
        Held { header: issued.header, renew }
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
                (Some(Held { header: (AUTHORIZATION, value), renew: None }), None)
            }
            Credentials::Refresh { token, .. } | Credentials::Connector { token, .. } => (None, Some(token.clone())),
        };
        let state = Mutex::new(State { held, refresh, failure: None });
        Ok(Tokens { sign_in, n_failed: AtomicU64::new(0), state })
    }

    /// The refresh token to sign in by the next time.
    pub async fn refresh_token(&self) -> Option<String> {
        self.state.lock().await.refresh.as_ref().map(|token| token.0.clone())
    }

    /// The token to call with, another one than that which a server refused. None where there is none: the
    /// client calls as nobody, or the one that it was given was refused.
    pub async fn get(
        &self,
        transport: &Transport,
        refused: Option<&TokenHeader>,
    ) -> Result<Option<TokenHeader>, Error> {
        let n_failed = self.n_failed.load(Ordering::Relaxed);
        let mut state = self.state.lock().await;
        let will_do = |held: &&Held| {
            held.renew.is_none_or(|renew| Instant::now() < renew) && refused.is_none_or(|other| held.header != *other)
        };
        if let Some(held) = state.held.as_ref().filter(will_do) {
            return Ok(Some(held.header.clone()));
        }
        // Another call tried while this one waited.
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
