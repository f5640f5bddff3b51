//! Searches:
//!
//! ```text
//! name^=night and not state=inactive
//! (name,description*=support or "night shift") and memberCount 5..10
//! has email and ownerIds in (0b1c…, 4d2e…)
//! ```

use super::SyntaxError;
use super::expression::{self, Expression};
use super::token::{Token, Tokens};
use convoke_wire::genesys::{CriteriaOperator, CriteriaType, SearchCriteria};
use std::str::FromStr;

/// A search in the form of the API's criteria.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search(pub Vec<SearchCriteria>);

impl FromStr for Search {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        Ok(Search(list(expression::parse(text, comparison)?)))
    }
}

type Leaf = Expression<SearchCriteria>;

/// The operators on a value, and their types of criteria.
const KINDS: [(&str, CriteriaType); 9] = [
    ("=", CriteriaType::Exact),
    ("!=", CriteriaType::Exact),
    ("^=", CriteriaType::StartsWith),
    ("*=", CriteriaType::Contains),
    ("~", CriteriaType::Regex),
    ("<", CriteriaType::LessThan),
    ("<=", CriteriaType::LessThanEqualTo),
    (">", CriteriaType::GreaterThan),
    (">=", CriteriaType::GreaterThanEqualTo),
];

/// Parses one comparison.
fn comparison(tokens: &mut Tokens) -> Result<Leaf, SyntaxError> {
    let place = tokens.place();
    if tokens.take_word("has") {
        let fields = texts(tokens, "a field is missing here; write has email, for example")?;
        tokens.count(fields.len(), place)?;
        return Ok(Expression::Leaf(criteria(CriteriaType::RequiredFields, fields)));
    }
    if let Some(Token::Quoted(phrase)) = tokens.peek().cloned() {
        tokens.advance();
        return words(tokens, place, phrase, Form::Phrase);
    }
    let fields = texts(tokens, "a condition is missing here; write one such as name^=night")?;
    let n_fields = fields.len();
    let leaf = match tokens.peek().cloned() {
        Some(Token::Operator(operator)) => {
            tokens.advance();
            let value = tokens.take_text(&format!(
                "a value is missing after {operator}; put one with spaces or signs in quotation marks"
            ))?;
            let kind = KINDS.into_iter().find_map(|(sign, kind)| (sign == operator).then_some(kind));
            let leaf = SearchCriteria { value: Some(value), ..criteria(kind.unwrap_or_default(), fields) };
            if operator == "!=" { Expression::Leaf(leaf).negated() } else { Expression::Leaf(leaf) }
        }
        Some(Token::Word(word)) if word.eq_ignore_ascii_case("in") => {
            tokens.advance();
            if !tokens.take(&Token::Open) {
                return Err(tokens.error("put the values in parentheses: state in (active, inactive)"));
            }
            let values =
                Some(texts(tokens, "a value is missing here; write state in (active, inactive), for example")?);
            if !tokens.take(&Token::Close) {
                return Err(
                    tokens.error("the list of values is not closed; write ) here, or a comma and another value")
                );
            }
            Expression::Leaf(SearchCriteria { values, ..criteria(CriteriaType::Exact, fields) })
        }
        Some(Token::To) => range(tokens, None, fields)?,
        Some(Token::Word(text)) if !is_joint(&text) => range(tokens, Some(text), fields)?,
        Some(Token::Quoted(text)) => range(tokens, Some(text), fields)?,
        _ => match fields.into_iter().next() {
            Some(word) if n_fields == 1 => return words(tokens, place, word, Form::Words),
            _ => return Err(tokens.error("an operator such as = or *= is missing after the fields")),
        },
    };
    tokens.count(n_fields, place)?;
    Ok(leaf)
}

fn is_joint(word: &str) -> bool {
    ["and", "or", "not"].iter().any(|joint| word.eq_ignore_ascii_case(joint))
}

fn criteria(kind: CriteriaType, fields: Vec<String>) -> SearchCriteria {
    SearchCriteria { kind: Some(kind), fields: Some(fields), ..SearchCriteria::default() }
}

/// Parses one text, or several separated by commas.
fn texts(tokens: &mut Tokens, missing: &str) -> Result<Vec<String>, SyntaxError> {
    let mut texts = vec![tokens.take_text(missing)?];
    while tokens.take(&Token::Comma) {
        texts.push(tokens.take_text(missing)?);
    }
    Ok(texts)
}

/// How a text without a field is searched for.
enum Form {
    Phrase,
    Words,
}

/// A search for words or a phrase in names.
fn words(tokens: &mut Tokens, place: usize, text: String, form: Form) -> Result<Leaf, SyntaxError> {
    if text.trim().is_empty() {
        return Err(tokens.error_at(place, "the quotation marks are empty; write what to look for"));
    }
    tokens.count(text.split_whitespace().count(), place)?;
    let name = vec!["name".to_owned()];
    // A query string has phrases in quotation marks, so they cannot contain one.
    let (kind, value) = match (text.contains('"'), form) {
        (true, _) => (CriteriaType::Contains, text),
        (false, Form::Phrase) => (CriteriaType::QueryString, format!("\"{text}\"")),
        (false, Form::Words) => (CriteriaType::QueryString, text),
    };
    Ok(Expression::Leaf(SearchCriteria { value: Some(value), ..criteria(kind, name) }))
}

/// Parses a range. One end may be left out, but not both. If it has a start, that is the next token and `start_value`.
fn range(tokens: &mut Tokens, start_value: Option<String>, fields: Vec<String>) -> Result<Leaf, SyntaxError> {
    let place = tokens.place();
    if start_value.is_some() {
        tokens.advance();
    }
    if !tokens.take(&Token::To) {
        let what = "these two words are not joined: put a phrase in quotation marks, write \"and\" or \"or\" between \
                    two searches, or an operator such as = between a field and a value";
        return Err(tokens.error_at(place, what));
    }
    let has_end = match tokens.peek() {
        Some(Token::Word(word)) => !is_joint(word),
        next => matches!(next, Some(Token::Quoted(_))),
    };
    let end_value = if has_end || start_value.is_none() {
        Some(tokens.take_text("the range has no end; write it after the two dots")?)
    } else {
        None
    };
    Ok(Expression::Leaf(SearchCriteria { start_value, end_value, ..criteria(CriteriaType::Range, fields) }))
}

/// A list that is equivalent to the expression. A list can express only one disjunction: the first one becomes its `OR`
/// entries, others become groups.
fn list(expression: Leaf) -> Vec<SearchCriteria> {
    let mut list = Vec::new();
    let mut has_or = false;
    for part in expression.conjuncts() {
        match part {
            Expression::Not(inside) => list.push(tagged(CriteriaOperator::Not, entry(*inside))),
            part @ Expression::Any(_) if !has_or => {
                has_or = true;
                list.extend(part.disjuncts().into_iter().map(|part| tagged(CriteriaOperator::Or, entry(part))));
            }
            part => list.push(tagged(CriteriaOperator::And, entry(part))),
        }
    }
    list
}

fn tagged(operator: CriteriaOperator, entry: SearchCriteria) -> SearchCriteria {
    SearchCriteria { operator: Some(operator), ..entry }
}

/// An entry that is equivalent to the expression. An entry may have a comparison and a group; then both must hold.
fn entry(expression: Leaf) -> SearchCriteria {
    let mut parts = expression.conjuncts();
    let own = parts.iter().position(|part| matches!(part, Expression::Leaf(_))).map(|at| parts.remove(at));
    let Some(Expression::Leaf(leaf)) = own else {
        let all = SearchCriteria { kind: Some(CriteriaType::MatchAll), ..SearchCriteria::default() };
        return SearchCriteria { group: Some(list(Expression::All(parts))), ..all };
    };
    let group = (!parts.is_empty()).then(|| list(Expression::All(parts)));
    SearchCriteria { group, ..leaf }
}
