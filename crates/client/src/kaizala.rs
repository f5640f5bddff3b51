//! The Kaizala groups API: what goes over the wire, and [`Groups`], which calls it.

mod groups;

pub use convoke_wire::kaizala::*;
pub use groups::Groups;
