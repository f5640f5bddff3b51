//! People.

use crate::values::words::words;
use crate::values::{DivisionId, Email, Line, Name, PersonId, Phone, Prose};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// 1 when new; each change of the record adds 1.
    pub version: u32,
    /// Active, inactive or deleted.
    pub state: PersonState,
    /// The full name.
    pub name: Name,
    /// Unique in the organisation, including deleted people. A person who is known by a number only has none.
    pub email: Option<Email>,
    /// The sign-in name. If absent, the e-mail address is used.
    pub username: Option<Line>,
    /// Title, department and other plain texts.
    pub texts: PersonTexts,
    /// The division the person is in.
    pub division: DivisionId,
    /// The manager.
    pub manager: Option<PersonId>,
    /// Phone numbers and further e-mail addresses.
    pub addresses: Vec<Contact>,
    /// Pictures.
    pub images: Vec<Image>,
    /// Profile skills, as the person states them.
    pub profile_skills: Vec<Line>,
    /// Certificates.
    pub certifications: Vec<Line>,
    /// Employment data.
    pub employer: Option<Box<Employer>>,
    /// What the person says about themselves.
    pub biography: Option<Box<Biography>>,
    /// Whether calls are answered automatically.
    pub acd_auto_answer: bool,
    /// Whether the person takes part. If not, only a number of the person is known.
    pub provisioned: bool,
}

impl Person {
    /// A person with a name only.
    pub fn blank(id: PersonId, name: Name, division: DivisionId) -> Self {
        Person {
            id,
            version: 1,
            state: PersonState::Active,
            name,
            email: None,
            username: None,
            texts: PersonTexts::default(),
            division,
            manager: None,
            addresses: Vec::new(),
            images: Vec::new(),
            profile_skills: Vec::new(),
            certifications: Vec::new(),
            employer: None,
            biography: None,
            acd_auto_answer: false,
            provisioned: true,
        }
    }

    /// The phone numbers that identify the person, the preferred one first. A number with an extension is shared, and
    /// identifies nobody.
    pub fn phones(&self) -> impl Iterator<Item = Phone> {
        self.numbers(true).chain(self.numbers(false))
    }

    /// Whether the number is a mobile number of the person.
    pub(crate) fn carries(&self, phone: Phone) -> bool {
        self.numbers(true).any(|number| number == phone)
    }

    fn numbers(&self, mobile: bool) -> impl Iterator<Item = Phone> {
        let own = self.addresses.iter().filter(|contact| contact.media != Media::Email && contact.extension.is_none());
        own.filter(move |contact| (contact.kind == ContactKind::Mobile) == mobile)
            .filter_map(|contact| Phone::new(contact.address.as_ref()?.as_str()).ok())
    }
}

/// The plain texts of a person, each of which may be absent. They lie together: a reply has most of them, and one piece of
/// memory is read faster than several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonTexts {
    /// All texts, in the order of [`PersonText::ALL`].
    joined: Box<str>,
    /// Where each text ends. A text that is absent has no bytes: a line is never blank.
    ends: [u32; PersonText::ALL.len()],
}

impl PersonTexts {
    /// A text, unless the person has none.
    pub fn get(&self, text: PersonText) -> Option<&str> {
        let place = text as usize;
        let before = place.checked_sub(1).and_then(|before| self.ends.get(before));
        let (start, end) = (before.copied().unwrap_or_default(), *self.ends.get(place)?);
        self.joined.get(start as usize..end as usize).filter(|text| !text.is_empty())
    }

    /// Sets texts, or removes them. The others stay.
    pub fn set(&mut self, changed: &[(PersonText, Option<Line>)]) {
        let mut joined = String::new();
        let mut ends = [0; PersonText::ALL.len()];
        for (text, end) in PersonText::ALL.iter().zip(&mut ends) {
            let new = changed.iter().rev().find(|(changed, _)| changed == text);
            let new = new.map_or_else(|| self.get(*text), |(_, line)| line.as_ref().map(Line::as_str));
            joined.push_str(new.unwrap_or_default());
            *end = joined.len() as u32;
        }
        *self = PersonTexts { joined: joined.into(), ends };
    }
}

impl FromIterator<(PersonText, Option<Line>)> for PersonTexts {
    fn from_iter<I: IntoIterator<Item = (PersonText, Option<Line>)>>(texts: I) -> Self {
        let mut all = PersonTexts::default();
        all.set(&Vec::from_iter(texts));
        all
    }
}

/// A picture, by URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Such as `x96`.
    pub resolution: Option<Line>,
    /// URL of the picture.
    pub uri: Line,
}

/// A contact of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The medium.
    pub media: Media,
    /// The place or device.
    pub kind: ContactKind,
    /// Phone number or e-mail address.
    pub address: Option<Line>,
    /// Extension of the number.
    pub extension: Option<Line>,
    /// Two-letter country code.
    pub country_code: Option<Line>,
    /// The integration that the contact came from.
    pub integration: Option<Line>,
}

/// Employment data of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Employer {
    /// Legal name.
    pub official_name: Option<Line>,
    /// The employee's number.
    pub employee_id: Option<Line>,
    /// Such as full-time.
    pub employee_type: Option<Line>,
    /// Date of hiring, as given.
    pub date_hire: Option<Line>,
}

/// What people say about themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Biography {
    /// A short text.
    pub biography: Option<Prose>,
    /// Interests.
    pub interests: Vec<Line>,
    /// Hobbies.
    pub hobbies: Vec<Line>,
    /// Spouse.
    pub spouse: Option<Line>,
}

words! {
    /// The plain texts of people: single lines that no rule reads.
    PersonText {
        /// The name that colleagues use.
        PreferredName = "preferredName",
        /// Job title.
        Title = "title",
        /// Department.
        Department = "department",
        /// The given name.
        GivenName = "givenName",
        /// The family name.
        FamilyName = "familyName",
        /// The cost center that the person belongs to.
        CostCenter = "costCenter",
    }
    /// The states that a command can set. Only deletion makes a person deleted.
    LivingState {
        /// In use.
        Active = "active",
        /// Listed only on request. Remains an individual of groups.
        Inactive = "inactive",
    }
    /// The state of a person.
    PersonState {
        /// In use.
        Active = "active",
        /// Listed only on request. Remains an individual of groups.
        Inactive = "inactive",
        /// A tombstone, which keeps the id and the e-mail address and is in no group.
        Deleted = "deleted",
    }
    /// A medium of contact.
    Media {
        /// Telephone.
        Phone = "PHONE",
        /// E-mail.
        Email = "EMAIL",
        /// Text message.
        Sms = "SMS",
    }
    /// The place or device of a contact.
    ContactKind {
        /// The preferred one.
        Primary = "PRIMARY",
        /// At work.
        Work = "WORK",
        /// At work, second.
        Work2 = "WORK2",
        /// At work, third.
        Work3 = "WORK3",
        /// At work, fourth.
        Work4 = "WORK4",
        /// At home.
        Home = "HOME",
        /// A mobile phone.
        Mobile = "MOBILE",
        /// The main one.
        Main = "MAIN",
        /// Any other.
        Other = "OTHER",
    }
}

impl From<LivingState> for PersonState {
    fn from(state: LivingState) -> Self {
        match state {
            LivingState::Active => PersonState::Active,
            LivingState::Inactive => PersonState::Inactive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_was_set_last() {
        let line = |text| Some(Line::stored(text));
        let mut texts: PersonTexts =
            [(PersonText::Title, line("Ärztin")), (PersonText::CostCenter, line("7"))].into_iter().collect();
        assert_eq!(texts.get(PersonText::Title), Some("Ärztin"));
        texts.set(&[
            (PersonText::Title, None),
            (PersonText::GivenName, line("Ada")),
            (PersonText::CostCenter, line("8")),
        ]);
        let held: Vec<_> = PersonText::ALL.iter().map(|text| texts.get(*text)).collect();
        assert_eq!(held, [None, None, None, Some("Ada"), None, Some("8")]);
        let again = PersonText::ALL.iter().map(|text| (*text, texts.get(*text).map(Line::stored)));
        assert_eq!(again.collect::<PersonTexts>(), texts);
    }
}
