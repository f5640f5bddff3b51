//! The Genesys Cloud Platform API v2, as far as it concerns groups and those who are in them. Field
//! names, types and required fields are those of the official SDKs' documents. No reply carries a
//! `null`: what is absent is left out.

mod access;
mod common;
mod fields;
mod groups;
mod users;

pub use access::*;
pub use common::*;
pub use fields::*;
pub use groups::*;
pub use users::*;

use crate::endpoint::{Nothing, endpoints};

endpoints! {
    /// Create a group
    PostGroups = "postGroups": POST "/api/v2/groups" ["directory:group:add"]
        (Nothing, Nothing, Required GroupCreate) -> 200 Group;
    /// Get a group list
    GetGroups = "getGroups": GET "/api/v2/groups" []
        (Nothing, GroupsQuery, None Nothing) -> 200 EntityListing<Group>;
    /// Get group
    GetGroup = "getGroup": GET "/api/v2/groups/{groupId}" []
        (GroupPath, Nothing, None Nothing) -> 200 Group;
    /// Update group
    PutGroup = "putGroup": PUT "/api/v2/groups/{groupId}" ["directory:group:edit"]
        (GroupPath, Nothing, Optional Option<GroupUpdate>) -> 200 Group;
    /// Delete group
    DeleteGroup = "deleteGroup": DELETE "/api/v2/groups/{groupId}" ["directory:group:delete"]
        (GroupPath, Nothing, None Nothing) -> 200 Nothing;
    /// Add members
    PostGroupMembers = "postGroupMembers": POST "/api/v2/groups/{groupId}/members" []
        (GroupPath, Nothing, Required GroupMembersUpdate) -> 202 Empty;
    /// Remove members
    DeleteGroupMembers = "deleteGroupMembers": DELETE "/api/v2/groups/{groupId}/members" []
        (GroupPath, MemberIdsQuery, None Nothing) -> 202 Empty;
    /// Get group members, includes individuals, owners, and dynamically included people
    GetGroupMembers = "getGroupMembers": GET "/api/v2/groups/{groupId}/members" []
        (GroupPath, MembersQuery, None Nothing) -> 200 EntityListing<User>;
    /// Get all individuals associated with the group
    GetGroupIndividuals = "getGroupIndividuals": GET "/api/v2/groups/{groupId}/individuals" []
        (GroupPath, Nothing, None Nothing) -> 200 EntityListing<User>;
    /// Get group profile
    GetGroupProfile = "getGroupProfile": GET "/api/v2/groups/{groupId}/profile" []
        (GroupPath, ProfileQuery, None Nothing) -> 200 GroupProfile;
    /// Get group profile listing
    GetProfilesGroups = "getProfilesGroups": GET "/api/v2/profiles/groups" []
        (Nothing, GroupsQuery, None Nothing) -> 200 EntityListing<GroupProfile>;
    /// Fetch field config for an entity type
    GetFieldconfig = "getFieldconfig": GET "/api/v2/fieldconfig" []
        (Nothing, FieldConfigQuery, None Nothing) -> 200 FieldConfig;
    /// Get a group's voicemail policy
    GetVoicemailGroupPolicy = "getVoicemailGroupPolicy": GET "/api/v2/voicemail/groups/{groupId}/policy"
        ["voicemail:groupPolicy:view"]
        (GroupPath, Nothing, None Nothing) -> 200 VoicemailGroupPolicy;
    /// Update a group's voicemail policy
    PatchVoicemailGroupPolicy = "patchVoicemailGroupPolicy": PATCH "/api/v2/voicemail/groups/{groupId}/policy"
        ["voicemail:groupPolicy:edit"]
        (GroupPath, Nothing, Required VoicemailGroupPolicy) -> 200 VoicemailGroupPolicy;

    /// Get the list of available users
    GetUsers = "getUsers": GET "/api/v2/users" []
        (Nothing, UsersQuery, None Nothing) -> 200 EntityListing<User>;
    /// Create user
    PostUsers = "postUsers": POST "/api/v2/users" ["directory:user:add"]
        (Nothing, Nothing, Required CreateUser) -> 200 User;
    /// Get current user details
    GetUsersMe = "getUsersMe": GET "/api/v2/users/me" []
        (Nothing, MeQuery, None Nothing) -> 200 UserMe;
    /// Get user
    GetUser = "getUser": GET "/api/v2/users/{userId}" []
        (UserPath, UserQuery, None Nothing) -> 200 User;
    /// Update user
    PatchUser = "patchUser": PATCH "/api/v2/users/{userId}"
        ["admin", "directory:user:edit", "directory:organization:admin"]
        (UserPath, Nothing, Required UpdateUser) -> 200 User;
    /// Delete user
    DeleteUser = "deleteUser": DELETE "/api/v2/users/{userId}"
        ["admin", "directory:user:delete", "directory:organization:admin"]
        (UserPath, Nothing, None Nothing) -> 200 Empty;

    /// Get the organization
    GetOrganizationsMe = "getOrganizationsMe": GET "/api/v2/organizations/me" []
        (Nothing, Nothing, None Nothing) -> 200 Organization;
    /// Get a list of divisions
    GetAuthorizationDivisions = "getAuthorizationDivisions": GET "/api/v2/authorization/divisions" []
        (Nothing, DivisionsQuery, None Nothing) -> 200 EntityListing<AuthzDivision>;
    /// Get the home division
    GetAuthorizationDivisionsHome = "getAuthorizationDivisionsHome": GET "/api/v2/authorization/divisions/home" []
        (Nothing, Nothing, None Nothing) -> 200 AuthzDivision;
    /// Get a division
    GetAuthorizationDivision = "getAuthorizationDivision": GET "/api/v2/authorization/divisions/{divisionId}" []
        (DivisionPath, Nothing, None Nothing) -> 200 AuthzDivision;
    /// Get all permissions
    GetAuthorizationPermissions = "getAuthorizationPermissions": GET "/api/v2/authorization/permissions" []
        (Nothing, PageQuery, None Nothing) -> 200 EntityListing<DomainPermissionCollection>;
    /// Get a list of roles
    GetAuthorizationRoles = "getAuthorizationRoles": GET "/api/v2/authorization/roles" ["authorization:role:view"]
        (Nothing, RolesQuery, None Nothing) -> 200 EntityListing<DomainOrganizationRole>;
    /// Get a role
    GetAuthorizationRole = "getAuthorizationRole": GET "/api/v2/authorization/roles/{roleId}"
        ["authorization:role:view"]
        (RolePath, Nothing, None Nothing) -> 200 DomainOrganizationRole;

    /// Get the token that the request carries
    GetTokensMe = "getTokensMe": GET "/api/v2/tokens/me" []
        (Nothing, Nothing, None Nothing) -> 200 TokenInfo;
    /// Verify the token that the request carries
    HeadTokensMe = "headTokensMe": HEAD "/api/v2/tokens/me" []
        (Nothing, Nothing, None Nothing) -> 200 Nothing;
    /// Revoke the token that the request carries
    DeleteTokensMe = "deleteTokensMe": DELETE "/api/v2/tokens/me" []
        (Nothing, Nothing, None Nothing) -> 200 Nothing;

    /// List OAuth clients
    GetOauthClients = "getOauthClients": GET "/api/v2/oauth/clients" ["oauth:client:view"]
        (Nothing, PageQuery, None Nothing) -> 200 EntityListing<OAuthClient>;
    /// Create an OAuth client
    PostOauthClients = "postOauthClients": POST "/api/v2/oauth/clients" ["oauth:client:add"]
        (Nothing, Nothing, Required OAuthClientRequest) -> 200 OAuthClient;
    /// Get an OAuth client
    GetOauthClient = "getOauthClient": GET "/api/v2/oauth/clients/{clientId}" ["oauth:client:view"]
        (ClientPath, Nothing, None Nothing) -> 200 OAuthClient;
    /// Update an OAuth client
    PutOauthClient = "putOauthClient": PUT "/api/v2/oauth/clients/{clientId}" ["oauth:client:edit"]
        (ClientPath, Nothing, Required OAuthClientRequest) -> 200 OAuthClient;
    /// Delete an OAuth client
    DeleteOauthClient = "deleteOauthClient": DELETE "/api/v2/oauth/clients/{clientId}" ["oauth:client:delete"]
        (ClientPath, Nothing, None Nothing) -> 200 Nothing;
}
