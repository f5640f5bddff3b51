//! When to retry a request, and after which delay.

use http::HeaderValue;
use http::StatusCode;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use std::time::Duration;

/// The maximum total delay of one request, whatever a server asks for.
const MOST_WAIT: Duration = Duration::from_secs(120);

/// Whether a failed attempt may be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retryable {
    /// It does not.
    Never,
    /// Yes, if the request may take effect twice, because the server may have handled it.
    IfHarmless,
    /// Yes, because the server has not handled the request.
    Always,
}

impl Retryable {
    /// After a reply with this status.
    pub fn after(status: StatusCode) -> Self {
        match status {
            StatusCode::TOO_MANY_REQUESTS => Retryable::Always,
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                Retryable::IfHarmless
            }
            _ => Retryable::Never,
        }
    }
}

/// The remaining retries of a request.
#[derive(Clone, Debug)]
pub(crate) struct Retries {
    left: u32,
    wait: Duration,
    budget: Duration,
}

impl Retries {
    /// Retries, with the delay before the first.
    pub fn new(left: u32, wait: Duration) -> Self {
        Retries { left, wait, budget: MOST_WAIT }
    }

    /// The delay before the next retry, or none if no retry is left. It is the delay that the server asks for, or twice
    /// the previous one. It is partly random, so that clients that failed together do not return together.
    pub fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let wait = match asked {
            Some(asked) => asked.saturating_add(self.wait.mul_f64(fastrand::f64())),
            None => self.wait.mul_f64(0.5 + fastrand::f64() / 2.0),
        };
        self.wait = self.wait.saturating_mul(2);
        self.budget = self.budget.checked_sub(wait)?;
        Some(wait)
    }
}

/// The delay that a server asks for, as seconds or a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(moment.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_are_partly_by_chance() {
        let mut retries = Retries::new(3, Duration::from_secs(1));
        for longest in [1, 2, 4] {
            let wait = retries.next(None).expect("another attempt").as_secs_f64();
            let longest = f64::from(longest);
            assert!((longest / 2.0..=longest).contains(&wait), "{wait} of {longest}");
        }
        assert_eq!(retries.next(None), None);
    }

    #[test]
    fn a_server_is_waited_for_as_long_as_it_asks_but_not_forever() {
        let second = Duration::from_secs(1);
        let mut retries = Retries::new(9, second);
        let wait = retries.next(Some(60 * second)).expect("another attempt");
        assert!((60 * second..=61 * second).contains(&wait), "{wait:?}");
        assert!(retries.next(Some(40 * second)).is_some());
        assert_eq!(retries.next(Some(40 * second)), None, "140 seconds in all");
        assert_eq!(Retries::new(9, second).next(Some(Duration::MAX)), None);
        assert_eq!(Retries::new(9, Duration::MAX).next(None), None);
    }

    #[test]
    fn seconds_and_moments_are_read() {
        let now: Timestamp = "2015-10-21T07:28:00Z".parse().expect("a moment");
        for (text, expected) in [
            ("5", Some(5)),
            (" 0 ", Some(0)),
            ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ] {
            let value = HeaderValue::from_static(text);
            assert_eq!(retry_after(&value, now), expected.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn what_was_not_done_is_told_from_what_may_have_been() {
        for (status, retryable) in [
            (429, Retryable::Always),
            (502, Retryable::IfHarmless),
            (503, Retryable::IfHarmless),
            (504, Retryable::IfHarmless),
            (400, Retryable::Never),
            (409, Retryable::Never),
            (500, Retryable::Never),
            (200, Retryable::Never),
        ] {
            assert_eq!(Retryable::after(StatusCode::from_u16(status).expect("a status")), retryable, "{status}");
        }
    }
}
