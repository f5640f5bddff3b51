//! SIGHUP: the server reloads its certificate and continues.

use crate::server::{Connection, LIMIT, convoke, wait_until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::Arc;

struct Made {
    certificate: String,
    key: String,
    der: CertificateDer<'static>,
}

fn make() -> Made {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    Made { certificate: made.cert.pem(), key: made.signing_key.serialize_pem(), der: made.cert.der().clone() }
}

/// A server. Dropping it ends it.
struct Started {
    child: Child,
    /// Held so that the server never writes to a closed pipe.
    _stdout: BufReader<ChildStdout>,
    address: SocketAddr,
    log: PathBuf,
}

impl Started {
    fn start(folder: &Path, arguments: &[&str], scheme: &str) -> Started {
        let log = folder.join("log");
        let mut serve = convoke(&["serve", "--listen", "127.0.0.1:0"], &folder.join("store.sqlite"));
        serve.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = serve.stderr(File::create(&log).expect("a file")).spawn().expect("the server can be started");
        let mut stdout = BufReader::new(child.stdout.take().expect("its stdout is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("text");
        let address = line.trim().strip_prefix(&format!("listening on {scheme}://")).and_then(|text| text.parse().ok());
        let mut started = Started { child, _stdout: stdout, address: SocketAddr::from(([0; 4], 0)), log };
        started.address = address.unwrap_or_else(|| panic!("{line:?}"));
        started
    }

    fn hang_up(&self) {
        let id = i32::try_from(self.child.id()).expect("the number of a process is small");
        kill(Pid::from_raw(id), Signal::SIGHUP).expect("the server is there");
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the paths of tests are text")
}

fn log_has(log: &Path, part: &str) -> bool {
    std::fs::read_to_string(log).is_ok_and(|log| log.contains(part))
}

type Secure = StreamOwned<ClientConnection, TcpStream>;

/// Connects as a client that trusts these certificates, and sends a request.
fn connect(address: SocketAddr, trusted: &[&Made]) -> std::io::Result<Secure> {
    let mut roots = RootCertStore::empty();
    trusted.iter().for_each(|made| roots.add(made.der.clone()).expect("a certificate"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    let mut secure = StreamOwned::new(connection, stream);
    is_alive(&mut secure)?;
    Ok(secure)
}

fn is_alive(secure: &mut Secure) -> std::io::Result<()> {
    secure.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut reply = Vec::new();
    while !reply.ends_with(b"{\"status\":\"live\"}") {
        let mut byte = [0];
        secure.read_exact(&mut byte)?;
        reply.extend(byte);
    }
    Ok(())
}

fn certificate_of(secure: &Secure) -> CertificateDer<'static> {
    secure.conn.peer_certificates().and_then(<[_]>::first).expect("a server shows one").clone().into_owned()
}

#[test]
fn certificate_and_key_are_read_again() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let put = |certificate: &str, its_key: &str| {
        std::fs::write(&cert, certificate).expect("a file");
        std::fs::write(&key, its_key).expect("a file");
    };
    let (first, second) = (make(), make());
    put(&first.certificate, &first.key);
    let started = Started::start(folder.path(), &["--tls-cert", text(&cert), "--tls-key", text(&key)], "https");
    let (address, log) = (started.address, &started.log);
    let both = [&first, &second];

    let mut held = connect(address, &both).expect("it answers");
    assert_eq!(certificate_of(&held), first.der);

    put(&second.certificate, &second.key);
    assert_eq!(certificate_of(&connect(address, &both).expect("it answers")), first.der, "it was not told to");
    started.hang_up();
    wait_until("the log says so", || log_has(log, "were read again"));
    assert_eq!(certificate_of(&connect(address, &both).expect("it answers")), second.der);
    is_alive(&mut held).expect("a connection that is open stays so");

    for (n, (certificate, its_key, problem)) in [
        (&*first.certificate, &*second.key, "ERROR"),
        ("no certificate", &*second.key, "there is no certificate in it"),
        (&*first.certificate, "no key", "key.pem"),
    ]
    .into_iter()
    .enumerate()
    {
        put(certificate, its_key);
        started.hang_up();
        wait_until("the log says so", || {
            let said = std::fs::read_to_string(log).expect("the log");
            said.matches("the old certificate stays in use").count() == n + 1
        });
        assert!(log_has(log, problem), "{problem}");
        assert_eq!(certificate_of(&connect(address, &both).expect("it answers")), second.der);
    }

    std::fs::remove_file(&cert).expect("it was there");
    put(&first.certificate, &first.key);
    started.hang_up();
    wait_until("it is served again", || {
        connect(address, &both).is_ok_and(|secure| certificate_of(&secure) == first.der)
    });
}

#[test]
fn without_files_there_is_nothing_to_read_again() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let started = Started::start(folder.path(), &[], "http");
    started.hang_up();
    wait_until("the log says so", || log_has(&started.log, "nothing to read again"));
    let reply = Connection::open(started.address, None).expect("it listens").request("GET", "/health/live", &[], None);
    assert_eq!(reply.expect("a reply").status, 200);
}
