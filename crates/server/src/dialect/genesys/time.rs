//! Moments as the API writes them.

use convoke_core::Timestamp;
use jiff::tz::TimeZone;

/// `yyyy-MM-ddTHH:mm:ss.SSSZ`, in UTC.
pub(super) fn to_wire(at: Timestamp) -> String {
    // Moments come from the clock, or from a store that had them from there; a year past 9999 does
    // not occur, and is shown as the last one there is.
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::MAX);
    let (date, time) = {
        let moment = moment.to_zoned(TimeZone::UTC).datetime();
        (moment.date(), moment.time())
    };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_milliseconds_and_end_in_z() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_709_210_096_007, "2024-02-29T12:34:56.007Z"),
            (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(to_wire(Timestamp(millis)), text);
        }
    }
}
