//! A server with scripted replies, one for each connection.

use convoke_client::Config;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A scripted reply.
#[derive(Clone)]
pub enum Reply {
    /// Status, headers and body.
    Answer(u16, &'static [(&'static str, &'static str)], String),
    /// No reply: the connection is closed after the request.
    Break,
    /// A part of a body, and then no more.
    Half,
    /// No reply while the client waits.
    Silence,
}

/// A received request.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    /// By name, in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("(absent)", String::as_str)
    }
}

/// The server.
pub struct Scripted {
    pub url: String,
    came: Arc<Mutex<Vec<Request>>>,
    /// Gets a message for each received request.
    pub coming: mpsc::UnboundedReceiver<()>,
}

/// A success with this body.
pub fn ok(body: impl Into<String>) -> Reply {
    Reply::Answer(200, &[], body.into())
}

/// Starts a server with these replies. It repeats the last one.
pub async fn scripted(replies: impl Into<Vec<Reply>>) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let came = Arc::new(Mutex::new(Vec::new()));
    let (says, coming) = mpsc::unbounded_channel();
    let mut replies = replies.into().into_iter();
    tokio::spawn({
        let came = came.clone();
        async move {
            let mut reply = replies.next().expect("a reply");
            while let Ok((mut connection, _)) = listener.accept().await {
                let Some(request) = receive(&mut connection).await else { continue };
                came.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                let _ = says.send(());
                tokio::spawn(answer(connection, reply.clone()));
                reply = replies.next().unwrap_or(reply);
            }
        }
    });
    Scripted { url, came, coming }
}

impl Scripted {
    /// The requests received so far.
    pub fn came(&self) -> Vec<Request> {
        self.came.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A configuration for this server with a fixed token, and without delays between attempts.
    pub fn config(&self) -> Config {
        Config::url(&self.url).access_token("given").retry_wait(Duration::ZERO)
    }
}

/// Advances the clock without waiting.
pub async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

async fn receive(connection: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if connection.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(end + 4);
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<String, String> =
        headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while body.len() < length {
        connection.read_buf(&mut body).await.ok()?;
    }
    Some(Request { method, target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

async fn answer(mut connection: TcpStream, reply: Reply) {
    let head = |status: u16, length: usize| {
        format!("HTTP/1.1 {status} -\r\ncontent-length: {length}\r\nconnection: close\r\n")
    };
    let text = match reply {
        Reply::Answer(status, headers, body) => {
            let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            format!("{}{headers}\r\n{body}", head(status, body.len()))
        }
        Reply::Break => String::new(),
        Reply::Half => format!("{}\r\n{{\"id\":", head(200, 1000)),
        Reply::Silence => return drop(connection.read_u8().await),
    };
    let _ = connection.write_all(text.as_bytes()).await;
}
