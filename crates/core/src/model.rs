//! What a directory holds: records whose values have been checked, and their ids.

use crate::fault::Reason;
use crate::phone::Phone;
use crate::policy::Permissions;
use crate::rule::StandingRule;
use crate::text::{Email, Line, Name, Prose};
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id written as the server writes it: 36 characters, lower case. Anything else is
            /// an id that nothing has.
            pub fn parse(text: &str) -> Option<Self> {
                let canonical = text.len() == 36 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
                if canonical { Uuid::try_parse(text).ok().map($name) } else { None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// Names an organisation.
    OrganisationId;
    /// Names a person, deleted ones included.
    PersonId;
    /// Names a group.
    GroupId;
    /// Names a role.
    RoleId;
    /// Names a division.
    DivisionId;
    /// Names a skill, whatever its kind, deleted ones included.
    SkillId;
}

/// Names an OAuth client, in all organisations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub Arc<str>);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

/// The organisation itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name, unique on the server.
    pub name: Name,
    /// The division that everyone is in who is put in no other.
    pub home: DivisionId,
    /// When it was created.
    pub created: Timestamp,
}

/// The version of a thing and the moment that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// 1 when new; each change adds 1.
    pub version: u32,
    /// When the last change was made.
    pub modified: Timestamp,
}

/// The versions that many groups have from one moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamps {
    /// Each group, once, and its version.
    pub versions: Vec<(GroupId, u32)>,
    /// When the changes were made.
    pub modified: Timestamp,
}

impl Stamps {
    /// The groups.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> {
        self.versions.iter().map(|(group, _)| *group)
    }

    /// Each group, and its stamp.
    pub fn iter(&self) -> impl Iterator<Item = (GroupId, Stamp)> {
        self.versions.iter().map(|(group, version)| (*group, Stamp { version: *version, modified: self.modified }))
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

/// A person; the wire says user.
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
    /// What colleagues call the person.
    pub preferred_name: Option<Line>,
    /// Job title.
    pub title: Option<Line>,
    /// Department.
    pub department: Option<Line>,
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

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$($name::$variant,)*];
            /// Every word, in the order of [`Self::ALL`].
            pub const WORDS: &[&'static str] = &[$($word,)*];

            /// The word that stands for it.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// The value that the word stands for, in any case.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word().eq_ignore_ascii_case(word))
            }
        }
    )*};
}

words! {
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
    /// What a group's number does.
    GroupContactKind {
        /// Rings members one after the other.
        Ring = "GROUPRING",
        /// Is the group's own phone.
        Phone = "GROUPPHONE",
    }
    /// Whose group it is; fixed at creation.
    GroupKind {
        /// The organisation's.
        Official = "official",
        /// Of people among themselves.
        Social = "social",
    }
    /// Who finds a group.
    Visibility {
        /// Anyone in the organisation.
        Public = "public",
        /// Its owners.
        Owners = "owners",
        /// Its members and owners.
        Members = "members",
    }
    /// Whether a group is in use. A deleted group is gone.
    GroupState {
        /// In use.
        Active = "active",
        /// Kept, not used.
        Inactive = "inactive",
    }
    /// What a skill is about.
    SkillKind {
        /// Work that is routed by it.
        Routing = "routing",
        /// A language.
        Language = "language",
    }
    /// How a group's voicemail rings its members.
    AlertKind {
        /// Any of them.
        Random = "RANDOM",
        /// In turn.
        RoundRobin = "ROUND_ROBIN",
        /// From the first on.
        Sequential = "SEQUENTIAL",
    }
}

/// Something that people can do more or less well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// Its id.
    pub id: SkillId,
    /// What it is about.
    pub kind: SkillKind,
    /// Unique among the living ones of its kind.
    pub name: Name,
    /// Whether it is a tombstone, which nobody has, and which rules may still name.
    pub deleted: bool,
    /// Its version and date.
    pub stamp: Stamp,
}

/// How well a person does something: from 0 to 5, fractions included.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Proficiency(f64);

/// A proficiency is never NaN.
impl Eq for Proficiency {}

impl Proficiency {
    /// The highest there is.
    pub const MAX: u8 = 5;

    /// Refuses what is not from 0 to 5.
    pub fn new(value: f64) -> Result<Self, Reason> {
        let max = f64::from(Self::MAX);
        // Adding zero makes a negative zero positive.
        if (0.0..=max).contains(&value) { Ok(Proficiency(value + 0.0)) } else { Err(Reason::NotAProficiency) }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// A skill that a person has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The skill.
    pub skill: SkillId,
    /// How well.
    pub proficiency: Proficiency,
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

/// A group's own fields. Its individuals, version and date are beside it, in
/// [`GroupEntry`](crate::GroupEntry), since they change without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Need not be unique.
    pub name: Name,
    /// What it is for.
    pub description: Option<Prose>,
    /// Whose it is.
    pub kind: GroupKind,
    /// Who finds it.
    pub visibility: Visibility,
    /// Whether it is in use.
    pub state: GroupState,
    /// Whether those who see the group see its rule.
    pub rules_visible: bool,
    /// Whether roles may be granted to it.
    pub roles_enabled: bool,
    /// Whether owners are members.
    pub include_owners: bool,
    /// Whether it can be called.
    pub calls_enabled: bool,
    /// Its own e-mail address.
    pub email: Option<Email>,
    /// Who owns it, in the order given.
    pub owners: Vec<PersonId>,
    /// Its phone numbers.
    pub addresses: Vec<GroupContact>,
    /// Pictures.
    pub images: Vec<Image>,
    /// What its voicemail does. Changing it makes no new version: it is another service's.
    pub voicemail: Option<Box<Voicemail>>,
    /// Whom it takes by what they can do, beside those who were added by id.
    pub rule: Option<Arc<StandingRule>>,
    /// What a new member is greeted with.
    pub welcome: Option<Prose>,
    /// Whether it sends to subscribers, who know nothing of each other.
    pub broadcast: bool,
}

/// A phone number of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupContact {
    /// What it does.
    pub kind: GroupContactKind,
    /// The number.
    pub address: Option<Line>,
    /// The extension.
    pub extension: Option<Line>,
}

/// What a group's voicemail does. What is absent has never been set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voicemail {
    /// Whether there is a mailbox.
    pub enabled: Option<bool>,
    /// Whether mail tells of a message.
    pub send_email_notifications: Option<bool>,
    /// Whether that mail leaves out who called.
    pub disable_email_pii: Option<bool>,
    /// Whether that mail has the words of the message.
    pub include_email_transcriptions: Option<bool>,
    /// Whether each member gets that mail.
    pub email_members: Option<bool>,
    /// Whether the group's address gets that mail.
    pub email_group: Option<bool>,
    /// The language of prompts.
    pub language: Option<Line>,
    /// Seconds before the next member is rung.
    pub rotate_calls_secs: Option<u32>,
    /// Rounds before the mailbox answers.
    pub stop_ringing_after_rotations: Option<u32>,
    /// The group that is rung next.
    pub overflow_group: Option<GroupId>,
    /// In what order members are rung.
    pub alert: Option<AlertKind>,
    /// The prompt that asks the caller something.
    pub response_prompt: Option<Line>,
    /// Whether the caller must answer it.
    pub response_required: Option<bool>,
    /// Whether members may call with the group's number.
    pub number_in_caller_id_lists: Option<bool>,
}

/// A role: permissions under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id, made for this organisation.
    pub id: RoleId,
    /// Which of [`DEFAULT_ROLES`](crate::DEFAULT_ROLES) it came from.
    pub default_id: Line,
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub description: Line,
    /// What its holders may do.
    pub permissions: Permissions,
}

/// An OAuth client: a program that may sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id, which is also its sign-in name.
    pub id: ClientId,
    /// Its name.
    pub name: Name,
    /// What it is for.
    pub description: Option<Prose>,
    /// The hash of its secret, in PHC string format.
    pub secret_hash: Box<str>,
    /// Its roles.
    pub roles: Vec<RoleId>,
    /// The person that it stands for, if any.
    pub person: Option<PersonId>,
    /// Whether it may sign in.
    pub enabled: bool,
    /// Seconds for which its tokens are good.
    pub token_seconds: u32,
    /// When it was created.
    pub created: Timestamp,
    /// When it was changed last.
    pub modified: Timestamp,
}

/// Without the hash: it is nobody's business in a log line.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A program that signs in on behalf of people: of one, or of whoever proves to have a number.
#[derive(Clone, PartialEq, Eq)]
pub struct Connector {
    /// Its id, which is also its sign-in name. No OAuth client has the same.
    pub id: ClientId,
    /// Its name.
    pub name: Name,
    /// The hash of its secret, in PHC string format.
    pub secret_hash: Box<str>,
    /// The person that its own tokens stand for.
    pub person: PersonId,
    /// The group that confines it, with the rights of an owner there.
    pub group: Option<GroupId>,
    /// Whether its own person may manage all official groups.
    pub administrator: bool,
    /// Tokens of earlier generations are not good any more.
    pub generation: u32,
    /// When it was created.
    pub created: Timestamp,
    /// When it was changed last.
    pub modified: Timestamp,
}

/// Without the hash: it is nobody's business in a log line.
impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("group", &self.group)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}
