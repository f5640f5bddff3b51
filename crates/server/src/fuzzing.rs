//! What the targets in `fuzz/` run, and the test that plays their corpus.

pub use crate::api::genesys::fuzzing::{q64, rule, search};
pub use crate::api::kaizala::fuzzing::body;
