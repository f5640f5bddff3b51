//! Members and users.

use super::groups::truth;
use super::words::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_with::{apply, skip_serializing_none};

/// Members of a group.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MemberList {
    /// The members.
    pub members: Vec<Member>,
}

/// A member of a group.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The user's id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// `Admin` or `Member`.
    #[schemars(extend("enum" = ["Admin", "Member"]))]
    pub role: Role,
    /// The phone number, with country code.
    pub mobile_number: Option<String>,
    /// The name.
    pub name: String,
    /// URL of the picture. Empty if there is none.
    pub profile_pic: String,
    /// Whether the user has signed in yet.
    pub is_provisioned: bool,
}

/// A user.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// The phone number, with country code.
    pub mobile_number: Option<String>,
    /// The name.
    pub name: String,
    /// URL of the picture. Empty if there is none.
    pub profile_pic: String,
    /// Whether the user has signed in yet.
    pub is_provisioned: bool,
}

/// The members to add to a group.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MembersUpdate {
    /// Their phone numbers, with country codes.
    pub members: Option<Vec<String>>,
    /// Ids of further members.
    pub member_user_ids: Option<Vec<String>>,
}

/// The new role of a member.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct RoleUpdate {
    /// `Admin` or `Member`.
    #[schemars(required, extend("enum" = ["Admin", "Member"]))]
    pub role: Option<Role>,
}

/// The reply of an operation that has no other result.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// Always `true`, as text, as in the published API.
    #[serde(deserialize_with = "text_of_truth")]
    #[schemars(extend("enum" = ["true"]))]
    pub result: String,
}

fn text_of_truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    truth(deserializer).map(|truth| truth.to_string())
}
