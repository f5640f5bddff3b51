//! The Kaizala groups API: the wire types, and [`Groups`], which calls its operations.

mod groups;

pub use convoke_wire::kaizala::*;
pub use groups::Groups;
