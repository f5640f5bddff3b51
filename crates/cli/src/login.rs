//! `convoke login`, `convoke logout` and `convoke profiles`.

use crate::Trouble;
use crate::connection::{self, Identity, Server};
use crate::output::{Style, note, print, table, visible};
use crate::profiles::{self, Profile, Profiles};
use clap::Args;
use convoke_wire::Nothing;
use convoke_wire::genesys::GetTokensMe;
use std::io::{BufRead, IsTerminal};

#[derive(Args)]
pub struct Login {
    #[command(flatten)]
    server: Server,
    #[command(flatten)]
    identity: Identity,
}

impl Login {
    /// Proves that server, id and secret belong together, and stores them. Who signs in again need not say
    /// where, and as whom.
    pub async fn run(self) -> Result<(), Trouble> {
        let before = Profiles::read()?;
        let name = self.server.profile();
        let before = before.by_name.get(name);
        let place = match (self.server.place()?, before) {
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
        let insecure = self.server.insecure || same.is_some_and(|before| before.insecure);
        let profile = Profile { place, client_id, client_secret, insecure };
        let answer = connection::client(&profile)?.answer::<GetTokensMe>(&Nothing {}, &Nothing {}, None).await?;
        let token = answer.parse()?;
        // Read again: another login may have stored its own while this one asked.
        let mut profiles = Profiles::read()?;
        let said = format!(
            "signed in to {} as {} of {}; stored as profile {name} in {}",
            profile.place,
            visible(&token.oauth_client.name),
            visible(&token.organization.name),
            profiles.file.display()
        );
        profiles.by_name.insert(name.to_owned(), profile);
        profiles.write()?;
        if self.server.json { print(&answer.text()) } else { print(&said) }
    }
}

/// A line that a person types, or the next one of standard input.
fn asked(prompt: &str, ask: impl Fn(&str) -> std::io::Result<String>) -> Result<String, Trouble> {
    let mut line = String::new();
    let read = if std::io::stdin().is_terminal() {
        ask(prompt).map(|typed| line = typed)
    } else {
        std::io::stdin().lock().read_line(&mut line).map(drop)
    };
    read.map_err(|error| Trouble::refused(format!("{prompt}{error}")))?;
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        let what = prompt.trim_end_matches(": ");
        return Err(Trouble::usage(format!(
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
    /// The profile to forget
    #[arg(long, env = "CONVOKE_PROFILE", value_name = "NAME", default_value = profiles::DEFAULT)]
    profile: String,
}

impl Logout {
    /// Forgets a profile.
    pub fn run(self) -> Result<(), Trouble> {
        let mut profiles = Profiles::read()?;
        if profiles.by_name.remove(&self.profile).is_none() {
            return Err(Trouble::refused(format!(
                "there is no profile {:?}; convoke profiles lists them",
                self.profile
            )));
        }
        profiles.write()
    }
}

/// Lists profiles, without their secrets.
pub fn list() -> Result<(), Trouble> {
    let profiles = Profiles::read()?;
    if profiles.by_name.is_empty() {
        note("no profiles; convoke login stores one");
        return Ok(());
    }
    let row = |(name, profile): (String, Profile)| [name, profile.place.to_string(), profile.client_id];
    let rows = profiles.by_name.into_iter().map(row).collect();
    print(&table(Style::of_stdout(), ["PROFILE", "SERVER", "CLIENT ID"], rows))
}
