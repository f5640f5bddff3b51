//! The server under test as a child process: started as the experiment needs it, measured, ended.
//!
//! Only children that were started here are signalled.

use super::shared::connection::{Connection, Reply};
use crate::run::{self, TaskError, wait};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

/// The client that the first start creates.
pub const CLIENT: (&str, &str) = ("chaos", "a secret of the experiments only");
/// The time limit of a start, of a debug build on a busy machine.
pub const START_LIMIT: Duration = Duration::from_secs(60);
/// The time from SIGTERM to the end that the project promises, with requests in flight.
pub const STOP_LIMIT: Duration = Duration::from_secs(12);
/// How long a connection attempt may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The period of checks for a condition that should hold soon.
const POLL: Duration = Duration::from_millis(5);

/// The settings of a start.
pub struct Launch<'a> {
    pub binary: &'a Path,
    /// The database file.
    pub store: &'a Path,
    /// Further flags of `convoke serve`.
    pub flags: &'a [&'a str],
    /// The program under which it runs, such as strace, with arguments; empty for none. It must execute the server in
    /// the same process.
    pub under: Vec<String>,
}

/// A running server. Dropping it ends it as by `kill -9`.
pub struct Server {
    child: Child,
    log: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
}

impl<'a> Launch<'a> {
    /// A plain start.
    pub fn new(binary: &'a Path, store: &'a Path) -> Launch<'a> {
        Launch { binary, store, flags: &[], under: Vec::new() }
    }

    /// Starts the process and does not wait for it. Its log is beside the folder of the store.
    pub fn spawn(&self) -> Result<(Child, PathBuf), TaskError> {
        let folder = self.store.parent().unwrap_or(Path::new("."));
        let log = folder.with_extension("log");
        let (program, before) = match self.under.split_first() {
            Some((program, rest)) => (Path::new(program), rest),
            None => (self.binary, [].as_slice()),
        };
        let mut command = Command::new(program);
        command.args(before);
        if !self.under.is_empty() {
            command.arg("--").arg(self.binary);
        }
        for (key, _) in std::env::vars_os() {
            if key.to_string_lossy().starts_with("CONVOKE_") {
                command.env_remove(key);
            }
        }
        let stderr = File::create(&log).map_err(|cause| format!("{}: {cause}", log.display()))?;
        let child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--store"])
            .arg(format!("sqlite:{}", self.store.display()))
            .args(self.flags)
            .env("CONVOKE_BOOTSTRAP_CLIENT_ID", CLIENT.0)
            .env("CONVOKE_BOOTSTRAP_CLIENT_SECRET", CLIENT.1)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(|cause| format!("cannot start {}: {cause}", program.display()))?;
        Ok((child, log))
    }

    /// Starts it and waits until it listens. If it ended, the error has its output.
    pub fn listen(&self) -> Result<Server, TaskError> {
        let (mut child, log) = self.spawn()?;
        let stdout = child.stdout.take().expect("stdout was asked for");
        let (tell, line) = channel();
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let mut line = String::new();
            let _ = stdout.read_line(&mut line);
            let _ = tell.send(line);
            // Keeps reading, so that the server never writes to a closed pipe.
            let _ = io::copy(&mut stdout, &mut io::sink());
        });
        let line = line.recv_timeout(START_LIMIT).unwrap_or_default();
        let address = line.trim().strip_prefix("listening on http://").and_then(|text| text.parse().ok());
        let Some(address) = address else {
            // Both fail only if it has ended already.
            let _ = child.kill();
            let status = child.wait();
            let said = fs::read_to_string(&log).unwrap_or_default();
            let status = status.map(|status| status.to_string()).unwrap_or_default();
            return Err(format!("the server did not start ({status}): {}", last_line(&said)));
        };
        Ok(Server { child, log, address })
    }

    /// Starts it and waits until it is ready for everything.
    pub fn start(&self) -> Result<Server, TaskError> {
        let server = self.listen()?;
        let begin = Instant::now();
        loop {
            match server.get("/health/ready").map(|reply| reply.status) {
                Ok(200) => return Ok(server),
                other if begin.elapsed() > START_LIMIT => return Err(format!("the server is not ready: {other:?}")),
                _ => thread::sleep(POLL),
            }
        }
    }
}

impl Server {
    /// A plain start.
    pub fn start(binary: &Path, store: &Path) -> Result<Server, TaskError> {
        Launch::new(binary, store).start()
    }

    /// A connection with this token, from this machine's usual address.
    pub fn connect(&self, token: Option<&str>) -> io::Result<Connection> {
        Connection::open(self.address, token.map(|token| format!("Bearer {token}")))
    }

    /// A connection that comes from another address of this machine.
    pub fn connect_from(&self, source: IpAddr, authorization: Option<String>) -> io::Result<Connection> {
        Connection::over(connect_from(self.address, source)?, authorization)
    }

    /// A reply to a request without a token, on a new connection.
    pub fn get(&self, target: &str) -> io::Result<Reply> {
        self.connect(None)?.request("GET", target, &[], None)
    }

    /// An access token of the first client.
    pub fn sign_in(&self) -> Result<String, TaskError> {
        self.sign_in_as(CLIENT)
    }

    /// An access token of a client.
    pub fn sign_in_as(&self, client: (&str, &str)) -> Result<String, TaskError> {
        let reply = Connection::open(self.address, Some(basic(client)))
            .and_then(|mut connection| connection.request("POST", "/oauth/token", &[], Some(&form())))
            .map_err(|cause| format!("sign-in: {cause}"))?;
        let token = reply.body.get("access_token").and_then(Value::as_str);
        token.map(str::to_owned).ok_or_else(|| format!("sign-in: {} {}", reply.status, reply.body))
    }

    /// The status of the response to a request on a new connection. The body is read to the end and discarded.
    pub fn download(&self, target: &str, token: &str, patience: Duration) -> io::Result<String> {
        let mut connection = self.connect(Some(token))?;
        let head = connection.head("GET", target);
        let stream = connection.stream.get_mut();
        stream.set_read_timeout(Some(patience))?;
        stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes())?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        io::copy(stream, &mut io::sink())?;
        Ok(String::from_utf8_lossy(start.get(9..).unwrap_or_default()).into_owned())
    }

    /// Imports rows, each of which must succeed.
    pub fn import(&self, token: &str, rows: &[Value]) -> Result<(), TaskError> {
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        let exchange = || -> io::Result<String> {
            let mut connection = self.connect(Some(token))?;
            let head = connection.head("POST", "/directory/import");
            let length = lines.len();
            let head = format!(
                "{head}content-type: application/x-ndjson\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
            );
            // Answers arrive while rows are still being sent, so another thread must read them.
            let mut sending = connection.stream.get_ref().try_clone()?;
            let mut reply = String::new();
            thread::scope(|scope| {
                let sent = scope.spawn(move || {
                    sending.write_all(head.as_bytes()).and_then(|()| sending.write_all(lines.as_bytes()))
                });
                let read = connection.stream.read_to_string(&mut reply);
                sent.join().unwrap_or_else(|_| Err(io::Error::other("a panic"))).and(read)
            })?;
            Ok(reply)
        };
        let reply = exchange().map_err(|cause| format!("the import: {cause}"))?;
        if reply.starts_with("HTTP/1.1 200") && !reply.contains("\"error\"") {
            return Ok(());
        }
        Err(format!("the import: {}", reply.chars().take(2_000).collect::<String>()))
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its resident memory in MiB.
    pub fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|rest| rest.split_whitespace().next()).and_then(|text| text.parse::<u64>().ok());
        kibibytes.unwrap_or_default() / 1024
    }

    /// The number of its open files and sockets.
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).map_or(0, Iterator::count)
    }

    /// Its exit status, if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills it with SIGKILL. The value stays usable, since others still need its address.
    pub fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    fn signal(&self, signal: Signal) {
        // It fails only if the process has ended already.
        let _ = run::signal(&self.child, signal);
    }

    /// Waits until it has ended by itself.
    pub fn wait(mut self, limit: Duration) -> Option<ExitStatus> {
        wait(&mut self.child, limit)
    }

    /// Sends SIGTERM and waits for the end. Returns the exit status, if it ended in time, and the time that it took.
    pub fn stop(mut self, limit: Duration) -> (Option<ExitStatus>, Duration) {
        let begin = Instant::now();
        self.signal(Signal::SIGTERM);
        (wait(&mut self.child, limit), begin.elapsed())
    }

    /// Stops it, and refuses unless it ends well.
    pub fn stop_well(self) -> Result<(), TaskError> {
        match self.stop(START_LIMIT) {
            (Some(status), _) if status.success() => Ok(()),
            (status, _) => Err(format!("the server did not stop well: {status:?}")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The header by which a client signs in.
pub fn basic((id, secret): (&str, &str)) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// The body of a sign-in.
pub fn form() -> Value {
    json!("grant_type=client_credentials")
}

/// Connects from an address of this machine; std cannot choose one.
pub fn connect_from(address: SocketAddr, source: IpAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.bind(&SocketAddr::new(source, 0).into())?;
    socket.connect_timeout(&address.into(), CONNECT_LIMIT)?;
    Ok(socket.into())
}

/// Runs `convoke verify` on a store that no server uses. The refusal has its complaints.
pub fn verify(binary: &Path, store: &Path) -> Result<(), TaskError> {
    let mut command = Command::new(binary);
    command.args(["verify", "--json", "--store"]).arg(format!("sqlite:{}", store.display()));
    let output = command.stdin(Stdio::null()).output().map_err(|cause| format!("cannot start: {cause}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let document: Value = serde_json::from_str(&said).unwrap_or_default();
    let is_silent = document.get("differences").and_then(Value::as_array).is_some_and(Vec::is_empty);
    if output.status.success() && is_silent {
        return Ok(());
    }
    Err(format!("verify ({}): {said}{}", output.status, last_line(&String::from_utf8_lossy(&output.stderr))))
}

/// The last line of a log, cut to a table's width.
pub fn last_line(log: &str) -> String {
    log.trim_end().lines().last().unwrap_or_default().chars().take(200).collect()
}
