//! Which parts of a run may contain a text. A filter over sequences of three bytes, so that a search for a text of three
//! bytes or more reads only a few of them.

use super::{FRAME, SLOTS};
use std::collections::BTreeSet;
use std::ops::Range;

/// A bit for each block of slots of a run.
type Blocks = u16;
/// Slots in a block.
const BLOCK: usize = SLOTS / Blocks::BITS as usize;
/// Rows in a signature. A block of names has some 250 to 400 different sequences.
const ROWS: usize = 1 << ROWS_LOG;
const ROWS_LOG: u32 = 11;

/// For each row, a bit for each block that has a sequence of bytes of this row. Bits of former values may be set as well.
#[derive(Clone)]
pub(super) struct Signature([Blocks; ROWS]);

impl Signature {
    /// That of a run without values.
    pub fn new() -> Self {
        Signature([0; ROWS])
    }

    /// Adds the values of a slot, given as its part: a frame before each.
    pub fn add(&mut self, slot: usize, part: &str) {
        for row in rows_of_part(part) {
            if let Some(blocks) = self.0.get_mut(row) {
                *blocks |= 1 << (slot / BLOCK);
            }
        }
    }

    /// Whether the values of a slot were added.
    pub fn has(&self, slot: usize, part: &str) -> bool {
        let has = |row| self.0.get(row).is_some_and(|blocks| *blocks & 1 << (slot / BLOCK) != 0);
        rows_of_part(part).all(has)
    }
}

/// Texts to find, as the rows of their sequences.
pub(super) struct Lookup(Vec<Vec<usize>>);

impl Lookup {
    /// Texts may have a frame at either end.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        // Each row once, however often a long text repeats itself.
        Lookup(texts.into_iter().map(|text| Vec::from_iter(BTreeSet::from_iter(rows(text.as_bytes())))).collect())
    }

    /// The slots among which are all that have one of the texts, as ranges.
    pub fn ranges(&self, signature: &Signature) -> impl Iterator<Item = Range<usize>> + use<> {
        let blocks_of = |rows: &Vec<usize>| {
            let mut blocks = Blocks::MAX;
            for row in rows {
                blocks &= signature.0.get(*row).copied().unwrap_or_default();
                if blocks == 0 {
                    break;
                }
            }
            blocks
        };
        let mut blocks = self.0.iter().fold(0, |all, rows| all | blocks_of(rows));
        std::iter::from_fn(move || {
            if blocks == 0 {
                return None;
            }
            let first = blocks.trailing_zeros();
            let end = first + (blocks >> first).trailing_ones();
            blocks &= Blocks::MAX.checked_shl(end).unwrap_or_default();
            Some(first as usize * BLOCK..end as usize * BLOCK)
        })
    }
}

/// The rows of the sequences of a part, with the frame that follows it.
fn rows_of_part(part: &str) -> impl Iterator<Item = usize> {
    let bytes = part.as_bytes();
    let end = bytes.last_chunk::<2>().map(|[one, other]| [*one, *other, FRAME as u8]);
    rows(bytes).chain(end.filter(|[_, middle, _]| *middle != FRAME as u8).map(row))
}

/// The rows of the sequences of a text. Those from one value to the next are left out: no text that is searched has them.
fn rows(text: &[u8]) -> impl Iterator<Item = usize> {
    let sequences = text.windows(3).filter_map(|window| window.first_chunk::<3>());
    sequences.filter(|[_, middle, _]| *middle != FRAME as u8).map(|sequence| row(*sequence))
}

fn row([one, two, three]: [u8; 3]) -> usize {
    let sequence = u32::from_le_bytes([one, two, three, 0]);
    (sequence.wrapping_mul(0x9e37_79b1) >> (u32::BITS - ROWS_LOG)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_blocks_are_read_for_a_rare_text() {
        let mut signature = Signature::new();
        let letter = |block: usize| char::from(b'a' + block as u8);
        (0..SLOTS).for_each(|slot| signature.add(slot, &format!("\0team\0{0}{0}{0}", letter(slot / BLOCK))));
        let n_blocks = SLOTS / BLOCK;
        for (texts, blocks) in [
            (&["ccc"][..], &[(2, 3)][..]),
            (&["ccc\0", "\0bb"], &[(1, 3)]),
            (&["aaa", "ccc"], &[(0, 1), (2, 3)]),
            (&["\0team\0"], &[(0, n_blocks)]),
            (&["nobody"], &[]),
            // It has no sequence of three bytes.
            (&["xy"], &[(0, n_blocks)]),
        ] {
            let ranges: Vec<_> = Lookup::new(texts.iter().copied()).ranges(&signature).collect();
            let expected: Vec<_> = blocks.iter().map(|(first, end)| first * BLOCK..end * BLOCK).collect();
            assert_eq!(ranges, expected, "{texts:?}");
        }
        assert!(signature.has(BLOCK, "\0bbb") && !signature.has(BLOCK, "\0ccc"));
    }
}
