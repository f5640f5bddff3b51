//! Which part of a listing is wanted, and in what order.

/// From the first name to the last, or back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the first to the last.
    #[default]
    Ascending,
    /// From the last to the first.
    Descending,
}

/// A part of a listing: so many entries from one place on. Every way to ask for a part comes to this: page 3 of 25
/// starts at 50, and an index that counts from 1 is one more than the start. How many entries may be asked for is for
/// whoever lets a caller ask.
///
/// A window that starts behind the last entry is empty, and the listing says the same total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Entries before the first one that is wanted.
    pub start: usize,
    /// Entries that are wanted, at the most.
    pub count: usize,
}

impl Window {
    /// The first entries.
    pub fn first(count: usize) -> Self {
        Window { start: 0, count }
    }

    /// The places of the window's entries in a listing of so many.
    pub fn range(self, total: usize) -> std::ops::Range<usize> {
        let start = self.start.min(total);
        start..start.saturating_add(self.count).min(total)
    }
}

/// A part of a listing, and how long the whole is.
#[derive(Clone, Debug)]
pub struct Listing<T> {
    /// The entries of the part.
    pub entries: Vec<T>,
    /// How many entries the whole has.
    pub total: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_cut_to_what_there_is() {
        let range = |start, count, total| Window { start, count }.range(total);
        assert_eq!(range(0, 2, 5), 0..2);
        assert_eq!(range(4, 2, 5), 4..5);
        assert_eq!(range(5, 2, 5), 5..5);
        assert_eq!(range(usize::MAX, usize::MAX, 5), 5..5);
        assert_eq!(range(1, usize::MAX, 5), 1..5);
        assert_eq!(range(0, 0, 5), 0..0);
        assert_eq!(Window::first(2).range(1), 0..1);
    }
}
