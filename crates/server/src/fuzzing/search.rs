//! The fuzz target `search`: a search of groups and of people, page by page, through the link in its response, and over
//! two halves of the directory.

use super::small;
use crate::api::genesys::page::Page;
use crate::api::genesys::q64;
use crate::api::genesys::search::{ParsedSearch, Searched, from_wire, to_wire};
use crate::http::json;
use crate::limits::PAGE_SIZE;
use crate::patterns::Patterns;
use convoke_core::*;
use convoke_wire::genesys::{SearchCriteria, SearchState};
use convoke_wire::word::Word;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Runs a search on groups and on people, for a caller who sees everything and for one who does not.
pub fn search(json: &[u8]) -> bool {
    let Ok(state) = json::from_slice::<SearchState>(json) else { return false };
    // Compiling a pattern costs more than all the rest. So each is compiled once.
    let patterns = Patterns::default();
    let of_groups = searched::<GroupField>(&state, &patterns, |entry| entry.group.id.0, |group| &group.id);
    let of_people = searched::<PersonField>(&state, &patterns, |person| person.id.0, |user| &user.id);
    of_groups || of_people
}

fn searched<F>(
    state: &SearchState,
    patterns: &Patterns,
    id: fn(&F::Record) -> Uuid,
    id_of_hit: fn(&F::Hit) -> &str,
) -> bool
where
    F: Searched<Hit: DeserializeOwned>,
{
    let Ok(mut asked) = from_wire::<F>(state.clone(), patterns) else { return false };
    let mut halves = [0, 1].map(|rest| half::<F>(state, patterns, rest));
    let page = asked.page;
    let mut linked = None;
    for view in small::views() {
        let whole = all_pages(&view, &mut asked, id);
        // Few candidates are searched in another way than the whole directory.
        if let [Some(even), Some(odd)] = &mut halves {
            let found = all_pages(&view, even, id).len() + all_pages(&view, odd, id).len();
            assert_eq!(found, whole.len(), "two halves find as many as the whole");
        }
        // The search may be too long for the links in its response.
        asked.page = page;
        let Ok(reply) = to_wire(&view, &mut asked, &CancelFlag::default()).map(|reply| reply.read()) else { continue };
        assert_eq!(reply.total, whole.len() as i64, "total of the page that was asked for");
        let start = (reply.page_number as usize - 1).saturating_mul(reply.page_size as usize);
        let slice = whole.iter().skip(start).take(reply.page_size as usize);
        let ids = reply.results.iter().map(id_of_hit);
        assert!(ids.eq(slice.map(Uuid::to_string)), "the page that was asked for is part of the whole");
        let again = linked.get_or_insert_with(|| {
            let link = reply.current_page.expect("every reply has it");
            let (_, word) = link.split_once("q64=").expect("it leads to a search");
            let state = q64::decode(word).expect("a link that was made here");
            from_wire::<F>(state, patterns).expect("a search that was understood, in a link")
        });
        let found = F::find(&view, again, &CancelFlag::default()).expect("nobody stops it");
        assert_eq!(found.total, whole.len(), "total behind the link");
    }
    true
}

/// The ids of all hits, read page by page with a check of the totals.
fn all_pages<F: Searched>(view: &View, asked: &mut ParsedSearch<F>, id: fn(&F::Record) -> Uuid) -> Vec<Uuid> {
    let mut ids = Vec::new();
    let mut totals = BTreeSet::new();
    for number in 1.. {
        let (size, number) = (i64::from(PAGE_SIZE), Some(number));
        asked.page = Page::new(Some(size), number).expect("a page within its bounds");
        let found = F::find(view, asked, &CancelFlag::default()).expect("nobody stops it");
        totals.insert(found.total);
        if found.entries.is_empty() {
            break;
        }
        ids.extend(found.entries.iter().map(|record| id(record)));
    }
    assert!(totals.iter().eq([&ids.len()]), "totals {totals:?} of {} hits", ids.len());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "a hit comes once");
    ids
}

/// The search restricted to even ids or to odd ids. `None` if that makes the search too large.
fn half<F: Searched>(state: &SearchState, patterns: &Patterns, rest: u128) -> Option<ParsedSearch<F>> {
    let ids = (0..small::IDS).filter(|number| number % 2 == rest).map(|number| small::id(number).to_string());
    let within = SearchCriteria {
        kind: Some("EXACT".into()),
        fields: Some(vec!["id".into()]),
        values: Some(ids.collect()),
        ..SearchCriteria::default()
    };
    let mut asked =
        SearchCriteria { kind: Some("MATCH_ALL".into()), group: state.query.clone(), ..SearchCriteria::default() };
    repeat_values(&mut asked);
    from_wire(SearchState { query: Some(vec![within, asked]), ..state.clone() }, patterns).ok()
}

/// Repeats a value so often that the search scans all names instead of using an index.
fn repeat_values(criteria: &mut SearchCriteria) {
    let kind = criteria.kind.as_ref().map_or("", Word::as_str).trim();
    if ["EXACT", "STARTS_WITH"].iter().any(|word| kind.eq_ignore_ascii_case(word)) {
        let values = criteria.values.iter().flatten();
        let first = criteria.value.iter().chain(values).next().cloned();
        criteria.values.get_or_insert_default().extend(first.into_iter().cycle().take(20));
    }
    criteria.group.iter_mut().flatten().for_each(repeat_values);
}
