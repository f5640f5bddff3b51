//! Routing skills and languages, and the proficiency of users.

use super::common::{SortOrder, text_or_number};
use super::users::Division;
use super::words::SkillState;
use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::{apply, skip_serializing_none};

/// A skill that is used for routing.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoutingSkill {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name, unique among routing skills.
    pub name: String,
    /// The division.
    pub division: Division,
    /// When it was last changed, as `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub date_modified: String,
    /// `active`.
    #[schemars(extend("enum" = ["active", "inactive", "deleted"]))]
    pub state: SkillState,
    /// 1 when new; each change adds 1.
    #[serde(deserialize_with = "text_or_number")]
    pub version: String,
    /// URI of this resource.
    pub self_uri: String,
}

/// The body of a request that creates a routing skill.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateRoutingSkill {
    /// Its name.
    #[schemars(required, length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
    /// The division. Default: the home division.
    pub division_id: Option<String>,
}

/// The changes of a routing skill. Absent fields stay unchanged.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateSkillDivisionRequest {
    /// The division. Only the home division exists yet.
    pub division_id: Option<String>,
    /// A new name. Specific to Convoke: in Genesys Cloud the name of a skill cannot change.
    #[schemars(length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
}

/// Query of a listing of routing skills.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoutingSkillsQuery {
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Only the skills whose names begin with this text, in any case. A `*` at the end is ignored.
    pub name: Option<String>,
    /// Only these skills; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<String>,
}

/// A language that is used for routing.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Language {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name, unique among languages.
    pub name: String,
    /// When it was last changed, as `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub date_modified: String,
    /// `active`.
    #[schemars(extend("enum" = ["active", "inactive", "deleted"]))]
    pub state: SkillState,
    /// 1 when new; each change adds 1.
    #[serde(deserialize_with = "text_or_number")]
    pub version: String,
    /// URI of this resource.
    pub self_uri: String,
}

/// The body of a request that creates or changes a language. The read-only fields of [`Language`] are ignored.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LanguageRequest {
    /// Its name.
    #[schemars(required, length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
}

/// Query of a listing of languages.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LanguagesQuery {
    /// Page size: 1 to 500. Default: 25.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// Page number, from 1. Default: 1.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Direction of the order by name.
    pub sort_order: Option<SortOrder>,
    /// Only the language with this name, in any case. With a `*` at the end, those whose names begin with the text.
    pub name: Option<String>,
    /// Only these languages; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<String>,
}

/// A routing skill of a user.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRoutingSkill {
    /// The skill's id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// The skill's name.
    pub name: String,
    /// Proficiency of the user: 0 to 5.
    pub proficiency: f64,
    /// `active`.
    #[schemars(extend("enum" = ["active", "inactive", "deleted"]))]
    pub state: SkillState,
    /// URI of the skill.
    pub skill_uri: String,
    /// URI of this resource.
    pub self_uri: String,
}

/// A routing skill to add to a user.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRoutingSkillPost {
    /// The skill's id.
    #[schemars(required)]
    pub id: Option<String>,
    /// Proficiency of the user: 0 to 5.
    #[schemars(required, range(min = 0, max = limits::PROFICIENCY))]
    pub proficiency: Option<f64>,
}

/// A language of a user.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRoutingLanguage {
    /// The language's id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// The language's name.
    pub name: String,
    /// Proficiency of the user: 0 to 5.
    pub proficiency: f64,
    /// `active`.
    #[schemars(extend("enum" = ["active", "inactive", "deleted"]))]
    pub state: SkillState,
    /// URI of the language.
    pub language_uri: String,
    /// URI of this resource.
    pub self_uri: String,
}

/// A language to add to a user.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRoutingLanguagePost {
    /// The language's id.
    #[schemars(required)]
    pub id: Option<String>,
    /// Proficiency of the user: 0 to 5.
    #[schemars(required, range(min = 0, max = limits::PROFICIENCY))]
    pub proficiency: Option<f64>,
}

/// The new proficiency of a user in a skill or language, which the path names. The other fields of [`UserRoutingSkill`]
/// and [`UserRoutingLanguage`] are ignored.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRoutingUpdate {
    /// Proficiency: 0 to 5.
    #[schemars(required, range(min = 0, max = limits::PROFICIENCY))]
    pub proficiency: Option<f64>,
}
