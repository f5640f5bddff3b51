//! An index of slots by a text that only one of them has, such as an e-mail address. It holds hashes, not texts: each text
//! is in a record already. So an entry takes 16 bytes, and copying a part of the index copies plain numbers.

use super::set::Presence;
use foldhash::fast::RandomState;
use std::hash::BuildHasher;

/// Slots by the hash of their texts.
#[derive(Clone, Default)]
pub(crate) struct KeyIndex {
    /// Its seed is random in each process, so nobody can choose texts whose hashes are equal.
    hasher: RandomState,
    entries: imbl::OrdSet<(u64, u32)>,
}

impl KeyIndex {
    /// The slot with a text. `has` says whether a slot has it; it is called for slots with the same hash.
    pub fn find(&self, text: &str, has: impl Fn(u32) -> bool) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        let same = self.entries.range((hash, 0)..=(hash, u32::MAX));
        same.map(|(_, slot)| *slot).find(|slot| has(*slot))
    }

    /// Notes that a slot has a text, or has it no more.
    pub fn put(&mut self, text: &str, slot: u32, presence: Presence) {
        let entry = (self.hasher.hash_one(text), slot);
        match presence {
            Presence::In => self.entries.insert(entry),
            Presence::Out => self.entries.remove(&entry),
        };
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
}

/// Builds the index of texts and their slots.
impl<'t> FromIterator<(&'t str, u32)> for KeyIndex {
    fn from_iter<I: IntoIterator<Item = (&'t str, u32)>>(texts: I) -> Self {
        let mut index = KeyIndex::default();
        let mut entries: Vec<_> = texts.into_iter().map(|(text, slot)| (index.hasher.hash_one(text), slot)).collect();
        // A sorted list is added several times as fast.
        entries.sort_unstable();
        index.entries.extend(entries);
        index
    }
}
