//! The one expression over sets, and its one evaluator. Searches and the rules of dynamic groups are expressions with
//! different leaves. A search starts from the set that the caller may see.

use super::set::Set;

/// How an entry of a criteria list is joined to the others: the list holds if every `And` entry holds, no `Not` entry
/// holds, and, if there are `Or` entries, at least one of them holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tag {
    /// Must hold.
    #[default]
    And,
    /// One of these must hold.
    Or,
    /// Must not hold.
    Not,
}

/// A condition: a single one, or a criteria list of further expressions.
///
/// The constructors of searches and rules bound the depth, so functions on expressions may recurse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression<L> {
    /// A single condition.
    Leaf(L),
    /// Holds if every one of `all` holds, none of `none`, and, unless `any` is empty, at least one of `any`.
    List {
        /// All of these must hold.
        all: Vec<Expression<L>>,
        /// One of these must hold, if there are any.
        any: Vec<Expression<L>>,
        /// None of these may hold.
        none: Vec<Expression<L>>,
    },
}

/// How some leaves occur in an expression. When such a leaf becomes false, a `plain` occurrence can only remove from
/// the selection, and a `negated` one can only add to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signs {
    /// One of them occurs under an even number of negations.
    pub plain: bool,
    /// One of them occurs under an odd number of negations.
    pub negated: bool,
}

/// The slots in `within` for which at least one of the expressions holds. Each is evaluated only for the slots that
/// none before it selected.
fn select_any<L>(any: &[Expression<L>], within: &Set, leaf: &impl Fn(&L, &Set) -> Set) -> Set {
    let mut rest = within.clone();
    for entry in any {
        if rest.is_empty() {
            break;
        }
        rest.take_out(&entry.select(&rest, leaf));
    }
    within.without(&rest)
}

impl<L> Expression<L> {
    /// A criteria list of tagged entries. A list of a single entry that must hold becomes that entry.
    pub fn list(entries: impl IntoIterator<Item = (Tag, Expression<L>)>) -> Self {
        let (mut all, mut any, mut none) = (Vec::new(), Vec::new(), Vec::new());
        for (tag, entry) in entries {
            match tag {
                Tag::And => all.push(entry),
                Tag::Or => any.push(entry),
                Tag::Not => none.push(entry),
            }
        }
        // A single `Or` entry must hold.
        if any.len() == 1 {
            all.append(&mut any);
        }
        match (all.pop(), all.is_empty() && any.is_empty() && none.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                all.extend(last);
                Expression::List { all, any, none }
            }
        }
    }

    /// The slots in `within` for which the expression holds. `leaf` returns the slots of a set for which a leaf holds;
    /// it gets only the slots whose result is still open.
    pub(crate) fn select(&self, within: &Set, leaf: &impl Fn(&L, &Set) -> Set) -> Set {
        match self {
            Expression::Leaf(one) => leaf(one, within),
            Expression::List { all, any, none } => {
                let mut selected = within.clone();
                for entry in all {
                    if selected.is_empty() {
                        return selected;
                    }
                    selected = entry.select(&selected, leaf);
                }
                if !any.is_empty() {
                    selected = select_any(any, &selected, leaf);
                }
                for entry in none {
                    if selected.is_empty() {
                        return selected;
                    }
                    selected.take_out(&entry.select(&selected, leaf));
                }
                selected
            }
        }
    }

    /// Evaluates again after some leaves became false. The expression held for all slots in `within` before; the result
    /// has those for which it still holds. `fails` says which leaves became false; `leaf` must already return them as
    /// false. Only the parts that contain such leaves are evaluated.
    pub(crate) fn select_still(
        &self,
        within: &Set,
        leaf: &impl Fn(&L, &Set) -> Set,
        fails: &impl Fn(&L) -> bool,
    ) -> Set {
        match self {
            Expression::Leaf(one) if fails(one) => Set::default(),
            Expression::Leaf(_) => within.clone(),
            Expression::List { all, any, none } => {
                let is_concerned = |entry: &&Expression<L>| entry.signs(fails) != Signs::default();
                let mut selected = within.clone();
                for entry in all.iter().filter(is_concerned) {
                    selected = entry.select_still(&selected, leaf, fails);
                }
                if any.iter().any(|entry| is_concerned(&entry)) {
                    selected = select_any(any, &selected, leaf);
                }
                for entry in none.iter().filter(is_concerned) {
                    selected.take_out(&entry.select(&selected, leaf));
                }
                selected
            }
        }
    }

    /// How the leaves for which `leaves` is true occur in the expression.
    pub(crate) fn signs(&self, leaves: &impl Fn(&L) -> bool) -> Signs {
        match self {
            Expression::Leaf(one) => Signs { plain: leaves(one), negated: false },
            Expression::List { all, any, none } => {
                let mut signs = Signs::default();
                for entry in all.iter().chain(any) {
                    let Signs { plain, negated } = entry.signs(leaves);
                    signs = Signs { plain: signs.plain | plain, negated: signs.negated | negated };
                }
                for entry in none {
                    let Signs { plain, negated } = entry.signs(leaves);
                    signs = Signs { plain: signs.plain | negated, negated: signs.negated | plain };
                }
                signs
            }
        }
    }

    /// Whether the expression holds for one slot, given whether each leaf holds for it.
    pub(crate) fn holds(&self, leaf: &impl Fn(&L) -> bool) -> bool {
        match self {
            Expression::Leaf(one) => leaf(one),
            Expression::List { all, any, none } => {
                all.iter().all(|entry| entry.holds(leaf))
                    && (any.is_empty() || any.iter().any(|entry| entry.holds(leaf)))
                    && !none.iter().any(|entry| entry.holds(leaf))
            }
        }
    }

    /// Leaves that must all hold for the expression to hold.
    pub(crate) fn needed(&self) -> Vec<&L> {
        match self {
            Expression::Leaf(leaf) => vec![leaf],
            Expression::List { all, .. } => all.iter().flat_map(Expression::needed).collect(),
        }
    }

    /// Every leaf, negated or not.
    pub fn leaves(&self) -> Vec<&L> {
        let mut found = Vec::new();
        let mut open = vec![self];
        while let Some(expression) = open.pop() {
            match expression {
                Expression::Leaf(leaf) => found.push(leaf),
                Expression::List { all, any, none } => open.extend(all.iter().chain(any).chain(none)),
            }
        }
        found
    }
}
