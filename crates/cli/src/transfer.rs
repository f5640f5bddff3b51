//! Moving directories: files into a server, a server into files, and one server into another. All of it is
//! rows, which the server takes in as they come.

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

use crate::Trouble;
use futures_util::{Stream, stream};
use std::pin::pin;
use tokio::sync::mpsc::Receiver;

/// What comes through a channel, as a stream.
fn received<T>(receiver: Receiver<T>) -> impl Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) })
}

/// Reads on as long as what is read is taken: who is refused, or has nowhere to write, need not read all.
/// What was read before an error is taken.
async fn read_and_take<R, T>(
    reading: impl Future<Output = Result<R, Trouble>>,
    taking: impl Future<Output = Result<T, Trouble>>,
) -> Result<(R, T), Trouble> {
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
