//! The server and the credentials of a command: from flags and environment, or else from a stored profile.

use crate::CommandError;
use crate::output::{Output, note};
use crate::profiles::{Profile, Profiles, ServerAddress, Trust};
use crate::session::Session;
use clap::Args;
use clap::builder::FalseyValueParser;
use convoke_client::{Client, Config, Wait};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

/// A noun of the remote commands, with the server to use.
#[derive(Args)]
pub struct Remote<C: clap::Subcommand> {
    #[command(flatten)]
    pub connection: Connection,
    #[command(subcommand)]
    pub command: C,
}

/// The server, and the format of output.
#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub struct Server {
    /// The profile that login stored [default: the one that convoke use chose, or default]
    #[arg(long, global = true, env = "CONVOKE_PROFILE", value_name = "NAME", hide_short_help = true)]
    profile: Option<String>,
    /// The server [default: that of the profile, or http://127.0.0.1:8080]
    #[arg(long, global = true, env = "CONVOKE_URL", value_name = "URL", hide_short_help = true)]
    url: Option<String>,
    /// A region of Genesys Cloud in its place, such as mypurecloud.de
    #[arg(long, global = true, env = "CONVOKE_REGION", value_name = "DOMAIN", hide_short_help = true)]
    region: Option<String>,
    /// Take any certificate, as of a server with --tls-self-signed on this machine
    #[arg(long, global = true, env = "CONVOKE_INSECURE", value_parser = FalseyValueParser::new(), hide_short_help = true)]
    insecure: bool,
    /// Certificates of authorities to trust, in PEM, besides the system's (or those of SSL_CERT_FILE)
    #[arg(long, global = true, env = "CONVOKE_CA_FILE", value_name = "FILE", hide_short_help = true)]
    ca_file: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

/// The OAuth client to sign in as.
#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub struct Identity {
    /// The OAuth client to sign in as [default: that of the profile]
    #[arg(long, global = true, env = "CONVOKE_CLIENT_ID", value_name = "ID", hide_short_help = true)]
    client_id: Option<String>,
    /// Its secret; better in the environment, where others on this machine do not see it
    #[arg(
        long,
        global = true,
        env = "CONVOKE_CLIENT_SECRET",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_name = "SECRET",
        hide_short_help = true
    )]
    client_secret: Option<String>,
}

/// The server and the credentials.
#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    #[command(flatten)]
    pub server: Server,
    #[command(flatten)]
    identity: Identity,
    /// An access token instead, such as from another sign-in
    #[arg(
        long,
        global = true,
        env = "CONVOKE_ACCESS_TOKEN",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_name = "TOKEN",
        hide_short_help = true
    )]
    access_token: Option<String>,
}

/// A client for a stored profile.
pub fn client_of(profile: &str) -> Result<Client, CommandError> {
    let mut stored = Profiles::read()?.by_name;
    client(&stored.remove(profile).ok_or_else(|| unknown(profile))?)
}

/// A client with the server and credentials of a profile.
pub fn client(profile: &Profile) -> Result<Client, CommandError> {
    let config = config(&profile.place, &profile.trust)?;
    let config = config.client_credentials(&profile.client_id, &profile.client_secret);
    Client::new(config).map_err(CommandError::usage)
}

/// A configuration without credentials.
fn config(place: &ServerAddress, trust: &Trust) -> Result<Config, CommandError> {
    let config = match place {
        ServerAddress::Url(url) => Config::url(url),
        ServerAddress::Region(region) => Config::region(region).map_err(CommandError::usage)?,
    };
    let config = config.accept_invalid_certificates(trust.insecure).on_wait(note_wait);
    let Some(file) = &trust.ca_file else { return Ok(config) };
    let problem = |problem: &dyn std::fmt::Display| CommandError::usage(format!("{}: {problem}", file.display()));
    let pem = std::fs::read(file).map_err(|error| problem(&error))?;
    config.authorities(&pem).map_err(|error| problem(&error))
}

/// Tells a person at a terminal why the command waits. Short delays are not reported.
fn note_wait(wait: Wait) {
    if wait.status == Some(429) && wait.duration >= Duration::from_secs(1) && std::io::stderr().is_terminal() {
        let seconds = wait.duration.as_secs_f64().ceil();
        note(&format!("waiting {seconds} s: the server allows no more requests until then"));
    }
}

fn unknown(profile: &str) -> CommandError {
    CommandError::refused(format!("there is no profile {profile:?}; convoke login --profile '{profile}' makes it"))
}

/// The value, if it is given. An empty environment variable counts as not set.
fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

impl Server {
    /// The name of the selected profile.
    pub fn profile(&self, profiles: &Profiles) -> String {
        given(&self.profile).unwrap_or(profiles.in_use()).to_owned()
    }

    /// The selected profile. A profile that is named must exist.
    fn stored(&self, profiles: Profiles) -> Result<Option<Profile>, CommandError> {
        let name = self.profile(&profiles);
        let stored = profiles.by_name.into_iter().find_map(|(stored, profile)| (stored == name).then_some(profile));
        match given(&self.profile) {
            Some(name) if stored.is_none() => Err(unknown(name)),
            _ => Ok(stored),
        }
    }

    /// The server from flag or environment.
    pub fn address(&self) -> Result<Option<ServerAddress>, CommandError> {
        match (given(&self.url), given(&self.region)) {
            (Some(url), Some(region)) => Err(CommandError::usage(format!(
                "{url} or the region {region}: name one of them, by flag or environment"
            ))),
            (Some(url), None) => Ok(Some(ServerAddress::Url(url.trim_end_matches('/').to_owned()))),
            (None, Some(region)) => Ok(Some(ServerAddress::Region(region.to_owned()))),
            (None, None) => Ok(None),
        }
    }

    /// A configuration without credentials.
    pub fn config(&self) -> Result<Config, CommandError> {
        let place = self.address()?;
        // A profile that is named must exist, even if the flags give everything.
        let is_needed = place.is_none() || given(&self.profile).is_some();
        let stored = if is_needed { self.stored(Profiles::read()?)? } else { None };
        let (place, trust) = match (place, stored) {
            (None, Some(stored)) => (stored.place, Some(stored.trust)),
            (place, _) => (place.unwrap_or_default(), None),
        };
        config(&place, &self.trust().or(trust.as_ref()))
    }

    /// The accepted certificates, from flag or environment.
    pub fn trust(&self) -> Trust {
        // An empty environment variable counts as not set.
        let ca_file = self.ca_file.clone().filter(|file| !file.as_os_str().is_empty());
        Trust { insecure: self.insecure, ca_file }
    }
}

impl Identity {
    /// The client's id and secret, from flag or environment.
    pub fn given(&self) -> (Option<&str>, Option<&str>) {
        (given(&self.client_id), given(&self.client_secret))
    }
}

impl Connection {
    /// A session with the server. Sends nothing yet.
    pub fn session(&self) -> Result<Session, CommandError> {
        Ok(Session::new(self.client()?, self.server.output.screen()?))
    }

    /// A client of the server. Sends nothing yet.
    pub fn client(&self) -> Result<Client, CommandError> {
        let config = match (given(&self.access_token), self.identity.given()) {
            (Some(token), _) => self.server.config()?.access_token(token),
            // If the flags give everything, no profile is read, so an unreadable file does no harm.
            (None, (Some(id), Some(secret))) => self.server.config()?.client_credentials(id, secret),
            (None, (id, secret)) => return client(&self.stored(id, secret)?),
        };
        Client::new(config).map_err(CommandError::usage)
    }

    /// The selected profile, for a missing id or secret. A stored secret is only sent to the server that it was stored
    /// for, and with its own client id.
    fn stored(&self, id: Option<&str>, secret: Option<&str>) -> Result<Profile, CommandError> {
        let place = self.server.address()?;
        let profiles = Profiles::read()?;
        let name = self.server.profile(&profiles);
        let Some(stored) = self.server.stored(profiles)? else {
            let place = place.unwrap_or_default();
            return Err(CommandError::refused(format!(
                "nobody is signed in to {place}; run convoke login {}, or set CONVOKE_CLIENT_ID and \
                 CONVOKE_CLIENT_SECRET",
                place.flag()
            )));
        };
        if let Some(place) = place.filter(|place| *place != stored.place) {
            return Err(CommandError::refused(format!(
                "profile {name:?} is for {}; run convoke login {} --profile NAME, or set CONVOKE_CLIENT_ID and \
                 CONVOKE_CLIENT_SECRET for {place}",
                stored.place,
                place.flag()
            )));
        }
        if secret.is_some() || id.is_some_and(|id| id != stored.client_id) {
            return Err(CommandError::refused(format!(
                "profile {name:?} is of client {}; set both CONVOKE_CLIENT_ID and CONVOKE_CLIENT_SECRET",
                stored.client_id
            )));
        }
        Ok(Profile { trust: self.server.trust().or(Some(&stored.trust)), ..stored })
    }
}
