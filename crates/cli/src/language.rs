//! Two small languages for what is awkward to type as JSON: searches and rules. They share their words,
//! `and`, `or`, `not` and parentheses, and differ in what a comparison is. What is typed becomes the
//! API's own criteria, nothing is evaluated here. `docs/search-language.md` is for those who type it.

mod expression;
mod mistake;
mod rule;
mod rule_text;
mod search;
#[cfg(test)]
mod tests;
mod token;

pub use mistake::Mistake;
pub use rule::Rule;
pub use rule_text::{comparison_text, rule_text};
pub use search::Search;

/// Parentheses within parentheses: as deep as the server lets criteria be.
const DEPTH: usize = 12;
/// Comparisons in one expression, each counted with each of its fields: as many as the server takes.
const TERMS: usize = 64;
