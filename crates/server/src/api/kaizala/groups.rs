//! Groups: creation, listings and replies.

use super::take;
use crate::api::call::Call;
use crate::http::problem::Problem;
use crate::http::refusal::Refusal;
use crate::secret;
use convoke_core::*;
use convoke_wire::Nothing;
use convoke_wire::kaizala::{self as wire, GroupPath};
use convoke_wire::word::Word;
use std::sync::Arc;

/// How many fields of a group a reply has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The fields of sub-groups, and of listings by default.
    Summary,
    /// Also role, rights and counts.
    Details,
}

pub(super) fn post(_: Nothing, _: Nothing, body: wire::GroupCreate) -> Result<GroupCommand, Refusal> {
    // Only a sub-group may be created without its creator. Nobody else would know of another group.
    create(wire::GroupCreate { add_user_to_group: None, ..body }, None)
}

/// A new group, at the top or beneath another.
pub(crate) fn create(body: wire::GroupCreate, parent: Option<GroupId>) -> Result<GroupCommand, Refusal> {
    let broadcast = match body.group_type {
        Some(word) => take::word("groupType", &word, wire::GroupType::WORDS, |word| match word {
            wire::GroupType::Group => Some(false),
            wire::GroupType::ConnectGroup => Some(true),
            wire::GroupType::Other(_) => None,
        })?,
        None => false,
    };
    let welcome = take::required("welcomeMessage", body.welcome_message)?;
    let long = body.long_description_string.filter(|text| !text.trim().is_empty());
    let description = long.or(body.short_description_string).unwrap_or_default();
    let image = body.group_image_url.or(body.group_photo).unwrap_or_default();
    let image = take::checked("groupImageUrl", Line::optional(&image))?;
    let mut members = take::numbers("members", body.members)?;
    members.extend(take::ids("memberUserIds", body.member_user_ids)?);
    let owners = take::numbers("admins", body.admins)?;
    if members.len() + owners.len() > limits::PHONES {
        let problem = Problem::TooManyTogether { lists: "members and admins", limit: limits::PHONES };
        return Err(Refusal::invalid("members", problem));
    }
    let draft = GroupDraft {
        name: take::checked("name", Name::new(&take::required("name", body.name)?))?,
        kind: if broadcast { GroupKind::Official } else { GroupKind::Social },
        visibility: if broadcast { Visibility::Public } else { Visibility::Members },
        rules_visible: true,
        broadcast,
        fields: GroupFields {
            description: Update::to(take::checked("longDescriptionString", Prose::optional(&description))?),
            welcome: Update::to(take::checked("welcomeMessage", Prose::optional(&welcome))?),
            images: image.map(|uri| vec![Image { resolution: None, uri }]),
            ..GroupFields::default()
        },
        initial_members: InitialMembers { is_callers: body.add_user_to_group.unwrap_or(true), owners, members, parent },
    };
    Ok(GroupCommand::Create(GroupId(secret::new_id()), Box::new(draft)))
}

/// The reply to a creation. If a listed person could not be added, the creation was refused as a whole.
pub(super) fn created(_: Context<'_>, entry: Arc<GroupEntry>) -> wire::GroupCreated {
    wire::GroupCreated {
        group_name: entry.group.name.as_str().into(),
        group_id: entry.group.id.to_string(),
        members_added: true,
    }
}

pub(super) fn list(call: &Call, _: Nothing, query: wire::GroupsQuery) -> Result<wire::GroupList, Refusal> {
    let is_set = |flag: Option<wire::Flag>| flag.is_some_and(|flag| flag.0);
    let form = match is_set(query.show_detail) || is_set(query.show_details) {
        true => Form::Details,
        false => Form::Summary,
    };
    let range = if is_set(query.fetch_all_groups) { Range::Hierarchy } else { Range::Own };
    let known = call.view.own_groups(range);
    Ok(wire::GroupList { groups: known.into_iter().map(|known| group(&call.view, known, form)).collect() })
}

pub(super) fn get(call: &Call, path: GroupPath, _: Nothing) -> Result<wire::GroupReply, Refusal> {
    let known = call.view.known_group(take::group_id(&path.group_id)?)?;
    let welcome_message = known.in_detail.then(|| welcome(known.entry));
    Ok(wire::Group { welcome_message, ..group(&call.view, known, Form::Details) }.into())
}

/// A group in a reply. If the caller knows it only by name, the reply has few fields.
pub(super) fn group(view: &View, known: KnownGroup, form: Form) -> wire::Group {
    let KnownGroup { entry, in_detail } = known;
    let group = &entry.group;
    let image = group.images.first().map(|image| image.uri.as_str().to_owned());
    let known = wire::Group {
        group_name: group.name.as_str().into(),
        group_id: group.id.to_string(),
        group_image_url: image.unwrap_or_default(),
        is_details_readable: Some(false),
        ..wire::Group::default()
    };
    if !in_detail {
        return known;
    }
    let summary = wire::Group {
        is_mapped_to_tenant: Some(group.kind == GroupKind::Official),
        group_type: Some(if group.broadcast { wire::GroupType::ConnectGroup } else { wire::GroupType::Group }),
        is_duplicate: Some(false),
        is_details_readable: None,
        ..known
    };
    if form == Form::Summary {
        let (has_parents, has_subgroups) = view.neighbours(entry);
        return wire::Group {
            has_sub_groups: Some(has_subgroups),
            has_parent_groups: Some(has_parents),
            welcome_message: Some(welcome(entry)),
            ..summary
        };
    }
    let counts = view.hierarchy_counts(entry);
    let count = |n: usize| Some(n as i64);
    wire::Group {
        has_sub_groups: Some(counts.n_subgroups > 0),
        has_parent_groups: Some(counts.n_parents > 0),
        caller_role: Some(role(view.relation(entry))),
        current_level_sub_group_count: count(counts.n_subgroups),
        current_level_parent_group_count: count(counts.n_parents),
        user_count: count(counts.all.all),
        unique_user_count: count(counts.distinct),
        current_level_user_count: count(counts.own.all),
        current_level_un_provisioned_user_count: count(counts.own.unprovisioned),
        un_provisioned_user_count: count(counts.all.unprovisioned),
        is_editable: Some(view.may_edit(entry)),
        is_details_readable: Some(true),
        ..summary
    }
}

/// The message to new members.
pub(super) fn welcome(entry: &GroupEntry) -> String {
    entry.group.welcome.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default()
}

/// The API's word for a relation to a group.
pub(super) fn role(relation: GroupRelation) -> wire::Role {
    match relation {
        GroupRelation::Owner => wire::Role::Admin,
        GroupRelation::Member => wire::Role::Member,
        GroupRelation::Subscriber => wire::Role::Subscriber,
        GroupRelation::None => wire::Role::None,
    }
}
