//! Damage to the files of a store, and its consequences.

use crate::given::*;
use convoke_core::*;
use convoke_store::sqlite::{LostCommits, Sqlite};
use convoke_store::{Entry, Missing, Operation, Store, StoreError, Token, TokenKind};
use std::path::{Path, PathBuf};

/// The consequence of one damaged bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// The store is not opened.
    Refused,
    /// The data is complete, and the damage was reported.
    Noticed,
    /// The data is complete, and the bit has no effect.
    Harmless,
    /// The data differs, and nothing was reported.
    Silent,
}

/// The data that a store serves: the directory, a token and an operation.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Served {
    token: Option<Token>,
    operation: Option<Operation>,
    claims: Vec<Option<OrganisationId>>,
    head: u64,
}

fn token() -> Token {
    let actor = Actor::Connector { connector: ClientId("bot".into()), person: PersonId(number(102)), generation: 2 };
    Token { hash: [5; 32], kind: TokenKind::Access, organisation: ORGANISATION, actor, expires: Timestamp(i64::MAX) }
}

fn operation() -> Operation {
    let subject = Subject::Group(GroupId(number(200)));
    Operation { client: ClientId("admin".into()), key: "key".into(), fingerprint: [7; 32], subject }
}

/// A store with every kind of row, all of them only in the write-ahead log.
async fn begun(path: &Path) -> Store {
    let store = filled(path).await;
    store.put_token(token()).await.expect("a token");
    let operation = Entry { operation: Some(operation()), ..entry(Vec::new()) };
    store.commit(batch(HEAD, vec![operation])).await.expect("an operation");
    store
}

/// A store with every kind of row, some of them only in the write-ahead log.
async fn full(path: &Path) -> Store {
    let store = begun(path).await;
    store.catch_up().await.expect("the tables follow");
    let last = [
        entry(vec![Change::MembersAdded(GroupId(number(200)), people(&[100]), stamp(9))]),
        entry(vec![hold(101, &[(300, 4.0)])]),
    ];
    for (n, last) in last.into_iter().enumerate() {
        store.commit(batch(HEAD + n as u64, vec![last])).await.expect("a change that the tables do not have");
    }
    store
}

/// Opens, loads and checks a store as a server does.
async fn serve(path: &Path) -> Result<(Served, Directory, bool), StoreError> {
    let store = open(path)?;
    let found = Sqlite::check(path)?;
    let mut loaded = store.load().await?;
    store.repair(&loaded).await?;
    assert!(loaded.len() <= 1, "an organisation came from nowhere");
    let loaded = loaded.pop().ok_or_else(|| StoreError::Damaged("no organisation".into()))?;
    let mut claims = Vec::new();
    for id in ["admin", "second", "bot", "open", "idle", "third"] {
        claims.push(organisation_of(&store, id).await);
    }
    let served = Served {
        token: store.token(token().hash, TokenKind::Access).await?,
        operation: crate::given::operation(&store, &operation().client.0, "key", 0).await?,
        claims,
        head: loaded.head,
    };
    Ok((served, loaded.directory, loaded.damage.is_some() || !found.is_empty()))
}

fn copy(from: &Path, to: &Path) {
    for suffix in ["", "-wal", "-head"] {
        let name = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
        std::fs::copy(name(from), name(to)).expect("the file is copied");
    }
}

/// Pseudo-random numbers that are the same in each run (SplitMix64).
fn scattered(seed: u64) -> impl Iterator<Item = u64> {
    (1..).map(move |n: u64| {
        let mixed = (seed + n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

/// Flips bits of the store's file with this suffix, one at a time, and returns the outcome of each.
async fn outcomes(of: &Path, suffix: &str, bits: impl Iterator<Item = u64>) -> Vec<(Outcome, u64, String)> {
    let (expected, directory, _) = {
        let place = place();
        copy(of, &place.path);
        serve(&place.path).await.expect("the store is sound")
    };
    assert_eq!((expected.token.clone(), expected.operation.clone()), (Some(token()), Some(operation())));
    let mut outcomes = Vec::new();
    for bit in bits {
        let place = place();
        copy(of, &place.path);
        let file = PathBuf::from(format!("{}{suffix}", place.path.display()));
        let mut bytes = std::fs::read(&file).expect("the file");
        let bit = bit % (bytes.len() as u64 * 8);
        let byte = bytes.get_mut(bit as usize / 8).expect("a bit of the file");
        *byte ^= 1 << (bit % 8);
        std::fs::write(&file, bytes).expect("the file is damaged");
        let (outcome, told) = match serve(&place.path).await {
            Err(error) => {
                let told = error.to_string();
                assert!(told.contains("damaged") || told.contains("has format"), "bit {bit} of {suffix:?}: {told}");
                (Outcome::Refused, told)
            }
            Ok((served, served_directory, is_noticed)) => {
                let differences = verify::differences(&directory, &served_directory, ("it had", "it has"));
                // Damaged rows may be ignored if the damage is reported.
                let is_less = (served.token.is_none() || served.token == expected.token)
                    && (served.operation.is_none() || served.operation == expected.operation)
                    && (&served.claims, served.head) == (&expected.claims, expected.head);
                let told = format!("{differences:?} {served:?}");
                match (differences.is_empty() && is_less, served == expected, is_noticed) {
                    (true, _, true) => (Outcome::Noticed, told),
                    (true, true, false) => (Outcome::Harmless, told),
                    _ => (Outcome::Silent, told),
                }
            }
        };
        outcomes.push((outcome, bit, told));
    }
    outcomes
}

/// Counts the outcomes. Panics if any was silent.
fn judge(what: &str, outcomes: Vec<(Outcome, u64, String)>) -> [usize; 3] {
    let silent: Vec<_> = outcomes.iter().filter(|(outcome, ..)| *outcome == Outcome::Silent).collect();
    assert!(silent.is_empty(), "{what}: {silent:#?}");
    let counts = [Outcome::Refused, Outcome::Noticed, Outcome::Harmless]
        .map(|outcome| outcomes.iter().filter(|(found, ..)| *found == outcome).count());
    println!("{what}: refused, noticed, harmless: {counts:?}");
    counts
}

#[tokio::test]
async fn no_bit_of_the_database_is_damaged_silently() {
    let place = place();
    let store = full(&place.path).await;
    let copied = place.path.with_file_name("copied.sqlite");
    drop(store);
    copy(&place.path, &copied);
    let [refused, noticed, _] = judge("database", outcomes(&copied, "", scattered(1).take(250)).await);
    assert!(refused > 0 && noticed > 0, "{refused} {noticed}");
}

#[tokio::test]
async fn no_bit_of_the_log_is_damaged_silently() {
    let place = place();
    let store = begun(&place.path).await;
    let copied = place.path.with_file_name("copied.sqlite");
    copy(&place.path, &copied);
    drop(store);
    let [refused, ..] = judge("write-ahead log", outcomes(&copied, "-wal", scattered(2).take(150)).await);
    assert!(refused > 100, "{refused}");
}

#[tokio::test]
async fn no_bit_of_the_head_is_damaged_silently() {
    let place = place();
    let store = full(&place.path).await;
    let copied = place.path.with_file_name("copied.sqlite");
    copy(&place.path, &copied);
    drop(store);
    // The two records, without the gap between them.
    let bits = (0..32 * 8).chain(4096 * 8..(4096 + 32) * 8).step_by(19);
    let [refused, noticed, _] = judge("head", outcomes(&copied, "-head", bits).await);
    assert_eq!((refused, noticed), (0, 0), "the other record counts");
}

#[tokio::test]
async fn commits_that_are_missing_are_given_up_only_when_told_so() {
    let place = place();
    let store = full(&place.path).await;
    let killed = place.path.with_file_name("killed.sqlite");
    copy(&place.path, &killed);
    store.commit(batch(HEAD + 2, vec![entry(vec![hold(102, &[])])])).await.expect("a commit");
    store.put_token(Token { hash: [6; 32], ..token() }).await.expect("another");
    let head = |path: &Path| PathBuf::from(format!("{}-head", path.display()));
    std::fs::copy(head(&place.path), head(&killed)).expect("the head of the whole store");
    let refused = open(&killed).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("damaged: the last 2 commits that were acknowledged are missing"), "{refused}");
    let accepted = Sqlite::open_with(&killed, LostCommits::Accept, Missing::Make);
    let accepted = Store::Sqlite(accepted.expect("they are given up"));
    assert_eq!(accepted.load().await.expect("it loads").pop().map(|loaded| loaded.head), Some(HEAD + 2));
    drop(accepted);
    open(&killed).expect("and they are not missed again");
}

#[tokio::test]
async fn damaged_tables_are_repaired_from_the_log() {
    for damage in [
        "UPDATE people SET record = replace(record, 'Person 101', 'Person 102') WHERE record LIKE '%Person 101%'",
        "DELETE FROM individuals",
        "UPDATE individuals SET organisation = 7",
        "UPDATE stamps SET version = version + 1",
        "UPDATE held SET proficiency = 0.5 WHERE proficiency = 4.0",
        "UPDATE organisations SET record = replace(record, 'Test', 'Text')",
        "UPDATE organisations SET tables_head = tables_head - 1",
        "UPDATE organisations SET tables_head = 0",
        "UPDATE organisations SET digest = zeroblob(16)",
        "UPDATE clients SET record = replace(record, '\"enabled\":true', '\"enabled\":false')",
        "DELETE FROM client_organisations WHERE client = 'admin'",
        "INSERT INTO client_organisations VALUES ('stray', 1)",
    ] {
        let place = place();
        drop(full(&place.path).await);
        let (expected, directory, _) = serve(&place.path).await.expect("it is sound");
        let file = rusqlite::Connection::open(&place.path).expect("the file opens");
        assert!(file.execute(damage, []).expect("damage") > 0, "{damage}");
        drop(file);
        let (served, repaired, is_told) = serve(&place.path).await.expect("it is served");
        assert_eq!(served.head, expected.head, "{damage}");
        assert_eq!(verify::differences(&directory, &repaired, ("it had", "it has")), Vec::<String>::new(), "{damage}");
        assert_eq!(is_told, !damage.contains("client_organisations"), "{damage}");
        let (served, again, is_told) = serve(&place.path).await.expect("it is served");
        assert_eq!((served, is_told), (expected, false), "{damage}");
        assert_eq!(verify::differences(&directory, &again, ("it had", "it has")), Vec::<String>::new(), "{damage}");
    }
}

#[tokio::test]
async fn nothing_is_repaired_before_it_is_asked_for() {
    let place = place();
    drop(full(&place.path).await);
    let file = rusqlite::Connection::open(&place.path).expect("the file opens");
    file.execute_batch("DELETE FROM individuals; DELETE FROM client_organisations").expect("damage");
    drop(file);
    let n_rows = || -> (i64, i64) {
        let file = rusqlite::Connection::open(&place.path).expect("the file opens");
        let count = "SELECT (SELECT count(*) FROM individuals), (SELECT count(*) FROM client_organisations)";
        file.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("two numbers")
    };
    let store = open(&place.path).expect("the store opens");
    store.load().await.expect("it loads");
    drop(store);
    assert_eq!(n_rows(), (0, 0), "loading wrote to a store that nobody has checked");
}

#[tokio::test]
async fn impossible_numbers_are_damage() {
    for damage in ["UPDATE commits SET n = 9223372036854775807", "UPDATE commits SET n = -9223372036854775808"] {
        let place = place();
        drop(full(&place.path).await);
        let file = rusqlite::Connection::open(&place.path).expect("the file opens");
        file.execute_batch(damage).expect("damage");
        drop(file);
        let refused = open(&place.path).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("the store is damaged: its number of commits is"), "{damage}: {refused}");
    }
    let place = place();
    drop(full(&place.path).await);
    let file = rusqlite::Connection::open(&place.path).expect("the file opens");
    file.execute_batch("UPDATE organisations SET tables_head = 9223372036854775807").expect("damage");
    drop(file);
    let store = open(&place.path).expect("the store opens");
    let refused = store.catch_up().await.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("has no entry"), "{refused}");
}

#[tokio::test]
async fn a_damaged_log_is_refused_with_the_entry() {
    for (damage, expected) in [
        ("UPDATE log SET changes = replace(changes, 'Person 101', 'Person 102') WHERE seq = 2", "in entry 2"),
        ("UPDATE log SET at = at + 1 WHERE seq = 7", "in entry 7"),
        ("UPDATE log SET chain = zeroblob(16) WHERE seq = 9", "in entry 9"),
        ("UPDATE log SET client = 'other' WHERE seq = 3", "in entry 3"),
        ("DELETE FROM log WHERE seq = (SELECT max(seq) FROM log)", "ends at"),
        ("UPDATE organisations SET head = head - 1", "ends at"),
        ("UPDATE organisations SET id = randomblob(16)", "in entry 1"),
        ("UPDATE organisations SET number = 5", "ends at 0"),
    ] {
        let place = place();
        drop(full(&place.path).await);
        let file = rusqlite::Connection::open(&place.path).expect("the file opens");
        assert!(file.execute(damage, []).expect("damage") > 0, "{damage}");
        drop(file);
        let refused = Sqlite::check(&place.path).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("the store is damaged") && refused.contains(expected), "{damage}: {refused}");
    }
}

#[tokio::test]
async fn a_damaged_entry_that_the_tables_do_not_have_is_not_loaded() {
    let place = place();
    let _store = full(&place.path).await;
    let killed = killed(&place.path);
    let file = rusqlite::Connection::open(&killed).expect("the file opens");
    file.execute_batch("UPDATE log SET at = at + 1 WHERE seq = (SELECT max(seq) FROM log)").expect("damage");
    drop(file);
    let store = open(&killed).expect("the store opens");
    let refused = store.load().await.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("does not match its checksum in entry"), "{refused}");
}

#[tokio::test]
async fn nothing_is_written_to_a_store_that_a_check_beside_it_finds_damaged() {
    let place = place();
    drop(full(&place.path).await);
    let file = rusqlite::Connection::open(&place.path).expect("the file opens");
    file.execute_batch("UPDATE log SET at = at + 1 WHERE seq = 2; DELETE FROM client_organisations").expect("damage");
    let state = || -> (i64, i64, i64) {
        let count = "SELECT (SELECT count(*) FROM log), (SELECT n FROM commits), (SELECT count(*) FROM tokens)";
        file.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("numbers")
    };
    let before = state();
    let store = open(&place.path).expect("the store opens");
    let loaded = store.load().await.expect("the tables are sound");
    store.check_beside();
    let last = entry(vec![hold(101, &[(300, 1.0)])]);
    let refusals = [
        store.repair(&loaded).await,
        store.commit(batch(HEAD + 2, vec![last])).await,
        store.delete_token(token().hash).await,
        store.catch_up().await,
        store.checked().await,
        Err(store.damage().await),
    ];
    for refused in refusals {
        let refused = refused.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("does not match its checksum in entry 2"), "{refused}");
    }
    drop(store);
    assert_eq!(state(), before);
}

#[tokio::test]
async fn what_is_written_while_a_sound_store_is_checked_is_there_afterwards() {
    let place = place();
    drop(full(&place.path).await);
    let store = open(&place.path).expect("the store opens");
    store.check_beside();
    let last = entry(vec![hold(101, &[(300, 1.0)])]);
    store.commit(batch(HEAD + 2, vec![last])).await.expect("it is written once the check has ended");
    store.checked().await.expect("it is sound");
    drop(store);
    let (served, ..) = serve(&place.path).await.expect("it is served");
    assert_eq!(served.head, HEAD + 3);
}

#[tokio::test]
async fn damaged_tokens_and_operations_count_as_not_there() {
    let place = place();
    drop(full(&place.path).await);
    let file = rusqlite::Connection::open(&place.path).expect("the file opens");
    file.execute_batch(
        "UPDATE tokens SET expires = 1 << 50; UPDATE operations SET subject = '{\"subject\":\"nothing\"}'",
    )
    .expect("damage");
    drop(file);
    let found = Sqlite::check(&place.path).expect("no harm to what must be there");
    assert_eq!(
        found,
        [
            "1 tokens, which count as ended, do not match their checksums",
            "1 operations, which count as not done, do not match their checksums"
        ]
    );
    let (served, ..) = serve(&place.path).await.expect("it is served");
    assert_eq!((served.token, served.operation), (None, None));
}
