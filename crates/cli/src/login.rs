//! `convoke login`, `convoke logout` and `convoke profiles`.

use crate::CommandError;
use crate::connection::{self, Identity, Server};
use crate::output::{Column, Columns, Output, Rows, note, print, visible};
use crate::profiles::{Profile, Profiles};
use clap::Args;
use convoke_wire::Nothing;
use convoke_wire::genesys::GetTokensMe;
use serde_json::json;
use std::io::{BufRead, IsTerminal};

#[derive(Args)]
pub struct Login {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    identity: Identity,
}

impl Login {
    /// Signs in to check the credentials, and stores them. If the profile exists, its server and client id are the
    /// defaults.
    pub async fn run(self) -> Result<(), CommandError> {
        let is_json = self.server.output.is_json()?;
        let before = Profiles::read()?;
        let name = self.server.profile(&before);
        let before = before.by_name.get(&name);
        let place = match (self.server.address()?, before) {
            (Some(place), _) => place,
            (None, before) => before.map(|before| before.place.clone()).unwrap_or_default(),
        };
        let same = before.filter(|before| before.place == place);
        let (id, secret) = self.identity.given();
        let client_id = match id.or(same.map(|before| before.client_id.as_str())) {
            Some(id) => id.to_owned(),
            None => asked(&format!("client id for {place}: "), prompt)?,
        };
        let client_secret = match secret {
            Some(secret) => secret.to_owned(),
            None => asked(&format!("secret of {client_id}: "), |prompt| rpassword::prompt_password(prompt))?,
        };
        let mut trust = self.server.trust().or(same.map(|before| &before.trust));
        // The profile must be usable from other folders too.
        if let Some(file) = &mut trust.ca_file {
            let problem = |error| CommandError::usage(format!("{}: {error}", file.display()));
            *file = std::path::absolute(&*file).map_err(problem)?;
        }
        let profile = Profile { place, client_id, client_secret, trust, in_use: false };
        let answer = connection::client(&profile)?.call_raw::<GetTokensMe>(&Nothing {}, &Nothing {}, None).await?;
        let token = answer.parse()?;
        // The file is read again, because another login may have changed it while this one asked.
        let mut profiles = Profiles::read()?;
        let said = format!(
            "signed in to {} as {} of {}; stored as profile {name} in {}",
            profile.place,
            visible(&token.oauth_client.name),
            visible(&token.organization.name),
            profiles.file.display()
        );
        let in_use = profiles.by_name.get(&name).is_some_and(|profile| profile.in_use);
        profiles.by_name.insert(name, Profile { in_use, ..profile });
        profiles.write()?;
        if is_json { print(&answer.text()) } else { print(&said) }
    }
}

/// Asks a person at a terminal for a line, or reads the next line of standard input.
fn asked(prompt: &str, ask: impl Fn(&str) -> std::io::Result<String>) -> Result<String, CommandError> {
    let mut line = String::new();
    let read = if std::io::stdin().is_terminal() {
        ask(prompt).map(|typed| line = typed)
    } else {
        std::io::stdin().lock().read_line(&mut line).map(drop)
    };
    read.map_err(|error| CommandError::refused(format!("{prompt}{error}")))?;
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        let what = prompt.trim_end_matches(": ");
        return Err(CommandError::usage(format!(
            "no {what} was given; set CONVOKE_CLIENT_ID and CONVOKE_CLIENT_SECRET, or type it"
        )));
    }
    Ok(line.to_owned())
}

fn prompt(prompt: &str) -> std::io::Result<String> {
    eprint!("{prompt}");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map(|_| line)
}

#[derive(Args)]
pub struct Logout {
    /// The profile to forget [default: the one in use]
    #[arg(long, global = true, env = "CONVOKE_PROFILE", value_name = "NAME")]
    profile: Option<String>,
}

impl Logout {
    /// Deletes a profile.
    pub fn run(self) -> Result<(), CommandError> {
        let mut profiles = Profiles::read()?;
        let named = self.profile.filter(|name| !name.is_empty());
        let name = named.unwrap_or_else(|| profiles.in_use().to_owned());
        if profiles.by_name.remove(&name).is_none() {
            return Err(unknown(&name));
        }
        profiles.write()
    }
}

#[derive(Args)]
pub struct Use {
    /// The profile to use when none is named
    #[arg(value_name = "PROFILE")]
    profile: String,
}

impl Use {
    /// Selects a profile as the default.
    pub fn run(self) -> Result<(), CommandError> {
        let mut profiles = Profiles::read()?;
        let chosen = profiles.choose(&self.profile).ok_or_else(|| unknown(&self.profile))?;
        let said = format!("commands call {} as {} from now on", chosen.place, visible(&chosen.client_id));
        profiles.write()?;
        print(&said)
    }
}

fn unknown(profile: &str) -> CommandError {
    CommandError::refused(format!("there is no profile {profile:?}; convoke profiles lists them"))
}

/// The columns of profiles. Secrets are not shown.
const COLUMNS: Columns = Columns {
    what: "profiles",
    shown: &[
        Column::new("PROFILE", "profile"),
        Column::new("SERVER", "server"),
        Column::new("CLIENT ID", "clientId"),
        Column::new("IN USE", "inUse"),
    ],
};

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    output: Output,
}

impl List {
    /// Lists profiles, without their secrets.
    pub fn run(self) -> Result<(), CommandError> {
        let screen = self.output.screen()?;
        let profiles = Profiles::read()?;
        let row = |(name, profile): (&String, &Profile)| {
            let (server, client_id) = (profile.place.to_string(), &profile.client_id);
            json!({"profile": name, "server": server, "clientId": client_id, "inUse": name == profiles.in_use()})
        };
        let mut rows = Rows::new(&screen, &COLUMNS);
        if screen.is_table() && profiles.by_name.is_empty() {
            note("no profiles; convoke login stores one");
        }
        rows.print(&profiles.by_name.iter().map(row).collect::<Vec<_>>())?;
        rows.end()
    }
}
