//! Every endpoint of the tables has a method that works.

use super::server::Server;
use super::walk::walk;
use convoke_client::{genesys, kaizala, operator};

#[tokio::test]
async fn every_endpoint_has_a_method_that_calls_it() {
    let server = Server::start().await;
    walk(&server, &server.url).await;
    let counts = server.counts().await;
    let tables = [
        ("genesys", genesys::endpoints()),
        // The server counts these as requests of the first API, which answers them.
        ("genesys", operator::endpoints()),
        ("kaizala", kaizala::endpoints()),
    ];
    let declared = tables.into_iter().flat_map(|(api, endpoints)| {
        endpoints.into_iter().map(move |endpoint| (api.to_owned(), endpoint.name.to_owned()))
    });
    let not_called: Vec<_> =
        declared.filter(|operation| counts.get(operation).is_none_or(|count| *count == 0)).collect();
    assert_eq!(not_called, [], "no method called these, or none got an answer");
}
