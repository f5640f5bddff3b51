//! How many round trips a commit takes, and what becomes of one whose outcome is not known.

use crate::arm::*;
use crate::proxy::{Fate, Proxy};
use crate::suite::given::*;
use convoke_core::*;
use convoke_store::{Entry, Operation, Store, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn put(n: u128) -> Vec<Change> {
    vec![Change::PersonPut(Arc::new(person(n)))]
}

fn operation(key: &str) -> Operation {
    Operation { client: ClientId("admin".into()), key: key.into(), fingerprint: [7; 32], subject: Subject::Nothing }
}

/// A store that is reached through a proxy.
async fn proxied(place: &Place) -> (Proxy, Store) {
    let proxy = Proxy::start().await;
    let store = open(&proxy.url(&place.name)).await.expect("the store opens");
    (proxy, store)
}

async fn head(store: &Store) -> u64 {
    let (loaded, (log, head)) = both(store, ORGANISATION).await;
    assert_eq!(verify::differences(&loaded.directory, &log, ("tables", "log")), Vec::<String>::new());
    head
}

#[tokio::test]
async fn a_batch_is_one_round_trip_and_two_with_operations_or_clients() {
    let place = place().await;
    let (proxy, store) = proxied(&place).await;
    fill(&store).await;
    let keyed = |key: &str, n| Entry { operation: Some(operation(key)), ..entry(put(n)) };
    let look = async |key: &str| {
        let keys = vec![(ClientId("admin".into()), key.to_owned())];
        store.operations(ORGANISATION, keys, Timestamp(0)).await.expect("a look-up");
    };
    // The first of each kind prepares its statements.
    look("warm").await;
    commit_in_turn(&store, batch(HEAD, vec![keyed("warm", 150)])).await.expect("a commit");
    store.commit(batch(HEAD + 1, vec![keyed("plain", 151)])).await.expect("a commit");
    store.commit(batch(HEAD + 2, vec![entry(vec![put_connector("warm", 1)])])).await.expect("a commit");
    proxy.n_flights();

    let many = (0..100).map(|n| entry(put(200 + n))).collect();
    store.commit(batch(HEAD + 3, many)).await.expect("a commit");
    assert_eq!(proxy.n_flights(), 1, "a batch of a hundred commands");

    look("k").await;
    store.commit(batch(HEAD + 103, vec![keyed("k", 152)])).await.expect("a commit");
    assert_eq!(proxy.n_flights(), 2, "an idempotency key is looked up");

    store.commit(batch(HEAD + 104, vec![entry(vec![put_connector("warm", 2)])])).await.expect("a commit");
    assert_eq!(proxy.n_flights(), 2, "a connector has an id of its own, and tokens");

    assert!(matches!(store.commit(batch(HEAD, vec![entry(put(153))])).await, Err(StoreError::Lost)));
    store.follow(ORGANISATION, HEAD).await.expect("the log");
    proxy.n_flights();
    let turn = store.turn(ORGANISATION).await.expect("a turn");
    assert_eq!(store.follow(ORGANISATION, HEAD + 105).await.expect("the log").head, HEAD + 105);
    store.commit_in_turn(batch(HEAD + 105, vec![keyed("in turn", 154)]), turn).await.expect("it has the turn");
    assert_eq!(proxy.n_flights(), 3, "the lock, the log, the commit");
}

/// Each kind of batch, with the connection lost before the database has it, and after.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_outcome_is_unknown_is_done_once() {
    let place = place().await;
    let (proxy, store) = proxied(&place).await;
    fill(&store).await;
    let mut at = HEAD;
    for (n, fate) in (0..).zip([Fate::LoseRequest, Fate::LoseReply].repeat(3)) {
        let key = format!("key {n}");
        let of_log = vec![entry(put(150 + n)), Entry { operation: Some(operation(&key)), ..entry(put(250 + n)) }];
        let nothing = vec![Entry { operation: Some(operation(&format!("nothing {n}"))), ..entry(Vec::new()) }];
        let of_clients = vec![entry(vec![put_connector(&format!("c{n}"), 1)])];
        for (batch_of, n_entries) in [(of_log, 2), (nothing, 0), (of_clients, 1)] {
            proxy.set(fate);
            store.commit(batch(at, batch_of)).await.unwrap_or_else(|error| panic!("{fate:?}: {error}"));
            at += n_entries;
            assert_eq!(head(&store).await, at, "{fate:?}");
        }
        let turn = store.turn(ORGANISATION).await.expect("a turn");
        proxy.set(fate);
        store.commit_in_turn(batch(at, vec![entry(put(350 + n))]), turn).await.expect("a commit");
        at += 1;
        assert_eq!(head(&store).await, at, "in a turn: {fate:?}");
    }
}

/// A frozen server is given up after the deadline, by another connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_given_up() {
    let place = place().await;
    let (proxy, store) = proxied(&place).await;
    fill(&store).await;
    proxy.set(Fate::Freeze);
    let began = Instant::now();
    store.commit(batch(HEAD, vec![entry(put(150))])).await.expect("another connection answers");
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert_eq!(head(&store).await, HEAD + 1);
}

/// The database has it, and a failover may lose it. So it is not acknowledged, and the next batch finds it in the log.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_did_not_wait_for_its_standby_is_not_acknowledged() {
    let place = place().await;
    let (proxy, store) = proxied(&place).await;
    fill(&store).await;
    for (n, batch_of) in (0..).zip([entry(put(150)), entry(vec![put_connector("c", 1)])]) {
        proxy.set(Fate::Warn);
        let warned = store.commit(batch(HEAD + n, vec![batch_of])).await;
        assert!(matches!(warned, Err(StoreError::Unknown)), "{warned:?}");
        let next = store.commit(batch(HEAD + n, vec![entry(put(151))])).await;
        assert!(matches!(next, Err(StoreError::Lost)), "{next:?}");
        assert_eq!(store.follow(ORGANISATION, HEAD + n).await.expect("the log").head, HEAD + n + 1);
    }
}

/// A batch that was lost while its outcome was unknown is not taken for written.
#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_commit_that_another_writer_beat_is_lost() {
    let place = place().await;
    let (proxy, store) = proxied(&place).await;
    fill(&store).await;
    let other = place.open().await;
    let turn = other.turn(ORGANISATION).await.expect("a turn");
    proxy.set(Fate::LoseRequest);
    let late = store.commit(batch(HEAD, vec![entry(put(150))]));
    let winner = async {
        // The late one waits for the turn, by its second connection.
        tokio::time::sleep(Duration::from_millis(500)).await;
        other.commit_in_turn(batch(HEAD, vec![entry(put(151))]), turn).await
    };
    let (late, winner) = tokio::join!(late, winner);
    winner.expect("it has the turn");
    assert!(matches!(late, Err(StoreError::Lost)), "{late:?}");
    assert_eq!(head(&store).await, HEAD + 1);
}

/// Two processes, many writers, one log: each commit is there once.
#[tokio::test(flavor = "multi_thread")]
async fn as_many_commits_are_in_the_log_as_were_acknowledged() {
    const WRITERS: u128 = 8;
    const COMMITS: u128 = 25;
    let place = place().await;
    let stores = [Arc::new(crate::suite::filled(&place).await), Arc::new(place.open().await)];
    let writers: Vec<_> = (0..2 * WRITERS)
        .map(|writer| {
            let store = stores[writer as usize % 2].clone();
            tokio::spawn(async move {
                let mut at = HEAD;
                for n in 0..COMMITS {
                    let change = || vec![entry(put(1_000 * (writer + 1) + n))];
                    match store.commit(batch(at, change())).await {
                        Ok(()) => {}
                        Err(StoreError::Lost) => {
                            let turn = store.turn(ORGANISATION).await.expect("a turn");
                            while let Ok(part) = store.follow(ORGANISATION, at).await
                                && part.head > at
                            {
                                at = part.head;
                            }
                            store.commit_in_turn(batch(at, change()), turn).await.expect("nobody else may");
                        }
                        Err(error) => panic!("{error}"),
                    }
                    at += 1;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("a writer ends");
    }
    let people = records(&stores[0]).await.people.len() as u128;
    assert_eq!(head(&stores[1]).await as u128, u128::from(HEAD) + 2 * WRITERS * COMMITS);
    assert_eq!(people, 5 + 2 * WRITERS * COMMITS);
}

/// What another process did is news, and a hint comes before it is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn other_processes_are_told_of_commits_and_revoked_tokens() {
    let place = place().await;
    let (one, other) = (crate::suite::filled(&place).await, place.open().await);
    // The first hint comes when the process begins to listen.
    other.hint().await;
    one.commit(batch(HEAD, vec![entry(put(150))])).await.expect("a commit");
    tokio::time::timeout(Duration::from_secs(10), other.hint()).await.expect("a hint");
    let news = other.news(&[ORGANISATION]).await.expect("news");
    assert_eq!((news.heads, news.revoked), (vec![(ORGANISATION, HEAD + 1)], Vec::new()));
    one.delete_token([9; 32]).await.expect("a token is revoked");
    tokio::time::timeout(Duration::from_secs(10), other.hint()).await.expect("a hint");
    assert_eq!(other.news(&[]).await.expect("news").revoked, [[9; 32]]);
}

/// The server ends all sessions again and again, as when an operator restarts it. Each commit is there once.
#[tokio::test(flavor = "multi_thread")]
async fn ended_sessions_lose_no_commit_and_double_none() {
    let place = place().await;
    let store = Arc::new(crate::suite::filled(&place).await);
    let (writing, name) = (store.clone(), place.name.clone());
    let writer = tokio::spawn(async move {
        for n in 0..200 {
            let mut changes = put(1_000 + n);
            if n % 10 == 0 {
                changes.push(put_connector(&format!("c{n}"), 1));
            }
            writing.commit(batch(HEAD + n as u64, vec![entry(changes)])).await.expect("it is tried again");
        }
    });
    let mut n_ended = 0;
    while !writer.is_finished() {
        let end = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        );
        n_ended += run(&cluster(), &end).await.concat().parse::<u32>().expect("a count");
    }
    writer.await.expect("every commit was acknowledged");
    assert!(n_ended > 20, "{n_ended} sessions ended");
    assert_eq!(head(&store).await, HEAD + 200);
    assert_eq!(records(&store).await.connectors.len(), 2 + 20);
}
