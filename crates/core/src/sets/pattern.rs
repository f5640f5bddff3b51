//! Patterns: regular expressions that must match a whole text, with a bounded cost.

use crate::values::{Reason, limits};
use regex_automata::meta::{Cache, Regex};
use regex_automata::{Anchored, Input};
use regex_syntax::ast::{self, Ast, ClassSetItem, Flag, Flags};
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Hir, HirKind, Look};
use std::convert::Infallible;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// A regular expression that must match a whole text, in any case. Matching takes time linear in the text.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    /// Whether the pattern never distinguishes case. Then it may be matched against a key that differs from its text
    /// only in case.
    pub(crate) ignores_case: bool,
    /// A substring of the key of every matching text, if one is known.
    pub(crate) needle: Option<String>,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// [`Reason::TooLong`] beyond [`limits::PATTERN_BYTES`]; [`Reason::NotAPattern`] when it does not parse, or is too
    /// large when compiled.
    pub fn new(text: &str) -> Result<Self, Reason> {
        if text.len() > limits::PATTERN_BYTES {
            return Err(Reason::TooLong { limit: limits::PATTERN_BYTES });
        }
        let refuse = |error: &dyn std::fmt::Display| {
            // The error has several lines that draw the position; the last one has the message.
            let said = error.to_string();
            let last = said.lines().last().unwrap_or_default();
            Reason::NotAPattern(last.strip_prefix("error: ").unwrap_or(last).to_owned())
        };
        let parsed = ast::parse::ParserBuilder::new().nest_limit(limits::PATTERN_DEPTH).build().parse(text);
        let parsed = parsed.map_err(|error| refuse(&error))?;
        let Ok(traits) = ast::visit(&parsed, Traits::default());
        if traits.classes > limits::PATTERN_CLASSES {
            return Err(Reason::NotAPattern(format!(
                "has more than {} classes of characters",
                limits::PATTERN_CLASSES
            )));
        }
        let mean = |any_case| TranslatorBuilder::new().case_insensitive(any_case).build().translate(text, &parsed);
        let hir = mean(true).map_err(|error| refuse(&error))?;
        let whole = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
        let config = Regex::config().nfa_size_limit(Some(limits::PATTERN_COMPILED_BYTES));
        let regex = Regex::builder().configure(config).build_from_hir(&whole);
        let regex = regex.map_err(|_| {
            Reason::NotAPattern(format!("takes more than {} bytes compiled", limits::PATTERN_COMPILED_BYTES))
        })?;
        let needle = mean(false).ok().and_then(|hir| needed_literal(&hir));
        Ok(Pattern { regex, ignores_case: !traits.tells_case, needle })
    }

    /// Whether the whole of a text matches, after NFKC.
    pub fn matches(&self, text: &str) -> bool {
        self.matcher().matches(text)
    }

    /// A matcher for many texts, which reuses its memory.
    pub(crate) fn matcher(&self) -> Matcher<'_> {
        Matcher { regex: &self.regex, cache: self.regex.create_cache() }
    }
}

/// A pattern with the working memory of the regex engine.
pub(crate) struct Matcher<'p> {
    regex: &'p Regex,
    cache: Cache,
}

impl Matcher<'_> {
    /// Whether the whole of a text matches, after NFKC.
    pub fn matches(&mut self, text: &str) -> bool {
        if !text.is_ascii() && is_nfkc_quick(text.chars()) != IsNormalized::Yes {
            return self.matches_as_it_is(&text.nfkc().collect::<String>());
        }
        self.matches_as_it_is(text)
    }

    fn matches_as_it_is(&mut self, text: &str) -> bool {
        let input = Input::new(text).anchored(Anchored::Yes).earliest(true);
        self.regex.search_half_with(&mut self.cache, &input).is_some()
    }
}

/// The longest ASCII literal that every match contains, in lower case. The key of a match contains it too, whatever
/// the case of the match.
fn needed_literal(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            let longest = text.split(|c: char| !c.is_ascii()).max_by_key(|part| part.len());
            longest.filter(|part| !part.is_empty()).map(str::to_ascii_lowercase)
        }
        HirKind::Capture(capture) => needed_literal(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => needed_literal(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(needed_literal).max_by_key(String::len),
        _ => None,
    }
}

/// Properties of a pattern that are read from its syntax tree, before it is compiled.
#[derive(Default)]
struct Traits {
    /// The number of character classes. Each is case-folded over all of Unicode, which is slow.
    classes: usize,
    /// Whether some part switches the case-insensitive flag off.
    tells_case: bool,
}

impl ast::Visitor for Traits {
    type Output = Self;
    type Err = Infallible;

    fn finish(self) -> Result<Self, Infallible> {
        Ok(self)
    }

    fn visit_pre(&mut self, part: &Ast) -> Result<(), Infallible> {
        let turns_off = |flags: &Flags| flags.flag_state(Flag::CaseInsensitive) == Some(false);
        match part {
            Ast::ClassUnicode(_) | Ast::ClassPerl(_) | Ast::ClassBracketed(_) => self.classes += 1,
            Ast::Flags(set) => self.tells_case |= turns_off(&set.flags),
            Ast::Group(group) => self.tells_case |= group.flags().is_some_and(turns_off),
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Infallible> {
        const NARROW: u32 = 1024;
        let is_wide = match item {
            ClassSetItem::Unicode(_) | ClassSetItem::Perl(_) | ClassSetItem::Bracketed(_) => true,
            ClassSetItem::Range(range) => u32::from(range.end.c).saturating_sub(u32::from(range.start.c)) > NARROW,
            _ => false,
        };
        self.classes += usize::from(is_wide);
        Ok(())
    }
}
