//! A connection that ends when it is idle for too long, or when the head of a request takes too
//! long. One timer for each connection looks at a shared clock now and then: requests that come in
//! time never touch it.

use crate::limits::{HEAD_TIME, IDLE_TIME};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How often the timer looks; a limit may be passed by this much.
const TICK: Duration = Duration::from_secs(1);

/// What a connection is doing, and since when.
pub(super) struct Phase {
    began: Instant,
    /// Milliseconds since `began` in the high bits, the state in the low two.
    now: AtomicU64,
}

const IDLE: u64 = 0;
const HEAD: u64 = 1;
const WORKING: u64 = 2;
const FLOWING: u64 = 3;

impl Phase {
    pub fn new() -> Arc<Self> {
        Arc::new(Phase { began: Instant::now(), now: AtomicU64::new(IDLE) })
    }

    fn set(&self, state: u64) {
        let since = self.began.elapsed().as_millis() as u64;
        self.now.store(since << 2 | state, Ordering::Relaxed);
    }

    /// The head of a request is there.
    pub fn working(&self) {
        self.set(WORKING);
    }

    /// An answer is on its way; what comes next is a new request.
    pub fn idle(&self) {
        self.set(IDLE);
    }

    /// An answer of no known length is on its way, and the request may still be coming.
    pub fn flowing(&self) {
        self.set(FLOWING);
    }

    /// Bytes of an answer have gone: the connection is not idle while its peer reads.
    fn sent(&self) {
        match self.now.load(Ordering::Relaxed) & 3 {
            IDLE => self.set(IDLE),
            FLOWING => self.set(FLOWING),
            _ => {}
        }
    }

    /// Bytes have come: if nothing was going on, a request begins.
    fn received(&self) {
        match self.now.load(Ordering::Relaxed) & 3 {
            IDLE => self.set(HEAD),
            FLOWING => self.set(FLOWING),
            _ => {}
        }
    }

    fn is_overdue(&self) -> bool {
        let now = self.now.load(Ordering::Relaxed);
        let spent = self.began.elapsed().saturating_sub(Duration::from_millis(now >> 2));
        match now & 3 {
            IDLE | FLOWING => spent > IDLE_TIME,
            HEAD => spent > HEAD_TIME,
            _ => false,
        }
    }
}

/// A stream that fails with `TimedOut` when its [`Phase`] is overdue.
pub(super) struct Timed<S> {
    stream: S,
    phase: Arc<Phase>,
    timer: Pin<Box<Sleep>>,
}

impl<S> Timed<S> {
    pub fn new(stream: S, phase: Arc<Phase>) -> Self {
        Timed { stream, phase, timer: Box::pin(sleep(TICK)) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buf) {
            if buf.filled().len() > before {
                self.phase.received();
            }
            return Poll::Ready(read);
        }
        loop {
            ready!(self.timer.as_mut().poll(cx));
            if self.phase.is_overdue() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.timer.as_mut().reset(Instant::now() + TICK);
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        if matches!(written, Poll::Ready(Ok(_))) {
            self.phase.sent();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        if matches!(written, Poll::Ready(Ok(_))) {
            self.phase.sent();
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    /// How long a connection lives on which these bytes come, and then nothing.
    async fn life(bytes: &[u8], working: bool) -> Option<Duration> {
        let (mut client, server) = duplex(64);
        let phase = Phase::new();
        let mut stream = Timed::new(server, phase.clone());
        client.write_all(bytes).await.expect("the pipe is open");
        let began = Instant::now();
        let mut buffer = [0; 64];
        loop {
            let read = tokio::time::timeout(IDLE_TIME * 2, stream.read(&mut buffer)).await;
            match read {
                Ok(Ok(_)) if working => phase.working(),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                    return Some(began.elapsed());
                }
                Err(_) => return None,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_and_a_slow_head_end_in_time_and_work_goes_on() {
        let idle = life(b"", false).await.expect("it ends");
        assert!(idle > IDLE_TIME && idle <= IDLE_TIME + 2 * TICK, "{idle:?}");
        let slow = life(b"GET / HT", false).await.expect("it ends");
        assert!(slow > HEAD_TIME && slow <= HEAD_TIME + 2 * TICK, "{slow:?}");
        assert_eq!(life(b"GET / HTTP/1.1\r\n\r\n", true).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_may_come_while_its_answer_goes() {
        let (mut client, server) = duplex(64);
        let phase = Phase::new();
        let mut stream = Timed::new(server, phase.clone());
        phase.flowing();
        for _ in 0..10 {
            client.write_all(b"more").await.expect("the pipe is open");
            stream.read_exact(&mut [0; 4]).await.expect("it comes");
            let ended = tokio::time::timeout(HEAD_TIME * 2, stream.read(&mut [0; 1])).await;
            assert!(ended.is_err(), "the connection ended: {ended:?}");
        }
        let ended = tokio::time::timeout(IDLE_TIME * 2, stream.read(&mut [0; 1])).await;
        let error = ended.expect("it ends when nothing comes").expect_err("it ends in time");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_may_take_its_time_while_its_reader_reads() {
        let (mut client, server) = duplex(64);
        let mut stream = Timed::new(server, Phase::new());
        for _ in 0..10 {
            stream.write_all(b"more").await.expect("the pipe is open");
            client.read_exact(&mut [0; 4]).await.expect("it comes");
            let ended = tokio::time::timeout(IDLE_TIME / 2, stream.read(&mut [0; 1])).await;
            assert!(ended.is_err(), "the connection ended: {ended:?}");
        }
    }
}
