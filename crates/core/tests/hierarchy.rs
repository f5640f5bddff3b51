//! Rules about groups beneath groups. Each is one line: given, command, expected.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod notation;

use convoke_core::*;
use notation::{World, id};
use std::sync::Arc;

/// People a, b, c, an inactive d, a deleted e. Callers: admin, nobody (without a person), and one for each of a, b, c.
const STAFF: &str = "hire a; hire b; hire c; hire d state=inactive; hire e; fire e;
    client nobody; client reader roles=role3; client editor roles=role1;
    client is-a as=a; client is-b as=b; client is-c as=c";

#[track_caller]
fn world(given: &str) -> World {
    World::new(&format!("{STAFF}; {given}"))
}

#[track_caller]
fn check(given: &str, asked: &str, expected: &str) {
    let mut world = world(given);
    assert_eq!(world.run(asked), expected, "given {given}: {asked}");
    assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
}

/// Runs further commands as administrator, and checks what `said` returns for some groups.
#[track_caller]
fn after(given: &str, asked: &str, said: impl Fn(&World, GroupId) -> String, expected: &[(&str, &str)]) {
    let mut world = world(given);
    for line in asked.split(';').map(str::trim).filter(|line| !line.is_empty()) {
        world.run(&if line.contains(':') { line.to_owned() } else { format!("admin: {line}") });
    }
    for (group, expected) in expected {
        assert_eq!(said(&world, GroupId(id(group))), *expected, "given {given}: {asked}: {group}");
    }
    assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
}

fn version(world: &World, group: GroupId) -> String {
    match world.view("admin").group(group) {
        Ok(entry) => format!("v{}", entry.stamp.version),
        Err(_) => "gone".into(),
    }
}

const ALL: Window = Window { start: 0, count: 500 };

fn names<'d>(people: impl IntoIterator<Item = &'d Arc<Person>>) -> String {
    people.into_iter().map(|person| person.name.as_str()).collect::<Vec<_>>().join(",")
}

/// The members of a group and of those beneath it.
fn effective(world: &World, group: GroupId) -> String {
    let view = world.view("admin");
    let Ok(entry) = view.group(group) else { return "gone".into() };
    names(view.effective_members(entry, ALL, Direction::Ascending).entries)
}

/// `PARENTS^ SUBGROUPS_ OWN ALL DISTINCT`. After a slash, OWN and ALL have the number of people known by number only.
fn hierarchy_counts(world: &World, group: GroupId) -> String {
    let view = world.view("admin");
    let Ok(entry) = view.group(group) else { return "gone".into() };
    let HierarchyCounts { n_parents, n_subgroups, own, all, distinct } = view.hierarchy_counts(entry);
    assert_eq!(view.neighbours(entry), (n_parents > 0, n_subgroups > 0));
    let user_count = |user_count: UserCount| match user_count.unprovisioned {
        0 => user_count.all.to_string(),
        unprovisioned => format!("{}/{unprovisioned}", user_count.all),
    };
    format!("{n_parents}^ {n_subgroups}_ {} {} {distinct}", user_count(own), user_count(all))
}

#[test]
fn putting_groups_beneath_groups() {
    check("create g; create h", "admin: attach g h", "g v2 individuals= members=");
    check("create g; create h; create i", "admin: attach g h i", "g v2 individuals= members=");
    check("create g; create h", "admin: attach g h h", "g v2 individuals= members=");
    check("create g; create h", "admin: attach g", "nothing");
    check("create g; create h; add h a", "admin: attach g h", "g v2 individuals= members=");
    check("create g; create h; create i; attach g h i", "admin: attach g h", "nothing");
    check("create g; create h; create i; attach g h", "admin: attach g h i", "g v3 individuals= members=");
    check("create g; create h", "admin: attach g h version=1", "g v2 individuals= members=");
    check("create g; create h; edit g name=x", "admin: attach g h version=1", "refused: version 1 is 2 now");
    check("create g; create h; attach g h", "admin: attach g h version=1", "refused: version 1 is 2 now");
    // If one group does not exist, all are refused.
    check("create g; create h", "admin: attach g h x", "refused: no such group");
    check("create h", "admin: attach g h", "refused: no such group");
    after("create g; create h", "attach g h x", version, &[("g", "v1")]);
    after("create g; create h", "attach g h x", hierarchy_counts, &[("g", "0^ 0_ 0 0 0"), ("h", "0^ 0_ 0 0 0")]);
    // Only the upper group gets a new version, and only if something changed.
    after("create g; create h", "attach g h", version, &[("g", "v2"), ("h", "v1")]);
    after("create g; create h", "attach g h; attach g h", version, &[("g", "v2"), ("h", "v1")]);
    after("create g; create h; attach g h", "add h a", version, &[("g", "v2"), ("h", "v2")]);
    // A group may have several parents.
    after("create g; create h; create i", "attach g i; attach h i", version, &[("g", "v2"), ("h", "v2"), ("i", "v1")]);
    after(
        "create g; create h; create i",
        "attach g i; attach h i; attach g h",
        hierarchy_counts,
        &[("g", "0^ 2_ 0 0 0"), ("h", "1^ 1_ 0 0 0"), ("i", "2^ 0_ 0 0 0")],
    );
}

#[test]
fn taking_groups_out_from_beneath() {
    let given = "create g; create h; create i; attach g h i";
    check(given, "admin: detach g h", "g v3 individuals= members=");
    check(given, "admin: detach g h i h", "g v3 individuals= members=");
    check(given, "admin: detach g", "nothing");
    check(given, "admin: detach h g", "nothing");
    check(&format!("{given}; detach g h"), "admin: detach g h", "nothing");
    check(given, "admin: detach g h x", "refused: no such group");
    check(given, "admin: detach x h", "refused: no such group");
    after(given, "detach g h x", version, &[("g", "v2")]);
    after(given, "detach g h", version, &[("g", "v3"), ("h", "v1"), ("i", "v1")]);
    after(given, "detach g h", hierarchy_counts, &[("g", "0^ 1_ 0 0 0"), ("h", "0^ 0_ 0 0 0"), ("i", "1^ 0_ 0 0 0")]);
    // The removed group stays unchanged.
    after(&format!("{given}; add h a"), "detach g h", effective, &[("g", ""), ("h", "a")]);
}

#[test]
fn no_group_is_beneath_itself() {
    check("create g", "admin: attach g g", "refused: a cycle");
    check("create g; create h; attach g h", "admin: attach h g", "refused: a cycle");
    let chain = "create g; create h; create i; create j; attach g h; attach h i; attach i j";
    check(chain, "admin: attach j g", "refused: a cycle");
    check(chain, "admin: attach j h", "refused: a cycle");
    // If one group would make a cycle, all are refused.
    check(&format!("{chain}; create k"), "admin: attach j k g", "refused: a cycle");
    // A second path down is no cycle, and a removed path back is none.
    check(chain, "admin: attach g j", "g v3 individuals= members=");
    check(&format!("{chain}; detach h i"), "admin: attach j g", "j v2 individuals= members=");
    check(&format!("{chain}; delete i"), "admin: attach j g", "j v2 individuals= members=");
    check(&format!("{chain}; attach g i; detach h i"), "admin: attach j g", "refused: a cycle");
}

/// Groups g0 to g10, each beneath the one before.
fn chain(levels: usize) -> String {
    let groups = (0..=levels).map(|level| format!("create g{level}")).collect::<Vec<_>>();
    let edges = (0..levels).map(|level| format!("attach g{level} g{}", level + 1)).collect::<Vec<_>>();
    [groups, edges].concat().join("; ")
}

#[test]
fn how_deep_and_how_large_a_hierarchy_may_be() {
    let full = format!("{}; create x; create y; create z; attach y z", chain(limits::HIERARCHY_DEPTH));
    let too_deep = "refused: Subgroups TooDeep { limit: 10 }";
    check(&full, "admin: attach g9 x", "g9 v3 individuals= members=");
    check(&full, "admin: attach g10 x", too_deep);
    check(&full, "admin: attach x g0", too_deep);
    check(&full, "admin: attach x g1", "x v2 individuals= members=");
    check(&full, "admin: attach g8 y", "g8 v3 individuals= members=");
    check(&full, "admin: attach g9 y", too_deep);
    check(&full, "admin: attach g9 x y", too_deep);
    check(&full, "admin: create w beneath=g9", "w v1 individuals= members=; g9 v3 individuals= members=");
    check(&full, "admin: create w beneath=g10", too_deep);
    // The longest path counts.
    check(&format!("{full}; attach g0 g5; attach g0 g10"), "admin: attach g10 x", too_deep);
    check(&format!("{full}; attach g0 g5; detach g4 g5"), "admin: attach g10 x", "g10 v2 individuals= members=");
    let many = |n: usize| (0..n).map(|n| format!("x{n}")).collect::<Vec<_>>();
    let given = format!(
        "create g; create h; {}",
        many(limits::SUBGROUPS).iter().map(|x| format!("create {x};")).collect::<String>()
    );
    let list = many(limits::SUBGROUPS).join(" ");
    check(&given, &format!("admin: attach g {list}"), "g v2 individuals= members=");
    check(&given, &format!("admin: attach g {list} h"), "refused: Subgroups TooMany { limit: 100 }");
    check(&given, &format!("admin: detach g {list} h"), "refused: Subgroups TooMany { limit: 100 }");
}

/// Many groups above and many beneath make an edge expensive.
#[test]
fn much_work_is_refused() {
    let side = (1..).find(|n| n * n > limits::HIERARCHY_WORK).expect("a number large enough") - 1;
    let mut given = vec!["create top; create low; create other".to_owned()];
    for n in 1..side {
        given.push(format!("create u{n}; attach u{n} top; create l{n}"));
    }
    for batch in (1..side).collect::<Vec<_>>().chunks(limits::SUBGROUPS) {
        given.push(format!("attach low {}", batch.iter().map(|n| format!("l{n}")).collect::<Vec<_>>().join(" ")));
    }
    let mut world = World::new(&given.join("; "));
    assert_eq!(world.run("admin: attach low other"), format!("low v{} individuals= members=", side / 100 + 3));
    let said = world.run("admin: attach top low");
    assert!(said.starts_with("refused: Subgroups TooManyOf"), "{said}");
    assert_eq!(world.run("admin: detach low other"), format!("low v{} individuals= members=", side / 100 + 4));
    assert_eq!(world.run("admin: attach top low"), "top v2 individuals= members=");
    assert_eq!(hierarchy_counts(&world, GroupId(id("u1"))), "0^ 1_ 0 0 0");
    assert_eq!(hierarchy_counts(&world, GroupId(id("top"))), format!("{}^ 1_ 0 0 0", side - 1));
    assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
}

#[test]
fn who_may_attach_and_detach() {
    let given = "create g owners=a; create open; create club visibility=members owners=b; add club a;
        create board visibility=owners owners=b; create own visibility=owners owners=a";
    // Only an owner of both groups may do it, even if the lower one is public, because it would show the groups
    // beneath.
    check(given, "is-a: attach g open", "refused: not allowed");
    check(given, "is-a: attach g own", "g v2 individuals= members=a");
    check(given, "is-a: attach g club", "refused: not allowed");
    check(given, "is-a: attach g board", "refused: no such group");
    check(given, "is-a: attach g open club", "refused: not allowed");
    check(given, "is-b: attach g open", "refused: not allowed");
    check(given, "is-b: attach g club", "refused: not allowed");
    check(given, "is-b: attach open g", "refused: not allowed");
    check(given, "is-b: attach club open", "refused: not allowed");
    check(given, "is-b: attach club board", "club v3 individuals=a members=a,b");
    check(given, "is-a: attach club open", "refused: not allowed");
    check(given, "is-a: attach board open", "refused: no such group");
    check(given, "nobody: attach g open", "refused: not allowed");
    check(given, "reader: attach g open", "refused: not allowed");
    check(given, "editor: attach g open club board own", "g v2 individuals= members=a");
    // Owners of the upper group or of the lower one may remove it.
    let given = format!("{given}; attach g open club board own; attach open club");
    check(&given, "is-a: detach g open", "g v3 individuals= members=a");
    check(&given, "is-a: detach g club", "g v3 individuals= members=a");
    check(&given, "is-b: detach g club", "g v3 individuals= members=a");
    check(&given, "is-b: detach g open", "refused: not allowed");
    check(&given, "is-b: detach g own", "refused: no such group");
    check(&given, "is-a: detach open club", "refused: not allowed");
    check(&given, "nobody: detach g open", "refused: not allowed");
    check(&given, "nobody: detach g", "refused: not allowed");
    check(&given, "editor: detach g board", "g v3 individuals= members=a");
}

#[test]
fn what_becomes_of_the_neighbours_of_a_deleted_group() {
    let given = "create g; create h; create i; create j; attach g i; attach h i; attach i j; add j a; add g b";
    check(given, "admin: delete i", "g v4 individuals=b members=b; h v3 individuals= members=; gone");
    after(given, "delete i", version, &[("g", "v4"), ("h", "v3"), ("i", "gone"), ("j", "v2")]);
    after(given, "delete i", hierarchy_counts, &[("g", "0^ 0_ 1 1 1"), ("h", "0^ 0_ 0 0 0"), ("j", "0^ 0_ 1 1 1")]);
    after(given, "delete i", effective, &[("g", "b"), ("h", ""), ("j", "a")]);
    check(given, "admin: delete g", "gone");
    after(given, "delete g", version, &[("h", "v2"), ("i", "v2"), ("j", "v2")]);
    after(given, "delete g", hierarchy_counts, &[("h", "0^ 1_ 0 1 1"), ("i", "1^ 1_ 0 1 1")]);
    check(given, "admin: delete j", "i v3 individuals= members=; gone");
    // Another path down still exists.
    after(&format!("{given}; attach g j"), "delete i", effective, &[("g", "a,b"), ("h", "")]);
    // A group that is created again with the same id has no groups above or beneath.
    after(given, "delete i; create i; add i c", hierarchy_counts, &[("g", "0^ 0_ 1 1 1"), ("i", "0^ 0_ 1 1 1")]);
}

#[test]
fn members_come_up_by_every_way() {
    let diamond = "create g; create h; create i; create j; attach g h i; attach h j; attach i j";
    let check = |given: &str, asked: &str, expected: [&str; 4]| {
        let expected: Vec<_> = ["g", "h", "i", "j"].into_iter().zip(expected).collect();
        after(&format!("{diamond}; {given}"), asked, effective, &expected);
    };
    check("", "add j a", ["a", "a", "a", "a"]);
    check("add j a", "detach i j", ["a", "a", "", "a"]);
    check("add j a", "detach i j; detach h j", ["", "", "", "a"]);
    check("add j a", "detach g h", ["a", "a", "a", "a"]);
    check("add j a; add i a", "remove j a", ["a", "", "a", ""]);
    check("add j a; add i a", "detach h j; detach i j", ["a", "", "a", "a"]);
    check("add j a; add g a", "detach g h i", ["a", "a", "a", "a"]);
    check("add j a b; add g c", "detach g h i", ["c", "a,b", "a,b", "a,b"]);
    check("add j a b", "delete j", ["", "", "", "gone"]);
    check("add j a b", "fire a", ["b", "b", "b", "b"]);
    check("add j a b", "change a state=inactive", ["a,b", "a,b", "a,b", "a,b"]);
    check("add j a b; add h a", "delete h", ["a,b", "gone", "a,b", "a,b"]);
    // Owners, and those whom a rule selects, are effective members too.
    check("", "edit j owners=a", ["a", "a", "a", "a"]);
    check("edit j owners=a", "edit j include-owners=no", ["", "", "", ""]);
    let craft = "skill s; hold a s=3; rule j and[s>=2]";
    check(craft, "hold b s=2", ["a,b", "a,b", "a,b", "a,b"]);
    check(craft, "unlearn a s", ["", "", "", ""]);
    check(craft, "change a state=inactive", ["", "", "", ""]);
    check(craft, "drop-skill s", ["", "", "", ""]);
    check(craft, "no-rule j", ["", "", "", ""]);
    check(craft, "detach h j", ["a", "", "a", "a"]);
    check(&format!("{craft}; add i a"), "unlearn a s", ["a", "", "a", ""]);
    check(&format!("{craft}; rule i and[s>=1]"), "hold a s=1", ["a", "", "a", ""]);
    check(&format!("{craft}; rule i and[s>=1]"), "drop-skill s", ["", "", "", ""]);
}

#[test]
fn counts_of_users() {
    let diamond = "create g; create h; create i; create j; attach g h i; attach h j; attach i j";
    let check = |given: &str, asked: &str, expected: [&str; 4]| {
        let expected: Vec<_> = ["g", "h", "i", "j"].into_iter().zip(expected).collect();
        after(&format!("{diamond}; {given}"), asked, hierarchy_counts, &expected);
    };
    // The sum is over distinct groups: j counts once for g.
    check("", "add j a", ["0^ 2_ 0 1 1", "1^ 1_ 0 1 1", "1^ 1_ 0 1 1", "2^ 0_ 1 1 1"]);
    check("add j a b; add h a; add g c", "", ["0^ 2_ 1 4 3", "1^ 1_ 1 3 2", "1^ 1_ 0 2 2", "2^ 0_ 2 2 2"]);
    check("add j a b; add h a; add g c", "detach i j", ["0^ 2_ 1 4 3", "1^ 1_ 1 3 2", "1^ 0_ 0 0 0", "1^ 0_ 2 2 2"]);
    check(
        "add j a b; add h a; add g c",
        "detach i j; detach h j",
        ["0^ 2_ 1 2 2", "1^ 0_ 1 1 1", "1^ 0_ 0 0 0", "0^ 0_ 2 2 2"],
    );
    // Owners who are not members count once in their own group.
    check(
        "edit j owners=a include-owners=no; add h a",
        "",
        ["0^ 2_ 0 2 1", "1^ 1_ 1 2 1", "1^ 1_ 0 1 1", "2^ 0_ 1 1 1"],
    );
    check(
        "edit j owners=a,b include-owners=no",
        "add j a",
        ["0^ 2_ 0 2 2", "1^ 1_ 0 2 2", "1^ 1_ 0 2 2", "2^ 0_ 2 2 2"],
    );
    check(
        "edit g owners=a include-owners=no; add j a",
        "",
        ["0^ 2_ 1 2 1", "1^ 1_ 0 1 1", "1^ 1_ 0 1 1", "2^ 0_ 1 1 1"],
    );
    check(
        "edit j owners=a include-owners=no; edit h owners=a include-owners=no",
        "",
        ["0^ 2_ 0 2 1", "1^ 1_ 1 2 1", "1^ 1_ 0 1 1", "2^ 0_ 1 1 1"],
    );
    check("edit j owners=a include-owners=no", "fire a", ["0^ 2_ 0 0 0", "1^ 1_ 0 0 0", "1^ 1_ 0 0 0", "2^ 0_ 0 0 0"]);
    check(
        "edit j owners=a include-owners=no",
        "edit j owners=",
        ["0^ 2_ 0 0 0", "1^ 1_ 0 0 0", "1^ 1_ 0 0 0", "2^ 0_ 0 0 0"],
    );
    // People known by number only are counted separately.
    check("", "add j a +4911111", ["0^ 2_ 0 2/1 2", "1^ 1_ 0 2/1 2", "1^ 1_ 0 2/1 2", "2^ 0_ 2/1 2/1 2"]);
    check(
        "add j +4911111; add g +4911111",
        "",
        ["0^ 2_ 1/1 2/2 1", "1^ 1_ 0 1/1 1", "1^ 1_ 0 1/1 1", "2^ 0_ 1/1 1/1 1"],
    );
    check(
        "add j +4911111; add g +4911111; connect k as=a",
        "k/a: provision +4911111",
        ["0^ 2_ 1 2 1", "1^ 1_ 0 1 1", "1^ 1_ 0 1 1", "2^ 0_ 1 1 1"],
    );
    check("add j +4911111 b", "connect k as=+4911111", ["0^ 2_ 0 2 2", "1^ 1_ 0 2 2", "1^ 1_ 0 2 2", "2^ 0_ 2 2 2"]);
    check("add j +4911111 b", "fire +4911111", ["0^ 2_ 0 1 1", "1^ 1_ 0 1 1", "1^ 1_ 0 1 1", "2^ 0_ 1 1 1"]);
    // An owner who is not a member, and is known by number only.
    check(
        "add j +4911111; edit j owners=+4911111 include-owners=no; remove j +4911111",
        "",
        ["0^ 2_ 0 1/1 1", "1^ 1_ 0 1/1 1", "1^ 1_ 0 1/1 1", "2^ 0_ 1/1 1/1 1"],
    );
    // A rule selects active people, also those known by number only.
    check(
        "skill s; rule j not[s>=0]; change a state=inactive; hold b s=1; hold administrator s=1",
        "add i +4911111",
        ["0^ 2_ 0 3/2 2", "1^ 1_ 0 2/1 2", "1^ 1_ 1/1 3/2 2", "2^ 0_ 2/1 2/1 2"],
    );
    // Subscribers are not counted.
    after("create g broadcast=yes; add g a", "subscribe g b +4911111", hierarchy_counts, &[("g", "0^ 0_ 1 1 1")]);
}

/// What a caller can see of a group, without its version and date.
fn told(world: &World, caller: &str, group: &str) -> String {
    let view = world.view(caller);
    let Ok(entry) = view.group(GroupId(id(group))) else { return "gone".into() };
    let listed = view.subgroups_window(entry, ALL, Direction::Ascending).total;
    let beneath: Vec<_> = view.subgroups(entry).iter().map(|group| group.group.name.as_str()).collect();
    let effective = view.effective_members(entry, ALL, Direction::Ascending);
    let (hierarchy_counts, neighbours) = (view.hierarchy_counts(entry), view.neighbours(entry));
    let (members, total) = (names(effective.entries), effective.total);
    format!("{:?} {beneath:?} {listed} {members} {total} {hierarchy_counts:?} {neighbours:?}", entry.group)
}

/// The version of a public group counts edges to groups that not everyone can see (ADR 15). A stranger learns that
/// something changed, but not what: lists, counts and members stay the same.
#[test]
fn a_stranger_learns_of_a_hidden_subgroup_only_that_there_is_a_new_version() {
    let mut world = world(
        "create public owners=a; create seen; create hidden visibility=owners owners=a,b; add hidden c;
        add public b; attach public seen",
    );
    let before = told(&world, "nobody", "public");
    let owners = told(&world, "is-a", "public");
    assert_eq!(version(&world, GroupId(id("public"))), "v3");
    for (asked, expected) in [
        ("is-a: attach public hidden", "v4"),
        // A change in the group beneath makes no new version of the group above.
        ("is-a: add hidden d", "v4"),
        ("admin: edit hidden name=x", "v4"),
        ("admin: rule hidden and[]", "v4"),
        ("is-a: attach hidden seen", "v4"),
        ("is-a: detach public hidden", "v5"),
        ("is-a: attach public hidden", "v6"),
        // Deleting a sub-group removes an edge.
        ("admin: delete hidden", "v7"),
    ] {
        let said = world.run(asked);
        let is_refused = asked == "is-a: attach hidden seen";
        assert_eq!(said.starts_with("refused"), is_refused, "{asked}: {said}");
        assert_eq!(version(&world, GroupId(id("public"))), expected, "{asked}");
        assert_eq!(told(&world, "nobody", "public"), before, "{asked}");
        let is_beneath = matches!(expected, "v4" | "v6");
        assert_eq!(told(&world, "is-a", "public") != owners, is_beneath, "{asked}: an owner of both sees it");
    }
}

/// Only the hidden group above gets a new version.
#[test]
fn a_stranger_learns_nothing_of_a_hidden_group_above() {
    let mut world = world("create public owners=a; create hidden visibility=owners owners=a; add hidden c");
    let before = told(&world, "nobody", "public");
    world.run("is-a: attach hidden public");
    assert_eq!(version(&world, GroupId(id("public"))), "v1");
    assert_eq!(version(&world, GroupId(id("hidden"))), "v3");
    assert_eq!(told(&world, "nobody", "public"), before);
}

/// A change of many groups by one command makes one new version of each, and copies no record.
#[test]
fn consequences_for_many_groups_are_changes_by_reference() {
    let mut world = world(
        "create g owners=a,b; create h owners=b,a; create i owners=b; add g b; add i a; create j; attach g j;
        attach h j; attach i j; create k broadcast=yes; subscribe k b",
    );
    let logged = world.log.len();
    world.run("admin: fire b");
    world.run("admin: delete j");
    let kinds: Vec<String> = world.log[logged..].iter().map(|change| format!("{change:?}")).collect();
    let kinds: Vec<&str> = kinds.iter().filter_map(|text| text.split('(').next()).collect();
    let expected =
        ["OwnershipsEnded", "MembershipsEnded", "SubscriptionsEnded", "PersonPut", "GroupsStamped", "GroupDeleted"];
    assert_eq!(kinds, expected);
    assert_eq!(["g", "h", "i"].map(|group| version(&world, GroupId(id(group)))), ["v5", "v4", "v5"]);
}
