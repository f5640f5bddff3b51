//! The bounds that the documents name. The server enforces those of requests from here. Those of values are core's too,
//! and a test of the server compares the two.

/// Entries on a page.
pub const PAGE_SIZE: u32 = 500;
/// The number of a page.
pub const PAGE_NUMBER: u32 = i32::MAX as u32;
/// The version of a group or user.
pub const VERSION: u32 = i32::MAX as u32;
/// Any other whole number, which documents call an `int32`.
pub const NUMBER: u32 = i32::MAX as u32;
/// Characters of a name.
pub const NAME_CHARS: usize = 256;
/// Members to add or remove by one request.
pub const MEMBER_IDS: usize = 50;
/// Groups to put beneath a group, or to take out, by one request.
pub const SUBGROUPS: usize = 100;
/// Subscribers on a page.
pub const SUBSCRIBERS: usize = 50;
/// The best that a skill can be held, and what a rule can compare it with.
pub const PROFICIENCY: u32 = 5;
/// The fewest seconds for which the tokens of a client are good.
pub const TOKEN_SECONDS_MIN: u32 = 300;
/// The most seconds for which the tokens of a client are good.
pub const TOKEN_SECONDS_MAX: u32 = 172_800;
