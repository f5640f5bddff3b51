//! Telephone numbers that identify people.

use super::reason::Reason;
use std::fmt;

/// The number of digits. The maximum is from ITU-T E.164, section 6.2.1.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A telephone number with its country code, such as `+911099999999`. Two numbers are equal if their digits are,
/// however they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(u64);

impl Phone {
    /// Parses a plus sign and 7 to 15 digits, the first of them not 0. Spaces, hyphens, dots and parentheses are
    /// ignored.
    pub fn new(text: &str) -> Result<Self, Reason> {
        let digits = text.trim().strip_prefix('+').ok_or(Reason::NotAPhone)?;
        let mut number = 0u64;
        let mut n_digits = 0;
        for character in digits.chars() {
            match character.to_digit(10) {
                Some(digit) if n_digits < *DIGITS.end() && (digit, n_digits) != (0, 0) => {
                    number = number * 10 + u64::from(digit);
                    n_digits += 1;
                }
                None if matches!(character, ' ' | '-' | '.' | '(' | ')') => {}
                _ => return Err(Reason::NotAPhone),
            }
        }
        if DIGITS.contains(&n_digits) { Ok(Phone(number)) } else { Err(Reason::NotAPhone) }
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_its_digits() {
        for (text, number) in [
            ("+911099999999", "+911099999999"),
            (" +91 (1099) 999-9.99 ", "+911099999999"),
            ("+1234567", "+1234567"),
            ("+123456789012345", "+123456789012345"),
        ] {
            assert_eq!(Phone::new(text).map(|phone| phone.to_string()), Ok(number.into()), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "+",
            "911099999999",
            "+0110999999",
            "+123456",
            "+1234567890123456",
            "+91x0999999",
            "++911099999",
            "+９１１０９９９９９９",
        ] {
            assert_eq!(Phone::new(text), Err(Reason::NotAPhone), "{text}");
        }
    }
}
