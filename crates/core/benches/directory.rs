//! What the directory itself costs, without a server around it: `cargo bench -p convoke-core`.
//!
//! 100,000 people, 10,000 groups, 1,000,000 memberships; the largest group has 50,000. The changing
//! benchmarks take turns over all groups and people, so what they touch is as cold as it would be.

use convoke_core::*;
use divan::Bencher;
use fastrand::Rng;
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PEOPLE: usize = 100_000;
const GROUPS: usize = 10_000;
const LARGEST: usize = 50_000;
const REST: usize = 950_000;

fn main() {
    LazyLock::force(&WORLD);
    divan::main();
}

struct World {
    directory: Directory,
    actor: Actor,
    people: Vec<PersonId>,
    groups: Vec<GroupId>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let records = records();
    let people = records.people.iter().map(|person| person.id).collect();
    let groups = records.groups.iter().map(|(group, _)| group.id).collect();
    let directory = Directory::build(records).expect("the records fit");
    World { directory, actor: Actor { client: ClientId("admin".into()) }, people, groups }
});

fn records() -> Records {
    let mut rng = Rng::with_seed(1);
    let mut id = || uuid::Builder::from_random_bytes(rng.u128(..).to_ne_bytes()).into_uuid();
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
    records.people.extend((1..PEOPLE).map(|at| Arc::new(person(id(), home, at))));
    records.groups.extend(
        (0..GROUPS)
            .map(|at| (Arc::new(group(id(), at, &records.people)), Stamp { version: 1, modified: Timestamp(0) })),
    );
    let mut rng = Rng::with_seed(2);
    let largest = records.groups.first().map(|(group, _)| group.id);
    let large = records.people.iter().take(LARGEST).filter_map(|person| Some((largest?, person.id)));
    let small = (0..REST).filter_map(|at| {
        let (group, _) = records.groups.get(1 + at % (GROUPS - 1))?;
        Some((group.id, records.people.get(rng.usize(..PEOPLE))?.id))
    });
    let mut individuals: Vec<_> = large.chain(small).collect();
    individuals.sort_unstable();
    individuals.dedup();
    records.individuals = individuals;
    records
}

fn person(id: Uuid, home: DivisionId, at: usize) -> Person {
    Person {
        id: PersonId(id),
        version: 1,
        state: PersonState::Active,
        name: Name::stored(&format!("Person {}", at * 7919 % PEOPLE)),
        email: Email::stored(&format!("person.{at}@example.org")),
        username: None,
        preferred_name: None,
        title: Some(Line::stored("Engineer")),
        department: Some(Line::stored("Sales")),
        division: home,
        manager: None,
        addresses: Vec::new(),
        images: Vec::new(),
        profile_skills: Vec::new(),
        certifications: Vec::new(),
        employer: None,
        biography: None,
        acd_auto_answer: false,
    }
}

fn group(id: Uuid, at: usize, people: &[Arc<Person>]) -> Group {
    Group {
        id: GroupId(id),
        name: Name::stored(&format!("Group {}", at * 7919 % GROUPS)),
        description: None,
        kind: GroupKind::Official,
        visibility: Visibility::Public,
        state: GroupState::Active,
        rules_visible: true,
        roles_enabled: true,
        include_owners: true,
        calls_enabled: true,
        email: None,
        owners: people.get(at).map(|person| person.id).into_iter().collect(),
        addresses: Vec::new(),
        images: Vec::new(),
        voicemail: None,
        rule: None,
    }
}

fn view(world: &World) -> View<'_> {
    admit(&world.directory, &world.actor, Permissions::NONE).expect("an active client")
}

#[divan::bench]
fn group_by_id(bencher: Bencher) {
    let mut rng = Rng::with_seed(3);
    bencher
        .with_inputs(|| rng.choice(&WORLD.groups).copied().expect("there are groups"))
        .bench_local_values(|id| view(&WORLD).group(id).map(|entry| entry.member_count()));
}

#[divan::bench(args = [1, 1000, 2000])]
fn page_of_the_largest(bencher: Bencher, number: i64) {
    let page = Page::new(None, Some(number)).expect("a page");
    let largest = WORLD.groups.first().copied().expect("there are groups");
    bencher.bench_local(|| {
        let view = view(&WORLD);
        let group = view.group(largest).expect("the group is there");
        view.members(group, page, Direction::Ascending).entries.len()
    });
}

/// A batch of member adds, as a commit has them, on a copy whose original readers hold.
#[divan::bench(args = [1, 16, 256])]
fn members_added(bencher: Bencher, batch: usize) {
    let mut rng = Rng::with_seed(4);
    let mut published = WORLD.directory.clone();
    bencher
        .counter(divan::counter::ItemsCount::new(batch))
        .with_inputs(|| -> Vec<Command> {
            let mut choose = || {
                let group = rng.choice(&WORLD.groups).copied().expect("there are groups");
                let person = rng.choice(&WORLD.people).copied().expect("there are people");
                Command::AddMembers { group, version: None, people: vec![person] }
            };
            (0..batch).map(|_| choose()).collect()
        })
        .bench_local_values(|commands| {
            let mut copy = published.clone();
            for command in &commands {
                let decided = decide(&copy, &WORLD.actor, Permissions::NONE, Timestamp(1), command);
                for change in decided.expect("an administrator may").changes {
                    copy.apply(&change).expect("what was decided fits");
                }
            }
            published = copy;
        });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn built_from_records(bencher: Bencher) {
    let records = WORLD.directory.records();
    bencher.with_inputs(|| records.clone()).bench_local_values(|records| Directory::build(records).is_ok());
}
