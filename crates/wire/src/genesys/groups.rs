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
    /// When it was last changed, as `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub date_modified: String,
    /// Number of members.
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
    /// Whether those who can see the group can see its rule.
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
    /// Chat address.
    pub chat: Option<Chat>,
    /// Who owns it.
    #[serde_with(skip_apply)]
    #[serde(default)]
    pub owners: Vec<UserReference>,
    /// URI of this resource.
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
    /// How to display it. Ignored in requests.
    pub display: Option<String>,
    /// `GROUPRING` or `GROUPPHONE`.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["GROUPRING", "GROUPPHONE", null]))]
    pub kind: Option<GroupContactType>,
    /// `PHONE`.
    #[schemars(extend("enum" = ["PHONE", null]))]
    pub media_type: Option<MediaType>,
}

/// The body of a request that creates a group. The read-only fields of [`Group`] are ignored.
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
    /// Whether those who can see the group can see its rule.
    #[schemars(required)]
    pub rules_visible: Option<bool>,
    /// `public`, `owners` or `members`.
    #[schemars(required)]
    #[schemars(extend("enum" = ["public", "owners", "members", "ownerIds", null]))]
    pub visibility: Option<Visibility>,
    /// Whether roles may be granted to it. Default: true.
    pub roles_enabled: Option<bool>,
    /// Whether owners are members. Default: true.
    pub include_owners: Option<bool>,
    /// Whether it can be called. Default: true.
    pub calls_enabled: Option<bool>,
    /// Its own e-mail address.
    pub email: Option<String>,
    /// Ids of its owners.
    pub owner_ids: Option<Vec<String>>,
}

/// The changes of a group. Absent fields stay unchanged; an empty list clears.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupUpdate {
    /// A new name.
    #[schemars(length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
    /// A new description. An empty one clears it.
    pub description: Option<String>,
    /// `active` or `inactive`.
    #[schemars(extend("enum" = ["active", "inactive", null]))]
    pub state: Option<GroupState>,
    /// The version that the caller read. The change is refused if it is not the current one.
    #[schemars(required, range(min = 0, max = limits::VERSION))]
    pub version: Option<i64>,
    /// The new pictures, which replace all.
    pub images: Option<Vec<Image>>,
    /// The new phone numbers, which replace all.
    pub addresses: Option<Vec<GroupContact>>,
    /// Whether those who can see the group can see its rule.
    pub rules_visible: Option<bool>,
    /// `public`, `owners` (or `ownerIds`) or `members`.
    #[schemars(extend("enum" = ["public", "owners", "members", "ownerIds", null]))]
    pub visibility: Option<Visibility>,
    /// Whether roles may be granted to it.
    pub roles_enabled: Option<bool>,
    /// Whether owners are members.
    pub include_owners: Option<bool>,
    /// Whether it can be called.
    pub calls_enabled: Option<bool>,
    /// A new e-mail address. An empty one clears it.
    pub email: Option<String>,
    /// Ids of the new owners, who replace all. An empty list, or one blank id, clears.
    pub owner_ids: Option<Vec<String>>,
}

/// The members to add to a group.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupMembersUpdate {
    /// Ids of users, at most 50.
    #[schemars(required, length(max = limits::MEMBER_IDS))]
    pub member_ids: Option<Vec<String>>,
    /// The version that the caller read. If absent, the version is not checked.
    #[schemars(range(min = 0, max = limits::VERSION))]
    pub version: Option<i64>,
}

/// The members to remove from a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct MemberIdsQuery {
    /// Ids of users, at most 50.
    #[schemars(required, length(max = limits::MEMBER_IDS))]
    pub ids: Option<Vec<String>>,
}

/// Query of a listing of groups.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupsQuery {
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Only these groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<String>,
    /// Only the groups with these chat addresses. Not together with `id`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jabber_id: Vec<String>,
    /// Direction of the order by name.
    pub sort_order: Option<SortOrder>,
}

/// Query of a listing of a group's members.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembersQuery {
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Direction of the order by name.
    pub sort_order: Option<SortOrder>,
    /// Further fields of each user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expand: Vec<UserExpand>,
    /// Whether to list the members of groups beneath this one as well, each user once. Specific to Convoke: Genesys
    /// Cloud has no such parameter.
    pub effective: Option<bool>,
}

/// Query for a group profile.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ProfileQuery {
    /// Keys of the group's field config. Unknown keys are ignored. Default: all fields.
    pub fields: Option<Vec<String>>,
}

/// A short form of a group.
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
    /// When it was last changed.
    pub date_modified: Option<String>,
    /// 1 when new; each change adds 1.
    pub version: i64,
    /// URI of this resource.
    pub self_uri: String,
}

/// The group of a voicemail policy, with the fields that the documents require of any group.
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
    /// Whether those who can see the group can see its rule.
    pub rules_visible: bool,
    /// URI of the group.
    pub self_uri: String,
}

/// The voicemail settings of a group. In a request, absent fields stay unchanged.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VoicemailGroupPolicy {
    /// The group's name. Ignored in requests.
    pub name: Option<String>,
    /// The group. Ignored in requests.
    pub group: Option<PolicyGroup>,
    /// Whether the group has a mailbox.
    pub enabled: Option<bool>,
    /// Whether an e-mail is sent for each message.
    pub send_email_notifications: Option<bool>,
    /// Whether that e-mail omits the caller.
    pub disable_email_pii: Option<bool>,
    /// Whether that e-mail has a transcription of the message.
    pub include_email_transcriptions: Option<bool>,
    /// The language of prompts.
    pub language_preference: Option<String>,
    /// Who gets the e-mail.
    pub email_policy: Option<GroupEmailPolicy>,
    /// Seconds until the next member is rung.
    #[schemars(range(min = 0, max = limits::NUMBER))]
    pub rotate_calls_secs: Option<i64>,
    /// Rotations until the mailbox answers.
    #[schemars(range(min = 0, max = limits::NUMBER))]
    pub stop_ringing_after_rotations: Option<i64>,
    /// The group that is rung next.
    pub overflow_group_id: Option<String>,
    /// `RANDOM`, `ROUND_ROBIN` or `SEQUENTIAL`.
    #[schemars(extend("enum" = ["RANDOM", "ROUND_ROBIN", "SEQUENTIAL", null]))]
    pub group_alert_type: Option<AlertType>,
    /// The prompt that asks the caller for a response.
    pub interactive_response_prompt_id: Option<String>,
    /// Whether the caller must respond.
    pub interactive_response_required: Option<bool>,
    /// Whether members may call with the group's number.
    pub include_group_number_in_user_caller_id_lists: Option<bool>,
}

/// Who gets the e-mail about a group's voicemail.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupEmailPolicy {
    /// Whether each member gets it.
    pub email_members: Option<bool>,
    /// Whether the group's address gets it.
    pub email_group: Option<bool>,
}
