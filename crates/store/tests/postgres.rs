//! The suite of what every store must do, with PostgreSQL, and tests of what only several processes on one database need.
//! `cargo xtask test postgres` starts a cluster for them and runs them.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

#[path = "postgres/arm.rs"]
mod arm;
#[path = "postgres/commits.rs"]
mod commits;
#[path = "postgres/opening.rs"]
mod opening;
#[path = "postgres/proxy.rs"]
mod proxy;
mod suite;
