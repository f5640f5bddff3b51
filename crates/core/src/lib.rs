//! The directory of one organisation: its people, its groups, its callers, and every rule about them.
//!
//! Nothing here does I/O, reads a clock, draws a random number or knows a wire format: time and ids
//! come in as arguments, so each rule can be tested as data.
//!
//! - A change goes [`Command`] → [`decide`] → [`Change`]s → [`Directory::apply`].
//! - A question is asked of a [`View`], which only [`admit`] hands out: no reading without a caller.
//! - What is derived (orders, indexes, members) is recomputed and compared by [`verify`].

mod command;
mod decide;
mod directory;
mod fault;
pub mod limits;
mod model;
mod order;
mod policy;
mod query;
mod set;
mod text;
pub mod verify;

pub use command::{
    Change, ClientDraft, ClientEdit, Command, Decision, GroupDraft, GroupEdit, PersonDraft, PersonEdit, Subject,
};
pub use decide::{decide, found};
pub use directory::{Directory, GroupEntry, Outcome, Records, Unfit};
pub use fault::{Conflict, Fault, Kind, Reason};
pub use model::*;
pub use policy::{Actor, Caller, DEFAULT_ROLES, DefaultRole, Permission, Permissions, admit};
pub use query::{Direction, Listing, Page, PeopleFilter, PersonFilter, View};
pub use text::{Email, Line, Name, Prose, fold};
