//! `convoke groups dynamic`.

use crate::Trouble;
use crate::language::{self, rule_text};
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
        /// By id
        group: String,
    },
    /// Make a group follow a rule
    #[command(after_help = HELP)]
    Set {
        /// By id
        group: String,
        #[command(flatten)]
        typed: Typed,
    },
    /// Take the rule from a group
    Remove {
        /// By id
        group: String,
    },
    /// Count whom a rule would take
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
    fn query(self) -> Result<DynamicGroupQuery, Trouble> {
        self.rule.map_or_else(|| self.body.read(), |language::Rule(query)| Ok(query))
    }
}

impl Dynamic {
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        match self {
            Dynamic::Get { group } => {
                let path = GroupPath { group_id: group };
                let answer = session.answer::<GetGroupDynamicsettings>(&path, &Nothing {}, None).await?;
                if !session.screen.is_table() {
                    return session.show_answer(&answer);
                }
                print(&visible(&rule_text(&answer.parse()?.query)))
            }
            Dynamic::Set { group, typed } => {
                let path = GroupPath { group_id: group };
                session.show::<PutGroupDynamicsettings>(&path, &Nothing {}, Some(&typed.query()?)).await
            }
            Dynamic::Remove { group } => {
                session.show::<DeleteGroupDynamicsettings>(&GroupPath { group_id: group }, &Nothing {}, None).await
            }
            Dynamic::Preview { typed, users } => {
                let expand = if users { vec!["users".to_owned()] } else { vec![] };
                let query = PreviewQuery { expand, ..PreviewQuery::default() };
                let body = typed.query()?;
                let answer =
                    session.answer::<PostGroupsDynamicsettingsPreview>(&Nothing {}, &query, Some(&body)).await?;
                if session.screen.is_verbatim() {
                    return session.show_answer(&answer);
                }
                let preview = answer.parse()?;
                match preview.users {
                    Some(users) => session.print_entries(&users::COLUMNS, users, preview.user_count.into()),
                    None if !session.screen.is_table() => session.show_answer(&answer),
                    None => print(&format!("{} users", preview.user_count)),
                }
            }
        }
    }
}
