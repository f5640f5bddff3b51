//! Conversion between the words of the API and the values of the directory. Each is an exhaustive match.

use convoke_core::*;
use convoke_wire::genesys as wire;

pub(super) fn group_kind(word: wire::GroupType) -> Option<GroupKind> {
    Some(match word {
        wire::GroupType::Official => GroupKind::Official,
        wire::GroupType::Social => GroupKind::Social,
        wire::GroupType::Other(_) => return None,
    })
}

pub(super) fn group_kind_word(value: GroupKind) -> wire::GroupType {
    match value {
        GroupKind::Official => wire::GroupType::Official,
        GroupKind::Social => wire::GroupType::Social,
    }
}

pub(super) fn group_state(word: wire::GroupState) -> Option<GroupState> {
    Some(match word {
        wire::GroupState::Active => GroupState::Active,
        wire::GroupState::Inactive => GroupState::Inactive,
        wire::GroupState::Other(_) => return None,
    })
}

pub(super) fn group_state_word(value: GroupState) -> wire::GroupState {
    match value {
        GroupState::Active => wire::GroupState::Active,
        GroupState::Inactive => wire::GroupState::Inactive,
    }
}

pub(super) fn group_contact_kind(word: wire::GroupContactType) -> Option<GroupContactKind> {
    Some(match word {
        wire::GroupContactType::Ring => GroupContactKind::Ring,
        wire::GroupContactType::Phone => GroupContactKind::Phone,
        wire::GroupContactType::Other(_) => return None,
    })
}

pub(super) fn group_contact_kind_word(value: GroupContactKind) -> wire::GroupContactType {
    match value {
        GroupContactKind::Ring => wire::GroupContactType::Ring,
        GroupContactKind::Phone => wire::GroupContactType::Phone,
    }
}

pub(super) fn media(word: wire::MediaType) -> Option<Media> {
    Some(match word {
        wire::MediaType::Phone => Media::Phone,
        wire::MediaType::Email => Media::Email,
        wire::MediaType::Sms => Media::Sms,
        wire::MediaType::Other(_) => return None,
    })
}

pub(super) fn media_word(value: Media) -> wire::MediaType {
    match value {
        Media::Phone => wire::MediaType::Phone,
        Media::Email => wire::MediaType::Email,
        Media::Sms => wire::MediaType::Sms,
    }
}

pub(super) fn contact_kind(word: wire::ContactType) -> Option<ContactKind> {
    Some(match word {
        wire::ContactType::Primary => ContactKind::Primary,
        wire::ContactType::Work => ContactKind::Work,
        wire::ContactType::Work2 => ContactKind::Work2,
        wire::ContactType::Work3 => ContactKind::Work3,
        wire::ContactType::Work4 => ContactKind::Work4,
        wire::ContactType::Home => ContactKind::Home,
        wire::ContactType::Mobile => ContactKind::Mobile,
        wire::ContactType::Main => ContactKind::Main,
        wire::ContactType::Unspecified => ContactKind::Other,
        wire::ContactType::Other(_) => return None,
    })
}

pub(super) fn contact_kind_word(value: ContactKind) -> wire::ContactType {
    match value {
        ContactKind::Primary => wire::ContactType::Primary,
        ContactKind::Work => wire::ContactType::Work,
        ContactKind::Work2 => wire::ContactType::Work2,
        ContactKind::Work3 => wire::ContactType::Work3,
        ContactKind::Work4 => wire::ContactType::Work4,
        ContactKind::Home => wire::ContactType::Home,
        ContactKind::Mobile => wire::ContactType::Mobile,
        ContactKind::Main => wire::ContactType::Main,
        ContactKind::Other => wire::ContactType::Unspecified,
    }
}

pub(super) fn alert(word: wire::AlertType) -> Option<AlertKind> {
    Some(match word {
        wire::AlertType::Random => AlertKind::Random,
        wire::AlertType::RoundRobin => AlertKind::RoundRobin,
        wire::AlertType::Sequential => AlertKind::Sequential,
        wire::AlertType::Other(_) => return None,
    })
}

pub(super) fn alert_word(value: AlertKind) -> wire::AlertType {
    match value {
        AlertKind::Random => wire::AlertType::Random,
        AlertKind::RoundRobin => wire::AlertType::RoundRobin,
        AlertKind::Sequential => wire::AlertType::Sequential,
    }
}

pub(super) fn comparator(word: wire::Comparator) -> Option<Comparator> {
    Some(match word {
        wire::Comparator::EqualTo => Comparator::EqualTo,
        wire::Comparator::NotEqualTo => Comparator::NotEqualTo,
        wire::Comparator::LessThan => Comparator::LessThan,
        wire::Comparator::LessThanOrEqualTo => Comparator::LessThanOrEqualTo,
        wire::Comparator::GreaterThan => Comparator::GreaterThan,
        wire::Comparator::GreaterThanOrEqualTo => Comparator::GreaterThanOrEqualTo,
        wire::Comparator::Other(_) => return None,
    })
}

pub(super) fn comparator_word(value: Comparator) -> wire::Comparator {
    match value {
        Comparator::EqualTo => wire::Comparator::EqualTo,
        Comparator::NotEqualTo => wire::Comparator::NotEqualTo,
        Comparator::LessThan => wire::Comparator::LessThan,
        Comparator::LessThanOrEqualTo => wire::Comparator::LessThanOrEqualTo,
        Comparator::GreaterThan => wire::Comparator::GreaterThan,
        Comparator::GreaterThanOrEqualTo => wire::Comparator::GreaterThanOrEqualTo,
    }
}

pub(super) fn tag(word: wire::Operation) -> Option<Tag> {
    Some(match word {
        wire::Operation::And => Tag::And,
        wire::Operation::Or => Tag::Or,
        wire::Operation::Not => Tag::Not,
        wire::Operation::Other(_) => return None,
    })
}

pub(super) fn tag_word(value: Tag) -> wire::Operation {
    match value {
        Tag::And => wire::Operation::And,
        Tag::Or => wire::Operation::Or,
        Tag::Not => wire::Operation::Not,
    }
}

/// The documents have `ownerIds` in updates, and `owners` in groups. Both are accepted.
pub(super) fn visibility(word: wire::Visibility) -> Option<Visibility> {
    Some(match word {
        wire::Visibility::Public => Visibility::Public,
        wire::Visibility::Owners | wire::Visibility::OwnerIds => Visibility::Owners,
        wire::Visibility::Members => Visibility::Members,
        wire::Visibility::Other(_) => return None,
    })
}

pub(super) fn visibility_word(value: Visibility) -> wire::Visibility {
    match value {
        Visibility::Public => wire::Visibility::Public,
        Visibility::Owners => wire::Visibility::Owners,
        Visibility::Members => wire::Visibility::Members,
    }
}

/// The states that a user can be set to. Only deleting a user gives `deleted`.
pub(super) fn living_state(word: wire::UserState) -> Option<LivingState> {
    match word {
        wire::UserState::Active => Some(LivingState::Active),
        wire::UserState::Inactive => Some(LivingState::Inactive),
        wire::UserState::Deleted | wire::UserState::Other(_) => None,
    }
}

pub(super) fn person_state_word(value: PersonState) -> wire::UserState {
    match value {
        PersonState::Active => wire::UserState::Active,
        PersonState::Inactive => wire::UserState::Inactive,
        PersonState::Deleted => wire::UserState::Deleted,
    }
}
