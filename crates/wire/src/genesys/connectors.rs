//! Connectors, by which people come through the Kaizala API: our own, since Genesys Cloud has none.

use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// A connector to be.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorCreate {
    /// Its name.
    #[schemars(required, length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
    /// The number of the user that its own tokens stand for, such as `+911099999999`. Where nobody has
    /// it, a user is created who is named by it.
    #[schemars(required)]
    pub phone: Option<String>,
    /// The group that confines it: within that, it has the rights of an owner, and sees nothing else.
    pub group_id: Option<String>,
    /// Whether its own user may manage all official groups; not, where absent.
    pub administrator: Option<bool>,
}

/// A connector.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connector {
    /// Its id, with which it signs in.
    pub application_id: String,
    /// Its secret; only in the reply that creates it.
    pub application_secret: Option<String>,
    /// What it gets access tokens for; only in the reply that made it.
    pub refresh_token: Option<String>,
    /// When the refresh token ends, in milliseconds since 1970-01-01T00:00:00Z.
    pub refresh_token_expiry: Option<i64>,
    /// Its name.
    pub name: String,
    /// The user that its own tokens stand for.
    pub user_id: String,
    /// That user's number.
    pub mobile_number: Option<String>,
    /// The group that confines it.
    pub group_id: Option<String>,
    /// Whether its own user may manage all official groups.
    pub administrator: bool,
    /// When it was created.
    pub date_created: String,
    /// When it was changed last: its tokens began anew.
    pub date_modified: String,
}
