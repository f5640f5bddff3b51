//! The functions that the targets in `fuzz/` run, and that a test runs on their corpus. Each accepts any bytes, panics
//! if one response contradicts another, and returns whether the bytes were valid input.

mod body;
mod q64;
mod rule;
mod search;
mod small;

pub use body::body;
pub use q64::q64;
pub use rule::rule;
pub use search::search;
