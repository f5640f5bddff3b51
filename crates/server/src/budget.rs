//! Budgets of bytes: what many requests hold in memory at one time, together.

use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many bytes that may be held at one time.
pub(crate) struct Budget {
    bytes: usize,
    held: AtomicUsize,
}

/// The budget has not so many bytes left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// Bytes taken from a budget. Dropped, it gives them back.
pub(crate) struct Reservation {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub fn new(bytes: usize) -> Arc<Self> {
        Arc::new(Budget { bytes, held: AtomicUsize::new(0) })
    }

    /// Bytes that are held now.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Begins to take from the budget.
    pub fn reserve(self: &Arc<Self>) -> Reservation {
        Reservation { budget: self.clone(), bytes: 0 }
    }
}

impl Reservation {
    /// Takes more bytes.
    ///
    /// # Errors
    ///
    /// [`Exhausted`], and nothing more is taken.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Exhausted> {
        let grown = self.budget.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
            held.checked_add(bytes).filter(|held| *held <= self.budget.bytes)
        });
        grown.map_err(|_| Exhausted)?;
        self.bytes += bytes;
        Ok(())
    }

    /// The bytes, which hold what was reserved for them until the last copy is dropped.
    pub fn hold(self, bytes: Vec<u8>) -> Bytes {
        Bytes::from_owner(Held { bytes, _reservation: self })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

struct Held {
    bytes: Vec<u8>,
    _reservation: Reservation,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_given_back_with_the_last_copy() {
        let budget = Budget::new(10);
        let (mut one, mut two) = (budget.reserve(), budget.reserve());
        assert_eq!(
            (one.grow(6), two.grow(5), two.grow(4), one.grow(1)),
            (Ok(()), Err(Exhausted), Ok(()), Err(Exhausted))
        );
        assert_eq!(one.grow(usize::MAX), Err(Exhausted));
        let bytes = one.hold(vec![1; 6]);
        let copy = bytes.slice(2..);
        drop((bytes, two));
        assert_eq!(budget.held(), 6);
        drop(copy);
        assert_eq!(budget.held(), 0);
    }
}
