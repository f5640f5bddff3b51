//! `convoke skills`.

use crate::CommandError;
use crate::consent::{Ask, Consent, PlannedChange};
use crate::listing::Paging;
use crate::names::{counted, exactly, skill_id};
use crate::output::{Column, Columns};
use crate::session::Session;
use clap::Subcommand;
use convoke_client::UsersApi;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

const COLUMNS: Columns = Columns { what: "skills", shown: SHOWN };

/// The columns of skills, and of languages.
pub const SHOWN: &[Column] =
    &[Column::new("ID", "id"), Column::new("NAME", "name"), Column::new("MODIFIED", "dateModified")];

#[derive(Subcommand)]
pub enum Skills {
    /// List routing skills by name
    List {
        /// Only those whose names begin with this
        #[arg(long, value_name = "BEGINNING")]
        name: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show a routing skill
    Get {
        /// By id or name
        skill: String,
    },
    /// Create a routing skill
    Create {
        /// Its name, unique among routing skills
        name: String,
    },
    /// Rename a routing skill
    Rename {
        /// By id or name
        skill: String,
        /// The new name
        name: String,
    },
    /// Delete a routing skill
    Delete {
        /// By id or name
        skill: String,
        #[command(flatten)]
        consent: Consent,
    },
}

impl Skills {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let path =
            async |named: String| Ok::<_, CommandError>(SkillPath { skill_id: skill_id(session, &named).await? });
        match self {
            Skills::List { name, paging } => {
                let query = |page_size, page_number| RoutingSkillsQuery {
                    page_size,
                    page_number,
                    name: name.clone(),
                    ..Default::default()
                };
                session.list::<GetRoutingSkills, _>(&COLUMNS, &paging, &Nothing {}, query).await
            }
            Skills::Get { skill } => session.show::<GetRoutingSkill>(&path(skill).await?, &Nothing {}, None).await,
            Skills::Create { name } => {
                let body = CreateRoutingSkill { name: Some(name), division_id: None };
                session.show::<PostRoutingSkills>(&Nothing {}, &Nothing {}, Some(&body)).await
            }
            Skills::Rename { skill, name } => {
                let body = UpdateSkillDivisionRequest { name: Some(name), division_id: None };
                session.show::<PatchRoutingSkill>(&path(skill).await?, &Nothing {}, Some(&body)).await
            }
            Skills::Delete { skill, consent } => {
                let path = path(skill).await?;
                let skill = session.call::<GetRoutingSkill>(&path, &Nothing {}, None).await?;
                let what = format!("the routing skill {} ({})", skill.name, skill.id);
                let planned = deletion(session, what, "skills", &skill.name).await;
                consent.call::<DeleteRoutingSkill>(session, &planned, Ask::Person, &path, None).await
            }
        }
    }
}

/// The confirmation for the deletion of a skill or language: how many users have it, by a search of this field.
pub async fn deletion(session: &Session, what: String, field: &str, name: &str) -> PlannedChange {
    let held = UserSearchRequest {
        query: Some(vec![exactly(field, [name])]),
        page_size: Some(1),
        ..UserSearchRequest::default()
    };
    // If the caller may not search, the number is left out.
    let held = UsersApi::new(session.client()).post_users_search(&held).await;
    let consequence = held.map_or_else(|_| String::new(), |held| format!("held by {}", counted(held.total, "user")));
    PlannedChange { verb: ("delete", "deleted"), what, consequence }
}
