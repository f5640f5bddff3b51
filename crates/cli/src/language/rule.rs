//! Rules of groups that follow skills:
//!
//! ```text
//! Billing>=3 and lang:Spanish>=2 and not Juggling=5
//! ("Customer Care">3 or has Juggling) and lang:"Brazilian Portuguese"!=0
//! ```
//!
//! The API has no node for parentheses: within a rule, every condition is a child of a comparison. So the typed rule is
//! transformed into an equivalent one of that form.

use super::expression::{self, Expression};
use super::token::{Token, Tokens};
use super::{SyntaxError, TERMS};
use convoke_wire::genesys::{
    Comparator, DynamicGroupLanguageSkillCondition as LanguageCondition, DynamicGroupQuery,
    DynamicGroupRoutingSkillCondition as SkillCondition, DynamicGroupSkillCondition as Node, Operation,
};
use std::str::FromStr;

/// A rule in the form of the API.
#[derive(Clone, Debug)]
pub struct Rule(pub DynamicGroupQuery);

impl FromStr for Rule {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        let expression = expression::parse(text, comparison)?;
        let mut left = TERMS;
        let nodes = top(expression, &mut left).ok_or_else(|| {
            let what = format!(
                "in the API's form, which has no parentheses, this rule has more than {TERMS} conditions; write it with \
                 fewer parentheses that have \"or\" in them"
            );
            SyntaxError::new(text, 0, what)
        })?;
        Ok(Rule(DynamicGroupQuery { skill_conditions: Some(nodes) }))
    }
}

/// A comparison of a proficiency.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    skill: String,
    is_language: bool,
    comparator: Comparator,
    proficiency: u8,
}

pub(super) const COMPARATORS: [(&str, Comparator); 6] = [
    ("=", Comparator::EqualTo),
    ("!=", Comparator::NotEqualTo),
    ("<", Comparator::LessThan),
    ("<=", Comparator::LessThanOrEqualTo),
    (">", Comparator::GreaterThan),
    (">=", Comparator::GreaterThanOrEqualTo),
];
const MAX: u8 = 5;
/// The message if a proficiency is missing.
const PROFICIENCY: &str = "a proficiency is a whole number from 0 to 5";

/// Parses one comparison.
fn comparison(tokens: &mut Tokens) -> Result<Expression<Comparison>, SyntaxError> {
    let place = tokens.place();
    tokens.count(1, place)?;
    let has = tokens.take_word("has");
    let word = tokens.peek().cloned();
    let mut skill = tokens.take_text("a condition is missing here; write one such as Billing>=3")?;
    let prefix = word.is_some_and(|word| matches!(word, Token::Word(_))).then(|| language(&skill)).flatten();
    let is_language = prefix.is_some();
    if let Some(name) = prefix {
        skill = if name.is_empty() { tokens.take_text("the name of a language is missing after lang:")? } else { name };
    }
    let (comparator, proficiency) = if has { (Comparator::GreaterThanOrEqualTo, 0) } else { compared(tokens)? };
    Ok(Expression::Leaf(Comparison { skill, is_language, comparator, proficiency }))
}

/// The text after the prefix of languages.
fn language(word: &str) -> Option<String> {
    let (prefix, name) = word.split_once(':')?;
    prefix.eq_ignore_ascii_case("lang").then(|| name.to_owned())
}

fn compared(tokens: &mut Tokens) -> Result<(Comparator, u8), SyntaxError> {
    let found = match tokens.peek() {
        Some(Token::Operator(sign)) => COMPARATORS.into_iter().find(|(known, _)| known == sign),
        _ => None,
    };
    let Some((_, comparator)) = found else {
        return Err(tokens.error("one of = != < <= > >= is missing after the skill; write Billing>=3, for example"));
    };
    tokens.advance();
    let place = tokens.place();
    let number = tokens.take_text(PROFICIENCY)?;
    let proficiency = number.parse().ok().filter(|proficiency| *proficiency <= MAX);
    let proficiency = proficiency.ok_or_else(|| tokens.error_at(place, PROFICIENCY))?;
    Ok((comparator, proficiency))
}

/// A comparison, and its child nodes. It holds if the comparison and every `And` child hold and no `Not` child does, or
/// if any `Or` child holds.
struct Condition {
    own: Comparison,
    children: Vec<Node>,
}

/// Whether the expression is false for a person without any skill. Only such expressions can be written as a condition,
/// because every condition is based on comparisons, which are false for such a person. Others need a `Not` node.
fn is_sayable(expression: &Expression<Comparison>) -> bool {
    match expression {
        Expression::Leaf(_) => true,
        Expression::Not(inside) => !is_sayable(inside),
        Expression::All(entries) => entries.iter().any(is_sayable),
        Expression::Any(entries) => entries.iter().all(is_sayable),
    }
}

/// The nodes of a whole rule. Alternatives get a node of their own here, which makes the rule easier to read.
fn top(expression: Expression<Comparison>, left: &mut usize) -> Option<Vec<Node>> {
    if matches!(expression, Expression::Any(_)) && is_sayable(&expression) {
        return Some(vec![node(Operation::Or, conditions(expression.disjuncts(), left)?)]);
    }
    nodes(expression.conjuncts(), left)
}

/// Nodes that together are equivalent to all these parts. `None` if there are more conditions than allowed.
fn nodes(parts: Vec<Expression<Comparison>>, left: &mut usize) -> Option<Vec<Node>> {
    let (must, must_not): (Vec<_>, Vec<_>) = parts.into_iter().partition(is_sayable);
    let must_not = must_not.into_iter().map(Expression::negated).collect();
    let lists = [(Operation::And, conditions(must, left)?), (Operation::Not, conditions(must_not, left)?)];
    let lists = lists.into_iter().filter(|(_, conditions)| !conditions.is_empty());
    Some(lists.map(|(operation, conditions)| node(operation, conditions)).collect())
}

fn conditions(parts: Vec<Expression<Comparison>>, left: &mut usize) -> Option<Vec<Condition>> {
    parts.into_iter().map(|part| condition(part, left)).collect()
}

/// A condition that is equivalent to the expression, which must be sayable ([`is_sayable`]).
fn condition(expression: Expression<Comparison>, left: &mut usize) -> Option<Condition> {
    let mut parts = expression.conjuncts();
    if let Some(at) = parts.iter().position(|part| matches!(part, Expression::Leaf(_)))
        && let Expression::Leaf(own) = parts.remove(at)
    {
        *left = left.checked_sub(1)?;
        return Some(Condition { own, children: nodes(parts, left)? });
    }
    // There is no comparison that could be the parent of the others, but each alternative of one part has one.
    let at = parts.iter().position(is_sayable)?;
    let mut alternatives = parts.remove(at).disjuncts().into_iter().map(|alternative| {
        let rest = parts.iter().cloned();
        Expression::All([alternative].into_iter().chain(rest).collect())
    });
    let mut first = condition(alternatives.next()?, left)?;
    let others = alternatives.map(|other| condition(other, left)).collect::<Option<Vec<_>>>()?;
    first.children.push(node(Operation::Or, others));
    Some(first)
}

fn node(operation: Operation, conditions: Vec<Condition>) -> Node {
    let (languages, skills): (Vec<_>, Vec<_>) = conditions.into_iter().partition(|condition| condition.own.is_language);
    Node {
        operation: Some(operation),
        routing_skill_conditions: Some(skills.into_iter().map(Condition::of_skill).collect()),
        language_skill_conditions: Some(languages.into_iter().map(Condition::of_language).collect()),
    }
}

impl Condition {
    fn of_skill(self) -> SkillCondition {
        SkillCondition {
            routing_skill: Some(self.own.skill),
            comparator: Some(self.own.comparator),
            proficiency: Some(self.own.proficiency.into()),
            child_conditions: (!self.children.is_empty()).then_some(self.children),
        }
    }

    fn of_language(self) -> LanguageCondition {
        let condition = self.of_skill();
        LanguageCondition {
            language_skill: condition.routing_skill,
            comparator: condition.comparator,
            proficiency: condition.proficiency,
            child_conditions: condition.child_conditions,
        }
    }
}
