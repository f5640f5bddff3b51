//! Dynamic groups: their rules, and why a user is a member.

use super::listing::{direction, paged};
use super::page::Page;
use super::{take, timestamp, users, words};
use crate::api::call::Call;
use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use crate::http::rendered::{Json, Object};
use convoke_core::*;
use convoke_wire::Nothing;
use convoke_wire::genesys as wire;
use convoke_wire::genesys::{GroupMemberPath, GroupPath, UserPath};
use convoke_wire::word::Word;

pub(crate) fn get(call: &Call, path: GroupPath, _: Nothing) -> Result<wire::DynamicGroupDefinition, Refusal> {
    let (entry, group_rule) = call.view.rule(take::group_id(&path.group_id)?)?;
    let id = entry.group.id;
    Ok(wire::DynamicGroupDefinition {
        group: wire::DomainEntityRef { name: None, ..group_reference(&entry.group) },
        date_modified: timestamp::to_wire(group_rule.modified),
        query: wire::DynamicGroupQuery { skill_conditions: Some(nodes_of(&call.view, group_rule.rule.nodes())) },
        self_uri: format!("/api/v2/groups/{id}/dynamicsettings"),
    })
}

pub(crate) fn put(path: GroupPath, _: Nothing, body: wire::DynamicGroupQuery) -> Result<Command, Refusal> {
    Ok(Command::PutRule(take::group_id(&path.group_id)?, rule(body)?))
}

pub(super) fn delete(path: GroupPath, _: Nothing, _: Nothing) -> Result<Command, Refusal> {
    Ok(Command::DeleteRule(take::group_id(&path.group_id)?))
}

pub(super) fn preview(
    call: &Call,
    _: Nothing,
    query: wire::PreviewQuery,
    body: wire::DynamicGroupQuery,
) -> Result<Json<wire::DynamicGroupQueryPreview>, Refusal> {
    let first = query.expand.contains(&wire::PreviewExpand::Users).then(|| Page::new(None, None)).transpose()?;
    let rule = rule(body)?;
    let selected = call.view.preview(&rule, first.map(Page::window))?;
    let group = query.group_id.as_deref().map(take::group_id).transpose()?;
    let delta = group.map(|group| call.view.membership_delta(group, &rule)).transpose()?;
    Ok(Json::object(|preview: &mut Object<wire::DynamicGroupQueryPreview>| {
        preview.number("userCount", selected.total as i64);
        if first.is_some() {
            let expand = users::Expand::default();
            preview.list("users", selected.entries, |user, person| users::write(user, &call.view, person, &expand));
        }
        if let Some(delta) = delta {
            preview.number("gained", delta.gained as i64).number("lost", delta.lost as i64);
        }
    }))
}

pub(super) fn explain(call: &Call, path: GroupMemberPath, _: Nothing) -> Result<wire::GroupMemberExplanation, Refusal> {
    let explanation = call.view.explain(take::group_id(&path.group_id)?, take::person_id(&path.user_id)?)?;
    let Explanation { group, person, .. } = &explanation;
    Ok(wire::GroupMemberExplanation {
        group: group_reference(&group.group),
        user: wire::DomainEntityRef { name: Some(person.name.as_str().into()), ..users::entity(person.id) },
        user_state: words::person_state_word(person.state),
        is_member: explanation.is_member,
        is_effective_member: explanation.is_member || !explanation.path.is_empty(),
        path: (!explanation.path.is_empty())
            .then(|| explanation.path.iter().map(|entry| group_reference(&entry.group)).collect()),
        is_individual: explanation.is_individual,
        is_owner: explanation.is_owner,
        include_owners: group.group.include_owners,
        rule: explanation.rule.as_ref().map(|truth| wire::RuleExplanation {
            selects: truth.selects,
            skill_conditions: truth.nodes.iter().map(|node| explained_node(&call.view, node)).collect(),
        }),
    })
}

pub(super) fn memberships(
    call: &Call,
    path: UserPath,
    query: wire::UserGroupsQuery,
) -> Result<wire::EntityListing<wire::UserGroup>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    let person = take::person_id(&path.user_id)?;
    let which = if query.effective == Some(true) { Memberships::Effective } else { Memberships::Direct };
    let listing = call.view.memberships(person, which, page.window(), direction(query.sort_order))?;
    Ok(paged(call, page, listing, |membership| user_group(&membership)))
}

fn user_group(membership: &Membership) -> wire::UserGroup {
    let group = &membership.group.group;
    let ways = [
        (wire::MembershipKind::Individual, membership.is_individual),
        (wire::MembershipKind::Owner, membership.is_owner),
        (wire::MembershipKind::Rule, membership.by_rule == Some(true)),
        (wire::MembershipKind::Subgroup, membership.by_subgroup),
    ];
    wire::UserGroup {
        id: group.id.to_string(),
        name: group.name.as_str().into(),
        kind: words::group_kind_word(group.kind),
        visibility: words::visibility_word(group.visibility),
        how: ways.into_iter().filter_map(|(way, counts)| counts.then_some(way)).collect(),
        self_uri: format!("/api/v2/groups/{}", group.id),
    }
}

/// A reference to a group by id and name.
fn group_reference(group: &Group) -> wire::DomainEntityRef {
    wire::DomainEntityRef {
        id: group.id.to_string(),
        name: Some(group.name.as_str().into()),
        self_uri: Some(format!("/api/v2/groups/{}", group.id)),
    }
}

/// A rule. Its skills are named as in the request.
pub(super) fn rule(query: wire::DynamicGroupQuery) -> Result<Rule<String>, Refusal> {
    Ok(Rule::new(nodes(take::required("skillConditions", query.skill_conditions)?)?)?)
}

/// Nodes of a rule. JSON bounds their depth, so this may recurse.
fn nodes(list: Vec<wire::DynamicGroupSkillCondition>) -> Result<Vec<RuleNode<String>>, Refusal> {
    list.into_iter().map(node).collect()
}

/// A node. The documents require its lists and its operation; here they may be absent.
fn node(node: wire::DynamicGroupSkillCondition) -> Result<RuleNode<String>, Refusal> {
    let tag = take::word("operation", node.operation, words::tag, wire::Operation::WORDS)?.unwrap_or_default();
    let skills = node.routing_skill_conditions.into_iter().flatten();
    let languages = node.language_skill_conditions.into_iter().flatten();
    let languages = languages.map(|condition| wire::DynamicGroupRoutingSkillCondition {
        routing_skill: condition.language_skill,
        comparator: condition.comparator,
        proficiency: condition.proficiency,
        child_conditions: condition.child_conditions,
    });
    let skills = skills.map(|skill| condition("routingSkill", SkillKind::Routing, skill));
    let languages = languages.map(|language| condition("languageSkill", SkillKind::Language, language));
    Ok(RuleNode { tag, conditions: skills.chain(languages).collect::<Result<_, Refusal>>()? })
}

fn condition(
    field: &'static str,
    kind: SkillKind,
    condition: wire::DynamicGroupRoutingSkillCondition,
) -> Result<Condition<String>, Refusal> {
    let max = Proficiency::MAX;
    let proficiency = take::required("proficiency", condition.proficiency)?;
    let within = u8::try_from(proficiency).ok().filter(|proficiency| *proficiency <= max);
    let range = Problem::OutOfRange { min: 0, max: u32::from(max) };
    Ok(Condition {
        kind,
        skill: take::required(field, take::part(field, condition.routing_skill)?)?.as_str().to_owned(),
        comparator: take::required(
            "comparator",
            take::word("comparator", condition.comparator, words::comparator, wire::Comparator::WORDS)?,
        )?,
        proficiency: within.ok_or_else(|| Refusal::invalid("proficiency", range))?,
        children: nodes(condition.child_conditions.unwrap_or_default())?,
    })
}

pub(super) fn nodes_of(view: &View, nodes: &[RuleNode<NamedSkill>]) -> Vec<wire::DynamicGroupSkillCondition> {
    nodes.iter().map(|node| node_of(view, node)).collect()
}

fn node_of(view: &View, node: &RuleNode<NamedSkill>) -> wire::DynamicGroupSkillCondition {
    let of_kind = |kind| node.conditions.iter().filter(move |condition| condition.kind == kind);
    let children = |condition: &Condition<NamedSkill>| {
        (!condition.children.is_empty()).then(|| nodes_of(view, &condition.children))
    };
    let skill = |condition: &Condition<NamedSkill>| wire::DynamicGroupRoutingSkillCondition {
        routing_skill: Some(view.skill_text(condition.skill)),
        comparator: Some(words::comparator_word(condition.comparator)),
        proficiency: Some(i64::from(condition.proficiency)),
        child_conditions: children(condition),
    };
    let language = |condition: &Condition<NamedSkill>| wire::DynamicGroupLanguageSkillCondition {
        language_skill: Some(view.skill_text(condition.skill)),
        comparator: Some(words::comparator_word(condition.comparator)),
        proficiency: Some(i64::from(condition.proficiency)),
        child_conditions: children(condition),
    };
    wire::DynamicGroupSkillCondition {
        routing_skill_conditions: Some(of_kind(SkillKind::Routing).map(skill).collect()),
        language_skill_conditions: Some(of_kind(SkillKind::Language).map(language).collect()),
        operation: Some(words::tag_word(node.tag)),
    }
}

fn explained_node(view: &View, truth: &NodeTruth) -> wire::ExplainedNode {
    let of_kind = |kind| {
        let conditions = truth.conditions.iter().filter(|truth| truth.condition.kind == kind);
        conditions.map(|truth| explained_condition(view, truth)).collect()
    };
    wire::ExplainedNode {
        routing_skill_conditions: of_kind(SkillKind::Routing),
        language_skill_conditions: of_kind(SkillKind::Language),
        operation: words::tag_word(truth.node.tag),
        holds: truth.holds,
    }
}

fn explained_condition(view: &View, truth: &ConditionTruth) -> wire::ExplainedCondition {
    let condition = truth.condition;
    let named = |kind| (condition.kind == kind).then(|| view.skill_text(condition.skill));
    wire::ExplainedCondition {
        routing_skill: named(SkillKind::Routing),
        language_skill: named(SkillKind::Language),
        comparator: words::comparator_word(condition.comparator),
        proficiency: i64::from(condition.proficiency),
        held: truth.held.map(Proficiency::get),
        compares: truth.compares,
        holds: truth.holds,
        child_conditions: truth.children.iter().map(|node| explained_node(view, node)).collect(),
    }
}
