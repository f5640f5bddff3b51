//! One keep-alive HTTP/1.1 connection, with only as much of the protocol as the bench needs: a request is bytes from
//! the caller, a reply is a status, a head and a body of a known length.
//!
//! It is written by hand because the generator shares two cores with the server under test: CPU time that it saves is
//! left to the server. It must never retry and never hide an unexpected reply, since both would improve the figures.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The name of every server, also in certificates.
pub const HOST: &str = "localhost";

/// Where a server listens.
#[derive(Clone)]
pub struct Endpoint {
    /// Its address.
    pub address: SocketAddr,
    /// How to speak TLS with it; without this, plain HTTP is spoken.
    pub tls: Option<Arc<ClientConfig>>,
}

/// An open connection, and the received bytes of the current reply.
pub struct Connection {
    stream: Stream,
    received: Vec<u8>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A whole reply, borrowed from its connection.
pub struct Reply<'a> {
    pub status: u16,
    /// The status line and the header lines, without the blank line.
    pub head: &'a [u8],
    pub body: &'a [u8],
}

impl Connection {
    /// Connects without Nagle's delay.
    pub async fn open(endpoint: &Endpoint) -> io::Result<Connection> {
        let stream = TcpStream::connect(endpoint.address).await?;
        stream.set_nodelay(true)?;
        let stream = match &endpoint.tls {
            None => Stream::Plain(stream),
            Some(config) => {
                let host = ServerName::try_from(HOST).map_err(io::Error::other)?;
                Stream::Tls(Box::new(TlsConnector::from(config.clone()).connect(host, stream).await?))
            }
        };
        Ok(Connection { stream, received: Vec::with_capacity(64 * 1024) })
    }

    /// Sends one request and waits for the whole of its reply.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Reply<'_>> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(request).await?,
            Stream::Tls(stream) => {
                stream.write_all(request).await?;
                stream.flush().await?;
            }
        }
        self.received.clear();
        let extent = loop {
            self.received.reserve(16 * 1024);
            let n = match &mut self.stream {
                Stream::Plain(stream) => stream.read_buf(&mut self.received).await?,
                Stream::Tls(stream) => stream.read_buf(&mut self.received).await?,
            };
            if n == 0 {
                return Err(malformed("the server closed the connection before the reply ended"));
            }
            match Extent::of(&self.received)? {
                Some(extent) if self.received.len() >= extent.end => break extent,
                _ => {}
            }
        };
        if self.received.len() > extent.end {
            return Err(malformed("bytes after the end of the reply"));
        }
        Ok(Reply {
            status: extent.status,
            head: self.received.get(..extent.head).unwrap_or_default(),
            body: self.received.get(extent.body..).unwrap_or_default(),
        })
    }
}

/// Writes a GET in place of what `out` held.
pub fn write_get(out: &mut Vec<u8>, target: &str, token: &str) {
    out.clear();
    for part in [
        "GET ",
        target,
        " HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\nauthorization: Bearer ",
        token,
        "\r\n\r\n",
    ] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// Writes a POST of a JSON body in place of what `out` held.
pub fn write_post(out: &mut Vec<u8>, target: &str, token: &str, body: &str) {
    write_body(out, target, &format!("Bearer {token}"), "application/json", body);
}

/// Writes a POST of any body in place of what `out` held.
pub fn write_body(out: &mut Vec<u8>, target: &str, authorization: &str, media_type: &str, body: &str) {
    let mut text = String::with_capacity(256 + body.len());
    write!(
        text,
        "POST {target} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\
         authorization: {authorization}\r\ncontent-type: {media_type}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("writing to a string cannot fail");
    out.clear();
    out.extend_from_slice(text.as_bytes());
}

/// The positions of the parts of a reply in the received bytes.
struct Extent {
    status: u16,
    head: usize,
    body: usize,
    end: usize,
}

impl Extent {
    /// `None` while the head is incomplete.
    fn of(received: &[u8]) -> io::Result<Option<Extent>> {
        let Some(head) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = std::str::from_utf8(received.get(..head).unwrap_or_default())
            .map_err(|_| malformed("a reply head that is not UTF-8"))?;
        let status = text
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3))
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| malformed("a reply without an HTTP/1.1 status line"))?;
        let length: usize = header(text, "content-length")
            .and_then(|value| value.parse().ok())
            .ok_or_else(|| malformed("a reply without a content-length"))?;
        let body = head + 4;
        Ok(Some(Extent { status, head, body, end: body + length }))
    }
}

/// The value of a header in a reply's head.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
