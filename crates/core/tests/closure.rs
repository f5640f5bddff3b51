//! Properties of hierarchies. After any changes, the stored closure of each group equals a walk down from it, and each
//! caller sees the part of it that the documents specify.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod notation;

use convoke_core::*;
use notation::{World, actor_of, id};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const GROUPS: [&str; 12] = ["ga", "gb", "gc", "gd", "ge", "gf", "gg", "gh", "gi", "gj", "gk", "gl"];
const PEOPLE: [&str; 8] = ["a", "b", "c", "d", "e", "f", "+4911111", "+4922222"];
const ALL: Window = Window { start: 0, count: 500 };

type Name = &'static str;

/// Which group is directly beneath which, as tracked by the test.
#[derive(Clone, Debug, Default)]
struct Graph {
    edges: BTreeSet<(Name, Name)>,
}

impl Graph {
    fn next(&self, group: Name) -> impl Iterator<Item = Name> {
        self.edges.iter().filter(move |(upper, _)| *upper == group).map(|(_, lower)| *lower)
    }

    fn beneath(&self, group: Name) -> BTreeSet<Name> {
        self.next(group).flat_map(|lower| self.beneath(lower).into_iter().chain([lower])).collect()
    }

    fn above(&self, group: Name) -> BTreeSet<Name> {
        GROUPS.into_iter().filter(|upper| self.beneath(upper).contains(group)).collect()
    }

    fn levels_beneath(&self, group: Name) -> usize {
        self.next(group).map(|lower| self.levels_beneath(lower) + 1).max().unwrap_or(0)
    }

    fn levels_above(&self, group: Name) -> usize {
        let uppers = self.edges.iter().filter(|(_, lower)| *lower == group);
        uppers.map(|(upper, _)| self.levels_above(upper) + 1).max().unwrap_or(0)
    }

    fn forget(&mut self, group: Name) {
        self.edges.retain(|(upper, lower)| *upper != group && *lower != group);
    }
}

/// The people of a group itself, by name: members, silent owners and subscribers.
#[derive(Clone, Debug, Default)]
struct Own {
    members: BTreeSet<String>,
    owners: BTreeSet<String>,
    subscribers: BTreeSet<String>,
}

impl Own {
    fn users(&self) -> BTreeSet<String> {
        self.members.union(&self.owners).cloned().collect()
    }
}

/// The people of each existing group itself.
fn own_of(world: &World) -> BTreeMap<Name, Own> {
    let view = world.view("admin");
    let name_of = |id: PersonId| view.person(id, PersonFilter::Living).expect("it is there").name.as_str().to_owned();
    let own = |entry: &GroupEntry| Own {
        members: names(view.members(entry, ALL, Direction::Ascending)),
        owners: entry.group.owners.iter().map(|owner| name_of(*owner)).collect(),
        // Only broadcast groups have subscribers.
        subscribers: view
            .subscribers(entry, None, 500)
            .map(|(people, _)| people.iter().map(|p| p.name.as_str().to_owned()).collect())
            .unwrap_or_default(),
    };
    GROUPS.into_iter().filter_map(|group| Some((group, own(view.group(GroupId(id(group))).ok()?)))).collect()
}

fn names(listing: Listing<&std::sync::Arc<Person>>) -> BTreeSet<String> {
    let names: BTreeSet<_> = listing.entries.iter().map(|person| person.name.as_str().to_owned()).collect();
    assert_eq!(names.len(), listing.total, "each is there once");
    names
}

/// One step: an operation, two groups and a person.
type Step = (u8, usize, usize, usize);

fn steps(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0u8..32, 0..GROUPS.len(), 0..GROUPS.len(), 0..PEOPLE.len()), n)
}

/// The command of a step, and its two groups.
fn line((what, one, other, person): Step, n: usize) -> (String, Name, Name) {
    let pick = |list: &[Name], at: usize| list[at % list.len()];
    let (g, h, p) = (GROUPS[one % n], GROUPS[other % n], PEOPLE[person]);
    let (q, skill) = (pick(&PEOPLE, person + other), ["s", "t"][person % 2]);
    let line = match what {
        0..=8 => format!("attach {g} {h}"),
        9..=12 => format!("detach {g} {h}"),
        13..=16 => format!("add {g} {p} {q}"),
        17 | 18 => format!("remove {g} {p}"),
        19 => format!("delete {g}"),
        20 => format!("create {g} visibility={}", pick(&["public", "members", "owners"], person)),
        21 => format!("rule {g} and[{skill}>={}]", other % 5),
        22 => format!("rule {g} not[{skill}>={}]", other % 5),
        23 => format!("no-rule {g}"),
        24 => format!("hold {p} {skill}={}", other % 6),
        25 => format!("unlearn {p} {skill}"),
        26 => format!("edit {g} owners={p},{q} include-owners=no"),
        27 => format!("edit {g} owners={p} include-owners=yes"),
        28 => format!("change {p} state={}", pick(&["active", "inactive"], other)),
        29 => format!("fire {p}"),
        30 => format!("take-out {g} {p}"),
        _ => format!("drop-skill {skill}"),
    };
    (line, g, h)
}

const GIVEN: &str =
    "hire a; hire b; hire c; hire d; hire e; hire f state=inactive; skill s; skill t; hold a s=3; hold b t=2;
    create crowd; add crowd +4911111 +4922222; connect k as=administrator";

/// Runs a step, and updates the graph if the command succeeded.
fn take(world: &mut World, graph: &mut Graph, step: Step, n: usize) -> Result<(), TestCaseError> {
    let (line, g, h) = line(step, n);
    let has = |world: &World, group: Name| world.view("admin").group(GroupId(id(group))).is_ok();
    let (is_there, before) = (has(world, g) && has(world, h), version(world, g));
    let said = world.run(&format!("admin: {line}"));
    let verb = line.split(' ').next().unwrap_or_default();
    match verb {
        "attach" if is_there => {
            let is_cycle = g == h || graph.beneath(h).contains(g);
            let is_deep = graph.levels_above(g) + 1 + graph.levels_beneath(h) > limits::HIERARCHY_DEPTH;
            let is_new = !graph.edges.contains(&(g, h));
            let expected = match () {
                () if is_cycle => "refused: a cycle",
                () if !is_new => "nothing",
                () if is_deep => "refused: Subgroups TooDeep { limit: 10 }",
                () => said.as_str(),
            };
            prop_assert_eq!(&said, expected, "{}", line);
            if !is_cycle && !is_deep && is_new {
                prop_assert!(!said.starts_with("refused") && said != "nothing", "{}: {}", line, said);
                graph.edges.insert((g, h));
                prop_assert_eq!(version(world, g), before + 1);
            }
        }
        "detach" if is_there => {
            let expected = if graph.edges.remove(&(g, h)) { before + 1 } else { before };
            prop_assert_eq!(version(world, g), expected, "{}: {}", line, said);
        }
        "delete" => graph.forget(g),
        _ => {}
    }
    Ok(())
}

fn version(world: &World, group: Name) -> u32 {
    world.view("admin").group(GroupId(id(group))).map_or(0, |entry| entry.stamp.version)
}

/// Compares the closure of each group with a walk down from it.
fn compare(world: &World, graph: &Graph) -> Result<(), TestCaseError> {
    let view = world.view("admin");
    let own = own_of(world);
    let unprovisioned: BTreeSet<String> = view
        .people(PeopleFilter::Any, ALL, Direction::Ascending)
        .entries
        .iter()
        .filter(|person| !person.provisioned)
        .map(|person| person.name.as_str().to_owned())
        .collect();
    let user_count = |groups: &BTreeSet<Name>| {
        let users = || groups.iter().filter_map(|group| own.get(group)).flat_map(Own::users);
        UserCount { all: users().count(), unprovisioned: users().filter(|user| unprovisioned.contains(user)).count() }
    };
    for group in own.keys() {
        let entry = view.group(GroupId(id(group))).expect("it is there");
        let mut groups = graph.beneath(group);
        groups.insert(*group);
        let of = |part: fn(&Own) -> BTreeSet<String>| -> BTreeSet<String> {
            groups.iter().filter_map(|group| own.get(group)).flat_map(part).collect()
        };
        let effective = names(view.effective_members(entry, ALL, Direction::Ascending));
        prop_assert_eq!(effective, of(|own| own.members.clone()), "{} of {:?}", group, graph);
        let expected = HierarchyCounts {
            n_parents: graph.edges.iter().filter(|(_, lower)| lower == group).count(),
            n_subgroups: graph.next(group).count(),
            own: user_count(&BTreeSet::from([*group])),
            all: user_count(&groups),
            distinct: of(Own::users).len(),
        };
        prop_assert_eq!(view.hierarchy_counts(entry), expected, "{} of {:?}", group, graph);
        let subgroups: BTreeSet<_> = view.subgroups(entry).iter().map(|entry| entry.group.id).collect();
        prop_assert_eq!(subgroups, graph.next(group).map(|lower| GroupId(id(lower))).collect::<BTreeSet<_>>());
    }
    Ok(())
}

/// Compares the listed groups of each person with the effective members of all groups that the caller can see.
fn compare_memberships(view: &View, seen: &[&Arc<GroupEntry>]) -> Result<(), TestCaseError> {
    let effective: Vec<BTreeSet<PersonId>> = seen
        .iter()
        .map(|entry| {
            view.effective_members(entry, ALL, Direction::Ascending).entries.iter().map(|one| one.id).collect()
        })
        .collect();
    for person in view.people(PeopleFilter::Any, ALL, Direction::Ascending).entries {
        let Ok(found) = view.memberships(person.id, Memberships::Effective, ALL, Direction::Ascending) else {
            continue;
        };
        let found: BTreeSet<_> = found.entries.iter().map(|membership| membership.group.group.id).collect();
        let of_person = || seen.iter().zip(&effective).filter(|(_, members)| members.contains(&person.id));
        let expected: BTreeSet<_> = of_person().map(|(entry, _)| entry.group.id).collect();
        prop_assert_eq!(found, expected, "the groups of {}", person.name.as_str());
        for (entry, members) in seen.iter().zip(&effective) {
            let Ok(why) = view.explain(entry.group.id, person.id) else { continue };
            prop_assert_eq!(why.is_member || !why.path.is_empty(), members.contains(&person.id));
            let Some(last) = why.path.last() else { continue };
            let is_member = view.explain(last.group.id, person.id).is_ok_and(|why| why.is_member);
            prop_assert!(is_member, "the path ends at {}, which {} is no member of", last.group.id, person.id);
            // From each group of the path, the rest of the path leads to the person too.
            let here = why.path.iter().map(|entry| entry.group.id).collect::<BTreeSet<_>>();
            prop_assert_eq!(here.len(), why.path.len(), "no group is on the path twice");
            prop_assert!(why.path.iter().all(|lower| lower.group.id != entry.group.id));
        }
    }
    Ok(())
}

/// A world with this number of groups, of which the first ones are a chain.
fn begin(n: usize, chained: usize, given: &str) -> (World, Graph) {
    let mut world = World::new(&format!("{GIVEN}; {given}"));
    let mut graph = Graph::default();
    let groups = &GROUPS[..n];
    groups.iter().for_each(|group| drop(world.run(&format!("admin: create {group}"))));
    for pair in groups.windows(2).take(chained) {
        graph.edges.insert((pair[0], pair[1]));
        assert!(!world.run(&format!("admin: attach {} {}", pair[0], pair[1])).starts_with("refused"));
    }
    (world, graph)
}

/// The number of cases, or the value of `PROPTEST_CASES`.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(400), ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_is_what_going_down_finds(n in 2..=GROUPS.len(), chained in 0..=limits::HIERARCHY_DEPTH, steps in steps(1..40)) {
        let (mut world, mut graph) = begin(n, chained, "");
        for step in steps {
            take(&mut world, &mut graph, step, n)?;
            compare(&world, &graph)?;
        }
        prop_assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
    }
}

/// The callers, by OAuth clients and by connectors. One connector is an administrator's, and one is confined.
const CALLERS: [&str; 16] = [
    "admin",
    "editor",
    "reader",
    "is-a",
    "is-b",
    "is-c",
    "k/a",
    "k/b",
    "k/c",
    "k/d",
    "k/+4911111",
    "boss/a",
    "boss/b",
    "fixed/a",
    "fixed/d",
    "both/a",
];
const WATCHED: &str = "client editor roles=role1; client reader roles=role3; client is-a as=a; client is-b as=b;
    client is-c as=c; connect boss as=a administrator=yes; create ga visibility=members kind=social; create gb kind=social;
    create gc visibility=owners broadcast=yes; create gd visibility=members; create ge visibility=members kind=social broadcast=yes;
    connect fixed as=a group=ga; connect both as=a group=gb administrator=yes; subscribe ge a b; subscribe gc c";

/// What the documents allow a caller to see of each group.
struct Sight<'a> {
    caller: &'a str,
    graph: &'a Graph,
    own: &'a BTreeMap<Name, Own>,
    groups: BTreeMap<Name, (Visibility, GroupKind)>,
}

impl Sight<'_> {
    /// The person that the caller acts for.
    fn person(&self) -> Option<&str> {
        self.caller.strip_prefix("is-").or(self.caller.split_once('/').map(|(_, person)| person))
    }

    /// The group that confines the caller.
    fn confined(&self) -> Option<Name> {
        match self.caller.split_once('/')?.0 {
            "fixed" => Some("ga"),
            "both" => Some("gb"),
            _ => None,
        }
    }

    fn by_connector(&self) -> bool {
        self.caller.contains('/')
    }

    fn is_in(&self, group: Name, part: fn(&Own) -> BTreeSet<String>) -> bool {
        self.person().is_some_and(|person| self.own.get(group).is_some_and(|own| part(own).contains(person)))
    }

    /// Whether the person can see the group by its visibility.
    fn finds(&self, group: Name) -> bool {
        self.groups.get(group).is_some_and(|(visibility, _)| match visibility {
            Visibility::Public => true,
            Visibility::Members => self.is_in(group, Own::users),
            Visibility::Owners => self.is_in(group, |own| own.owners.clone()),
        })
    }

    /// Whether the person is a user of a group that it can see.
    fn uses(&self, group: Name) -> bool {
        self.finds(group) && self.is_in(group, Own::users)
    }

    fn subscribes(&self, group: Name) -> bool {
        self.finds(group) && self.is_in(group, |own| own.subscribers.clone())
    }

    /// An administrator's connector manages official groups, for its own person.
    fn manages(&self, group: Name) -> bool {
        self.caller == "boss/a" && self.groups.get(group).is_some_and(|(_, kind)| *kind == GroupKind::Official)
    }

    fn reads(&self, group: Name) -> bool {
        if !self.groups.contains_key(group) {
            return false;
        }
        if let Some(own) = self.confined() {
            return group == own || self.graph.beneath(own).contains(group);
        }
        let sees_all = matches!(self.caller, "admin" | "editor");
        let along = || self.graph.above(group).into_iter().any(|upper| self.uses(upper));
        self.finds(group) || sees_all || self.manages(group) || (self.by_connector() && along())
    }

    /// Whether the caller only knows the group's name.
    fn glimpses(&self, group: Name) -> bool {
        let beneath = self.graph.beneath(group);
        let is_above = match self.confined() {
            Some(own) => beneath.contains(own),
            None => self.by_connector() && beneath.into_iter().any(|lower| self.uses(lower)),
        };
        !self.reads(group) && is_above
    }

    fn own(&self, group: Name) -> bool {
        match self.confined() {
            Some(own) => group == own,
            None => self.uses(group) || self.subscribes(group),
        }
    }

    /// Whether the group is one of the caller's, or above or beneath one.
    fn along(&self, group: Name) -> bool {
        let above_own = self.graph.beneath(group).into_iter().any(|lower| self.own(lower));
        let beneath_used =
            |upper: Name| self.confined() == Some(upper) || (self.confined().is_none() && self.uses(upper));
        self.own(group) || self.manages(group) || above_own || self.graph.above(group).into_iter().any(beneath_used)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(400), ..ProptestConfig::default() })]

    #[test]
    fn callers_see_what_the_documents_give_them(n in 5..10usize, chained in 0..6usize, steps in steps(1..40)) {
        let (mut world, mut graph) = begin(n, chained, WATCHED);
        for step in steps {
            take(&mut world, &mut graph, step, n)?;
        }
        let own = own_of(&world);
        let groups: BTreeMap<_, _> = {
            let view = world.view("admin");
            let found = own.keys().map(|name| (*name, view.group(GroupId(id(name))).expect("it is there")));
            found.map(|(name, entry)| (name, (entry.group.visibility, entry.group.kind))).collect()
        };
        for caller in CALLERS {
            // Some callers are invalid: they or their person or group were deleted or made inactive.
            let Ok(view) = admit(&world.directory, &actor_of(caller), Permissions::NONE) else { continue };
            let sight = Sight { caller, graph: &graph, own: &own, groups: groups.clone() };
            let reads = |group: &Name| sight.reads(group);
            for name in GROUPS {
                let group = GroupId(id(name));
                match (view.known_group(group), view.group(group)) {
                    (Ok(known), Ok(_)) => prop_assert!(known.in_detail && reads(&name), "{} reads {}", caller, name),
                    (Ok(known), Err(Fault::NotAllowed(_))) => {
                        prop_assert!(!known.in_detail && sight.glimpses(name), "{} knows {}", caller, name);
                    }
                    (Err(_), Err(Fault::NotFound { .. })) => {
                        prop_assert!(!reads(&name) && !sight.glimpses(name), "{} finds no {}", caller, name);
                    }
                    other => prop_assert!(false, "{} and {}: {:?}", caller, name, other),
                }
                let Ok(entry) = view.group(group) else { continue };
                let subgroups: BTreeSet<_> = view.subgroups(entry).iter().map(|entry| entry.group.id).collect();
                let expected = graph.next(name).filter(reads).map(|lower| GroupId(id(lower))).collect::<BTreeSet<_>>();
                prop_assert_eq!(&subgroups, &expected, "{} and what is beneath {}", caller, name);
                let listing = view.subgroups_window(entry, ALL, Direction::Descending);
                prop_assert_eq!(listing.entries.iter().map(|entry| entry.group.id).collect::<BTreeSet<_>>(), expected);
                let seen = graph.beneath(name).into_iter().filter(reads).chain([name]);
                let expected: BTreeSet<_> = seen.filter_map(|group| own.get(group)).flat_map(|own| own.members.clone()).collect();
                let effective = names(view.effective_members(entry, ALL, Direction::Ascending));
                prop_assert_eq!(effective, expected, "{} and the members of {}", caller, name);
            }
            let ids = |known: Vec<KnownGroup>| known.iter().map(|known| (known.entry.group.id, known.in_detail)).collect::<BTreeSet<_>>();
            let listed = view.groups(ALL, Direction::Ascending);
            compare_memberships(&view, &listed.entries)?;
            let listed: BTreeSet<_> = listed.entries.iter().map(|entry| entry.group.id).collect();
            let all = || groups.keys().copied().chain(["crowd"]);
            let expected: BTreeSet<_> = all().filter(|name| if *name == "crowd" { sight.confined().is_none() } else { reads(name) }).map(|name| GroupId(id(name))).collect();
            prop_assert_eq!(listed, expected, "{} lists", caller);
            if sight.by_connector() {
                let crowd = GroupId(id("crowd"));
                let known = |name: &Name| sight.reads(name) || sight.glimpses(name);
                let of = |takes: &dyn Fn(Name) -> bool| -> BTreeSet<_> {
                    groups.keys().filter(|name| takes(name) && known(name)).map(|name| (GroupId(id(name)), reads(name))).collect()
                };
                let without = |known: Vec<KnownGroup>| ids(known).into_iter().filter(|(id, _)| *id != crowd).collect::<BTreeSet<_>>();
                prop_assert_eq!(without(view.own_groups(Range::Own)), of(&|name| sight.own(name)), "{} is in", caller);
                prop_assert_eq!(without(view.own_groups(Range::Hierarchy)), of(&|name| sight.along(name)), "{} is along", caller);
            }
        }
    }
}
