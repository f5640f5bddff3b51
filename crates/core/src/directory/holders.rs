//! The holders of a skill by proficiency: one set for each level, of those who have it at that level or more
//! (thermometer sets). So any comparison is one or two set operations, whatever the number of people.

use crate::records::{Comparator, Proficiency};
use crate::sets::Set;

const LEVELS: usize = Proficiency::MAX as usize + 1;

/// The people who have one skill.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holders {
    /// For each level, those who have it at that level or more; at 0, all who have it.
    at_least: [Set; LEVELS],
    /// For each level, those who have it at exactly that level.
    exactly: [Set; LEVELS],
    /// For each level, those between it and the next one.
    between: [Set; LEVELS],
}

impl Holders {
    /// Builds the sets from holders in ascending order of their slots.
    pub fn build(held: &[(u32, Proficiency)]) -> Self {
        let set = |level: usize, test: fn(f64, f64) -> bool| {
            let passing = held.iter().filter(|(_, proficiency)| test(proficiency.get(), level as f64));
            Set::from_ascending(passing.map(|(slot, _)| *slot))
        };
        Holders {
            at_least: std::array::from_fn(|level| set(level, |held, level| held >= level)),
            exactly: std::array::from_fn(|level| set(level, |held, level| held == level)),
            between: std::array::from_fn(|level| set(level, |held, level| held > level && held < level + 1.0)),
        }
    }

    /// Changes a person's proficiency from `before` to `after`; `None` means that the person does not have the skill.
    pub fn put(&mut self, slot: u32, before: Option<Proficiency>, after: Option<Proficiency>) {
        let change = |set: &mut Set, was: bool, is: bool| match (was, is) {
            (false, true) => drop(set.insert(slot)),
            (true, false) => drop(set.remove(slot)),
            _ => {}
        };
        let levels = self.at_least.iter_mut().zip(&mut self.exactly).zip(&mut self.between);
        for (((at_least, exactly), between), level) in levels.zip((0u8..).map(f64::from)) {
            let reaches = |held: Option<Proficiency>| held.is_some_and(|held| held.get() >= level);
            let is_between =
                |held: Option<Proficiency>| held.is_some_and(|held| held.get() > level && held.get() < level + 1.0);
            let is_at = |held: Option<Proficiency>| held.is_some_and(|held| held.get() == level);
            change(at_least, reaches(before), reaches(after));
            change(exactly, is_at(before), is_at(after));
            change(between, is_between(before), is_between(after));
        }
    }

    /// All who have it.
    pub fn all(&self) -> &Set {
        self.level(0)
    }

    /// The people in `within` whose proficiency compares with the level as `comparator` says.
    pub fn select(&self, comparator: Comparator, level: u8, within: &Set) -> Set {
        let level = usize::from(level);
        let all = || self.all().intersection(within);
        let exactly = Self::of(&self.exactly, level);
        let (next, between) = (self.level(level + 1), Self::of(&self.between, level));
        match comparator {
            Comparator::EqualTo => exactly.intersection(within),
            Comparator::NotEqualTo => all().without(exactly),
            Comparator::LessThan => all().without(self.level(level)),
            Comparator::LessThanOrEqualTo => all().without(next).without(between),
            Comparator::GreaterThan => next.intersection(within).union(&between.intersection(within)),
            Comparator::GreaterThanOrEqualTo => self.level(level).intersection(within),
        }
    }

    fn level(&self, level: usize) -> &Set {
        Self::of(&self.at_least, level)
    }

    fn of(sets: &[Set; LEVELS], level: usize) -> &Set {
        const NOBODY: &Set = &Set::new();
        sets.get(level).unwrap_or(NOBODY)
    }

    /// All sets, to measure their memory.
    pub fn sets(&self) -> impl Iterator<Item = &Set> {
        self.at_least.iter().chain(&self.exactly).chain(&self.between)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn proficiency() -> impl Strategy<Value = Proficiency> {
        (0u8..=20).prop_map(|quarters| Proficiency::new(f64::from(quarters) / 4.0).expect("up to 5"))
    }

    proptest! {
        #[test]
        fn selects_as_comparing_each(
            first in prop::collection::btree_map(0u32..100, proficiency(), 0..40),
            puts in prop::collection::vec((0u32..100, prop::option::of(proficiency())), 0..60),
        ) {
            let list: Vec<_> = first.iter().map(|(slot, held)| (*slot, *held)).collect();
            let mut plain: BTreeMap<u32, Proficiency> = first;
            let mut holders = Holders::build(&list);
            for (slot, after) in puts {
                let before = plain.remove(&slot);
                holders.put(slot, before, after);
                plain.extend(after.map(|after| (slot, after)));
            }
            let within = Set::from_ascending((0..100).filter(|slot| slot % 3 > 0));
            for comparator in Comparator::ALL {
                for level in 0..=Proficiency::MAX {
                    let expected: Vec<u32> = plain
                        .iter()
                        .filter(|(slot, held)| *slot % 3 > 0 && comparator.holds(**held, level))
                        .map(|(slot, _)| *slot)
                        .collect();
                    let selected = holders.select(comparator, level, &within);
                    prop_assert_eq!(selected.iter().collect::<Vec<_>>(), expected, "{:?} {}", comparator, level);
                }
            }
        }
    }
}
