//! The filter of listings of people.

use crate::records::PersonState;

/// Selects the people of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeopleFilter {
    /// People in one state.
    In(PersonState),
    /// All people, including deleted ones.
    Any,
}
