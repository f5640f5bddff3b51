//! Calls of every operation, in an order in which each has something to do. A walk leaves data behind, so it runs once
//! for each server.

mod access;
mod groups;
mod kaizala;
mod people;

use super::server::{ID, SECRET, Server};
use convoke_client::genesys::*;
use convoke_client::*;
use std::time::Duration;

/// Calls every method at least once, at the URL of the server or of a proxy.
pub async fn walk(server: &Server, url: &str) {
    let config = Config::url(url).client_credentials(ID, SECRET).retry_wait(Duration::ZERO);
    let client = Client::new(config).expect("a client");
    let users = people::walk(&client).await;
    groups::walk(&client, &users).await;
    access::walk(&client, url, &users).await;
    kaizala::walk(server, &client, url).await;
}

/// The ids of two users.
pub struct Users {
    pub ann: String,
    pub bob: String,
}

/// The body of a request that creates a group.
pub fn group(name: &str) -> GroupCreate {
    GroupCreate {
        name: Some(name.into()),
        kind: Some("official".into()),
        visibility: Some("public".into()),
        rules_visible: Some(true),
        ..Default::default()
    }
}
