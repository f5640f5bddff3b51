//! Directories at work: all organisations, and the one writer of each.

pub(crate) mod batch;
pub(crate) mod creation_quota;
pub(crate) mod directories;
pub(crate) mod organisation;
