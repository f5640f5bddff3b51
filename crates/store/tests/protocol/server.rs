//! A server: what it shows, and how far it is with a batch.

use super::Flaw;
use super::database::{Batch, Command, Reply, Session, Statement, has_key};
use std::collections::BTreeSet;

pub struct Server {
    pub is_up: bool,
    /// The commands of the log up to the entry that it has applied: what it shows.
    pub shown: Vec<Command>,
    /// Commands that wait for the next batch.
    pub queue: Vec<Command>,
    pub session: Session,
    pub phase: Phase,
}

/// What a server waits for.
#[derive(Clone, Debug)]
pub enum Phase {
    Idle,
    /// For the lock of the head, to decide these commands.
    Locking(Vec<Command>),
    /// For the operations that were done before, in the turn or not.
    LookingUp(Vec<Command>, bool),
    /// For the outcome of a batch. Whether the outcome of an earlier attempt is not known.
    Committing(Batch, bool),
    /// For whether an earlier attempt wrote the batch.
    Asking(Batch),
}

/// What a server does next.
pub enum Action {
    Send(Statement),
    /// These commands are on the disk.
    Acknowledge(Vec<Command>),
    /// These commands are to be decided in a turn: a race was lost, or the log is ahead of what the server shows.
    TakeTurn(Vec<Command>),
}

impl Server {
    pub fn new(session: Session) -> Self {
        Server { is_up: true, shown: Vec::new(), queue: Vec::new(), session, phase: Phase::Idle }
    }

    /// The commands that it works on.
    pub fn at_work(&self) -> &[Command] {
        match &self.phase {
            Phase::Idle => &[],
            Phase::Locking(commands) | Phase::LookingUp(commands, _) => commands,
            Phase::Committing(batch, _) | Phase::Asking(batch) => &batch.commands,
        }
    }

    /// Begins with all commands that wait.
    pub fn begin(&mut self, number: usize, flaw: Flaw) -> Action {
        let mut commands = std::mem::take(&mut self.queue);
        commands.sort_unstable();
        commands.dedup();
        if commands.iter().any(|command| has_key(*command)) && flaw != Flaw::Repeatable {
            self.phase = Phase::LookingUp(commands, false);
            return Action::Send(Statement::LookUp);
        }
        self.commit(commands, number, false)
    }

    pub fn commit(&mut self, commands: Vec<Command>, number: usize, in_turn: bool) -> Action {
        let batch = Batch { number, expected: self.shown.len(), commands, in_turn };
        self.phase = Phase::Committing(batch.clone(), false);
        Action::Send(Statement::Commit(batch))
    }

    /// Takes the reply to its statement. `log` is what it reads when it follows, `number` is for a new batch.
    pub fn take(&mut self, reply: Reply, log: &[Command], number: usize, flaw: Flaw) -> Action {
        match (std::mem::replace(&mut self.phase, Phase::Idle), reply) {
            (Phase::Locking(commands), Reply::Locked) => {
                if flaw != Flaw::Stale {
                    self.shown = log.to_vec();
                }
                self.phase = Phase::LookingUp(commands, true);
                Action::Send(Statement::LookUp)
            }
            (Phase::LookingUp(commands, false), Reply::Found { head, .. }) if head > self.shown.len() => {
                Action::TakeTurn(commands)
            }
            (Phase::LookingUp(commands, in_turn), Reply::Found { done, .. }) => {
                self.decide(commands, &done, number, in_turn)
            }
            (Phase::Committing(batch, _), Reply::Moved(true)) | (Phase::Asking(batch), Reply::Written(true)) => {
                self.shown.extend(&batch.commands);
                Action::Acknowledge(batch.commands)
            }
            (Phase::Committing(batch, true), Reply::Moved(false)) if flaw != Flaw::NeverAsked => {
                self.phase = Phase::Asking(batch.clone());
                Action::Send(Statement::IsWritten(batch))
            }
            (Phase::Committing(batch, _), Reply::Moved(false)) | (Phase::Asking(batch), Reply::Written(false)) => {
                if flaw == Flaw::Stale {
                    self.lose_in_vain(batch, log)
                } else {
                    Action::TakeTurn(batch.commands)
                }
            }
            (phase, reply) => panic!("{reply:?} in {phase:?}"),
        }
    }

    /// Operations that were done before are answered from what it shows.
    fn decide(&mut self, commands: Vec<Command>, done: &BTreeSet<Command>, number: usize, in_turn: bool) -> Action {
        let (before, new): (Vec<_>, Vec<_>) = commands.into_iter().partition(|command| done.contains(command));
        if new.is_empty() {
            return Action::Acknowledge(before);
        }
        // Repeated operations wait for the commit of the others.
        self.queue.extend(before);
        self.commit(new, number, in_turn)
    }

    /// With the flaw: expects the new head, and still shows the old entries.
    fn lose_in_vain(&mut self, batch: Batch, log: &[Command]) -> Action {
        let batch = Batch { expected: log.len(), in_turn: false, ..batch };
        self.phase = Phase::Committing(batch.clone(), false);
        Action::Send(Statement::Commit(batch))
    }
}
