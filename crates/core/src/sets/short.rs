//! A set of slots for what mostly has few of them, such as the groups of a person. A sorted list takes a sixth of the
//! memory that a [`Set`] takes for them; beyond [`FEW`] slots it is one.

use super::set::{Presence, Set};
use std::sync::Arc;

/// The greatest length of a list. Changing a list copies it.
const FEW: usize = 256;

/// A set of `u32` slots, mostly few.
#[derive(Clone, Debug)]
pub(crate) enum ShortSet {
    /// The slots, ascending.
    Few(Arc<[u32]>),
    /// More than [`FEW`] of them, or fewer again.
    Many(Arc<Set>),
}

impl Default for ShortSet {
    fn default() -> Self {
        ShortSet::Few(Arc::default())
    }
}

impl ShortSet {
    /// A set of slots that come in ascending order, each once.
    pub fn from_ascending(slots: &[u32]) -> Self {
        if slots.len() <= FEW {
            ShortSet::Few(slots.into())
        } else {
            ShortSet::Many(Arc::new(Set::from_ascending(slots.iter().copied())))
        }
    }

    /// Puts a slot in, or takes it out.
    pub fn put(&mut self, slot: u32, presence: Presence) {
        match self {
            ShortSet::Many(set) => {
                Arc::make_mut(set).put(slot, presence);
            }
            ShortSet::Few(slots) => {
                let (place, after) = match (slots.binary_search(&slot), presence) {
                    (Err(place), Presence::In) => (place, place),
                    (Ok(place), Presence::Out) => (place, place + 1),
                    _ => return,
                };
                let new = Some(slot).filter(|_| presence == Presence::In);
                let (before, after) = (slots.iter().take(place), slots.iter().skip(after));
                let changed: Vec<u32> = before.copied().chain(new).chain(after.copied()).collect();
                *self = ShortSet::from_ascending(&changed);
            }
        }
    }

    /// The slots, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let (few, many) = match self {
            ShortSet::Few(slots) => (&**slots, None),
            ShortSet::Many(set) => (&[][..], Some(set)),
        };
        few.iter().copied().chain(many.into_iter().flat_map(|set| set.iter()))
    }

    /// The same slots as a [`Set`].
    pub fn to_set(&self) -> Set {
        match self {
            ShortSet::Few(slots) => Set::from_ascending(slots.iter().copied()),
            ShortSet::Many(set) => Set::clone(set),
        }
    }

    /// Bytes of memory that the set takes beside this value, about.
    pub fn bytes(&self) -> usize {
        match self {
            ShortSet::Few(slots) => size_of_val(&**slots) + 2 * size_of::<usize>(),
            ShortSet::Many(set) => set.bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn behaves_as_a_plain_set(
            first in prop::collection::btree_set(0u32..100_000, 0..2 * FEW),
            steps in prop::collection::vec((any::<bool>(), 0u32..2 * FEW as u32), 0..3 * FEW),
        ) {
            let first: Vec<u32> = first.into_iter().collect();
            let mut plain: BTreeSet<u32> = first.iter().copied().collect();
            let mut set = ShortSet::from_ascending(&first);
            for (is_in, slot) in steps {
                let before = set.clone();
                let held: Vec<u32> = before.iter().collect();
                set.put(slot, is_in.into());
                if is_in { plain.insert(slot) } else { plain.remove(&slot) };
                prop_assert_eq!(before.iter().collect::<Vec<_>>(), held, "a copy changed with its original");
            }
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), plain.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(set.to_set().iter().collect::<Vec<_>>(), plain.into_iter().collect::<Vec<_>>());
        }
    }
}
