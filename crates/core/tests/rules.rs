//! The rules of a directory. Each is one line: given, command, expected.

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
fn check(given: &str, asked: &str, expected: &str) {
    let mut world = World::new(&format!("{STAFF}; {given}"));
    assert_eq!(world.run(asked), expected, "given {given}: {asked}");
    assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
}

#[test]
fn creating_groups() {
    check("", "admin: create g", "g v1 individuals= members=");
    check("", "admin: create g owners=a,b", "g v1 individuals= members=a,b");
    check("", "admin: create g owners=a,a", "g v1 individuals= members=a");
    check("", "admin: create g owners=a include-owners=no", "g v1 individuals= members=");
    check("", "admin: create g owners=nobody", "refused: no such person");
    check("", "admin: create g owners=e", "refused: no such person");
    check("create g; add g a", "admin: create g", "refused: id taken");
    check("", "reader: create g", "refused: needs directory:group:add");
    check("", "editor: create g", "g v1 individuals= members=");
}

#[test]
fn editing_groups() {
    check("create g", "admin: edit g name=h version=1", "h v2 individuals= members=");
    check("create g", "admin: edit g name=h", "h v2 individuals= members=");
    check("create g", "admin: edit g name=g version=1", "nothing");
    check("create g; edit g name=h", "admin: edit g name=i version=1", "refused: version 1 is 2 now");
    check("create g", "admin: edit g name=i version=2", "refused: version 2 is 1 now");
    check("", "admin: edit g name=h version=1", "refused: no such group");
    check("create g", "is-a: edit g name=h version=1", "refused: needs directory:group:edit");
    // Voicemail settings are not part of the group, so its version stays the same.
    check("create g", "admin: voicemail g enabled=yes", "g v1 individuals= members=");
}

#[test]
fn owners_are_members_where_they_count() {
    check("create g owners=a", "admin: edit g owners=b", "g v2 individuals= members=b");
    check("create g owners=a; add g a b", "admin: edit g owners=", "g v3 individuals=a,b members=a,b");
    check("create g owners=a", "admin: edit g include-owners=no", "g v2 individuals= members=");
    check("create g owners=a include-owners=no", "admin: edit g include-owners=yes", "g v2 individuals= members=a");
    check("create g owners=a; add g a", "admin: remove g a", "g v3 individuals= members=a");
    check("create g owners=a include-owners=no; add g a", "admin: remove g a", "g v3 individuals= members=");
}

#[test]
fn adding_and_removing_members() {
    check("create g", "admin: add g b a", "g v2 individuals=a,b members=a,b");
    check("create g", "admin: add g a a", "g v2 individuals=a members=a");
    check("create g", "admin: add g d", "g v2 individuals=d members=d");
    check("create g; add g a", "admin: add g a", "nothing");
    check("create g; add g a", "admin: add g a b", "g v3 individuals=a,b members=a,b");
    check("create g", "admin: add g a version=1", "g v2 individuals=a members=a");
    check("create g; add g a", "admin: add g b version=1", "refused: version 1 is 2 now");
    check("create g", "admin: add g a nobody", "refused: no such person");
    check("create g", "admin: add g a e", "refused: no such person");
    check("", "admin: add g a", "refused: no such group");
    check("create g; add g a b", "admin: remove g a c", "g v3 individuals=b members=b");
    check("create g; add g a", "admin: remove g b", "nothing");
    check("create g; add g a", "admin: remove g a nobody", "refused: no such person");
}

#[test]
fn who_may_change_members() {
    check("create g owners=a", "is-a: add g c", "g v2 individuals=c members=a,c");
    check("create g owners=a", "editor: add g c", "g v2 individuals=c members=a,c");
    check("create g owners=a", "is-b: add g c", "refused: not allowed");
    check("create g owners=a", "nobody: add g c", "refused: not allowed");
    check("create g owners=a; add g b", "is-b: remove g b", "refused: not allowed");
    check("create g visibility=owners owners=a", "is-b: add g c", "refused: no such group");
    check("create g visibility=members owners=a; add g b", "is-b: add g c", "refused: not allowed");
    check("create g visibility=members owners=a; add g b", "is-c: add g c", "refused: no such group");
}

#[test]
fn callers_who_are_gone() {
    check("drop-client is-a", "is-a: add g c", "refused: who?");
    check("fire a", "is-a: create g", "refused: who?");
    check("change a state=inactive", "is-a: create g", "refused: who?");
    check("", "stranger: create g", "refused: who?");
}

#[test]
fn people_come_and_go() {
    check("", "admin: hire a email=f@example.org", "refused: id taken");
    check("", "admin: hire e email=f@example.org", "refused: id taken");
    check("", "admin: hire f email=A@example.org", "refused: e-mail taken");
    check("", "admin: hire f email=e@example.org", "refused: e-mail taken");
    check("", "admin: change a email=b@example.org version=1", "refused: e-mail taken");
    check("", "admin: change a email=A@Example.org version=1", "done");
    check("", "admin: change a name=z version=2", "refused: version 2 is 1 now");
    check("", "admin: change a manager=nobody", "refused: no such person");
    // A caller who sends back a whole object is not refused for a manager who was deleted meanwhile.
    check("change b manager=c; fire c", "admin: change b manager=c name=z version=2", "done");
    check("change b manager=c; fire c", "admin: change a manager=c", "refused: no such person");
    check("", "admin: change e name=z version=2", "refused: no such person");
    check("", "admin: change e state=active version=2", "done");
    check("", "admin: fire e", "refused: no such person");
    check("", "reader: fire a", "refused: needs directory:user:delete");
    // A deleted person leaves every group in one commit, and each group gets one new version.
    check(
        "create g owners=a; create h; add g a; add h a b",
        "admin: fire a",
        "g v3 individuals= members=; h v3 individuals=b members=b",
    );
    // A restored person is in no group.
    check("create g; add g a; fire a; change a state=active", "admin: add g a", "g v4 individuals=a members=a");
    check("create g; add g a c; change a name=z", "admin: add g b", "g v3 individuals=b,c,z members=b,c,z");
}

/// a does java at 3 and go at 1, b java at 5, c go at 2.5 and speaks english at 4.
const CRAFT: &str = "skill java; skill go; skill c; language english;
    hold a java=3 go=1; hold b java=5; hold c go=2.5; speak c english=4";

#[test]
fn whom_a_rule_takes() {
    for (rule, members) in [
        ("and[java>=3]", "a,b"),
        ("and[java>3]", "b"),
        ("and[java=3]", "a"),
        ("and[java!=3]", "b"),
        ("and[java<4]", "a"),
        ("and[java<=5]", "a,b"),
        ("and[java>5]", ""),
        ("and[go>2]", "c"),
        ("and[go>=2]", "c"),
        ("and[go=2]", ""),
        ("and[go<3]", "a,c"),
        ("and[go<=2]", "a"),
        ("and[go!=2]", "a,c"),
        ("and[@english>=4]", "c"),
        // Nodes beside each other are combined by their tags.
        ("and[java>=3] and[go>=1]", "a"),
        ("and[java>=3] not[go>=1]", "b"),
        ("or[java>4] or[@english>0]", "b,c"),
        ("and[java>=0] or[go>=1] or[java=5]", "a,b"),
        ("and[java>=0 go>=0]", "a"),
        ("or[java>=0 go>=0]", "a,b,c"),
        ("not[java=3 go=1]", "administrator,b,c"),
        ("not[java>=0]", "administrator,c"),
        // Children of a comparison: `and`, `not`, and `or`.
        ("and[java>=1and(go>=1)]", "a"),
        ("and[java>=1not(go>=1)]", "b"),
        ("and[java=3or(@english>=1)]", "a,c"),
        ("and[java=3and(go=5)or(java=5not(go>0))]", "b"),
        // An empty node is ignored; a rule without comparisons selects nobody.
        ("and[] and[java=5]", "b"),
        ("not[] or[java=5]", "b"),
        ("and[java=5and()]", "b"),
        ("and[java=5or()]", "b"),
        ("and[] not[]", ""),
        ("", ""),
    ] {
        let mut world = World::new(&format!("{STAFF}; {CRAFT}; create g; rule g {rule}"));
        let line = world.group(GroupId(id("g")));
        assert_eq!(line.rsplit_once("members=").map(|(_, members)| members), Some(members), "{rule}");
        let listed = world.view("admin").preview(&notation::rule_of(rule), None);
        assert_eq!(listed.expect("the skills are there").total, members.split(',').filter(|m| !m.is_empty()).count());
        assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
        assert_eq!(world.run(&format!("admin: rule g {rule}")), "nothing");
    }
}

#[test]
fn rules_are_bounded() {
    let node = |conditions| RuleNode { tag: Tag::And, conditions };
    let condition = |children| Condition {
        kind: SkillKind::Routing,
        skill: "java".to_owned(),
        comparator: Comparator::EqualTo,
        proficiency: 1,
        children,
    };
    let nested = |depth| (1..depth).fold(condition(Vec::new()), |inner, _| condition(vec![node(vec![inner])]));
    let refused = |nodes| match Rule::new(nodes) {
        Err(Fault::Invalid { field, reason }) => format!("{field:?} {reason:?}"),
        other => format!("{other:?}"),
    };
    assert!(Rule::new(vec![node(vec![nested(limits::DEPTH)])]).is_ok());
    assert_eq!(refused(vec![node(vec![nested(limits::DEPTH + 1)])]), "NestedConditions TooDeep { limit: 12 }");
    assert!(Rule::new(vec![node(vec![condition(Vec::new()); limits::TERMS])]).is_ok());
    for nodes in [vec![node(vec![condition(Vec::new()); limits::TERMS + 1])], vec![node(Vec::new()); limits::TERMS + 1]]
    {
        assert_eq!(refused(nodes), "Comparisons TooMany { limit: 64 }");
    }
}

#[test]
fn rules_follow_what_people_can_do() {
    let given = |more: &str| format!("{CRAFT}; create g owners=c; rule g and[java>=3]; {more}");
    let check = |more: &str, asked: &str, group: &str| {
        let mut world = World::new(&format!("{STAFF}; {}", given(more)));
        world.run(&format!("admin: {asked}"));
        assert_eq!(world.group(GroupId(id("g"))), group, "given {more}: {asked}");
        assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
    };
    check("", "add g a", "g v3 individuals=a members=a,b,c");
    check("", "hold c java=3", "g v2 individuals= members=a,b,c");
    check("", "hold a java=2", "g v2 individuals= members=b,c");
    check("", "unlearn a java", "g v2 individuals= members=b,c");
    check("", "hold-only b go=1", "g v2 individuals= members=a,c");
    check("add g a", "unlearn a java", "g v3 individuals=a members=a,b,c");
    check("", "edit g owners=", "g v3 individuals= members=a,b");
    check("add g a", "remove g a", "g v4 individuals= members=a,b,c");
    check("", "change a state=inactive", "g v2 individuals= members=b,c");
    check("change a state=inactive", "change a state=active", "g v2 individuals= members=a,b,c");
    check("", "fire a", "g v2 individuals= members=b,c");
    check("", "hire f", "g v2 individuals= members=a,b,c");
    check("rule g not[java>=0]", "hire f", "g v3 individuals= members=administrator,c,f");
    check("rule g not[java>=0]", "hold a go=2", "g v3 individuals= members=administrator,c");
    check("", "drop-skill java", "g v2 individuals= members=c");
    check("rule g not[java>=0]", "drop-skill java", "g v3 individuals= members=a,administrator,b,c");
    check("", "no-rule g", "g v3 individuals= members=c");
    check("", "rename-skill java name=jvm", "g v2 individuals= members=a,b,c");
    check("", "change a name=z", "g v2 individuals= members=b,c,z");
}

#[test]
fn skills_and_who_has_them() {
    let check = |given: &str, asked: &str, expected: &str| check(&format!("{CRAFT}; {given}"), asked, expected);
    check("", "admin: skill JAVA", "refused: skill taken");
    check("drop-skill java", "admin: skill JAVA", "done");
    check("", "admin: language java", "refused: id taken");
    check("", "admin: rename-skill java name=Go", "refused: skill taken");
    check("", "admin: rename-skill java name=Java", "done");
    check("", "admin: rename-skill java name=java", "nothing");
    check("", "admin: drop-skill english", "refused: no such skill");
    check("", "admin: drop-skill java", "done");
    check("drop-skill java", "admin: drop-skill java", "refused: no such skill");
    check("", "admin: hold a java=3", "nothing");
    check("", "admin: hold a java=4", "done");
    check("", "admin: hold a cobol=4", "refused: no such skill");
    check("", "admin: hold a english=4", "refused: no such skill");
    check("", "admin: speak a java=4", "refused: no such language");
    check("", "admin: hold e java=4", "refused: no such person");
    check("", "admin: unlearn c java", "refused: no such held");
    check("", "admin: hold-only c", "done");
    check("create g", "admin: rule g and[cobol>1]", "refused: Skill NoSuchSkill(\"cobol\")");
    check("create g; drop-skill java", "admin: rule g and[java>1]", "refused: Skill NoSuchSkill(\"java\")");
    check("create g", "admin: rule g and[@java>1]", "refused: Language NoSuchSkill(\"java\")");
    check("create g", "admin: no-rule g", "nothing");
    check("", "admin: rule g and[java>1]", "refused: no such group");
}

#[test]
fn why_someone_is_in() {
    let world = World::new(&format!(
        "{STAFF}; {CRAFT}; create g owners=c; add g d; rule g and[java>=3or(go>2)] not[@english>=4]; create h; add h a"
    ));
    let view = world.view("is-a");
    let why = |person: &str| {
        let said = view.explain(GroupId(id("g")), PersonId(id(person))).expect("both are there");
        let rule = said.rule.expect("there is a rule");
        let nodes: Vec<_> = rule.nodes.iter().map(|node| node.holds).collect();
        let first = &rule.nodes[0].conditions[0];
        let reasons = (said.is_member, said.is_individual, said.is_owner, rule.selects);
        (reasons, nodes, (first.held.map(Proficiency::get), first.compares, first.children[0].holds, first.holds))
    };
    assert_eq!(why("a"), ((true, false, false, true), vec![true, false], (Some(3.0), true, false, true)));
    assert_eq!(why("c"), ((true, false, true, false), vec![true, true], (None, false, true, true)));
    assert_eq!(why("d"), ((true, true, false, false), vec![false, false], (None, false, false, false)));
    let second = Window { start: 1, count: 1 };
    let groups =
        view.memberships(PersonId(id("a")), Memberships::Direct, second, Direction::Ascending).expect("a works here");
    assert_eq!((groups.total, groups.entries[0].is_individual, groups.entries[0].by_rule), (2, true, Some(false)));
    // If a rule is hidden, so is its result.
    let world = World::new(&format!("{STAFF}; {CRAFT}; create g owners=c rules-visible=no; rule g and[java>=3]"));
    for (caller, reads) in [("admin", true), ("editor", true), ("is-c", true), ("is-a", false), ("reader", false)] {
        let view = world.view(caller);
        let (group, a) = (GroupId(id("g")), PersonId(id("a")));
        assert_eq!(view.rule(group).is_ok(), reads, "{caller}");
        assert_eq!(view.explain(group, a).is_ok(), reads, "{caller}");
        let groups =
            view.memberships(a, Memberships::Direct, Window::first(9), Direction::Ascending).expect("a works here");
        assert_eq!(groups.entries[0].by_rule, reads.then_some(true), "{caller}");
    }
}

#[test]
fn nobody_hands_out_what_they_lack() {
    check("", "admin: client is-a", "refused: id taken");
    check("client chief roles=role0", "chief: client x roles=role0", "done");
    check("", "editor: client x", "refused: needs oauth:client:add");
    check("client chief roles=role0", "admin: change-client chief enabled=no", "done");
    // The last administrator cannot be deleted.
    check("", "admin: drop-client admin", "refused: last administrator");
    check("", "admin: change-client admin roles=role1", "refused: last administrator");
    check("", "admin: change-client admin enabled=no", "refused: last administrator");
    check("", "admin: change-client admin as=a", "refused: last administrator");
    check("client chief roles=role0 as=a", "admin: drop-client admin", "refused: last administrator");
    check("client chief roles=role0", "admin: drop-client admin", "done");
    check("client chief roles=role0", "admin: change-client admin roles=role1", "done");
    let mut world = World::new(STAFF);
    // Only the rule itself, without the permission of the endpoint.
    let draft = |roles: &[&str], person: Option<&str>| ClientDraft {
        secret_hash: "hash".into(),
        fields: ClientFields {
            roles: Some(roles.iter().map(|role| RoleId(id(role))).collect()),
            person: Update::to(person.map(|name| PersonId(id(name)))),
            ..ClientFields::named(Name::stored("x"))
        },
    };
    for (caller, roles, person, allowed) in [
        ("editor", &["role1"][..], None, true),
        ("editor", &["role0"], None, false),
        ("reader", &["role1"], None, false),
        ("is-a", &[], Some("a"), true),
        ("is-a", &[], Some("b"), false),
        ("admin", &["role0"], Some("b"), true),
    ] {
        let actor = Actor::Client(ClientId(caller.into()));
        let command = ClientCommand::Create(ClientId("new".into()), draft(roles, person)).into();
        let decided = decide(&world.directory, &actor, Permissions::NONE, Timestamp(9), &command);
        assert_eq!(decided.is_ok(), allowed, "{caller} makes a client of {roles:?} as {person:?}");
    }
    // Nor may they delete a client that has more rights.
    assert_eq!(world.run("editor: drop-client is-a"), "refused: needs oauth:client:delete");
    let drop = Command::DeleteClient(ClientId("admin".into()));
    let decided =
        decide(&world.directory, &Actor::Client(ClientId("editor".into())), Permissions::NONE, Timestamp(9), &drop);
    assert!(matches!(decided, Err(Fault::NotAllowed(_))));
}

#[test]
fn default_roles_allow_what_this_version_says() {
    let mut world = World::new("client reader roles=role3");
    let mut records = world.directory.records();
    for role in &mut records.roles {
        Arc::make_mut(role).permissions = Permissions::NONE;
    }
    world.directory = Directory::build(records).expect("records of a directory build one");
    let needs = Permissions::of(&[Permission::GroupView]);
    assert!(admit(&world.directory, &Actor::Client(ClientId("reader".into())), needs).is_ok());
    assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
}

#[test]
fn what_cannot_be_seen_is_not_there() {
    let world = World::new(&format!(
        "{STAFF}; create open; create club visibility=members owners=a; add club b; create board visibility=owners owners=a"
    ));
    for (caller, expected) in [
        ("admin", "board club open"),
        ("editor", "board club open"),
        ("reader", "open"),
        ("is-a", "board club open"),
        ("is-b", "club open"),
        ("is-c", "open"),
    ] {
        let view = world.view(caller);
        for direction in [Direction::Ascending, Direction::Descending] {
            for count in 1..4 {
                let mut names = Vec::new();
                for start in [0, count, 2 * count] {
                    let listing = view.groups(Window { start, count }, direction);
                    assert_eq!(listing.total, expected.split(' ').count(), "{caller}");
                    names.extend(listing.entries.iter().map(|entry| entry.group.name.as_str()));
                }
                if direction == Direction::Descending {
                    names.reverse();
                }
                assert_eq!(names.join(" "), expected, "{caller}, windows of {count}");
            }
        }
        for group in ["open", "club", "board"] {
            let sees = expected.split(' ').any(|name| name == group);
            assert_eq!(view.group(GroupId(id(group))).is_ok(), sees, "{caller} and {group}");
        }
        let of_a = view.groups_of(view.person(PersonId(id("a")), PersonFilter::Living).expect("a works here"));
        let names: Vec<_> = of_a.iter().map(|entry| entry.group.name.as_str()).collect();
        assert_eq!(names.join(" "), expected.replace(" open", "").replace("open", ""), "{caller} and a's groups");
    }
}

/// The number of comparisons that a skill's deletion may evaluate is limited when rules are set.
#[test]
fn rules_that_name_one_skill_have_no_more_comparisons_than_they_may() {
    let mut world = World::new("skill s; skill t; create g; create h");
    let node = |skill: &str, n: usize| {
        let skill = NamedSkill { id: SkillId(id(skill)), by_name: false };
        let kind = SkillKind::Routing;
        let comparator = Comparator::GreaterThan;
        let condition = Condition { kind, skill, comparator, proficiency: 3, children: Vec::new() };
        RuleNode { tag: Tag::Or, conditions: vec![condition; n] }
    };
    let mut records = world.directory.records();
    let (group, stamp) = records.groups[0].clone();
    // One less than the limit.
    for at in 0..=limits::SKILL_COMPARISONS / limits::TERMS {
        let left = limits::SKILL_COMPARISONS - 1 - at * limits::TERMS;
        let rule = Rule::new(vec![node("s", left.min(limits::TERMS))]).expect("within the limits");
        let rule = Some(Arc::new(GroupRule { rule, modified: Timestamp(0) }));
        let group = Group { id: GroupId(uuid::Uuid::from_u128(at as u128)), rule, ..Group::clone(&group) };
        records.groups.push((Arc::new(group), stamp));
        if left <= limits::TERMS {
            break;
        }
    }
    let mut over = records.clone();
    world.directory = Directory::build(records).expect("the records fit");
    let refused = "refused: Comparisons TooManyOf";
    for (asked, is_refused) in [
        ("rule g and[s>3 t>3]", true),
        ("put-group g name=g rule=and[s>3t>3]", true),
        ("rule g and[t>3 t>3]", false),
        ("rule g and[s>3]", false),
        // As a replacement of a rule with the same number.
        ("rule g and[s>4]", false),
        ("rule h and[s>4]", true),
        ("no-rule g", false),
        ("rule h and[s>4]", false),
        ("drop-skill s", false),
        ("delete h", false),
    ] {
        let said = world.run(&format!("admin: {asked}"));
        assert_eq!(said.starts_with(refused), is_refused, "{asked}: {said}");
        assert_eq!(said.starts_with("refused"), is_refused, "{asked}: {said}");
    }
    assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
    // A store of an older version may have more comparisons. Its rules can change if the number does not grow.
    let rule = Rule::new(vec![node("s", 2)]).expect("within the limits");
    let put = over.groups.iter_mut().find(|(group, _)| group.id == GroupId(id("g"))).expect("it is there");
    put.0 =
        Arc::new(Group { rule: Some(Arc::new(GroupRule { rule, modified: Timestamp(0) })), ..Group::clone(&put.0) });
    world.directory = Directory::build(over).expect("the records fit");
    for (asked, is_refused) in
        [("rule g and[s>4 s>3 s>2]", true), ("rule g and[s>4 s>3]", false), ("rule g and[s>4]", false)]
    {
        let said = world.run(&format!("admin: {asked}"));
        assert_eq!(said.starts_with(refused), is_refused, "{asked}: {said}");
    }
}
