//! Serialised groups.

use super::{ImageRecord, images_from_record, images_to_record, line, rule, text, unknown};
use crate::StoreError;
use convoke_core::*;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use std::sync::Arc;
use uuid::Uuid;

#[skip_serializing_none]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GroupRecord {
    id: Uuid,
    name: String,
    description: Option<String>,
    kind: String,
    visibility: String,
    state: String,
    rules_visible: bool,
    roles_enabled: bool,
    include_owners: bool,
    calls_enabled: bool,
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    owners: Vec<Uuid>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<GroupContactRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    images: Vec<ImageRecord>,
    voicemail: Option<Box<VoicemailRecord>>,
    rule: Option<rule::RuleRecord>,
    welcome: Option<String>,
    /// Absent if it is false.
    broadcast: Option<bool>,
}

#[skip_serializing_none]
#[derive(Serialize, Deserialize)]
struct GroupContactRecord {
    kind: String,
    address: Option<String>,
    extension: Option<String>,
}

#[skip_serializing_none]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct VoicemailRecord {
    enabled: Option<bool>,
    send_email_notifications: Option<bool>,
    disable_email_pii: Option<bool>,
    include_email_transcriptions: Option<bool>,
    email_members: Option<bool>,
    email_group: Option<bool>,
    language: Option<String>,
    rotate_calls_secs: Option<u32>,
    stop_ringing_after_rotations: Option<u32>,
    overflow_group: Option<Uuid>,
    alert: Option<String>,
    response_prompt: Option<String>,
    response_required: Option<bool>,
    number_in_caller_id_lists: Option<bool>,
}

pub(super) fn to_record(group: &Group) -> GroupRecord {
    GroupRecord {
        id: group.id.0,
        name: group.name.as_str().into(),
        description: group.description.as_ref().map(|text| text.as_str().into()),
        kind: group.kind.word().into(),
        visibility: group.visibility.word().into(),
        state: group.state.word().into(),
        rules_visible: group.rules_visible,
        roles_enabled: group.roles_enabled,
        include_owners: group.include_owners,
        calls_enabled: group.calls_enabled,
        email: group.email.as_ref().map(|email| email.as_str().into()),
        owners: group.owners.iter().map(|owner| owner.0).collect(),
        addresses: group
            .addresses
            .iter()
            .map(|contact| GroupContactRecord {
                kind: contact.kind.word().into(),
                address: text(&contact.address),
                extension: text(&contact.extension),
            })
            .collect(),
        images: images_to_record(&group.images),
        voicemail: group.voicemail.as_deref().map(|voicemail| Box::new(voicemail_to_record(voicemail))),
        rule: group.rule.as_deref().map(rule::to_record),
        welcome: group.welcome.as_ref().map(|text| text.as_str().into()),
        broadcast: group.broadcast.then_some(true),
    }
}

pub(super) fn from_record(record: GroupRecord) -> Result<Group, StoreError> {
    let contact = |record: GroupContactRecord| {
        Ok(GroupContact {
            kind: GroupContactKind::parse(&record.kind).ok_or_else(|| unknown("contact", &record.kind))?,
            address: line(record.address),
            extension: line(record.extension),
        })
    };
    Ok(Group {
        id: GroupId(record.id),
        name: Name::stored(&record.name),
        description: record.description.as_deref().map(Prose::stored),
        kind: GroupKind::parse(&record.kind).ok_or_else(|| unknown("type of group", &record.kind))?,
        visibility: Visibility::parse(&record.visibility).ok_or_else(|| unknown("visibility", &record.visibility))?,
        state: GroupState::parse(&record.state).ok_or_else(|| unknown("state", &record.state))?,
        rules_visible: record.rules_visible,
        roles_enabled: record.roles_enabled,
        include_owners: record.include_owners,
        calls_enabled: record.calls_enabled,
        email: record.email.as_deref().map(Email::stored),
        owners: record.owners.into_iter().map(PersonId).collect(),
        addresses: record.addresses.into_iter().map(contact).collect::<Result<_, StoreError>>()?,
        images: images_from_record(record.images),
        voicemail: record.voicemail.map(|record| voicemail_from_record(*record)).transpose()?.map(Box::new),
        rule: record.rule.map(rule::from_record).transpose()?.map(Arc::new),
        welcome: record.welcome.as_deref().map(Prose::stored),
        broadcast: record.broadcast.unwrap_or(false),
    })
}

fn voicemail_to_record(voicemail: &Voicemail) -> VoicemailRecord {
    VoicemailRecord {
        enabled: voicemail.enabled,
        send_email_notifications: voicemail.send_email_notifications,
        disable_email_pii: voicemail.disable_email_pii,
        include_email_transcriptions: voicemail.include_email_transcriptions,
        email_members: voicemail.email_members,
        email_group: voicemail.email_group,
        language: text(&voicemail.language),
        rotate_calls_secs: voicemail.rotate_calls_secs,
        stop_ringing_after_rotations: voicemail.stop_ringing_after_rotations,
        overflow_group: voicemail.overflow_group.map(|group| group.0),
        alert: voicemail.alert.map(|alert| alert.word().into()),
        response_prompt: text(&voicemail.response_prompt),
        response_required: voicemail.response_required,
        number_in_caller_id_lists: voicemail.number_in_caller_id_lists,
    }
}

fn voicemail_from_record(record: VoicemailRecord) -> Result<Voicemail, StoreError> {
    let alert = |word: String| AlertKind::parse(&word).ok_or_else(|| unknown("alert", &word));
    Ok(Voicemail {
        enabled: record.enabled,
        send_email_notifications: record.send_email_notifications,
        disable_email_pii: record.disable_email_pii,
        include_email_transcriptions: record.include_email_transcriptions,
        email_members: record.email_members,
        email_group: record.email_group,
        language: line(record.language),
        rotate_calls_secs: record.rotate_calls_secs,
        stop_ringing_after_rotations: record.stop_ringing_after_rotations,
        overflow_group: record.overflow_group.map(GroupId),
        alert: record.alert.map(alert).transpose()?,
        response_prompt: line(record.response_prompt),
        response_required: record.response_required,
        number_in_caller_id_lists: record.number_in_caller_id_lists,
    })
}
