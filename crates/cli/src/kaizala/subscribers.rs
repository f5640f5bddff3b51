//! `convoke kaizala subscribers`.

use super::has_signed_in;
use crate::CommandError;
use crate::names::connector_group_path;
use crate::output::{Column, Columns, Format, Rows, note, print, visible};
use crate::session::Session;
use clap::{Args, Subcommand};
use convoke_wire::Nothing;
use convoke_wire::kaizala::*;

const COLUMNS: Columns = Columns {
    what: "subscribers",
    shown: &[
        Column::new("ID", "id"),
        Column::new("NAME", "name"),
        Column::new("PHONE", "mobileNumber"),
        Column::with_text("SIGNED IN", "isProvisioned", has_signed_in),
    ],
};

#[derive(Subcommand)]
pub enum Subscribers {
    /// List the subscribers of a group
    List(List),
    /// Add subscribers to a group
    Add {
        /// By id or name
        group: String,
        /// By phone number, with a plus and the country code
        #[arg(required = true, value_name = "+E164")]
        phones: Vec<String>,
    },
    /// Remove subscribers from a group
    Remove {
        /// By id or name
        group: String,
        /// By phone number, with a plus and the country code
        #[arg(required = true, value_name = "+E164")]
        phones: Vec<String>,
    },
}

#[derive(Args)]
pub struct List {
    /// By id or name
    group: String,
    /// The cursor in the reply of the previous page
    #[arg(long, allow_hyphen_values = true)]
    cursor: Option<String>,
    /// How many a page has, up to 50
    #[arg(long, value_name = "N")]
    count: Option<i64>,
    /// All pages
    #[arg(long)]
    all: bool,
    /// Send the request of old clients, a GET
    #[arg(long)]
    by_get: bool,
}

impl Subscribers {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let body = |phones| SubscribersUpdate { subscribers: Some(phones) };
        match self {
            Subscribers::List(list) => list.run(session).await,
            Subscribers::Add { group, phones } => {
                let path = connector_group_path(session, &group).await?;
                session.show::<PutSubscribersAdd>(&path, &Nothing {}, Some(&body(phones))).await
            }
            Subscribers::Remove { group, phones } => {
                let path = connector_group_path(session, &group).await?;
                session.show::<PutSubscribersRemove>(&path, &Nothing {}, Some(&body(phones))).await
            }
        }
    }
}

impl List {
    async fn run(self, session: &Session) -> Result<(), CommandError> {
        let path = connector_group_path(session, &self.group).await?;
        let mut page = SubscribersPage { cursor: self.cursor, count: self.count };
        let mut rows = Rows::new(&session.screen, &COLUMNS);
        loop {
            let (text, list) = if self.by_get {
                let answer = session.call_raw::<GetSubscribers>(&path, &page, None).await?;
                (answer.text().into_owned(), answer.parse()?)
            } else {
                let answer = session.call_raw::<PostSubscribers>(&path, &Nothing {}, Some(&Some(page.clone()))).await?;
                (answer.text().into_owned(), answer.parse()?)
            };
            if session.screen.format == Format::Replies {
                print(&text)?;
            } else {
                let subscribers: Result<Vec<_>, _> = list.subscribers.iter().map(serde_json::to_value).collect();
                rows.print(&subscribers.map_err(CommandError::refused)?)?;
            }
            page.cursor = list.cursor.filter(|cursor| !cursor.is_empty());
            if page.cursor.is_none() || !self.all {
                break;
            }
        }
        let n_subscribers = rows.n_printed() as i64;
        session.end(rows, &COLUMNS, n_subscribers)?;
        if let Some(cursor) = page.cursor.filter(|_| session.screen.is_table()) {
            note(&format!("more; --all for all, or --cursor '{}'", visible(&cursor)));
        }
        Ok(())
    }
}
