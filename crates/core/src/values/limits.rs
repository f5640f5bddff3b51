//! Every bound on what a directory takes in, by name. A text past one is refused by the constructor
//! of its type, a list by the decision about the command that it is in.

/// Characters (Unicode scalar values) in a name: of a person, a group, a client.
pub const NAME_CHARS: usize = 256;
/// Characters in one line of text: a title, a department, a skill.
pub const LINE_CHARS: usize = 256;
/// Characters in a text of several lines: a description, a biography.
pub const PROSE_CHARS: usize = 4_096;
/// Characters in an e-mail address (RFC 5321, section 4.5.3.1.3, less the angle brackets).
pub const EMAIL_CHARS: usize = 254;
/// People that one call may name by their numbers.
pub const PHONES: usize = 100;
/// Sub-groups that one call may attach or detach.
pub const SUBGROUPS: usize = 100;
/// Levels of groups beneath a group.
pub const HIERARCHY_DEPTH: usize = 10;
/// Groups that one attached group may come to be beneath, times the groups that come with it.
pub const HIERARCHY_WORK: usize = 200_000;
/// Owners of one group.
pub const OWNERS: usize = 500;
/// Addresses, images, profile skills and other short lists of one person or group.
pub const LIST_ITEMS: usize = 100;
/// Skills of one person, all kinds together.
pub const SKILLS_HELD: usize = 500;
/// Levels of criteria within criteria, and of conditions within conditions.
pub const DEPTH: usize = 12;
/// Comparisons in one rule; in one search, fields that are compared, each counted with each criterion.
pub const TERMS: usize = 64;
/// Groups that one command changes by its consequences, such as the groups that a deleted person leaves: each
/// takes 40 bytes of one row of the log, and SQLite takes rows of 1,000,000,000 bytes.
pub const CONSEQUENCES: usize = 100_000;
/// Comparisons that all rules which name one skill have together: so many may have to be evaluated again,
/// for all who had it, when the skill is deleted.
pub const SKILL_COMPARISONS: usize = 200_000;
/// Values that one search compares with.
pub const VALUES: usize = 500;
/// Bytes that the values of one search have together: as many as callers are told to send again.
pub const VALUE_BYTES: usize = 32 * 1024;
/// Nanoseconds of one core that one search may take, as far as they can be estimated before it runs.
pub const WORK: usize = 5_000_000_000;
/// Keys that one search is ordered by.
pub const SORT_KEYS: usize = 8;
/// Patterns in one search: compiling a large one takes some milliseconds.
pub const PATTERNS: usize = 8;
/// Bytes in a pattern.
pub const PATTERN_BYTES: usize = 1024;
/// Bytes that a compiled pattern may take.
pub const PATTERN_COMPILED_BYTES: usize = 1024 * 1024;
/// Classes of characters in a pattern, those within others included.
pub const PATTERN_CLASSES: usize = 16;
/// Levels of groups within groups in a pattern.
pub const PATTERN_DEPTH: u32 = 32;
/// Roles of one OAuth client.
pub const CLIENT_ROLES: usize = 50;
/// The last version. Callers may keep versions in 32 bits with a sign.
pub const VERSION: u32 = i32::MAX as u32;
/// Seconds for which an access token is good where its client names none.
pub const TOKEN_SECONDS_DEFAULT: u32 = 86_400;
/// The shortest and the longest life of an access token, in seconds.
pub const TOKEN_SECONDS: (u32, u32) = (300, 172_800);
