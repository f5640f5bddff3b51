//! The people of a directory: records by slot, and how to find and order them.

use super::field::PersonField;
use super::filter::PeopleFilter;
use crate::records::{Held, Person, PersonState};
use crate::sets::{Column, Map, Presence, Ranking, Set};
use crate::values::{Conflict, Email, Fault, Line, PersonId, Phone};
use foldhash::fast::RandomState;
use std::sync::Arc;

/// All people, deleted ones included. A slot is a person's place in [`People::records`], in the
/// order of names at load and of arrival after; it is never given to another.
#[derive(Clone)]
pub(crate) struct People {
    pub records: imbl::Vector<Arc<Person>>,
    /// What each can do, in the order of the skills' ids.
    pub skills: imbl::Vector<Arc<[Held]>>,
    pub slots: Map<PersonId, u32>,
    /// By the key of their e-mail address.
    pub emails: Map<Box<str>, u32>,
    /// Who has each number, deleted people excepted.
    pub phones: Map<Phone, Set>,
    /// Which groups' individual, owner or subscriber each person is, by group slot.
    pub groups: imbl::Vector<Arc<Set>>,
    pub active: Set,
    pub inactive: Set,
    pub deleted: Set,
    /// Those who are known by a number only, whatever their state.
    pub unprovisioned: Set,
    pub ranking: Ranking,
    pub columns: PeopleColumns,
}

/// The text fields of people, for searching. Sign-in names are here only where they differ from the
/// e-mail address.
#[derive(Clone)]
pub(crate) struct PeopleColumns(Vec<(PersonField, Column)>);

impl PeopleColumns {
    /// A column for each field that has one, without anyone in it.
    fn new() -> Self {
        let fields = PersonField::ALL.iter().filter(|field| has_column(**field));
        PeopleColumns(fields.map(|field| (*field, Column::default())).collect())
    }

    /// The columns of these people, from slot 0 on.
    pub fn build(people: &[Arc<Person>]) -> Self {
        let mut columns = PeopleColumns::new();
        for (field, column) in &mut columns.0 {
            *column = Column::build(people.iter().map(|person| texts(person, *field).into_iter()));
        }
        columns
    }

    /// The column of a field that has one.
    pub fn of(&self, field: PersonField) -> Option<&Column> {
        self.0.iter().find(|(other, _)| *other == field).map(|(_, column)| column)
    }

    /// All columns, in the order of [`PersonField::ALL`].
    pub fn all(&self) -> impl Iterator<Item = &Column> {
        self.0.iter().map(|(_, column)| column)
    }

    /// The key of the sign-in name of a person whose sign-in name is not the e-mail address.
    pub fn own_username(&self, slot: u32) -> Option<&str> {
        self.of(PersonField::Username)?.keys(slot).next()
    }

    fn put(&mut self, slot: u32, person: &Person) {
        for (field, column) in &mut self.0 {
            column.put(slot, texts(person, *field));
        }
    }
}

/// Whether a field is text of the person's own. What has names of its own, such as skills, is found by those.
fn has_column(field: PersonField) -> bool {
    match field {
        PersonField::Name | PersonField::Email | PersonField::Username => true,
        PersonField::ProfileSkills | PersonField::Certifications | PersonField::Addresses => true,
        _ => field.text().is_some(),
    }
}

/// A person's own values of a field that has a column, as they are written.
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
        _ => lines(field.text().and_then(|text| person.texts.get(text))),
    }
}

impl People {
    pub fn new() -> Self {
        People {
            records: imbl::Vector::new(),
            skills: imbl::Vector::new(),
            slots: Map::with_hasher(RandomState::default()),
            emails: Map::with_hasher(RandomState::default()),
            phones: Map::with_hasher(RandomState::default()),
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
        self.slots.get(&id).copied()
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

    /// The person with an e-mail address, unless deleted.
    pub fn by_email(&self, email: &Email) -> Option<(u32, &Arc<Person>)> {
        let slot = *self.emails.get(email.key())?;
        Some((slot, self.get(slot)?)).filter(|(_, person)| person.state != PersonState::Deleted)
    }

    /// How many are not deleted.
    pub fn n_living(&self) -> usize {
        self.active.len() + self.inactive.len()
    }

    /// What a person can do.
    pub fn held(&self, slot: u32) -> &[Held] {
        self.skills.get(slot as usize).map_or(&[], |held| held)
    }

    /// Puts a record at a slot, which is an old one's or the next new one, and keeps what finds and
    /// orders it.
    pub fn put(&mut self, slot: u32, person: Arc<Person>) {
        let old = self.get(slot).cloned();
        if let Some(old) = &old {
            self.in_state_mut(old.state).remove(slot);
            if let Some(email) = old.email.as_ref().filter(|email| person.email.as_ref() != Some(email)) {
                self.emails.remove(email.key());
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
            self.groups.push_back(Arc::default());
            self.slots.insert(person.id, slot);
        }
        if moves {
            self.ranking.add_late(slot, by_name(&self.records));
        }
        self.in_state_mut(person.state).insert(slot);
        self.unprovisioned.put(slot, (!person.provisioned).into());
        if let Some(email) = &person.email {
            self.emails.insert(email.key().into(), slot);
        }
        self.list_phones(slot, &person, Presence::In);
        self.columns.put(slot, &person);
    }

    /// Lists a person under its numbers, or takes it out.
    pub fn list_phones(&mut self, slot: u32, person: &Person, presence: Presence) {
        if person.state == PersonState::Deleted {
            return;
        }
        for phone in person.phones() {
            let people = self.phones.entry(phone).or_default();
            people.put(slot, presence);
            if people.is_empty() {
                self.phones.remove(&phone);
            }
        }
    }

    /// The person who is meant by a number: of several that have it an active one first, then one who
    /// carries it along, then the one with the least id.
    pub fn by_phone(&self, phone: Phone) -> Option<(u32, &Arc<Person>)> {
        let people = self.phones.get(&phone)?.iter().filter_map(|slot| Some((slot, self.get(slot)?)));
        people.min_by_key(|(_, person)| (person.state != PersonState::Active, !person.carries(phone), person.id))
    }

    /// The one person who may sign in by a number: of those who carry it along, or else of all who have
    /// it. Several are an error.
    pub fn only_by_phone(&self, phone: Phone) -> Result<Option<(u32, &Arc<Person>)>, Fault> {
        let all: Vec<u32> = self.phones.get(&phone).into_iter().flat_map(|slots| slots.iter()).collect();
        let carries = |slot: &u32| self.get(*slot).is_some_and(|person| person.carries(phone));
        let carriers: Vec<u32> = all.iter().copied().filter(carries).collect();
        match if carriers.is_empty() { &all } else { &carriers }.as_slice() {
            [] => Ok(None),
            [slot] => Ok(self.get(*slot).map(|person| (*slot, person))),
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

    /// Those whom a filter takes.
    pub fn taken_by(&self, filter: PeopleFilter) -> Set {
        match filter {
            PeopleFilter::Any => self.active.union(&self.inactive).union(&self.deleted),
            PeopleFilter::In(PersonState::Active) => self.active.clone(),
            PeopleFilter::In(PersonState::Inactive) => self.inactive.clone(),
            PeopleFilter::In(PersonState::Deleted) => self.deleted.clone(),
        }
    }

    /// Notes that the person is, or is no more, an individual, owner or subscriber of the group.
    pub fn involve(&mut self, slot: u32, group: u32, presence: Presence) {
        if let Some(groups) = self.groups.get_mut(slot as usize) {
            Arc::make_mut(groups).put(group, presence);
        }
    }
}

/// What orders people: name, then id.
pub(crate) fn by_name<'d>(records: &'d imbl::Vector<Arc<Person>>) -> impl Fn(u32) -> Option<(&'d str, PersonId)> + 'd {
    move |slot| records.get(slot as usize).map(|person| (person.name.key(), person.id))
}
