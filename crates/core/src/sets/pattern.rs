//! Patterns: regular expressions that must match a whole text, with a bounded cost.

use crate::values::{Reason, limits};
use regex_automata::hybrid::dfa::{self, DFA};
use regex_automata::nfa::thompson::pikevm::{self, PikeVM};
use regex_automata::nfa::thompson::{Compiler, NFA, WhichCaptures};
use regex_automata::{Anchored, Input};
use regex_syntax::ast::{self, Ast, ClassSetItem, Flag, Flags};
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Hir, HirKind, Look};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// A regular expression that must match a whole text, in any case. Matching takes time linear in the text. Copies share
/// what was compiled.
#[derive(Clone, Debug)]
pub struct Pattern(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    /// Computes its states when a text needs them. It gives up if that takes too many states, or if the pattern has a word
    /// boundary and a text is not ASCII.
    lazy: DFA,
    /// Never gives up, but takes many times as long.
    sure: PikeVM,
    /// The working memory of a former matcher, which has the states that it computed.
    idle: Mutex<Option<Memory>>,
    /// Whether the pattern never distinguishes case. Then it may be matched against a key that differs from its text
    /// only in case.
    ignores_case: bool,
    /// A substring of the key of every matching text, if one is known.
    needle: Option<String>,
}

/// The lazy engine gives up after it has dropped its states this many times, if each state served fewer bytes than this.
const CLEARS: usize = 3;
const BYTES_PER_STATE: usize = 10;
/// Working memory that takes more bytes is not kept.
const IDLE_BYTES: usize = 128 * 1024;

thread_local! {
    /// Creating a compiler takes twice as long as compiling a plain pattern with it, so each thread keeps one.
    static COMPILER: Compiler = {
        let mut compiler = NFA::compiler();
        let size = Some(limits::PATTERN_COMPILED_BYTES);
        compiler.configure(NFA::config().nfa_size_limit(size).which_captures(WhichCaptures::None));
        compiler
    };
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
        let too_large =
            || Reason::NotAPattern(format!("takes more than {} bytes compiled", limits::PATTERN_COMPILED_BYTES));
        // Every match is anchored at both ends, and nobody asks where it begins. So one automaton is enough; a whole
        // `meta::Regex` takes several times as long to compile.
        let nfa = COMPILER.with(|compiler| compiler.build_from_hir(&whole).map_err(|_| too_large()))?;
        let config = DFA::config()
            .unicode_word_boundary(true)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(CLEARS))
            .minimum_bytes_per_state(Some(BYTES_PER_STATE));
        let lazy = DFA::builder().configure(config).build_from_nfa(nfa.clone()).map_err(|_| too_large())?;
        let sure = PikeVM::new_from_nfa(nfa).map_err(|_| too_large())?;
        let needle = mean(false).ok().and_then(|hir| needed_literal(&hir));
        let idle = Mutex::new(None);
        Ok(Pattern(Arc::new(Compiled { lazy, sure, idle, ignores_case: !traits.tells_case, needle })))
    }

    /// Whether it never distinguishes case. Then it may be matched against a key that differs from its text only in
    /// case.
    pub(crate) fn ignores_case(&self) -> bool {
        self.0.ignores_case
    }

    /// A substring of the key of every matching text, if one is known.
    pub(crate) fn needle(&self) -> Option<&str> {
        self.0.needle.as_deref()
    }

    /// An upper bound of the bytes that it takes while no matcher uses it, about.
    pub fn bytes(&self) -> usize {
        size_of::<Compiled>() + self.0.lazy.memory_usage() + self.0.sure.get_nfa().memory_usage() + IDLE_BYTES
    }

    /// Whether the whole of a text matches, after NFKC.
    pub fn matches(&self, text: &str) -> bool {
        self.matcher().matches(text)
    }

    /// A matcher for many texts, which reuses its memory.
    pub(crate) fn matcher(&self) -> Matcher<'_> {
        let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        let memory = idle.unwrap_or_else(|| Memory { lazy: self.0.lazy.create_cache(), sure: None });
        Matcher { pattern: &self.0, memory }
    }
}

/// The working memory of the two engines.
#[derive(Debug)]
struct Memory {
    lazy: dfa::Cache,
    /// Most patterns never need it.
    sure: Option<pikevm::Cache>,
}

/// A pattern with working memory.
pub(crate) struct Matcher<'p> {
    pattern: &'p Compiled,
    memory: Memory,
}

impl Matcher<'_> {
    /// Leaves the working memory to the next matcher of the pattern, unless it is large.
    pub fn keep_memory(self) {
        let lazy = self.memory.lazy;
        // One that was full and cleared has more memory than it uses.
        let is_small = lazy.clear_count() == 0 && lazy.memory_usage() <= IDLE_BYTES;
        if is_small {
            *self.pattern.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(Memory { lazy, sure: None });
        }
    }

    /// Whether the whole of a text matches, after NFKC.
    pub fn matches(&mut self, text: &str) -> bool {
        if !text.is_ascii() && is_nfkc_quick(text.chars()) != IsNormalized::Yes {
            return self.matches_as_it_is(&text.nfkc().collect::<String>());
        }
        self.matches_as_it_is(text)
    }

    fn matches_as_it_is(&mut self, text: &str) -> bool {
        let input = Input::new(text).anchored(Anchored::Yes).earliest(true);
        let Memory { lazy, sure } = &mut self.memory;
        match self.pattern.lazy.try_search_fwd(lazy, &input) {
            Ok(end) => end.is_some(),
            Err(_) => {
                let memory = sure.get_or_insert_with(|| self.pattern.sure.create_cache());
                self.pattern.sure.is_match(memory, input)
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use regex_automata::meta::Regex;

    /// Patterns that the lazy engine gives up on, and others, beside the meta engine.
    #[test]
    fn matches_what_a_regex_matches() {
        let long = "ab".repeat(2_000);
        let texts = ["", "ada", "ÅSA night", "night shift", "größe nacht", "nachtübung", "a\nb", "aaab", long.as_str()];
        for pattern in [
            "",
            ".*",
            ".*\\bnacht\\b.*",
            ".*\\bnight\\b.*",
            "n.+t",
            "[^a]*",
            "(a|b)*",
            "å.*",
            "\\w+",
            "(.*[ab].{0,30}[^a]){4}x?",
        ] {
            let plain = Regex::new(&format!("(?i)^(?:{pattern})$")).expect("a pattern");
            let (ours, mut expected) = (Pattern::new(pattern).expect("a pattern"), Vec::new());
            expected.extend(texts.iter().map(|text| plain.is_match(text)));
            for _ in 0..2 {
                let mut matcher = ours.matcher();
                let found: Vec<bool> = texts.iter().map(|text| matcher.matches(text)).collect();
                assert_eq!(found, expected, "{pattern}");
            }
        }
    }

    #[test]
    fn a_matcher_that_takes_over_working_memory_matches_the_same() {
        let pattern = Pattern::new(".*erg (12|[0-9]3).*").expect("a pattern");
        for _ in 0..3 {
            let mut matcher = pattern.matcher();
            for (text, expected) in [("ada berg 12", true), ("ada berg 2", false), ("BERG 73", true), ("", false)] {
                assert_eq!(matcher.matches(text), expected, "{text}");
            }
        }
    }
}
