//! Basic values: ids, texts, permissions, windows, refusals. Each is validated when it is created, and is independent
//! of the directory.

mod actor;
mod cancel;
mod fault;
mod field;
mod group_kind;
mod id;
mod invisible;
pub mod limits;
mod permission;
mod phone;
mod reason;
mod text;
mod timestamp;
mod update;
mod window;
pub(crate) mod words;

pub use actor::Actor;
pub use cancel::{CancelFlag, Cancelled};
pub use fault::{Conflict, Fault, Kind};
pub use field::Field;
pub use group_kind::GroupKind;
pub use id::{ClientId, DivisionId, GroupId, OrganisationId, PersonId, RoleId, SkillId};
pub use permission::{Permission, Permissions};
pub use phone::Phone;
pub use reason::{Quantity, Reason};
pub use text::{Email, Line, Name, Prose, fold};
pub use timestamp::Timestamp;
pub use update::Update;
pub use window::{Direction, Listing, Window};
