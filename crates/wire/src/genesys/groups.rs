//! Groups.

use super::common::{Chat, Image, SortOrder};
use super::users::{UserExpand, UserReference};
use super::words::{AlertType, GroupContactType, GroupState, GroupType, MediaType, Visibility};
use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::{apply, skip_serializing_none};

/// A group as replies have it.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// When it was changed last, as `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub date_modified: String,
    /// How many members it has.
    pub member_count: i64,
    /// `active` or `inactive`.
    #[schemars(extend("enum" = ["active", "inactive"]))]
    pub state: GroupState,
    /// 1 when new; each change adds 1.
    pub version: i32,
    /// `official` or `social`.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["official", "social"]))]
    pub kind: GroupType,
    /// Pictures.
    #[serde_with(skip_apply)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Phone numbers.
    #[serde_with(skip_apply)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<GroupContact>,
    /// Whether those who see the group see its rule.
    pub rules_visible: bool,
    /// `public`, `owners` or `members`.
    #[schemars(extend("enum" = ["public", "owners", "members"]))]
    pub visibility: Visibility,
    /// Whether roles may be granted to it.
    pub roles_enabled: Option<bool>,
    /// Whether owners are members.
    pub include_owners: Option<bool>,
    /// Whether it can be called.
    pub calls_enabled: Option<bool>,
    /// Its own e-mail address.
    pub email: Option<String>,
    /// Where chat reaches it.
    pub chat: Option<Chat>,
    /// Who owns it.
    #[serde_with(skip_apply)]
    #[serde(default)]
    pub owners: Vec<UserReference>,
    /// Where it is.
    pub self_uri: String,
}

/// A phone number of a group.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupContact {
    /// The number.
    pub address: Option<String>,
    /// The extension.
    pub extension: Option<String>,
    /// How to show it; not taken in.
    pub display: Option<String>,
    /// `GROUPRING` or `GROUPPHONE`.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["GROUPRING", "GROUPPHONE", null]))]
    pub kind: Option<GroupContactType>,
    /// `PHONE`.
    #[schemars(extend("enum" = ["PHONE", null]))]
    pub media_type: Option<MediaType>,
}

/// A group to be. Read-only fields of [`Group`] are not looked at.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupCreate {
    /// Its name.
    #[schemars(required, length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// `official` or `social`.
    #[serde(rename = "type")]
    #[schemars(required)]
    #[schemars(extend("enum" = ["official", "social", null]))]
    pub kind: Option<GroupType>,
    /// Pictures.
    pub images: Option<Vec<Image>>,
    /// Phone numbers.
    pub addresses: Option<Vec<GroupContact>>,
    /// Whether those who see the group see its rule.
    #[schemars(required)]
    pub rules_visible: Option<bool>,
    /// `public`, `owners` or `members`.
    #[schemars(required)]
    #[schemars(extend("enum" = ["public", "owners", "members", "ownerIds", null]))]
    pub visibility: Option<Visibility>,
    /// Whether roles may be granted to it; true where absent.
    pub roles_enabled: Option<bool>,
    /// Whether owners are members; true where absent.
    pub include_owners: Option<bool>,
    /// Whether it can be called; true where absent.
    pub calls_enabled: Option<bool>,
    /// Its own e-mail address.
    pub email: Option<String>,
    /// Who owns it.
    pub owner_ids: Option<Vec<String>>,
}

/// What changes about a group: absent fields stay as they are, an empty list clears.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupUpdate {
    /// A new name.
    #[schemars(length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
    /// A new description; an empty one clears.
    pub description: Option<String>,
    /// `active` or `inactive`.
    #[schemars(extend("enum" = ["active", "inactive", null]))]
    pub state: Option<GroupState>,
    /// The version that the caller read.
    #[schemars(required, range(min = 0, max = limits::VERSION))]
    pub version: Option<i64>,
    /// All pictures from now on.
    pub images: Option<Vec<Image>>,
    /// All phone numbers from now on.
    pub addresses: Option<Vec<GroupContact>>,
    /// Whether those who see the group see its rule.
    pub rules_visible: Option<bool>,
    /// `public`, `owners` (also written `ownerIds`) or `members`.
    #[schemars(extend("enum" = ["public", "owners", "members", "ownerIds", null]))]
    pub visibility: Option<Visibility>,
    /// Whether roles may be granted to it.
    pub roles_enabled: Option<bool>,
    /// Whether owners are members.
    pub include_owners: Option<bool>,
    /// Whether it can be called.
    pub calls_enabled: Option<bool>,
    /// A new e-mail address; an empty one clears.
    pub email: Option<String>,
    /// All owners from now on; an empty list, or one blank id, clears.
    pub owner_ids: Option<Vec<String>>,
}

/// Whom to add to a group.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupMembersUpdate {
    /// At most 50 ids of users.
    #[schemars(required, length(max = limits::MEMBER_IDS))]
    pub member_ids: Option<Vec<String>>,
    /// The version that the caller read; absent, any will do.
    #[schemars(range(min = 0, max = limits::VERSION))]
    pub version: Option<i64>,
}

/// Whom to take out of a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct MemberIdsQuery {
    /// At most 50 ids of users.
    #[schemars(required, length(max = limits::MEMBER_IDS))]
    pub ids: Option<Vec<String>>,
}

/// Which groups, and which page of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupsQuery {
    /// Entries on a page: 1 to 500, 25 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// From 1 on; 1 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Only these groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<String>,
    /// Only the groups with these chat addresses; not together with `id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jabber_id: Vec<String>,
    /// In which direction names go.
    pub sort_order: Option<SortOrder>,
}

/// Which page of a group's members, and what to say of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembersQuery {
    /// Entries on a page: 1 to 500, 25 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// From 1 on; 1 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// In which direction names go.
    pub sort_order: Option<SortOrder>,
    /// Which further fields each user has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expand: Vec<UserExpand>,
    /// Whether the members of groups beneath this one are listed as well, each user once. Our own: it
    /// has no counterpart in Genesys Cloud.
    pub effective: Option<bool>,
}

/// Which fields of a profile.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ProfileQuery {
    /// Keys of the group's field config; those that no field has are not looked at. All fields
    /// where absent.
    pub fields: Option<Vec<String>>,
}

/// A group in few words.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupProfile {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// `active` or `inactive`.
    #[schemars(extend("enum" = ["active", "inactive", null]))]
    pub state: Option<GroupState>,
    /// When it was changed last.
    pub date_modified: Option<String>,
    /// 1 when new; each change adds 1.
    pub version: i64,
    /// Where it is.
    pub self_uri: String,
}

/// The group of a voicemail policy: what documents require of any group.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyGroup {
    /// The group's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `official` or `social`.
    #[serde(rename = "type")]
    pub kind: GroupType,
    /// `public`, `owners` or `members`.
    pub visibility: Visibility,
    /// Whether those who see the group see its rule.
    pub rules_visible: bool,
    /// Where the group is.
    pub self_uri: String,
}

/// What a group's voicemail does. As a request, absent fields stay as they are.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VoicemailGroupPolicy {
    /// The group's name; not taken in.
    pub name: Option<String>,
    /// The group; not taken in.
    pub group: Option<PolicyGroup>,
    /// Whether there is a mailbox.
    pub enabled: Option<bool>,
    /// Whether mail tells of a message.
    pub send_email_notifications: Option<bool>,
    /// Whether that mail leaves out who called.
    pub disable_email_pii: Option<bool>,
    /// Whether that mail has the words of the message.
    pub include_email_transcriptions: Option<bool>,
    /// The language of prompts.
    pub language_preference: Option<String>,
    /// Who gets that mail.
    pub email_policy: Option<GroupEmailPolicy>,
    /// Seconds before the next member is rung.
    #[schemars(range(min = 0, max = limits::NUMBER))]
    pub rotate_calls_secs: Option<i64>,
    /// Rounds before the mailbox answers.
    #[schemars(range(min = 0, max = limits::NUMBER))]
    pub stop_ringing_after_rotations: Option<i64>,
    /// The group that is rung next.
    pub overflow_group_id: Option<String>,
    /// `RANDOM`, `ROUND_ROBIN` or `SEQUENTIAL`.
    #[schemars(extend("enum" = ["RANDOM", "ROUND_ROBIN", "SEQUENTIAL", null]))]
    pub group_alert_type: Option<AlertType>,
    /// The prompt that asks the caller something.
    pub interactive_response_prompt_id: Option<String>,
    /// Whether the caller must answer it.
    pub interactive_response_required: Option<bool>,
    /// Whether members may call with the group's number.
    pub include_group_number_in_user_caller_id_lists: Option<bool>,
}

/// Who gets the mail about a group's voicemail.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupEmailPolicy {
    /// Each member.
    pub email_members: Option<bool>,
    /// The group's address.
    pub email_group: Option<bool>,
}
