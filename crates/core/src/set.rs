//! A set of slots that is cheap to copy: one shared bitmap per 65,536 slots. Changing a copy copies
//! the one bitmap that it touches, so the set that readers hold stays as it is.

use roaring::RoaringBitmap;
use std::sync::Arc;

/// A set of `u32` slots.
#[derive(Clone, Debug, Default)]
pub struct Set {
    /// By the high half of their slots, ascending; none is empty.
    chunks: Vec<(u16, Arc<RoaringBitmap>)>,
}

impl Set {
    /// A set of slots given in ascending order, each once.
    pub fn from_ascending(slots: impl IntoIterator<Item = u32>) -> Self {
        let mut set = Set::default();
        for slot in slots {
            set.insert(slot);
        }
        set
    }

    /// Whether the slot is in the set.
    pub fn contains(&self, slot: u32) -> bool {
        let (high, low) = split(slot);
        self.find(high).ok().and_then(|at| self.chunks.get(at)).is_some_and(|(_, chunk)| chunk.contains(low))
    }

    /// Adds a slot; whether it was new.
    pub fn insert(&mut self, slot: u32) -> bool {
        let (high, low) = split(slot);
        let at = match self.find(high) {
            Ok(at) => at,
            Err(at) => {
                self.chunks.insert(at, (high, Arc::default()));
                at
            }
        };
        self.chunks.get_mut(at).is_some_and(|(_, chunk)| Arc::make_mut(chunk).insert(low))
    }

    /// Takes a slot out; whether it was there.
    pub fn remove(&mut self, slot: u32) -> bool {
        let (high, low) = split(slot);
        let Ok(at) = self.find(high) else { return false };
        let Some((_, chunk)) = self.chunks.get_mut(at) else { return false };
        if !chunk.contains(low) {
            return false;
        }
        let chunk = Arc::make_mut(chunk);
        chunk.remove(low);
        if chunk.is_empty() {
            self.chunks.remove(at);
        }
        true
    }

    /// The slots, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.chunks.iter().flat_map(|(high, chunk)| chunk.iter().map(|low| u32::from(*high) << 16 | low))
    }

    fn find(&self, high: u16) -> Result<usize, usize> {
        self.chunks.binary_search_by_key(&high, |(high, _)| *high)
    }
}

fn split(slot: u32) -> (u16, u32) {
    ((slot >> 16) as u16, slot & 0xffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn behaves_as_a_plain_set(steps in prop::collection::vec((any::<bool>(), 0u32..200_000), 0..400)) {
            let mut plain = BTreeSet::new();
            let mut set = Set::default();
            for (add, slot) in steps {
                let before = set.clone();
                let held: Vec<u32> = before.iter().collect();
                if add {
                    prop_assert_eq!(set.insert(slot), plain.insert(slot));
                } else {
                    prop_assert_eq!(set.remove(slot), plain.remove(&slot));
                }
                prop_assert_eq!(before.iter().collect::<Vec<_>>(), held, "a copy changed with its original");
                prop_assert_eq!(set.contains(slot), add);
            }
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), plain.into_iter().collect::<Vec<_>>());
        }
    }
}
