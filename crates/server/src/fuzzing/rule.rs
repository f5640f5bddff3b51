//! The fuzz target `rule`: the rule of a group is previewed, set, explained and read back.

use super::small;
use crate::api::call::Call;
use crate::api::genesys::dynamic;
use crate::config::Country;
use crate::http::json;
use crate::limits::PAGE_SIZE;
use convoke_core::*;
use convoke_wire::Nothing;
use convoke_wire::genesys as wire;
use std::collections::BTreeSet;

/// Previews a rule, sets it on a group, and compares the explanation of each person's membership with the preview.
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

    let (_, group_rule) = view.rule(small::GROUP).expect("it was put");
    let call = Call { view: small::view(&directory), path: "", query: "", country: Country::default() };
    let told = dynamic::get(&call, path(), Nothing {}).expect("it was put").query;
    let Ok(Command::PutRule(_, told)) = dynamic::put(path(), Nothing {}, told) else { panic!("a rule that was told") };
    assert_eq!(view.resolve(&told).as_ref(), Ok(&group_rule.rule), "the rule as it is told");
    true
}

/// Evaluates the rule from the explanation of its nodes.
fn holds(nodes: &[NodeTruth]) -> bool {
    let nodes = || nodes.iter().filter(|truth| !truth.conditions.is_empty());
    let of = |tag| nodes().filter(move |truth| truth.node.tag == tag).map(|truth| truth.holds);
    let any = of(Tag::Or).count() == 0 || of(Tag::Or).any(|holds| holds);
    nodes().count() > 0 && of(Tag::And).all(|holds| holds) && any && !of(Tag::Not).any(|holds| holds)
}

/// The people whom a rule selects, read page by page with a check of the totals. `None` if the rule is refused.
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
