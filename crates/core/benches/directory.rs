//! The cost of the directory itself, without a server: `cargo bench -p convoke-core`.
//!
//! 100,000 people, 10,000 groups, 1,000,000 memberships; the largest group has 50,000 members. Benchmarks of changes
//! rotate over all groups and people, so that the caches are as cold as in a server.

mod founding;

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
    World { directory, actor: Actor::Client(ClientId("admin".into())), people, groups }
});

fn records() -> Records {
    let mut rng = Rng::with_seed(1);
    let mut id = || uuid::Builder::from_random_bytes(rng.u128(..).to_ne_bytes()).into_uuid();
    let mut records = founding::records(PEOPLE, 0, &mut id, person);
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
        email: Some(Email::stored(&format!("person.{at}@example.org"))),
        texts: [(PersonText::Title, "Engineer"), (PersonText::Department, "Sales")]
            .map(|(text, line)| (text, Some(Line::stored(line))))
            .into_iter()
            .collect(),
        ..Person::blank(PersonId(id), Name::stored(&format!("Person {}", at * 7919 % PEOPLE)), home)
    }
}

fn group(id: Uuid, at: usize, people: &[Arc<Person>]) -> Group {
    let name = Name::stored(&format!("Group {}", at * 7919 % GROUPS));
    Group {
        owners: people.get(at).map(|person| person.id).into_iter().collect(),
        ..Group::blank(GroupId(id), name, GroupKind::Official, Visibility::Public)
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
fn page_of_the_largest(bencher: Bencher, number: usize) {
    let window = Window { start: 25 * (number - 1), count: 25 };
    let largest = WORLD.groups.first().copied().expect("there are groups");
    bencher.bench_local(|| {
        let view = view(&WORLD);
        let group = view.group(largest).expect("the group is there");
        view.members(group, window, Direction::Ascending).entries.len()
    });
}

/// A batch of added members, as in a commit. It is applied to a copy whose original is held by readers.
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
                Command::AddMembers { group, version: None, people: vec![Mention::Id(person)] }
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

/// Groups beneath groups. Each round starts with a copy whose original is held by readers. The copy is dropped outside
/// the measured time, because in a server readers drop it.
mod hierarchy {
    use super::*;

    const CHAIN: usize = 10;
    const SUBGROUPS: usize = 1_000;
    const MOVED: usize = 10;
    const BENEATH: usize = 50_000;

    /// The world with a chain, a root above many groups, and a separate tree of ten groups.
    struct Nested {
        directory: Directory,
        chain: Vec<GroupId>,
        root: GroupId,
        subgroups: Vec<GroupId>,
        tree: GroupId,
    }

    static NESTED: LazyLock<Nested> = LazyLock::new(|| nested(true));

    fn nested(include_owners: bool) -> Nested {
        let mut records = WORLD.directory.records();
        let mut rng = Rng::with_seed(5);
        let mut new = |n: usize| -> Vec<GroupId> {
            let groups = (0..n).map(|at| {
                let id = uuid::Builder::from_random_bytes(rng.u128(..).to_ne_bytes()).into_uuid();
                let group = Group { include_owners, ..group(id, GROUPS + at, &records.people) };
                records.groups.push((Arc::new(group), Stamp { version: 1, modified: Timestamp(0) }));
                GroupId(id)
            });
            groups.collect()
        };
        let (chain, subgroups, moved) = (new(CHAIN), new(SUBGROUPS), new(MOVED));
        let root = new(1).first().copied().expect("there is one");
        let tree = moved.first().copied().expect("there are some");
        records.edges.extend(chain.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))));
        records.edges.extend(subgroups.iter().map(|subgroup| (root, *subgroup)));
        records.edges.extend(moved.iter().skip(1).map(|subgroup| (tree, *subgroup)));
        // Each person is in one group beneath the root. Half of the members of the moved groups are beneath the root
        // already.
        let people = || records.people.iter().map(|person| person.id);
        let beneath = people().take(BENEATH).enumerate();
        let beneath = beneath.filter_map(|(at, person)| Some((*subgroups.get((at + 1) % SUBGROUPS)?, person)));
        let carried = people().skip(BENEATH - MOVED * 25).take(MOVED * 50).enumerate();
        let carried = carried.filter_map(|(at, person)| Some((*moved.get(at % MOVED)?, person)));
        let few = chain.iter().flat_map(|group| people().take(50).map(move |person| (*group, person)));
        records.individuals.extend(beneath.chain(carried).chain(few));
        let directory = Directory::build(records).expect("the records fit");
        Nested { directory, chain, root, subgroups, tree }
    }

    fn run(directory: &mut Directory, command: &Command) {
        let decided = decide(directory, &WORLD.actor, Permissions::NONE, Timestamp(1), command);
        for change in decided.expect("an administrator may").changes {
            directory.apply(&change).expect("what was decided fits");
        }
    }

    /// Runs a command on a new copy.
    fn command(bencher: Bencher, directory: &Directory, mut command: impl FnMut() -> Command) {
        bencher.with_inputs(|| (directory.clone(), command())).bench_local_values(|(mut copy, command)| {
            run(&mut copy, &command);
            (copy, command)
        });
    }

    fn attach() -> Command {
        Command::AddSubgroups { group: NESTED.root, version: None, subgroups: vec![NESTED.tree] }
    }

    /// Adds a member at the bottom of a chain of 10 groups.
    #[divan::bench]
    fn member_added(bencher: Bencher) {
        let mut rng = Rng::with_seed(6);
        let bottom = NESTED.chain.last().copied().expect("there are some");
        command(bencher, &NESTED.directory, || {
            let person = rng.choice(&WORLD.people).copied().expect("there are people");
            Command::AddMembers { group: bottom, version: None, people: vec![Mention::Id(person)] }
        });
    }

    /// Adds a member to a group without hierarchy, for comparison.
    #[divan::bench]
    fn member_added_to_a_flat_group(bencher: Bencher) {
        let mut rng = Rng::with_seed(7);
        let flat = WORLD.groups.get(1).copied().expect("there are some");
        command(bencher, &NESTED.directory, || {
            let person = rng.choice(&WORLD.people).copied().expect("there are people");
            Command::AddMembers { group: flat, version: None, people: vec![Mention::Id(person)] }
        });
    }

    /// Removes a member from the bottom of a chain of 10 groups.
    #[divan::bench]
    fn member_removed(bencher: Bencher) {
        let mut directory = NESTED.directory.clone();
        let bottom = NESTED.chain.last().copied().expect("there are some");
        let person = WORLD.people.last().copied().expect("there are people");
        run(&mut directory, &Command::AddMembers { group: bottom, version: None, people: vec![Mention::Id(person)] });
        command(bencher, &directory, || Command::RemoveMembers { group: bottom, people: vec![person] });
    }

    /// Puts ten groups beneath a root with 1,000 groups and 50,000 people beneath it.
    #[divan::bench]
    fn tree_attached(bencher: Bencher) {
        command(bencher, &NESTED.directory, attach);
    }

    #[divan::bench]
    fn tree_detached(bencher: Bencher) {
        let mut directory = NESTED.directory.clone();
        run(&mut directory, &attach());
        command(bencher, &directory, || Command::RemoveSubgroups { group: NESTED.root, subgroups: vec![NESTED.tree] });
    }

    /// Removes the maximum number of groups from beneath the root.
    #[divan::bench]
    fn many_detached(bencher: Bencher) {
        let subgroups: Vec<_> = NESTED.subgroups.iter().copied().take(limits::SUBGROUPS).collect();
        command(bencher, &NESTED.directory, || Command::RemoveSubgroups {
            group: NESTED.root,
            subgroups: subgroups.clone(),
        });
    }

    #[divan::bench]
    fn root_deleted(bencher: Bencher) {
        command(bencher, &NESTED.directory, || Command::DeleteGroup(NESTED.root));
    }

    #[divan::bench]
    fn hierarchy_counts(bencher: Bencher) {
        let view = admit(&NESTED.directory, &WORLD.actor, Permissions::NONE).expect("an active client");
        let root = view.group(NESTED.root).expect("it is there");
        bencher.bench_local(|| view.hierarchy_counts(root));
    }

    /// Each group beneath has an owner who is not a member.
    #[divan::bench]
    fn census_with_silent_owners(bencher: Bencher) {
        let nested = nested(false);
        let view = admit(&nested.directory, &WORLD.actor, Permissions::NONE).expect("an active client");
        let root = view.group(nested.root).expect("it is there");
        bencher.bench_local(|| view.hierarchy_counts(root));
    }

    /// The first page.
    #[divan::bench]
    fn effective_members(bencher: Bencher) {
        let view = admit(&NESTED.directory, &WORLD.actor, Permissions::NONE).expect("an active client");
        let root = view.group(NESTED.root).expect("it is there");
        let window = Window::first(25);
        bencher.bench_local(|| view.effective_members(root, window, Direction::Ascending).total);
    }
}
