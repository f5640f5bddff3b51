//! The listeners of a server, as configured.

use super::*;
use crate::config::{Connections, Loopback};
use std::num::NonZero;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A server with so many places on its main listener, and listeners for health and metrics.
async fn server(places: usize) -> (Running, TempDir) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let places = NonZero::new(places).expect("a number");
    let config = Config {
        connections: Connections { places, per_address: None, loopback: Loopback::Exempt },
        health_listen: Some(loopback),
        metrics_listen: Some(loopback),
        ..Config::new(StoreLocation::Sqlite(folder.path().join("store.sqlite")))
    };
    (start(config).await.expect("it starts"), folder)
}

async fn get(address: Option<SocketAddr>, path: &str) -> String {
    let mut stream = TcpStream::connect(address.expect("it listens")).await.expect("the kernel takes it");
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("the request goes out");
    let mut response = String::new();
    stream.read_to_string(&mut response).await.expect("the response comes");
    response
}

#[tokio::test]
async fn health_and_metrics_have_listeners_and_places_of_their_own() {
    let (server, _folder) = server(1).await;
    let main = Some(server.address);
    assert!(get(main, "/metrics").await.starts_with("HTTP/1.1 401 "), "it was passed on, and has no token");
    assert!(get(server.metrics, "/metrics").await.contains("convoke_connections_refused_total"));
    for (address, path) in [
        (server.health, "/metrics"),
        (server.health, "/oauth/token"),
        (server.metrics, "/health/live"),
        (server.metrics, "/api/v2/groups"),
    ] {
        let response = get(address, path).await;
        assert!(response.starts_with("HTTP/1.1 404 "), "{path}");
        assert!(response.contains("inin-correlation-id: ") && response.contains(r#""code":"not.found""#), "{response}");
    }
    // The one place of the main listener is taken by a request that does not end.
    let mut stalled = TcpStream::connect(server.address).await.expect("the kernel takes it");
    let request = b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    stalled.write_all(request).await.expect("it goes out");
    stalled.read_exact(&mut [0; 25]).await.expect("the server asks for the body");
    let waiting = tokio::time::timeout(Duration::from_millis(100), get(main, "/health/live")).await;
    assert!(waiting.is_err(), "there is no place");
    for path in ["/health/live", "/health/ready"] {
        assert!(get(server.health, path).await.starts_with("HTTP/1.1 200 "), "{path}");
    }
    drop(stalled);
    assert!(get(main, "/health/live").await.starts_with("HTTP/1.1 200 "), "there is a place again");
    let health = server.health;
    server.stop().await;
    let after = TcpStream::connect(health.expect("it listened")).await;
    assert!(after.is_err(), "all listeners end with the server");
}

#[tokio::test]
async fn a_request_on_a_side_listener_delays_the_stop_by_little() {
    let (server, _folder) = server(1).await;
    let mut stream = TcpStream::connect(server.health.expect("it listens")).await.expect("the kernel takes it");
    // A request that has begun, and never ends. When a later one is answered, the server has seen it.
    stream.write_all(b"GET /health/live HT").await.expect("it goes out");
    assert!(get(server.health, "/health/live").await.starts_with("HTTP/1.1 200 "));
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    server.stop().await;
    assert!(began.elapsed() < limits::DRAIN_TIME / 2, "{:?}", began.elapsed());
}
