//! What is wrong with a value.

/// What is wrong with a value.
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
        what: &'static str,
        /// The most there may be.
        limit: usize,
    },
    /// It is a number out of this range.
    OutOfRange {
        /// The least it may be.
        min: u32,
        /// The most it may be.
        max: u32,
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
    /// It is no number.
    NotANumber,
    /// It is no moment.
    NotAMoment,
    /// It is no way to write dates; the reason in words.
    NotADateFormat(String),
    /// It is no regular expression that can be taken; the reason in words.
    NotAPattern(String),
    /// It does not go with a field of this name.
    NotFor(&'static str),
    /// It is this, and none of these words.
    Unknown {
        /// What it is, or the beginning of it.
        word: String,
        /// What it may be.
        words: &'static [&'static str],
    },
    /// It asks for more work than a request may.
    TooMuchWork,
    /// It is none of these words.
    NotOneOf(&'static [&'static str]),
    /// It cannot be given together with this field.
    Together(&'static str),
}
