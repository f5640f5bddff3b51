//! Explanations of why someone is a member of a group, or is not.

use crate::CommandError;
use crate::language::comparison_text;
use crate::session::Session;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use serde_json::json;

pub async fn show(session: &Session, path: &GroupMemberPath) -> Result<(), CommandError> {
    let answer = session.call_raw::<GetGroupMemberExplanation>(path, &Nothing {}, None).await?;
    if !session.screen.is_table() {
        return session.show_reply(&answer);
    }
    let GroupMemberExplanation {
        group,
        user,
        user_state,
        is_member,
        path,
        is_individual,
        is_owner,
        include_owners,
        rule,
        ..
    } = answer.parse()?;
    let path: Vec<String> = path.into_iter().flatten().map(|group| group.name.unwrap_or(group.id)).collect();
    let member = match (is_member, path.is_empty()) {
        (true, _) => "yes".to_owned(),
        (false, true) => "no".to_owned(),
        (false, false) => format!("not of the group itself, but of one beneath it: {}", path.join(" > ")),
    };
    let word = |is: bool| if is { "yes" } else { "no" };
    let owner = match (is_owner, include_owners) {
        (true, false) => "yes, but owners are no members",
        (is_owner, _) => word(is_owner),
    };
    let rule = rule.map(|rule| {
        let takes = if rule.selects { "takes the user" } else { "does not take the user" };
        let mut lines = vec![json!(takes)];
        lines.extend(comparisons(&rule.skill_conditions, 0).into_iter().map(|line| json!(line)));
        lines
    });
    session.show_value(&json!({
        "group": group,
        "user": user,
        "userState": user_state,
        "member": member,
        "individual": word(is_individual),
        "owner": owner,
        "rule": rule.unwrap_or_else(|| vec![json!("none")]),
    }))
}

/// The comparisons of a rule with their results, in the order of the rule. A negated comparison is marked, and its
/// result is «yes» if it is false. Children of a comparison are indented.
fn comparisons(nodes: &[ExplainedNode], indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for node in nodes {
        for condition in node.routing_skill_conditions.iter().chain(&node.language_skill_conditions) {
            let is_first = lines.is_empty();
            let (joint, holds) = match &node.operation {
                Operation::Not if indent > 0 => ("and not ", !condition.holds),
                Operation::Not => ("not ", !condition.holds),
                Operation::Or if indent > 0 || !is_first => ("or ", condition.compares),
                Operation::And if indent > 0 => ("and ", condition.compares),
                _ => ("", condition.compares),
            };
            let held = condition.held.map_or("does not have it".to_owned(), |held| format!("has {held}"));
            let word = if holds { "yes" } else { "no" };
            let skill = (condition.routing_skill.as_deref(), condition.language_skill.as_deref());
            let text = comparison_text(skill, &condition.comparator, condition.proficiency);
            lines.push(format!("{}{joint}{text}: {word}, {held}", " ".repeat(indent)));
            lines.extend(comparisons(&condition.child_conditions, indent + 2));
        }
    }
    lines
}
