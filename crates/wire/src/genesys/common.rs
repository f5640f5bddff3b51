//! Types that many operations share: paths, pages, listings, errors.

use crate::limits;
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_with::{apply, skip_serializing_none};
use std::collections::BTreeMap;

macro_rules! paths {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $wire:literal),+ })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            $(
                /// The id.
                #[serde(rename = $wire)]
                pub $field: String,
            )+
        }
    )*};
}

paths! {
    /// A group.
    GroupPath { group_id: "groupId" }
    /// A user.
    UserPath { user_id: "userId" }
    /// A group and a user, who may be a member or not.
    GroupMemberPath { group_id: "groupId", user_id: "userId" }
    /// A routing skill.
    SkillPath { skill_id: "skillId" }
    /// A language.
    LanguagePath { language_id: "languageId" }
    /// A routing skill of a user.
    UserSkillPath { user_id: "userId", skill_id: "skillId" }
    /// A language of a user.
    UserLanguagePath { user_id: "userId", language_id: "languageId" }
    /// A division.
    DivisionPath { division_id: "divisionId" }
    /// A role.
    RolePath { role_id: "roleId" }
    /// An OAuth client.
    ClientPath { client_id: "clientId" }
    /// A connector.
    ConnectorPath { application_id: "applicationId" }
}

/// Query for a page of a listing.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageQuery {
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
}

/// Query for a page of a listing by name, and the direction of the order.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SortedPageQuery {
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Direction of the order by name.
    pub sort_order: Option<SortOrder>,
}

/// The direction of a listing. The documents list `ascending` and `descending`, and name `ASC` as the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SortOrder {
    /// From the first name to the last.
    #[default]
    Ascending,
    /// From the last name to the first.
    Descending,
    /// The same as `ascending`.
    #[serde(rename = "ASC")]
    Asc,
    /// The same as `descending`.
    #[serde(rename = "DESC")]
    Desc,
}

impl<'de> Deserialize<'de> for SortOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        match word.to_ascii_lowercase().as_str() {
            "ascending" => Ok(SortOrder::Ascending),
            "asc" => Ok(SortOrder::Asc),
            "descending" => Ok(SortOrder::Descending),
            "desc" => Ok(SortOrder::Desc),
            _ => Err(D::Error::custom("must be one of ascending, descending, ASC, DESC")),
        }
    }
}

/// One page of a listing. Links are relative, with the page size first. The links to the next and the previous page are
/// absent if there is no such page.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{T}EntityListing")]
pub struct EntityListing<T> {
    /// The entries of the page.
    #[serde_with(skip_apply)]
    #[serde(default = "Vec::new")]
    #[schemars(!default)]
    pub entities: Vec<T>,
    /// Maximum number of entries on a page.
    pub page_size: i32,
    /// Page number.
    pub page_number: i32,
    /// Number of entries on all pages.
    pub total: i64,
    /// Link to the first page.
    pub first_uri: Option<String>,
    /// Link to the previous page.
    pub previous_uri: Option<String>,
    /// Link to this page.
    pub self_uri: Option<String>,
    /// Link to the next page.
    pub next_uri: Option<String>,
    /// Link to the last page.
    pub last_uri: Option<String>,
    /// Number of pages.
    pub page_count: i32,
}

/// Reads a text that some servers write as a number.
pub(super) fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(D::Error::custom("must be a string")),
    }
}

/// An empty object.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Empty {}

/// An entity by id, often without its name.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainEntityRef {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// URI of this resource.
    pub self_uri: Option<String>,
}

/// A picture.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Size, such as `x96`.
    pub resolution: Option<String>,
    /// URL of the picture.
    pub image_uri: Option<String>,
}

/// The chat address of a user or group.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    /// The XMPP address.
    #[serde(default)]
    #[schemars(!default)]
    pub jabber_id: String,
}

/// Why a request was refused.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorBody {
    /// What is wrong, with values filled in.
    #[serde(default)]
    #[schemars(!default)]
    pub message: String,
    /// The code of the error, such as `general.resource.not.found`.
    #[serde(default)]
    #[schemars(!default)]
    pub code: String,
    /// The HTTP status.
    #[serde(default)]
    #[schemars(!default)]
    pub status: u16,
    /// The message with `{name}` in the place of each value.
    #[serde(default)]
    pub message_with_params: Option<String>,
    /// The values of `messageWithParams`.
    #[serde(default)]
    pub message_params: BTreeMap<String, String>,
    /// The correlation id of the request.
    #[serde(default)]
    pub context_id: Option<String>,
    /// The fields that have errors.
    #[serde(default)]
    pub details: Vec<Detail>,
    /// Further errors.
    #[serde(default)]
    pub errors: Vec<ErrorBody>,
    /// The limit that was exceeded.
    #[serde(default)]
    pub limit: Option<Limit>,
}

/// A field that has an error.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// The code of the error.
    pub error_code: Option<String>,
    /// The field.
    pub field_name: Option<String>,
    /// The id of the entity.
    pub entity_id: Option<String>,
    /// The name of the entity.
    pub entity_name: Option<String>,
}

/// A limit.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Limit {
    /// Its name.
    pub key: Option<String>,
    /// The part of the API that it belongs to.
    pub namespace: Option<String>,
    /// The maximum value.
    pub value: Option<i64>,
}
