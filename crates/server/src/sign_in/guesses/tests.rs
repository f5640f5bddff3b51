use super::*;
use std::net::Ipv4Addr;

const CLIENT: Target<'static> = Target::Client("somebody");

fn address(n: usize) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(n).expect("few")))
}

/// Makes `n` failing attempts at one time. Returns how many of them were checked.
fn n_seen(guesses: &Guesses, from: IpAddr, target: Target<'_>, n: usize, at: Instant) -> usize {
    (0..n).filter(|_| guesses.fail(from, target, at).is_ok()).count()
}

#[test]
fn ten_failures_are_looked_at_and_no_more() {
    let began = Instant::now();
    let guesses = Guesses::new(began);
    assert_eq!(n_seen(&guesses, address(1), CLIENT, 20_000, began), 10);
    let refused = guesses.fail(address(1), CLIENT, began).expect_err("one more");
    assert_eq!(refused, TooMany { retry_after: 60 });
    // The id is not locked: its owner can sign in from another address, and this address may try another id.
    assert!(guesses.fail(address(2), CLIENT, began).is_ok());
    assert_eq!(n_seen(&guesses, address(1), Target::Client("other"), 20_000, began), 10);
    for (id, expected) in [("third", 10), ("fourth", 10), ("fifth", 10), ("sixth", 0)] {
        let seen = n_seen(&guesses, address(1), Target::Client(id), 20_000, began);
        assert_eq!(seen, expected, "50 of an address in all: {id}");
    }
}

/// Many clients behind one address may have tokens that have just expired, for example after a restore.
#[test]
fn unknown_tokens_keep_nobody_from_signing_in_and_their_delay_does_not_grow() {
    let began = Instant::now();
    let guesses = Guesses::new(began);
    for round in 0..10 {
        let at = began + limits::GUESS_WINDOW * round;
        assert_eq!(n_seen(&guesses, address(1), Target::Token, 1_000, at), limits::TOKEN_GUESSES as usize);
        let TooMany { retry_after } = guesses.fail(address(1), Target::Token, at).expect_err("one more");
        assert_eq!(retry_after, 60);
        assert_eq!(guesses.check(address(1), CLIENT, at), Ok(Record::Clean));
    }
}

#[test]
fn few_of_many_different_ids_are_looked_at() {
    let began = Instant::now();
    let guesses = Guesses::new(began);
    let ids: Vec<String> = (0..20_000).map(|n| format!("id {n}")).collect();
    let seen = ids.iter().filter(|id| guesses.fail(address(1), Target::Client(id), began).is_ok());
    assert_eq!(seen.count(), limits::GUESSES_OF_ADDRESS as usize);
}

/// The rate of the guesses makes no difference.
#[test]
fn of_20_000_guesses_999_in_1000_are_refused_unseen() {
    for millis in [0, 1] {
        let began = Instant::now();
        let guesses = Guesses::new(began);
        let at = |n: u32| began + Duration::from_millis(millis) * n;
        for target in [Target::Token, CLIENT] {
            let seen = (0..20_000).filter(|n| guesses.fail(address(1), target, at(*n)).is_ok()).count();
            assert!((10..=20).contains(&seen), "{seen} of {target:?} at one in {millis} ms");
        }
    }
}

#[test]
fn each_failure_after_a_delay_doubles_it_up_to_a_bound() {
    let began = Instant::now();
    let guesses = Guesses::new(began);
    n_seen(&guesses, address(1), CLIENT, 10, began);
    let mut at = began;
    let mut delays = Vec::new();
    for _ in 0..6 {
        let TooMany { retry_after } = guesses.fail(address(1), CLIENT, at).expect_err("it has to wait");
        delays.push(retry_after);
        at += Duration::from_secs(retry_after.into());
        assert!(guesses.fail(address(1), CLIENT, at).is_ok(), "as it was told");
    }
    assert_eq!(delays, [60, 120, 240, 480, 900, 900]);
    // After a quiet time as long as the last delay, counting starts from zero.
    assert_eq!(n_seen(&guesses, address(1), CLIENT, 100, at + limits::GUESS_DELAY_MOST * 2), 10);
}

#[test]
fn failures_far_apart_are_not_added_up() {
    let began = Instant::now();
    let guesses = Guesses::new(began);
    for n in 0..100 {
        let at = began + limits::GUESS_WINDOW * n;
        assert_eq!(n_seen(&guesses, address(1), CLIENT, 9, at), 9);
    }
}

#[test]
fn a_success_clears_the_count_of_the_pair() {
    let began = Instant::now();
    let guesses = Guesses::new(began);
    n_seen(&guesses, address(1), CLIENT, 9, began);
    guesses.clear(address(1), "somebody");
    assert_eq!(n_seen(&guesses, address(1), CLIENT, 9, began), 9);
    n_seen(&guesses, address(1), CLIENT, 10, began);
    assert!(guesses.check(address(1), CLIENT, began).is_err());
    guesses.clear(address(1), "somebody");
    assert_eq!(guesses.check(address(1), CLIENT, began), Ok(Record::Failures), "those of the address stay");
    assert_eq!(guesses.check(address(2), CLIENT, began), Ok(Record::Clean));
}

#[test]
fn who_fills_the_table_keeps_its_own_count() {
    let began = Instant::now();
    let guesses = Guesses::new(began);
    n_seen(&guesses, address(0), CLIENT, 10, began);
    for n in 1..limits::GUESS_ENTRIES {
        // Later addresses may be refused here, because all addresses without an entry share one limit.
        let _ = guesses.fail(address(n), CLIENT, began);
    }
    let held = || guesses.table.lock().expect("no test panics with it").held.len();
    // One more for the common entry.
    assert_eq!(held(), limits::GUESS_ENTRIES + 1);
    assert!(guesses.fail(address(0), CLIENT, began).is_err());
    // An address without an entry is still checked, like one with failures.
    let stranger = address(limits::GUESS_ENTRIES * 2);
    assert_eq!(guesses.check(stranger, CLIENT, began), Ok(Record::Failures));
    let more = (0..10_000).map(|n| address(limits::GUESS_ENTRIES + n));
    let seen = more.filter(|from| guesses.fail(*from, CLIENT, began).is_ok()).count();
    assert!(seen <= limits::GUESSES_OF_OTHERS as usize, "{seen}");
    assert_eq!(held(), limits::GUESS_ENTRIES + 1);
    guesses.sweep(began + limits::GUESS_WINDOW * 2);
    assert_eq!(held(), 0);
}

#[test]
fn what_the_log_says_of_each_failure() {
    let began = Instant::now();
    let guesses = Guesses::new(began);
    let tell = |target, at| guesses.fail(address(1), target, at).ok();
    assert_eq!(tell(CLIENT, began), Some(FailureReport { failures: 1, refused: 0, delay: None }));
    let more: Vec<_> = (0..100).filter_map(|_| tell(CLIENT, began)).collect();
    assert_eq!(more.len(), 9, "what is refused unseen is none");
    assert_eq!(more.last(), Some(&FailureReport { failures: 10, refused: 0, delay: Some(limits::GUESS_WINDOW) }));
    let later = began + limits::GUESS_WINDOW;
    let again = FailureReport { failures: 11, refused: 91, delay: Some(limits::GUESS_WINDOW * 2) };
    assert_eq!(tell(CLIENT, later), Some(again));
    assert_eq!(tell(CLIENT, later), None);
    assert_eq!(guesses.sweep(later + limits::GUESS_WINDOW * 4), 1, "one was told to nobody");
    let tokens: Vec<_> = (0..3).filter_map(|_| tell(Target::Token, later).map(|tell| tell.failures)).collect();
    assert_eq!(tokens, [1, 2, 3]);
}
