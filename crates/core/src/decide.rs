//! Every rule about changing a directory. A decision reads the directory and does not change it: it returns the
//! changes, or a refusal.

mod clients;
mod command;
mod connectors;
mod groups;
mod mentions;
mod people;
mod rows;
mod skills;
mod subgroups;

use crate::directory::{Change, Directory, Subject};
use crate::policy::{View, admit};
use crate::records::{Client, DEFAULT_ROLES, Organisation, Person, Role};
use crate::values::{
    Actor, ClientId, Conflict, Fault, Field, Kind, Line, Name, Permissions, Quantity, Reason, RoleId, Timestamp, limits,
};
pub use command::{
    ClientCommand, ClientDraft, ClientFields, Command, ConnectorCommand, ConnectorDraft, Decision, GroupCommand,
    GroupDraft, GroupEdit, GroupFields, GroupRow, HoldMode, HoldSkill, HoldSkills, InitialMembers, Mention,
    OtherSkills, PersonCommand, PersonDraft, PersonEdit, PersonFields, PersonRow, SkillCommand, SubscriberCommand,
    TypedCommand,
};
use std::sync::Arc;

/// Decides a command of a caller, who needs one of the permissions `needs`. `at` is the time of the changes.
///
/// # Errors
///
/// A [`Fault`] if the command is refused.
pub fn decide(
    directory: &Directory,
    actor: &Actor,
    needs: Permissions,
    at: Timestamp,
    command: &Command,
) -> Result<Decision, Fault> {
    let view = &admit(directory, actor, needs)?;
    let decision = decide_admitted(view, at, command)?;
    check_consequences(&decision.changes)?;
    Ok(decision)
}

fn decide_admitted(view: &View, at: Timestamp, command: &Command) -> Result<Decision, Fault> {
    match command {
        Command::Group(command) => match command {
            GroupCommand::Create(id, draft) => groups::create(view, *id, draft, at),
            GroupCommand::Edit { group, version, edit, owners } => {
                groups::edit(view, *group, *version, (edit, owners.as_deref()), at)
            }
            GroupCommand::EditVoicemail(id, edit) => groups::edit_voicemail(view, *id, edit),
            GroupCommand::Put(row) => rows::group(view, row, at),
        },
        Command::Person(command) => match command {
            PersonCommand::Create(id, draft) => people::create(view, *id, draft),
            PersonCommand::Edit { person, version, edit } => people::edit(view, *person, *version, edit),
            PersonCommand::Put(row) => rows::person(view, row),
            PersonCommand::Provision(phone, new) => connectors::provision(view, *phone, *new),
        },
        Command::Skill(command) => match command {
            SkillCommand::Create(id, kind, name) => skills::create(view, *id, *kind, name, at),
            SkillCommand::Rename(id, kind, name) => skills::rename(view, *id, *kind, name, at),
            SkillCommand::Put { id, new, kind, name } => rows::skill(view, (*id, *new), *kind, name, at),
        },
        Command::Client(command) => match command {
            ClientCommand::Create(id, draft) => clients::create(view, id, draft, at),
            ClientCommand::Edit(id, fields) => clients::edit(view, id, fields, at),
        },
        Command::Connector(command) => match command {
            ConnectorCommand::Create(id, draft) => connectors::create(view, id, draft, at),
            ConnectorCommand::Regenerate(id) => connectors::regenerate(view, id, at),
        },
        Command::Subscribers(command) => match command {
            SubscriberCommand::Add(group, people) => subgroups::subscribe(view, *group, people),
            SubscriberCommand::Remove(group, people) => subgroups::unsubscribe(view, *group, people),
        },
        Command::HoldSkill(command) => skills::hold(view, command),
        Command::HoldSkills(command) => skills::hold_all(view, command),
        Command::DeleteGroup(id) => groups::delete(view, *id, at),
        Command::AddMembers { group, version, people } => groups::add_members(view, *group, *version, people, at),
        Command::RemoveMembers { group, people } => groups::remove_members(view, *group, people, at),
        Command::TakeOut(group, person) => groups::take_out(view, *group, *person, at),
        Command::Promote(group, person) => groups::promote(view, *group, *person, at),
        Command::Demote(group, person) => groups::demote(view, *group, *person, at),
        Command::AddSubgroups { group, version, subgroups } => subgroups::add(view, *group, *version, subgroups, at),
        Command::RemoveSubgroups { group, subgroups } => subgroups::remove(view, *group, subgroups, at),
        Command::DeletePerson(id) => people::delete(view, *id, at),
        Command::PutRule(id, rule) => groups::put_rule(view, *id, rule, at),
        Command::DeleteRule(id) => groups::delete_rule(view, *id, at),
        Command::DeleteSkill(id, kind) => skills::delete(view, *id, *kind, at),
        Command::DropSkill { person, kind, skill } => skills::drop(view, *person, *kind, *skill),
        Command::DeleteClient(id) => clients::delete(view, id),
        Command::DeleteConnector(id) => connectors::delete(view, id),
    }
}

/// The first changes of a log: an organisation with its default roles, an administrator, and an OAuth client with the
/// administrator's role.
///
/// `roles` has the ids for [`DEFAULT_ROLES`], in the same order.
pub fn found(
    organisation: Organisation,
    roles: [RoleId; DEFAULT_ROLES.len()],
    administrator: Person,
    client: (ClientId, Box<str>),
) -> Vec<Change> {
    let created = organisation.created;
    let admin_role = roles.first().copied();
    let mut changes = vec![Change::OrganisationPut(Arc::new(organisation))];
    changes.extend(DEFAULT_ROLES.iter().zip(roles).map(|(role, id)| {
        Change::RolePut(Arc::new(Role {
            id,
            default_id: Line::stored(role.id),
            name: Name::stored(role.name),
            description: Line::stored(role.description),
            permissions: Permissions::of(role.permissions),
        }))
    }));
    changes.push(Change::PersonPut(Arc::new(administrator)));
    let (id, secret_hash) = client;
    changes.push(Change::ClientPut(Arc::new(Client {
        id,
        name: Name::stored("Administrator"),
        description: None,
        secret_hash,
        roles: admin_role.into_iter().collect(),
        person: None,
        enabled: true,
        token_seconds: limits::TOKEN_SECONDS_DEFAULT,
        created,
        modified: created,
    })));
    changes
}

/// Refuses changes of too many groups. They would delay other commands, and exceed the size of a row of the log.
fn check_consequences(changes: &[Change]) -> Result<(), Fault> {
    let n_groups = |change: &Change| match change {
        Change::GroupsStamped(stamps) | Change::OwnershipsEnded(_, stamps) | Change::MembershipsEnded(_, stamps) => {
            stamps.versions.len()
        }
        Change::SubscriptionsEnded(_, groups) => groups.len(),
        _ => 0,
    };
    let limit = limits::CONSEQUENCES;
    match changes.iter().map(n_groups).max() {
        Some(most) if most > limit => {
            Err(Fault::invalid(Field::ChangedGroups, Reason::TooManyOf { what: Quantity::ChangedGroups, limit }))
        }
        _ => Ok(()),
    }
}

fn nothing_changes(subject: Subject) -> Result<Decision, Fault> {
    Ok(Decision { changes: Vec::new(), subject })
}

/// Refuses a version that is not the current one. If none is given, there is no check.
fn check_version(kind: Kind, id: impl ToString, given: Option<u32>, current: u32) -> Result<(), Fault> {
    match given {
        Some(given) if given != current => {
            Err(Fault::Conflict(Conflict::StaleVersion { kind, id: id.to_string(), given, current }))
        }
        _ => Ok(()),
    }
}

/// Refuses to create something that already exists.
fn check_new<T>(kind: Kind, id: impl ToString, found: Option<T>) -> Result<(), Fault> {
    match found {
        Some(_) => Err(Fault::Conflict(Conflict::IdTaken { kind, id: id.to_string() })),
        None => Ok(()),
    }
}

fn next_version(version: u32) -> u32 {
    (version + 1).min(limits::VERSION)
}

/// Refuses a list longer than the limit.
fn check_length<T>(field: Field, list: &[T], limit: usize) -> Result<(), Fault> {
    if list.len() > limit { Err(Fault::invalid(field, Reason::TooMany { limit })) } else { Ok(()) }
}

fn set<T: Clone>(field: &mut T, edit: &Option<T>) {
    if let Some(value) = edit {
        field.clone_from(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Stamps;
    use crate::values::{GroupId, PersonId};
    use uuid::Uuid;

    #[test]
    fn a_command_changes_no_more_groups_than_it_may() {
        let person = PersonId(Uuid::nil());
        let groups = |n: usize| -> Vec<GroupId> { (0..n as u128).map(|n| GroupId(Uuid::from_u128(n))).collect() };
        let changes = |n: usize| {
            let versions = groups(n).into_iter().map(|group| (group, 2)).collect();
            let stamps = Stamps { versions, modified: Timestamp(0) };
            [
                Change::GroupsStamped(stamps.clone()),
                Change::OwnershipsEnded(person, stamps.clone()),
                Change::MembershipsEnded(person, stamps),
                Change::SubscriptionsEnded(person, groups(n)),
            ]
        };
        let limit = limits::CONSEQUENCES;
        assert_eq!(check_consequences(&changes(limit)), Ok(()));
        let refused = Fault::invalid(Field::ChangedGroups, Reason::TooManyOf { what: Quantity::ChangedGroups, limit });
        for change in changes(limit + 1) {
            assert_eq!(check_consequences(&[Change::GroupDeleted(GroupId(Uuid::nil())), change]), Err(refused.clone()));
        }
    }
}
