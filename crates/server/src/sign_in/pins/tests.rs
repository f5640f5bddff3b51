use super::*;
use std::net::Ipv4Addr;
use std::path::Path;

const MINUTE: i64 = 60_000;

fn at(minutes: i64) -> Timestamp {
    Timestamp(minutes * MINUTE)
}

fn phone(n: usize) -> Phone {
    Phone::new(&format!("+49170{n:07}")).expect("a number")
}

fn address(n: usize) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(n).expect("few")))
}

/// The PINs of a server, and the file that they are sent to.
struct World {
    pins: Pins,
    connector: ClientId,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let pins = Pins::new(PinSender::File(folder.path().join("pins")));
        World { pins, connector: ClientId("c".into()), folder }
    }

    fn send(&self, from: usize, number: usize, at: Timestamp) -> Result<(), Refusal> {
        let requester = PinRequester { connector: &self.connector, from: address(from) };
        self.pins.send(requester, SecretShown::No, phone(number), at)
    }

    fn take(&self, from: usize, number: usize, pin: &str, at: Timestamp) -> Result<(), Refusal> {
        self.pins.take(PinRequester { connector: &self.connector, from: address(from) }, phone(number), pin, at)
    }

    /// The PIN that was sent last.
    fn last(&self) -> String {
        sent(&self.folder.path().join("pins")).pop().expect("a line")
    }
}

fn sent(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("the file of PINs");
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    lines.filter_map(|line| Some(line.get("pin")?.to_string())).collect()
}

fn is_limited(result: &Result<(), Refusal>) -> bool {
    matches!(result, Err(Refusal::RateLimited { .. }))
}

fn is_wrong(result: &Result<(), Refusal>) -> bool {
    matches!(result, Err(Refusal::SignIn(SignInProblem::Pin)))
}

#[test]
fn a_pin_is_good_once_for_a_while() {
    let world = World::new();
    world.send(1, 0, at(0)).expect("the first");
    let pin = world.last();
    assert!(is_wrong(&world.take(1, 1, &pin, at(1))) && is_wrong(&world.take(1, 0, "000000", at(1))));
    assert!(world.take(1, 0, &pin, at(9)).is_ok());
    assert!(is_wrong(&world.take(1, 0, &pin, at(9))), "it is good once");
    world.send(1, 0, at(20)).expect("another");
    assert!(is_wrong(&world.take(1, 0, &world.last(), at(31))), "it is too old");
    world.send(1, 0, at(40)).expect("another");
    let pin = world.last();
    world.send(2, 0, at(49)).expect("the same again");
    assert_eq!(world.last(), pin, "who asks again gets the same");
    assert!(world.take(1, 0, &pin, at(58)).is_ok(), "it is good for ten minutes from the last time");
    let nobody = Pins::new(PinSender::Nobody);
    let requester = PinRequester { connector: &world.connector, from: address(1) };
    assert!(matches!(nobody.send(requester, SecretShown::Yes, phone(0), at(0)), Err(Refusal::SignIn(_))));
}

#[test]
fn wrong_pins_are_counted_by_number_and_address() {
    let world = World::new();
    world.send(1, 0, at(0)).expect("a PIN");
    let pin = world.last();
    for _ in 0..limits::PINS_WRONG {
        assert!(is_wrong(&world.take(2, 0, "1", at(1))));
    }
    let refused = world.take(2, 0, &pin, at(2));
    assert!(matches!(refused, Err(Refusal::RateLimited { retry_after: 481 })), "{refused:?}");
    // The owner of the number, at another address, is not locked out.
    assert!(world.take(1, 0, &pin, at(2)).is_ok());

    // All addresses together have only a few tries.
    world.send(1, 0, at(3)).expect("a PIN");
    for n in 0..limits::PINS_WRONG_OF_NUMBER {
        assert!(is_wrong(&world.take(10 + n, 0, "1", at(4))));
    }
    assert!(is_limited(&world.take(9, 0, &world.last(), at(4))));
}

#[test]
fn wrong_pins_of_one_address_keep_nobody_else_out() {
    let world = World::new();
    world.send(1, 0, at(0)).expect("a PIN");
    let pin = world.last();
    for n in 0..limits::PINS_WRONG_OF_ADDRESS as usize {
        assert!(is_wrong(&world.take(2, 1 + n, "1", at(1))));
    }
    assert!(is_limited(&world.take(2, 0, &pin, at(1))));
    // The connector now has too many wrong PINs: each pair of number and address has one try.
    assert!(is_wrong(&world.take(3, 0, "1", at(1))));
    assert!(is_limited(&world.take(3, 0, &pin, at(1))));
    assert!(world.take(1, 0, &pin, at(1)).is_ok());
    world.send(1, 0, at(11)).expect("a PIN");
    assert!(world.take(2, 0, &world.last(), at(11)).is_ok(), "in the next window");
}

#[test]
fn one_address_does_not_fill_the_table_for_others() {
    let world = World::new();
    for n in 0..limits::PIN_NUMBERS_OF_ADDRESS {
        world.send(1, n, at(0)).expect("one of few");
    }
    for n in limits::PIN_NUMBERS_OF_ADDRESS..2_000 {
        let refused = world.send(1, n, at(2));
        assert!(matches!(refused, Err(Refusal::RateLimited { retry_after: 481 })), "{refused:?}");
    }
    world.send(2, 5_000, at(2)).expect("an honest one");
    assert!(world.take(2, 5_000, &world.last(), at(2)).is_ok());
    world.send(1, 0, at(9)).expect("one that it has already");
    world.send(1, 5_001, at(10)).expect("the others have ended");
    // A program that signs people in has sent the secret.
    let requester = PinRequester { connector: &world.connector, from: address(3) };
    for n in 0..=limits::PIN_NUMBERS_OF_APPLICATION {
        let sent = world.pins.send(requester, SecretShown::Yes, phone(n), at(20));
        assert_eq!(sent.is_ok(), n < limits::PIN_NUMBERS_OF_APPLICATION, "{n}");
    }
}

#[test]
fn pins_are_sent_to_a_number_a_few_times() {
    let world = World::new();
    for _ in 0..limits::PINS_SENT {
        world.send(1, 0, at(0)).expect("a few times");
    }
    assert!(is_limited(&world.send(1, 0, at(0))));
    for _ in 0..limits::PINS_SENT_OF_NUMBER - limits::PINS_SENT {
        world.send(2, 0, at(1)).expect("the owner has a try of its own");
    }
    assert!(is_limited(&world.send(3, 0, at(1))), "a phone is not rung without end");
    assert!(world.send(1, 0, at(11)).is_ok());
}

#[test]
fn who_fills_the_table_pays_for_it() {
    // No PIN goes to a file, because that would take most of the time.
    let (pins, connector) = (Pins::new(PinSender::Log), ClientId("c".into()));
    let send = |from: usize, number: usize, minute: i64| {
        let requester = PinRequester { connector: &connector, from: address(from) };
        pins.send(requester, SecretShown::No, phone(number), at(minute))
    };
    send(1, 0, 0).expect("an honest one");
    for n in 1..limits::PINS {
        send(2 + n / limits::PIN_NUMBERS_OF_ADDRESS, n, 1).expect("there is place");
    }
    let held = || pins.table.lock().expect("no test panics with it").sent.len();
    assert_eq!(held(), limits::PINS);
    for n in 0..100 {
        send(1_000_000 + n, 1_000_000 + n, 2).expect("another honest one");
    }
    assert_eq!(held(), limits::PINS);
    let table = pins.table.lock().expect("no test panics with it");
    assert!(table.sent.contains_key(&(connector.clone(), phone(0))), "the first honest one kept its PIN");
    for n in 0..100 {
        assert!(table.sent.contains_key(&(connector.clone(), phone(1_000_000 + n))), "{n}");
    }
    assert_eq!(
        table.numbers.values().map(|numbers| numbers.n).sum::<usize>(),
        limits::PINS,
        "what is counted is what is there"
    );
    drop(table);
    send(2_000_000, 2_000_000, 11).expect("most have ended");
    assert_eq!(held(), 101);
}
