//! What may be asked of a directory, and what follows from it.

use crate::directory::{Change, Directory, GroupEntry, Outcome, Subject, Unfit};
use crate::policy::View;
use crate::records::{
    Biography, Client, Connector, Contact, Employer, GroupContact, GroupState, Image, LivingState, Person, PersonText,
    Proficiency, Rule, Skill, SkillKind, Visibility, Voicemail,
};
use crate::values::{
    ClientId, DivisionId, Email, GroupId, GroupKind, Line, Name, PersonId, Phone, Prose, RoleId, SkillId, Update,
};
use std::sync::Arc;

/// A request to change a directory. All its values have been checked; whether they go together
/// with the state, and with the caller's rights, is for [`decide`](crate::decide).
///
/// Commands whose replies show something are grouped by what that is: each group is a [`TypedCommand`].
#[derive(Clone, Debug)]
pub enum Command {
    /// One whose reply shows a group.
    Group(GroupCommand),
    /// One whose reply shows a person.
    Person(PersonCommand),
    /// One whose reply shows a skill.
    Skill(SkillCommand),
    /// One whose reply shows an OAuth client.
    Client(ClientCommand),
    /// One whose reply shows a connector.
    Connector(ConnectorCommand),
    /// One whose reply says of each person whether there was something to do.
    Subscribers(SubscriberCommand),
    /// Say how well a person does one thing.
    HoldSkill(HoldSkill),
    /// Say how well a person does things of one kind.
    HoldSkills(HoldSkills),
    /// Delete a group.
    DeleteGroup(GroupId),
    /// Add people to a group as individuals.
    AddMembers {
        /// The group.
        group: GroupId,
        /// The version that the caller read.
        version: Option<u32>,
        /// Whom to add.
        people: Vec<Mention>,
    },
    /// Take individuals out of a group.
    RemoveMembers {
        /// The group.
        group: GroupId,
        /// Whom to take out.
        people: Vec<PersonId>,
    },
    /// Take a person out of a group altogether: as individual and as owner.
    TakeOut(GroupId, PersonId),
    /// Make a member of a group an owner as well.
    Promote(GroupId, PersonId),
    /// Make an owner of a group an individual that owns it no more.
    Demote(GroupId, PersonId),
    /// Put groups beneath a group.
    AddSubgroups {
        /// The group.
        group: GroupId,
        /// The version that the caller read.
        version: Option<u32>,
        /// What to put beneath it.
        subgroups: Vec<GroupId>,
    },
    /// Take groups out from beneath a group. They stay, with all that they hold.
    RemoveSubgroups {
        /// The group.
        group: GroupId,
        /// What to take out.
        subgroups: Vec<GroupId>,
    },
    /// Delete a person: a tombstone stays.
    DeletePerson(PersonId),
    /// Give a group this rule, whose skills are named as the caller named them.
    PutRule(GroupId, Rule<String>),
    /// Take a group's rule away.
    DeleteRule(GroupId),
    /// Delete a skill of this kind, and take it from everyone.
    DeleteSkill(SkillId, SkillKind),
    /// Take a skill of this kind from a person who has it.
    DropSkill {
        /// The person.
        person: PersonId,
        /// The kind.
        kind: SkillKind,
        /// The skill.
        skill: SkillId,
    },
    /// Delete an OAuth client.
    DeleteClient(ClientId),
    /// Delete a connector, and with it its tokens.
    DeleteConnector(ClientId),
}

/// Commands whose replies show a group.
#[derive(Clone, Debug)]
pub enum GroupCommand {
    /// Create a group under this id.
    Create(GroupId, Box<GroupDraft>),
    /// Change a group's own fields. `version` is the version that the caller read; absent, the
    /// change is made to whatever there is.
    Edit {
        /// The group.
        group: GroupId,
        /// The version that the caller read.
        version: Option<u32>,
        /// What changes.
        edit: Box<GroupEdit>,
        /// All owners from now on.
        owners: Option<Vec<PersonId>>,
    },
    /// Change what a group's voicemail does; what is absent stays as it is.
    EditVoicemail(GroupId, Box<Voicemail>),
    /// Have a group be as this row says: created or changed.
    Put(Box<GroupRow>),
}

/// Commands whose replies show a person.
#[derive(Clone, Debug)]
pub enum PersonCommand {
    /// Create a person under this id.
    Create(PersonId, PersonDraft),
    /// Change a person, or restore a deleted one.
    Edit {
        /// The person.
        person: PersonId,
        /// The version that the caller read.
        version: Option<u32>,
        /// What changes.
        edit: Box<PersonEdit>,
    },
    /// Have a person be as this row says: created, changed or restored.
    Put(Box<PersonRow>),
    /// Have a person who proved to have this number take part; one is created, under this id, if
    /// nobody has it.
    Provision(Phone, PersonId),
}

/// Commands whose replies show a skill.
#[derive(Clone, Debug)]
pub enum SkillCommand {
    /// Create a skill under this id.
    Create(SkillId, SkillKind, Name),
    /// Give a skill of this kind another name.
    Rename(SkillId, SkillKind, Name),
    /// Have a skill of this kind and name: created, or renamed where the id is one's already.
    Put {
        /// The id that it has, or is to have.
        id: Option<SkillId>,
        /// The id of a new one that is given none.
        new: SkillId,
        /// The kind.
        kind: SkillKind,
        /// The name.
        name: Name,
    },
}

/// Commands whose replies show an OAuth client.
#[derive(Clone, Debug)]
pub enum ClientCommand {
    /// Create an OAuth client under this id.
    Create(ClientId, ClientDraft),
    /// Change an OAuth client's fields; its secret stays.
    Edit(ClientId, ClientFields),
}

/// Commands whose replies show a connector.
#[derive(Clone, Debug)]
pub enum ConnectorCommand {
    /// Create a connector under this id.
    Create(ClientId, Box<ConnectorDraft>),
    /// Begin a new generation of a connector's tokens: all that there are end.
    Regenerate(ClientId),
}

/// Commands whose replies say of each person whether there was something to do.
#[derive(Clone, Debug)]
pub enum SubscriberCommand {
    /// Have people subscribe to a broadcast group.
    Add(GroupId, Vec<Mention>),
    /// End subscriptions to a broadcast group.
    Remove(GroupId, Vec<Mention>),
}

/// Says how well a person does one thing. The reply shows that.
#[derive(Clone, Debug)]
pub struct HoldSkill {
    /// The person.
    pub person: PersonId,
    /// The kind.
    pub kind: SkillKind,
    /// The skill, by id as the caller wrote it.
    pub skill: String,
    /// How well.
    pub proficiency: Proficiency,
    /// Whether the person may have it already, or must.
    pub mode: HoldMode,
}

/// Whether a skill comes to a person, or is held already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldMode {
    /// It comes, or is held and changes.
    Add,
    /// It changes; who does not have it is refused.
    Change,
}

/// Says how well a person does things of one kind. The reply shows all skills of the kind.
#[derive(Clone, Debug)]
pub struct HoldSkills {
    /// The person.
    pub person: PersonId,
    /// The kind; the others that the person has are not touched.
    pub kind: SkillKind,
    /// The skills, by id as the caller wrote it, and how well.
    pub skills: Vec<(String, Proficiency)>,
    /// What becomes of those of the kind that the person has already.
    pub others: OtherSkills,
}

/// What becomes of the skills of the same kind that a person has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherSkills {
    /// They stay.
    Keep,
    /// They go.
    Drop,
}

/// A command that is known by its type to come to one kind of [`Outcome`], so that its reply cannot be
/// rendered from another.
pub trait TypedCommand: Into<Command> {
    /// What the reply shows.
    type Outcome;

    /// What the reply shows, in the outcome of such a command; none in the outcome of another.
    fn shown(outcome: Outcome) -> Option<Self::Outcome>;
}

/// The reply to any command may be empty.
impl TypedCommand for Command {
    type Outcome = ();

    fn shown(_: Outcome) -> Option<()> {
        Some(())
    }
}

macro_rules! typed {
    ($($command:ident => $variant:ident: $shown:ty = $pattern:pat => $value:expr;)*) => {$(
        impl From<$command> for Command {
            fn from(command: $command) -> Self {
                Command::$variant(command)
            }
        }

        impl TypedCommand for $command {
            type Outcome = $shown;

            fn shown(outcome: Outcome) -> Option<$shown> {
                match outcome {
                    $pattern => Some($value),
                    _ => None,
                }
            }
        }
    )*};
}

typed! {
    GroupCommand => Group: Arc<GroupEntry> = Outcome::Group(group) => group;
    PersonCommand => Person: Arc<Person> = Outcome::Person(person) => person;
    SkillCommand => Skill: Arc<Skill> = Outcome::Skill(skill) => skill;
    ClientCommand => Client: Arc<Client> = Outcome::Client(client) => client;
    ConnectorCommand => Connector: (Arc<Connector>, Arc<Person>)
        = Outcome::Connector(connector, person) => (connector, person);
    SubscriberCommand => Subscribers: Vec<bool> = Outcome::Each(each) => each;
    HoldSkill => HoldSkill: (PersonId, Arc<Skill>, Proficiency)
        = Outcome::Held(person, skill, proficiency) => (person, skill, proficiency);
    HoldSkills => HoldSkills: (PersonId, Vec<(Arc<Skill>, Proficiency)>)
        = Outcome::AllHeld(person, _, held) => (person, held);
}

/// A person, as a command names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mention {
    /// By id.
    Id(PersonId),
    /// By e-mail address.
    Email(Email),
    /// By number. Where nobody has it, a person is created under the id, named by the number.
    Phone(Phone, PersonId),
}

/// A group to be.
#[derive(Clone, Debug)]
pub struct GroupDraft {
    /// Its name.
    pub name: Name,
    /// Whose it is.
    pub kind: GroupKind,
    /// Who finds it.
    pub visibility: Visibility,
    /// Whether those who see the group see its rule.
    pub rules_visible: bool,
    /// Whether it sends to subscribers.
    pub broadcast: bool,
    /// The rest; what is absent has its default.
    pub fields: GroupFields,
    /// Who and what belongs to it from the start.
    pub founding: Founding,
}

/// Who and what belongs to a new group from the start.
#[derive(Clone, Debug, Default)]
pub struct Founding {
    /// Whether the person that the caller stands for owns it.
    pub is_callers: bool,
    /// Owners, behind the caller where that is one.
    pub owners: Vec<Mention>,
    /// Individuals.
    pub members: Vec<Mention>,
    /// The group that it goes beneath. A caller confined to a group has it there anyway.
    pub parent: Option<GroupId>,
}

/// What changes about a group; absent fields stay as they are.
#[derive(Clone, Debug, Default)]
pub struct GroupEdit {
    /// A new name.
    pub name: Option<Name>,
    /// Who finds it.
    pub visibility: Option<Visibility>,
    /// Whether those who see the group see its rule.
    pub rules_visible: Option<bool>,
    /// The rest.
    pub fields: GroupFields,
}

/// What a new group and a changed one can be given alike.
#[derive(Clone, Debug, Default)]
pub struct GroupFields {
    /// A new description, or none.
    pub description: Update<Prose>,
    /// Into use or out of it.
    pub state: Option<GroupState>,
    /// Whether roles may be granted to it.
    pub roles_enabled: Option<bool>,
    /// Whether owners are members.
    pub include_owners: Option<bool>,
    /// Whether it can be called.
    pub calls_enabled: Option<bool>,
    /// A new address, or none.
    pub email: Update<Email>,
    /// All phone numbers from now on.
    pub addresses: Option<Vec<GroupContact>>,
    /// All pictures from now on.
    pub images: Option<Vec<Image>>,
    /// What a new member is greeted with from now on, or nothing.
    pub welcome: Update<Prose>,
}

/// A person to be.
#[derive(Clone, Debug)]
pub struct PersonDraft {
    /// The full name.
    pub name: Name,
    /// The e-mail address, if it is known.
    pub email: Option<Email>,
    /// The division, if not the home division.
    pub division: Option<DivisionId>,
    /// The rest; what is absent is left empty.
    pub fields: Box<PersonFields>,
}

/// What changes about a person; absent fields stay as they are.
#[derive(Clone, Debug, Default)]
pub struct PersonEdit {
    /// A new name.
    pub name: Option<Name>,
    /// A new e-mail address.
    pub email: Option<Email>,
    /// The rest.
    pub fields: PersonFields,
}

/// What a new person and a changed one can be given alike. Absent fields stay as they are.
#[derive(Clone, Debug, Default)]
pub struct PersonFields {
    /// Active or inactive; restores a deleted person.
    pub state: Option<LivingState>,
    /// A new sign-in name, or none.
    pub username: Update<Line>,
    /// The plain texts that change, each with the new one, or none.
    pub texts: Vec<(PersonText, Option<Line>)>,
    /// Whom the person reports to, or nobody.
    pub manager: Update<PersonId>,
    /// All contacts from now on.
    pub addresses: Option<Vec<Contact>>,
    /// All pictures from now on.
    pub images: Option<Vec<Image>>,
    /// All profile skills from now on.
    pub profile_skills: Option<Vec<Line>>,
    /// All certificates from now on.
    pub certifications: Option<Vec<Line>>,
    /// What the employer knows from now on.
    pub employer: Option<Employer>,
    /// What the person tells from now on.
    pub biography: Option<Biography>,
    /// Whether calls are answered without a click.
    pub acd_auto_answer: Option<bool>,
}

/// A person as a row of an import has it: known by e-mail address, or else by id.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// The id that the person has, or is to have.
    pub id: Option<PersonId>,
    /// The id of a new person who is given none.
    pub new: PersonId,
    /// What is so from now on, but for the manager.
    pub edit: PersonEdit,
    /// Whom the person reports to, or nobody.
    pub manager: Update<Mention>,
    /// The number of the phone that the person carries along.
    pub phone: Option<Line>,
    /// All skills of these kinds from now on, by name or id, and how well.
    pub skills: Vec<(SkillKind, Vec<(String, Proficiency)>)>,
}

/// A group as a row of an import has it.
#[derive(Clone, Debug)]
pub struct GroupRow {
    /// The id that it has, or is to have.
    pub id: GroupId,
    /// Whose it is; of a new group the organisation's where absent.
    pub kind: Option<GroupKind>,
    /// What is so from now on.
    pub edit: GroupEdit,
    /// All owners from now on.
    pub owners: Option<Vec<Mention>>,
    /// The rule from now on, whose skills are named as the row names them.
    pub rule: Option<Rule<String>>,
}

/// An OAuth client to be.
#[derive(Clone, Debug)]
pub struct ClientDraft {
    /// The hash of its secret in PHC string format.
    pub secret_hash: Box<str>,
    /// Everything else; what is absent has its default.
    pub fields: ClientFields,
}

/// What a new OAuth client and a changed one can be given alike. What is absent stays as it is.
#[derive(Clone, Debug)]
pub struct ClientFields {
    /// Its name.
    pub name: Name,
    /// A new description, or none.
    pub description: Update<Prose>,
    /// All its roles from now on.
    pub roles: Option<Vec<RoleId>>,
    /// The person that it stands for from now on, or nobody.
    pub person: Update<PersonId>,
    /// Whether it may sign in.
    pub enabled: Option<bool>,
    /// Seconds for which its tokens are good.
    pub token_seconds: Option<u32>,
}

impl ClientFields {
    /// Those that say the name and nothing else.
    pub fn named(name: Name) -> Self {
        ClientFields {
            name,
            description: Update::Keep,
            roles: None,
            person: Update::Keep,
            enabled: None,
            token_seconds: None,
        }
    }
}

/// A connector to be.
#[derive(Clone, Debug)]
pub struct ConnectorDraft {
    /// Its name.
    pub name: Name,
    /// The hash of its secret in PHC string format.
    pub secret_hash: Box<str>,
    /// Whom its own tokens stand for.
    pub person: Mention,
    /// The group that confines it.
    pub group: Option<GroupId>,
    /// Whether its own person may manage all official groups.
    pub administrator: bool,
}

/// What a command comes to. Only [`decide`](fn@crate::decide) makes one, for a caller that it has admitted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// What changes; nothing, when what was asked is so already.
    pub changes: Vec<Change>,
    /// What the reply is about.
    pub subject: Subject,
}

impl Decision {
    /// Makes the changes in the directory that was decided on. Returns what the reply is rendered from.
    ///
    /// # Errors
    ///
    /// [`Unfit`] in another directory. It may be changed in part then: throw it away.
    pub fn apply(&self, directory: &mut Directory) -> Result<Outcome, Unfit> {
        self.changes.iter().try_for_each(|change| directory.apply(change))?;
        directory.outcome(&self.subject).ok_or_else(|| Unfit(format!("there is no {:?} to reply with", self.subject)))
    }

    /// What the subject is before the changes, as the caller of the command sees the directory: a trial shows the
    /// difference. None if it does not exist yet.
    pub fn before(&self, view: &View) -> Option<Outcome> {
        view.directory.outcome(&self.subject)
    }
}
