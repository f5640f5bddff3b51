//! Members of groups, and the user of the caller.

use super::{groups, take};
use crate::api::call::Call;
use crate::http::refusal::Refusal;
use convoke_core::*;
use convoke_wire::Nothing;
use convoke_wire::kaizala::{self as wire, GroupPath, MemberPath};

/// The possible roles of a member.
const ROLES: &[&str] = &["Admin", "Member"];

pub(super) fn list(call: &Call, path: GroupPath, _: Nothing) -> Result<wire::MemberList, Refusal> {
    let entry = call.view.group(take::group_id(&path.group_id)?)?;
    let member = |person: &Person| {
        let wire::User { id, mobile_number, name, profile_pic, is_provisioned } = user(person);
        let role = groups::role(call.view.relation_of(entry, person.id));
        wire::Member { id, role, mobile_number, name, profile_pic, is_provisioned }
    };
    Ok(wire::MemberList { members: call.view.users(entry).into_iter().map(|person| member(person)).collect() })
}

pub(super) fn put(path: GroupPath, _: Nothing, body: wire::MembersUpdate) -> Result<Command, Refusal> {
    if body.members.is_none() && body.member_user_ids.is_none() {
        return Err(Refusal::invalid("members", Reason::Missing));
    }
    let mut people = take::numbers("members", body.members)?;
    people.extend(take::ids("memberUserIds", body.member_user_ids)?);
    Ok(Command::AddMembers { group: take::group_id(&path.group_id)?, version: None, people })
}

pub(super) fn put_role(path: MemberPath, _: Nothing, body: wire::RoleUpdate) -> Result<Command, Refusal> {
    let role = take::required("role", body.role)?;
    let command = take::word("role", &role, ROLES, |role| match role {
        wire::Role::Admin => Some(Command::Promote as fn(_, _) -> _),
        wire::Role::Member => Some(Command::Demote),
        wire::Role::Subscriber | wire::Role::None | wire::Role::Other(_) => None,
    })?;
    Ok(command(take::group_id(&path.group_id)?, take::person_id(Kind::Member, &path.member_id)?))
}

pub(super) fn delete(path: MemberPath, _: Nothing, _: Nothing) -> Result<Command, Refusal> {
    let person = take::person_id(Kind::Member, &path.member_id)?;
    Ok(Command::TakeOut(take::group_id(&path.group_id)?, person))
}

/// The reply to a change, or to a request that changes nothing.
pub(super) fn done() -> wire::Done {
    wire::Done { result: "true".into() }
}

pub(super) fn me(call: &Call, _: Nothing, _: Nothing) -> Result<wire::User, Refusal> {
    Ok(user(call.view.me()?))
}

/// A person in a reply.
pub(super) fn user(person: &Person) -> wire::User {
    let picture = person.images.first().map(|image| image.uri.as_str().to_owned());
    wire::User {
        id: person.id.to_string(),
        mobile_number: person.phones().next().map(|phone| phone.to_string()),
        name: person.name.as_str().into(),
        profile_pic: picture.unwrap_or_default(),
        is_provisioned: person.provisioned,
    }
}
