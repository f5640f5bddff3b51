//! Members of a group.

use super::named;
use crate::CommandError;
use crate::consent::{Ask, Consent, PlannedChange};
use crate::listing::{Page, Sorted};
use crate::names::{exactly, group_path};
use crate::output::{note, print, visible};
use crate::people::{self, People, ResolvedPeople, Unknown};
use crate::session::Session;
use crate::users;
use clap::Args;
use convoke_client::{Error, GroupsApi, TryStreamExt, UsersApi};
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use serde::Serialize;
use std::collections::HashSet;

/// The maximum number of ids in one call.
const CHUNK: usize = 50;
/// If more members than this are removed, a person is asked.
pub const MANY: usize = 10;

#[derive(Args)]
pub struct Members {
    /// By id or name
    group: String,
    /// Include members of groups beneath it, each once
    #[arg(long)]
    effective: bool,
    /// Further fields for --columns or --json, such as skills
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    expand: Vec<String>,
    #[command(flatten)]
    sorted: Sorted,
}

#[derive(Args)]
pub struct Add {
    /// By id or name
    group: String,
    #[command(flatten)]
    people: People,
    /// Begin only if this is still the version of the group; it is looked at once, however many are added
    #[arg(long, value_name = "VERSION")]
    if_version: Option<i64>,
    /// Say who would be added, and change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
pub struct Remove {
    /// By id or name
    group: String,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    consent: Consent,
}

impl Members {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let sort_order = self.sorted.order();
        let expand: Vec<_> = self.expand.into_iter().map(UserExpand::from).collect();
        let query = |page_size, page_number| MembersQuery {
            page_size,
            page_number,
            sort_order,
            expand: expand.clone(),
            effective: self.effective.then_some(true),
        };
        let path = group_path(session, &self.group).await?;
        session.list::<GetGroupMembers, _>(&users::COLUMNS, &self.sorted.paging, &path, query).await
    }
}

impl Add {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let batch = MemberBatch::find(session, &self.group, &self.people, Direction::Add).await?;
        batch.settle(self.if_version, self.dry_run).await
    }
}

impl Remove {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let batch = MemberBatch::find(session, &self.group, &self.people, Direction::Remove).await?;
        let dry_run = self.consent.dry_run;
        if !dry_run {
            let n_users = batch.found.ids.len();
            let what = format!("{} out of {}", people::users(n_users), named(&batch.group));
            let planned = PlannedChange { verb: ("take", "took"), what, consequence: String::new() };
            self.consent.to(session, &planned, Ask::person_if(n_users > MANY))?;
        }
        batch.settle(None, dry_run).await
    }
}

/// Whether people are added to a group or removed from it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Add,
    Remove,
}

/// The people to add or remove.
struct MemberBatch<'s> {
    session: &'s Session,
    group: Group,
    found: ResolvedPeople,
    direction: Direction,
}

/// The result for the people.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settled {
    /// Those who were added or removed.
    pub changed: Vec<String>,
    /// Those who were members, or no members, already.
    pub unchanged: Vec<String>,
    /// Those who are removed as individuals, but remain members by the rule or as owners.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub still_members: Vec<String>,
    /// Whether the caller may not see who was a member before. All are then reported as changed.
    #[serde(skip)]
    pub is_guess: bool,
}

/// The final report.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report<'r> {
    pub dry_run: bool,
    pub group_id: &'r str,
    #[serde(flatten)]
    pub settled: &'r Settled,
    pub unknown: &'r [Unknown],
}

impl<'s> MemberBatch<'s> {
    async fn find(
        session: &'s Session,
        group: &str,
        people: &People,
        direction: Direction,
    ) -> Result<Self, CommandError> {
        let path = group_path(session, group).await?;
        let group = session.call::<GetGroup>(&path, &Nothing {}, None).await?;
        Ok(MemberBatch { session, group, found: people.find(session).await?, direction })
    }

    /// Adds or removes the people in chunks, and reports the result, even if a chunk fails.
    async fn settle(self, mut version: Option<i64>, dry_run: bool) -> Result<(), CommandError> {
        let mut settled = Settled::default();
        let mut end = Ok(());
        let mut n_left = self.found.ids.len();
        let mut interrupt = std::pin::pin!(tokio::signal::ctrl_c());
        for chunk in self.found.ids.chunks(CHUNK) {
            let done = tokio::select! {
                done = self.chunk(chunk, version.take(), dry_run) => done.map_err(CommandError::from),
                _ = &mut interrupt => {
                    let next = people::users(chunk.len());
                    Err(CommandError::interrupted(format!(
                        "interrupted; whether the next {next} are done is not known"
                    )))
                }
            };
            match done {
                Ok(done) => settled.add(done),
                Err(error) => {
                    end = Err(error);
                    break;
                }
            }
            n_left -= chunk.len();
        }
        let ResolvedPeople { unknown, .. } = &self.found;
        if !self.session.screen.is_table() {
            self.session.show_value(&Report { dry_run, group_id: &self.group.id, settled: &settled, unknown })?;
        } else if !self.found.ids.is_empty() {
            print(&self.sentence(&settled, dry_run))?;
        }
        if end.is_err() {
            note(&format!("{} left; run the same again to go on", people::users(n_left)));
        }
        // Both errors are reported. The first one determines the exit code.
        let known = self.found.check(&self.session.screen);
        end.and(known)
    }

    async fn chunk(&self, ids: &[String], version: Option<i64>, dry_run: bool) -> Result<Settled, Error> {
        let groups = GroupsApi::new(self.session.client());
        let before = self.members_among(ids).await?;
        let is_guess = before.is_none();
        let before = before.unwrap_or_else(|| match self.direction {
            Direction::Add => HashSet::new(),
            Direction::Remove => ids.iter().cloned().collect(),
        });
        let (members, others): (Vec<_>, Vec<_>) = ids.iter().cloned().partition(|id| before.contains(id));
        let (changed, unchanged) = match self.direction {
            Direction::Add => (others, members),
            Direction::Remove => (members, others),
        };
        let mut settled = Settled { changed, unchanged, still_members: Vec::new(), is_guess };
        if dry_run {
            return Ok(settled);
        }
        match self.direction {
            Direction::Add => {
                // Members by the rule are added too: they become individuals.
                let body = GroupMembersUpdate { member_ids: Some(ids.to_vec()), version };
                groups.post_group_members(&self.group.id, &body).await?;
            }
            Direction::Remove => {
                groups.delete_group_members(&self.group.id, ids).await?;
                let after = self.members_among(ids).await?.unwrap_or_default();
                (settled.still_members, settled.changed) =
                    settled.changed.into_iter().partition(|id| after.contains(id));
            }
        }
        Ok(settled)
    }

    /// Those of these users who are members of the group. None if the caller may not search for users.
    async fn members_among(&self, ids: &[String]) -> Result<Option<HashSet<String>>, Error> {
        let query = vec![exactly("id", ids.iter().map(String::as_str)), exactly("groups", [self.group.id.as_str()])];
        let body =
            UserSearchRequest { query: Some(query), page_size: Some(CHUNK as i64), ..UserSearchRequest::default() };
        let hits = UsersApi::new(self.session.client()).search_users(body);
        match hits.map_ok(|user| user.id).try_collect().await {
            Ok(members) => Ok(Some(members)),
            Err(error) if error.is_refused() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn sentence(&self, settled: &Settled, dry_run: bool) -> String {
        let group = named(&self.group);
        let (changed, n_same) = (people::users(settled.changed.len()), settled.unchanged.len());
        let sentence = match (self.direction, dry_run) {
            (Direction::Add, true) => format!("nothing was changed; it would add {changed} to {group}"),
            (Direction::Remove, true) => format!("nothing was changed; it would take {changed} out of {group}"),
            (Direction::Add, false) => format!("{changed} added to {group}"),
            (Direction::Remove, false) => format!("{changed} taken out of {group}"),
        };
        let is = |n: usize| match (dry_run, n) {
            (true, 1) => "is",
            (true, _) => "are",
            (false, 1) => "was",
            (false, _) => "were",
        };
        let same = match (self.direction, n_same) {
            (_, 0) => String::new(),
            (Direction::Add, 1) => format!(", 1 {} a member already", is(1)),
            (Direction::Add, n) => format!(", {n} {} members already", is(n)),
            (Direction::Remove, 1) => format!(", 1 {} no member", is(1)),
            (Direction::Remove, n) => format!(", {n} {} no members", is(n)),
        };
        let still = match settled.still_members.len() {
            0 => String::new(),
            n => format!("; {} still in it, by the rule or as owners", people::users(n)),
        };
        let guess = if settled.is_guess { " (who was in it before, the caller may not search for)" } else { "" };
        visible(&format!("{sentence}{same}{still}{guess}")).into_owned()
    }
}

impl Settled {
    fn add(&mut self, other: Settled) {
        self.changed.extend(other.changed);
        self.unchanged.extend(other.unchanged);
        self.still_members.extend(other.still_members);
        self.is_guess |= other.is_guess;
    }
}

/// Lists the individuals, which the API returns as one page.
pub async fn individuals(session: &Session, group: &str) -> Result<(), CommandError> {
    let answer = session.call_raw::<GetGroupIndividuals>(&group_path(session, group).await?, &Nothing {}, None).await?;
    session.print_page(&users::COLUMNS, Page::of_listing(&answer)?).await
}
