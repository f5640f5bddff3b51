//! A server with scripted replies.

use crate::caller::Caller;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A status line, which may have headers after it, and a body.
pub type Reply = (&'static str, Vec<u8>);

/// A caller for a server that accepts any sign-in. For other requests `reply` gets the first line. If it returns none,
/// the server does not reply.
pub fn scripted(reply: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> Caller {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    let reply = Arc::new(reply);
    // The thread ends with the test.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let reply = reply.clone();
            thread::spawn(move || answer(stream, &*reply));
        }
    });
    let url = format!("http://{address}");
    Caller::stranger().with("CONVOKE_URL", &url).with("CONVOKE_CLIENT_ID", "c").with("CONVOKE_CLIENT_SECRET", "s")
}

fn answer(stream: TcpStream, reply: &dyn Fn(&str) -> Option<Reply>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    stream.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0)
            }
            Some(_) => {}
            None => break,
        }
    }
    std::io::copy(&mut stream.by_ref().take(length), &mut std::io::sink())?;
    let token = br#"{"access_token":"t","token_type":"bearer","expires_in":86400}"#;
    let reply = if first.contains("/oauth/token") { Some(("200 OK", token.to_vec())) } else { reply(&first) };
    let Some((status, body)) = reply else {
        // Until the client closes the connection.
        return stream.read_line(&mut first).map(drop);
    };
    let mut stream = stream.into_inner();
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
    stream.write_all(&body)
}
