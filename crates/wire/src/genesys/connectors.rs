//! Connectors, by which people use the Kaizala API. Specific to Convoke: Genesys Cloud has none.

use crate::limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// The body of a request that creates a connector.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorCreate {
    /// Its name.
    #[schemars(required, length(min = 1, max = limits::NAME_CHARS))]
    pub name: Option<String>,
    /// The phone number of the user that the connector's own tokens stand for, such as `+911099999999`. If no user has
    /// it, a user is created with the number as name.
    #[schemars(required)]
    pub phone: Option<String>,
    /// The group that confines it: in that group it has the rights of an owner, and it sees nothing else.
    pub group_id: Option<String>,
    /// Whether its own user may manage all official groups. Default: false.
    pub administrator: Option<bool>,
}

/// A connector.
#[skip_serializing_none]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connector {
    /// Its id, by which it signs in.
    pub application_id: String,
    /// Its secret. Only the reply that creates the connector has it.
    pub application_secret: Option<String>,
    /// The refresh token, by which it gets access tokens. Only the reply that creates the token has it.
    pub refresh_token: Option<String>,
    /// When the refresh token expires, in milliseconds since 1970-01-01T00:00:00Z.
    pub refresh_token_expiry: Option<i64>,
    /// Its name.
    pub name: String,
    /// The user that its own tokens stand for.
    pub user_id: String,
    /// That user's phone number.
    pub mobile_number: Option<String>,
    /// The group that confines it.
    pub group_id: Option<String>,
    /// Whether its own user may manage all official groups.
    pub administrator: bool,
    /// When it was created.
    pub date_created: String,
    /// When it was last changed, that is when its current tokens began.
    pub date_modified: String,
}
