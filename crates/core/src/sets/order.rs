//! A sorted list of slots that is kept up to date: a short list of shared runs. A change copies only the run that it
//! touches.

use std::cmp::Ordering;
use std::sync::Arc;

/// The greatest length of a run. A longer one is split in two.
const RUN: usize = 256;

/// A key to sort slots by.
pub(crate) trait SortKey: Ord {
    /// A number that is less only if the key is less. It is kept beside the slot: most comparisons need no more, and the
    /// key itself is several pieces of memory away.
    fn beginning(&self) -> u64;
}

/// A name, and an id for equal names.
impl<I: Ord> SortKey for Option<(&str, I)> {
    fn beginning(&self) -> u64 {
        let mut bytes = [0; 8];
        let name = self.as_ref().map_or("", |(name, _)| name);
        bytes.iter_mut().zip(name.bytes()).for_each(|(to, byte)| *to = byte);
        u64::from_be_bytes(bytes)
    }
}

/// Slots sorted by a key that the caller provides for each. Every call on one order must be given the same keys, and
/// no two slots of an order may have equal keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    /// None is empty.
    runs: Vec<Arc<[Entry]>>,
    len: usize,
}

/// A slot, and the beginning of its key.
#[derive(Clone, Copy, Debug)]
struct Entry {
    beginning: u64,
    slot: u32,
}

impl Entry {
    /// Compares its key with another one.
    fn compare<K: SortKey>(self, other: &K, key_of: impl Fn(u32) -> K) -> Ordering {
        self.beginning.cmp(&other.beginning()).then_with(|| key_of(self.slot).cmp(other))
    }
}

impl Order {
    /// The number of slots.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds a slot that is not in the order.
    pub fn insert<K: SortKey>(&mut self, slot: u32, key_of: impl Fn(u32) -> K) {
        let key = key_of(slot);
        let entry = Entry { beginning: key.beginning(), slot };
        let at = self.run_of(&key, &key_of).min(self.runs.len().saturating_sub(1));
        self.len += 1;
        let Some(run) = self.runs.get_mut(at) else {
            self.runs.push(Arc::from([entry]));
            return;
        };
        let place = run.partition_point(|held| held.compare(&key, &key_of).is_lt());
        let (before, after) = run.split_at(place);
        let longer = before.iter().copied().chain([entry]).chain(after.iter().copied());
        if run.len() < RUN {
            *run = longer.collect();
        } else {
            let longer: Vec<Entry> = longer.collect();
            let (first, second) = longer.split_at(longer.len() / 2);
            let second = Arc::from(second);
            *run = first.into();
            self.runs.insert(at + 1, second);
        }
    }

    /// Removes a slot. Returns whether it was there.
    pub fn remove<K: SortKey>(&mut self, slot: u32, key_of: impl Fn(u32) -> K) -> bool {
        let at = self.run_of(&key_of(slot), &key_of);
        let Some(run) = self.runs.get_mut(at) else { return false };
        if !run.iter().any(|held| held.slot == slot) {
            return false;
        }
        let shorter: Vec<Entry> = run.iter().copied().filter(|held| held.slot != slot).collect();
        self.len -= 1;
        if shorter.is_empty() {
            self.runs.remove(at);
        } else {
            *run = shorter.into();
        }
        true
    }

    /// All slots in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.runs.iter().flat_map(|run| run.iter().map(|held| held.slot))
    }

    /// Bytes of memory that the order takes, about.
    pub fn bytes(&self) -> usize {
        self.len * size_of::<Entry>()
    }

    /// The index of the run that has the key or where it belongs; the number of runs if it is greater than all keys.
    fn run_of<K: SortKey>(&self, key: &K, key_of: impl Fn(u32) -> K) -> usize {
        self.runs.partition_point(|run| run.last().is_some_and(|last| last.compare(key, &key_of).is_lt()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A key whose order differs from that of the slots themselves. Many have the same beginning.
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Reversed(u32);

    impl SortKey for Reversed {
        fn beginning(&self) -> u64 {
            u64::from(self.0 >> 26)
        }
    }

    fn key_of(slot: u32) -> Reversed {
        Reversed(slot.reverse_bits())
    }

    #[test]
    fn beginnings_are_in_the_order_of_names() {
        let names = ["", "a", "ab", "abcdefgh", "abcdefghi", "abcdefgz", "b", "é", "\u{ffff}"];
        let keys: Vec<_> = std::iter::once(None).chain(names.map(|name| Some((name, 1)))).collect();
        assert!(keys.is_sorted() && keys.is_sorted_by_key(SortKey::beginning));
    }

    proptest! {
        #[test]
        fn is_the_sorted_list(steps in prop::collection::vec((0u8..4, 0u32..3_000), 0..3_000)) {
            let mut plain: Vec<u32> = Vec::new();
            let mut order = Order::default();
            for (kind, slot) in steps {
                let held = plain.contains(&slot);
                if kind == 0 {
                    prop_assert_eq!(order.remove(slot, key_of), held);
                    plain.retain(|&other| other != slot);
                } else if !held {
                    order.insert(slot, key_of);
                    plain.push(slot);
                }
            }
            plain.sort_by_key(|&slot| key_of(slot));
            prop_assert_eq!(order.len(), plain.len());
            prop_assert_eq!(order.iter().collect::<Vec<_>>(), plain);
        }
    }
}
