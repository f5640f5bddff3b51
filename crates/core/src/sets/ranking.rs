//! The order by name of all slots of a kind. Slots are given out in the order of names when a
//! directory is built, so any set of them is in that order already, with access by rank. Those that
//! came or were renamed since are the few late ones: kept in order beside, and laid between.

use super::matching::Match;
use super::order::Order;
use super::set::Set;
use crate::values::{Direction, Window};

/// How slots are ordered. Every call must be given the same keys, no two of them equal; a late
/// slot's key may change only while it is taken out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranking {
    late: Set,
    order: Order,
}

impl Ranking {
    /// Notes that a slot is not where its key puts it, as new ones are.
    pub fn add_late<K: Ord>(&mut self, slot: u32, key_of: impl Fn(u32) -> K) {
        if self.late.insert(slot) {
            self.order.insert(slot, key_of);
        }
    }

    /// Forgets a slot, whose key is still that which it was noted with.
    pub fn remove<K: Ord>(&mut self, slot: u32, key_of: impl Fn(u32) -> K) {
        if self.late.remove(slot) {
            self.order.remove(slot, key_of);
        }
    }

    /// How many slots are late.
    pub fn n_late(&self) -> usize {
        self.order.len()
    }

    /// All of a set, in order.
    pub fn sorted<K: Ord>(&self, set: &Set, key_of: impl Fn(u32) -> K) -> Vec<u32> {
        let late = self.late_of(set, &key_of);
        merge(set.without(&self.late).iter(), late.into_iter(), &key_of).collect()
    }

    /// A window of a set.
    pub fn window<K: Ord>(
        &self,
        set: &Set,
        window: Window,
        direction: Direction,
        key_of: impl Fn(u32) -> K,
    ) -> Vec<u32> {
        let total = set.len();
        let range = window.range(total);
        let (start, count) = match direction {
            Direction::Ascending => (range.start, range.len()),
            Direction::Descending => (total - range.end, range.len()),
        };
        let late = self.late_of(set, &key_of);
        let settled = if late.is_empty() { set.clone() } else { set.without(&self.late) };
        // How many of the first `start` are late ones: the least number such that the next late one
        // comes after the last settled one that is left for the rest.
        let (mut least, mut most) = (start.saturating_sub(total - late.len()), start.min(late.len()));
        while least < most {
            let middle = (least + most) / 2;
            let comes_before = match (late.get(middle), settled.select(start - middle - 1)) {
                (Some(late), Some(settled)) => key_of(*late) < key_of(settled),
                _ => false,
            };
            if comes_before { least = middle + 1 } else { most = middle }
        }
        let first = settled.select(start - least);
        let rest = first.into_iter().flat_map(|slot| settled.iter_from(slot));
        let mut slots: Vec<u32> = merge(rest, late.into_iter().skip(least), &key_of).take(count).collect();
        if direction == Direction::Descending {
            slots.reverse();
        }
        slots
    }

    /// Those of a set whose names are, or begin with, a text: of the settled ones a range, found by
    /// halving.
    pub fn named<'n>(&self, set: &Set, how: Match, text: &str, name_of: impl Fn(u32) -> Option<&'n str>) -> Set {
        let begins = |slot: u32| name_of(slot).is_some_and(|name| how.finds(text, name));
        let comes_before = |slot: u32| name_of(slot).is_some_and(|name| name < text);
        let settled = if self.order.len() == 0 { set.clone() } else { set.without(&self.late) };
        let first = partition(&settled, 0, comes_before);
        let end = partition(&settled, first, begins);
        let mut found = Set::from_ascending(settled.iter_from(first).take_while(|slot| *slot < end));
        for slot in set.intersection(&self.late).iter().filter(|slot| begins(*slot)) {
            found.insert(slot);
        }
        found
    }

    /// The late ones of a set, in order.
    fn late_of<K: Ord>(&self, set: &Set, key_of: impl Fn(u32) -> K) -> Vec<u32> {
        if self.order.len() == 0 {
            return Vec::new();
        }
        let late = set.intersection(&self.late);
        // Few are sorted; of many, all late ones are gone through in order.
        const FEW: usize = 16;
        if late.len() < self.order.len() / FEW {
            let mut slots: Vec<u32> = late.iter().collect();
            slots.sort_by_cached_key(|slot| key_of(*slot));
            slots
        } else {
            self.order.iter().filter(|slot| late.contains(*slot)).collect()
        }
    }

    /// Whether the slots of a set that are not late, and the late ones, are each in order.
    pub fn is_sound<K: Ord>(&self, all: &Set, key_of: impl Fn(u32) -> K) -> bool {
        let ascending =
            |slots: &mut dyn Iterator<Item = u32>| slots.map(&key_of).is_sorted_by(|one, other| one < other);
        ascending(&mut all.without(&self.late).iter())
            && ascending(&mut self.order.iter())
            && self.order.len() == self.late.len()
            && self.late.without(all).is_empty()
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.late.bytes() + self.order.len() * size_of::<u32>()
    }
}

/// The slot, from this one on, before which all those in the set come first, and after which none do.
fn partition(set: &Set, from: u32, comes_first: impl Fn(u32) -> bool) -> u32 {
    let (mut least, mut most) = (from, set.last().map_or(from, |last| last + 1).max(from));
    while least < most {
        let middle = least + (most - least) / 2;
        match set.iter_from(middle).next().filter(|slot| comes_first(*slot)) {
            Some(slot) => least = slot + 1,
            None => most = middle,
        }
    }
    least
}

/// Two ordered lists as one.
fn merge<K: Ord>(
    one: impl Iterator<Item = u32>,
    other: impl Iterator<Item = u32>,
    key_of: impl Fn(u32) -> K,
) -> impl Iterator<Item = u32> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    std::iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some(a), Some(b)) if key_of(*b) < key_of(*a) => other.next(),
        (Some(_), _) => one.next(),
        (None, _) => other.next(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn every_window_is_a_slice_of_the_sorted_list(
            slots in prop::collection::btree_set(0u32..2_000, 0..400),
            late in prop::collection::btree_map(0u32..2_000, any::<u32>(), 0..200),
            count in 1usize..60,
        ) {
            // Slots have themselves for keys, spread out; late ones have any.
            let key_of = |slot: u32| late.get(&slot).map_or((u64::from(slot) << 22, slot), |key| (u64::from(*key), slot));
            let mut ranking = Ranking::default();
            late.keys().for_each(|slot| ranking.add_late(*slot, key_of));
            let set = Set::from_ascending(slots.iter().copied());
            let mut sorted: Vec<u32> = slots.into_iter().collect();
            sorted.sort_by_key(|slot| key_of(*slot));
            prop_assert_eq!(ranking.sorted(&set, key_of), sorted.clone());
            for direction in [Direction::Ascending, Direction::Descending] {
                for start in (0..=sorted.len() + count).step_by(count) {
                    let slots = ranking.window(&set, Window { start, count }, direction, key_of);
                    let slice: Vec<u32> = sorted.iter().copied().skip(start).take(count).collect();
                    prop_assert_eq!(slots, slice);
                }
                sorted.reverse();
            }
            let all: BTreeSet<u32> = (0..2_000).collect();
            prop_assert!(ranking.is_sound(&Set::from_ascending(all), key_of));
        }
    }
}
