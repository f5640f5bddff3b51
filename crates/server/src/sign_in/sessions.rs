//! Sessions: the access tokens in use, and the caller of each.
//!
//! Tokens are kept in the store. This process caches the tokens in use, because the owner and the expiry of a token
//! never change. Each request checks in the directory, and so against the log, whether the token's client, connector or
//! person is still valid, and whether the token is of the connector's current generation. The revocation of a single
//! token is not in the log: the process that revokes it removes it from its cache at once, and another process on the
//! same store when it hears of it, in less than a second (`start/follower.rs`).
//!
//! Rate windows belong to this process: each process counts its own requests, from zero.

use crate::clock::now;
use crate::config::RateLimit;
use crate::http::refusal::{Refusal, TokenProblem};
use crate::observe::access::Identity;
use crate::replica::directories::Directories;
use crate::replica::organisation::ServedOrganisation;
use crate::{limits, secret};
use convoke_core::{Actor, ClientId, PersonId, Timestamp};
use convoke_store::{Token, TokenKind};
use foldhash::HashMap;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

/// A token in use.
pub(crate) struct Session {
    pub organisation: Arc<ServedOrganisation>,
    pub actor: Actor,
    pub token: Token,
    /// Shared by all sessions of the same caller.
    window: Arc<RateWindow>,
    /// The time of the last log line about a refusal of the token.
    logged: Mutex<Option<Instant>>,
}

/// The refusal of a token, with its session if the token exists.
pub(crate) struct Refused {
    pub refusal: Refusal,
    pub session: Option<Arc<Session>>,
}

impl std::fmt::Debug for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.refusal.fmt(f)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Refused { refusal, session: None }
    }
}

/// The request count of one caller over all its tokens. A caller is an OAuth client, or a person who uses a connector.
/// The high half is the number of the window, the low half the number of requests in it.
#[derive(Default)]
struct RateWindow(AtomicU64);

/// The key of a caller, whose requests are counted together.
type Counted = (ClientId, Option<PersonId>);

/// The state of a caller's rate limit after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RateLimitStatus {
    /// Requests made in this window, this one included.
    pub count: u32,
    /// Requests allowed in a window.
    pub allowed: u32,
    /// Seconds until the next window.
    pub reset: u32,
}

impl RateLimitStatus {
    /// The status of a request without a token.
    pub fn none(limit: Option<RateLimit>) -> Self {
        let (allowed, reset) = window_of(limit);
        RateLimitStatus { count: 0, allowed, reset }
    }

    pub fn is_spent(self) -> bool {
        self.count > self.allowed
    }
}

fn window_of(limit: Option<RateLimit>) -> (u32, u32) {
    limit.map_or((i32::MAX as u32, limits::RATE_WINDOW_SECONDS), |limit| (limit.requests, limit.seconds))
}

impl Session {
    /// The caller, for the log.
    pub fn identity(&self) -> Identity {
        let (client, person) = self.actor.caller_key();
        Identity { organisation: self.organisation.id, client, person }
    }

    /// Whether a refusal of the token may be logged now: once a minute, because some programs keep using an old token.
    pub fn may_log(&self, at: Instant) -> bool {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let may = logged.is_none_or(|logged| at >= logged + limits::LOG_WINDOW);
        if may {
            *logged = Some(at);
        }
        may
    }

    /// Counts one request.
    pub fn count(&self, limit: Option<RateLimit>, at: Timestamp) -> RateLimitStatus {
        self.window.count(limit, at)
    }
}

impl RateWindow {
    fn count(&self, limit: Option<RateLimit>, at: Timestamp) -> RateLimitStatus {
        let (allowed, seconds) = window_of(limit);
        let second = (at.0 / 1000) as u64;
        let (window, into) = (second / u64::from(seconds), (second % u64::from(seconds)) as u32);
        let counted = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
            let count = if held >> 32 == window & 0xffff_ffff { held & 0xffff_ffff } else { 0 };
            Some(window << 32 | (count + 1).min(0xffff_ffff))
        });
        let held = counted.unwrap_or_else(|held| held);
        let before = if held >> 32 == window & 0xffff_ffff { held as u32 } else { 0 };
        RateLimitStatus { count: before.saturating_add(1), allowed, reset: seconds - into }
    }

    /// Whether the window of the count is over.
    fn is_over(&self, limit: Option<RateLimit>, at: Timestamp) -> bool {
        let window = (at.0 / 1000) as u64 / u64::from(window_of(limit).1);
        self.0.load(Ordering::Relaxed) >> 32 != window & 0xffff_ffff
    }
}

/// The tokens in use, by their hashes. Other tokens are looked up in the store.
#[derive(Default)]
pub(crate) struct Sessions {
    held: RwLock<HashMap<[u8; 32], Arc<Session>>>,
    /// The number of revocations so far. A token that was looked up in the store during a revocation is not cached,
    /// because it may be the revoked one.
    revocations: AtomicU64,
    /// The request counts of recent callers. A caller that gets a new token continues in the same window.
    windows: Mutex<HashMap<Counted, Arc<RateWindow>>>,
}

impl Sessions {
    /// The session of the token in a request. A token of the other API is refused like an unknown one.
    pub async fn of(
        &self,
        token: Option<&[u8]>,
        takes: fn(&Actor) -> bool,
        directories: &Directories,
        at: Timestamp,
    ) -> Result<Arc<Session>, Refused> {
        let token = token.ok_or(Refusal::Token(TokenProblem::Absent))?;
        let hash = secret::digest(token);
        let session = match self.held(&hash) {
            Some(session) => session,
            None => self.find(hash, directories).await?,
        };
        let problem = if !takes(&session.actor) {
            TokenProblem::OfOtherApi
        } else if session.token.expires <= at {
            TokenProblem::Expired
        } else {
            return Ok(session);
        };
        Err(Refused { refusal: Refusal::Token(problem), session: Some(session) })
    }

    fn held(&self, hash: &[u8; 32]) -> Option<Arc<Session>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    /// Looks the token up in the store, and caches its session.
    async fn find(&self, hash: [u8; 32], directories: &Directories) -> Result<Arc<Session>, Refusal> {
        let revocations = self.revocations.load(Ordering::SeqCst);
        let token = directories.store.token(hash, TokenKind::Access).await?;
        let token = token.ok_or(Refusal::Token(TokenProblem::Unknown))?;
        let organisation = directories.open(token.organisation).await?;
        let organisation = organisation.ok_or(Refusal::Token(TokenProblem::Unknown))?;
        let actor = token.actor.clone();
        let windows = self.windows.lock();
        let window = windows.unwrap_or_else(PoisonError::into_inner).entry(actor.caller_key()).or_default().clone();
        let session = Arc::new(Session { organisation, actor, token, window, logged: Mutex::default() });
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        // Another request with the same token may have been faster. All requests of a token share one session.
        if let Some(session) = held.get(&hash) {
            return Ok(session.clone());
        }
        if self.revocations.load(Ordering::SeqCst) == revocations {
            held.insert(hash, session.clone());
        }
        Ok(session)
    }

    /// The number of callers whose requests are counted.
    #[cfg(test)]
    pub fn n_windows(&self) -> usize {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Revokes a token. Every later request with it is refused.
    pub async fn revoke(&self, hash: &[u8; 32], directories: &Directories) -> Result<(), Refusal> {
        directories.store.delete_token(*hash).await?;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        self.revocations.fetch_add(1, Ordering::SeqCst);
        held.remove(hash);
        Ok(())
    }

    /// Forgets tokens that another process revoked.
    pub fn forget(&self, hashes: &[[u8; 32]]) {
        if hashes.is_empty() {
            return;
        }
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        // A request may have looked up one of them before it was revoked, and not have its session yet.
        self.revocations.fetch_add(1, Ordering::SeqCst);
        hashes.iter().for_each(|hash| drop(held.remove(hash)));
    }

    /// Forgets all tokens: another process may have revoked some of them unheard. The next request with a token looks it
    /// up in the store.
    pub fn forget_all(&self) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        self.revocations.fetch_add(1, Ordering::SeqCst);
        held.clear();
    }

    /// Removes expired tokens, tokens of deleted clients, and windows that are over and have no session.
    pub fn sweep(&self, limit: Option<RateLimit>) {
        let at = now();
        self.held.write().unwrap_or_else(PoisonError::into_inner).retain(|_, session| {
            let known = session.organisation.published().directory.knows(&session.actor);
            known && session.token.expires > at
        });
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, window| Arc::strong_count(window) > 1 || !window.is_over(limit, at));
    }
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked(7)?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_bearer_token_is_found_in_any_case() {
        for (header, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Bearer ", None),
            ("Basic abc", None),
            ("Bear", None),
        ] {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(header))]);
            assert_eq!(bearer(&headers), token.map(str::as_bytes), "{header:?}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
