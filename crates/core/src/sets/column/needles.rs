//! A search for many texts in one field: an automaton reads each value once, whatever the number of texts and criteria.

use super::{FRAME, Run, SLOTS};
use crate::sets::matching::{Match, is_word};
use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous;
use aho_corasick::{Anchored, StartKind, dfa};
use foldhash::{HashMap, HashMapExt};
use std::ops::Range;

/// The texts of several criteria, compiled to one automaton.
pub(crate) struct Needles {
    finder: Finder,
    /// For each text of the automaton, the indexes of the criteria that look for it.
    askers: Vec<Vec<usize>>,
}

/// The automaton. A table of all transitions is faster, but its size grows with the square of the size of the texts.
enum Finder {
    Table(dfa::DFA),
    Lists(contiguous::NFA),
}

/// Where the scan continues after a match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// At the next match, in the same value or after it.
    Match,
    /// At the first match of the following slots.
    Slot,
}

impl Needles {
    /// Compiles the texts of these criteria. It ignores empty texts, which match every value without a position, and
    /// those that contain a frame, which are in no value.
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
        /// Bytes of all texts up to which a table stays below a megabyte.
        const TABLE_BYTES: usize = 4096;
        let why = "values are limited far below what an automaton takes";
        let finder = if texts.iter().map(|text| text.len()).sum::<usize>() <= TABLE_BYTES {
            Finder::Table(dfa::Builder::new().start_kind(StartKind::Unanchored).build(texts).expect(why))
        } else {
            Finder::Lists(contiguous::Builder::new().build(texts).expect(why))
        };
        Needles { finder, askers }
    }

    /// Calls `found` for every match in the values of a range of slots, given as indexes in the run. It gets the index
    /// of the slot, the criteria that look for the text, and the range of the match in the text of the run. Matches may
    /// overlap.
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

    /// Steps through the automaton by hand: its own iterator over matches costs twice as much.
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
                // Matches come in the order of their ends, and none contains a frame.
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

/// Whether the range of a run's text is this part of a value.
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
