//! Reasons why a value is invalid.

use super::group_kind::GroupKind;

/// Why a value is invalid, independent of its field and format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is required and absent.
    Missing,
    /// It is blank.
    Empty,
    /// It has too many characters.
    TooLong {
        /// The maximum.
        limit: usize,
    },
    /// It has too many entries.
    TooMany {
        /// The maximum.
        limit: usize,
    },
    /// All entries together exceed a limit.
    TooManyOf {
        /// What is counted.
        what: Quantity,
        /// The maximum.
        limit: usize,
    },
    /// It has a control character, a line break, or a character that changes the direction of text.
    Control,
    /// It has an invisible character.
    Invisible,
    /// It does not have the form of an e-mail address.
    NotAnEmail,
    /// It is not a telephone number with a country code.
    NotAPhone,
    /// It is not a number from 0 to 5.
    NotAProficiency,
    /// It is nested too deeply.
    TooDeep {
        /// The maximum depth.
        limit: usize,
    },
    /// No skill has this name or id.
    NoSuchSkill(String),
    /// It is the id of one skill and the name of another.
    AmbiguousSkill(String),
    /// It is not a regular expression that the server accepts; the text says why.
    NotAPattern(String),
    /// The group has this kind, which cannot change.
    KindIsFixed(GroupKind),
}

/// What is counted over all entries of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Groups that one command changes as a consequence.
    ChangedGroups,
    /// Groups above a new edge times the groups beneath it.
    GroupsAboveAndBeneath,
    /// Comparisons of one skill in all rules together.
    ComparisonsOfSkill,
}
