//! A ledger of the groups that a client tried to create, by the response, and its audit.

use super::{
    server::Server,
    shared::connection::{Connection, Reply},
};
use crate::run::TaskError;
use serde_json::{Value, json};
use std::{collections::BTreeSet, io};

/// The names of groups, by the results of the requests to create them.
#[derive(Default)]
pub struct Names {
    /// Answered with 200.
    pub acknowledged: BTreeSet<String>,
    /// Answered with anything else.
    pub refused: BTreeSet<String>,
    /// Not answered.
    pub unknown: BTreeSet<String>,
}

/// The counts of an audit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Acknowledged groups that are not there.
    pub lost: usize,
    /// Refused groups that are there, groups that are there twice, and groups nobody asked for.
    pub wrong: usize,
}

impl Names {
    /// Creates a group, and records the result. Returns the status, if there was a response.
    pub fn create(&mut self, connection: &mut Connection, name: &str, description: &str) -> io::Result<u16> {
        let reply = create(connection, name, description);
        let set = match &reply {
            Ok(reply) if reply.status == 200 => &mut self.acknowledged,
            Ok(_) => &mut self.refused,
            Err(_) => &mut self.unknown,
        };
        set.insert(name.to_owned());
        reply.map(|reply| reply.status)
    }

    /// Merges the ledger of another client into this one.
    pub fn merge(&mut self, other: Names) {
        self.acknowledged.extend(other.acknowledged);
        self.refused.extend(other.refused);
        self.unknown.extend(other.unknown);
    }

    /// Compares the ledger with the groups that the server shows.
    pub fn audit(&self, server: &Server) -> Result<Audit, TaskError> {
        let seen = list(server)?;
        let found: BTreeSet<&String> = seen.iter().collect();
        let lost = self.acknowledged.iter().filter(|name| !found.contains(name)).count();
        let known = |name: &&&String| self.acknowledged.contains(**name) || self.unknown.contains(**name);
        let wrong = found.iter().filter(|name| !known(name)).count() + seen.len() - found.len();
        Ok(Audit { lost, wrong })
    }
}

/// Sends a request to create a group.
pub fn create(connection: &mut Connection, name: &str, description: &str) -> io::Result<Reply> {
    let body = json!({
        "name": name, "description": description, "type": "official", "rulesVisible": true, "visibility": "public",
    });
    connection.request("POST", "/api/v2/groups", &[], Some(&body))
}

/// The names of all groups that the server shows.
fn list(server: &Server) -> Result<Vec<String>, TaskError> {
    let token = server.sign_in()?;
    let mut names = Vec::new();
    for page in 1.. {
        // The server may have closed the last connection.
        let reply = server
            .connect(Some(&token))
            .and_then(|mut it| it.request("GET", &format!("/api/v2/groups?pageSize=500&pageNumber={page}"), &[], None))
            .map_err(|cause| format!("a listing of groups: {cause}"))?;
        let entities = reply.body.get("entities").and_then(Value::as_array);
        let entities = entities.ok_or_else(|| format!("a listing of groups: {} {}", reply.status, reply.body))?;
        if entities.is_empty() {
            break;
        }
        let name = |group: &Value| group.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        names.extend(entities.iter().map(name));
    }
    Ok(names)
}
