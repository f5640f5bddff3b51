//! `convoke kaizala subgroups`.

use super::groups::{COLUMNS, Create};
use crate::CommandError;
use crate::names::connector_group_path;
use crate::session::Session;
use clap::Subcommand;
use convoke_wire::Nothing;
use convoke_wire::kaizala::*;

#[derive(Subcommand)]
pub enum Subgroups {
    /// List the groups under a group
    List {
        /// By id or name
        group: String,
        /// All the way down
        #[arg(long)]
        all: bool,
    },
    /// Create a group under a group
    Create {
        /// By id or name
        group: String,
        #[command(flatten)]
        create: Box<Create>,
    },
    /// Put groups under a group
    Add {
        /// By id or name
        group: String,
        /// By id or name
        #[arg(required = true, value_name = "SUBGROUP")]
        subgroups: Vec<String>,
    },
    /// Remove a group from beneath a group
    Remove {
        /// By id or name
        group: String,
        /// By id or name
        subgroup: String,
    },
}

impl Subgroups {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let path = async |group: String| connector_group_path(session, &group).await;
        match self {
            Subgroups::List { group, all } => {
                let query = SubGroupsQuery { fetch_all_groups: Some(Flag(all)) };
                let answer = session.call_raw::<GetSubGroups>(&path(group).await?, &query, None).await?;
                session.print_all(&COLUMNS, &answer, |reply| beneath(reply.group))
            }
            Subgroups::Create { group, create } => {
                let path = path(group).await?;
                session.show::<PostSubGroups>(&path, &Nothing {}, Some(&create.group()?)).await
            }
            Subgroups::Add { group, subgroups } => {
                let mut ids = Vec::with_capacity(subgroups.len());
                for subgroup in subgroups {
                    ids.push(path(subgroup).await?.group_id);
                }
                let body = SubGroupsUpdate { sub_groups: Some(ids) };
                session.show::<PutSubGroups>(&path(group).await?, &Nothing {}, Some(&body)).await
            }
            Subgroups::Remove { group, subgroup } => {
                let (group_id, sub_group_id) = (path(group).await?.group_id, path(subgroup).await?.group_id);
                let path = SubGroupPath { group_id, sub_group_id };
                session.show::<DeleteSubGroup>(&path, &Nothing {}, None).await
            }
        }
    }
}

/// The groups beneath a group, each followed by those beneath it.
fn beneath(group: Group) -> Vec<Group> {
    let mut found = Vec::new();
    let mut open: Vec<Group> = group.sub_groups.into_iter().flatten().rev().collect();
    while let Some(mut group) = open.pop() {
        open.extend(group.sub_groups.take().into_iter().flatten().rev());
        found.push(group);
    }
    found
}
