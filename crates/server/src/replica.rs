//! The directories of all organisations in memory, and the single writer of each.

pub(crate) mod batch;
pub(crate) mod creation_quota;
pub(crate) mod directories;
pub(crate) mod organisation;
