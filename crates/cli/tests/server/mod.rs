//! The real binary as a child process.

pub mod connection;

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

pub use connection::{Connection, LIMIT};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};

const CLIENT: &str = "dGVzdDpzZWNyZXQgb2YgdGhlIHRlc3Q="; // test:secret of the test

/// `convoke ARGUMENT… --store sqlite:STORE`.
pub fn convoke(arguments: &[&str], store: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convoke"));
    command.args(arguments);
    command.arg("--store").arg(format!("sqlite:{}", store.display()));
    command
}

/// A running server. Dropping it ends it as `kill -9` does.
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

    /// Starts the server by `command`, which may run it under another program, if that executes the server in the same
    /// process.
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
        let authorization = token.map(|token| format!("Bearer {token}"));
        Connection::open(self.address, authorization).expect("the server accepts connections")
    }

    /// An access token of the first client.
    pub fn sign_in(&self) -> String {
        let authorization = Some(format!("Basic {CLIENT}"));
        let mut connection = Connection::open(self.address, authorization).expect("the server accepts connections");
        let form = json!("grant_type=client_credentials");
        let reply = connection.request("POST", "/oauth/token", &[], Some(&form)).expect("the server answers");
        let token = reply.body.get("access_token").and_then(Value::as_str);
        token.unwrap_or_else(|| panic!("no token: {reply:?}")).to_owned()
    }

    /// Sends SIGTERM without waiting.
    pub fn terminate(&self) {
        terminate(&self.child);
    }

    /// Waits for the end.
    pub fn wait(mut self) -> ExitStatus {
        wait_for(&mut self.child).expect("a server that is told to stop does")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the server said\n{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

/// Sends SIGTERM to a child that has not been waited for.
pub fn terminate(child: &Child) {
    let id = i32::try_from(child.id()).expect("the number of a process is small");
    kill(Pid::from_raw(id), Signal::SIGTERM).expect("the child is there");
}

/// Polls until `is_so` is true. Panics at the limit; `what` is for the message.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LIMIT, "not within {LIMIT:?}: {what}");
        sleep(Duration::from_millis(2));
    }
}

/// Waits for the end of `child`. At the limit it is killed, and there is no status.
pub fn wait_for(child: &mut Child) -> Option<ExitStatus> {
    let begin = Instant::now();
    while begin.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().expect("it is a child") {
            return Some(status);
        }
        sleep(Duration::from_millis(2));
    }
    // Both fail only if it has just ended.
    let _ = child.kill();
    let _ = child.wait();
    None
}
