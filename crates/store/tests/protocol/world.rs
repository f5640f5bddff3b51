//! A run: at each step one thing happens, drawn by the seed.

use super::Flaw;
use super::database::{Command, Database, Session, Statement, has_key};
use super::server::{Action, Phase, Server};
use fastrand::Rng;
use std::collections::BTreeSet;

const SERVERS: usize = 3;
const COMMANDS: usize = 8;
/// The number of steps with faults. Afterwards everything works until nothing is left to do.
const FAULTY_STEPS: usize = 120;
const MAX_STEPS: usize = 2000;

/// A statement on its way to the database, or waiting there.
struct Flight {
    session: Session,
    statement: Statement,
    /// The server that waits for the reply. Nobody does once the connection is broken.
    waiting: Option<usize>,
}

pub struct World {
    rng: Rng,
    flaw: Flaw,
    database: Database,
    servers: Vec<Server>,
    flights: Vec<Flight>,
    /// Sessions whose server is gone, which the database has not noticed.
    broken: Vec<Session>,
    /// Numbers of sessions and batches.
    last_number: usize,
    /// Commands that a client is to send, for the first time or again.
    unsent: Vec<Command>,
    /// Commands that a server acknowledged.
    acknowledged: BTreeSet<Command>,
    /// Commands whose client knows.
    known: BTreeSet<Command>,
    pub n_turns: usize,
    pub n_unknown: usize,
}

impl World {
    /// Runs to the end, or to the first violation.
    pub fn run(seed: u64, flaw: Flaw) -> Result<World, String> {
        let mut world = World {
            rng: Rng::with_seed(seed),
            flaw,
            database: Database::default(),
            servers: (0..SERVERS).map(Server::new).collect(),
            flights: Vec::new(),
            broken: Vec::new(),
            last_number: SERVERS,
            unsent: (0..COMMANDS).collect(),
            acknowledged: BTreeSet::new(),
            known: BTreeSet::new(),
            n_turns: 0,
            n_unknown: 0,
        };
        for step in 0..MAX_STEPS {
            let is_faulty = step < FAULTY_STEPS;
            world.step(is_faulty);
            world.check()?;
            if !is_faulty && world.is_quiet() {
                world.settle()?;
                return Ok(world);
            }
        }
        Err("it never comes to rest".into())
    }

    pub fn n_entries(&self) -> usize {
        self.database.log.len()
    }

    fn step(&mut self, is_faulty: bool) {
        let server = self.rng.usize(..SERVERS);
        match self.rng.u8(..if is_faulty { 16 } else { 10 }) {
            0..2 => self.send(server),
            2..4 => self.begin(server),
            4..9 => self.deliver(),
            9 => self.recover(server),
            10 => self.deliver_unheard(),
            11..13 => self.break_connection(server),
            13 => self.give_up(server),
            14 => self.crash(server),
            _ => self.poll(server),
        }
    }

    /// A client sends a command to a server.
    fn send(&mut self, server: usize) {
        if self.servers[server].is_up && !self.unsent.is_empty() {
            let command = self.unsent.swap_remove(self.rng.usize(..self.unsent.len()));
            self.servers[server].queue.push(command);
        }
    }

    fn begin(&mut self, server: usize) {
        let number = self.number();
        let one = &mut self.servers[server];
        if one.is_up && matches!(one.phase, Phase::Idle) && !one.queue.is_empty() {
            let action = one.begin(number, self.flaw);
            self.act(server, action);
        }
    }

    /// The database runs a statement, and the server gets the reply.
    fn deliver(&mut self) {
        if self.flights.is_empty() {
            return;
        }
        let at = self.rng.usize(..self.flights.len());
        let Flight { session, statement, waiting } = &self.flights[at];
        let (session, waiting) = (*session, *waiting);
        let Some(reply) = self.database.run(session, statement, self.flaw) else { return };
        self.flights.swap_remove(at);
        let (log, number) = (self.log(), self.number());
        if let Some(server) = waiting {
            let action = self.servers[server].take(reply, &log, number, self.flaw);
            self.act(server, action);
        }
    }

    /// The database runs a statement, and the reply is lost with the connection.
    fn deliver_unheard(&mut self) {
        let Some(at) = (!self.flights.is_empty()).then(|| self.rng.usize(..self.flights.len())) else { return };
        let Flight { session, statement, waiting } = &self.flights[at];
        let waiting = *waiting;
        if self.database.run(*session, statement, self.flaw).is_some() {
            self.flights.swap_remove(at);
            if let Some(server) = waiting {
                self.connection_turns(server);
            }
        }
    }

    fn break_connection(&mut self, server: usize) {
        if !matches!(self.servers[server].phase, Phase::Idle) {
            self.connection_turns(server);
        }
    }

    /// The server sees that its connection is broken. Its statement may still be run, now or later.
    fn connection_turns(&mut self, server: usize) {
        let number = self.number();
        self.forget_flights(server);
        let one = &mut self.servers[server];
        self.broken.push(std::mem::replace(&mut one.session, number));
        match one.phase.clone() {
            Phase::Idle => {}
            Phase::Locking(commands) | Phase::LookingUp(commands, _) => {
                one.phase = Phase::Idle;
                self.fail(&commands);
            }
            Phase::Committing(mut batch, _) | Phase::Asking(mut batch) => {
                self.n_unknown += 1;
                if self.flaw == Flaw::Hopeful {
                    one.phase = Phase::Idle;
                    return self.act(server, Action::Acknowledge(batch.commands));
                }
                // It tries again on a new connection, which has no lock.
                batch.in_turn = false;
                one.phase = Phase::Committing(batch.clone(), true);
                self.act(server, Action::Send(Statement::Commit(batch)));
            }
        }
    }

    /// The time to find out an unknown outcome is over.
    fn give_up(&mut self, server: usize) {
        if let Phase::Committing(batch, true) = self.servers[server].phase.clone() {
            self.connection_turns(server);
            self.forget_flights(server);
            self.servers[server].phase = Phase::Idle;
            self.fail(&batch.commands);
        }
    }

    /// The server waits for no reply any more.
    fn forget_flights(&mut self, server: usize) {
        let of_server = self.flights.iter_mut().filter(|flight| flight.waiting == Some(server));
        of_server.for_each(|flight| flight.waiting = None);
    }

    fn crash(&mut self, server: usize) {
        let number = self.number();
        self.forget_flights(server);
        let crashed = std::mem::replace(&mut self.servers[server], Server { is_up: false, ..Server::new(number) });
        self.broken.push(crashed.session);
        self.fail(&[crashed.at_work(), crashed.queue.as_slice()].concat());
    }

    /// What is down starts and loads the log, and the database notices a broken session.
    fn recover(&mut self, server: usize) {
        if !self.servers[server].is_up {
            self.servers[server].is_up = true;
            self.servers[server].shown = self.log();
        }
        if !self.broken.is_empty() {
            let gone = self.broken.swap_remove(self.rng.usize(..self.broken.len()));
            self.database.release(gone);
            self.flights.retain(|flight| flight.session != gone);
        }
    }

    /// A server between two batches follows the log.
    fn poll(&mut self, server: usize) {
        if self.servers[server].is_up && matches!(self.servers[server].phase, Phase::Idle) {
            self.servers[server].shown = self.log();
        }
    }

    fn act(&mut self, server: usize, action: Action) {
        let session = self.servers[server].session;
        match action {
            Action::Send(statement) => self.flights.push(Flight { session, statement, waiting: Some(server) }),
            Action::Acknowledge(commands) => {
                self.database.release(session);
                self.acknowledged.extend(&commands);
                for command in commands {
                    // The reply may be lost on its way to the client.
                    if self.rng.u8(..8) == 0 {
                        self.fail(&[command]);
                    } else {
                        self.known.insert(command);
                    }
                }
            }
            Action::TakeTurn(commands) => {
                self.n_turns += 1;
                self.servers[server].phase = Phase::Locking(commands);
                self.flights.push(Flight { session, statement: Statement::Lock, waiting: Some(server) });
            }
        }
    }

    /// The clients of these commands get no reply. Those who gave a key send the command again.
    fn fail(&mut self, commands: &[Command]) {
        self.unsent.extend(commands.iter().filter(|command| has_key(**command)));
    }

    fn number(&mut self) -> usize {
        self.last_number += 1;
        self.last_number
    }

    fn log(&self) -> Vec<Command> {
        self.database.log.iter().map(|entry| entry.command).collect()
    }

    fn is_quiet(&self) -> bool {
        let rests = |server: &Server| server.is_up && server.queue.is_empty() && matches!(server.phase, Phase::Idle);
        self.unsent.is_empty() && self.flights.is_empty() && self.servers.iter().all(rests)
    }

    fn check(&self) -> Result<(), String> {
        let log = self.log();
        let distinct: BTreeSet<_> = log.iter().collect();
        if distinct.len() < log.len() {
            return Err(format!("a command is done twice: {log:?}"));
        }
        if let Some(lost) = self.acknowledged.iter().find(|command| !distinct.contains(command)) {
            return Err(format!("command {lost} was acknowledged, and is not in {log:?}"));
        }
        if let Some((at, entry)) = self.database.log.iter().enumerate().find(|(at, entry)| entry.decided_on != *at) {
            return Err(format!("entry {at} was decided on {} entries", entry.decided_on));
        }
        match self.servers.iter().find(|server| !log.starts_with(&server.shown)) {
            Some(server) => Err(format!("a server shows {:?} of {log:?}", server.shown)),
            None => Ok(()),
        }
    }

    /// At the end each command with a key is done, and its client knows.
    fn settle(&self) -> Result<(), String> {
        match (0..COMMANDS).find(|command| has_key(*command) && !self.known.contains(command)) {
            Some(command) => Err(format!("nobody learned that command {command} is done")),
            None => Ok(()),
        }
    }
}
