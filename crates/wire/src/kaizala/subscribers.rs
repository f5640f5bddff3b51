//! Subscribers of public groups.

use super::User;
use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::{apply, skip_serializing_none};
use std::collections::BTreeMap;

/// Whom to add to the subscribers of a group, or to take from them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SubscribersUpdate {
    /// Their phone numbers, with country codes.
    #[schemars(required)]
    pub subscribers: Option<Vec<String>>,
}

/// What became of each who was to be added.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Added {
    /// By phone number, as the request has it.
    pub result: BTreeMap<String, AddedOne>,
}

/// What became of one who was to be added.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddedOne {
    /// Whether it is a subscriber now.
    pub is_added: bool,
    /// Why not, in words.
    pub error_reason: Option<String>,
    /// Why not, such as `InvalidParameters`.
    pub error_code: Option<String>,
}

/// What became of each who was to be removed.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Removed {
    /// By phone number, as the request has it.
    pub result: BTreeMap<String, RemovedOne>,
}

/// What became of one who was to be removed.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemovedOne {
    /// Whether it is no subscriber now.
    pub is_removed: bool,
    /// Why not, in words.
    pub error_reason: Option<String>,
    /// Why not, such as `InvalidParameters`.
    pub error_code: Option<String>,
}

/// Which page of a group's subscribers.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SubscribersPage {
    /// Where the page before ended, as its reply says; the first page where absent.
    pub cursor: Option<String>,
    /// Entries on the page: 1 to 50, 50 where absent.
    #[schemars(range(min = 1, max = limits::SUBSCRIBERS))]
    pub count: Option<i64>,
}

/// A page of subscribers.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SubscriberList {
    /// The subscribers.
    pub subscribers: Vec<User>,
    /// Where the next page begins; absent when this is the last.
    pub cursor: Option<String>,
}
