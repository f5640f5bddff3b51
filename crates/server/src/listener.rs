//! The listener: accepts connections, bounds them in number and time, and ends them in order.

pub(crate) mod accept;
mod framing;
mod phase;
pub(crate) mod places;
mod timed;
pub(crate) mod tls;
