//! Errors in an expression, with their position.

use std::fmt;
use unicode_width::UnicodeWidthStr;

/// The characters of a long expression that are shown before the position and after it.
const SHOWN: (usize, usize) = (60, 20);

/// An error in an expression. It is shown as a sentence, and the expression with a mark below the position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    what: String,
    text: String,
    at: usize,
}

impl SyntaxError {
    /// An error at a byte offset of the text.
    pub fn new(text: &str, at: usize, what: impl Into<String>) -> Self {
        // Control characters would move the mark, or the cursor.
        let on_one_line = |part: &str| part.replace(char::is_control, " ");
        let (before, behind) = text.split_at_checked(at).unwrap_or((text, ""));
        let before = elided(&on_one_line(before).chars().rev().collect::<Vec<_>>(), SHOWN.0);
        let before: String = before.chars().rev().collect();
        let behind = elided(&on_one_line(behind).chars().collect::<Vec<_>>(), SHOWN.1);
        SyntaxError { what: what.into(), at: before.width(), text: before + &behind }
    }
}

/// The first of these characters, with a sign if there are more.
fn elided(chars: &[char], n_shown: usize) -> String {
    let more = if chars.len() > n_shown { "…" } else { "" };
    chars.iter().take(n_shown).chain(&more.chars().collect::<Vec<_>>()).collect()
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  {}\n  {:at$}^", self.what, self.text, "", at = self.at)
    }
}

impl std::error::Error for SyntaxError {}
