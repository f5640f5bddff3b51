//! Sign-in: a PIN for a refresh token, a refresh token for an access token. Times are milliseconds
//! since 1970.

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_with::{apply, skip_serializing_none};

/// What a refresh token is exchanged for.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    /// The token.
    pub access_token: String,
    /// Where the groups are.
    pub endpoint_url: String,
    /// When it ends.
    pub access_token_expiry: i64,
    /// The refresh token to use from now on; empty when the old one still does.
    pub refresh_token: String,
    /// What it is good for.
    pub scope: String,
}

/// A request for a PIN.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PinRequest {
    /// The phone number that it is sent to, with country code.
    #[schemars(required)]
    pub mobile_number: Option<String>,
    /// The connector's id.
    #[schemars(required)]
    pub application_id: Option<String>,
    /// The connector's secret. Without it few numbers are served.
    pub application_secret: Option<String>,
}

/// An object with nothing in it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Empty {}

/// A sign-in with a PIN.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PinLogin {
    /// The phone number, with country code.
    #[schemars(required)]
    pub mobile_number: Option<String>,
    /// The connector's id.
    #[schemars(required)]
    pub application_id: Option<String>,
    /// The PIN, as a number or as text.
    #[serde(default, deserialize_with = "text_or_number")]
    #[schemars(required, !default, extend("type" = ["integer", "string"]))]
    pub pin: Option<String>,
    /// The connector's secret.
    #[schemars(required)]
    pub application_secret: Option<String>,
}

/// What a PIN is exchanged for.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    /// The refresh token.
    pub refresh_token: String,
    /// What it is good for, joined by commas.
    pub granted_scope: String,
    /// When it ends.
    pub refresh_token_expiry: i64,
    /// Where the groups are.
    pub endpoint_url: String,
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::deserialize(deserializer)? {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(D::Error::custom("must be a number or a string")),
    }
}
