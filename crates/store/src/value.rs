//! Values of columns, as every database of this crate has them.

use rusqlite::types::ValueRef;
use uuid::Uuid;

/// One value of a row that was read or is about to be written. Checksums are computed from these, so that they are the
/// same in every database.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'v> {
    Null,
    Integer(i64),
    Real(f64),
    /// A text, which a damaged database may hold in another encoding than UTF-8.
    Text(&'v [u8]),
    Blob(&'v [u8]),
}

impl<'v> From<ValueRef<'v>> for Value<'v> {
    fn from(value: ValueRef<'v>) -> Self {
        match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Text(text) => Value::Text(text),
            ValueRef::Blob(bytes) => Value::Blob(bytes),
        }
    }
}

/// One value of a row that is to be written.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Uuid(Uuid),
    Text(String),
    Integer(i64),
    Real(f64),
}
