//! `convoke groups`.

mod changes;
mod dynamic;
mod explanation;
mod members;
mod owners;
mod search;
mod subgroups;
mod voicemail;

use crate::CommandError;
use crate::consent::{Ask, Consent, PlannedChange};
use crate::listing::Sorted;
use crate::names::{counted, group_ids, group_path, user_id};
use crate::output::{Column, Columns};
use crate::session::Session;
use clap::{Args, Subcommand};
use convoke_client::GroupsApi;
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

#[derive(Args)]
pub struct Delete {
    /// By id or name
    group: String,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Subcommand)]
pub enum Groups {
    /// List groups by name
    List {
        /// Only these groups, by id or name
        #[arg(long, value_name = "GROUP")]
        id: Vec<String>,
        #[command(flatten)]
        sorted: Sorted,
    },
    /// Show a group
    Get {
        /// By id or name
        group: String,
    },
    /// Create a group
    Create(Box<changes::Create>),
    /// Change fields of a group
    Update(Box<changes::Update>),
    /// Delete a group
    Delete(Delete),
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
        /// By id or name
        group: String,
    },
    /// Who may change who is in a group
    #[command(subcommand)]
    Owners(owners::Owners),
    /// Groups directly beneath a group
    #[command(subcommand)]
    Subgroups(subgroups::Subgroups),
    /// Rules, by which groups follow what people can do
    #[command(subcommand)]
    Dynamic(dynamic::Dynamic),
    /// Say why someone is a member of a group, or is not
    Explain {
        /// By id or name
        group: String,
        /// By id, e-mail address or name
        user: String,
    },
    /// Show a group in few words
    Profile {
        /// By id or name
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
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let path = async |group: String| group_path(session, &group).await;
        match self {
            Groups::List { id, sorted } => {
                let (id, sort_order) = (group_ids(session, &id).await?, sorted.order());
                let query = |page_size, page_number| GroupsQuery {
                    page_size,
                    page_number,
                    id: id.clone(),
                    sort_order,
                    ..Default::default()
                };
                session.list::<GetGroups, _>(&COLUMNS, &sorted.paging, &Nothing {}, query).await
            }
            Groups::Get { group } => session.show::<GetGroup>(&path(group).await?, &Nothing {}, None).await,
            Groups::Create(create) => create.run(session).await,
            Groups::Update(update) => update.run(session).await,
            Groups::Delete(delete) => delete.run(session).await,
            Groups::Search(search) => search.run(session).await,
            Groups::Members(members) => members.run(session).await,
            Groups::Add(add) => add.run(session).await,
            Groups::Remove(remove) => remove.run(session).await,
            Groups::Individuals { group } => members::individuals(session, &group).await,
            Groups::Owners(owners) => owners.run(session).await,
            Groups::Subgroups(subgroups) => subgroups.run(session).await,
            Groups::Dynamic(dynamic) => dynamic.run(session).await,
            Groups::Explain { group, user } => {
                let GroupPath { group_id } = path(group).await?;
                let path = GroupMemberPath { group_id, user_id: user_id(session, &user).await? };
                explanation::show(session, &path).await
            }
            Groups::Profile { group, field } => {
                let query = ProfileQuery { fields: (!field.is_empty()).then_some(field) };
                session.show::<GetGroupProfile>(&path(group).await?, &query, None).await
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

/// The name of a group for sentences.
fn named(group: &Group) -> String {
    format!("{} ({})", group.name, group.id)
}

impl Delete {
    async fn run(self, session: &Session) -> Result<(), CommandError> {
        let path = group_path(session, &self.group).await?;
        let group = session.call::<GetGroup>(&path, &Nothing {}, None).await?;
        let query = SortedPageQuery { page_size: Some(1), ..SortedPageQuery::default() };
        // Genesys Cloud does not have this operation.
        let beneath = GroupsApi::new(session.client()).get_group_subgroups(&path.group_id, &query).await;
        let n_beneath = beneath.map_or(0, |beneath| beneath.total);
        let mut consequence = counted(group.member_count, "member");
        if n_beneath > 0 {
            let stay = if n_beneath == 1 { "stays" } else { "stay" };
            consequence += &format!(", {} beneath it that {stay}", counted(n_beneath, "group"));
        }
        let planned =
            PlannedChange { verb: ("delete", "deleted"), what: format!("the group {}", named(&group)), consequence };
        self.consent.call::<DeleteGroup>(session, &planned, Ask::Person, &path, None).await
    }
}
