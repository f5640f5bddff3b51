//! Operations for the operator of a server. Specific to Convoke, and open only to administrators of the first
//! organisation.

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

/// The body of a request that creates an organisation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OrganisationCreate {
    /// Its name, unique on the server.
    #[schemars(required)]
    pub name: Option<String>,
}

/// An organisation, and its administrator's client. The secret is not shown again.
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

/// The result of a verification.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Number of verified organisations.
    pub organisations: usize,
    /// Number of replayed log entries.
    pub entries: u64,
    /// The differences found. Empty if there are none.
    pub differences: Vec<String>,
}
