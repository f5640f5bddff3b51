//! The tables of all APIs, and how the tests call by them.

use crate::api::{Api, genesys, kaizala, openapi, operator};
use crate::http::peer::Peer;
use crate::tests::{Reply, World};
use axum::body::Body;
use convoke_wire::{BodyUse, Description};
use http::Request;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};

/// An API's endpoints, and where they are written down.
pub(super) struct Table {
    pub api: &'static Api,
    pub who: Who,
    pub endpoints: Vec<Description>,
    /// The names of those that the router knows.
    pub routed: Vec<&'static str>,
    pub document: Document,
}

/// Who may call the endpoints of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Clients with the permission that the endpoint names.
    Clients,
    /// Administrators of the first organisation.
    Operators,
    /// People who come by a connector; their rights come from their groups.
    People,
}

/// Where endpoints are written down for those who call them.
pub(super) enum Document {
    /// In an OpenAPI document.
    OpenApi(Value),
    /// In a text, which has each path.
    Text(&'static str),
}

/// The endpoints by which one comes who has no token yet.
pub(super) const OPEN: [&str; 3] = ["getAccessToken", "generatePin", "loginWithPinAndApplicationId"];

/// Every table of endpoints, but that of `/health`, which everyone may read.
pub(super) fn tables(world: &World) -> Vec<Table> {
    let site = || world.site.clone();
    vec![
        Table {
            api: &genesys::API,
            who: Who::Clients,
            endpoints: convoke_wire::genesys::endpoints(),
            routed: genesys::routes(site()).names,
            document: Document::OpenApi(openapi::genesys()),
        },
        Table {
            api: &kaizala::API,
            who: Who::People,
            endpoints: convoke_wire::kaizala::endpoints(),
            routed: kaizala::routes(site()).names,
            document: Document::OpenApi(openapi::kaizala()),
        },
        Table {
            api: &genesys::API,
            who: Who::Operators,
            endpoints: convoke_wire::operator::endpoints(),
            routed: operator::routes(site()).names,
            document: Document::Text(include_str!("../../../../../docs/adr/0002-operators.md")),
        },
        Table {
            api: &genesys::API,
            who: Who::Clients,
            endpoints: convoke_wire::import::endpoints(),
            routed: operator::import::routes(site()).names,
            document: Document::Text(include_str!("../../../../../docs/moving-data.md")),
        },
    ]
}

/// A request by an endpoint of a table.
pub(super) struct Ask<'a> {
    pub table: &'a Table,
    pub endpoint: &'a Description,
    pub token: Option<&'a str>,
    /// The path, and the query if there is one.
    pub target: String,
    pub body: String,
    pub key: Option<&'a str>,
}

impl Ask<'_> {
    pub async fn send(self, world: &World) -> Reply {
        let mut request = Request::builder().method(self.endpoint.method.clone()).uri(self.target);
        request = request.extension(peer());
        request = match (self.token, self.table.who) {
            (Some(token), Who::People) => request.header("accessToken", token),
            (Some(token), _) => request.header("authorization", format!("Bearer {token}")),
            (None, _) => request,
        };
        if self.endpoint.name == "postImport" {
            request = request.header("content-type", convoke_wire::import::MEDIA_TYPE);
        } else if self.endpoint.body != BodyUse::None {
            request = request.header("content-type", "application/json");
        }
        if let Some(key) = self.key {
            request = request.header("idempotency-key", key);
        }
        world.send(request.body(Body::from(self.body)).expect("a request")).await
    }
}

/// An address of its own for each request: one that brings many wrong secrets or tokens is told to wait.
pub(super) fn peer() -> Peer {
    static LAST: AtomicU32 = AtomicU32::new(0x0a00_0000);
    Peer(IpAddr::V4(Ipv4Addr::from_bits(LAST.fetch_add(1, Ordering::Relaxed))))
}
