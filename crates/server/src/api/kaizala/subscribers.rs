//! Subscribers of public groups.

use super::{members, take};
use crate::api::call::{Admitted, Call};
use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use crate::http::response::ApiResponse;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use convoke_core::*;
use convoke_wire::Nothing;
use convoke_wire::kaizala::{self as wire, GroupPath};

/// Adds subscribers. The reply has a result for each number.
pub(super) async fn add(admitted: Admitted<wire::PutSubscribersAdd>) -> Result<ApiResponse, Refusal> {
    let taken = admitted.take().await?;
    let numbers = taken.body.subscribers.clone().unwrap_or_default();
    let added = |is_added| wire::AddedOne { is_added, error_reason: None, error_code: None };
    let reply = |_: Context<'_>, each: Vec<bool>| wire::Added {
        result: numbers.into_iter().zip(each).map(|(number, done)| (number, added(done))).collect(),
    };
    taken.change(|path, _, body| Ok(SubscriberCommand::Add(group(&path)?, people(body)?)), reply).await
}

/// Removes subscribers. The reply has a result for each number.
pub(super) async fn remove(admitted: Admitted<wire::PutSubscribersRemove>) -> Result<ApiResponse, Refusal> {
    let taken = admitted.take().await?;
    let numbers = taken.body.subscribers.clone().unwrap_or_default();
    let removed = |is_removed: bool| wire::RemovedOne {
        is_removed,
        error_reason: (!is_removed).then(|| "is no subscriber".into()),
        error_code: (!is_removed).then(|| "NotFound".into()),
    };
    let reply = |_: Context<'_>, each: Vec<bool>| {
        // If a number is given twice, its first result counts.
        let results = numbers.into_iter().zip(each).rev().map(|(number, done)| (number, removed(done)));
        wire::Removed { result: results.collect() }
    };
    taken.change(|path, _, body| Ok(SubscriberCommand::Remove(group(&path)?, people(body)?)), reply).await
}

pub(super) fn post(
    call: &Call,
    path: GroupPath,
    _: Nothing,
    body: Option<wire::SubscribersPage>,
) -> Result<wire::SubscriberList, Refusal> {
    get(call, path, body.unwrap_or_default())
}

pub(super) fn get(call: &Call, path: GroupPath, page: wire::SubscribersPage) -> Result<wire::SubscriberList, Refusal> {
    let max = crate::limits::SUBSCRIBERS;
    let count = match page.count {
        None => max,
        Some(count) => usize::try_from(count)
            .ok()
            .filter(|count| (1..=max).contains(count))
            .ok_or_else(|| Refusal::invalid("count", Problem::OutOfRange { min: 1, max: max as u32 }))?,
    };
    let after = page.cursor.filter(|cursor| !cursor.is_empty()).map(|cursor| position(&cursor)).transpose()?;
    let after = after.as_ref().map(|(name, id)| (name.as_str(), *id));
    let entry = call.view.group(group(&path)?)?;
    let (people, is_more) = call.view.subscribers(entry, after, count)?;
    let last = people.last().filter(|_| is_more);
    Ok(wire::SubscriberList {
        subscribers: people.iter().map(|person| members::user(person)).collect(),
        cursor: last.map(|person| BASE64_URL_SAFE_NO_PAD.encode(format!("{}{}", person.id, person.name.key()))),
    })
}

/// The name and id of the last entry before a cursor.
fn position(cursor: &str) -> Result<(String, PersonId), Refusal> {
    let parse = || {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (id, name) = text.split_at_checked(36)?;
        Some((name.to_owned(), PersonId::parse(id)?))
    };
    let problem = || Refusal::Malformed { field: "cursor".into(), problem: "is none that a reply had".into() };
    parse().ok_or_else(problem)
}

fn group(path: &GroupPath) -> Result<GroupId, Refusal> {
    take::group_id(&path.group_id)
}

fn people(body: wire::SubscribersUpdate) -> Result<Vec<Mention>, Refusal> {
    take::numbers("subscribers", Some(take::required("subscribers", body.subscribers)?))
}
