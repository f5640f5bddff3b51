//! Listings: pages of things, and how they are printed as a table.

use crate::Trouble;
use crate::output::{is_terminal, note, print, table};
use crate::session::{Session, print_reply};
use clap::Args;
use convoke_client::{Answer, Counts, Endpoint, Error};
use convoke_wire::genesys::{EntityListing, SearchResponse, SortOrder};

/// As many as a page can have.
const LARGEST_PAGE: i64 = 500;

/// What a table of things shows.
pub struct Columns<T, const N: usize> {
    /// What the things are called.
    pub what: &'static str,
    pub header: [&'static str; N],
    pub row: fn(T) -> [String; N],
}

/// Which page of a listing.
#[derive(Args)]
pub struct Paging {
    /// Which page, from 1 on
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true, conflicts_with = "all")]
    page: i64,
    /// How many a page has, up to 500 [default: 25]
    #[arg(long, value_name = "N")]
    page_size: Option<i64>,
    /// All pages
    #[arg(long)]
    all: bool,
}

/// Which page of a listing by name.
#[derive(Args)]
pub struct Sorted {
    #[command(flatten)]
    pub paging: Paging,
    /// In which direction names go
    #[arg(long, value_name = "DIRECTION")]
    sort: Option<Direction>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Direction {
    /// From the first name to the last
    Asc,
    /// From the last name to the first
    Desc,
}

impl Sorted {
    pub fn order(&self) -> Option<SortOrder> {
        self.sort.map(|direction| match direction {
            Direction::Asc => SortOrder::Ascending,
            Direction::Desc => SortOrder::Descending,
        })
    }
}

/// One page of a listing.
pub struct Page<T> {
    text: String,
    entries: Vec<T>,
    total: i64,
    counts: Counts,
}

impl<T> Page<T> {
    pub fn of_listing<E: Endpoint<Reply = EntityListing<T>>>(answer: &Answer<E>) -> Result<Self, Error> {
        let reply = answer.parse()?;
        let counts = Counts::from(&reply);
        Ok(Page { text: answer.text().into_owned(), entries: reply.entities, total: reply.total, counts })
    }

    pub fn of_search<E: Endpoint<Reply = SearchResponse<T>>>(answer: &Answer<E>) -> Result<Self, Error> {
        let reply = answer.parse()?;
        let counts = Counts::from(&reply);
        Ok(Page { text: answer.text().into_owned(), entries: reply.results, total: reply.total, counts })
    }
}

impl Session {
    /// Prints a page or all of a listing.
    pub async fn list<E, T, const N: usize>(
        &self,
        columns: &Columns<T, N>,
        paging: &Paging,
        path: &E::Path,
        query: impl Fn(Option<i64>, Option<i64>) -> E::Query,
    ) -> Result<(), Trouble>
    where
        E: Endpoint<Reply = EntityListing<T>>,
    {
        let fetch = async |size, number| {
            let answer = self.answer::<E>(path, &query(size, number), None).await?;
            Ok(Page::of_listing(&answer)?)
        };
        self.print_pages(columns, paging, fetch).await
    }

    /// Prints a page, or all there are. `fetch` is given how many entries a page is to have, and its number.
    pub async fn print_pages<T, const N: usize>(
        &self,
        columns: &Columns<T, N>,
        paging: &Paging,
        fetch: impl AsyncFn(Option<i64>, Option<i64>) -> Result<Page<T>, Trouble>,
    ) -> Result<(), Trouble> {
        let size = paging.page_size.or(paging.all.then_some(LARGEST_PAGE));
        let mut number = paging.page;
        let mut entries = Vec::new();
        loop {
            let page = fetch(size, Some(number)).await?;
            if self.json {
                print(&page.text)?;
            } else {
                entries.extend(page.entries);
            }
            match page.counts.next(number, size) {
                Some(next) if paging.all => number = next,
                _ if self.json => return Ok(()),
                _ => return self.print_table(columns, entries, page.total),
            }
        }
    }

    /// Prints one page.
    pub fn print_page<T, const N: usize>(&self, columns: &Columns<T, N>, page: Page<T>) -> Result<(), Trouble> {
        if self.json { print(&page.text) } else { self.print_table(columns, page.entries, page.total) }
    }

    /// Prints a reply that has all there are.
    pub fn print_all<E: Endpoint, T, const N: usize>(
        &self,
        columns: &Columns<T, N>,
        answer: &Answer<E>,
        entries: impl FnOnce(E::Reply) -> Vec<T>,
    ) -> Result<(), Trouble> {
        if self.json {
            return print_reply(answer);
        }
        let entries = entries(answer.parse()?);
        let total = entries.len() as i64;
        self.print_table(columns, entries, total)
    }

    /// Prints entries, of so many in all.
    pub fn print_table<T, const N: usize>(
        &self,
        columns: &Columns<T, N>,
        entries: Vec<T>,
        total: i64,
    ) -> Result<(), Trouble> {
        if entries.is_empty() {
            let others = if total == 0 { String::new() } else { format!(" on this page, {} in all", grouped(total)) };
            note(&format!("no {}{others}", columns.what));
            return Ok(());
        }
        let n_entries = entries.len() as i64;
        let mut lines = table(self.style, columns.header, entries.into_iter().map(columns.row).collect());
        if is_terminal() {
            let more = if n_entries < total { "; --all for all" } else { "" };
            lines += &self.style.dim(&format!("{} of {}{more}", grouped(n_entries), grouped(total)));
        }
        print(&lines)
    }
}

/// A number with commas between thousands.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_204, "1,204"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), expected);
        }
    }
}
