//! A client of the groups APIs of Genesys Cloud and of Kaizala, and of Convoke, which serves both.
//!
//! A [`Config`] has the server and the credentials. A [`Client`] signs in and calls. The operations are in classes with
//! the names of the official SDKs: [`GroupsApi`], [`UsersApi`], [`RoutingApi`] and so on. The types of requests and
//! replies are in [`genesys`] and [`kaizala`].
//!
//! ```no_run
//! use convoke_client::genesys::{GroupCreate, GroupType, MembersQuery, Visibility};
//! use convoke_client::{Client, Config, GroupsApi};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::url("http://127.0.0.1:8080").client_credentials("me", "my-secret");
//! let groups = GroupsApi::new(&Client::new(config)?);
//!
//! let body = GroupCreate {
//!     name: Some("Night shift".into()),
//!     kind: Some(GroupType::Official),
//!     visibility: Some(Visibility::Public),
//!     rules_visible: Some(true),
//!     ..Default::default()
//! };
//! let group = groups.post_groups(&body).await?;
//! let opts = MembersQuery { page_size: Some(50), ..Default::default() };
//! let members = groups.get_group_members(&group.id, &opts).await?;
//! println!("{} of {}", members.entities.len(), members.total);
//! # Ok(())
//! # }
//! ```
//!
//! # Servers
//!
//! ```
//! use convoke_client::{Client, Config};
//!
//! # fn configs() -> Result<(), convoke_client::ConfigError> {
//! // A region of Genesys Cloud, or a gateway in front of one.
//! let region = Config::region("mypurecloud.de")?.client_credentials("id", "secret");
//! let gateway = Config::gateway("https://gateway.example.org/login", "https://gateway.example.org/api");
//! // A Convoke server, with an existing token.
//! let convoke = Config::url("https://directory.example.org").access_token("token");
//! # for config in [region, gateway, convoke] {
//! #     Client::new(config)?;
//! # }
//! # Ok(())
//! # }
//! # configs().expect("they are as they should be");
//! ```
//!
//! # Pages
//!
//! Listings and searches return one page, or a stream that fetches each page when it is needed:
//!
//! ```no_run
//! use convoke_client::genesys::{SearchCriteria, UserSearchRequest, UsersQuery};
//! use convoke_client::{Client, Error, TryStreamExt, UsersApi};
//!
//! # async fn run(client: Client) -> Result<(), Error> {
//! let users = UsersApi::new(&client);
//! let mut all = users.list_users(UsersQuery::default());
//! while let Some(user) = all.try_next().await? {
//!     println!("{}", user.name);
//! }
//!
//! let nurses = SearchCriteria {
//!     kind: Some("EXACT".into()),
//!     fields: Some(vec!["title".into()]),
//!     value: Some("Nurse".into()),
//!     ..Default::default()
//! };
//! let request = UserSearchRequest { query: Some(vec![nurses]), ..Default::default() };
//! let nurses: Vec<_> = users.search_users(request).try_collect().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Skills, and dynamic groups
//!
//! ```no_run
//! use convoke_client::genesys::{
//!     CreateRoutingSkill, DynamicGroupQuery, DynamicGroupRoutingSkillCondition, DynamicGroupSkillCondition,
//!     UserRoutingSkillPost,
//! };
//! use convoke_client::{Client, Error, GroupsApi, RoutingApi, UsersApi};
//!
//! # async fn run(client: Client, group_id: &str, user_id: &str) -> Result<(), Error> {
//! let body = CreateRoutingSkill { name: Some("nursing".into()), ..Default::default() };
//! let skill = RoutingApi::new(&client).post_routing_skills(&body).await?;
//! let body = UserRoutingSkillPost { id: Some(skill.id), proficiency: Some(4.0) };
//! UsersApi::new(&client).post_user_routingskills(user_id, &body).await?;
//!
//! let condition = DynamicGroupRoutingSkillCondition {
//!     routing_skill: Some("nursing".into()),
//!     comparator: Some("GreaterThanOrEqualTo".into()),
//!     proficiency: Some(3),
//!     ..Default::default()
//! };
//! let node = DynamicGroupSkillCondition { routing_skill_conditions: Some(vec![condition]), ..Default::default() };
//! let rule = DynamicGroupQuery { skill_conditions: Some(vec![node]) };
//! GroupsApi::new(&client).put_group_dynamicsettings(group_id, &rule).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! An [`Error`] contains the server's refusal, in the form of the API, and the correlation id, by which the server's
//! log has the request:
//!
//! ```no_run
//! use convoke_client::genesys::GroupUpdate;
//! use convoke_client::{Error, GroupsApi};
//!
//! # async fn run(groups: GroupsApi, group_id: &str, body: GroupUpdate) -> Result<(), Error> {
//! match groups.put_group(group_id, &body).await {
//!     Ok(group) => println!("version {}", group.version),
//!     Err(error) if error.code() == Some("general.conflict") => println!("someone was faster"),
//!     Err(error) if error.is_unreachable() => println!("try later: {error}"),
//!     Err(error) => println!("{error}; ask for {}", error.correlation_id().unwrap_or("nothing")),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Kaizala
//!
//! A connector signs in by its id, its secret and a refresh token. The server may replace the refresh token, so store
//! the one that [`Client::refresh_token`] returns:
//!
//! ```no_run
//! use convoke_client::kaizala::{Flag, Groups, GroupsQuery};
//! use convoke_client::{Client, Config};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::url("http://127.0.0.1:8080").connector("application id", "application secret", "refresh token");
//! let client = Client::new(config)?;
//! let opts = GroupsQuery { show_details: Some(Flag(true)), ..Default::default() };
//! for group in Groups::new(&client).get_groups(&opts).await?.groups {
//!     println!("{}: {}", group.group_name, group.caller_role.unwrap_or_default());
//! }
//! let keep = client.refresh_token().await;
//! # Ok(())
//! # }
//! ```
//!
//! A connector gets its user's first refresh token by a PIN:
//!
//! ```no_run
//! use convoke_client::kaizala::{Groups, PinLogin, PinRequest};
//! use convoke_client::{Client, Config};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let groups = Groups::new(&Client::new(Config::url("http://127.0.0.1:8080"))?);
//! let (phone, application) = (Some("+911099999999".to_owned()), Some("application id".to_owned()));
//! let secret = Some("application secret".to_owned());
//! let request = PinRequest {
//!     mobile_number: phone.clone(),
//!     application_id: application.clone(),
//!     application_secret: secret.clone(),
//! };
//! groups.generate_pin(&request).await?;
//! let login = PinLogin {
//!     mobile_number: phone,
//!     application_id: application,
//!     application_secret: secret,
//!     pin: Some("123456".into()),
//! };
//! let refresh_token = groups.login_with_pin_and_application_id(&login).await?.refresh_token;
//! # Ok(())
//! # }
//! ```
//!
//! # Administration
//!
//! Roles, OAuth clients and connectors are in [`AuthorizationApi`], [`OAuthApi`] and [`ConnectorsApi`]. The operations
//! of a server's operator are in [`OperatorApi`]:
//!
//! ```no_run
//! use convoke_client::{Client, OperatorApi};
//! use std::io::Write;
//! use std::time::Duration;
//!
//! # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
//! let patient = client.with_timeout(Duration::from_secs(600));
//! let mut backup = OperatorApi::new(&patient).get_operator_backup().await?;
//! let mut file = std::fs::File::create("copy.sqlite")?;
//! while let Some(chunk) = backup.chunk().await? {
//!     file.write_all(&chunk)?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Any endpoint can be called by its type as well, and its reply had as it came:
//!
//! ```no_run
//! use convoke_client::genesys::{GetGroup, GroupPath};
//! use convoke_client::{Client, Error, Nothing};
//!
//! # async fn run(client: Client) -> Result<(), Error> {
//! let path = GroupPath { group_id: "853654b2-5874-462d-b709-0c4e43a7083f".into() };
//! let answer = client.call_raw::<GetGroup>(&path, &Nothing {}, None).await?;
//! println!("{}", answer.text());
//! let group = answer.parse()?;
//! # Ok(())
//! # }
//! ```
//!
//! `examples/groups` has each operation on groups in a file of its own.

mod address;
mod api;
mod client;
mod config;
mod error;
pub mod import;
pub mod kaizala;
mod pages;
mod raw_reply;
mod reply;
mod retry;
mod secret;
mod sign_in;
mod tokens;
mod transport;

pub use api::*;
pub use client::Client;
pub use config::{Config, ConfigError, REGIONS, Wait};
pub use convoke_wire::word::Word;
pub use convoke_wire::{ApiName, Effect, Endpoint, Nothing, genesys, oauth, operator};
pub use error::{Error, Refused, RefusedBody, Unexpected};
pub use futures_util::stream::BoxStream;
pub use futures_util::{StreamExt, TryStreamExt};
pub use pages::{Counts, q64};
pub use raw_reply::{Download, RawReply};

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
