//! The organisation, its divisions, permissions, roles, tokens and OAuth clients.

use super::common::DomainEntityRef;
use super::words::{ClientState, GrantType};
use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::{apply, skip_serializing_none};
use std::collections::BTreeMap;

/// The organisation.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// Default country of telephone numbers without a country code, such as `US` (ISO 3166-1, two letters).
    pub default_country_code: Option<String>,
    /// The organisation's name in chat addresses.
    pub third_party_org_name: Option<String>,
    /// Its domain.
    pub domain: Option<String>,
    /// Its version.
    pub version: i32,
    /// `active`.
    pub state: String,
    /// URI of this resource.
    pub self_uri: String,
}

/// The products that the organisation has. Programs use it to find which features they can use.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationProductEntityListing {
    /// The products.
    pub entities: Vec<DomainOrganizationProduct>,
    /// How many there are.
    pub total: i64,
}

/// A product.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DomainOrganizationProduct {
    /// Name of the product, such as `directory`.
    pub id: String,
}

/// A division.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthzDivision {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether it is the home division, which everything belongs to that is in no other.
    pub home_division: bool,
    /// URI of this resource.
    pub self_uri: String,
}

/// Query of a listing of divisions.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DivisionsQuery {
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Only these divisions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<String>,
    /// Only divisions whose name contains this.
    pub name: Option<String>,
}

/// Query of a listing of roles.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolesQuery {
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Only these roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<String>,
    /// Only roles whose name contains this.
    pub name: Option<String>,
    /// Only roles that have one of these permissions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permission: Vec<String>,
    /// Only roles made from these default roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_role_id: Vec<String>,
}

/// A role.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainOrganizationRole {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The default role that it was made from.
    pub default_role_id: Option<String>,
    /// The permissions that it grants.
    pub permissions: Vec<String>,
    /// The same permissions, by domain and entity.
    pub permission_policies: Vec<DomainPermissionPolicy>,
    /// Whether it is an unchanged default role.
    pub default: bool,
    /// Whether everyone has it.
    pub base: bool,
    /// URI of this resource.
    pub self_uri: String,
}

/// The permissions of a role on one kind of entity.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainPermissionPolicy {
    /// Such as `directory`.
    pub domain: String,
    /// Such as `group`.
    pub entity_name: String,
    /// Such as `add`.
    pub action_set: Vec<String>,
    /// Always false.
    pub allow_conditions: bool,
}

/// The permissions of one domain.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainPermissionCollection {
    /// The domain.
    pub domain: String,
    /// Its permissions by entity.
    pub permission_map: BTreeMap<String, Vec<DomainPermission>>,
}

/// A permission.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainPermission {
    /// Such as `directory`.
    pub domain: String,
    /// Such as `group`.
    pub entity_type: String,
    /// Such as `add`.
    pub action: String,
    /// Its full name.
    pub label: String,
    /// Always false.
    pub allows_conditions: bool,
    /// Always false.
    pub division_aware: bool,
}

/// An entity by id and name.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct NamedEntity {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The token of a request.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenInfo {
    /// The organisation that the token gives access to.
    pub organization: NamedEntity,
    /// The organisation that it belongs to.
    pub home_organization: NamedEntity,
    /// The client that it was issued to.
    #[serde(rename = "OAuthClient")]
    pub oauth_client: OrgOAuthClient,
}

/// The client that a token was issued to.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrgOAuthClient {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// `CLIENT-CREDENTIALS`.
    pub authorized_grant_type: GrantType,
    /// The organisation.
    pub organization: NamedEntity,
}

/// A role in a division.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleDivision {
    /// The role.
    pub role_id: String,
    /// The division. Default: the home division.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division_id: Option<String>,
}

/// The body of a request that creates or replaces an OAuth client.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OAuthClientRequest {
    /// Its name.
    #[schemars(required, length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Lifetime of its tokens in seconds: 300 to 172,800. Default: 86,400.
    #[schemars(range(min = limits::TOKEN_SECONDS_MIN, max = limits::TOKEN_SECONDS_MAX))]
    pub access_token_validity_seconds: Option<i64>,
    /// `CLIENT-CREDENTIALS`.
    #[schemars(required)]
    #[schemars(extend("enum" = ["CLIENT-CREDENTIALS", "CLIENT_CREDENTIALS", null]))]
    pub authorized_grant_type: Option<GrantType>,
    /// Its roles.
    pub role_ids: Option<Vec<String>>,
    /// Its roles, each in a division.
    pub role_divisions: Option<Vec<RoleDivision>>,
    /// `active` or `inactive`.
    #[schemars(extend("enum" = ["active", "inactive", "disabled", null]))]
    pub state: Option<ClientState>,
    /// The user that it acts for. Specific to Convoke: Genesys Cloud has no such field.
    pub user_id: Option<String>,
}

/// An OAuth client.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OAuthClient {
    /// Its id, by which it signs in.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Lifetime of its tokens in seconds.
    pub access_token_validity_seconds: i64,
    /// `CLIENT-CREDENTIALS`.
    pub authorized_grant_type: GrantType,
    /// Its secret. Only the reply that creates the client has it.
    pub secret: Option<String>,
    /// Its roles.
    pub role_ids: Vec<String>,
    /// Its roles, each in a division.
    pub role_divisions: Vec<RoleDivision>,
    /// When it was created.
    pub date_created: String,
    /// When it was last changed.
    pub date_modified: String,
    /// `active` or `inactive`.
    #[schemars(extend("enum" = ["active", "inactive"]))]
    pub state: ClientState,
    /// The user that it acts for.
    pub user_id: Option<String>,
    /// That user.
    pub user: Option<DomainEntityRef>,
    /// URI of this resource.
    pub self_uri: String,
}
