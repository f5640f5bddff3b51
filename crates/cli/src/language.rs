//! Two small languages for searches and rules, which are awkward to type as JSON. They share tokens, `and`, `or`, `not`
//! and parentheses, and differ in the comparisons. They are translated to the API's criteria; nothing is evaluated
//! here. `docs/search-language.md` is the page for users.

mod error;
mod expression;
mod rule;
mod rule_text;
mod search;
#[cfg(test)]
mod tests;
mod token;

pub use error::SyntaxError;
pub use rule::Rule;
pub use rule_text::{comparison_text, rule_text};
pub use search::Search;

/// The greatest depth of parentheses: the server's limit for criteria.
const DEPTH: usize = 12;
/// The greatest number of comparisons in one expression, counted for each of their fields: the server's limit.
const TERMS: usize = 64;
