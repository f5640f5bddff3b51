//! The clock of the machine.

use convoke_core::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// The times that the `Date` header of a response can express, in seconds since 1970. With a clock outside this range
/// the HTTP library (`httpdate`) panics on every connection, and it cannot be given another time.
const DATABLE: std::ops::Range<u64> = 0..253_402_300_800;

/// Whether the `Date` header can express this time: 1970 to the end of 9999.
pub(crate) fn is_datable(clock: SystemTime) -> bool {
    clock.duration_since(UNIX_EPOCH).is_ok_and(|since| DATABLE.contains(&since.as_secs()))
}

/// The current time.
pub(crate) fn now() -> Timestamp {
    // A clock before 1970 counts as 1970: order comes from the log, never from the clock.
    Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64))
}

#[cfg(test)]
mod tests {
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
