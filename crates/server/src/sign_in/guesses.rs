//! Limits of guesses at secrets and tokens: the recent failures of each address, and the delay until its next attempt.
//!
//! Wrong secrets are counted for each pair of address and client id, and for each address in total. Nothing is counted
//! for a client id alone, so a stranger who guesses at a client from another address does not lock it out. Unknown
//! tokens are counted separately, and their delay does not grow: nobody can guess 256 bits, and many clients behind one
//! address may have tokens that have just expired.
//!
//! The counts belong to this process: they begin at zero when the server starts, and each process counts only the
//! attempts that it receives.

use crate::limits;
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt};
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The target of a guess.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'a> {
    /// The secret of the client or connector with this id.
    Client(&'a str),
    /// A token. Its owner is unknown.
    Token,
}

/// The recent record of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// No failures.
    Clean,
    /// At least one failure.
    Failures,
}

/// The contents of a log line about failures of an address at a target.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FailureReport {
    /// Failures since counting began, this one included.
    pub failures: u32,
    /// Attempts that were refused without a check since the last line.
    pub refused: u32,
    /// The time for which further attempts are refused from now on.
    pub delay: Option<Duration>,
}

/// The refusal of an attempt that comes too soon after failed ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// Seconds until the next attempt is checked.
    pub retry_after: u32,
}

/// The recent failures of all addresses.
pub(crate) struct Guesses {
    table: Mutex<Table>,
    /// Has a random key, so that nobody can choose ids with equal hashes, which would be counted together.
    hasher: RandomState,
}

struct Table {
    held: HashMap<Key, Count>,
    /// The earliest time of the next sweep of expired entries.
    next_sweep: Instant,
    /// Attempts refused without a check that no log line has reported: their entry was removed first, or the log had no
    /// line left.
    untold: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Address(IpAddr),
    Token(IpAddr),
    Client(IpAddr, u64),
    /// All keys for which a full table has no room.
    Others,
}

impl Key {
    /// The number of failures after which attempts are refused without a check.
    fn limit(self) -> u32 {
        match self {
            Key::Address(_) => limits::GUESSES_OF_ADDRESS,
            Key::Client(..) => limits::GUESSES,
            Key::Token(_) => limits::TOKEN_GUESSES,
            Key::Others => limits::GUESSES_OF_OTHERS,
        }
    }

    fn growth(self) -> Growth {
        match self {
            Key::Token(_) => Growth::None,
            Key::Address(_) | Key::Client(..) | Key::Others => Growth::Doubles,
        }
    }
}

/// How a failure after a delay changes the next delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growth {
    /// Not at all: after the delay, counting starts from zero.
    None,
    /// The next delay is twice as long, up to [`limits::GUESS_DELAY_MOST`].
    Doubles,
}

/// The handling of an attempt for which a full table has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TableFullAction {
    /// The attempt is checked like one of an address with failures. So strangers who fill the table lock nobody out.
    Suspected,
    /// The attempt is refused if all attempts without room in the table have too many failures together.
    Counted,
}

/// The failures of one key.
#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    since: Instant,
    /// The last block, during which attempts were refused without a check: its end, and how long the failures are
    /// remembered after it.
    block: Option<(Instant, Duration)>,
    /// Attempts refused without a check since the last log line.
    refused: u32,
}

impl Count {
    fn new(at: Instant) -> Self {
        Count { failures: 0, since: at, block: None, refused: 0 }
    }

    /// Whether the count has expired. If delays grow, this takes a quiet time after the last block that is as long as
    /// the block.
    fn is_over(&self, at: Instant) -> bool {
        match self.block {
            Some((until, remembered)) => at >= until + remembered,
            None => at >= self.since + limits::GUESS_WINDOW,
        }
    }

    /// The rest of the current block, if there is one.
    fn blocked(&self, at: Instant) -> Option<Duration> {
        let (until, _) = self.block?;
        until.checked_duration_since(at).filter(|rest| !rest.is_zero())
    }

    /// Counts a failure. Returns the time for which attempts are refused from now on, if they are. A failure after a
    /// block starts another block of twice the length at once.
    fn fail(&mut self, key: Key, at: Instant) -> Option<Duration> {
        self.failures = self.failures.saturating_add(1);
        let delay = match self.block {
            Some((_, delay)) => (delay * 2).min(limits::GUESS_DELAY_MOST),
            None if self.failures >= key.limit() => limits::GUESS_WINDOW,
            None => return None,
        };
        let remembered = if key.growth() == Growth::Doubles { delay } else { Duration::ZERO };
        self.block = Some((at + delay, remembered));
        Some(delay)
    }
}

impl Table {
    /// The key itself, or [`Key::Others`] if the table is full.
    fn place(&mut self, key: Key, at: Instant) -> Key {
        if self.held.len() >= limits::GUESS_ENTRIES {
            self.sweep(at);
        }
        let has_place = self.held.contains_key(&key) || self.held.len() < limits::GUESS_ENTRIES;
        if has_place { key } else { Key::Others }
    }

    /// The count of a key. Creates it if there is none.
    fn count(&mut self, key: Key, at: Instant) -> &mut Count {
        let count = self.held.entry(key).or_insert_with(|| Count::new(at));
        if count.is_over(at) {
            *count = Count { refused: count.refused, ..Count::new(at) };
        }
        count
    }

    fn check(&mut self, keys: [Key; 2], without_place: TableFullAction, at: Instant) -> Result<Record, TooMany> {
        let mut record = Record::Clean;
        for key in keys {
            let key = self.place(key, at);
            if key == Key::Others && without_place == TableFullAction::Suspected {
                record = Record::Failures;
                continue;
            }
            let Some(count) = self.held.get_mut(&key).filter(|count| !count.is_over(at)) else { continue };
            if count.failures > 0 {
                record = Record::Failures;
            }
            if let Some(rest) = count.blocked(at) {
                count.refused = count.refused.saturating_add(1);
                return Err(TooMany::within(rest));
            }
        }
        Ok(record)
    }

    /// Removes expired entries. No entry is removed earlier, so an address that fills the table does not lose its own
    /// count. There is a minimum interval, because searching a full table at every attempt would be wasted work.
    fn sweep(&mut self, at: Instant) {
        if at < self.next_sweep {
            return;
        }
        self.next_sweep = at + limits::GUESS_SWEEP;
        let untold = &mut self.untold;
        self.held.retain(|_, count| {
            let is_over = count.is_over(at);
            *untold += u64::from(if is_over { count.refused } else { 0 });
            !is_over
        });
    }
}

impl Guesses {
    pub fn new(at: Instant) -> Self {
        let table = Table { held: HashMap::new(), next_sweep: at, untold: 0 };
        Guesses { table: Mutex::new(table), hasher: RandomState::default() }
    }

    /// Checks whether an attempt may proceed, and returns the record of its address. Counts nothing.
    ///
    /// # Errors
    ///
    /// [`TooMany`] if too many attempts have failed before.
    pub fn check(&self, from: IpAddr, target: Target<'_>, at: Instant) -> Result<Record, TooMany> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.check(self.keys(from, target), TableFullAction::Suspected, at)
    }

    /// Counts a failed attempt. Returns the data for its log line.
    ///
    /// # Errors
    ///
    /// [`TooMany`] as for [`Self::check`]. Then the attempt is not counted: an attempt during a delay does not extend
    /// the delay.
    pub fn fail(&self, from: IpAddr, target: Target<'_>, at: Instant) -> Result<FailureReport, TooMany> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.check(self.keys(from, target), TableFullAction::Counted, at)?;
        let keys = self.keys(from, target).map(|key| table.place(key, at));
        // Both keys may be equal. Then the failure counts once.
        let keys = if keys[0] == keys[1] { &keys[..1] } else { &keys[..] };
        let (mut delay, mut failures, mut refused) = (None, 0, 0);
        for key in keys {
            let count = table.count(*key, at);
            let blocked = count.fail(*key, at);
            failures = count.failures;
            refused += std::mem::take(&mut count.refused);
            delay = delay.max(blocked);
        }
        Ok(FailureReport { failures, refused, delay })
    }

    /// Adds attempts that were refused without a check ([`FailureReport::refused`]) to the number that [`Self::sweep`]
    /// returns, because no log line reported them.
    pub fn tell_later(&self, refused: u32) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.untold += u64::from(refused);
    }

    /// Removes the failures of a pair of address and client that has sent the right secret.
    pub fn clear(&self, from: IpAddr, client: &str) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.held.remove(&self.key(from, Target::Client(client)));
    }

    /// Removes expired entries. Returns the number of attempts refused without a check that no log line has reported.
    pub fn sweep(&self, at: Instant) -> u64 {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.sweep(at);
        std::mem::take(&mut table.untold)
    }

    /// The keys under which an attempt is counted, the pair last. An unknown token counts only for the tokens of its
    /// address, so it does not prevent sign-ins from there.
    fn keys(&self, from: IpAddr, target: Target<'_>) -> [Key; 2] {
        let key = self.key(from, target);
        match target {
            Target::Client(_) => [Key::Address(from), key],
            Target::Token => [key, key],
        }
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
