//! What operations cost at growing sizes: `cargo bench -p convoke-core --bench scaling -- 10000 100000 1000000`.
//!
//! For each size, a directory with that many people, a tenth as many groups, and a hundredth as many rules. The largest
//! group has half of the people; the others have three memberships per person together. The median of each operation is
//! printed as a line of JSON: `{"operation":"people by substring","size":1000000,"ns":80000}`. With another argument, such
//! as `substring`, only operations whose names contain it run.

#![expect(clippy::indexing_slicing, reason = "tables of words, and the modulus beside")]

mod founding;

use convoke_core::*;
use fastrand::Rng;
use founding::STAMP;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
/// People in a group, and people for one rule.
const PEOPLE_OF_A_GROUP: usize = 10;
const PEOPLE_OF_A_RULE: usize = 100;
const SKILLS: usize = 200;
const FIRST: [&str; 12] =
    ["Ada", "Ben", "Carla", "Dmitri", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kemal", "Lena"];
/// Family names are made of three of these.
const SYLLABLES: [&str; 16] =
    ["ber", "gan", "hol", "mik", "so", "ten", "ra", "vel", "ko", "lin", "dor", "ma", "stein", "wa", "ny", "ful"];
const TEAMS: [&str; 8] = ["Night shift", "Billing", "Support", "Sales", "Returns", "Claims", "Dispatch", "Field"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut sizes: Vec<usize> = arguments.iter().filter_map(|text| text.parse().ok()).collect();
    let is_word = |text: &&String| !text.starts_with("--") && text.parse::<usize>().is_err();
    let filter = arguments.iter().find(is_word).map_or("", String::as_str);
    // Without this argument, which cargo gives, it is a test that every operation works.
    let is_measured = arguments.iter().any(|text| text == "--bench");
    if sizes.is_empty() {
        sizes.extend(if is_measured { &SIZES[..] } else { &[1_000] });
    }
    for size in sizes {
        Bench { world: World::new(size), size, filter, is_measured }.run();
    }
}

struct World {
    directory: Directory,
    actor: Actor,
    people: Vec<PersonId>,
    groups: Vec<GroupId>,
    skills: Vec<SkillId>,
}

struct Bench<'a> {
    world: World,
    size: usize,
    filter: &'a str,
    is_measured: bool,
}

impl Bench<'_> {
    fn run(self) {
        let World { directory, people, groups, skills, .. } = &self.world;
        let window = Window::first(25);
        self.reads("person by id", |rng| choose(rng, people), |view, id| view.person(id, PersonFilter::Living).is_ok());
        self.reads("group by id", |rng| choose(rng, groups), |view, id| view.group(id).is_ok());
        for (name, at) in
            [("members, page 1 of the largest group", 0), ("members, the page in its middle", self.size / 4)]
        {
            let window = Window { start: at, count: 25 };
            self.reads(
                name,
                |_| (),
                |view, ()| {
                    let group = view.group(groups[0]).expect("the group is there");
                    view.members(group, window, Direction::Ascending).total > 0
                },
            );
        }
        let search = |name, order: &[SortKey<PersonField>], test: &dyn Fn(&mut Rng) -> Test| {
            let make = |rng: &mut Rng| one(PersonField::Name, test(rng), order);
            self.reads(name, make, |view, search| {
                view.search_people(&search, window, &CancelFlag::default()).expect("nobody stops it").total > 0
            });
        };
        let first = |rng: &mut Rng| text(Match::Beginning, rng.choice(FIRST).expect("there are names"));
        search("people by prefix", &[], &|rng| text(Match::Beginning, &format!("{} {}", FIRST[0], family(rng))));
        search("people by substring", &[], &|rng| text(Match::Inside, &family(rng)));
        search("people by a substring of four digits", &[], &|rng| {
            text(Match::Inside, &rng.u16(1000..9999).to_string())
        });
        search("people by a substring that many have", &[], &|rng| {
            text(Match::Inside, &rng.choice(SYLLABLES).expect("there are syllables")[..2])
        });
        search("people by word", &[], &|rng| text(Match::Word, &family(rng)));
        search("people by pattern", &[], &|rng| pattern(&format!("[a-f].* {}.*[0-4]", family(rng))));
        let by_email = [SortKey::by(PersonField::Email, Direction::Ascending).expect("it has one value")];
        search("people by prefix, sorted by e-mail", &by_email, &first);
        let by_email = [SortKey::by(PersonField::Email, Direction::Descending).expect("it has one value")];
        search("people by prefix, sorted by e-mail from the end", &by_email, &first);
        let search = |name, test: &dyn Fn(&mut Rng) -> Test| {
            let make = |rng: &mut Rng| one(GroupField::Name, test(rng), &[SortKey::by_name(Direction::Ascending)]);
            self.reads(name, make, |view, search| {
                view.search_groups(&search, window, &CancelFlag::default()).expect("nobody stops it").total > 0
            });
        };
        let team = |rng: &mut Rng| rng.choice(TEAMS).expect("there are teams");
        search("groups by prefix", &|rng| text(Match::Beginning, &format!("{} {}", team(rng), family(rng))));
        search("groups by substring", &|rng| text(Match::Inside, &family(rng)));
        search("groups by pattern", &|rng| pattern(&format!(".*{}.*{}.*", &team(rng)[1..4], family(rng))));
        search("groups by pattern, of words that many have", &|rng| {
            pattern(&format!(".*{}.*({}|[0-9]+).*", team(rng), rng.u16(..1_000)))
        });
        self.reads(
            "pattern compiled",
            |rng| format!(".*{}.*({}|[0-9]+).*", team(rng), family(rng)),
            |_, text| Pattern::new(&text).is_ok(),
        );
        self.reads(
            "preview of a rule of four comparisons",
            |rng| rule_of(rng, skills, &[Tag::And; 4]),
            |view, rule| view.preview(&rule, None).expect("the skills are there").total > 0,
        );
        self.changes("member added", directory, |rng| Command::AddMembers {
            group: choose(rng, groups),
            version: None,
            people: vec![Mention::Id(choose(rng, people))],
        });
        self.changes("skill of a person set", directory, |rng| {
            let proficiency = Proficiency::new(f64::from(rng.u8(0..=5))).expect("0 to 5");
            let (person, skill) = (choose(rng, people), choose(rng, skills).to_string());
            HoldSkill { person, kind: SkillKind::Routing, skill, proficiency, mode: HoldMode::Add }.into()
        });
        self.changes("person renamed", directory, |rng| {
            let name = Some(Name::stored(&format!("{} {}", choose(rng, &FIRST), family(rng))));
            let edit = Box::new(PersonEdit { name, ..PersonEdit::default() });
            PersonCommand::Edit { person: choose(rng, people), version: None, edit }.into()
        });
    }

    /// Reads, as the administrator, until a second has gone by.
    fn reads<I>(&self, name: &str, mut input: impl FnMut(&mut Rng) -> I, read: impl Fn(&View, I) -> bool) {
        let view = admit(&self.world.directory, &self.world.actor, Permissions::NONE).expect("an active client");
        self.median(name, |rng| {
            let input = input(rng);
            let began = Instant::now();
            std::hint::black_box(read(&view, input));
            began.elapsed()
        });
    }

    /// Commands, each decided and applied to a copy whose original readers hold.
    fn changes(&self, name: &str, directory: &Directory, mut command: impl FnMut(&mut Rng) -> Command) {
        let mut published = directory.clone();
        self.median(name, |rng| {
            let command = command(rng);
            let mut copy = published.clone();
            let began = Instant::now();
            let decided = decide(&copy, &self.world.actor, Permissions::NONE, Timestamp(1), &command);
            for change in decided.expect("an administrator may").changes {
                copy.apply(&change).expect("what was decided fits");
            }
            let took = began.elapsed();
            published = copy;
            took
        });
    }

    fn median(&self, name: &str, mut measured: impl FnMut(&mut Rng) -> Duration) {
        const SAMPLES: usize = 5_001;
        if !name.contains(self.filter) {
            return;
        }
        let (mut rng, began) = (Rng::with_seed(3), Instant::now());
        let mut times: Vec<Duration> = Vec::with_capacity(SAMPLES);
        let time = Duration::from_secs(u64::from(self.is_measured));
        while times.len() < SAMPLES && (began.elapsed() < time || times.len() < 11) {
            times.push(measured(&mut rng));
        }
        times.sort_unstable();
        println!(r#"{{"operation":"{name}","size":{},"ns":{}}}"#, self.size, times[times.len() / 2].as_nanos());
    }
}

fn choose<T: Copy>(rng: &mut Rng, list: &[T]) -> T {
    *rng.choice(list).expect("there are some")
}

fn family(rng: &mut Rng) -> String {
    (0..3).map(|_| choose(rng, &SYLLABLES)).collect()
}

fn text(how: Match, text: &str) -> Test {
    Test::text(how, [text]).expect("there is a text")
}

fn pattern(text: &str) -> Test {
    Test::Patterns(vec![Pattern::new(text).expect("a pattern")])
}

fn one<F: SearchField>(field: F, test: Test, order: &[SortKey<F>]) -> Search<F> {
    let own = Expression::Leaf(Criterion::new(field, test).expect("names are text"));
    Search::new(vec![Criteria { tag: Tag::And, own: Some(own), group: Vec::new() }], order.to_vec())
        .expect("within the limits")
}

fn rule_of(rng: &mut Rng, skills: &[SkillId], tags: &[Tag]) -> Rule<String> {
    let mut condition = || Condition {
        kind: SkillKind::Routing,
        skill: choose(rng, skills).to_string(),
        comparator: Comparator::GreaterThanOrEqualTo,
        proficiency: rng.u8(1..=3),
        children: Vec::new(),
    };
    let nodes = tags.iter().map(|tag| RuleNode { tag: *tag, conditions: vec![condition()] });
    Rule::new(nodes.collect()).expect("within the limits")
}

impl World {
    fn new(n_people: usize) -> Self {
        let mut rng = Rng::with_seed(1);
        let mut id = || uuid::Builder::from_random_bytes(rng.u128(..).to_ne_bytes()).into_uuid();
        let mut texts = Rng::with_seed(2);
        let person = |id, home, at| person(id, home, at, &mut texts);
        let mut records = founding::records(n_people, SKILLS, &mut id, person);
        let actor = Actor::Client(ClientId("admin".into()));
        let groups: Vec<_> = (0..n_people / PEOPLE_OF_A_GROUP).map(|_| GroupId(id())).collect();
        let people: Vec<_> = records.people.iter().map(|person| person.id).collect();
        let skills: Vec<_> = records.skills.iter().map(|skill| skill.id).collect();
        let mut rng = Rng::with_seed(4);
        records.groups = groups
            .iter()
            .enumerate()
            .map(|(at, id)| {
                let name = Name::stored(&format!("{} {} {at}", TEAMS[at % TEAMS.len()], family(&mut rng)));
                let mut group = Group::blank(*id, name, GroupKind::Official, Visibility::Public);
                if at % (PEOPLE_OF_A_RULE / PEOPLE_OF_A_GROUP) == 1 {
                    let named = |_, text: &String| match SkillId::parse(text) {
                        Some(id) => Ok(NamedSkill { id, by_name: false }),
                        None => Err(()),
                    };
                    let rule = rule_of(&mut rng, &skills, &[Tag::And, Tag::And, Tag::Not]).try_map(&named);
                    let rule = rule.expect("the skills are written as ids");
                    group.rule = Some(Arc::new(GroupRule { rule, modified: Timestamp(0) }));
                }
                (Arc::new(group), STAMP)
            })
            .collect();
        let large = people.iter().take(n_people / 2).map(|person| (groups[0], *person));
        let small = (0..n_people * 3).map(|_| (choose(&mut rng, &groups), choose(&mut rng, &people)));
        records.individuals = large.chain(small).collect();
        for person in &people {
            let n = rng.usize(1..=6);
            for skill in rng.choose_multiple(skills.iter(), n) {
                let proficiency = Proficiency::new(f64::from(rng.u8(0..=5))).expect("0 to 5");
                records.held.push((*person, HeldSkill { skill: *skill, proficiency }));
            }
        }
        let began = Instant::now();
        let directory = Directory::build(records).expect("the records fit");
        eprintln!("{n_people} people: built in {:.1?}; bytes: {:?}", began.elapsed(), directory.memory());
        World { directory, actor, people, groups, skills }
    }
}

fn person(id: Uuid, home: DivisionId, at: usize, rng: &mut Rng) -> Person {
    let (first, last) = (FIRST[at % FIRST.len()], family(rng));
    Person {
        email: Some(Email::stored(&format!("{first}.{last}.{at}@example.org"))),
        texts: [(PersonText::Title, "Engineer"), (PersonText::Department, TEAMS[at % TEAMS.len()])]
            .map(|(text, line)| (text, Some(Line::stored(line))))
            .into_iter()
            .collect(),
        ..Person::blank(PersonId(id), Name::stored(&format!("{first} {last} {at}")), home)
    }
}
