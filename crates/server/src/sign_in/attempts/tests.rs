use super::*;
use futures_util::FutureExt;
use futures_util::future::join_all;
use std::net::Ipv4Addr;
use std::pin::pin;

fn address(n: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + n))
}

fn kept(hash: &str) -> Option<StoredSecret> {
    Some(StoredSecret { secret_hash: hash.into(), may_sign_in: MaySignIn::Yes })
}

fn shown(from: u32, secret: &'static str) -> PresentedSecret<'static> {
    PresentedSecret { peer: Peer(address(from)), id: "somebody", secret }
}

/// The wrong sign-ins are polled once and never again. If the honest one waited for any of them, it would never get a
/// response.
#[tokio::test]
async fn a_thousand_wrong_sign_ins_are_not_in_the_way_of_an_honest_one() {
    let (sign_ins, metrics, at) = (SignIns::new(), Metrics::new(&convoke_store::Measures::default()), Instant::now());
    let hash = secret::hash_chosen("open sesame");
    for n in 1..=200 {
        sign_ins.guesses.fail(address(n), Target::Client("another"), at).expect("the first failure");
    }
    let mut waiting = Vec::new();
    let mut n_busy = 0;
    for n in 0..1_000 {
        let mut check = Box::pin(sign_ins.check(shown(1 + n / 5, "wrong"), kept(&hash), &metrics, at));
        match check.as_mut().now_or_never() {
            None => waiting.push(check),
            Some(Err(Refusal::Busy(_))) => n_busy += 1,
            Some(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(waiting.len(), limits::SUSPECT_SIGN_INS + limits::SIGN_IN_QUEUE);
    assert_eq!(waiting.len() + n_busy, 1_000);
    assert_eq!(sign_ins.clean.checking.available_permits(), limits::CLEAN_SIGN_INS);
    let honest = sign_ins.check(shown(1_000, "open sesame"), kept(&hash), &metrics, at).await;
    assert_eq!(honest.expect("it is let in"), SecretCheck::Right);
}

/// All attempts start before the first one has turned out to be wrong.
#[tokio::test]
async fn of_a_burst_from_one_address_few_are_checked() {
    let (sign_ins, metrics, at) = (SignIns::new(), Metrics::new(&convoke_store::Measures::default()), Instant::now());
    let hash = secret::hash_chosen("open sesame");
    let burst = (0..1_000).map(|_| sign_ins.check(shown(1, "wrong"), kept(&hash), &metrics, at));
    let outcomes = join_all(burst).await;
    let n = |is: fn(&Result<SecretCheck, Refusal>) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
    // One is in the lane for addresses without failures, the others in the lane for suspects.
    let n_let_in = 1 + limits::SUSPECT_SIGN_INS + limits::SIGN_IN_QUEUE;
    let n_wrong = limits::GUESSES as usize;
    assert_eq!(n(|outcome| matches!(outcome, Ok(SecretCheck::Wrong))), n_wrong);
    assert_eq!(n(|outcome| matches!(outcome, Err(Refusal::RateLimited { retry_after: 60 }))), n_let_in - n_wrong);
    assert_eq!(n(|outcome| matches!(outcome, Err(Refusal::Busy(_)))), 1_000 - n_let_in);
    assert!(sign_ins.under_way.lock().expect("no test panics with it").is_empty());
}

#[tokio::test]
async fn a_burst_of_right_ones_from_one_address_is_let_in() {
    let (sign_ins, metrics, at) = (SignIns::new(), Metrics::new(&convoke_store::Measures::default()), Instant::now());
    let hash = secret::hash_chosen("open sesame");
    let burst = (0..50).map(|_| sign_ins.check(shown(1, "open sesame"), kept(&hash), &metrics, at));
    assert!(join_all(burst).await.iter().all(|outcome| matches!(outcome, Ok(SecretCheck::Right))));
}

#[tokio::test]
async fn each_lane_is_bounded() {
    let (sign_ins, metrics, at) = (SignIns::new(), Metrics::new(&convoke_store::Measures::default()), Instant::now());
    let hash = secret::hash_chosen("open sesame");
    let n_clean = limits::CLEAN_SIGN_INS + limits::SIGN_IN_QUEUE;
    let mut waiting = Vec::new();
    for n in 0..n_clean {
        let from = u32::try_from(n).expect("few");
        let mut check = Box::pin(sign_ins.check(shown(from, "open sesame"), kept(&hash), &metrics, at));
        assert!(check.as_mut().now_or_never().is_none());
        waiting.push(check);
    }
    for _ in 0..100 {
        // An attempt that was not checked does not count as a failure.
        let refused = sign_ins.check(shown(10_000, "open sesame"), kept(&hash), &metrics, at).await;
        assert!(matches!(refused, Err(Refusal::Busy(_))), "{refused:?}");
    }
    drop(waiting);
    let mut again = pin!(sign_ins.check(shown(10_001, "open sesame"), kept(&hash), &metrics, at));
    assert_eq!(again.as_mut().await.expect("the places of who went away are free"), SecretCheck::Right);
}

#[tokio::test]
async fn a_right_made_up_secret_is_let_in_whatever_came_before() {
    let (sign_ins, metrics, at) = (SignIns::new(), Metrics::new(&convoke_store::Measures::default()), Instant::now());
    let (made, chosen) = (secret::hash_made("open sesame"), secret::hash_chosen("open sesame"));
    for n in 0..100 {
        let outcome = sign_ins.check(shown(1, "wrong"), kept(&made), &metrics, at).await;
        assert_eq!(outcome.is_ok(), n < 10, "{outcome:?}");
    }
    let unread = sign_ins.check(shown(1, "open sesame"), kept(&chosen), &metrics, at).await;
    assert!(matches!(unread, Err(Refusal::RateLimited { .. })), "{unread:?}");
    let right = sign_ins.check(shown(1, "open sesame"), kept(&made), &metrics, at).await;
    assert_eq!(right.expect("a right one"), SecretCheck::Right);
    let wrong = sign_ins.check(shown(1, "wrong"), kept(&made), &metrics, at).await;
    assert_eq!(wrong.expect("the count is cleared"), SecretCheck::Wrong);
    // A disabled client is refused like a wrong secret, and counted.
    for n in 0..100 {
        let disabled = Some(StoredSecret { secret_hash: made.clone(), may_sign_in: MaySignIn::No });
        let outcome = sign_ins.check(shown(2, "open sesame"), disabled, &metrics, at).await;
        assert_eq!(outcome.is_ok(), n < 10, "{outcome:?}");
    }
}

#[tokio::test]
async fn what_was_refused_unseen_is_told_where_there_is_no_line_left() {
    let (sign_ins, metrics, at) = (SignIns::new(), Metrics::new(&convoke_store::Measures::default()), Instant::now());
    let made = secret::hash_made("open sesame");
    for _ in 0..100 {
        let _ = sign_ins.check(shown(1, "wrong"), kept(&made), &metrics, at).await;
    }
    let later = at + limits::GUESS_WINDOW;
    while sign_ins.known_lines.next(later).is_some() {}
    let wrong = sign_ins.check(shown(1, "wrong"), kept(&made), &metrics, later).await;
    assert_eq!(wrong.expect("it is looked at"), SecretCheck::Wrong);
    assert_eq!(sign_ins.guesses.sweep(later), u64::from(100 - limits::GUESSES));
}

#[test]
fn ids_in_the_log_are_short() {
    for (id, denial, expected) in [
        ("reports of 2026", Denial::WrongSecret, "reports of 2026"),
        ("reports", Denial::UnknownClient, "reports"),
        ("8tuH0pXjQb7Xy", Denial::UnknownClient, "8tuH0pXj…"),
        ("", Denial::UnknownClient, ""),
    ] {
        assert_eq!(logged_id(id, denial), expected);
    }
    assert_eq!(logged_id(&"ä".repeat(1_000), Denial::WrongSecret).chars().count(), limits::LOGGED_ID_CHARS + 1);
}
