//! Groups beneath groups. Specific to Convoke: Genesys Cloud has none.

use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// The groups to put beneath a group.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct GroupSubgroupsUpdate {
    /// Ids of groups, at most 100.
    #[schemars(required, length(max = limits::SUBGROUPS))]
    pub ids: Option<Vec<String>>,
    /// The version of the upper group that the caller read. If absent, the version is not checked.
    #[schemars(range(min = 0, max = limits::VERSION))]
    pub version: Option<i64>,
}

/// The groups to remove from beneath a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SubgroupIdsQuery {
    /// Ids of groups, at most 100.
    #[schemars(required, length(max = limits::SUBGROUPS))]
    pub ids: Option<Vec<String>>,
}
