//! `convoke groups owners`.

use super::members::{Direction, MANY, Report, Settled};
use super::named;
use crate::CommandError;
use crate::consent::{Ask, Consent, PlannedChange};
use crate::names::group_path;
use crate::output::{Format, print, visible};
use crate::people::{self, People};
use crate::session::{Session, print_reply};
use crate::users;
use clap::{Args, Subcommand};
use convoke_client::GroupsApi;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

/// How many users are fetched by id in one request.
const FETCHED: usize = 100;
/// How often a change is tried again if others change the group at the same time.
const ATTEMPTS: u32 = 5;

#[derive(Subcommand)]
pub enum Owners {
    /// List the owners of a group
    List {
        /// By id or name
        group: String,
    },
    /// Make people owners of a group
    Add(Change),
    /// Make people owners of a group no longer
    Remove(Change),
}

#[derive(Args)]
pub struct Change {
    /// By id or name
    group: String,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    consent: Consent,
}

impl Owners {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        match self {
            Owners::List { group } => list(session, &group).await,
            Owners::Add(change) => change.run(session, Direction::Add).await,
            Owners::Remove(change) => change.run(session, Direction::Remove).await,
        }
    }
}

async fn list(session: &Session, group: &str) -> Result<(), CommandError> {
    let group = session.call::<GetGroup>(&group_path(session, group).await?, &Nothing {}, None).await?;
    let ids: Vec<String> = group.owners.into_iter().map(|owner| owner.id).collect();
    let mut owners = Vec::with_capacity(ids.len());
    for ids in ids.chunks(FETCHED) {
        let page_size = Some(FETCHED as i64);
        let query = UsersQuery { id: ids.to_vec(), page_size, state: Some(UsersState::Any), ..UsersQuery::default() };
        let answer = session.call_raw::<GetUsers>(&Nothing {}, &query, None).await?;
        if session.screen.format == Format::Replies {
            print_reply(&answer)?;
        } else {
            owners.extend(answer.parse()?.entities);
        }
    }
    if session.screen.format == Format::Replies && !ids.is_empty() {
        return Ok(());
    }
    let total = owners.len() as i64;
    session.print_entries(&users::COLUMNS, owners, total)
}

impl Change {
    async fn run(self, session: &Session, direction: Direction) -> Result<(), CommandError> {
        let path = group_path(session, &self.group).await?;
        let groups = GroupsApi::new(session.client());
        let found = self.people.find(session).await?;
        let mut group = groups.get_group(&path.group_id).await?;
        let mut settled = settle(&group, &found.ids, direction);
        let dry_run = self.consent.dry_run;
        if !dry_run && !settled.changed.is_empty() {
            let n_users = settled.changed.len();
            let ask = Ask::person_if(direction == Direction::Remove || n_users > MANY);
            self.consent.to(session, &planned(&group, &settled, direction), ask)?;
            let mut attempts = 1;
            while let Err(error) = groups.put_group(&path.group_id, &update(&group, &settled, direction)).await {
                if error.code() != Some("general.conflict") || attempts == ATTEMPTS {
                    return Err(error.into());
                }
                attempts += 1;
                group = groups.get_group(&path.group_id).await?;
                settled = settle(&group, &found.ids, direction);
            }
        }
        if !session.screen.is_table() {
            let unknown = &found.unknown;
            session.show_value(&Report { dry_run, group_id: &path.group_id, settled: &settled, unknown })?;
        } else if !found.ids.is_empty() {
            let PlannedChange { verb: (would, done), what, consequence } = planned(&group, &settled, direction);
            let begin = if dry_run { format!("nothing was changed; it would {would}") } else { done.to_owned() };
            let consequence = if consequence.is_empty() { consequence } else { format!(", {consequence}") };
            print(&visible(&format!("{begin} {what}{consequence}")))?;
        }
        found.check(&session.screen)
    }
}

/// Divides the people into those to change and those who are as requested already.
fn settle(group: &Group, ids: &[String], direction: Direction) -> Settled {
    let owns = |id: &String| group.owners.iter().any(|owner| owner.id == *id);
    let (owners, others): (Vec<_>, Vec<_>) = ids.iter().cloned().partition(owns);
    match direction {
        Direction::Add => Settled { changed: others, unchanged: owners, ..Settled::default() },
        Direction::Remove => Settled { changed: owners, unchanged: others, ..Settled::default() },
    }
}

fn update(group: &Group, settled: &Settled, direction: Direction) -> GroupUpdate {
    let owners = group.owners.iter().map(|owner| owner.id.clone());
    let owner_ids = match direction {
        Direction::Add => owners.chain(settled.changed.iter().cloned()).collect(),
        Direction::Remove => owners.filter(|id| !settled.changed.contains(id)).collect(),
    };
    GroupUpdate { owner_ids: Some(owner_ids), version: Some(group.version.into()), ..GroupUpdate::default() }
}

fn planned(group: &Group, settled: &Settled, direction: Direction) -> PlannedChange {
    let users = people::users(settled.changed.len());
    let n_same = settled.unchanged.len();
    let name = named(group);
    let (verb, what) = match direction {
        Direction::Add => {
            let owners = if settled.changed.len() == 1 { "an owner" } else { "owners" };
            (("make", "made"), format!("{users} {owners} of {name}"))
        }
        Direction::Remove => (("take", "took"), format!("{users} out of the owners of {name}")),
    };
    let consequence = match (direction, n_same) {
        (_, 0) => String::new(),
        (Direction::Add, n) => format!("{n} owned it already"),
        (Direction::Remove, n) => format!("{n} did not own it"),
    };
    let n_changed = settled.changed.len();
    let leaves_none = direction == Direction::Remove && n_changed > 0 && n_changed == group.owners.len();
    let leaves = if leaves_none { "nobody else owns it" } else { "" };
    let parts: Vec<&str> = [consequence.as_str(), leaves].into_iter().filter(|part| !part.is_empty()).collect();
    PlannedChange { verb, what, consequence: parts.join(", ") }
}
