//! What goes over the wire: the JSON of every API, and one table of endpoints for each.
//! Knows no rule and does no I/O. The server routes by the tables, the OpenAPI documents are
//! printed from them, and clients call by them: a path is written once, here.
//!
//! Replies are read more loosely than they are written: Convoke always writes the fields that its
//! documents require, and other servers leave out nearly any but ids.

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
