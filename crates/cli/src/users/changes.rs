//! Creation of users, and changes of their fields.

use crate::CommandError;
use crate::names::user_id;
use crate::session::{Body, Session};
use clap::Args;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

/// The fields of a new or changed user.
#[derive(Args)]
struct Fields {
    /// The full name
    #[arg(long)]
    name: Option<String>,
    /// The e-mail address, unique in the organisation
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The job title
    #[arg(long)]
    title: Option<String>,
    /// The department
    #[arg(long)]
    department: Option<String>,
    /// The given name, apart from the full name
    #[arg(long, value_name = "NAME")]
    given_name: Option<String>,
    /// The family name, apart from the full name
    #[arg(long, value_name = "NAME")]
    family_name: Option<String>,
    /// The cost center that the user belongs to
    #[arg(long)]
    cost_center: Option<String>,
    /// A phone number, with a plus and the country code; the numbers given replace all others
    #[arg(long = "phone", value_name = "+E164")]
    phones: Vec<String>,
    /// State of the user
    #[arg(long, value_parser = ["active", "inactive"], ignore_case = true)]
    state: Option<String>,
    #[command(flatten)]
    body: Body,
}

#[derive(Args)]
pub struct Create {
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args)]
pub struct Update {
    /// By id, e-mail address or name
    user: String,
    /// The sign-in name
    #[arg(long)]
    username: Option<String>,
    /// The name that colleagues use
    #[arg(long, value_name = "NAME")]
    preferred_name: Option<String>,
    /// The user's manager, by id, e-mail address or name
    #[arg(long, value_name = "USER")]
    manager: Option<String>,
    /// Change it only if this is still its version; without, its version is read first
    #[arg(long, value_name = "VERSION")]
    if_version: Option<i64>,
    #[command(flatten)]
    fields: Fields,
}

impl Fields {
    /// The phone numbers as contacts of the API.
    fn addresses(&self) -> Option<Vec<Contact>> {
        let contact = |number: &String| Contact {
            address: Some(number.clone()),
            media_type: Some(MediaType::Phone),
            kind: Some(ContactType::Work),
            ..Contact::default()
        };
        (!self.phones.is_empty()).then(|| self.phones.iter().map(contact).collect())
    }
}

impl Create {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let addresses = self.fields.addresses();
        let body: CreateUser = self.fields.body.read()?;
        let body = CreateUser {
            name: self.fields.name.or(body.name),
            email: self.fields.email.or(body.email),
            title: self.fields.title.or(body.title),
            department: self.fields.department.or(body.department),
            given_name: self.fields.given_name.or(body.given_name),
            family_name: self.fields.family_name.or(body.family_name),
            cost_center: self.fields.cost_center.or(body.cost_center),
            addresses: addresses.or(body.addresses),
            state: self.fields.state.map(Into::into).or(body.state),
            ..body
        };
        session.show::<PostUsers>(&Nothing {}, &Nothing {}, Some(&body)).await
    }
}

impl Update {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let path = UserPath { user_id: user_id(session, &self.user).await? };
        let addresses = self.fields.addresses();
        let body: UpdateUser = self.fields.body.read()?;
        let manager = match &self.manager {
            Some(manager) if manager.is_empty() => Some(ManagerRef(String::new())),
            Some(manager) => Some(ManagerRef(user_id(session, manager).await?)),
            None => body.manager,
        };
        let version = match self.if_version.or(body.version) {
            Some(version) => version,
            // Only a change of the state restores a deleted user.
            None if self.fields.state.is_some() => version_or_deleted(session, &path).await?,
            None => version(session, &path, None).await?,
        };
        let body = UpdateUser {
            name: self.fields.name.or(body.name),
            email: self.fields.email.or(body.email),
            title: self.fields.title.or(body.title),
            department: self.fields.department.or(body.department),
            given_name: self.fields.given_name.or(body.given_name),
            family_name: self.fields.family_name.or(body.family_name),
            cost_center: self.fields.cost_center.or(body.cost_center),
            addresses: addresses.or(body.addresses),
            state: self.fields.state.map(Into::into).or(body.state),
            username: self.username.or(body.username),
            preferred_name: self.preferred_name.or(body.preferred_name),
            manager,
            version: Some(version),
            ..body
        };
        session.show::<PatchUser>(&path, &Nothing {}, Some(&body)).await
    }
}

/// The current version of a user.
async fn version(session: &Session, path: &UserPath, state: Option<UserQueryState>) -> Result<i64, CommandError> {
    Ok(session.call::<GetUser>(path, &UserQuery { expand: vec![], state }, None).await?.version.into())
}

/// The current version of a user who may be deleted.
async fn version_or_deleted(session: &Session, path: &UserPath) -> Result<i64, CommandError> {
    match version(session, path, None).await {
        Err(error) => version(session, path, Some(UserQueryState::Deleted)).await.map_err(|_| error),
        version => version,
    }
}
