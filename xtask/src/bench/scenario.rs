//! What is measured: each scenario is a name, a server, a number of
//! connections and a way to make its next request.

use std::error::Error;
use std::sync::Arc;

use super::caller::Group;
use super::http::{write_get, write_post};
use super::load::WriteRequest;

/// Connections of a scenario that is about throughput.
pub const MANY: u64 = 32;
/// The page size a client gets who asks for none.
const PAGE_SIZE: u64 = 25;

/// Which server is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The server of this project.
    Convoke,
    /// The floor.
    Bare,
}

/// One line of the table to be.
pub struct Scenario {
    /// What is asked.
    pub name: String,
    /// Who is asked.
    pub target: Target,
    /// How many ask at once.
    pub connections: u64,
    /// How they ask.
    pub write_request: WriteRequest,
}

/// What the requests are made of.
pub struct Material {
    /// The bearer token.
    pub token: String,
    /// Every group.
    pub groups: Vec<Group>,
    /// The id of every person.
    pub people: Vec<String>,
}

/// Names of the scenarios that the aims are read from.
pub mod name {
    /// A group by id, at random.
    pub const GET_GROUP: &str = "getGroup, random id";
    /// The page every client shows.
    pub const SMALL_PAGE: &str = "getGroupMembers, page 1 of 25 members";
    /// The deepest page that the aims name.
    pub const DEEP_PAGE: &str = "getGroupMembers, page 1000 of the largest";
    /// One durable change.
    pub const ADD: &str = "postGroupMembers, one person, durable";
}

impl Material {
    /// The scenarios that change nothing.
    pub fn reads(&self) -> Result<Vec<Scenario>, Box<dyn Error>> {
        let largest = self.groups.iter().max_by_key(|group| group.n_members).ok_or("there are no groups")?;
        let small = self.groups.iter().filter(|group| group.n_members >= PAGE_SIZE);
        let small = small.min_by_key(|group| group.n_members).ok_or("no group has 25 members")?;
        let deep = largest.n_members.div_ceil(PAGE_SIZE).min(1000);
        let last = (self.groups.len() as u64).div_ceil(PAGE_SIZE);
        let members =
            |id: &str, page: u64| format!("/api/v2/groups/{id}/members?pageSize={PAGE_SIZE}&pageNumber={page}");
        let groups = |page: u64| format!("/api/v2/groups?pageSize={PAGE_SIZE}&pageNumber={page}");
        Ok(vec![
            self.get_group(Target::Convoke),
            self.get_group(Target::Bare),
            self.page(name::SMALL_PAGE, members(&small.id, 1)),
            self.page("getGroupMembers, page 1 of the largest", members(&largest.id, 1)),
            self.page(name::DEEP_PAGE, members(&largest.id, deep)),
            self.page("getGroups, page 1", groups(1)),
            self.page("getGroups, last page", groups(last)),
        ])
    }

    /// The scenarios that add members.
    ///
    /// Person and group are drawn anew for every request; with 100 members a
    /// group among 100,000 people one draw in a thousand is a member already,
    /// which the caller sees in the counts and takes off the rate.
    pub fn writes(&self) -> Vec<Scenario> {
        [MANY, 1].map(|connections| self.add_members(connections)).into()
    }

    fn get_group(&self, target: Target) -> Scenario {
        let token = self.token.clone();
        let targets: Vec<String> = self.groups.iter().map(|group| format!("/api/v2/groups/{}", group.id)).collect();
        let write_request: WriteRequest = Arc::new(move |rng, out| {
            let target = rng.choice(&targets).expect("a page of one of these groups was asked for before");
            write_get(out, target, &token);
        });
        Scenario { name: name::GET_GROUP.to_owned(), target, connections: MANY, write_request }
    }

    fn page(&self, name: &str, target: String) -> Scenario {
        let token = self.token.clone();
        let write_request: WriteRequest = Arc::new(move |_, out| write_get(out, &target, &token));
        Scenario { name: name.to_owned(), target: Target::Convoke, connections: MANY, write_request }
    }

    fn add_members(&self, connections: u64) -> Scenario {
        let (token, people) = (self.token.clone(), self.people.clone());
        let targets: Vec<String> =
            self.groups.iter().map(|group| format!("/api/v2/groups/{}/members", group.id)).collect();
        let write_request: WriteRequest = Arc::new(move |rng, out| {
            let target = rng.choice(&targets).expect("there are groups");
            let person = rng.choice(&people).expect("there are people");
            write_post(out, target, &token, &format!(r#"{{"memberIds":["{person}"]}}"#));
        });
        Scenario { name: name::ADD.to_owned(), target: Target::Convoke, connections, write_request }
    }
}
