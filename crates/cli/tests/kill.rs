//! Kills the server under load many times, and checks what it has afterwards.
//!
//! Sixteen writers each keep a ledger of groups, of their members and sub-groups, and of people that a connector knows
//! by their numbers. After every `kill -9` and restart: acknowledged requests have taken effect, refused ones have not,
//! and unanswered ones have taken effect completely or not at all, and only once, even if they are sent again with the
//! same key. Versions count the changes without a gap, and `convoke verify` finds that tables, log and memory agree.
//! The kernel still has the writes of a killed process, so this tests order and recovery; syscalls.rs tests that they
//! are on the disk.

#[path = "kill/audit.rs"]
mod audit;
#[path = "kill/operation.rs"]
mod operation;
mod server;
#[path = "kill/writer.rs"]
mod writer;

use std::{path::Path, thread, time::Duration};

use fastrand::Rng;
use serde_json::Value;
use server::{Server, connection, convoke};
use writer::Writer;

const CYCLES: u64 = 50;

#[test]
fn nothing_acknowledged_is_lost_and_nothing_refused_appears() {
    // The choices depend only on the seed. Which requests are in flight at a kill does not.
    let given = std::env::var("CONVOKE_KILL_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("CONVOKE_KILL_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = folder.path().join("killed.db");

    let server = Server::start(&store);
    let token = server.sign_in();
    let mut caller = server.connect(Some(&token));
    let access = audit::connect(&mut caller);
    let mut writers = audit::set_up(&mut caller, &access);
    drop(caller);
    server.terminate();
    assert!(server.wait().success());
    let mut n_unknown = 0;
    for cycle in 1..=CYCLES {
        println!("cycle {cycle}");
        let server = Server::start(&store);
        thread::scope(|scope| {
            for writer in &mut writers {
                let (connection, rng) = (server.connect(Some(&token)), rng.fork());
                scope.spawn(move || writer.work(connection, rng));
            }
            thread::sleep(Duration::from_millis(rng.u64(50..=600)));
            drop(server);
        });
        n_unknown += writers.iter().filter(|writer| writer.unknown.is_some()).count();

        let server = Server::start(&store);
        let mut caller = server.connect(Some(&token));
        audit::audit(&mut writers, &mut caller, &access);
        server.terminate();
        let status = server.wait();
        assert_eq!(status.code(), Some(0), "{status}");
        verify(&store);
    }
    let sum = |count: fn(&Writer) -> u64| writers.iter().map(count).sum::<u64>();
    let (n_done, n_refused) = (sum(|writer| writer.n_done), sum(|writer| writer.n_refused));
    println!("{n_done} done, {n_refused} refused, {n_unknown} unknown");
    assert!(n_done > 50 * CYCLES && n_refused > CYCLES && n_unknown > 0, "too little was tried");
}

/// Runs `convoke verify` on the stopped store.
fn verify(store: &Path) {
    let output = convoke(&["verify", "--json"], store).output().expect("convoke can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    let document: Value = serde_json::from_str(&said).unwrap_or_default();
    let is_silent = document.get("differences").and_then(Value::as_array).is_some_and(Vec::is_empty);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && is_silent, "verify: {}: {said}{complaint}", output.status);
}
