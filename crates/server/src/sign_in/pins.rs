//! PINs: numbers that are sent to a phone. The owner of the phone presents the PIN to sign in.
//!
//! PINs and counts are kept only in the memory of this process: after a restart, or at another process, the user must
//! request a new PIN. The person and the connector of a PIN are in the log; the directory is asked for them when the
//! PIN is used.

mod sender;

use crate::http::refusal::{Refusal, SignInProblem};
use crate::{limits, secret};
use convoke_core::{ClientId, Phone, Timestamp};
use foldhash::HashMap;
pub use sender::PinSender;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// The range of PINs: six digits. The first is not 0, because clients write a PIN as a number.
const PINS: std::ops::RangeInclusive<u32> = 100_000..=999_999;

/// The sender of a request about a PIN: to have one sent, or to sign in with one.
#[derive(Clone, Copy)]
pub(crate) struct PinRequester<'a> {
    /// The connector of the request.
    pub connector: &'a ClientId,
    /// The address of the request, in the form in which limits count it.
    pub from: IpAddr,
}

/// Whether the requester of a PIN has sent the connector's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretShown {
    Yes,
    No,
}

/// The PINs that were sent recently.
pub(crate) struct Pins {
    sender: PinSender,
    table: Mutex<Table>,
}

struct Table {
    sent: HashMap<(ClientId, Phone), Sent>,
    /// For each address, the numbers of `sent` for which it was the first requester.
    numbers: HashMap<IpAddr, Numbers>,
    /// The earliest time of the next sweep. Only a full table is swept for expired PINs.
    next_sweep: Timestamp,
    /// Wrong PINs by address.
    wrong_of: HashMap<IpAddr, WindowCount>,
    /// Wrong PINs by connector.
    wrong_by: HashMap<ClientId, WindowCount>,
}

/// The phone numbers for which one address was the first requester of a PIN.
#[derive(Clone, Copy)]
struct Numbers {
    n: usize,
    /// A lower bound: none of their PINs expires earlier.
    next_end: Timestamp,
}

/// The PIN of one phone number and one connector.
struct Sent {
    pin: u32,
    expires: Timestamp,
    /// The address that requested it first.
    first: IpAddr,
    /// The start of the window in which `senders` and `wrong` are counted.
    since: Timestamp,
    /// The address of each request that had the PIN sent.
    senders: Vec<IpAddr>,
    /// The address of each wrong attempt.
    wrong: Vec<IpAddr>,
}

/// A count in a window that its first event opens.
#[derive(Clone, Copy)]
struct WindowCount {
    since: Timestamp,
    n: u32,
}

const WINDOW: i64 = limits::PIN_TIME.as_millis() as i64;
/// Milliseconds between two searches of a full table.
const SWEEP: i64 = 1_000;

impl WindowCount {
    fn n(&self, at: Timestamp) -> u32 {
        if is_over(self.since, at) { 0 } else { self.n }
    }

    fn count(&mut self, at: Timestamp) {
        if is_over(self.since, at) {
            *self = WindowCount { since: at, n: 0 };
        }
        self.n += 1;
    }
}

fn is_over(since: Timestamp, at: Timestamp) -> bool {
    since.0 + WINDOW <= at.0
}

/// The refusal of requests until the end of the window that began at `since`.
fn too_many(since: Timestamp, at: Timestamp) -> Refusal {
    let seconds = u32::try_from((since.0 + WINDOW - at.0).max(0) / 1000).unwrap_or_default();
    Refusal::RateLimited { retry_after: seconds + 1 }
}

impl Sent {
    /// Begins a new window if the old one is over.
    fn turn(&mut self, at: Timestamp) {
        if is_over(self.since, at) {
            self.since = at;
            self.senders.clear();
            self.wrong.clear();
        }
    }
}

impl Table {
    /// Makes room for one more number of an address that has `n_own`. If the table is full, the address with the most
    /// numbers loses its oldest one, provided that it has more than this address. So an address that fills the table
    /// harms only itself.
    fn make_place(&mut self, n_own: usize, at: Timestamp) -> Result<(), Refusal> {
        if self.sent.len() < limits::PINS {
            return Ok(());
        }
        if self.next_sweep <= at {
            self.next_sweep = Timestamp(at.0 + SWEEP);
            self.forget(|sent| sent.expires <= at);
        }
        if self.sent.len() < limits::PINS {
            return Ok(());
        }
        let most = self.numbers.iter().max_by_key(|(_, numbers)| numbers.n);
        let Some((from, _)) = most.filter(|(_, numbers)| numbers.n > n_own + 1) else { return Err(too_many(at, at)) };
        let of_address = self.sent.iter().filter(|(_, sent)| sent.first == *from);
        let oldest = of_address.min_by_key(|(_, sent)| sent.expires).map(|(key, _)| key.clone());
        if let Some(key) = oldest {
            self.remove(&key);
        }
        Ok(())
    }

    /// Checks whether an address may have PINs sent to one more number. If not, the refusal says when the first of its
    /// PINs expires.
    fn check_numbers(&mut self, from: IpAddr, limit: usize, at: Timestamp) -> Result<(), Refusal> {
        match self.numbers.get(&from) {
            Some(numbers) if numbers.n >= limit && numbers.next_end <= at => {}
            Some(numbers) if numbers.n >= limit => return Err(too_many(Timestamp(numbers.next_end.0 - WINDOW), at)),
            _ => return Ok(()),
        }
        self.forget(|sent| sent.first == from && sent.expires <= at);
        let ends = self.sent.values().filter(|sent| sent.first == from).map(|sent| sent.expires).min();
        let Some((numbers, next_end)) = self.numbers.get_mut(&from).zip(ends) else { return Ok(()) };
        numbers.next_end = next_end;
        if numbers.n < limit { Ok(()) } else { Err(too_many(Timestamp(next_end.0 - WINDOW), at)) }
    }

    fn forget(&mut self, is_unwanted: impl Fn(&Sent) -> bool) {
        let Table { sent, numbers, .. } = self;
        sent.retain(|_, sent| {
            let is_unwanted = is_unwanted(sent);
            if is_unwanted {
                release(numbers, sent.first);
            }
            !is_unwanted
        });
    }

    fn remove(&mut self, key: &(ClientId, Phone)) {
        if let Some(sent) = self.sent.remove(key) {
            release(&mut self.numbers, sent.first);
        }
    }

    /// Counts a wrong PIN for its connector and its address. If the table has no room for the address, only the count
    /// of the phone number limits it.
    fn count_wrong(&mut self, requester: PinRequester<'_>, at: Timestamp) {
        let new = WindowCount { since: at, n: 0 };
        self.wrong_by.entry(requester.connector.clone()).or_insert(new).count(at);
        if self.wrong_of.len() >= limits::PINS {
            self.wrong_of.retain(|_, count| !is_over(count.since, at));
        }
        if self.wrong_of.len() < limits::PINS || self.wrong_of.contains_key(&requester.from) {
            self.wrong_of.entry(requester.from).or_insert(new).count(at);
        }
    }
}

/// Subtracts one number from the count of an address.
fn release(numbers: &mut HashMap<IpAddr, Numbers>, from: IpAddr) {
    if let Some(held) = numbers.get_mut(&from) {
        held.n = held.n.saturating_sub(1);
        if held.n == 0 {
            numbers.remove(&from);
        }
    }
}

impl Pins {
    pub fn new(sender: PinSender) -> Self {
        let table = Table {
            sent: HashMap::default(),
            numbers: HashMap::default(),
            next_sweep: Timestamp(0),
            wrong_of: HashMap::default(),
            wrong_by: HashMap::default(),
        };
        Pins { sender, table: Mutex::new(table) }
    }

    /// Sends a PIN. A PIN that is still valid is sent again and gets the lifetime of a new one. So a stranger's request
    /// does not invalidate the owner's PIN.
    ///
    /// A requester without the connector's secret may use only few numbers. Blocks on the disk if PINs go to a file.
    pub fn send(
        &self,
        requester: PinRequester<'_>,
        secret_shown: SecretShown,
        phone: Phone,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        if self.sender == PinSender::Nobody {
            return Err(Refusal::SignIn(SignInProblem::Closed));
        }
        let PinRequester { connector, from } = requester;
        let key = (connector.clone(), phone);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.sent.get(&key).is_some_and(|sent| sent.expires <= at) {
            table.remove(&key);
        }
        if !table.sent.contains_key(&key) {
            let limit = match secret_shown {
                SecretShown::Yes => limits::PIN_NUMBERS_OF_APPLICATION,
                SecretShown::No => limits::PIN_NUMBERS_OF_ADDRESS,
            };
            table.check_numbers(from, limit, at)?;
            let n_own = table.numbers.get(&from).map_or(0, |numbers| numbers.n);
            table.make_place(n_own, at)?;
            let next_end = Timestamp(at.0 + WINDOW);
            table.numbers.entry(from).or_insert(Numbers { n: 0, next_end }).n += 1;
        }
        let sent = table.sent.entry(key).or_insert_with(|| Sent {
            pin: secret::random_number(PINS),
            expires: at,
            first: from,
            since: at,
            senders: Vec::new(),
            wrong: Vec::new(),
        });
        sent.turn(at);
        let n_own = sent.senders.iter().filter(|sender| **sender == from).count();
        if n_own >= limits::PINS_SENT || sent.senders.len() >= limits::PINS_SENT_OF_NUMBER {
            return Err(too_many(sent.since, at));
        }
        sent.senders.push(from);
        sent.expires = Timestamp(at.0 + WINDOW);
        let pin = sent.pin;
        drop(table);
        self.sender.send(connector, phone, pin, at)
    }

    /// Checks a PIN that a client presents. A PIN can be used once.
    pub fn take(&self, requester: PinRequester<'_>, phone: Phone, pin: &str, at: Timestamp) -> Result<(), Refusal> {
        let wrong = Refusal::SignIn(SignInProblem::Pin);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = table.wrong_of.get(&requester.from)
            && count.n(at) >= limits::PINS_WRONG_OF_ADDRESS
        {
            return Err(too_many(count.since, at));
        }
        let n_all = table.wrong_by.get(requester.connector).map_or(0, |count| count.n(at));
        let (of_pair, of_number) = match n_all < limits::PINS_WRONG_OF_ALL {
            true => (limits::PINS_WRONG, limits::PINS_WRONG_OF_NUMBER),
            false => (1, limits::PINS_WRONG),
        };
        let key = (requester.connector.clone(), phone);
        if let Some(sent) = table.sent.get_mut(&key).filter(|sent| sent.expires > at) {
            sent.turn(at);
            let n_own = sent.wrong.iter().filter(|from| **from == requester.from).count();
            if n_own >= of_pair || sent.wrong.len() >= of_number {
                return Err(too_many(sent.since, at));
            }
            if pin.trim() == sent.pin.to_string() {
                table.remove(&key);
                return Ok(());
            }
            sent.wrong.push(requester.from);
        }
        table.count_wrong(requester, at);
        Err(wrong)
    }
}

#[cfg(test)]
mod tests;
