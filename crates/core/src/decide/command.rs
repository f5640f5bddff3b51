//! What may be asked of a directory, and what follows from it.

use crate::directory::{Change, Directory, Outcome, Subject, Unfit};
use crate::records::{
    Biography, Contact, Employer, GroupContact, GroupKind, GroupState, Image, PersonState, Proficiency, Rule,
    SkillKind, Visibility, Voicemail,
};
use crate::values::{ClientId, DivisionId, Email, GroupId, Line, Name, PersonId, Phone, Prose, RoleId, SkillId};

/// A request to change a directory. All its values have been checked; whether they go together
/// with the state, and with the caller's rights, is for [`decide`](crate::decide).
#[derive(Clone, Debug)]
pub enum Command {
    /// Create a group under this id.
    CreateGroup(GroupId, Box<GroupDraft>),
    /// Change a group's own fields. `version` is the version that the caller read; absent, the
    /// change is made to whatever there is.
    EditGroup {
        /// The group.
        group: GroupId,
        /// The version that the caller read.
        version: Option<u32>,
        /// What changes.
        edit: GroupEdit,
    },
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
    /// Have people subscribe to a broadcast group.
    AddSubscribers(GroupId, Vec<Mention>),
    /// End subscriptions to a broadcast group.
    RemoveSubscribers(GroupId, Vec<Mention>),
    /// Change what a group's voicemail does; what is absent stays as it is.
    EditVoicemail(GroupId, Box<Voicemail>),
    /// Create a person under this id.
    CreatePerson(PersonId, PersonDraft),
    /// Change a person, or restore a deleted one.
    EditPerson {
        /// The person.
        person: PersonId,
        /// The version that the caller read.
        version: Option<u32>,
        /// What changes.
        edit: Box<PersonEdit>,
    },
    /// Delete a person: a tombstone stays.
    DeletePerson(PersonId),
    /// Have a person be as this row says: created, changed or restored.
    PutPerson(Box<PersonRow>),
    /// Have a group be as this row says: created or changed.
    PutGroup(Box<GroupRow>),
    /// Have a skill of this kind and name: created, or renamed where the id is one's already.
    PutSkill {
        /// The id that it has, or is to have.
        id: Option<SkillId>,
        /// The id of a new one that is given none.
        new: SkillId,
        /// The kind.
        kind: SkillKind,
        /// The name.
        name: Name,
    },
    /// Give a group this rule, whose skills are named as the caller named them.
    PutRule(GroupId, Rule<String>),
    /// Take a group's rule away.
    DeleteRule(GroupId),
    /// Create a skill under this id.
    CreateSkill(SkillId, SkillKind, Name),
    /// Give a skill of this kind another name.
    RenameSkill(SkillId, SkillKind, Name),
    /// Delete a skill of this kind, and take it from everyone.
    DeleteSkill(SkillId, SkillKind),
    /// Say how well a person does things of one kind.
    HoldSkills {
        /// The person.
        person: PersonId,
        /// The kind; the others that the person has are not touched.
        kind: SkillKind,
        /// The skills, by id as the caller wrote it, and how well.
        skills: Vec<(String, Proficiency)>,
        /// What becomes of those that the person has already.
        mode: HoldMode,
    },
    /// Take a skill of this kind from a person who has it.
    DropSkill {
        /// The person.
        person: PersonId,
        /// The kind.
        kind: SkillKind,
        /// The skill.
        skill: SkillId,
    },
    /// Create an OAuth client under this id.
    CreateClient(ClientId, ClientDraft),
    /// Replace an OAuth client's fields; its secret stays.
    EditClient(ClientId, ClientEdit),
    /// Delete an OAuth client.
    DeleteClient(ClientId),
    /// Create a connector under this id.
    CreateConnector(ClientId, Box<ConnectorDraft>),
    /// Begin a new generation of a connector's tokens: all that there are end.
    RegenerateConnector(ClientId),
    /// Delete a connector, and with it its tokens.
    DeleteConnector(ClientId),
    /// Have a person who proved to have this number take part; one is created, under this id, if
    /// nobody has it.
    Provision(Phone, PersonId),
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

/// What becomes of the skills of the same kind that a person has already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldMode {
    /// The others stay; the reply is about the one that was given.
    Add,
    /// The others stay; the reply is about all of them.
    Merge,
    /// The others stay, and no new one comes: who has not the skill is refused. The reply is about
    /// the one that was given.
    Change,
    /// The others go; the reply is about all that there are then.
    Replace,
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
    pub rest: GroupEdit,
    /// Who and what belongs to it from the start.
    pub founding: Founding,
}

/// Who and what belongs to a new group from the start, beside the owners that its draft has.
#[derive(Clone, Debug, Default)]
pub struct Founding {
    /// Whether the person that the caller stands for owns it.
    pub is_callers: bool,
    /// Further owners.
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
    /// A new description, or none.
    pub description: Option<Option<Prose>>,
    /// Into use or out of it.
    pub state: Option<GroupState>,
    /// Who finds it.
    pub visibility: Option<Visibility>,
    /// Whether those who see the group see its rule.
    pub rules_visible: Option<bool>,
    /// Whether roles may be granted to it.
    pub roles_enabled: Option<bool>,
    /// Whether owners are members.
    pub include_owners: Option<bool>,
    /// Whether it can be called.
    pub calls_enabled: Option<bool>,
    /// A new address, or none.
    pub email: Option<Option<Email>>,
    /// All owners from now on.
    pub owners: Option<Vec<PersonId>>,
    /// All phone numbers from now on.
    pub addresses: Option<Vec<GroupContact>>,
    /// All pictures from now on.
    pub images: Option<Vec<Image>>,
    /// What a new member is greeted with from now on, or nothing.
    pub welcome: Option<Option<Prose>>,
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
    pub rest: Box<PersonEdit>,
}

/// What changes about a person; absent fields stay as they are.
#[derive(Clone, Debug, Default)]
pub struct PersonEdit {
    /// Active or inactive; restores a deleted person.
    pub state: Option<PersonState>,
    /// A new name.
    pub name: Option<Name>,
    /// A new e-mail address.
    pub email: Option<Email>,
    /// A new sign-in name, or none.
    pub username: Option<Option<Line>>,
    /// What colleagues call the person, or nothing.
    pub preferred_name: Option<Option<Line>>,
    /// Job title, or none.
    pub title: Option<Option<Line>>,
    /// Department, or none.
    pub department: Option<Option<Line>>,
    /// Whom the person reports to, or nobody.
    pub manager: Option<Option<PersonId>>,
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
    pub manager: Option<Option<Mention>>,
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
    /// What is so from now on, but for the owners.
    pub edit: GroupEdit,
    /// All owners from now on.
    pub owners: Option<Vec<Mention>>,
    /// The rule from now on, whose skills are named as the row names them.
    pub rule: Option<Rule<String>>,
}

/// An OAuth client to be.
#[derive(Clone, Debug)]
pub struct ClientDraft {
    /// Its name.
    pub name: Name,
    /// The hash of its secret in PHC string format.
    pub secret_hash: Box<str>,
    /// Everything else; what is absent has its default.
    pub rest: ClientEdit,
}

/// What of an OAuth client is to change; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ClientEdit {
    /// A new name.
    pub name: Option<Name>,
    /// A new description, or none.
    pub description: Option<Option<Prose>>,
    /// All its roles from now on.
    pub roles: Option<Vec<RoleId>>,
    /// The person that it stands for from now on, or nobody.
    pub person: Option<Option<PersonId>>,
    /// Whether it may sign in.
    pub enabled: Option<bool>,
    /// Seconds for which its tokens are good.
    pub token_seconds: Option<u32>,
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

/// What a command comes to. Only [`decide`](fn@crate::decide) makes one: what it shows, its caller was let in to see.
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

    /// What the subject is before the changes, for a trial that shows what would be different; none where it is not
    /// there yet.
    pub fn before(&self, directory: &Directory) -> Option<Outcome> {
        directory.outcome(&self.subject)
    }
}
