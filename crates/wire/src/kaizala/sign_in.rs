//! Sign-in: a PIN gives a refresh token, and a refresh token gives an access token. Times are milliseconds since 1970.

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_with::{apply, skip_serializing_none};

/// An access token, issued for a refresh token.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    /// The token.
    pub access_token: String,
    /// The base URL for further requests.
    pub endpoint_url: String,
    /// When the access token expires.
    pub access_token_expiry: i64,
    /// The new refresh token. Empty if the old one remains valid.
    pub refresh_token: String,
    /// The scope of the token.
    pub scope: String,
}

/// The body of a request for a PIN.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PinRequest {
    /// The phone number to send it to, with country code.
    #[schemars(required)]
    pub mobile_number: Option<String>,
    /// The connector's id.
    #[schemars(required)]
    pub application_id: Option<String>,
    /// The connector's secret. Without it only a small number of PINs is sent.
    pub application_secret: Option<String>,
}

/// An empty object.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Empty {}

/// The body of a sign-in with a PIN.
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

/// A refresh token, issued for a PIN.
#[apply(_ => #[serde(default)] #[schemars(!default)])]
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    /// The refresh token.
    pub refresh_token: String,
    /// The scopes of the token, separated by commas.
    pub granted_scope: String,
    /// When the refresh token expires.
    pub refresh_token_expiry: i64,
    /// The base URL for further requests.
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
