//! Memory budgets: the bytes that all requests together may hold at one time. One organisation, or one address without
//! a token, has at most a part of a budget, so that nobody can use up all of it.

use crate::limits::BUDGET_PARTS;
use bytes::Bytes;
use convoke_core::OrganisationId;
use foldhash::{HashMap, HashMapExt};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The holder of bytes, to whose part they count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    /// The organisation of a caller with a token.
    Organisation(OrganisationId),
    /// The address of a request without a token: [`crate::http::peer::Peer::key`].
    Address(IpAddr),
}

/// A number of bytes that may be held at one time.
pub(crate) struct Budget {
    bytes: usize,
    held: Mutex<BudgetState>,
}

struct BudgetState {
    bytes: usize,
    /// The bytes of each holder that has any.
    by_holder: HashMap<Holder, usize>,
}

/// The budget, or the holder's part of it, does not have that many bytes left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// Bytes taken from a budget. Dropping it returns them.
pub(crate) struct Reservation {
    budget: Arc<Budget>,
    holder: Holder,
    bytes: usize,
}

impl Budget {
    pub fn new(bytes: usize) -> Arc<Self> {
        Arc::new(Budget { bytes, held: Mutex::new(BudgetState { bytes: 0, by_holder: HashMap::new() }) })
    }

    /// The bytes that are held now.
    pub fn held(&self) -> usize {
        self.lock().bytes
    }

    /// An empty reservation, which can grow.
    pub fn reserve(self: &Arc<Self>, holder: Holder) -> Reservation {
        Reservation { budget: self.clone(), holder, bytes: 0 }
    }

    fn lock(&self) -> MutexGuard<'_, BudgetState> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation {
    /// Takes more bytes.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when the budget or the holder's part is used up; then nothing more is taken.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Exhausted> {
        if bytes == 0 {
            return Ok(());
        }
        let mut held = self.budget.lock();
        let of_holder = held.by_holder.get(&self.holder).copied().unwrap_or_default();
        let within = |held: usize, limit| held.checked_add(bytes).filter(|held| *held <= limit).ok_or(Exhausted);
        let all = within(held.bytes, self.budget.bytes)?;
        let of_holder = within(of_holder, self.budget.bytes / BUDGET_PARTS)?;
        held.bytes = all;
        held.by_holder.insert(self.holder, of_holder);
        self.bytes += bytes;
        Ok(())
    }

    /// Attaches the reservation to the bytes. It is returned when the last copy of them is dropped.
    pub fn hold(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Reserved { bytes, _reservation: self })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // Most responses are small and hold nothing: they need not wait for the lock.
        if self.bytes == 0 {
            return;
        }
        let mut held = self.budget.lock();
        held.bytes -= self.bytes;
        if let Some(of_holder) = held.by_holder.get_mut(&self.holder) {
            *of_holder -= self.bytes;
            if *of_holder == 0 {
                held.by_holder.remove(&self.holder);
            }
        }
    }
}

struct Reserved {
    bytes: Bytes,
    _reservation: Reservation,
}

impl AsRef<[u8]> for Reserved {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u8) -> Holder {
        Holder::Address(IpAddr::from([192, 0, 2, n]))
    }

    #[test]
    fn what_is_held_is_given_back_with_the_last_copy() {
        let budget = Budget::new(40);
        let (mut one, mut two) = (budget.reserve(address(1)), budget.reserve(address(1)));
        assert_eq!(
            (one.grow(6), two.grow(5), two.grow(4), one.grow(1)),
            (Ok(()), Err(Exhausted), Ok(()), Err(Exhausted))
        );
        assert_eq!(one.grow(usize::MAX), Err(Exhausted));
        let bytes = one.hold(vec![1; 6].into());
        let copy = bytes.slice(2..);
        drop((bytes, two));
        assert_eq!(budget.held(), 6);
        drop(copy);
        assert_eq!(budget.held(), 0);
        assert_eq!(budget.lock().by_holder.len(), 0, "who holds nothing is forgotten");
    }

    #[test]
    fn one_holder_has_a_part_and_all_together_have_the_budget() {
        let budget = Budget::new(40);
        let organisation = Holder::Organisation(OrganisationId(uuid::Uuid::from_u128(1)));
        let mut all = [organisation, address(1), address(2), address(3)].map(|holder| budget.reserve(holder));
        for one in &mut all {
            assert_eq!((one.grow(11), one.grow(9), one.grow(2)), (Err(Exhausted), Ok(()), Err(Exhausted)));
            assert_eq!(budget.reserve(one.holder).grow(2), Err(Exhausted), "another request of the same holder");
        }
        let mut last = budget.reserve(address(4));
        assert_eq!((last.grow(5), last.grow(4)), (Err(Exhausted), Ok(())), "there are 4 left of all");
        assert_eq!(budget.held(), 40);
    }
}
