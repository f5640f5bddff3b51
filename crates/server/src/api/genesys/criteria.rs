//! Conversion of search criteria from the wire to the directory.

use super::search::Searched;
use super::timestamp;
use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use crate::patterns::Patterns;
use convoke_core::*;
use convoke_wire::genesys::{CriteriaOperator, CriteriaType, SearchCriteria, SearchOrder, SearchState};
use convoke_wire::word::Word;
use std::ops::Bound;

/// The sort keys from `sort`, or else from `sortBy` and `sortOrder`.
pub(super) fn order<F: SearchField>(state: &SearchState) -> Result<Vec<SortKey<F>>, Refusal> {
    let single = (given_text(&state.sort_by), &state.sort_order);
    let list = state.sort.as_deref().unwrap_or_default();
    let mut orders: Vec<_> = list.iter().map(|sort| (given_text(&sort.sort_by), &sort.sort_order)).collect();
    if orders.is_empty() && (single.0.is_some() || given_word(single.1).is_some()) {
        orders.push(single);
    }
    let mut keys = Vec::new();
    for (by, order) in orders {
        let field = by.map(|word| field_of::<F>("sortBy", word)).transpose()?;
        match given_word(order) {
            None | Some(SearchOrder::Ascending | SearchOrder::LongAscending) => {
                keys.push(by_field(field.unwrap_or(F::NAME), Direction::Ascending)?);
            }
            Some(SearchOrder::Descending | SearchOrder::LongDescending) => {
                keys.push(by_field(field.unwrap_or(F::NAME), Direction::Descending)?);
            }
            Some(SearchOrder::Score) => {
                keys.push(SortKey::by_score());
                keys.extend(field.map(|field| by_field(field, Direction::Ascending)).transpose()?);
            }
            Some(SearchOrder::Other(word)) => return Err(unknown("sortOrder", &word, &["ASC", "DESC", "SCORE"])),
        }
    }
    Ok(keys)
}

/// The text, unless it is absent or blank.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// The text of a word, unless it is blank.
fn given_text(word: &Option<impl Word>) -> Option<&str> {
    given(word.as_ref().map(Word::as_str))
}

/// The word in upper case, unless it is absent or blank. All words of searches are in upper case.
pub(super) fn given_word<W: Word + From<String>>(word: &Option<W>) -> Option<W> {
    given_text(word).map(|text| W::from(text.to_ascii_uppercase()))
}

fn by_field<F: SearchField>(field: F, direction: Direction) -> Result<SortKey<F>, Refusal> {
    SortKey::by(field, direction).ok_or_else(|| Refusal::invalid("sortBy", Problem::NotFor(field.word())))
}

/// The field of a word in the request's field `within`.
fn field_of<F: SearchField>(within: &'static str, word: &str) -> Result<F, Refusal> {
    F::parse(word.trim()).ok_or_else(|| unknown(within, word, F::WORDS))
}

/// The refusal of a word that is not one of `words`.
fn unknown(field: &'static str, word: &str, words: &'static [&'static str]) -> Refusal {
    const SHOWN_CHARS: usize = 100;
    Refusal::invalid(field, Problem::Unknown { word: word.chars().take(SHOWN_CHARS).collect(), words })
}

/// How a criterion compares fields with values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparing {
    /// It has no comparison, and always holds.
    Nothing,
    /// Each word occurs in one of the fields.
    QueryString,
    /// All fields have a value.
    Presence,
    /// Regular expressions match.
    Patterns,
    /// One of the values matches.
    Values(Match),
    /// One of the words of the values matches.
    Words,
    /// The value is in a range.
    Range(RangeType),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RangeType {
    Between,
    LessThan,
    LessThanEqualTo,
    GreaterThan,
    GreaterThanEqualTo,
}

/// The meaning of a type. No other code distinguishes all types.
fn comparing(kind: &CriteriaType) -> Result<Comparing, Refusal> {
    Ok(match kind {
        CriteriaType::MatchAll => Comparing::Nothing,
        CriteriaType::QueryString => Comparing::QueryString,
        CriteriaType::RequiredFields => Comparing::Presence,
        CriteriaType::Regex => Comparing::Patterns,
        CriteriaType::Exact => Comparing::Values(Match::Whole),
        CriteriaType::StartsWith => Comparing::Values(Match::Beginning),
        CriteriaType::Contains => Comparing::Values(Match::Inside),
        CriteriaType::Term => Comparing::Values(Match::Word),
        CriteriaType::Terms => Comparing::Words,
        CriteriaType::Range | CriteriaType::DateRange => Comparing::Range(RangeType::Between),
        CriteriaType::LessThan => Comparing::Range(RangeType::LessThan),
        CriteriaType::LessThanEqualTo => Comparing::Range(RangeType::LessThanEqualTo),
        CriteriaType::GreaterThan => Comparing::Range(RangeType::GreaterThan),
        CriteriaType::GreaterThanEqualTo => Comparing::Range(RangeType::GreaterThanEqualTo),
        CriteriaType::Other(word) => return Err(unknown("type", word, CriteriaType::WORDS)),
    })
}

/// Converts an entry of a criteria list. Its words are replaced by the form that links have.
pub(super) fn criteria<F: Searched>(
    entry: &mut SearchCriteria,
    budget: &mut Budget,
    patterns: &Patterns,
) -> Result<Criteria<F>, Refusal> {
    let kind = given_word(&entry.kind).ok_or_else(|| Refusal::invalid("type", Reason::Missing))?;
    let comparing = comparing(&kind)?;
    let operator = given_word(&entry.operator);
    let tag = match &operator {
        None | Some(CriteriaOperator::And) => Tag::And,
        Some(CriteriaOperator::Or) => Tag::Or,
        Some(CriteriaOperator::Not) => Tag::Not,
        Some(CriteriaOperator::Other(word)) => return Err(unknown("operator", word, CriteriaOperator::WORDS)),
    };
    let mut fields: Vec<F> = Vec::new();
    for field in entry.fields.iter().flatten().map(|word| field_of("fields", word)) {
        let field = field?;
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    budget.spend(comparing, fields.len(), entry)?;
    let own = match (comparing, fields.as_slice()) {
        (Comparing::Nothing, _) => None,
        (Comparing::QueryString, []) => Some(query_string(F::USUAL, entry)?),
        // Without fields there is no comparison. That is an error, unless the entry has nested criteria.
        (_, []) if entry.group.as_ref().is_none_or(Vec::is_empty) => {
            return Err(Refusal::invalid("fields", Reason::Missing));
        }
        (_, []) => None,
        (Comparing::QueryString, fields) => Some(query_string(fields, entry)?),
        // All fields must have a value. For all other types one matching field is enough.
        (Comparing::Presence, fields) => Some(Expression::list(leaves(Tag::And, fields, |_| Ok(Test::Present))?)),
        (Comparing::Patterns, fields) => {
            let test = Test::Patterns(compiled(entry, patterns)?);
            Some(Expression::list(leaves(Tag::Or, fields, |_| Ok(test.clone()))?))
        }
        (Comparing::Values(how), fields) => {
            Some(Expression::list(leaves(Tag::Or, fields, |field| of_values(how, field, entry))?))
        }
        (Comparing::Words, fields) => Some(Expression::list(leaves(Tag::Or, fields, |field| of_words(field, entry))?)),
        (Comparing::Range(range), fields) => {
            Some(Expression::list(leaves(Tag::Or, fields, |field| of_range(range, field, entry))?))
        }
    };
    let group = entry.group.iter_mut().flatten();
    let group = group.map(|entry| criteria(entry, budget, patterns)).collect::<Result<_, Refusal>>()?;
    entry.kind = Some(kind);
    entry.operator = operator;
    Ok(Criteria { tag, own, group })
}

/// Counts the parts of a search against the limits, before they are compiled.
#[derive(Default)]
pub(super) struct Budget {
    terms: usize,
    values: usize,
    bytes: usize,
    patterns: usize,
}

impl Budget {
    /// Counts one entry with this number of fields.
    fn spend(&mut self, comparing: Comparing, n_fields: usize, entry: &SearchCriteria) -> Result<(), Refusal> {
        use convoke_core::limits::{PATTERNS, TERMS, VALUE_BYTES, VALUES};
        let texts = || entry.value.iter().chain(entry.values.iter().flatten());
        let n_values = texts().count();
        // Each word of a query string is searched for in each field.
        let n_words = match comparing {
            Comparing::QueryString => texts().map(|text| text.split_whitespace().count()).sum(),
            _ => 1,
        };
        self.terms += (n_fields.max(1) * n_words).max(1);
        self.values += n_values;
        let ends = entry.start_value.iter().chain(&entry.end_value).chain(&entry.date_format);
        self.bytes += texts().chain(ends).map(String::len).sum::<usize>();
        self.patterns += if comparing == Comparing::Patterns { n_values } else { 0 };
        for (field, spent, limit) in
            [("query", self.terms, TERMS), ("values", self.values, VALUES), ("values", self.patterns, PATTERNS)]
        {
            if spent > limit {
                return Err(Refusal::invalid(field, Reason::TooMany { limit }));
            }
        }
        if self.bytes > VALUE_BYTES {
            return Err(Refusal::invalid("values", Reason::TooLong { limit: VALUE_BYTES }));
        }
        Ok(())
    }
}

/// The compiled patterns of an entry.
fn compiled(entry: &SearchCriteria, patterns: &Patterns) -> Result<Vec<Pattern>, Refusal> {
    let pattern = |text: &str| patterns.get(text).map_err(|reason| Refusal::invalid("value", reason));
    values(entry)?.into_iter().map(pattern).collect()
}

type Entries<F> = Vec<(Tag, Expression<Criterion<F>>)>;

/// The leaves of the entry: one test for each field.
fn leaves<F: SearchField>(
    tag: Tag,
    fields: &[F],
    test: impl Fn(F) -> Result<Test, Refusal>,
) -> Result<Entries<F>, Refusal> {
    let leaf = |field: &F| {
        let criterion = Criterion::new(*field, test(*field)?).ok_or_else(|| not_for(*field))?;
        Ok((tag, Expression::Leaf(criterion)))
    };
    fields.iter().map(leaf).collect()
}

/// The refusal of a criterion whose type does not fit its field.
fn not_for<F: SearchField>(field: F) -> Refusal {
    Refusal::invalid("type", Problem::NotFor(field.word()))
}

/// The expression of a query string: each word, or phrase in quotation marks, occurs in one of the fields.
fn query_string<F: SearchField>(fields: &[F], entry: &SearchCriteria) -> Result<Expression<Criterion<F>>, Refusal> {
    let value = values(entry)?.join(" ");
    // Every second part is in quotation marks.
    let parts = value.split('"').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().collect(),
        _ => vec![part.trim()],
    });
    let word = |word: &str| {
        let inside = |_| Test::text(Match::Inside, [word]).map_err(|reason| Refusal::invalid("value", reason));
        Ok((Tag::And, Expression::list(leaves(Tag::Or, fields, inside)?)))
    };
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Err(Refusal::invalid("value", Reason::Missing));
    }
    Ok(Expression::list(words.into_iter().map(word).collect::<Result<Entries<F>, Refusal>>()?))
}

/// `value` and `values` of an entry together. There must be at least one.
fn values(entry: &SearchCriteria) -> Result<Vec<&str>, Refusal> {
    let values: Vec<&str> = entry.value.iter().chain(entry.values.iter().flatten()).map(String::as_str).collect();
    if values.is_empty() { Err(Refusal::invalid("value", Reason::Missing)) } else { Ok(values) }
}

/// A test for any of the values.
fn of_values<F: SearchField>(how: Match, field: F, entry: &SearchCriteria) -> Result<Test, Refusal> {
    match (field.kind(), how) {
        (FieldKind::Text | FieldKind::Id, _) => {
            let trim = |value| if how == Match::Word { str::trim(value) } else { value };
            let values = values(entry)?.into_iter().map(trim);
            Test::text(how, values).map_err(|reason| Refusal::invalid("value", reason))
        }
        (FieldKind::Number | FieldKind::Moment, Match::Whole | Match::Word) => of_numbers(field, entry),
        (FieldKind::Number | FieldKind::Moment, Match::Beginning | Match::Inside) => Err(not_for(field)),
    }
}

/// A test for any of the words.
fn of_words<F: SearchField>(field: F, entry: &SearchCriteria) -> Result<Test, Refusal> {
    match field.kind() {
        FieldKind::Text | FieldKind::Id => {
            let words = values(entry)?.into_iter().flat_map(str::split_whitespace);
            Test::text(Match::Word, words).map_err(|reason| Refusal::invalid("value", reason))
        }
        FieldKind::Number | FieldKind::Moment => of_numbers(field, entry),
    }
}

/// A test for any of the numbers or periods of time.
fn of_numbers<F: SearchField>(field: F, entry: &SearchCriteria) -> Result<Test, Refusal> {
    let ranges = values(entry)?.into_iter().map(|value| {
        let (first, last) = number(field, "value", value, entry)?;
        Ok((Bound::Included(first), Bound::Included(last)))
    });
    Ok(Test::Between(ranges.collect::<Result<_, Refusal>>()?))
}

/// A test for the range.
fn of_range<F: SearchField>(range: RangeType, field: F, entry: &SearchCriteria) -> Result<Test, Refusal> {
    let (from, to) = ends(range, entry)?;
    match field.kind() {
        FieldKind::Text | FieldKind::Id => {
            let bound = |end: Option<End<'_>>| {
                end.map_or(Bound::Unbounded, |end| end.with(fold(end.value.1), fold(end.value.1)))
            };
            Ok(Test::TextBetween(bound(from), bound(to)))
        }
        FieldKind::Number | FieldKind::Moment => {
            let read = |(name, value): (&'static str, &str)| number(field, name, value, entry);
            // "Up to a day" means up to its end, and "after a day" means after its end.
            let from = from.map(|from| read(from.value).map(|(first, last)| from.with(last, first))).transpose()?;
            let to = to.map(|to| read(to.value).map(|(first, last)| to.with(first, last))).transpose()?;
            Ok(Test::Between(vec![(from.unwrap_or(Bound::Unbounded), to.unwrap_or(Bound::Unbounded))]))
        }
    }
}

/// One end of a range: the value, its field in the request, and whether the range includes it.
#[derive(Clone, Copy)]
struct End<'e> {
    value: (&'static str, &'e str),
    is_in: bool,
}

impl End<'_> {
    /// The bound: `is_in` if the range includes it, `out` if not.
    fn with<T>(&self, out: T, is_in: T) -> Bound<T> {
        if self.is_in { Bound::Included(is_in) } else { Bound::Excluded(out) }
    }
}

type Ends<'e> = (Option<End<'e>>, Option<End<'e>>);

/// Both ends of a range.
fn ends<'e>(range: RangeType, entry: &'e SearchCriteria) -> Result<Ends<'e>, Refusal> {
    let end =
        |name, value: &'e Option<String>, is_in| value.as_deref().map(|value| End { value: (name, value), is_in });
    let value = |is_in| end("value", &entry.value, is_in);
    let (start, stop) =
        (|is_in| end("startValue", &entry.start_value, is_in), |is_in| end("endValue", &entry.end_value, is_in));
    let ends = match range {
        RangeType::Between => (start(true), stop(true)),
        RangeType::LessThan => (None, value(false).or_else(|| stop(false))),
        RangeType::LessThanEqualTo => (None, value(true).or_else(|| stop(true))),
        RangeType::GreaterThan => (value(false).or_else(|| start(false)), None),
        RangeType::GreaterThanEqualTo => (value(true).or_else(|| start(true)), None),
    };
    match ends {
        (None, None) => {
            let missing = if range == RangeType::Between { "startValue" } else { "value" };
            Err(Refusal::invalid(missing, Reason::Missing))
        }
        ends => Ok(ends),
    }
}

/// A number, or the first and last millisecond of a date or time.
fn number<F: SearchField>(
    field: F,
    name: &'static str,
    text: &str,
    entry: &SearchCriteria,
) -> Result<(i64, i64), Refusal> {
    if field.kind() == FieldKind::Number {
        let number = text.trim().parse().map_err(|_| Refusal::invalid(name, Problem::NotANumber))?;
        return Ok((number, number));
    }
    let format = given(entry.date_format.as_deref()).map(timestamp::Format::new).transpose();
    let format = format.map_err(|problem| Refusal::invalid("dateFormat", problem))?;
    timestamp::parse(text, format.as_ref()).map_err(|problem| Refusal::invalid(name, problem))
}
