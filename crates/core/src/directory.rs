//! The directory as one value: records, and the data derived from them. Copying it is cheap, because every part is
//! shared until it is changed. So the writer works on a copy while readers keep theirs.

mod apply;
mod build;
mod change;
mod field;
mod filter;
mod groups;
mod hierarchy;
mod holders;
mod outcome;
mod people;
mod skills;
mod subgroups;
pub mod verify;

use crate::records::{
    Client, Comparison, Connector, Group, HeldSkill, Organisation, Person, Proficiency, Role, Skill, SkillKind, Stamp,
};
use crate::sets::{Column, Set, ShortSet};
use crate::values::{Actor, ClientId, GroupId, Permissions, PersonId, RoleId};
pub use build::BuiltPeople;
pub use change::{Change, Effect};
pub use field::{FieldKind, GroupField, PersonField, SearchField};
pub use filter::PeopleFilter;
pub use groups::GroupEntry;
pub(crate) use groups::{Groups, by_name as by_group_name, texts as group_texts};
use hierarchy::Hierarchy;
pub(crate) use hierarchy::HierarchyNode;
pub use hierarchy::UserCount;
pub use outcome::{Outcome, Subject};
pub(crate) use people::{People, by_name as by_person_name, texts as person_texts};
use skills::Skills;
use std::sync::Arc;

/// The records of one organisation, and everything derived from them.
#[derive(Clone)]
pub struct Directory {
    pub(crate) organisation: Arc<Organisation>,
    pub(crate) roles: imbl::OrdMap<RoleId, Arc<Role>>,
    pub(crate) clients: imbl::OrdMap<ClientId, ClientEntry>,
    pub(crate) connectors: imbl::OrdMap<ClientId, Arc<Connector>>,
    pub(crate) people: People,
    pub(crate) groups: Groups,
    pub(crate) hierarchy: Hierarchy,
    pub(crate) skills: Skills,
}

/// A client, and the permissions that its roles add up to.
#[derive(Clone, Debug)]
pub(crate) struct ClientEntry {
    pub client: Arc<Client>,
    pub permissions: Permissions,
}

/// The records that a directory is built from. The store keeps these and no derived data.
#[derive(Clone)]
pub struct Records {
    /// The organisation itself.
    pub organisation: Arc<Organisation>,
    /// The roles of the organisation.
    pub roles: Vec<Arc<Role>>,
    /// OAuth clients, without the connectors.
    pub clients: Vec<Arc<Client>>,
    /// People, including deleted ones.
    pub people: Vec<Arc<Person>>,
    /// Routing skills and languages, including deleted ones.
    pub skills: Vec<Arc<Skill>>,
    /// The skills of each person, in any order.
    pub held: Vec<(PersonId, HeldSkill)>,
    /// The living groups, each with its version and date.
    pub groups: Vec<(Arc<Group>, Stamp)>,
    /// Group and person, for each person who was added by id; in any order.
    pub individuals: Vec<(GroupId, PersonId)>,
    /// Parent and sub-group, for each group directly beneath another; in any order.
    pub edges: Vec<(GroupId, GroupId)>,
    /// Group and person, for each subscriber; in any order.
    pub subscribers: Vec<(GroupId, PersonId)>,
    /// The connectors.
    pub connectors: Vec<Arc<Connector>>,
}

/// A change that does not fit the directory that it was applied to, because it names something that does not exist.
/// Decided changes always fit; stored ones may be damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyError(pub String);

impl std::fmt::Display for ApplyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ApplyError {}

/// Data that replies need beside the record that they show, and that every caller may see: the organisation, and the
/// versions of people, since people are never hidden.
#[derive(Clone, Copy)]
pub struct Context<'d> {
    directory: &'d Directory,
}

impl<'d> Context<'d> {
    /// The organisation.
    pub fn organisation(self) -> &'d Organisation {
        &self.directory.organisation
    }

    /// The version of a person, deleted or not.
    pub fn version_of(self, id: PersonId) -> Option<u32> {
        self.directory.people.slots.get(&id).map(|found| found.version)
    }
}

impl Directory {
    /// The ids of all clients and connectors.
    pub fn caller_ids(&self) -> impl Iterator<Item = &ClientId> {
        self.clients.keys().chain(self.connectors.keys())
    }

    /// The organisation itself.
    pub fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// Data that replies need beside the record that they show.
    pub fn context(&self) -> Context<'_> {
        Context { directory: self }
    }

    /// What a reply about this subject is rendered from; none when the subject is gone.
    pub(crate) fn outcome(&self, subject: &Subject) -> Option<Outcome> {
        Some(match subject {
            Subject::Nothing => Outcome::Nothing,
            Subject::Group(id) => Outcome::Group(self.groups.by_id(*id)?.1.clone()),
            Subject::Person(id) => Outcome::Person(self.people.by_id(*id)?.1.clone()),
            Subject::Client(id) => Outcome::Client(self.clients.get(id)?.client.clone()),
            Subject::Skill(id) => Outcome::Skill(self.skills.records.get(id)?.clone()),
            Subject::Held(person, id) => {
                let held = self.people.held(self.people.slot(*person)?).iter().find(|held| held.skill == *id)?;
                Outcome::Held(*person, self.skills.records.get(id)?.clone(), held.proficiency)
            }
            Subject::AllHeld(person, kind) => {
                let held = self.held(self.people.slot(*person)?, *kind);
                Outcome::AllHeld(*person, *kind, held.into_iter().map(|(skill, held)| (skill.clone(), held)).collect())
            }
            Subject::Connector(id) => {
                let connector = self.connectors.get(id)?;
                Outcome::Connector(connector.clone(), self.people.by_id(connector.person)?.1.clone())
            }
            Subject::Each(done) => Outcome::Each(done.clone()),
        })
    }

    /// Whether the client or connector that a token was issued to is still there, and the token of its
    /// present generation.
    pub fn knows(&self, actor: &Actor) -> bool {
        match actor {
            Actor::Client(id) => self.clients.contains_key(id),
            Actor::Connector { connector, generation, .. } => {
                self.connectors.get(connector).is_some_and(|connector| connector.generation == *generation)
            }
        }
    }

    /// The numbers of people (without deleted ones) and groups.
    pub fn size(&self) -> (usize, usize) {
        (self.people.n_living(), self.groups.all.len())
    }

    /// The skills of one kind that a person has, sorted by name.
    pub(crate) fn held(&self, slot: u32, kind: SkillKind) -> Vec<(&Arc<Skill>, Proficiency)> {
        let held = self.people.held(slot).iter();
        let mut held: Vec<_> =
            held.filter_map(|held| Some((self.skills.get(kind, held.skill)?, held.proficiency))).collect();
        held.sort_by(|(one, _), (other, _)| one.name.key().cmp(other.name.key()));
        held
    }

    /// Whether a rebuild is worth its cost: many people or groups were added, deleted or renamed since the last one.
    /// After a rebuild, slots are in the order of names again, and pages by name need no scan of the late slots.
    pub fn is_scattered(&self) -> bool {
        const FEW: usize = 4096;
        const PART: usize = 4;
        let freed = self.groups.entries.len() - self.groups.all.len();
        let (people, groups) = (self.people.ranking.n_late(), self.groups.ranking.n_late() + freed);
        people > FEW + self.people.records.len() / PART || groups > FEW + self.groups.all.len() / PART
    }

    /// The bytes of derived data, about, by purpose: searchable texts, members of groups, the hierarchy, holders of
    /// skills and rules that compare them, orders. Memory that two sets share counts for both.
    pub fn memory(&self) -> [(&'static str, usize); 5] {
        let Directory { people, groups, hierarchy, skills, .. } = self;
        let text = people.columns.all().chain(groups.columns.all()).map(Column::bytes).sum();
        let entries = groups.entries.iter().flatten();
        let sets = |entry: &GroupEntry| [&entry.individuals, &entry.members, &entry.subscribers].map(Set::bytes);
        let members: usize = entries.flat_map(|entry| sets(entry)).sum();
        let nodes = hierarchy.nodes().map(|(_, node)| node.beneath.bytes() + node.effective.bytes());
        let inverse: usize = people.groups.iter().map(|groups| size_of_val(groups) + groups.bytes()).sum();
        let holders = skills.holders.values().flat_map(|holders| holders.sets()).map(Set::bytes).sum::<usize>();
        let watchers = skills.watchers.len() * size_of::<((Comparison, u32), Option<Comparison>)>();
        let orders = people.ranking.bytes() + groups.ranking.bytes();
        [
            ("text", text),
            ("members", members + inverse),
            ("hierarchy", nodes.sum()),
            ("skills", holders + watchers),
            ("orders", orders),
        ]
    }

    /// A superset of the groups that have a person as a member or owner.
    pub(crate) fn possible_groups_of(&self, slot: u32) -> Set {
        let involved = self.people.groups.get(slot as usize).map(ShortSet::to_set).unwrap_or_default();
        involved.union(&self.skills.possible(self.people.held(slot)))
    }

    /// The union of the permissions of these roles.
    pub(crate) fn permissions_of(&self, roles: &[RoleId]) -> Permissions {
        roles.iter().filter_map(|id| self.roles.get(id)).fold(Permissions::NONE, |sum, role| sum.and(role.permissions))
    }
}
