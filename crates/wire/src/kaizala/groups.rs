//! Groups, and groups beneath groups.

use super::Flag;
use super::words::{GroupType, Role};
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_with::{apply, skip_serializing_none};

/// A group as replies have it. Which fields it has depends on the operation.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Group {
    /// Its name.
    pub group_name: String,
    /// Its id.
    pub group_id: String,
    /// URL of its picture. Empty if there is none.
    // The tables of the documents write the name in capitals, their samples do not.
    #[serde(alias = "groupImageURL")]
    pub group_image_url: String,
    /// Whether it has groups beneath it.
    pub has_sub_groups: Option<bool>,
    /// Whether it is beneath other groups.
    pub has_parent_groups: Option<bool>,
    /// The caller's role in it: `Admin`, `Member`, `Subscriber` or `None`.
    #[schemars(extend("enum" = ["Admin", "Member", "Subscriber", "None", null]))]
    pub caller_role: Option<Role>,
    /// Number of groups directly beneath it.
    pub current_level_sub_group_count: Option<i64>,
    /// Number of groups that it is directly beneath.
    pub current_level_parent_group_count: Option<i64>,
    /// Number of memberships of the group and all groups beneath it. A user counts once for each of these groups.
    pub user_count: Option<i64>,
    /// Number of different users of the group and all groups beneath it.
    pub unique_user_count: Option<i64>,
    /// Number of members of the group itself.
    pub current_level_user_count: Option<i64>,
    /// Number of the group's own members who have not signed in yet.
    pub current_level_un_provisioned_user_count: Option<i64>,
    /// Number of users of the group and all groups beneath it who have not signed in yet.
    pub un_provisioned_user_count: Option<i64>,
    /// Whether it belongs to the organisation.
    pub is_mapped_to_tenant: Option<bool>,
    /// `Group` or `ConnectGroup`.
    #[schemars(extend("enum" = ["Group", "ConnectGroup", null]))]
    pub group_type: Option<GroupType>,
    /// Whether the group already occurs earlier in this reply.
    pub is_duplicate: Option<bool>,
    /// Whether the caller may change it.
    pub is_editable: Option<bool>,
    /// Whether the caller may see its members.
    pub is_details_readable: Option<bool>,
    /// The groups beneath it.
    pub sub_groups: Option<Vec<Group>>,
    /// The message to new members.
    pub welcome_message: Option<String>,
}

/// Groups.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct GroupList {
    /// The groups.
    pub groups: Vec<Group>,
}

/// One group, twice: as the only entry of a list, as in the documents, and with its fields at the top level, where
/// clients look for them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(from = "HalfGroupReply")]
#[schemars(!from)]
pub struct GroupReply {
    /// The group, as the only entry.
    pub groups: Vec<Group>,
    /// The same group.
    #[serde(flatten)]
    pub group: Group,
}

/// A [`GroupReply`] of a server that has only one of the two forms.
#[derive(Deserialize)]
struct HalfGroupReply {
    #[serde(default)]
    groups: Vec<Group>,
    #[serde(flatten)]
    group: Group,
}

impl From<HalfGroupReply> for GroupReply {
    fn from(half: HalfGroupReply) -> Self {
        match <[Group; 1]>::try_from(half.groups) {
            Ok([group]) if half.group.group_id.is_empty() => group.into(),
            _ => half.group.into(),
        }
    }
}

impl From<Group> for GroupReply {
    fn from(group: Group) -> Self {
        GroupReply { groups: vec![group.clone()], group }
    }
}

/// Query of a listing of groups.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupsQuery {
    /// Whether to return all fields of each group. Default: false.
    pub show_detail: Option<Flag>,
    /// Another spelling of `showDetail`, which most clients use.
    pub show_details: Option<Flag>,
    /// Whether to list all groups above and beneath the caller's groups as well. Default: false.
    pub fetch_all_groups: Option<Flag>,
}

/// Query for sub-groups.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubGroupsQuery {
    /// Whether to return all levels. Default: false.
    pub fetch_all_groups: Option<Flag>,
}

/// The body of a request that creates a group.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupCreate {
    /// Its name. `groupName` is accepted too.
    #[serde(alias = "groupName")]
    #[schemars(required)]
    pub name: Option<String>,
    /// The message to new members.
    #[schemars(required)]
    pub welcome_message: Option<String>,
    /// The phone numbers of its members, with country codes.
    pub members: Option<Vec<String>>,
    /// `Group` or `ConnectGroup`, a public group. Default: `Group`.
    #[schemars(extend("enum" = ["Group", "ConnectGroup", null]))]
    pub group_type: Option<GroupType>,
    /// Ids of further members.
    pub member_user_ids: Option<Vec<String>>,
    /// The phone numbers of its admins, without the caller.
    pub admins: Option<Vec<String>>,
    /// A short description.
    pub short_description_string: Option<String>,
    /// A long description.
    pub long_description_string: Option<String>,
    /// Its picture.
    pub group_photo: Option<String>,
    /// URL of its picture. `groupImageURL` is accepted too.
    #[serde(alias = "groupImageURL")]
    pub group_image_url: Option<String>,
    /// For a sub-group, whether the caller becomes a member. Default: true. In other groups the caller always does.
    pub add_user_to_group: Option<bool>,
}

/// The reply to a request that creates a group.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupCreated {
    /// Its name.
    pub group_name: String,
    /// Its id.
    pub group_id: String,
    /// Whether all listed members were added.
    pub members_added: bool,
}

/// The groups to put beneath another.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubGroupsUpdate {
    /// Ids of the groups.
    #[schemars(required)]
    pub sub_groups: Option<Vec<String>>,
}

/// Reads a boolean, or text such as `true`: Kaizala's documents have both forms.
pub(super) fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(truth) => Ok(truth),
        Value::String(text) => text.parse().map_err(D::Error::custom),
        _ => Err(D::Error::custom("must be true or false")),
    }
}

/// The groups are now beneath the other group, or no longer.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Attached {
    /// Always true.
    #[serde(deserialize_with = "truth")]
    pub result: bool,
}
