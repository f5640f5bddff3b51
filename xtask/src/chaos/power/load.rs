//! The load that is recorded: each request changes one name that only it has, so that the reply, the entry of the
//! log and the key of the request can be matched.

use super::super::{
    server::Server,
    shared::{audit, connection::Connection, operation::created},
};
use crate::run::Refusal;
use serde_json::json;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Clients: few, so that a commit has few requests.
const CLIENTS: usize = 3;
/// Requests for ten commits: some commits have more than one.
const REQUESTS_FOR_TEN: usize = 16;
/// A group is renamed this often before its client makes another.
const RENAMES: usize = 6;

/// A request that was acknowledged.
pub struct Written {
    /// The name that it gave, which is its key as well.
    pub name: String,
    /// What the reply to it has between quotation marks, and no earlier reply.
    pub marker: String,
}

/// Sends requests for at least so many commits: a commit takes those that wait, and a client that has its response sends
/// the next request while those of the others are committed.
pub fn write(server: &Server, commits: usize) -> Result<Vec<Written>, Refusal> {
    let token = server.sign_in()?;
    let mut caller = server.connect(Some(&token)).map_err(|cause| cause.to_string())?;
    let access = audit::connect(&mut caller);
    let next = AtomicUsize::new(0);
    let requests = commits * REQUESTS_FOR_TEN / 10;
    let written: Vec<Result<Vec<Written>, Refusal>> = thread::scope(|scope| {
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

/// A group that its client goes on with: its id, its version, and how often it was renamed.
type Current = Option<(String, u64, usize)>;

fn send(connection: &mut Connection, access: &str, number: usize, group: &mut Current) -> Result<Written, Refusal> {
    let name = format!("power-{number:06}");
    let key = [("Idempotency-Key", name.as_str())];
    let (method, target, headers, body) = match group {
        None => {
            let body = json!({ "name": name, "type": "official", "rulesVisible": true, "visibility": "public" });
            ("POST", "/api/v2/groups".to_owned(), key.to_vec(), body)
        }
        // One command of many changes: two people come to be, and a group with them beneath another.
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
