//! `convoke kaizala`: the Kaizala API, for a connector.

mod groups;
mod members;
mod pin;
mod subgroups;
mod subscribers;

use crate::CommandError;
use crate::connection::Server;
use crate::session::Session;
use clap::{Args, Subcommand};
use convoke_client::Client;
use convoke_wire::Nothing;
use convoke_wire::kaizala::GetUsersMe;
use serde_json::Value;

/// The server, and the connector to sign in as.
#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub struct Connector {
    #[command(flatten)]
    server: Server,
    /// The connector's id
    #[arg(long, global = true, env = "CONVOKE_APPLICATION_ID", value_name = "ID", hide_short_help = true)]
    application_id: Option<String>,
    /// Its secret; better in the environment, where others on this machine do not see it
    #[arg(
        long,
        global = true,
        env = "CONVOKE_APPLICATION_SECRET",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_name = "SECRET",
        hide_short_help = true
    )]
    application_secret: Option<String>,
    /// A refresh token; better in the environment, too
    #[arg(
        long,
        global = true,
        env = "CONVOKE_REFRESH_TOKEN",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_name = "TOKEN",
        hide_short_help = true
    )]
    refresh_token: Option<String>,
}

/// `convoke kaizala`.
#[derive(Args)]
pub struct Kaizala {
    #[command(flatten)]
    connector: Connector,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Exchange the refresh token for an access token
    Token,
    /// PINs, by which a phone's owner gets a refresh token
    #[command(subcommand)]
    Pin(pin::Pin),
    /// Show whom the caller stands for
    Me,
    /// Groups of the caller
    #[command(subcommand)]
    Groups(groups::Groups),
    /// Groups under a group
    #[command(subcommand)]
    Subgroups(subgroups::Subgroups),
    /// Members of a group, and their roles
    #[command(subcommand)]
    Members(members::Members),
    /// Subscribers of a public group
    #[command(subcommand)]
    Subscribers(subscribers::Subscribers),
}

impl Connector {
    /// A session with the refresh token.
    fn session(&self) -> Result<Session, CommandError> {
        let (id, secret) = self.application()?;
        let config = self.server.config()?.connector(id, secret, self.refresh_token()?);
        Ok(Session::new(Client::new(config).map_err(CommandError::usage)?, self.server.output.screen()?))
    }

    /// A client without credentials.
    fn nobody(&self) -> Result<Client, CommandError> {
        Client::new(self.server.config()?).map_err(CommandError::usage)
    }

    fn refresh_token(&self) -> Result<&str, CommandError> {
        given(&self.refresh_token, "CONVOKE_REFRESH_TOKEN")
    }

    fn application(&self) -> Result<(&str, &str), CommandError> {
        let id = given(&self.application_id, "CONVOKE_APPLICATION_ID")?;
        Ok((id, given(&self.application_secret, "CONVOKE_APPLICATION_SECRET")?))
    }
}

/// Whether the person has signed in before.
fn has_signed_in(person: &Value) -> String {
    let has_signed_in = person.get("isProvisioned") == Some(&Value::Bool(true));
    if has_signed_in { "yes" } else { "not yet" }.to_owned()
}

fn given<'a>(text: &'a Option<String>, variable: &str) -> Result<&'a str, CommandError> {
    let advice = || CommandError::refused(format!("set {variable}; convoke connectors create shows what to set it to"));
    text.as_deref().filter(|text| !text.is_empty()).ok_or_else(advice)
}

impl Kaizala {
    pub async fn run(self) -> Result<(), CommandError> {
        let connector = self.connector;
        match self.command {
            Command::Pin(pin) => pin.run(&connector).await,
            Command::Token => pin::show_token(&connector).await,
            Command::Me => connector.session()?.show::<GetUsersMe>(&Nothing {}, &Nothing {}, None).await,
            Command::Groups(groups) => groups.run(&connector.session()?).await,
            Command::Subgroups(subgroups) => subgroups.run(&connector.session()?).await,
            Command::Members(members) => members.run(&connector.session()?).await,
            Command::Subscribers(subscribers) => subscribers.run(&connector.session()?).await,
        }
    }
}
