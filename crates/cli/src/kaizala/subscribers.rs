//! `convoke kaizala subscribers`.

use crate::Trouble;
use crate::listing::Columns;
use crate::output::{note, print, visible};
use crate::session::Session;
use clap::{Args, Subcommand};
use convoke_wire::Nothing;
use convoke_wire::kaizala::*;

const COLUMNS: Columns<User, 4> = Columns {
    what: "subscribers",
    header: ["ID", "NAME", "PHONE", "SIGNED IN"],
    row: |user| {
        let has_signed_in = if user.is_provisioned { "yes" } else { "not yet" };
        [user.id, user.name, user.mobile_number.unwrap_or_default(), has_signed_in.to_owned()]
    },
};

#[derive(Subcommand)]
pub enum Subscribers {
    /// List the subscribers of a group
    List(List),
    /// Add subscribers to a group
    Add {
        /// By id
        group: String,
        /// By phone number, with a plus and the country code
        #[arg(required = true, value_name = "+E164")]
        phones: Vec<String>,
    },
    /// Remove subscribers from a group
    Remove {
        /// By id
        group: String,
        /// By phone number, with a plus and the country code
        #[arg(required = true, value_name = "+E164")]
        phones: Vec<String>,
    },
}

#[derive(Args)]
pub struct List {
    /// By id
    group: String,
    /// Where the page before ended
    #[arg(long, allow_hyphen_values = true)]
    cursor: Option<String>,
    /// How many a page has, up to 50
    #[arg(long, value_name = "N")]
    count: Option<i64>,
    /// All pages
    #[arg(long)]
    all: bool,
    /// Ask as old clients do, by GET
    #[arg(long)]
    by_get: bool,
}

impl Subscribers {
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        let body = |phones| SubscribersUpdate { subscribers: Some(phones) };
        match self {
            Subscribers::List(list) => list.run(session).await,
            Subscribers::Add { group, phones } => {
                let path = GroupPath { group_id: group };
                session.show::<PutSubscribersAdd>(&path, &Nothing {}, Some(&body(phones))).await
            }
            Subscribers::Remove { group, phones } => {
                let path = GroupPath { group_id: group };
                session.show::<PutSubscribersRemove>(&path, &Nothing {}, Some(&body(phones))).await
            }
        }
    }
}

impl List {
    async fn run(self, session: &Session) -> Result<(), Trouble> {
        let path = GroupPath { group_id: self.group };
        let mut page = SubscribersPage { cursor: self.cursor, count: self.count };
        let mut subscribers = Vec::new();
        loop {
            let (text, list) = if self.by_get {
                let answer = session.answer::<GetSubscribers>(&path, &page, None).await?;
                (answer.text().into_owned(), answer.parse()?)
            } else {
                let answer = session.answer::<PostSubscribers>(&path, &Nothing {}, Some(&Some(page.clone()))).await?;
                (answer.text().into_owned(), answer.parse()?)
            };
            if session.json {
                print(&text)?;
            } else {
                subscribers.extend(list.subscribers);
            }
            page.cursor = list.cursor.filter(|cursor| !cursor.is_empty());
            if page.cursor.is_none() || !self.all {
                break;
            }
        }
        if session.json {
            return Ok(());
        }
        let n_subscribers = subscribers.len() as i64;
        session.print_table(&COLUMNS, subscribers, n_subscribers)?;
        if let Some(cursor) = page.cursor {
            note(&format!("more; --all for all, or --cursor '{}'", visible(&cursor)));
        }
        Ok(())
    }
}
