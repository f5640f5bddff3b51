//! Rules of dynamic groups. A rule is a criteria list over comparisons of proficiencies. It is stored as written, and
//! evaluated as an [`Expression`].

use super::skill::{HeldSkill, Proficiency, SkillKind};
use crate::sets::{Expression, Tag};
use crate::values::{Fault, Field, Reason, SkillId, Timestamp, limits};

/// A rule as written. `S` is the type of its skills: text before they are looked up, and [`NamedSkill`] after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<S> {
    nodes: Vec<RuleNode<S>>,
}

/// A node: conditions, which are combined with the nodes beside it by the tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleNode<S> {
    /// How the node is combined with the nodes beside it, and its conditions with each other.
    pub tag: Tag,
    /// The conditions.
    pub conditions: Vec<Condition<S>>,
}

/// A comparison of a skill, and child nodes that hold in addition or instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition<S> {
    /// The kind of the skill.
    pub kind: SkillKind,
    /// The skill.
    pub skill: S,
    /// How the person's proficiency is compared.
    pub comparator: Comparator,
    /// The value to compare with: 0 to 5.
    pub proficiency: u8,
    /// Nodes that are combined with the comparison.
    pub children: Vec<RuleNode<S>>,
}

/// How a proficiency is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparator {
    /// Equal.
    EqualTo,
    /// Not equal. The person must have the skill.
    NotEqualTo,
    /// Less.
    LessThan,
    /// Less or equal.
    LessThanOrEqualTo,
    /// Greater.
    GreaterThan,
    /// Greater or equal.
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

    /// Whether the comparison of `held` with `other` is true.
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

/// A skill in a rule, and how the author named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedSkill {
    /// The skill.
    pub id: SkillId,
    /// Whether it was named by its name. If not, by its id.
    pub by_name: bool,
}

/// The rule of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRule {
    /// The rule.
    pub rule: Rule<NamedSkill>,
    /// When it was last set.
    pub modified: Timestamp,
}

/// A single comparison as evaluated. It is false for a person without the skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Comparison {
    /// The skill.
    pub skill: SkillId,
    /// How the person's proficiency is compared.
    pub comparator: Comparator,
    /// The value to compare with.
    pub proficiency: u8,
}

impl Comparison {
    /// Whether the comparison is true for a person with these skills, which are sorted by id.
    pub fn holds(self, held: &[HeldSkill]) -> bool {
        let at = held.binary_search_by_key(&self.skill, |held| held.skill).ok();
        self.compares(at.and_then(|at| held.get(at)).map(|held| held.proficiency))
    }

    /// Whether the comparison is true for a person with this proficiency; `None` means that the person does not have
    /// the skill.
    pub(crate) fn compares(self, held: Option<Proficiency>) -> bool {
        held.is_some_and(|held| self.comparator.holds(held, self.proficiency))
    }
}

impl<S> Rule<S> {
    /// A rule with these nodes.
    ///
    /// # Errors
    ///
    /// [`Fault::Invalid`] if it is deeper than [`limits::DEPTH`], has more comparisons than [`limits::TERMS`], or
    /// compares with a value greater than 5.
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
            // An empty node counts as one, because it takes memory too.
            terms += level.iter().map(|node| node.conditions.len().max(1)).sum::<usize>();
            if terms > limits::TERMS {
                return Err(Fault::invalid(Field::Comparisons, Reason::TooMany { limit: limits::TERMS }));
            }
            level = conditions.flat_map(|condition| &condition.children).collect();
        }
        Ok(Rule { nodes })
    }

    /// The top nodes.
    pub fn nodes(&self) -> &[RuleNode<S>] {
        &self.nodes
    }

    /// The same rule with its skills converted by `name`.
    ///
    /// # Errors
    ///
    /// The first error of `name`.
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
    /// The rule as an expression. None if it has no comparisons, and therefore selects nobody.
    pub fn expression(&self) -> Option<Expression<Comparison>> {
        list_of(&self.nodes)
    }
}

/// The expression of a list of nodes, combined by their tags.
fn list_of(nodes: &[RuleNode<NamedSkill>]) -> Option<Expression<Comparison>> {
    let mut entries: Vec<_> = nodes.iter().filter_map(|node| Some((node.tag, conditions_of(node)?))).collect();
    // A single comparison leaves few people for the lists after it. Evaluating a list for everybody takes several times
    // as long.
    entries.sort_by_key(|(_, entry)| matches!(entry, Expression::List { .. }));
    if entries.is_empty() { None } else { Some(Expression::list(entries)) }
}

/// The expression of a node's conditions: all must hold if the tag is `And`, otherwise any. None if it has no
/// conditions; the node is then ignored.
fn conditions_of(node: &RuleNode<NamedSkill>) -> Option<Expression<Comparison>> {
    let tag = if node.tag == Tag::And { Tag::And } else { Tag::Or };
    let entries: Vec<_> = node.conditions.iter().map(|condition| (tag, condition_of(condition))).collect();
    if entries.is_empty() { None } else { Some(Expression::list(entries)) }
}

/// The expression of a condition. It holds if its comparison and all `And` children hold and no `Not` child holds, or
/// if an `Or` child holds.
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
