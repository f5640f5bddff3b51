//! Pages of listings and searches: numbered from 1, all of the same size.

use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use crate::limits;
use convoke_core::Window;

/// The requested page of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    size: u32,
    number: u32,
}

impl Page {
    /// A page. Absent values have their defaults.
    ///
    /// # Errors
    ///
    /// A refusal of a size that is not in 1..=[`limits::PAGE_SIZE`], or a number that is not in
    /// 1..=[`limits::PAGE_NUMBER`].
    pub fn new(size: Option<i64>, number: Option<i64>) -> Result<Self, Refusal> {
        Ok(Page {
            size: within("pageSize", size.unwrap_or(limits::PAGE_SIZE_DEFAULT), limits::PAGE_SIZE)?,
            number: within("pageNumber", number.unwrap_or(1), limits::PAGE_NUMBER)?,
        })
    }

    /// The window of the page in the listing.
    pub fn window(self) -> Window {
        let (size, before) = (self.size as usize, self.number as usize - 1);
        Window { start: before.saturating_mul(size), count: size }
    }

    /// The page size.
    pub fn size(self) -> i64 {
        i64::from(self.size)
    }

    /// The page number, from 1.
    pub fn number(self) -> i64 {
        i64::from(self.number)
    }

    /// The number of pages of a listing with `total` entries.
    pub fn n_pages(self, total: usize) -> i64 {
        total.div_ceil(self.size as usize) as i64
    }
}

fn within(field: &'static str, value: i64, max: u32) -> Result<u32, Refusal> {
    let within = u32::try_from(value).ok().filter(|value| (1..=max).contains(value));
    within.ok_or_else(|| Refusal::invalid(field, Problem::OutOfRange { min: 1, max }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_windows() {
        let window = |size, number| Page::new(size, number).map(Page::window).expect("within its bounds");
        assert_eq!(window(None, None), Window { start: 0, count: 25 });
        assert_eq!(window(None, Some(3)), Window { start: 50, count: 25 });
        assert_eq!(window(Some(1), Some(1)), Window { start: 0, count: 1 });
        let last = window(Some(500), Some(i64::from(i32::MAX)));
        assert_eq!(last, Window { start: 500 * (i32::MAX as usize - 1), count: 500 });
        assert!(last.range(1_000_000).is_empty());
        for (size, number) in
            [(Some(0), None), (Some(501), None), (None, Some(0)), (None, Some(1 << 31)), (Some(-1), None)]
        {
            assert!(Page::new(size, number).is_err(), "{size:?} {number:?}");
        }
        assert_eq!([0, 1, 25, 26].map(|total| Page { size: 25, number: 1 }.n_pages(total)), [0, 1, 1, 2]);
    }
}
