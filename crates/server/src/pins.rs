//! PINs: a number that is sent to a phone, and brought back by who has the phone. They are kept in
//! memory only; after a restart, one asks for another.

use crate::refusal::{Refusal, SignInProblem};
use crate::{limits, secret};
use convoke_core::{ClientId, Phone, Timestamp};
use foldhash::{HashMap, HashMapExt};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The least and the most that a PIN may be: six digits, the first of them not 0, since clients write
/// it as a number.
const PINS: std::ops::RangeInclusive<u32> = 100_000..=999_999;

/// What takes PINs to phones. The server itself sends nothing anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PinSender {
    /// The log: for development. Who reads it can sign in as anyone.
    #[default]
    Log,
    /// A file, one line of JSON for each PIN, for a program that takes it from there.
    File(PathBuf),
    /// Nothing: nobody signs in by a PIN.
    Nobody,
}

/// The PINs that were sent lately.
pub(crate) struct Pins {
    sender: PinSender,
    connectors: Mutex<HashMap<ClientId, Lately>>,
}

/// What one connector did in the window that its first PIN opened.
struct Lately {
    since: Timestamp,
    /// Wrong PINs, of whatever number.
    n_wrong: u32,
    sent: HashMap<Phone, Sent>,
}

/// The PIN of one number.
struct Sent {
    pin: u32,
    expires: Timestamp,
    n_sent: u32,
    n_wrong: u32,
}

const WINDOW: i64 = limits::PIN_TIME.as_millis() as i64;

impl Lately {
    /// Forgets the window that is over, but no PIN that is still good.
    fn turn(&mut self, at: Timestamp) {
        if self.since.0 + WINDOW <= at.0 {
            (self.since, self.n_wrong) = (at, 0);
            self.sent.retain(|_, sent| sent.expires > at);
            self.sent.values_mut().for_each(|sent| (sent.n_sent, sent.n_wrong) = (0, 0));
        }
    }

    fn too_many(&self, at: Timestamp) -> Refusal {
        let seconds = u32::try_from((self.since.0 + WINDOW - at.0).max(0) / 1000).unwrap_or_default();
        Refusal::RateLimited { retry_after: seconds + 1 }
    }
}

impl Pins {
    pub fn new(sender: PinSender) -> Self {
        Pins { sender, connectors: Mutex::new(HashMap::new()) }
    }

    /// Sends a PIN. One that is still good is sent again, and good for as long as a new one: who asks for
    /// others does not take theirs away.
    pub fn send(&self, connector: &ClientId, phone: Phone, at: Timestamp) -> Result<(), Refusal> {
        if self.sender == PinSender::Nobody {
            return Err(Refusal::SignIn(SignInProblem::Closed));
        }
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = connectors.entry(connector.clone());
        let lately = lately.or_insert_with(|| Lately { since: at, n_wrong: 0, sent: HashMap::new() });
        lately.turn(at);
        let is_known = lately.sent.contains_key(&phone);
        if lately.sent.get(&phone).is_some_and(|sent| sent.n_sent >= limits::PINS_SENT)
            || (!is_known && lately.sent.len() >= limits::PINS)
        {
            return Err(lately.too_many(at));
        }
        let fresh = || Sent { pin: secret::random_number(PINS), expires: at, n_sent: 0, n_wrong: 0 };
        let sent = lately.sent.entry(phone).or_insert_with(fresh);
        if sent.expires <= at {
            sent.pin = secret::random_number(PINS);
        }
        (sent.expires, sent.n_sent) = (Timestamp(at.0 + WINDOW), sent.n_sent + 1);
        let pin = sent.pin;
        drop(connectors);
        self.sender.send(connector, phone, pin, at)
    }

    /// Takes a PIN that someone brings: it is good once.
    pub fn take(&self, connector: &ClientId, phone: Phone, pin: &str, at: Timestamp) -> Result<(), Refusal> {
        let wrong = Refusal::SignIn(SignInProblem::Pin);
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lately) = connectors.get_mut(connector) else { return Err(wrong) };
        lately.turn(at);
        let of_phone = lately.sent.get(&phone).map_or(0, |sent| sent.n_wrong);
        if of_phone >= limits::PINS_WRONG || lately.n_wrong >= limits::PINS_WRONG_OF_ALL {
            return Err(lately.too_many(at));
        }
        let sent = lately.sent.get_mut(&phone).filter(|sent| sent.expires > at);
        if sent.as_ref().is_some_and(|sent| pin.trim() == sent.pin.to_string()) {
            lately.sent.remove(&phone);
            return Ok(());
        }
        if let Some(sent) = sent {
            sent.n_wrong += 1;
        }
        lately.n_wrong += 1;
        Err(wrong)
    }
}

impl PinSender {
    /// Makes sure that PINs can be sent.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(crate) fn check(&self) -> std::io::Result<()> {
        match self {
            PinSender::File(path) => append(path, ""),
            PinSender::Log | PinSender::Nobody => Ok(()),
        }
    }

    fn send(&self, connector: &ClientId, phone: Phone, pin: u32, at: Timestamp) -> Result<(), Refusal> {
        match self {
            PinSender::Nobody => {}
            PinSender::Log => {
                tracing::info!(mobile_number = %phone, pin, application_id = %connector, "a PIN to sign in with")
            }
            PinSender::File(path) => {
                let line = serde_json::json!({
                    "mobileNumber": phone.to_string(), "pin": pin, "applicationId": connector.to_string(), "sentAt": at.0,
                });
                append(path, &format!("{line}\n")).map_err(|error| {
                    tracing::error!(path = %path.display(), %error, "a PIN could not be written");
                    Refusal::Busy
                })?;
            }
        }
        Ok(())
    }
}

/// Appends to a file that, where it is made, is its owner's alone.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn sent(path: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(path).expect("the file of PINs");
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
        lines.filter_map(|line| Some(line.get("pin")?.to_string())).collect()
    }

    #[test]
    fn a_pin_is_good_once_for_a_while_and_for_few_guesses() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pins");
        let pins = Pins::new(PinSender::File(path.clone()));
        let (connector, phone) = (ClientId("c".into()), Phone::new("+911099999999").expect("a number"));
        let other = Phone::new("+911099999998").expect("a number");
        let at = |minutes: i64| Timestamp(minutes * MINUTE);
        pins.send(&connector, phone, at(0)).expect("the first");
        let pin = sent(&path).pop().expect("a line");
        assert!(
            pins.take(&connector, other, &pin, at(1)).is_err()
                && pins.take(&connector, phone, "000000", at(1)).is_err()
        );
        assert!(pins.take(&connector, phone, &pin, at(9)).is_ok());
        assert!(pins.take(&connector, phone, &pin, at(9)).is_err(), "it is good once");
        pins.send(&connector, phone, at(20)).expect("another");
        let pin = sent(&path).pop().expect("a line");
        assert!(pins.take(&connector, phone, &pin, at(31)).is_err(), "it is too old");
        pins.send(&connector, phone, at(40)).expect("another");
        pins.send(&connector, phone, at(49)).expect("the same again");
        let lines = sent(&path);
        assert_eq!(lines.last(), lines.get(lines.len() - 2), "who asks again gets the same");
        pins.send(&connector, other, at(55)).expect("another's, in the next window");
        let pin = lines.last().expect("a line");
        for _ in 0..limits::PINS_WRONG {
            assert!(matches!(pins.take(&connector, other, "1", at(56)), Err(Refusal::SignIn(SignInProblem::Pin))));
        }
        let late = pins.take(&connector, other, pin, at(56));
        assert!(matches!(late, Err(Refusal::RateLimited { retry_after: 181 })), "{late:?}");
        assert!(pins.take(&connector, phone, pin, at(57)).is_ok(), "it is good for ten minutes from the last time");
        for _ in 1..limits::PINS_SENT {
            pins.send(&connector, other, at(58)).expect("a few more");
        }
        assert!(matches!(pins.send(&connector, other, at(58)), Err(Refusal::RateLimited { .. })));
        assert!(pins.send(&connector, other, at(66)).is_ok());
    }

    #[test]
    fn wrong_pins_of_all_numbers_are_counted_together() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pins");
        let pins = Pins::new(PinSender::File(path.clone()));
        let phone = |n: u32| Phone::new(&format!("+49170{n:07}")).expect("a number");
        let (one, other) = (ClientId("one".into()), ClientId("other".into()));
        pins.send(&one, phone(0), Timestamp(0)).expect("a PIN");
        let pin = sent(&path).pop().expect("a line");
        for n in 1..=limits::PINS_WRONG_OF_ALL {
            assert!(matches!(pins.take(&one, phone(n), "1", Timestamp(1)), Err(Refusal::SignIn(_))));
        }
        assert!(matches!(pins.take(&one, phone(0), &pin, Timestamp(1)), Err(Refusal::RateLimited { .. })));
        pins.send(&other, phone(0), Timestamp(1)).expect("another connector's own");
        assert!(matches!(Pins::new(PinSender::Nobody).send(&one, phone(0), Timestamp(0)), Err(Refusal::SignIn(_))));
    }
}
