//! The database: a log, its head's lock, and the operations, changed by statements that are each one transaction.

use super::Flaw;
use std::collections::BTreeSet;

/// A command, by its number. Those with an even number have an idempotency key.
pub type Command = usize;

pub fn has_key(command: Command) -> bool {
    command.is_multiple_of(2)
}

/// A connection of a server.
pub type Session = usize;

/// What a server writes at once.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The random number that shows whose entries they are.
    pub number: usize,
    /// The length of the log on which the commands were decided.
    pub expected: usize,
    pub commands: Vec<Command>,
    /// Whether the session holds the lock of the head.
    pub in_turn: bool,
}

/// An entry of the log.
#[derive(Clone, Debug)]
pub struct Entry {
    pub command: Command,
    batch: usize,
    /// The length of the log on which it was decided.
    pub decided_on: usize,
}

#[derive(Clone, Debug)]
pub enum Statement {
    /// Locks the row of the head.
    Lock,
    /// The length of the log, and the operations.
    LookUp,
    Commit(Batch),
    /// Whether this batch is in the log.
    IsWritten(Batch),
}

#[derive(Debug)]
pub enum Reply {
    Locked,
    Found { head: usize, done: BTreeSet<Command> },
    Moved(bool),
    Written(bool),
}

#[derive(Default)]
pub struct Database {
    pub log: Vec<Entry>,
    /// The commands with a key that were done.
    done: BTreeSet<Command>,
    /// The session that has locked the head.
    lock: Option<Session>,
}

impl Database {
    /// Runs a statement. `None` if it has to wait for the lock.
    pub fn run(&mut self, session: Session, statement: &Statement, flaw: Flaw) -> Option<Reply> {
        let is_free = self.lock.is_none_or(|holder| holder == session);
        Some(match statement {
            Statement::LookUp => Reply::Found { head: self.log.len(), done: self.done.clone() },
            Statement::IsWritten(batch) => {
                let entry = self.log.get(batch.expected);
                Reply::Written(entry.is_some_and(|entry| entry.batch == batch.number))
            }
            Statement::Lock | Statement::Commit(_) if !is_free => return None,
            Statement::Lock => {
                self.lock = Some(session);
                Reply::Locked
            }
            Statement::Commit(batch) => {
                let moves = self.accepts(batch, flaw);
                if moves {
                    for (n, command) in batch.commands.iter().enumerate() {
                        let decided_on = batch.expected + n;
                        self.log.push(Entry { command: *command, batch: batch.number, decided_on });
                    }
                    self.done.extend(batch.commands.iter().copied().filter(|command| has_key(*command)));
                }
                self.release(session);
                Reply::Moved(moves)
            }
        })
    }

    fn accepts(&self, batch: &Batch, flaw: Flaw) -> bool {
        let repeats = batch.commands.iter().any(|command| self.done.contains(command));
        let may_repeat = batch.in_turn || flaw == Flaw::Repeatable;
        (!repeats || may_repeat) && (flaw == Flaw::AnyHead || batch.expected == self.log.len())
    }

    /// Ends the transaction of a session.
    pub fn release(&mut self, session: Session) {
        if self.lock == Some(session) {
            self.lock = None;
        }
    }
}
