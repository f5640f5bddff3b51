//! Moving directories: files into a server, a server into files, and one server into another. All of it is
//! rows, which the server takes in as they come.

mod export;
mod file;
mod format;
mod import;
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

use futures_util::{Stream, stream};
use tokio::sync::mpsc::Receiver;

/// What comes through a channel, as a stream.
fn received<T>(receiver: Receiver<T>) -> impl Stream<Item = T> {
    stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) })
}
