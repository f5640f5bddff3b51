//! The part of the Kaizala connector API v1 that concerns groups and the people in them. The fields of replies have the
//! order of the published samples, for clients that compare text. No reply contains `null`: absent values are left out.

mod flag;
mod groups;
mod people;
mod sign_in;
mod subscribers;
mod words;

pub use flag::*;
pub use groups::*;
pub use people::*;
pub use sign_in::*;
pub use subscribers::*;
pub use words::*;

use crate::endpoint::{Nothing, endpoints};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

endpoints! {
    api Kaizala;

    /// Exchange a refresh token for an access token
    ///
    /// The refresh token and the connector's id and secret are in headers.
    GetAccessToken = "getAccessToken": GET "/v1/accessToken" []
        (Nothing, Nothing, None Nothing) -> 200 AccessToken;
    /// Send a PIN to a phone
    PostGeneratePin = "generatePin": POST "/v1/generatePin" []
        (Nothing, Nothing, Required PinRequest) -> 200 Empty, Act;
    /// Sign in with a PIN
    PostLogin = "loginWithPinAndApplicationId": POST "/v1/loginWithPinAndApplicationId" []
        (Nothing, Nothing, Required PinLogin) -> 200 Login, Act;

    /// Create a group
    PostGroups = "postGroups": POST "/v1/groups" []
        (Nothing, Nothing, Required GroupCreate) -> 200 GroupCreated;
    /// List the caller's groups
    GetGroups = "getGroups": GET "/v1/groups" []
        (Nothing, GroupsQuery, None Nothing) -> 200 GroupList;
    /// Get a group
    GetGroup = "getGroup": GET "/v1/groups/{groupId}" []
        (GroupPath, Nothing, None Nothing) -> 200 GroupReply;
    /// Get a group with its sub-groups
    GetSubGroups = "getSubGroups": GET "/v1/groups/{groupId}/subGroups" []
        (GroupPath, SubGroupsQuery, None Nothing) -> 200 GroupReply;
    /// Create a group under another
    PostSubGroups = "postSubGroups": POST "/v1/groups/{groupId}/subGroups" []
        (GroupPath, Nothing, Required GroupCreate) -> 200 GroupCreated;
    /// Put groups under another
    PutSubGroups = "putSubGroups": PUT "/v1/groups/{groupId}/subGroups" []
        (GroupPath, Nothing, Required SubGroupsUpdate) -> 200 Attached;
    /// Take a group from under another
    DeleteSubGroup = "deleteSubGroup": DELETE "/v1/groups/{groupId}/subGroups/{subGroupId}" []
        (SubGroupPath, Nothing, None Nothing) -> 200 Attached;

    /// List a group's members
    GetMembers = "getMembers": GET "/v1/groups/{groupId}/members" []
        (GroupPath, Nothing, None Nothing) -> 200 MemberList;
    /// Add members to a group
    PutMembers = "putMembers": PUT "/v1/groups/{groupId}/members" []
        (GroupPath, Nothing, Required MembersUpdate) -> 200 Done;
    /// Change a member's role
    PutMember = "putMember": PUT "/v1/groups/{groupId}/members/{memberId}" []
        (MemberPath, Nothing, Required RoleUpdate) -> 200 Done;
    /// Remove a member from a group
    DeleteMember = "deleteMember": DELETE "/v1/groups/{groupId}/members/{memberId}" []
        (MemberPath, Nothing, None Nothing) -> 200 Done;
    /// Get the caller's own profile
    GetUsersMe = "getUsersMe": GET "/v1/users/me" []
        (Nothing, Nothing, None Nothing) -> 200 User;

    /// Add subscribers to a public group
    PutSubscribersAdd = "putSubscribersAdd": PUT "/v1/groups/{groupId}/subscribers/add" []
        (GroupPath, Nothing, Required SubscribersUpdate) -> 200 Added;
    /// Remove subscribers from a public group
    PutSubscribersRemove = "putSubscribersRemove": PUT "/v1/groups/{groupId}/subscribers/remove" []
        (GroupPath, Nothing, Required SubscribersUpdate) -> 200 Removed;
    /// List the subscribers of a public group
    PostSubscribers = "postSubscribers": POST "/v1/groups/{groupId}/subscribers" []
        (GroupPath, Nothing, Optional Option<SubscribersPage>) -> 200 SubscriberList, Read;
    /// List the subscribers of a public group, for old clients
    GetSubscribers = "getSubscribers": GET "/v1/groups/{groupId}/subscribers" []
        (GroupPath, SubscribersPage, None Nothing) -> 200 SubscriberList;
}

/// A group.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupPath {
    /// The id.
    pub group_id: String,
}

/// A group beneath another.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubGroupPath {
    /// The id of the upper group.
    pub group_id: String,
    /// The id of the lower group.
    pub sub_group_id: String,
}

/// A member of a group.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberPath {
    /// The id of the group.
    pub group_id: String,
    /// The id of the member. A phone number is refused.
    pub member_id: String,
}

/// Why a request was refused. Clients recognise a refusal by these fields, whatever the status is. So no success has a
/// `message` or an `errorCode`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(!default)]
pub struct ErrorBody {
    /// What is wrong.
    pub message: String,
    /// The code of the error, such as `InvalidParameters`.
    pub error_code: String,
    /// The category of the error, such as `AuthException`.
    pub error_category_key: String,
}

#[cfg(test)]
mod tests;
