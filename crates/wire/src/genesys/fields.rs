//! The description of the fields that an entity has.

use super::common::text_or_number;
use super::words::EntityType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::{apply, skip_serializing_none};
use std::collections::BTreeMap;

/// Whose fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct FieldConfigQuery {
    /// `person`, `group`, `org` or `externalContact`.
    #[serde(rename = "type")]
    #[schemars(required)]
    #[schemars(extend("enum" = ["person", "group", "org", "externalContact", null]))]
    pub kind: Option<EntityType>,
}

/// The fields that a kind of entity has.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldConfig {
    /// Its id.
    #[serde_with(skip_apply)]
    pub id: String,
    /// Its name.
    pub name: String,
    /// `person`, `group`, `org` or `externalContact`.
    #[schemars(extend("enum" = ["person", "group", "org", "externalContact"]))]
    pub entity_type: String,
    /// `active`.
    pub state: String,
    /// The fields, in sections.
    pub sections: Vec<Section>,
    /// Its version.
    #[serde(deserialize_with = "text_or_number")]
    pub version: String,
    /// The version of its form.
    #[serde(deserialize_with = "text_or_number")]
    pub schema_version: String,
    /// Where it is.
    pub self_uri: String,
}

/// A few fields.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    /// The fields.
    pub field_list: Vec<FieldList>,
    /// Its name; the first part of its fields' keys.
    pub key: String,
    /// `active`.
    pub state: String,
}

/// A field.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldList {
    /// Whether its labels can be changed.
    pub custom_labels: bool,
    /// What to write in it.
    pub instruction_text: Option<String>,
    /// Section and name.
    pub key: String,
    /// What its values are called.
    pub label_keys: Vec<String>,
    /// More about its values.
    pub params: BTreeMap<String, serde_json::Value>,
    /// Whether there may be several values.
    pub repeatable: bool,
    /// `active`.
    pub state: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether there must be a value.
    pub required: bool,
    /// Whether it is about a person.
    pub gdpr: bool,
}
