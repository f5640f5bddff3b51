//! What is said of a database that cannot be used, and which of several hosts is.

use crate::arm::*;
use crate::proxy::Proxy;
use convoke_store::postgres::Postgres;
use convoke_store::{Missing, StoreError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// What is said when the store of this URL is opened.
async fn refused(url: &str) -> String {
    match open(url).await {
        Err(error @ (StoreError::Refused(_) | StoreError::Newer { .. })) => error.to_string(),
        Err(error) => panic!("{url} is refused for another reason: {error}"),
        Ok(_) => panic!("{url} is opened"),
    }
}

/// The URL of a place for another role.
fn by_role(url: &str, role: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (_, host) = rest.split_once('@').expect("a role");
    format!("{scheme}://{role}@{host}")
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_named_with_what_to_do() {
    let place = place().await;
    let name = &place.name;
    assert!(refused("postgres://u@127.0.0.1:1/d").await.contains("no database server answers at 127.0.0.1:1"));
    let absent = of_database(&cluster(), "absent");
    assert!(refused(&absent).await.contains("has no database absent; create it, for example with `createdb absent`"));

    for role in ["restricted", "crowded", "by_password"] {
        run(&cluster(), &format!("DROP ROLE IF EXISTS {role}")).await;
    }
    run(&cluster(), "CREATE ROLE restricted LOGIN").await;
    let said = refused(&by_role(&place.url, "restricted")).await;
    assert!(said.contains(&format!("GRANT CREATE ON DATABASE {name}")), "{said}");
    drop(place.open().await);
    let said = refused(&by_role(&place.url, "restricted")).await;
    assert!(said.contains("may not create or use the tables"), "the tables are another role's: {said}");

    run(&cluster(), "CREATE ROLE crowded LOGIN CONNECTION LIMIT 0").await;
    assert!(refused(&by_role(&place.url, "crowded")).await.contains("has no connection left"));

    run(&cluster(), "CREATE ROLE by_password LOGIN PASSWORD 'right'").await;
    let said = refused(&by_role(&place.url, "by_password:wrong")).await;
    assert!(said.contains("refuses the password of the role by_password") && !said.contains("wrong"), "{said}");
    let said = refused(&by_role(&place.url, "by_password")).await;
    assert!(said.contains("asks for a password of the role by_password, and the URL has none"), "{said}");
    for role in ["restricted", "crowded", "by_password"] {
        run(&cluster(), &format!("DROP ROLE {role}")).await;
    }
}

#[tokio::test]
async fn a_database_of_another_kind_is_refused() {
    let place = place().await;
    let absent = Postgres::open(&place.url.parse().expect("a URL"), Missing::Refuse).await.err();
    assert!(absent.is_some_and(|error| error.to_string().contains("has no store; leave out --must-exist")));
    drop(place.open().await);
    place.run("UPDATE format SET version = 99").await;
    assert!(refused(&place.url).await.contains("the store has format 99, this program knows up to 1"));

    run(&cluster(), &format!("ALTER DATABASE {} SET default_transaction_read_only = on", place.name)).await;
    assert!(refused(&place.url).await.contains("is a standby that takes no writes; name the primary"));

    let latin = format!("{}_latin", place.name);
    run(&cluster(), &format!("CREATE DATABASE {latin} ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")).await;
    assert!(refused(&of_database(&cluster(), &latin)).await.contains("has the encoding LATIN1; create one"));
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_on_an_empty_database_all_come_up() {
    let place = place().await;
    let opened = tokio::join!(place.open(), place.open(), place.open(), place.open());
    crate::suite::given::fill(&opened.3).await;
    assert_eq!(opened.0.load().await.expect("it loads").len(), 1);
}

/// Of several hosts the first that takes writes is used, also if one before it hangs.
#[tokio::test(flavor = "multi_thread")]
async fn the_host_that_takes_writes_is_found() {
    let place = place().await;
    let proxy = Proxy::start().await;
    // The kernel accepts connections for it, and nobody answers.
    let frozen = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let frozen = frozen.local_addr().expect("an address").port();
    let hosts = format!("127.0.0.1:{frozen},127.0.0.1:1,127.0.0.1:{}", proxy.port);
    let url = proxy.url(&place.name).replace(&format!("127.0.0.1:{}", proxy.port), &hosts);
    let began = Instant::now();
    let store = open(&url).await.expect("the third host answers");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    // It is remembered, so nothing else waits for the first.
    let began = Instant::now();
    crate::suite::given::fill(&store).await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}
