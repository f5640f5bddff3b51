//! The part of the Genesys Cloud Platform API v2 that concerns groups and the people in them. Field names, types and
//! required fields are those of the official SDKs' documents. No reply contains `null`: absent values are left out.

mod access;
mod common;
mod connectors;
mod dynamic;
mod fields;
mod groups;
mod search;
mod skills;
mod subgroups;
mod users;
mod words;

pub use access::*;
pub use common::*;
pub use connectors::*;
pub use dynamic::*;
pub use fields::*;
pub use groups::*;
pub use search::*;
pub use skills::*;
pub use subgroups::*;
pub use users::*;
pub use words::*;

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
    /// Get the groups directly beneath a group
    /// Specific to Convoke: Genesys Cloud has no such operation.
    GetGroupSubgroups = "getGroupSubgroups": GET "/api/v2/groups/{groupId}/subgroups" []
        (GroupPath, SortedPageQuery, None Nothing) -> 200 EntityListing<Group>;
    /// Put groups beneath a group
    /// Specific to Convoke: Genesys Cloud has no such operation.
    PostGroupSubgroups = "postGroupSubgroups": POST "/api/v2/groups/{groupId}/subgroups" []
        (GroupPath, Nothing, Required GroupSubgroupsUpdate) -> 202 Empty;
    /// Remove groups from beneath a group
    /// Specific to Convoke: Genesys Cloud has no such operation.
    DeleteGroupSubgroups = "deleteGroupSubgroups": DELETE "/api/v2/groups/{groupId}/subgroups" []
        (GroupPath, SubgroupIdsQuery, None Nothing) -> 202 Empty;
    /// Explain why a user is a member of a group, or is not
    /// Specific to Convoke: Genesys Cloud has no such operation.
    GetGroupMemberExplanation = "getGroupMemberExplanation":
        GET "/api/v2/groups/{groupId}/members/{userId}/explanation" ["directory:group:view"]
        (GroupMemberPath, Nothing, None Nothing) -> 200 GroupMemberExplanation;
    /// Get the rule of a dynamic group
    GetGroupDynamicsettings = "getGroupDynamicsettings": GET "/api/v2/groups/{groupId}/dynamicsettings"
        ["directory:group:view"]
        (GroupPath, Nothing, None Nothing) -> 200 DynamicGroupDefinition;
    /// Create or update the rule of a dynamic group
    PutGroupDynamicsettings = "putGroupDynamicsettings": PUT "/api/v2/groups/{groupId}/dynamicsettings"
        ["directory:group:edit"]
        (GroupPath, Nothing, Required DynamicGroupQuery) -> 204 Nothing;
    /// Remove the rule of a dynamic group
    DeleteGroupDynamicsettings = "deleteGroupDynamicsettings": DELETE "/api/v2/groups/{groupId}/dynamicsettings"
        ["directory:group:delete"]
        (GroupPath, Nothing, None Nothing) -> 204 Nothing;
    /// Preview the number of users that a rule selects
    PostGroupsDynamicsettingsPreview = "postGroupsDynamicsettingsPreview":
        POST "/api/v2/groups/dynamicsettings/preview" ["directory:group:view"]
        (Nothing, PreviewQuery, Required DynamicGroupQuery) -> 200 DynamicGroupQueryPreview, Read;
    /// Search groups
    PostGroupsSearch = "postGroupsSearch": POST "/api/v2/groups/search" []
        (Nothing, Nothing, Required GroupSearchRequest) -> 200 SearchResponse<Group>, Read;
    /// Search groups using the q64 value returned from a previous search
    GetGroupsSearch = "getGroupsSearch": GET "/api/v2/groups/search" []
        (Nothing, SearchQuery, None Nothing) -> 200 SearchResponse<Group>;
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
    /// Search users
    PostUsersSearch = "postUsersSearch": POST "/api/v2/users/search" ["directory:user:view"]
        (Nothing, Nothing, Required UserSearchRequest) -> 200 SearchResponse<User>, Read;
    /// Search users using the q64 value returned from a previous search
    GetUsersSearch = "getUsersSearch": GET "/api/v2/users/search" ["directory:user:view"]
        (Nothing, SearchQuery, None Nothing) -> 200 SearchResponse<User>;
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

    /// Get the groups that a user is a member of, and why
    /// Specific to Convoke: Genesys Cloud has no such operation.
    GetUserGroups = "getUserGroups": GET "/api/v2/users/{userId}/groups" []
        (UserPath, UserGroupsQuery, None Nothing) -> 200 EntityListing<UserGroup>;
    /// List routing skills for a user
    GetUserRoutingskills = "getUserRoutingskills": GET "/api/v2/users/{userId}/routingskills" []
        (UserPath, SortedPageQuery, None Nothing) -> 200 EntityListing<UserRoutingSkill>;
    /// Add routing skill to user
    PostUserRoutingskills = "postUserRoutingskills": POST "/api/v2/users/{userId}/routingskills"
        ["routing:skill:assign"]
        (UserPath, Nothing, Required UserRoutingSkillPost) -> 200 UserRoutingSkill;
    /// Update routing skill proficiency or state
    PutUserRoutingskill = "putUserRoutingskill": PUT "/api/v2/users/{userId}/routingskills/{skillId}"
        ["routing:skill:assign"]
        (UserSkillPath, Nothing, Required UserRoutingUpdate) -> 200 UserRoutingSkill;
    /// Remove routing skill from user
    DeleteUserRoutingskill = "deleteUserRoutingskill": DELETE "/api/v2/users/{userId}/routingskills/{skillId}"
        ["routing:skill:assign"]
        (UserSkillPath, Nothing, None Nothing) -> 200 Nothing;
    /// Replace all routing skills assigned to a user
    PutUserRoutingskillsBulk = "putUserRoutingskillsBulk": PUT "/api/v2/users/{userId}/routingskills/bulk"
        ["routing:skill:assign"]
        (UserPath, Nothing, Required Vec<UserRoutingSkillPost>) -> 200 EntityListing<UserRoutingSkill>;
    /// Bulk add routing skills to user
    PatchUserRoutingskillsBulk = "patchUserRoutingskillsBulk": PATCH "/api/v2/users/{userId}/routingskills/bulk"
        ["routing:skill:assign"]
        (UserPath, Nothing, Required Vec<UserRoutingSkillPost>) -> 200 EntityListing<UserRoutingSkill>;
    /// List routing language for user
    GetUserRoutinglanguages = "getUserRoutinglanguages": GET "/api/v2/users/{userId}/routinglanguages" []
        (UserPath, SortedPageQuery, None Nothing) -> 200 EntityListing<UserRoutingLanguage>;
    /// Add routing language to user
    PostUserRoutinglanguages = "postUserRoutinglanguages": POST "/api/v2/users/{userId}/routinglanguages"
        ["routing:skill:assign", "routing:language:assign"]
        (UserPath, Nothing, Required UserRoutingLanguagePost) -> 200 UserRoutingLanguage;
    /// Update routing language proficiency or state
    PatchUserRoutinglanguage = "patchUserRoutinglanguage":
        PATCH "/api/v2/users/{userId}/routinglanguages/{languageId}"
        ["routing:skill:assign", "routing:language:assign"]
        (UserLanguagePath, Nothing, Required UserRoutingUpdate) -> 200 UserRoutingLanguage;
    /// Remove routing language from user
    DeleteUserRoutinglanguage = "deleteUserRoutinglanguage":
        DELETE "/api/v2/users/{userId}/routinglanguages/{languageId}"
        ["routing:skill:assign", "routing:language:assign"]
        (UserLanguagePath, Nothing, None Nothing) -> 200 Nothing;
    /// Add bulk routing language to user
    PatchUserRoutinglanguagesBulk = "patchUserRoutinglanguagesBulk":
        PATCH "/api/v2/users/{userId}/routinglanguages/bulk"
        ["routing:skill:assign", "routing:language:assign"]
        (UserPath, Nothing, Required Vec<UserRoutingLanguagePost>) -> 200 EntityListing<UserRoutingLanguage>;
    /// List profile skills for a user
    GetUserProfileskills = "getUserProfileskills": GET "/api/v2/users/{userId}/profileskills"
        ["directory:userProfile:view"]
        (UserPath, Nothing, None Nothing) -> 200 Vec<String>;
    /// Update profile skills for a user
    PutUserProfileskills = "putUserProfileskills": PUT "/api/v2/users/{userId}/profileskills"
        ["directory:userProfile:edit"]
        (UserPath, Nothing, Required Vec<String>) -> 200 Vec<String>;

    /// Get the list of routing skills
    GetRoutingSkills = "getRoutingSkills": GET "/api/v2/routing/skills" ["routing:skill:view"]
        (Nothing, RoutingSkillsQuery, None Nothing) -> 200 EntityListing<RoutingSkill>;
    /// Create routing skill
    PostRoutingSkills = "postRoutingSkills": POST "/api/v2/routing/skills"
        ["routing:skill:manage", "routing:skill:create"]
        (Nothing, Nothing, Required CreateRoutingSkill) -> 200 RoutingSkill;
    /// Get routing skill
    GetRoutingSkill = "getRoutingSkill": GET "/api/v2/routing/skills/{skillId}" ["routing:skill:view"]
        (SkillPath, Nothing, None Nothing) -> 200 RoutingSkill;
    /// Rename routing skill, or update its division
    PatchRoutingSkill = "patchRoutingSkill": PATCH "/api/v2/routing/skills/{skillId}" ["routing:skill:update"]
        (SkillPath, Nothing, Required UpdateSkillDivisionRequest) -> 200 RoutingSkill;
    /// Delete routing skill
    DeleteRoutingSkill = "deleteRoutingSkill": DELETE "/api/v2/routing/skills/{skillId}"
        ["routing:skill:manage", "routing:skill:delete"]
        (SkillPath, Nothing, None Nothing) -> 200 Nothing;
    /// Get the list of supported languages
    GetRoutingLanguages = "getRoutingLanguages": GET "/api/v2/routing/languages" []
        (Nothing, LanguagesQuery, None Nothing) -> 200 EntityListing<Language>;
    /// Create language
    PostRoutingLanguages = "postRoutingLanguages": POST "/api/v2/routing/languages" ["routing:skill:manage"]
        (Nothing, Nothing, Required LanguageRequest) -> 200 Language;
    /// Get a routing language
    GetRoutingLanguage = "getRoutingLanguage": GET "/api/v2/routing/languages/{languageId}" []
        (LanguagePath, Nothing, None Nothing) -> 200 Language;
    /// Rename a routing language
    /// Specific to Convoke: Genesys Cloud has no such operation.
    PatchRoutingLanguage = "patchRoutingLanguage": PATCH "/api/v2/routing/languages/{languageId}"
        ["routing:skill:manage"]
        (LanguagePath, Nothing, Required LanguageRequest) -> 200 Language;
    /// Delete a routing language
    DeleteRoutingLanguage = "deleteRoutingLanguage": DELETE "/api/v2/routing/languages/{languageId}"
        ["routing:skill:manage"]
        (LanguagePath, Nothing, None Nothing) -> 200 Nothing;

    /// Get the organization
    GetOrganizationsMe = "getOrganizationsMe": GET "/api/v2/organizations/me" []
        (Nothing, Nothing, None Nothing) -> 200 Organization;
    /// Get the products that the organization has
    GetAuthorizationProducts = "getAuthorizationProducts": GET "/api/v2/authorization/products" []
        (Nothing, Nothing, None Nothing) -> 200 OrganizationProductEntityListing;
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
        (Nothing, Nothing, None Nothing) -> 200 Nothing, Act;

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

    /// List connectors
    /// Specific to Convoke: Genesys Cloud has no such operation.
    GetConnectors = "getConnectors": GET "/api/v2/connectors" ["oauth:client:view"]
        (Nothing, PageQuery, None Nothing) -> 200 EntityListing<Connector>;
    /// Create a connector
    /// Specific to Convoke: Genesys Cloud has no such operation.
    PostConnectors = "postConnectors": POST "/api/v2/connectors" ["oauth:client:add"]
        (Nothing, Nothing, Required ConnectorCreate) -> 200 Connector;
    /// Get a connector
    /// Specific to Convoke: Genesys Cloud has no such operation.
    GetConnector = "getConnector": GET "/api/v2/connectors/{applicationId}" ["oauth:client:view"]
        (ConnectorPath, Nothing, None Nothing) -> 200 Connector;
    /// Revoke all tokens of a connector, and create a new refresh token
    /// Specific to Convoke: Genesys Cloud has no such operation.
    PostConnectorRefreshtoken = "postConnectorRefreshtoken": POST "/api/v2/connectors/{applicationId}/refreshtoken"
        ["oauth:client:edit"]
        (ConnectorPath, Nothing, None Nothing) -> 200 Connector;
    /// Delete a connector and its tokens
    /// Specific to Convoke: Genesys Cloud has no such operation.
    DeleteConnector = "deleteConnector": DELETE "/api/v2/connectors/{applicationId}" ["oauth:client:delete"]
        (ConnectorPath, Nothing, None Nothing) -> 204 Nothing;
}
