//! The kind of a group: official or social.

use super::words::words;

words! {
    /// Whether a group belongs to the organisation or to people. It is set at creation and never changes.
    GroupKind {
        /// A group of the organisation.
        Official = "official",
        /// A group that people created for themselves.
        Social = "social",
    }
}
