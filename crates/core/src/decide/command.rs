//! Commands and their results.

use crate::directory::{ApplyError, Change, Directory, GroupEntry, Outcome, Subject};
use crate::policy::View;
use crate::records::{
    Biography, Client, Connector, Contact, Employer, GroupContact, GroupState, Image, LivingState, Person, PersonText,
    Proficiency, Rule, Skill, SkillKind, Visibility, Voicemail,
};
use crate::values::{
    ClientId, DivisionId, Email, GroupId, GroupKind, Line, Name, PersonId, Phone, Prose, RoleId, SkillId, Update,
};
use std::sync::Arc;

/// A request to change a directory. All its values are valid. [`decide`](crate::decide) checks them against the state
/// of the directory and the caller's rights.
///
/// Commands whose replies show something are grouped by what they show. Each group is a [`TypedCommand`].
#[derive(Clone, Debug)]
pub enum Command {
    /// A command whose reply shows a group.
    Group(GroupCommand),
    /// A command whose reply shows a person.
    Person(PersonCommand),
    /// A command whose reply shows a skill.
    Skill(SkillCommand),
    /// A command whose reply shows an OAuth client.
    Client(ClientCommand),
    /// A command whose reply shows a connector.
    Connector(ConnectorCommand),
    /// A command whose reply has, for each person, whether something changed.
    Subscribers(SubscriberCommand),
    /// Set a person's proficiency in one skill.
    HoldSkill(HoldSkill),
    /// Set a person's proficiencies in skills of one kind.
    HoldSkills(HoldSkills),
    /// Delete a group.
    DeleteGroup(GroupId),
    /// Add people to a group as individuals.
    AddMembers {
        /// The group.
        group: GroupId,
        /// The version that the caller read.
        version: Option<u32>,
        /// The people to add.
        people: Vec<Mention>,
    },
    /// Remove individuals from a group.
    RemoveMembers {
        /// The group.
        group: GroupId,
        /// The people to remove.
        people: Vec<PersonId>,
    },
    /// Remove a person from a group, both as individual and as owner.
    TakeOut(GroupId, PersonId),
    /// Make a member of a group an owner as well.
    Promote(GroupId, PersonId),
    /// Make an owner of a group an individual who is no longer an owner.
    Demote(GroupId, PersonId),
    /// Put groups beneath a group.
    AddSubgroups {
        /// The group.
        group: GroupId,
        /// The version that the caller read.
        version: Option<u32>,
        /// The groups to put beneath it.
        subgroups: Vec<GroupId>,
    },
    /// Remove groups from beneath a group. They continue to exist unchanged.
    RemoveSubgroups {
        /// The group.
        group: GroupId,
        /// The groups to remove.
        subgroups: Vec<GroupId>,
    },
    /// Delete a person. A tombstone remains.
    DeletePerson(PersonId),
    /// Set the rule of a group. The caller gives its skills by name or id.
    PutRule(GroupId, Rule<String>),
    /// Remove the rule of a group.
    DeleteRule(GroupId),
    /// Delete a skill of this kind, and remove it from everyone.
    DeleteSkill(SkillId, SkillKind),
    /// Remove a skill of this kind from a person who has it.
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
    /// Delete a connector and its tokens.
    DeleteConnector(ClientId),
}

/// Commands whose replies show a group.
#[derive(Clone, Debug)]
pub enum GroupCommand {
    /// Create a group with this id.
    Create(GroupId, Box<GroupDraft>),
    /// Change a group's own fields.
    Edit {
        /// The group.
        group: GroupId,
        /// The version that the caller read. If absent, the version is not checked.
        version: Option<u32>,
        /// The changes.
        edit: Box<GroupEdit>,
        /// The new owners, who replace all.
        owners: Option<Vec<PersonId>>,
    },
    /// Change a group's voicemail settings. Absent fields stay unchanged.
    EditVoicemail(GroupId, Box<Voicemail>),
    /// Create or change a group so that it is as in this row.
    Put(Box<GroupRow>),
}

/// Commands whose replies show a person.
#[derive(Clone, Debug)]
pub enum PersonCommand {
    /// Create a person with this id.
    Create(PersonId, PersonDraft),
    /// Change a person, or restore a deleted one.
    Edit {
        /// The person.
        person: PersonId,
        /// The version that the caller read.
        version: Option<u32>,
        /// The changes.
        edit: Box<PersonEdit>,
    },
    /// Create, change or restore a person so that it is as in this row.
    Put(Box<PersonRow>),
    /// Provision a person who proved to have this phone number. If nobody has it, a person is created with this id.
    Provision(Phone, PersonId),
}

/// Commands whose replies show a skill.
#[derive(Clone, Debug)]
pub enum SkillCommand {
    /// Create a skill with this id.
    Create(SkillId, SkillKind, Name),
    /// Rename a skill of this kind.
    Rename(SkillId, SkillKind, Name),
    /// Create a skill of this kind and name, or rename the one with the id.
    Put {
        /// The id, if one is given.
        id: Option<SkillId>,
        /// The id of a new skill if none is given.
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
    /// Create an OAuth client with this id.
    Create(ClientId, ClientDraft),
    /// Change an OAuth client's fields, except its secret.
    Edit(ClientId, ClientFields),
}

/// Commands whose replies show a connector.
#[derive(Clone, Debug)]
pub enum ConnectorCommand {
    /// Create a connector with this id.
    Create(ClientId, Box<ConnectorDraft>),
    /// Start a new generation of a connector's tokens. All existing tokens become invalid.
    Regenerate(ClientId),
}

/// Commands whose replies have, for each person, whether something changed.
#[derive(Clone, Debug)]
pub enum SubscriberCommand {
    /// Subscribe people to a broadcast group.
    Add(GroupId, Vec<Mention>),
    /// End subscriptions to a broadcast group.
    Remove(GroupId, Vec<Mention>),
}

/// Sets a person's proficiency in one skill. The reply shows this skill.
#[derive(Clone, Debug)]
pub struct HoldSkill {
    /// The person.
    pub person: PersonId,
    /// The kind.
    pub kind: SkillKind,
    /// The id of the skill as the caller wrote it.
    pub skill: String,
    /// The new proficiency.
    pub proficiency: Proficiency,
    /// Whether the person may have the skill already, or must.
    pub mode: HoldMode,
}

/// Whether a skill is added to a person or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldMode {
    /// Added, or changed if the person has it.
    Add,
    /// Changed. Refused if the person does not have it.
    Change,
}

/// Sets a person's proficiencies in skills of one kind. The reply shows all skills of the kind.
#[derive(Clone, Debug)]
pub struct HoldSkills {
    /// The person.
    pub person: PersonId,
    /// The kind. Skills of other kinds stay unchanged.
    pub kind: SkillKind,
    /// The ids of the skills as the caller wrote them, with proficiencies.
    pub skills: Vec<(String, Proficiency)>,
    /// What happens to the person's other skills of the kind.
    pub others: OtherSkills,
}

/// What happens to a person's other skills of the same kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherSkills {
    /// They are kept.
    Keep,
    /// They are removed.
    Drop,
}

/// A command whose type determines the kind of its [`Outcome`], so that its reply cannot be rendered from another kind.
pub trait TypedCommand: Into<Command> {
    /// What the reply shows.
    type Outcome;

    /// The contents of the outcome, if it has the kind of this command. None for another kind.
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

/// A reference to a person in a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mention {
    /// By id.
    Id(PersonId),
    /// By e-mail address.
    Email(Email),
    /// By phone number. If nobody has it, a person is created with the id and with the number as name.
    Phone(Phone, PersonId),
}

/// The fields of a new group.
#[derive(Clone, Debug)]
pub struct GroupDraft {
    /// Its name.
    pub name: Name,
    /// Whether it belongs to the organisation or to people.
    pub kind: GroupKind,
    /// Who can see it.
    pub visibility: Visibility,
    /// Whether those who can see the group can see its rule.
    pub rules_visible: bool,
    /// Whether it has subscribers.
    pub broadcast: bool,
    /// Further fields. Absent fields get their defaults.
    pub fields: GroupFields,
    /// Its first owners, individuals and parent.
    pub initial_members: InitialMembers,
}

/// The first owners, individuals and parent of a new group.
#[derive(Clone, Debug, Default)]
pub struct InitialMembers {
    /// Whether the caller's person is an owner.
    pub is_callers: bool,
    /// Further owners. The caller's person comes first.
    pub owners: Vec<Mention>,
    /// Individuals.
    pub members: Vec<Mention>,
    /// The group to put it beneath. A confined caller's group is put beneath the confining group in any case.
    pub parent: Option<GroupId>,
}

/// Changes of a group. Absent fields stay unchanged.
#[derive(Clone, Debug, Default)]
pub struct GroupEdit {
    /// A new name.
    pub name: Option<Name>,
    /// Who can see it.
    pub visibility: Option<Visibility>,
    /// Whether those who can see the group can see its rule.
    pub rules_visible: Option<bool>,
    /// Further fields.
    pub fields: GroupFields,
}

/// Fields that can be set both for a new group and in a change.
#[derive(Clone, Debug, Default)]
pub struct GroupFields {
    /// A new description, or none.
    pub description: Update<Prose>,
    /// Whether the group is in use.
    pub state: Option<GroupState>,
    /// Whether roles may be granted to it.
    pub roles_enabled: Option<bool>,
    /// Whether owners are members.
    pub include_owners: Option<bool>,
    /// Whether it can be called.
    pub calls_enabled: Option<bool>,
    /// A new address, or none.
    pub email: Update<Email>,
    /// The new phone numbers, which replace all.
    pub addresses: Option<Vec<GroupContact>>,
    /// The new pictures, which replace all.
    pub images: Option<Vec<Image>>,
    /// The message to new members, or none.
    pub welcome: Update<Prose>,
}

/// The fields of a new person.
#[derive(Clone, Debug)]
pub struct PersonDraft {
    /// The full name.
    pub name: Name,
    /// The e-mail address, if known.
    pub email: Option<Email>,
    /// The division. Default: the home division.
    pub division: Option<DivisionId>,
    /// Further fields. Absent fields stay empty.
    pub fields: Box<PersonFields>,
}

/// Changes of a person. Absent fields stay unchanged.
#[derive(Clone, Debug, Default)]
pub struct PersonEdit {
    /// A new name.
    pub name: Option<Name>,
    /// A new e-mail address.
    pub email: Option<Email>,
    /// Further fields.
    pub fields: PersonFields,
}

/// Fields that can be set both for a new person and in a change. Absent fields stay unchanged.
#[derive(Clone, Debug, Default)]
pub struct PersonFields {
    /// Active or inactive. Restores a deleted person.
    pub state: Option<LivingState>,
    /// A new sign-in name, or none.
    pub username: Update<Line>,
    /// The plain texts to change, each with the new value or none.
    pub texts: Vec<(PersonText, Option<Line>)>,
    /// The manager, or none.
    pub manager: Update<PersonId>,
    /// The new contacts, which replace all.
    pub addresses: Option<Vec<Contact>>,
    /// The new pictures, which replace all.
    pub images: Option<Vec<Image>>,
    /// The new profile skills, which replace all.
    pub profile_skills: Option<Vec<Line>>,
    /// The new certificates, which replace all.
    pub certifications: Option<Vec<Line>>,
    /// The new employment data.
    pub employer: Option<Employer>,
    /// The new biography.
    pub biography: Option<Biography>,
    /// Whether calls are answered automatically.
    pub acd_auto_answer: Option<bool>,
}

/// A person in a row of an import, identified by e-mail address, or else by id.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// The id, if one is given.
    pub id: Option<PersonId>,
    /// The id of a new person if none is given.
    pub new: PersonId,
    /// The fields, except for the manager.
    pub edit: PersonEdit,
    /// The manager, or none.
    pub manager: Update<Mention>,
    /// The number of the mobile phone.
    pub phone: Option<Line>,
    /// For each of these kinds, all skills of the person, by name or id, with proficiencies.
    pub skills: Vec<(SkillKind, Vec<(String, Proficiency)>)>,
}

/// A group in a row of an import.
#[derive(Clone, Debug)]
pub struct GroupRow {
    /// The id of the existing or new group.
    pub id: GroupId,
    /// Whether it belongs to the organisation or to people. Default for a new group: the organisation.
    pub kind: Option<GroupKind>,
    /// The fields.
    pub edit: GroupEdit,
    /// The new owners, who replace all.
    pub owners: Option<Vec<Mention>>,
    /// The rule. Its skills are named as in the row.
    pub rule: Option<Rule<String>>,
}

/// The fields of a new OAuth client.
#[derive(Clone, Debug)]
pub struct ClientDraft {
    /// The hash of its secret in PHC string format.
    pub secret_hash: Box<str>,
    /// Further fields. Absent fields get their defaults.
    pub fields: ClientFields,
}

/// Fields that can be set both for a new OAuth client and in a change. Absent fields stay unchanged.
#[derive(Clone, Debug)]
pub struct ClientFields {
    /// Its name.
    pub name: Name,
    /// A new description, or none.
    pub description: Update<Prose>,
    /// The new roles, which replace all.
    pub roles: Option<Vec<RoleId>>,
    /// The person that it acts for, or none.
    pub person: Update<PersonId>,
    /// Whether it may sign in.
    pub enabled: Option<bool>,
    /// Lifetime of its tokens in seconds.
    pub token_seconds: Option<u32>,
}

impl ClientFields {
    /// Fields with a name only.
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

/// The fields of a new connector.
#[derive(Clone, Debug)]
pub struct ConnectorDraft {
    /// Its name.
    pub name: Name,
    /// The hash of its secret in PHC string format.
    pub secret_hash: Box<str>,
    /// The person of the connector's own tokens.
    pub person: Mention,
    /// The group that confines it.
    pub group: Option<GroupId>,
    /// Whether its own person may manage all official groups.
    pub administrator: bool,
}

/// The result of a command. Only [`decide`](fn@crate::decide) creates one, for an admitted caller.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// The changes. Empty if the state is already as requested.
    pub changes: Vec<Change>,
    /// What the reply shows.
    pub subject: Subject,
}

impl Decision {
    /// Applies the changes to the directory that was decided on. Returns the data for the reply.
    ///
    /// # Errors
    ///
    /// [`ApplyError`] if it is another directory, which may then be partly changed: discard it.
    pub fn apply(&self, directory: &mut Directory) -> Result<Outcome, ApplyError> {
        self.changes.iter().try_for_each(|change| directory.apply(change))?;
        directory
            .outcome(&self.subject)
            .ok_or_else(|| ApplyError(format!("there is no {:?} to reply with", self.subject)))
    }

    /// The subject before the changes, as far as the caller can see it. A trial compares it with the state after. None
    /// if it does not exist yet.
    pub fn before(&self, view: &View) -> Option<Outcome> {
        view.directory.outcome(&self.subject)
    }
}
