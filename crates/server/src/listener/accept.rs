//! Connections, from accept to close.

use super::framing::{Framing, FramingProblems};
use super::limiter::{ConnectionLimiter, ConnectionPermit, Share};
use super::phase::Phase;
use super::timed::Timed;
use super::tls::Acceptor;
use crate::api::genesys;
use crate::api::serve::refuse_connection;
use crate::http::peer::Peer;
use crate::limits;
use crate::observe::access::AccessLine;
use crate::observe::lines::{LineBudget, Permit};
use crate::site::Site;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, Request, Version};
use hyper::body::{Frame, SizeHint};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The data that all connections of one listener share.
#[derive(Clone)]
pub(crate) struct Service {
    pub acceptor: Option<Arc<Acceptor>>,
    pub router: Router,
    pub site: Arc<Site>,
    pub limiter: Arc<ConnectionLimiter>,
    /// The time that requests in flight have to finish after the listener is told to stop.
    pub drain_time: Duration,
}

/// Accepts connections until `stopped` is true, at most as many at a time as
/// [`ConnectionLimiter`] permits. Then closes the listener and waits for the requests in flight.
pub(crate) async fn accept(listener: TcpListener, service: Service, mut stopped: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let lines = LineBudget::new(limits::LOG_LINES, Instant::now());
    loop {
        let accepted = tokio::select! {
            accepted = next(&listener, &service) => accepted,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok(Some((stream, peer, permit))) => {
                tokio::spawn(connection(stream, peer, permit, service.clone(), graceful.watcher()));
            }
            // The address has too many connections.
            Ok(None) => {}
            Err(error) => {
                // The usual cause is too many open files.
                if let Some(Permit { left_out }) = lines.next(Instant::now()) {
                    tracing::warn!(%error, left_out, "a connection could not be accepted");
                }
                service.limiter.make_room(&service.site.metrics);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let Service { drain_time, .. } = service;
    if tokio::time::timeout(drain_time, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still in flight after {} seconds; they are cut off", drain_time.as_secs());
    }
}

/// Accepts the next connection, with its permit; `None` if the connection was refused.
async fn next(
    listener: &TcpListener,
    service: &Service,
) -> std::io::Result<Option<(TcpStream, Peer, ConnectionPermit)>> {
    let (stream, address) = listener.accept().await?;
    let (peer, metrics) = (Peer::of_socket(address), &service.site.metrics);
    let share = if service.site.trusted_proxies.contain(peer) { Share::Exempt } else { Share::ByAddress };
    let Some(admission) = service.limiter.admit(peer, share, metrics) else { return Ok(None) };
    let permit = service.limiter.enter(admission, metrics).await;
    Ok(Some((stream, peer, permit)))
}

/// Serves one connection until it is closed.
async fn connection(stream: TcpStream, peer: Peer, permit: ConnectionPermit, service: Service, watcher: Watcher) {
    let _ = stream.set_nodelay(true);
    bound_unsent(&stream);
    let metrics = &service.site.metrics;
    metrics.connections.inc();
    tokio::select! {
        () = encrypted(stream, peer, permit.connection.phase.clone(), service.clone(), watcher) => {}
        () = permit.connection.must_leave() => tracing::debug!("an idle connection was closed for a new one"),
    }
    metrics.connections.dec();
}

/// Limits the unsent bytes that the kernel buffers (`TCP_NOTSENT_LOWAT`), so that the server can measure how fast the
/// peer reads.
fn bound_unsent(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(limits::UNSENT_BYTES);
    #[cfg(not(target_os = "linux"))]
    let _ = socket2::SockRef::from(stream).set_send_buffer_size(limits::UNSENT_BYTES as usize);
}

async fn encrypted(stream: TcpStream, peer: Peer, phase: Arc<Phase>, service: Service, watcher: Watcher) {
    let Some(acceptor) = service.acceptor.clone() else {
        return requests(stream, peer, phase, service, watcher).await;
    };
    match tokio::time::timeout(limits::HANDSHAKE_TIME, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => requests(stream, peer, phase, service, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn requests<S>(stream: S, socket: Peer, phase: Arc<Phase>, service: Service, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let problems = Arc::new(FramingProblems::default());
    let framing = Framing::new(problems.clone());
    let stream = TokioIo::new(Timed::new(stream, phase.clone(), framing));
    let Service { router, site, .. } = service;
    let router = TowerToHyperService::new(router);
    let answer = hyper::service::service_fn(move |mut request: Request<hyper::body::Incoming>| {
        phase.working();
        let problem = problems.of_next().or_else(|| problem_of_host(request.version(), request.headers()));
        let peer = site.trusted_proxies.peer(socket, request.headers());
        request.extensions_mut().insert(peer);
        let mut line = site.access_log.then(|| Box::new(AccessLine::begin(&request, peer.0)));
        let answered = match problem {
            None => Ok(hyper::service::Service::call(&router, request)),
            Some(problem) => Err(refuse_connection(&site, &genesys::API, problem)),
        };
        let phase = phase.clone();
        async move {
            let response = match answered {
                Ok(response) => response.await.unwrap_or_else(|never| match never {}),
                Err(refusal) => refusal,
            };
            phase.answering();
            if let Some(line) = &mut line {
                line.answer(&response);
            }
            Ok::<Response<Sent>, Infallible>(response.map(|body| Sent { body, phase, line }))
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .max_buf_size(limits::HEAD_BYTES)
        .max_headers(limits::HEADERS)
        .serve_connection(stream, answer);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The problem with the `Host` header of a request, if there is one (RFC 9112, section 3.2).
fn problem_of_host(version: Version, headers: &HeaderMap) -> Option<&'static str> {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if version == Version::HTTP_11 => Some("there must be a Host"),
        (Some(_), Some(_)) => Some("there must be one Host"),
        (Some(host), None) if !host.as_bytes().iter().all(is_of_host) => Some("the Host must be a name or an address"),
        _ => None,
    }
}

/// Whether a byte may occur in a `Host`: a name, an address or a port (RFC 3986, section 3.2.2).
fn is_of_host(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte)
}

/// The body of a response, which tells the connection's [`Phase`] when hyper has taken all of it.
struct Sent {
    body: Body,
    phase: Arc<Phase>,
    /// The request's line in the access log.
    line: Option<Box<AccessLine>>,
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.phase.answered();
        if let Some(line) = &mut self.line
            && hyper::body::Body::is_end_stream(&self.body)
        {
            line.end();
        }
    }
}

impl hyper::body::Body for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let (Some(line), Poll::Ready(frame)) = (&mut self.line, &polled) {
            match frame {
                Some(Ok(frame)) => line.send(frame.data_ref().map_or(0, Bytes::len)),
                Some(Err(_)) => {}
                None => line.end(),
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
