//! Transfer of directories: from files to a server, from a server to files, and from server to server. All of it is a
//! stream of rows.

mod export;
mod file;
mod format;
mod import;
mod interrupt;
mod names;
mod problems;
mod progress;
mod pull;
mod records;
mod sink;
mod source;
mod summary;
mod table;

pub use export::Export;
pub use import::Import;
pub use pull::Pull;

use crate::CommandError;
use futures_util::{Stream, stream};
use std::pin::pin;
use tokio::sync::mpsc::Receiver;

/// The messages of a channel as a stream.
fn received<T>(receiver: Receiver<T>) -> impl Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) })
}

/// Reads while the reader is needed: if taking fails, reading stops. If reading fails, the rows read before are still
/// taken.
async fn read_and_take<R, T>(
    reading: impl Future<Output = Result<R, CommandError>>,
    taking: impl Future<Output = Result<T, CommandError>>,
) -> Result<(R, T), CommandError> {
    let (mut reading, mut taking) = (pin!(reading), pin!(taking));
    tokio::select! {
        read = &mut reading => {
            let taken = taking.await?;
            Ok((read?, taken))
        }
        taken = &mut taking => {
            let taken = taken?;
            Ok((reading.await?, taken))
        }
    }
}
