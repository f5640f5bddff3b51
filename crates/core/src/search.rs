//! Searches: criteria over the fields of groups or people, and in what order their hits come.

use crate::expression::Expression;
use crate::fault::{Fault, Reason};
use crate::limits;
use crate::query::Direction;
use crate::rule::Tag;
use crate::text::fold;
use regex_automata::meta::{Cache, Regex};
use regex_automata::{Anchored, Input};
use regex_syntax::ast::{self, Ast, ClassSetItem, Flag, Flags};
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Hir, HirKind, Look};
use std::convert::Infallible;
use std::ops::{Bound, RangeBounds};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// A field that can be searched.
pub trait Field: Copy + PartialEq + 'static {
    /// The field that things are ordered by where nothing else is asked for.
    const NAME: Self;
    /// The words for all fields.
    const WORDS: &'static [&'static str];
    /// The field that a word stands for, in any case.
    fn parse(word: &str) -> Option<Self>;
    /// The word that stands for it.
    fn word(self) -> &'static str;
    /// What its values are.
    fn kind(self) -> FieldKind;
    /// Whether a thing has at most one value in it, so that hits can be ordered by it.
    fn is_single(self) -> bool;
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// Ids, which are compared as a whole.
    Id,
    /// Whole numbers.
    Number,
    /// Moments, as milliseconds since 1970.
    Moment,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident = $word:literal $kind:ident $single:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$field_doc])* $field,)* }

        impl Field for $name {
            const NAME: Self = $name::Name;
            const WORDS: &'static [&'static str] = &[$($word,)*];

            fn parse(word: &str) -> Option<Self> {
                let all = [$($name::$field,)*];
                all.into_iter().find(|field| field.word().eq_ignore_ascii_case(word))
            }

            fn word(self) -> &'static str {
                match self { $($name::$field => $word,)* }
            }

            fn kind(self) -> FieldKind {
                match self { $($name::$field => FieldKind::$kind,)* }
            }

            fn is_single(self) -> bool {
                match self { $($name::$field => $single,)* }
            }
        }
    )*};
}

fields! {
    /// A field of groups.
    GroupField {
        /// The id.
        Id = "id" Id true,
        /// The name.
        Name = "name" Text true,
        /// What it is for.
        Description = "description" Text true,
        /// Its own e-mail address.
        Email = "email" Text true,
        /// Official or social.
        Type = "type" Text true,
        /// Active or inactive.
        State = "state" Text true,
        /// Public, owners or members.
        Visibility = "visibility" Text true,
        /// Who owns it.
        OwnerIds = "ownerIds" Id false,
        /// Who is a member.
        MemberIds = "memberIds" Id false,
        /// Phone numbers and extensions.
        Addresses = "addresses" Text false,
        /// When it was changed last.
        DateModified = "dateModified" Moment true,
        /// How many members it has.
        MemberCount = "memberCount" Number true,
    }
    /// A field of people.
    PersonField {
        /// The id.
        Id = "id" Id true,
        /// The full name.
        Name = "name" Text true,
        /// E-mail address.
        Email = "email" Text true,
        /// Sign-in name, which is the e-mail address where there is no other.
        Username = "username" Text true,
        /// Department.
        Department = "department" Text true,
        /// Job title.
        Title = "title" Text true,
        /// Active, inactive or deleted.
        State = "state" Text true,
        /// Whom the person reports to.
        Manager = "manager" Id true,
        /// The names of routing skills.
        Skills = "skills" Text false,
        /// The names of languages.
        Languages = "languages" Text false,
        /// What the person says it can do.
        ProfileSkills = "profileSkills" Text false,
        /// Certificates held.
        Certifications = "certifications" Text false,
        /// Places of work; nobody has any yet.
        Locations = "locations" Text false,
        /// Phone numbers, extensions and further e-mail addresses.
        Addresses = "addresses" Text false,
        /// Groups that the person is a member of.
        Groups = "groups" Id false,
    }
}

/// One entry of a criteria list.
#[derive(Clone, Debug)]
pub struct Criteria<F> {
    /// How it is joined to the entries beside it.
    pub tag: Tag,
    /// Its own comparison; none where it has no fields.
    pub own: Option<Expression<Criterion<F>>>,
    /// A list that must hold as well; none where it is empty.
    pub group: Vec<Criteria<F>>,
}

/// One field, and what its value is tested for.
#[derive(Clone, Debug)]
pub struct Criterion<F> {
    /// The field.
    pub field: F,
    /// The test.
    pub test: Test,
}

impl<F: Field> Criterion<F> {
    /// A test of a field.
    ///
    /// # Errors
    ///
    /// [`Fault::Invalid`] when the test does not go with what the field holds.
    pub fn new(field: F, test: Test) -> Result<Self, Fault> {
        let fits = match (&test, field.kind()) {
            (Test::Present, _) | (Test::Text { .. } | Test::Patterns(_) | Test::TextBetween(..), FieldKind::Text) => {
                true
            }
            (Test::Text { how, .. }, FieldKind::Id) => matches!(how, Match::Whole | Match::Word),
            (Test::Between(_), FieldKind::Number | FieldKind::Moment) => true,
            _ => false,
        };
        if fits { Ok(Criterion { field, test }) } else { Err(Fault::invalid("type", Reason::NotFor(field.word()))) }
    }
}

impl<F: Field> Criterion<F> {
    /// The names that it looks for as a whole or a beginning, if it does nothing else, and they are few
    /// enough to be looked up one by one.
    pub(crate) fn beginnings_of_names(&self) -> Option<(Match, &[String])> {
        const FEW: usize = 16;
        match &self.test {
            Test::Text { how: how @ (Match::Whole | Match::Beginning), needles } => {
                (self.field == F::NAME && needles.len() <= FEW).then_some((*how, needles))
            }
            _ => None,
        }
    }
}

/// What a value is tested for. Of a field with several values, any will do.
#[derive(Clone, Debug)]
pub enum Test {
    /// The text is, begins with, has in it, or has as one word, any of these.
    Text {
        /// Which part of the value.
        how: Match,
        /// The keys ([`fold`]) to find.
        needles: Vec<String>,
    },
    /// The whole text, not folded, matches one of these.
    Patterns(Vec<Pattern>),
    /// There is a value, and it is not empty.
    Present,
    /// The number, or the moment in milliseconds, is in one of these ranges.
    Between(Vec<(Bound<i64>, Bound<i64>)>),
    /// The key of the text is from the one to the other, in the order of Unicode scalar values.
    TextBetween(Bound<String>, Bound<String>),
}

/// Which part of a text is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// All of it.
    Whole,
    /// Its beginning.
    Beginning,
    /// Any part.
    Inside,
    /// One word, or several that follow each other.
    Word,
}

impl Test {
    /// A test for any of these texts.
    ///
    /// # Errors
    ///
    /// [`Reason::Missing`] when there is none.
    pub fn text<'t>(how: Match, values: impl IntoIterator<Item = &'t str>) -> Result<Self, Reason> {
        let needles: Vec<String> = values.into_iter().map(fold).collect();
        if needles.is_empty() { Err(Reason::Missing) } else { Ok(Test::Text { how, needles }) }
    }

    /// How many values it compares with.
    fn n_values(&self) -> usize {
        match self {
            Test::Text { needles, .. } => needles.len(),
            Test::Between(ranges) => ranges.len(),
            Test::Patterns(patterns) => patterns.len(),
            Test::Present | Test::TextBetween(..) => 1,
        }
    }

    /// Whether a text, given as it is and by its key, passes.
    pub(crate) fn takes(&self, text: &str, key: &str) -> bool {
        match self {
            Test::Text { how, needles } => needles.iter().any(|needle| how.finds(needle, key)),
            Test::Patterns(patterns) => patterns.iter().any(|pattern| pattern.matches(text)),
            Test::Present => !key.is_empty(),
            Test::TextBetween(from, to) => {
                let range: (Bound<&str>, Bound<&str>) =
                    (from.as_ref().map(String::as_str), to.as_ref().map(String::as_str));
                range.contains(key)
            }
            Test::Between(_) => false,
        }
    }

    /// Whether a number passes.
    pub(crate) fn takes_number(&self, number: i64) -> bool {
        match self {
            Test::Between(ranges) => ranges.iter().any(|range| range.contains(&number)),
            Test::Present => true,
            _ => false,
        }
    }
}

impl Match {
    /// Whether the key has the needle in this part.
    pub(crate) fn finds(self, needle: &str, key: &str) -> bool {
        match self {
            Match::Whole => key == needle,
            Match::Beginning => key.starts_with(needle),
            Match::Inside => key.contains(needle),
            // Looked for from every place on: places may overlap.
            Match::Word => {
                let begins = |at: usize| key.get(at..).is_some_and(|rest| rest.starts_with(needle));
                let mut places = key.char_indices().map(|(at, _)| at);
                !needle.is_empty() && places.any(|at| begins(at) && is_word(key, at, at + needle.len()))
            }
        }
    }
}

/// Whether what lies between two places of a text is not part of a longer word. A word is of letters
/// and digits.
pub(crate) fn is_word(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    let after = text.get(end..).and_then(|after| after.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// A regular expression that a whole text must match, in any case. It takes time linear in the text.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    /// Whether keys of plain ASCII may stand for their texts: unless it tells cases apart itself.
    pub(crate) ignores_case: bool,
    /// A part that is in the key of every text that matches, if one is known.
    pub(crate) needle: Option<String>,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// [`Reason::TooLong`] past [`limits::PATTERN_BYTES`]; [`Reason::NotAPattern`] when it does not
    /// parse, or is too large when compiled.
    pub fn new(text: &str) -> Result<Self, Reason> {
        if text.len() > limits::PATTERN_BYTES {
            return Err(Reason::TooLong { limit: limits::PATTERN_BYTES });
        }
        let refuse = |error: &dyn std::fmt::Display| {
            // Several lines with a picture; the last one says it.
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

    /// What matches many texts.
    pub(crate) fn matcher(&self) -> Matcher<'_> {
        Matcher { regex: &self.regex, cache: self.regex.create_cache() }
    }
}

/// A pattern at work, with the memory that it works in.
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

/// The longest literal of ASCII that every match has in it, in small letters: whatever the case of
/// what matches, its key has it too.
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

/// What is to be known of a pattern before it is understood.
#[derive(Default)]
struct Traits {
    /// Classes of characters in it: each is folded over all of Unicode, which takes its time.
    classes: usize,
    /// Whether it turns the flag for any case off somewhere.
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

/// What is searched for, and in what order it comes.
#[derive(Clone, Debug)]
pub struct Search<F> {
    pub(crate) expression: Expression<Criterion<F>>,
    pub(crate) order: Vec<SortKey<F>>,
}

/// By what hits are ordered. Names, and then ids, decide between equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey<F> {
    /// By a field with one value; things without a value come last.
    Field(F, Direction),
    /// Those that have what was searched as the whole of a value come first, then as its beginning,
    /// as a word, inside.
    Score,
}

impl<F: Field> Search<F> {
    /// A search.
    ///
    /// # Errors
    ///
    /// [`Fault::Invalid`] past [`limits::DEPTH`], [`limits::TERMS`], [`limits::VALUES`] or
    /// [`limits::SORT_KEYS`], and for a field that cannot order.
    pub fn new(criteria: Vec<Criteria<F>>, order: Vec<SortKey<F>>) -> Result<Self, Fault> {
        let mut level: Vec<&Criteria<F>> = criteria.iter().collect();
        let (mut depth, mut terms, mut values) = (0, 0, 0);
        while !level.is_empty() {
            depth += 1;
            if depth > limits::DEPTH {
                return Err(Fault::invalid("group", Reason::TooDeep { limit: limits::DEPTH }));
            }
            for entry in &level {
                // One that compares nothing counts as well: it takes its place in the list.
                let leaves = entry.own.as_ref().map(Expression::leaves).unwrap_or_default();
                terms += leaves.len().max(1);
                // Several fields are compared with the same values.
                values += leaves.iter().map(|leaf| leaf.test.n_values()).max().unwrap_or_default();
            }
            if terms > limits::TERMS {
                return Err(Fault::invalid("query", Reason::TooMany { limit: limits::TERMS }));
            }
            if values > limits::VALUES {
                return Err(Fault::invalid("values", Reason::TooMany { limit: limits::VALUES }));
            }
            level = level.iter().flat_map(|entry| &entry.group).collect();
        }
        if order.len() > limits::SORT_KEYS {
            return Err(Fault::invalid("sort", Reason::TooMany { limit: limits::SORT_KEYS }));
        }
        if let Some(SortKey::Field(field, _)) =
            order.iter().find(|key| matches!(key, SortKey::Field(field, _) if !field.is_single()))
        {
            return Err(Fault::invalid("sortBy", Reason::NotFor(field.word())));
        }
        Ok(Search { expression: list_of(criteria), order })
    }

    /// About how much work it is among so many things, of which so many are late, in terms of one
    /// simple comparison.
    pub(crate) fn work(&self, n_things: usize, n_late: usize) -> usize {
        const PATTERN: usize = 16;
        const PATTERN_WITH_NEEDLE: usize = 2;
        /// From so many bytes on a needle is rare enough.
        const NEEDLE_BYTES: usize = 3;
        const LOOK_UP: usize = 50;
        const ORDER: usize = 4;
        let comparing = |leaf: &&Criterion<F>| match &leaf.test {
            Test::Patterns(patterns) => {
                let is_rare =
                    |pattern: &Pattern| pattern.needle.as_ref().is_some_and(|text| text.len() >= NEEDLE_BYTES);
                let weight = |pattern: &Pattern| if is_rare(pattern) { PATTERN_WITH_NEEDLE } else { PATTERN };
                n_things * patterns.iter().map(weight).sum::<usize>()
            }
            test if leaf.field.kind() == FieldKind::Id => n_things + test.n_values() * LOOK_UP,
            test if leaf.beginnings_of_names().is_some() => test.n_values() * (LOOK_UP + n_late),
            Test::Text { how: Match::Word, .. } | Test::Between(_) => n_things * ORDER,
            _ => n_things,
        };
        let leaves = self.expression.leaves();
        let comparing: usize = leaves.iter().map(comparing).sum();
        let is_kept = match self.order.as_slice() {
            [] => true,
            [SortKey::Field(field, _)] => *field == F::NAME,
            _ => false,
        };
        let ordering = if is_kept { 0 } else { n_things * ORDER };
        // The score of a hit looks at every value that is looked for.
        let scoring = if self.order.contains(&SortKey::Score) {
            n_things * leaves.iter().map(|leaf| leaf.test.n_values()).sum::<usize>()
        } else {
            0
        };
        comparing + ordering + scoring
    }
}

fn list_of<F>(list: Vec<Criteria<F>>) -> Expression<Criterion<F>> {
    let entry = |criteria: Criteria<F>| {
        let group = (!criteria.group.is_empty()).then(|| list_of(criteria.group));
        (criteria.tag, Expression::list(criteria.own.into_iter().chain(group).map(|part| (Tag::And, part))))
    };
    let mut entries: Vec<_> = list.into_iter().map(entry).collect();
    // Patterns come last, when fewer are left to be matched.
    let is_slow = |criterion: &&Criterion<F>| matches!(criterion.test, Test::Patterns(_));
    entries.sort_by_key(|(_, entry)| entry.leaves().iter().any(is_slow));
    Expression::list(entries)
}
