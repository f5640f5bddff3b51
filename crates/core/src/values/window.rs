//! Parts of listings, and their order.

/// The direction of an order by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the first to the last.
    #[default]
    Ascending,
    /// From the last to the first.
    Descending,
}

/// A part of a listing: at most `count` entries from `start` on. Every kind of paging maps to it: page 3 of 25 entries
/// starts at 50, and an index that counts from 1 is the start plus 1. The limit of the count is checked by the APIs.
///
/// A window that starts after the last entry is empty; the total stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The number of entries before the window.
    pub start: usize,
    /// The maximum number of entries.
    pub count: usize,
}

impl Window {
    /// The first `count` entries.
    pub fn first(count: usize) -> Self {
        Window { start: 0, count }
    }

    /// The range of the window in a listing of `total` entries.
    pub fn range(self, total: usize) -> std::ops::Range<usize> {
        let start = self.start.min(total);
        start..start.saturating_add(self.count).min(total)
    }
}

/// A part of a listing, and the total of the listing.
#[derive(Clone, Debug)]
pub struct Listing<T> {
    /// The entries of the part.
    pub entries: Vec<T>,
    /// The number of entries of the whole listing.
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
