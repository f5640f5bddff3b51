//! The Kaizala API. This table is its table of contents.

mod fault;
pub(crate) mod groups;
mod hierarchy;
mod members;
mod path;
mod sign_in;
mod subscribers;
mod take;

use super::serve::ININ;
use super::{Api, KeyScope, Routes};
use crate::http::json::Strictness;
use crate::sign_in::sessions::bearer;
use crate::site::Site;
use convoke_core::Actor;
use convoke_wire::kaizala::*;
use http::HeaderMap;
pub(crate) use path::canonical;
use std::sync::Arc;

/// The token header of Kaizala's own clients.
const ACCESS_TOKEN: &str = "accesstoken";

/// The properties of the API.
pub(crate) const API: Api = Api {
    name: "kaizala",
    path: canonical,
    token,
    takes: |actor| matches!(actor, Actor::Connector { .. }),
    bodies: Strictness::Relaxed,
    keys: KeyScope::Person,
    json: "application/json; charset=utf-8",
    headers: &ININ,
    render: fault::render,
};

/// Every endpoint of the API.
pub(crate) fn routes(site: Arc<Site>) -> Routes {
    Routes::new(site, &API)
        .open::<GetAccessToken, _, _>(sign_in::access_token)
        .open::<PostGeneratePin, _, _>(sign_in::generate_pin)
        .open::<PostLogin, _, _>(sign_in::log_in)
        .change::<PostGroups, _, _>(groups::post, groups::created)
        .long_read::<GetGroups, _>(groups::list)
        .read::<GetGroup, _>(groups::get)
        .long_read::<GetSubGroups, _>(hierarchy::get)
        .change::<PostSubGroups, _, _>(hierarchy::post, groups::created)
        .change::<PutSubGroups, _, _>(hierarchy::put, |_, ()| Attached { result: true })
        .change::<DeleteSubGroup, _, _>(hierarchy::delete, |_, ()| Attached { result: true })
        .long_read::<GetMembers, _>(members::list)
        .change::<PutMembers, _, _>(members::put, |_, ()| members::done())
        .change::<PutMember, _, _>(members::put_role, |_, ()| members::done())
        .change::<DeleteMember, _, _>(members::delete, |_, ()| members::done())
        .read::<GetUsersMe, _>(members::me)
        .custom::<PutSubscribersAdd, _, _>(subscribers::add)
        .custom::<PutSubscribersRemove, _, _>(subscribers::remove)
        .read_with_body::<PostSubscribers, _>(subscribers::post)
        .read::<GetSubscribers, _>(subscribers::get)
}

/// The token in the API's own header, or else in `Authorization`, where some exported requests have it.
fn token(headers: &HeaderMap) -> Option<&[u8]> {
    let own = headers.get(ACCESS_TOKEN).map(|value| value.as_bytes().trim_ascii());
    own.filter(|token| !token.is_empty()).or_else(|| bearer(headers))
}
