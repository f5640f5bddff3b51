//! Import of rows: the wire types, and [`ImportApi`]. One call sends many rows, and receives the results while it still
//! sends.

use crate::client::Client;
use crate::error::{Error, Unexpected};
use crate::raw_reply::Download;
use bytes::{Bytes, BytesMut};
use convoke_wire::Endpoint;
pub use convoke_wire::import::*;
use futures_util::stream::{self, BoxStream, Fuse};
use futures_util::{FutureExt, Stream, StreamExt, TryStreamExt};
use http::HeaderValue;
use reqwest::Body;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The size of a chunk of rows in bytes.
const CHUNK: usize = 32 * 1024;
/// The time without rows after which a space is sent to keep the request alive. The server's timeout is three times as
/// long.
const SILENCE: Duration = Duration::from_secs(10);

/// Import of rows.
#[derive(Clone, Debug)]
pub struct ImportApi {
    client: Client,
}

impl ImportApi {
    /// Import by this client.
    pub fn new(client: &Client) -> Self {
        ImportApi { client: client.clone() }
    }

    /// Imports rows, and returns the result of each, in order. Nothing is sent before the stream is polled. A result
    /// arrives when its row is on the server's disk, while other rows are still being sent.
    ///
    /// There is no retry, because the stream of rows cannot be read twice, and many of them may be done. To continue
    /// after an error, call this again with all rows: those that are done are reported as unchanged.
    pub fn post_import(
        &self,
        opts: ImportQuery,
        rows: impl Stream<Item = Row> + Send + 'static,
    ) -> BoxStream<'static, Result<RowResult, Error>> {
        let client = self.client.clone();
        let results = async move {
            let n_sent = Arc::new(AtomicU64::new(0));
            let outgoing = Outgoing { rows: Box::pin(rows.fuse()), n_sent: n_sent.clone() };
            let body = stream::unfold(outgoing, |mut outgoing| async move {
                Some((Ok::<_, Infallible>(outgoing.next().await?), outgoing))
            });
            let media_type = HeaderValue::from_static(MEDIA_TYPE);
            let download = client.exchange::<PostImport>(&opts, media_type, Body::wrap_stream(body)).await?;
            let incoming = Incoming { download, begun: BytesMut::new(), n_sent, n_answered: 0 };
            Ok(stream::try_unfold(incoming, |mut incoming| async move {
                Ok(incoming.next().await?.map(|results| (stream::iter(results), incoming)))
            }))
        };
        stream::once(results).try_flatten().try_flatten().boxed()
    }
}

/// The rows to send.
struct Outgoing<S> {
    rows: Pin<Box<Fuse<S>>>,
    n_sent: Arc<AtomicU64>,
}

impl<S: Stream<Item = Row>> Outgoing<S> {
    /// The next chunk, with the rows that are ready; none at the end.
    async fn next(&mut self) -> Option<Bytes> {
        let Ok(first) = tokio::time::timeout(SILENCE, self.rows.next()).await else {
            // A space between two rows is ignored.
            return Some(Bytes::from_static(b" "));
        };
        let mut chunk = Vec::with_capacity(CHUNK);
        let mut next = Some(first?);
        while let Some(row) = next {
            serde_json::to_writer(&mut chunk, &row).expect("rows have string keys and no failing values");
            chunk.push(b'\n');
            self.n_sent.fetch_add(1, Ordering::Relaxed);
            next = if chunk.len() < CHUNK { self.rows.next().now_or_never().flatten() } else { None };
        }
        Some(chunk.into())
    }
}

/// The results received.
struct Incoming {
    download: Download,
    /// A line that is not complete yet.
    begun: BytesMut,
    n_sent: Arc<AtomicU64>,
    n_answered: u64,
}

impl Incoming {
    /// All results that have arrived; none at the end.
    async fn next(&mut self) -> Result<Option<Vec<Result<RowResult, Error>>>, Error> {
        loop {
            let n_sent = self.n_sent.load(Ordering::Relaxed);
            match self.download.chunk().await {
                Ok(Some(chunk)) => self.begun.extend_from_slice(&chunk),
                Ok(None) if self.begun.is_empty() => return Ok(None),
                // The end of the body ends the last line.
                Ok(None) => self.begun.extend_from_slice(b"\n"),
                // If all rows that were sent are answered, the server has nothing to send yet.
                Err(Error::TimedOut { .. }) if n_sent <= self.n_answered => continue,
                Err(error) => return Err(error),
            }
            if let Some(end) = self.begun.iter().rposition(|byte| *byte == b'\n') {
                let lines = self.begun.split_to(end + 1);
                let lines = lines.as_ref().split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                let results: Vec<_> = lines.map(|line| self.result(line)).collect();
                self.n_answered += results.len() as u64;
                return Ok(Some(results));
            }
        }
    }

    fn result(&self, line: &[u8]) -> Result<RowResult, Error> {
        serde_json::from_slice(line).map_err(|error| {
            Error::Unexpected(Box::new(Unexpected {
                operation: PostImport::NAME,
                status: PostImport::STATUS,
                bytes: Bytes::copy_from_slice(line),
                problem: format!("a line of it is no result of a row: {error}"),
                correlation_id: self.download.correlation_id().map(str::to_owned),
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn rows_go_out_when_they_come_and_silence_is_broken() {
        let (send, receive) = tokio::sync::mpsc::unbounded_channel();
        let rows = stream::unfold(receive, |mut receive| async { Some((receive.recv().await?, receive)) });
        let n_sent = Arc::new(AtomicU64::new(0));
        let mut outgoing = Outgoing { rows: Box::pin(rows.fuse()), n_sent: n_sent.clone() };
        let row = || Row::Skill(SkillRow { id: None, name: Some("Billing".into()) });
        let line = "{\"skill\":{\"name\":\"Billing\"}}\n";
        for n_rows in [1, 3] {
            assert_eq!(outgoing.next().await.as_deref(), Some(&b" "[..]));
            (0..n_rows).for_each(|_| send.send(row()).expect("someone receives"));
            assert_eq!(outgoing.next().await, Some(Bytes::from(line.repeat(n_rows))));
        }
        drop(send);
        assert_eq!((n_sent.load(Ordering::Relaxed), outgoing.next().await), (4, None));

        let n_rows = 2 * CHUNK / line.len();
        let rows = stream::iter(std::iter::repeat_with(row).take(n_rows));
        let mut outgoing = Outgoing { rows: Box::pin(rows.fuse()), n_sent };
        let mut lengths = Vec::new();
        while let Some(chunk) = outgoing.next().await {
            lengths.push(chunk.len());
        }
        assert_eq!((lengths.iter().sum(), lengths.len()), (n_rows * line.len(), 2), "{lengths:?}");
    }
}
