//! Formats a rule of the API as it is typed.

use super::rule::COMPARATORS;
use super::token::{Token, Tokens};
use convoke_wire::genesys::{Comparator, DynamicGroupQuery, DynamicGroupSkillCondition as Node, Operation};
use convoke_wire::word::Word;

/// The rule as it is typed, with the same meaning. A rule without any comparison selects nobody, and is empty.
pub fn rule_text(query: &DynamicGroupQuery) -> String {
    joined(list(query.skill_conditions.as_deref().unwrap_or_default()), " and ", Place::Alone)
}

/// A comparison of a skill or a language as it is typed.
pub fn comparison_text(
    (skill, language): (Option<&str>, Option<&str>),
    comparator: &Comparator,
    proficiency: i64,
) -> String {
    let comparator = comparator.as_str();
    let (prefix, name) = language.map_or(("", skill.unwrap_or_default()), |language| ("lang:", language));
    let known = COMPARATORS.iter().find(|(_, known)| known.as_str().eq_ignore_ascii_case(comparator));
    let sign = known.map_or(comparator, |(sign, _)| sign);
    format!("{prefix}{}{sign}{proficiency}", quoted(name))
}

/// A name as it is if it would be parsed as one word, or else in quotation marks.
fn quoted(name: &str) -> String {
    let is_word = Tokens::new(name).is_ok_and(|mut tokens| tokens.advance() == Some(Token::Word(name.to_owned())));
    let is_taken = ["and", "or", "not", "has"].iter().any(|word| name.eq_ignore_ascii_case(word)) || name.contains(':');
    if is_word && !is_taken {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The conditions of a list of nodes: every `And` must hold, no `Not`, and, if there are `Or` nodes, one of them.
fn list(nodes: &[Node]) -> Vec<String> {
    let (mut must, mut may) = (Vec::new(), Vec::new());
    for node in nodes {
        let conditions = conditions(node);
        match (conditions.is_empty(), &node.operation) {
            // A node without conditions is ignored.
            (true, _) => {}
            (false, Some(Operation::Or)) => may.extend(conditions),
            (false, Some(Operation::Not)) => must.push(format!("not {}", joined(conditions, " or ", Place::Beside))),
            (false, _) => must.extend(conditions),
        }
    }
    if !may.is_empty() {
        let place = if must.is_empty() { Place::Alone } else { Place::Beside };
        must.push(joined(may, " or ", place));
    }
    must
}

/// Where joined parts stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Alone,
    /// Others stand beside them.
    Beside,
}

/// Parts with a word between them, in parentheses where others stand beside them.
fn joined(parts: Vec<String>, word: &str, place: Place) -> String {
    let text = parts.join(word);
    if place == Place::Beside && parts.len() > 1 { format!("({text})") } else { text }
}

fn conditions(node: &Node) -> Vec<String> {
    let skills = node.routing_skill_conditions.iter().flatten();
    let skills =
        skills.map(|it| ((it.routing_skill.as_deref(), None), &it.comparator, it.proficiency, &it.child_conditions));
    let languages = node.language_skill_conditions.iter().flatten();
    let languages = languages
        .map(|it| ((None, it.language_skill.as_deref()), &it.comparator, it.proficiency, &it.child_conditions));
    let condition =
        |(skill, comparator, proficiency, children): (_, &Option<Comparator>, Option<i64>, &Option<Vec<Node>>)| {
            let comparator = comparator.clone().unwrap_or_default();
            let own = comparison_text(skill, &comparator, proficiency.unwrap_or_default());
            with_children(own, children.as_deref().unwrap_or_default())
        };
    skills.chain(languages).map(condition).collect()
}

/// A comparison with its children: the comparison and every `And` child hold and no `Not` child does, or any `Or` child
/// holds.
fn with_children(own: String, children: &[Node]) -> String {
    let is_or = |node: &&Node| node.operation == Some(Operation::Or);
    let (may, must): (Vec<&Node>, Vec<&Node>) = children.iter().partition(is_or);
    let must: Vec<Node> = must.into_iter().cloned().collect();
    let all = joined([own].into_iter().chain(list(&must)).collect(), " and ", Place::Beside);
    joined([all].into_iter().chain(may.into_iter().flat_map(conditions)).collect(), " or ", Place::Beside)
}
