//! Listings, searches and cursors as streams. Each page is fetched when the stream reaches it.

use crate::client::Client;
use crate::error::Error;
use convoke_wire::Endpoint;
use convoke_wire::genesys::{EntityListing, SearchResponse};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use std::borrow::Cow;
use std::sync::Arc;

/// The page size if neither the request nor the reply has one.
const USUAL_SIZE: i64 = 25;

/// A stream of the entries of all pages. `fetch` returns the entries of a page, and the position of the next.
pub(crate) fn entries<P, T, F>(
    first: P,
    fetch: impl FnMut(P) -> F + Send + 'static,
) -> BoxStream<'static, Result<T, Error>>
where
    P: Send + 'static,
    T: Send + 'static,
    F: Future<Output = Result<(Vec<T>, Option<P>), Error>> + Send,
{
    let pages = stream::try_unfold((Some(first), fetch), |(position, mut fetch)| async move {
        let Some(position) = position else { return Ok(None) };
        let (entries, next) = fetch(position).await?;
        Ok(Some((stream::iter(entries.into_iter().map(Ok)), (next, fetch))))
    });
    pages.try_flatten().boxed()
}

/// The entries of a listing, starting at the page of the request.
pub(crate) fn listing<E, T>(
    client: &Client,
    path: E::Path,
    (first, size): (Option<i64>, Option<i64>),
    query: impl Fn(i64) -> E::Query + Send + 'static,
) -> BoxStream<'static, Result<T, Error>>
where
    E: Endpoint<Reply = EntityListing<T>, Path: Sync, Query: Sync, Body: Sync>,
    T: Send + 'static,
{
    let (client, path) = (client.clone(), Arc::new(path));
    entries(first.unwrap_or(1), move |number| {
        let (client, path, query) = (client.clone(), path.clone(), query(number));
        async move {
            let page = client.call::<E>(&path, &query, None).await?;
            let next = Counts::from(&page).next(number, size);
            Ok((page.entities, next))
        }
    })
}

/// The hits of a search, starting at the page of the request.
pub(crate) fn search<E, T>(
    client: &Client,
    (first, size): (Option<i64>, Option<i64>),
    body: impl Fn(i64) -> E::Body + Send + 'static,
) -> BoxStream<'static, Result<T, Error>>
where
    E: Endpoint<Path = convoke_wire::Nothing, Query = convoke_wire::Nothing, Body: Sync, Reply = SearchResponse<T>>,
    T: Send + 'static,
{
    let client = client.clone();
    entries(first.unwrap_or(1), move |number| {
        let (client, body) = (client.clone(), body(number));
        async move {
            let nothing = convoke_wire::Nothing {};
            let page = client.call::<E>(&nothing, &nothing, Some(&body)).await?;
            let next = Counts::from(&page).next(number, size);
            Ok((page.results, next))
        }
    })
}

/// The `q64` value of a search. `text` is a page link of the search, or the value itself, percent-encoded or not.
pub fn q64(text: &str) -> String {
    let query = match text.split_once('?') {
        Some((_, query)) => Cow::Borrowed(query),
        None if text.contains('%') => Cow::Owned(format!("q64={text}")),
        None => return text.into(),
    };
    let parameters = form_urlencoded::parse(query.as_bytes());
    parameters.filter(|(key, _)| key == "q64").map(|(_, value)| value.into_owned()).collect()
}

/// The counts in a page's reply; 0 if the reply does not have one.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    n_entries: usize,
    size: i64,
    n_pages: i64,
    total: i64,
    has_next: bool,
}

impl<T> From<&EntityListing<T>> for Counts {
    fn from(page: &EntityListing<T>) -> Self {
        Counts {
            n_entries: page.entities.len(),
            size: page.page_size.into(),
            n_pages: page.page_count.into(),
            total: page.total,
            has_next: page.next_uri.is_some(),
        }
    }
}

impl<T> From<&SearchResponse<T>> for Counts {
    fn from(page: &SearchResponse<T>) -> Self {
        Counts {
            n_entries: page.results.len(),
            size: page.page_size.into(),
            n_pages: page.page_count.into(),
            total: page.total,
            has_next: page.next_page.is_some(),
        }
    }
}

impl Counts {
    /// The number of the next page, if there is one. Genesys Cloud omits some of these counts in some replies. If all
    /// are missing, only the number of entries shows the end.
    pub fn next(&self, number: i64, asked_size: Option<i64>) -> Option<i64> {
        let size = if self.size > 0 { self.size } else { asked_size.unwrap_or(USUAL_SIZE) };
        let is_last = match self {
            Counts { n_entries: 0, .. } => true,
            Counts { has_next: true, .. } => false,
            Counts { n_pages: 1.., .. } => number >= self.n_pages,
            Counts { total: 1.., .. } => number.saturating_mul(size) >= self.total,
            Counts { n_entries, .. } => i64::try_from(*n_entries).is_ok_and(|n_entries| n_entries < size),
        };
        if is_last { None } else { number.checked_add(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests `next` with the counts as (entries, size, pages, total, link to the next page).
    fn next_of(counts: (usize, i64, i64, i64, bool), number: i64, asked_size: Option<i64>) -> Option<i64> {
        let (n_entries, size, n_pages, total, has_next) = counts;
        Counts { n_entries, size, n_pages, total, has_next }.next(number, asked_size)
    }

    #[test]
    fn a_search_is_found_in_its_link() {
        for (text, expected) in [
            ("H4s_-A==", "H4s_-A=="),
            ("H4s+/A==", "H4s+/A=="),
            ("H4s%2B%2FA%3D%3D", "H4s+/A=="),
            ("/api/v2/groups/search?q64=H4s_-A%3D%3D", "H4s_-A=="),
            ("/api/v2/users/search?expand=skills&q64=H4s_-A%3D%3D", "H4s_-A=="),
            ("/api/v2/users/search?pageNumber=2", ""),
        ] {
            assert_eq!(q64(text), expected, "{text}");
        }
    }

    #[test]
    fn a_page_is_the_last_by_whatever_it_says() {
        for (counts, number, asked_size, expected) in [
            ((25, 25, 2, 30, true), 1, None, Some(2)),
            ((5, 25, 2, 30, false), 2, None, None),
            // No link, but a number of pages.
            ((25, 25, 3, 60, false), 2, None, Some(3)),
            // No number of pages, but a total.
            ((25, 25, 0, 60, false), 2, None, Some(3)),
            ((10, 25, 0, 60, false), 3, None, None),
            // Only a page size, in the reply or in the request, or not even that.
            ((25, 25, 0, 0, false), 1, None, Some(2)),
            ((24, 25, 0, 0, false), 1, None, None),
            ((50, 0, 0, 0, false), 1, Some(50), Some(2)),
            ((49, 0, 0, 0, false), 1, Some(50), None),
            ((25, 0, 0, 0, false), 1, None, Some(2)),
            // A page without entries that links to a next page: following the links would never end.
            ((0, 25, 9, 200, true), 4, None, None),
            ((1, 1, 0, 0, true), i64::MAX, None, None),
        ] {
            assert_eq!(next_of(counts, number, asked_size), expected, "{counts:?} {number} {asked_size:?}");
        }
    }
}
