//! Clients, connectors and tokens.

use crate::arm::*;
use crate::suite::given::*;
use convoke_core::*;
use convoke_store::{Batch, Entry, Store, StoreError, Token, TokenKind};
use std::sync::Arc;
use uuid::Uuid;

fn token(n: u8, actor: Actor, expires: i64) -> Token {
    let kind = TokenKind::Access;
    Token { hash: [n; 32], kind, organisation: ORGANISATION, actor, expires: Timestamp(expires) }
}

/// A token of a connector for person 102.
fn connected(n: u8, connector: &str, generation: u32) -> Token {
    let person = PersonId(number(102));
    token(n, Actor::Connector { connector: ClientId(connector.into()), person, generation }, 100)
}

/// The token with this hash. Asserts that it is found as one kind only.
async fn found(store: &Store, hash: [u8; 32]) -> Option<Token> {
    let access = store.token(hash, TokenKind::Access).await.expect("a look-up");
    let refresh = store.token(hash, TokenKind::Refresh).await.expect("a look-up");
    assert!(access.is_none() || refresh.is_none(), "one hash, two kinds");
    access.or(refresh)
}

/// The numbers of those of these tokens that still exist.
async fn left(store: &Store, numbers: std::ops::RangeInclusive<u8>) -> Vec<u8> {
    let mut left = Vec::new();
    for n in numbers {
        left.extend(found(store, [n; 32]).await.map(|_| n));
    }
    left
}

#[tokio::test]
async fn tokens_end_with_their_client_or_their_time() {
    let place = place().await;
    let store = filled(&place).await;
    let token = |n: u8, client: &str, expires| token(n, Actor::Client(ClientId(client.into())), expires);
    for token in [token(1, "admin", 100), token(2, "second", 100), token(3, "admin", 10)] {
        store.put_token(token.clone()).await.expect("a token");
        assert_eq!(found(&store, token.hash).await, Some(token));
    }
    assert_eq!(found(&store, [9; 32]).await, None);
    let deleted = entry(vec![Change::ClientDeleted(ClientId("second".into()))]);
    store.commit(batch(HEAD, vec![deleted])).await.expect("the client goes");
    store.sweep(Timestamp(50), Timestamp(0)).await.expect("a sweep");
    store.delete_token([4; 32]).await.expect("a token that nobody has");
    assert_eq!(left(&store, 1..=3).await, [1]);
    assert_eq!(organisation_of(&store, "admin").await, Some(ORGANISATION));
    assert_eq!(organisation_of(&store, "second").await, None);
}

#[tokio::test]
async fn a_client_belongs_to_one_organisation() {
    let place = place().await;
    let store = filled(&place).await;
    let other = OrganisationId(Uuid::from_u128(9));
    let founded = |client: &str| Batch { organisation: other, expected: 0, entries: vec![founding(other, client)] };
    assert!(store.commit(founded("admin")).await.is_err());
    assert_eq!(store.load().await.expect("it loads").len(), 1);
    store.commit(founded("another")).await.expect("a client of its own");
    assert_eq!(organisation_of(&store, "admin").await, Some(ORGANISATION));
    assert_eq!(store.load().await.expect("it loads").len(), 2);
}

#[tokio::test]
async fn the_log_says_who_came_by_a_connector() {
    let place = place().await;
    let store = filled(&place).await;
    let actor = connected(1, "bot", 2).actor;
    let changes = vec![Change::PersonPut(Arc::new(person(100)))];
    let asked = Entry { actor: Some(actor), ..entry(changes) };
    store.commit(batch(HEAD, vec![asked])).await.expect("a change");
    let person = place.id(number(102));
    let filter = format!("seq = {} AND client = 'bot' AND person = {person}", HEAD + 1);
    let last = place.look(&format!("SELECT count(*) FROM log WHERE {filter}")).await;
    assert_eq!(last, ["1"]);
}

#[tokio::test]
async fn tokens_are_kept_apart_by_kind() {
    let place = place().await;
    let store = filled(&place).await;
    let refresh = Token { kind: TokenKind::Refresh, ..connected(1, "bot", 2) };
    let access = connected(2, "bot", 2);
    for token in [&refresh, &access] {
        store.put_token(token.clone()).await.expect("a token");
    }
    drop(store);
    let store = place.open().await;
    let found = async |hash, kind| store.token(hash, kind).await.expect("a look-up");
    assert_eq!(found(refresh.hash, TokenKind::Access).await, None);
    assert_eq!(found(access.hash, TokenKind::Refresh).await, None);
    assert_eq!(found(refresh.hash, TokenKind::Refresh).await, Some(refresh.clone()));
    assert_eq!(found(access.hash, TokenKind::Access).await, Some(access));
    store.delete_token(refresh.hash).await.expect("the token goes");
    assert_eq!(left(&store, 1..=2).await, [2]);
}

#[tokio::test]
async fn tokens_of_a_connector_end_with_their_generation_and_with_it() {
    let place = place().await;
    let store = filled(&place).await;
    let refresh = Token { kind: TokenKind::Refresh, ..connected(2, "bot", 2) };
    let client = token(5, Actor::Client(ClientId("admin".into())), 100);
    for token in [connected(1, "bot", 2), refresh, connected(3, "bot", 3), connected(4, "open", 1), client] {
        store.put_token(token).await.expect("a token");
    }
    let steps = [
        (put_connector("bot", 2), vec![1, 2, 3, 4, 5]),
        (put_connector("bot", 3), vec![3, 4, 5]),
        (put_connector("bot", 4), vec![4, 5]),
        (Change::ConnectorDeleted(ClientId("open".into())), vec![5]),
    ];
    for ((change, expected), head) in steps.into_iter().zip(HEAD..) {
        store.commit(batch(head, vec![entry(vec![change.clone()])])).await.expect("a change");
        assert_eq!(left(&store, 1..=5).await, expected, "{change:?}");
    }
    assert_eq!(organisation_of(&store, "bot").await, Some(ORGANISATION));
    assert_eq!(organisation_of(&store, "open").await, None);
    assert_eq!(records(&store).await.connectors, [Arc::new(connector("bot", 4))]);
}

#[tokio::test]
async fn connectors_are_kept_as_they_were() {
    let place = place().await;
    drop(filled(&place).await);
    let store = place.open().await;
    let open = Connector { group: None, administrator: false, ..connector("open", 1) };
    assert_eq!(records(&store).await.connectors, [connector("bot", 2), open].map(Arc::new));
    assert_eq!(organisation_of(&store, "bot").await, Some(ORGANISATION));
    assert_eq!(organisation_of(&store, "idle").await, None);
}

#[tokio::test]
async fn a_connector_belongs_to_one_organisation() {
    let place = place().await;
    let store = filled(&place).await;
    let other = OrganisationId(Uuid::from_u128(9));
    let of_other = |expected, entry| Batch { organisation: other, expected, entries: vec![entry] };
    let refused = store.commit(of_other(0, founding(other, "bot"))).await.err();
    assert!(refused.is_some_and(|error| error.to_string().contains("the id bot is another organisation's")));
    store.commit(of_other(0, founding(other, "another"))).await.expect("a client of its own");
    for id in ["bot", "admin"] {
        let put = entry(vec![put_connector(id, 7)]);
        assert!(matches!(store.commit(of_other(1, put)).await, Err(StoreError::Damaged(_))), "{id}");
        assert_eq!(organisation_of(&store, id).await, Some(ORGANISATION));
    }
    let deleted = entry(vec![Change::ConnectorDeleted(ClientId("bot".into()))]);
    store.commit(batch(HEAD, vec![deleted])).await.expect("the connector goes");
    let put =
        entry(vec![Change::PersonPut(Arc::new(person(101))), put_group(group(200, &[]), 1), put_connector("bot", 1)]);
    store.commit(of_other(1, put)).await.expect("the id is free");
    assert_eq!(organisation_of(&store, "bot").await, Some(other));
}
