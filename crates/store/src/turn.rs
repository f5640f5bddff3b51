//! Turns to commit to an organisation's log, in any database.

use crate::postgres::PostgresTurn;
use crate::sqlite::turns::SqliteTurn;

/// The turn to commit to an organisation's log. Other writers wait until it is used or dropped.
pub struct Turn(pub(crate) TurnOf);

/// The turn in one of the databases.
pub(crate) enum TurnOf {
    Sqlite(SqliteTurn),
    /// Boxed, because it holds a connection.
    Postgres(Box<PostgresTurn>),
}

/// Whether a batch is committed in the turn of its organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InTurn {
    /// No other writer can commit. The writer has looked the operations up, and may replace those that are older than it
    /// has to remember.
    Yes,
    /// Another writer may have done one of the operations since they were looked up. Then the batch is lost.
    No,
}

impl From<SqliteTurn> for Turn {
    fn from(turn: SqliteTurn) -> Self {
        Turn(TurnOf::Sqlite(turn))
    }
}

impl From<PostgresTurn> for Turn {
    fn from(turn: PostgresTurn) -> Self {
        Turn(TurnOf::Postgres(Box::new(turn)))
    }
}
