//! Which people a listing has.

use crate::records::PersonState;

/// Which people a listing has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeopleFilter {
    /// Those in one state.
    In(PersonState),
    /// All.
    Any,
}
