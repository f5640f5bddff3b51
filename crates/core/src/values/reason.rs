//! What is wrong with a value.

use super::group_kind::GroupKind;

/// What is wrong with a value, whoever gave it and however it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is required and absent.
    Missing,
    /// It is blank.
    Empty,
    /// It has more characters than this.
    TooLong {
        /// The most there may be.
        limit: usize,
    },
    /// It has more entries than this.
    TooMany {
        /// The most there may be.
        limit: usize,
    },
    /// It has, all entries together, more of this than a request may.
    TooManyOf {
        /// What it has.
        what: Quantity,
        /// The most there may be.
        limit: usize,
    },
    /// It has a control character, one that breaks a line, or one that turns the direction of text.
    Control,
    /// It has a character that shows nothing.
    Invisible,
    /// It has not the shape of an e-mail address.
    NotAnEmail,
    /// It is no telephone number with a country code.
    NotAPhone,
    /// It is no number from 0 to 5.
    NotAProficiency,
    /// It is nested deeper than this.
    TooDeep {
        /// The deepest it may be.
        limit: usize,
    },
    /// No skill has this name or id.
    NoSuchSkill(String),
    /// One skill has this as its id, and another as its name.
    AmbiguousSkill(String),
    /// It is no regular expression that can be taken; the reason in words.
    NotAPattern(String),
    /// The group is of this kind, and stays so.
    KindIsFixed(GroupKind),
}

/// What is counted over all entries of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Groups that one command changes by its consequences.
    ChangedGroups,
    /// Groups above those that others are put beneath, and beneath those others.
    GroupsAboveAndBeneath,
    /// Comparisons of one skill, with those of all rules that compare it.
    ComparisonsOfSkill,
}
