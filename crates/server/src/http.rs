//! HTTP without any API: addresses, bodies, answers, refusals, and the bounds on all of them.

pub(crate) mod answer;
pub(crate) mod body;
pub(crate) mod budget;
pub(crate) mod failures;
pub(crate) mod json;
pub(crate) mod lanes;
pub(crate) mod peer;
pub(crate) mod pieces;
pub(crate) mod problem;
pub(crate) mod refusal;
