//! A client of the Genesys Cloud groups API, of Kaizala's, and of Convoke, which answers both.

mod address;
mod answer;
mod api;
mod client;
mod config;
mod error;
pub mod kaizala;
mod pages;
mod reply;
mod retry;
mod secret;
mod sign_in;
mod tokens;
mod transport;

pub use answer::{Answer, Download};
pub use api::*;
pub use client::Client;
pub use config::{Config, ConfigError, REGIONS};
pub use convoke_wire::{Dialect, Effect, Endpoint, Nothing, genesys, oauth, operator};
pub use error::{Error, Refused, RefusedBody, Unexpected};
pub use futures_util::stream::BoxStream;
pub use futures_util::{StreamExt, TryStreamExt};
