//! Rules: who is in a group for what they can do. A rule is a criteria list over comparisons of
//! proficiency; it is kept as it was written, and understood as an [`Expression`].

use super::skill::{Held, Proficiency, SkillKind};
use crate::sets::{Expression, Tag};
use crate::values::{Fault, Field, Reason, SkillId, Timestamp, limits};

/// A rule as it is written, its skills named by `S`: text before they are looked up, a
/// [`NamedSkill`] after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<S> {
    nodes: Vec<RuleNode<S>>,
}

/// Conditions that are joined to the nodes beside them as the tag says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleNode<S> {
    /// How it is joined, and its conditions within it.
    pub tag: Tag,
    /// The conditions.
    pub conditions: Vec<Condition<S>>,
}

/// A comparison of one skill, and what further holds with it or in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition<S> {
    /// The kind of the skill.
    pub kind: SkillKind,
    /// The skill.
    pub skill: S,
    /// How its proficiency is compared.
    pub comparator: Comparator,
    /// What it is compared with: 0 to 5.
    pub proficiency: u8,
    /// Nodes that are joined to the comparison.
    pub children: Vec<RuleNode<S>>,
}

/// How a proficiency is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparator {
    /// As much.
    EqualTo,
    /// The skill, but not as much.
    NotEqualTo,
    /// Less.
    LessThan,
    /// Less or as much.
    LessThanOrEqualTo,
    /// More.
    GreaterThan,
    /// More or as much.
    GreaterThanOrEqualTo,
}

impl Comparator {
    /// Every comparator.
    pub const ALL: [Comparator; 6] = [
        Comparator::EqualTo,
        Comparator::NotEqualTo,
        Comparator::LessThan,
        Comparator::LessThanOrEqualTo,
        Comparator::GreaterThan,
        Comparator::GreaterThanOrEqualTo,
    ];

    /// Whether a proficiency compares so with the other.
    pub fn holds(self, held: Proficiency, other: u8) -> bool {
        let (held, other) = (held.get(), f64::from(other));
        match self {
            Comparator::EqualTo => held == other,
            Comparator::NotEqualTo => held != other,
            Comparator::LessThan => held < other,
            Comparator::LessThanOrEqualTo => held <= other,
            Comparator::GreaterThan => held > other,
            Comparator::GreaterThanOrEqualTo => held >= other,
        }
    }
}

/// A skill, and how the rule's author named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedSkill {
    /// The skill.
    pub id: SkillId,
    /// Whether it was named by its name, and not by its id.
    pub by_name: bool,
}

/// A rule that is in force in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingRule {
    /// The rule.
    pub rule: Rule<NamedSkill>,
    /// When it was put.
    pub modified: Timestamp,
}

/// One comparison, as the directory evaluates it. A person without the skill never meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Comparison {
    /// The skill.
    pub skill: SkillId,
    /// How its proficiency is compared.
    pub comparator: Comparator,
    /// What it is compared with.
    pub proficiency: u8,
}

impl Comparison {
    /// Whether someone with these skills, in the order of their ids, meets it.
    pub fn holds(self, held: &[Held]) -> bool {
        let at = held.binary_search_by_key(&self.skill, |held| held.skill).ok();
        self.compares(at.and_then(|at| held.get(at)).map(|held| held.proficiency))
    }

    /// Whether someone meets it who has the skill so well, or not at all.
    pub(crate) fn compares(self, held: Option<Proficiency>) -> bool {
        held.is_some_and(|held| self.comparator.holds(held, self.proficiency))
    }
}

impl<S> Rule<S> {
    /// A rule of these nodes.
    ///
    /// # Errors
    ///
    /// [`Fault::Invalid`] when it is deeper than [`limits::DEPTH`], has more comparisons than
    /// [`limits::TERMS`], or compares with more than 5.
    pub fn new(nodes: Vec<RuleNode<S>>) -> Result<Self, Fault> {
        let mut level: Vec<&RuleNode<S>> = nodes.iter().collect();
        let (mut depth, mut terms) = (0, 0);
        while !level.is_empty() {
            depth += 1;
            if depth > limits::DEPTH {
                return Err(Fault::invalid(Field::NestedConditions, Reason::TooDeep { limit: limits::DEPTH }));
            }
            let conditions = level.iter().flat_map(|node| &node.conditions);
            if conditions.clone().any(|condition| condition.proficiency > Proficiency::MAX) {
                return Err(Fault::invalid(Field::Proficiency, Reason::NotAProficiency));
            }
            // A node that compares nothing counts as well: it takes its place.
            terms += level.iter().map(|node| node.conditions.len().max(1)).sum::<usize>();
            if terms > limits::TERMS {
                return Err(Fault::invalid(Field::Comparisons, Reason::TooMany { limit: limits::TERMS }));
            }
            level = conditions.flat_map(|condition| &condition.children).collect();
        }
        Ok(Rule { nodes })
    }

    /// The nodes at the top.
    pub fn nodes(&self) -> &[RuleNode<S>] {
        &self.nodes
    }

    /// The same rule with its skills named otherwise.
    ///
    /// # Errors
    ///
    /// The first that `name` returns.
    pub fn try_map<T, E>(&self, name: &impl Fn(SkillKind, &S) -> Result<T, E>) -> Result<Rule<T>, E> {
        Ok(Rule { nodes: map_nodes(&self.nodes, name)? })
    }
}

fn map_nodes<S, T, E>(
    nodes: &[RuleNode<S>],
    name: &impl Fn(SkillKind, &S) -> Result<T, E>,
) -> Result<Vec<RuleNode<T>>, E> {
    let condition = |condition: &Condition<S>| {
        Ok(Condition {
            kind: condition.kind,
            skill: name(condition.kind, &condition.skill)?,
            comparator: condition.comparator,
            proficiency: condition.proficiency,
            children: map_nodes(&condition.children, name)?,
        })
    };
    let node = |node: &RuleNode<S>| {
        Ok(RuleNode { tag: node.tag, conditions: node.conditions.iter().map(condition).collect::<Result<_, E>>()? })
    };
    nodes.iter().map(node).collect()
}

impl Rule<NamedSkill> {
    /// What the rule means; none where it compares nothing, and so selects nobody.
    pub fn expression(&self) -> Option<Expression<Comparison>> {
        list_of(&self.nodes)
    }
}

/// A list of nodes: each is joined to the others by its tag.
fn list_of(nodes: &[RuleNode<NamedSkill>]) -> Option<Expression<Comparison>> {
    let entries: Vec<_> = nodes.iter().filter_map(|node| Some((node.tag, conditions_of(node)?))).collect();
    if entries.is_empty() { None } else { Some(Expression::list(entries)) }
}

/// The inside of a node: all its conditions where the tag is `And`, any of them otherwise. None
/// where it has none: such a node is dropped before it is joined.
fn conditions_of(node: &RuleNode<NamedSkill>) -> Option<Expression<Comparison>> {
    let tag = if node.tag == Tag::And { Tag::And } else { Tag::Or };
    let entries: Vec<_> = node.conditions.iter().map(|condition| (tag, condition_of(condition))).collect();
    if entries.is_empty() { None } else { Some(Expression::list(entries)) }
}

/// A condition holds if its comparison and every `And` child do and no `Not` child does, or if an
/// `Or` child holds.
fn condition_of(condition: &Condition<NamedSkill>) -> Expression<Comparison> {
    let comparison = Expression::Leaf(Comparison {
        skill: condition.skill.id,
        comparator: condition.comparator,
        proficiency: condition.proficiency,
    });
    let children = || condition.children.iter().filter_map(|node| Some((node.tag, conditions_of(node)?)));
    let with = children().filter(|(tag, _)| *tag != Tag::Or);
    let itself = Expression::list(std::iter::once((Tag::And, comparison)).chain(with));
    let instead = children().filter(|(tag, _)| *tag == Tag::Or);
    Expression::list(std::iter::once((Tag::Or, itself)).chain(instead))
}
