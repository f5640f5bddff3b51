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
    /// Whether the person counts.
    pub state: PersonState,
    /// The full name.
    pub name: Name,
    /// Unique in the organisation, deleted people included. Who is known by a number only has none.
    pub email: Option<Email>,
    /// The sign-in name; the e-mail address where absent.
    pub username: Option<Line>,
    /// Title, department and the like.
    pub texts: PersonTexts,
    /// The division the person is in.
    pub division: DivisionId,
    /// Whom the person reports to.
    pub manager: Option<PersonId>,
    /// Phone numbers and further e-mail addresses.
    pub addresses: Vec<Contact>,
    /// Pictures.
    pub images: Vec<Image>,
    /// What the person says it can do.
    pub profile_skills: Vec<Line>,
    /// Certificates held.
    pub certifications: Vec<Line>,
    /// What the employer knows.
    pub employer: Option<Box<Employer>>,
    /// What the person tells of itself.
    pub biography: Option<Box<Biography>>,
    /// Whether calls are answered without a click.
    pub acd_auto_answer: bool,
    /// Whether the person takes part, or only a number of it is known.
    pub provisioned: bool,
}

impl Person {
    /// A new person of whom nothing is known but the name.
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

    /// The numbers that the person is known by, the one to call first. One with an extension behind it
    /// is everyone's.
    pub fn phones(&self) -> impl Iterator<Item = Phone> {
        self.numbers(true).chain(self.numbers(false))
    }

    /// Whether the person carries the number along.
    pub(crate) fn carries(&self, phone: Phone) -> bool {
        self.numbers(true).any(|number| number == phone)
    }

    fn numbers(&self, mobile: bool) -> impl Iterator<Item = Phone> {
        let own = self.addresses.iter().filter(|contact| contact.media != Media::Email && contact.extension.is_none());
        own.filter(move |contact| (contact.kind == ContactKind::Mobile) == mobile)
            .filter_map(|contact| Phone::new(contact.address.as_ref()?.as_str()).ok())
    }
}

/// The plain texts of a person, each of which may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonTexts([Option<Line>; PersonText::ALL.len()]);

impl PersonTexts {
    /// A text, unless the person has none.
    pub fn get(&self, text: PersonText) -> Option<&Line> {
        self.0.get(text as usize)?.as_ref()
    }

    /// Gives the person a text, or none.
    pub fn set(&mut self, text: PersonText, line: Option<Line>) {
        if let Some(held) = self.0.get_mut(text as usize) {
            *held = line;
        }
    }
}

impl FromIterator<(PersonText, Option<Line>)> for PersonTexts {
    fn from_iter<I: IntoIterator<Item = (PersonText, Option<Line>)>>(texts: I) -> Self {
        let mut all = PersonTexts::default();
        texts.into_iter().for_each(|(text, line)| all.set(text, line));
        all
    }
}

/// A picture, by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Such as `x96`.
    pub resolution: Option<Line>,
    /// Where it is.
    pub uri: Line,
}

/// One way to reach a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// By what medium.
    pub media: Media,
    /// Which of the person's places or devices it is.
    pub kind: ContactKind,
    /// Phone number or e-mail address.
    pub address: Option<Line>,
    /// Extension behind the number.
    pub extension: Option<Line>,
    /// Two-letter country code.
    pub country_code: Option<Line>,
    /// The integration that brought it.
    pub integration: Option<Line>,
}

/// What the employer knows of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Employer {
    /// The name on the papers.
    pub official_name: Option<Line>,
    /// The employee's number.
    pub employee_id: Option<Line>,
    /// Such as full-time.
    pub employee_type: Option<Line>,
    /// The day of hiring, as given.
    pub date_hire: Option<Line>,
}

/// What a person tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Biography {
    /// In a few words.
    pub biography: Option<Prose>,
    /// Interests.
    pub interests: Vec<Line>,
    /// Hobbies.
    pub hobbies: Vec<Line>,
    /// Spouse.
    pub spouse: Option<Line>,
}

words! {
    /// The plain texts of people: one line each, which no rule reads.
    PersonText {
        /// What colleagues call the person.
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
    /// The states that a person can be given; only deleting makes a tombstone.
    LivingState {
        /// Works here.
        Active = "active",
        /// Listed only when asked for; stays an individual of groups.
        Inactive = "inactive",
    }
    /// Whether a person counts.
    PersonState {
        /// Works here.
        Active = "active",
        /// Listed only when asked for; stays an individual of groups.
        Inactive = "inactive",
        /// A tombstone: keeps the id and the e-mail address, belongs to nothing.
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
    /// Which of a person's places or devices a contact is.
    ContactKind {
        /// The first to try.
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
        /// Carried along.
        Mobile = "MOBILE",
        /// The main one.
        Main = "MAIN",
        /// None of these.
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
