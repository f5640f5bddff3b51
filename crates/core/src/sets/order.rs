//! A sorted list of slots that is kept up to date: a short list of shared runs. A change copies only the run that it
//! touches.

use std::sync::Arc;

/// The greatest length of a run. A longer one is split in two.
const RUN: usize = 512;

/// Slots sorted by a key that the caller provides for each. Every call on one order must be given the same keys, and
/// no two slots of an order may have equal keys.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// None is empty.
    runs: Vec<Arc<[u32]>>,
    len: usize,
}

impl Order {
    /// The number of slots.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds a slot that is not in the order.
    pub fn insert<K: Ord>(&mut self, slot: u32, key_of: impl Fn(u32) -> K) {
        let key = key_of(slot);
        let at = self.run_of(&key, &key_of).min(self.runs.len().saturating_sub(1));
        self.len += 1;
        let Some(run) = self.runs.get_mut(at) else {
            self.runs.push(Arc::from([slot]));
            return;
        };
        let place = run.partition_point(|&held| key_of(held) < key);
        let (before, after) = run.split_at(place);
        let longer: Vec<u32> = before.iter().copied().chain([slot]).chain(after.iter().copied()).collect();
        if longer.len() <= RUN {
            *run = longer.into();
        } else {
            let (first, second) = longer.split_at(longer.len() / 2);
            let second = Arc::from(second);
            *run = first.into();
            self.runs.insert(at + 1, second);
        }
    }

    /// Removes a slot. Returns whether it was there.
    pub fn remove<K: Ord>(&mut self, slot: u32, key_of: impl Fn(u32) -> K) -> bool {
        let at = self.run_of(&key_of(slot), &key_of);
        let Some(run) = self.runs.get_mut(at) else { return false };
        if !run.contains(&slot) {
            return false;
        }
        let shorter: Vec<u32> = run.iter().copied().filter(|&held| held != slot).collect();
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
        self.runs.iter().flat_map(|run| run.iter().copied())
    }

    /// The index of the run that has the key or where it belongs; the number of runs if it is greater than all keys.
    fn run_of<K: Ord>(&self, key: &K, key_of: impl Fn(u32) -> K) -> usize {
        self.runs.partition_point(|run| run.last().is_some_and(|&last| key_of(last) < *key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A key whose order differs from that of the slots themselves.
    fn key_of(slot: u32) -> u32 {
        slot.reverse_bits()
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
