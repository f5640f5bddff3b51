//! The skills of a directory, who has them, and which groups' rules compare them.

use crate::directory::Map;
use crate::expression::Expression;
use crate::holders::Holders;
use crate::model::{Held, Skill, SkillId, SkillKind};
use crate::rule::{Comparator, Comparison};
use crate::set::Set;
use foldhash::fast::RandomState;
use std::sync::Arc;

/// All skills, tombstones included.
#[derive(Clone)]
pub(crate) struct Skills {
    pub records: imbl::OrdMap<SkillId, Arc<Skill>>,
    /// The living ones by kind and key of their names.
    pub names: Map<(SkillKind, Box<str>), SkillId>,
    /// Who has what, for each skill that someone has.
    pub holders: Map<SkillId, Arc<Holders>>,
    /// The groups whose rules make each comparison.
    pub watchers: imbl::OrdMap<Comparison, Set>,
    /// The groups whose rules take one who can do nothing: some rules only say what must not be.
    pub open: Set,
}

impl Skills {
    pub fn new() -> Self {
        Skills {
            records: imbl::OrdMap::new(),
            names: Map::with_hasher(RandomState::default()),
            holders: Map::with_hasher(RandomState::default()),
            watchers: imbl::OrdMap::new(),
            open: Set::default(),
        }
    }

    /// A living skill of a kind.
    pub fn get(&self, kind: SkillKind, id: SkillId) -> Option<&Arc<Skill>> {
        self.records.get(&id).filter(|skill| skill.kind == kind && !skill.deleted)
    }

    /// The living skill of a kind whose name has this key.
    pub fn by_key(&self, kind: SkillKind, key: &str) -> Option<SkillId> {
        self.names.get(&(kind, key.into())).copied()
    }

    /// Puts a record, new or old.
    pub fn put(&mut self, skill: Arc<Skill>) {
        if let Some(old) = self.records.get(&skill.id).filter(|old| !old.deleted) {
            self.names.remove(&(old.kind, old.name.key().into()));
        }
        if !skill.deleted {
            self.names.insert((skill.kind, skill.name.key().into()), skill.id);
        }
        self.records.insert(skill.id, skill);
    }

    /// Notes what a person has now, who had something else before.
    pub fn hold(&mut self, slot: u32, before: &[Held], after: &[Held]) {
        let find = |list: &[Held], skill| list.iter().find(|held| held.skill == skill).map(|held| held.proficiency);
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

    /// The groups whose rules may say otherwise about one who has the second and had the first.
    pub fn concerned(&self, before: &[Held], after: &[Held]) -> Set {
        let mut groups = Set::default();
        for held in before.iter().chain(after) {
            for (comparison, watchers) in self.watching(held.skill) {
                if comparison.holds(before) != comparison.holds(after) {
                    groups = groups.union(watchers);
                }
            }
        }
        groups
    }

    /// The groups whose rules may take one who has these: any other needs a comparison that fails.
    pub fn possible(&self, held: &[Held]) -> Set {
        self.open.union(&self.concerned(&[], held))
    }

    /// The groups whose rules compare a skill.
    pub fn naming(&self, skill: SkillId) -> Set {
        self.watching(skill).fold(Set::default(), |groups, (_, watchers)| groups.union(watchers))
    }

    fn watching(&self, skill: SkillId) -> impl Iterator<Item = (&Comparison, &Set)> {
        let from = Comparison { skill, comparator: Comparator::EqualTo, proficiency: 0 };
        let to = Comparison { skill, comparator: Comparator::GreaterThanOrEqualTo, proficiency: u8::MAX };
        self.watchers.range(from..=to)
    }

    /// Notes that a group has this rule, or has it no more.
    pub fn watch(&mut self, group: u32, rule: &Expression<Comparison>, watches: bool) {
        for comparison in rule.leaves() {
            let mut watchers = self.watchers.remove(comparison).unwrap_or_default();
            if watches {
                watchers.insert(group)
            } else {
                watchers.remove(group)
            };
            if !watchers.is_empty() {
                self.watchers.insert(*comparison, watchers);
            }
        }
        if watches && rule.holds(&|_| false) {
            self.open.insert(group);
        } else {
            self.open.remove(group);
        }
    }

    /// Those in `within` whom a rule takes.
    pub fn select(&self, rule: &Expression<Comparison>, within: &Set) -> Set {
        rule.select(within, &|comparison, within| match self.holders.get(&comparison.skill) {
            Some(holders) => holders.select(comparison.comparator, comparison.proficiency, within),
            None => Set::default(),
        })
    }
}
