//! One blocking keep-alive connection. `cargo xtask chaos` uses this file too.
//!
//! Nothing here retries: a test of a killed server must know of each request whether it was answered.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// The timeout for anything that should happen at once, on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(20);

/// One keep-alive connection.
pub struct Connection {
    pub stream: BufReader<TcpStream>,
    authorization: Option<String>,
}

/// A whole reply. The body is null if it was not JSON.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
}

impl Connection {
    /// Connects; `authorization` is the header of that name in each request.
    pub fn open(address: SocketAddr, authorization: Option<String>) -> io::Result<Connection> {
        Connection::over(TcpStream::connect(address)?, authorization)
    }

    /// Uses HTTP over a connected stream.
    pub fn over(stream: TcpStream, authorization: Option<String>) -> io::Result<Connection> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LIMIT))?;
        Ok(Connection { stream: BufReader::new(stream), authorization })
    }

    /// Sends a request and waits for its reply. A string is sent as a form, any other value as JSON.
    pub fn request(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> io::Result<Reply> {
        let (media_type, body) = match body {
            Some(Value::String(form)) => ("application/x-www-form-urlencoded", form.clone()),
            Some(json) => ("application/json", json.to_string()),
            None => ("application/json", String::new()),
        };
        let mut head = self.head(method, target);
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-type: {media_type}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        self.stream.get_mut().write_all(head.as_bytes())?;
        self.reply()
    }

    /// The request line and the common headers, with the last line break.
    pub fn head(&self, method: &str, target: &str) -> String {
        let authorization = self.authorization.as_ref().map(|value| format!("authorization: {value}\r\n"));
        format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\n{}", authorization.unwrap_or_default())
    }

    /// Reads one reply.
    pub fn reply(&mut self) -> io::Result<Reply> {
        let broken = |what: &str| io::Error::new(io::ErrorKind::UnexpectedEof, what);
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|text| text.parse().ok());
        let status = status.ok_or_else(|| broken("no status line"))?;
        let (mut length, mut is_chunked) = (0, false);
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some(header) = line.strip_suffix("\r\n") else { return Err(broken("half a head")) };
            match header.split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().map_err(|_| broken("no number as content-length"))?;
                }
                Some((name, _)) if name.eq_ignore_ascii_case("transfer-encoding") => is_chunked = true,
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        while is_chunked {
            line.clear();
            self.stream.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim_end(), 16).map_err(|_| broken("no size of a chunk"))?;
            let mut chunk = vec![0; size + 2];
            self.stream.read_exact(&mut chunk)?;
            body.extend(chunk.iter().take(size));
            is_chunked = size > 0;
        }
        Ok(Reply { status, body: serde_json::from_slice(&body).unwrap_or_default() })
    }
}
