//! `convoke clients`.

use crate::CommandError;
use crate::consent::{Ask, Consent, PlannedChange};
use crate::listing::Paging;
use crate::names::{client_id, role_id, user_id};
use crate::output::{Column, Columns};
use crate::session::{Body, Session};
use clap::{Args, Subcommand};
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

const COLUMNS: Columns = Columns {
    what: "clients",
    shown: &[
        Column::new("ID", "id"),
        Column::new("NAME", "name"),
        Column::new("STATE", "state"),
        Column::new("USER ID", "userId"),
        Column::new("DESCRIPTION", "description"),
    ],
};

#[derive(Subcommand)]
pub enum Clients {
    /// List OAuth clients
    List(Paging),
    /// Show an OAuth client
    Get {
        /// By id or name
        client: String,
    },
    /// Create an OAuth client, and its secret
    Create(Box<Fields>),
    /// Change an OAuth client; fields that are not given stay unchanged
    Update {
        /// By id or name
        client: String,
        #[command(flatten)]
        fields: Box<Fields>,
    },
    /// Delete an OAuth client and its tokens
    Delete {
        /// By id or name
        client: String,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Args)]
pub struct Fields {
    /// Its name
    #[arg(long)]
    name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// A role, by name or id; the roles given replace all others
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// The user that it acts for, by id, e-mail address or name
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Lifetime of its tokens in seconds
    #[arg(long, value_name = "SECONDS")]
    token_seconds: Option<i64>,
    /// Its state
    #[arg(long, value_parser = ["active", "inactive"], ignore_case = true)]
    state: Option<String>,
    #[command(flatten)]
    body: Body,
}

impl Clients {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let path =
            async |client: String| Ok::<_, CommandError>(ClientPath { client_id: client_id(session, &client).await? });
        match self {
            Clients::List(paging) => {
                let query = |page_size, page_number| PageQuery { page_size, page_number };
                session.list::<GetOauthClients, _>(&COLUMNS, &paging, &Nothing {}, query).await
            }
            Clients::Get { client } => session.show::<GetOauthClient>(&path(client).await?, &Nothing {}, None).await,
            Clients::Create(fields) => {
                let body = fields.over(session, OAuthClientRequest::default()).await?;
                session.show::<PostOauthClients>(&Nothing {}, &Nothing {}, Some(&body)).await
            }
            Clients::Update { client, fields } => {
                let path = path(client).await?;
                // The API replaces the whole client.
                let now = session.call::<GetOauthClient>(&path, &Nothing {}, None).await?;
                let now = OAuthClientRequest {
                    name: Some(now.name),
                    description: now.description,
                    access_token_validity_seconds: Some(now.access_token_validity_seconds),
                    authorized_grant_type: Some(now.authorized_grant_type),
                    role_ids: Some(now.role_ids),
                    role_divisions: Some(now.role_divisions),
                    state: Some(now.state),
                    user_id: now.user_id,
                };
                let body = fields.over(session, now).await?;
                session.show::<PutOauthClient>(&path, &Nothing {}, Some(&body)).await
            }
            Clients::Delete { client, consent } => {
                let path = path(client).await?;
                let client = session.call::<GetOauthClient>(&path, &Nothing {}, None).await?;
                let what = format!("the client {} ({})", client.name, client.id);
                let planned =
                    PlannedChange { verb: ("delete", "deleted"), what, consequence: "its tokens end".to_owned() };
                consent.call::<DeleteOauthClient>(session, &planned, Ask::Person, &path, None).await
            }
        }
    }
}

impl Fields {
    /// The fields: from flags, or else from the file, or else as they are now.
    async fn over(self, session: &Session, now: OAuthClientRequest) -> Result<OAuthClientRequest, CommandError> {
        let body: OAuthClientRequest = self.body.read()?;
        let mut role_ids = Vec::with_capacity(self.roles.len());
        for role in &self.roles {
            role_ids.push(role_id(session, role).await?);
        }
        // Either of the two replaces all roles.
        let (role_ids, role_divisions) = match (body.role_ids, body.role_divisions) {
            _ if !role_ids.is_empty() => (Some(role_ids), None),
            (None, None) => (now.role_ids, now.role_divisions),
            in_body => in_body,
        };
        let user_id = match &self.user {
            Some(user) => Some(user_id(session, user).await?),
            None => body.user_id,
        };
        let grant = body.authorized_grant_type.or(now.authorized_grant_type);
        Ok(OAuthClientRequest {
            name: self.name.or(body.name).or(now.name),
            description: self.description.or(body.description).or(now.description),
            access_token_validity_seconds: self
                .token_seconds
                .or(body.access_token_validity_seconds)
                .or(now.access_token_validity_seconds),
            authorized_grant_type: grant.or(Some(GrantType::ClientCredentials)),
            role_ids,
            role_divisions,
            state: self.state.map(Into::into).or(body.state).or(now.state),
            user_id: user_id.or(now.user_id),
        })
    }
}
