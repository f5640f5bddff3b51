//! Confirmation of changes that are hard to undo.
//!
//! A person at a terminal is asked. A script is not asked, because nobody could answer.

use crate::CommandError;
use crate::output::{Format, note, print, visible};
use crate::session::Session;
use clap::Args;
use convoke_client::{Endpoint, Nothing};
use serde_json::json;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Write};

/// The terminal, from which the answer is read even if standard input is something else.
const TERMINAL: &str = "/dev/tty";

/// The flags of confirmation and of dry runs.
#[derive(Args)]
pub struct Consent {
    /// Do it without asking; without a terminal nothing is asked
    #[arg(long, short)]
    yes: bool,
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A change that is about to be made.
pub struct PlannedChange {
    /// The verb, such as `delete` and `deleted`.
    pub verb: (&'static str, &'static str),
    /// The object of the verb.
    pub what: String,
    /// The consequences; may be empty.
    pub consequence: String,
}

/// Whether to ask a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Person,
    Nobody,
}

impl Ask {
    /// Asks if `is_so` is true.
    pub fn person_if(is_so: bool) -> Self {
        if is_so { Ask::Person } else { Ask::Nobody }
    }
}

impl PlannedChange {
    fn with(&self, verb: &str) -> String {
        let what = if self.what.is_empty() { String::new() } else { format!(" {}", self.what) };
        let consequence = if self.consequence.is_empty() { String::new() } else { format!(": {}", self.consequence) };
        visible(&format!("{verb}{what}{consequence}")).into_owned()
    }
}

impl Consent {
    /// If the change is confirmed, calls the endpoint and reports the change.
    pub async fn call<E: Endpoint<Query = Nothing>>(
        &self,
        session: &Session,
        planned: &PlannedChange,
        ask: Ask,
        path: &E::Path,
        body: Option<&E::Body>,
    ) -> Result<(), CommandError> {
        if !self.to(session, planned, ask)? {
            return Ok(());
        }
        session.show::<E>(path, &Nothing {}, body).await?;
        if session.screen.is_table() { print(&planned.with(planned.verb.1)) } else { Ok(()) }
    }

    /// Whether to make the change. In a dry run, prints the change and returns false.
    ///
    /// # Errors
    ///
    /// [`CommandError`] if the person declines.
    pub fn to(&self, session: &Session, planned: &PlannedChange, ask: Ask) -> Result<bool, CommandError> {
        let would = planned.with(planned.verb.0);
        if self.dry_run {
            let sentence = format!("nothing was changed; it would {would}");
            match session.screen.format {
                Format::Table => print(&sentence)?,
                // In this format standard output has only ids.
                Format::Name => note(&sentence),
                _ => session.show_value(&json!({ "dryRun": true, "would": would }))?,
            }
            return Ok(false);
        }
        if !self.yes && ask == Ask::Person && answer(&would) == Some(Answer::No) {
            return Err(CommandError::refused("nothing was changed"));
        }
        Ok(true)
    }
}

#[derive(PartialEq, Eq)]
enum Answer {
    Yes,
    No,
}

/// The answer of a person; none if nobody is at a terminal.
fn answer(would: &str) -> Option<Answer> {
    // One or two of the streams may be redirected. If all three are, probably nobody is at the terminal.
    let is_watched =
        std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal();
    if !is_watched {
        return None;
    }
    let terminal = File::options().read(true).write(true).open(TERMINAL).ok()?;
    let mut letters = would.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    write!(&terminal, "{first}{}? [y/N] ", letters.as_str()).ok()?;
    let mut line = String::new();
    // If the answer cannot be read, it counts as no.
    if BufReader::new(&terminal).read_line(&mut line).unwrap_or_default() == 0 {
        note("");
    }
    let is_yes = ["y", "yes"].iter().any(|yes| line.trim().eq_ignore_ascii_case(yes));
    Some(if is_yes { Answer::Yes } else { Answer::No })
}
