//! Rules about people known by number, subscribers, connectors and what their callers see. Each is one line: given,
//! command, expected.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod notation;

use convoke_core::*;
use notation::{World, actor_of, fault_text, id};

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

/// Checks a command without the permission of its endpoint, so that only the rule itself can refuse.
#[track_caller]
fn check_rule(given: &str, asked: &str, expected: &str) {
    let mut world = world(given);
    assert_eq!(world.run_with(asked, Permissions::NONE), expected, "given {given}: {asked}");
    assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
}

#[test]
fn people_known_by_number() {
    check("create g", "admin: add g +4911111", "g v2 individuals=+4911111 members=+4911111");
    check("create g", "admin: add g a +4911111", "g v2 individuals=+4911111,a members=+4911111,a");
    // Numbers are equal if their digits are.
    check("create g", "admin: add g +4911111 +49-11-111", "g v2 individuals=+4911111 members=+4911111");
    check("create g; add g +4911111", "admin: add g +49.11(111)", "nothing");
    check(
        "create g; add g +4911111; create h",
        "admin: add h +49-111-11",
        "h v2 individuals=+4911111 members=+4911111",
    );
    check(
        "create g; add g +4911111",
        "admin: add g +4911112",
        "g v3 individuals=+4911111,+4911112 members=+4911111,+4911112",
    );
    // Any phone contact identifies a person.
    check("create g; change a phones=+49-11111", "admin: add g +4911111", "g v2 individuals=a members=a");
    check("create g; change a phones=~+4911111", "admin: add g +4911111", "g v2 individuals=a members=a");
    check("create g; change a phones=+4922222,~+4911111", "admin: add g +4911111", "g v2 individuals=a members=a");
    check("create g; add g a; change a phones=+4911111", "admin: add g +4911111 a", "nothing");
    check("create g; change a phones=+4911111", "admin: add g +4911111 a", "g v2 individuals=a members=a");
    check(
        "create g; change a phones=+4911111; change a phones=",
        "admin: add g +4911111",
        "g v2 individuals=+4911111 members=+4911111",
    );
    check("create g; change d phones=+4911111", "admin: add g +4911111", "g v2 individuals=d members=d");
    check("create g; change a phones=4911111", "admin: add g +4911111", "g v2 individuals=+4911111 members=+4911111");
    // A deleted person has no number. A restored person has it again.
    check(
        "create g; change a phones=+4911111; fire a",
        "admin: add g +4911111",
        "g v2 individuals=+4911111 members=+4911111",
    );
    check(
        "create g; change a phones=+4911111; fire a; change a state=active",
        "admin: add g +4911111",
        "g v2 individuals=a members=a",
    );
    check(
        "create g; add g +4911111; fire +4911111",
        "admin: add g +49-11111",
        "g v4 individuals=+4911111 members=+4911111",
    );
    // If several have the number, the active one.
    check(
        "create g; change d phones=+4911111; change a phones=~+4911111",
        "admin: add g +4911111",
        "g v2 individuals=a members=a",
    );
    // A refused command creates nobody.
    let mut world = world("create g");
    let size = world.directory.size();
    assert_eq!(world.run("admin: add g +4911111 nobody"), "refused: no such person");
    assert_eq!(world.run("nobody: add g +4911111"), "refused: not allowed");
    assert_eq!(world.directory.size(), size);
    // The new person's name is the number. It is unprovisioned and has no e-mail address.
    world.run("admin: add g +49-11-111 +4911111");
    assert_eq!(world.directory.size(), (size.0 + 1, size.1));
    let view = world.view("admin");
    let person = view.person(PersonId(id("+49-11-111")), PersonFilter::Living).expect("it was created");
    assert_eq!((person.name.as_str(), &person.email, person.provisioned), ("+4911111", &None, false));
    assert_eq!(person.phones().map(|phone| phone.to_string()).collect::<Vec<_>>(), ["+4911111"]);
}

#[test]
fn of_several_with_one_number_the_one_who_carries_it_along_is_meant() {
    for (mobile, work) in [("a", "b"), ("b", "a"), ("c", "a"), ("a", "c")] {
        let given = format!("create g; change {work} phones=~+4911111; change {mobile} phones=+4911111");
        check(&given, "admin: add g +4911111", &format!("g v2 individuals={mobile} members={mobile}"));
        let given = format!("{given}; change {mobile} phones=~+4922222,+4911111");
        check(&given, "admin: add g +4911111", &format!("g v2 individuals={mobile} members={mobile}"));
    }
}

#[test]
fn a_client_and_a_connector_have_different_ids() {
    check("connect k as=a", "admin: client k", "refused: id taken");
    check("client k", "admin: connect k as=a", "refused: id taken");
}

/// A caller without a person has no rights of a person who would be created.
#[test]
fn nobody_connects_someone_new_but_an_administrator() {
    check("", "admin: connect k as=+4911111", "done");
    check_rule("", "is-a: connect k as=+4911111", "refused: not allowed");
    check_rule("", "editor: connect k as=+4911111", "refused: not allowed");
    check_rule("", "nobody: connect k as=+4911111", "refused: not allowed");
}

#[test]
fn founding_a_group() {
    let given = "connect k as=a; create up owners=a; create far owners=b; create hidden visibility=owners owners=b";
    check(given, "k/a: create g own=yes", "g v1 individuals= members=a");
    check(given, "k/a: create g", "g v1 individuals= members=");
    check(given, "is-a: create g own=yes", "refused: needs directory:group:add");
    check(given, "admin: create g own=yes", "refused: not a person");
    check(given, "k/a: create g own=yes admins=b,+4911111", "g v1 individuals= members=+4911111,a,b");
    check(given, "k/a: create g own=yes members=b,+4911111", "g v1 individuals=+4911111,b members=+4911111,a,b");
    check(given, "k/a: create g own=yes admins=a,b members=a,b,c", "g v1 individuals=c members=a,b,c");
    check(given, "k/a: create g admins=+4911111 members=+49-11111", "g v1 individuals= members=+4911111");
    check(given, "k/a: create g members=+4911111,+49-11111", "g v1 individuals=+4911111 members=+4911111");
    check(given, "k/a: create g own=yes members=nobody", "refused: no such person");
    check(given, "k/a: create g own=yes admins=e", "refused: no such person");
    check(given, "k/a: create g own=yes members=d", "g v1 individuals=d members=a,d");
    check(given, "k/a: create up own=yes", "refused: id taken");
    // Beneath another group, only its owner may create one.
    check(given, "k/a: create g own=yes beneath=up", "g v1 individuals= members=a; up v2 individuals= members=a");
    check(given, "k/a: create g own=yes beneath=far", "refused: not allowed");
    check(given, "k/a: create g own=yes beneath=hidden", "refused: no such group");
    check(given, "k/a: create g own=yes beneath=nowhere", "refused: no such group");
    check(given, "admin: create g beneath=hidden", "g v1 individuals= members=; hidden v2 individuals= members=b");
    check(given, "k/a: create g own=yes beneath=g", "refused: no such group");
    // Owners are members only if they are included.
    check(given, "k/a: create g own=yes include-owners=no members=b", "g v1 individuals=b members=b");
}

#[test]
fn leaving_and_rising() {
    let given = "create g owners=a; add g b; skill s; hold c s=3; rule g and[s>=1]";
    check(given, "is-a: take-out g b", "g v4 individuals= members=a,c");
    check(given, "is-a: take-out g a", "refused: last owner");
    check(given, "is-a: take-out g c", "refused: taken by the rule");
    check(given, "is-a: take-out g d", "refused: no such member");
    check(given, "is-a: take-out g e", "refused: no such member");
    check(given, "is-a: take-out g nobody", "refused: no such member");
    check(given, "is-b: take-out g b", "refused: not allowed");
    check(given, "editor: take-out g b", "g v4 individuals= members=a,c");
    check(&format!("{given}; add g a c"), "is-a: take-out g a", "refused: last owner");
    check(&format!("{given}; add g c"), "is-a: take-out g c", "refused: taken by the rule");
    let given = format!("{given}; edit g owners=a,b");
    check(&given, "is-a: take-out g b", "g v5 individuals= members=a,c");
    check(&given, "is-a: take-out g a", "g v5 individuals=b members=b,c");
    check(&format!("{given}; edit g include-owners=no"), "is-a: take-out g a", "g v6 individuals=b members=b,c");
    check(&format!("{given}; edit g owners=a,c"), "is-a: take-out g c", "refused: taken by the rule");

    check("create g owners=a; add g b", "is-a: promote g b", "g v3 individuals=b members=a,b");
    check("create g owners=a; add g b; promote g b", "is-b: remove g a b", "g v4 individuals= members=a,b");
    check("create g owners=a; add g b; promote g b", "is-b: take-out g a", "g v4 individuals=b members=b");
    check("create g owners=a; add g b", "is-a: promote g a", "nothing");
    check("create g owners=a; add g b", "is-a: promote g c", "refused: no such member");
    check("create g owners=a; add g b", "is-b: promote g b", "refused: not allowed");
    check("create g owners=a broadcast=yes; subscribe g b", "is-a: promote g b", "refused: no such member");
    check(
        "create g owners=a; skill s; hold c s=3; rule g and[s>=1]",
        "is-a: promote g c",
        "g v3 individuals= members=a,c",
    );
    check("create g owners=a; add g d", "is-a: promote g d", "g v3 individuals=d members=a,d");

    check("create g owners=a", "is-a: demote g a", "refused: last owner");
    check("create g owners=a,b", "is-a: demote g a", "g v2 individuals=a members=a,b");
    check("create g owners=a,b", "is-a: demote g b", "g v2 individuals=b members=a,b");
    check("create g owners=a,b; add g b", "is-a: demote g b", "g v3 individuals=b members=a,b");
    check("create g owners=a,b include-owners=no", "is-a: demote g b", "g v2 individuals=b members=b");
    check("create g owners=a; add g b", "is-a: demote g b", "nothing");
    check("create g owners=a; add g b", "is-a: demote g c", "refused: no such member");
    check("create g owners=a,b; add g c", "is-c: demote g b", "refused: not allowed");
    // A member's changes of its group do not affect the groups beneath.
    let given = "create g owners=a; create h; add h b; attach g h";
    check(given, "is-a: take-out g b", "refused: no such member");
    check(given, "is-a: promote g b", "refused: no such member");
}

#[test]
fn subscribing() {
    let given = "create g owners=a broadcast=yes; create h owners=a; subscribe g c";
    check(given, "is-a: subscribe g b", "g v1 individuals= members=a (yes)");
    check(given, "is-a: subscribe g b +4911111", "g v1 individuals= members=a (yes,yes)");
    check(given, "is-a: subscribe g b c", "g v1 individuals= members=a (yes,yes)");
    check(given, "is-a: subscribe g b b", "g v1 individuals= members=a (yes,yes)");
    check(given, "is-a: subscribe g c", "nothing (yes)");
    check(given, "is-a: subscribe g a", "g v1 individuals= members=a (yes)");
    check(given, "is-a: subscribe h b", "refused: no broadcast");
    check(given, "is-a: unsubscribe h b", "refused: no broadcast");
    check(given, "is-a: subscribe g nobody", "refused: no such person");
    check(given, "is-b: subscribe g b", "refused: not allowed");
    check(given, "editor: subscribe g b", "g v1 individuals= members=a (yes)");
    check(given, "admin: subscribe x b", "refused: no such group");
    check(given, "is-a: unsubscribe g c", "g v1 individuals= members=a (yes)");
    check(given, "is-a: unsubscribe g b", "nothing (no)");
    check(given, "is-a: unsubscribe g b c +4911111", "g v1 individuals= members=a (no,yes,no)");
    check(given, "is-c: unsubscribe g c", "refused: not allowed");
    check(
        &format!("{given}; subscribe g +4911111"),
        "is-a: unsubscribe g +49-11111",
        "g v1 individuals= members=a (yes)",
    );
    // A subscriber who is also a member remains a member.
    check(&format!("{given}; add g c"), "is-a: unsubscribe g c", "g v2 individuals=c members=a,c (yes)");
    // A deleted person loses its subscriptions, even if it is restored.
    check(given, "admin: fire c", "g v1 individuals= members=a");
    check(&format!("{given}; fire c; change c state=active"), "is-a: unsubscribe g c", "nothing (no)");
    check(&format!("{given}; delete g; create g owners=a broadcast=yes"), "is-a: unsubscribe g c", "nothing (no)");
    let phones = |n: usize| (0..n).map(|n| format!("+49{n:05}")).collect::<Vec<_>>().join(" ");
    let refused = "refused: Subscribers TooMany { limit: 100 }";
    check(given, &format!("is-a: subscribe g {}", phones(limits::PHONES + 1)), refused);
    check(given, &format!("is-a: unsubscribe g {}", phones(limits::PHONES + 1)), refused);
}

#[test]
fn who_subscribes_is_told_to_those_who_may_change_it() {
    let world = world("connect k as=a; create g owners=a broadcast=yes; add g b; subscribe g c b d +4911111");
    let page = |caller: &str, after: Option<(&str, PersonId)>, count| {
        let view = world.view(caller);
        let entry = view.group(GroupId(id("g"))).expect("all see it");
        view.subscribers(entry, after, count).map(|(people, more)| {
            (people.iter().map(|person| person.name.as_str().to_owned()).collect::<Vec<_>>().join(","), more)
        })
    };
    assert_eq!(page("k/a", None, 9), Ok(("+4911111,b,c,d".into(), false)));
    assert_eq!(page("k/a", None, 2), Ok(("+4911111,b".into(), true)));
    assert_eq!(page("k/a", Some(("b", PersonId(id("b")))), 2), Ok(("c,d".into(), false)));
    assert_eq!(page("k/a", Some(("d", PersonId(id("d")))), 2), Ok((String::new(), false)));
    for caller in ["k/b", "k/c"] {
        assert!(matches!(page(caller, None, 9), Err(Fault::NotAllowed(_))), "{caller}");
    }
}

#[test]
fn connectors_and_who_may_have_them() {
    check("", "admin: connect k as=a", "done");
    check("", "admin: connect k as=+4911111", "done");
    check("", "admin: connect k as=nobody", "refused: no such person");
    check("", "admin: connect k as=d", "refused: not active");
    check("connect k as=a", "admin: connect k as=b", "refused: id taken");
    // The id of a connector must not be that of an OAuth client.
    check("", "admin: connect reader as=a", "refused: id taken");
    check("", "editor: connect k as=a", "refused: needs oauth:client:add");
    check_rule("", "is-a: connect k as=a", "done");
    check_rule("", "is-a: connect k as=b", "refused: not allowed");
    check_rule("", "is-a: connect k as=+4911111", "refused: not allowed");
    check_rule("change a phones=+4911111", "is-a: connect k as=+4911111", "done");
    check_rule("", "editor: connect k as=a", "refused: not allowed");
    check_rule("", "is-a: connect k as=a administrator=yes", "refused: not allowed");
    check("", "admin: connect k as=a administrator=yes", "done");
    // A connector confined to a group has the rights of an owner, so only an owner may create it.
    let given = "create g owners=a; create h visibility=owners owners=b";
    check(given, "admin: connect k as=c group=g", "done");
    check(given, "admin: connect k as=c group=x", "refused: no such group");
    check_rule(given, "is-a: connect k as=a group=g", "done");
    check_rule(given, "is-b: connect k as=b group=g", "refused: not allowed");
    check_rule(given, "is-a: connect k as=a group=h", "refused: no such group");
    // Those of other people may not be changed either.
    check("connect k as=a", "admin: regenerate k", "done");
    check("", "admin: regenerate k", "refused: no such connector");
    check("", "admin: disconnect k", "refused: no such connector");
    check_rule("connect k as=a", "is-a: regenerate k", "done");
    check_rule("connect k as=a", "is-b: regenerate k", "refused: not allowed");
    check_rule("connect k as=a", "is-b: disconnect k", "refused: not allowed");
    check_rule("connect k as=a", "nobody: disconnect k", "refused: not allowed");
    check_rule("connect k as=a", "is-a: disconnect k", "done");
}

#[test]
fn callers_by_a_connector() {
    check("connect k as=a", "k/a: create g", "g v1 individuals= members=");
    check("connect k as=a", "k/b: create g own=yes", "g v1 individuals= members=b");
    check("", "k/a: create g", "refused: who?");
    check("connect k as=a", "k: create g", "refused: who?");
    check("", "reader/a: create g", "refused: who?");
    check("connect k as=a", "k/d: create g", "refused: who?");
    check("connect k as=a", "k/e: create g", "refused: who?");
    check("connect k as=a", "k/nobody: create g", "refused: who?");
    check("connect k as=a; fire a", "k/a: create g", "refused: who?");
    check("connect k as=a; disconnect k", "k/a: create g", "refused: who?");
    // A new generation ends the previous one.
    check("connect k as=a", "k/a/2: create g", "refused: who?");
    check("connect k as=a; regenerate k", "k/a: create g", "refused: who?");
    check("connect k as=a; regenerate k", "k/b: create g", "refused: who?");
    check("connect k as=a; regenerate k", "k/a/2: create g", "g v1 individuals= members=");
    check("connect k as=a; regenerate k; regenerate k", "k/a/2: create g", "refused: who?");
    // They have no permissions of the other API.
    check(
        "create g owners=a; connect k as=a administrator=yes",
        "k/a: delete g",
        "refused: needs directory:group:delete",
    );
    check("create g owners=a; connect k as=a", "k/a: edit g name=h", "refused: needs directory:group:edit");
    check("connect k as=a administrator=yes", "k/a: hire f", "refused: needs directory:user:add");
    // A confined connector becomes invalid with its group.
    let given = "create g; connect f as=a group=g";
    check(given, "f/a: add g b", "g v2 individuals=b members=b");
    check(&format!("{given}; delete g"), "f/a: create h", "refused: who?");
}

#[test]
fn proving_to_have_a_number() {
    let given = "connect k as=a; create g; connect f as=a group=g; change b phones=+4911111; change d phones=+4922222";
    check(given, "k/a: provision +4933333", "done");
    check(given, "k/a: provision +4911111", "nothing");
    check(given, "k/a: provision +4922222", "refused: not active");
    check(&format!("{given}; add g +4933333"), "k/a: provision +49-33333", "done");
    // A confined connector provisions nobody, because everyone would get the rights of an owner.
    check(given, "f/a: provision +4933333", "refused: not allowed");
    check(given, "f/a: provision +4911111", "refused: not allowed");
    check(given, "admin: provision +4933333", "refused: not allowed");
    check(given, "is-a: provision +4933333", "refused: not allowed");
    // Of several people with the number, the only one whose mobile number it is, or nobody.
    let shared = format!("{given}; change a phones=~+4955555; change b phones=~+4955555");
    check(&shared, "k/a: provision +4955555", "refused: a shared number");
    check(&format!("{shared}; change c phones=+4955555"), "k/a: provision +4955555", "nothing");
    let mut world = world(given);
    assert_eq!(world.run("admin: add g +4933333"), "g v2 individuals=+4933333 members=+4933333");
    assert_eq!(world.run("k/a: provision +4933333"), "done");
    assert_eq!(world.run("k/a: provision +4933333"), "nothing");
    assert_eq!(world.run("k/+4933333: create h own=yes"), "h v1 individuals= members=+4933333");
    let view = world.view("admin");
    let person = view.person(PersonId(id("+4933333")), PersonFilter::Living).expect("it is there");
    assert_eq!((person.provisioned, person.version), (true, 2));
    // The person of a connector is provisioned.
    world.run("admin: add g +4944444");
    assert_eq!(world.run("admin: connect l as=+4944444"), "done");
    let view = world.view("admin");
    assert!(view.person(PersonId(id("+4944444")), PersonFilter::Living).expect("it is there").provisioned);
}

/// Checks what callers know of these groups: first those they can see, with those they only know by name in
/// parentheses; then the groups they are in; then these with all above and beneath.
#[track_caller]
fn check_known(given: &str, groups: &str, callers: &[(&str, &str, &str, &str)]) {
    let world = world(given);
    let list = |known: Vec<KnownGroup>| {
        let mut words: Vec<_> = known
            .iter()
            .map(|known| match known.entry.group.name.as_str() {
                name if known.in_detail => name.to_owned(),
                name => format!("({name})"),
            })
            .collect();
        words.sort_by_key(|word| word.replace(['(', ')'], ""));
        words.join(" ")
    };
    for (caller, known, own, all) in callers {
        let view = world.view(caller);
        let names = groups.split(' ').map(|name| (name, GroupId(id(name))));
        let found: Vec<_> = names.filter_map(|(_, id)| view.known_group(id).ok()).collect();
        assert_eq!(list(found), *known, "{caller} knows");
        assert_eq!(list(view.own_groups(Range::Own)), *own, "{caller} is in");
        assert_eq!(list(view.own_groups(Range::Hierarchy)), *all, "{caller} is along");
        let readable: Vec<_> = known.split(' ').filter(|word| !word.is_empty() && !word.starts_with('(')).collect();
        let listed = view.groups(Window::first(99), Direction::Ascending);
        let listed: Vec<_> = listed.entries.iter().map(|entry| entry.group.name.as_str()).collect();
        assert_eq!(listed, readable, "{caller} lists");
        for name in groups.split(' ') {
            let said = match view.group(GroupId(id(name))) {
                Ok(entry) => entry.group.name.as_str().to_owned(),
                Err(fault) => fault_text(&fault),
            };
            let expected = match () {
                () if readable.contains(&name) => name,
                () if known.contains(&format!("({name})")) => "not allowed",
                () => "no such group",
            };
            assert_eq!(said, expected, "{caller} reads {name}");
        }
    }
}

#[test]
fn what_callers_by_a_connector_know() {
    let given = "create top visibility=members kind=social; create mid visibility=members kind=social;
        create low visibility=members kind=social; create open; create side visibility=members kind=social;
        create club visibility=owners; attach top mid side; attach mid low open;
        add top a; add mid b; add low c; create lone visibility=members kind=social; add lone +4911111;
        connect k as=a; connect m as=b administrator=yes; connect f as=c group=mid; add lone +4922222;
        connect boss as=a group=lone administrator=yes";
    let groups = "club lone low mid open side top";
    check_known(
        given,
        groups,
        &[
            // Down to the lowest groups, and up by name only; not to siblings.
            ("k/a", "low mid open side top", "top", "low mid open side top"),
            ("k/b", "low mid open (top)", "mid", "low mid open (top)"),
            ("k/c", "low (mid) open (top)", "low", "low (mid) (top)"),
            ("k/+4911111", "lone open", "lone", "lone"),
            // An administrator manages official groups only.
            ("m/b", "club low mid open (top)", "mid", "club low mid open (top)"),
            // Only the connector's own person is an administrator.
            ("m/c", "low (mid) open (top)", "low", "low (mid) (top)"),
            ("m/+4911111", "lone open", "lone", "lone"),
            // A confined connector sees the group and those beneath, for any person.
            ("f/c", "low mid open (top)", "mid", "low mid open (top)"),
            ("f/a", "low mid open (top)", "mid", "low mid open (top)"),
            ("boss/a", "lone", "lone", "lone"),
            // In the other API the hierarchy gives no access.
            ("is-a", "open top", "top", "open top"),
            ("is-c", "low open", "low", "low"),
            ("admin", groups, "", ""),
        ],
    );
}

#[test]
fn owners_and_subscribers_by_a_connector() {
    let given = "create top visibility=owners; create g visibility=owners owners=a include-owners=no;
        create low visibility=owners; create cast broadcast=yes; create under visibility=owners;
        attach top g cast; attach g low; attach cast under; subscribe cast b; add top c; connect k as=a";
    check_known(
        given,
        "cast g low top under",
        &[
            ("k/a", "cast g low (top)", "g", "g low (top)"),
            // A subscriber sees the group, and nothing above or beneath.
            ("k/b", "cast", "cast", "cast"),
            // A member of a group that only owners can see does not see it, nor those beneath.
            ("k/c", "cast", "", ""),
        ],
    );
}

#[test]
fn what_callers_by_a_connector_are_to_a_group() {
    let world = world(
        "create g owners=a; add g b; create low owners=b; attach g low; create cast broadcast=yes; subscribe cast c;
         skill s; hold c s=1; rule g and[s>=1]; create quiet owners=a include-owners=no;
         connect k as=a; connect f as=c group=g; connect m as=c administrator=yes; create pub kind=social",
    );
    for (caller, group, relation, may_edit) in [
        ("k/a", "g", GroupRelation::Owner, true),
        ("k/b", "g", GroupRelation::Member, false),
        ("k/c", "g", GroupRelation::Member, false),
        ("k/a", "low", GroupRelation::None, false),
        ("k/b", "low", GroupRelation::Owner, true),
        ("k/c", "cast", GroupRelation::Subscriber, false),
        ("k/b", "cast", GroupRelation::None, false),
        ("k/a", "quiet", GroupRelation::Owner, true),
        ("f/c", "g", GroupRelation::Owner, true),
        ("f/c", "low", GroupRelation::None, false),
        ("m/c", "low", GroupRelation::None, true),
        ("m/c", "cast", GroupRelation::Subscriber, true),
        ("m/c", "pub", GroupRelation::None, false),
        ("m/b", "g", GroupRelation::Member, false),
    ] {
        let view = world.view(caller);
        let entry = view.group(GroupId(id(group))).expect("the caller sees it");
        assert_eq!((view.relation(entry), view.may_edit(entry)), (relation, may_edit), "{caller} and {group}");
    }
}

#[test]
fn what_callers_by_a_connector_may_change() {
    let given = "create top kind=social owners=a; create g kind=social owners=b; create low kind=social;
        attach top g; attach g low; create off; create priv visibility=members kind=social owners=c;
        connect k as=a; connect m as=c administrator=yes; connect f as=a group=g";
    check(given, "k/b: add g c", "g v3 individuals=c members=b,c");
    // The owner of the group above has no rights in those beneath.
    check(given, "k/a: add g c", "refused: not allowed");
    check(given, "k/a: add low c", "refused: not allowed");
    check(given, "k/a: attach top low", "refused: not allowed");
    check(given, "k/a: attach g off", "refused: not allowed");
    check(given, "k/a: attach top priv", "refused: no such group");
    check(given, "k/b: detach top g", "top v3 individuals= members=a");
    // The upper group is known by name, which is enough to leave it.
    let private = given.replace("create top kind=social", "create top kind=social visibility=members");
    check(&private, "k/b: add top c", "refused: not allowed");
    check(&private, "k/b: detach top g", "top v3 individuals= members=a");
    check(&private, "k/c: detach top g", "refused: no such group");
    // Administrators may change official groups only.
    check(given, "m/c: add off a", "off v2 individuals=a members=a");
    check(given, "m/c: add g a", "refused: not allowed");
    check(given, "m/c: take-out g b", "refused: not allowed");
    check(given, "m/c: attach off low", "refused: not allowed");
    check(given, "m/c: attach low off", "refused: not allowed");
    check(given, "m/c: attach off priv", "off v2 individuals= members=");
    check(given, "m/c: create x own=yes beneath=off", "x v1 individuals= members=c; off v2 individuals= members=");
    check(given, "m/c: create x own=yes beneath=g", "refused: not allowed");
    check(given, "m/b: add off a", "refused: not allowed");
    // A confined connector has the rights of an owner in its group, and sees no others.
    check(given, "f/a: add g c", "g v3 individuals=c members=b,c");
    check(given, "f/a: add low c", "refused: not allowed");
    check(given, "f/a: add off c", "refused: no such group");
    check(given, "f/a: add top c", "refused: not allowed");
    check(given, "f/a: attach g off", "refused: no such group");
    check(given, "f/a: detach g low", "g v3 individuals= members=b");
    check(given, "f/a: create x", "x v1 individuals= members=; g v3 individuals= members=b");
    check(given, "f/a: create x own=yes beneath=g", "x v1 individuals= members=a; g v3 individuals= members=b");
    check(given, "f/a: create x own=yes beneath=top", "refused: not allowed");
    check(given, "f/a: create x own=yes beneath=off", "refused: no such group");
    check(given, "f/a: create x own=yes beneath=low", "refused: not allowed");
    check(given, "f/a: promote g b", "nothing");
    check(given, "f/a: demote g b", "refused: last owner");
}

#[test]
fn a_group_is_not_shown_by_what_it_is_put_beneath() {
    let given = "create l owners=b; create p visibility=owners owners=b; attach l p; connect k as=a; create u owners=a";
    check(given, "k/a: attach u l", "refused: not allowed");
    check(given, "k/a: add p c", "refused: no such group");
}

#[test]
fn who_lost_the_group_has_its_connector_no_more() {
    let given = "create g owners=a; connect k as=a group=g";
    check_rule(given, "is-a: regenerate k", "done");
    let given = format!("{given}; edit g owners=b");
    check_rule(&given, "is-a: regenerate k", "refused: not allowed");
    check_rule(&given, "is-a: disconnect k", "refused: not allowed");
    check_rule(&format!("{given}; delete g"), "is-a: disconnect k", "done");
}

/// Effective members depend on which groups the caller can see.
#[test]
fn members_of_hidden_groups_do_not_show() {
    let world = world(
        "create g owners=a; create open; create club visibility=members; create deep; create board visibility=owners owners=b include-owners=no;
         attach g open club; attach club deep board; add open a; add club b; add deep c; add board +4911111; connect k as=a;
         connect f as=c group=club; client is-none as=administrator",
    );
    for (caller, group, expected) in [
        ("admin", "g", "+4911111,a,b,c"),
        ("editor", "g", "+4911111,a,b,c"),
        // A public group beneath a hidden one is not hidden.
        ("nobody", "g", "a,c"),
        ("is-a", "g", "a,c"),
        ("is-b", "g", "+4911111,a,b,c"),
        ("is-c", "g", "a,c"),
        ("is-b", "club", "+4911111,b,c"),
        ("k/a", "g", "+4911111,a,b,c"),
        ("k/b", "g", "+4911111,a,b,c"),
        ("k/c", "g", "a,c"),
        // The person is in a group that only owners can see.
        ("k/+4911111", "g", "a,c"),
        ("f/c", "club", "+4911111,b,c"),
    ] {
        let view = admit(&world.directory, &actor_of(caller), Permissions::NONE).expect("an active caller");
        let entry = view.group(GroupId(id(group))).expect("the caller sees it");
        for direction in [Direction::Ascending, Direction::Descending] {
            let listing = view.effective_members(entry, Window::first(9), direction);
            let mut names: Vec<_> = listing.entries.iter().map(|person| person.name.as_str()).collect();
            if direction == Direction::Descending {
                names.reverse();
            }
            assert_eq!(listing.total, names.len());
            assert_eq!(names.join(","), expected, "{caller} and {group}");
        }
    }
}

#[test]
fn hidden_groups_do_not_count() {
    let world = world(
        "create g owners=a; create open; create club visibility=members; create deep;
         create board visibility=owners owners=b include-owners=no; attach g open club; attach club deep board;
         add open a; add club b; add deep c; add board +4911111; connect k as=a",
    );
    for (caller, group, expected) in [
        ("admin", "g", (0, 2, 6, 4)),
        ("k/a", "g", (0, 2, 6, 4)),
        ("nobody", "g", (0, 1, 3, 2)),
        ("k/c", "g", (0, 1, 3, 2)),
        ("admin", "deep", (1, 0, 1, 1)),
        ("nobody", "deep", (0, 0, 1, 1)),
        // The person is in the group, so it knows those above by name.
        ("k/c", "deep", (1, 0, 1, 1)),
        ("k/a", "deep", (1, 0, 1, 1)),
    ] {
        let view = admit(&world.directory, &actor_of(caller), Permissions::NONE).expect("an active caller");
        let entry = view.group(GroupId(id(group))).expect("the caller sees it");
        let HierarchyCounts { n_parents, n_subgroups, all, distinct, .. } = view.hierarchy_counts(entry);
        assert_eq!((n_parents, n_subgroups, all.all, distinct), expected, "{caller} of {group}");
        assert_eq!(view.neighbours(entry), (n_parents > 0, n_subgroups > 0), "{caller} of {group}");
    }
}

/// The reply to a repeated operation.
fn replayed(given: &str, caller: &str, subject: Subject) -> String {
    let world = world(given);
    match world.view(caller).replay(&subject) {
        Err(fault) => format!("refused: {}", fault_text(&fault)),
        Ok(Outcome::Nothing) => "nothing".into(),
        Ok(Outcome::Group(entry)) => format!("{} v{}", entry.group.name.as_str(), entry.stamp.version),
        Ok(Outcome::Person(person)) => format!("{} v{}", person.name.as_str(), person.version),
        Ok(Outcome::Client(client)) => client.name.as_str().into(),
        Ok(Outcome::Skill(skill)) => skill.name.as_str().into(),
        Ok(Outcome::Held(_, skill, level)) => format!("{} {}", skill.name.as_str(), level.get()),
        Ok(Outcome::AllHeld(_, _, held)) => held.iter().map(|(skill, _)| skill.name.as_str()).collect(),
        Ok(Outcome::Connector(connector, person)) => format!("{} {}", connector.id, person.name.as_str()),
        Ok(Outcome::Each(done)) => format!("{done:?}"),
    }
}

/// A repeated operation shows its subject in its present state, and only if the caller can still see it.
#[test]
fn replays() {
    let (group, person) = (|| Subject::Group(GroupId(id("g"))), |name| Subject::Person(PersonId(id(name))));
    let client = |name: &str| Subject::Client(ClientId(name.into()));
    let connector = || Subject::Connector(ClientId("bot".into()));
    let (skill, held) = (|| Subject::Skill(SkillId(id("s"))), |who| Subject::Held(PersonId(id(who)), SkillId(id("s"))));
    let all_held = |who| Subject::AllHeld(PersonId(id(who)), SkillKind::Routing);
    for (given, caller, subject, expected) in [
        ("", "admin", Subject::Nothing, "nothing"),
        ("", "nobody", Subject::Each(vec![true, false]), "[true, false]"),
        ("create g; edit g name=h", "admin", group(), "h v2"),
        ("create g; delete g", "admin", group(), "refused: no such group"),
        ("create g visibility=members; add g a", "is-a", group(), "g v2"),
        ("create g visibility=members; add g a; remove g a", "is-a", group(), "refused: no such group"),
        ("create g visibility=members; add g a", "is-b", group(), "refused: no such group"),
        ("", "admin", person("a"), "a v1"),
        ("", "admin", person("d"), "d v1"),
        ("", "admin", person("e"), "refused: no such person"),
        ("", "admin", client("reader"), "reader"),
        ("drop-client reader", "admin", client("reader"), "refused: no such client"),
        ("connect bot as=a", "admin", connector(), "bot a"),
        ("connect bot as=a; disconnect bot", "admin", connector(), "refused: no such connector"),
        ("skill s; rename-skill s name=u", "admin", skill(), "u"),
        ("skill s; drop-skill s", "admin", skill(), "refused: no such skill"),
        ("skill s; hold a s=2", "admin", held("a"), "s 2"),
        ("skill s; skill t; hold a s=2 t=3; unlearn a s", "admin", held("a"), "refused: no such skill"),
        ("hire f; skill s; hold f s=2; fire f", "admin", held("f"), "refused: no such person"),
        ("skill s; skill t; hold a s=2 t=3; unlearn a s", "admin", all_held("a"), "t"),
        ("hire f; skill s; hold f s=2; fire f", "admin", all_held("f"), "refused: no such person"),
    ] {
        assert_eq!(replayed(given, caller, subject.clone()), expected, "{given}: {caller}, {subject:?}");
    }
}

/// The data for sign-in, which comes before there is a caller.
#[test]
fn credentials() {
    let client = |given: &str, id: &str| {
        ClientCredentials::find(&world(given).directory, &ClientId(id.into())).map(|found| found.is_active)
    };
    assert_eq!(client("", "reader"), Some(true));
    assert_eq!(client("change-client reader enabled=no", "reader"), Some(false));
    assert_eq!(client("drop-client reader", "reader"), None);
    assert_eq!(client("", "is-a"), Some(true));
    assert_eq!(client("change a state=inactive", "is-a"), Some(false));
    assert_eq!(client("fire a", "is-a"), Some(false));
    assert_eq!(client("connect bot as=a", "bot"), None, "a connector is no client");
    let connector = |given: &str| ConnectorCredentials::find(&world(given).directory, &ClientId("bot".into()));
    assert!(connector("").is_none());
    let found = connector("connect bot as=a; regenerate bot").expect("it is there");
    assert_eq!((found.is_confined, found.actor(found.person)), (false, actor_of("bot/a/2")));
    assert_eq!(found.actor(PersonId(id("b"))), actor_of("bot/b/2"));
    assert!(connector("create g; connect bot as=a group=g").expect("it is there").is_confined);
    assert!(connector("connect bot as=a; disconnect bot").is_none());
}
