//! The listener: accepts connections, limits their number and duration, and closes them in an orderly way.

pub(crate) mod accept;
mod framing;
pub(crate) mod limiter;
mod phase;
mod timed;
pub(crate) mod tls;
