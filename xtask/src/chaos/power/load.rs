//! The recorded load: each request sets a unique name, so that its reply, its log entry and its key can be matched.

use super::super::{
    server::Server,
    shared::{audit, connection::Connection, operation::created},
};
use crate::run::TaskError;
use serde_json::json;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// The number of clients: few, so that a commit has few requests.
const CLIENTS: usize = 3;
/// The number of requests for ten commits: some commits have more than one.
const REQUESTS_FOR_TEN: usize = 16;
/// The number of times that a group is renamed before its client creates another.
const RENAMES: usize = 6;

/// A request that was acknowledged.
pub struct Written {
    /// The name that it set, which is also its key.
    pub name: String,
    /// A text in quotation marks that its reply has, and no earlier reply.
    pub marker: String,
}

/// Sends requests for at least this number of commits. A commit takes the waiting requests, and a client that has its
/// response sends the next request while those of the others are committed.
pub fn write(server: &Server, commits: usize) -> Result<Vec<Written>, TaskError> {
    let token = server.sign_in()?;
    let mut caller = server.connect(Some(&token)).map_err(|cause| cause.to_string())?;
    let access = audit::connect(&mut caller);
    let next = AtomicUsize::new(0);
    let requests = commits * REQUESTS_FOR_TEN / 10;
    let written: Vec<Result<Vec<Written>, TaskError>> = thread::scope(|scope| {
        let client = |_| {
            scope.spawn(|| {
                let mut connection = server.connect(Some(&token)).map_err(|cause| cause.to_string())?;
                let (mut written, mut group) = (Vec::new(), None);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= requests {
                        return Ok(written);
                    }
                    written.push(send(&mut connection, &access, number, &mut group)?);
                }
            })
        };
        let clients: Vec<_> = (0..CLIENTS).map(client).collect();
        clients.into_iter().map(|it| it.join().unwrap_or_else(|_| Err("a client panicked".to_owned()))).collect()
    });
    Ok(written.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// The current group of a client: its id, its version, and how often it was renamed.
type Current = Option<(String, u64, usize)>;

fn send(connection: &mut Connection, access: &str, number: usize, group: &mut Current) -> Result<Written, TaskError> {
    let name = format!("power-{number:06}");
    let key = [("Idempotency-Key", name.as_str())];
    let (method, target, headers, body) = match group {
        None => {
            let body = json!({ "name": name, "type": "official", "rulesVisible": true, "visibility": "public" });
            ("POST", "/api/v2/groups".to_owned(), key.to_vec(), body)
        }
        // One command with many changes: it creates two people, and a group with them beneath another.
        Some((id, _, RENAMES)) => {
            let numbers = [1, 2].map(|which| format!("+4930{which}{number:06}"));
            let body = json!({
                "name": name, "welcomeMessage": "", "members": numbers, "groupType": "ConnectGroup", "addUserToGroup": false,
            });
            ("POST", format!("/v1/groups/{id}/subGroups"), [key.as_slice(), &[("accessToken", access)]].concat(), body)
        }
        Some((id, version, _)) => {
            ("PUT", format!("/api/v2/groups/{id}"), key.to_vec(), json!({ "name": name, "version": version }))
        }
    };
    let reply =
        connection.request(method, &target, &headers, Some(&body)).map_err(|cause| format!("{name}: {cause}"))?;
    if reply.status != 200 {
        return Err(format!("{method} {target}: {} {}", reply.status, reply.body));
    }
    let id = created(&reply.body).unwrap_or_default().to_owned();
    let marker = match group {
        Some((_, _, RENAMES)) => id.clone(),
        _ => name.clone(),
    };
    *group = match group.take() {
        None => Some((id, 1, 0)),
        Some((_, _, RENAMES)) => None,
        Some((id, version, renames)) => Some((id, version + 1, renames + 1)),
    };
    Ok(Written { name, marker })
}
