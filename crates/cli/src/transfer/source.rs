//! Reads rows from a server by the Genesys API, from any server that has it. A row refers only to things in rows before
//! it. The same directory gives the same rows.

mod missing;
mod rows;
mod skills;

pub use missing::MissingData;

use super::format::Kind;
use super::progress::{Progress, Total};
use crate::CommandError;
use convoke_client::genesys::*;
use convoke_client::import::{MembershipRow, PersonRow, Row, SkillRow, SubgroupRow};
use convoke_client::{Client, Counts, Error, GroupsApi, RoutingApi, UsersApi};
use futures_util::{StreamExt, TryStreamExt, stream};
use skills::Skills;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use tokio::sync::mpsc::Sender;

/// The maximum page size.
const PAGE: Option<i64> = Some(500);
/// Fields of users that a listing has only on request.
const EXPANDS: [&str; 6] = ["skills", "languages", "profileSkills", "certifications", "employerInfo", "biography"];

/// How many rows are passed on at a time.
const BATCH: usize = 512;

/// A server to read rows from.
pub struct Source<'s> {
    users: UsersApi,
    groups: GroupsApi,
    routing: RoutingApi,
    /// The number of concurrent requests.
    concurrency: usize,
    progress: &'s Progress,
    missing: RefCell<MissingData>,
    /// What was read before, to check references to it. None if it was not read; then nothing is checked.
    skills: Option<Skills>,
    people: Option<HashSet<String>>,
    /// Whether the server has groups beneath groups. Only Convoke does.
    knows_subgroups: Cell<bool>,
}

impl<'s> Source<'s> {
    pub fn new(client: &Client, concurrency: usize, progress: &'s Progress) -> Self {
        Source {
            users: UsersApi::new(client),
            groups: GroupsApi::new(client),
            routing: RoutingApi::new(client),
            concurrency,
            progress,
            missing: RefCell::default(),
            skills: None,
            people: None,
            knows_subgroups: Cell::new(true),
        }
    }

    /// Reads all rows of a kind, and returns what is missing. If the receiver is gone, this ends; the receiver has the
    /// reason.
    pub async fn read(mut self, kind: Kind, rows: Sender<Vec<Row>>) -> Result<MissingData, CommandError> {
        if kind == Kind::All {
            hand_over(&rows, self.read_skills().await?).await;
        }
        if matches!(kind, Kind::All | Kind::People) {
            hand_over(&rows, self.read_people(kind).await?).await;
        }
        if kind != Kind::People {
            let page = |page_number| GroupsQuery { page_size: PAGE, page_number, ..GroupsQuery::default() };
            let mut groups = self.listing("groups", async |number| self.groups.get_groups(&page(number)).await).await?;
            groups.sort_by(|one, other| one.id.cmp(&other.id));
            if kind != Kind::Memberships {
                self.of_each("rules of groups", &groups, &rows, async |group| self.group(group).await).await?;
            }
            if kind != Kind::Groups {
                self.of_each("members of groups", &groups, &rows, async |group| self.members(group).await).await?;
            }
            if kind == Kind::All {
                self.of_each("groups beneath groups", &groups, &rows, async |group| self.subgroups(group).await)
                    .await?;
            }
        }
        Ok(self.missing.into_inner())
    }

    async fn read_skills(&mut self) -> Result<Vec<Row>, CommandError> {
        let page = |page_number| RoutingSkillsQuery { page_size: PAGE, page_number, ..RoutingSkillsQuery::default() };
        let skills =
            self.listing("skills", async |number| self.routing.get_routing_skills(&page(number)).await).await?;
        let skills = skills.into_iter().filter(|skill| skill.state != SkillState::Deleted);
        let mut skills: Vec<_> = skills.map(|skill| (skill.id, skill.name)).collect();
        skills.sort_unstable();
        let page = |page_number| LanguagesQuery { page_size: PAGE, page_number, ..LanguagesQuery::default() };
        let languages =
            self.listing("languages", async |number| self.routing.get_routing_languages(&page(number)).await).await?;
        let languages = languages.into_iter().filter(|language| language.state != SkillState::Deleted);
        let mut languages: Vec<_> = languages.map(|language| (language.id, language.name)).collect();
        languages.sort_unstable();
        self.skills = Some(Skills::new(&skills, &languages));
        let row = |(id, name)| SkillRow { id: Some(id), name: Some(name) };
        let skills = skills.into_iter().map(row).map(Row::Skill);
        Ok(skills.chain(languages.into_iter().map(row).map(Row::Language)).collect())
    }

    /// People. If everything is read, managers follow after all people, in rows of their own.
    async fn read_people(&mut self, kind: Kind) -> Result<Vec<Row>, CommandError> {
        let mut users = Vec::new();
        // A single listing of both would also have deleted people.
        for (what, state) in [("people", UsersState::Active), ("inactive people", UsersState::Inactive)] {
            let expand = EXPANDS.map(UserExpand::from).into_iter().chain(OWN_EXPANDS).collect();
            let opts = UsersQuery { page_size: PAGE, expand, state: Some(state), ..UsersQuery::default() };
            let page = |page_number| UsersQuery { page_number, ..opts.clone() };
            users.append(&mut self.listing(what, async |number| self.users.get_users(&page(number)).await).await?);
        }
        users.sort_by(|one, other| one.id.cmp(&other.id));
        // A person whose state changed meanwhile is in both listings.
        users.dedup_by(|one, other| one.id == other.id);
        let ids: HashSet<String> = users.iter().map(|user| user.id.clone()).collect();
        let missing = self.missing.get_mut();
        let mut people = Vec::with_capacity(users.len());
        let mut managers = Vec::new();
        for user in users {
            let mut person = rows::person(user, self.skills.as_ref(), missing);
            if let Some(manager) = person.manager.take_if(|manager| !ids.contains(manager)) {
                missing.leave_out("managers who are not there", manager);
            }
            if kind == Kind::All
                && let Some(manager) = person.manager.take()
            {
                managers.push(PersonRow { id: person.id.clone(), manager: Some(manager), ..PersonRow::default() });
            }
            people.push(person);
        }
        self.people = Some(ids);
        Ok(people.into_iter().chain(managers).map(|person| Row::Person(Box::new(person))).collect())
    }

    /// All entries of a listing. If some cannot be read, that is noted.
    async fn listing<T>(
        &self,
        what: &'static str,
        fetch: impl AsyncFn(Option<i64>) -> Result<EntityListing<T>, Error>,
    ) -> Result<Vec<T>, CommandError> {
        self.progress.begin(what, Total::Unknown);
        let mut read = Vec::new();
        let mut next = Some(1);
        while let Some(number) = next.take() {
            match fetch(Some(number)).await {
                Ok(page) => {
                    next = Counts::from(&page).next(number, PAGE);
                    // Not every server returns a total.
                    if let (1, Ok(total @ 1..)) = (number, u64::try_from(page.total)) {
                        self.progress.begin(what, Total::Things(total));
                    }
                    read.extend(page.entities);
                }
                // Genesys Cloud lists only 10,000 people who are not active, and refuses further pages.
                Err(error) if error.status() == Some(400) && !read.is_empty() => {
                    self.missing.borrow_mut().not_read(what, &error);
                    break;
                }
                Err(error) => {
                    self.missing.borrow_mut().denied(what, error)?;
                    break;
                }
            }
            self.progress.reach(read.len() as u64);
        }
        Ok(read)
    }

    /// Reads data of each group, concurrently for several, and passes it on in the order of the groups.
    async fn of_each<'g>(
        &self,
        what: &str,
        groups: &'g [Group],
        rows: &Sender<Vec<Row>>,
        read: impl AsyncFn(&'g Group) -> Result<Vec<Row>, Error>,
    ) -> Result<(), CommandError> {
        self.progress.begin(what, Total::Things(groups.len() as u64));
        let mut n_read = 0;
        let mut found = stream::iter(groups).map(|group| read(group)).buffered(self.concurrency);
        while let Some(found) = found.try_next().await? {
            n_read += 1;
            self.progress.reach(n_read);
            if rows.send(found).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    async fn group(&self, group: &Group) -> Result<Vec<Row>, Error> {
        let rule = match self.groups.get_group_dynamicsettings(&group.id).await {
            Ok(definition) => Some(definition.query),
            // Servers have different refusals for a group without a rule.
            Err(error) if matches!(error.status(), Some(400 | 404)) => None,
            Err(error) => self.missing.borrow_mut().denied("rules of groups", error).map(|()| None)?,
        };
        let missing = &mut self.missing.borrow_mut();
        let mut row = rows::group(group, self.people.as_ref(), missing);
        match rule {
            Some(rule) if self.skills.as_ref().is_some_and(|skills| !skills.know(&rule)) => {
                missing.leave_out("rules of groups, with skills that are not there", group.id.clone());
            }
            rule => row.rule = rule,
        }
        Ok(vec![Row::Group(Box::new(row))])
    }

    async fn members(&self, group: &Group) -> Result<Vec<Row>, Error> {
        let members = match self.groups.get_group_individuals(&group.id).await {
            Ok(listing) => listing.entities.into_iter().map(|user| user.id).collect(),
            // The group was deleted meanwhile.
            Err(error) if error.status() == Some(404) => Vec::new(),
            Err(error) => self.missing.borrow_mut().denied("members of groups", error).map(|()| Vec::new())?,
        };
        let known = self.people.as_ref();
        let mut members = self.missing.borrow_mut().keep(members, known, "members who are not there");
        members.sort_unstable();
        let membership = |member| Row::Membership(MembershipRow { group: group.id.clone(), member });
        Ok(members.into_iter().map(membership).collect())
    }

    async fn subgroups(&self, group: &Group) -> Result<Vec<Row>, Error> {
        if !self.knows_subgroups.get() {
            return Ok(Vec::new());
        }
        let opts = SortedPageQuery { page_size: PAGE, ..SortedPageQuery::default() };
        let listing: Result<Vec<Group>, _> = self.groups.list_group_subgroups(&group.id, opts).try_collect().await;
        let mut subgroups: Vec<String> = match listing {
            Ok(subgroups) => subgroups.into_iter().map(|subgroup| subgroup.id).collect(),
            Err(error) if error.status() == Some(404) => {
                // Either the group was deleted, or the server does not have the operation.
                self.knows_subgroups.set(self.groups.get_group(&group.id).await.is_err());
                Vec::new()
            }
            Err(error) => self.missing.borrow_mut().denied("groups beneath groups", error).map(|()| Vec::new())?,
        };
        subgroups.sort_unstable();
        let subgroup = |subgroup| Row::Subgroup(SubgroupRow { group: group.id.clone(), subgroup });
        Ok(subgroups.into_iter().map(subgroup).collect())
    }
}

/// Passes rows on, while the receiver exists.
async fn hand_over(rows: &Sender<Vec<Row>>, read: Vec<Row>) {
    let mut read = read.into_iter();
    loop {
        let batch: Vec<Row> = read.by_ref().take(BATCH).collect();
        if batch.is_empty() || rows.send(batch).await.is_err() {
            break;
        }
    }
}
