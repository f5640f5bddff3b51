//! Answering a search: which sets its criteria mean, and one page of the hits in the order asked for.

use super::{Direction, Listing, Page, View, set_of};
use crate::directory::{
    Directory, GroupEntry, by_group_name, by_person_name, group_texts as texts_of_group,
    person_texts as texts_of_person,
};
use crate::expression::Expression;
use crate::field::{Field, GroupField, PersonField};
use crate::model::*;
use crate::pattern::Pattern;
use crate::policy;
use crate::ranking::Ranking;
use crate::search::{Criterion, Match, Search, SortKey, Test};
use crate::set::Set;
use std::cmp::Ordering;
use std::sync::Arc;
use uuid::Uuid;

impl<'d> View<'d> {
    /// The groups that the caller sees and that a search finds.
    pub fn search_groups(&self, search: &Search<GroupField>, page: Page) -> Listing<&'d Arc<GroupEntry>> {
        let groups = &self.directory.groups;
        let (slots, total) = run(&Groups(self), search, &policy::seen_groups(self), page);
        Listing { entries: slots.into_iter().filter_map(|slot| groups.get(slot)).collect(), total }
    }

    /// About how much work a search of groups is, in terms of one simple comparison.
    pub fn work_of_groups(&self, search: &Search<GroupField>) -> usize {
        let groups = &self.directory.groups;
        search.work(groups.all.len(), groups.ranking.n_late())
    }

    /// About how much work a search of people is, in terms of one simple comparison.
    pub fn work_of_people(&self, search: &Search<PersonField>) -> usize {
        let Directory { people, groups, .. } = self.directory;
        // Whose groups are asked for, they are gone through.
        search.work(people.records.len() + groups.all.len(), people.ranking.n_late())
    }

    /// The people whom a search finds; deleted ones only if it asks for states.
    pub fn search_people(&self, search: &Search<PersonField>, page: Page) -> Listing<&'d Arc<Person>> {
        let people = &self.directory.people;
        let asks_state = search.expression.leaves().iter().any(|criterion| criterion.field == PersonField::State);
        let living = people.active.union(&people.inactive);
        let all = if asks_state { living.union(&people.deleted) } else { living };
        let (slots, total) = run(&People(self), search, &all, page);
        Listing { entries: slots.into_iter().filter_map(|slot| people.get(slot)).collect(), total }
    }
}

/// What is searched.
trait Searched {
    type Field: Field;

    /// Those in `within` that a criterion takes.
    fn passing(&self, criterion: &Criterion<Self::Field>, within: &Set) -> Set;
    /// The value that a field orders by.
    fn value(&self, slot: u32, field: Self::Field) -> Option<Value<'_>>;
    /// The keys of a field's values, if it is laid out.
    fn keys(&self, slot: u32, field: Self::Field) -> Vec<&str>;
    /// The order by name.
    fn ranking(&self) -> &Ranking;
    /// What that order goes by.
    fn name(&self, slot: u32) -> Option<(&str, Uuid)>;
}

/// A value to order by. Values of one field are all of one kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Value<'v> {
    Text(&'v str),
    Number(i64),
    Id(Uuid),
}

/// A hit, with what it is ordered by first.
struct Hit<'v> {
    slot: u32,
    value: Option<Value<'v>>,
    score: u8,
}

/// The slots of one page, and how many hits there are.
fn run<S: Searched>(searched: &S, search: &Search<S::Field>, all: &Set, page: Page) -> (Vec<u32>, usize) {
    let hits = search.expression.select(all, &|criterion, within| match criterion.beginnings_of_names() {
        Some((how, names)) => by_name(searched, how, names, within),
        None => searched.passing(criterion, within),
    });
    let total = hits.len();
    let by_name = |slot| searched.name(slot);
    let slots = match search.order.as_slice() {
        [] => searched.ranking().page(&hits, page, Direction::Ascending, by_name),
        [SortKey::Field(field, direction)] if *field == S::Field::NAME => {
            searched.ranking().page(&hits, page, *direction, by_name)
        }
        order => ordered(searched, search, order, &hits, page),
    };
    (slots, total)
}

/// Those whose names begin so, or are so: slots are in the order of names, so nothing is gone through.
fn by_name<S: Searched>(searched: &S, how: Match, names: &[String], within: &Set) -> Set {
    let name_of = |slot| searched.name(slot).map(|(name, _)| name);
    let found = names.iter().map(|name| searched.ranking().named(within, how, name, name_of));
    found.fold(Set::default(), |all, found| all.union(&found))
}

/// One page of hits in an order that is not kept: the page is selected, and only it is sorted.
fn ordered<S: Searched>(
    searched: &S,
    search: &Search<S::Field>,
    order: &[SortKey<S::Field>],
    hits: &Set,
    page: Page,
) -> Vec<u32> {
    let texts = if order.contains(&SortKey::Score) { wanted_texts(&search.expression) } else { Vec::new() };
    let first = order.iter().find_map(|key| match key {
        SortKey::Field(field, _) => Some(*field),
        SortKey::Score => None,
    });
    let hit = |slot| Hit {
        slot,
        value: first.and_then(|field| searched.value(slot, field)),
        score: texts.iter().map(|text| text.score(searched, slot)).min().unwrap_or_default(),
    };
    let mut hits: Vec<Hit> = hits.iter().map(hit).collect();
    let compare = |one: &Hit, other: &Hit| {
        let by_key = |key: &SortKey<S::Field>| match key {
            SortKey::Score => one.score.cmp(&other.score),
            SortKey::Field(field, direction) if Some(*field) == first => {
                absent_last(one.value, other.value, *direction)
            }
            SortKey::Field(field, direction) => {
                absent_last(searched.value(one.slot, *field), searched.value(other.slot, *field), *direction)
            }
        };
        let by_keys = order.iter().map(by_key).find(|ordering| ordering.is_ne());
        by_keys.unwrap_or_else(|| searched.name(one.slot).cmp(&searched.name(other.slot)))
    };
    let range = page.range(hits.len());
    if range.start > 0 && range.start < hits.len() {
        hits.select_nth_unstable_by(range.start, compare);
    }
    hits.drain(..range.start);
    if range.len() < hits.len() {
        hits.select_nth_unstable_by(range.len(), compare);
        hits.truncate(range.len());
    }
    hits.sort_unstable_by(compare);
    hits.into_iter().map(|hit| hit.slot).collect()
}

fn absent_last(one: Option<Value>, other: Option<Value>, direction: Direction) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) if direction == Direction::Ascending => one.cmp(&other),
        (Some(one), Some(other)) => other.cmp(&one),
        (one, other) => one.is_none().cmp(&other.is_none()),
    }
}

/// Texts that were looked for in a field.
struct Wanted<'s, F> {
    field: F,
    texts: &'s [String],
}

impl<F: Field> Wanted<'_, F> {
    /// The better the smaller: the whole value, its beginning, a word, any part, none of these.
    fn score<S: Searched<Field = F>>(&self, searched: &S, slot: u32) -> u8 {
        const BEST_FIRST: [Match; 4] = [Match::Whole, Match::Beginning, Match::Word, Match::Inside];
        let keys = searched.keys(slot, self.field);
        let found = |how: &Match| keys.iter().any(|key| self.texts.iter().any(|text| how.finds(text, key)));
        (0u8..).zip(&BEST_FIRST).find(|(_, how)| found(how)).map_or(BEST_FIRST.len() as u8, |(score, _)| score)
    }
}

/// The texts that a hit may have for being one; those that it must not have do not count.
fn wanted_texts<F: Field>(expression: &Expression<Criterion<F>>) -> Vec<Wanted<'_, F>> {
    match expression {
        Expression::Leaf(Criterion { field, test: Test::Text { needles, .. } }) => {
            vec![Wanted { field: *field, texts: needles }]
        }
        Expression::Leaf(_) => Vec::new(),
        Expression::List { all, any, .. } => all.iter().chain(any).flat_map(wanted_texts).collect(),
    }
}

struct Groups<'v, 'd>(&'v View<'d>);

impl<'d> Groups<'_, 'd> {
    fn entries<'s>(&'s self, within: &'s Set) -> impl Iterator<Item = (u32, &'d GroupEntry)> + 's {
        within.iter().filter_map(|slot| Some((slot, &**self.0.directory.groups.get(slot)?)))
    }

    fn that(&self, within: &Set, test: impl Fn(&GroupEntry) -> bool) -> Set {
        Set::from_ascending(self.entries(within).filter(|(_, entry)| test(entry)).map(|(slot, _)| slot))
    }
}

impl Searched for Groups<'_, '_> {
    type Field = GroupField;

    fn passing(&self, Criterion { field, test }: &Criterion<GroupField>, within: &Set) -> Set {
        let groups = &self.0.directory.groups;
        match field {
            GroupField::Name | GroupField::Description | GroupField::Email | GroupField::Addresses => {
                let Some(column) = groups.columns.of(*field) else { return Set::default() };
                column.passing(test, within, |slot| {
                    groups.get(slot).map(|entry| texts_of_group(&entry.group, *field)).unwrap_or_default()
                })
            }
            GroupField::Type => of_words(test, within, GroupKind::WORDS, &groups.kinds),
            GroupField::State => of_words(test, within, GroupState::WORDS, &groups.states),
            GroupField::Visibility => of_words(test, within, Visibility::WORDS, &groups.visibilities),
            GroupField::Id => match test {
                Test::Text { needles, .. } => {
                    let ids = needles.iter().filter_map(|text| GroupId::parse(text));
                    set_of(ids.filter_map(|id| groups.slots.get(&id).copied())).intersection(within)
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
        let groups = &self.0.directory.groups;
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

    fn keys(&self, slot: u32, field: GroupField) -> Vec<&str> {
        self.0.directory.groups.columns.of(field).into_iter().flat_map(|column| column.keys(slot)).collect()
    }

    fn ranking(&self) -> &Ranking {
        &self.0.directory.groups.ranking
    }

    fn name(&self, slot: u32) -> Option<(&str, Uuid)> {
        by_group_name(&self.0.directory.groups.entries)(slot).map(|(name, id)| (name, id.0))
    }
}

struct People<'v, 'd>(&'v View<'d>);

impl Searched for People<'_, '_> {
    type Field = PersonField;

    fn passing(&self, Criterion { field, test }: &Criterion<PersonField>, within: &Set) -> Set {
        let Directory { groups, people, .. } = self.0.directory;
        match field {
            PersonField::Username => {
                let own = self.passing_text(PersonField::Username, test, within);
                let by_email = self.passing_text(PersonField::Email, test, within);
                let has_own = |slot: u32| people.columns.username.keys(slot).next().is_some();
                own.union(&Set::from_ascending(by_email.iter().filter(|slot| !has_own(*slot))))
            }
            PersonField::State => {
                let states = [&people.active, &people.inactive, &people.deleted];
                of_words(test, within, PersonState::WORDS, states)
            }
            PersonField::Id => match test {
                Test::Text { needles, .. } => {
                    let ids = needles.iter().filter_map(|text| PersonId::parse(text));
                    set_of(ids.filter_map(|id| people.slot(id))).intersection(within)
                }
                _ => within.clone(),
            },
            PersonField::Manager => {
                let wanted: Option<Vec<PersonId>> = match test {
                    Test::Text { needles, .. } => {
                        Some(needles.iter().filter_map(|text| PersonId::parse(text)).collect())
                    }
                    _ => None,
                };
                let manager = |slot: &u32| people.get(*slot).and_then(|person| person.manager);
                let is_one = |id| wanted.as_ref().is_none_or(|wanted| wanted.contains(&id));
                Set::from_ascending(within.iter().filter(|slot| manager(slot).is_some_and(is_one)))
            }
            PersonField::Skills => self.of_skills(SkillKind::Routing, test, within),
            PersonField::Languages => self.of_skills(SkillKind::Language, test, within),
            PersonField::Locations => Set::default(),
            PersonField::Groups => {
                let seen = policy::seen_groups(self.0);
                let wanted = match test {
                    Test::Text { needles, .. } => {
                        let ids = needles.iter().filter_map(|text| GroupId::parse(text));
                        set_of(ids.filter_map(|id| groups.slots.get(&id).copied())).intersection(&seen)
                    }
                    _ => seen,
                };
                let members = wanted.iter().filter_map(|group| groups.get(group)).map(|entry| &entry.members);
                members.fold(Set::default(), |all, members| all.union(members)).intersection(within)
            }
            _ => self.passing_text(*field, test, within),
        }
    }

    fn value(&self, slot: u32, field: PersonField) -> Option<Value<'_>> {
        let people = &self.0.directory.people;
        let person = people.get(slot)?;
        Some(match field {
            PersonField::Id => Value::Id(person.id.0),
            PersonField::State => Value::Text(person.state.word()),
            PersonField::Manager => Value::Id(person.manager?.0),
            PersonField::Username => {
                let email = || person.email.as_ref().map(|email| email.key());
                Value::Text(people.columns.username.keys(slot).next().or_else(email)?)
            }
            _ => Value::Text(people.columns.of(field)?.keys(slot).next()?),
        })
    }

    fn keys(&self, slot: u32, field: PersonField) -> Vec<&str> {
        let columns = &self.0.directory.people.columns;
        let keys: Vec<&str> = columns.of(field).into_iter().flat_map(|column| column.keys(slot)).collect();
        // The sign-in name is the e-mail address where there is no other.
        if keys.is_empty() && field == PersonField::Username { columns.email.keys(slot).collect() } else { keys }
    }

    fn ranking(&self) -> &Ranking {
        &self.0.directory.people.ranking
    }

    fn name(&self, slot: u32) -> Option<(&str, Uuid)> {
        by_person_name(&self.0.directory.people.records)(slot).map(|(name, id)| (name, id.0))
    }
}

impl Groups<'_, '_> {
    /// The groups of these people, of which something holds.
    fn of_people(&self, ids: &[String], within: &Set, holds: impl Fn(&GroupEntry, u32, PersonId) -> bool) -> Set {
        let mut found = Set::default();
        for id in ids.iter().filter_map(|text| PersonId::parse(text)) {
            let Some(slot) = self.0.directory.people.slot(id) else { continue };
            let possible = self.0.directory.possible_groups_of(slot).intersection(within);
            found = found.union(&self.that(&possible, |entry| holds(entry, slot, id)));
        }
        found
    }
}

impl People<'_, '_> {
    fn passing_text(&self, field: PersonField, test: &Test, within: &Set) -> Set {
        let people = &self.0.directory.people;
        let Some(column) = people.columns.of(field) else { return Set::default() };
        column.passing(test, within, |slot| {
            people.get(slot).map(|person| texts_of_person(person, field)).unwrap_or_default()
        })
    }

    /// Those who have a skill whose name passes.
    fn of_skills(&self, kind: SkillKind, test: &Test, within: &Set) -> Set {
        let skills = &self.0.directory.skills;
        let named = skills.names.iter().filter(|((of, _), _)| *of == kind);
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

/// Those of the sets whose word passes.
fn of_words<'s>(test: &Test, within: &Set, words: &[&str], sets: impl IntoIterator<Item = &'s Set>) -> Set {
    let passing = words.iter().zip(sets).filter(|(word, _)| test.takes(word, word));
    passing.fold(Set::default(), |all, (_, set)| all.union(&set.intersection(within)))
}
