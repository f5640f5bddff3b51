//! Untrusted text, made safe for a terminal.

use std::borrow::Cow;

/// The text with escapes for control characters, such as `\n` and `\u{1b}`: a name must not move the cursor, change
/// colours, or reverse the reading direction of the rest of a line.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if is_hidden(char) { shown.extend(char.escape_default()) } else { shown.push(char) }
    }
    Cow::Owned(shown)
}

/// Whether a character is a control character, a line end, or a mark that embeds, overrides or isolates directions.
fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{061c}')
        || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_move_the_cursor_is_written_out() {
        for (text, expected) in [
            ("Zoë 夜 שלום 👩‍🚒", "Zoë 夜 שלום 👩‍🚒"),
            ("a\nb\tc", "a\\nb\\tc"),
            ("\x1b[31mred\x07\u{9b}1m", "\\u{1b}[31mred\\u{7}\\u{9b}1m"),
            ("gpj.\u{202e}exe\u{2066}", "gpj.\\u{202e}exe\\u{2066}"),
            ("a\u{2028}b", "a\\u{2028}b"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }
}
