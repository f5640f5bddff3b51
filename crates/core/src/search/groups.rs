//! Criteria over groups.

use super::criteria::Criterion;
use super::pools::Pools;
use super::{SearchSpace, Value, of_words};
use crate::directory::{GroupEntry, GroupField, by_group_name, group_texts as texts_of_group};
use crate::policy::View;
use crate::records::{GroupState, Visibility};
use crate::sets::{Column, Ranking, Set, Test};
use crate::values::{CancelFlag, GroupId, GroupKind, PersonId};
use uuid::Uuid;

/// The groups that a caller can see, for one search.
pub(super) struct SearchedGroups<'v, 'd> {
    pub view: &'v View<'d>,
    pub pools: &'v Pools<'v, GroupField>,
    pub cancel: &'v CancelFlag,
}

/// The columns with the texts of a field.
pub(super) fn columns_of(field: GroupField) -> Vec<GroupField> {
    vec![field]
}

impl<'d> SearchedGroups<'_, 'd> {
    fn entries<'s>(&'s self, within: &'s Set) -> impl Iterator<Item = (u32, &'d GroupEntry)> + 's {
        let slots = within.iter().take_while(|_| !self.cancel.is_set());
        slots.filter_map(|slot| Some((slot, &**self.view.directory.groups.get(slot)?)))
    }

    fn that(&self, within: &Set, test: impl Fn(&GroupEntry) -> bool) -> Set {
        Set::from_ascending(self.entries(within).filter(|(_, entry)| test(entry)).map(|(slot, _)| slot))
    }
}

impl SearchSpace for SearchedGroups<'_, '_> {
    type Field = GroupField;

    fn passing(&self, Criterion { field, test }: &Criterion<GroupField>, within: &Set) -> Set {
        let groups = &self.view.directory.groups;
        match field {
            GroupField::Name | GroupField::Description | GroupField::Email | GroupField::Addresses => {
                let Some(column) = groups.columns.of(*field) else { return Set::default() };
                let found =
                    if column.is_dense(within) { self.pools.found(*field, test, column, self.cancel) } else { None };
                column.passing(test, within, found, self.cancel, |slot| {
                    groups.get(slot).map(|entry| texts_of_group(&entry.group, *field)).unwrap_or_default()
                })
            }
            GroupField::Type => of_words(test, within, GroupKind::WORDS, &groups.kinds),
            GroupField::State => of_words(test, within, GroupState::WORDS, &groups.states),
            GroupField::Visibility => of_words(test, within, Visibility::WORDS, &groups.visibilities),
            GroupField::Id => match test {
                Test::Text { needles, .. } => {
                    let ids = needles.iter().filter_map(|text| GroupId::parse(text));
                    ids.filter_map(|id| groups.slots.get(&id).copied()).collect::<Set>().intersection(within)
                }
                _ => within.clone(),
            },
            GroupField::OwnerIds => match test {
                Test::Text { needles, .. } => {
                    self.of_people(needles, within, |entry, _, id| entry.group.owners.contains(&id))
                }
                _ => self.that(within, |entry| !entry.group.owners.is_empty()),
            },
            GroupField::MemberIds => match test {
                Test::Text { needles, .. } => {
                    self.of_people(needles, within, |entry, slot, _| entry.members.contains(slot))
                }
                _ => self.that(within, |entry| !entry.members.is_empty()),
            },
            GroupField::DateModified => self.that(within, |entry| test.takes_number(entry.stamp.modified.0)),
            GroupField::MemberCount => self.that(within, |entry| test.takes_number(entry.member_count() as i64)),
        }
    }

    fn value(&self, slot: u32, field: GroupField) -> Option<Value<'_>> {
        let groups = &self.view.directory.groups;
        let entry = groups.get(slot)?;
        Some(match field {
            GroupField::Id => Value::Id(entry.group.id.0),
            GroupField::Type => Value::Text(entry.group.kind.word()),
            GroupField::State => Value::Text(entry.group.state.word()),
            GroupField::Visibility => Value::Text(entry.group.visibility.word()),
            GroupField::DateModified => Value::Number(entry.stamp.modified.0),
            GroupField::MemberCount => Value::Number(entry.member_count() as i64),
            _ => Value::Text(groups.columns.of(field)?.keys(slot).next()?),
        })
    }

    fn column_of_all(&self, field: GroupField) -> Option<&Column> {
        self.view.directory.groups.columns.of(field)
    }

    fn column(&self, _: u32, field: GroupField) -> Option<&Column> {
        self.column_of_all(field)
    }

    fn ranking(&self) -> &Ranking {
        &self.view.directory.groups.ranking
    }

    fn name(&self, slot: u32) -> Option<(&str, Uuid)> {
        by_group_name(&self.view.directory.groups.entries)(slot).map(|(name, id)| (name, id.0))
    }
}

impl SearchedGroups<'_, '_> {
    /// The groups that these people are in, for which `holds` is true.
    fn of_people(&self, ids: &[String], within: &Set, holds: impl Fn(&GroupEntry, u32, PersonId) -> bool) -> Set {
        let mut found = Set::default();
        for id in ids.iter().filter_map(|text| PersonId::parse(text)).take_while(|_| !self.cancel.is_set()) {
            let Some(slot) = self.view.directory.people.slot(id) else { continue };
            let possible = self.view.directory.possible_groups_of(slot).intersection(within);
            found = found.union(&self.that(&possible, |entry| holds(entry, slot, id)));
        }
        found
    }
}
