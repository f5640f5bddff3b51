//! Rows of an import. Each test is one line: given, row, expected.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod notation;

use convoke_core::*;
use notation::{World, id};

/// People a and b, and a deleted e; the skills s and t.
const STAFF: &str = "hire a; hire b; hire e; fire e; skill s; skill t; client editor roles=role1";

#[track_caller]
fn check(given: &str, row: &str, expected: &str) {
    let mut world = World::new(&format!("{STAFF}; {given}"));
    assert_eq!(world.run(&format!("admin: {row}")), expected, "given {given}: {row}");
    assert_eq!(verify::derived(&world.directory), Vec::<String>::new());
    // The same row again changes nothing.
    if !expected.starts_with("refused") {
        assert_eq!(world.run(&format!("admin: {row}")), "nothing", "given {given}: {row}, again");
    }
}

/// A person after a row: name, version, state, e-mail address, manager, numbers, and skills.
#[track_caller]
fn check_person(given: &str, row: &str, who: &str, expected: &str) {
    let mut world = World::new(&format!("{STAFF}; {given}"));
    assert_eq!(world.run(&format!("admin: {row}")), "done", "given {given}: {row}");
    let view = world.view("admin");
    let person = view.person(PersonId(id(who)), PersonFilter::Living).expect("the person is there");
    let held = view.held(person.id, SkillKind::Routing).expect("the person is there");
    let held: Vec<_> = held.iter().map(|(skill, level)| format!("{}:{}", skill.name.as_str(), level.get())).collect();
    let numbers: Vec<_> = person.phones().map(|phone| phone.to_string()).collect();
    let manager = person.manager.map(|id| view.person(id, PersonFilter::Living).expect("there").name.as_str());
    assert_eq!(
        format!(
            "{} v{} {} {} under {} {}{}",
            person.name.as_str(),
            person.version,
            person.state.word(),
            person.email.as_ref().map_or("-", |email| email.as_str()),
            manager.unwrap_or("-"),
            numbers.join(","),
            held.join(",")
        )
        .trim_end(),
        expected,
        "given {given}: {row}"
    );
}

#[test]
fn people_are_known_by_email_and_else_by_id() {
    check_person("", "put-person c email=c@x name=c", "c", "c v1 active c@x under -");
    check_person("", "put-person c email=A@example.org name=z", "a", "z v2 active A@example.org under -");
    check_person("", "put-person c id=a email=n@x", "a", "a v2 active n@x under -");
    check_person("", "put-person x id=c name=c", "c", "c v1 active - under -");
    check_person("", "put-person x id=c email=c@x name=c state=inactive", "c", "c v1 inactive c@x under -");
    check("", "put-person c email=a@example.org", "nothing");
    check("", "put-person c id=b email=a@example.org", "refused: e-mail taken");
    check("", "put-person c id=c email=a@example.org name=c", "refused: e-mail taken");
    check("", "put-person c email=c@x", "refused: Name Missing");
    check("", "put-person c name=c", "refused: Email Missing");
}

#[test]
fn someone_who_was_deleted_is_there_again() {
    check_person("", "put-person x email=e@example.org", "e", "e v3 active e@example.org under -");
    check_person("", "put-person x id=e state=inactive", "e", "e v3 inactive e@example.org under -");
}

#[test]
fn rows_of_people_name_managers_numbers_and_skills() {
    check_person("", "put-person a id=a boss=b", "a", "a v2 active a@example.org under b");
    check_person("", "put-person a id=a boss=B@example.org", "a", "a v2 active a@example.org under b");
    check_person("change a manager=b", "put-person a id=a boss=", "a", "a v3 active a@example.org under -");
    check("", "put-person a id=a boss=nobody", "refused: no such person");
    check("", "put-person a id=a boss=e", "refused: no such person");
    check("", "put-person a id=a boss=nobody@x", "refused: no such person");
    let number = "a v2 active a@example.org under - +4911111";
    check_person("", "put-person a id=a phone=+4911111", "a", number);
    let changed = "a v3 active a@example.org under - +4922222,+4933333";
    check_person("change a phones=+4911111,~+4933333", "put-person a id=a phone=+4922222", "a", changed);
    check_person("", "put-person a id=a skills=s:3,t:1.5", "a", "a v1 active a@example.org under - s:3,t:1.5");
    check_person("hold a s=2", "put-person a id=a skills=t:1", "a", "a v1 active a@example.org under - t:1");
    check_person("", "put-person c email=c@x name=c skills=s:3", "c", "c v1 active c@x under - s:3");
    check_person("hold a s=2", "put-person a id=a skills=", "a", "a v1 active a@example.org under -");
    check("hold a s=2", "put-person a id=a", "nothing");
    check("", "put-person c email=c@x name=c skills=s:3,none:1", "refused: Skill NoSuchSkill(\"none\")");
}

#[test]
fn a_row_that_is_refused_leaves_nothing() {
    let mut world = World::new(STAFF);
    let before = world.directory.clone();
    world.run("admin: put-person c email=c@x name=c skills=none:1");
    world.run("admin: put-group g name=g owners=nobody@x");
    assert_eq!(verify::differences(&before, &world.directory, ("before", "after")), Vec::<String>::new());
}

#[test]
fn groups_are_created_or_changed_with_owners_and_rules() {
    check("", "put-group g name=g", "g v1 individuals= members=");
    check("", "put-group g", "refused: Name Missing");
    check("", "put-group g name=g owners=a,B@example.org", "g v1 individuals= members=a,b");
    check("", "put-group g name=g owners=nobody@x", "refused: no such person");
    check("create g owners=a; add g b", "put-group g name=h", "h v3 individuals=b members=a,b");
    check("create g owners=a", "put-group g owners=", "g v2 individuals= members=");
    check("create g", "put-group g name=g", "nothing");
    check("create g kind=social", "put-group g kind=official", "refused: GroupKind KindIsFixed(Social)");
    check("hold a s=3", "put-group g name=g rule=and[s>=3]", "g v1 individuals= members=a");
    check("hold a s=3; create g; rule g and[s>=3]", "put-group g rule=and[s>=3]", "nothing");
    check("hold a s=3; create g; rule g and[s>=3]", "put-group g rule=and[s>=4]", "g v3 individuals= members=");
    check("", "put-group g name=g rule=and[none>=3]", "refused: Skill NoSuchSkill(\"none\")");
    check("create g", "add g A@example.org", "g v2 individuals=a members=a");
    check("create g", "add g e@example.org", "refused: no such person");
}

#[test]
fn skills_are_known_by_name_and_else_by_id() {
    check("", "put-skill u", "done");
    check("", "put-skill x name=s", "nothing");
    check("", "put-skill x name=S", "done");
    check("", "put-skill x id=s name=z", "done");
    check("", "put-skill x id=s name=t", "refused: skill taken");
    check("", "put-skill x id=u name=t", "refused: skill taken");
    check("drop-skill s", "put-skill x name=s", "done");
    check("drop-skill s", "put-skill x id=s name=s", "refused: id taken");
}

#[test]
fn only_administrators_import() {
    let mut world = World::new(STAFF);
    for row in ["put-person c email=c@x name=c", "put-group g name=g", "put-skill u"] {
        assert_eq!(world.run(&format!("editor: {row}")), "refused: needs admin", "{row}");
    }
}
