//! One request and its reply over a connection of their own. Paths and headers are sent without corrections.

use crate::server::LIMIT;
use std::io::{Read, Write};
use std::net::TcpStream;

/// A whole reply.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(held, _)| held.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Sends a request to `server`, or to where its target says.
pub fn send(server: &str, method: &str, target: &str, headers: &[String], body: &str) -> Result<Reply, String> {
    let (host, path) = match target.strip_prefix("http://") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => (server, target),
    };
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    if !body.is_empty() || ["POST", "PUT"].contains(&method) {
        head += &format!("content-length: {}\r\n", body.len());
    }
    headers.iter().for_each(|header| head += &format!("{header}\r\n"));
    let exchange = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(format!("{head}\r\n{body}").as_bytes())?;
        stream.read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = exchange().map_err(|error| format!("{method} {target}: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "the reply is no text")?;
    // The server may send 100 before the reply; the body was sent anyway.
    let last = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&text);
    read(last).ok_or_else(|| format!("this is no whole reply: {text:?}"))
}

fn read(text: &str) -> Option<Reply> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let (first, rest) = head.split_once("\r\n")?;
    let status = first.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    let headers = rest.lines().map(header).collect::<Option<_>>()?;
    let reply = Reply { status, headers, body: body.to_owned() };
    let length = reply.header("content-length").map_or(Some(0), |length| length.parse().ok())?;
    (length == body.len()).then_some(reply)
}
