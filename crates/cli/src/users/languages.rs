//! `convoke users languages`.

use super::{HELD, SkillLevel, identified};
use crate::CommandError;
use crate::listing::{Page, Sorted};
use crate::names::{language_id, user_id};
use crate::output::Columns;
use crate::session::Session;
use clap::Subcommand;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

const COLUMNS: Columns = Columns { what: "languages", shown: HELD };

#[derive(Subcommand)]
pub enum Languages {
    /// List the languages of a user
    List {
        /// By id, e-mail address or name
        user: String,
        #[command(flatten)]
        sorted: Sorted,
    },
    /// Add languages to a user, such as Spanish=4
    Add {
        /// By id, e-mail address or name
        user: String,
        /// By id or name, with a proficiency from 0 to 5
        #[arg(required = true, value_name = "LANGUAGE=N")]
        languages: Vec<SkillLevel>,
    },
    /// Change the proficiency of a user in a language, such as Spanish=5
    Set {
        /// By id, e-mail address or name
        user: String,
        /// By id or name, with a proficiency from 0 to 5
        #[arg(value_name = "LANGUAGE=N")]
        language: SkillLevel,
    },
    /// Remove a language from a user
    Remove {
        /// By id, e-mail address or name
        user: String,
        /// By id or name
        language: String,
    },
}

impl Languages {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let (Languages::List { user, .. }
        | Languages::Add { user, .. }
        | Languages::Set { user, .. }
        | Languages::Remove { user, .. }) = &self;
        let user_id = user_id(session, user).await?;
        let path = UserPath { user_id: user_id.clone() };
        match self {
            Languages::List { sorted, .. } => {
                let sort_order = sorted.order();
                let query = |page_size, page_number| SortedPageQuery { page_size, page_number, sort_order };
                session.list::<GetUserRoutinglanguages, _>(&COLUMNS, &sorted.paging, &path, query).await
            }
            Languages::Add { languages, .. } => {
                let languages = bodies(session, &languages).await?;
                if let [language] = languages.as_slice() {
                    return session.show::<PostUserRoutinglanguages>(&path, &Nothing {}, Some(language)).await;
                }
                let answer =
                    session.call_raw::<PatchUserRoutinglanguagesBulk>(&path, &Nothing {}, Some(&languages)).await?;
                session.print_page(&COLUMNS, Page::of_listing(&answer)?).await
            }
            Languages::Set { language, .. } => {
                let path = UserLanguagePath { user_id, language_id: language_id(session, &language.name).await? };
                let body = UserRoutingUpdate { proficiency: Some(language.proficiency) };
                session.show::<PatchUserRoutinglanguage>(&path, &Nothing {}, Some(&body)).await
            }
            Languages::Remove { language, .. } => {
                let path = UserLanguagePath { user_id, language_id: language_id(session, &language).await? };
                session.show::<DeleteUserRoutinglanguage>(&path, &Nothing {}, None).await
            }
        }
    }
}

async fn bodies(session: &Session, languages: &[SkillLevel]) -> Result<Vec<UserRoutingLanguagePost>, CommandError> {
    let languages = identified(languages, async |name| language_id(session, name).await).await?;
    let body = |(id, proficiency)| UserRoutingLanguagePost { id: Some(id), proficiency: Some(proficiency) };
    Ok(languages.into_iter().map(body).collect())
}
