//! What every store must do, whatever it is made of.

use convoke_core::*;
use convoke_store::{Batch, Entry, Operation, Store, StoreError, Token};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

struct Place {
    _folder: TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("store.sqlite");
    Place { _folder: folder, path }
}

fn number(n: u128) -> Uuid {
    uuid::Builder::from_random_bytes(n.to_be_bytes()).into_uuid()
}

const ORGANISATION: OrganisationId = OrganisationId(Uuid::from_u128(1));

fn founding(id: OrganisationId, client: &str) -> Entry {
    let organisation =
        Organisation { id, name: Name::stored("Test"), home: DivisionId(number(2)), created: Timestamp(5) };
    let roles = [10, 11, 12, 13].map(|n| RoleId(number(n)));
    let changes = found(organisation, roles, person(100), (ClientId(client.into()), "hash".into()));
    Entry { at: Timestamp(5), client: None, changes, operation: None }
}

fn person(n: u128) -> Person {
    Person {
        id: PersonId(number(n)),
        version: 1,
        state: PersonState::Active,
        name: Name::stored(&format!("Person {n}")),
        email: Email::stored(&format!("{n}@example.org")),
        username: Some(Line::stored("user")),
        preferred_name: Some(Line::stored("Pat")),
        title: Some(Line::stored("Director")),
        department: Some(Line::stored("Sales")),
        division: DivisionId(number(2)),
        manager: Some(PersonId(number(100))),
        addresses: vec![Contact {
            media: Media::Sms,
            kind: ContactKind::Work4,
            address: Some(Line::stored("+12025550100")),
            extension: Some(Line::stored("7")),
            country_code: Some(Line::stored("US")),
            integration: Some(Line::stored("x")),
        }],
        images: vec![Image { resolution: Some(Line::stored("x96")), uri: Line::stored("https://example.org/i") }],
        profile_skills: vec![Line::stored("SQL")],
        certifications: vec![Line::stored("First aid")],
        employer: Some(Box::new(Employer {
            official_name: Some(Line::stored("P.")),
            employee_id: Some(Line::stored("1")),
            employee_type: Some(Line::stored("full")),
            date_hire: Some(Line::stored("2020-01-01")),
        })),
        biography: Some(Box::new(Biography {
            biography: Some(Prose::stored("a\nb")),
            interests: vec![Line::stored("chess")],
            hobbies: vec![Line::stored("go")],
            spouse: Some(Line::stored("Sam")),
        })),
        acd_auto_answer: true,
    }
}

fn group(n: u128, owners: &[u128]) -> Group {
    Group {
        id: GroupId(number(n)),
        name: Name::stored(&format!("Group {n}")),
        description: Some(Prose::stored("What it is for")),
        kind: GroupKind::Social,
        visibility: Visibility::Members,
        state: GroupState::Inactive,
        rules_visible: true,
        roles_enabled: false,
        include_owners: true,
        calls_enabled: false,
        email: Some(Email::stored("group@example.org")),
        owners: owners.iter().map(|n| PersonId(number(*n))).collect(),
        addresses: vec![GroupContact {
            kind: GroupContactKind::Phone,
            address: Some(Line::stored("+12025550101")),
            extension: Some(Line::stored("9")),
        }],
        images: vec![Image { resolution: None, uri: Line::stored("https://example.org/g") }],
        rule: None,
        voicemail: Some(Box::new(Voicemail {
            enabled: Some(true),
            alert: Some(AlertKind::RoundRobin),
            rotate_calls_secs: Some(9),
            overflow_group: Some(GroupId(number(n))),
            language: Some(Line::stored("en-us")),
            ..Voicemail::default()
        })),
    }
}

fn skill(n: u128, kind: SkillKind, deleted: bool) -> Change {
    let name = Name::stored(&format!("Skill {n}"));
    let stamp = stamp(if deleted { 2 } else { 1 });
    Change::SkillPut(Arc::new(Skill { id: SkillId(number(n)), kind, name, deleted, stamp }))
}

fn held(skill: u128, proficiency: f64) -> Held {
    let proficiency = Proficiency::new(proficiency).expect("from 0 to 5");
    Held { skill: SkillId(number(skill)), proficiency }
}

fn hold(person: u128, skills: &[(u128, f64)]) -> Change {
    let mut all: Vec<_> = skills.iter().map(|(skill, proficiency)| held(*skill, *proficiency)).collect();
    // As a decision has them.
    all.sort_by_key(|held| held.skill);
    Change::SkillsHeld(PersonId(number(person)), all)
}

/// A rule with every tag, comparator and kind of skill, as deep as may be.
fn rule() -> StandingRule {
    let condition = |comparator, by_name, children| Condition {
        kind: if by_name { SkillKind::Language } else { SkillKind::Routing },
        skill: NamedSkill { id: SkillId(number(if by_name { 301 } else { 300 })), by_name },
        comparator,
        proficiency: 4,
        children,
    };
    let conditions = |by_name| Comparator::ALL.map(|comparator| condition(comparator, by_name, Vec::new())).into();
    let mut nodes = vec![
        RuleNode { tag: Tag::Or, conditions: conditions(false) },
        RuleNode { tag: Tag::Not, conditions: conditions(true) },
        RuleNode { tag: Tag::And, conditions: Vec::new() },
    ];
    for _ in 1..limits::DEPTH {
        nodes = vec![RuleNode { tag: Tag::And, conditions: vec![condition(Comparator::EqualTo, false, nodes)] }];
    }
    StandingRule { rule: Rule::new(nodes).expect("within the limits"), modified: Timestamp(9) }
}

fn entry(changes: Vec<Change>) -> Entry {
    Entry { at: Timestamp(7), client: Some(ClientId("admin".into())), changes, operation: None }
}

fn stamp(version: u32) -> Stamp {
    Stamp { version, modified: Timestamp(i64::from(version) * 1000) }
}

fn batch(expected: u64, entries: Vec<Entry>) -> Batch {
    Batch { organisation: ORGANISATION, expected, entries }
}

/// How many entries the log of a filled store has.
const HEAD: u64 = 19;

/// Every kind of change, in an order in which they fit.
fn every_change() -> Vec<Vec<Change>> {
    let people = |list: &[u128]| list.iter().map(|n| PersonId(number(*n))).collect::<Vec<_>>();
    let (g, h) = (GroupId(number(200)), GroupId(number(201)));
    let client = Client {
        id: ClientId("second".into()),
        name: Name::stored("Second"),
        description: Some(Prose::stored("of two")),
        secret_hash: "hash".into(),
        roles: vec![RoleId(number(11))],
        person: Some(PersonId(number(101))),
        enabled: true,
        token_seconds: 600,
        created: Timestamp(1),
        modified: Timestamp(2),
    };
    let third = Client { id: ClientId("third".into()), person: None, ..client.clone() };
    let gone = Person { state: PersonState::Deleted, version: 2, ..person(103) };
    vec![
        vec![Change::PersonPut(Arc::new(person(101)))],
        vec![Change::PersonPut(Arc::new(person(102))), Change::PersonPut(Arc::new(person(103)))],
        vec![Change::GroupPut(Arc::new(group(200, &[101, 102])), stamp(1))],
        vec![Change::GroupPut(Arc::new(group(201, &[])), stamp(1))],
        vec![Change::MembersAdded(g, people(&[102, 103]), stamp(2))],
        vec![Change::MembersAdded(h, people(&[101]), stamp(2))],
        vec![Change::MembersRemoved(g, people(&[103]), stamp(3)), Change::PersonPut(Arc::new(gone))],
        vec![Change::ClientPut(Arc::new(client)), Change::ClientPut(Arc::new(third))],
        vec![Change::ClientDeleted(ClientId("third".into()))],
        vec![Change::GroupDeleted(h)],
        vec![skill(300, SkillKind::Routing, false), skill(301, SkillKind::Language, false)],
        vec![skill(302, SkillKind::Routing, false)],
        vec![Change::GroupPut(Arc::new(Group { rule: Some(Arc::new(rule())), ..group(202, &[]) }), stamp(1))],
        vec![hold(101, &[(300, 1.0), (301, 5.0), (302, 2.5)])],
        vec![hold(102, &[(301, 3.0)]), hold(100, &[(302, 3.0), (301, 0.0)])],
        vec![skill(302, SkillKind::Routing, true)],
        vec![hold(101, &[(301, 4.5), (300, ELEVENTH)])],
        vec![hold(102, &[])],
    ]
}

/// A proficiency that a parser of JSON which is not exact makes another of.
const ELEVENTH: f64 = 1.0 / 11.0;

async fn filled(path: &std::path::Path) -> Store {
    let store = Store::open(path).expect("a new store");
    store.commit(batch(0, vec![founding(ORGANISATION, "admin")])).await.expect("the founding");
    let entries = every_change().into_iter().map(entry).collect();
    store.commit(batch(1, entries)).await.expect("every change");
    store
}

/// The records in the tables, which give the directory that the log gives.
async fn records(store: &Store) -> Records {
    let snapshot = store.snapshot().await.expect("a snapshot");
    let loaded = snapshot.load(ORGANISATION).expect("it loads");
    let tables = Directory::build(loaded.records.clone()).expect("its records fit");
    let (replayed, head) = snapshot.replay(ORGANISATION).expect("it replays");
    assert_eq!(head, loaded.head);
    assert_eq!(verify::differences(&tables, &replayed, ("tables", "log")), Vec::<String>::new());
    assert_eq!(skills_and_rules(&loaded.records), skills_and_rules(&replayed.records()));
    loaded.records
}

type SkillsAndRules = (Vec<Arc<Skill>>, Vec<(PersonId, Held)>, Vec<(GroupId, StandingRule)>);

fn skills_and_rules(records: &Records) -> SkillsAndRules {
    let mut skills = records.skills.clone();
    skills.sort_by_key(|skill| skill.id);
    let rule = |group: &Group| Some((group.id, StandingRule::clone(group.rule.as_ref()?)));
    let mut rules: Vec<_> = records.groups.iter().filter_map(|(group, _)| rule(group)).collect();
    rules.sort_by_key(|(group, _)| *group);
    (skills, sorted(records.held.clone()), rules)
}

fn sorted(mut held: Vec<(PersonId, Held)>) -> Vec<(PersonId, Held)> {
    held.sort_by_key(|(person, held)| (*person, held.skill));
    held
}

/// What a killed process leaves: the files as they are while the store is open.
fn killed(path: &std::path::Path) -> PathBuf {
    let copy = path.with_file_name("killed.sqlite");
    for suffix in ["", "-wal"] {
        let name = |path: &std::path::Path| PathBuf::from(format!("{}{suffix}", path.display()));
        std::fs::copy(name(path), name(&copy)).expect("the file is copied");
    }
    copy
}

#[tokio::test]
async fn tables_and_log_give_the_same_directory() {
    let place = place();
    let store = filled(&place.path).await;
    let mut expected: Option<Directory> = None;
    for change in founding(ORGANISATION, "admin").changes.iter().chain(every_change().iter().flatten()) {
        match (&mut expected, change) {
            (None, Change::OrganisationPut(organisation)) => expected = Some(Directory::new(organisation.clone())),
            (Some(directory), change) => directory.apply(change).expect("the change fits"),
            (None, _) => panic!("the founding begins with the organisation"),
        }
    }
    let expected = expected.expect("a directory");
    drop(store);
    let store = Store::open(&place.path).expect("the store opens again");
    let loaded = store.load().await.expect("it loads").pop().expect("one organisation");
    assert_eq!(loaded.head, HEAD);
    let tables = Directory::build(loaded.records).expect("its records fit");
    let (replayed, head) =
        store.snapshot().await.and_then(|snapshot| snapshot.replay(ORGANISATION)).expect("it replays");
    assert_eq!(head, HEAD);
    assert_eq!(verify::differences(&expected, &tables, ("applied", "tables")), Vec::<String>::new());
    assert_eq!(verify::differences(&expected, &replayed, ("applied", "log")), Vec::<String>::new());
}

#[tokio::test]
async fn a_batch_that_expects_another_head_is_lost_whole() {
    let place = place();
    let store = filled(&place.path).await;
    for wrong in [0, HEAD - 1, HEAD + 1] {
        let late = entry(vec![Change::PersonPut(Arc::new(person(150)))]);
        assert!(matches!(store.commit(batch(wrong, vec![late])).await, Err(StoreError::Lost)), "{wrong}");
    }
    let loaded = store.load().await.expect("it loads").pop().expect("one organisation");
    assert_eq!(loaded.head, HEAD);
    assert!(!loaded.records.people.iter().any(|held| held.id == person(150).id));
}

#[tokio::test]
async fn operations_are_kept_also_when_nothing_changed_and_until_they_are_swept() {
    let place = place();
    let store = filled(&place.path).await;
    let client = ClientId("admin".into());
    let held = |key: &str, since| store.operation(ORGANISATION, &client, key, Timestamp(since)).expect("a look-up");
    let (person, skill) = (PersonId(number(101)), SkillId(number(300)));
    for subject in [
        Subject::Nothing,
        Subject::Person(person),
        Subject::Client(client.clone()),
        Subject::Skill(skill),
        Subject::Held(person, skill),
        Subject::AllHeld(person, SkillKind::Language),
        Subject::Group(GroupId(number(200))),
    ] {
        let operation = Operation { client: client.clone(), key: "k".into(), fingerprint: [7; 32], subject };
        let done = Entry { operation: Some(operation.clone()), ..entry(Vec::new()) };
        store.commit(batch(HEAD, vec![done])).await.expect("an operation alone");
        assert_eq!(held("k", 0), Some(operation));
    }
    assert_eq!(held("k", 8), None);
    assert_eq!(held("other", 0), None);
    assert_eq!(
        store.load().await.expect("it loads").pop().map(|loaded| loaded.head),
        Some(HEAD),
        "no change, no number"
    );
    store.sweep(Timestamp(0), Timestamp(8)).await.expect("a sweep");
    assert_eq!(held("k", 0), None);
}

#[tokio::test]
async fn tokens_end_with_their_client_or_their_time() {
    let place = place();
    let store = filled(&place.path).await;
    let token = |n: u8, client: &str, expires| Token {
        hash: [n; 32],
        organisation: ORGANISATION,
        client: ClientId(client.into()),
        expires: Timestamp(expires),
    };
    for token in [token(1, "admin", 100), token(2, "second", 100), token(3, "admin", 10)] {
        store.put_token(token.clone()).await.expect("a token");
        assert_eq!(store.token(&token.hash).expect("a look-up"), Some(token));
    }
    assert_eq!(store.token(&[9; 32]).expect("a look-up"), None);
    let deleted = entry(vec![Change::ClientDeleted(ClientId("second".into()))]);
    store.commit(batch(HEAD, vec![deleted])).await.expect("the client goes");
    store.sweep(Timestamp(50), Timestamp(0)).await.expect("a sweep");
    store.delete_token([4; 32]).await.expect("a token that nobody has");
    let left: Vec<bool> = [1, 2, 3].map(|n| store.token(&[n; 32]).expect("a look-up").is_some()).into();
    assert_eq!(left, [true, false, false]);
    assert_eq!(store.organisation_of(&ClientId("admin".into())).expect("a look-up"), Some(ORGANISATION));
    assert_eq!(store.organisation_of(&ClientId("second".into())).expect("a look-up"), None);
}

#[tokio::test]
async fn a_client_belongs_to_one_organisation() {
    let place = place();
    let store = filled(&place.path).await;
    let other = OrganisationId(Uuid::from_u128(9));
    let founded = |client: &str| Batch { organisation: other, expected: 0, entries: vec![founding(other, client)] };
    assert!(store.commit(founded("admin")).await.is_err());
    assert_eq!(store.load().await.expect("it loads").len(), 1);
    store.commit(founded("another")).await.expect("a client of its own");
    assert_eq!(store.organisation_of(&ClientId("admin".into())).expect("a look-up"), Some(ORGANISATION));
    assert_eq!(store.load().await.expect("it loads").len(), 2);
}

#[tokio::test]
async fn a_second_process_is_kept_out() {
    let place = place();
    let store = Store::open(&place.path).expect("a new store");
    let refused = Store::open(&place.path).err().expect("the store is in use");
    assert!(refused.to_string().contains("store.sqlite is in use"), "{refused}");
    drop(store);
    Store::open(&place.path).expect("the store is free again");
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    let _store = filled(&place.path).await;
    for suffix in ["", "-wal", "-shm"] {
        let file = std::fs::metadata(format!("{}{suffix}", place.path.display())).expect("the file is there");
        assert_eq!(file.permissions().mode() & 0o077, 0, "{suffix}");
    }
}

#[tokio::test]
async fn the_connection_is_as_durable_as_it_should_be() {
    let place = place();
    let store = Store::open(&place.path).expect("a new store");
    let (journal, synchronous, version) = store.settings().await.expect("settings");
    assert_eq!((journal.as_str(), synchronous), ("wal", 2));
    let version: Vec<u32> = version.split('.').map(|part| part.parse().expect("a number")).collect();
    assert!(version >= vec![3, 51, 3], "{version:?}: the WAL-reset bug is fixed from 3.51.3 on");
}

#[tokio::test]
async fn damage_and_newer_formats_are_refused() {
    let place = place();
    drop(filled(&place.path).await);
    let newer = rusqlite::Connection::open(&place.path).expect("the file opens");
    let format: i64 = newer.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a format");
    newer.pragma_update(None, "user_version", 99).expect("a newer format");
    assert!(matches!(Store::open(&place.path), Err(StoreError::Newer { found: 99, .. })));
    newer.pragma_update(None, "user_version", format).expect("the old format");
    newer.execute("DELETE FROM log WHERE seq = 4", []).expect("a gap");
    drop(newer);
    let store = Store::open(&place.path).expect("the store opens");
    let replayed = store.snapshot().await.and_then(|snapshot| snapshot.replay(ORGANISATION));
    assert!(replayed.err().is_some_and(|error| error.to_string().contains("has 5 where 4 should be")));
    drop(store);

    let mut bytes = std::fs::read(&place.path).expect("the file is read");
    bytes.iter_mut().skip(4096).take(4096).for_each(|byte| *byte = !*byte);
    std::fs::write(&place.path, bytes).expect("the file is written");
    assert!(matches!(Store::check(&place.path), Err(StoreError::Damaged(_))));
}

#[tokio::test]
async fn a_backup_is_a_whole_store() {
    let place = place();
    let store = filled(&place.path).await;
    let copy = place.path.with_file_name("copy.sqlite");
    store.backup(&copy).expect("a backup");
    assert!(store.backup(&copy).is_err(), "a backup overwrites nothing");
    Store::check(&copy).expect("a sound copy");
    let copied = Store::open(&copy).expect("the copy opens");
    let mut directories = Vec::new();
    for store in [&store, &copied] {
        let loaded = store.load().await.expect("it loads").pop().expect("one organisation");
        directories.push(Directory::build(loaded.records).expect("its records fit"));
    }
    let [one, other] = directories.as_slice() else { panic!("two directories") };
    assert_eq!(verify::differences(one, other, ("store", "copy")), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_many_organisations_share_commits() {
    let place = place();
    let store = Arc::new(Store::open(&place.path).expect("a new store"));
    let organisations: Vec<OrganisationId> = (0..8).map(|n| OrganisationId(Uuid::from_u128(100 + n))).collect();
    let tasks: Vec<_> = organisations
        .iter()
        .map(|id| {
            let (store, id) = (store.clone(), *id);
            tokio::spawn(async move {
                for seq in 0..20 {
                    let entries = match seq {
                        0 => vec![founding(id, &id.to_string())],
                        n => vec![entry(vec![Change::PersonPut(Arc::new(person(1000 + n)))])],
                    };
                    let seq = seq as u64;
                    store.commit(Batch { organisation: id, expected: seq, entries }).await.expect("a commit");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task ends");
    }
    let snapshot = store.snapshot().await.expect("a snapshot");
    for id in organisations {
        let loaded = snapshot.load(id).expect("it loads");
        assert_eq!(loaded.head, 20);
        let tables = Directory::build(loaded.records).expect("its records fit");
        let (replayed, _) = snapshot.replay(id).expect("it replays");
        assert_eq!(verify::differences(&tables, &replayed, ("tables", "log")), Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_the_tables_lack_is_made_up_for_from_the_log() {
    let place = place();
    let store = filled(&place.path).await;
    let copy = killed(&place.path);
    let tables = rusqlite::Connection::open(&copy).expect("the copy opens");
    let heads = tables.query_row("SELECT tables_head, head FROM organisations", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
    });
    assert_eq!(heads.expect("one organisation"), (0, HEAD as i64), "the log alone was written");
    drop(tables);
    let gap = place.path.with_file_name("gap.sqlite");
    std::fs::copy(&copy, &gap).expect("a copy");
    rusqlite::Connection::open(&gap).and_then(|log| log.execute("DELETE FROM log WHERE seq = 5", [])).expect("a gap");
    let refused = Store::open(&gap).err().expect("the log has a gap");
    assert!(refused.to_string().contains("has no entry 5"), "{refused}");
    let mut directories = Vec::new();
    for store in [store, Store::open(&copy).expect("the copy opens")] {
        let loaded = store.load().await.expect("it loads").pop().expect("one organisation");
        directories.push(Directory::build(loaded.records).expect("its records fit"));
    }
    let [one, other] = directories.as_slice() else { panic!("two directories") };
    assert_eq!(verify::differences(one, other, ("store", "copy")), Vec::<String>::new());
}

#[tokio::test]
async fn the_tables_follow_while_the_store_is_open() {
    let place = place();
    let store = filled(&place.path).await;
    let newcomers: Vec<Person> = (10_000..11_000).map(person).collect();
    let ids: Vec<PersonId> = newcomers.iter().map(|person| person.id).collect();
    let arrivals = newcomers.into_iter().map(|person| Change::PersonPut(Arc::new(person))).collect();
    store.commit(batch(HEAD, vec![entry(arrivals)])).await.expect("people come");
    let tables_head = || {
        let tables = rusqlite::Connection::open(&place.path).expect("the store opens for a look");
        tables.query_row("SELECT tables_head FROM organisations", [], |row| row.get::<_, i64>(0)).expect("a head")
    };
    assert_eq!(tables_head(), 0, "a commit by itself touches no table");
    for round in HEAD + 1..HEAD + 49 {
        let stamp = Stamp { version: round as u32, modified: Timestamp(round as i64) };
        let change = if round % 2 == 0 { Change::MembersAdded } else { Change::MembersRemoved };
        let change = change(GroupId(number(200)), ids.clone(), stamp);
        store.commit(batch(round, vec![entry(vec![change])])).await.expect("members change");
    }
    assert!(tables_head() > HEAD as i64 + 1, "the tables did not follow");
    let snapshot = store.snapshot().await.expect("a snapshot");
    let tables = Directory::build(snapshot.load(ORGANISATION).expect("it loads").records).expect("its records fit");
    let (replayed, _) = snapshot.replay(ORGANISATION).expect("it replays");
    assert_eq!(verify::differences(&tables, &replayed, ("tables", "log")), Vec::<String>::new());
}

#[tokio::test]
async fn skills_and_rules_are_kept_as_they_were() {
    let place = place();
    drop(filled(&place.path).await);
    let store = Store::open(&place.path).expect("the store opens again");
    let records = records(&store).await;
    let (skills, held_by, rules) = skills_and_rules(&records);
    let put = [(300, SkillKind::Routing, false), (301, SkillKind::Language, false), (302, SkillKind::Routing, true)];
    let mut expected: Vec<_> = put.map(|(n, kind, deleted)| skill(n, kind, deleted)).into();
    expected.sort_by_key(|change| if let Change::SkillPut(skill) = change { Some(skill.id) } else { None });
    assert_eq!(skills.into_iter().map(Change::SkillPut).collect::<Vec<_>>(), expected);
    let by = |person, skill, proficiency| (PersonId(number(person)), held(skill, proficiency));
    assert_eq!(held_by, sorted(vec![by(100, 301, 0.0), by(101, 300, ELEVENTH), by(101, 301, 4.5)]));
    assert_eq!(rules, [(GroupId(number(202)), rule())]);
}

#[tokio::test]
async fn a_deleted_skill_is_nobodys_wherever_its_rows_were() {
    let steps = || {
        [
            vec![hold(101, &[(300, 1.0), (301, 1.0)]), hold(102, &[(300, 2.0)]), hold(100, &[(300, 3.0)])],
            vec![hold(102, &[(300, 3.0), (301, 2.0)])],
            vec![skill(300, SkillKind::Routing, true)],
            vec![hold(100, &[(301, 3.0)]), hold(101, &[])],
        ]
    };
    let by = |person, proficiency| (PersonId(number(person)), held(301, proficiency));
    let expected = sorted(vec![by(100, 3.0), by(102, 2.0)]);
    // After which of the steps the tables follow: each bit is one.
    for follow in 0..16 {
        let place = place();
        let store = filled(&place.path).await;
        for (step, changes) in steps().into_iter().enumerate() {
            store.commit(batch(HEAD + step as u64, vec![entry(changes)])).await.expect("a step");
            if follow >> step & 1 == 1 {
                drop(store.snapshot().await.expect("the tables follow"));
            }
        }
        let killed = Store::open(&killed(&place.path)).expect("the copy opens");
        for store in [store, killed] {
            assert_eq!(sorted(records(&store).await.held), expected, "{follow:04b}");
        }
    }
}

#[tokio::test]
async fn a_skill_is_deleted_in_the_commit_that_brings_its_rows_to_the_tables() {
    let place = place();
    let store = filled(&place.path).await;
    let skills = 1000..1000 + limits::SKILLS_HELD as u128;
    let put = skills.clone().map(|n| skill(n, SkillKind::Routing, false)).collect();
    let all: Vec<_> = skills.map(|n| (n, 1.0)).collect();
    let people = 2000..2070;
    let arrivals = people.clone().map(|n| Change::PersonPut(Arc::new(person(n)))).collect();
    let learned = people.clone().map(|n| hold(n, &all)).collect();
    store.commit(batch(HEAD, vec![entry(put), entry(arrivals), entry(learned)])).await.expect("many rows");
    store.commit(batch(HEAD + 3, vec![entry(vec![skill(1007, SkillKind::Routing, true)])])).await.expect("a deletion");
    let tables = rusqlite::Connection::open(&place.path).expect("the store opens for a look");
    let seen = tables.query_row(
        "SELECT tables_head, (SELECT count(*) FROM held WHERE skill = ?1) FROM organisations",
        [number(1007).into_bytes()],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
    );
    assert_eq!(seen.expect("one organisation"), (HEAD as i64 + 3, 70), "the deletion waits");
    let held = records(&store).await.held;
    assert!(held.iter().all(|(_, held)| held.skill != SkillId(number(1007))));
    assert_eq!(held.len(), 3 + people.count() * (all.len() - 1));
}

#[tokio::test]
async fn a_rule_that_cannot_be_is_damage() {
    let place = place();
    drop(filled(&place.path).await);
    let tables = rusqlite::Connection::open(&place.path).expect("the file opens");
    let sql = r#"UPDATE groups SET record = replace(record, '"proficiency":4', '"proficiency":6')"#;
    tables.execute(sql, []).expect("the rule is damaged");
    drop(tables);
    let refused = Store::open(&place.path).expect("the store opens").load().await.err();
    assert!(matches!(refused, Some(StoreError::Damaged(_))), "{refused:?}");
}

#[tokio::test]
async fn a_store_of_the_first_format_is_brought_to_the_newest() {
    let place = place();
    let store = Store::open(&place.path).expect("a new store");
    store.commit(batch(0, vec![founding(ORGANISATION, "admin")])).await.expect("the founding");
    drop(store);
    // A group as the first format wrote it: a row of the table, and an entry that only the log has.
    let group = |n| {
        let id = number(n);
        format!(r#"{{"id":"{id}","name":"Group {n}","kind":"official","visibility":"public","state":"active","#)
            + r#""rulesVisible":false,"rolesEnabled":true,"includeOwners":true,"callsEnabled":true}"#
    };
    let put = |n| format!(r#"[{{"change":"groupPut","group":{},"version":1,"modified":1000}}]"#, group(n));
    let first = rusqlite::Connection::open(&place.path).expect("the file opens");
    first.execute_batch("DROP TABLE skills; DROP TABLE held; PRAGMA user_version = 1").expect("the first format");
    let log = "INSERT INTO log (organisation, seq, at, changes) VALUES (1, ?1, 7, ?2)";
    first.execute(log, (2, put(200))).expect("an entry");
    first.execute(log, (3, put(201))).expect("an entry");
    first
        .execute("INSERT INTO groups VALUES (1, ?1, ?2)", (number(200).into_bytes(), group(200)))
        .and_then(|_| first.execute("INSERT INTO stamps VALUES (1, ?1, 1, 1000)", [number(200).into_bytes()]))
        .and_then(|_| first.execute("UPDATE organisations SET tables_head = 2, head = 3", []))
        .expect("a row");
    drop(first);
    let store = Store::open(&place.path).expect("the store opens");
    let found = records(&store).await;
    assert_eq!(found.groups.len(), 2);
    assert!(found.groups.iter().all(|(group, stamp)| group.rule.is_none() && stamp.version == 1));
    assert_eq!((found.skills.len(), found.held.len()), (0, 0));
    let learned = vec![skill(300, SkillKind::Routing, false), hold(100, &[(300, 2.0)])];
    store.commit(batch(3, vec![entry(learned)])).await.expect("a skill");
    assert_eq!(records(&store).await.held, [(PersonId(number(100)), held(300, 2.0))]);
}
