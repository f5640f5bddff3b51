//! Groups beneath groups.

use super::listing::{direction, written};
use super::page::Page;
use super::{groups, take};
use crate::api::call::Call;
use crate::http::refusal::Refusal;
use crate::http::rendered::Json;
use convoke_core::*;
use convoke_wire::genesys as wire;
use convoke_wire::{Nothing, genesys::GroupPath};

/// The groups directly beneath the group that the caller can see.
pub(super) fn list(
    call: &Call,
    path: GroupPath,
    query: wire::SortedPageQuery,
) -> Result<Json<wire::EntityListing<wire::Group>>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    let entry = call.view.group(take::group_id(&path.group_id)?)?;
    let listing = call.view.subgroups_window(entry, page.window(), direction(query.sort_order));
    groups::prefetch(call.view.context(), &listing.entries);
    Ok(written(call, page, listing, |group, entry| groups::write(group, call.view.context(), entry)))
}

pub(super) fn post(path: GroupPath, _: Nothing, body: wire::GroupSubgroupsUpdate) -> Result<Command, Refusal> {
    Ok(Command::AddSubgroups {
        group: take::group_id(&path.group_id)?,
        version: take::number("version", body.version)?,
        subgroups: take::group_ids("ids", take::required("ids", body.ids)?, limits::SUBGROUPS)?,
    })
}

pub(super) fn delete(path: GroupPath, query: wire::SubgroupIdsQuery, _: Nothing) -> Result<Command, Refusal> {
    let ids = take::required("ids", query.ids.filter(|ids| !ids.is_empty()))?;
    Ok(Command::RemoveSubgroups {
        group: take::group_id(&path.group_id)?,
        subgroups: take::group_ids("ids", ids, limits::SUBGROUPS)?,
    })
}
