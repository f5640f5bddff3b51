//! Connections, from the view of their peers.

use super::*;
use crate::config::{Connections, Loopback};
use crate::replica::directories::Directories;
use crate::router::router;
use crate::site::Settings;
use convoke_store::Store;
use convoke_store::sqlite::Sqlite;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZero;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::task::JoinHandle;

/// A service with this number of places, and the folder of its store.
async fn service(places: usize, per_address: usize) -> (Service, TempDir) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = Sqlite::open(&folder.path().join("store.sqlite")).expect("a new store");
    let directories = Directories::load(Arc::new(Store::Sqlite(store))).await.expect("an empty store loads");
    let site = Arc::new(Site::new(directories, Settings::default()));
    let nonzero = |n| NonZero::new(n).expect("a number");
    let (places, per_address) = (nonzero(places), Some(nonzero(per_address)));
    let limiter = ConnectionLimiter::new(&Connections { places, per_address, loopback: Loopback::Limited });
    let router = router(site.clone());
    (Service { acceptor: None, router, site, limiter, drain_time: limits::DRAIN_TIME }, folder)
}

/// A listener on loopback.
struct Server {
    address: SocketAddr,
    site: Arc<Site>,
    stop: watch::Sender<bool>,
    served: JoinHandle<()>,
    _folder: TempDir,
}

impl Server {
    async fn new(places: usize, per_address: usize) -> Server {
        let (service, folder) = service(places, per_address).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (stop, stopped) = watch::channel(false);
        let site = service.site.clone();
        let served = tokio::spawn(accept(listener, service, stopped));
        Server { address, site, stop, served, _folder: folder }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the kernel takes it")
    }

    async fn stop(self) {
        self.stop.send(true).expect("the listener is there");
        self.served.await.expect("it ends");
    }
}

/// Requests `/health/live`. Returns whether there was a response.
async fn ask(stream: &mut TcpStream) -> bool {
    let sent = stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut begun = [0; 12];
    if sent.is_err() || stream.read_exact(&mut begun).await.is_err() || begun != *b"HTTP/1.1 200" {
        return false;
    }
    let mut rest = Vec::new();
    while !rest.ends_with(b"{\"status\":\"live\"}") {
        rest.push(stream.read_u8().await.expect("the rest comes"));
    }
    true
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    !matches!(stream.read(&mut [0; 1]).await, Ok(1))
}

#[tokio::test]
async fn a_new_connection_gets_the_place_of_the_one_that_was_idle_longest() {
    let server = Server::new(2, 100).await;
    let (mut one, mut two) = (server.connect().await, server.connect().await);
    assert!(ask(&mut one).await && ask(&mut two).await);
    // A client with a request now and then keeps its place only while nobody else needs it.
    for n in 1..=10 {
        let mut new = server.connect().await;
        assert!(ask(&mut new).await, "the new connection is served at once");
        assert!(is_closed(&mut one).await, "its place was that of the longest idle");
        assert_eq!(server.site.metrics.connections_evicted.get(), n);
        (one, two) = (two, new);
    }
    assert!(ask(&mut one).await && ask(&mut two).await);
    server.stop().await;
}

#[tokio::test]
async fn a_connection_that_has_sent_nothing_or_half_a_head_makes_room() {
    let server = Server::new(2, 100).await;
    let mut silent = server.connect().await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET /health/live HTT").await.expect("it goes out");
    let (mut one, mut two) = (server.connect().await, server.connect().await);
    assert!(ask(&mut one).await && ask(&mut two).await);
    assert!(is_closed(&mut silent).await && is_closed(&mut slow).await);
    server.stop().await;
}

#[tokio::test]
async fn a_connection_beyond_its_addresss_limit_is_closed_at_once() {
    let server = Server::new(100, 2).await;
    let (mut one, mut two) = (server.connect().await, server.connect().await);
    assert!(ask(&mut one).await && ask(&mut two).await);
    for n in 1..=3 {
        assert!(is_closed(&mut server.connect().await).await);
        assert_eq!(server.site.metrics.connections_refused.get(), n);
    }
    assert!(ask(&mut one).await && ask(&mut two).await, "those that are there are served on");
    drop(one);
    // The server may notice the end later.
    let again = async { while !ask(&mut server.connect().await).await {} };
    tokio::time::timeout(Duration::from_secs(10), again).await.expect("there is room again");
    server.stop().await;
}

/// The statuses of the responses to these bytes, until the server closes the connection.
async fn statuses(service: &Service, bytes: &[u8]) -> Vec<u16> {
    let (mut client, server) = duplex(256 * 1024);
    let (peer, phase) = (Peer(IpAddr::from([127, 0, 0, 1])), Arc::new(Phase::new()));
    let graceful = GracefulShutdown::new();
    let served = tokio::spawn(requests(server, peer, phase, service.clone(), graceful.watcher()));
    client.write_all(bytes).await.expect("there is room");
    let mut received = Vec::new();
    client.read_to_end(&mut received).await.expect("it ends");
    served.await.expect("the connection ends");
    let text = String::from_utf8_lossy(&received).into_owned();
    let begins = text.match_indices("HTTP/1.1 ").map(|(at, found)| at + found.len());
    begins.map(|at| text[at..at + 3].parse().expect("a status")).collect()
}

/// Ambiguous framing is refused, and nothing after it is read as a request.
#[tokio::test(start_paused = true)]
async fn requests_of_unsound_framing_are_refused_and_the_last_of_their_connection() {
    let (service, _folder) = service(1, 1).await;
    let head = |line: &str, headers: &str| format!("{line}\r\n{headers}\r\n");
    let post = |headers: &str| head("POST /health/live HTTP/1.1", &format!("Host: x\r\n{headers}"));
    let get = |headers: &str| head("GET /health/live HTTP/1.1", headers);
    let smuggled = "GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n";
    let bad = [
        post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n") + "0\r\n\r\n",
        post("Content-Length: 5\r\ntransfer-encoding: CHUNKED\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked, chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked, identity\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: identity\r\n"),
        post("Transfer-Encoding: gzip\r\n"),
        post("Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: \"chunked\"\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding:\r\n"),
        post("Transfer-Encoding: chunked;q=1\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding: ,chunked\r\n") + "0\r\n\r\n",
        post("Transfer-Encoding : chunked\r\n") + "0\r\n\r\n",
        post("Content-Length: 0\r\nContent-Length: 0\r\n"),
        post("Content-Length: 0\r\nContent-Length: 5\r\n"),
        post("Content-Length: 5\r\nContent-Length: 0\r\n"),
        post("Content-Length: 0, 0\r\n"),
        post("Content-Length: +0\r\n"),
        post("Content-Length: -1\r\n"),
        post("Content-Length: 0x0\r\n"),
        post("Content-Length: 0 0\r\n"),
        post("Content-Length:\r\n"),
        post("Content-Length: 99999999999999999999\r\n"),
        post("Content-Length : 0\r\n"),
        get(""),
        get("Accept: */*\r\n"),
        get("Host: x\r\nHost: x\r\n"),
        get("Host: x\r\nhost: y\r\n"),
        get("Host: x, y\r\n"),
        get("Host: x y\r\n"),
        get("Host: x/y\r\n"),
        get("Host: user@x\r\n"),
        get("Host : x\r\n"),
        "GET /health/live HTTP/1.1\nHost: x\r\n\r\n".into(),
        "GET /health/live HTTP/1.1\r\nHost: x\n\r\n".into(),
        "GET /health/live HTTP/1.1\r\nHost: x\r\n\n".into(),
        "GET /health/live HTTP/1.1\nHost: x\n\n".into(),
        "\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".into(),
        "\r\n\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".into(),
        "GET /health/live HTTP/1.1\r\nHost: x\r\nA: b\nTransfer-Encoding: chunked\r\n\r\n".into(),
        "GET /health/live HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n".into(),
        "GET /health/live HTTP/1.1\r\nHost: x\r\r\n\r\n".into(),
        get("Host: x\r\nA: b\r\n c\r\n"),
        get("Host: x\r\n A: b\r\n"),
        get("Host: x\r\nA\r\n"),
        get("Host: x\r\nA: \0\r\n"),
        get("Host: x\r\n: b\r\n"),
        get("Host: x\r\nA B: c\r\n"),
        head("GET /health/live HTTP/1.0", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n",
        head("GET /health/live HTTP/1.2", "Host: x\r\n"),
        head("GET /health/live HTTP/2.0", "Host: x\r\n"),
        head("GET /health/live", "Host: x\r\n"),
        head("GET  /health/live HTTP/1.1", "Host: x\r\n"),
        head("GET /health/live  HTTP/1.1", "Host: x\r\n"),
        head("GET\t/health/live\tHTTP/1.1", "Host: x\r\n"),
        head("G@T /health/live HTTP/1.1", "Host: x\r\n"),
        head(" GET /health/live HTTP/1.1", "Host: x\r\n"),
        get("Host: x?y\r\n"),
    ];
    assert!(bad.len() >= 60);
    for request in &bad {
        let alone = statuses(&service, format!("{request}{smuggled}").as_bytes()).await;
        assert_eq!(alone, [400], "{request:?}");
        let behind = statuses(&service, format!("{}{request}{smuggled}", get("Host: x\r\n")).as_bytes()).await;
        assert_eq!(behind, [200, 400], "{request:?} behind another");
        let chunked = post("Transfer-Encoding: chunked\r\n") + "2;x=y\r\n\n\n\r\n0\r\nA: b\r\n\r\n";
        let behind = statuses(&service, format!("{chunked}{request}{smuggled}").as_bytes()).await;
        assert_eq!(behind, [405, 400], "{request:?} behind a body in chunks");
    }
    let last = get("Host: x\r\nConnection: close\r\n");
    for (request, status) in [
        (get("Host: x\r\n"), 200),
        (get("host:[2001:db8::1]:8080\r\n"), 200),
        (get("Host:\r\n"), 200),
        (format!("\r\n{}", get("Host: x\r\n")), 200),
        (get("Host: x\r\nContent-Length: 0\r\n"), 200),
        (post("Content-Length: 3\r\n") + "\n\n\n", 405),
        (post("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 405),
        (post("transfer-encoding:  Chunked \r\n") + "00a\r\n0123456789\r\n0\r\n\r\n", 405),
        (head("GET http://x/health/live HTTP/1.1", "Host: x\r\n"), 200),
    ] {
        assert_eq!(statuses(&service, format!("{request}{last}").as_bytes()).await, [status, 200], "{request:?}");
    }
    let old = head("GET /health/live HTTP/1.0", "Connection: keep-alive\r\n");
    let answered = statuses(&service, format!("{old}{last}").as_bytes()).await;
    assert_eq!(answered, [200], "HTTP/1.0 needs no Host; it is answered in its own version, and then in the later one");
}
