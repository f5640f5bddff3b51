//! Stores of older formats.

use crate::given::*;
use convoke_core::*;
use convoke_store::sqlite::Sqlite;
use convoke_store::{Operation, Token, TokenKind};

/// A store as a program of the second format left it when it was killed. The tables lack two log entries.
const SECOND: &str = include_str!("format_2.sql");

/// Changes that store to the first format, which has no skills.
const FIRST: &str = "DROP TABLE skills; DROP TABLE held; PRAGMA user_version = 1";

#[tokio::test]
async fn a_store_of_an_older_format_is_brought_to_the_newest() {
    for (format, made_so) in [(1, FIRST), (2, "")] {
        let place = place();
        let old = rusqlite::Connection::open(&place.path).expect("a new file");
        old.execute_batch(SECOND).and_then(|()| old.execute_batch(made_so)).expect("a store of the format");
        let found: i64 = old.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("a format");
        assert_eq!(found, format);
        drop(old);
        let store = open(&place.path).expect("the store opens");

        let found = records(&store).await;
        assert_eq!((found.skills.len(), found.held.len(), found.connectors.len()), (0, 0, 0));
        assert_eq!(hierarchy(&found), (Vec::new(), Vec::new()));
        assert_eq!(found.individuals, [(GroupId(number(200)), PersonId(number(101)))]);
        let mut versions: Vec<_> = found.groups.iter().map(|(group, stamp)| (group.id, stamp.version)).collect();
        versions.sort();
        assert_eq!(versions, [(GroupId(number(200)), 2), (GroupId(number(201)), 1)]);
        let usual = |group: &Group| group.rule.is_none() && group.welcome.is_none() && !group.broadcast;
        assert!(found.groups.iter().all(|(group, _)| usual(group)));
        assert_eq!(found.people.len(), 2);
        assert!(found.people.iter().all(|person| person.provisioned && person.email.is_some()));
        let since = [PersonText::GivenName, PersonText::FamilyName, PersonText::CostCenter];
        assert!(found.people.iter().all(|person| since.iter().all(|text| person.texts.get(*text).is_none())));

        let admin = ClientId("admin".into());
        let token = Token {
            hash: [1; 32],
            kind: TokenKind::Access,
            organisation: ORGANISATION,
            actor: Actor::Client(admin.clone()),
            expires: Timestamp(1_000_000),
        };
        assert_eq!(store.token(token.hash, TokenKind::Refresh).await.expect("a look-up"), None);
        assert_eq!(store.token(token.hash, TokenKind::Access).await.expect("a look-up"), Some(token));
        let subject = Subject::Group(GroupId(number(200)));
        let operation = Operation { client: admin.clone(), key: "k".into(), fingerprint: [7; 32], subject };
        let found = crate::given::operation(&store, "admin", "k", 0).await.expect("a look-up");
        assert_eq!(found, Some(operation));

        let learned = vec![skill(300, SkillKind::Routing), hold(100, &[(300, 2.0)])];
        let linked = vec![Change::SubgroupsAdded(GroupId(number(200)), groups(&[201]), stamp(3))];
        store.commit(batch(5, vec![entry(learned), entry(linked)])).await.expect("what the format had not");
        let found = records(&store).await;
        assert_eq!(found.held, [(PersonId(number(100)), held(300, 2.0))]);
        assert_eq!(found.edges, [(GroupId(number(200)), GroupId(number(201)))]);
    }
}

/// A store as a program of the third format left it when it was killed. Some tables lack three log entries.
const THIRD: &str = include_str!("format_3.sql");

#[tokio::test]
async fn a_store_without_checksums_gets_them() {
    let place = place();
    let old = rusqlite::Connection::open(&place.path).expect("a new file");
    old.execute_batch(THIRD).expect("a store of the format");
    let n_entries: i64 = old.query_row("SELECT head FROM organisations", [], |row| row.get(0)).expect("a head");
    drop(old);
    for _ in 0..2 {
        let store = open(&place.path).expect("the store opens");
        assert_eq!(Sqlite::check(sqlite(&store).path()).expect("it is sound"), Vec::<String>::new());
        let loaded = store.load().await.expect("it loads").pop().expect("one organisation");
        assert_eq!((loaded.head, loaded.damage), (n_entries as u64, None));
        let id = loaded.directory.organisation().id;
        let (replayed, _) =
            store.snapshot().await.and_then(|snapshot| snapshot.replay(id)).expect("the log gives it again");
        assert_eq!(verify::differences(&loaded.directory, &replayed, ("tables", "log")), Vec::<String>::new());
        let records = loaded.directory.records();
        let mut names: Vec<_> = records.people.iter().map(|person| person.name.as_str().to_owned()).collect();
        names.sort();
        assert_eq!(names, ["+12025550177", "Ada One", "Administrator", "Bo Two"]);
        assert_eq!(records.individuals.len(), 2);
        assert_eq!((records.clients.len(), records.connectors.len(), records.held.len()), (2, 1, 1));
        for client in loaded.directory.caller_ids() {
            assert_eq!(store.organisation_of(client).await.expect("a look-up"), Some(id));
        }
    }
    // The checksum of the last entry covers those that have none.
    let damaged = rusqlite::Connection::open(&place.path).expect("the file opens");
    damaged.execute("UPDATE log SET at = at + 1 WHERE seq = 2", []).expect("damage");
    drop(damaged);
    let refused = Sqlite::check(&place.path).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains(&format!("does not match its checksum in entry 1 to {n_entries}")), "{refused}");
}

#[tokio::test]
async fn a_store_that_only_its_log_has_is_brought_to_the_newest() {
    let place = place();
    let old = rusqlite::Connection::open(&place.path).expect("a new file");
    old.execute_batch("PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0").expect("the settings of the format");
    old.execute_batch(THIRD).expect("a store of the format");
    let killed = killed(&place.path);
    assert_eq!(std::fs::metadata(&killed).expect("the database").len(), 4096, "it has no tables yet");
    let store = open(&killed).expect("the store opens");
    let loaded = store.load().await.expect("it loads").pop().expect("one organisation");
    assert_eq!((loaded.damage, loaded.directory.records().people.len()), (None, 4));
}
