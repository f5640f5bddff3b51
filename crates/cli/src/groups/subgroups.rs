//! `convoke groups subgroups`.

use super::COLUMNS;
use crate::Trouble;
use crate::listing::Sorted;
use crate::session::Session;
use clap::Subcommand;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

#[derive(Subcommand)]
pub enum Subgroups {
    /// List the groups directly beneath a group
    List {
        /// By id
        group: String,
        #[command(flatten)]
        sorted: Sorted,
    },
    /// Put groups beneath a group
    Add {
        /// By id
        group: String,
        /// By id
        #[arg(required = true, value_name = "SUBGROUP")]
        subgroups: Vec<String>,
        /// Put them there only if this is still the version of the upper group
        #[arg(long, value_name = "VERSION")]
        if_version: Option<i64>,
    },
    /// Take groups out from beneath a group
    Remove {
        /// By id
        group: String,
        /// By id
        #[arg(required = true, value_name = "SUBGROUP")]
        subgroups: Vec<String>,
    },
}

impl Subgroups {
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        match self {
            Subgroups::List { group, sorted } => {
                let sort_order = sorted.order();
                let query = |page_size, page_number| SortedPageQuery { page_size, page_number, sort_order };
                let path = GroupPath { group_id: group };
                session.list::<GetGroupSubgroups, _>(&COLUMNS, &sorted.paging, &path, query).await
            }
            Subgroups::Add { group, subgroups, if_version } => {
                let body = GroupSubgroupsUpdate { ids: Some(subgroups), version: if_version };
                session.show::<PostGroupSubgroups>(&GroupPath { group_id: group }, &Nothing {}, Some(&body)).await
            }
            Subgroups::Remove { group, subgroups } => {
                let query = SubgroupIdsQuery { ids: Some(subgroups) };
                session.show::<DeleteGroupSubgroups>(&GroupPath { group_id: group }, &query, None).await
            }
        }
    }
}
