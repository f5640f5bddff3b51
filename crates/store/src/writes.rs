//! Whether a store accepts writes.

/// Whether the store accepts writes, according to the last attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// The last write succeeded.
    Taken,
    /// No space is left on the disk.
    Full,
    /// Another program has locked the database, the database does not answer, or the store is still being checked.
    Locked,
}

impl Writes {
    pub(crate) const ALL: [Writes; 3] = [Writes::Taken, Writes::Full, Writes::Locked];

    pub(crate) fn number(self) -> u8 {
        Writes::ALL.iter().position(|one| *one == self).unwrap_or_default() as u8
    }
}
