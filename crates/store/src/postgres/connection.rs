//! One connection to the database, with deadlines.
//!
//! TCP does not notice a frozen server: its kernel still acknowledges what is sent. So each call has a deadline here,
//! and a connection that exceeded one is discarded.

use crate::StoreError;
use crate::postgres::address::{HostConfig, PostgresAddress};
use crate::postgres::error::{self, Failure};
use crate::postgres::tls::Tls;
use std::collections::HashMap;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Client, NoTls, Row, SimpleQueryMessage, Statement};

/// The time to connect to one host, with TLS, authentication and the settings of the session.
pub(crate) const CONNECT_TIME: Duration = Duration::from_secs(2);
/// The time of a look-up.
pub(crate) const STATEMENT_TIME: Duration = Duration::from_secs(3);
/// The time of a commit.
pub(crate) const COMMIT_TIME: Duration = Duration::from_secs(5);

/// The time that a server gets to read that a connection is closed.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// The function of PostgreSQL that warns when the wait for a synchronous standby was cancelled. The words of the warning are
/// in the server's language.
const WAIT_FOR_STANDBY: &str = "SyncRepWaitForLSN";
/// The oldest version that has everything used here: 13.
const OLDEST: i32 = 130_000;

/// The settings of a session. A lock is given up before the deadline of a commit, so that its outcome is known. A
/// transaction that waits for a process that no longer runs ends by itself, so that its locks do not stay.
const SETTINGS: &str =
    "SET search_path = convoke; SET lock_timeout = '4s'; SET idle_in_transaction_session_timeout = '10s';
    SET default_transaction_isolation = 'read committed';
    SELECT current_setting('server_version_num'), pg_is_in_recovery() OR current_setting('transaction_read_only')::bool,
        current_setting('server_encoding'), current_setting('synchronous_commit'),
        current_setting('synchronous_standby_names') <> '', current_setting('fsync'),
        current_setting('full_page_writes'), pg_backend_pid()";

/// A parameter of a statement.
pub(crate) type Parameter<'p> = &'p (dyn ToSql + Sync);

/// A connection. Dropping it closes it, at once if the server reads, and soon if it does not.
pub(crate) struct Connection {
    pub client: Client,
    /// The statements that were prepared, by their text.
    prepared: HashMap<&'static str, Statement>,
    notices: Arc<Notices>,
    /// Dropped after the client, which says goodbye to the server.
    _closing: oneshot::Sender<()>,
}

/// What the server said without being asked.
#[derive(Default)]
pub(crate) struct Notices {
    /// A warning came. In a commit it means that the wait for a standby was given up.
    warned: AtomicBool,
    /// A notification of another session came.
    notified: Notify,
    /// The number of this session, for its own notifications come back to it.
    session: AtomicI32,
}

/// Settings of the server that a start reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Durability {
    pub synchronous_commit: String,
    pub has_standbys: bool,
    pub is_synced: bool,
}

/// Opens connections to whichever host is the primary.
pub(crate) struct Connector {
    address: PostgresAddress,
    /// One for each host.
    tls: Vec<Option<Tls>>,
    /// The host that was the primary when it was last asked.
    last: AtomicUsize,
}

impl Connector {
    /// # Errors
    ///
    /// When the certificate authorities cannot be read.
    pub fn new(address: PostgresAddress) -> Result<Self, StoreError> {
        let tls = address.hosts.iter().map(|host| Tls::new(&host.tls)).collect::<Result<_, _>>();
        Ok(Connector { tls: tls.map_err(StoreError::Refused)?, address, last: AtomicUsize::new(0) })
    }

    /// A connection to the first host that takes writes, and the settings of its server.
    ///
    /// # Errors
    ///
    /// The error of the last host, in words that say what to do.
    pub async fn connect(&self) -> Result<(Connection, Durability), Failure> {
        let n_hosts = self.address.hosts.len();
        let first = self.last.load(Ordering::Relaxed);
        let mut failed = None;
        for at in (0..n_hosts).map(|n| (first + n) % n_hosts) {
            let (Some(host), Some(tls)) = (self.address.hosts.get(at), self.tls.get(at)) else { continue };
            let connecting = timeout(CONNECT_TIME, Box::pin(connect(host, tls.clone()))).await;
            match connecting.unwrap_or_else(|_| Err(error::no_answer(&host.name))) {
                Ok(connected) => {
                    self.last.store(at, Ordering::Relaxed);
                    return Ok(connected);
                }
                // Of several hosts, one that is a standby is as expected.
                Err(error) if failed.is_none() || !error.is_standby() => failed = Some(error),
                Err(_) => {}
            }
        }
        Err(failed.unwrap_or_else(|| error::no_answer("no host")))
    }
}

async fn connect(host: &HostConfig, tls: Option<Tls>) -> Result<(Connection, Durability), Failure> {
    let failed = |error| error::of_connect(host, &error);
    let connection = match tls {
        None => {
            let (client, connection) = host.config.connect(NoTls).await.map_err(failed)?;
            Connection::start(client, connection)
        }
        Some(tls) => {
            let (client, connection) = host.config.connect(tls).await.map_err(failed)?;
            Connection::start(client, connection)
        }
    };
    let messages = connection.client.simple_query(SETTINGS).await.map_err(failed)?;
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let setting = |column| row.and_then(|row| row.get(column)).unwrap_or_default();
    if setting(0).parse().unwrap_or(0) < OLDEST {
        return Err(error::too_old(&host.name, setting(0)));
    }
    if setting(1) == "t" {
        return Err(error::standby(&host.name));
    }
    if setting(2) != "UTF8" {
        return Err(error::encoding(host, setting(2)));
    }
    connection.notices.session.store(setting(7).parse().unwrap_or_default(), Ordering::Relaxed);
    let durability = Durability {
        synchronous_commit: setting(3).to_owned(),
        has_standbys: setting(4) == "t",
        is_synced: setting(5) == "on" && setting(6) == "on",
    };
    Ok((connection, durability))
}

impl Connection {
    fn start<T: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        client: Client,
        mut connection: tokio_postgres::Connection<tokio_postgres::Socket, T>,
    ) -> Self {
        let notices = Arc::new(Notices::default());
        let told = notices.clone();
        let (closing, closed) = oneshot::channel::<()>();
        let driven = async move {
            // The error of a lost connection reaches the callers that wait for a reply.
            while let Some(Ok(message)) = std::future::poll_fn(|cx| connection.poll_message(cx)).await {
                match message {
                    AsyncMessage::Notice(notice) => {
                        // Other warnings come with commits too, such as that the database must be vacuumed.
                        if notice.routine() == Some(WAIT_FOR_STANDBY) {
                            told.warned.store(true, Ordering::SeqCst);
                        }
                        tracing::debug!(notice = notice.message(), "the database says");
                    }
                    AsyncMessage::Notification(of) if of.process_id() == told.session.load(Ordering::Relaxed) => {}
                    AsyncMessage::Notification(_) => told.notified.notify_one(),
                    _ => {}
                }
            }
        };
        tokio::spawn(async move {
            let mut driven = pin!(driven);
            tokio::select! {
                () = &mut driven => {}
                _ = closed => { let _ = timeout(CLOSE_TIME, driven).await; }
            }
        });
        Connection { client, prepared: HashMap::new(), notices, _closing: closing }
    }

    /// Whether a warning came since this was asked last.
    pub fn was_warned(&self) -> bool {
        self.notices.warned.swap(false, Ordering::SeqCst)
    }

    /// Waits for a notification of another session.
    pub async fn notified(&self) {
        self.notices.notified.notified().await;
    }

    /// Prepares a statement, if it was not prepared before.
    pub async fn prepare(&mut self, sql: &'static str) -> Result<Statement, Failure> {
        if let Some(prepared) = self.prepared.get(sql) {
            return Ok(prepared.clone());
        }
        let prepared = within(STATEMENT_TIME, self.client.prepare(sql)).await?;
        self.prepared.insert(sql, prepared.clone());
        Ok(prepared)
    }

    /// The rows of a look-up.
    pub async fn query(&mut self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Failure> {
        let statement = self.prepare(sql).await?;
        within(STATEMENT_TIME, self.client.query(&statement, parameters)).await
    }

    /// A statement that was prepared before.
    pub fn request<'r>(&'r self, sql: &'static str, parameters: &'r [Parameter<'r>], limit: Duration) -> Request<'r> {
        Box::pin(async move {
            let statement = self.prepared.get(sql);
            let statement = statement.ok_or_else(|| Failure::Refused("a statement is not prepared".into()))?;
            within(limit, self.client.query(statement, parameters)).await
        })
    }

    /// Statements without parameters, as a request.
    pub fn command<'r>(&'r self, sql: &'r str, limit: Duration) -> Request<'r> {
        Box::pin(async move {
            self.batch(sql, limit).await?;
            Ok(Vec::new())
        })
    }

    /// Runs a statement. Returns how many rows it changed.
    pub async fn execute(&mut self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<u64, Failure> {
        let statement = self.prepare(sql).await?;
        within(COMMIT_TIME, self.client.execute(&statement, parameters)).await
    }

    /// Runs statements without parameters.
    pub async fn batch(&self, sql: &str, limit: Duration) -> Result<(), Failure> {
        within(limit, self.client.batch_execute(sql)).await
    }
}

/// Waits for a reply of the database until a deadline.
pub(crate) async fn within<T>(
    limit: Duration,
    reply: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Failure> {
    match timeout(limit, reply).await {
        Ok(reply) => reply.map_err(|error| error::of_statement(&error)),
        Err(_) => Err(Failure::Unknown("the database did not answer in time".into())),
    }
}

/// A request that is not sent yet, or whose reply is on its way.
pub(crate) type Request<'r> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Failure>> + Send + 'r>>;

/// Sends requests in one flight, in this order: each is on its way before the reply to the one before it is there. Returns
/// all replies.
pub(crate) async fn in_flight<const N: usize>(mut requests: [Request<'_>; N]) -> [Result<Vec<Row>, Failure>; N] {
    let mut replies = [const { None }; N];
    std::future::poll_fn(|cx| {
        // The first poll of a request sends it.
        for (request, reply) in requests.iter_mut().zip(&mut replies).filter(|(_, reply)| reply.is_none()) {
            if let Poll::Ready(ready) = request.as_mut().poll(cx) {
                *reply = Some(ready);
            }
        }
        if replies.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    replies.map(|reply| reply.unwrap_or_else(|| Err(Failure::Unknown("no reply".into()))))
}
