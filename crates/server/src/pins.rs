//! PINs: a number that is sent to a phone, and brought back by who has the phone. They are kept in
//! memory only; after a restart, one asks for another.

use crate::limits;
use crate::refusal::{Refusal, SignInProblem};
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
}

/// The PINs that were sent lately.
pub(crate) struct Pins {
    sender: PinSender,
    held: Mutex<HashMap<(ClientId, Phone), Sent>>,
}

/// What was sent to one number for one connector.
struct Sent {
    pin: u32,
    expires: Timestamp,
    /// When counting began.
    since: Timestamp,
    n_sent: u32,
    n_wrong: u32,
}

impl Pins {
    pub fn new(sender: PinSender) -> Self {
        Pins { sender, held: Mutex::new(HashMap::new()) }
    }

    /// Sends a new PIN, in the place of one that was sent before.
    pub fn send(&self, connector: &ClientId, phone: Phone, at: Timestamp) -> Result<(), Refusal> {
        let pin = crate::secret::random_number(PINS);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, sent| sent.since.0 + limits::PIN_TIME.as_millis() as i64 > at.0);
        if held.len() >= limits::PINS {
            return Err(Refusal::Busy);
        }
        let expires = Timestamp(at.0 + limits::PIN_TIME.as_millis() as i64);
        let sent =
            held.entry((connector.clone(), phone)).or_insert(Sent { pin, expires, since: at, n_sent: 0, n_wrong: 0 });
        if sent.n_sent == limits::PINS_SENT {
            return Err(too_many(sent, at));
        }
        (sent.pin, sent.expires, sent.n_sent) = (pin, expires, sent.n_sent + 1);
        drop(held);
        self.sender.send(connector, phone, pin, at)
    }

    /// Takes a PIN that someone brings: it is good once.
    pub fn take(&self, connector: &ClientId, phone: Phone, pin: &str, at: Timestamp) -> Result<(), Refusal> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (connector.clone(), phone);
        let sent = held.get_mut(&key).filter(|sent| sent.expires > at);
        let sent = sent.ok_or(Refusal::SignIn(SignInProblem::Pin))?;
        if sent.n_wrong == limits::PINS_WRONG {
            return Err(too_many(sent, at));
        }
        if pin.trim() != sent.pin.to_string() {
            sent.n_wrong += 1;
            return Err(Refusal::SignIn(SignInProblem::Pin));
        }
        held.remove(&key);
        Ok(())
    }
}

fn too_many(sent: &Sent, at: Timestamp) -> Refusal {
    let end = sent.since.0 + limits::PIN_TIME.as_millis() as i64;
    let seconds = u32::try_from((end - at.0).max(0) / 1000).unwrap_or_default();
    Refusal::RateLimited { retry_after: seconds + 1 }
}

impl PinSender {
    fn send(&self, connector: &ClientId, phone: Phone, pin: u32, at: Timestamp) -> Result<(), Refusal> {
        match self {
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
        let pin = sent(&path).pop().expect("a line");
        for _ in 0..limits::PINS_WRONG {
            assert!(matches!(pins.take(&connector, phone, "1", at(41)), Err(Refusal::SignIn(SignInProblem::Pin))));
        }
        let late = pins.take(&connector, phone, &pin, at(41));
        assert!(matches!(late, Err(Refusal::RateLimited { retry_after: 541 })), "{late:?}");
        for _ in 1..limits::PINS_SENT {
            pins.send(&connector, phone, at(42)).expect("a few more");
        }
        assert!(matches!(pins.send(&connector, phone, at(42)), Err(Refusal::RateLimited { .. })));
        assert!(pins.send(&connector, phone, at(51)).is_ok());
    }
}
