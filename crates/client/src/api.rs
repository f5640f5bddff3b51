//! The operations of the Genesys Cloud API, and those specific to Convoke. Classes and methods have the names of the
//! official SDKs.

mod authorization;
mod connectors;
mod groups;
mod oauth;
mod operator;
mod organization;
mod routing;
mod tokens;
mod users;
mod voicemail;

pub use authorization::AuthorizationApi;
pub use connectors::ConnectorsApi;
pub use groups::GroupsApi;
pub use oauth::OAuthApi;
pub use operator::OperatorApi;
pub use organization::OrganizationApi;
pub use routing::RoutingApi;
pub use tokens::TokensApi;
pub use users::UsersApi;
pub use voicemail::VoicemailApi;
