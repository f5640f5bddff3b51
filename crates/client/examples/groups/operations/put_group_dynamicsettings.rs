//! Sets a rule: the members are the users who have a skill at level 3 or more.

use convoke_client::genesys::{
    Comparator, DynamicGroupQuery, DynamicGroupRoutingSkillCondition, DynamicGroupSkillCondition, Operation,
};
use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, group_id: &str, skill: &str) -> Result<(), Error> {
    api.put_group_dynamicsettings(group_id, &has(skill)).await?;
    println!("{group_id} follows who has {skill}");
    Ok(())
}

/// The rule.
pub fn has(skill: &str) -> DynamicGroupQuery {
    let condition = DynamicGroupRoutingSkillCondition {
        routing_skill: Some(skill.into()),
        comparator: Some(Comparator::GreaterThanOrEqualTo),
        proficiency: Some(3),
        ..Default::default()
    };
    let node = DynamicGroupSkillCondition {
        routing_skill_conditions: Some(vec![condition]),
        language_skill_conditions: Some(Vec::new()),
        operation: Some(Operation::And),
    };
    DynamicGroupQuery { skill_conditions: Some(vec![node]) }
}
