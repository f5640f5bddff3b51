//! HTTP, independent of any API: addresses, bodies, responses, refusals, and the limits of each.

pub(crate) mod body;
pub(crate) mod budget;
pub(crate) mod failures;
pub(crate) mod json;
pub(crate) mod lanes;
pub(crate) mod peer;
pub(crate) mod pieces;
pub(crate) mod problem;
pub(crate) mod refusal;
pub(crate) mod rendered;
pub(crate) mod response;
