//! The skills of a directory, the people who have them, and the groups whose rules compare them.

use super::holders::Holders;
use crate::records::{Comparator, Comparison, HeldSkill, Proficiency, Skill, SkillKind};
use crate::sets::{Expression, Map, Presence, Set};
use crate::values::SkillId;
use foldhash::fast::RandomState;
use std::collections::BTreeSet;
use std::sync::Arc;

/// All skills, including deleted ones, and their indexes.
#[derive(Clone)]
pub(crate) struct Skills {
    pub records: imbl::OrdMap<SkillId, Arc<Skill>>,
    /// The living skills by kind and key of the name.
    pub names: Map<(SkillKind, Box<str>), SkillId>,
    /// The holders of each skill that anyone has.
    pub holders: Map<SkillId, Arc<Holders>>,
    /// For each comparison and each group whose rule has it: another comparison that the rule requires, if there is
    /// one. If that one is false before and after a change, the rule's result is false both times, and the rule need
    /// not be evaluated.
    pub watchers: imbl::OrdMap<(Comparison, u32), Option<Comparison>>,
    /// The groups whose rules select a person without any skill: some rules only have negated conditions.
    pub open: Set,
    /// For each skill that rules name, the number of comparisons of all these rules together.
    pub named: Map<SkillId, usize>,
}

impl Skills {
    pub fn new() -> Self {
        Skills {
            records: imbl::OrdMap::new(),
            names: Map::with_hasher(RandomState::default()),
            holders: Map::with_hasher(RandomState::default()),
            watchers: imbl::OrdMap::new(),
            open: Set::default(),
            named: Map::with_hasher(RandomState::default()),
        }
    }

    /// A skill of a kind by id, if it is not deleted.
    pub fn get(&self, kind: SkillKind, id: SkillId) -> Option<&Arc<Skill>> {
        self.records.get(&id).filter(|skill| skill.kind == kind && !skill.deleted)
    }

    /// The id of the living skill of a kind whose name has this key.
    pub fn by_key(&self, kind: SkillKind, key: &str) -> Option<SkillId> {
        self.names.get(&(kind, key.into())).copied()
    }

    /// Puts a new or changed record.
    pub fn put(&mut self, skill: Arc<Skill>) {
        if let Some(old) = self.records.get(&skill.id).filter(|old| !old.deleted) {
            self.names.remove(&(old.kind, old.name.key().into()));
        }
        if !skill.deleted {
            self.names.insert((skill.kind, skill.name.key().into()), skill.id);
        }
        self.records.insert(skill.id, skill);
    }

    /// Updates the holders after a person's skills changed from `before` to `after`.
    pub fn hold(&mut self, slot: u32, before: &[HeldSkill], after: &[HeldSkill]) {
        let find =
            |list: &[HeldSkill], skill| list.iter().find(|held| held.skill == skill).map(|held| held.proficiency);
        let gone = before.iter().filter(|held| find(after, held.skill).is_none());
        for skill in after.iter().chain(gone).map(|held| held.skill) {
            let (was, is) = (find(before, skill), find(after, skill));
            if was == is {
                continue;
            }
            let mut holders = self.holders.remove(&skill).unwrap_or_default();
            Arc::make_mut(&mut holders).put(slot, was, is);
            if !holders.all().is_empty() {
                self.holders.insert(skill, holders);
            }
        }
    }

    /// A superset of the groups whose rules change their result for a person whose skills change from `before` to
    /// `after`.
    pub fn concerned(&self, before: &[HeldSkill], after: &[HeldSkill]) -> Vec<u32> {
        let mut groups = Vec::new();
        let gone = before.iter().filter(|held| !after.iter().any(|kept| kept.skill == held.skill));
        for skill in after.iter().chain(gone).map(|held| held.skill) {
            let with = |list: &[HeldSkill]| list.iter().find(|held| held.skill == skill).map(|held| held.proficiency);
            let (was, is) = (with(before), with(after));
            if was == is {
                continue;
            }
            let changes = |comparison: &Comparison| comparison.compares(was) != comparison.compares(is);
            let may_change =
                |needed: &Option<Comparison>| needed.is_none_or(|needed| needed.holds(after) || needed.holds(before));
            for comparator in Comparator::ALL {
                let of_level = |proficiency| Comparison { skill, comparator, proficiency };
                let mut levels = (0..=Proficiency::MAX).map(of_level).filter(changes);
                let Some(first) = levels.next() else { continue };
                let last = levels.next_back().unwrap_or(first);
                let watchers = self.watchers.range((first, 0)..=(last, u32::MAX));
                let watchers = watchers.filter(|((comparison, _), needed)| changes(comparison) && may_change(needed));
                groups.extend(watchers.map(|((_, group), _)| *group));
            }
        }
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// A superset of the groups whose rules select a person with these skills.
    pub fn possible(&self, held: &[HeldSkill]) -> Set {
        self.open.union(&Set::from_ascending(self.concerned(&[], held)))
    }

    /// The groups whose rules compare a skill.
    pub fn naming(&self, skill: SkillId) -> Set {
        let from = Comparison { skill, comparator: Comparator::EqualTo, proficiency: 0 };
        let to = Comparison { skill, comparator: Comparator::GreaterThanOrEqualTo, proficiency: Proficiency::MAX };
        let mut groups: Vec<u32> =
            self.watchers.range((from, 0)..=(to, u32::MAX)).map(|((_, group), _)| *group).collect();
        groups.sort_unstable();
        groups.dedup();
        Set::from_ascending(groups)
    }

    /// Notes that a group has this rule, or has it no more.
    pub fn watch(&mut self, group: u32, rule: &Expression<Comparison>, presence: Presence) {
        let needed = rule.needed();
        for comparison in rule.leaves() {
            match presence {
                Presence::In => {
                    let other = needed.iter().find(|needed| **needed != comparison);
                    self.watchers.insert((*comparison, group), other.map(|needed| **needed));
                }
                Presence::Out => {
                    self.watchers.remove(&(*comparison, group));
                }
            }
        }
        let n_comparisons = rule.leaves().len();
        for skill in skills_of(rule) {
            let count = self.named.remove(&skill).unwrap_or_default();
            let count = match presence {
                Presence::In => count + n_comparisons,
                Presence::Out => count.saturating_sub(n_comparisons),
            };
            if count > 0 {
                self.named.insert(skill, count);
            }
        }
        let is_open = presence == Presence::In && rule.holds(&|_| false);
        self.open.put(group, is_open.into());
    }

    /// If `rule` replaced `old`, the greatest number of comparisons that all rules with one of its skills would have
    /// together, over the skills for which that number grows. `None` if it grows for no skill.
    pub fn n_comparisons(&self, rule: &Expression<Comparison>, old: Option<&Expression<Comparison>>) -> Option<usize> {
        let (new, old_count) = (rule.leaves().len(), old.map_or(0, |old| old.leaves().len()));
        let named_before = old.map(skills_of).unwrap_or_default();
        let after = |skill: &SkillId| {
            let before = if named_before.contains(skill) { old_count } else { 0 };
            let all = self.named.get(skill).copied().unwrap_or_default();
            (new > before).then_some(all + new - before)
        };
        skills_of(rule).iter().filter_map(after).max()
    }

    /// Those in `within` whom a rule still selects after a skill was removed from everyone. It selected all of them
    /// before. `fails` says which comparisons became false.
    pub fn select_still(
        &self,
        rule: &Expression<Comparison>,
        within: &Set,
        fails: &impl Fn(&Comparison) -> bool,
    ) -> Set {
        rule.select_still(within, &|comparison, within| self.holding(comparison, within), fails)
    }

    /// Those in `within` whom a rule selects.
    pub fn select(&self, rule: &Expression<Comparison>, within: &Set) -> Set {
        rule.select(within, &|comparison, within| self.holding(comparison, within))
    }

    fn holding(&self, comparison: &Comparison, within: &Set) -> Set {
        match self.holders.get(&comparison.skill) {
            Some(holders) => holders.select(comparison.comparator, comparison.proficiency, within),
            None => Set::default(),
        }
    }
}

/// The skills that a rule names, each once.
fn skills_of(rule: &Expression<Comparison>) -> BTreeSet<SkillId> {
    rule.leaves().into_iter().map(|comparison| comparison.skill).collect()
}
