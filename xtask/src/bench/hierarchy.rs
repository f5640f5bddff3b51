//! The hierarchy for which the aims are defined, and a caller of the Kaizala API. Both are created over the API.

use std::error::Error;

use serde_json::{Value, json};

use super::caller::{Caller, Group};

/// The group that the others are put beneath.
const TOP: &str = "Everything beneath";
/// How many groups are put beneath it.
const SUBGROUPS: usize = 1000;
/// The number of groups that one call takes.
const CALL: usize = 100;
/// The least number of people in them, each counted once.
const PEOPLE: u64 = 50_000;
/// A phone number that is reserved for fiction.
const PHONE: &str = "+447700900999";

/// Puts the first groups beneath one that this person owns, unless an earlier run did. Removes that one from the list,
/// and returns its id.
pub async fn nest(caller: &mut Caller, groups: &mut Vec<Group>, owner: &str) -> Result<String, Box<dyn Error>> {
    if let Some(at) = groups.iter().position(|group| group.name == TOP) {
        return Ok(groups.remove(at).id);
    }
    let group = json!({
        "name": TOP, "type": "official", "visibility": "public", "rulesVisible": true, "ownerIds": [owner],
    });
    let top = field(&caller.post("/api/v2/groups", &group).await?, "id")?;
    let ids: Vec<&str> = groups.iter().take(SUBGROUPS).map(|group| group.id.as_str()).collect();
    for ids in ids.chunks(CALL) {
        caller.post(&format!("/api/v2/groups/{top}/subgroups"), &json!({ "ids": ids })).await?;
    }
    let (_, body) = caller.get(&format!("/api/v2/groups/{top}/members?effective=true&pageSize=1")).await?;
    let reply: Value = serde_json::from_slice(&body)?;
    let n_people = reply.get("total").and_then(Value::as_u64).unwrap_or_default();
    if n_people < PEOPLE {
        return Err(format!("{n_people} people are in {SUBGROUPS} groups; the aim speaks of {PEOPLE}").into());
    }
    Ok(top)
}

/// Creates a connector and signs in by it. Returns the person's id and an access token.
pub async fn sign_in(caller: &mut Caller) -> Result<(String, String), Box<dyn Error>> {
    let connector = caller.post("/api/v2/connectors", &json!({ "name": "bench", "phone": PHONE })).await?;
    let [id, secret, refresh] =
        ["applicationId", "applicationSecret", "refreshToken"].map(|name| field(&connector, name));
    let headers = format!("applicationId: {}\r\napplicationSecret: {}\r\nrefreshToken: {}\r\n", id?, secret?, refresh?);
    let reply = caller.get_with("/v1/accessToken", &headers).await?;
    Ok((field(&connector, "userId")?, field(&reply, "accessToken")?))
}

fn field(value: &Value, name: &str) -> Result<String, Box<dyn Error>> {
    let text = value.get(name).and_then(Value::as_str);
    Ok(text.ok_or_else(|| format!("a reply without {name}"))?.to_owned())
}
