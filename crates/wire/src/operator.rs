//! What the operator of a server asks of it: paths of our own, open to administrators of the first
//! organisation only.

use crate::endpoint::{Nothing, endpoints};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

endpoints! {
    /// Found another organisation
    PostOrganisations = "postOperatorOrganisations": POST "/operator/organisations" ["admin"]
        (Nothing, Nothing, Required OrganisationCreate) -> 200 OrganisationCreated, Act;
    /// Compare memory, tables and log
    GetVerification = "getOperatorVerification": GET "/operator/verification" ["admin"]
        (Nothing, Nothing, None Nothing) -> 200 Verification;
    /// Fetch a copy of the store
    ///
    /// The reply is an SQLite database, not JSON.
    GetBackup = "getOperatorBackup": GET "/operator/backup" ["admin"]
        (Nothing, Nothing, None Nothing) -> 200 Nothing;
}

/// An organisation to be.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OrganisationCreate {
    /// Its name, unique on the server.
    #[schemars(required)]
    pub name: Option<String>,
}

/// An organisation, and the client that may do everything in it. The secret is not shown again.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganisationCreated {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of its administrator's OAuth client.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: String,
}

/// What a verification found.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// How many organisations were compared.
    pub organisations: usize,
    /// How many log entries were replayed.
    pub entries: u64,
    /// What differs; nothing, when all is well.
    pub differences: Vec<String>,
}
