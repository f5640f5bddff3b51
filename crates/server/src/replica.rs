//! Directories at work: all organisations, and the one writer of each.

pub(crate) mod batch;
pub(crate) mod directories;
pub(crate) mod newcomers;
pub(crate) mod organisation;
