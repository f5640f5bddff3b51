//! Problems with values of requests, and their texts.

use convoke_core::{Proficiency, Quantity, Reason, limits};
use std::fmt;

/// A problem with a value of a request, found by the directory or by the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The directory does not accept the value.
    Value(Reason),
    /// It is a number outside this range.
    OutOfRange {
        /// The minimum.
        min: u32,
        /// The maximum.
        max: u32,
    },
    /// It is not a whole number.
    NotANumber,
    /// It is not a timestamp.
    NotAMoment,
    /// It is not a date format, for the reason in this text.
    NotADateFormat(String),
    /// It cannot be used with the field of this name.
    NotFor(&'static str),
    /// It is, or contains, an unknown word.
    Unknown {
        /// The unknown word, or its beginning.
        word: String,
        /// The known words.
        words: &'static [&'static str],
    },
    /// It is none of these words.
    NotOneOf(&'static [&'static str]),
    /// It cannot be given together with this field.
    Together(&'static str),
    /// Several lists have, together, more entries than this.
    TooManyTogether {
        /// The name of the lists.
        lists: &'static str,
        /// The maximum in total.
        limit: usize,
    },
    /// It requires more work than one request may cause.
    TooMuchWork,
}

impl From<Reason> for Problem {
    fn from(reason: Reason) -> Self {
        Problem::Value(reason)
    }
}

impl Problem {
    /// The limit that the value exceeds, if that is the problem.
    pub fn limit(&self) -> Option<i64> {
        match self {
            Problem::Value(reason) => match reason {
                Reason::TooLong { limit }
                | Reason::TooMany { limit }
                | Reason::TooManyOf { limit, .. }
                | Reason::TooDeep { limit } => Some(*limit as i64),
                Reason::NotAProficiency => Some(i64::from(Proficiency::MAX)),
                _ => None,
            },
            Problem::OutOfRange { max, .. } => Some(i64::from(*max)),
            Problem::TooManyTogether { limit, .. } => Some(*limit as i64),
            _ => None,
        }
    }
}

/// The text that follows the name of the field.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Value(reason) => f.write_str(&of_reason(reason)),
            Problem::OutOfRange { min, max } => write!(f, "must be from {min} to {max}"),
            Problem::NotANumber => f.write_str("must be a whole number"),
            Problem::NotAMoment => f.write_str("must be a date and time, such as 2026-01-31T12:00:00.000Z"),
            Problem::NotADateFormat(problem) => write!(f, "must be a Java date pattern: {problem}"),
            Problem::NotFor(other) => write!(f, "cannot be used with {other}"),
            Problem::Unknown { word, words } => write!(f, "has {word:?}, which is none of {}", words.join(", ")),
            Problem::NotOneOf(words) => write!(f, "must be one of {}", words.join(", ")),
            Problem::Together(other) => write!(f, "cannot be used together with {other}"),
            Problem::TooManyTogether { lists, limit } => write!(f, "must have at most {limit} {lists} in all"),
            Problem::TooMuchWork => write!(
                f,
                "asks for more than {} seconds of work: compare fewer fields, values or patterns",
                limits::WORK / 1_000_000_000
            ),
        }
    }
}

fn of_reason(reason: &Reason) -> String {
    match reason {
        Reason::Missing => "is required".into(),
        Reason::Empty => "must not be blank".into(),
        Reason::TooLong { limit } => format!("must have at most {limit} characters"),
        Reason::TooMany { limit } => format!("must have at most {limit} entries"),
        Reason::TooManyOf { what, limit } => format!("must have at most {limit} {} in all", counted(*what)),
        Reason::Control => "must not have control characters".into(),
        Reason::Invisible => "must not have invisible characters".into(),
        Reason::NotAnEmail => "must be an e-mail address".into(),
        Reason::NotAPhone => "must be a telephone number with its country code, such as +911099999999".into(),
        Reason::NotAProficiency => format!("must be from 0 to {}", Proficiency::MAX),
        Reason::TooDeep { limit } => format!("must be at most {limit} deep"),
        Reason::NoSuchSkill(text) => format!("names no skill: [{text}] is neither the name nor the id of one"),
        Reason::AmbiguousSkill(text) => format!("names two skills: [{text}] is the id of one and the name of another"),
        Reason::NotAPattern(problem) => format!("must be a regular expression: {problem}"),
        Reason::KindIsFixed(kind) => format!("must be one of {}", kind.word()),
    }
}

fn counted(what: Quantity) -> &'static str {
    match what {
        Quantity::ChangedGroups => "groups that one command changes",
        Quantity::GroupsAboveAndBeneath => "groups beneath and above them",
        Quantity::ComparisonsOfSkill => "comparisons, with those of other rules that name the same skill,",
    }
}
