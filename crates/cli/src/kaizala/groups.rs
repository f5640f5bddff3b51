//! `convoke kaizala groups`.

use crate::CommandError;
use crate::names::connector_group_path;
use crate::output::{Column, Columns};
use crate::session::{Body, Session};
use clap::{Args, Subcommand};
use convoke_wire::Nothing;
use convoke_wire::kaizala::*;

pub const COLUMNS: Columns = Columns {
    what: "groups",
    shown: &[
        Column::new("ID", "groupId"),
        Column::new("NAME", "groupName"),
        Column::new("TYPE", "groupType"),
        Column::new("ROLE", "callerRole"),
        Column::new("USERS", "uniqueUserCount"),
    ],
};

#[derive(Subcommand)]
pub enum Groups {
    /// List the caller's groups
    List {
        /// Also the groups above and under them
        #[arg(long)]
        all: bool,
    },
    /// Show a group
    Get {
        /// By id or name
        group: String,
    },
    /// Create a group
    Create(Box<Create>),
}

/// The fields of a new group or sub-group.
#[derive(Args)]
#[group(skip)]
pub struct Create {
    /// Its name
    #[arg(long, required_unless_present = "file")]
    name: Option<String>,
    /// The message to new members [default: the name]
    #[arg(long, value_name = "TEXT")]
    welcome: Option<String>,
    /// Its type; ConnectGroup is a public group
    #[arg(long = "type", value_name = "TYPE", value_parser = ["Group", "ConnectGroup"], ignore_case = true)]
    kind: Option<String>,
    /// The phone number of a member, or its id, each with its own flag
    #[arg(long = "member", value_name = "+E164|ID")]
    members: Vec<String>,
    /// The phone number of an admin beside the caller, each with its own flag
    #[arg(long = "admin", value_name = "+E164")]
    admins: Vec<String>,
    #[command(flatten)]
    body: Body,
}

impl Groups {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        match self {
            Groups::List { all } => {
                let flag = |is| Some(Flag(is));
                let query = GroupsQuery { show_detail: None, show_details: flag(true), fetch_all_groups: flag(all) };
                let answer = session.call_raw::<GetGroups>(&Nothing {}, &query, None).await?;
                session.print_all(&COLUMNS, &answer, |list| list.groups)
            }
            Groups::Get { group } => show(session, &connector_group_path(session, &group).await?).await,
            Groups::Create(create) => {
                session.show::<PostGroups>(&Nothing {}, &Nothing {}, Some(&create.group()?)).await
            }
        }
    }
}

/// Shows one group. The reply contains it twice.
async fn show(session: &Session, path: &GroupPath) -> Result<(), CommandError> {
    let answer = session.call_raw::<GetGroup>(path, &Nothing {}, None).await?;
    if session.screen.is_verbatim() {
        return session.show_reply(&answer);
    }
    session.show_value(&answer.parse()?.group)
}

impl Create {
    /// The fields: from flags, or else from the file.
    pub fn group(self) -> Result<GroupCreate, CommandError> {
        let body: GroupCreate = self.body.read()?;
        let name = self.name.or(body.name);
        let (phones, ids): (Vec<_>, Vec<_>) = self.members.into_iter().partition(|member| member.starts_with('+'));
        let some = |list: Vec<String>| (!list.is_empty()).then_some(list);
        Ok(GroupCreate {
            welcome_message: self.welcome.or(body.welcome_message).or_else(|| name.clone()),
            name,
            group_type: self.kind.map(Into::into).or(body.group_type),
            members: some(phones).or(body.members),
            member_user_ids: some(ids).or(body.member_user_ids),
            admins: some(self.admins).or(body.admins),
            ..body
        })
    }
}
