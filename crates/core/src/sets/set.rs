//! A set of slots that is cheap to copy: one shared bitmap per 65,536 slots. Changing a copy copies
//! the one bitmap that it touches, so the set that readers hold stays as it is.

use roaring::RoaringBitmap;
use std::cmp::Ordering;
use std::ops::{BitAnd, BitOr, Range, Sub};
use std::sync::Arc;

/// A set of `u32` slots.
#[derive(Clone, Debug, Default)]
pub struct Set {
    /// The high 16 bits of the slots in a chunk, and the low ones. Ascending; no chunk is empty.
    chunks: Vec<(u16, Arc<RoaringBitmap>)>,
    /// The number of slots. Asking the chunks would read three places of memory for each.
    len: usize,
}

/// Whether a slot is put into a set or taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    In,
    /// It is not.
    Out,
}

impl From<bool> for Presence {
    fn from(is_in: bool) -> Self {
        if is_in { Presence::In } else { Presence::Out }
    }
}

impl Set {
    /// The empty set.
    pub const fn new() -> Self {
        Set { chunks: Vec::new(), len: 0 }
    }

    fn of(chunks: Vec<(u16, Arc<RoaringBitmap>)>) -> Self {
        let len = chunks.iter().map(|(_, chunk)| chunk.len() as usize).sum();
        Set { chunks, len }
    }

    /// A set of slots that come in ascending order, each once.
    pub fn from_ascending(slots: impl IntoIterator<Item = u32>) -> Self {
        let mut set = Set::default();
        let (mut high, mut lows) = (0, Vec::new());
        for slot in slots {
            let (new_high, low) = split(slot);
            if new_high != high {
                set.push(high, &mut lows);
                high = new_high;
            }
            lows.push(low);
        }
        set.push(high, &mut lows);
        set
    }

    fn push(&mut self, high: u16, lows: &mut Vec<u32>) {
        if !lows.is_empty() {
            self.len += lows.len();
            let chunk = RoaringBitmap::from_sorted_iter(lows.drain(..)).expect("slots are given in ascending order");
            self.chunks.push((high, Arc::new(chunk)));
        }
    }

    /// Whether the slot is in the set.
    pub fn contains(&self, slot: u32) -> bool {
        let (high, low) = split(slot);
        self.find(high).ok().and_then(|at| self.chunks.get(at)).is_some_and(|(_, chunk)| chunk.contains(low))
    }

    /// Whether the set has no slots.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The number of slots.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds a slot. Returns whether it was new.
    pub fn insert(&mut self, slot: u32) -> bool {
        let (high, low) = split(slot);
        let at = match self.find(high) {
            Ok(at) => at,
            Err(at) => {
                self.chunks.insert(at, (high, Arc::default()));
                at
            }
        };
        let is_new = self.chunks.get_mut(at).is_some_and(|(_, chunk)| Arc::make_mut(chunk).insert(low));
        self.len += usize::from(is_new);
        is_new
    }

    /// Removes a slot. Returns whether it was there.
    pub fn remove(&mut self, slot: u32) -> bool {
        let (high, low) = split(slot);
        let Ok(at) = self.find(high) else { return false };
        let Some((_, chunk)) = self.chunks.get_mut(at) else { return false };
        if !chunk.contains(low) {
            return false;
        }
        let chunk = Arc::make_mut(chunk);
        chunk.remove(low);
        self.len -= 1;
        if chunk.is_empty() {
            self.chunks.remove(at);
        }
        true
    }

    /// Puts a slot in, or takes it out. Returns whether that changes the set.
    pub fn put(&mut self, slot: u32, presence: Presence) -> bool {
        match presence {
            Presence::In => self.insert(slot),
            Presence::Out => self.remove(slot),
        }
    }

    /// Adds the slots of another set. A few are inserted one by one, into the existing chunks.
    pub fn add(&mut self, other: &Set) {
        const FEW: usize = 16;
        if other.len() <= FEW {
            other.iter().for_each(|slot| {
                self.insert(slot);
            });
        } else {
            *self = self.union(other);
        }
    }

    /// Removes the slots of another set, in place where the chunks are not shared.
    pub fn take_out(&mut self, other: &Set) {
        let mut others = other.chunks.iter().peekable();
        self.chunks.retain_mut(|(high, chunk)| {
            while others.next_if(|(other, _)| other < high).is_some() {}
            match others.next_if(|(other, _)| other == high) {
                Some((_, other)) if Arc::ptr_eq(chunk, other) => return false,
                Some((_, other)) => *Arc::make_mut(chunk) -= &**other,
                None => {}
            }
            !chunk.is_empty()
        });
        *self = Set::of(std::mem::take(&mut self.chunks));
    }

    /// The slots that are in either set.
    pub fn union(&self, other: &Set) -> Set {
        self.combine(other, |one, other| match (one, other) {
            (Some(one), Some(other)) if Arc::ptr_eq(one, other) => Some(one.clone()),
            (Some(one), Some(other)) => Some(Arc::new((&**one).bitor(&**other))),
            (one, other) => one.or(other).cloned(),
        })
    }

    /// The slots that are in both sets.
    pub fn intersection(&self, other: &Set) -> Set {
        self.combine(other, |one, other| match (one, other) {
            (Some(one), Some(other)) if Arc::ptr_eq(one, other) => Some(one.clone()),
            (Some(one), Some(other)) => Some(Arc::new((&**one).bitand(&**other))),
            _ => None,
        })
    }

    /// The slots that are not in the other set.
    pub fn without(&self, other: &Set) -> Set {
        self.combine(other, |one, other| match (one, other) {
            (Some(one), Some(other)) if Arc::ptr_eq(one, other) => None,
            (Some(one), Some(other)) => Some(Arc::new((&**one).sub(&**other))),
            (one, _) => one.cloned(),
        })
    }

    /// The slots that are in a range. Chunks that lie in it are shared.
    pub fn within(&self, range: Range<u32>) -> Set {
        let cut = |(high, chunk): &(u16, Arc<RoaringBitmap>)| {
            let from = range.start.saturating_sub(join(*high, 0));
            let end = range.end.saturating_sub(join(*high, 0));
            if from == 0 && end > LAST_LOW {
                return Some((*high, chunk.clone()));
            }
            if from >= end || from > LAST_LOW {
                return None;
            }
            let mut cut = RoaringBitmap::clone(chunk);
            cut.remove_range(..from);
            cut.remove_range(end..);
            (!cut.is_empty()).then(|| (*high, Arc::new(cut)))
        };
        Set::of(self.chunks.iter().filter_map(cut).collect())
    }

    /// Walks the chunks of two sets side by side, and collects the results of `join` for each pair.
    fn combine<'s>(
        &'s self,
        other: &'s Set,
        join: impl Fn(Option<&'s Arc<RoaringBitmap>>, Option<&'s Arc<RoaringBitmap>>) -> Option<Arc<RoaringBitmap>>,
    ) -> Set {
        let mut chunks = Vec::with_capacity(self.chunks.len().max(other.chunks.len()));
        let (mut ones, mut others) = (self.chunks.iter().peekable(), other.chunks.iter().peekable());
        loop {
            let (one, other) = match (ones.peek(), others.peek()) {
                (None, None) => return Set::of(chunks),
                (Some((one, _)), Some((other, _))) => match one.cmp(other) {
                    Ordering::Less => (ones.next(), None),
                    Ordering::Equal => (ones.next(), others.next()),
                    Ordering::Greater => (None, others.next()),
                },
                (Some(_), None) => (ones.next(), None),
                (None, Some(_)) => (None, others.next()),
            };
            let Some(&(high, _)) = one.or(other) else { return Set::of(chunks) };
            let joined = join(one.map(|(_, chunk)| chunk), other.map(|(_, chunk)| chunk));
            chunks.extend(joined.filter(|chunk| !chunk.is_empty()).map(|chunk| (high, chunk)));
        }
    }

    /// The slot at a rank, counted from 0 in ascending order.
    pub fn select(&self, rank: usize) -> Option<u32> {
        let mut before = rank as u64;
        for (high, chunk) in &self.chunks {
            if before < chunk.len() {
                return chunk.select(before as u32).map(|low| join(*high, low));
            }
            before -= chunk.len();
        }
        None
    }

    /// The greatest slot.
    pub fn last(&self) -> Option<u32> {
        let (high, chunk) = self.chunks.last()?;
        chunk.max().map(|low| join(*high, low))
    }

    /// The least slot that is not less than this one.
    pub fn next_from(&self, slot: u32) -> Option<u32> {
        if self.contains(slot) { Some(slot) } else { self.iter_from(slot).next() }
    }

    /// The slots, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.iter_from(0)
    }

    /// The slots, ascending, as a list.
    pub fn to_vec(&self) -> Vec<u32> {
        let mut slots = vec![0; self.len()];
        let mut rest = slots.as_mut_slice();
        for (high, chunk) in &self.chunks {
            let (part, others) = rest.split_at_mut(chunk.len() as usize);
            chunk.iter().next_many(part).iter_mut().for_each(|low| *low = join(*high, *low));
            rest = others;
        }
        slots
    }

    /// The slots from this one on, ascending.
    pub fn iter_from(&self, slot: u32) -> impl Iterator<Item = u32> {
        let (first, low) = split(slot);
        let chunks = self.chunks.iter().skip_while(move |(high, _)| *high < first);
        chunks.flat_map(move |(high, chunk)| {
            let from = if *high == first { low } else { 0 };
            chunk.range(from..).map(|low| join(*high, low))
        })
    }

    /// Bytes of memory that the set takes, including chunks that are shared with others.
    pub fn bytes(&self) -> usize {
        let spine = self.chunks.capacity() * size_of::<(u16, Arc<RoaringBitmap>)>();
        let chunks: usize = self.chunks.iter().map(|(_, chunk)| chunk.serialized_size() + CHUNK_BYTES).sum();
        spine + chunks
    }

    fn find(&self, high: u16) -> Result<usize, usize> {
        self.chunks.binary_search_by_key(&high, |(high, _)| *high)
    }
}

/// Collects slots in any order.
impl FromIterator<u32> for Set {
    fn from_iter<I: IntoIterator<Item = u32>>(slots: I) -> Self {
        let mut set = Set::default();
        for slot in slots {
            set.insert(slot);
        }
        set
    }
}

/// About the bytes of a chunk beside its slots: the counters of its `Arc`, and the bitmap's own lists.
const CHUNK_BYTES: usize = 80;

/// The greatest low 16 bits of a slot.
const LAST_LOW: u32 = 0xffff;

fn split(slot: u32) -> (u16, u32) {
    ((slot >> 16) as u16, slot & LAST_LOW)
}

fn join(high: u16, low: u32) -> u32 {
    u32::from(high) << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn slots() -> impl Strategy<Value = BTreeSet<u32>> {
        prop::collection::btree_set(prop_oneof![0u32..200, 0u32..300_000], 0..300)
    }

    fn list(set: &Set) -> Vec<u32> {
        set.iter().collect()
    }

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
            prop_assert_eq!(set.len(), plain.len());
            prop_assert_eq!(set.is_empty(), plain.is_empty());
            prop_assert_eq!(list(&set), plain.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn combines_as_plain_sets(one in slots(), other in slots(), from in 0u32..300_000, length in 0u32..200_000) {
            let (a, b) = (Set::from_ascending(one.iter().copied()), Set::from_ascending(other.iter().copied()));
            for set in [&a, &a.union(&b), &a.intersection(&b), &a.without(&b), &a.within(from..from.saturating_add(length))] {
                prop_assert_eq!(set.len(), list(set).len());
            }
            prop_assert_eq!(list(&a.union(&b)), one.union(&other).copied().collect::<Vec<_>>());
            prop_assert_eq!(list(&a.intersection(&b)), one.intersection(&other).copied().collect::<Vec<_>>());
            prop_assert_eq!(list(&a.without(&b)), one.difference(&other).copied().collect::<Vec<_>>());
            prop_assert!(a.without(&a.clone()).is_empty());
            prop_assert_eq!(a.to_vec(), list(&a));
            let mut rest = a.clone();
            rest.take_out(&b);
            prop_assert_eq!(list(&rest), list(&a.without(&b)));
            prop_assert_eq!((rest.is_empty(), rest.len()), (list(&rest).is_empty(), list(&rest).len()));
            rest.take_out(&rest.clone());
            prop_assert!(rest.is_empty());
            prop_assert_eq!(list(&a), one.iter().copied().collect::<Vec<_>>(), "the original stays as it was");
            prop_assert_eq!(a.iter_from(from).collect::<Vec<_>>(), one.range(from..).copied().collect::<Vec<_>>());
            prop_assert_eq!(a.next_from(from), one.range(from..).next().copied());
            let end = from.saturating_add(length);
            prop_assert_eq!(list(&a.within(from..end)), one.range(from..end).copied().collect::<Vec<_>>());
            for (rank, slot) in one.iter().enumerate() {
                prop_assert_eq!(a.select(rank), Some(*slot));
            }
            prop_assert_eq!(a.select(one.len()), None);
            prop_assert_eq!(a.last(), one.last().copied());
        }
    }
}
