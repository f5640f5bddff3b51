//! The cost of commands with many consequences: `cargo bench -p convoke-core --bench bulk`.
//!
//! 100,000 people with 20 of 200 skills each. 3,000 rules of 64 comparisons name the same skill, which is almost the
//! limit; 7,000 more, for the deletion of the skill, do not. One owner has 2,450 groups and another 10,000, with 500
//! owners and 1,000 members each.

#![expect(clippy::indexing_slicing, reason = "a bench that indexes wrongly fails, as it should")]

mod founding;

use convoke_core::*;
use divan::Bencher;
use fastrand::Rng;
use std::sync::Arc;
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PEOPLE: usize = 100_000;
const SKILLS: usize = 200;
const HELD: usize = 20;
/// Groups with rules, and how many of these name the first skill.
const RULES: usize = 10_000;
const NAMING: usize = 3_000;
/// The number of commands in one commit.
const BATCH: usize = 1_024;

fn main() {
    divan::main();
}

/// How the comparisons of a rule are combined.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// All must hold: the skill at any level, and 63 others that are true for those who have them.
    All,
    /// At least one must hold.
    Any,
    /// The skill or another one, and none of 62.
    Mixed,
    /// Not the skill, and one of 63.
    Not,
}

const SHAPES: [Shape; 4] = [Shape::All, Shape::Any, Shape::Mixed, Shape::Not];

struct World {
    directory: Directory,
    actor: Actor,
    people: Vec<PersonId>,
    skills: Vec<SkillId>,
}

fn uuid(rng: &mut Rng) -> Uuid {
    uuid::Builder::from_random_bytes(rng.u128(..).to_ne_bytes()).into_uuid()
}

/// People and their skills, without groups.
fn records(rng: &mut Rng) -> (Records, Vec<SkillId>) {
    let mut records = founding::records(PEOPLE, SKILLS, || uuid(rng), person);
    let skills: Vec<SkillId> = records.skills.iter().map(|skill| skill.id).collect();
    for person in &records.people {
        // Nearly everyone has the first skill.
        let first = (rng.u8(..10) > 0).then_some(0);
        let others = rng.choose_multiple(1..SKILLS, HELD);
        for at in first.into_iter().chain(others) {
            let proficiency = Proficiency::new(f64::from(rng.u8(0..=5))).expect("up to 5");
            records.held.push((person.id, HeldSkill { skill: skills[at], proficiency }));
        }
    }
    (records, skills)
}

fn world(more: impl FnOnce(&mut Records, &[SkillId], &mut Rng)) -> World {
    let mut rng = Rng::with_seed(1);
    let (mut records, skills) = records(&mut rng);
    more(&mut records, &skills, &mut rng);
    let people = records.people.iter().map(|person| person.id).collect();
    let directory = Directory::build(records).expect("the records fit");
    World { directory, actor: Actor::Client(ClientId("admin".into())), people, skills }
}

fn person(id: Uuid, home: DivisionId, at: usize) -> Person {
    Person {
        email: Some(Email::stored(&format!("person.{at}@example.org"))),
        ..Person::blank(PersonId(id), Name::stored(&format!("Person {}", at * 7919 % PEOPLE)), home)
    }
}

fn group(id: Uuid, at: usize) -> Group {
    let name = Name::stored(&format!("Group {}", at * 7919 % RULES));
    Group::blank(GroupId(id), name, GroupKind::Official, Visibility::Public)
}

/// A rule with the maximum number of comparisons. One of them is of a skill that nearly everyone has.
fn rule<S: Clone>(rng: &mut Rng, shape: Shape, skills: &[S], first: usize) -> Rule<S> {
    let mut condition = |at: usize, comparators: &[Comparator], proficiency: u8| Condition {
        kind: SkillKind::Routing,
        skill: skills[at].clone(),
        comparator: *rng.choice(comparators).expect("there are some"),
        proficiency,
        children: Vec::new(),
    };
    let first = condition(first, &[Comparator::GreaterThanOrEqualTo], 0);
    let at_all = [Comparator::GreaterThanOrEqualTo, Comparator::LessThanOrEqualTo];
    let others: Vec<_> = match shape {
        Shape::All => (1..64).map(|at| condition(at % 20 + 1, &at_all[..1], 0)).collect(),
        Shape::Any | Shape::Not => {
            (1..64).map(|at| condition(at * 3 % SKILLS, &Comparator::ALL, at as u8 % 6)).collect()
        }
        Shape::Mixed => (1..64).map(|at| condition(at * 3 % SKILLS, &[Comparator::EqualTo], at as u8 % 6)).collect(),
    };
    let node = |tag, conditions: &[Condition<S>]| RuleNode { tag, conditions: conditions.to_vec() };
    let first = [first];
    Rule::new(match shape {
        Shape::All => vec![node(Tag::And, &first), node(Tag::And, &others)],
        Shape::Any => vec![node(Tag::Or, &first), node(Tag::Or, &others)],
        Shape::Mixed => vec![node(Tag::Or, &first), node(Tag::Or, &others[..1]), node(Tag::Not, &others[1..])],
        Shape::Not => vec![node(Tag::Not, &first), node(Tag::Or, &others)],
    })
    .expect("within the limits")
}

fn run(directory: &mut Directory, actor: &Actor, command: &Command) {
    let decided = decide(directory, actor, Permissions::NONE, Timestamp(1), command);
    for change in decided.expect("an administrator may").changes {
        directory.apply(&change).expect("what was decided fits");
    }
}

/// Groups with rules from an import. Each batch is applied to a copy whose original is held by readers.
#[divan::bench(args = SHAPES, sample_count = 1, sample_size = 1)]
fn rules_imported(bencher: Bencher, shape: Shape) {
    let world = world(|_, _, _| ());
    let mut rng = Rng::with_seed(2);
    let names: Vec<String> = (0..SKILLS).map(|at| format!("Skill {at}")).collect();
    let row = |at: usize, rng: &mut Rng| {
        let edit = GroupEdit { name: Some(Name::stored(&format!("Group {at}"))), ..GroupEdit::default() };
        let rule = Some(rule(rng, shape, &names, 0));
        GroupCommand::Put(Box::new(GroupRow { id: GroupId(uuid(rng)), kind: None, edit, owners: None, rule })).into()
    };
    let rows: Vec<Command> = (0..NAMING).map(|at| row(at, &mut rng)).collect();
    bencher.with_inputs(|| world.directory.clone()).bench_local_values(|mut published| {
        for batch in rows.chunks(BATCH) {
            let mut copy = published.clone();
            batch.iter().for_each(|command| run(&mut copy, &world.actor, command));
            published = copy;
        }
        published
    });
}

/// Deletes a skill that many rules name and nearly everyone has.
#[divan::bench(args = SHAPES, sample_count = 1, sample_size = 1)]
fn skill_deleted(bencher: Bencher, shape: Shape) {
    let world = world(|records, skills, rng| {
        records.groups.extend((0..RULES).map(|at| {
            let first = usize::from(at >= NAMING);
            let rule =
                rule(rng, shape, skills, first).try_map(&|_, id| Ok::<_, ()>(NamedSkill { id: *id, by_name: false }));
            let rule = GroupRule { rule: rule.expect("every skill is there"), modified: Timestamp(0) };
            let group = Group { rule: Some(Arc::new(rule)), ..group(uuid(rng), at) };
            (Arc::new(group), Stamp { version: 1, modified: Timestamp(0) })
        }));
    });
    let command = Command::DeleteSkill(world.skills[0], SkillKind::Routing);
    bencher.with_inputs(|| world.directory.clone()).bench_local_values(|mut copy| {
        run(&mut copy, &world.actor, &command);
        copy
    });
}

/// Deletes an owner of many groups, each with the maximum number of owners.
#[divan::bench(args = [2_450, 10_000], sample_count = 3, sample_size = 1)]
fn owner_deleted(bencher: Bencher, n_groups: usize) {
    let world = world(|records, _, rng| {
        records.held.clear();
        let people: Vec<PersonId> = records.people.iter().map(|person| person.id).collect();
        for at in 0..n_groups {
            let others = (1..limits::OWNERS).map(|n| people[(at * 7 + n * 13) % (PEOPLE - 1) + 1]);
            let mut owners: Vec<PersonId> = others.collect();
            owners.insert(limits::OWNERS / 2, people[0]);
            let group = Group { owners, ..group(uuid(rng), at) };
            let members = (0..1_000).map(|n| people[(at * 11 + n * 17) % (PEOPLE - 1) + 1]);
            records.individuals.extend(members.map(|person| (group.id, person)));
            records.groups.push((Arc::new(group), Stamp { version: 1, modified: Timestamp(0) }));
        }
    });
    let command = Command::DeletePerson(world.people[0]);
    bencher.with_inputs(|| world.directory.clone()).bench_local_values(|mut copy| {
        run(&mut copy, &world.actor, &command);
        copy
    });
}
