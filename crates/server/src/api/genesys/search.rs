//! Searches of groups and users: from criteria to a search of the directory, and from its hits to a page with links.

use super::criteria::{Budget, criteria, given_word, order};
use super::page::Page;
use super::{groups, q64, users};
use crate::api::call::{Admitted, Asker, ParsedRequest, aside, success};
use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use crate::http::rendered::{Json, Object};
use crate::http::response::ApiResponse;
use crate::limits;
use crate::patterns::Patterns;
use crate::site::Site;
use convoke_core::*;
use convoke_wire::Endpoint;
use convoke_wire::genesys as wire;
use convoke_wire::genesys::{CriteriaType, SearchCriteria, SearchState};
use serde::Serialize;
use std::sync::Arc;

/// A parsed search.
pub(crate) struct ParsedSearch<F> {
    search: Search<F>,
    pub page: Page,
    /// The search in the form for links.
    state: SearchState,
}

impl<F: Searched> ParsedSearch<F> {
    /// The link to a page of the search.
    fn link(&mut self, number: i64) -> Result<String, Refusal> {
        self.state.page_number = Some(number);
        q64::link(F::TYPE, &self.state)
    }
}

/// The differences between searches of groups and of users.
pub(crate) trait Searched: SearchField + Send {
    /// Their name on the wire.
    const TYPE: &'static str;
    /// The fields of a query string that names none.
    const USUAL: &'static [Self];
    /// What is found.
    type Record;
    /// The model of a hit in replies.
    type Hit: Serialize;

    /// The estimated time of the search, in nanoseconds of one core.
    fn work(view: &View, search: &Search<Self>) -> usize;
    /// Runs the search, which `cancel` can cancel.
    fn find<'d>(
        view: &View<'d>,
        asked: &ParsedSearch<Self>,
        cancel: &CancelFlag,
    ) -> Result<Listing<&'d Self::Record>, Cancelled>;
    /// Loads the hits of a page into the cache of the processor.
    fn prefetch(view: &View, records: &[&Self::Record]);
    /// Writes a hit.
    fn write(hit: &mut Object<Self::Hit>, view: &View, record: &Self::Record, expand: &users::Expand);
}

impl Searched for GroupField {
    const TYPE: &'static str = "groups";
    const USUAL: &'static [Self] = &[GroupField::Name, GroupField::Description, GroupField::Email];
    type Record = Arc<GroupEntry>;
    type Hit = wire::Group;

    fn work(view: &View, search: &Search<Self>) -> usize {
        view.work_of_groups(search)
    }

    fn find<'d>(
        view: &View<'d>,
        asked: &ParsedSearch<Self>,
        cancel: &CancelFlag,
    ) -> Result<Listing<&'d Self::Record>, Cancelled> {
        view.search_groups(&asked.search, asked.page.window(), cancel)
    }

    fn prefetch(view: &View, entries: &[&Self::Record]) {
        groups::prefetch(view.context(), entries);
    }

    fn write(hit: &mut Object<wire::Group>, view: &View, entry: &Self::Record, _: &users::Expand) {
        groups::write(hit, view.context(), entry);
    }
}

impl Searched for PersonField {
    const TYPE: &'static str = "users";
    const USUAL: &'static [Self] =
        &[PersonField::Name, PersonField::Email, PersonField::Username, PersonField::Department, PersonField::Title];
    type Record = Arc<Person>;
    type Hit = wire::User;

    fn work(view: &View, search: &Search<Self>) -> usize {
        view.work_of_people(search)
    }

    fn find<'d>(
        view: &View<'d>,
        asked: &ParsedSearch<Self>,
        cancel: &CancelFlag,
    ) -> Result<Listing<&'d Self::Record>, Cancelled> {
        view.search_people(&asked.search, asked.page.window(), cancel)
    }

    fn prefetch(view: &View, people: &[&Self::Record]) {
        users::prefetch(view.context(), people);
    }

    fn write(hit: &mut Object<wire::User>, view: &View, person: &Self::Record, expand: &users::Expand) {
        users::write(hit, view, person, expand);
    }
}

/// Replies to a search in a body.
pub(super) async fn post<E, F>(admitted: Admitted<E>) -> Result<ApiResponse, Refusal>
where
    F: Searched,
    E: Endpoint<Body: Into<SearchState>, Reply = wire::SearchResponse<F::Hit>>,
{
    let ParsedRequest { site, asker, body, .. } = admitted.take().await?;
    answer::<E, F>(&site, asker, body.into()).await
}

/// Replies to a search in a `q64`.
pub(super) async fn get<E, F>(admitted: Admitted<E>) -> Result<ApiResponse, Refusal>
where
    F: Searched,
    E: Endpoint<Query = wire::SearchQuery, Reply = wire::SearchResponse<F::Hit>>,
{
    let ParsedRequest { site, asker, query, .. } = admitted.take().await?;
    answer::<E, F>(&site, asker, state_in(query)?).await
}

/// The search in a `q64`, with the request's additions.
fn state_in(query: wire::SearchQuery) -> Result<SearchState, Refusal> {
    let mut state = q64::decode(&super::take::required("q64", query.q64)?)?;
    if let Some(expand) = query.expand.filter(|expand| !expand.is_empty()) {
        state.expand = Some(expand);
    }
    Ok(state)
}

/// Runs a search and replies. A search that may take long runs in the queue for long requests, and so does the
/// compilation of slow patterns.
async fn answer<E, F>(site: &Site, asker: Asker, state: SearchState) -> Result<ApiResponse, Refusal>
where
    F: Searched,
    E: Endpoint<Reply = wire::SearchResponse<F::Hit>>,
{
    let run = |asker: &Asker, mut asked: ParsedSearch<F>, cancel: &CancelFlag| {
        asker.look(|view| Ok(success::<E>(to_wire(&view, &mut asked, cancel)?)))
    };
    let work = |asker: &Asker, asked: &ParsedSearch<F>| {
        let work = asker.look(|view| Ok(F::work(&view, &asked.search)))?;
        let limit = convoke_core::limits::WORK;
        if work <= limit { Ok(work) } else { Err(Refusal::invalid("query", Problem::TooMuchWork)) }
    };
    let session = asker.session.clone();
    if state.query.as_deref().is_some_and(|query| has_slow_pattern(query, &site.patterns)) {
        let patterns = site.patterns.clone();
        return aside(site, &session, move |cancel| {
            let asked = from_wire::<F>(state, &patterns)?;
            work(&asker, &asked)?;
            run(&asker, asked, cancel)
        })
        .await;
    }
    let asked = from_wire::<F>(state, &site.patterns)?;
    if work(&asker, &asked)? <= limits::INLINE_WORK {
        return run(&asker, asked, &CancelFlag::default());
    }
    aside(site, &session, move |cancel| run(&asker, asked, cancel)).await
}

/// Whether any pattern must be compiled, and that may take long: a long one, or one with repetition counts or with classes
/// of other characters than ASCII letters and digits.
fn has_slow_pattern(list: &[SearchCriteria], patterns: &Patterns) -> bool {
    const SHORT: usize = 64;
    let is_large = |part: &str| {
        let class = part.split_once(']').map(|(class, _)| class);
        !class.is_some_and(|class| class.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    };
    let is_slow = |text: &String| {
        let takes_long = text.len() > SHORT || text.contains(['\\', '{']) || text.split('[').skip(1).any(is_large);
        takes_long && !patterns.has(text)
    };
    list.iter().any(|entry| {
        let is_pattern = given_word(&entry.kind) == Some(CriteriaType::Regex);
        let mut texts = entry.value.iter().chain(entry.values.iter().flatten());
        (is_pattern && texts.any(is_slow))
            || entry.group.as_deref().is_some_and(|group| has_slow_pattern(group, patterns))
    })
}

pub(crate) fn to_wire<F: Searched>(
    view: &View,
    asked: &mut ParsedSearch<F>,
    cancel: &CancelFlag,
) -> Result<Json<wire::SearchResponse<F::Hit>>, Refusal> {
    let (size, number) = (asked.page.size(), asked.page.number());
    // Checked before the search runs: a search that is too long for a link is refused.
    let current_page = Some(asked.link(number)?);
    let Listing { entries, total } = F::find(view, asked, cancel)?;
    F::prefetch(view, &entries);
    let count = asked.page.n_pages(total);
    let mut link_if = |exists: bool, number| if exists { asked.link(number).map(Some) } else { Ok::<_, Refusal>(None) };
    let reply = wire::SearchResponse {
        total: total as i64,
        page_count: count as i32,
        page_size: size as i32,
        page_number: number as i32,
        previous_page: link_if((2..=count + 1).contains(&number), number - 1)?,
        current_page,
        next_page: link_if(number < count, number + 1)?,
        types: vec![F::TYPE.into()],
        results: Vec::new(),
    };
    let expand = users::Expand::of(asked.state.expand.iter().flatten().cloned());
    Ok(Json::page(&reply, "results", entries.into_iter(), |hit, record| F::write(hit, view, record, &expand)))
}

/// Parses a search, and converts it to the form for links.
pub(crate) fn from_wire<F: Searched>(mut state: SearchState, patterns: &Patterns) -> Result<ParsedSearch<F>, Refusal> {
    if state.types.as_ref().is_some_and(|types| !types.iter().all(|word| word.eq_ignore_ascii_case(F::TYPE))) {
        return Err(Refusal::Malformed { field: "types".into(), problem: format!("must be [\"{}\"]", F::TYPE) });
    }
    let page = Page::new(state.page_size, state.page_number)?;
    let mut query = state.query.take().unwrap_or_default();
    let mut budget = Budget::default();
    let criteria = query.iter_mut().map(|entry| criteria::<F>(entry, &mut budget, patterns));
    let criteria = criteria.collect::<Result<_, Refusal>>()?;
    let search = Search::new(criteria, order(&state)?)?;
    state.types = Some(vec![F::TYPE.into()]);
    state.query = Some(query);
    state.page_size = Some(page.size());
    state.page_number = Some(page.number());
    state.return_fields = Some(vec!["guid".into()]);
    state.search_type = Some("QUERY_THEN_FETCH".into());
    Ok(ParsedSearch { search, page, state })
}
