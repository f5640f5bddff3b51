//! Creation of groups, and changes of their fields.

use crate::CommandError;
use crate::names::{group_path, user_ids};
use crate::session::{Body, Session};
use clap::Args;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

/// The fields of a new or changed group.
#[derive(Args)]
struct Fields {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Who can see it
    #[arg(long, value_name = "WHO", value_parser = ["public", "members", "owners"], ignore_case = true)]
    visibility: Option<String>,
    /// Whether those who can see it can see its rule
    #[arg(long, value_name = "true|false")]
    rules_visible: Option<bool>,
    /// Whether owners are members
    #[arg(long, value_name = "true|false")]
    include_owners: Option<bool>,
    /// Whether it can be called
    #[arg(long, value_name = "true|false")]
    calls_enabled: Option<bool>,
    /// Whether roles may be granted to it
    #[arg(long, value_name = "true|false")]
    roles_enabled: Option<bool>,
    /// Its own e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// An owner, by id, e-mail address or name; the owners given replace all others
    #[arg(long = "owner", value_name = "USER")]
    owners: Vec<String>,
    #[command(flatten)]
    body: Body,
}

#[derive(Args)]
pub struct Create {
    /// Its name
    #[arg(long, required_unless_present = "file")]
    name: Option<String>,
    /// Its type [default: official]
    #[arg(long = "type", value_name = "TYPE", value_parser = ["official", "social"], ignore_case = true)]
    kind: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args)]
pub struct Update {
    /// By id or name
    group: String,
    /// A new name
    #[arg(long)]
    name: Option<String>,
    /// Its state
    #[arg(long, value_parser = ["active", "inactive"], ignore_case = true)]
    state: Option<String>,
    /// Change it only if this is still its version; without, its version is read first
    #[arg(long, value_name = "VERSION")]
    if_version: Option<i64>,
    #[command(flatten)]
    fields: Fields,
}

impl Create {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let Fields {
            description,
            visibility,
            rules_visible,
            include_owners,
            calls_enabled,
            roles_enabled,
            email,
            owners,
            body,
        } = self.fields;
        let body: GroupCreate = body.read()?;
        let owner_ids = owner_ids(session, &owners).await?;
        let body = GroupCreate {
            name: self.name.or(body.name),
            kind: self.kind.map(Into::into).or(body.kind).or(Some(GroupType::Official)),
            visibility: visibility.map(Into::into).or(body.visibility).or(Some(Visibility::Public)),
            rules_visible: rules_visible.or(body.rules_visible).or(Some(true)),
            description: description.or(body.description),
            include_owners: include_owners.or(body.include_owners),
            calls_enabled: calls_enabled.or(body.calls_enabled),
            roles_enabled: roles_enabled.or(body.roles_enabled),
            email: email.or(body.email),
            owner_ids: owner_ids.or(body.owner_ids),
            ..body
        };
        session.show::<PostGroups>(&Nothing {}, &Nothing {}, Some(&body)).await
    }
}

impl Update {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let Fields {
            description,
            visibility,
            rules_visible,
            include_owners,
            calls_enabled,
            roles_enabled,
            email,
            owners,
            body,
        } = self.fields;
        let path = group_path(session, &self.group).await?;
        let body: GroupUpdate = body.read()?;
        let owner_ids = owner_ids(session, &owners).await?;
        let version = match self.if_version.or(body.version) {
            Some(version) => version,
            None => session.call::<GetGroup>(&path, &Nothing {}, None).await?.version.into(),
        };
        let body = GroupUpdate {
            name: self.name.or(body.name),
            state: self.state.map(Into::into).or(body.state),
            version: Some(version),
            visibility: visibility.map(Into::into).or(body.visibility),
            rules_visible: rules_visible.or(body.rules_visible),
            description: description.or(body.description),
            include_owners: include_owners.or(body.include_owners),
            calls_enabled: calls_enabled.or(body.calls_enabled),
            roles_enabled: roles_enabled.or(body.roles_enabled),
            email: email.or(body.email),
            owner_ids: owner_ids.or(body.owner_ids),
            ..body
        };
        session.show::<PutGroup>(&path, &Nothing {}, Some(&Some(body))).await
    }
}

/// The ids of these owners. One empty name means no owners.
async fn owner_ids(session: &Session, owners: &[String]) -> Result<Option<Vec<String>>, CommandError> {
    match owners {
        [] => Ok(None),
        [none] if none.is_empty() => Ok(Some(vec![])),
        owners => user_ids(session, owners).await.map(Some),
    }
}
