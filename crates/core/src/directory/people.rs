//! The people of a directory: records by slot, and indexes to find and sort them.

use super::field::PersonField;
use super::filter::PeopleFilter;
use crate::records::{HeldSkill, Person, PersonState};
use crate::sets::{Column, KeyIndex, Map, Presence, Ranking, Set, ShortSet};
use crate::values::{Conflict, Email, Fault, Line, PersonId, Phone};
use foldhash::fast::RandomState;
use std::sync::Arc;

/// All people, including deleted ones. The slot of a person is the index in [`People::records`]. Slots are in the order
/// of names when the directory is built; new people get the next slots. A slot is never reused.
#[derive(Clone)]
pub(crate) struct People {
    pub records: imbl::Vector<Arc<Person>>,
    /// The skills of each person, sorted by skill id.
    pub skills: imbl::Vector<Arc<[HeldSkill]>>,
    pub slots: Map<PersonId, PersonSlot>,
    /// The slot by the key of the e-mail address.
    pub emails: KeyIndex,
    /// Each number with the people who have it, without deleted ones.
    pub phones: imbl::OrdSet<(Phone, u32)>,
    /// For each person, the slots of the groups of which it is an individual, owner or subscriber.
    pub groups: imbl::Vector<ShortSet>,
    pub active: Set,
    pub inactive: Set,
    pub deleted: Set,
    /// The people who are known by a number only, whatever their state.
    pub unprovisioned: Set,
    pub ranking: Ranking,
    pub columns: PeopleColumns,
}

/// The slot of a person, and the version of its record: a reply that refers to the person shows the version, and need not
/// read the record for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PersonSlot {
    pub slot: u32,
    pub version: u32,
}

/// The searchable text fields of people. The column of sign-in names has only those that differ from the e-mail
/// address.
#[derive(Clone)]
pub(crate) struct PeopleColumns(Vec<(PersonField, Column)>);

impl PeopleColumns {
    /// An empty column for each field that has one.
    fn new() -> Self {
        let fields = PersonField::ALL.iter().filter(|field| has_column(**field));
        PeopleColumns(fields.map(|field| (*field, Column::default())).collect())
    }

    /// Builds the columns of these people, who have the slots from 0 on.
    pub fn build(people: &[Arc<Person>]) -> Self {
        let mut columns = PeopleColumns::new();
        // The records of one run stay in the processor's cache while all its fields are read.
        for run in people.chunks(Column::RUN) {
            for (field, column) in &mut columns.0 {
                column.push(run.iter().map(|person| texts(person, *field).into_iter()));
            }
        }
        columns
    }

    /// The column of a field, if it has one.
    pub fn of(&self, field: PersonField) -> Option<&Column> {
        self.0.iter().find(|(other, _)| *other == field).map(|(_, column)| column)
    }

    /// All columns, in the order of [`PersonField::ALL`].
    pub fn all(&self) -> impl Iterator<Item = &Column> {
        self.0.iter().map(|(_, column)| column)
    }

    /// The key of a person's sign-in name, if it differs from the e-mail address.
    pub fn own_username(&self, slot: u32) -> Option<&str> {
        self.of(PersonField::Username)?.keys(slot).next()
    }

    fn put(&mut self, slot: u32, person: &Person) {
        for (field, column) in &mut self.0 {
            column.put(slot, texts(person, *field));
        }
    }
}

/// Whether the values of a field are texts in the person's record. Values that are other records, such as skills, have
/// no column.
fn has_column(field: PersonField) -> bool {
    match field {
        PersonField::Name | PersonField::Email | PersonField::Username => true,
        PersonField::ProfileSkills | PersonField::Certifications | PersonField::Addresses => true,
        _ => field.text().is_some(),
    }
}

/// The original values of a person in a field that has a column.
pub(crate) fn texts(person: &Person, field: PersonField) -> Vec<&str> {
    fn lines<'p>(lines: impl IntoIterator<Item = &'p Line>) -> Vec<&'p str> {
        lines.into_iter().map(Line::as_str).collect()
    }
    match field {
        PersonField::Name => vec![person.name.as_str()],
        PersonField::Email => person.email.iter().map(|email| email.as_str()).collect(),
        PersonField::Username => lines(&person.username),
        PersonField::ProfileSkills => lines(&person.profile_skills),
        PersonField::Certifications => lines(&person.certifications),
        PersonField::Addresses => {
            lines(person.addresses.iter().flat_map(|contact| [&contact.address, &contact.extension]).flatten())
        }
        _ => field.text().and_then(|text| person.texts.get(text)).into_iter().collect(),
    }
}

impl People {
    pub fn new() -> Self {
        People {
            records: imbl::Vector::new(),
            skills: imbl::Vector::new(),
            slots: Map::with_hasher(RandomState::default()),
            emails: KeyIndex::default(),
            phones: imbl::OrdSet::new(),
            groups: imbl::Vector::new(),
            active: Set::default(),
            inactive: Set::default(),
            deleted: Set::default(),
            unprovisioned: Set::default(),
            ranking: Ranking::default(),
            columns: PeopleColumns::new(),
        }
    }

    pub fn slot(&self, id: PersonId) -> Option<u32> {
        self.slots.get(&id).map(|found| found.slot)
    }

    pub fn get(&self, slot: u32) -> Option<&Arc<Person>> {
        self.records.get(slot as usize)
    }

    pub fn by_id(&self, id: PersonId) -> Option<(u32, &Arc<Person>)> {
        let slot = self.slot(id)?;
        Some((slot, self.get(slot)?))
    }

    /// The person, unless deleted.
    pub fn living(&self, id: PersonId) -> Option<(u32, &Arc<Person>)> {
        self.by_id(id).filter(|(_, person)| person.state != PersonState::Deleted)
    }

    /// The person with an e-mail address, deleted or not.
    pub fn by_email(&self, email: &Email) -> Option<(u32, &Arc<Person>)> {
        let key_of = |slot| self.get(slot).and_then(|person| person.email.as_ref()).map(Email::key);
        let has = |slot| key_of(slot) == Some(email.key());
        let slot = self.emails.find(email.key(), has)?;
        Some((slot, self.get(slot)?))
    }

    /// The person with an e-mail address, unless deleted.
    pub fn living_by_email(&self, email: &Email) -> Option<(u32, &Arc<Person>)> {
        self.by_email(email).filter(|(_, person)| person.state != PersonState::Deleted)
    }

    /// The number of people who are not deleted.
    pub fn n_living(&self) -> usize {
        self.active.len() + self.inactive.len()
    }

    /// The skills of a person.
    pub fn held(&self, slot: u32) -> &[HeldSkill] {
        self.skills.get(slot as usize).map_or(&[], |held| held)
    }

    /// Puts a record at an existing slot, or at the next new one, and updates the indexes.
    pub fn put(&mut self, slot: u32, person: Arc<Person>) {
        let old = self.get(slot).cloned();
        if let Some(old) = &old {
            self.in_state_mut(old.state).remove(slot);
            if let Some(email) = &old.email {
                self.emails.put(email.key(), slot, Presence::Out);
            }
            self.list_phones(slot, old, Presence::Out);
        }
        let moves = old.as_ref().is_none_or(|old| old.name.key() != person.name.key());
        if moves && old.is_some() {
            self.ranking.remove(slot, by_name(&self.records));
        }
        if old.is_some() {
            self.records.set(slot as usize, person.clone());
        } else {
            self.records.push_back(person.clone());
            self.skills.push_back(Arc::default());
            self.groups.push_back(ShortSet::default());
        }
        self.slots.insert(person.id, PersonSlot { slot, version: person.version });
        if moves {
            self.ranking.add_late(slot, by_name(&self.records));
        }
        self.in_state_mut(person.state).insert(slot);
        self.unprovisioned.put(slot, (!person.provisioned).into());
        if let Some(email) = &person.email {
            self.emails.put(email.key(), slot, Presence::In);
        }
        self.list_phones(slot, &person, Presence::In);
        self.columns.put(slot, &person);
    }

    /// Adds a person to the index of phone numbers, or removes it.
    pub fn list_phones(&mut self, slot: u32, person: &Person, presence: Presence) {
        if person.state == PersonState::Deleted {
            return;
        }
        for phone in person.phones() {
            match presence {
                Presence::In => self.phones.insert((phone, slot)),
                Presence::Out => self.phones.remove(&(phone, slot)),
            };
        }
    }

    /// The people with a number, without deleted ones.
    fn with_phone(&self, phone: Phone) -> impl Iterator<Item = (u32, &Arc<Person>)> {
        let slots = self.phones.range((phone, 0)..=(phone, u32::MAX)).map(|(_, slot)| *slot);
        slots.filter_map(|slot| Some((slot, self.get(slot)?)))
    }

    /// The person with a number. If several have it: an active person first, then one whose mobile number it is, then
    /// the one with the smallest id.
    pub fn by_phone(&self, phone: Phone) -> Option<(u32, &Arc<Person>)> {
        let people = self.with_phone(phone);
        people.min_by_key(|(_, person)| (person.state != PersonState::Active, !person.carries(phone), person.id))
    }

    /// The person who may sign in by a number: the one whose mobile number it is, or else the only one who has it. An
    /// error if several qualify.
    pub fn only_by_phone(&self, phone: Phone) -> Result<Option<(u32, &Arc<Person>)>, Fault> {
        let all: Vec<_> = self.with_phone(phone).collect();
        let carriers: Vec<_> = all.iter().copied().filter(|(_, person)| person.carries(phone)).collect();
        match if carriers.is_empty() { &all } else { &carriers }.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(Fault::Conflict(Conflict::PhoneShared(phone))),
        }
    }

    fn in_state_mut(&mut self, state: PersonState) -> &mut Set {
        match state {
            PersonState::Active => &mut self.active,
            PersonState::Inactive => &mut self.inactive,
            PersonState::Deleted => &mut self.deleted,
        }
    }

    /// The people that pass a filter.
    pub fn taken_by(&self, filter: PeopleFilter) -> Set {
        match filter {
            PeopleFilter::Any => self.active.union(&self.inactive).union(&self.deleted),
            PeopleFilter::In(PersonState::Active) => self.active.clone(),
            PeopleFilter::In(PersonState::Inactive) => self.inactive.clone(),
            PeopleFilter::In(PersonState::Deleted) => self.deleted.clone(),
        }
    }

    /// Adds the group to the person's groups of which it is an individual, owner or subscriber, or removes it.
    pub fn involve(&mut self, slot: u32, group: u32, presence: Presence) {
        if let Some(groups) = self.groups.get_mut(slot as usize) {
            groups.put(group, presence);
        }
    }
}

/// The sort key of people: name, then id.
pub(crate) fn by_name<'d>(records: &'d imbl::Vector<Arc<Person>>) -> impl Fn(u32) -> Option<(&'d str, PersonId)> + 'd {
    move |slot| records.get(slot as usize).map(|person| (person.name.key(), person.id))
}
