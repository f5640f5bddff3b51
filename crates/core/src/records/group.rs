//! Groups.

use super::person::Image;
use super::rule::GroupRule;
use crate::values::words::words;
use crate::values::{Email, GroupId, GroupKind, Line, Name, PersonId, Prose};
use std::sync::Arc;

/// A group's own fields. Its individuals, version and date are in [`GroupEntry`](crate::GroupEntry), because they
/// change independently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Names need not be unique.
    pub name: Name,
    /// The purpose of the group, as text.
    pub description: Option<Prose>,
    /// Whether it belongs to the organisation or to people.
    pub kind: GroupKind,
    /// Who can see it.
    pub visibility: Visibility,
    /// Whether it is in use.
    pub state: GroupState,
    /// Whether those who can see the group can see its rule.
    pub rules_visible: bool,
    /// Whether roles may be granted to it.
    pub roles_enabled: bool,
    /// Whether owners are members.
    pub include_owners: bool,
    /// Whether it can be called.
    pub calls_enabled: bool,
    /// Its own e-mail address.
    pub email: Option<Email>,
    /// The owners, in the order given.
    pub owners: Vec<PersonId>,
    /// Its phone numbers.
    pub addresses: Vec<GroupContact>,
    /// Pictures.
    pub images: Vec<Image>,
    /// Its voicemail settings. A change of them makes no new version of the group.
    pub voicemail: Option<Box<Voicemail>>,
    /// The rule that selects further members by their skills.
    pub rule: Option<Arc<GroupRule>>,
    /// The message to new members.
    pub welcome: Option<Prose>,
    /// Whether it has subscribers. They do not see each other.
    pub broadcast: bool,
}

impl Group {
    /// A group with a name only.
    pub fn blank(id: GroupId, name: Name, kind: GroupKind, visibility: Visibility) -> Self {
        Group {
            id,
            name,
            description: None,
            kind,
            visibility,
            state: GroupState::Active,
            rules_visible: true,
            roles_enabled: true,
            include_owners: true,
            calls_enabled: true,
            email: None,
            owners: Vec::new(),
            addresses: Vec::new(),
            images: Vec::new(),
            voicemail: None,
            rule: None,
            welcome: None,
            broadcast: false,
        }
    }
}

/// A phone number of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupContact {
    /// What happens when it is called.
    pub kind: GroupContactKind,
    /// The number.
    pub address: Option<Line>,
    /// The extension.
    pub extension: Option<Line>,
}

/// The voicemail settings of a group. Absent ones were never set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voicemail {
    /// Whether there is a mailbox.
    pub enabled: Option<bool>,
    /// Whether an e-mail is sent for each message.
    pub send_email_notifications: Option<bool>,
    /// Whether that e-mail omits the caller.
    pub disable_email_pii: Option<bool>,
    /// Whether that e-mail has a transcription of the message.
    pub include_email_transcriptions: Option<bool>,
    /// Whether each member gets that e-mail.
    pub email_members: Option<bool>,
    /// Whether the group's address gets that e-mail.
    pub email_group: Option<bool>,
    /// The language of prompts.
    pub language: Option<Line>,
    /// Seconds until the next member is rung.
    pub rotate_calls_secs: Option<u32>,
    /// Rotations until the mailbox answers.
    pub stop_ringing_after_rotations: Option<u32>,
    /// The group that is rung next.
    pub overflow_group: Option<GroupId>,
    /// The order in which members are rung.
    pub alert: Option<AlertKind>,
    /// The prompt that asks the caller for a response.
    pub response_prompt: Option<Line>,
    /// Whether the caller must respond.
    pub response_required: Option<bool>,
    /// Whether members may call with the group's number.
    pub number_in_caller_id_lists: Option<bool>,
}

words! {
    /// What happens when a group's number is called.
    GroupContactKind {
        /// The members are rung one after the other.
        Ring = "GROUPRING",
        /// It is the group's own phone.
        Phone = "GROUPPHONE",
    }
    /// Who can see a group.
    Visibility {
        /// Anyone in the organisation.
        Public = "public",
        /// Its owners.
        Owners = "owners",
        /// Its members and owners.
        Members = "members",
    }
    /// Whether a group is in use. Deleted groups have no record.
    GroupState {
        /// In use.
        Active = "active",
        /// Not in use.
        Inactive = "inactive",
    }
    /// The order in which the voicemail of a group rings its members.
    AlertKind {
        /// In random order.
        Random = "RANDOM",
        /// In turn.
        RoundRobin = "ROUND_ROBIN",
        /// Always starting with the first.
        Sequential = "SEQUENTIAL",
    }
}
