//! What the targets in `fuzz/` run, and the test that plays their corpus. Each takes any bytes, fails
//! when an answer contradicts another, and says whether the bytes were understood.

mod small;

use super::search::{Searched, from_wire, to_wire};
use super::{dynamic, q64 as word};
use crate::api::call::Call;
use crate::config::Country;
use crate::http::json;
use crate::limits::PAGE_SIZE;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use convoke_core::*;
use convoke_wire::Nothing;
use convoke_wire::genesys as wire;
use convoke_wire::genesys::{SearchCriteria, SearchState};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeSet;
use std::io::Write;

/// Reads a `q64`, and again after it was written. No mutation keeps a checksum right, so the bytes
/// are taken as the text, as the gzip in it, and as the JSON in that.
pub fn q64(bytes: &[u8]) -> bool {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let compressed = gzip.write_all(bytes).and_then(|()| gzip.finish()).expect("memory takes it");
    let texts = [String::from_utf8_lossy(bytes).into(), URL_SAFE.encode(bytes), URL_SAFE.encode(compressed)];
    let mut is_understood = false;
    for text in texts {
        let Ok(state) = word::decode(&text) else { continue };
        is_understood = true;
        // One that was compressed better than here may be too long to be written.
        if let Ok(written) = word::encode(&state) {
            let read = word::decode(&written).expect("what was written is read");
            assert_eq!(read, state, "read again from {written}");
        }
    }
    is_understood
}

/// Searches groups and people for what JSON asks, as those who see everything and those who do not.
pub fn search(json: &[u8]) -> bool {
    let Ok(state) = json::from_slice::<SearchState>(json) else { return false };
    let of_groups = searched::<GroupField>(&state, |group| &group.id);
    let of_people = searched::<PersonField>(&state, |person| &person.id);
    of_groups || of_people
}

fn searched<F: Searched>(state: &SearchState, id: fn(&F::Hit) -> &str) -> bool {
    let Ok(asked) = from_wire::<F>(state.clone()) else { return false };
    for view in small::views() {
        let whole = all_pages::<F>(&view, state, id).expect("a search that was understood, on other pages");
        // Where few are left, they are searched in another way than all are.
        let halves: Option<usize> = [0, 1].into_iter().map(|rest| half::<F>(&view, state, rest, id)).sum();
        assert!(halves.is_none_or(|halves| halves == whole.len()), "two halves are {halves:?} of {}", whole.len());
        // A search may be too long for the links of its reply.
        let Ok(reply) = to_wire(&view, &asked, &Stop::default()) else { continue };
        assert_eq!(reply.total, whole.len() as i64, "total of the page that was asked for");
        let start = (reply.page_number as usize - 1).saturating_mul(reply.page_size as usize);
        let slice = whole.iter().skip(start).take(reply.page_size as usize);
        assert!(reply.results.iter().map(id).eq(slice), "the page that was asked for is part of the whole");
        let link = reply.current_page.expect("every reply has it");
        let (_, linked) = link.split_once("q64=").expect("it leads to a search");
        let linked = word::decode(linked).expect("a link that was made here");
        let again = from_wire::<F>(linked).expect("a search that was understood, in a link");
        assert_eq!(
            F::find(&view, &again, &Stop::default()).expect("nobody stops it").total,
            whole.len(),
            "total behind the link"
        );
    }
    true
}

/// The ids of all hits, after a look at what each page says; none when the search is refused.
fn all_pages<F: Searched>(view: &View, state: &SearchState, id: fn(&F::Hit) -> &str) -> Option<Vec<String>> {
    let mut ids = Vec::new();
    let mut totals = BTreeSet::new();
    for number in 1.. {
        let (size, number) = (Some(i64::from(PAGE_SIZE)), Some(number));
        let asked = from_wire::<F>(SearchState { page_size: size, page_number: number, ..state.clone() }).ok()?;
        let found = F::find(view, &asked, &Stop::default()).expect("nobody stops it");
        totals.insert(found.total);
        if found.entries.is_empty() {
            break;
        }
        ids.extend(found.entries.iter().map(|hit| id(hit).to_owned()));
    }
    assert!(totals.iter().eq([&ids.len()]), "totals {totals:?} of {} hits", ids.len());
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "a hit comes once");
    Some(ids)
}

/// How many hits have an even id, or an odd one; none when that makes the search too large.
fn half<F: Searched>(view: &View, state: &SearchState, rest: u128, id: fn(&F::Hit) -> &str) -> Option<usize> {
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
    let state = SearchState { query: Some(vec![within, asked]), ..state.clone() };
    all_pages::<F>(view, &state, id).map(|ids| ids.len())
}

/// Names a value so often that names are searched for it, in the place of being looked up.
fn repeat_values(criteria: &mut SearchCriteria) {
    let kind = criteria.kind.as_ref().map_or("", |kind| kind.as_str()).trim();
    if ["EXACT", "STARTS_WITH"].iter().any(|word| kind.eq_ignore_ascii_case(word)) {
        let values = criteria.values.iter().flatten();
        let first = criteria.value.iter().chain(values).next().cloned();
        criteria.values.get_or_insert_default().extend(first.into_iter().cycle().take(20));
    }
    criteria.group.iter_mut().flatten().for_each(repeat_values);
}

/// Previews a rule, puts it on a group, and asks of everyone why they are in it or not.
pub fn rule(json: &[u8]) -> bool {
    let Ok(query) = json::from_slice::<wire::DynamicGroupQuery>(json) else { return false };
    let path = || wire::GroupPath { group_id: small::GROUP.to_string() };
    let Ok(put) = dynamic::put(path(), Nothing {}, query) else { return false };
    let mut directory = small::directory().clone();
    let Some(previewed) = previewed(&small::view(&directory), &put) else { return false };

    let decision =
        decide(&directory, &small::admin(), Permissions::NONE, small::NOW, &put).expect("what was previewed");
    decision.changes.iter().for_each(|change| directory.apply(change).expect("a decided change fits"));
    let view = small::view(&directory);
    for person in (0..small::IDS).map(|number| PersonId(small::id(number))) {
        let Ok(explanation) = view.explain(small::GROUP, person) else { continue };
        let truth = explanation.rule.expect("administrators may read it");
        assert_eq!(truth.selects, previewed.contains(&person), "{person} is explained as previewed");
        let is_active = explanation.person.state == PersonState::Active;
        assert_eq!(truth.selects, is_active && holds(&truth.nodes), "{person} is explained by parts as a whole");
        assert!(explanation.is_member || !truth.selects, "{person} is a member");
    }

    let (_, standing) = view.rule(small::GROUP).expect("it was put");
    let call = Call { view: small::view(&directory), path: "", query: "", country: Country::default() };
    let told = dynamic::get(&call, path(), Nothing {}).expect("it was put").query;
    let Ok(Command::PutRule(_, told)) = dynamic::put(path(), Nothing {}, told) else { panic!("a rule that was told") };
    assert_eq!(view.resolve(&told).as_ref(), Ok(&standing.rule), "the rule as it is told");
    true
}

/// Whether the list of nodes holds of which this is told.
fn holds(nodes: &[NodeTruth]) -> bool {
    let nodes = || nodes.iter().filter(|truth| !truth.conditions.is_empty());
    let of = |tag| nodes().filter(move |truth| truth.node.tag == tag).map(|truth| truth.holds);
    let any = of(Tag::Or).count() == 0 || of(Tag::Or).any(|holds| holds);
    nodes().count() > 0 && of(Tag::And).all(|holds| holds) && any && !of(Tag::Not).any(|holds| holds)
}

/// Whom a rule takes, after a look at what each page says; none when it is refused.
fn previewed(view: &View, put: &Command) -> Option<BTreeSet<PersonId>> {
    let Command::PutRule(_, rule) = put else { return None };
    let mut people = BTreeSet::new();
    let count = PAGE_SIZE as usize;
    for start in (0..).step_by(count) {
        let found = view.preview(rule, Some(Window { start, count })).ok()?;
        if found.entries.is_empty() {
            assert_eq!(found.total, people.len(), "total of a preview");
            let counted = view.preview(rule, None).ok()?;
            assert_eq!((counted.total, counted.entries.len()), (people.len(), 0), "a preview that only counts");
            break;
        }
        people.extend(found.entries.iter().map(|person| person.id));
    }
    Some(people)
}
