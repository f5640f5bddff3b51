//! Groups.

use super::person::Image;
use super::rule::StandingRule;
use crate::values::words::words;
use crate::values::{Email, GroupId, GroupKind, Line, Name, PersonId, Prose};
use std::sync::Arc;

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

impl Group {
    /// A new group that has nothing but a name.
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

words! {
    /// What a group's number does.
    GroupContactKind {
        /// Rings members one after the other.
        Ring = "GROUPRING",
        /// Is the group's own phone.
        Phone = "GROUPPHONE",
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
