//! Searches: criteria over the fields of groups or people, and the order of the hits.

use crate::directory::{FieldKind, SearchField};
use crate::sets::{Expression, Match, Tag, Test};
use crate::values::{Direction, Fault, Field, Reason, limits};

/// One entry of a criteria list.
#[derive(Clone, Debug)]
pub struct Criteria<F> {
    /// How the entry is joined to the others of its list.
    pub tag: Tag,
    /// Its own comparison; `None` if it names no fields.
    pub own: Option<Expression<Criterion<F>>>,
    /// A nested list that must hold as well; may be empty.
    pub group: Vec<Criteria<F>>,
}

/// One field, and the test of its value.
#[derive(Clone, Debug)]
pub struct Criterion<F> {
    /// The field whose value is tested.
    pub field: F,
    /// The test of the value; [`Criterion::new`] checks that it fits the field.
    pub test: Test,
}

impl<F: SearchField> Criterion<F> {
    /// A test of a field. None if the test does not fit the type of the field.
    pub fn new(field: F, test: Test) -> Option<Self> {
        let fits = match (&test, field.kind()) {
            (Test::Present, _) | (Test::Text { .. } | Test::Patterns(_) | Test::TextBetween(..), FieldKind::Text) => {
                true
            }
            (Test::Text { how, .. }, FieldKind::Id) => matches!(how, Match::Whole | Match::Word),
            (Test::Between(_), FieldKind::Number | FieldKind::Moment) => true,
            _ => false,
        };
        fits.then_some(Criterion { field, test })
    }
}

impl<F: SearchField> Criterion<F> {
    /// The names to look up, if the criterion only looks for whole names or beginnings of names and they are few.
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

/// What to search for, and the order of the hits.
#[derive(Clone, Debug)]
pub struct Search<F> {
    pub(crate) expression: Expression<Criterion<F>>,
    pub(crate) order: Vec<SortKey<F>>,
}

/// A sort key of hits. Equal hits are sorted by name, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey<F>(pub(super) By<F>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By<F> {
    Field(F, Direction),
    Score,
}

impl<F: SearchField> SortKey<F> {
    /// Sorts by a field. Hits without a value come last. None if the field can have several values.
    pub fn by(field: F, direction: Direction) -> Option<Self> {
        field.is_single().then_some(SortKey(By::Field(field, direction)))
    }

    /// Sorts by name.
    pub fn by_name(direction: Direction) -> Self {
        SortKey(By::Field(F::NAME, direction))
    }

    /// Sorts by relevance: whole values first, then beginnings of values, then words, then other parts.
    pub fn by_score() -> Self {
        SortKey(By::Score)
    }
}

impl<F: SearchField> Search<F> {
    /// A search.
    ///
    /// # Errors
    ///
    /// [`Fault::Invalid`] if it exceeds [`limits::DEPTH`], [`limits::TERMS`], [`limits::VALUES`] or
    /// [`limits::SORT_KEYS`].
    pub fn new(criteria: Vec<Criteria<F>>, order: Vec<SortKey<F>>) -> Result<Self, Fault> {
        let mut level: Vec<&Criteria<F>> = criteria.iter().collect();
        let (mut depth, mut terms, mut values) = (0, 0, 0);
        while !level.is_empty() {
            depth += 1;
            if depth > limits::DEPTH {
                return Err(Fault::invalid(Field::NestedCriteria, Reason::TooDeep { limit: limits::DEPTH }));
            }
            for entry in &level {
                // An entry without a comparison counts as one, because it takes memory too.
                let leaves = entry.own.as_ref().map(Expression::leaves).unwrap_or_default();
                terms += leaves.len().max(1);
                // The fields of one entry share its values, so the values count once.
                values += leaves.iter().map(|leaf| leaf.test.n_values()).max().unwrap_or_default();
            }
            if terms > limits::TERMS {
                return Err(Fault::invalid(Field::Criteria, Reason::TooMany { limit: limits::TERMS }));
            }
            if values > limits::VALUES {
                return Err(Fault::invalid(Field::SearchedValues, Reason::TooMany { limit: limits::VALUES }));
            }
            level = level.iter().flat_map(|entry| &entry.group).collect();
        }
        if order.len() > limits::SORT_KEYS {
            return Err(Fault::invalid(Field::SortKeys, Reason::TooMany { limit: limits::SORT_KEYS }));
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
    // Patterns are evaluated last, when fewer candidates are left.
    let is_slow = |criterion: &&Criterion<F>| matches!(criterion.test, Test::Patterns(_));
    entries.sort_by_key(|(_, entry)| entry.leaves().iter().any(is_slow));
    Expression::list(entries)
}
