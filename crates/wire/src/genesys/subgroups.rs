//! Groups beneath groups: our own, since Genesys Cloud has none.

use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// What to put beneath a group.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct GroupSubgroupsUpdate {
    /// At most 100 ids of groups.
    #[schemars(required, length(max = limits::SUBGROUPS))]
    pub ids: Option<Vec<String>>,
    /// The version of the upper group that the caller read; absent, any will do.
    #[schemars(range(min = 0, max = limits::VERSION))]
    pub version: Option<i64>,
}

/// What to take out from beneath a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct SubgroupIdsQuery {
    /// At most 100 ids of groups.
    #[schemars(required, length(max = limits::SUBGROUPS))]
    pub ids: Option<Vec<String>>,
}
