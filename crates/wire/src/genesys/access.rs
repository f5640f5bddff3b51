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
    /// The country of telephone numbers that are written without one, such as `US` (ISO 3166-1, two letters).
    pub default_country_code: Option<String>,
    /// The name in its chat addresses.
    pub third_party_org_name: Option<String>,
    /// Its domain.
    pub domain: Option<String>,
    /// Its version.
    pub version: i32,
    /// `active`.
    pub state: String,
    /// Where it is.
    pub self_uri: String,
}

/// The products that the organisation has. Programs ask for them to see what they may use.
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
    /// Its name, such as `directory`.
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
    /// Whether everyone is in it who is put in no other.
    pub home_division: bool,
    /// Where it is.
    pub self_uri: String,
}

/// Which divisions, and which page of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DivisionsQuery {
    /// Entries on a page: 1 to 500, 25 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// From 1 on; 1 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Only these divisions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<String>,
    /// Only divisions with this in their name.
    pub name: Option<String>,
}

/// Which roles, and which page of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolesQuery {
    /// Entries on a page: 1 to 500, 25 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// From 1 on; 1 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Only these roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<String>,
    /// Only roles with this in their name.
    pub name: Option<String>,
    /// Only roles that have one of these permissions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permission: Vec<String>,
    /// Only roles that came from these defaults.
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
    /// The default role that it came from.
    pub default_role_id: Option<String>,
    /// What its holders may do.
    pub permissions: Vec<String>,
    /// The same, by domain and entity.
    pub permission_policies: Vec<DomainPermissionPolicy>,
    /// Whether it is as it came.
    pub default: bool,
    /// Whether everyone has it.
    pub base: bool,
    /// Where it is.
    pub self_uri: String,
}

/// What a role allows with one kind of entity.
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

/// A thing by id and name.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct NamedEntity {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: String,
}

/// The token that a request carries.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenInfo {
    /// The organisation that it opens.
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
    /// The division; the home division where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division_id: Option<String>,
}

/// An OAuth client to be, or what one is to become.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OAuthClientRequest {
    /// Its name.
    #[schemars(required, length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Seconds for which its tokens are good: 300 to 172,800, 86,400 where absent.
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
    /// The user that it stands for. Our own: it has no counterpart in Genesys Cloud.
    pub user_id: Option<String>,
}

/// An OAuth client.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OAuthClient {
    /// Its id, with which it signs in.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Seconds for which its tokens are good.
    pub access_token_validity_seconds: i64,
    /// `CLIENT-CREDENTIALS`.
    pub authorized_grant_type: GrantType,
    /// Its secret; only in the reply that creates it.
    pub secret: Option<String>,
    /// Its roles.
    pub role_ids: Vec<String>,
    /// Its roles, each in a division.
    pub role_divisions: Vec<RoleDivision>,
    /// When it was created.
    pub date_created: String,
    /// When it was changed last.
    pub date_modified: String,
    /// `active` or `inactive`.
    #[schemars(extend("enum" = ["active", "inactive"]))]
    pub state: ClientState,
    /// The user that it stands for.
    pub user_id: Option<String>,
    /// That user.
    pub user: Option<DomainEntityRef>,
    /// Where it is.
    pub self_uri: String,
}
