//! `convoke kaizala subgroups`.

use super::groups::{COLUMNS, Create};
use crate::Trouble;
use crate::session::Session;
use clap::Subcommand;
use convoke_wire::Nothing;
use convoke_wire::kaizala::*;

#[derive(Subcommand)]
pub enum Subgroups {
    /// List the groups under a group
    List {
        /// By id
        group: String,
        /// All the way down
        #[arg(long)]
        all: bool,
    },
    /// Create a group under a group
    Create {
        /// By id
        group: String,
        #[command(flatten)]
        create: Box<Create>,
    },
    /// Put groups under a group
    Add {
        /// By id
        group: String,
        /// By id
        #[arg(required = true, value_name = "SUBGROUP")]
        subgroups: Vec<String>,
    },
    /// Take a group from under a group
    Remove {
        /// By id
        group: String,
        /// By id
        subgroup: String,
    },
}

impl Subgroups {
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        match self {
            Subgroups::List { group, all } => {
                let query = SubGroupsQuery { fetch_all_groups: Some(Flag(all)) };
                let answer = session.answer::<GetSubGroups>(&GroupPath { group_id: group }, &query, None).await?;
                session.print_all(&COLUMNS, &answer, |reply| beneath(reply.group))
            }
            Subgroups::Create { group, create } => {
                let path = GroupPath { group_id: group };
                session.show::<PostSubGroups>(&path, &Nothing {}, Some(&create.group()?)).await
            }
            Subgroups::Add { group, subgroups } => {
                let body = SubGroupsUpdate { sub_groups: Some(subgroups) };
                session.show::<PutSubGroups>(&GroupPath { group_id: group }, &Nothing {}, Some(&body)).await
            }
            Subgroups::Remove { group, subgroup } => {
                let path = SubGroupPath { group_id: group, sub_group_id: subgroup };
                session.show::<DeleteSubGroup>(&path, &Nothing {}, None).await
            }
        }
    }
}

/// The groups under a group, each before those under it.
fn beneath(group: Group) -> Vec<Group> {
    let mut found = Vec::new();
    let mut open: Vec<Group> = group.sub_groups.into_iter().flatten().rev().collect();
    while let Some(mut group) = open.pop() {
        open.extend(group.sub_groups.take().into_iter().flatten().rev());
        found.push(group);
    }
    found
}
