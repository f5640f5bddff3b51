//! What is wrong with an expression, and where.

use std::fmt;
use unicode_width::UnicodeWidthStr;

/// What is wrong with an expression: shown as a sentence, and the expression with a mark below the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    what: String,
    text: String,
    at: usize,
}

impl Mistake {
    /// A mistake at a byte of the text.
    pub fn new(text: &str, at: usize, what: impl Into<String>) -> Self {
        // What is no character of a line would move the mark, or the cursor.
        let on_one_line = |part: &str| part.replace(char::is_control, " ");
        let before = on_one_line(text.get(..at).unwrap_or(text));
        Mistake { what: what.into(), at: before.width(), text: on_one_line(text) }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  {}\n  {:at$}^", self.what, self.text, "", at = self.at)
    }
}

impl std::error::Error for Mistake {}
