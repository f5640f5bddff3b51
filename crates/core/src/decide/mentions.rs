//! Resolves the references to people in commands. Creates people for unknown phone numbers.

use super::command::Mention;
use crate::directory::Change;
use crate::policy::View;
use crate::records::{Contact, ContactKind, Media, Person};
use crate::values::{DivisionId, Fault, Kind, Line, Name, PersonId, Phone};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The people that one command refers to.
pub(super) struct Mentions<'v, 'd> {
    view: &'v View<'d>,
    /// The people that the command creates, by number.
    created: BTreeMap<Phone, Arc<Person>>,
}

/// A resolved reference: the id, and the slot if the person exists already.
pub(super) type Mentioned = (PersonId, Option<u32>);

impl<'v, 'd> Mentions<'v, 'd> {
    pub fn new(view: &'v View<'d>) -> Self {
        Mentions { view, created: BTreeMap::new() }
    }

    /// Finds a person, or creates one for a number that nobody has.
    pub fn find(&mut self, mention: &Mention) -> Result<Mentioned, Fault> {
        let people = &self.view.directory.people;
        match *mention {
            Mention::Id(id) => {
                let found = people.living(id).map(|(slot, _)| (id, Some(slot)));
                found.ok_or_else(|| Fault::not_found(Kind::Person, id))
            }
            Mention::Email(ref email) => {
                let (slot, person) =
                    people.living_by_email(email).ok_or_else(|| Fault::not_found(Kind::Person, email.as_str()))?;
                Ok((person.id, Some(slot)))
            }
            Mention::Phone(phone, new) => {
                if let Some((slot, person)) = people.by_phone(phone) {
                    return Ok((person.id, Some(slot)));
                }
                super::check_new(Kind::Person, new, people.slot(new))?;
                let home = self.view.directory.organisation.home;
                let person = self.created.entry(phone).or_insert_with(|| Arc::new(known_by(phone, new, home)));
                Ok((person.id, None))
            }
        }
    }

    /// Resolves all references. Each person is returned once.
    pub fn find_all(&mut self, mentions: &[Mention]) -> Result<Vec<Mentioned>, Fault> {
        let mut found: BTreeMap<PersonId, Option<u32>> = BTreeMap::new();
        let mut order = Vec::with_capacity(mentions.len());
        for mention in mentions {
            let (id, slot) = self.find(mention)?;
            if found.insert(id, slot).is_none() {
                order.push((id, slot));
            }
        }
        Ok(order)
    }

    /// The changes that create the new people. They must come before other changes of these people.
    pub fn changes(self) -> Vec<Change> {
        self.created.into_values().map(Change::PersonPut).collect()
    }
}

/// A person of whom only a number is known.
fn known_by(phone: Phone, id: PersonId, home: DivisionId) -> Person {
    let number = phone.to_string();
    let contact = Contact {
        media: Media::Phone,
        kind: ContactKind::Mobile,
        address: Some(Line::stored(&number)),
        extension: None,
        country_code: None,
        integration: None,
    };
    Person { addresses: vec![contact], provisioned: false, ..Person::blank(id, Name::stored(&number), home) }
}
