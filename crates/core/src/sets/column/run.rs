//! A run of a column: the values of 512 slots in one text, with what finds them in it.

use super::signature::Signature;
use super::{FRAME, SLOTS};
use crate::values::fold;
use memchr::memchr;
use unicode_normalization::UnicodeNormalization;

/// Values of a run that may be replaced before its signature is computed anew.
const REPLACED: usize = 64;

/// The values of 512 slots.
pub(super) struct Run {
    /// For each slot and each of its values: a frame, then the value's key. One more frame at the end.
    pub text: String,
    /// The byte offset in `text` where each slot's part begins, and the one where the last part ends.
    pub starts: Box<[u32]>,
    /// A bit for each slot with a value that differs from its key in more than upper and lower case (see [`is_small`]).
    foreign: [u64; SLOTS / 64],
    /// Which blocks of slots may contain a text.
    pub signature: Signature,
    /// How many values were replaced since the signature was computed; it still has those.
    n_replaced: usize,
}

impl Run {
    pub fn empty() -> Self {
        Run {
            text: FRAME.to_string(),
            starts: [0; SLOTS + 1].into(),
            foreign: [0; SLOTS / 64],
            signature: Signature::new(),
            n_replaced: 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.text.len() == FRAME.len_utf8()
    }

    /// The part of one slot: empty, or frame, key, frame, key…, without a frame at the end.
    pub fn part(&self, slot: usize) -> &str {
        let (start, end) = (self.start(slot), self.start(slot + 1));
        self.text.get(start..end).unwrap_or_default()
    }

    /// The keys of one slot.
    pub fn keys(&self, slot: usize) -> impl Iterator<Item = &str> {
        let mut rest = self.part(slot).strip_prefix(FRAME);
        // Keys are short, and `str::split` takes longer to begin than to search one.
        std::iter::from_fn(move || {
            let text = rest.take()?;
            let end = memchr(FRAME as u8, text.as_bytes()).unwrap_or(text.len());
            rest = text.get(end + FRAME.len_utf8()..);
            text.get(..end)
        })
    }

    /// The first eight bytes of the key of a slot's first value, as a number.
    pub fn beginning(&self, slot: usize) -> Option<u64> {
        const ONES: u64 = u64::MAX / 0xff;
        let (start, end) = (self.start(slot), self.start(slot + 1));
        let text = self.text.as_bytes().get(start + 1..).filter(|_| start < end)?;
        let word = text.first_chunk::<8>().copied().unwrap_or_else(|| {
            let mut padded = [0; 8];
            padded.iter_mut().zip(text).for_each(|(to, byte)| *to = *byte);
            padded
        });
        let word = u64::from_le_bytes(word);
        // The high bit of the first zero byte, which is a frame, and perhaps of later ones.
        let frames = word.wrapping_sub(ONES) & !word & (ONES << 7);
        let n_bytes = frames.trailing_zeros() / 8;
        Some((word & !u64::MAX.checked_shl(8 * n_bytes).unwrap_or_default()).swap_bytes())
    }

    pub fn start(&self, slot: usize) -> usize {
        self.starts.get(slot).map_or(0, |start| *start as usize)
    }

    pub fn is_foreign(&self, slot: usize) -> bool {
        self.foreign.get(slot / 64).is_some_and(|word| word & 1 << (slot % 64) != 0)
    }

    /// Whether any slot is foreign.
    pub fn has_foreign(&self) -> bool {
        self.foreign.iter().any(|word| *word != 0)
    }

    /// The run of the next values, for as many slots as it has.
    pub fn build<'v, V: Iterator<Item = &'v str>>(mut all: impl Iterator<Item = V>) -> Self {
        let mut run = Run::empty();
        let mut text = String::new();
        for slot in 0..SLOTS {
            if let Some(values) = all.next() {
                let is_foreign = write_part(values, &mut text);
                run.set_foreign(slot, is_foreign);
            }
            if let Some(end) = run.starts.get_mut(slot + 1) {
                *end = text.len() as u32;
            }
        }
        text.push(FRAME);
        text.shrink_to_fit();
        run.text = text;
        run.sign();
        run
    }

    fn set_foreign(&mut self, slot: usize, is_foreign: bool) {
        if let Some(word) = self.foreign.get_mut(slot / 64) {
            *word = *word & !(1 << (slot % 64)) | u64::from(is_foreign) << (slot % 64);
        }
    }

    /// Replaces the part of a slot.
    pub fn put(&mut self, slot: usize, part: &str, is_foreign: bool) {
        let (start, end) = (self.start(slot), self.start(slot + 1));
        self.text.replace_range(start..end, part);
        for later in self.starts.iter_mut().skip(slot + 1) {
            *later = *later + part.len() as u32 - (end - start) as u32;
        }
        self.n_replaced += usize::from(start < end);
        self.set_foreign(slot, is_foreign);
        if self.n_replaced > REPLACED {
            self.sign();
        } else {
            self.signature.add(slot, part);
        }
    }

    /// Computes the signature of the present values.
    fn sign(&mut self) {
        let mut signature = Signature::new();
        (0..SLOTS).for_each(|slot| signature.add(slot, self.part(slot)));
        (self.signature, self.n_replaced) = (signature, 0);
    }
}

/// A copy is made to be changed, so its text has room to grow.
impl Clone for Run {
    fn clone(&self) -> Self {
        let mut text = String::with_capacity(self.text.len() + self.text.len() / 8);
        text.push_str(&self.text);
        let Run { starts, foreign, signature, n_replaced, .. } = self;
        Run { text, starts: starts.clone(), foreign: *foreign, signature: signature.clone(), n_replaced: *n_replaced }
    }
}

/// Whether the key is the NFKC text in lower case, character by character. Then a case-insensitive pattern matches the
/// key if and only if it matches the text. A counterexample is `ß`, which folds to `ss`.
fn is_small(key: &str, text: &str) -> bool {
    let is_same = |(small, c): (char, char)| {
        let mut lower = c.to_lowercase();
        small == c || (lower.next() == Some(small) && lower.next().is_none())
    };
    let n_chars = text.nfkc().count();
    key.chars().count() == n_chars && key.chars().zip(text.nfkc()).all(is_same)
}

/// Appends the part of a slot to `part`. Returns whether the slot is foreign (see [`Run::foreign`]).
pub(super) fn write_part<'v>(values: impl IntoIterator<Item = &'v str>, part: &mut String) -> bool {
    let mut is_foreign = false;
    for value in values {
        part.push(FRAME);
        if value.is_ascii() {
            part.extend(value.chars().map(|c| c.to_ascii_lowercase()));
        } else {
            let key = fold(value);
            is_foreign |= !is_small(&key, value);
            part.push_str(&key);
        }
    }
    is_foreign
}
