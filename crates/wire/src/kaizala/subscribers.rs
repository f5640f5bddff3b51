//! Subscribers of public groups.

use super::User;
use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::{apply, skip_serializing_none};
use std::collections::BTreeMap;

/// The users to add to the subscribers of a group, or to remove from them.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SubscribersUpdate {
    /// Their phone numbers, with country codes.
    #[schemars(required)]
    pub subscribers: Option<Vec<String>>,
}

/// The results of adding subscribers.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Added {
    /// The results by phone number, as in the request.
    pub result: BTreeMap<String, AddedOne>,
}

/// The result for one user.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddedOne {
    /// Whether the user is a subscriber now.
    pub is_added: bool,
    /// Why not, as text.
    pub error_reason: Option<String>,
    /// Why not, such as `InvalidParameters`.
    pub error_code: Option<String>,
}

/// The results of removing subscribers.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Removed {
    /// The results by phone number, as in the request.
    pub result: BTreeMap<String, RemovedOne>,
}

/// The result for one user.
#[skip_serializing_none]
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemovedOne {
    /// Whether the user is no longer a subscriber.
    pub is_removed: bool,
    /// Why not, as text.
    pub error_reason: Option<String>,
    /// Why not, such as `InvalidParameters`.
    pub error_code: Option<String>,
}

/// Query for a page of a group's subscribers.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SubscribersPage {
    /// The `cursor` of the previous page. If absent, the first page is returned.
    pub cursor: Option<String>,
    /// Page size: 1 to 50. Default: 50.
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
    /// The cursor of the next page. Absent on the last page.
    pub cursor: Option<String>,
}
