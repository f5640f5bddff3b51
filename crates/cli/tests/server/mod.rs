//! The real binary as a child process, and one blocking keep-alive connection to it.
//!
//! Nothing here retries: a test that asks what a killed server remembers must know of each
//! request whether it was answered.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long anything that should happen at once may take on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(20);

const CLIENT: &str = "dGVzdDpzZWNyZXQgb2YgdGhlIHRlc3Q="; // test:secret of the test

/// `convoke ARGUMENT… --store sqlite:STORE`.
pub fn convoke(arguments: &[&str], store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convoke"));
    command.args(arguments);
    command.arg("--store").arg(format!("sqlite:{}", store.display()));
    command
}

/// A running server; dropped, it is ended as by `kill -9`.
pub struct Server {
    child: Child,
    /// Held so that the server never writes to a closed pipe.
    _stdout: BufReader<ChildStdout>,
    log: PathBuf,
    pub address: SocketAddr,
}

impl Server {
    /// Starts the server on `store` and waits until it is ready.
    pub fn start(store: &Path) -> Server {
        Server::start_by(convoke(&["serve"], store), store)
    }

    /// Starts the server by `command`, which may run it under something else as long as the
    /// process stays the server's.
    pub fn start_by(mut command: Command, store: &Path) -> Server {
        let log = store.with_extension("log");
        command
            .args(["--listen", "127.0.0.1:0"])
            .env("CONVOKE_BOOTSTRAP_CLIENT_ID", "test")
            .env("CONVOKE_BOOTSTRAP_CLIENT_SECRET", "secret of the test")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("the folder of the store can be written"));
        let mut child = command.spawn().expect("the server can be started");
        let mut stdout = BufReader::new(child.stdout.take().expect("its stdout is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("the first line of the server is text");
        let address = line.trim().strip_prefix("listening on http://").and_then(|text| text.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            panic!("the first line of the server is {line:?}; it says\n{log}");
        };
        let server = Server { child, _stdout: stdout, log, address };
        wait_until("the server is ready", || {
            server.connect(None).request("GET", "/health/ready", &[], None).is_ok_and(|reply| reply.status == 200)
        });
        server
    }

    /// Opens a connection that sends `token`, if there is one.
    pub fn connect(&self, token: Option<&str>) -> Connection {
        let stream = TcpStream::connect(self.address).expect("the server accepts connections");
        stream.set_nodelay(true).expect("a TCP connection has that option");
        stream.set_read_timeout(Some(LIMIT)).expect("the limit is not zero");
        Connection { stream: BufReader::new(stream), authorization: token.map(|token| format!("Bearer {token}")) }
    }

    /// An access token of the bootstrap client.
    pub fn sign_in(&self) -> String {
        let mut connection = self.connect(None);
        connection.authorization = Some(format!("Basic {CLIENT}"));
        let form = json!("grant_type=client_credentials");
        let reply = connection.request("POST", "/oauth/token", &[], Some(&form)).expect("the server answers");
        let token = reply.body.get("access_token").and_then(Value::as_str);
        token.unwrap_or_else(|| panic!("no token: {reply:?}")).to_owned()
    }

    /// Sends SIGTERM, and does not wait.
    pub fn terminate(&self) {
        let status = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(status.is_ok_and(|status| status.success()), "the server was gone before its SIGTERM");
    }

    /// Waits for the end.
    pub fn wait(mut self) -> ExitStatus {
        wait_for(&mut self.child).expect("a server that is told to stop does")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the server said\n{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

/// One keep-alive connection.
pub struct Connection {
    pub stream: BufReader<TcpStream>,
    authorization: Option<String>,
}

/// A whole reply; the body is null where it was not JSON.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
}

impl Connection {
    /// Sends a request and waits for its reply; a string goes out as a form, anything else as JSON.
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

    /// The lines of a request that each one has, the last one ended.
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

/// Asks `is_so` until it is so; fails past the limit, saying `what` did not happen.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
        sleep(Duration::from_millis(2));
    }
}

/// Waits for the end of `child`; past the limit it is killed, and there is no status.
pub fn wait_for(child: &mut Child) -> Option<ExitStatus> {
    let begin = Instant::now();
    while begin.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().expect("it is a child") {
            return Some(status);
        }
        sleep(Duration::from_millis(2));
    }
    // Both fail only when it has ended by now.
    let _ = child.kill();
    let _ = child.wait();
    None
}
