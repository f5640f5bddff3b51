//! The JSON types of every API, and one table of endpoints for each. This crate has no rules and does no I/O. The
//! server routes by the tables, the OpenAPI documents are generated from them, and clients call by them. A path is
//! written only here.
//!
//! Reading replies is more tolerant than writing them. Convoke always writes the fields that its documents require;
//! other servers may omit almost any field except ids.

pub mod endpoint;
pub mod genesys;
pub mod health;
pub mod import;
pub mod kaizala;
pub mod limits;
pub mod oauth;
pub mod operator;
pub mod query;
pub mod word;

pub use endpoint::{ApiName, BodyUse, Description, Effect, Endpoint, Nothing};
