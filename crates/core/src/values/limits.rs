//! Every limit of the values of a directory. Texts are checked by the constructors of their types, lists by the
//! decision of the command that has them.

/// Characters (Unicode scalar values) in a name: of a person, a group, a client.
pub const NAME_CHARS: usize = 256;
/// Characters in one line of text: a title, a department, a skill.
pub const LINE_CHARS: usize = 256;
/// Characters in a text of several lines: a description, a biography.
pub const PROSE_CHARS: usize = 4_096;
/// Characters in an e-mail address (RFC 5321, section 4.5.3.1.3, less the angle brackets).
pub const EMAIL_CHARS: usize = 254;
/// People that one request may name by their numbers.
pub const PHONES: usize = 100;
/// Groups that one request may put beneath a group or remove from it.
pub const SUBGROUPS: usize = 100;
/// Levels of groups beneath a group.
pub const HIERARCHY_DEPTH: usize = 10;
/// The number of groups above a new edge times the number of groups that it brings beneath them.
pub const HIERARCHY_WORK: usize = 200_000;
/// Owners of one group.
pub const OWNERS: usize = 500;
/// Addresses, images, profile skills and other short lists of one person or group.
pub const LIST_ITEMS: usize = 100;
/// Skills of one person, all kinds together.
pub const SKILLS_HELD: usize = 500;
/// Levels of nested criteria, and of nested conditions.
pub const DEPTH: usize = 12;
/// Comparisons of one rule. In a search, the fields of all criteria together.
pub const TERMS: usize = 64;
/// Groups that one command changes as a consequence, such as the groups that a deleted person leaves. Each takes 40
/// bytes of one row of the log, and a row of SQLite has at most 1,000,000,000 bytes.
pub const CONSEQUENCES: usize = 100_000;
/// Comparisons in all rules that name one skill. When the skill is deleted, they may all be evaluated again for
/// everyone who had it.
pub const SKILL_COMPARISONS: usize = 200_000;
/// Values that one search compares with.
pub const VALUES: usize = 500;
/// Total bytes of the values of one search. Its `q64` contains all of them.
pub const VALUE_BYTES: usize = 32 * 1024;
/// The maximum estimated time of a search, in nanoseconds of one core.
pub const WORK: usize = 5_000_000_000;
/// Sort keys of one search.
pub const SORT_KEYS: usize = 8;
/// Patterns in one search. Compiling a large one takes some milliseconds.
pub const PATTERNS: usize = 8;
/// Bytes in a pattern.
pub const PATTERN_BYTES: usize = 1024;
/// Bytes of a compiled pattern.
pub const PATTERN_COMPILED_BYTES: usize = 1024 * 1024;
/// Character classes in a pattern, including nested ones.
pub const PATTERN_CLASSES: usize = 16;
/// Levels of nested groups in a pattern.
pub const PATTERN_DEPTH: u32 = 32;
/// Roles of one OAuth client.
pub const CLIENT_ROLES: usize = 50;
/// The greatest version. Callers may store versions as signed 32-bit integers.
pub const VERSION: u32 = i32::MAX as u32;
/// The default lifetime of an access token, in seconds.
pub const TOKEN_SECONDS_DEFAULT: u32 = 86_400;
/// The shortest and the longest lifetime of an access token, in seconds.
pub const TOKEN_SECONDS: (u32, u32) = (300, 172_800);
