//! `convoke groups search`.

use super::COLUMNS;
use crate::CommandError;
use crate::listing::{Fetched, Page};
use crate::search::SearchArguments;
use crate::session::Session;
use clap::Args;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

#[derive(Args)]
#[command(after_help = crate::search::HELP)]
pub struct Search {
    #[command(flatten)]
    asked: SearchArguments,
}

impl Search {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let SearchArguments { q64, paging, .. } = &self.asked;
        if let Some(q64) = q64 {
            let query = SearchQuery { q64: Some(convoke_client::q64(q64)), expand: None };
            let answer = session.call_raw::<GetGroupsSearch>(&Nothing {}, &query, None).await?;
            return session.print_page(&COLUMNS, Page::of_search(&answer)?).await;
        }
        let (query, sort) = (self.asked.criteria(session).await?, self.asked.sort());
        let fetch = |page_size, page_number| -> Fetched<'_> {
            let (query, sort) = (query.clone(), sort.clone());
            let body = GroupSearchRequest { page_size, page_number, sort, query, ..Default::default() };
            Box::pin(async move {
                let answer = session.call_raw::<PostGroupsSearch>(&Nothing {}, &Nothing {}, Some(&body)).await?;
                Ok(Page::of_search(&answer)?)
            })
        };
        session.print_pages(&COLUMNS, paging, &fetch).await
    }
}
