//! Ending a computation early. The directory knows no clock: whoever has one sets the stop, from another
//! thread, and the computation looks at it every few hundred steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells a computation to end; all copies are one. Once set it stays set.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

/// A computation ended early, without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl Stop {
    /// Tells the computation to end.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the computation is to end.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// # Errors
    ///
    /// [`Stopped`] once it is set.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.is_set() { Err(Stopped) } else { Ok(()) }
    }
}
