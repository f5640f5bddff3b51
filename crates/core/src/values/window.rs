//! Which part of a listing is wanted, and in what order.

use super::fault::Fault;
use super::limits;
use super::reason::Reason;

/// From the first name to the last, or back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the first to the last.
    #[default]
    Ascending,
    /// From the last to the first.
    Descending,
}

/// Which part of a listing is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Entries on a page.
    pub size: u32,
    /// From 1 on.
    pub number: u32,
}

impl Page {
    /// A page; what is absent has its default.
    ///
    /// # Errors
    ///
    /// [`Fault::Invalid`] for a size out of 1..=[`limits::PAGE_SIZE`] or a number out of
    /// 1..=[`limits::PAGE_NUMBER`].
    pub fn new(size: Option<i64>, number: Option<i64>) -> Result<Self, Fault> {
        let within = |field, value: i64, max| match u32::try_from(value) {
            Ok(value) if (1..=max).contains(&value) => Ok(value),
            _ => Err(Fault::invalid(field, Reason::OutOfRange { min: 1, max })),
        };
        Ok(Page {
            size: size.map_or(Ok(limits::PAGE_SIZE_DEFAULT), |size| within("pageSize", size, limits::PAGE_SIZE))?,
            number: number.map_or(Ok(1), |number| within("pageNumber", number, limits::PAGE_NUMBER))?,
        })
    }

    /// How many entries come before the page.
    fn start(self) -> usize {
        (self.number as usize - 1) * self.size as usize
    }

    /// The places of the page's entries in a listing of so many.
    pub(crate) fn range(self, total: usize) -> std::ops::Range<usize> {
        let start = self.start().min(total);
        start..(start + self.size as usize).min(total)
    }
}

/// One page of a listing, and how long the whole is.
#[derive(Clone, Debug)]
pub struct Listing<T> {
    /// The entries of the page.
    pub entries: Vec<T>,
    /// How many entries all pages have together.
    pub total: usize,
}
