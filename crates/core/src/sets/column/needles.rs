//! Many texts looked for in one field at once: an automaton goes through a value once, whatever the
//! number of texts and of criteria that ask for them.

use super::{FRAME, Run, SLOTS};
use crate::sets::matching::{Match, is_word};
use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous;
use aho_corasick::{Anchored, StartKind, dfa};
use foldhash::{HashMap, HashMapExt};
use std::ops::Range;

/// The texts of several criteria.
pub(crate) struct Needles {
    finder: Finder,
    /// For each text of the finder, the criteria that ask for it.
    askers: Vec<Vec<usize>>,
}

/// What goes through values. A table of all transitions is the faster one, and grows with the square of the
/// texts.
enum Finder {
    Table(dfa::DFA),
    Lists(contiguous::NFA),
}

/// Which match is looked at next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The next one, in the same value or after it.
    Match,
    /// The first one of the slots that follow.
    Slot,
}

impl Needles {
    /// The texts of these criteria. Empty ones are left out: they are in every value, and not at a place of
    /// it. Those with a frame in them are in no value.
    pub fn new<'s, N: IntoIterator<Item = &'s str>>(criteria: impl IntoIterator<Item = N>) -> Self {
        let mut texts: Vec<&str> = Vec::new();
        let mut askers: Vec<Vec<usize>> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (asker, needles) in criteria.into_iter().enumerate() {
            for needle in needles.into_iter().filter(|needle| !needle.is_empty() && !needle.contains(FRAME)) {
                let at = *places.entry(needle).or_insert_with(|| {
                    texts.push(needle);
                    askers.push(Vec::new());
                    texts.len() - 1
                });
                if let Some(askers) = askers.get_mut(at)
                    && askers.last() != Some(&asker)
                {
                    askers.push(asker);
                }
            }
        }
        /// Bytes of all texts of which a table stays below a megabyte.
        const TABLE_BYTES: usize = 4096;
        let why = "values are limited far below what an automaton takes";
        let finder = if texts.iter().map(|text| text.len()).sum::<usize>() <= TABLE_BYTES {
            Finder::Table(dfa::Builder::new().start_kind(StartKind::Unanchored).build(texts).expect(why))
        } else {
            Finder::Lists(contiguous::Builder::new().build(texts).expect(why))
        };
        Needles { finder, askers }
    }

    /// Calls `found` for every match in the values from one place of a run to another, with its place, the
    /// criteria that ask for it and where it is in the text of the run. Matches may overlap.
    pub(super) fn scan(
        &self,
        run: &Run,
        places: Range<usize>,
        found: impl FnMut(usize, &[usize], Range<usize>) -> Next,
    ) {
        match &self.finder {
            Finder::Table(finder) => self.scan_by(finder, run, places, found),
            Finder::Lists(finder) => self.scan_by(finder, run, places, found),
        }
    }

    /// Steps through the automaton, which its own iterator over matches does at twice the cost.
    fn scan_by<A: Automaton>(
        &self,
        finder: &A,
        run: &Run,
        places: Range<usize>,
        mut found: impl FnMut(usize, &[usize], Range<usize>) -> Next,
    ) {
        let start = finder.start_state(Anchored::No).expect("it was built with this start");
        let (mut place, mut from, end) = (places.start, run.start(places.start), run.start(places.end));
        'slot: while let Some(bytes) = run.text.as_bytes().get(from..end) {
            let mut state = start;
            for (at, byte) in (from + 1..).zip(bytes) {
                state = finder.next_state(Anchored::No, state, *byte);
                if !finder.is_special(state) || !finder.is_match(state) {
                    continue;
                }
                // Matches come in the order of their ends, and none goes over a frame.
                while place < SLOTS && run.start(place + 1) < at {
                    place += 1;
                }
                for index in 0..finder.match_len(state) {
                    let needle = finder.match_pattern(state, index);
                    let askers = self.askers.get(needle.as_usize()).map_or(&[][..], Vec::as_slice);
                    if found(place, askers, at - finder.pattern_len(needle)..at) == Next::Slot {
                        from = run.start(place + 1);
                        continue 'slot;
                    }
                }
            }
            return;
        }
    }
}

/// Whether what lies at a range of a run's text is this part of its value.
pub(super) fn is_part(how: Match, text: &str, at: &Range<usize>) -> bool {
    let is_frame = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)) == Some(&(FRAME as u8));
    let begins = || is_frame(at.start.checked_sub(1));
    match how {
        Match::Whole => begins() && is_frame(Some(at.end)),
        Match::Beginning => begins(),
        Match::Inside => true,
        Match::Word => is_word(text, at.start, at.end),
    }
}
