//! Compares searches with a naive scan, which is written independently from the documents: for any data, criteria and
//! caller, the hits, their order and the totals are the same.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod notation;

use convoke_core::*;
use notation::{World, id};
use proptest::prelude::*;
use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::Arc;

const NAMES: [&str; 12] =
    ["Ann", "ann b b", "Bob", "bob-ann", "Straße", "STRASSE 2", "Zoë", "J̌ann", "ﬁne", "xb b b", "ÅSA Øst", "ΣΟΣ İi"];
const WORDS: [&str; 10] = ["ann", "b", "strasse", "straße", "zo", "fi", "", "b b", "sales", "2"];
const CALLERS: [&str; 4] = ["admin", "is-a", "is-b", "nobody"];

/// An entry of a criteria list, not yet for groups or people: tag, comparison, nested list.
#[derive(Clone, Debug)]
struct Entry {
    tag: Tag,
    own: Option<(Vec<usize>, Asked)>,
    group: Vec<Entry>,
}

/// A comparison.
#[derive(Clone, Debug)]
enum Asked {
    Text(Match, Vec<&'static str>),
    Pattern(&'static str),
    Present,
    Numbers(i64, i64),
    Between(&'static str, &'static str),
}

fn tag() -> impl Strategy<Value = Tag> {
    prop::sample::select(&[Tag::And, Tag::And, Tag::Or, Tag::Not][..])
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let how = prop::sample::select(&[Match::Whole, Match::Beginning, Match::Inside, Match::Word][..]);
    let words = || prop::sample::select(&WORDS[..]);
    let asked = prop_oneof![
        4 => (how, prop::collection::vec(words(), 1..3)).prop_map(|(how, words)| Asked::Text(how, words)),
        1 => prop::sample::select(&["a.*", ".*nn.*", "[^a]+", "(?-i)Ann.*", "stra(ss|ß)e.*", "zo[eë]", "x", "fi.*", ".*S.*", "j.*", "å.*", ".*ø.*", "[σς]ο[σς].*", ".*i", "(?x)( ?-i:A)nn.*", "(?-i).*ann.*", "(b|B)ob-?a(nn)+", "(?i:z)o.*"][..])
            .prop_map(Asked::Pattern),
        1 => Just(Asked::Present),
        1 => (0i64..4, 0i64..6).prop_map(|(from, to)| Asked::Numbers(from, to)),
        1 => (words(), words()).prop_map(|(from, to)| Asked::Between(from, to)),
    ];
    let own = prop::option::of((prop::collection::vec(0usize..16, 1..3), asked));
    let leaf = (tag(), own).prop_map(|(tag, own)| Entry { tag, own, group: Vec::new() });
    let tree = leaf.prop_recursive(3, 12, 3, |inner| {
        (inner.clone(), prop::collection::vec(inner, 0..3)).prop_map(|(entry, group)| Entry { group, ..entry })
    });
    prop::collection::vec(tree, 0..4)
}

/// The test for a field, if the comparison fits it.
fn test<F: SearchField>(field: F, asked: &Asked) -> Option<Criterion<F>> {
    let test = match asked {
        Asked::Text(how, words) => Test::text(*how, words.iter().copied()).expect("there are words"),
        Asked::Pattern(pattern) => Test::Patterns(vec![Pattern::new(pattern).expect("a pattern")]),
        Asked::Present => Test::Present,
        Asked::Numbers(from, to) => Test::Between(vec![(Bound::Included(*from), Bound::Excluded(*to))]),
        Asked::Between(from, to) => Test::TextBetween(Bound::Included(fold(from)), Bound::Excluded(fold(to))),
    };
    Criterion::new(field, test)
}

fn fields<F: SearchField>() -> Vec<F> {
    F::WORDS.iter().map(|word| F::parse(word).expect("a field's word")).collect()
}

/// The fields that the comparison fits.
fn fitting<F: SearchField>(own: &Option<(Vec<usize>, Asked)>) -> Vec<(F, &Asked)> {
    let Some((picks, asked)) = own else { return Vec::new() };
    let all = fields::<F>();
    let picked = picks.iter().map(|pick| all[pick % all.len()]);
    picked.filter(|field| test(*field, asked).is_some()).map(|field| (field, asked)).collect()
}

fn criteria<F: SearchField>(entries: &[Entry]) -> Vec<Criteria<F>> {
    let one = |entry: &Entry| {
        let fitting = fitting::<F>(&entry.own);
        let leaves = fitting
            .iter()
            .map(|(field, asked)| (Tag::Or, Expression::Leaf(test(*field, asked).expect("it was found to fit"))));
        let own = (!fitting.is_empty()).then(|| Expression::list(leaves));
        Criteria { tag: entry.tag, own, group: criteria(&entry.group) }
    };
    entries.iter().map(one).collect()
}

/// A value of a thing's field.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Text(String),
    Number(i64),
}

/// Whether a criteria list holds for a thing with these values.
fn holds<F: SearchField>(entries: &[Entry], values: &dyn Fn(F) -> Vec<Value>) -> bool {
    let entry = |entry: &Entry| {
        let fitting = fitting::<F>(&entry.own);
        let own = fitting.is_empty()
            || fitting.iter().any(|(field, asked)| values(*field).iter().any(|value| passes(asked, value)));
        own && (entry.group.is_empty() || holds(&entry.group, values))
    };
    let with = |tag: Tag| entries.iter().filter(move |entry| entry.tag == tag);
    with(Tag::And).all(entry) && !with(Tag::Not).any(entry) && (with(Tag::Or).count() == 0 || with(Tag::Or).any(entry))
}

fn passes(asked: &Asked, value: &Value) -> bool {
    match (asked, value) {
        (Asked::Present, Value::Text(text)) => !text.is_empty(),
        (Asked::Present, Value::Number(_)) => true,
        (Asked::Numbers(from, to), Value::Number(number)) => (from..to).contains(&number),
        (Asked::Between(from, to), Value::Text(text)) => fold(from) <= fold(text) && fold(text) < fold(to),
        (Asked::Pattern(pattern), Value::Text(text)) => Pattern::new(pattern).expect("a pattern").matches(text),
        (Asked::Text(how, words), Value::Text(text)) => words.iter().any(|word| {
            let (word, text) = (fold(word), fold(text));
            match how {
                Match::Whole => text == word,
                Match::Beginning => text.starts_with(&word),
                Match::Inside => text.contains(&word),
                Match::Word => {
                    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                    let mut places = text.char_indices().map(|(at, _)| at).filter(|at| text[*at..].starts_with(&word));
                    !word.is_empty()
                        && places.any(|at| {
                            !is_part(text[..at].chars().last()) && !is_part(text[at + word.len()..].chars().next())
                        })
                }
            }
        }),
        _ => false,
    }
}

fn text(text: &str) -> Vec<Value> {
    vec![Value::Text(text.to_owned())]
}

fn texts<'t>(texts: impl IntoIterator<Item = &'t Line>) -> Vec<Value> {
    texts.into_iter().map(|line| Value::Text(line.as_str().to_owned())).collect()
}

fn of_person(view: &View, person: &Person, field: PersonField) -> Vec<Value> {
    let held = |kind| {
        let held = view.held(person.id, kind).unwrap_or_default();
        held.into_iter().map(|(skill, _)| Value::Text(skill.name.as_str().to_owned())).collect()
    };
    match field {
        PersonField::Id => text(&person.id.to_string()),
        PersonField::Name => text(person.name.as_str()),
        PersonField::Email => person.email.iter().flat_map(|email| text(email.as_str())).collect(),
        PersonField::Username => {
            let own = person.username.as_ref().map(Line::as_str).or(person.email.as_ref().map(Email::as_str));
            own.into_iter().flat_map(text).collect()
        }
        PersonField::State => text(person.state.word()),
        PersonField::Manager => person.manager.iter().map(|id| Value::Text(id.to_string())).collect(),
        PersonField::Skills => held(SkillKind::Routing),
        PersonField::Languages => held(SkillKind::Language),
        PersonField::ProfileSkills => texts(&person.profile_skills),
        PersonField::Certifications => texts(&person.certifications),
        PersonField::Locations => Vec::new(),
        PersonField::Addresses => {
            texts(person.addresses.iter().flat_map(|contact| contact.address.iter().chain(&contact.extension)))
        }
        PersonField::Groups => {
            view.groups_of(person).iter().map(|entry| Value::Text(entry.group.id.to_string())).collect()
        }
        _ => {
            let text = PersonText::parse(field.word()).expect("a field is a plain text, or one of those before");
            person.texts.get(text).map(|text| Value::Text(text.to_owned())).into_iter().collect()
        }
    }
}

fn of_group(view: &View, entry: &GroupEntry, field: GroupField) -> Vec<Value> {
    let group = &entry.group;
    let members = || view.members(entry, Window::first(500), Direction::Ascending).entries;
    let ids = |ids: Vec<PersonId>| ids.iter().map(|id| Value::Text(id.to_string())).collect();
    match field {
        GroupField::Id => text(&group.id.to_string()),
        GroupField::Name => text(group.name.as_str()),
        GroupField::Description => group.description.iter().flat_map(|prose| text(prose.as_str())).collect(),
        GroupField::Email => group.email.iter().flat_map(|email| text(email.as_str())).collect(),
        GroupField::Type => text(group.kind.word()),
        GroupField::State => text(group.state.word()),
        GroupField::Visibility => text(group.visibility.word()),
        GroupField::OwnerIds => ids(group.owners.clone()),
        GroupField::MemberIds => ids(members().iter().map(|person| person.id).collect()),
        GroupField::Addresses => {
            texts(group.addresses.iter().flat_map(|contact| contact.address.iter().chain(&contact.extension)))
        }
        GroupField::DateModified => vec![Value::Number(entry.stamp.modified.0)],
        GroupField::MemberCount => vec![Value::Number(members().len() as i64)],
    }
}

fn compare(one: &[Value], other: &[Value], direction: Direction) -> Ordering {
    let ordering = match (one.first(), other.first()) {
        (Some(Value::Text(one)), Some(Value::Text(other))) => fold(one).cmp(&fold(other)),
        (Some(Value::Number(one)), Some(Value::Number(other))) => one.cmp(other),
        (one, other) => return one.is_none().cmp(&other.is_none()),
    };
    if direction == Direction::Descending { ordering.reverse() } else { ordering }
}

/// People a to f with random fields, some deleted; groups g to j of random visibility; skills.
fn world() -> impl Strategy<Value = World> {
    let pick = prop::collection::vec(0usize..1000, 48);
    pick.prop_map(|picks| {
        let mut picks = picks.into_iter().cycle();
        let mut pick = |n: usize| picks.next().unwrap_or_default() % n;
        let mut lines = vec!["skill s; skill t; language l".to_owned()];
        // Enough people that a search scans whole columns.
        (0..60).for_each(|n| lines.push(format!("hire p{n}")));
        for person in ["a", "b", "c", "d", "e", "f"] {
            lines.push(format!("hire {person} state={}", ["active", "active", "inactive"][pick(3)]));
        }
        lines.push("client is-a as=a; client is-b as=b; client nobody".into());
        lines.push("change a state=active; change b state=active".into());
        for group in ["g", "h", "i", "j"] {
            let visibility = ["public", "members", "owners"][pick(3)];
            lines.push(format!("create {group} visibility={visibility} owners={}", ["", "a", "b", "a,c"][pick(4)]));
            lines.push(format!("add {group} {}", ["", "a", "b c", "d"][pick(4)]));
            lines.push(
                ["".into(), format!("rule {group} and[s>=2]"), format!("rule {group} not[t>=1]")][pick(3)].clone(),
            );
        }
        for person in ["a", "b", "c", "d"] {
            lines.push(format!("hold {person} s={} t={}; speak {person} l=1", pick(6), pick(6)));
        }
        let mut world = World::new(&lines.join("; "));
        // Half of the commands run on a loaded directory, so that some slots are late and some are not.
        let loaded = Directory::build(world.directory.records()).expect("records of a directory build one");
        world.directory = loaded;
        for person in ["a", "b", "c", "d", "e"] {
            let line = |text: &str| Some(Line::stored(text));
            let name = Some(Name::stored(NAMES[pick(NAMES.len())]));
            let fields = PersonFields {
                username: if pick(2) == 0 { Update::to(line(NAMES[pick(NAMES.len())])) } else { Update::Keep },
                texts: PersonText::ALL
                    .iter()
                    .map(|text| (*text, [None, line("Sales"), line("sales 2"), line("Straße")][pick(4)].clone()))
                    .collect(),
                profile_skills: Some((0..pick(3)).map(|_| Line::stored(NAMES[pick(NAMES.len())])).collect()),
                manager: Update::to((pick(2) == 0).then(|| PersonId(id("a")))),
                ..PersonFields::default()
            };
            let edit = PersonEdit { name, fields, ..PersonEdit::default() };
            edit_as_admin(
                &mut world,
                PersonCommand::Edit { person: PersonId(id(person)), version: None, edit: Box::new(edit) }.into(),
            );
        }
        for group in ["g", "h", "i"] {
            let edit = GroupEdit {
                name: Some(Name::stored(NAMES[pick(NAMES.len())])),
                fields: GroupFields {
                    description: Update::to((pick(2) == 0).then(|| Prose::stored(NAMES[pick(NAMES.len())]))),
                    state: Some([GroupState::Active, GroupState::Inactive][pick(2)]),
                    ..GroupFields::default()
                },
                ..GroupEdit::default()
            };
            let group = GroupId(id(group));
            edit_as_admin(
                &mut world,
                GroupCommand::Edit { group, version: None, edit: Box::new(edit), owners: None }.into(),
            );
        }
        if pick(2) == 0 {
            world.run("admin: fire d");
        }
        world
    })
}

/// Runs a command as administrator. Panics if it is refused.
fn edit_as_admin(world: &mut World, command: Command) {
    let actor = Actor::Client(ClientId("admin".into()));
    let decided = decide(&world.directory, &actor, Permissions::NONE, Timestamp(2), &command);
    for change in decided.expect("an administrator may").changes {
        world.directory.apply(&change).expect("a decided change fits");
    }
}

fn sort_keys<F: SearchField>(picks: &[(usize, bool)]) -> Vec<(F, Direction)> {
    let single: Vec<F> = fields::<F>().into_iter().filter(|field| field.is_single()).collect();
    let direction = |down: bool| if down { Direction::Descending } else { Direction::Ascending };
    picks.iter().map(|(pick, down)| (single[pick % single.len()], direction(*down))).collect()
}

/// Many criteria on few fields, each with several texts.
fn crowded() -> impl Strategy<Value = Vec<Entry>> {
    let how = prop::sample::select(&[Match::Whole, Match::Beginning, Match::Inside, Match::Word][..]);
    let words = prop::collection::vec(prop::sample::select(&WORDS[..]), 1..5);
    let asked = prop_oneof![
        8 => (how, words).prop_map(|(how, words)| Asked::Text(how, words)),
        1 => prop::sample::select(&[".*nn.*", "stra(ss|ß)e.*", ".*[^a]"][..]).prop_map(Asked::Pattern),
    ];
    let tag = prop::sample::select(&[Tag::And, Tag::Or, Tag::Or, Tag::Or, Tag::Not][..]);
    let entry = (tag, prop::collection::vec(0usize..4, 1..4), asked);
    prop::collection::vec(
        entry.prop_map(|(tag, picks, asked)| Entry { tag, own: Some((picks, asked)), group: Vec::new() }),
        3..14,
    )
}

/// The texts that hits are scored by, with the fields in which they are searched.
fn wanted<F: SearchField>(entries: &[Entry]) -> Vec<(F, Vec<&'static str>)> {
    let entries = entries.iter().filter(|entry| entry.tag != Tag::Not);
    let of_one = |entry: &Entry| {
        let own = fitting::<F>(&entry.own).into_iter().filter_map(|(field, asked)| match asked {
            Asked::Text(_, words) => Some((field, words.clone())),
            _ => None,
        });
        own.chain(wanted(&entry.group)).collect::<Vec<_>>()
    };
    entries.flat_map(of_one).collect()
}

/// The score of a hit; smaller is better. `values` has the values of fields that have columns.
fn score<F: SearchField>(wanted: &[(F, Vec<&'static str>)], values: &dyn Fn(F) -> Vec<Value>) -> usize {
    let parts = [Match::Whole, Match::Beginning, Match::Word, Match::Inside];
    let has = |part: &Match| {
        let passing = |(field, words): &(F, Vec<&'static str>)| {
            values(*field).iter().any(|value| passes(&Asked::Text(*part, words.clone()), value))
        };
        wanted.iter().any(passing)
    };
    parts.iter().position(has).unwrap_or(parts.len())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn finds_what_looking_at_each_finds(
        world in world(),
        entries in entries(),
        order in prop::collection::vec((0usize..16, any::<bool>()), 0..3),
        caller in prop::sample::select(&CALLERS[..]),
        count in 1usize..40,
    ) {
        let view = world.view(caller);
        let everything = Window::first(500);

        let keys = sort_keys::<PersonField>(&order);
        let search = Search::new(criteria(&entries), keys.iter().map(|(field, way)| SortKey::by(*field, *way).expect("it has one value")).collect());
        let search = search.expect("within the limits");
        let with_deleted = asks_state(&entries);
        let mut expected: Vec<&Arc<Person>> = view.people(PeopleFilter::Any, everything, Direction::Ascending).entries;
        expected.retain(|person| with_deleted || person.state != PersonState::Deleted);
        expected.retain(|person| holds(&entries, &|field| of_person(&view, person, field)));
        expected.sort_by(|one, other| (one.name.key(), one.id).cmp(&(other.name.key(), other.id)));
        expected.sort_by(|one, other| {
            let by = |(field, way): &(PersonField, Direction)| compare(&of_person(&view, one, *field), &of_person(&view, other, *field), *way);
            keys.iter().map(by).find(|ordering| ordering.is_ne()).unwrap_or_else(|| tie(&keys, one.name.key(), one.id, other.name.key(), other.id))
        });
        for start in (0..=expected.len()).step_by(count) {
            let found =
                view.search_people(&search, Window { start, count }, &CancelFlag::default()).expect("nobody stops it");
            prop_assert_eq!(found.total, expected.len());
            let slice: Vec<_> = expected.iter().skip(start).take(count).map(|p| p.id).collect();
            prop_assert_eq!(found.entries.iter().map(|p| p.id).collect::<Vec<_>>(), slice);
        }

        let keys = sort_keys::<GroupField>(&order);
        let search = Search::new(criteria(&entries), keys.iter().map(|(field, way)| SortKey::by(*field, *way).expect("it has one value")).collect());
        let search = search.expect("within the limits");
        let mut expected: Vec<&Arc<GroupEntry>> = view.groups(everything, Direction::Ascending).entries;
        expected.retain(|entry| holds(&entries, &|field| of_group(&view, entry, field)));
        expected.sort_by(|one, other| {
            let by = |(field, way): &(GroupField, Direction)| compare(&of_group(&view, one, *field), &of_group(&view, other, *field), *way);
            let (a, b) = (&one.group, &other.group);
            keys.iter().map(by).find(|ordering| ordering.is_ne()).unwrap_or_else(|| tie(&keys, a.name.key(), a.id, b.name.key(), b.id))
        });
        for start in (0..=expected.len()).step_by(count) {
            let found =
                view.search_groups(&search, Window { start, count }, &CancelFlag::default()).expect("nobody stops it");
            prop_assert_eq!(found.total, expected.len());
            let slice: Vec<_> = expected.iter().skip(start).take(count).map(|e| e.group.id).collect();
            prop_assert_eq!(found.entries.iter().map(|e| e.group.id).collect::<Vec<_>>(), slice);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn criteria_that_share_a_field_find_what_looking_at_each_finds(
        world in world(),
        entries in crowded(),
        by_department_too in any::<bool>(),
        count in 1usize..40,
    ) {
        // The fields with the most text come first.
        let fields = [PersonField::Name, PersonField::Username, PersonField::Email, PersonField::ProfileSkills];
        let all = self::fields::<PersonField>();
        let entries: Vec<Entry> = entries.into_iter().map(|mut entry| {
            if let Some((picks, _)) = &mut entry.own {
                picks.iter_mut().for_each(|pick| *pick = all.iter().position(|field| *field == fields[*pick % 4]).expect("a field"));
            }
            entry
        }).collect();
        let view = world.view("admin");
        let mut order = vec![SortKey::by_score()];
        order.extend(by_department_too.then_some(SortKey::by(PersonField::Department, Direction::Descending).expect("it has one value")));
        let search = Search::new(criteria(&entries), order).expect("within the limits");
        let everything = Window::first(500);
        let mut expected: Vec<&Arc<Person>> = view.people(PeopleFilter::Any, everything, Direction::Ascending).entries;
        expected.retain(|person| asks_state(&entries) || person.state != PersonState::Deleted);
        expected.retain(|person| holds(&entries, &|field| of_person(&view, person, field)));
        let wanted = wanted::<PersonField>(&entries);
        let laid_out = |field| !matches!(field, PersonField::Id | PersonField::State | PersonField::Manager | PersonField::Skills | PersonField::Languages | PersonField::Locations | PersonField::Groups);
        let score = |person: &Person| score(&wanted, &|field| if laid_out(field) { of_person(&view, person, field) } else { Vec::new() });
        expected.sort_by(|one, other| (one.name.key(), one.id).cmp(&(other.name.key(), other.id)));
        if by_department_too {
            let department = |person: &Person| of_person(&view, person, PersonField::Department);
            expected.sort_by(|one, other| compare(&department(one), &department(other), Direction::Descending));
        }
        expected.sort_by_cached_key(|person| score(person));
        for start in (0..=expected.len()).step_by(count) {
            let found =
                view.search_people(&search, Window { start, count }, &CancelFlag::default()).expect("nobody stops it");
            prop_assert_eq!(found.total, expected.len());
            let slice: Vec<_> = expected.iter().skip(start).take(count).map(|p| p.id).collect();
            prop_assert_eq!(found.entries.iter().map(|p| p.id).collect::<Vec<_>>(), slice);
        }
    }
}

/// A cancelled search has no result, however it is evaluated and sorted.
#[test]
fn a_search_that_is_stopped_has_no_result() {
    let world = World::new("hire a; hire b; create g; create h");
    let window = Window::first(9);
    for (asked, order) in [
        (Asked::Text(Match::Inside, vec!["a"]), vec![]),
        (Asked::Text(Match::Word, vec!["a", "b", "g"]), vec![SortKey::by_score()]),
        (Asked::Pattern(".*"), SortKey::by(GroupField::MemberCount, Direction::Ascending).into_iter().collect()),
        (Asked::Present, vec![]),
    ] {
        let entries = [Entry { tag: Tag::And, own: Some((vec![1], asked)), group: Vec::new() }];
        let groups = Search::new(criteria::<GroupField>(&entries), order).expect("within the limits");
        let people =
            Search::new(criteria::<PersonField>(&entries), vec![SortKey::by_score()]).expect("within the limits");
        let (view, cancel) = (world.view("admin"), CancelFlag::default());
        assert!(
            view.search_groups(&groups, window, &cancel).is_ok()
                && view.search_people(&people, window, &cancel).is_ok()
        );
        cancel.clone().set();
        assert_eq!(view.search_groups(&groups, window, &cancel).map(|found| found.total), Err(Cancelled));
        assert_eq!(view.search_people(&people, window, &cancel).map(|found| found.total), Err(Cancelled));
    }
}

/// Equal hits are sorted by name, then by id. If only names are sorted by, ids have their direction.
fn tie<F: SearchField, I: Ord>(keys: &[(F, Direction)], one: &str, one_id: I, other: &str, other_id: I) -> Ordering {
    let ordering = (one, one_id).cmp(&(other, other_id));
    match keys {
        [(field, Direction::Descending)] if *field == F::NAME => ordering.reverse(),
        _ => ordering,
    }
}

fn asks_state(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| {
        fitting::<PersonField>(&entry.own).iter().any(|(field, _)| *field == PersonField::State)
            || asks_state(&entry.group)
    })
}

#[test]
fn the_best_come_first() {
    let mut world = World::new("create a; create b; create c; create d; create e");
    for (group, name) in [("a", "x night"), ("b", "Night"), ("c", "midnight"), ("d", "nightly"), ("e", "day")] {
        let edit = GroupEdit { name: Some(Name::stored(name)), ..GroupEdit::default() };
        let group = GroupId(id(group));
        edit_as_admin(
            &mut world,
            GroupCommand::Edit { group, version: None, edit: Box::new(edit), owners: None }.into(),
        );
    }
    let test = Test::text(Match::Inside, ["night"]).expect("there is a word");
    let own = Expression::Leaf(Criterion::new(GroupField::Name, test).expect("text"));
    let criteria = vec![Criteria { tag: Tag::And, own: Some(own), group: Vec::new() }];
    let search = Search::new(criteria, vec![SortKey::by_score()]).expect("within the limits");
    let found =
        world.view("admin").search_groups(&search, Window::first(9), &CancelFlag::default()).expect("nobody stops it");
    let names: Vec<_> = found.entries.iter().map(|entry| entry.group.name.as_str()).collect();
    assert_eq!(names, ["Night", "nightly", "x night", "midnight"]);
}

#[test]
fn what_is_out_of_bounds_is_refused() {
    let word = |text: &str| Test::text(Match::Whole, [text]).expect("there is a word");
    let leaf = || Expression::Leaf(Criterion::new(GroupField::Name, word("x")).expect("text"));
    let entry = |group| Criteria { tag: Tag::And, own: Some(leaf()), group };
    let nested = |depth| (1..depth).fold(vec![entry(Vec::new())], |inner, _| vec![entry(inner)]);
    assert!(Search::new(nested(limits::DEPTH), Vec::new()).is_ok());
    let refused = |criteria, order| match Search::new(criteria, order) {
        Err(Fault::Invalid { field, reason }) => format!("{field:?} {reason:?}"),
        other => format!("{other:?}"),
    };
    assert_eq!(refused(nested(limits::DEPTH + 1), Vec::new()), "NestedCriteria TooDeep { limit: 12 }");
    let many = |n: usize| (0..n).map(|_| entry(Vec::new())).collect::<Vec<_>>();
    assert!(Search::new(many(limits::TERMS), Vec::new()).is_ok());
    assert_eq!(refused(many(limits::TERMS + 1), Vec::new()), "Criteria TooMany { limit: 64 }");
    let values = |n: usize| {
        let texts: Vec<String> = (0..n).map(|n| n.to_string()).collect();
        let test = Test::text(Match::Whole, texts.iter().map(String::as_str)).expect("there are words");
        let own = Expression::Leaf(Criterion::new(GroupField::Name, test).expect("text"));
        vec![Criteria { tag: Tag::And, own: Some(own), group: Vec::new() }]
    };
    assert!(Search::new(values(limits::VALUES), Vec::new()).is_ok());
    assert_eq!(refused(values(limits::VALUES + 1), Vec::new()), "SearchedValues TooMany { limit: 500 }");
    let sorts = |n| vec![SortKey::<GroupField>::by_score(); n];
    assert_eq!(refused(Vec::new(), sorts(limits::SORT_KEYS + 1)), "SortKeys TooMany { limit: 8 }");
    assert_eq!(SortKey::by(GroupField::MemberIds, Direction::Ascending), None);
    assert!(Criterion::new(GroupField::Id, Test::text(Match::Inside, ["a"]).expect("a word")).is_none());
    assert!(Criterion::new(GroupField::MemberCount, word("a")).is_none());
    for pattern in ["(", "a{1000}{1000}", "\\w{500}{50}", &"a".repeat(limits::PATTERN_BYTES + 1), &"(".repeat(40)] {
        assert!(Pattern::new(pattern).is_err(), "{pattern}");
    }
}

/// Only the hits of the page are sorted, and most of the others are skipped by the beginnings of their values.
#[test]
fn a_page_of_many_hits_is_a_slice_of_all() {
    let mut world = World::new("");
    let titles = ["Agent", "Agent of the night", "", "Ägypten", "agent orange", "\u{10ffff}"];
    for at in 0..4_000usize {
        let number = at * 7_919 % 4_000;
        let line = |text: &str| (!text.is_empty()).then(|| Line::stored(text));
        let person = Person {
            email: (number % 3 != 0).then(|| Email::stored(&format!("p{number}@example.org"))),
            texts: [(PersonText::Title, line(titles[number % titles.len()]))].into_iter().collect(),
            ..Person::blank(
                PersonId(id(&format!("{at}"))),
                Name::stored(&format!("Person {at}")),
                DivisionId(id("home")),
            )
        };
        world.directory.apply(&Change::PersonPut(Arc::new(person))).expect("a person fits");
    }
    let view = world.view("admin");
    let value = |person: &Person, field| match field {
        PersonField::Email => person.email.as_ref().map(|email| email.key().to_owned()),
        _ => person.texts.get(PersonText::Title).map(fold),
    };
    for field in [PersonField::Email, PersonField::Title] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let order = vec![SortKey::by(field, direction).expect("it has one value")];
            let search = Search::new(Vec::new(), order).expect("within the limits");
            let page = |start: usize, count: usize| {
                let found = view.search_people(&search, Window { start, count }, &CancelFlag::default());
                found.expect("nobody stops it").entries.into_iter().cloned().collect::<Vec<_>>()
            };
            let all = page(0, 5_000);
            assert!(all.is_sorted_by(|one, other| {
                let by_value = match (value(one, field), value(other, field)) {
                    (Some(one), Some(other)) if direction == Direction::Ascending => one.cmp(&other),
                    (Some(one), Some(other)) => other.cmp(&one),
                    (one, other) => one.is_none().cmp(&other.is_none()),
                };
                by_value.then_with(|| (one.name.key(), one.id).cmp(&(other.name.key(), other.id))).is_lt()
            }));
            for start in [0, 25, 700, 2_000, all.len() - 10, all.len()] {
                let slice = all.iter().skip(start).take(25).cloned().collect::<Vec<_>>();
                assert_eq!(page(start, 25), slice, "{field:?} {direction:?} from {start}");
            }
        }
    }
}
