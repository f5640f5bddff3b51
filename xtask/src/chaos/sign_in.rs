//! Guessing: unknown tokens and wrong secrets, beside honest sign-ins from another address.

use super::{
    Trial, folder,
    peers::ATTACKER,
    probe::ProbeResults,
    report::{Finding, shown},
    server::{CLIENT, Server, basic, form},
    shared::connection::Connection,
};
use crate::run::TaskError;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// Guessed tokens, in the full and in the short form.
const TOKENS: (usize, usize) = (20_000, 2_000);
/// Wrong secrets of an existing client.
const SECRETS: (usize, usize) = (1_000, 120);
/// Concurrent connections that guess secrets.
const GUESSERS: (usize, usize) = (1_000, 120);
/// Connections that guess tokens.
const TRIERS: usize = 16;
/// The share of guessed tokens that must be refused without a check.
const REFUSED_SHARE: f64 = 0.99;
/// The share of wrong secrets that must be refused without a check: ten failures a minute are checked.
const REFUSED_SECRETS: f64 = 0.9;
/// The latency that an honest sign-in may see meanwhile, 9 times in 10.
const HONEST_LIMIT: Duration = Duration::from_secs(1);
/// How long a guess waits for its answer.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn run(trial: &Trial) -> Result<Vec<Finding>, TaskError> {
    let server = Server::start(&trial.binary, &folder::fresh(&trial.folder, "sign-in")?.join("guessed.db"))?;
    let (n_tokens, n_secrets) = (trial.pick(TOKENS.0, TOKENS.1), trial.pick(SECRETS.0, SECRETS.1));
    let mut rng = trial.rng();
    let seed = rng.u64(..);
    let (tokens, beside_tokens) = beside(&server, || {
        guess(
            n_tokens,
            TRIERS,
            |number| {
                let token = format!("Bearer {:032x}{:032x}", u128::from(seed) << 32 | number as u128, number);
                Guess { authorization: token, method: "GET", target: "/api/v2/groups" }
            },
            &server,
        )
    });
    let (secrets, beside_secrets) = beside(&server, || {
        guess(
            n_secrets,
            trial.pick(GUESSERS.0, GUESSERS.1),
            |number| {
                let secret = format!("wrong {number}");
                Guess { authorization: basic((CLIENT.0, &secret)), method: "POST", target: "/oauth/token" }
            },
            &server,
        )
    });
    // The log must name the address; the rest of the line is not checked.
    let is_logged = server.log().lines().any(|line| line.contains("127.0.0.2"));
    Ok(vec![
        refused("guessed tokens", n_tokens, &tokens, REFUSED_SHARE),
        honest("honest sign-ins beside guessed tokens", &beside_tokens),
        refused("wrong secrets of one client", n_secrets, &secrets, REFUSED_SECRETS),
        honest("honest sign-ins beside wrong secrets", &beside_secrets),
        Finding {
            what: "a trace of the guessing".to_owned(),
            tried: format!("{} guesses", n_tokens + n_secrets),
            must: "the log names the address".to_owned(),
            found: if is_logged { "it does" } else { "it does not" }.to_owned(),
            held: is_logged,
        },
    ])
}

fn refused(what: &str, n: usize, statuses: &BTreeMap<String, usize>, share: f64) -> Finding {
    let count = |status: &str| statuses.get(status).copied().unwrap_or_default();
    // 503 means that too many checks of chosen secrets wait, so these were not checked either.
    let n_late = count("429") + count("503");
    Finding {
        what: what.to_owned(),
        tried: format!("{n} from one address"),
        must: format!("none is let in, {:.0} % are answered with 429, or 503, unchecked", share * 100.0),
        found: format!("by status: {statuses:?}"),
        held: count("200") == 0 && n_late as f64 >= share * n as f64,
    }
}

fn honest(what: &str, seen: &ProbeResults) -> Finding {
    Finding {
        what: what.to_owned(),
        tried: "one sign-in after the other, from another address".to_owned(),
        must: format!("all succeed, 9 in 10 within {}", shown(HONEST_LIMIT)),
        found: seen.text(),
        held: seen.is_good(HONEST_LIMIT),
    }
}

/// One attempt.
struct Guess {
    authorization: String,
    method: &'static str,
    target: &'static str,
}

/// Makes `n` attempts over `n_connections` connections. Returns the number of responses for each status.
fn guess(
    n: usize,
    n_connections: usize,
    make: impl Fn(usize) -> Guess + Sync,
    server: &Server,
) -> BTreeMap<String, usize> {
    let (next, statuses) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..n_connections {
            scope.spawn(|| {
                let mut connection: Option<Connection> = None;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= n {
                        break;
                    }
                    let status = attempt(&make(number), &mut connection, server);
                    if let Ok(mut statuses) = statuses.lock() {
                        *statuses.entry(status).or_default() += 1;
                    }
                }
            });
        }
    });
    statuses.into_inner().unwrap_or_default()
}

fn attempt(guess: &Guess, connection: &mut Option<Connection>, server: &Server) -> String {
    let mut ask = || -> std::io::Result<u16> {
        let open = match connection.take() {
            Some(open) => open,
            None => server.connect_from(ATTACKER, None)?,
        };
        let open = connection.insert(open);
        open.stream.get_ref().set_read_timeout(Some(PATIENCE))?;
        let headers = [("authorization", guess.authorization.as_str())];
        let form = form();
        let body = if guess.method == "POST" { Some(&form) } else { None };
        Ok(open.request(guess.method, guess.target, &headers, body)?.status)
    };
    match ask() {
        Ok(status) => status.to_string(),
        Err(error) => {
            *connection = None;
            format!("no answer: {:?}", error.kind())
        }
    }
}

/// Signs in repeatedly while `attack` runs.
fn beside<T>(server: &Server, attack: impl FnOnce() -> T) -> (T, ProbeResults) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let honest =
            scope.spawn(|| ProbeResults::while_not(&stop, Duration::from_millis(20), || server.sign_in().map(drop)));
        let attacked = attack();
        stop.store(true, Ordering::Relaxed);
        (attacked, honest.join().unwrap_or_default())
    })
}
