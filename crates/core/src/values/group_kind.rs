//! Whose group a group is.

use super::words::words;

words! {
    /// Whose group it is; fixed at creation.
    GroupKind {
        /// The organisation's.
        Official = "official",
        /// Of people among themselves.
        Social = "social",
    }
}
