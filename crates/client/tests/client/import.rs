//! Imports of many rows by one call.

use super::scripted::{Reply, ok, pass, scripted};
use super::server::Server;
use convoke_client::import::*;
use convoke_client::{Client, Error, StreamExt, TryStreamExt};
use futures_util::stream;
use std::time::Duration;
use tokio::sync::mpsc;

fn person(n: usize) -> Row {
    let (name, email) = (Some(format!("N {n}")), Some(format!("n{n}@example.org")));
    Row::Person(Box::new(PersonRow { name, email, ..PersonRow::default() }))
}

fn effects(results: &[RowResult]) -> Vec<(u64, RowEffect)> {
    results.iter().map(|result| (result.line, result.effect)).collect()
}

#[tokio::test]
async fn each_row_is_answered_while_others_are_yet_to_come() {
    let server = Server::start().await;
    let seconds = Duration::from_secs;
    let api = ImportApi::new(&Client::new(server.config().timeout(seconds(5))).expect("a client"));
    let (send, receive) = mpsc::unbounded_channel();
    let rows = stream::unfold(receive, |mut receive| async { Some((receive.recv().await?, receive)) });
    let mut results = api.post_import(ImportQuery::default(), rows);
    send.send(person(0)).expect("rows are taken");
    assert_eq!(results.next().await.expect("a result").expect("an answer").line, 1);
    for n in 2..=4 {
        // While no row waits for its result, no result is late.
        let (result, ()) = tokio::join!(results.next(), async {
            pass(seconds(6)).await;
            send.send(person(n)).expect("rows are taken");
        });
        let result = result.expect("a result").expect("an answer");
        assert_eq!((result.line, result.effect), (n as u64, RowEffect::Created));
    }
    let nobody = MembershipRow { group: "g".into(), member: "nobody@example.org".into() };
    send.send(Row::Membership(nobody)).expect("rows are taken");
    let result = results.next().await.expect("a result").expect("an answer");
    let error = result.error.expect("a reason");
    assert_eq!(
        (result.effect, error.code.as_str(), error.status),
        (RowEffect::Refused, "general.resource.not.found", 404)
    );
    drop(send);
    assert!(results.next().await.is_none());
}

#[tokio::test]
async fn thousands_of_rows_are_answered_in_order_and_a_trial_changes_nothing() {
    let server = Server::start().await;
    let api = ImportApi::new(&server.client());
    let n_rows = 2000;
    let all = |effect| (1..=n_rows as u64).map(|line| (line, effect)).collect::<Vec<_>>();
    for (dry_run, effect) in
        [(Some(true), RowEffect::Created), (None, RowEffect::Created), (Some(false), RowEffect::Unchanged)]
    {
        let query = ImportQuery { dry_run, ..ImportQuery::default() };
        let results = api.post_import(query, stream::iter(0..n_rows).map(person));
        let results: Vec<_> = results.try_collect().await.expect("results");
        assert_eq!(effects(&results), all(effect));
    }
    let none = api.post_import(ImportQuery::default(), stream::empty());
    assert!(none.try_collect::<Vec<_>>().await.expect("no results").is_empty());
}

#[tokio::test]
async fn rows_are_never_sent_again() {
    let refusal = r#"{"message":"no","code":"not.now"}"#;
    for (reply, status) in [
        (Reply::Answer(403, &[], refusal.into()), Some(403)),
        (Reply::Answer(401, &[], refusal.into()), Some(401)),
        (Reply::Answer(429, &[("retry-after", "0")], refusal.into()), Some(429)),
        (Reply::Answer(503, &[], refusal.into()), Some(503)),
        (Reply::Break, None),
        (Reply::Half, None),
    ] {
        let server = scripted([reply, ok("")]).await;
        let api = ImportApi::new(&Client::new(server.config()).expect("a client"));
        let results = api.post_import(ImportQuery::default(), stream::iter(0..3).map(person));
        let error = results.try_collect::<Vec<_>>().await.expect_err("an error");
        assert_eq!((error.status(), error.is_unreachable()), (status, status.is_none()), "{error}");
        let came = server.came();
        let [request] = came.as_slice() else { panic!("{came:?}") };
        assert_eq!((&*request.method, &*request.target), ("POST", "/directory/import"));
        assert_eq!(request.header("content-type"), MEDIA_TYPE);
        assert_eq!(request.header("authorization"), "Bearer given");
    }
}

#[tokio::test]
async fn what_is_no_result_is_an_error() {
    let good = r#"{"line":1,"effect":"created"}"#;
    for (body, n_results) in [
        (format!("{good}\n\n{good}"), Ok(2)),
        (format!("{good}\n{{\"line\":2,\"eff"), Err("a line of it is no result of a row")),
        (format!("{good}\nnonsense\n{good}\n"), Err("a line of it is no result of a row")),
    ] {
        let server = scripted([ok(body.clone())]).await;
        let api = ImportApi::new(&Client::new(server.config()).expect("a client"));
        let results = api.post_import(ImportQuery::default(), stream::iter(0..2).map(person));
        match (results.try_collect::<Vec<_>>().await, n_results) {
            (Ok(results), Ok(n_results)) => assert_eq!(results.len(), n_results, "{body}"),
            (Err(error @ Error::Unexpected(_)), Err(said)) => assert!(error.to_string().contains(said), "{error}"),
            (results, _) => panic!("{body}: {results:?}"),
        }
    }
}
