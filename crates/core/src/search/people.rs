//! Criteria over people.

use super::criteria::Criterion;
use super::pools::Pools;
use super::{SearchSpace, Value, of_words};
use crate::directory::{Directory, PersonField, by_person_name, person_texts as texts_of_person};
use crate::policy::{self, View};
use crate::records::{PersonState, SkillKind};
use crate::sets::{Column, Pattern, Ranking, Set, Test};
use crate::values::{CancelFlag, GroupId, PersonId};
use foldhash::HashSet;
use uuid::Uuid;

/// The people, for one search.
pub(super) struct SearchedPeople<'v, 'd> {
    pub view: &'v View<'d>,
    pub pools: &'v Pools<'v, PersonField>,
    pub cancel: &'v CancelFlag,
}

/// The columns with the texts of a field. The sign-in name of a person without one is the e-mail address, so a search
/// for sign-in names reads both columns.
pub(super) fn columns_of(field: PersonField) -> Vec<PersonField> {
    match field {
        PersonField::Username => vec![PersonField::Username, PersonField::Email],
        field => vec![field],
    }
}

impl SearchSpace for SearchedPeople<'_, '_> {
    type Field = PersonField;

    fn passing(&self, Criterion { field, test }: &Criterion<PersonField>, within: &Set) -> Set {
        let Directory { groups, people, .. } = self.view.directory;
        match field {
            PersonField::Username => {
                let own = self.passing_text(PersonField::Username, test, within);
                let by_email = self.passing_text(PersonField::Email, test, within);
                let without_own = by_email.iter().filter(|slot| people.columns.own_username(*slot).is_none());
                own.union(&Set::from_ascending(without_own))
            }
            PersonField::State => {
                let states = [&people.active, &people.inactive, &people.deleted];
                of_words(test, within, PersonState::WORDS, states)
            }
            PersonField::Id => match test {
                Test::Text { needles, .. } => {
                    let ids = needles.iter().filter_map(|text| PersonId::parse(text));
                    ids.filter_map(|id| people.slot(id)).collect::<Set>().intersection(within)
                }
                _ => within.clone(),
            },
            PersonField::Manager => {
                let wanted: Option<HashSet<PersonId>> = match test {
                    Test::Text { needles, .. } => {
                        Some(needles.iter().filter_map(|text| PersonId::parse(text)).collect())
                    }
                    _ => None,
                };
                let manager = |slot: &u32| people.get(*slot).and_then(|person| person.manager);
                let is_one = |id| wanted.as_ref().is_none_or(|wanted| wanted.contains(&id));
                let slots = within.iter().take_while(|_| !self.cancel.is_set());
                Set::from_ascending(slots.filter(|slot| manager(slot).is_some_and(is_one)))
            }
            PersonField::Skills => self.of_skills(SkillKind::Routing, test, within),
            PersonField::Languages => self.of_skills(SkillKind::Language, test, within),
            PersonField::Locations => Set::default(),
            PersonField::Groups => {
                let seen = policy::seen_groups(self.view);
                let wanted = match test {
                    Test::Text { needles, .. } => {
                        let ids = needles.iter().filter_map(|text| GroupId::parse(text));
                        ids.filter_map(|id| groups.slots.get(&id).copied()).collect::<Set>().intersection(&seen)
                    }
                    _ => seen,
                };
                let wanted = wanted.iter().take_while(|_| !self.cancel.is_set());
                let members = wanted.filter_map(|group| groups.get(group)).map(|entry| &entry.members);
                members.fold(Set::default(), |all, members| all.union(members)).intersection(within)
            }
            _ => self.passing_text(*field, test, within),
        }
    }

    fn value(&self, slot: u32, field: PersonField) -> Option<Value<'_>> {
        let people = &self.view.directory.people;
        let person = people.get(slot)?;
        Some(match field {
            PersonField::Id => Value::Id(person.id.0),
            PersonField::State => Value::Text(person.state.word()),
            PersonField::Manager => Value::Id(person.manager?.0),
            PersonField::Username => {
                let email = || person.email.as_ref().map(|email| email.key());
                Value::Text(people.columns.own_username(slot).or_else(email)?)
            }
            _ => Value::Text(people.columns.of(field)?.keys(slot).next()?),
        })
    }

    fn column_of_all(&self, field: PersonField) -> Option<&Column> {
        // Some sign-in names are in the column of e-mail addresses.
        self.view.directory.people.columns.of(field).filter(|_| field != PersonField::Username)
    }

    fn column(&self, slot: u32, field: PersonField) -> Option<&Column> {
        let columns = &self.view.directory.people.columns;
        match field {
            PersonField::Username if columns.own_username(slot).is_none() => columns.of(PersonField::Email),
            field => columns.of(field),
        }
    }

    fn ranking(&self) -> &Ranking {
        &self.view.directory.people.ranking
    }

    fn name(&self, slot: u32) -> Option<(&str, Uuid)> {
        by_person_name(&self.view.directory.people.records)(slot).map(|(name, id)| (name, id.0))
    }
}

impl SearchedPeople<'_, '_> {
    fn passing_text(&self, field: PersonField, test: &Test, within: &Set) -> Set {
        let people = &self.view.directory.people;
        let Some(column) = people.columns.of(field) else { return Set::default() };
        let found = if column.is_dense(within) { self.pools.found(field, test, column, self.cancel) } else { None };
        column.passing(test, within, found, self.cancel, |slot| {
            people.get(slot).map(|person| texts_of_person(person, field)).unwrap_or_default()
        })
    }

    /// The people in `within` who have a skill whose name passes the test.
    fn of_skills(&self, kind: SkillKind, test: &Test, within: &Set) -> Set {
        let skills = &self.view.directory.skills;
        let named = skills.names.iter().filter(|((of, _), _)| *of == kind).take_while(|_| !self.cancel.is_set());
        let mut matchers: Vec<_> = match test {
            Test::Patterns(patterns) => patterns.iter().map(Pattern::matcher).collect(),
            _ => Vec::new(),
        };
        let passing = named.filter(|((_, key), id)| {
            let written = skills.records.get(*id).map_or("", |skill| skill.name.as_str());
            if matchers.is_empty() {
                test.takes(written, key)
            } else {
                matchers.iter_mut().any(|one| one.matches(written))
            }
        });
        let holders = passing.filter_map(|(_, id)| skills.holders.get(id));
        holders.fold(Set::default(), |all, holders| all.union(holders.all())).intersection(within)
    }
}
