//! The checks of secrets and tokens: after too many wrong ones the response is 429, chosen secrets are checked a few at
//! a time, and refusals are counted and logged without the secret.
//!
//! Lanes, counts and line budgets belong to this process. Secrets, and whether a client may sign in, are in the log;
//! the caller passes them with each attempt.

use crate::http::peer::Peer;
use crate::http::refusal::{Refusal, busy};
use crate::observe::access::Identity;
use crate::observe::lines::{LineBudget, Permit};
use crate::observe::metrics::{Denial, Metrics};
use crate::secret::{self, Cost};
use crate::sign_in::guesses::{FailureReport, Guesses, Record, Target, TooMany};
use crate::{limits, observe};
use convoke_core::ClientId;
use foldhash::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The credentials that a client or connector sends.
pub(crate) struct PresentedSecret<'a> {
    /// The address of the request.
    pub peer: Peer,
    /// The id.
    pub id: &'a str,
    /// The secret.
    pub secret: &'a str,
}

/// The stored data of an existing client or connector.
pub(crate) struct StoredSecret {
    pub secret_hash: Box<str>,
    pub may_sign_in: MaySignIn,
}

/// Whether a client may sign in at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaySignIn {
    Yes,
    No,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretCheck {
    Right,
    Wrong,
}

/// The checks of secrets and tokens.
pub(crate) struct SignIns {
    guesses: Guesses,
    /// The budget of log lines about unknown ids and tokens.
    unknown_lines: LineBudget,
    /// The budget of log lines about known clients, connectors and tokens. It is separate, so that strangers cannot use
    /// it up.
    known_lines: LineBudget,
    /// For addresses without recent failures.
    clean: Lane,
    /// For all other attempts: those of addresses with recent failures, and those of an address that already has an
    /// attempt under way, since that one may turn out to be wrong.
    suspect: Lane,
    /// The number of attempts with chosen secrets that each address has under way. The lanes limit their total.
    under_way: Mutex<HashMap<IpAddr, usize>>,
}

/// An attempt that is under way. It ends when this value is dropped.
struct ActiveAttempt<'a> {
    sign_ins: &'a SignIns,
    from: IpAddr,
    /// The number of attempts that the address had under way before this one.
    n_before: usize,
}

impl Drop for ActiveAttempt<'_> {
    fn drop(&mut self) {
        let mut under_way = self.sign_ins.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n) = under_way.get_mut(&self.from) {
            *n = n.saturating_sub(1);
            if *n == 0 {
                under_way.remove(&self.from);
            }
        }
    }
}

/// Limits the number of concurrent checks, and the number of attempts that wait.
struct Lane {
    checking: Arc<Semaphore>,
    /// Permits to wait or be checked.
    queue: Arc<Semaphore>,
}

impl Lane {
    fn new(n_checking: usize) -> Self {
        let queue = Semaphore::new(n_checking + limits::SIGN_IN_QUEUE);
        Lane { checking: Arc::new(Semaphore::new(n_checking)), queue: Arc::new(queue) }
    }

    /// Waits for a place. Dropping the permits frees it, also if the caller stops waiting.
    async fn enter(&self) -> Result<[OwnedSemaphorePermit; 2], Refusal> {
        let queued = self.queue.clone().try_acquire_owned().map_err(|_| Refusal::Busy(busy::SIGN_INS))?;
        let checking = self.checking.clone().acquire_owned().await.map_err(|_| Refusal::Busy(busy::STOPPING))?;
        Ok([queued, checking])
    }
}

impl SignIns {
    pub fn new() -> Self {
        let budget = || LineBudget::new(limits::LOG_LINES, Instant::now());
        SignIns {
            guesses: Guesses::new(Instant::now()),
            unknown_lines: budget(),
            known_lines: budget(),
            clean: Lane::new(limits::CLEAN_SIGN_INS),
            suspect: Lane::new(limits::SUSPECT_SIGN_INS),
            under_way: Mutex::default(),
        }
    }

    /// Checks a secret against the stored data of its id, if the id exists.
    ///
    /// A generated secret is compared even while the address is delayed: nobody can guess one, so a right one is
    /// accepted. A chosen secret is not compared while the address is delayed.
    ///
    /// # Errors
    ///
    /// [`Refusal::RateLimited`] after too many failures, if the secret is wrong or was not compared; [`Refusal::Busy`]
    /// if too many chosen secrets wait for their check.
    pub async fn check(
        &self,
        shown: PresentedSecret<'_>,
        kept: Option<StoredSecret>,
        metrics: &Metrics,
        at: Instant,
    ) -> Result<SecretCheck, Refusal> {
        let hash = kept.as_ref().map(|kept| &*kept.secret_hash);
        let denial = match &kept {
            None => Denial::UnknownClient,
            Some(kept) if kept.may_sign_in == MaySignIn::No => Denial::DisabledClient,
            Some(_) => Denial::WrongSecret,
        };
        let may_sign_in = denial == Denial::WrongSecret;
        if hash.is_none_or(|hash| secret::cost(hash) == Cost::Small) {
            // An unknown id is compared with a hash too, so that it takes as long as a wrong secret.
            static NOBODY: LazyLock<Box<str>> = LazyLock::new(|| secret::new().1);
            let is_right = secret::verify(shown.secret, hash.unwrap_or(&NOBODY));
            if is_right && may_sign_in {
                self.guesses.clear(shown.peer.key(), shown.id);
                return Ok(SecretCheck::Right);
            }
            return self.wrong(&shown, denial, metrics, at);
        }
        let record = self.may_try(&shown, metrics, at)?;
        let under_way = self.begin(shown.peer.key());
        let lane = match record {
            Record::Clean if under_way.n_before == 0 => &self.clean,
            _ => &self.suspect,
        };
        let entered = Instant::now();
        let place = lane.enter().await.inspect_err(|_| metrics.refuse(Denial::QueueFull))?;
        let at = at + entered.elapsed();
        // Other attempts of the address may have failed while this one waited.
        self.may_try(&shown, metrics, at)?;
        let (given, hash) = (shown.secret.to_owned(), hash.unwrap_or_default().to_owned());
        let checking = observe::spawn_blocking(move || {
            let is_right = secret::verify(&given, &hash);
            drop(place);
            is_right
        });
        let is_right = checking.await?;
        if is_right && may_sign_in {
            self.guesses.clear(shown.peer.key(), shown.id);
            return Ok(SecretCheck::Right);
        }
        self.wrong(&shown, denial, metrics, at)
    }

    /// Counts and logs an unknown token.
    ///
    /// # Errors
    ///
    /// [`Refusal::RateLimited`] after too many of them.
    pub fn unknown_token(&self, peer: Peer, denial: Denial, metrics: &Metrics, at: Instant) -> Result<(), Refusal> {
        let failed = self.guesses.fail(peer.key(), Target::Token, at);
        let FailureReport { failures, refused, delay } = failed.map_err(|too_many| refuse(too_many, metrics))?;
        metrics.refuse(denial);
        if let Some(Permit { left_out }) = self.unknown_lines.next(at) {
            let delay = delay.map(|delay| delay.as_secs());
            tracing::warn!(
                peer = %peer.0, reason = denial.name(), failures, refused, delay, left_out,
                "a token was refused"
            );
        } else {
            self.guesses.tell_later(refused);
        }
        Ok(())
    }

    /// Logs the refusal of a token whose owner is known.
    pub fn log_token(&self, denial: Denial, peer: Peer, caller: &Identity, at: Instant) {
        if let Some(Permit { left_out }) = self.known_lines.next(at) {
            let Identity { organisation, client, person } = caller;
            let person = person.map(tracing::field::display);
            tracing::warn!(
                client = &*client.0, person, %organisation, peer = %peer.0, reason = denial.name(), left_out,
                "a token was refused"
            );
        }
    }

    /// Logs the refusal of a PIN.
    pub fn log_pin(&self, denial: Denial, peer: Peer, client: &ClientId, at: Instant) {
        if let Some(Permit { left_out }) = self.known_lines.next(at) {
            tracing::warn!(client = &*client.0, peer = %peer.0, reason = denial.name(), left_out, "a sign-in was refused");
        }
    }

    /// Removes expired failures, and logs the number of those without a log line.
    pub fn sweep(&self) {
        let refused = self.guesses.sweep(Instant::now());
        let left_out: u64 = [&self.unknown_lines, &self.known_lines].into_iter().filter_map(LineBudget::left_out).sum();
        if refused > 0 || left_out > 0 {
            tracing::warn!(refused, left_out, "sign-ins and tokens were refused that have no log line of their own");
        }
    }

    fn may_try(&self, shown: &PresentedSecret<'_>, metrics: &Metrics, at: Instant) -> Result<Record, Refusal> {
        let checked = self.guesses.check(shown.peer.key(), Target::Client(shown.id), at);
        checked.map_err(|too_many| refuse(too_many, metrics))
    }

    fn begin(&self, from: IpAddr) -> ActiveAttempt<'_> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let n = under_way.entry(from).or_default();
        *n += 1;
        ActiveAttempt { sign_ins: self, from, n_before: *n - 1 }
    }

    /// Counts and logs a failed sign-in. The secret is not logged.
    fn wrong(
        &self,
        shown: &PresentedSecret<'_>,
        denial: Denial,
        metrics: &Metrics,
        at: Instant,
    ) -> Result<SecretCheck, Refusal> {
        let failed = self.guesses.fail(shown.peer.key(), Target::Client(shown.id), at);
        let FailureReport { failures, refused, delay } = failed.map_err(|too_many| refuse(too_many, metrics))?;
        metrics.refuse(denial);
        let lines = match denial {
            Denial::UnknownClient => &self.unknown_lines,
            _ => &self.known_lines,
        };
        if let Some(Permit { left_out }) = lines.next(at) {
            let client = logged_id(shown.id, denial);
            let delay = delay.map(|delay| delay.as_secs());
            tracing::warn!(
                client, peer = %shown.peer.0, reason = denial.name(), failures, refused, delay, left_out,
                "a sign-in was refused"
            );
        } else {
            self.guesses.tell_later(refused);
        }
        Ok(SecretCheck::Wrong)
    }
}

fn refuse(TooMany { retry_after }: TooMany, metrics: &Metrics) -> Refusal {
    metrics.refuse(Denial::TooManyGuesses);
    Refusal::RateLimited { retry_after }
}

/// The beginning of an id, for a log line. It is shorter for an unknown id, because some users put the secret in the
/// place of the id.
fn logged_id(id: &str, denial: Denial) -> String {
    let n_shown = match denial {
        Denial::UnknownClient => limits::LOGGED_UNKNOWN_ID_CHARS,
        _ => limits::LOGGED_ID_CHARS,
    };
    let mut shown: String = id.chars().take(n_shown).collect();
    if shown.len() < id.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
