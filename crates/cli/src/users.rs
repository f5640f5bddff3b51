//! `convoke users`.

mod changes;
mod languages;
mod skills;

use crate::CommandError;
use crate::consent::{Ask, Consent, PlannedChange};
use crate::listing::{Fetched, Page, Sorted};
use crate::names::{counted, exactly, user_id, user_ids};
use crate::output::{Column, Columns};
use crate::search::SearchArguments;
use crate::session::Session;
use clap::{Args, Subcommand, ValueEnum};
use convoke_client::{Client, GroupsApi, UsersApi};
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use std::str::FromStr;

pub const COLUMNS: Columns = Columns {
    what: "users",
    shown: &[
        Column::new("ID", "id"),
        Column::new("NAME", "name"),
        Column::new("EMAIL", "email"),
        Column::new("TITLE", "title"),
        Column::new("DEPARTMENT", "department"),
        Column::new("STATE", "state"),
    ],
};

const GROUPS: Columns = Columns {
    what: "groups",
    shown: &[
        Column::new("ID", "id"),
        Column::new("NAME", "name"),
        Column::new("TYPE", "type"),
        Column::new("VISIBILITY", "visibility"),
        Column::new("HOW", "how"),
    ],
};

/// The columns of a user's skills, and of a user's languages.
const HELD: &[Column] =
    &[Column::new("ID", "id"), Column::new("NAME", "name"), Column::new("PROFICIENCY", "proficiency")];

#[derive(Subcommand)]
pub enum Users {
    /// List users by name
    List {
        /// Only these users, by id, e-mail address or name
        #[arg(long, value_name = "USER")]
        id: Vec<String>,
        /// Only users in this state [default: active]
        #[arg(long)]
        state: Option<State>,
        /// Further fields for --columns or --json, such as skills
        #[arg(long, value_name = "FIELD", value_delimiter = ',')]
        expand: Vec<String>,
        #[command(flatten)]
        sorted: Sorted,
    },
    /// Show a user
    Get {
        /// By id, e-mail address or name
        user: String,
        /// Further fields, such as skills, languages or groups
        #[arg(long, value_name = "FIELD", value_delimiter = ',')]
        expand: Vec<String>,
        /// A deleted user
        #[arg(long)]
        deleted: bool,
    },
    /// Show the user that the caller stands for
    Me {
        /// Further fields, such as skills or organization
        #[arg(long, value_name = "FIELD", value_delimiter = ',')]
        expand: Vec<String>,
    },
    /// Create a user
    Create(Box<changes::Create>),
    /// Change fields of a user; --state active brings a deleted one back
    Update(Box<changes::Update>),
    /// Delete a user
    Delete(Delete),
    /// Find users by what their fields are
    #[command(after_help = crate::search::HELP)]
    Search {
        #[command(flatten)]
        asked: SearchArguments,
        /// Further fields for --columns or --json, such as skills
        #[arg(long, value_name = "FIELD", value_delimiter = ',')]
        expand: Vec<String>,
    },
    /// List the groups that a user is a member of, and how
    Groups {
        /// By id, e-mail address or name
        user: String,
        /// Include the groups above those
        #[arg(long)]
        effective: bool,
        #[command(flatten)]
        sorted: Sorted,
    },
    /// Routing skills of a user, and how well the user has them
    #[command(subcommand)]
    Skills(skills::Skills),
    /// Languages of a user, and how well the user has them
    #[command(subcommand)]
    Languages(languages::Languages),
    /// What a user says about what it can do
    #[command(subcommand)]
    ProfileSkills(ProfileSkills),
}

#[derive(Args)]
pub struct Delete {
    /// By id, e-mail address or name
    user: String,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum State {
    Active,
    Inactive,
    Deleted,
    Any,
}

#[derive(Subcommand)]
pub enum ProfileSkills {
    /// List them
    List {
        /// By id, e-mail address or name
        user: String,
    },
    /// Replace all of them; without arguments, remove all
    Replace {
        /// By id, e-mail address or name
        user: String,
        /// Free texts
        #[arg(value_name = "SKILL")]
        skills: Vec<String>,
    },
}

/// A skill or language with a proficiency: `Billing=4`.
#[derive(Clone, Debug)]
pub struct SkillLevel {
    name: String,
    proficiency: f64,
}

impl FromStr for SkillLevel {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, proficiency) =
            text.rsplit_once('=').ok_or("write it with a proficiency from 0 to 5, as Billing=4")?;
        let proficiency = proficiency.trim().parse().ok().filter(|proficiency| (0.0..=5.0).contains(proficiency));
        let proficiency = proficiency.ok_or("behind = stands a proficiency from 0 to 5")?;
        Ok(SkillLevel { name: name.trim().to_owned(), proficiency })
    }
}

/// The ids of these skills or languages, with the proficiencies.
async fn identified(
    held: &[SkillLevel],
    find: impl AsyncFn(&str) -> Result<String, CommandError>,
) -> Result<Vec<(String, f64)>, CommandError> {
    let mut identified = Vec::with_capacity(held.len());
    for SkillLevel { name, proficiency } in held {
        identified.push((find(name).await?, *proficiency));
    }
    Ok(identified)
}

impl Users {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        match self {
            Users::List { id, state, expand, sorted } => {
                let (id, sort_order) = (user_ids(session, &id).await?, sorted.order());
                let state = state.map(State::to_wire);
                let expand = expand_of(expand);
                let query = |page_size, page_number| UsersQuery {
                    page_size,
                    page_number,
                    id: id.clone(),
                    sort_order,
                    expand: expand.clone(),
                    state,
                    ..Default::default()
                };
                session.list::<GetUsers, _>(&COLUMNS, &sorted.paging, &Nothing {}, query).await
            }
            Users::Get { user, expand, deleted } => {
                let path = UserPath { user_id: user_id(session, &user).await? };
                let state = deleted.then_some(UserQueryState::Deleted);
                let query = UserQuery { expand: expand_of(with_own(expand)), state };
                session.show::<GetUser>(&path, &query, None).await
            }
            Users::Me { expand } => {
                let query = MeQuery { expand: with_own(expand).into_iter().map(MeExpand::from).collect() };
                session.show::<GetUsersMe>(&Nothing {}, &query, None).await
            }
            Users::Create(create) => create.run(session).await,
            Users::Update(update) => update.run(session).await,
            Users::Delete(delete) => delete.run(session).await,
            Users::Search { asked, expand } => search(session, asked, expand).await,
            Users::Groups { user, effective, sorted } => {
                let path = UserPath { user_id: user_id(session, &user).await? };
                let sort_order = sorted.order();
                let effective = effective.then_some(true);
                let query = |page_size, page_number| UserGroupsQuery { page_size, page_number, sort_order, effective };
                session.list::<GetUserGroups, _>(&GROUPS, &sorted.paging, &path, query).await
            }
            Users::Skills(skills) => skills.run(session).await,
            Users::Languages(languages) => languages.run(session).await,
            Users::ProfileSkills(skills) => skills.run(session).await,
        }
    }
}

/// Adds the fields that only Convoke has: a single user is shown with all fields.
fn with_own(mut words: Vec<String>) -> Vec<String> {
    words.extend(OWN_EXPANDS.iter().map(ToString::to_string));
    words
}

fn expand_of(words: Vec<String>) -> Vec<UserExpand> {
    words.into_iter().map(UserExpand::from).collect()
}

async fn search(session: &Session, asked: SearchArguments, expand: Vec<String>) -> Result<(), CommandError> {
    let expand = Some(expand_of(expand));
    if let Some(q64) = asked.q64 {
        let query = SearchQuery { q64: Some(convoke_client::q64(&q64)), expand };
        let answer = session.call_raw::<GetUsersSearch>(&Nothing {}, &query, None).await?;
        return session.print_page(&COLUMNS, Page::of_search(&answer)?).await;
    }
    let (query, sort) = (asked.criteria(session).await?, asked.sort());
    let fetch = |page_size, page_number| -> Fetched<'_> {
        let (query, sort, expand) = (query.clone(), sort.clone(), expand.clone());
        let body = UserSearchRequest { page_size, page_number, sort, query, expand, ..Default::default() };
        Box::pin(async move {
            let answer = session.call_raw::<PostUsersSearch>(&Nothing {}, &Nothing {}, Some(&body)).await?;
            Ok(Page::of_search(&answer)?)
        })
    };
    session.print_pages(&COLUMNS, &asked.paging, &fetch).await
}

impl State {
    fn to_wire(self) -> UsersState {
        match self {
            State::Active => UsersState::Active,
            State::Inactive => UsersState::Inactive,
            State::Deleted => UsersState::Deleted,
            State::Any => UsersState::Any,
        }
    }
}

impl ProfileSkills {
    async fn run(self, session: &Session) -> Result<(), CommandError> {
        match self {
            ProfileSkills::List { user } => {
                let path = UserPath { user_id: user_id(session, &user).await? };
                session.show::<GetUserProfileskills>(&path, &Nothing {}, None).await
            }
            ProfileSkills::Replace { user, skills } => {
                let path = UserPath { user_id: user_id(session, &user).await? };
                session.show::<PutUserProfileskills>(&path, &Nothing {}, Some(&skills)).await
            }
        }
    }
}

impl Delete {
    async fn run(self, session: &Session) -> Result<(), CommandError> {
        let path = UserPath { user_id: user_id(session, &self.user).await? };
        let user = session.call::<GetUser>(&path, &UserQuery::default(), None).await?;
        let what = format!("the user {} ({})", user.name, user.id);
        let consequence = entangled(session.client(), &user.id).await;
        let planned = PlannedChange { verb: ("delete", "deleted"), what, consequence };
        self.consent.call::<DeleteUser>(session, &planned, Ask::Person, &path, None).await
    }
}

/// The references to a user from others. Those that the server does not have, or that the caller may not see, are left
/// out.
async fn entangled(client: &Client, id: &str) -> String {
    let (groups, users) = (GroupsApi::new(client), UsersApi::new(client));
    let one = Some(1);
    let memberships = UserGroupsQuery { page_size: one, ..UserGroupsQuery::default() };
    let memberships = users.get_user_groups(id, &memberships).await.map(|found| found.total);
    let owned =
        GroupSearchRequest { query: Some(vec![exactly("ownerIds", [id])]), page_size: one, ..Default::default() };
    let owned = groups.post_groups_search(&owned).await.map(|found| found.total);
    let reports =
        UserSearchRequest { query: Some(vec![exactly("manager", [id])]), page_size: one, ..Default::default() };
    let reports = users.post_users_search(&reports).await.map(|found| found.total);
    let said = [(memberships, "group", "member of"), (owned, "group", "owner of"), (reports, "user", "manager of")];
    let said = said.into_iter().filter_map(|(number, thing, what)| {
        let number = number.ok().filter(|number| *number > 0)?;
        Some(format!("{what} {}", counted(number, thing)))
    });
    said.collect::<Vec<_>>().join(", ")
}
