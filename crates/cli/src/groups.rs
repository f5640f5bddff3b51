//! `convoke groups`.

mod dynamic;
mod explanation;
mod members;
mod search;
mod subgroups;
mod voicemail;

use crate::Trouble;
use crate::listing::{Columns, Sorted};
use crate::names::{user_id, user_ids};
use crate::session::{Body, Session};
use clap::{Args, Subcommand};
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

pub const COLUMNS: Columns<Group, 6> = Columns {
    what: "groups",
    header: ["ID", "NAME", "TYPE", "VISIBILITY", "STATE", "MEMBERS"],
    row: |group| [group.id, group.name, group.kind, group.visibility, group.state, group.member_count.to_string()],
};

const PROFILES: Columns<GroupProfile, 5> = Columns {
    what: "profiles",
    header: ["ID", "NAME", "STATE", "VERSION", "MODIFIED"],
    row: |profile| {
        let GroupProfile { id, name, state, version, date_modified, .. } = profile;
        [
            id,
            name.unwrap_or_default(),
            state.unwrap_or_default(),
            version.to_string(),
            date_modified.unwrap_or_default(),
        ]
    },
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
    Create(Box<Create>),
    /// Change fields of a group
    Update(Box<Update>),
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

/// What a group may be told about itself, new or not.
#[derive(Args)]
struct Fields {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Who sees it: public, members or owners
    #[arg(long, value_name = "WHO")]
    visibility: Option<String>,
    /// Whether those who see it see its rule
    #[arg(long, value_name = "true|false")]
    rules_visible: Option<bool>,
    /// Whether owners are members
    #[arg(long, value_name = "true|false")]
    include_owners: Option<bool>,
    /// Whether it can be called
    #[arg(long, value_name = "true|false")]
    calls_enabled: Option<bool>,
    /// Whether roles may be granted to it
    #[arg(long, value_name = "true|false")]
    roles_enabled: Option<bool>,
    /// Its own e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// An owner, by id or e-mail address; may be given more than once, and all owners are named
    #[arg(long = "owner", value_name = "USER")]
    owners: Vec<String>,
    #[command(flatten)]
    body: Body,
}

#[derive(Args)]
pub struct Create {
    /// Its name
    #[arg(long, required_unless_present = "file")]
    name: Option<String>,
    /// official or social [default: official]
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args)]
pub struct Update {
    /// By id
    group: String,
    /// A new name
    #[arg(long)]
    name: Option<String>,
    /// active or inactive
    #[arg(long)]
    state: Option<String>,
    /// Change it only if this is still its version; without, its version is read first
    #[arg(long, value_name = "VERSION")]
    if_version: Option<i64>,
    #[command(flatten)]
    fields: Fields,
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
                session.list::<GetGroups, _, _>(&COLUMNS, &sorted.paging, &Nothing {}, query).await
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
                session.list::<GetProfilesGroups, _, _>(&PROFILES, &sorted.paging, &Nothing {}, query).await
            }
            Groups::Voicemail(voicemail) => voicemail.run(session).await,
        }
    }
}

impl Create {
    async fn run(self, session: &Session) -> Result<(), Trouble> {
        let Fields {
            description,
            visibility,
            rules_visible,
            include_owners,
            calls_enabled,
            roles_enabled,
            email,
            owners,
            body,
        } = self.fields;
        let body: GroupCreate = body.read()?;
        let owner_ids = owner_ids(session, &owners).await?;
        let body = GroupCreate {
            name: self.name.or(body.name),
            kind: self.kind.or(body.kind).or_else(|| Some("official".to_owned())),
            visibility: visibility.or(body.visibility).or_else(|| Some("public".to_owned())),
            rules_visible: rules_visible.or(body.rules_visible).or(Some(true)),
            description: description.or(body.description),
            include_owners: include_owners.or(body.include_owners),
            calls_enabled: calls_enabled.or(body.calls_enabled),
            roles_enabled: roles_enabled.or(body.roles_enabled),
            email: email.or(body.email),
            owner_ids: owner_ids.or(body.owner_ids),
            ..body
        };
        session.show::<PostGroups>(&Nothing {}, &Nothing {}, Some(&body)).await
    }
}

impl Update {
    async fn run(self, session: &Session) -> Result<(), Trouble> {
        let Fields {
            description,
            visibility,
            rules_visible,
            include_owners,
            calls_enabled,
            roles_enabled,
            email,
            owners,
            body,
        } = self.fields;
        let path = GroupPath { group_id: self.group };
        let body: GroupUpdate = body.read()?;
        let owner_ids = owner_ids(session, &owners).await?;
        let version = match self.if_version.or(body.version) {
            Some(version) => version,
            None => session.call::<GetGroup>(&path, &Nothing {}, None).await?.version.into(),
        };
        let body = GroupUpdate {
            name: self.name.or(body.name),
            state: self.state.or(body.state),
            version: Some(version),
            visibility: visibility.or(body.visibility),
            rules_visible: rules_visible.or(body.rules_visible),
            description: description.or(body.description),
            include_owners: include_owners.or(body.include_owners),
            calls_enabled: calls_enabled.or(body.calls_enabled),
            roles_enabled: roles_enabled.or(body.roles_enabled),
            email: email.or(body.email),
            owner_ids: owner_ids.or(body.owner_ids),
            ..body
        };
        session.show::<PutGroup>(&path, &Nothing {}, Some(&Some(body))).await
    }
}

/// The owners that are named; one empty name clears.
async fn owner_ids(session: &Session, owners: &[String]) -> Result<Option<Vec<String>>, Trouble> {
    match owners {
        [] => Ok(None),
        [none] if none.is_empty() => Ok(Some(vec![])),
        owners => user_ids(session, owners).await.map(Some),
    }
}
