//! The parser of `and`, `or`, `not` and parentheses, for any kind of comparison.

use super::token::{Token, Tokens};
use super::{DEPTH, SyntaxError};

/// A condition over comparisons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression<L> {
    /// One comparison.
    Leaf(L),
    /// This must not hold.
    Not(Box<Expression<L>>),
    /// All of these must hold.
    All(Vec<Expression<L>>),
    /// One of these must hold.
    Any(Vec<Expression<L>>),
}

/// Parses an expression; `leaf` parses its comparisons. `not` binds more strongly than `and`, `and` more strongly than
/// `or`.
pub fn parse<L>(text: &str, leaf: Leaf<L>) -> Result<Expression<L>, SyntaxError> {
    let mut tokens = Tokens::new(text)?;
    let expression = any(&mut tokens, leaf, 0)?;
    match tokens.peek() {
        None => Ok(expression),
        Some(Token::Close) => Err(tokens.error("this closes a parenthesis that was never opened")),
        Some(_) => {
            let what = "this is not joined to what stands before it: write \"and\" or \"or\" between two conditions, and \
                        put a value of several words in quotation marks";
            Err(tokens.error(what))
        }
    }
}

/// A function that parses a comparison.
pub type Leaf<L> = fn(&mut Tokens) -> Result<Expression<L>, SyntaxError>;

fn any<L>(tokens: &mut Tokens, leaf: Leaf<L>, depth: usize) -> Result<Expression<L>, SyntaxError> {
    let mut entries = vec![all(tokens, leaf, depth)?];
    while tokens.take_word("or") {
        entries.push(all(tokens, leaf, depth)?);
    }
    Ok(joined(entries, Expression::Any))
}

fn all<L>(tokens: &mut Tokens, leaf: Leaf<L>, depth: usize) -> Result<Expression<L>, SyntaxError> {
    let mut entries = vec![not(tokens, leaf, depth)?];
    while tokens.take_word("and") {
        entries.push(not(tokens, leaf, depth)?);
    }
    Ok(joined(entries, Expression::All))
}

fn joined<L>(mut entries: Vec<Expression<L>>, join: fn(Vec<Expression<L>>) -> Expression<L>) -> Expression<L> {
    match (entries.pop(), entries.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            entries.extend(last);
            join(entries)
        }
    }
}

fn not<L>(tokens: &mut Tokens, leaf: Leaf<L>, depth: usize) -> Result<Expression<L>, SyntaxError> {
    let mut is_negated = false;
    while tokens.take_word("not") {
        is_negated = !is_negated;
    }
    let place = tokens.place();
    let entry = if tokens.take(&Token::Open) {
        // The parser recurses for each parenthesis.
        if depth == DEPTH {
            return Err(tokens.error_at(place, format!("parentheses may be {DEPTH} deep, and this is one more")));
        }
        let inside = any(tokens, leaf, depth + 1)?;
        if !tokens.take(&Token::Close) {
            return Err(tokens.error("the parenthesis is not closed: a ) is missing here"));
        }
        inside
    } else {
        leaf(tokens)?
    };
    Ok(if is_negated { entry.negated() } else { entry })
}

impl<L> Expression<L> {
    /// The opposite.
    pub fn negated(self) -> Self {
        match self {
            Expression::Not(inside) => *inside,
            other => Expression::Not(Box::new(other)),
        }
    }

    /// The expressions that must all hold for this one to hold; only itself if it is not a conjunction.
    pub fn conjuncts(self) -> Vec<Self> {
        match self {
            Expression::All(entries) => entries.into_iter().flat_map(Expression::conjuncts).collect(),
            // None of them may hold, so each negation is a conjunct.
            Expression::Not(inside) if matches!(*inside, Expression::Any(_)) => {
                inside.disjuncts().into_iter().flat_map(|entry| entry.negated().conjuncts()).collect()
            }
            other => vec![other],
        }
    }

    /// The expressions of which at least one must hold for this one to hold; only itself if it is not a disjunction.
    pub fn disjuncts(self) -> Vec<Self> {
        match self {
            Expression::Any(entries) => entries.into_iter().flat_map(Expression::disjuncts).collect(),
            // At least one of them must not hold, so each negation is a disjunct.
            Expression::Not(inside) if matches!(*inside, Expression::All(_)) => {
                inside.conjuncts().into_iter().flat_map(|entry| entry.negated().disjuncts()).collect()
            }
            other => vec![other],
        }
    }
}
