//! Whom and what people name: users by e-mail address, skills, languages and roles by name.

use crate::Trouble;
use crate::session::Session;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

/// The id of a user; an argument with an `@` is an e-mail address, which is searched for.
pub async fn user_id(session: &Session, named: &str) -> Result<String, Trouble> {
    if !named.contains('@') {
        return Ok(named.to_owned());
    }
    let criteria = SearchCriteria {
        kind: Some("EXACT".to_owned()),
        fields: Some(vec!["email".to_owned()]),
        value: Some(named.to_owned()),
        ..SearchCriteria::default()
    };
    let body = UserSearchRequest { query: Some(vec![criteria]), page_size: Some(1), ..UserSearchRequest::default() };
    let found = session.call::<PostUsersSearch>(&Nothing {}, &Nothing {}, Some(&body)).await?;
    let first = found.results.into_iter().next();
    first.map(|user| user.id).ok_or_else(|| Trouble::refused(format!("no user has the e-mail address {named}")))
}

pub async fn user_ids(session: &Session, named: &[String]) -> Result<Vec<String>, Trouble> {
    let mut ids = Vec::with_capacity(named.len());
    for named in named {
        ids.push(user_id(session, named).await?);
    }
    Ok(ids)
}

/// The id of a routing skill.
pub async fn skill_id(session: &Session, named: &str) -> Result<String, Trouble> {
    if is_id(named) {
        return Ok(named.to_owned());
    }
    let query = RoutingSkillsQuery { name: Some(named.to_owned()), page_size: Some(500), ..Default::default() };
    let found = session.call::<GetRoutingSkills>(&Nothing {}, &query, None).await?;
    only("skill", named, found.entities.into_iter().map(|skill| (skill.id, skill.name)))
}

/// The id of a language.
pub async fn language_id(session: &Session, named: &str) -> Result<String, Trouble> {
    if is_id(named) {
        return Ok(named.to_owned());
    }
    let query = LanguagesQuery { name: Some(named.to_owned()), ..Default::default() };
    let found = session.call::<GetRoutingLanguages>(&Nothing {}, &query, None).await?;
    only("language", named, found.entities.into_iter().map(|language| (language.id, language.name)))
}

/// The id of a role.
pub async fn role_id(session: &Session, named: &str) -> Result<String, Trouble> {
    if is_id(named) {
        return Ok(named.to_owned());
    }
    let query = RolesQuery { name: Some(named.to_owned()), page_size: Some(500), ..Default::default() };
    let found = session.call::<GetAuthorizationRoles>(&Nothing {}, &query, None).await?;
    only("role", named, found.entities.into_iter().map(|role| (role.id, role.name)))
}

fn is_id(named: &str) -> bool {
    uuid::Uuid::try_parse(named).is_ok()
}

/// The one with this name, in any case: listings also have others whose names begin with it.
fn only(what: &str, named: &str, found: impl Iterator<Item = (String, String)>) -> Result<String, Trouble> {
    let mut same = found.filter(|(_, name)| name.to_lowercase() == named.to_lowercase());
    let (id, _) = same
        .next()
        .ok_or_else(|| Trouble::refused(format!("there is no {what} {named:?}; convoke {what}s list shows all")))?;
    match same.next() {
        None => Ok(id),
        Some(_) => Err(Trouble::refused(format!("several {what}s have the name {named:?}; name one by its id"))),
    }
}
