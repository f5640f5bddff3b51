//! The listener: accepts connections, limits their number and duration, and closes them in an orderly way.

pub(crate) mod accept;
mod framing;
mod phase;
pub(crate) mod places;
mod timed;
pub(crate) mod tls;
