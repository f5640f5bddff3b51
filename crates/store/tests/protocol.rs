//! The protocol by which several servers write to one log, as a model that runs with seeds: a database, three servers,
//! and a network that loses and delays. Its steps are those of `Replica::write` in the server and of `Shared::commit` and
//! the statements in `postgres/`: docs/adr/0022-lost-races.md and docs/adr/0023-postgresql.md describe them.
//!
//! After each step, whatever a server acknowledged is in the log, nothing is in it twice, every entry was decided on the
//! entries before it, and what a server shows is a beginning of the log. A protocol with a known flaw must fail.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

#[path = "protocol/database.rs"]
mod database;
#[path = "protocol/server.rs"]
mod server;
#[path = "protocol/world.rs"]
mod world;

use world::World;

/// A mistake that the model can make on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// None: the protocol as it is.
    None,
    /// The database does not compare the head with the one that the batch expects.
    AnyHead,
    /// A batch that did not move the head after an unknown outcome counts as lost, whosever batch did move it.
    NeverAsked,
    /// A batch is acknowledged although its outcome is not known.
    Hopeful,
    /// Repeated operations are neither looked up nor refused by the database.
    Repeatable,
    /// A server that lost a race decides again without the new entries.
    Stale,
}

const RUNS: u64 = 100_000;

#[test]
fn nothing_acknowledged_is_lost_or_done_twice() {
    let (mut n_entries, mut n_turns, mut n_unknown) = (0, 0, 0);
    for seed in 0..RUNS {
        let world = World::run(seed, Flaw::None).unwrap_or_else(|violation| panic!("seed {seed}: {violation}"));
        n_entries += world.n_entries();
        n_turns += world.n_turns;
        n_unknown += world.n_unknown;
    }
    // The runs are worth something only if the rare things happen in them.
    let runs = RUNS as usize;
    assert!(n_entries > 5 * runs && n_turns > runs / 4 && n_unknown > runs / 2, "{n_entries} {n_turns} {n_unknown}");
}

#[test]
fn a_protocol_with_a_flaw_fails() {
    for flaw in [Flaw::AnyHead, Flaw::NeverAsked, Flaw::Hopeful, Flaw::Repeatable, Flaw::Stale] {
        assert!((0..10_000).any(|seed| World::run(seed, flaw).is_err()), "{flaw:?} is never found");
    }
}
