//! The most expensive rules and searches: `cargo bench -p convoke-core --bench sets`.
//!
//! 1,000,000 people with 1 to 6 of 200 skills, 10,000 groups with rules of 3 to 6 conditions. First come percentiles of
//! changes of one person's skills, then the other benchmarks.

#![expect(clippy::indexing_slicing, reason = "tables of words, and the modulus beside")]

mod founding;

use convoke_core::*;
use divan::Bencher;
use fastrand::Rng;
use founding::STAMP;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PEOPLE: usize = 1_000_000;
const RULES: usize = 10_000;
const SKILLS: usize = 200;
const FIRST: [&str; 12] =
    ["Ada", "Ben", "Carla", "Dmitri", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kemal", "Lena"];
const LAST: [&str; 12] =
    ["Abel", "Berg", "Costa", "Dvorak", "Engel", "Fuchs", "Grant", "Haas", "Ito", "Jansen", "Kaya", "Lopez"];
const TEAMS: [&str; 8] = ["Night shift", "Billing", "Support", "Sales", "Returns", "Claims", "Dispatch", "Field"];

fn main() {
    LazyLock::force(&WORLD);
    for batch in [1, 16] {
        percentiles(batch);
    }
    divan::main();
}

struct World {
    directory: Directory,
    actor: Actor,
    people: Vec<PersonId>,
    skills: Vec<SkillId>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let records = records();
    let people = records.people.iter().map(|person| person.id).collect();
    let skills = records.skills.iter().map(|skill| skill.id).collect();
    let began = Instant::now();
    let directory = Directory::build(records).expect("the records fit");
    println!("built in {:.1?}; bytes: {:?}", began.elapsed(), directory.memory());
    World { directory, actor: Actor::Client(ClientId("admin".into())), people, skills }
});

fn records() -> Records {
    let mut rng = Rng::with_seed(1);
    let mut id = || uuid::Builder::from_random_bytes(rng.u128(..).to_ne_bytes()).into_uuid();
    let mut records = founding::records(PEOPLE, SKILLS, &mut id, person);
    records.groups = (0..RULES).map(|at| (group(id(), at), STAMP)).collect();
    let mut rng = Rng::with_seed(2);
    for (group, _) in &mut records.groups {
        let rule = rule(&mut rng, &records.skills)
            .try_map(&|_, skill: &SkillId| Ok::<_, ()>(NamedSkill { id: *skill, by_name: false }));
        let rule = rule.expect("every skill is there");
        Arc::get_mut(group).expect("nobody has it yet").rule =
            Some(Arc::new(GroupRule { rule, modified: Timestamp(0) }));
    }
    for person in &records.people {
        for skill in distinct(&mut rng, &records.skills) {
            let proficiency = Proficiency::new(f64::from(rng.u8(0..=5))).expect("0 to 5");
            records.held.push((person.id, HeldSkill { skill, proficiency }));
        }
    }
    records
}

/// 1 to 6 skills.
fn distinct(rng: &mut Rng, skills: &[Arc<Skill>]) -> Vec<SkillId> {
    let n = rng.usize(1..=6);
    let mut picked: Vec<SkillId> = rng.choose_multiple(skills.iter(), n).into_iter().map(|skill| skill.id).collect();
    picked.sort();
    picked
}

/// 3 to 6 conditions: two that must hold, and others that may or must not.
fn rule(rng: &mut Rng, skills: &[Arc<Skill>]) -> Rule<SkillId> {
    let mut condition = || Condition {
        kind: SkillKind::Routing,
        skill: rng.choice(skills).expect("there are skills").id,
        comparator: *rng.choice(Comparator::ALL.iter()).expect("there are comparators"),
        proficiency: rng.u8(0..=5),
        children: Vec::new(),
    };
    let mut node = |tag, n: usize| RuleNode { tag, conditions: (0..n).map(|_| condition()).collect() };
    let (first, or, not) = (node(Tag::And, 2), node(Tag::Or, 2), node(Tag::Not, 1));
    let more = node(Tag::And, 1);
    let nodes = match shape_of(&first) {
        0 => vec![first, more],
        1 => vec![first, or],
        2 => vec![first, or, not],
        _ => vec![first, or, not, more],
    };
    Rule::new(nodes).expect("within the limits")
}

/// A number from 0 to 3 that depends only on the node.
fn shape_of(node: &RuleNode<SkillId>) -> usize {
    node.conditions.iter().map(|condition| usize::from(condition.proficiency)).sum::<usize>() % 4
}

fn person(id: Uuid, home: DivisionId, at: usize) -> Person {
    let (first, last) = (FIRST[at % FIRST.len()], LAST[at / FIRST.len() % LAST.len()]);
    Person {
        email: Some(Email::stored(&format!("{first}.{last}.{at}@example.org"))),
        texts: [(PersonText::Title, "Engineer"), (PersonText::Department, "Sales")]
            .map(|(text, line)| (text, Some(Line::stored(line))))
            .into_iter()
            .collect(),
        ..Person::blank(PersonId(id), Name::stored(&format!("{first} {last} {at}")), home)
    }
}

fn group(id: Uuid, at: usize) -> Arc<Group> {
    let name = Name::stored(&format!("{} {at}", TEAMS[at % TEAMS.len()]));
    Arc::new(Group::blank(GroupId(id), name, GroupKind::Official, Visibility::Public))
}

fn view(world: &World) -> View<'_> {
    admit(&world.directory, &world.actor, Permissions::NONE).expect("an active client")
}

/// Measures many changes of one skill of one person. Each is decided, and applied to a copy. As in a commit, each batch
/// gets a new copy while readers hold the previous one.
fn percentiles(batch: usize) {
    const CHANGES: usize = 40_000;
    let mut rng = Rng::with_seed(3);
    let mut published = WORLD.directory.clone();
    let mut times: Vec<Duration> = Vec::with_capacity(CHANGES);
    let mut n_changes = 0;
    while times.len() < CHANGES {
        let mut copy = published.clone();
        for _ in 0..batch {
            let person = *rng.choice(&WORLD.people).expect("there are people");
            let skill = rng.choice(&WORLD.skills).expect("there are skills").to_string();
            let proficiency = Proficiency::new(f64::from(rng.u8(0..=5))).expect("0 to 5");
            let command =
                HoldSkill { person, kind: SkillKind::Routing, skill, proficiency, mode: HoldMode::Add }.into();
            let began = Instant::now();
            let decided = decide(&copy, &WORLD.actor, Permissions::NONE, Timestamp(1), &command);
            for change in decided.expect("an administrator may").changes {
                copy.apply(&change).expect("what was decided fits");
                n_changes += 1;
            }
            times.push(began.elapsed());
        }
        published = copy;
    }
    times.sort_unstable();
    let at = |part: usize| times[times.len() * part / 1000];
    println!(
        "a skill of a person set, in batches of {batch}: p50 {:.1?}, p90 {:.1?}, p99 {:.1?}, p99.9 {:.1?}, {n_changes} changes",
        at(500),
        at(900),
        at(990),
        at(999)
    );
}

fn comparisons(rng: &mut Rng, tags: &[Tag]) -> Rule<String> {
    let nodes = tags.iter().map(|tag| RuleNode {
        tag: *tag,
        conditions: vec![Condition {
            kind: SkillKind::Routing,
            skill: rng.choice(&WORLD.skills).expect("there are skills").to_string(),
            comparator: Comparator::GreaterThanOrEqualTo,
            proficiency: rng.u8(1..=3),
            children: Vec::new(),
        }],
    });
    Rule::new(nodes.collect()).expect("within the limits")
}

fn preview(bencher: Bencher, tags: &[Tag]) {
    let mut rng = Rng::with_seed(4);
    bencher
        .with_inputs(|| comparisons(&mut rng, tags))
        .bench_local_values(|rule| view(&WORLD).preview(&rule, None).expect("the skills are there").total);
}

#[divan::bench]
fn preview_of_four_that_must_hold(bencher: Bencher) {
    preview(bencher, &[Tag::And; 4]);
}

#[divan::bench]
fn preview_with_or_and_not(bencher: Bencher) {
    preview(bencher, &[Tag::And, Tag::Or, Tag::Or, Tag::Not]);
}

/// Evaluates every rule over the sets, as at a start.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn all_rules(bencher: Bencher) {
    let groups = view(&WORLD).groups(Window::first(500), Direction::Ascending).total;
    assert_eq!(groups, RULES);
    bencher.bench_local(|| verify::rules(&WORLD.directory));
}

fn group_search(bencher: Bencher, test: impl Fn(&mut Rng) -> Test) {
    let mut rng = Rng::with_seed(5);
    let window = Window::first(25);
    bencher
        .with_inputs(|| {
            let own = Expression::Leaf(Criterion::new(GroupField::Name, test(&mut rng)).expect("names are text"));
            Search::new(vec![Criteria { tag: Tag::And, own: Some(own), group: Vec::new() }], Vec::new())
                .expect("within the limits")
        })
        .bench_local_values(|search| {
            view(&WORLD).search_groups(&search, window, &CancelFlag::default()).map(|found| found.total)
        });
}

fn text(how: Match, text: &str) -> Test {
    Test::text(how, [text]).expect("there is a text")
}

#[divan::bench]
fn groups_by_prefix(bencher: Bencher) {
    group_search(bencher, |rng| {
        text(Match::Beginning, &format!("{} {}", rng.choice(TEAMS).expect("a team"), rng.u8(1..=9)))
    });
}

#[divan::bench]
fn groups_by_substring(bencher: Bencher) {
    group_search(bencher, |rng| text(Match::Inside, &rng.u16(100..999).to_string()));
}

#[divan::bench]
fn groups_by_pattern(bencher: Bencher) {
    group_search(bencher, |rng| {
        Test::Patterns(vec![Pattern::new(&format!(".*i.*{}.*", rng.u16(10..99))).expect("a pattern")])
    });
}

fn people_search(bencher: Bencher, test: impl Fn(&mut Rng) -> Test, order: &[SortKey<PersonField>]) {
    let mut rng = Rng::with_seed(6);
    let window = Window::first(25);
    bencher
        .with_inputs(|| {
            let own = Expression::Leaf(Criterion::new(PersonField::Name, test(&mut rng)).expect("names are text"));
            Search::new(vec![Criteria { tag: Tag::And, own: Some(own), group: Vec::new() }], order.to_vec())
                .expect("within the limits")
        })
        .bench_local_values(|search| {
            view(&WORLD).search_people(&search, window, &CancelFlag::default()).map(|found| found.total)
        });
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn people_by_substring(bencher: Bencher) {
    people_search(bencher, |rng| text(Match::Inside, &rng.u16(1000..9999).to_string()), &[]);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn people_by_pattern(bencher: Bencher) {
    people_search(bencher, |_| Test::Patterns(vec![Pattern::new(".*a.*9.*").expect("a pattern")]), &[]);
}

/// A twelfth of all people, in an order that is not maintained.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn people_by_email(bencher: Bencher) {
    let order = [SortKey::by(PersonField::Email, Direction::Ascending).expect("it has one value")];
    people_search(bencher, |rng| text(Match::Beginning, rng.choice(FIRST).expect("a name")), &order);
}

#[divan::bench]
fn a_pattern_compiled(bencher: Bencher) {
    bencher.bench_local(|| Pattern::new(divan::black_box(".*night.*east.*")).is_ok());
}

/// The largest accepted pattern.
#[divan::bench]
fn a_large_pattern_compiled(bencher: Bencher) {
    let large = (1..).map(|n| format!(r"\w{{{n}}}")).take_while(|pattern| Pattern::new(pattern).is_ok()).last();
    let large = large.expect("one is small enough");
    println!("{large}");
    bencher.bench_local(|| Pattern::new(divan::black_box(&large)).is_ok());
}
