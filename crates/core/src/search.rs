//! Searches: criteria over the fields of groups or people, and in what order their hits come.

use crate::column::Wanted;
use crate::expression::Expression;
use crate::fault::{Fault, Reason};
use crate::field::{Field, FieldKind};
use crate::limits;
use crate::pattern::Pattern;
use crate::query::Direction;
use crate::rule::Tag;
use crate::text::fold;
use std::ops::{Bound, RangeBounds};

/// One entry of a criteria list.
#[derive(Clone, Debug)]
pub struct Criteria<F> {
    /// How it is joined to the entries beside it.
    pub tag: Tag,
    /// Its own comparison; none where it has no fields.
    pub own: Option<Expression<Criterion<F>>>,
    /// A list that must hold as well; none where it is empty.
    pub group: Vec<Criteria<F>>,
}

/// One field, and what its value is tested for.
#[derive(Clone, Debug)]
pub struct Criterion<F> {
    /// The field.
    pub field: F,
    /// The test.
    pub test: Test,
}

impl<F: Field> Criterion<F> {
    /// A test of a field.
    ///
    /// # Errors
    ///
    /// [`Fault::Invalid`] when the test does not go with what the field holds.
    pub fn new(field: F, test: Test) -> Result<Self, Fault> {
        let fits = match (&test, field.kind()) {
            (Test::Present, _) | (Test::Text { .. } | Test::Patterns(_) | Test::TextBetween(..), FieldKind::Text) => {
                true
            }
            (Test::Text { how, .. }, FieldKind::Id) => matches!(how, Match::Whole | Match::Word),
            (Test::Between(_), FieldKind::Number | FieldKind::Moment) => true,
            _ => false,
        };
        if fits { Ok(Criterion { field, test }) } else { Err(Fault::invalid("type", Reason::NotFor(field.word()))) }
    }
}

impl<F: Field> Criterion<F> {
    /// The names that it looks for as a whole or a beginning, if it does nothing else, and they are few
    /// enough to be looked up one by one.
    pub(crate) fn beginnings_of_names(&self) -> Option<(Match, &[String])> {
        const FEW: usize = 16;
        match &self.test {
            Test::Text { how: how @ (Match::Whole | Match::Beginning), needles } => {
                (self.field == F::NAME && needles.len() <= FEW).then_some((*how, needles))
            }
            _ => None,
        }
    }
}

/// What a value is tested for. Of a field with several values, any will do.
#[derive(Clone, Debug)]
pub enum Test {
    /// The text is, begins with, has in it, or has as one word, any of these.
    Text {
        /// Which part of the value.
        how: Match,
        /// The keys ([`fold`]) to find.
        needles: Vec<String>,
    },
    /// The whole text, not folded, matches one of these.
    Patterns(Vec<Pattern>),
    /// There is a value, and it is not empty.
    Present,
    /// The number, or the moment in milliseconds, is in one of these ranges.
    Between(Vec<(Bound<i64>, Bound<i64>)>),
    /// The key of the text is from the one to the other, in the order of Unicode scalar values.
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

    /// The texts that a value which passes has in it, if they are known.
    pub(crate) fn wanted(&self) -> Option<Wanted<'_>> {
        match self {
            Test::Text { how, needles } => {
                Some(Wanted { how: *how, needles: needles.iter().map(String::as_str).collect() })
            }
            Test::Patterns(patterns) => {
                let needles = patterns.iter().map(|pattern| pattern.needle.as_deref()).collect::<Option<_>>();
                needles.map(|needles| Wanted { how: Match::Inside, needles })
            }
            Test::Present | Test::Between(_) | Test::TextBetween(..) => None,
        }
    }

    /// How many values it compares with.
    pub(crate) fn n_values(&self) -> usize {
        match self {
            Test::Text { needles, .. } => needles.len(),
            Test::Between(ranges) => ranges.len(),
            Test::Patterns(patterns) => patterns.len(),
            Test::Present | Test::TextBetween(..) => 1,
        }
    }

    /// Whether a text, given as it is and by its key, passes.
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
    /// The parts by which hits are scored.
    pub(crate) const BEST_FIRST: [Match; 4] = [Match::Whole, Match::Beginning, Match::Word, Match::Inside];

    /// Whether the key has the needle in this part.
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
                    // Places may overlap.
                    from = at + key.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                }
                false
            }
        }
    }
}

/// Whether what lies between two places of a text is not part of a longer word. A word is of letters
/// and digits.
pub(crate) fn is_word(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    let after = text.get(end..).and_then(|after| after.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// What is searched for, and in what order it comes.
#[derive(Clone, Debug)]
pub struct Search<F> {
    pub(crate) expression: Expression<Criterion<F>>,
    pub(crate) order: Vec<SortKey<F>>,
}

/// By what hits are ordered. Names, and then ids, decide between equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey<F> {
    /// By a field with one value; things without a value come last.
    Field(F, Direction),
    /// Those that have what was searched as the whole of a value come first, then as its beginning,
    /// as a word, inside.
    Score,
}

impl<F: Field> Search<F> {
    /// A search.
    ///
    /// # Errors
    ///
    /// [`Fault::Invalid`] past [`limits::DEPTH`], [`limits::TERMS`], [`limits::VALUES`] or
    /// [`limits::SORT_KEYS`], and for a field that cannot order.
    pub fn new(criteria: Vec<Criteria<F>>, order: Vec<SortKey<F>>) -> Result<Self, Fault> {
        let mut level: Vec<&Criteria<F>> = criteria.iter().collect();
        let (mut depth, mut terms, mut values) = (0, 0, 0);
        while !level.is_empty() {
            depth += 1;
            if depth > limits::DEPTH {
                return Err(Fault::invalid("group", Reason::TooDeep { limit: limits::DEPTH }));
            }
            for entry in &level {
                // One that compares nothing counts as well: it takes its place in the list.
                let leaves = entry.own.as_ref().map(Expression::leaves).unwrap_or_default();
                terms += leaves.len().max(1);
                // Several fields are compared with the same values.
                values += leaves.iter().map(|leaf| leaf.test.n_values()).max().unwrap_or_default();
            }
            if terms > limits::TERMS {
                return Err(Fault::invalid("query", Reason::TooMany { limit: limits::TERMS }));
            }
            if values > limits::VALUES {
                return Err(Fault::invalid("values", Reason::TooMany { limit: limits::VALUES }));
            }
            level = level.iter().flat_map(|entry| &entry.group).collect();
        }
        if order.len() > limits::SORT_KEYS {
            return Err(Fault::invalid("sort", Reason::TooMany { limit: limits::SORT_KEYS }));
        }
        if let Some(SortKey::Field(field, _)) =
            order.iter().find(|key| matches!(key, SortKey::Field(field, _) if !field.is_single()))
        {
            return Err(Fault::invalid("sortBy", Reason::NotFor(field.word())));
        }
        Ok(Search { expression: list_of(criteria), order })
    }
}

fn list_of<F>(list: Vec<Criteria<F>>) -> Expression<Criterion<F>> {
    let entry = |criteria: Criteria<F>| {
        let group = (!criteria.group.is_empty()).then(|| list_of(criteria.group));
        (criteria.tag, Expression::list(criteria.own.into_iter().chain(group).map(|part| (Tag::And, part))))
    };
    let mut entries: Vec<_> = list.into_iter().map(entry).collect();
    // Patterns come last, when fewer are left to be matched.
    let is_slow = |criterion: &&Criterion<F>| matches!(criterion.test, Test::Patterns(_));
    entries.sort_by_key(|(_, entry)| entry.leaves().iter().any(is_slow));
    Expression::list(entries)
}
