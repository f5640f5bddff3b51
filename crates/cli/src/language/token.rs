//! The tokens of an expression.

use super::SyntaxError;
use std::iter::Peekable;
use std::vec::IntoIter;

/// The operators, the longer ones first if one begins with another.
const OPERATORS: [&str; 9] = ["!=", "^=", "*=", "<=", ">=", "=", "~", "<", ">"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word without quotation marks.
    Word(String),
    /// A text in quotation marks.
    Quoted(String),
    Operator(&'static str),
    Open,
    Close,
    Comma,
    /// Two dots.
    To,
}

/// The remaining tokens, with their positions.
pub struct Tokens<'t> {
    text: &'t str,
    rest: Peekable<IntoIter<(usize, Token)>>,
    /// The number of comparisons so far.
    terms: usize,
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t str) -> Result<Self, SyntaxError> {
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
            if first.is_whitespace() {
                at += first.len_utf8();
                continue;
            }
            let (token, length) = token(text, at)?;
            tokens.push((at, token));
            at += length;
        }
        Ok(Tokens { text, rest: tokens.into_iter().peekable(), terms: 0 })
    }

    pub fn peek(&mut self) -> Option<&Token> {
        self.rest.peek().map(|(_, token)| token)
    }

    pub fn advance(&mut self) -> Option<Token> {
        self.rest.next().map(|(_, token)| token)
    }

    /// Consumes the next token if it is this one.
    pub fn take(&mut self, token: &Token) -> bool {
        self.rest.next_if(|(_, next)| next == token).is_some()
    }

    /// Consumes the next token if it is this word, in any case.
    pub fn take_word(&mut self, word: &str) -> bool {
        let is = |token: &Token| matches!(token, Token::Word(next) if next.eq_ignore_ascii_case(word));
        self.rest.next_if(|(_, next)| is(next)).is_some()
    }

    /// Consumes a word or a quoted text. `missing` is the message if there is neither.
    pub fn take_text(&mut self, missing: &str) -> Result<String, SyntaxError> {
        match self.rest.next_if(|(_, next)| matches!(next, Token::Word(_) | Token::Quoted(_))) {
            Some((_, Token::Word(text) | Token::Quoted(text))) => Ok(text),
            _ => Err(self.error(missing)),
        }
    }

    /// The byte offset of the next token, or of the end.
    pub fn place(&mut self) -> usize {
        self.rest.peek().map_or(self.text.trim_end().len(), |(at, _)| *at)
    }

    /// An error at the next token.
    pub fn error(&mut self, what: impl Into<String>) -> SyntaxError {
        let at = self.place();
        self.error_at(at, what)
    }

    pub fn error_at(&self, at: usize, what: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.text, at, what)
    }

    /// Counts comparisons that begin at a byte offset.
    pub fn count(&mut self, n_terms: usize, at: usize) -> Result<(), SyntaxError> {
        self.terms += n_terms;
        if self.terms > super::TERMS {
            let what = format!("there may be {} comparisons, and this is one more", super::TERMS);
            return Err(self.error_at(at, what));
        }
        Ok(())
    }
}

/// The token at a byte offset, and its length in bytes.
fn token(text: &str, at: usize) -> Result<(Token, usize), SyntaxError> {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(quote) = rest.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        return quoted(rest, quote).ok_or_else(|| SyntaxError::new(text, at, "this quotation mark is never closed"));
    }
    let signs = [("(", Token::Open), (")", Token::Close), (",", Token::Comma), ("..", Token::To)];
    let sign = signs.into_iter().find(|(sign, _)| rest.starts_with(sign));
    Ok(match (sign, operator(rest)) {
        (Some((sign, token)), _) => (token, sign.len()),
        (None, Some(operator)) => (Token::Operator(operator), operator.len()),
        (None, None) => {
            let length = word_length(rest);
            (Token::Word(rest.get(..length).unwrap_or(rest).to_owned()), length)
        }
    })
}

fn operator(rest: &str) -> Option<&'static str> {
    OPERATORS.into_iter().find(|operator| rest.starts_with(operator))
}

/// The length of the word at the start. A word ends where another token begins. Quotation marks within a word are part
/// of it, as in `O'Brien`, but after a colon they begin a quoted text: `lang:"Brazilian Portuguese"`.
fn word_length(rest: &str) -> usize {
    let mut before = None;
    for (at, char) in rest.char_indices() {
        let here = rest.get(at..).unwrap_or_default();
        let is_end = char.is_whitespace()
            || matches!(char, '(' | ')' | ',')
            || here.starts_with("..")
            || operator(here).is_some()
            || (matches!(char, '"' | '\'') && before == Some(':'));
        if is_end {
            return at;
        }
        before = Some(char);
    }
    rest.len()
}

/// A text in quotation marks, and its length with them. A backslash escapes the mark and another backslash; before any
/// other character it is kept, for patterns.
fn quoted(rest: &str, quote: char) -> Option<(Token, usize)> {
    let mut inside = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, char)) = chars.next() {
        if char == quote {
            return Some((Token::Quoted(inside), at + quote.len_utf8()));
        }
        let escaped = chars.next_if(|(_, next)| char == '\\' && (*next == quote || *next == '\\'));
        inside.push(escaped.map_or(char, |(_, next)| next));
    }
    None
}
