//! Code that the experiments share with the tests of `crates/cli`: a connection, and the ledgers and the audit of
//! sixteen writers.

#[path = "../../../crates/cli/tests/kill/audit.rs"]
pub mod audit;
#[path = "../../../crates/cli/tests/server/connection.rs"]
pub mod connection;
#[path = "../../../crates/cli/tests/kill/operation.rs"]
pub mod operation;
#[path = "../../../crates/cli/tests/kill/writer.rs"]
pub mod writer;
