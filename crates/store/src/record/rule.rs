//! Serialised rules of groups.

use super::skill;
use crate::StoreError;
use convoke_core::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub(super) struct RuleRecord {
    modified: i64,
    nodes: Vec<NodeRecord>,
}

#[derive(Serialize, Deserialize)]
struct NodeRecord {
    #[serde(with = "TagRecord")]
    tag: Tag,
    conditions: Vec<ConditionRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConditionRecord {
    kind: String,
    skill: Uuid,
    by_name: bool,
    #[serde(with = "ComparatorRecord")]
    comparator: Comparator,
    proficiency: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    children: Vec<NodeRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Tag", rename_all = "camelCase")]
enum TagRecord {
    And,
    Or,
    Not,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Comparator", rename_all = "camelCase")]
enum ComparatorRecord {
    EqualTo,
    NotEqualTo,
    LessThan,
    LessThanOrEqualTo,
    GreaterThan,
    GreaterThanOrEqualTo,
}

pub(super) fn to_record(group_rule: &GroupRule) -> RuleRecord {
    RuleRecord { modified: group_rule.modified.0, nodes: nodes_to_record(group_rule.rule.nodes()) }
}

pub(super) fn from_record(record: RuleRecord) -> Result<GroupRule, StoreError> {
    let rule = Rule::new(nodes_from_record(record.nodes)?)
        .map_err(|fault| StoreError::Damaged(format!("a rule cannot be: {fault:?}")))?;
    Ok(GroupRule { rule, modified: Timestamp(record.modified) })
}

/// The depth of the recursion is bounded by [`Rule::new`].
fn nodes_to_record(nodes: &[RuleNode<NamedSkill>]) -> Vec<NodeRecord> {
    let condition = |condition: &Condition<NamedSkill>| ConditionRecord {
        kind: condition.kind.word().into(),
        skill: condition.skill.id.0,
        by_name: condition.skill.by_name,
        comparator: condition.comparator,
        proficiency: condition.proficiency,
        children: nodes_to_record(&condition.children),
    };
    let node = |node: &RuleNode<NamedSkill>| NodeRecord {
        tag: node.tag,
        conditions: node.conditions.iter().map(condition).collect(),
    };
    nodes.iter().map(node).collect()
}

/// The depth of the recursion is bounded by the JSON parser.
fn nodes_from_record(records: Vec<NodeRecord>) -> Result<Vec<RuleNode<NamedSkill>>, StoreError> {
    let condition = |record: ConditionRecord| {
        Ok(Condition {
            kind: skill::kind(&record.kind)?,
            skill: NamedSkill { id: SkillId(record.skill), by_name: record.by_name },
            comparator: record.comparator,
            proficiency: record.proficiency,
            children: nodes_from_record(record.children)?,
        })
    };
    let node = |record: NodeRecord| {
        let conditions = record.conditions.into_iter().map(condition).collect::<Result<_, StoreError>>()?;
        Ok(RuleNode { tag: record.tag, conditions })
    };
    records.into_iter().map(node).collect()
}
