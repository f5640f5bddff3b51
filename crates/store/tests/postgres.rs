//! The suite of what every store must do, with PostgreSQL, and tests of what only several processes on one database need.
//! `cargo xtask test postgres` starts a cluster for them and runs them.

#[path = "postgres/arm.rs"]
mod arm;
mod suite;
