//! Groups beneath groups.

use super::groups::{self, Form};
use super::take;
use crate::api::call::Call;
use crate::http::refusal::Refusal;
use convoke_core::*;
use convoke_wire::Nothing;
use convoke_wire::kaizala::{self as wire, GroupPath, SubGroupPath};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A group with details, and the groups beneath it: one level, or all.
pub(super) fn get(call: &Call, path: GroupPath, query: wire::SubGroupsQuery) -> Result<wire::GroupReply, Refusal> {
    let entry = call.view.group(take::group_id(&path.group_id)?)?;
    let mut tree = Tree {
        view: &call.view,
        seen: BTreeSet::from([entry.group.id]),
        is_deep: query.fetch_all_groups.is_some_and(|flag| flag.0),
    };
    let top = groups::group(&call.view, KnownGroup { entry, in_detail: true }, Form::Details);
    let sub_groups = Some(tree.beneath(entry));
    let welcome_message = Some(groups::welcome(entry));
    Ok(wire::Group { sub_groups, welcome_message, ..top }.into())
}

/// Builds a tree of groups.
struct Tree<'v, 'd> {
    view: &'v View<'d>,
    /// The groups in the tree so far. If a group occurs again, the groups beneath it are not repeated.
    seen: BTreeSet<GroupId>,
    is_deep: bool,
}

impl Tree<'_, '_> {
    /// The groups beneath a group. [`limits::HIERARCHY_DEPTH`] bounds the recursion.
    fn beneath(&mut self, entry: &GroupEntry) -> Vec<wire::Group> {
        self.view.subgroups(entry).into_iter().map(|entry| self.node(entry)).collect()
    }

    fn node(&mut self, entry: &Arc<GroupEntry>) -> wire::Group {
        let is_new = self.seen.insert(entry.group.id);
        let summary = groups::group(self.view, KnownGroup { entry, in_detail: true }, Form::Summary);
        let sub_groups = (is_new && self.is_deep).then(|| self.beneath(entry));
        wire::Group { is_duplicate: Some(!is_new), sub_groups, ..summary }
    }
}

pub(super) fn post(path: GroupPath, _: Nothing, body: wire::GroupCreate) -> Result<GroupCommand, Refusal> {
    groups::create(body, Some(take::group_id(&path.group_id)?))
}

pub(super) fn put(path: GroupPath, _: Nothing, body: wire::SubGroupsUpdate) -> Result<Command, Refusal> {
    let ids = take::required("subGroups", body.sub_groups)?;
    if ids.len() > limits::SUBGROUPS {
        return Err(Refusal::invalid("subGroups", Reason::TooMany { limit: limits::SUBGROUPS }));
    }
    Ok(Command::AddSubgroups {
        group: take::group_id(&path.group_id)?,
        version: None,
        subgroups: ids.iter().map(|id| take::group_id(id)).collect::<Result<_, _>>()?,
    })
}

pub(super) fn delete(path: SubGroupPath, _: Nothing, _: Nothing) -> Result<Command, Refusal> {
    Ok(Command::RemoveSubgroups {
        group: take::group_id(&path.group_id)?,
        subgroups: vec![take::group_id(&path.sub_group_id)?],
    })
}
