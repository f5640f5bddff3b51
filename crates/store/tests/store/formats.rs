//! Stores of older formats.

use crate::given::*;
use convoke_core::*;
use convoke_store::{Operation, Store, Token, TokenKind};

/// A store as a program of the second format left it, killed with two entries of the log not in the tables.
const SECOND: &str = include_str!("format_2.sql");

/// What makes the first format of it, which has no skills.
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
        let store = Store::open(&place.path).expect("the store opens");

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

        let admin = ClientId("admin".into());
        let token = Token {
            hash: [1; 32],
            kind: TokenKind::Access,
            organisation: ORGANISATION,
            actor: Actor::Client(admin.clone()),
            expires: Timestamp(1_000_000),
        };
        assert_eq!(store.token(&token.hash, TokenKind::Refresh).expect("a look-up"), None);
        assert_eq!(store.token(&token.hash, TokenKind::Access).expect("a look-up"), Some(token));
        let subject = Subject::Group(GroupId(number(200)));
        let operation = Operation { client: admin.clone(), key: "k".into(), fingerprint: [7; 32], subject };
        let found = store.operation(ORGANISATION, &admin, "k", Timestamp(0)).expect("a look-up");
        assert_eq!(found, Some(operation));

        let learned = vec![skill(300, SkillKind::Routing, false), hold(100, &[(300, 2.0)])];
        let linked = vec![Change::SubgroupsAdded(GroupId(number(200)), groups(&[201]), stamp(3))];
        store.commit(batch(5, vec![entry(learned), entry(linked)])).await.expect("what the format had not");
        let found = records(&store).await;
        assert_eq!(found.held, [(PersonId(number(100)), held(300, 2.0))]);
        assert_eq!(found.edges, [(GroupId(number(200)), GroupId(number(201)))]);
    }
}
