//! Evaluation of searches: the set of hits, and a window of them in the requested order.

mod criteria;
mod groups;
mod order;
mod people;
mod pools;
mod work;

use crate::directory::{Directory, GroupEntry, GroupField, PersonField, SearchField};
use crate::policy::{self, View};
use crate::records::Person;
use crate::sets::{Column, Match, Ranking, Set, Test};
use crate::values::{CancelFlag, Cancelled, Direction, Listing, Window};
use criteria::By;
pub use criteria::{Criteria, Criterion, Search, SortKey};
use groups::SearchedGroups;
use people::SearchedPeople;
use pools::Pools;
use std::sync::Arc;
use uuid::Uuid;
use work::Sizes;

impl<'d> View<'d> {
    /// One page of the groups that the caller sees and that match a search.
    ///
    /// # Errors
    ///
    /// [`Cancelled`] when the flag is set before the end.
    pub fn search_groups(
        &self,
        search: &Search<GroupField>,
        window: Window,
        cancel: &CancelFlag,
    ) -> Result<Listing<&'d Arc<GroupEntry>>, Cancelled> {
        let groups = &self.directory.groups;
        let pools = Pools::new(search, groups::columns_of);
        let searched = SearchedGroups { view: self, pools: &pools, cancel };
        let (slots, total) = run(&searched, search, &policy::seen_groups(self), window, cancel)?;
        Ok(Listing { entries: slots.into_iter().filter_map(|slot| groups.get(slot)).collect(), total })
    }

    /// The estimated time of a search of groups, in nanoseconds of one core.
    pub fn work_of_groups(&self, search: &Search<GroupField>) -> usize {
        let groups = &self.directory.groups;
        let sizes = Sizes {
            n_things: groups.all.len(),
            n_late: groups.ranking.n_late(),
            n_sets: &|_| 0,
            text_bytes: &|field| {
                groups::columns_of(field)
                    .iter()
                    .filter_map(|field| groups.columns.of(*field))
                    .map(Column::text_bytes)
                    .sum()
            },
        };
        work::estimate(search, &Pools::new(search, groups::columns_of), &sizes)
    }

    /// One page of the people who match a search. Deleted ones are included only if a criterion is on the state.
    ///
    /// # Errors
    ///
    /// [`Cancelled`] when the flag is set before the end.
    pub fn search_people(
        &self,
        search: &Search<PersonField>,
        window: Window,
        cancel: &CancelFlag,
    ) -> Result<Listing<&'d Arc<Person>>, Cancelled> {
        let people = &self.directory.people;
        let asks_state = search.expression.leaves().iter().any(|criterion| criterion.field == PersonField::State);
        let living = people.active.union(&people.inactive);
        let all = if asks_state { living.union(&people.deleted) } else { living };
        let pools = Pools::new(search, people::columns_of);
        let searched = SearchedPeople { view: self, pools: &pools, cancel };
        let (slots, total) = run(&searched, search, &all, window, cancel)?;
        Ok(Listing { entries: slots.into_iter().filter_map(|slot| people.get(slot)).collect(), total })
    }

    /// The estimated time of a search of people, in nanoseconds of one core.
    pub fn work_of_people(&self, search: &Search<PersonField>) -> usize {
        let Directory { people, groups, skills, .. } = self.directory;
        let sizes = Sizes {
            n_things: people.records.len(),
            n_late: people.ranking.n_late(),
            n_sets: &|field| match field {
                PersonField::Skills | PersonField::Languages => skills.names.len(),
                PersonField::Groups => groups.all.len(),
                _ => 0,
            },
            text_bytes: &|field| {
                people::columns_of(field)
                    .iter()
                    .filter_map(|field| people.columns.of(*field))
                    .map(Column::text_bytes)
                    .sum()
            },
        };
        work::estimate(search, &Pools::new(search, people::columns_of), &sizes)
    }
}

/// What is searched.
trait SearchSpace {
    type Field: SearchField;

    /// The slots in `within` that pass a criterion. Incomplete once the search is stopped.
    fn passing(&self, criterion: &Criterion<Self::Field>, within: &Set) -> Set;
    /// The value of a field by which hits are sorted.
    fn value(&self, slot: u32, field: Self::Field) -> Option<Value<'_>>;
    /// The column that has the values of a field for all slots, if there is one.
    fn column_of_all(&self, field: Self::Field) -> Option<&Column>;
    /// The column that has a slot's values of a field, if there is one.
    fn column(&self, slot: u32, field: Self::Field) -> Option<&Column>;
    /// The order by name.
    fn ranking(&self) -> &Ranking;
    /// The key of that order: name key and id.
    fn name(&self, slot: u32) -> Option<(&str, Uuid)>;
}

/// A value to sort by. All values of one field are of the same variant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Value<'v> {
    Text(&'v str),
    Number(i64),
    Id(Uuid),
}

/// The slots of a window, and how many hits there are.
fn run<S: SearchSpace>(
    searched: &S,
    search: &Search<S::Field>,
    all: &Set,
    window: Window,
    cancel: &CancelFlag,
) -> Result<(Vec<u32>, usize), Cancelled> {
    let hits = search.expression.select(all, &|criterion, within| match criterion.beginnings_of_names() {
        Some((how, names)) => by_name(searched, how, names, within),
        None => searched.passing(criterion, within),
    });
    cancel.check()?;
    let total = hits.len();
    let by_name = |slot| searched.name(slot);
    let slots = match search.order.as_slice() {
        [] => searched.ranking().window(&hits, window, Direction::Ascending, by_name),
        [SortKey(By::Field(field, direction))] if *field == S::Field::NAME => {
            searched.ranking().window(&hits, window, *direction, by_name)
        }
        order => order::window(searched, search, order, &hits, window, cancel)?,
    };
    Ok((slots, total))
}

/// The slots of names that are or begin with one of these texts. Slots are in the order of names, so this needs no
/// scan.
fn by_name<S: SearchSpace>(searched: &S, how: Match, names: &[String], within: &Set) -> Set {
    let name_of = |slot| searched.name(slot).map(|(name, _)| name);
    let found = names.iter().map(|name| searched.ranking().named(within, how, name, name_of));
    found.fold(Set::default(), |all, found| all.union(&found))
}

/// The union of the sets whose word passes the test.
fn of_words<'s>(test: &Test, within: &Set, words: &[&str], sets: impl IntoIterator<Item = &'s Set>) -> Set {
    let passing = words.iter().zip(sets).filter(|(word, _)| test.takes(word, word));
    passing.fold(Set::default(), |all, (_, set)| all.union(&set.intersection(within)))
}
