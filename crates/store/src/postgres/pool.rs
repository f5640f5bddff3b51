//! Connections that are used again, and how many there may be.

use crate::StoreError;
use crate::postgres::connection::{Connection, Connector};
use crate::postgres::error::Failure;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a request waits for a connection.
const WAIT_TIME: Duration = Duration::from_secs(2);

/// A bounded number of connections.
pub(crate) struct Pool {
    connector: Arc<Connector>,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A connection in use. It is closed when this is dropped, because a call on it may not have ended:
/// [`Lease::give_back`] keeps it.
pub(crate) struct Lease {
    connection: Connection,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    pub fn new(connector: Arc<Connector>, size: usize) -> Arc<Self> {
        Arc::new(Pool { connector, idle: Mutex::default(), permits: Arc::new(Semaphore::new(size)) })
    }

    /// Takes a connection, or opens one.
    pub async fn lease(self: &Arc<Self>) -> Result<Lease, Failure> {
        let waiting = timeout(WAIT_TIME, self.permits.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = waiting else {
            return Err(Failure::Transient("all connections to the database are in use".into()));
        };
        let connection = match self.take() {
            Some(connection) => connection,
            None => self.connector.connect().await?.0,
        };
        Ok(Lease { connection, pool: self.clone(), _permit: permit })
    }

    fn take(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(|connection| !connection.client.is_closed())
    }

    /// Closes the connections that are not in use: one of them failed, and the others may hang as well.
    pub fn clear(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Runs a look-up, and once more by another connection if the first was lost. It gets a connection, and returns it.
    pub async fn look_up<T, F: Future<Output = (Lease, Result<T, Failure>)>>(
        self: &Arc<Self>,
        look_up: impl Fn(Lease) -> F,
    ) -> Result<T, StoreError> {
        match look_up(self.lease().await?).await {
            (lease, Ok(found)) => {
                lease.give_back();
                Ok(found)
            }
            // The connection is not used again: what it has prepared may not fit the tables any more.
            (_, Err(Failure::Refused(what))) => Err(StoreError::Failed(what)),
            (lease, Err(_)) => {
                drop(lease);
                self.clear();
                let (lease, found) = look_up(self.lease().await?).await;
                let found = found?;
                lease.give_back();
                Ok(found)
            }
        }
    }
}

impl Lease {
    /// Keeps the connection for the next use. Everything that was sent on it has been answered.
    pub fn give_back(self) {
        let Lease { connection, pool, _permit } = self;
        pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

impl Deref for Lease {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
