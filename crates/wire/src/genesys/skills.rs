//! Routing skills and languages, and how well users have them.

use super::common::{SortOrder, text_or_number};
use super::users::Division;
use super::words::SkillState;
use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::{apply, skip_serializing_none};

/// A skill that work is routed by.
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
    /// When it was changed last, as `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub date_modified: String,
    /// `active`.
    #[schemars(extend("enum" = ["active", "inactive", "deleted"]))]
    pub state: SkillState,
    /// 1 when new; each change adds 1.
    #[serde(deserialize_with = "text_or_number")]
    pub version: String,
    /// Where it is.
    pub self_uri: String,
}

/// A routing skill to be.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateRoutingSkill {
    /// Its name.
    #[schemars(required, length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
    /// The division; the home division where absent.
    pub division_id: Option<String>,
}

/// What changes about a routing skill; absent fields stay as they are.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateSkillDivisionRequest {
    /// The division; there is none but the home division yet.
    pub division_id: Option<String>,
    /// A new name. Convoke's own: in Genesys Cloud a skill keeps its name.
    #[schemars(length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
}

/// Which routing skills, and which page of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoutingSkillsQuery {
    /// Entries on a page: 1 to 500, 25 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// From 1 on; 1 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// Only the skills whose names begin so, in any case; a `*` at the end is not looked at.
    pub name: Option<String>,
    /// Only these skills; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id: Vec<String>,
}

/// A language that work is routed by.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Language {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name, unique among languages.
    pub name: String,
    /// When it was changed last, as `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub date_modified: String,
    /// `active`.
    #[schemars(extend("enum" = ["active", "inactive", "deleted"]))]
    pub state: SkillState,
    /// 1 when new; each change adds 1.
    #[serde(deserialize_with = "text_or_number")]
    pub version: String,
    /// Where it is.
    pub self_uri: String,
}

/// A language to be, or what one is to become. Read-only fields of [`Language`] are not looked at.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LanguageRequest {
    /// Its name.
    #[schemars(required, length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
}

/// Which languages, and which page of them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LanguagesQuery {
    /// Entries on a page: 1 to 500, 25 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_SIZE))]
    pub page_size: Option<i64>,
    /// From 1 on; 1 where absent.
    #[schemars(range(min = 1, max = limits::PAGE_NUMBER))]
    pub page_number: Option<i64>,
    /// In which direction names go.
    pub sort_order: Option<SortOrder>,
    /// Only the language of this name, in any case; with a `*` at the end, those whose names begin so.
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
    /// How well the user has it: 0 to 5.
    pub proficiency: f64,
    /// `active`.
    #[schemars(extend("enum" = ["active", "inactive", "deleted"]))]
    pub state: SkillState,
    /// Where the skill is.
    pub skill_uri: String,
    /// Where it is.
    pub self_uri: String,
}

/// A routing skill that a user is to have.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRoutingSkillPost {
    /// The skill's id.
    #[schemars(required)]
    pub id: Option<String>,
    /// How well the user is to have it: 0 to 5.
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
    /// How well the user has it: 0 to 5.
    pub proficiency: f64,
    /// `active`.
    #[schemars(extend("enum" = ["active", "inactive", "deleted"]))]
    pub state: SkillState,
    /// Where the language is.
    pub language_uri: String,
    /// Where it is.
    pub self_uri: String,
}

/// A language that a user is to have.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRoutingLanguagePost {
    /// The language's id.
    #[schemars(required)]
    pub id: Option<String>,
    /// How well the user is to have it: 0 to 5.
    #[schemars(required, range(min = 0, max = limits::PROFICIENCY))]
    pub proficiency: Option<f64>,
}

/// How well a user is to have a skill or language from now on. The other fields of
/// [`UserRoutingSkill`] and [`UserRoutingLanguage`] are not looked at: which one it is stands in the
/// path.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRoutingUpdate {
    /// From 0 to 5.
    #[schemars(required, range(min = 0, max = limits::PROFICIENCY))]
    pub proficiency: Option<f64>,
}
