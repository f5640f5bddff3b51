//! The measured scenarios: each has a name, a server, a number of connections and a function that makes its next
//! request. Some have a rate, and another scenario that runs beside.

use std::error::Error;
use std::sync::Arc;

use fastrand::Rng;
use serde_json::Value;

use super::caller::{Group, Person};
use super::http::{write_get, write_post};
use super::load::WriteRequest;
use super::search;

/// Connections of a scenario that measures throughput.
pub const MANY: u64 = 32;
/// Connections of the largest number of writers.
pub const CROWD: u64 = 256;
/// Connections of searches that run beside something else.
const FEW: u64 = 4;
/// Requests a second of a scenario that is measured beside others.
const RATE: u32 = 5_000;
/// The default page size of the API.
const PAGE_SIZE: u64 = 25;

/// The server of a scenario.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The server of this project.
    Convoke,
    /// The same over TLS.
    Tls,
    /// The baseline (`bare.rs`).
    Bare,
}

/// One scenario, which becomes a line of the table.
pub struct Scenario {
    /// The name in the table.
    pub name: String,
    /// The server that is measured.
    pub target: Target,
    /// The number of connections, each with one request in flight.
    pub connections: u64,
    /// Requests a second of all connections together; without it, each sends its next request after the reply.
    pub per_second: Option<u32>,
    /// Makes the next request.
    pub write_request: WriteRequest,
    /// A scenario that runs at the same time.
    pub beside: Option<Box<Scenario>>,
}

/// The data from which requests are made.
#[derive(Default)]
pub struct Material {
    pub token: String,
    /// The access token for the server that speaks TLS.
    pub tls_token: String,
    /// The access token of a connector.
    pub connected: String,
    /// The group that a thousand others are beneath.
    pub top: String,
    /// Every group.
    pub groups: Vec<Group>,
    /// Every active person.
    pub people: Vec<Person>,
    /// The name of every routing skill.
    pub routing: Vec<String>,
    /// The name of every language.
    pub languages: Vec<String>,
}

/// Names of the scenarios that the aims are read from.
pub mod name {
    /// A group by id, at random.
    pub const GET_GROUP: &str = "getGroup, random id";
    /// The same over TLS 1.3.
    pub const GET_GROUP_TLS: &str = "getGroup, random id, over TLS 1.3";
    /// A group with a thousand beneath it, in the Kaizala API.
    pub const GET_TOP: &str = "GET /v1/groups/{id}, 1,000 sub-groups";
    /// The first page, which every client shows.
    pub const SMALL_PAGE: &str = "getGroupMembers, page 1 of 25 members";
    /// The first page of the largest group.
    pub const FIRST_PAGE: &str = "getGroupMembers, page 1 of the largest";
    /// The deepest page that the aims name.
    pub const DEEP_PAGE: &str = "getGroupMembers, page 1000 of the largest";
    /// A page that only the largest group of the larger size has.
    pub const PAGE_10000: &str = "getGroupMembers, page 10000 of the largest";
    /// The first page of the list of groups.
    pub const GROUPS: &str = "getGroups, page 1";
    /// A search for a prefix of names.
    pub const PREFIX: &str = "postGroupsSearch, STARTS_WITH name";
    /// A search for a substring of names.
    pub const SUBSTRING: &str = "postGroupsSearch, CONTAINS name";
    /// A search for patterns of names.
    pub const REGEX: &str = "postGroupsSearch, REGEX name";
    /// People by a substring of their names, in no particular order.
    pub const PEOPLE: &str = "postUsersSearch, CONTAINS name";
    /// The same in the order of e-mail addresses.
    pub const PEOPLE_BY_EMAIL: &str = "postUsersSearch, CONTAINS name, by e-mail";
    /// People by a pattern that has a literal in it.
    pub const PEOPLE_BY_PATTERN: &str = "postUsersSearch, REGEX name";
    /// How many people a rule selects.
    pub const PREVIEW: &str = "postGroupsDynamicsettingsPreview, 4 terms";
    /// A group by id, at a fixed rate.
    pub const ALONE: &str = "getGroup, alone";
    /// The same while others search.
    pub const BESIDE: &str = "getGroup, beside the searches below";
    /// One durable change.
    pub const ADD: &str = "postGroupMembers, one person, durable";
}

impl Scenario {
    /// A scenario of many connections to Convoke without a fixed rate.
    fn many(name: &str, write_request: WriteRequest) -> Scenario {
        let name = name.to_owned();
        Scenario { name, target: Target::Convoke, connections: MANY, per_second: None, write_request, beside: None }
    }
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
            Scenario { name: name::GET_GROUP_TLS.to_owned(), ..self.get_group(Target::Tls) },
            self.get_top(),
            self.page(name::SMALL_PAGE, members(&small.id, 1)),
            self.page(name::FIRST_PAGE, members(&largest.id, 1)),
            self.page(name::DEEP_PAGE, members(&largest.id, deep)),
            self.page(name::GROUPS, groups(1)),
            self.page("getGroups, last page", groups(last)),
            self.search_groups(name::PREFIX, |rng, names| search::by_name("STARTS_WITH", &search::prefix(rng, names))),
            self.search_groups(name::SUBSTRING, |rng, names| {
                search::by_name("CONTAINS", &search::substring(rng, names))
            }),
            self.search_groups(name::REGEX, |rng, names| search::by_name("REGEX", &search::pattern(rng, names))),
            self.preview(),
        ])
    }

    /// The reads that are measured at the larger size.
    pub fn large_reads(&self) -> Result<Vec<Scenario>, Box<dyn Error>> {
        let largest = self.groups.iter().max_by_key(|group| group.n_members).ok_or("there are no groups")?;
        let members =
            |page: u64| format!("/api/v2/groups/{}/members?pageSize={PAGE_SIZE}&pageNumber={page}", largest.id);
        let last = largest.n_members.div_ceil(PAGE_SIZE);
        Ok(vec![
            self.get_group(Target::Convoke),
            self.get_group(Target::Bare),
            self.page(name::FIRST_PAGE, members(1)),
            self.page(name::PAGE_10000, members(last.min(10_000))),
            self.search_people(name::PEOPLE, |rng, names| search::unsorted("CONTAINS", &search::substring(rng, names))),
            self.search_people(name::PEOPLE_BY_EMAIL, |rng, names| {
                search::by_email("CONTAINS", &search::substring(rng, names))
            }),
            self.search_people(name::PEOPLE_BY_PATTERN, |rng, names| {
                search::by_name("REGEX", &search::pattern(rng, names))
            }),
        ])
    }

    /// The scenarios at a fixed rate.
    pub fn clocked(&self) -> Vec<Scenario> {
        let get_group = |name: &str, beside| Scenario {
            name: name.to_owned(),
            per_second: Some(RATE),
            beside,
            ..self.get_group(Target::Convoke)
        };
        let searches = self.search_people(name::PEOPLE_BY_PATTERN, |rng, names| {
            search::by_name("REGEX", &search::pattern(rng, names))
        });
        let searches = Scenario { connections: FEW, ..searches };
        vec![get_group(name::ALONE, None), get_group(name::BESIDE, Some(Box::new(searches)))]
    }

    /// The scenarios that add members.
    ///
    /// Person and group are random for every request. With 100 members a group among 100,000 people, one in a thousand
    /// is a member already. The counts show these requests, and they are subtracted from the rate.
    pub fn writes(&self) -> Vec<Scenario> {
        [MANY, CROWD, 1].map(|connections| self.add_members(connections)).into()
    }

    fn get_group(&self, target: Target) -> Scenario {
        let token = if target == Target::Tls { self.tls_token.clone() } else { self.token.clone() };
        let targets: Vec<String> = self.groups.iter().map(|group| format!("/api/v2/groups/{}", group.id)).collect();
        let write_request: WriteRequest = Arc::new(move |rng, out| {
            let target = rng.choice(&targets).expect("a page of one of these groups was asked for before");
            write_get(out, target, &token);
        });
        Scenario { target, ..Scenario::many(name::GET_GROUP, write_request) }
    }

    fn get_top(&self) -> Scenario {
        let (token, target) = (self.connected.clone(), format!("/v1/groups/{}", self.top));
        let write_request: WriteRequest = Arc::new(move |_, out| write_get(out, &target, &token));
        Scenario::many(name::GET_TOP, write_request)
    }

    fn page(&self, name: &str, target: String) -> Scenario {
        let token = self.token.clone();
        let write_request: WriteRequest = Arc::new(move |_, out| write_get(out, &target, &token));
        Scenario::many(name, write_request)
    }

    fn search_groups(&self, name: &str, draw: fn(&mut Rng, &[&str]) -> Value) -> Scenario {
        let names: Vec<&str> = self.groups.iter().map(|group| group.name.as_str()).collect();
        Scenario::many(name, search::posts(&self.token, "/api/v2/groups/search", |rng| draw(rng, &names)))
    }

    fn search_people(&self, name: &str, draw: fn(&mut Rng, &[&str]) -> Value) -> Scenario {
        let names: Vec<&str> = self.people.iter().map(|person| person.name.as_str()).collect();
        Scenario::many(name, search::posts(&self.token, "/api/v2/users/search", |rng| draw(rng, &names)))
    }

    fn preview(&self) -> Scenario {
        let draw = |rng: &mut Rng| search::rule(rng, &self.routing, &self.languages);
        Scenario::many(name::PREVIEW, search::posts(&self.token, "/api/v2/groups/dynamicsettings/preview", draw))
    }

    fn add_members(&self, connections: u64) -> Scenario {
        let token = self.token.clone();
        let people: Vec<String> = self.people.iter().map(|person| person.id.clone()).collect();
        let targets: Vec<String> =
            self.groups.iter().map(|group| format!("/api/v2/groups/{}/members", group.id)).collect();
        let write_request: WriteRequest = Arc::new(move |rng, out| {
            let target = rng.choice(&targets).expect("there are groups");
            let person = rng.choice(&people).expect("there are people");
            write_post(out, target, &token, &format!(r#"{{"memberIds":["{person}"]}}"#));
        });
        Scenario { connections, ..Scenario::many(name::ADD, write_request) }
    }
}
