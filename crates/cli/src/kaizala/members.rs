//! `convoke kaizala members`.

use super::has_signed_in;
use crate::CommandError;
use crate::names::connector_group_path;
use crate::output::{Column, Columns};
use crate::session::Session;
use clap::{Subcommand, ValueEnum};
use convoke_wire::Nothing;
use convoke_wire::kaizala::*;

const COLUMNS: Columns = Columns {
    what: "members",
    shown: &[
        Column::new("ID", "id"),
        Column::new("NAME", "name"),
        Column::new("PHONE", "mobileNumber"),
        Column::new("ROLE", "role"),
        Column::with_text("SIGNED IN", "isProvisioned", has_signed_in),
    ],
};

#[derive(Subcommand)]
pub enum Members {
    /// List the members of a group
    List {
        /// By id or name
        group: String,
    },
    /// Add members to a group
    Add {
        /// By id or name
        group: String,
        /// By phone number, with a plus and the country code, or by id
        #[arg(required = true, value_name = "+E164|ID")]
        members: Vec<String>,
    },
    /// Change the role of a member
    Role {
        /// By id or name
        group: String,
        /// By id
        member: String,
        /// The new role
        role: Role,
    },
    /// Remove a member from a group
    Remove {
        /// By id or name
        group: String,
        /// By id
        member: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Role {
    Admin,
    Member,
}

impl Members {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let path = async |group: String| connector_group_path(session, &group).await;
        match self {
            Members::List { group } => {
                let answer = session.call_raw::<GetMembers>(&path(group).await?, &Nothing {}, None).await?;
                session.print_all(&COLUMNS, &answer, |list| list.members)
            }
            Members::Add { group, members } => {
                let (phones, ids): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| member.starts_with('+'));
                let body = MembersUpdate { members: Some(phones), member_user_ids: Some(ids) };
                session.show::<PutMembers>(&path(group).await?, &Nothing {}, Some(&body)).await
            }
            Members::Role { group, member, role } => {
                let path = MemberPath { group_id: path(group).await?.group_id, member_id: member };
                let role = match role {
                    Role::Admin => "Admin",
                    Role::Member => "Member",
                };
                session.show::<PutMember>(&path, &Nothing {}, Some(&RoleUpdate { role: Some(role.into()) })).await
            }
            Members::Remove { group, member } => {
                let path = MemberPath { group_id: path(group).await?.group_id, member_id: member };
                session.show::<DeleteMember>(&path, &Nothing {}, None).await
            }
        }
    }
}
