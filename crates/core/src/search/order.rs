//! Windows of hits in an order that is not maintained: the window is selected, and only the window is sorted.

use super::criteria::{By, Criterion, Search, SortKey};
use super::{SearchSpace, Value};
use crate::directory::SearchField;
use crate::sets::{Expression, Match, Needles, Set, Test};
use crate::values::{CancelFlag, Cancelled, Direction, Window};
use std::cmp::Ordering;

/// A hit, with the value of its first sort key.
#[derive(Clone, Copy)]
struct Hit<'v> {
    slot: u32,
    /// See [`beginnings`].
    beginning: Option<u64>,
    value: Option<Value<'v>>,
    score: u8,
}

/// The slots of a window.
pub(super) fn window<S: SearchSpace>(
    searched: &S,
    search: &Search<S::Field>,
    order: &[SortKey<S::Field>],
    hits: &Set,
    window: Window,
    cancel: &CancelFlag,
) -> Result<Vec<u32>, Cancelled> {
    /// How many hits are collected before those after the window are dropped.
    const STEP: usize = 1024;
    /// If there are many hits, every 61st is compared first, to find a bound for the others.
    const SAMPLE: usize = 61;
    let range = window.range(hits.len());
    let texts = if order.contains(&SortKey::by_score()) { texts_by_field(&search.expression) } else { Vec::new() };
    let first = order.iter().find_map(|key| match key.0 {
        By::Field(field, _) => Some(field),
        By::Score => None,
    });
    let compare = |one: &Hit, other: &Hit| {
        let by_key = |key: &SortKey<S::Field>| match key.0 {
            By::Score => one.score.cmp(&other.score),
            By::Field(field, direction) if Some(field) == first => absent_last(one.value, other.value, direction),
            By::Field(field, direction) => {
                absent_last(searched.value(one.slot, field), searched.value(other.slot, field), direction)
            }
        };
        let by_keys = order.iter().map(by_key).find(|ordering| ordering.is_ne());
        by_keys.unwrap_or_else(|| searched.name(one.slot).cmp(&searched.name(other.slot)))
    };
    let (mut beginning_of, direction) = beginnings(searched, order);
    let mut value_of = values(searched, first);
    let mut hit = |slot: u32, beginning: Option<u64>| {
        let score = texts.iter().map(|texts| texts.score(searched, slot)).min().unwrap_or_default();
        Hit { slot, beginning, value: value_of(slot), score }
    };
    let slots = hits.to_vec();
    let room = (range.end * 2).max(range.end + STEP);
    let sampled = if slots.len() > room { slots.as_slice() } else { &[] };
    let mut sample: Vec<Hit> = Vec::new();
    for slot in sampled.iter().step_by(SAMPLE) {
        cancel.check()?;
        sample.push(hit(*slot, beginning_of(*slot)));
    }
    // A hit that comes after the window. Hits after it are skipped.
    let mut bound: Option<Hit> = (range.end < sample.len()).then(|| {
        let (_, next, _) = sample.select_nth_unstable_by(range.end, compare);
        *next
    });
    let mut best: Vec<Hit> = Vec::new();
    for slot in slots {
        cancel.check()?;
        let beginning = beginning_of(slot);
        if bound.is_some_and(|bound| absent_last(beginning, bound.beginning, direction).is_gt()) {
            continue;
        }
        let hit = hit(slot, beginning);
        if bound.is_some_and(|bound| compare(&hit, &bound).is_gt()) {
            continue;
        }
        best.push(hit);
        if best.len() == room {
            let (_, next, _) = best.select_nth_unstable_by(range.end, compare);
            bound = Some(*next);
            best.truncate(range.end);
        }
    }
    if range.start > 0 && range.start < best.len() {
        best.select_nth_unstable_by(range.start, compare);
    }
    best.drain(..range.start);
    if range.len() < best.len() {
        best.select_nth_unstable_by(range.len(), compare);
        best.truncate(range.len());
    }
    best.sort_unstable_by(compare);
    Ok(best.into_iter().map(|hit| hit.slot).collect())
}

/// Looks something up for each slot. Ascending slots are faster.
type LookUp<'s, V> = Box<dyn FnMut(u32) -> Option<V> + 's>;

/// If hits are sorted by a text first: the beginnings of these texts as numbers, which are faster to compare, and their
/// direction. Most of many hits come after the window by them alone.
fn beginnings<'s, S: SearchSpace>(searched: &'s S, order: &[SortKey<S::Field>]) -> (LookUp<'s, u64>, Direction) {
    if let Some(SortKey(By::Field(field, direction))) = order.first()
        && let Some(column) = searched.column_of_all(*field)
    {
        return (Box::new(column.beginnings()), *direction);
    }
    (Box::new(|_| None), Direction::Ascending)
}

/// The values of a field.
fn values<S: SearchSpace>(searched: &S, field: Option<S::Field>) -> LookUp<'_, Value<'_>> {
    let Some(field) = field else { return Box::new(|_| None) };
    match searched.column_of_all(field) {
        Some(column) => {
            let mut first_key = column.first_keys();
            Box::new(move |slot| first_key(slot).map(Value::Text))
        }
        None => Box::new(move |slot| searched.value(slot, field)),
    }
}

fn absent_last<V: Ord>(one: Option<V>, other: Option<V>, direction: Direction) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) if direction == Direction::Ascending => one.cmp(&other),
        (Some(one), Some(other)) => other.cmp(&one),
        (one, other) => one.is_none().cmp(&other.is_none()),
    }
}

/// All texts that the criteria look for in one field.
struct Texts<F> {
    field: F,
    needles: Needles,
    /// Whether one of them is empty.
    has_empty: bool,
}

impl<F: SearchField> Texts<F> {
    /// The score, where smaller is better: a whole value, a beginning, a word, another part, or no match. Takes one
    /// pass over the values, whatever the number of texts.
    fn score<S: SearchSpace<Field = F>>(&self, searched: &S, slot: u32) -> u8 {
        let Some(column) = searched.column(slot, self.field) else { return Match::BEST_FIRST.len() as u8 };
        let place = |how: Match| Match::BEST_FIRST.iter().position(|one| *one == how).unwrap_or_default() as u8;
        let best = column.best(slot, &self.needles).map_or(Match::BEST_FIRST.len() as u8, place);
        let empty = self.has_empty.then(|| {
            let keys = column.keys(slot).map(|key| if key.is_empty() { Match::Whole } else { Match::Beginning });
            keys.map(place).min()
        });
        empty.flatten().map_or(best, |empty| best.min(empty))
    }
}

/// The texts that a hit is scored by. Those under a negation are left out.
fn texts_by_field<F: SearchField>(expression: &Expression<Criterion<F>>) -> Vec<Texts<F>> {
    let mut fields: Vec<(F, Vec<&str>)> = Vec::new();
    let mut open = vec![expression];
    while let Some(expression) = open.pop() {
        match expression {
            Expression::Leaf(Criterion { field, test: Test::Text { needles, .. } }) => {
                let needles = needles.iter().map(String::as_str);
                match fields.iter_mut().find(|(of, _)| of == field) {
                    Some((_, texts)) => texts.extend(needles),
                    None => fields.push((*field, needles.collect())),
                }
            }
            Expression::Leaf(_) => {}
            Expression::List { all, any, .. } => open.extend(all.iter().chain(any)),
        }
    }
    let texts = fields.into_iter().map(|(field, texts)| Texts {
        field,
        has_empty: texts.contains(&""),
        needles: Needles::new([texts]),
    });
    texts.collect()
}
