//! `convoke languages`.

use crate::CommandError;
use crate::consent::{Ask, Consent};
use crate::listing::Sorted;
use crate::names::language_id;
use crate::output::Columns;
use crate::session::Session;
use crate::skills::{SHOWN, deletion};
use clap::Subcommand;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

const COLUMNS: Columns = Columns { what: "languages", shown: SHOWN };

#[derive(Subcommand)]
pub enum Languages {
    /// List languages by name
    List {
        /// Only the language with this name; with a * at the end, those whose names begin with it
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        sorted: Sorted,
    },
    /// Show a language
    Get {
        /// By id or name
        language: String,
    },
    /// Create a language
    Create {
        /// Its name, unique among languages
        name: String,
    },
    /// Rename a language
    Rename {
        /// By id or name
        language: String,
        /// The new name
        name: String,
    },
    /// Delete a language
    Delete {
        /// By id or name
        language: String,
        #[command(flatten)]
        consent: Consent,
    },
}

impl Languages {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let path = async |named: String| {
            Ok::<_, CommandError>(LanguagePath { language_id: language_id(session, &named).await? })
        };
        match self {
            Languages::List { name, sorted } => {
                let sort_order = sorted.order();
                let query = |page_size, page_number| LanguagesQuery {
                    page_size,
                    page_number,
                    sort_order,
                    name: name.clone(),
                    ..Default::default()
                };
                session.list::<GetRoutingLanguages, _>(&COLUMNS, &sorted.paging, &Nothing {}, query).await
            }
            Languages::Get { language } => {
                session.show::<GetRoutingLanguage>(&path(language).await?, &Nothing {}, None).await
            }
            Languages::Create { name } => {
                let body = LanguageRequest { name: Some(name) };
                session.show::<PostRoutingLanguages>(&Nothing {}, &Nothing {}, Some(&body)).await
            }
            Languages::Rename { language, name } => {
                let body = LanguageRequest { name: Some(name) };
                session.show::<PatchRoutingLanguage>(&path(language).await?, &Nothing {}, Some(&body)).await
            }
            Languages::Delete { language, consent } => {
                let path = path(language).await?;
                let language = session.call::<GetRoutingLanguage>(&path, &Nothing {}, None).await?;
                let what = format!("the language {} ({})", language.name, language.id);
                let planned = deletion(session, what, "languages", &language.name).await;
                consent.call::<DeleteRoutingLanguage>(session, &planned, Ask::Person, &path, None).await
            }
        }
    }
}
