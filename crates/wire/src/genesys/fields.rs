//! The description of the fields that an entity has.

use super::common::text_or_number;
use super::words::EntityType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::{apply, skip_serializing_none};
use std::collections::BTreeMap;

/// Query for a field config.
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
    /// The version of the config.
    #[serde(deserialize_with = "text_or_number")]
    pub version: String,
    /// The version of the config's schema.
    #[serde(deserialize_with = "text_or_number")]
    pub schema_version: String,
    /// URI of this resource.
    pub self_uri: String,
}

/// A section of fields.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    /// The fields.
    pub field_list: Vec<FieldList>,
    /// Its name, which is the first part of its fields' keys.
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
    /// What to enter in it.
    pub instruction_text: Option<String>,
    /// Section and name of the field.
    pub key: String,
    /// The labels of its values.
    pub label_keys: Vec<String>,
    /// Further properties of its values.
    pub params: BTreeMap<String, serde_json::Value>,
    /// Whether it may have several values.
    pub repeatable: bool,
    /// `active`.
    pub state: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether a value is required.
    pub required: bool,
    /// Whether it contains personal data.
    pub gdpr: bool,
}
