//! A proxy between a store and its database: it counts round trips, and loses what a test wants lost.

use crate::arm::{cluster, of_database};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// What happens to the next request on a connection for commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is sent, and so is the reply.
    Pass,
    /// The connection breaks before the database gets it.
    LoseRequest,
    /// The connection breaks when the database has replied, before the reply is sent on.
    LoseReply,
    /// A warning comes with the reply, as when the wait for a standby is cancelled.
    Warn,
    /// Neither the reply nor anything later comes, and the connection stays open.
    Freeze,
}

/// A proxy to the database of a test.
pub struct Proxy {
    pub port: u16,
    state: Arc<State>,
}

struct State {
    socket: String,
    n_flights: AtomicUsize,
    fate: Mutex<Fate>,
}

impl Proxy {
    pub async fn start() -> Self {
        let cluster = cluster();
        let folder = cluster.split_once("host=").expect("the URL names the folder of a socket").1;
        let folder = folder.split('&').next().unwrap_or(folder).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let socket = format!("{folder}/.s.PGSQL.5432");
        let state = Arc::new(State { socket, n_flights: AtomicUsize::new(0), fate: Mutex::new(Fate::Pass) });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, shared.clone()));
            }
        });
        Proxy { port, state }
    }

    /// The URL of a database through this proxy.
    pub fn url(&self, database: &str) -> String {
        let role = cluster().split_once("://").and_then(|(_, rest)| rest.split_once('@')).expect("a role").0.to_owned();
        of_database(&format!("postgres://{role}@127.0.0.1:{}/x", self.port), database)
    }

    /// The number of requests since the last call that had to wait for a reply.
    pub fn n_flights(&self) -> usize {
        self.state.n_flights.swap(0, Ordering::SeqCst)
    }

    /// Says what happens to the next request on a connection for commits.
    pub fn set(&self, fate: Fate) {
        *self.state.fate.lock().unwrap_or_else(PoisonError::into_inner) = fate;
    }
}

impl State {
    /// The fate of one request. Those after it pass.
    fn take(&self) -> Fate {
        std::mem::replace(&mut *self.fate.lock().unwrap_or_else(PoisonError::into_inner), Fate::Pass)
    }
}

/// What a connection is for, as its statements show.
#[derive(Default)]
struct Purpose {
    commits: bool,
    hints: bool,
}

/// A notice (<https://www.postgresql.org/docs/current/protocol-message-formats.html>, NoticeResponse).
fn warning() -> Vec<u8> {
    let text = "canceling wait for synchronous replication due to user request";
    let fields = [("S", "WARNING"), ("V", "WARNING"), ("C", "01000"), ("M", text), ("R", "SyncRepWaitForLSN")];
    let fields: String = fields.iter().map(|(field, value)| format!("{field}{value}\0")).collect();
    let length = (fields.len() + 5) as u32;
    [b"N".as_slice(), &length.to_be_bytes(), fields.as_bytes(), b"\0"].concat()
}

async fn serve(mut client: TcpStream, state: Arc<State>) {
    let Ok(mut server) = UnixStream::connect(&state.socket).await else { return };
    let (mut request, mut reply) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let (mut purpose, mut is_waiting) = (Purpose::default(), false);
    let (mut loses_reply, mut warns) = (false, false);
    loop {
        tokio::select! {
            n_bytes = client.read(&mut request) => {
                let Some(bytes) = n_bytes.ok().filter(|n| *n > 0).and_then(|n| request.get(..n)) else { return };
                let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
                // A statement is prepared before it is sent, so this one is not lost.
                let is_prepared = has(b"WITH moved");
                purpose.hints |= has(b"LISTEN");
                if !is_waiting && !purpose.hints {
                    state.n_flights.fetch_add(1, Ordering::SeqCst);
                }
                is_waiting = true;
                if purpose.commits && !is_prepared {
                    match state.take() {
                        Fate::Pass => {}
                        Fate::LoseRequest => return,
                        Fate::LoseReply => loses_reply = true,
                        Fate::Warn => warns = true,
                        Fate::Freeze => {
                            let _ = server.try_write(bytes);
                            std::future::pending::<()>().await;
                        }
                    }
                }
                purpose.commits |= is_prepared;
                if server.write_all(bytes).await.is_err() {
                    return;
                }
            }
            n_bytes = server.read(&mut reply) => {
                let Some(bytes) = n_bytes.ok().filter(|n| *n > 0).and_then(|n| reply.get(..n)) else { return };
                is_waiting = false;
                if std::mem::take(&mut warns) && client.write_all(&warning()).await.is_err() {
                    return;
                }
                if loses_reply || client.write_all(bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}
