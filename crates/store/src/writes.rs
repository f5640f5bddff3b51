//! Whether a store takes writes.

/// Whether the store takes writes, as far as the last one tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// It does.
    Taken,
    /// No space is left on the disk.
    Full,
    /// Another program has the database.
    Locked,
}

impl Writes {
    pub(crate) const ALL: [Writes; 3] = [Writes::Taken, Writes::Full, Writes::Locked];

    pub(crate) fn number(self) -> u8 {
        Writes::ALL.iter().position(|one| *one == self).unwrap_or_default() as u8
    }
}
