//! Groups, their members and their voicemail.

use super::listing::{around_whole, direction, fetched, from_jabber_id, paged, write_chat, written};
use super::page::Page;
use super::{take, timestamp, users, words};
use crate::api::call::{Admitted, Call, ParsedRequest, aside};
use crate::http::budget::{Exhausted, Holder};
use crate::http::pieces;
use crate::http::refusal::{Refusal, busy};
use crate::http::rendered::{Hex, Json, Object};
use crate::http::response::ApiResponse;
use crate::secret;
use convoke_core::*;
use convoke_wire::genesys as wire;
use convoke_wire::{Nothing, genesys::GroupPath};
use std::sync::Arc;

/// The part of a group's chat address before the organisation.
const ROOM: &str = "conference.";

pub(super) fn post(_: Nothing, _: Nothing, body: wire::GroupCreate) -> Result<GroupCommand, Refusal> {
    let draft = GroupDraft {
        name: take::required("name", take::name("name", body.name)?)?,
        kind: take::required("type", take::word("type", body.kind, words::group_kind, GroupKind::WORDS)?)?,
        visibility: take::required("visibility", visibility(body.visibility)?)?,
        rules_visible: take::required("rulesVisible", body.rules_visible)?,
        broadcast: false,
        fields: GroupFields {
            description: take::prose("description", body.description)?,
            roles_enabled: body.roles_enabled,
            include_owners: body.include_owners,
            calls_enabled: body.calls_enabled,
            email: email(body.email)?,
            addresses: addresses(body.addresses)?,
            images: take::images(body.images)?,
            ..GroupFields::default()
        },
        initial_members: InitialMembers {
            owners: owners(body.owner_ids)?.into_iter().flatten().map(Mention::Id).collect(),
            ..InitialMembers::default()
        },
    };
    Ok(GroupCommand::Create(GroupId(secret::new_id()), Box::new(draft)))
}

pub(super) fn put(path: GroupPath, _: Nothing, body: Option<wire::GroupUpdate>) -> Result<GroupCommand, Refusal> {
    let group = take::group_id(&path.group_id)?;
    // Without a body nothing changes, and the version is not checked.
    let Some(mut body) = body else {
        return Ok(GroupCommand::Edit { group, version: None, edit: Box::default(), owners: None });
    };
    let version = Some(take::required("version", take::number("version", body.version)?)?);
    let ids = body.owner_ids.take();
    Ok(GroupCommand::Edit { group, version, edit: Box::new(edit(body)?), owners: owners(ids)? })
}

/// The changes of a group, without its owners.
pub(super) fn edit(body: wire::GroupUpdate) -> Result<GroupEdit, Refusal> {
    Ok(GroupEdit {
        name: take::name("name", body.name)?,
        fields: GroupFields {
            description: take::prose("description", body.description)?,
            state: take::word("state", body.state, words::group_state, GroupState::WORDS)?,
            roles_enabled: body.roles_enabled,
            include_owners: body.include_owners,
            calls_enabled: body.calls_enabled,
            email: email(body.email)?,
            addresses: addresses(body.addresses)?,
            images: take::images(body.images)?,
            welcome: Update::Keep,
        },
        visibility: visibility(body.visibility)?,
        rules_visible: body.rules_visible,
    })
}

pub(super) fn delete(path: GroupPath, _: Nothing, _: Nothing) -> Result<Command, Refusal> {
    Ok(Command::DeleteGroup(take::group_id(&path.group_id)?))
}

pub(super) fn post_members(path: GroupPath, _: Nothing, body: wire::GroupMembersUpdate) -> Result<Command, Refusal> {
    let people =
        take::person_ids("memberIds", take::required("memberIds", body.member_ids)?, crate::limits::MEMBER_IDS)?;
    Ok(Command::AddMembers {
        group: take::group_id(&path.group_id)?,
        version: take::number("version", body.version)?,
        people: people.into_iter().map(Mention::Id).collect(),
    })
}

pub(super) fn delete_members(path: GroupPath, query: wire::MemberIdsQuery, _: Nothing) -> Result<Command, Refusal> {
    let ids = take::required("ids", query.ids.filter(|ids| !ids.is_empty()))?;
    Ok(Command::RemoveMembers {
        group: take::group_id(&path.group_id)?,
        people: take::person_ids("ids", ids, crate::limits::MEMBER_IDS)?,
    })
}

pub(super) fn get(call: &Call, path: GroupPath, _: Nothing) -> Result<Json<wire::Group>, Refusal> {
    let entry = call.view.group(take::group_id(&path.group_id)?)?;
    prefetch(call.view.context(), &[entry]);
    Ok(Json::object(|group| write(group, call.view.context(), entry)))
}

pub(super) fn list(
    call: &Call,
    _: Nothing,
    query: wire::GroupsQuery,
) -> Result<Json<wire::EntityListing<wire::Group>>, Refusal> {
    let (page, listing) = listed(call, &query)?;
    prefetch(call.view.context(), &listing.entries);
    Ok(written(call, page, listing, |group, entry| write(group, call.view.context(), entry)))
}

pub(super) fn profiles(
    call: &Call,
    _: Nothing,
    query: wire::GroupsQuery,
) -> Result<wire::EntityListing<wire::GroupProfile>, Refusal> {
    let (page, listing) = listed(call, &query)?;
    Ok(paged(call, page, listing, |entry| profile_of(entry, &|_| true)))
}

fn listed<'d>(call: &Call<'d>, query: &wire::GroupsQuery) -> Result<(Page, Listing<&'d Arc<GroupEntry>>), Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    let direction = direction(query.sort_order);
    let organisation = call.view.organisation();
    let ids = fetched(&query.id, &query.jabber_id, |text| from_jabber_id(text, ROOM, organisation))?;
    let listing = match ids {
        Some(ids) => call.view.groups_of_ids(ids.into_iter().map(GroupId), page.window(), direction),
        None => call.view.groups(page.window(), direction),
    };
    Ok((page, listing))
}

pub(super) fn profile(call: &Call, path: GroupPath, query: wire::ProfileQuery) -> Result<wire::GroupProfile, Refusal> {
    let entry = call.view.group(take::group_id(&path.group_id)?)?;
    let wanted = query.fields.filter(|fields| !fields.is_empty());
    Ok(profile_of(entry, &|key| wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|field| field == key))))
}

/// The short form of a group. Optional fields are included if `wanted` accepts their keys.
fn profile_of(entry: &GroupEntry, wanted: &dyn Fn(&str) -> bool) -> wire::GroupProfile {
    let GroupEntry { group, stamp, .. } = entry;
    wire::GroupProfile {
        id: group.id.to_string(),
        name: wanted("general.name").then(|| group.name.as_str().into()),
        state: wanted("general.state").then(|| words::group_state_word(group.state)),
        date_modified: wanted("general.dateModified").then(|| timestamp::to_wire(stamp.modified)),
        version: i64::from(stamp.version),
        self_uri: format!("/api/v2/groups/{}/profile", group.id),
    }
}

pub(super) fn members(
    call: &Call,
    path: GroupPath,
    query: wire::MembersQuery,
) -> Result<Json<wire::EntityListing<wire::User>>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    let entry = call.view.group(take::group_id(&path.group_id)?)?;
    let direction = direction(query.sort_order);
    let listing = match query.effective {
        Some(true) => call.view.effective_members(entry, page.window(), direction),
        _ => call.view.members(entry, page.window(), direction),
    };
    let expand = users::Expand::of(query.expand);
    users::prefetch(call.view.context(), &listing.entries);
    Ok(written(call, page, listing, |user, person| users::write(user, &call.view, person, &expand)))
}

/// The data of an individual until it is rendered: the record, and the manager's version. A copy of the directory would
/// keep all replaced data in memory.
type Individual = (Arc<Person>, Option<u32>);

/// All individuals on one page, because the operation has no paging. A large group has many, so they are rendered while
/// they are sent. All data is from the moment of the request, and nothing can fail after the first byte.
pub(super) async fn individuals(admitted: Admitted<wire::GetGroupIndividuals>) -> Result<ApiResponse, Refusal> {
    let ParsedRequest { site, asker, parts, path, .. } = admitted.take().await?;
    let session = asker.session.clone();
    let mut reservation = site.responses.reserve(Holder::Organisation(session.organisation.id));
    aside(&site, &session, move |cancel| {
        cancel.check()?;
        asker.look(|view| {
            let entry = view.group(take::group_id(&path.group_id)?)?;
            let people = view.individuals(entry);
            reservation
                .grow(size_of::<Individual>() * people.len())
                .map_err(|Exhausted| Refusal::Busy(busy::RESPONSES))?;
            let context = view.context();
            let with_manager = |person: &Arc<Person>| (person.clone(), users::manager_version(context, person));
            let people: Vec<Individual> = people.into_iter().map(with_manager).collect();
            let organisation = context.organisation().clone();
            let (before, after) = around_whole(parts.uri.path().to_owned(), people.len());
            let write = move |user: &mut Object<wire::User>, (person, of_manager): Individual| {
                users::write_plain(user, &organisation, &person, of_manager);
            };
            Ok(pieces::answer(before, people, write, after, reservation))
        })
    })
    .await
}

pub(super) fn voicemail(call: &Call, path: GroupPath, _: Nothing) -> Result<wire::VoicemailGroupPolicy, Refusal> {
    Ok(voicemail_of(call.view.group(take::group_id(&path.group_id)?)?))
}

pub(super) fn patch_voicemail(
    path: GroupPath,
    _: Nothing,
    body: wire::VoicemailGroupPolicy,
) -> Result<GroupCommand, Refusal> {
    let overflow = body.overflow_group_id.filter(|id| !id.trim().is_empty());
    let policy = body.email_policy.unwrap_or_default();
    let voicemail = Voicemail {
        enabled: body.enabled,
        send_email_notifications: body.send_email_notifications,
        disable_email_pii: body.disable_email_pii,
        include_email_transcriptions: body.include_email_transcriptions,
        email_members: policy.email_members,
        email_group: policy.email_group,
        language: take::part("languagePreference", body.language_preference)?,
        rotate_calls_secs: take::number("rotateCallsSecs", body.rotate_calls_secs)?,
        stop_ringing_after_rotations: take::number("stopRingingAfterRotations", body.stop_ringing_after_rotations)?,
        overflow_group: overflow.map(|id| take::group_id(&id)).transpose()?,
        alert: take::word("groupAlertType", body.group_alert_type, words::alert, AlertKind::WORDS)?,
        response_prompt: take::part("interactiveResponsePromptId", body.interactive_response_prompt_id)?,
        response_required: body.interactive_response_required,
        number_in_caller_id_lists: body.include_group_number_in_user_caller_id_lists,
    };
    Ok(GroupCommand::EditVoicemail(take::group_id(&path.group_id)?, Box::new(voicemail)))
}

pub(super) fn voicemail_to_wire(_: Context<'_>, entry: Arc<GroupEntry>) -> wire::VoicemailGroupPolicy {
    voicemail_of(&entry)
}

pub(super) fn to_wire(context: Context<'_>, entry: Arc<GroupEntry>) -> Json<wire::Group> {
    Json::object(|group| write(group, context, &entry))
}

/// Reads a byte of each part of the records of a page, as [`users::prefetch`] does.
pub(super) fn prefetch(context: Context<'_>, entries: &[&Arc<GroupEntry>]) {
    let mut sum = 0;
    for entry in entries {
        sum += entry.member_count() + entry.group.owners.len() + entry.group.addresses.len();
    }
    for GroupEntry { group, .. } in entries.iter().map(|entry| &***entry) {
        sum += users::first_byte(group.name.as_str());
        sum += users::first_byte(group.description.as_ref().map_or("", Prose::as_str));
        sum += group.addresses.first().map_or(0, |contact| contact.kind as usize);
        for owner in &group.owners {
            sum += context.version_of(*owner).map_or(0, |version| version as usize);
        }
    }
    std::hint::black_box(sum);
}

/// Writes a group.
pub(super) fn write(object: &mut Object<wire::Group>, context: Context<'_>, entry: &GroupEntry) {
    let GroupEntry { group, stamp, .. } = entry;
    let mut hex = Hex::default();
    let id = hex.hyphenated(group.id.0);
    object.text("id", id).text("name", group.name.as_str());
    object.some_text("description", group.description.as_ref().map(Prose::as_str));
    object.plain("dateModified", |text| timestamp::write(text, stamp.modified));
    object.number("memberCount", entry.member_count() as i64).word("state", &words::group_state_word(group.state));
    object.number("version", stamp.version.into()).word("type", &words::group_kind_word(group.kind));
    if !group.images.is_empty() {
        object.list("images", &group.images, write_image);
    }
    if !group.addresses.is_empty() {
        object.list("addresses", &group.addresses, write_address);
    }
    object.boolean("rulesVisible", group.rules_visible);
    object.word("visibility", &words::visibility_word(group.visibility));
    object.boolean("rolesEnabled", group.roles_enabled).boolean("includeOwners", group.include_owners);
    object.boolean("callsEnabled", group.calls_enabled);
    object.some_text("email", group.email.as_ref().map(Email::as_str));
    object.object("chat", |chat| write_chat(chat, group.id.0, ROOM, context.organisation()));
    object.list("owners", &group.owners, |reference, owner| {
        users::write_reference(reference, *owner, context.version_of(*owner));
    });
    object.joined("selfUri", &["/api/v2/groups/", id]);
}

fn voicemail_of(entry: &GroupEntry) -> wire::VoicemailGroupPolicy {
    let group = &entry.group;
    let held = group.voicemail.as_deref().cloned().unwrap_or_default();
    let text = |line: &Option<Line>| line.as_ref().map(|line| line.as_str().to_owned());
    wire::VoicemailGroupPolicy {
        name: Some(group.name.as_str().into()),
        group: Some(wire::PolicyGroup {
            id: group.id.to_string(),
            name: group.name.as_str().into(),
            kind: words::group_kind_word(group.kind),
            visibility: words::visibility_word(group.visibility),
            rules_visible: group.rules_visible,
            self_uri: format!("/api/v2/groups/{}", group.id),
        }),
        enabled: Some(held.enabled.unwrap_or(false)),
        send_email_notifications: Some(held.send_email_notifications.unwrap_or(false)),
        disable_email_pii: Some(held.disable_email_pii.unwrap_or(false)),
        include_email_transcriptions: Some(held.include_email_transcriptions.unwrap_or(false)),
        language_preference: text(&held.language),
        email_policy: Some(wire::GroupEmailPolicy {
            email_members: Some(held.email_members.unwrap_or(false)),
            email_group: Some(held.email_group.unwrap_or(false)),
        }),
        rotate_calls_secs: held.rotate_calls_secs.map(i64::from),
        stop_ringing_after_rotations: held.stop_ringing_after_rotations.map(i64::from),
        overflow_group_id: held.overflow_group.map(|id| id.to_string()),
        group_alert_type: held.alert.map(words::alert_word),
        interactive_response_prompt_id: text(&held.response_prompt),
        interactive_response_required: held.response_required,
        include_group_number_in_user_caller_id_lists: held.number_in_caller_id_lists,
    }
}

pub(super) fn write_image(object: &mut Object<wire::Image>, image: &Image) {
    object.some_text("resolution", image.resolution.as_ref().map(Line::as_str)).text("imageUri", image.uri.as_str());
}

fn write_address(object: &mut Object<wire::GroupContact>, contact: &GroupContact) {
    let (address, extension) = (contact.address.as_ref(), contact.extension.as_ref().map(Line::as_str));
    // The documents require an address. If there is only an extension, that is used.
    let shown = address.map(Line::as_str).or(extension);
    object.some_text("address", shown).some_text("extension", extension).some_text("display", shown);
    object.word("type", &words::group_contact_kind_word(contact.kind)).word("mediaType", &wire::MediaType::Phone);
}

/// The phone numbers of a group. If there is only a display form, it is taken as the address: some replies of the API
/// have nothing else, and callers send back whole objects. For the same reason an address that equals the extension is
/// ignored.
fn addresses(list: Option<Vec<wire::GroupContact>>) -> Result<Option<Vec<GroupContact>>, Refusal> {
    let Some(list) = list else { return Ok(None) };
    let contact = |contact: wire::GroupContact| {
        let kind = take::word("addresses.type", contact.kind, words::group_contact_kind, GroupContactKind::WORDS)?;
        take::word("addresses.mediaType", contact.media_type, only_phone, &["PHONE"])?;
        let extension = take::part("addresses.extension", contact.extension)?;
        let address = take::part("addresses.address", contact.address)?;
        let address = match (&address, &extension) {
            (None, None) => {
                Some(take::required("addresses.address", take::part("addresses.display", contact.display)?)?)
            }
            (address, extension) if address == extension => None,
            _ => address,
        };
        Ok(GroupContact { kind: take::required("addresses.type", kind)?, address, extension })
    };
    list.into_iter().map(contact).collect::<Result<_, Refusal>>().map(Some)
}

fn only_phone(word: wire::MediaType) -> Option<Media> {
    words::media(word).filter(|media| *media == Media::Phone)
}

fn email(text: Option<String>) -> Result<Update<Email>, Refusal> {
    match text {
        None => Ok(Update::Keep),
        Some(text) if text.trim().is_empty() => Ok(Update::Clear),
        Some(text) => take::checked("email", Email::new(&text)).map(Update::Set),
    }
}

fn owners(ids: Option<Vec<String>>) -> Result<Option<Vec<PersonId>>, Refusal> {
    ids.map(|ids| take::person_ids("ownerIds", ids, limits::OWNERS)).transpose()
}

fn visibility(word: Option<wire::Visibility>) -> Result<Option<Visibility>, Refusal> {
    take::word("visibility", word, words::visibility, &["public", "owners", "ownerIds", "members"])
}
