//! The estimated cost of a search, in nanoseconds of one core, before it runs.
//!
//! The constants were measured with `cargo bench -p convoke-core --bench search`, which prints estimates
//! beside times. The number of hits is guessed from the lengths of the texts. What the filter of a column saves is not
//! counted: a text that many have saves nothing, and a search that is taken for short holds up others.

use super::criteria::{By, Criterion, Search, SortKey};
use super::pools::{Pool, Pools};
use crate::directory::{FieldKind, SearchField};
use crate::sets::{Expression, Match, Test, Wanted};

/// The sizes of what is searched.
pub(super) struct Sizes<'a, F> {
    /// The number of people or groups.
    pub n_things: usize,
    /// How many of them are late in the order of names.
    pub n_late: usize,
    /// The number of sets that index a field's values; 0 if the values are read from each record.
    pub n_sets: &'a dyn Fn(F) -> usize,
    /// The bytes of the columns of a field; 0 if it has no column.
    pub text_bytes: &'a dyn Fn(F) -> usize,
}

/// The fixed cost of a search.
const SEARCH: f64 = 3_000.0;
/// A byte that is searched for a single text.
const BYTE: f64 = 0.03;
/// Finding out for a text which bytes are to be searched, for each byte.
const FILTERED_BYTE: f64 = 0.003;
/// A byte that an automaton for many texts reads.
const AUTOMATON_BYTE: f64 = 2.0;
/// A match of a text, beyond the cost of its bytes.
const FOUND: f64 = 25.0;
/// Reading a value from the record of one person or group.
const ASKED: f64 = 25.0;
/// A value that an automaton or a pattern is applied to by itself.
const VALUE: f64 = 40.0;
/// The start-up of a pattern's matcher.
const PATTERN: f64 = 100_000.0;
/// A byte that a pattern reads.
const PATTERN_BYTE: f64 = 1.5;
/// Looking up an id.
const LOOK_UP: f64 = 400.0;
/// Sorting a hit, for each sort key.
const ORDERED: f64 = 60.0;
/// Joining a set with others, whatever its size.
const SET: f64 = 100.0;
/// Joining a set with others, for each person or group that could be in it.
const JOINED: f64 = 0.02;

/// The estimate.
pub(super) fn estimate<F: SearchField>(search: &Search<F>, pools: &Pools<F>, sizes: &Sizes<F>) -> usize {
    let n_things = sizes.n_things as f64;
    let passes: f64 = pools.iter().map(|pool| pass(pool, sizes)).sum();
    let (criteria, share) = of_expression(&search.expression, 1.0, pools, sizes);
    let is_kept = match search.order.as_slice() {
        [] => true,
        [SortKey(By::Field(field, _))] => *field == F::NAME,
        _ => false,
    };
    let ordering = if is_kept { 0.0 } else { ORDERED * search.order.len() as f64 };
    let mut scored: Vec<F> = Vec::new();
    if search.order.contains(&SortKey::by_score()) {
        for leaf in search.expression.leaves() {
            if matches!(leaf.test, Test::Text { .. }) && !scored.contains(&leaf.field) {
                scored.push(leaf.field);
            }
        }
    }
    let scoring = scored.iter().map(|field| VALUE + AUTOMATON_BYTE * bytes_of_each(*field, sizes)).sum::<f64>();
    (SEARCH + passes + criteria + share * n_things * (ordering + scoring)) as usize
}

/// The bytes that a thing has in a field, on average.
fn bytes_of_each<F: SearchField>(field: F, sizes: &Sizes<F>) -> f64 {
    (sizes.text_bytes)(field) as f64 / sizes.n_things.max(1) as f64
}

/// One pass over a column for many texts.
fn pass<F: SearchField>(pool: &Pool<F>, sizes: &Sizes<F>) -> f64 {
    let bytes = (sizes.text_bytes)(pool.column) as f64;
    let places: f64 = pool.wanted.iter().map(places_in_a_byte).sum();
    let n_needles: usize = pool.wanted.iter().map(|wanted| wanted.needles.len()).sum();
    bytes * (FILTERED_BYTE * n_needles as f64 + AUTOMATON_BYTE + FOUND * places.min(1.0))
}

/// The expected number of matches of the texts per byte.
fn places_in_a_byte(wanted: &Wanted) -> f64 {
    let place = |needle: &&str| match needle.len() {
        0 | 1 => 1.0 / 20.0,
        2 => 1.0 / 400.0,
        3 | 4 => 1.0 / 1_000.0,
        _ => 1.0 / 4_000.0,
    };
    wanted.needles.iter().map(place).sum()
}

/// The cost of criteria that are evaluated for a share of all things, and the share that passes.
fn of_expression<F: SearchField>(
    expression: &Expression<Criterion<F>>,
    share: f64,
    pools: &Pools<F>,
    sizes: &Sizes<F>,
) -> (f64, f64) {
    match expression {
        Expression::Leaf(leaf) => (of_leaf(leaf, share, pools, sizes), share * share_of(leaf, sizes)),
        Expression::List { all, any, none } => {
            let (mut cost, mut left) = (0.0, share);
            for entry in all {
                let (more, share) = of_expression(entry, left, pools, sizes);
                (cost, left) = (cost + more, share);
            }
            let mut open = left;
            for entry in any {
                let (more, found) = of_expression(entry, open, pools, sizes);
                (cost, open) = (cost + more, open - found);
            }
            if !any.is_empty() {
                left -= open;
            }
            for entry in none {
                cost += of_expression(entry, left, pools, sizes).0;
            }
            (cost, left)
        }
    }
}

/// The estimated share of all things that pass a test.
fn share_of<F: SearchField>(leaf: &Criterion<F>, sizes: &Sizes<F>) -> f64 {
    let found: f64 = match &leaf.test {
        Test::Text { how: Match::Whole, needles } => needles.len() as f64 / sizes.n_things.max(1) as f64,
        Test::Text { how: Match::Beginning | Match::Word, needles } => needles.len() as f64 * 0.02,
        Test::Text { how: Match::Inside, .. } => leaf.test.wanted().as_ref().map_or(0.0, share_of_texts),
        Test::Patterns(_) | Test::Between(_) | Test::TextBetween(..) => 0.3,
        Test::Present => 1.0,
    };
    found.min(1.0)
}

/// The estimated share of all things that contain one of these texts.
fn share_of_texts(wanted: &Wanted) -> f64 {
    let has = |needle: &&str| match needle.len() {
        0 | 1 => 0.5,
        2 => 0.1,
        3 => 0.02,
        _ => 0.005,
    };
    wanted.needles.iter().map(has).sum()
}

/// The cost of one criterion that is evaluated for a share of all things.
fn of_leaf<F: SearchField>(leaf: &Criterion<F>, share: f64, pools: &Pools<F>, sizes: &Sizes<F>) -> f64 {
    let n_asked = sizes.n_things as f64 * share;
    let bytes_of_each = bytes_of_each(leaf.field, sizes);
    let joined = SET + JOINED * sizes.n_things as f64;
    let n_sets = (sizes.n_sets)(leaf.field) as f64;
    let together = |wanted: &Wanted| {
        let places = places_in_a_byte(wanted);
        match wanted.needles.as_slice() {
            _ if pools.has(&leaf.test) => 0.0,
            [_] => {
                let places = if wanted.how == Match::Whole { 0.0 } else { places };
                (sizes.text_bytes)(leaf.field) as f64 * (FILTERED_BYTE + BYTE + FOUND * places)
            }
            // The search of a value ends at the first text found.
            _ => {
                n_asked
                    * (AUTOMATON_BYTE * (1.0 / places).min(bytes_of_each) + FOUND * (places * bytes_of_each).min(1.0))
            }
        }
    };
    let by_values = match (&leaf.test, leaf.field.kind()) {
        (Test::Text { needles, .. }, FieldKind::Text) if leaf.beginnings_of_names().is_some() => {
            needles.len() as f64 * (LOOK_UP + sizes.n_late as f64 * ASKED)
        }
        (Test::Text { needles, .. }, FieldKind::Id) => {
            let each = if n_sets > 0.0 { joined } else { 0.0 };
            let asked = if n_sets > 0.0 { 0.0 } else { n_asked * ASKED };
            asked + needles.len() as f64 * (LOOK_UP + each)
        }
        (_, _) if n_sets > 0.0 => n_sets * joined,
        (Test::Text { .. }, _) => leaf.test.wanted().as_ref().map_or(0.0, together),
        (Test::Patterns(patterns), _) => {
            let found = leaf.test.wanted().map(|wanted| (together(&wanted), share_of_texts(&wanted).min(1.0)));
            let (finding, left) = found.unwrap_or((n_asked * ASKED, 1.0));
            let each = VALUE + PATTERN_BYTE * bytes_of_each;
            finding + patterns.len() as f64 * (PATTERN + n_asked * left * each)
        }
        (Test::Present | Test::Between(_) | Test::TextBetween(..), _) => n_asked * ASKED,
    };
    by_values + joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::PersonField;
    use crate::search::Criteria;
    use crate::sets::{Pattern, Tag};
    use crate::values::limits;

    const FIELDS: [PersonField; 4] =
        [PersonField::Name, PersonField::Email, PersonField::Department, PersonField::Title];

    fn entry(fields: &[PersonField], test: &Test) -> Criteria<PersonField> {
        let leaf = |field: &PersonField| Expression::Leaf(Criterion::new(*field, test.clone()).expect("it fits"));
        let own = Expression::list(fields.iter().map(|field| (Tag::Or, leaf(field))));
        Criteria { tag: Tag::Or, own: Some(own), group: Vec::new() }
    }

    fn estimated(criteria: Vec<Criteria<PersonField>>, order: Vec<SortKey<PersonField>>, n_things: usize) -> usize {
        let search = Search::new(criteria, order).expect("within the limits");
        let sizes = Sizes { n_things, n_late: 0, n_sets: &|_| 0, text_bytes: &|_| n_things * 20 };
        estimate(&search, &Pools::new(&search, |field| vec![field]), &sizes)
    }

    fn words(from: usize, how: Match, n: usize) -> Test {
        let words: Vec<String> = (from..from + n).map(|at| format!("word{at}")).collect();
        Test::text(how, words.iter().map(String::as_str)).expect("there are words")
    }

    fn patterns(n: usize) -> Vec<Criteria<PersonField>> {
        let pattern = |at: usize| Test::Patterns(vec![Pattern::new(&format!("[a-z]+ .*{at}")).expect("a pattern")]);
        (0..n).map(|at| entry(&FIELDS, &pattern(at))).collect()
    }

    #[test]
    fn what_costs_more_is_estimated_as_more() {
        let plain = estimated(vec![entry(&[PersonField::Name], &words(0, Match::Inside, 1))], Vec::new(), 20_000);
        let mut costly: Vec<_> = (0..14).map(|at| entry(&FIELDS, &words(at * 31, Match::Word, 31))).collect();
        costly.extend(patterns(2));
        let by_name = estimated(costly.clone(), Vec::new(), 20_000);
        let by_score = estimated(costly, vec![SortKey::by_score()], 20_000);
        assert!(plain < 100_000, "{plain}");
        assert!(by_name > plain * 100 && by_score > by_name * 3 / 2, "{plain}, {by_name}, {by_score}");
        assert!(by_score < limits::WORK / 10, "{by_score}");
    }

    #[test]
    fn what_takes_longer_than_the_bound_is_beyond_it() {
        assert!(estimated(patterns(8), Vec::new(), 20_000) < limits::WORK / 10);
        assert!(estimated(patterns(8), Vec::new(), 10_000_000) > limits::WORK);
    }
}
