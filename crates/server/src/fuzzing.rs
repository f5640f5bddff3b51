//! What the targets in `fuzz/` run, and the test that plays their corpus. Each takes any bytes, fails when a
//! response contradicts another, and says whether the bytes were understood.

mod body;
mod q64;
mod rule;
mod search;
mod small;

pub use body::body;
pub use q64::q64;
pub use rule::rule;
pub use search::search;
