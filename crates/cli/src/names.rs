//! Resolves arguments to ids. An argument is an id, or a name that only one thing has.
//!
//! An argument that looks like an id is used without a request. For groups and users the server searches by name, so
//! that it compares names by its own rules. For other things, which are few, all candidates are listed.

use crate::CommandError;
use crate::listing::LARGEST_PAGE;
use crate::output::visible;
use crate::session::Session;
use convoke_client::genesys::*;
use convoke_client::{AuthorizationApi, ConnectorsApi, Error, Nothing, OAuthApi, RoutingApi, TryStreamExt};
use convoke_wire::kaizala;
use futures_util::stream::{self, Stream};

/// How many candidates of an ambiguous name are shown.
const CHOICES: i64 = 10;

/// A candidate.
pub struct Choice {
    pub id: String,
    pub name: String,
    /// What distinguishes it from others of the same name.
    about: String,
}

/// The nouns for a kind of thing.
struct Noun {
    one: &'static str,
    /// The other ways to identify one.
    otherwise: &'static str,
}

/// The values of a comparison with whole values.
struct Comparison<'c> {
    fields: &'c [String],
    values: Vec<&'c mut String>,
}

const GROUP: Noun = Noun { one: "group", otherwise: "convoke groups search 'name*=PART' finds names by a part" };
const USER: Noun = Noun { one: "user", otherwise: "name one by id, e-mail address or full name" };

/// The id of a group.
pub async fn group_id(session: &Session, named: &str) -> Result<String, CommandError> {
    if is_id(named) {
        return Ok(named.to_owned());
    }
    let body = GroupSearchRequest {
        query: Some(vec![exactly("name", [named])]),
        page_size: Some(CHOICES),
        ..GroupSearchRequest::default()
    };
    let found = session.call::<PostGroupsSearch>(&Nothing {}, &Nothing {}, Some(&body)).await?;
    let choice = |Group { id, name, kind, member_count, .. }| {
        let about = format!("{kind}, {}", counted(member_count, "member"));
        Choice { id, name, about }
    };
    only(&GROUP, named, found.total, found.results.into_iter().map(choice).collect())
}

pub async fn group_ids(session: &Session, named: &[String]) -> Result<Vec<String>, CommandError> {
    let mut ids = Vec::with_capacity(named.len());
    for named in named {
        ids.push(group_id(session, named).await?);
    }
    Ok(ids)
}

/// The path of a group.
pub async fn group_path(session: &Session, named: &str) -> Result<GroupPath, CommandError> {
    Ok(GroupPath { group_id: group_id(session, named).await? })
}

/// The id of a user; an argument with an `@` is an e-mail address.
pub async fn user_id(session: &Session, named: &str) -> Result<String, CommandError> {
    if is_id(named) {
        return Ok(named.to_owned());
    }
    let field = if named.contains('@') { "email" } else { "name" };
    let body = UserSearchRequest {
        query: Some(vec![exactly(field, [named])]),
        page_size: Some(CHOICES),
        ..UserSearchRequest::default()
    };
    let found = session.call::<PostUsersSearch>(&Nothing {}, &Nothing {}, Some(&body)).await?;
    if found.results.is_empty() && field == "email" {
        return Err(CommandError::refused(format!("no user has the e-mail address {}", visible(named))));
    }
    let choice = |User { id, name, email, title, department, .. }| {
        let about = [email, title, department].into_iter().flatten().collect::<Vec<_>>().join(", ");
        Choice { id, name, about }
    };
    only(&USER, named, found.total, found.results.into_iter().map(choice).collect())
}

pub async fn user_ids(session: &Session, named: &[String]) -> Result<Vec<String>, CommandError> {
    let mut ids = Vec::with_capacity(named.len());
    for named in named {
        ids.push(user_id(session, named).await?);
    }
    Ok(ids)
}

/// The id of a routing skill.
pub async fn skill_id(session: &Session, named: &str) -> Result<String, CommandError> {
    let noun = Noun { one: "skill", otherwise: "convoke skills list shows all" };
    let opts = RoutingSkillsQuery { name: Some(named.to_owned()), page_size: Some(LARGEST_PAGE), ..Default::default() };
    let all = RoutingApi::new(session.client()).list_routing_skills(opts);
    one_of(&noun, named, all.map_ok(|skill| Choice::of(skill.id, skill.name))).await
}

/// The id of a language.
pub async fn language_id(session: &Session, named: &str) -> Result<String, CommandError> {
    let noun = Noun { one: "language", otherwise: "convoke languages list shows all" };
    let opts = LanguagesQuery { name: Some(named.to_owned()), page_size: Some(LARGEST_PAGE), ..Default::default() };
    let all = RoutingApi::new(session.client()).list_routing_languages(opts);
    one_of(&noun, named, all.map_ok(|language| Choice::of(language.id, language.name))).await
}

/// The id of a role.
pub async fn role_id(session: &Session, named: &str) -> Result<String, CommandError> {
    let noun = Noun { one: "role", otherwise: "convoke roles list shows all" };
    let opts = RolesQuery { name: Some(named.to_owned()), page_size: Some(LARGEST_PAGE), ..Default::default() };
    let all = AuthorizationApi::new(session.client()).list_authorization_roles(opts);
    one_of(&noun, named, all.map_ok(|role| Choice::of(role.id, role.name))).await
}

/// The id of a division.
pub async fn division_id(session: &Session, named: &str) -> Result<String, CommandError> {
    let noun = Noun { one: "division", otherwise: "convoke divisions list shows all" };
    let opts = DivisionsQuery { name: Some(named.to_owned()), page_size: Some(LARGEST_PAGE), ..Default::default() };
    let all = AuthorizationApi::new(session.client()).list_authorization_divisions(opts);
    one_of(&noun, named, all.map_ok(|division| Choice::of(division.id, division.name))).await
}

/// The id of an OAuth client, which may be any word.
pub async fn client_id(session: &Session, named: &str) -> Result<String, CommandError> {
    let noun = Noun { one: "client", otherwise: "convoke clients list shows all" };
    let all = OAuthApi::new(session.client()).list_oauth_clients(page());
    one_of(&noun, named, all.map_ok(|client| Choice::of(client.id, client.name))).await
}

/// The application id of a connector.
pub async fn connector_id(session: &Session, named: &str) -> Result<String, CommandError> {
    let noun = Noun { one: "connector", otherwise: "convoke connectors list shows all" };
    let all = ConnectorsApi::new(session.client()).list_connectors(page());
    one_of(&noun, named, all.map_ok(|connector| Choice::of(connector.application_id, connector.name))).await
}

/// The id of a group in the Kaizala API, which has no search. It is one of the groups that the connector knows.
pub async fn connector_group_path(session: &Session, named: &str) -> Result<kaizala::GroupPath, CommandError> {
    let noun = Noun { one: "group", otherwise: "convoke kaizala groups list --all shows all" };
    if is_id(named) {
        return Ok(kaizala::GroupPath { group_id: named.to_owned() });
    }
    let query = kaizala::GroupsQuery { fetch_all_groups: Some(kaizala::Flag(true)), ..Default::default() };
    let listed = session.call::<kaizala::GetGroups>(&Nothing {}, &query, None).await?;
    let all = listed.groups.into_iter().map(|group| Ok(Choice::of(group.group_id, group.group_name)));
    Ok(kaizala::GroupPath { group_id: one_of(&noun, named, stream::iter(all)).await? })
}

/// Replaces names of groups and users by ids in a search: `groups="Night shift"`.
pub async fn resolve_criteria(session: &Session, criteria: &mut [SearchCriteria]) -> Result<(), CommandError> {
    for Comparison { fields, values } in all_within(criteria) {
        let is_each = |known: &[&str]| {
            !fields.is_empty() && fields.iter().all(|field| known.iter().any(|known| known.eq_ignore_ascii_case(field)))
        };
        let (of_groups, of_users) = (is_each(&["groups"]), is_each(&["ownerIds", "memberIds", "manager"]));
        for value in values {
            if of_groups {
                *value = group_id(session, value).await?;
            } else if of_users {
                *value = user_id(session, value).await?;
            }
        }
    }
    Ok(())
}

/// All criteria, including nested ones.
fn all_within(criteria: &mut [SearchCriteria]) -> Vec<Comparison<'_>> {
    let mut found = Vec::new();
    let mut open: Vec<&mut SearchCriteria> = criteria.iter_mut().collect();
    while let Some(SearchCriteria { kind, fields, value, values, group, .. }) = open.pop() {
        open.extend(group.iter_mut().flatten());
        if *kind == Some(CriteriaType::Exact) {
            let fields = fields.as_deref().unwrap_or_default();
            found.push(Comparison { fields, values: value.iter_mut().chain(values.iter_mut().flatten()).collect() });
        }
    }
    found
}

/// Whether the argument has the form of the API's ids.
pub fn is_id(named: &str) -> bool {
    named.len() == uuid::fmt::Hyphenated::LENGTH && uuid::Uuid::try_parse(named).is_ok()
}

/// A criterion: the field has one of these values, compared as a whole.
pub fn exactly<'v>(field: &str, values: impl IntoIterator<Item = &'v str>) -> SearchCriteria {
    SearchCriteria {
        kind: Some(CriteriaType::Exact),
        fields: Some(vec![field.to_owned()]),
        values: Some(values.into_iter().map(str::to_owned).collect()),
        ..SearchCriteria::default()
    }
}

/// A number of things: `1 member`, `7 members`.
pub fn counted(number: i64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

impl Choice {
    fn of(id: String, name: String) -> Self {
        Choice { id, name, about: String::new() }
    }
}

fn page() -> PageQuery {
    PageQuery { page_size: Some(LARGEST_PAGE), page_number: None }
}

/// The id of the entry with this id or name. Listings may also have other entries.
async fn one_of(
    noun: &Noun,
    named: &str,
    mut all: impl Stream<Item = Result<Choice, Error>> + Unpin,
) -> Result<String, CommandError> {
    if is_id(named) {
        return Ok(named.to_owned());
    }
    let mut same = Vec::new();
    while let Some(choice) = all.try_next().await? {
        if choice.id == named {
            return Ok(choice.id);
        }
        if choice.name.to_lowercase() == named.to_lowercase() {
            same.push(choice);
        }
    }
    only(noun, named, same.len() as i64, same)
}

/// The id, if there is exactly one candidate.
fn only(noun: &Noun, named: &str, total: i64, mut choices: Vec<Choice>) -> Result<String, CommandError> {
    let (one, named) = (noun.one, visible(named));
    if choices.len() > 1 {
        let line = |choice: &Choice| {
            let about = if choice.about.is_empty() { String::new() } else { format!("  {}", choice.about) };
            visible(&format!("  {}  {}{about}", choice.id, choice.name)).into_owned()
        };
        let mut lines: Vec<String> = choices.iter().map(line).collect();
        let more = total - choices.len() as i64;
        if more > 0 {
            lines.push(format!("  and {more} more"));
        }
        return Err(CommandError::usage(format!(
            "{total} {one}s have the name \"{named}\"; name one by its id:\n{}",
            lines.join("\n")
        )));
    }
    let only = choices
        .pop()
        .ok_or_else(|| CommandError::refused(format!("there is no {one} \"{named}\"; {}", noun.otherwise)));
    Ok(only?.id)
}
