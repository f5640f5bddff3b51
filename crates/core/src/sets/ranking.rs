//! The order by name of all people or all groups. When a directory is built, slots are assigned in the order of names,
//! so any set is in that order already, with access by rank. Slots that were added or renamed since are *late*: the
//! few of them are kept in a sorted list, and merged into each page (docs/adr/0006-slots-in-order.md).

use super::matching::Match;
use super::order::{Order, SortKey};
use super::set::Set;
use crate::values::{Direction, Window};

/// The late slots, sorted. Every call must be given the same keys, no two of them equal. To change the key of a late
/// slot, remove the slot first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranking {
    late: Set,
    order: Order,
}

impl Ranking {
    /// Adds a slot whose number does not follow from its key, such as a new one.
    pub fn add_late<K: SortKey>(&mut self, slot: u32, key_of: impl Fn(u32) -> K) {
        if self.late.insert(slot) {
            self.order.insert(slot, key_of);
        }
    }

    /// Removes a slot if it is late. Its key must still be the one that it was added with.
    pub fn remove<K: SortKey>(&mut self, slot: u32, key_of: impl Fn(u32) -> K) {
        if self.late.remove(slot) {
            self.order.remove(slot, key_of);
        }
    }

    /// The number of late slots.
    pub fn n_late(&self) -> usize {
        self.order.len()
    }

    /// All slots of a set, in order.
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
        // Binary search for the number of late slots among the first `start`: the least number for which the next late
        // slot comes after the last settled (not late) one of the remaining places.
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

    /// The slots of a set whose names are, or begin with, a text. The settled ones are a range, found by binary search.
    pub fn named<'n>(&self, set: &Set, how: Match, text: &str, name_of: impl Fn(u32) -> Option<&'n str>) -> Set {
        let begins = |slot: u32| name_of(slot).is_some_and(|name| how.finds(text, name));
        let comes_before = |slot: u32| name_of(slot).is_some_and(|name| name < text);
        let settled = if self.order.len() == 0 { set.clone() } else { set.without(&self.late) };
        let first = partition(&settled, 0, comes_before);
        let end = partition(&settled, first, begins);
        let mut found = settled.within(first..end);
        for slot in set.intersection(&self.late).iter().filter(|slot| begins(*slot)) {
            found.insert(slot);
        }
        found
    }

    /// The late slots of a set, in order.
    fn late_of<K: Ord>(&self, set: &Set, key_of: impl Fn(u32) -> K) -> Vec<u32> {
        if self.order.len() == 0 {
            return Vec::new();
        }
        let late = set.intersection(&self.late);
        // A few are sorted. For many, a scan of all late slots in order is faster.
        const FEW: usize = 16;
        if late.len() < self.order.len() / FEW {
            let mut slots: Vec<u32> = late.iter().collect();
            slots.sort_by_cached_key(|slot| key_of(*slot));
            slots
        } else {
            self.order.iter().filter(|slot| late.contains(*slot)).collect()
        }
    }

    /// Whether the late slots of a set, and its other slots, are each in order.
    pub fn is_sound<K: Ord>(&self, all: &Set, key_of: impl Fn(u32) -> K) -> bool {
        let ascending =
            |slots: &mut dyn Iterator<Item = u32>| slots.map(&key_of).is_sorted_by(|one, other| one < other);
        ascending(&mut all.without(&self.late).iter())
            && ascending(&mut self.order.iter())
            && self.order.len() == self.late.len()
            && self.late.without(all).is_empty()
    }

    /// Bytes of memory that the ranking takes, about.
    pub fn bytes(&self) -> usize {
        self.late.bytes() + self.order.bytes()
    }
}

/// Binary search for a boundary: `comes_first` is true for the slots of the set below it, and false from it on. The
/// search begins at the slot `from`.
fn partition(set: &Set, from: u32, comes_first: impl Fn(u32) -> bool) -> u32 {
    let (mut least, mut most) = (from, set.last().map_or(from, |last| last + 1).max(from));
    while least < most {
        let middle = least + (most - least) / 2;
        match set.next_from(middle).filter(|slot| comes_first(*slot)) {
            Some(slot) => least = slot + 1,
            None => most = middle,
        }
    }
    least
}

/// Merges two sorted lists.
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

    impl SortKey for (u64, u32) {
        fn beginning(&self) -> u64 {
            self.0
        }
    }

    proptest! {
        #[test]
        fn every_window_is_a_slice_of_the_sorted_list(
            slots in prop::collection::btree_set(0u32..2_000, 0..400),
            late in prop::collection::btree_map(0u32..2_000, any::<u32>(), 0..200),
            count in 1usize..60,
        ) {
            // The key of a settled slot is the slot itself, spread out; a late slot has any key.
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
