//! Timestamps in replies and searches: ISO 8601, or a Java date pattern. Their precision is that of the text.

use crate::http::problem::Problem;
use convoke_core::{Reason, Timestamp};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;

/// `yyyy-MM-ddTHH:mm:ss.SSSZ`, in UTC.
pub(super) fn to_wire(at: Timestamp) -> String {
    let mut text = String::new();
    write(&mut text, at);
    text
}

/// Writes a timestamp as [`to_wire`] does.
pub(super) fn write(text: &mut impl jiff::fmt::Write, at: Timestamp) {
    // Timestamps come from the clock, or from a store that has them from the clock. One before 1970 or beyond the range
    // of `jiff` is replaced by the nearest valid one, so that a year always has four digits and no sign.
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    let moment = jiff::Timestamp::from_millisecond(at.0.max(0)).unwrap_or(jiff::Timestamp::MAX);
    PRINTER.print_timestamp(&moment, text).expect("memory can be written to");
}

/// A date format as in `java.text.SimpleDateFormat`, without names: letters for years, months, days, hours, minutes,
/// seconds, milliseconds and zones, and text in single quotes.
pub(super) struct Format(String);

impl Format {
    /// Parses a pattern.
    ///
    /// # Errors
    ///
    /// [`Problem::NotADateFormat`] for an unsupported letter.
    pub fn new(pattern: &str) -> Result<Self, Problem> {
        const CHARS: usize = 64;
        if pattern.len() > CHARS {
            return Err(Reason::TooLong { limit: CHARS }.into());
        }
        let mut format = String::new();
        let mut rest = pattern;
        while let Some(first) = rest.chars().next() {
            if first == '\'' {
                let (quoted, after) = rest
                    .get(1..)
                    .and_then(|rest| rest.split_once('\''))
                    .ok_or_else(|| Problem::NotADateFormat("has a quotation mark without another".into()))?;
                format.push_str(&if quoted.is_empty() { "'".to_owned() } else { quoted.replace('%', "%%") });
                rest = after;
                continue;
            }
            let run = rest.len() - rest.trim_start_matches(first).len();
            let count = run / first.len_utf8();
            match first {
                'y' | 'u' if count == 2 => format.push_str("%y"),
                'y' | 'u' => format.push_str("%Y"),
                'M' if count <= 2 => format.push_str("%m"),
                'd' if count <= 2 => format.push_str("%d"),
                'H' if count <= 2 => format.push_str("%H"),
                'm' if count <= 2 => format.push_str("%M"),
                's' if count <= 2 => format.push_str("%S"),
                'S' => format.push_str("%f"),
                'Z' | 'X' => format.push_str("%:z"),
                '%' => (0..count).for_each(|_| format.push_str("%%")),
                letter if letter.is_ascii_alphabetic() => {
                    return Err(Problem::NotADateFormat(format!(
                        "has {}, which stands for nothing here",
                        rest.get(..run).unwrap_or_default()
                    )));
                }
                other => (0..count).for_each(|_| format.push(other)),
            }
            rest = rest.get(run..).unwrap_or_default();
        }
        Ok(Format(format))
    }
}

/// The first and the last millisecond of a date or time: for a day, its beginning and its end, likewise for a minute or
/// a second.
///
/// # Errors
///
/// [`Problem::NotAMoment`] if the text does not match the format.
pub(super) fn parse(text: &str, format: Option<&Format>) -> Result<(i64, i64), Problem> {
    let text = text.trim();
    let found = match format {
        Some(Format(format)) => formatted(text, format),
        None => iso(text),
    };
    found.ok_or(Problem::NotAMoment)
}

/// The length of the smallest unit in the text, in milliseconds: a minute, a second, or one millisecond.
const MINUTE: i64 = 60_000;
const SECOND: i64 = 1000;

fn formatted(text: &str, format: &str) -> Option<(i64, i64)> {
    let unit = match () {
        () if format.contains("%f") => 1,
        () if format.contains("%S") => SECOND,
        () => MINUTE,
    };
    let text = if format.ends_with("%:z") { with_long_zone(text)? } else { text.to_owned() };
    let parts = strtime::parse(format, text).ok()?;
    let date = parts.to_date().ok()?;
    match (parts.to_time(), parts.to_timestamp()) {
        (_, Ok(moment)) => Some(from(moment.as_millisecond(), unit)),
        (Ok(time), Err(_)) if format.contains("%H") => Some(from(in_utc(date.to_datetime(time))?, unit)),
        _ => day(date),
    }
}

/// The text with its zone in the form `+02:00`. Other forms are `Z`, `+02` and `+0200`.
fn with_long_zone(text: &str) -> Option<String> {
    if let Some(rest) = text.strip_suffix(['Z', 'z']) {
        return Some(format!("{rest}+00:00"));
    }
    let (at, _) = text.rmatch_indices(['+', '-']).next()?;
    let (rest, zone) = text.split_at(at);
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { "00" } else { minutes };
    Some(format!("{rest}{}{hours}:{minutes}", zone.get(..1)?))
}

fn iso(text: &str) -> Option<(i64, i64)> {
    let time = text.split_once(['T', 't', ' ']).map(|(_, time)| time.split(['+', '-']).next().unwrap_or_default());
    let unit = match time {
        Some(time) if time.contains('.') => 1,
        Some(time) if time.matches(':').count() < 2 => MINUTE,
        _ => SECOND,
    };
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(from(moment.as_millisecond(), unit));
    }
    if time.is_some() {
        return Some(from(in_utc(text.parse::<DateTime>().ok()?)?, unit));
    }
    day(text.parse::<Date>().ok()?)
}

fn from(first: i64, unit: i64) -> (i64, i64) {
    (first, first + unit - 1)
}

fn day(date: Date) -> Option<(i64, i64)> {
    let next = date.checked_add(1.day()).ok()?;
    Some((in_utc(date.into())?, in_utc(next.into())? - 1))
}

fn in_utc(moment: DateTime) -> Option<i64> {
    Some(moment.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    #[test]
    fn timestamps_have_milliseconds_and_end_in_z() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_709_210_096_007, "2024-02-29T12:34:56.007Z"),
            (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
            (-1, "1970-01-01T00:00:00.000Z"),
            (i64::MIN, "1970-01-01T00:00:00.000Z"),
            (-62_198_755_200_000, "1970-01-01T00:00:00.000Z"),
            (253_402_207_200_999, "9999-12-30T22:00:00.999Z"),
            (253_402_300_800_000, "9999-12-30T22:00:00.999Z"),
            (i64::MAX, "9999-12-30T22:00:00.999Z"),
        ] {
            assert_eq!(to_wire(Timestamp(millis)), text);
        }
    }

    #[test]
    fn timestamps_are_as_precise_as_they_are_written() {
        // 2024-02-29T00:00:00Z.
        let leap = 1_709_164_800_000;
        for (text, format, expected) in [
            ("2024-02-29", None, Some((leap, leap + DAY - 1))),
            ("2024-02-29T00:00:01Z", None, Some((leap + 1000, leap + 1999))),
            ("2024-02-29T00:00:01.500Z", None, Some((leap + 1500, leap + 1500))),
            ("2024-02-29T02:00:00+02:00", None, Some((leap, leap + 999))),
            ("2024-02-29T00:00:01", None, Some((leap + 1000, leap + 1999))),
            (" 2024-02-29 ", None, Some((leap, leap + DAY - 1))),
            ("29.02.2024", Some("dd.MM.yyyy"), Some((leap, leap + DAY - 1))),
            ("2024-02-29T00:00:01", Some("yyyy-MM-dd'T'HH:mm:ss"), Some((leap + 1000, leap + 1999))),
            ("2024-02-29T02:00:01.250+0200", Some("yyyy-MM-dd'T'HH:mm:ss.SSSZ"), Some((leap + 1250, leap + 1250))),
            ("2024-02-29T00:00:01.250Z", Some("yyyy-MM-dd'T'HH:mm:ss.SSSX"), Some((leap + 1250, leap + 1250))),
            ("2024-02-29T02:00:01+02", Some("yyyy-MM-dd'T'HH:mm:ssX"), Some((leap + 1000, leap + 1999))),
            ("2024-02-29T02:00:01+02:00", Some("yyyy-MM-dd'T'HH:mm:ssX"), Some((leap + 1000, leap + 1999))),
            ("2024-02-29T00:01Z", None, Some((leap + 60_000, leap + 119_999))),
            ("2024-02-29 00:01", Some("yyyy-MM-dd HH:mm"), Some((leap + 60_000, leap + 119_999))),
            ("2024-02-30", None, None),
            ("yesterday", None, None),
            ("", None, None),
            ("2024-02-29", Some("dd.MM.yyyy"), None),
            ("29.02.2024 and more", Some("dd.MM.yyyy"), None),
        ] {
            let format = format.map(|format| Format::new(format).expect("a pattern"));
            assert_eq!(parse(text, format.as_ref()).ok(), expected, "{text}");
        }
    }

    #[test]
    fn patterns_that_mean_nothing_are_refused() {
        for pattern in ["yyyy-MMM-dd", "EEE", "yyyy 'de", "Q", &"y".repeat(65)] {
            assert!(Format::new(pattern).is_err(), "{pattern}");
        }
    }
}
