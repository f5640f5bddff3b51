//! Requests with ambiguous framing (RFC 9112, sections 2.2, 3.2, 5.1, 6.1 to 6.3): each is refused with 400, and its
//! connection is closed, so that the bytes after it are never taken for a request.

use super::super::{report::Finding, server::Server};
use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

/// The time in which the reply and the end of the connection must come.
const LIMIT: Duration = Duration::from_secs(3);
/// A request that could be smuggled through a proxy after the malformed one.
const SMUGGLED: &str = "GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Requests that must be refused, each with its problem.
const REFUSED: [(&str, &str); 26] = [
    (
        "Transfer-Encoding with Content-Length",
        "POST /oauth/token HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    (
        "Content-Length with Transfer-Encoding",
        "POST /oauth/token HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
    ),
    (
        "Transfer-Encoding twice",
        "POST /oauth/token HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    (
        "Transfer-Encoding: chunked, chunked",
        "POST /oauth/token HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    ),
    (
        "Transfer-Encoding: gzip, chunked",
        "POST /oauth/token HTTP/1.1\r\nhost: h\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    ),
    ("Transfer-Encoding: gzip", "POST /oauth/token HTTP/1.1\r\nhost: h\r\ntransfer-encoding: gzip\r\n\r\n"),
    ("Transfer-Encoding: identity", "POST /oauth/token HTTP/1.1\r\nhost: h\r\ntransfer-encoding: identity\r\n\r\n"),
    (
        "Transfer-Encoding: xchunked",
        "POST /oauth/token HTTP/1.1\r\nhost: h\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    ),
    (
        "Transfer-Encoding of HTTP/1.0",
        "POST /oauth/token HTTP/1.0\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    ("two lengths", "POST /oauth/token HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\ncontent-length: 5\r\n\r\n"),
    ("a length of +5", "POST /oauth/token HTTP/1.1\r\nhost: h\r\ncontent-length: +5\r\n\r\naaaaa"),
    ("a length of -1", "POST /oauth/token HTTP/1.1\r\nhost: h\r\ncontent-length: -1\r\n\r\n"),
    ("a length of 0x5", "POST /oauth/token HTTP/1.1\r\nhost: h\r\ncontent-length: 0x5\r\n\r\naaaaa"),
    (
        "a length past 64 bits",
        "POST /oauth/token HTTP/1.1\r\nhost: h\r\ncontent-length: 99999999999999999999999\r\n\r\n",
    ),
    ("lengths 5, 6", "POST /oauth/token HTTP/1.1\r\nhost: h\r\ncontent-length: 5, 6\r\n\r\naaaaa"),
    ("no Host", "GET /health/live HTTP/1.1\r\n\r\n"),
    ("two Hosts", "GET /health/live HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n"),
    ("bare LF after the request line", "GET /health/live HTTP/1.1\nhost: h\r\n\r\n"),
    ("bare LF after a header", "GET /health/live HTTP/1.1\r\nhost: h\nx-a: b\r\n\r\n"),
    ("bare LF at the end", "GET /health/live HTTP/1.1\r\nhost: h\n\n"),
    ("a space before the colon", "GET /health/live HTTP/1.1\r\nhost : h\r\n\r\n"),
    ("a folded header", "GET /health/live HTTP/1.1\r\nhost: h\r\nx-a: b\r\n c\r\n\r\n"),
    ("a header without a colon", "GET /health/live HTTP/1.1\r\nhost: h\r\nx-a\r\n\r\n"),
    ("a NUL in a header", "GET /health/live HTTP/1.1\r\nhost: h\r\nx-a: b\0c\r\n\r\n"),
    ("a bare CR in a header", "GET /health/live HTTP/1.1\r\nhost: h\r\nx-a: b\rc\r\n\r\n"),
    (
        "a chunk size that is none",
        "POST /oauth/token HTTP/1.1\r\nhost: h\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
    ),
];

/// Requests that must be served.
const SERVED: [(&str, &str); 4] = [
    ("a plain one", "GET /health/live HTTP/1.1\r\nhost: h\r\n\r\n"),
    ("names in capitals", "GET /health/live HTTP/1.1\r\nHOST: h\r\nCONTENT-LENGTH: 0\r\n\r\n"),
    ("an IPv6 host", "GET /health/live HTTP/1.1\r\nhost: [::1]:80\r\n\r\n"),
    ("tabs around a value", "GET /health/live HTTP/1.1\r\nhost: h\r\nx-a:\tb\t\r\n\r\n"),
];

/// Sends each request on a connection of its own, followed by another one.
pub fn run(server: &Server) -> Finding {
    let mut wrong = Vec::new();
    for (name, request) in REFUSED {
        let reply = exchange(server, &format!("{request}{SMUGGLED}"));
        // Exactly one reply, a refusal, and then the end of the connection: no 2xx may follow.
        let n_replies = reply.text.matches("HTTP/1.1 ").count();
        if !reply.text.starts_with("HTTP/1.1 400") || n_replies != 1 || !reply.is_closed {
            let status = reply.text.get(9..12).unwrap_or("none").to_owned();
            wrong.push(format!("{name}: {status}, {n_replies} replies{}", if reply.is_closed { "" } else { ", open" }));
        }
    }
    for (name, request) in SERVED {
        let reply = exchange(server, request);
        if !reply.text.starts_with("HTTP/1.1 200") {
            wrong.push(format!("{name}: not served"));
        }
    }
    Finding {
        what: "ambiguous framing".to_owned(),
        tried: format!(
            "{} malformed requests, each with another behind it, and {} good ones",
            REFUSED.len(),
            SERVED.len()
        ),
        must: "400 and the end of the connection; the good ones are served".to_owned(),
        found: if wrong.is_empty() {
            "as it must be".to_owned()
        } else {
            format!("{} not: {}", wrong.len(), wrong.join("; "))
        },
        held: wrong.is_empty(),
    }
}

struct Exchange {
    text: String,
    is_closed: bool,
}

fn exchange(server: &Server, request: &str) -> Exchange {
    let mut bytes = Vec::new();
    let mut talk = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(server.address)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(request.as_bytes())?;
        let mut buffer = [0; 4096];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return Ok(true),
                Ok(n) => bytes.extend_from_slice(buffer.get(..n).unwrap_or_default()),
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
                    return Ok(true);
                }
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Ok(false),
                Err(error) => return Err(error),
            }
            // After a good request the connection may stay open.
            if bytes.starts_with(b"HTTP/1.1 200") {
                stream.set_read_timeout(Some(Duration::from_millis(300)))?;
            }
        }
    };
    let is_closed = talk().unwrap_or(true);
    Exchange { text: String::from_utf8_lossy(&bytes).into_owned(), is_closed }
}
