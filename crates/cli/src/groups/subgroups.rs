//! `convoke groups subgroups`.

use super::COLUMNS;
use crate::CommandError;
use crate::listing::Sorted;
use crate::names::{group_ids, group_path};
use crate::session::Session;
use clap::Subcommand;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

#[derive(Subcommand)]
pub enum Subgroups {
    /// List the groups directly beneath a group
    List {
        /// By id or name
        group: String,
        #[command(flatten)]
        sorted: Sorted,
    },
    /// Put groups beneath a group
    Add {
        /// By id or name
        group: String,
        /// By id or name
        #[arg(required = true, value_name = "SUBGROUP")]
        subgroups: Vec<String>,
        /// Put them there only if this is still the version of the upper group
        #[arg(long, value_name = "VERSION")]
        if_version: Option<i64>,
    },
    /// Remove groups from beneath a group
    Remove {
        /// By id or name
        group: String,
        /// By id or name
        #[arg(required = true, value_name = "SUBGROUP")]
        subgroups: Vec<String>,
    },
}

impl Subgroups {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        match self {
            Subgroups::List { group, sorted } => {
                let sort_order = sorted.order();
                let query = |page_size, page_number| SortedPageQuery { page_size, page_number, sort_order };
                let path = group_path(session, &group).await?;
                session.list::<GetGroupSubgroups, _>(&COLUMNS, &sorted.paging, &path, query).await
            }
            Subgroups::Add { group, subgroups, if_version } => {
                let path = group_path(session, &group).await?;
                let ids = Some(group_ids(session, &subgroups).await?);
                let body = GroupSubgroupsUpdate { ids, version: if_version };
                session.show::<PostGroupSubgroups>(&path, &Nothing {}, Some(&body)).await
            }
            Subgroups::Remove { group, subgroups } => {
                let path = group_path(session, &group).await?;
                let query = SubgroupIdsQuery { ids: Some(group_ids(session, &subgroups).await?) };
                session.show::<DeleteGroupSubgroups>(&path, &query, None).await
            }
        }
    }
}
