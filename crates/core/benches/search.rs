//! The cost of searches, beside their estimates: `cargo bench -p convoke-core --bench search`.
//!
//! 20,000 people by default; another number may be given as an argument. For each search, this prints the estimate, the
//! shortest of several measured times, and their ratio. Every ratio should be between one third and three.

#![expect(clippy::indexing_slicing, reason = "tables of words, and the modulus beside")]

mod founding;

use convoke_core::*;
use founding::STAMP;
use std::ops::Bound;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PEOPLE: usize = 20_000;
const GROUPS: usize = 2_000;
const FIRST: [&str; 16] = [
    "Ada", "Ben", "Carla", "Dmitri", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kemal", "Lena", "Zoë",
    "Øyvind", "Maria", "Nils",
];
const LAST: [&str; 12] =
    ["Abel", "Berg", "Costa", "Dvorak", "Engel", "Fuchs", "Grant", "Haas", "Ito", "Jansen", "Kaya", "Straße"];
const TEAMS: [&str; 8] = ["Night shift", "Billing", "Support", "Sales", "Returns", "Claims", "Dispatch", "Field"];
const TITLES: [&str; 4] = ["Engineer", "Team lead", "Senior agent", "Agent"];
const TEXTS: [PersonField; 4] = [PersonField::Name, PersonField::Email, PersonField::Department, PersonField::Title];

struct World {
    directory: Directory,
    actor: Actor,
    people: Vec<String>,
    groups: Vec<String>,
}

fn main() {
    let n_people = std::env::args().filter_map(|text| text.parse().ok()).next().unwrap_or(PEOPLE);
    let world = world(n_people);
    println!(
        "{n_people} people, {GROUPS} groups\n{:44} {:>12} {:>12} {:>7} {:>8}",
        "", "estimate", "measured", "ratio", "hits"
    );
    for (what, search) in people_searches(&world) {
        let view = view(&world);
        let estimate = view.work_of_people(&search);
        let found =
            || view.search_people(&search, Window::first(25), &CancelFlag::default()).expect("nobody stops it").total;
        row(what, estimate, found);
    }
    for (what, search) in group_searches(&world) {
        let view = view(&world);
        let estimate = view.work_of_groups(&search);
        let found =
            || view.search_groups(&search, Window::first(25), &CancelFlag::default()).expect("nobody stops it").total;
        row(what, estimate, found);
    }
}

/// Runs a search for about a third of a second, but at least once.
fn row(what: &str, estimate: usize, found: impl Fn() -> usize) {
    let (mut least, mut spent, mut hits) = (Duration::MAX, Duration::ZERO, 0);
    while spent < Duration::from_millis(300) {
        let began = Instant::now();
        hits = found();
        let took = began.elapsed();
        (least, spent) = (least.min(took), spent + took);
    }
    let ratio = estimate as f64 / least.as_nanos() as f64;
    println!("{what:44} {estimate:>12} {:>12.1?} {ratio:>7.2} {hits:>8}", least);
}

fn view(world: &World) -> View<'_> {
    admit(&world.directory, &world.actor, Permissions::NONE).expect("an active client")
}

fn text(how: Match, values: impl IntoIterator<Item = impl AsRef<str>>) -> Test {
    let values: Vec<String> = values.into_iter().map(|value| value.as_ref().to_owned()).collect();
    Test::text(how, values.iter().map(String::as_str)).expect("there are values")
}

fn pattern(text: &str) -> Test {
    Test::Patterns(vec![Pattern::new(text).expect("a pattern")])
}

/// One entry of a criteria list, over these fields.
fn entry<F: SearchField>(tag: Tag, fields: &[F], test: &Test) -> Criteria<F> {
    let leaf = |field: &F| Expression::Leaf(Criterion::new(*field, test.clone()).expect("the test fits the field"));
    let own = Expression::list(fields.iter().map(|field| (Tag::Or, leaf(field))));
    Criteria { tag, own: Some(own), group: Vec::new() }
}

fn one<F: SearchField>(field: F, test: &Test) -> Search<F> {
    search(vec![entry(Tag::And, &[field], test)], Vec::new())
}

fn search<F: SearchField>(criteria: Vec<Criteria<F>>, order: Vec<SortKey<F>>) -> Search<F> {
    Search::new(criteria, order).expect("within the limits")
}

/// Words of which people have some, and do not have most.
fn words(from: usize, n: usize) -> Vec<String> {
    let word = |at: usize| match at % 7 {
        0 => FIRST[at / 7 % FIRST.len()].to_owned(),
        1 => LAST[at / 7 % LAST.len()].to_owned(),
        2 => (at * 37 % PEOPLE).to_string(),
        _ => format!("{}{}", FIRST[at * 5 % FIRST.len()], LAST[at * 3 % LAST.len()]),
    };
    (from..from + n).map(word).collect()
}

/// A search close to the limits: words in many fields, and patterns that match everyone.
fn costly(order: Vec<SortKey<PersonField>>) -> Search<PersonField> {
    let terms = (0..14).map(|at| entry(Tag::Or, &TEXTS, &text(Match::Word, words(at * 31, 31))));
    let patterns = ["[a-zøë]+ .*", ".*a.*e.*[0-9]+", "(.*[0-9]){3}.*", "(a|b|c|d).*@.*"];
    let patterns = patterns.iter().map(|text| entry(Tag::Or, &[PersonField::Name, PersonField::Email], &pattern(text)));
    search(terms.chain(patterns).collect(), order)
}

fn people_searches(world: &World) -> Vec<(&'static str, Search<PersonField>)> {
    use PersonField::*;
    let by = |field| SortKey::by(field, Direction::Ascending).expect("it has one value");
    let many = |n: usize, how: Match, value: &str| {
        let entries = (0..n).map(|at| entry(Tag::Or, &[Name], &text(how, [format!("{value}{at}")])));
        search(entries.collect(), Vec::new())
    };
    let pairs = ('a'..='z').flat_map(|one| ('a'..='s').map(move |other| format!("{one}{other}")));
    vec![
        ("contains", one(Name, &text(Match::Inside, ["erg 12"]))),
        ("contains what most have", one(Email, &text(Match::Inside, ["e"]))),
        ("begins with", one(Name, &text(Match::Beginning, ["Ada B"]))),
        ("is", one(Email, &text(Match::Whole, ["ada.abel.0@example.org"]))),
        ("is one of 200", one(Email, &text(Match::Whole, words(0, 200)))),
        ("contains one of 31", one(Name, &text(Match::Inside, words(0, 31)))),
        ("contains one of 494 pairs", one(Email, &text(Match::Inside, pairs))),
        ("has a word", one(Name, &text(Match::Word, ["Berg"]))),
        ("has one of 31 words", one(Name, &text(Match::Word, words(0, 31)))),
        ("has one of 500 words", one(Name, &text(Match::Word, words(0, 500)))),
        (
            "has one of 31 words in 4 fields",
            search(vec![entry(Tag::And, &TEXTS, &text(Match::Word, words(0, 31)))], vec![]),
        ),
        (
            "14 times 31 words in 1 field",
            search((0..14).map(|at| entry(Tag::Or, &[Name], &text(Match::Word, words(at * 31, 31)))).collect(), vec![]),
        ),
        ("64 times contains", many(64, Match::Inside, "berg 1")),
        ("64 times has a word", many(64, Match::Word, "berg ")),
        (
            "contains, by score",
            search(vec![entry(Tag::And, &[Name], &text(Match::Inside, ["a"]))], vec![SortKey::by_score()]),
        ),
        (
            "contains, in 4 fields, by score",
            search(vec![entry(Tag::And, &TEXTS, &text(Match::Inside, ["er"]))], vec![SortKey::by_score()]),
        ),
        ("all, by department", search(vec![], vec![by(Department)])),
        (
            "all, by 8 fields",
            search(
                vec![],
                vec![by(State), by(Title), by(Department), by(Manager), by(Username), by(Email), by(Name), by(Id)],
            ),
        ),
        ("pattern with a rare part", one(Name, &pattern(".*erg 12.*"))),
        ("pattern with a common part", one(Name, &pattern(".*er.*1"))),
        ("pattern with no part", one(Name, &pattern("[a-m]+ [n-z]+ .*"))),
        ("pattern with no part, of e-mail", one(Email, &pattern("[^.]+\\.[a-m]+\\..*"))),
        ("pattern that is large", one(Email, &pattern("(.*[aeiou].?[a-z]{1,20}){10}.*[0-9]{2,30}x"))),
        ("pattern of any letters", one(Name, &pattern("(\\w+ ?){2,6}\\d{1,40}x"))),
        ("pattern that is very large", one(Email, &pattern("(.*\\pL.{0,30}[^a]){8}x"))),
        (
            "8 patterns of e-mail",
            search(
                (0..8)
                    .map(|at| entry(Tag::Or, &[Email], &pattern(&format!("[a-z]+\\.[a-z]+\\.{at}[0-4]+@.*"))))
                    .collect(),
                vec![],
            ),
        ),
        ("name from to", one(Name, &Test::TextBetween(Bound::Included("b".into()), Bound::Excluded("d".into())))),
        ("has a department", one(Department, &Test::Present)),
        ("manager is one of 400", one(Manager, &text(Match::Whole, world.people.iter().take(400)))),
        ("in one of 400 groups", one(Groups, &text(Match::Whole, world.groups.iter().take(400)))),
        ("in any group", one(Groups, &Test::Present)),
        ("has the skill", one(Skills, &text(Match::Inside, ["1"]))),
        ("the costly one", costly(vec![])),
        ("the costly one, by score", costly(vec![SortKey::by_score()])),
    ]
}

fn group_searches(world: &World) -> Vec<(&'static str, Search<GroupField>)> {
    use GroupField::*;
    let by = |field| SortKey::by(field, Direction::Descending).expect("it has one value");
    vec![
        ("groups: contains", one(Name, &text(Match::Inside, ["ling 1"]))),
        ("groups: members from to", one(MemberCount, &Test::Between(vec![(Bound::Included(1), Bound::Unbounded)]))),
        ("groups: one of 400 is a member", one(MemberIds, &text(Match::Whole, world.people.iter().take(400)))),
        ("groups: by number of members", search(vec![], vec![by(MemberCount)])),
    ]
}

fn world(n_people: usize) -> World {
    let mut next = 0u128;
    let mut id = || {
        next += 1;
        uuid::Builder::from_random_bytes(next.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_ne_bytes())
            .into_uuid()
    };
    let mut manager = None;
    let mut records = founding::records(n_people, 0, &mut id, |id, home, at| {
        let first = *manager.get_or_insert(PersonId(id));
        person(id, home, at, (at > 0 && at.is_multiple_of(3)).then_some(first))
    });
    records.groups = (0..GROUPS).map(|at| (Arc::new(group(id(), at)), STAMP)).collect();
    let people = &records.people;
    let member = |at: usize| (records.groups[at * 7 % GROUPS].0.id, people[at * 31 % people.len()].id);
    let mut individuals: Vec<_> = (0..n_people * 5).map(member).collect();
    individuals.sort_unstable();
    individuals.dedup();
    records.individuals = individuals;
    let skill = |at: usize, id| Skill {
        id: SkillId(id),
        kind: SkillKind::Routing,
        name: convoke_core::Name::stored(&format!("Skill {at}")),
        deleted: false,
        stamp: STAMP,
    };
    records.skills = (0..200).map(|at| Arc::new(skill(at, id()))).collect();
    let proficiency = Proficiency::new(3.0).expect("0 to 5");
    records.held = records
        .people
        .iter()
        .zip(0usize..)
        .map(|(person, at)| (person.id, HeldSkill { skill: records.skills[at % 200].id, proficiency }))
        .collect();
    World {
        people: records.people.iter().map(|person| person.id.to_string()).collect(),
        groups: records.groups.iter().map(|(group, _)| group.id.to_string()).collect(),
        directory: Directory::build(records).expect("the records fit"),
        actor: Actor::Client(ClientId("admin".into())),
    }
}

fn person(id: Uuid, home: DivisionId, at: usize, manager: Option<PersonId>) -> Person {
    let (first, last) = (FIRST[at % FIRST.len()], LAST[at / FIRST.len() % LAST.len()]);
    Person {
        email: Some(Email::stored(&format!("{first}.{last}.{at}@example.org"))),
        username: at.is_multiple_of(5).then(|| Line::stored(&format!("{first}{at}"))),
        texts: [
            (PersonText::Title, Some(Line::stored(TITLES[at * 11 % TITLES.len()]))),
            (PersonText::Department, Some(Line::stored(TEAMS[at * 13 % TEAMS.len()]))),
        ]
        .into_iter()
        .collect(),
        manager,
        ..Person::blank(PersonId(id), convoke_core::Name::stored(&format!("{first} {last} {at}")), home)
    }
}

fn group(id: Uuid, at: usize) -> Group {
    let name = convoke_core::Name::stored(&format!("{} {at}", TEAMS[at % TEAMS.len()]));
    Group::blank(GroupId(id), name, GroupKind::Official, Visibility::Public)
}
