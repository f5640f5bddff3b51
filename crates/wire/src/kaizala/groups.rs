//! Groups, and groups under groups.

use super::Flag;
use super::words::{GroupType, Role};
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_with::{apply, skip_serializing_none};

/// A group as replies have it. How much of it there is, each operation says.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct Group {
    /// Its name.
    pub group_name: String,
    /// Its id.
    pub group_id: String,
    /// Where its picture is; empty when it has none.
    // The tables of the documents write it in capitals, their samples do not.
    #[serde(alias = "groupImageURL")]
    pub group_image_url: String,
    /// Whether there are groups under it.
    pub has_sub_groups: Option<bool>,
    /// Whether it is under other groups.
    pub has_parent_groups: Option<bool>,
    /// What the caller is in it: `Admin`, `Member`, `Subscriber` or `None`.
    #[schemars(extend("enum" = ["Admin", "Member", "Subscriber", "None", null]))]
    pub caller_role: Option<Role>,
    /// How many groups are directly under it.
    pub current_level_sub_group_count: Option<i64>,
    /// How many groups it is directly under.
    pub current_level_parent_group_count: Option<i64>,
    /// How many memberships it has together with all groups under it.
    pub user_count: Option<i64>,
    /// How many users those memberships are of.
    pub unique_user_count: Option<i64>,
    /// How many members it has itself.
    pub current_level_user_count: Option<i64>,
    /// How many of its own members have not signed in yet.
    pub current_level_un_provisioned_user_count: Option<i64>,
    /// How many of all users under it have not signed in yet.
    pub un_provisioned_user_count: Option<i64>,
    /// Whether it is a group of the organisation.
    pub is_mapped_to_tenant: Option<bool>,
    /// `Group` or `ConnectGroup`.
    #[schemars(extend("enum" = ["Group", "ConnectGroup", null]))]
    pub group_type: Option<GroupType>,
    /// Whether it stands elsewhere in this reply already.
    pub is_duplicate: Option<bool>,
    /// Whether the caller may change it.
    pub is_editable: Option<bool>,
    /// Whether the caller may see who is in it.
    pub is_details_readable: Option<bool>,
    /// The groups under it.
    pub sub_groups: Option<Vec<Group>>,
    /// What those who join are told.
    pub welcome_message: Option<String>,
}

/// Groups.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct GroupList {
    /// The groups.
    pub groups: Vec<Group>,
}

/// One group, twice: as the one entry of a list, which is what the documents say, and with its fields
/// at the top, which is where clients look for them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(from = "HalfGroupReply")]
#[schemars(!from)]
pub struct GroupReply {
    /// The group, alone.
    pub groups: Vec<Group>,
    /// The same.
    #[serde(flatten)]
    pub group: Group,
}

/// A [`GroupReply`] as others than Convoke write it.
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

/// Which groups, and how much of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupsQuery {
    /// Whether to say all about each group; false where absent.
    pub show_detail: Option<Flag>,
    /// The same, as most clients write it.
    pub show_details: Option<Flag>,
    /// Whether to list all groups above and under the caller's as well; false where absent.
    pub fetch_all_groups: Option<Flag>,
}

/// How far down to go.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubGroupsQuery {
    /// Whether to go all the way down; false where absent.
    pub fetch_all_groups: Option<Flag>,
}

/// A group to be.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupCreate {
    /// Its name; also taken as `groupName`.
    #[serde(alias = "groupName")]
    #[schemars(required)]
    pub name: Option<String>,
    /// What those who join are told.
    #[schemars(required)]
    pub welcome_message: Option<String>,
    /// The phone numbers of its members, with country codes.
    pub members: Option<Vec<String>>,
    /// `Group` or `ConnectGroup`, which is a public one; `Group` where absent.
    #[schemars(extend("enum" = ["Group", "ConnectGroup", null]))]
    pub group_type: Option<GroupType>,
    /// The ids of further members.
    pub member_user_ids: Option<Vec<String>>,
    /// The phone numbers of its admins beside the caller.
    pub admins: Option<Vec<String>>,
    /// What it is for, in short.
    pub short_description_string: Option<String>,
    /// What it is for, at length.
    pub long_description_string: Option<String>,
    /// Its picture.
    pub group_photo: Option<String>,
    /// Where its picture is; also taken as `groupImageURL`.
    #[serde(alias = "groupImageURL")]
    pub group_image_url: Option<String>,
    /// Of a sub-group, whether the caller is in it; true where absent. Other groups always have the caller.
    pub add_user_to_group: Option<bool>,
}

/// A group that was created.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupCreated {
    /// Its name.
    pub group_name: String,
    /// Its id.
    pub group_id: String,
    /// Whether all who were listed are in it.
    pub members_added: bool,
}

/// Which groups to put under another.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubGroupsUpdate {
    /// Their ids.
    #[schemars(required)]
    pub sub_groups: Option<Vec<String>>,
}

/// True, be it text or not: Kaizala's documents have it both ways.
pub(super) fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(truth) => Ok(truth),
        Value::String(text) => text.parse().map_err(D::Error::custom),
        _ => Err(D::Error::custom("must be true or false")),
    }
}

/// The groups are under the other, or no longer so.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Attached {
    /// Always true.
    #[serde(deserialize_with = "truth")]
    pub result: bool,
}
