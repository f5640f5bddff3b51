//! A small directory that is the same each time and has data for every criterion: words of several scripts and cases,
//! absent values, people and groups in every state, skills, rules.

use convoke_core::*;
use std::sync::{Arc, LazyLock};
use uuid::Uuid;

/// The number of ids. There are enough people and groups that a search of all of them works differently than a search
/// of half of them.
pub const IDS: u128 = 64;
/// The group whose rule the target `rule` sets. It has neither individuals nor owners.
pub const GROUP: GroupId = GroupId(id(50));
/// A time after all commands.
pub const NOW: Timestamp = Timestamp(BEGINNING + 365 * DAY);

const PEOPLE: u128 = 48;
const GROUPS: u128 = 40;
const DAY: i64 = 86_400_000;
/// 2024-02-29T00:00:00Z.
const BEGINNING: i64 = 1_709_164_800_000;

const NAMES: [&str; 10] = [
    "Ada Lovelace",
    "ada",
    "Émile Zola",
    "Straße Süd",
    "STRASSE",
    "日本 語",
    "Ｔｏｋｙｏ",
    "a-b, c",
    "ı İ ﬁ ά",
    "J\u{30c}an",
];
const ROUTING: [&str; 5] = ["SQL", "sql tuning", "Straße", "C++", "日本語"];
const LANGUAGES: [&str; 3] = ["German", "SQL", "日本語"];

/// The id with this number.
pub const fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x4000_8000_0000_0000_0000 + number)
}

/// A client with all permissions.
pub fn admin() -> Actor {
    Actor::Client(ClientId("admin".into()))
}

/// A directory as the administrator sees it.
pub fn view(directory: &Directory) -> View<'_> {
    admit(directory, &admin(), Permissions::NONE).expect("the administrator is let in")
}

/// The directory as the administrator sees it, and as a person sees it who cannot see every group.
pub fn views() -> [View<'static>; 2] {
    let reader = Actor::Client(ClientId("reader".into()));
    [view(directory()), admit(directory(), &reader, Permissions::NONE).expect("the reader is let in")]
}

/// The directory.
pub fn directory() -> &'static Directory {
    static DIRECTORY: LazyLock<Directory> = LazyLock::new(|| {
        let mut directory = founded();
        let commands = commands();
        let (first, rest) = commands.split_at(commands.len() / 2);
        run(&mut directory, first);
        // As after a start: the first records are sorted, and later ones are inserted between them.
        directory = Directory::build(directory.records()).expect("records that fit");
        run(&mut directory, rest);
        directory
    });
    &DIRECTORY
}

fn run(directory: &mut Directory, commands: &[(i64, Command)]) {
    for (day, command) in commands {
        let at = Timestamp(BEGINNING + day * DAY);
        let decision = decide(directory, &admin(), Permissions::NONE, at, command);
        let decision = decision.unwrap_or_else(|fault| panic!("{command:?} is refused: {fault:?}"));
        decision.changes.iter().for_each(|change| directory.apply(change).expect("a decided change fits"));
    }
}

fn founded() -> Directory {
    let organisation = Organisation {
        id: OrganisationId(id(1)),
        name: Name::stored("Small"),
        home: DivisionId(id(2)),
        created: Timestamp(BEGINNING),
    };
    let administrator = Person {
        email: Some(Email::stored("admin@example.org")),
        ..Person::blank(PersonId(id(0)), Name::stored("Administrator"), organisation.home)
    };
    let roles = std::array::from_fn(|at| RoleId(id(at as u128)));
    let mut directory = Directory::new(Arc::new(organisation.clone()));
    for change in found(organisation, roles, administrator, (admin().client().clone(), "".into())) {
        directory.apply(&change).expect("a founding change fits");
    }
    directory
}

/// The commands that create the directory, each with its day. All records with a number are created together.
fn commands() -> Vec<(i64, Command)> {
    let skill = |kind, first| {
        move |(number, name): (u128, &&str)| {
            (0, SkillCommand::Create(SkillId(id(first + number)), kind, Name::stored(name)).into())
        }
    };
    let mut commands: Vec<_> = (0..).zip(&ROUTING).map(skill(SkillKind::Routing, 0)).collect();
    commands.extend((0..).zip(&LANGUAGES).map(skill(SkillKind::Language, 20)));
    // A skill whose name is the id of another one.
    commands
        .push((0, SkillCommand::Create(SkillId(id(10)), SkillKind::Routing, Name::stored(&id(1).to_string())).into()));
    for number in 1..=PEOPLE {
        let day = number as i64;
        commands.push((day, create_person(number)));
        for (kind, first, count) in [(SkillKind::Routing, 0, 5), (SkillKind::Language, 20, 3)] {
            commands.push((day, hold(number, kind, first, count)));
        }
        if number <= GROUPS {
            commands.push((day, create_group(number)));
            let people =
                (1..=number).filter(|other| number % (other + 2) == 0).map(|other| Mention::Id(PersonId(id(other))));
            commands.push((
                day,
                Command::AddMembers { group: GroupId(id(number)), version: None, people: people.collect() },
            ));
        }
        if number % 5 == 4 && number <= GROUPS {
            commands.push((day, Command::PutRule(GroupId(id(number)), rule(number))));
        }
    }
    let inactive = |number: &u128| number % 8 == 3;
    let fields = || PersonFields { state: Some(LivingState::Inactive), ..PersonFields::default() };
    let edit = || Box::new(PersonEdit { fields: fields(), ..PersonEdit::default() });
    commands.extend(
        (1..=PEOPLE).filter(inactive).map(|number| {
            (60, PersonCommand::Edit { person: PersonId(id(number)), version: None, edit: edit() }.into())
        }),
    );
    commands
        .extend((1..=PEOPLE).filter(|number| number % 16 == 6).map(|n| (61, Command::DeletePerson(PersonId(id(n))))));
    // A rule still refers to this skill.
    commands.push((62, Command::DeleteSkill(SkillId(id(4)), SkillKind::Routing)));
    let draft = GroupDraft {
        name: Name::stored("for rules"),
        kind: GroupKind::Official,
        visibility: Visibility::Public,
        rules_visible: true,
        broadcast: false,
        initial_members: InitialMembers::default(),
        fields: GroupFields::default(),
    };
    commands.push((63, GroupCommand::Create(GROUP, Box::new(draft)).into()));
    let fields = ClientFields { person: Update::Set(PersonId(id(2))), ..ClientFields::named(Name::stored("Reader")) };
    let draft = ClientDraft { secret_hash: "".into(), fields };
    commands.push((63, ClientCommand::Create(ClientId("reader".into()), draft).into()));
    commands
}

/// The list's entry for a number.
fn pick<T: Copy>(list: &[T], number: u128) -> T {
    *list.get(number as usize % list.len()).expect("the lists are not empty")
}

/// The list's entry for a number, or none for every fourth number.
fn line(list: &[&str], number: u128) -> Option<Line> {
    (!number.is_multiple_of(4)).then(|| Line::stored(pick(list, number / 4 + number)))
}

fn create_person(number: u128) -> Command {
    let phone = Contact {
        media: Media::Phone,
        kind: ContactKind::Work,
        address: Some(Line::stored(&format!("+1202555{:04}", 100 + number))),
        extension: number.is_multiple_of(2).then(|| Line::stored(&number.to_string())),
        country_code: None,
        integration: None,
    };
    let fields = PersonFields {
        username: Update::to(line(&["ada", "Ada.2", "É", "p3@example.org"], number)),
        texts: vec![
            (PersonText::Title, line(&["Director", "agent", "Agent 2", "Süd-Leiter"], number)),
            (PersonText::Department, line(&["Sales", "sales & Support", "日本", "R&D"], number + 1)),
        ],
        manager: Update::to((number > 1).then(|| PersonId(id(number / 2)))),
        addresses: number.is_multiple_of(3).then(|| vec![phone]),
        profile_skills: Some((0..number % 3).map(|at| Line::stored(pick(&ROUTING, number + at))).collect()),
        certifications: Some((0..number % 2).map(|at| Line::stored(pick(&NAMES, number + at))).collect()),
        ..PersonFields::default()
    };
    let draft = PersonDraft {
        name: Name::stored(pick(&NAMES, number)),
        email: Some(Email::stored(&format!("P{number}@example.org"))),
        division: None,
        fields: Box::new(fields),
    };
    PersonCommand::Create(PersonId(id(number)), draft).into()
}

fn hold(number: u128, kind: SkillKind, first: u128, count: u128) -> Command {
    let held = (0..count).filter(|at| !(number + at).is_multiple_of(3)).map(|at| {
        let proficiency = Proficiency::new((number * (at + 1) % 11) as f64 / 2.0).expect("up to 5");
        (id(first + at).to_string(), proficiency)
    });
    HoldSkills { person: PersonId(id(number)), kind, skills: held.collect(), others: OtherSkills::Keep }.into()
}

fn create_group(number: u128) -> Command {
    let owners = (1..number % 4).map(|other| Mention::Id(PersonId(id(other))));
    let contact = GroupContact {
        kind: GroupContactKind::Ring,
        address: None,
        extension: Some(Line::stored(&(7000 + number).to_string())),
    };
    let text = || Prose::stored(pick(&["Nights\nand days", "Straße", "x"], number));
    let fields = GroupFields {
        description: Update::to((!number.is_multiple_of(3)).then(text)),
        state: (number % 6 == 1).then_some(GroupState::Inactive),
        include_owners: Some(number % 5 > 1),
        email: Update::to(number.is_multiple_of(7).then(|| Email::stored(&format!("Team{number}@example.org")))),
        addresses: number.is_multiple_of(4).then(|| vec![contact]),
        ..GroupFields::default()
    };
    let draft = GroupDraft {
        name: Name::stored(pick(&NAMES, number + number / 9)),
        kind: pick(GroupKind::ALL, number),
        visibility: pick(Visibility::ALL, number),
        rules_visible: number.is_multiple_of(2),
        broadcast: false,
        initial_members: InitialMembers { owners: owners.collect(), ..InitialMembers::default() },
        fields,
    };
    GroupCommand::Create(GroupId(id(number)), Box::new(draft)).into()
}

/// A rule that selects people who meet a condition, or for odd numbers people who do not.
fn rule(number: u128) -> Rule<String> {
    let condition = |name: &str, children| Condition {
        kind: SkillKind::Routing,
        skill: name.to_owned(),
        comparator: pick(&Comparator::ALL, number / 5),
        proficiency: (number % 6) as u8,
        children,
    };
    let child = RuleNode { tag: Tag::Or, conditions: vec![condition("C++", Vec::new())] };
    let tag = if number.is_multiple_of(2) { Tag::And } else { Tag::Not };
    let node = RuleNode { tag, conditions: vec![condition(pick(&ROUTING, number / 5), vec![child])] };
    Rule::new(vec![node]).expect("a rule within the limits")
}
