//! The beginning of every benchmark's directory: an organisation with people and skills, and without groups.

use convoke_core::{
    ClientId, DEFAULT_ROLES, Directory, DivisionId, Name, Organisation, OrganisationId, Person, Records, RoleId, Skill,
    SkillId, SkillKind, Stamp, Timestamp, found,
};
use std::sync::Arc;
use uuid::Uuid;

/// The version and date of everything.
pub const STAMP: Stamp = Stamp { version: 1, modified: Timestamp(0) };

/// The records of a new organisation. `person` makes a person from an id, a division and a number; the first one founds the
/// organisation. Its administrator is the client `admin`.
pub fn records(
    n_people: usize,
    n_skills: usize,
    mut id: impl FnMut() -> Uuid,
    mut person: impl FnMut(Uuid, DivisionId, usize) -> Person,
) -> Records {
    let home = DivisionId(id());
    let organisation = Organisation { id: OrganisationId(id()), name: Name::stored("o"), home, created: Timestamp(0) };
    let roles = DEFAULT_ROLES.iter().map(|_| RoleId(id())).collect::<Vec<_>>();
    let roles = roles.try_into().expect("an id for each role");
    let founder = person(id(), home, 0);
    let mut directory = Directory::new(Arc::new(organisation.clone()));
    for change in found(organisation, roles, founder, (ClientId("admin".into()), "".into())) {
        directory.apply(&change).expect("a founding fits");
    }
    let mut records = directory.records();
    records.people.extend((1..n_people).map(|at| Arc::new(person(id(), home, at))));
    let skill = |at: usize, id| {
        let name = Name::stored(&format!("Skill {at}"));
        Arc::new(Skill { id: SkillId(id), kind: SkillKind::Routing, name, deleted: false, stamp: STAMP })
    };
    records.skills = (0..n_skills).map(|at| skill(at, id())).collect();
    records
}
