//! Sets of slots, sorted lists of slots, columns of searchable texts, and expressions over sets. This room knows
//! slots and texts only, not people or groups.

mod column;
mod expression;
mod key_index;
mod map;
mod matching;
mod order;
mod pattern;
mod ranking;
mod set;
mod short;

pub(crate) use column::{Column, Needles};
pub use expression::{Expression, Tag};
pub(crate) use key_index::KeyIndex;
pub(crate) use map::Map;
pub(crate) use matching::Wanted;
pub use matching::{Match, Test};
pub use pattern::Pattern;
pub(crate) use ranking::Ranking;
pub(crate) use set::{Presence, Set};
pub(crate) use short::ShortSet;
