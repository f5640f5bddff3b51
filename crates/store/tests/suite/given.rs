//! Fixtures: records with every field, every kind of change, and stores that have them.

use convoke_core::*;
use convoke_store::{Batch, Entry, Loaded, Operation, Snapshot, Store, StoreError};
use std::sync::Arc;
use uuid::Uuid;

pub fn number(n: u128) -> Uuid {
    uuid::Builder::from_random_bytes(n.to_be_bytes()).into_uuid()
}

pub const ORGANISATION: OrganisationId = OrganisationId(Uuid::from_u128(1));

pub fn founding(id: OrganisationId, client: &str) -> Entry {
    // Names are unique where several processes found organisations.
    let name = Name::stored(&format!("Test {id}"));
    let organisation = Organisation { id, name, home: DivisionId(number(2)), created: Timestamp(5) };
    let roles = [10, 11, 12, 13].map(|n| RoleId(number(n)));
    let changes = found(organisation, roles, person(100), (ClientId(client.into()), "hash".into()));
    Entry { at: Timestamp(5), actor: None, changes, operation: None }
}

pub fn person(n: u128) -> Person {
    Person {
        id: PersonId(number(n)),
        version: 1,
        state: PersonState::Active,
        name: Name::stored(&format!("Person {n}")),
        email: Some(Email::stored(&format!("{n}@example.org"))),
        username: Some(Line::stored("user")),
        // The value of each text is its name.
        texts: PersonText::ALL.iter().map(|text| (*text, Some(Line::stored(text.word())))).collect(),
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
        provisioned: true,
    }
}

/// A person of whom only a number is known.
pub fn number_only(n: u128) -> Person {
    Person { email: None, provisioned: false, ..person(n) }
}

pub fn group(n: u128, owners: &[u128]) -> Group {
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
        welcome: Some(Prose::stored("Hello,\nall")),
        broadcast: false,
    }
}

pub fn put_group(group: Group, version: u32) -> Change {
    Change::GroupPut(Arc::new(group), stamp(version))
}

pub fn people(list: &[u128]) -> Vec<PersonId> {
    list.iter().map(|n| PersonId(number(*n))).collect()
}

pub fn groups(list: &[u128]) -> Vec<GroupId> {
    list.iter().map(|n| GroupId(number(*n))).collect()
}

pub fn connector(id: &str, generation: u32) -> Connector {
    Connector {
        id: ClientId(id.into()),
        name: Name::stored("Bot"),
        secret_hash: "hash".into(),
        person: PersonId(number(101)),
        group: Some(GroupId(number(200))),
        administrator: true,
        generation,
        created: Timestamp(1),
        modified: Timestamp(i64::from(generation)),
    }
}

pub fn put_connector(id: &str, generation: u32) -> Change {
    Change::ConnectorPut(Arc::new(connector(id, generation)))
}

pub fn skill(n: u128, kind: SkillKind) -> Change {
    let name = Name::stored(&format!("Skill {n}"));
    Change::SkillPut(Arc::new(Skill { id: SkillId(number(n)), kind, name, deleted: false, stamp: stamp(1) }))
}

pub fn deleted_skill(n: u128, kind: SkillKind) -> Change {
    let name = Name::stored(&format!("Skill {n}"));
    Change::SkillPut(Arc::new(Skill { id: SkillId(number(n)), kind, name, deleted: true, stamp: stamp(2) }))
}

pub fn held(skill: u128, proficiency: f64) -> HeldSkill {
    let proficiency = Proficiency::new(proficiency).expect("from 0 to 5");
    HeldSkill { skill: SkillId(number(skill)), proficiency }
}

pub fn hold(person: u128, skills: &[(u128, f64)]) -> Change {
    let mut all: Vec<_> = skills.iter().map(|(skill, proficiency)| held(*skill, *proficiency)).collect();
    // In the order in which a decision has them.
    all.sort_by_key(|held| held.skill);
    Change::SkillsHeld(PersonId(number(person)), all)
}

/// A rule with every tag, comparator and kind of skill, of the maximum depth.
pub fn rule() -> GroupRule {
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
    GroupRule { rule: Rule::new(nodes).expect("within the limits"), modified: Timestamp(9) }
}

pub fn entry(changes: Vec<Change>) -> Entry {
    Entry { at: Timestamp(7), actor: Some(Actor::Client(ClientId("admin".into()))), changes, operation: None }
}

pub fn stamp(version: u32) -> Stamp {
    Stamp { version, modified: Timestamp(i64::from(version) * 1000) }
}

/// These versions of these groups, all with the same time.
pub fn stamps(list: &[(u128, u32)]) -> Stamps {
    let versions = list.iter().map(|(group, version)| (GroupId(number(*group)), *version)).collect();
    Stamps { versions, modified: Timestamp(7_000) }
}

pub fn batch(expected: u64, entries: Vec<Entry>) -> Batch {
    Batch { organisation: ORGANISATION, expected, entries }
}

/// The number of log entries of a filled store.
pub const HEAD: u64 = 31;

/// Every kind of change, in an order in which they can be applied.
pub fn every_change() -> Vec<Vec<Change>> {
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
    let open = Connector { group: None, administrator: false, ..connector("open", 1) };
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
        vec![skill(300, SkillKind::Routing), skill(301, SkillKind::Language)],
        vec![skill(302, SkillKind::Routing)],
        vec![Change::GroupPut(Arc::new(Group { rule: Some(Arc::new(rule())), ..group(202, &[]) }), stamp(1))],
        vec![hold(101, &[(300, 1.0), (301, 5.0), (302, 2.5)])],
        vec![hold(102, &[(301, 3.0)]), hold(100, &[(302, 3.0), (301, 0.0)])],
        vec![deleted_skill(302, SkillKind::Routing)],
        vec![hold(101, &[(301, 4.5), (300, ELEVENTH)])],
        vec![hold(102, &[])],
        vec![Change::PersonPut(Arc::new(number_only(104)))],
        vec![
            put_group(Group { broadcast: true, welcome: None, ..group(203, &[100]) }, 1),
            put_group(group(204, &[]), 1),
            put_group(Group { broadcast: true, ..group(205, &[]) }, 1),
        ],
        vec![Change::SubgroupsAdded(g, groups(&[202, 203, 205]), stamp(4))],
        vec![
            Change::SubgroupsAdded(GroupId(number(205)), groups(&[204]), stamp(2)),
            Change::SubgroupsAdded(GroupId(number(202)), groups(&[203, 204]), stamp(2)),
        ],
        vec![Change::SubgroupsRemoved(g, groups(&[203]), stamp(5))],
        vec![
            Change::SubscribersAdded(GroupId(number(203)), people(&[100, 101, 104])),
            Change::SubscribersAdded(GroupId(number(205)), people(&[101])),
        ],
        vec![
            Change::SubscribersRemoved(GroupId(number(203)), people(&[101])),
            Change::GroupDeleted(GroupId(number(205))),
        ],
        vec![put_connector("bot", 1), put_connector("idle", 1), Change::ConnectorPut(Arc::new(open))],
        vec![put_connector("bot", 2), Change::ConnectorDeleted(ClientId("idle".into()))],
        vec![
            put_group(group(206, &[100, 104]), 1),
            Change::MembersAdded(GroupId(number(206)), people(&[104]), stamp(2)),
            Change::SubscribersAdded(GroupId(number(206)), people(&[104])),
        ],
        vec![
            Change::OwnershipsEnded(PersonId(number(104)), stamps(&[(206, 3)])),
            Change::MembershipsEnded(PersonId(number(104)), stamps(&[(206, 3)])),
            Change::SubscriptionsEnded(PersonId(number(104)), groups(&[206])),
        ],
        vec![Change::GroupsStamped(stamps(&[(206, 4)]))],
    ]
}

/// A proficiency that an inexact JSON parser changes.
pub const ELEVENTH: f64 = 1.0 / 11.0;

pub async fn organisation_of(store: &Store, client: &str) -> Option<OrganisationId> {
    store.organisation_of(&ClientId(client.into())).await.expect("a look-up")
}

/// The operation of this client with this key.
pub async fn operation(store: &Store, client: &str, key: &str, since: i64) -> Result<Option<Operation>, StoreError> {
    let keys = vec![(ClientId(client.into()), key.into())];
    let found = store.operations(ORGANISATION, keys, Timestamp(since)).await?;
    Ok(found.done.into_iter().next())
}

/// Commits the founding and every kind of change.
pub async fn fill(store: &Store) {
    store.commit(batch(0, vec![founding(ORGANISATION, "admin")])).await.expect("the founding");
    let entries = every_change().into_iter().map(entry).collect();
    store.commit(batch(1, entries)).await.expect("every change");
}

/// Commits a batch in a turn of its organisation.
pub async fn commit_in_turn(store: &Store, batch: Batch) -> Result<(), StoreError> {
    let turn = store.turn(batch.organisation).await?;
    store.commit_in_turn(batch, turn).await
}

/// Asks a snapshot on a thread that may block.
pub async fn snapshot<T: Send + 'static>(
    store: &Store,
    ask: impl FnOnce(&Snapshot) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let snapshot = store.snapshot().await?;
    tokio::task::spawn_blocking(move || ask(&snapshot)).await.expect("no panic")
}

/// The organisation as the tables have it, and as the log gives it, with the number of entries.
pub async fn both(store: &Store, id: OrganisationId) -> (Loaded, (Directory, u64)) {
    let both = snapshot(store, move |snapshot| Ok((snapshot.load(id)?, snapshot.replay(id)?)));
    both.await.expect("it loads and replays")
}

/// The records of the tables with the tail of the log applied. Asserts that the log alone gives the same directory.
pub async fn records(store: &Store) -> Records {
    let (loaded, (replayed, head)) = both(store, ORGANISATION).await;
    assert_eq!(loaded.damage, None);
    assert_eq!(head, loaded.head);
    assert_eq!(verify::differences(&loaded.directory, &replayed, ("tables", "log")), Vec::<String>::new());
    let records = loaded.directory.records();
    assert_eq!(skills_and_rules(&records), skills_and_rules(&replayed.records()));
    assert_eq!(hierarchy(&records), hierarchy(&replayed.records()));
    records
}

pub type SkillsAndRules = (Vec<Arc<Skill>>, Vec<(PersonId, HeldSkill)>, Vec<(GroupId, GroupRule)>);

pub fn skills_and_rules(records: &Records) -> SkillsAndRules {
    let mut skills = records.skills.clone();
    skills.sort_by_key(|skill| skill.id);
    let rule = |group: &Group| Some((group.id, GroupRule::clone(group.rule.as_ref()?)));
    let mut rules: Vec<_> = records.groups.iter().filter_map(|(group, _)| rule(group)).collect();
    rules.sort_by_key(|(group, _)| *group);
    (skills, sorted(records.held.clone()), rules)
}

pub type Hierarchy = (Vec<(GroupId, GroupId)>, Vec<(GroupId, PersonId)>);

/// The edges and the subscribers.
pub fn hierarchy(records: &Records) -> Hierarchy {
    let (mut edges, mut subscribers) = (records.edges.clone(), records.subscribers.clone());
    edges.sort();
    subscribers.sort();
    (edges, subscribers)
}

pub fn sorted(mut held: Vec<(PersonId, HeldSkill)>) -> Vec<(PersonId, HeldSkill)> {
    held.sort_by_key(|(person, held)| (*person, held.skill));
    held
}
