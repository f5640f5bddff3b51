//! `convoke users`.

mod changes;
mod languages;
mod skills;

use crate::Trouble;
use crate::listing::{Page, Sorted};
use crate::names::user_id;
use crate::output::{Column, Columns};
use crate::search::Asked;
use crate::session::Session;
use clap::{Subcommand, ValueEnum};
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

#[derive(Subcommand)]
pub enum Users {
    /// List users by name
    List {
        /// Only these users
        #[arg(long, value_name = "USER")]
        id: Vec<String>,
        /// In which state they are [default: active]
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
        /// By id or e-mail address
        user: String,
        /// Further fields, such as skills, languages or groups
        #[arg(long, value_name = "FIELD", value_delimiter = ',')]
        expand: Vec<String>,
        /// One that was deleted
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
    Delete {
        /// By id or e-mail address
        user: String,
    },
    /// Find users by what their fields are
    #[command(after_help = crate::search::HELP)]
    Search {
        #[command(flatten)]
        asked: Asked,
        /// Further fields for --columns or --json, such as skills
        #[arg(long, value_name = "FIELD", value_delimiter = ',')]
        expand: Vec<String>,
    },
    /// List the groups that a user is a member of, and how
    Groups {
        /// By id or e-mail address
        user: String,
        /// The groups above those as well
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
        /// By id or e-mail address
        user: String,
    },
    /// Put these in the place of all there are; none, where none are named
    Replace {
        /// By id or e-mail address
        user: String,
        /// In words of the user's own
        #[arg(value_name = "SKILL")]
        skills: Vec<String>,
    },
}

/// A skill or language, and how well: `Billing=4`.
#[derive(Clone, Debug)]
pub struct Held {
    name: String,
    proficiency: f64,
}

impl FromStr for Held {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, proficiency) =
            text.rsplit_once('=').ok_or("write it with a proficiency from 0 to 5, as Billing=4")?;
        let proficiency = proficiency.trim().parse().ok().filter(|proficiency| (0.0..=5.0).contains(proficiency));
        let proficiency = proficiency.ok_or("behind = stands a proficiency from 0 to 5")?;
        Ok(Held { name: name.trim().to_owned(), proficiency })
    }
}

impl Users {
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        match self {
            Users::List { id, state, expand, sorted } => {
                let (sort_order, state) = (sorted.order(), state.map(State::to_wire));
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
                let query = UserQuery { expand: expand_of(expand), state: deleted.then_some(UserQueryState::Deleted) };
                session.show::<GetUser>(&path, &query, None).await
            }
            Users::Me { expand } => {
                let query = MeQuery { expand: expand.into_iter().map(MeExpand).collect() };
                session.show::<GetUsersMe>(&Nothing {}, &query, None).await
            }
            Users::Create(create) => create.run(session).await,
            Users::Update(update) => update.run(session).await,
            Users::Delete { user } => {
                let path = UserPath { user_id: user_id(session, &user).await? };
                session.show::<DeleteUser>(&path, &Nothing {}, None).await
            }
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

fn expand_of(words: Vec<String>) -> Vec<UserExpand> {
    words.into_iter().map(UserExpand).collect()
}

async fn search(session: &Session, asked: Asked, expand: Vec<String>) -> Result<(), Trouble> {
    if let Some(q64) = asked.q64 {
        let query = SearchQuery { q64: Some(convoke_client::q64(&q64)), expand };
        let answer = session.answer::<GetUsersSearch>(&Nothing {}, &query, None).await?;
        return session.print_page(&COLUMNS, Page::of_search(&answer)?).await;
    }
    let (query, sort) = (asked.criteria()?, asked.sort());
    let fetch = async |page_size, page_number| {
        let (query, sort, expand) = (query.clone(), sort.clone(), Some(expand.clone()));
        let body = UserSearchRequest { page_size, page_number, sort, query, expand, ..Default::default() };
        let answer = session.answer::<PostUsersSearch>(&Nothing {}, &Nothing {}, Some(&body)).await?;
        Ok(Page::of_search(&answer)?)
    };
    session.print_pages(&COLUMNS, &asked.paging, fetch).await
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
    async fn run(self, session: &Session) -> Result<(), Trouble> {
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
