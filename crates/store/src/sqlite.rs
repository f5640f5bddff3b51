//! The store on SQLite.

pub(crate) mod backup;
pub(crate) mod chain;
pub(crate) mod check;
pub(crate) mod head;
pub(crate) mod inspection;
pub(crate) mod load;
pub(crate) mod place;
pub(crate) mod restore;
pub(crate) mod schema;
pub(crate) mod state;
pub(crate) mod tables;
pub(crate) mod tail;
pub(crate) mod token;
pub(crate) mod writer;
