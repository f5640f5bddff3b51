//! `convoke groups`.

mod changes;
mod dynamic;
mod explanation;
mod members;
mod search;
mod subgroups;
mod voicemail;

use crate::Trouble;
use crate::listing::Sorted;
use crate::names::user_id;
use crate::output::{Column, Columns};
use crate::session::Session;
use clap::Subcommand;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

pub const COLUMNS: Columns = Columns {
    what: "groups",
    shown: &[
        Column::new("ID", "id"),
        Column::new("NAME", "name"),
        Column::new("TYPE", "type"),
        Column::new("VISIBILITY", "visibility"),
        Column::new("STATE", "state"),
        Column::new("MEMBERS", "memberCount"),
    ],
};

const PROFILES: Columns = Columns {
    what: "profiles",
    shown: &[
        Column::new("ID", "id"),
        Column::new("NAME", "name"),
        Column::new("STATE", "state"),
        Column::new("VERSION", "version"),
        Column::new("MODIFIED", "dateModified"),
    ],
};

#[derive(Subcommand)]
pub enum Groups {
    /// List groups by name
    List {
        /// Only these groups
        #[arg(long, value_name = "GROUP")]
        id: Vec<String>,
        #[command(flatten)]
        sorted: Sorted,
    },
    /// Show a group
    Get {
        /// By id
        group: String,
    },
    /// Create a group
    Create(Box<changes::Create>),
    /// Change fields of a group
    Update(Box<changes::Update>),
    /// Delete a group
    Delete {
        /// By id
        group: String,
    },
    /// Find groups by what their fields are
    Search(search::Search),
    /// List the members of a group
    Members(members::Members),
    /// Add people to a group
    Add(members::Add),
    /// Take people out of a group
    Remove(members::Remove),
    /// List the people who were added to a group by id
    Individuals {
        /// By id
        group: String,
    },
    /// Groups directly beneath a group
    #[command(subcommand)]
    Subgroups(subgroups::Subgroups),
    /// Rules, by which groups follow what people can do
    #[command(subcommand)]
    Dynamic(dynamic::Dynamic),
    /// Say why someone is a member of a group, or is not
    Explain {
        /// By id
        group: String,
        /// By id or e-mail address
        user: String,
    },
    /// Show a group in few words
    Profile {
        /// By id
        group: String,
        /// Only these fields, by the keys that convoke fields lists
        #[arg(long, value_name = "KEY")]
        field: Vec<String>,
    },
    /// List groups in few words
    Profiles(Sorted),
    /// What a group's voicemail does
    #[command(subcommand)]
    Voicemail(voicemail::Voicemail),
}

impl Groups {
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        let path = |group: String| GroupPath { group_id: group };
        match self {
            Groups::List { id, sorted } => {
                let sort_order = sorted.order();
                let query = |page_size, page_number| GroupsQuery {
                    page_size,
                    page_number,
                    id: id.clone(),
                    sort_order,
                    ..Default::default()
                };
                session.list::<GetGroups, _>(&COLUMNS, &sorted.paging, &Nothing {}, query).await
            }
            Groups::Get { group } => session.show::<GetGroup>(&path(group), &Nothing {}, None).await,
            Groups::Create(create) => create.run(session).await,
            Groups::Update(update) => update.run(session).await,
            Groups::Delete { group } => session.show::<DeleteGroup>(&path(group), &Nothing {}, None).await,
            Groups::Search(search) => search.run(session).await,
            Groups::Members(members) => members.run(session).await,
            Groups::Add(add) => add.run(session).await,
            Groups::Remove(remove) => remove.run(session).await,
            Groups::Individuals { group } => members::individuals(session, group).await,
            Groups::Subgroups(subgroups) => subgroups.run(session).await,
            Groups::Dynamic(dynamic) => dynamic.run(session).await,
            Groups::Explain { group, user } => {
                let path = GroupMemberPath { group_id: group, user_id: user_id(session, &user).await? };
                explanation::show(session, &path).await
            }
            Groups::Profile { group, field } => {
                let query = ProfileQuery { fields: (!field.is_empty()).then_some(field) };
                session.show::<GetGroupProfile>(&path(group), &query, None).await
            }
            Groups::Profiles(sorted) => {
                let sort_order = sorted.order();
                let query =
                    |page_size, page_number| GroupsQuery { page_size, page_number, sort_order, ..Default::default() };
                session.list::<GetProfilesGroups, _>(&PROFILES, &sorted.paging, &Nothing {}, query).await
            }
            Groups::Voicemail(voicemail) => voicemail.run(session).await,
        }
    }
}
