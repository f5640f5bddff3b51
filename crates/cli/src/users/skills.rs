//! `convoke users skills`.

use super::{HELD, SkillLevel, identified};
use crate::CommandError;
use crate::listing::{Page, Sorted};
use crate::names::{skill_id, user_id};
use crate::output::Columns;
use crate::session::Session;
use clap::Subcommand;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

const COLUMNS: Columns = Columns { what: "skills", shown: HELD };

#[derive(Subcommand)]
pub enum Skills {
    /// List the skills of a user
    List {
        /// By id, e-mail address or name
        user: String,
        #[command(flatten)]
        sorted: Sorted,
    },
    /// Add skills to a user, such as Billing=4
    Add {
        /// By id, e-mail address or name
        user: String,
        /// By id or name, with a proficiency from 0 to 5
        #[arg(required = true, value_name = "SKILL=N")]
        skills: Vec<SkillLevel>,
    },
    /// Change the proficiency of a user in a skill, such as Billing=5
    Set {
        /// By id, e-mail address or name
        user: String,
        /// By id or name, with a proficiency from 0 to 5
        #[arg(value_name = "SKILL=N")]
        skill: SkillLevel,
    },
    /// Remove a skill from a user
    Remove {
        /// By id, e-mail address or name
        user: String,
        /// By id or name
        skill: String,
    },
    /// Replace all skills of a user; without arguments, remove all
    Replace {
        /// By id, e-mail address or name
        user: String,
        /// By id or name, with a proficiency from 0 to 5
        #[arg(value_name = "SKILL=N")]
        skills: Vec<SkillLevel>,
    },
}

impl Skills {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let (Skills::List { user, .. }
        | Skills::Add { user, .. }
        | Skills::Set { user, .. }
        | Skills::Remove { user, .. }
        | Skills::Replace { user, .. }) = &self;
        let user_id = user_id(session, user).await?;
        let path = UserPath { user_id: user_id.clone() };
        match self {
            Skills::List { sorted, .. } => {
                let sort_order = sorted.order();
                let query = |page_size, page_number| SortedPageQuery { page_size, page_number, sort_order };
                session.list::<GetUserRoutingskills, _>(&COLUMNS, &sorted.paging, &path, query).await
            }
            Skills::Add { skills, .. } => {
                let skills = bodies(session, &skills).await?;
                if let [skill] = skills.as_slice() {
                    return session.show::<PostUserRoutingskills>(&path, &Nothing {}, Some(skill)).await;
                }
                let answer = session.call_raw::<PatchUserRoutingskillsBulk>(&path, &Nothing {}, Some(&skills)).await?;
                session.print_page(&COLUMNS, Page::of_listing(&answer)?).await
            }
            Skills::Set { skill, .. } => {
                let path = UserSkillPath { user_id, skill_id: skill_id(session, &skill.name).await? };
                let body = UserRoutingUpdate { proficiency: Some(skill.proficiency) };
                session.show::<PutUserRoutingskill>(&path, &Nothing {}, Some(&body)).await
            }
            Skills::Remove { skill, .. } => {
                let path = UserSkillPath { user_id, skill_id: skill_id(session, &skill).await? };
                session.show::<DeleteUserRoutingskill>(&path, &Nothing {}, None).await
            }
            Skills::Replace { skills, .. } => {
                let body = bodies(session, &skills).await?;
                let answer = session.call_raw::<PutUserRoutingskillsBulk>(&path, &Nothing {}, Some(&body)).await?;
                session.print_page(&COLUMNS, Page::of_listing(&answer)?).await
            }
        }
    }
}

async fn bodies(session: &Session, skills: &[SkillLevel]) -> Result<Vec<UserRoutingSkillPost>, CommandError> {
    let skills = identified(skills, async |name| skill_id(session, name).await).await?;
    let body = |(id, proficiency)| UserRoutingSkillPost { id: Some(id), proficiency: Some(proficiency) };
    Ok(skills.into_iter().map(body).collect())
}
