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
        let mut next = self.entries.get_next(&(hash, 0));
        while let Some((_, slot)) = next.filter(|(other, slot)| *other == hash && !has(*slot)) {
            next = self.entries.get_next(&(hash, slot.checked_add(1)?));
        }
        next.filter(|(other, _)| *other == hash).map(|(_, slot)| *slot)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_with_the_same_hash_are_told_apart_by_their_texts() {
        let mut index = KeyIndex::from_iter([("a@x", 4), ("b@x", 2)]);
        // One text has one hash, so this is what two texts with the same hash leave.
        index.put("a@x", 9, Presence::In);
        for (text, has, expected) in
            [("a@x", 4, Some(4)), ("a@x", 9, Some(9)), ("a@x", 2, None), ("b@x", 2, Some(2)), ("c@x", 4, None)]
        {
            assert_eq!(index.find(text, |slot| slot == has), expected, "{text} {has}");
        }
        index.put("a@x", 4, Presence::Out);
        assert_eq!((index.find("a@x", |slot| slot == 4), index.len()), (None, 2));
    }
}
