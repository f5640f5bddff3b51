//! The stream under hyper. It ends the connection when its [`Phase`] is overdue or its peer reads too slowly, and
//! passes the bytes of requests to the check of framing. One timer for each connection checks the phase once a second;
//! requests that arrive in time never touch it.

use super::framing::Framing;
use super::phase::{Flushed, Phase};
use crate::limits::{READ_RATE, READ_TIME};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// The period of the timer. A limit may be exceeded by this much.
const TICK: Duration = Duration::from_secs(1);

/// A stream that fails with `TimedOut` when its peer takes too long.
pub(super) struct Timed<S> {
    stream: S,
    phase: Arc<Phase>,
    framing: Framing,
    timer: Pin<Box<Sleep>>,
    /// While there are unread bytes: the deadline for the peer to read more. Each byte that it reads extends it by the
    /// time of that byte at [`READ_RATE`], to at most [`READ_TIME`] from now.
    read_by: Option<Instant>,
    /// While there are no unread bytes: the time until the deadline when there are some again. It is kept from one
    /// piece of a response to the next, and grows like `read_by`.
    patience: Duration,
}

impl<S> Timed<S> {
    pub fn new(stream: S, phase: Arc<Phase>, framing: Framing) -> Self {
        Timed { stream, phase, framing, timer: Box::pin(sleep(TICK)), read_by: None, patience: READ_TIME }
    }

    /// Waits for the timer, after the stream was not ready.
    fn poll_overdue(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            if self.phase.is_overdue() || self.read_by.is_some_and(|read_by| read_by < now) {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.timer.as_mut().reset(now + TICK);
        }
    }

    /// The result of a write: the number of bytes sent, or an error if the peer does not read.
    fn wrote(&mut self, written: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(n)) => {
                self.phase.sent();
                let earned = Duration::from_secs_f64(n as f64 / READ_RATE as f64);
                match &mut self.read_by {
                    Some(read_by) => *read_by = (*read_by + earned).min(Instant::now() + READ_TIME),
                    None => self.patience = (self.patience + earned).min(READ_TIME),
                }
                Poll::Ready(Ok(n))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => {
                let patience = self.patience;
                self.read_by.get_or_insert_with(|| Instant::now() + patience);
                self.poll_overdue(cx).map(Err)
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(cx, buf) {
            let received = buf.filled().get(before..).unwrap_or_default();
            if !received.is_empty() {
                self.framing.feed(received);
                self.phase.received();
            }
            return Poll::Ready(read);
        }
        self.poll_overdue(cx).map(Err)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(written, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_flush(cx) {
            Poll::Ready(Ok(())) => {
                if let Some(read_by) = self.read_by.take() {
                    self.patience = read_by.saturating_duration_since(Instant::now());
                }
                if self.phase.flushed() == Flushed::EndOfResponse {
                    self.patience = READ_TIME;
                    if self.framing.is_in_head() {
                        // The next request began to arrive before this response was sent.
                        self.phase.received();
                    }
                }
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.wrote(Poll::Pending, cx).map_ok(|_| ()),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_shutdown(cx) {
            Poll::Pending => self.wrote(Poll::Pending, cx).map_ok(|_| ()),
            done => done,
        }
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
        self.wrote(written, cx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::framing::FramingProblems;
    use super::*;
    use crate::limits::HEAD_TIME;
    use crate::limits::IDLE_TIME;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    /// A connection: the client's end, the server's end, and its phase.
    fn connection() -> (DuplexStream, Timed<DuplexStream>, Arc<Phase>) {
        let (client, server) = duplex(64);
        let phase = Arc::new(Phase::new());
        let framing = Framing::new(Arc::new(FramingProblems::default()));
        (client, Timed::new(server, phase.clone(), framing), phase)
    }

    /// How long a connection lives if these bytes arrive on it, and then nothing.
    async fn life(bytes: &[u8], working: bool) -> Option<Duration> {
        let (mut client, mut stream, phase) = connection();
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
        let (mut client, mut stream, phase) = connection();
        phase.answering();
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
        let (mut client, mut stream, phase) = connection();
        phase.answering();
        for _ in 0..10 {
            stream.write_all(b"more").await.expect("the pipe is open");
            client.read_exact(&mut [0; 4]).await.expect("it comes");
            let ended = tokio::time::timeout(IDLE_TIME / 2, stream.read(&mut [0; 1])).await;
            assert!(ended.is_err(), "the connection ended: {ended:?}");
        }
    }

    /// How long it takes to send a response of `response` bytes to a peer that reads `n` bytes each second; an error if
    /// the connection is given up.
    async fn sending(response: usize, n: usize) -> (io::Result<()>, Duration) {
        let (mut client, mut stream, phase) = connection();
        phase.answered();
        let began = Instant::now();
        let reader = tokio::spawn(async move {
            let mut buffer = vec![0; n];
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if n > 0 && client.read_exact(&mut buffer).await.is_err() {
                    return;
                }
            }
        });
        let sent = stream.write_all(&vec![0; response]).await;
        reader.abort();
        (sent, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_that_is_not_read_is_given_up_and_a_slow_reader_gets_all_of_it() {
        for slow in [0, 1, READ_RATE / 2] {
            let (sent, took) = sending(READ_RATE * 1000, slow).await;
            assert_eq!(sent.expect_err("it ends").kind(), io::ErrorKind::TimedOut);
            assert!(took >= READ_TIME && took <= READ_TIME * 2 + 2 * TICK, "{slow} bytes a second: {took:?}");
        }
        let (sent, took) = sending(READ_RATE * 1000, READ_RATE + READ_RATE / 4).await;
        sent.expect("a peer that reads fast enough gets all of it");
        assert!(took > READ_TIME * 10, "{took:?}");
    }

    /// Sends a response in many pieces of `piece` bytes, each flushed, to a peer that reads `n` bytes each second. The
    /// server has the next piece after `pause`.
    async fn streaming(piece: usize, n: usize, pause: Duration) -> io::Result<()> {
        const PIECES: usize = 20;
        let (mut client, mut stream, phase) = connection();
        phase.answering();
        let reader = tokio::spawn(async move {
            let mut buffer = vec![0; n];
            while client.read_exact(&mut buffer).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let mut sent = Ok(());
        for _ in 0..PIECES {
            sent = async {
                stream.write_all(&vec![0; piece]).await?;
                stream.flush().await
            }
            .await;
            // The connection polls for the next request meanwhile, as hyper does.
            let waited = tokio::time::timeout(pause, stream.read(&mut [0; 1])).await;
            if let Ok(ended) = waited {
                sent = sent.and(ended.map(drop));
            }
            if sent.is_err() {
                break;
            }
        }
        reader.abort();
        sent
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_in_pieces_must_be_read_as_fast_as_one_in_one_piece() {
        let (second, piece) = (Duration::from_secs(1), READ_RATE * 8);
        for slow in [READ_RATE / 4, READ_RATE / 2] {
            let error = streaming(piece, slow, Duration::ZERO).await.expect_err("it ends");
            assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{slow} bytes a second");
        }
        for (fast, pause) in [(READ_RATE + READ_RATE / 4, Duration::ZERO), (READ_RATE * 2, IDLE_TIME - second * 5)] {
            streaming(piece, fast, pause)
                .await
                .expect("the time in which the server has nothing to send does not count");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_head_of_the_next_request_has_its_time_from_the_end_of_the_response() {
        let (mut client, mut stream, phase) = connection();
        let request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET";
        client.write_all(request).await.expect("the pipe is open");
        stream.read_exact(&mut [0; 30]).await.expect("it comes");
        phase.working();
        phase.answering();
        client.write_all(b" / HT").await.expect("the pipe is open");
        stream.read_exact(&mut [0; 5]).await.expect("it comes");
        phase.answered();
        client.write_all(b"TP").await.expect("the pipe is open");
        stream.read_exact(&mut [0; 2]).await.expect("it comes");
        stream.flush().await.expect("it goes");
        let began = Instant::now();
        let ended = stream.read(&mut [0; 1]).await.expect_err("it ends in time");
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() > HEAD_TIME && began.elapsed() <= HEAD_TIME + 2 * TICK, "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_when_all_of_its_response_has_gone() {
        let (mut client, mut stream, phase) = connection();
        assert!(phase.idle_since().is_some(), "nothing was sent yet");
        client.write_all(b"GET").await.expect("the pipe is open");
        stream.read_exact(&mut [0; 3]).await.expect("it comes");
        assert!(phase.idle_since().is_some(), "the head of a request is no request yet");
        phase.working();
        assert_eq!(phase.idle_since(), None);
        phase.answering();
        stream.write_all(b"a part").await.expect("there is room");
        stream.flush().await.expect("it goes");
        assert_eq!(phase.idle_since(), None, "more is to come");
        phase.answered();
        assert_eq!(phase.idle_since(), None, "not all has gone");
        stream.flush().await.expect("it goes");
        assert!(phase.idle_since().is_some());
    }
}
