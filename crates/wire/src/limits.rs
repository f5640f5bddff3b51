//! The limits that the documents name. The server enforces the limits of requests from here. The limits of values are
//! also in core; a test of the server compares them.

/// Entries on a page.
pub const PAGE_SIZE: u32 = 500;
/// The number of a page.
pub const PAGE_NUMBER: u32 = i32::MAX as u32;
/// The version of a group or user.
pub const VERSION: u32 = i32::MAX as u32;
/// Any other whole number, which the documents call `int32`.
pub const NUMBER: u32 = i32::MAX as u32;
/// Characters of a name.
pub const NAME_CHARS: usize = 256;
/// Members that one request can add or remove.
pub const MEMBER_IDS: usize = 50;
/// Groups that one request can put beneath a group or remove from it.
pub const SUBGROUPS: usize = 100;
/// Subscribers on a page.
pub const SUBSCRIBERS: usize = 50;
/// The greatest proficiency.
pub const PROFICIENCY: u32 = 5;
/// The shortest lifetime of a client's tokens, in seconds.
pub const TOKEN_SECONDS_MIN: u32 = 300;
/// The longest lifetime of a client's tokens, in seconds.
pub const TOKEN_SECONDS_MAX: u32 = 172_800;
