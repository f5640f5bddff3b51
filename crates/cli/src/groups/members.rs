//! Who is in a group.

use crate::Trouble;
use crate::listing::{Page, Sorted};
use crate::names::user_ids;
use crate::session::Session;
use crate::users;
use clap::Args;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

#[derive(Args)]
pub struct Members {
    /// By id
    group: String,
    /// Members of groups beneath it as well, each once
    #[arg(long)]
    effective: bool,
    /// Further fields for --columns or --json, such as skills
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    expand: Vec<String>,
    #[command(flatten)]
    sorted: Sorted,
}

#[derive(Args)]
pub struct Add {
    /// By id
    group: String,
    /// By id; one with an @ is an e-mail address, and is searched for
    #[arg(required = true, value_name = "USER")]
    users: Vec<String>,
    /// Add them only if this is still the version of the group
    #[arg(long, value_name = "VERSION")]
    if_version: Option<i64>,
}

#[derive(Args)]
pub struct Remove {
    /// By id
    group: String,
    /// By id; one with an @ is an e-mail address, and is searched for
    #[arg(required = true, value_name = "USER")]
    users: Vec<String>,
}

impl Members {
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        let sort_order = self.sorted.order();
        let expand: Vec<_> = self.expand.into_iter().map(UserExpand).collect();
        let query = |page_size, page_number| MembersQuery {
            page_size,
            page_number,
            sort_order,
            expand: expand.clone(),
            effective: self.effective.then_some(true),
        };
        let path = GroupPath { group_id: self.group };
        session.list::<GetGroupMembers, _>(&users::COLUMNS, &self.sorted.paging, &path, query).await
    }
}

impl Add {
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        let member_ids = Some(user_ids(session, &self.users).await?);
        let body = GroupMembersUpdate { member_ids, version: self.if_version };
        session.show::<PostGroupMembers>(&GroupPath { group_id: self.group }, &Nothing {}, Some(&body)).await
    }
}

impl Remove {
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        let query = MemberIdsQuery { ids: Some(user_ids(session, &self.users).await?) };
        session.show::<DeleteGroupMembers>(&GroupPath { group_id: self.group }, &query, None).await
    }
}

/// Lists who was added by id, which comes as one page.
pub async fn individuals(session: &Session, group: String) -> Result<(), Trouble> {
    let answer = session.answer::<GetGroupIndividuals>(&GroupPath { group_id: group }, &Nothing {}, None).await?;
    session.print_page(&users::COLUMNS, Page::of_listing(&answer)?).await
}
