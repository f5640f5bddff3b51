//! The Kaizala dialect. This table is its table of contents.

mod fault;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
mod groups;
mod hierarchy;
mod members;
mod path;
mod sign_in;
mod subscribers;
mod take;

use super::{Dialect, Routes};
use crate::sign_in::sessions::bearer;
use crate::site::Site;
use convoke_core::Actor;
use convoke_wire::kaizala::*;
use http::HeaderMap;
pub(crate) use path::canonical;
use std::sync::Arc;

/// The header that Kaizala's own clients put the token into.
const ACCESS_TOKEN: &str = "accesstoken";

/// How requests and answers are written.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "kaizala",
    token,
    takes: |actor| matches!(actor, Actor::Connector { .. }),
    json: "application/json; charset=utf-8",
    render: fault::render,
};

/// Every endpoint of the dialect.
pub(crate) fn routes(site: Arc<Site>) -> Routes {
    Routes::new(site, &DIALECT)
        .custom::<GetAccessToken, _, _>(sign_in::access_token)
        .custom::<PostGeneratePin, _, _>(sign_in::generate_pin)
        .custom::<PostLogin, _, _>(sign_in::log_in)
        .change::<PostGroups>(groups::post, groups::created)
        .long_read::<GetGroups>(groups::list)
        .read::<GetGroup>(groups::get)
        .long_read::<GetSubGroups>(hierarchy::get)
        .change::<PostSubGroups>(hierarchy::post, groups::created)
        .change::<PutSubGroups>(hierarchy::put, |_, _| Ok(Attached { result: true }))
        .change::<DeleteSubGroup>(hierarchy::delete, |_, _| Ok(Attached { result: true }))
        .long_read::<GetMembers>(members::list)
        .change::<PutMembers>(members::put, |_, _| Ok(members::done()))
        .change::<PutMember>(members::put_role, |_, _| Ok(members::done()))
        .change::<DeleteMember>(members::delete, |_, _| Ok(members::done()))
        .read::<GetUsersMe>(members::me)
        .custom::<PutSubscribersAdd, _, _>(subscribers::add)
        .custom::<PutSubscribersRemove, _, _>(subscribers::remove)
        .read_with_body::<PostSubscribers>(subscribers::post)
        .read::<GetSubscribers>(subscribers::get)
}

/// The token of the dialect's own header, or else of the one that everyone has. Some exported requests
/// send it there.
fn token(headers: &HeaderMap) -> Option<&[u8]> {
    let own = headers.get(ACCESS_TOKEN).map(|value| value.as_bytes().trim_ascii());
    own.filter(|token| !token.is_empty()).or_else(|| bearer(headers))
}
