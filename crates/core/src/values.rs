//! What everything above speaks in: ids, texts, permissions, pages, refusals. Each is checked when it is
//! made, and knows nothing of a directory.

mod actor;
mod fault;
mod id;
mod invisible;
pub mod limits;
mod permission;
mod phone;
mod reason;
mod stop;
mod text;
mod timestamp;
mod update;
mod window;

pub use actor::Actor;
pub use fault::{Conflict, Fault, Kind};
pub use id::{ClientId, DivisionId, GroupId, OrganisationId, PersonId, RoleId, SkillId};
pub use permission::{Permission, Permissions};
pub use phone::Phone;
pub use reason::Reason;
pub use stop::{Stop, Stopped};
pub use text::{Email, Line, Name, Prose, fold};
pub use timestamp::Timestamp;
pub use update::Update;
pub use window::{Direction, Listing, Page};
