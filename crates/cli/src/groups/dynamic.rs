//! `convoke groups dynamic`.

use super::named;
use crate::CommandError;
use crate::consent::{Ask, Consent, PlannedChange};
use crate::language::{self, rule_text};
use crate::names::{counted, group_path};
use crate::output::{print, visible};
use crate::session::{Body, Session};
use crate::users;
use clap::{Args, Subcommand};
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

const HELP: &str = "\
Rules:
  Billing>=3              also =, !=, <, <= and >; from 0 to 5
  has Billing             at any proficiency
  lang:Spanish>=2         a language
  and  or  not  ( )       not binds closest, then and, then or

Put names with spaces or signs in quotation marks. convoke help language prints all of it.";

#[derive(Subcommand)]
pub enum Dynamic {
    /// Show the rule of a group
    Get {
        /// By id or name
        group: String,
    },
    /// Make a group follow a rule
    #[command(after_help = HELP)]
    Set {
        /// By id or name
        group: String,
        #[command(flatten)]
        typed: Typed,
        #[command(flatten)]
        consent: Consent,
    },
    /// Remove the rule of a group
    Remove {
        /// By id or name
        group: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Count the users that a rule would select
    #[command(after_help = HELP)]
    Preview {
        #[command(flatten)]
        typed: Typed,
        /// List the first 25 of them
        #[arg(long)]
        users: bool,
    },
}

#[derive(Args)]
pub struct Typed {
    /// The rule
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    rule: Option<language::Rule>,
    #[command(flatten)]
    body: Body,
}

impl Typed {
    fn query(self) -> Result<DynamicGroupQuery, CommandError> {
        self.rule.map_or_else(|| self.body.read(), |language::Rule(query)| Ok(query))
    }
}

impl Dynamic {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        match self {
            Dynamic::Get { group } => {
                let path = group_path(session, &group).await?;
                let answer = session.call_raw::<GetGroupDynamicsettings>(&path, &Nothing {}, None).await?;
                if !session.screen.is_table() {
                    return session.show_reply(&answer);
                }
                print(&visible(&rule_text(&answer.parse()?.query)))
            }
            Dynamic::Set { group, typed, consent } => {
                let path = group_path(session, &group).await?;
                let rule = typed.query()?;
                let (planned, ask) = turnover(session, &path, &rule, ("set the rule of", "set the rule of")).await?;
                consent.call::<PutGroupDynamicsettings>(session, &planned, ask, &path, Some(&rule)).await
            }
            Dynamic::Remove { group, consent } => {
                let path = group_path(session, &group).await?;
                let nobody = DynamicGroupQuery { skill_conditions: Some(Vec::new()) };
                let verb = ("take the rule from", "took the rule from");
                let (planned, ask) = turnover(session, &path, &nobody, verb).await?;
                consent.call::<DeleteGroupDynamicsettings>(session, &planned, ask, &path, None).await
            }
            Dynamic::Preview { typed, users } => {
                let expand = if users { vec![PreviewExpand::Users] } else { vec![] };
                let query = PreviewQuery { expand, ..PreviewQuery::default() };
                let body = typed.query()?;
                let answer =
                    session.call_raw::<PostGroupsDynamicsettingsPreview>(&Nothing {}, &query, Some(&body)).await?;
                if session.screen.is_verbatim() {
                    return session.show_reply(&answer);
                }
                let preview = answer.parse()?;
                match preview.users {
                    Some(users) => session.print_entries(&users::COLUMNS, users, preview.user_count.into()),
                    None if !session.screen.is_table() => session.show_reply(&answer),
                    None => print(&format!("{} users", preview.user_count)),
                }
            }
        }
    }
}

/// The effect of a new rule on the members of a group, from the server's preview. A person is asked if any member would
/// be lost.
async fn turnover(
    session: &Session,
    path: &GroupPath,
    rule: &DynamicGroupQuery,
    verb: (&'static str, &'static str),
) -> Result<(PlannedChange, Ask), CommandError> {
    let group = session.call::<GetGroup>(path, &Nothing {}, None).await?;
    let query = PreviewQuery { group_id: Some(path.group_id.clone()), ..PreviewQuery::default() };
    let preview = session.call::<PostGroupsDynamicsettingsPreview>(&Nothing {}, &query, Some(rule)).await?;
    let consequence = match (preview.gained, preview.lost) {
        (Some(gained), Some(lost)) => format!("+{gained} \u{2212}{lost} members"),
        // Genesys Cloud returns only the number of users that the rule selects.
        _ => format!("it takes {}", counted(preview.user_count.into(), "user")),
    };
    let ask = Ask::person_if(preview.lost.is_none_or(|lost| lost > 0));
    Ok((PlannedChange { verb, what: named(&group), consequence }, ask))
}
