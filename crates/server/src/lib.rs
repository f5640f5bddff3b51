//! The server: HTTP in front, one writer for each organisation, the store behind.
//!
//! A request makes five stops: `http` (limits, who is calling), `dialect` (wire to command or
//! query), `organisation` (decide, group commit), the store, and `dialect` again (to the wire).

mod auth;
mod backups;
mod body;
mod budget;
mod config;
mod connectors;
mod country;
pub mod demo;
mod dialect;
mod directories;
mod guesses;
mod http;
pub mod import;
mod json;
mod lanes;
mod limits;
mod listener;
mod metrics;
mod newcomers;
mod oauth;
mod observe;
mod openapi;
mod operator;
mod organisation;
mod peer;
mod pieces;
mod pins;
mod presented;
mod refusal;
mod secret;
mod sign_in;
mod site;
#[cfg(test)]
mod tests;
mod verify;

pub use config::{
    ACCESS_LOG_TARGET, AccessLog, Backups, Bootstrap, Config, ConfigError, Connections, Loopback, LostCommits, Missing,
    REQUEST_TARGET, RateLimit, StorePlace, Tls,
};
#[cfg(any(fuzzing, test))]
pub mod fuzzing {
    //! What the targets in `fuzz/` run, and the test that plays their corpus.
    pub use crate::dialect::genesys::fuzzing::{q64, rule, search};
    pub use crate::dialect::kaizala::fuzzing::body;
}
pub use country::Country;
pub use directories::{Administrator, Directories};
pub use limits::{BACKUP_EVERY, CONNECTOR_PEOPLE_PER_DAY};
pub use listener::{Reloaded, Running, StartError, start};
pub use organisation::Organisation;
pub use peer::TrustedProxies;
pub use pins::PinSender;
pub use verify::{Progress, verify_store};

use convoke_core::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// The years that the `Date` header of a response can have. The HTTP library panics on every connection at
/// a clock outside of them (`httpdate`), and there is no way to give it another moment.
const DATABLE: std::ops::Range<u64> = 0..253_402_300_800;

/// Whether responses can be dated by a clock: from 1970 to the end of 9999.
pub(crate) fn is_datable(clock: SystemTime) -> bool {
    clock.duration_since(UNIX_EPOCH).is_ok_and(|since| DATABLE.contains(&since.as_secs()))
}

/// The moment that it is.
pub(crate) fn now() -> Timestamp {
    // A clock before 1970 counts as 1970: order comes from the log, never from the clock.
    Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64))
}

#[cfg(test)]
mod clock {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_clock_that_no_response_can_be_dated_by_is_known() {
        let second = Duration::from_secs(1);
        let end = UNIX_EPOCH + Duration::from_secs(DATABLE.end);
        for (clock, expected) in [
            (UNIX_EPOCH - second, false),
            (UNIX_EPOCH - Duration::from_nanos(1), false),
            (UNIX_EPOCH, true),
            (SystemTime::now(), true),
            (end - second, true),
            (end, false),
        ] {
            assert_eq!(is_datable(clock), expected, "{clock:?}");
        }
    }
}
