//! The one expression over sets, and its one evaluator. Searches and the rules of dynamic groups are
//! written in it, and start from the set that the caller sees; what they differ in is the leaf.

use super::set::Set;

/// How an entry of a criteria list is joined to the others: the list holds if every `And` holds, no
/// `Not` does, and, if there is an `Or`, one of them does.
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

/// What has to hold: one thing, or a criteria list of further expressions.
///
/// Depth is bounded where expressions come from, so what works on one may recurse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression<L> {
    /// One thing.
    Leaf(L),
    /// Every one of `all`, none of `none`, and, unless `any` is empty, at least one of `any`.
    List {
        /// All of these must hold.
        all: Vec<Expression<L>>,
        /// One of these must hold, if there are any.
        any: Vec<Expression<L>>,
        /// None of these may hold.
        none: Vec<Expression<L>>,
    },
}

/// How leaves are in an expression: where one fails that held, those who are selected may become fewer by
/// `plain`, and more by `negated`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signs {
    /// As what must hold, or must not not hold.
    pub plain: bool,
    /// As what must not hold.
    pub negated: bool,
}

/// Those in `within` for whom one of these holds. Each is asked only about those for whom none before it
/// holds.
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
    /// A criteria list of tagged entries. A list of one entry that must hold is that entry.
    pub fn list(entries: impl IntoIterator<Item = (Tag, Expression<L>)>) -> Self {
        let (mut all, mut any, mut none) = (Vec::new(), Vec::new(), Vec::new());
        for (tag, entry) in entries {
            match tag {
                Tag::And => all.push(entry),
                Tag::Or => any.push(entry),
                Tag::Not => none.push(entry),
            }
        }
        // One that may hold alone must hold.
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

    /// Those in `within` for whom it holds. `leaf` gives those in a set for whom a leaf holds; it is
    /// asked about no more than are still in question.
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

    /// Of those in `within`, for all of whom it held, those for whom it holds still after some leaves came
    /// to fail. `fails` says which; for `leaf` they fail already. Only what these leaves are in is evaluated.
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

    /// Whether some leaves are in it, and whether as what must hold or as what must not.
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

    /// Whether it holds for one, about whom `leaf` knows.
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

    /// Leaves without any one of which it does not hold.
    pub(crate) fn needed(&self) -> Vec<&L> {
        match self {
            Expression::Leaf(leaf) => vec![leaf],
            Expression::List { all, .. } => all.iter().flat_map(Expression::needed).collect(),
        }
    }

    /// Every leaf, whether it must hold or must not.
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
