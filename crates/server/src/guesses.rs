//! Guesses at secrets and tokens: how many wrong ones an address has brought lately, and how long it has to wait
//! for its next try.
//!
//! Failures are counted for an address together with the client id that it tries, and for the address in all.
//! Nothing is counted for a client id alone: a stranger who tries somebody's id from elsewhere keeps nobody out.

use crate::limits;
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt};
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What an address guesses at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// The secret of the client or connector with this id.
    Client(&'a str),
    /// A token. Nobody knows whose.
    Token,
}

/// An attempt that is counted as a failure.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// What the address did before.
    pub record: Record,
    /// What the log is to say of it, if it turns out to be wrong.
    pub tell: Option<Tell>,
}

/// What an address did lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// Nothing that was wrong.
    Clean,
    /// It failed, or has attempts under way.
    Failures,
}

/// What a log line says of an address and a target.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tell {
    /// Failures since counting began, this one included.
    pub failures: u32,
    /// Attempts that were refused unseen since the last line.
    pub refused: u32,
    /// How long further attempts are refused from now on.
    pub delay: Option<Duration>,
}

/// An attempt comes too soon after others that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// Seconds until the next attempt is looked at.
    pub retry_after: u32,
}

/// The failures of late.
pub(crate) struct Guesses {
    table: Mutex<Table>,
    /// Keyed at random: nobody can choose ids that are counted together.
    hasher: RandomState,
}

struct Table {
    held: HashMap<Key, Count>,
    /// When the table may be searched for entries that are over.
    next_sweep: Instant,
    log: LogBudget,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Address(IpAddr),
    Token(IpAddr),
    Client(IpAddr, u64),
    /// All for which there is no place while the table is full.
    Others,
}

impl Key {
    fn limit(self) -> u32 {
        match self {
            Key::Address(_) => limits::GUESSES_OF_ADDRESS,
            Key::Client(..) => limits::GUESSES,
            Key::Token(_) => limits::TOKEN_GUESSES,
            Key::Others => limits::GUESSES_OF_OTHERS,
        }
    }
}

/// The failures of one key.
#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    since: Instant,
    /// The last time that attempts were refused unseen: until when, and for how long.
    block: Option<(Instant, Duration)>,
    /// Attempts that were refused unseen since the last log line.
    refused: u32,
}

impl Count {
    fn new(at: Instant) -> Self {
        Count { failures: 0, since: at, block: None, refused: 0 }
    }

    /// Whether nothing of it matters any more. After a block an address has to be quiet for as long again.
    fn is_over(&self, at: Instant) -> bool {
        match self.block {
            Some((until, delay)) => at >= until + delay,
            None => at >= self.since + limits::GUESS_WINDOW,
        }
    }

    /// How long attempts are still refused unseen.
    fn blocked(&self, at: Instant) -> Option<Duration> {
        let (until, _) = self.block?;
        until.checked_duration_since(at).filter(|rest| !rest.is_zero())
    }

    /// Counts a failure; how long attempts are refused from now on, if they are. A failure after a block
    /// is followed at once by another block of twice the length.
    fn fail(&mut self, limit: u32, at: Instant) -> Option<Duration> {
        self.failures = self.failures.saturating_add(1);
        let delay = match self.block {
            Some((_, delay)) => (delay * 2).min(limits::GUESS_DELAY_MOST),
            None if self.failures >= limit => limits::GUESS_WINDOW,
            None => return None,
        };
        self.block = Some((at + delay, delay));
        Some(delay)
    }

    /// Takes back a failure that was none.
    fn forgive(&mut self, limit: u32) {
        self.failures = self.failures.saturating_sub(1);
        if self.failures < limit && self.block.is_some_and(|(_, delay)| delay == limits::GUESS_WINDOW) {
            self.block = None;
        }
    }
}

/// Bounds the log lines of all addresses together.
struct LogBudget {
    since: Instant,
    lines: u32,
    untold: u64,
}

impl LogBudget {
    fn may_tell(&mut self, at: Instant) -> bool {
        if at >= self.since + limits::GUESS_WINDOW {
            (self.since, self.lines) = (at, 0);
        }
        self.lines = self.lines.saturating_add(1);
        let may = self.lines <= limits::GUESS_LOG_LINES;
        self.untold += u64::from(!may);
        may
    }
}

impl Table {
    /// The key, or the common one while the table is full.
    fn place(&mut self, key: Key, at: Instant) -> Key {
        if self.held.len() >= limits::GUESS_ENTRIES {
            self.sweep(at);
        }
        let has_place = self.held.contains_key(&key) || self.held.len() < limits::GUESS_ENTRIES;
        if has_place { key } else { Key::Others }
    }

    /// The count of a key, made where there is none.
    fn count(&mut self, key: Key, at: Instant) -> &mut Count {
        let count = self.held.entry(key).or_insert_with(|| Count::new(at));
        if count.is_over(at) {
            *count = Count { refused: count.refused, ..Count::new(at) };
        }
        count
    }

    /// Forgets what is over. No entry is taken out before its time: who fills the table does not get rid of
    /// its own count. Searching all of a full table for each attempt would be work for nothing.
    fn sweep(&mut self, at: Instant) {
        if at < self.next_sweep {
            return;
        }
        self.next_sweep = at + limits::GUESS_SWEEP;
        let (mut n_refused, untold) = (0, std::mem::take(&mut self.log.untold));
        self.held.retain(|_, count| {
            let is_over = count.is_over(at);
            n_refused += u64::from(if is_over { count.refused } else { 0 });
            !is_over
        });
        if n_refused > 0 || untold > 0 {
            tracing::warn!(
                refused = n_refused,
                not_logged = untold,
                "attempts to sign in that had no log line of their own"
            );
        }
    }
}

impl Guesses {
    pub fn new(at: Instant) -> Self {
        let log = LogBudget { since: at, lines: 0, untold: 0 };
        let table = Table { held: HashMap::new(), next_sweep: at, log };
        Guesses { table: Mutex::new(table), hasher: RandomState::default() }
    }

    /// Counts an attempt as a failure, for as long as nobody says that it was right.
    ///
    /// # Errors
    ///
    /// [`TooMany`] when so many have failed that this one is not to be looked at. It is not counted: who is
    /// told to wait is not made to wait longer by asking.
    pub fn attempt(&self, from: IpAddr, target: Target<'_>, at: Instant) -> Result<Attempt, TooMany> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = [Key::Address(from), self.key(from, target)].map(|key| table.place(key, at));
        // While the table is full both may be the common key, which counts once.
        let keys = if keys[0] == keys[1] { &keys[..1] } else { &keys[..] };
        let mut record = Record::Clean;
        for key in keys {
            let count = table.count(*key, at);
            if count.failures > 0 {
                record = Record::Failures;
            }
            if let Some(rest) = count.blocked(at) {
                count.refused = count.refused.saturating_add(1);
                return Err(TooMany::within(rest));
            }
        }
        let (mut delay, mut failures, mut refused) = (None, 0, 0);
        for key in keys {
            let count = table.count(*key, at);
            let blocked = count.fail(key.limit(), at);
            failures = count.failures;
            if blocked.is_some() {
                refused += std::mem::take(&mut count.refused);
            }
            delay = delay.max(blocked);
        }
        let unlogged = match target {
            Target::Client(_) => 0,
            Target::Token => limits::TOKENS_UNLOGGED,
        };
        let is_news = delay.is_some() || failures == unlogged + 1;
        let tell = (is_news && table.log.may_tell(at)).then_some(Tell { failures, refused, delay });
        Ok(Attempt { record, tell })
    }

    /// Takes back an attempt that was right, and forgets the failures of the pair.
    pub fn forgive(&self, from: IpAddr, client: &str) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = table.held.remove(&self.key(from, Target::Client(client)));
        let address = Key::Address(from);
        let others = pair.is_none().then_some(Key::Others);
        for key in [Some(address), others].into_iter().flatten() {
            if let Some(count) = table.held.get_mut(&key) {
                count.forgive(key.limit());
            }
        }
    }

    /// Takes back an attempt that was not checked.
    pub fn withdraw(&self, from: IpAddr, client: &str) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        for key in [Key::Address(from), self.key(from, Target::Client(client))] {
            if let Some(count) = table.held.get_mut(&key) {
                count.forgive(key.limit());
            }
        }
    }

    /// Forgets the failures of the pair, since an attempt that was not counted was right.
    pub fn clear(&self, from: IpAddr, client: &str) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.held.remove(&self.key(from, Target::Client(client)));
    }

    /// Forgets what is over.
    pub fn sweep(&self, at: Instant) {
        self.table.lock().unwrap_or_else(PoisonError::into_inner).sweep(at);
    }

    fn key(&self, from: IpAddr, target: Target<'_>) -> Key {
        match target {
            Target::Client(id) => Key::Client(from, self.hasher.hash_one(id)),
            Target::Token => Key::Token(from),
        }
    }
}

impl TooMany {
    fn within(rest: Duration) -> Self {
        let seconds = rest.as_secs() + u64::from(rest.subsec_nanos() > 0);
        TooMany { retry_after: u32::try_from(seconds).unwrap_or(u32::MAX) }
    }
}

#[cfg(test)]
mod tests;
