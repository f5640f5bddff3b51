//! What many operations share: paths, pages, listings, errors.

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
    /// A user, of a group or not.
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

/// Which page of a listing.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageQuery {
    /// Entries on a page: 1 to 500, 25 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// From 1 on; 1 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
}

/// Which page of a listing by name, and in which direction.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SortedPageQuery {
    /// Entries on a page: 1 to 500, 25 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// From 1 on; 1 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// In which direction names go.
    pub sort_order: Option<SortOrder>,
}

/// In which direction a listing goes: documents say `ascending` and `descending`, and name `ASC`
/// as the default.
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

/// One page of a listing. Links are relative, page size first; the next and previous ones are left
/// out where there is no such page.
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
    /// How many a page has at the most.
    pub page_size: i32,
    /// Which page it is.
    pub page_number: i32,
    /// How many entries all pages have together.
    pub total: i64,
    /// The first page.
    pub first_uri: Option<String>,
    /// The page before.
    pub previous_uri: Option<String>,
    /// This page.
    pub self_uri: Option<String>,
    /// The page after.
    pub next_uri: Option<String>,
    /// The last page.
    pub last_uri: Option<String>,
    /// How many pages there are.
    pub page_count: i32,
}

/// A text that some servers write as a number.
pub(super) fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(D::Error::custom("must be a string")),
    }
}

/// An object with nothing in it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Empty {}

/// A thing named by id only.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainEntityRef {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Where it is.
    pub self_uri: Option<String>,
}

/// A picture.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// Such as `x96`.
    pub resolution: Option<String>,
    /// Where it is.
    pub image_uri: Option<String>,
}

/// Where chat reaches someone.
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
    /// What is wrong, values filled in.
    #[serde(default)]
    #[schemars(!default)]
    pub message: String,
    /// What kind of refusal, such as `general.resource.not.found`.
    #[serde(default)]
    #[schemars(!default)]
    pub code: String,
    /// The HTTP status.
    #[serde(default)]
    #[schemars(!default)]
    pub status: u16,
    /// The message with `{name}` where a value goes.
    #[serde(default)]
    pub message_with_params: Option<String>,
    /// The values.
    #[serde(default)]
    pub message_params: BTreeMap<String, String>,
    /// The correlation id of the request.
    #[serde(default)]
    pub context_id: Option<String>,
    /// Which fields are meant.
    #[serde(default)]
    pub details: Vec<Detail>,
    /// Further errors.
    #[serde(default)]
    pub errors: Vec<ErrorBody>,
    /// The limit that was passed.
    #[serde(default)]
    pub limit: Option<Limit>,
}

/// Which field is meant.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// What kind of error.
    pub error_code: Option<String>,
    /// The field.
    pub field_name: Option<String>,
    /// The thing.
    pub entity_id: Option<String>,
    /// Its name.
    pub entity_name: Option<String>,
}

/// A limit.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Limit {
    /// Its name.
    pub key: Option<String>,
    /// Whose it is.
    pub namespace: Option<String>,
    /// How much it allows.
    pub value: Option<i64>,
}
