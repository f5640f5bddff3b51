//! One text field of all people or all groups, stored for searching: for each run of 512 slots, the keys of all its
//! values are concatenated in one text, each between two zero characters. So a whole value, a prefix and a substring
//! are all found by one string search.

mod needles;
mod run;
mod signature;

use super::matching::{Match, Test, Wanted, is_word};
use super::pattern::{Matcher, Pattern};
use super::set::Set;
use crate::values::CancelFlag;
pub(crate) use needles::Needles;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem::Finder;
use needles::{Next, is_part};
use run::{Run, write_part};
use signature::Lookup;
use std::ops::Range;
use std::sync::Arc;

/// Slots in a run. Changing a value copies its run, if another column shares it.
const SLOTS: usize = 512;
/// The character before, between and after values. No value contains it.
const FRAME: char = '\0';
/// If fewer than one in this many slots are candidates, testing each is faster than searching all.
const SPARSE: usize = 16;
/// For up to this many comparisons of a slot with a text, no automaton is built.
const FEW: usize = 512;

/// The values of one field, for all slots.
#[derive(Clone, Default)]
pub(crate) struct Column {
    runs: imbl::Vector<Arc<Run>>,
    /// Bytes of the texts of all runs.
    n_bytes: usize,
}

impl Column {
    /// Slots in a run.
    pub const RUN: usize = SLOTS;

    /// Builds a column from the values of each slot, in the order of slots from 0 on.
    pub fn build<'v, V: Iterator<Item = &'v str>>(all: impl Iterator<Item = V>) -> Self {
        let mut column = Column::default();
        let mut all = all.peekable();
        while all.peek().is_some() {
            column.push(all.by_ref());
        }
        column
    }

    /// Appends the values of the next [`Column::RUN`] slots, or of fewer if these are the last.
    pub fn push<'v, V: Iterator<Item = &'v str>>(&mut self, values: impl Iterator<Item = V>) {
        let run = Run::build(values);
        self.n_bytes += run.text.len();
        // Many fields are empty for everyone: one run serves for all.
        let before = self.runs.last().filter(|before| run.is_empty() && before.is_empty());
        self.runs.push_back(before.cloned().unwrap_or_else(|| Arc::new(run)));
    }

    /// Sets the values of a slot.
    pub fn put<'v>(&mut self, slot: u32, values: impl IntoIterator<Item = &'v str>) {
        let (run, place) = split(slot);
        let mut part = String::new();
        let is_foreign = write_part(values, &mut part);
        if self.runs.len() <= run && !part.is_empty() {
            let empty = Arc::new(Run::empty());
            while self.runs.len() <= run {
                self.n_bytes += empty.text.len();
                self.runs.push_back(empty.clone());
            }
        }
        if let Some(run) = self.runs.get_mut(run)
            && (run.part(place) != part || run.is_foreign(place) != is_foreign)
        {
            self.n_bytes = self.n_bytes + part.len() - run.part(place).len();
            // New people get the next slots, so a batch of them copies a run once and then appends to it.
            Arc::make_mut(run).put(place, &part, is_foreign);
        }
    }

    /// The keys of a slot's values.
    pub fn keys(&self, slot: u32) -> impl Iterator<Item = &str> {
        let (run, place) = split(slot);
        self.runs.get(run).into_iter().flat_map(move |run| run.keys(place))
    }

    /// Whether searching all slots is faster than testing each slot of `within`.
    pub fn is_dense(&self, within: &Set) -> bool {
        within.len() * SPARSE > self.runs.len() * SLOTS
    }

    /// Bytes that one pass over all values reads.
    pub fn text_bytes(&self) -> usize {
        self.n_bytes
    }

    /// The slots in `within` that have a value which passes the test. `found`, if already known, has the slots with a
    /// value that contains one of the test's [`Test::wanted`] texts. `written` returns the original values of a slot;
    /// it is called where the keys are not enough. The result is incomplete once the flag is set.
    pub fn passing<'v>(
        &self,
        test: &Test,
        within: &Set,
        found: Option<&Set>,
        cancel: &CancelFlag,
        written: impl Fn(u32) -> Vec<&'v str>,
    ) -> Set {
        let has_wanted = || {
            let wanted = test.wanted()?;
            Some(match found {
                Some(found) => found.intersection(within),
                None => self.having(&wanted, within, cancel),
            })
        };
        match test {
            Test::Text { .. } => has_wanted().unwrap_or_default(),
            Test::Patterns(patterns) => {
                let by_key = patterns.iter().all(|pattern| pattern.ignores_case());
                let mut matchers: Vec<_> = patterns.iter().map(Pattern::matcher).collect();
                // The key of a foreign value need not contain the pattern's literal, so these slots stay candidates.
                let possible = if self.is_dense(within) {
                    has_wanted().map(|found| found.union(&self.foreign().intersection(within)))
                } else {
                    None
                };
                let mut matches = |text: &str| matchers.iter_mut().any(|matcher| matcher.matches(text));
                let passing = self.that(possible.as_ref().unwrap_or(within), cancel, |slot, run, place| {
                    if by_key && !run.is_foreign(place) {
                        run.keys(place).any(&mut matches)
                    } else {
                        written(slot).into_iter().any(&mut matches)
                    }
                });
                matchers.into_iter().for_each(Matcher::keep_memory);
                passing
            }
            _ => self.that(within, cancel, |_, run, place| run.keys(place).any(|key| test.takes(key, key))),
        }
    }

    /// The slots in `within` that have one of the wanted texts.
    fn having(&self, wanted: &Wanted, within: &Set, cancel: &CancelFlag) -> Set {
        if self.is_dense(within) {
            return self.find(wanted, cancel).intersection(within);
        }
        let Wanted { how, needles } = wanted;
        let has = |key: &str| needles.iter().any(|needle| how.finds(needle, key));
        // An automaton cannot find an empty text.
        if within.len() * needles.len() <= FEW || needles.contains(&"") {
            return self.that(within, cancel, |_, run, place| run.keys(place).any(has));
        }
        let together = Needles::new([needles.iter().copied()]);
        self.that(within, cancel, |_, run, place| {
            let mut is_found = false;
            together.scan(run, place..place + 1, |_, _, at| {
                is_found |= is_part(*how, &run.text, &at);
                if is_found { Next::Slot } else { Next::Match }
            });
            is_found
        })
    }

    /// The best match ([`Match::BEST_FIRST`]) of any of the texts in the values of a slot. Empty texts are ignored.
    pub fn best(&self, slot: u32, needles: &Needles) -> Option<Match> {
        let (run, place) = split(slot);
        let run = self.runs.get(run)?;
        let mut best = Match::BEST_FIRST.len();
        needles.scan(run, place..place + 1, |_, _, at| {
            let better = Match::BEST_FIRST.iter().take(best).position(|how| is_part(*how, &run.text, &at));
            best = better.unwrap_or(best);
            if best == 0 { Next::Slot } else { Next::Match }
        });
        Match::BEST_FIRST.get(best).copied()
    }

    /// The slots in `within` for which `passes` is true. It gets the slot, its run, and the slot's index in the run.
    fn that(&self, within: &Set, cancel: &CancelFlag, mut passes: impl FnMut(u32, &Run, usize) -> bool) -> Set {
        let mut run_of = self.cursor();
        Set::from_ascending(within.iter().take_while(|_| !cancel.is_set()).filter(|slot| {
            let (at, place) = split(*slot);
            run_of(at).is_some_and(|run| passes(*slot, run, place))
        }))
    }

    /// Looks up the key of a slot's first value. Ascending slots are faster.
    pub fn first_keys<'c>(&'c self) -> impl FnMut(u32) -> Option<&'c str> {
        let mut run_of = self.cursor();
        move |slot| {
            let (at, place) = split(slot);
            run_of(at)?.keys(place).next()
        }
    }

    /// Looks up a number for a slot's first value: numbers are in the order of the keys, but for keys that begin alike.
    /// Ascending slots are faster.
    pub fn beginnings<'c>(&'c self) -> impl FnMut(u32) -> Option<u64> + use<'c> {
        let mut run_of = self.cursor();
        move |slot| {
            let (at, place) = split(slot);
            run_of(at)?.beginning(place)
        }
    }

    /// Looks up runs, the one of the call before at once.
    fn cursor<'c>(&'c self) -> impl FnMut(usize) -> Option<&'c Run> {
        let mut held: Option<(usize, &Run)> = None;
        move |at| {
            if held.is_none_or(|(held, _)| held != at) {
                held = self.runs.get(at).map(|run| (at, &**run));
            }
            held.map(|(_, run)| run)
        }
    }

    /// All slots whose bit is set in [`Run::foreign`].
    fn foreign(&self) -> Set {
        let places = |run: &Arc<Run>, first: u32| {
            let run = run.clone();
            (0..SLOTS).filter(move |place| run.is_foreign(*place)).map(move |place| first + place as u32)
        };
        let runs = self.runs.iter().zip((0u32..).step_by(SLOTS));
        let runs = runs.filter(|(run, _)| run.has_foreign());
        Set::from_ascending(runs.flat_map(|(run, first)| places(run, first)))
    }

    /// All slots that have one of the wanted texts.
    fn find(&self, wanted: &Wanted, cancel: &CancelFlag) -> Set {
        let Wanted { how, needles } = wanted;
        // A needle that contains a frame could match across two values, and an empty one matches everywhere.
        let is_plain = needles.iter().all(|needle| !needle.is_empty() && !needle.contains(FRAME));
        let framed = needles.iter().map(|needle| match how {
            Match::Whole => format!("{FRAME}{needle}{FRAME}"),
            Match::Beginning => format!("{FRAME}{needle}"),
            Match::Inside | Match::Word => (*needle).to_owned(),
        });
        let framed: Vec<String> = framed.collect();
        let lookup = Lookup::new(framed.iter().map(String::as_str));
        let one = match framed.as_slice() {
            [one] if is_plain => one,
            several if is_plain && matches!(how, Match::Whole | Match::Beginning) => {
                // Few values begin like one of the framed texts, so this automaton skips most of the text.
                let finder = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(several);
                let finder = finder.expect("values are limited far below what an automaton takes");
                return self.found(&lookup, cancel, |text, from| Some(from + finder.find(text.get(from..)?)?.start()));
            }
            _ => return self.find_each(std::slice::from_ref(wanted), cancel).into_iter().next().unwrap_or_default(),
        };
        let finder = Finder::new(one);
        let find = |text: &str, from: usize| Some(from + finder.find(text.as_bytes().get(from..)?)?);
        if *how != Match::Word {
            return self.found(&lookup, cancel, find);
        }
        self.found(&lookup, cancel, |text, mut from| {
            loop {
                let at = find(text, from)?;
                if is_word(text, at, at + one.len()) {
                    return Some(at);
                }
                // Matches may overlap.
                from = at + 1;
            }
        })
    }

    /// For each criterion, all slots that have one of its wanted texts. One pass serves all criteria.
    pub fn find_each(&self, wanted: &[Wanted], cancel: &CancelFlag) -> Vec<Set> {
        let needles = Needles::new(wanted.iter().map(|wanted| wanted.needles.iter().copied()));
        let lookup = Lookup::new(wanted.iter().flat_map(|wanted| wanted.needles.iter().copied()));
        let mut slots: Vec<Vec<u32>> = vec![Vec::new(); wanted.len()];
        for (run, first) in self.runs.iter().zip((0u32..).step_by(SLOTS)).take_while(|_| !cancel.is_set()) {
            // The current slot, and the number of criteria that it already satisfies.
            let mut satisfied = (0, 0);
            let mut found = |place: usize, askers: &[usize], at: Range<usize>| {
                let slot = first + place as u32;
                if satisfied.0 != slot {
                    satisfied = (slot, 0);
                }
                for asker in askers {
                    if let (Some(wanted), Some(slots)) = (wanted.get(*asker), slots.get_mut(*asker))
                        && slots.last() != Some(&slot)
                        && is_part(wanted.how, &run.text, &at)
                    {
                        slots.push(slot);
                        satisfied.1 += 1;
                    }
                }
                if satisfied.1 == wanted.len() { Next::Slot } else { Next::Match }
            };
            lookup.ranges(&run.signature).for_each(|places| needles.scan(run, places, &mut found));
        }
        let found = slots.into_iter().map(Set::from_ascending).zip(wanted);
        let found = found.map(|(found, Wanted { how, needles })| {
            // An empty text is a prefix of every value, and equal to an empty one.
            let with_empty = needles.contains(&"").then(|| {
                let all = Set::from_ascending(0..(self.runs.len() * SLOTS) as u32);
                self.that(&all, cancel, |_, run, place| run.keys(place).any(|key| how.finds("", key)))
            });
            with_empty.map_or_else(|| found.clone(), |with_empty| found.union(&with_empty))
        });
        found.collect()
    }

    /// The slots whose parts have a match for one of the texts of the lookup. `next` returns the offset of the first match
    /// in a text at or after an offset.
    fn found(&self, lookup: &Lookup, cancel: &CancelFlag, next: impl Fn(&str, usize) -> Option<usize>) -> Set {
        let mut slots = Vec::new();
        for (run, first) in self.runs.iter().zip((0u32..).step_by(SLOTS)).take_while(|_| !cancel.is_set()) {
            for places in lookup.ranges(&run.signature) {
                let (mut from, end) = (run.start(places.start), run.start(places.end));
                // With the frame that follows the last value.
                let text = run.text.get(..=end).unwrap_or_default();
                while let Some(at) = next(text, from).filter(|at| *at < end) {
                    // The last slot that begins at or before the match; empty ones before it begin at the same offset.
                    let slot = run.starts.partition_point(|start| *start as usize <= at) - 1;
                    slots.push(first + slot as u32);
                    from = run.start(slot + 1);
                }
            }
        }
        Set::from_ascending(slots)
    }

    /// Whether searches find every value: no run's signature lacks one.
    pub fn is_sound(&self) -> bool {
        self.runs.iter().all(|run| (0..SLOTS).all(|slot| run.signature.has(slot, run.part(slot))))
    }

    /// Bytes of memory that the column takes, about.
    pub fn bytes(&self) -> usize {
        let run = |run: &Arc<Run>| run.text.capacity() + size_of::<Run>() + size_of_val(&*run.starts);
        self.runs.iter().filter(|run| !run.is_empty()).map(run).sum()
    }
}

fn split(slot: u32) -> (usize, usize) {
    (slot as usize / SLOTS, slot as usize % SLOTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::fold;
    use proptest::prelude::*;

    const HOWS: [Match; 4] = [Match::Whole, Match::Beginning, Match::Inside, Match::Word];

    fn value() -> impl Strategy<Value = String> {
        prop::sample::select(
            &["", "a", "ab", "A b", "b a-b", "ß", "SS", "x ss", "é", "ba", "xb b b", "abab", "bab ab", "Éab"][..],
        )
        .prop_map(str::to_owned)
    }

    fn needles() -> impl Strategy<Value = Vec<String>> {
        let needle = prop::sample::select(
            &["a", "b", "ab", "ss", "", "a b", "é", "\0", "a\0b", "-", "b b", "bab", "abab", "bab ab", "éa", "a-b"][..],
        );
        prop::collection::vec(needle.prop_map(str::to_owned), 1..4)
    }

    proptest! {
        #[test]
        fn finds_what_looking_at_each_value_finds(
            first in prop::collection::vec(prop::collection::vec(value(), 0..3), 0..1200),
            puts in prop::collection::vec((prop_oneof![0u32..600, 0u32..2_000], prop::collection::vec(value(), 0..3)), 0..300),
            how in prop::sample::select(&HOWS[..]),
            needles in needles(),
        ) {
            let mut plain = first.clone();
            let mut column = Column::build(first.iter().map(|values| values.iter().map(String::as_str)));
            for (slot, values) in puts {
                let at = slot as usize;
                plain.resize(plain.len().max(at + 1), Vec::new());
                column.put(slot, values.iter().map(String::as_str));
                plain.splice(at..=at, [values]);
            }
            let test = Test::text(how, needles.iter().map(String::as_str)).expect("there are needles");
            let passes = |values: &Vec<String>| values.iter().any(|value| test.takes(value, &fold(value)));
            let expected: Vec<u32> = (0u32..).zip(&plain).filter(|(_, values)| passes(values)).map(|(slot, _)| slot).collect();
            let all = Set::from_ascending(0..plain.len() as u32);
            let (none, cancel) = (|_| Vec::new(), CancelFlag::default());
            prop_assert_eq!(
                column.passing(&test, &all, None, &cancel, none).iter().collect::<Vec<_>>(),
                expected.clone()
            );
            prop_assert!(column.is_sound());
            prop_assert_eq!(column.n_bytes, column.runs.iter().map(|run| run.text.len()).sum::<usize>());
            // A few candidates are tested one by one.
            let few = Set::from_ascending((0..plain.len() as u32).step_by(40));
            let expected: Vec<u32> = expected.into_iter().filter(|slot| slot % 40 == 0).collect();
            prop_assert_eq!(column.passing(&test, &few, None, &cancel, none).iter().collect::<Vec<_>>(), expected);
        }

        #[test]
        fn finds_for_many_criteria_what_it_finds_for_each(
            values in prop::collection::vec(prop::collection::vec(value(), 0..3), 0..1200),
            criteria in prop::collection::vec((prop::sample::select(&HOWS[..]), needles()), 0..6),
        ) {
            let column = Column::build(values.iter().map(|values| values.iter().map(String::as_str)));
            let tests = criteria.iter().map(|(how, needles)| Test::text(*how, needles.iter().map(String::as_str)).expect("there are needles"));
            let tests: Vec<Test> = tests.collect();
            let wanted: Vec<Wanted> = tests.iter().filter_map(Test::wanted).collect();
            let found = column.find_each(&wanted, &CancelFlag::default());
            prop_assert_eq!(found.len(), tests.len());
            for (found, test) in found.iter().zip(&tests) {
                let passes = |values: &Vec<String>| values.iter().any(|value| test.takes(value, &fold(value)));
                let expected: Vec<u32> = (0u32..).zip(&values).filter(|(_, values)| passes(values)).map(|(slot, _)| slot).collect();
                prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected);
            }
        }

        #[test]
        fn beginnings_are_in_the_order_of_the_first_keys(
            values in prop::collection::vec(prop::collection::vec("[a-cé]{0,10}", 0..3), 0..600),
        ) {
            let column = Column::build(values.iter().map(|values| values.iter().map(String::as_str)));
            let (mut beginning, mut first_key) = (column.beginnings(), column.first_keys());
            let mut both: Vec<(Option<u64>, Option<&str>)> = Vec::new();
            for (slot, values) in (0u32..).zip(&values) {
                let key = first_key(slot);
                let expected = values.first().map(|value| fold(value));
                prop_assert_eq!(key, expected.as_deref());
                both.push((beginning(slot), key));
            }
            both.sort_by_key(|(_, key)| *key);
            prop_assert!(both.is_sorted_by_key(|(beginning, _)| *beginning));
            for ((beginning, key), (other, other_key)) in both.iter().zip(both.iter().skip(1)) {
                let first_bytes = |key: &Option<&str>| key.map(|key| key.bytes().take(8).collect::<Vec<u8>>());
                prop_assert_eq!(beginning == other, first_bytes(key) == first_bytes(other_key));
            }
        }

        #[test]
        fn the_best_part_is_what_looking_at_each_value_finds(
            values in prop::collection::vec(prop::collection::vec(value(), 0..3), 0..40),
            needles in needles(),
        ) {
            let column = Column::build(values.iter().map(|values| values.iter().map(String::as_str)));
            let keys: Vec<String> = needles.iter().map(|needle| fold(needle)).filter(|key| !key.is_empty()).collect();
            let together = Needles::new([keys.iter().map(String::as_str)]);
            for (slot, values) in (0u32..).zip(&values) {
                let has = |how: &&Match| values.iter().any(|value| keys.iter().any(|key| how.finds(key, &fold(value))));
                prop_assert_eq!(column.best(slot, &together), Match::BEST_FIRST.iter().find(has).copied());
            }
        }
    }
}
