//! Tests of values, independent of the field that has them.

use super::pattern::Pattern;
use crate::values::{Reason, fold};
use std::ops::{Bound, RangeBounds};

/// A test of a value. A field with several values passes if any of them does.
#[derive(Clone, Debug)]
pub enum Test {
    /// The text matches any of the needles, in the way of `how`.
    Text {
        /// Which part of the value is compared.
        how: Match,
        /// The keys ([`fold`]) to find.
        needles: Vec<String>,
    },
    /// The whole text, not folded, matches one of these.
    Patterns(Vec<Pattern>),
    /// There is a value, and it is not empty.
    Present,
    /// The number, or the timestamp in milliseconds since 1970, is in one of these ranges.
    Between(Vec<(Bound<i64>, Bound<i64>)>),
    /// The key of the text is between these bounds, in the order of Unicode scalar values.
    TextBetween(Bound<String>, Bound<String>),
}

/// Which part of a text is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// All of it.
    Whole,
    /// Its beginning.
    Beginning,
    /// Any part.
    Inside,
    /// One word, or several that follow each other.
    Word,
}

impl Test {
    /// A test for any of these texts.
    ///
    /// # Errors
    ///
    /// [`Reason::Missing`] when there is none.
    pub fn text<'t>(how: Match, values: impl IntoIterator<Item = &'t str>) -> Result<Self, Reason> {
        let needles: Vec<String> = values.into_iter().map(fold).collect();
        if needles.is_empty() { Err(Reason::Missing) } else { Ok(Test::Text { how, needles }) }
    }

    /// Texts of which every passing value contains at least one, if such texts are known.
    pub(crate) fn wanted(&self) -> Option<Wanted<'_>> {
        match self {
            Test::Text { how, needles } => {
                Some(Wanted { how: *how, needles: needles.iter().map(String::as_str).collect() })
            }
            Test::Patterns(patterns) => {
                let needles = patterns.iter().map(|pattern| pattern.needle()).collect::<Option<_>>();
                needles.map(|needles| Wanted { how: Match::Inside, needles })
            }
            Test::Present | Test::Between(_) | Test::TextBetween(..) => None,
        }
    }

    /// The number of values that the test compares with.
    pub(crate) fn n_values(&self) -> usize {
        match self {
            Test::Text { needles, .. } => needles.len(),
            Test::Between(ranges) => ranges.len(),
            Test::Patterns(patterns) => patterns.len(),
            Test::Present | Test::TextBetween(..) => 1,
        }
    }

    /// Whether a text passes, given as it is and as its key.
    pub(crate) fn takes(&self, text: &str, key: &str) -> bool {
        match self {
            Test::Text { how, needles } => needles.iter().any(|needle| how.finds(needle, key)),
            Test::Patterns(patterns) => patterns.iter().any(|pattern| pattern.matches(text)),
            Test::Present => !key.is_empty(),
            Test::TextBetween(from, to) => {
                let range: (Bound<&str>, Bound<&str>) =
                    (from.as_ref().map(String::as_str), to.as_ref().map(String::as_str));
                range.contains(key)
            }
            Test::Between(_) => false,
        }
    }

    /// Whether a number passes.
    pub(crate) fn takes_number(&self, number: i64) -> bool {
        match self {
            Test::Between(ranges) => ranges.iter().any(|range| range.contains(&number)),
            Test::Present => true,
            _ => false,
        }
    }
}

impl Match {
    /// The matches by which hits are scored, from the best to the worst.
    pub(crate) const BEST_FIRST: [Match; 4] = [Match::Whole, Match::Beginning, Match::Word, Match::Inside];

    /// Whether the needle matches the key in this way.
    pub(crate) fn finds(self, needle: &str, key: &str) -> bool {
        match self {
            Match::Whole => key == needle,
            Match::Beginning => key.starts_with(needle),
            Match::Inside => key.contains(needle),
            Match::Word => {
                let mut from = 0;
                while let Some(at) = key.get(from..).and_then(|rest| rest.find(needle)).map(|at| from + at) {
                    if needle.is_empty() {
                        return false;
                    }
                    if is_word(key, at, at + needle.len()) {
                        return true;
                    }
                    // Matches may overlap.
                    from = at + key.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                }
                false
            }
        }
    }
}

/// Whether the range of bytes `start..end` of a text is not part of a longer word. A word consists of letters and
/// digits.
pub(crate) fn is_word(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    let after = text.get(end..).and_then(|after| after.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// The texts that one criterion looks for. One match is enough.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'s> {
    /// Which part of a value they must match.
    pub how: Match,
    /// The keys to find.
    pub needles: Vec<&'s str>,
}
