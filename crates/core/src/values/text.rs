//! Validated text. Values are stored as given, in NFC. Two values are equal if their keys are: NFKC, case folded, NFKC
//! again.

use super::invisible::{is_invisible, is_unseen};
use super::limits;
use super::reason::Reason;
use std::sync::Arc;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The key by which text is compared, searched and sorted: NFKC and full case folding. Folding a key again changes
/// nothing.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut key = text.to_owned();
    loop {
        let compatible: String = key.nfkc().collect();
        let folded: String = caseless::default_case_fold_str(&compatible).nfkc().collect();
        if folded == key {
            return key;
        }
        key = folded;
    }
}

/// A name, with its sort key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name as it was given, and then its key, unless the name is its own key.
    both: Box<str>,
    /// The length of the name as it was given.
    n_shown: u32,
}

impl Name {
    /// Refuses text that is blank, longer than [`limits::NAME_CHARS`], or contains control characters.
    pub fn new(text: &str) -> Result<Self, Reason> {
        Ok(Self::stored(&checked(text, limits::NAME_CHARS, Lines::One)?))
    }

    /// A name that passed [`Name::new`] before it was stored.
    pub fn stored(text: &str) -> Self {
        let key = fold(text);
        let both = if key == text { text.into() } else { [text, &key].concat().into() };
        Name { both, n_shown: text.len() as u32 }
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        self.both.get(..self.n_shown as usize).unwrap_or_default()
    }

    /// The key to sort and compare by.
    pub fn key(&self) -> &str {
        self.both.get(self.n_shown as usize..).filter(|key| !key.is_empty()).unwrap_or(&self.both)
    }
}

/// An e-mail address. [`Email::key`] is unique in an organisation, including deleted people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(Name);

impl Email {
    /// Refuses text that does not have the form `local@domain`, is longer than [`limits::EMAIL_CHARS`], or contains an
    /// invisible character.
    pub fn new(text: &str) -> Result<Self, Reason> {
        let text = checked(text, limits::EMAIL_CHARS, Lines::One)?;
        let well_formed = text
            .rsplit_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !local.contains('@'));
        if !well_formed || text.contains(char::is_whitespace) {
            return Err(Reason::NotAnEmail);
        }
        // Otherwise two different addresses could look the same.
        if text.contains(is_unseen) {
            return Err(Reason::Invisible);
        }
        Ok(Self::stored(&text))
    }

    /// An address that passed [`Email::new`] before it was stored.
    pub fn stored(text: &str) -> Self {
        Email(Name::stored(text))
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The key to compare by.
    pub fn key(&self) -> &str {
        self.0.key()
    }
}

/// One line of text. Clones share the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(Arc<str>);

impl Line {
    /// Refuses text that is blank, longer than [`limits::LINE_CHARS`], or contains control characters.
    pub fn new(text: &str) -> Result<Self, Reason> {
        Ok(Line(checked(text, limits::LINE_CHARS, Lines::One)?.into()))
    }

    /// As [`Line::new`], but returns none for blank text, which clears a field.
    pub fn optional(text: &str) -> Result<Option<Self>, Reason> {
        if text.trim().is_empty() { Ok(None) } else { Self::new(text).map(Some) }
    }

    /// A line that passed [`Line::new`] before it was stored.
    pub fn stored(text: &str) -> Self {
        Line(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text of several lines. Clones share the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prose(Arc<str>);

impl Prose {
    /// Returns none for blank text. Refuses text that is longer than [`limits::PROSE_CHARS`], or contains control
    /// characters other than line breaks and tabs.
    pub fn optional(text: &str) -> Result<Option<Self>, Reason> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        Ok(Some(Prose(checked(text, limits::PROSE_CHARS, Lines::Many)?.into())))
    }

    /// A text that passed [`Prose::optional`] before it was stored.
    pub fn stored(text: &str) -> Self {
        Prose(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    One,
    Many,
}

fn checked(text: &str, limit: usize, lines: Lines) -> Result<String, Reason> {
    // A character has at most four bytes, so text that is far too long is refused before it is normalised.
    if text.len() > limit * 4 {
        return Err(Reason::TooLong { limit });
    }
    let text: String = match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        _ => text.nfc().collect(),
    };
    if text.chars().count() > limit {
        return Err(Reason::TooLong { limit });
    }
    let may_be = |c: char| lines == Lines::Many && is_break(c);
    if text.chars().any(|c| (c.is_control() || is_break(c) || is_bidi_control(c)) && !may_be(c)) {
        return Err(Reason::Control);
    }
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(Reason::Empty);
    }
    Ok(text)
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters that break or indent lines. U+2028 and U+2029 separate lines and paragraphs.
fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_ignore_case_width_and_composition() {
        for (one, other) in [
            ("Night Shift", "NIGHT shift"),
            ("Straße", "STRASSE"),
            ("ﬁne", "FINE"),
            ("e\u{301}", "É"),
            ("Ｔｏｋｙｏ", "tokyo"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
    }

    #[test]
    fn names_refuse_what_cannot_be_read() {
        let long = "x".repeat(limits::NAME_CHARS + 1);
        for (text, reason) in [
            ("", Reason::Empty),
            (" \t".trim_end_matches('\t'), Reason::Empty),
            ("\u{200b}\u{feff}", Reason::Empty),
            ("a\0b", Reason::Control),
            ("a\nb", Reason::Control),
            ("a\u{202e}b", Reason::Control),
            ("a\u{2028}b", Reason::Control),
            ("a\u{2029}b", Reason::Control),
            ("\u{3164}", Reason::Empty),
            ("\u{2800}", Reason::Empty),
            ("\u{fe0f}", Reason::Empty),
            ("\u{115f}\u{1160} \u{ffa0}\u{e0041}", Reason::Empty),
            (long.as_str(), Reason::TooLong { limit: limits::NAME_CHARS }),
        ] {
            assert_eq!(Name::new(text), Err(reason), "{text:?}");
        }
        assert!(Name::new(&"é".repeat(limits::NAME_CHARS)).is_ok());
    }

    #[test]
    fn joiners_stay_between_what_is_seen() {
        for text in ["می\u{200c}خواهم", "👩\u{200d}🔬", "☎\u{fe0f}", "a\u{200b}b"] {
            assert_eq!(Name::new(text).as_ref().map(Name::as_str), Ok(text));
        }
        let lines = "one\u{2028}two\u{2029}three\tfour\r\n";
        assert_eq!(
            Prose::optional(lines).map(|prose| prose.map(|prose| prose.as_str().to_owned())),
            Ok(Some(lines.into()))
        );
        assert_eq!(Prose::optional("\u{2800}"), Err(Reason::Empty));
        assert_eq!(Line::new("\u{3164}"), Err(Reason::Empty));
    }

    /// Stores of older versions have such texts, which are loaded unchanged.
    #[test]
    fn what_was_stored_is_not_checked_again() {
        assert_eq!(Name::stored("\u{3164}").as_str(), "\u{3164}");
        assert_eq!(Email::stored("tw\u{200b}in@example.org").as_str(), "tw\u{200b}in@example.org");
        assert_ne!(Email::stored("tw\u{200b}in@example.org").key(), Email::stored("twin@example.org").key());
    }

    #[test]
    fn an_email_has_a_local_part_and_a_domain() {
        for text in ["a", "@b", "a@", "a@b@c", "a b@c", "a@ b"] {
            assert_eq!(Email::new(text), Err(Reason::NotAnEmail), "{text:?}");
        }
        for text in
            ["tw\u{200b}in@b", "a@b\u{ad}", "a\u{3164}@b", "a\u{2800}@b", "a\u{200d}@b", "a@\u{600}b", "\u{fe0f}@b"]
        {
            assert_eq!(Email::new(text), Err(Reason::Invisible), "{text:?}");
        }
        for (text, reason) in [("a\u{2028}@b", Reason::Control), ("a\u{a0}@b", Reason::NotAnEmail)] {
            assert_eq!(Email::new(text), Err(reason), "{text:?}");
        }
        assert_eq!(Email::new("Ada@Example.COM").map(|email| email.key().to_owned()), Ok("ada@example.com".into()));
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in any::<String>()) {
            let key = fold(&text);
            prop_assert_eq!(fold(&key), key);
        }
    }
}
