//! Hints to the other processes that a log has grown, by `NOTIFY`.
//!
//! A `NOTIFY` in the transaction of a commit would let only one transaction of the whole database commit at a time. So it
//! is sent afterwards, by another connection, once for all commits of a few milliseconds. It may be lost: the promise is
//! that the processes ask for the heads of the logs several times a second ([`crate::Store::news`]).

use crate::postgres::connection::{Connection, Connector, STATEMENT_TIME};
use crate::postgres::error::Failure;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::sleep;

/// The time between two notifications of this process.
const COALESCED: Duration = Duration::from_millis(10);
/// How often it is seen whether the connection is still there.
const LOOK_TIME: Duration = Duration::from_secs(1);

/// Whether there is something to tell, and whether another process told something.
#[derive(Default)]
pub(crate) struct Hints {
    /// This process committed something.
    pub tell: Notify,
    /// Another process did.
    pub told: Notify,
}

/// Sends and receives hints until it is aborted.
pub(crate) async fn run(connector: Arc<Connector>, hints: Arc<Hints>) {
    loop {
        if let Err(failure) = exchange(&connector, &hints).await {
            tracing::debug!("no hints come from the database: {failure}");
        }
        sleep(LOOK_TIME).await;
    }
}

async fn exchange(connector: &Connector, hints: &Hints) -> Result<(), Failure> {
    let (connection, _) = connector.connect().await?;
    // A notification that is lost in a crash is no loss, so nobody waits for the disk.
    connection.batch("LISTEN convoke; SET synchronous_commit = off", STATEMENT_TIME).await?;
    // Others may have told something before.
    hints.told.notify_one();
    while !connection.client.is_closed() {
        tokio::select! {
            () = connection.notified() => hints.told.notify_one(),
            () = hints.tell.notified() => tell(&connection).await?,
            () = sleep(LOOK_TIME) => {}
        }
    }
    Ok(())
}

async fn tell(connection: &Connection) -> Result<(), Failure> {
    connection.batch("NOTIFY convoke", STATEMENT_TIME).await?;
    sleep(COALESCED).await;
    Ok(())
}
