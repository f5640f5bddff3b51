//! Listings: pages of entries, printed as they arrive.

use crate::CommandError;
use crate::display_names::add_names;
use crate::output::{Columns, Format, Rows, is_terminal, note, print};
use crate::session::{Session, print_reply};
use clap::Args;
use convoke_client::{Counts, Endpoint, Error, RawReply};
use convoke_wire::genesys::{EntityListing, SearchResponse, SortOrder};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde_json::Value;

/// The maximum page size.
pub const LARGEST_PAGE: i64 = 500;

/// The page of a listing.
#[derive(Args)]
pub struct Paging {
    /// Which page, from 1 on
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true, conflicts_with_all = ["all", "limit"])]
    page: i64,
    /// How many a page has, up to 500 [default: 25]
    #[arg(long, value_name = "N")]
    page_size: Option<i64>,
    /// All pages
    #[arg(long)]
    all: bool,
    /// The first N, of as many pages as it takes
    #[arg(long, value_name = "N", conflicts_with = "all", value_parser = clap::value_parser!(i64).range(1..))]
    limit: Option<i64>,
}

/// The page of a listing by name.
#[derive(Args)]
pub struct Sorted {
    #[command(flatten)]
    pub paging: Paging,
    /// Direction of the order by name
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

/// One page of a listing, as received.
pub struct Page {
    text: String,
    /// The field of the reply that has the entries.
    key: &'static str,
    n_entries: usize,
    total: i64,
    counts: Counts,
}

/// A page that is being fetched.
pub type Fetched<'f> = LocalBoxFuture<'f, Result<Page, CommandError>>;

impl Page {
    pub fn of_listing<T, E: Endpoint<Reply = EntityListing<T>>>(answer: &RawReply<E>) -> Result<Self, Error> {
        let reply = answer.parse()?;
        let counts = Counts::from(&reply);
        let (n_entries, total) = (reply.entities.len(), reply.total);
        Ok(Page { text: answer.text().into_owned(), key: "entities", n_entries, total, counts })
    }

    pub fn of_search<T, E: Endpoint<Reply = SearchResponse<T>>>(answer: &RawReply<E>) -> Result<Self, Error> {
        let reply = answer.parse()?;
        let counts = Counts::from(&reply);
        let (n_entries, total) = (reply.results.len(), reply.total);
        Ok(Page { text: answer.text().into_owned(), key: "results", n_entries, total, counts })
    }

    /// The first `most` entries, with all fields of the reply.
    fn entries(&self, most: usize) -> Vec<Value> {
        let entries = self.reply().get_mut(self.key).map(Value::take);
        let Some(Value::Array(mut entries)) = entries else { return vec![] };
        entries.truncate(most);
        entries
    }

    /// The text of the reply, cut to the first `most` entries.
    fn text(&self, most: usize) -> String {
        if self.n_entries <= most {
            return self.text.clone();
        }
        let mut reply = self.reply();
        if let Some(Value::Array(entries)) = reply.get_mut(self.key) {
            entries.truncate(most);
        }
        reply.to_string()
    }

    fn reply(&self) -> Value {
        // The text was parsed as the endpoint's reply before, so it is JSON.
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl Session {
    /// Prints one page of a listing, or all.
    pub async fn list<E, T>(
        &self,
        columns: &Columns,
        paging: &Paging,
        path: &E::Path,
        query: impl Fn(Option<i64>, Option<i64>) -> E::Query,
    ) -> Result<(), CommandError>
    where
        E: Endpoint<Reply = EntityListing<T>>,
    {
        let fetch = |size, number| -> Fetched<'_> {
            let query = query(size, number);
            Box::pin(async move { Ok(Page::of_listing(&self.call_raw::<E>(path, &query, None).await?)?) })
        };
        self.print_pages(columns, paging, &fetch).await
    }

    /// Prints the requested pages as they arrive. `fetch` gets the page size and the page number.
    pub async fn print_pages<'f>(
        &self,
        columns: &Columns,
        paging: &Paging,
        fetch: &dyn Fn(Option<i64>, Option<i64>) -> Fetched<'f>,
    ) -> Result<(), CommandError> {
        let several = if paging.all { Some(LARGEST_PAGE) } else { paging.limit.map(|limit| limit.min(LARGEST_PAGE)) };
        let size = paging.page_size.or(several);
        let mut left = paging.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
        let mut number = paging.page;
        let mut rows = Rows::new(&self.screen, columns);
        loop {
            let page = fetch(size, Some(number)).await?;
            self.print_further(&mut rows, &page, left).await?;
            left = left.saturating_sub(page.n_entries);
            match page.counts.next(number, size) {
                Some(next) if several.is_some() && left > 0 => number = next,
                _ => return self.end(rows, columns, page.total),
            }
        }
    }

    /// Prints one page.
    pub async fn print_page(&self, columns: &Columns, page: Page) -> Result<(), CommandError> {
        let mut rows = Rows::new(&self.screen, columns);
        self.print_further(&mut rows, &page, usize::MAX).await?;
        self.end(rows, columns, page.total)
    }

    /// Prints at most `most` entries of a further page.
    async fn print_further(&self, rows: &mut Rows<'_>, page: &Page, most: usize) -> Result<(), CommandError> {
        if self.screen.format == Format::Replies {
            return print(&page.text(most));
        }
        let mut entries = page.entries(most);
        if !self.screen.ids && (rows.has("owners") || rows.has("manager")) {
            add_names(self, &mut entries).await;
        }
        rows.print(&entries)
    }

    /// Prints a reply that has all entries.
    pub fn print_all<E: Endpoint, T: Serialize>(
        &self,
        columns: &Columns,
        answer: &RawReply<E>,
        entries: impl FnOnce(E::Reply) -> Vec<T>,
    ) -> Result<(), CommandError> {
        if self.screen.format == Format::Replies {
            return print_reply(answer);
        }
        let entries = entries(answer.parse()?);
        let total = entries.len() as i64;
        self.print_entries(columns, entries, total)
    }

    /// Prints entries; the listing has `total` in all.
    pub fn print_entries<T: Serialize>(
        &self,
        columns: &Columns,
        entries: Vec<T>,
        total: i64,
    ) -> Result<(), CommandError> {
        let entries: Result<Vec<Value>, _> = entries.iter().map(serde_json::to_value).collect();
        let mut rows = Rows::new(&self.screen, columns);
        rows.print(&entries.map_err(CommandError::refused)?)?;
        self.end(rows, columns, total)
    }

    /// Ends a listing. For people, it prints how many entries there are.
    pub fn end(&self, rows: Rows<'_>, columns: &Columns, total: i64) -> Result<(), CommandError> {
        let n_printed = rows.n_printed() as i64;
        let ids = if rows.leaves_out_ids() { "; no room for ids, --columns id has them" } else { "" };
        if self.screen.format != Format::Replies {
            rows.end()?;
        }
        if !self.screen.is_table() {
            return Ok(());
        }
        if n_printed == 0 {
            let others = if total == 0 { String::new() } else { format!(" on this page, {} in all", grouped(total)) };
            note(&format!("no {}{others}", columns.what));
        } else if is_terminal() {
            let more = if n_printed < total { "; --all for all" } else { "" };
            print(&self.screen.style.dim(&format!("{} of {}{more}{ids}", grouped(n_printed), grouped(total))))?;
        }
        Ok(())
    }
}

/// A number with thousands separated by commas.
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
