//! Guesses at secrets and tokens: how many wrong ones an address has brought lately, and how long it has to wait
//! for its next try.
//!
//! Wrong secrets are counted for an address together with the client id that it tries, and for the address in all.
//! Nothing is counted for a client id alone: a stranger who tries somebody's id from elsewhere keeps nobody out.
//! Unknown tokens are counted apart, and their delay does not grow: nobody guesses 256 bits, and many clients behind
//! one address may have tokens that have just ended.
//!
//! All of it is this process's: counts begin at zero when the server starts, and each process counts what it sees.

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

/// What an address did lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// Nothing that was wrong.
    Clean,
    /// Something failed.
    Failures,
}

/// What a log line says of an address and a target.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FailureReport {
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
    /// Attempts that were refused unseen, where the entry was forgotten before a line told of them, or the log had no
    /// line left.
    untold: u64,
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
    /// How many failures there may be before attempts are refused unseen.
    fn limit(self) -> u32 {
        match self {
            Key::Address(_) => limits::GUESSES_OF_ADDRESS,
            Key::Client(..) => limits::GUESSES,
            Key::Token(_) => limits::TOKEN_GUESSES,
            Key::Others => limits::GUESSES_OF_OTHERS,
        }
    }

    /// What a failure after a delay does to the next one.
    fn growth(self) -> Growth {
        match self {
            Key::Token(_) => Growth::None,
            Key::Address(_) | Key::Client(..) | Key::Others => Growth::Doubles,
        }
    }
}

/// What a failure after a delay does to the next delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growth {
    /// Nothing: counting begins anew after the delay.
    None,
    /// It is twice as long, up to [`limits::GUESS_DELAY_MOST`].
    Doubles,
}

/// What is done about an attempt for which the full table has no place of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TableFullAction {
    /// It is looked at, as one of an address with failures. Strangers who fill the table keep nobody out.
    Suspected,
    /// It is refused if all attempts without a place had too many failures together.
    Counted,
}

/// The failures of one key.
#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    since: Instant,
    /// The last time that attempts were refused unseen: until when, and how long the failures are remembered after
    /// that.
    block: Option<(Instant, Duration)>,
    /// Attempts that were refused unseen since the last log line.
    refused: u32,
}

impl Count {
    fn new(at: Instant) -> Self {
        Count { failures: 0, since: at, block: None, refused: 0 }
    }

    /// Whether nothing of it matters any more. Where delays grow, an address has to be quiet after one for as long
    /// again.
    fn is_over(&self, at: Instant) -> bool {
        match self.block {
            Some((until, remembered)) => at >= until + remembered,
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

    /// Forgets what is over. No entry is taken out before its time: who fills the table does not get rid of
    /// its own count. Searching all of a full table for each attempt would be work for nothing.
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

    /// Whether an attempt may be looked at, and what its address did before. Counts nothing.
    ///
    /// # Errors
    ///
    /// [`TooMany`] when so many have failed that this one is not to be looked at.
    pub fn check(&self, from: IpAddr, target: Target<'_>, at: Instant) -> Result<Record, TooMany> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.check(self.keys(from, target), TableFullAction::Suspected, at)
    }

    /// Counts an attempt that failed; what the log is to say of it.
    ///
    /// # Errors
    ///
    /// [`TooMany`] as for [`Self::check`]. Then it is not counted: who is told to wait is not made to wait
    /// longer by asking.
    pub fn fail(&self, from: IpAddr, target: Target<'_>, at: Instant) -> Result<FailureReport, TooMany> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.check(self.keys(from, target), TableFullAction::Counted, at)?;
        let keys = self.keys(from, target).map(|key| table.place(key, at));
        // Both may be the same, which counts once.
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

    /// Keeps a number of attempts that were refused unseen, as [`FailureReport`] has it, for [`Self::sweep`]:
    /// no line told of them.
    pub fn tell_later(&self, refused: u32) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.untold += u64::from(refused);
    }

    /// Forgets the failures of a pair that has shown the right secret.
    pub fn clear(&self, from: IpAddr, client: &str) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.held.remove(&self.key(from, Target::Client(client)));
    }

    /// Forgets what is over; how many attempts were refused unseen that no line told of.
    pub fn sweep(&self, at: Instant) -> u64 {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.sweep(at);
        std::mem::take(&mut table.untold)
    }

    /// All that an attempt counts for, the pair last. An unknown token counts for nothing but the tokens of its
    /// address: it keeps nobody there from signing in.
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
