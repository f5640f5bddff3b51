//! Properties: after any sequence of commands, derived data is correct, a replay of the log gives the same directory,
//! and versions increase by one.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod notation;

use convoke_core::*;
use notation::{World, id};
use proptest::prelude::*;
use std::sync::Arc;

const PEOPLE: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const GROUPS: [&str; 7] = ["g", "h", "i", "j", "k", "l", "m"];
/// Two of these are equal.
const PHONES: [&str; 4] = ["+4911111", "+4922222", "+49-22-222", "+4933333"];
const CALLERS: [&str; 14] = [
    "admin",
    "admin",
    "admin",
    "admin",
    "editor",
    "is-a",
    "is-b",
    "nobody",
    "con/a",
    "con/b",
    "con/+4911111",
    "boss/a",
    "fixed/b",
    "con/a/2",
];
/// The people and callers at the start.
const GIVEN: &str = "hire a; hire b; skill s; skill t; client editor roles=role1; client is-a as=a; client is-b as=b;
    client nobody; create g; create h; attach g h; connect con as=a; connect boss as=a administrator=yes;
    connect fixed as=b group=h";

const SKILLS: [&str; 4] = ["s", "t", "u", "v"];

/// A rule in the notation. Some of its conditions have children.
fn nodes() -> impl Strategy<Value = String> {
    let word = prop::sample::select(&["and", "or", "not"][..]);
    let comparator = prop::sample::select(&["<", "<=", "=", "!=", ">", ">="][..]);
    let comparison = (prop::sample::select(&SKILLS[..]), comparator, 0..6u8)
        .prop_map(|(skill, comparator, level)| format!("{skill}{comparator}{level}"));
    let children = prop::collection::vec((word.clone(), comparison.clone()), 0..2).prop_map(|children| {
        children.iter().map(|(tag, comparison)| format!("{tag}({comparison})")).collect::<String>()
    });
    let condition = (comparison, children).prop_map(|(comparison, children)| format!("{comparison}{children} "));
    let node = (word, prop::collection::vec(condition, 0..3))
        .prop_map(|(tag, conditions)| format!("{tag}[{}] ", conditions.concat()));
    prop::collection::vec(node, 0..3).prop_map(|nodes| nodes.concat())
}

/// A person by name or number.
fn someone() -> impl Strategy<Value = &'static str> + Clone {
    prop_oneof![3 => prop::sample::select(&PEOPLE[..]), 1 => prop::sample::select(&PHONES[..])]
}

/// Commands that change single groups and people.
fn simple() -> impl Strategy<Value = String> {
    let person = prop::sample::select(&PEOPLE[..]);
    let people = prop::collection::vec(person.clone(), 0..4);
    let group = prop::sample::select(&GROUPS[..]);
    let yes = prop::sample::select(&["yes", "no"][..]);
    let visibility = prop::sample::select(&["public", "members", "owners"][..]);
    prop_oneof![
        (group.clone(), visibility.clone(), people.clone(), yes.clone())
            .prop_map(|(g, v, p, y)| format!("create {g} visibility={v} owners={} include-owners={y}", p.join(","))),
        (group.clone(), people.clone()).prop_map(|(g, p)| format!("add {g} {}", p.join(" "))),
        (group.clone(), people.clone()).prop_map(|(g, p)| format!("add {g} {}", p.join(" "))),
        (group.clone(), people.clone()).prop_map(|(g, p)| format!("remove {g} {}", p.join(" "))),
        (group.clone(), people, yes)
            .prop_map(|(g, p, y)| format!("edit {g} owners={} include-owners={y}", p.join(","))),
        (group.clone(), visibility, 0..9u8).prop_map(|(g, v, n)| format!("edit {g} visibility={v} name=n{n}")),
        (group.clone(), 0..3u8).prop_map(|(g, version)| format!("edit {g} name=x version={version}")),
        group.prop_map(|g| format!("delete {g}")),
        person.clone().prop_map(|p| format!("hire {p}")),
        (person.clone(), 0..9u8).prop_map(|(p, n)| format!("change {p} name=p{n}")),
        (person.clone(), prop::sample::select(&["active", "inactive"][..]))
            .prop_map(|(p, state)| format!("change {p} state={state}")),
        someone().prop_map(|p| format!("fire {p}")),
        (prop::sample::select(&SKILLS[..]), 0..4u8).prop_map(|(s, kind)| match kind {
            0 => format!("drop-skill {s}"),
            1 => format!("rename-skill {s} name={s}x"),
            _ => format!("skill {s}"),
        }),
        (person.clone(), prop::sample::select(&SKILLS[..]), 0..11u8)
            .prop_map(|(p, s, halves)| format!("hold {p} {s}={}", f32::from(halves) / 2.0)),
        (person.clone(), prop::sample::select(&SKILLS[..]), 0..6u8)
            .prop_map(|(p, s, n)| format!("hold-only {p} {s}={n}")),
        (person, prop::sample::select(&SKILLS[..])).prop_map(|(p, s)| format!("unlearn {p} {s}")),
        (prop::sample::select(&GROUPS[..]), nodes()).prop_map(|(g, nodes)| format!("rule {g} {nodes}")),
        prop::sample::select(&GROUPS[..]).prop_map(|g| format!("no-rule {g}")),
    ]
}

/// Commands about groups beneath groups, people known by number, subscribers and connectors.
fn nested() -> impl Strategy<Value = String> {
    let group = prop::sample::select(&GROUPS[..]);
    let groups = prop::collection::vec(group.clone(), 1..3);
    let people = prop::collection::vec(someone(), 0..3);
    let number = prop::sample::select(&PHONES[..]);
    let yes = prop::sample::select(&["yes", "no"][..]);
    let one = (group.clone(), someone());
    let connector = prop::sample::select(&["con", "boss", "fixed", "more"][..]);
    prop_oneof![
        4 => (group.clone(), groups.clone()).prop_map(|(g, beneath)| format!("attach {g} {}", beneath.join(" "))),
        2 => (group.clone(), groups).prop_map(|(g, beneath)| format!("detach {g} {}", beneath.join(" "))),
        2 => (group.clone(), people.clone()).prop_map(|(g, p)| format!("add {g} {}", p.join(" "))),
        2 => (group.clone(), group.clone(), people.clone(), people.clone(), yes.clone(), yes.clone()).prop_map(
            |(g, above, admins, members, own, cast)| format!(
                "create {g} own={own} broadcast={cast} admins={} members={} beneath={above}",
                admins.join(","), members.join(",")
            )
        ),
        1 => (group.clone(), yes.clone())
            .prop_map(|(g, cast)| format!("create {g} visibility=members kind=social own=yes broadcast={cast}")),
        1 => one.clone().prop_map(|(g, p)| format!("take-out {g} {p}")),
        1 => one.clone().prop_map(|(g, p)| format!("promote {g} {p}")),
        1 => one.prop_map(|(g, p)| format!("demote {g} {p}")),
        1 => (group.clone(), people.clone()).prop_map(|(g, p)| format!("subscribe {g} {}", p.join(" "))),
        1 => (group.clone(), people).prop_map(|(g, p)| format!("unsubscribe {g} {}", p.join(" "))),
        1 => number.clone().prop_map(|n| format!("provision {n}")),
        1 => (prop::sample::select(&PEOPLE[..]), number, 0..3u8).prop_map(|(p, n, kind)| match kind {
            0 => format!("change {p} phones="),
            1 => format!("change {p} phones=~{n}"),
            _ => format!("change {p} phones={n},+4944444"),
        }),
        1 => (connector, someone(), group, 0..5u8).prop_map(|(k, p, g, kind)| match kind {
            0 => format!("regenerate {k}"),
            1 => format!("disconnect {k}"),
            2 => format!("connect {k} as={p} group={g}"),
            3 => format!("connect {k} as={p} administrator=yes"),
            _ => format!("connect {k} as={p}"),
        }),
    ]
}

/// Rows of an import.
fn rows() -> impl Strategy<Value = String> {
    let person = prop::sample::select(&PEOPLE[..]);
    let group = prop::sample::select(&GROUPS[..]);
    let skill = prop::sample::select(&SKILLS[..]);
    let owners = prop::collection::vec(person.clone(), 0..3);
    prop_oneof![
        (person.clone(), person.clone(), skill.clone(), 0..6u8)
            .prop_map(|(p, q, s, n)| format!("put-person {p} email={q}@example.org name={p} skills={s}:{n}")),
        (person.clone(), person.clone(), prop::sample::select(&PHONES[..]))
            .prop_map(|(p, q, phone)| format!("put-person {p} id={p} name={p} boss={q} phone={phone}")),
        (person.clone(), person.clone())
            .prop_map(|(p, q)| format!("put-person {p} email={p}@example.org boss={q}@example.org")),
        (group.clone(), owners).prop_map(|(g, o)| format!("put-group {g} name={g} owners={}", o.join(","))),
        (group.clone(), nodes()).prop_map(|(g, nodes)| format!("put-group {g} name=x rule={}", nodes.replace(' ', ""))),
        (group, person).prop_map(|(g, p)| format!("add {g} {p}@example.org")),
        (skill.clone(), skill).prop_map(|(s, t)| format!("put-skill {s} id={s} name={t}")),
    ]
}

fn line() -> impl Strategy<Value = String> {
    let command = prop_oneof![3 => simple(), 3 => nested(), 1 => rows()];
    (prop::sample::select(&CALLERS[..]), command).prop_map(|(caller, command)| format!("{caller}: {command}"))
}

fn version(world: &World, group: &str) -> Option<u32> {
    world.view("admin").group(GroupId(id(group))).ok().map(|entry| entry.stamp.version)
}

/// The number of cases, or the value of `PROPTEST_CASES`.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(400), ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_commands_makes_verify_speak(lines in prop::collection::vec(line(), 1..60)) {
        let mut world = World::new(GIVEN);
        for line in lines {
            let before: Vec<_> = GROUPS.iter().map(|group| version(&world, group)).collect();
            let held = world.directory.clone();
            let said = world.run(&line);
            for (group, before) in GROUPS.iter().zip(before) {
                match (before, version(&world, group)) {
                    (Some(before), Some(after)) => {
                        prop_assert!(after == before || after == before + 1, "{}: {} to {}", line, before, after);
                    }
                    (None, Some(after)) => prop_assert_eq!(after, 1),
                    _ => {}
                }
            }
            if said.starts_with("refused") || said.starts_with("nothing") {
                prop_assert_eq!(verify::differences(&held, &world.directory, ("before", "after")), Vec::<String>::new());
            }
        }
        prop_assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
        let Change::OrganisationPut(organisation) = &world.log[0] else { panic!("a log begins at its start") };
        let mut replayed = Directory::new(Arc::clone(organisation));
        world.log.iter().for_each(|change| replayed.apply(change).expect("a logged change fits"));
        prop_assert_eq!(verify::differences(&world.directory, &replayed, ("kept", "replayed")), Vec::<String>::new());
    }

    /// People who leave all groups at once, and skills that everyone loses at once. After each step the derived data of
    /// rules, owners and the hierarchy is correct.
    #[test]
    fn consequences_for_many_are_what_a_rebuild_finds(
        groups in prop::collection::vec((prop::collection::vec(0..6usize, 0..4), any::<bool>(), nodes()), GROUPS.len()),
        added in prop::collection::vec((0..7usize, 0..6usize), 0..12),
        edges in prop::collection::vec((0..7usize, 0..7usize), 0..9),
        held in prop::collection::vec((0..6usize, 0..4usize, 0..6u8), 4..24),
        ends in prop::collection::vec((any::<bool>(), 0..6usize), 1..6),
    ) {
        let mut world = World::new("hire a; hire b; hire c; hire d; hire e; hire f; skill s; skill t; skill u; skill v");
        let mut lines: Vec<String> =
            held.iter().map(|(p, s, n)| format!("hold {} {}={n}", PEOPLE[*p], SKILLS[*s])).collect();
        for (group, (owners, counted, nodes)) in GROUPS.iter().zip(&groups) {
            let owners: Vec<_> = owners.iter().map(|owner| PEOPLE[*owner]).collect();
            let counted = if *counted { "yes" } else { "no" };
            lines.push(format!("create {group} owners={} include-owners={counted} broadcast=yes", owners.join(",")));
            lines.push(format!("rule {group} {nodes}"));
        }
        lines.extend(added.iter().map(|(g, p)| format!("add {} {}", GROUPS[*g], PEOPLE[*p])));
        lines.extend(added.iter().rev().map(|(g, p)| format!("subscribe {} {}", GROUPS[*g], PEOPLE[*p])));
        lines.extend(edges.iter().map(|(g, h)| format!("attach {} {}", GROUPS[*g], GROUPS[*h])));
        lines.iter().for_each(|line| drop(world.run(&format!("admin: {line}"))));
        for (is_person, at) in ends {
            match is_person {
                true => world.run(&format!("admin: fire {}", PEOPLE[at])),
                false => world.run(&format!("admin: drop-skill {}", SKILLS[at % SKILLS.len()])),
            };
            prop_assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
        }
    }

    #[test]
    fn a_copy_stays_as_it_was(lines in prop::collection::vec(line(), 1..30)) {
        let mut world = World::new(GIVEN);
        let copy = world.directory.clone();
        let then = Directory::build(copy.records()).expect("records of a directory build one");
        lines.iter().for_each(|line| drop(world.run(line)));
        prop_assert_eq!(verify::differences(&copy, &then, ("copy", "then")), Vec::<String>::new());
    }
}
