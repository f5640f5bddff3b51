//! The suite of what every store must do, with SQLite, and tests of SQLite's files.

#[path = "store/arm.rs"]
mod arm;
#[path = "store/damage.rs"]
mod damage;
#[path = "store/files.rs"]
mod files;
#[path = "store/formats.rs"]
mod formats;
#[path = "store/given.rs"]
mod given;
#[path = "store/place.rs"]
mod place;
#[path = "store/restoring.rs"]
mod restoring;
mod suite;
#[path = "store/tail.rs"]
mod tail;
