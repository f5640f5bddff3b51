//! The real server, in this process and with a temporary store.

use convoke_client::{Client, Config};
use convoke_server::{Bootstrap, PinSender, Running, StoreLocation, Tls};
use tempfile::TempDir;

pub const ID: &str = "me";
pub const SECRET: &str = "my-secret";

/// A server that runs until it is dropped.
pub struct Server {
    pub url: String,
    pub folder: TempDir,
    _running: Running,
}

impl Server {
    pub async fn start() -> Server {
        Server::start_with(None).await
    }

    pub async fn start_with(tls: Option<Tls>) -> Server {
        // For requests that tests send without a client, which would install it itself.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder for the test");
        let config = convoke_server::Config {
            tls,
            pin_sender: PinSender::File(folder.path().join("pins")),
            bootstrap: Bootstrap { client_id: Some(ID.into()), client_secret: Some(SECRET.into()) },
            ..convoke_server::Config::new(StoreLocation::Sqlite(folder.path().join("store.sqlite")))
        };
        let running = convoke_server::start(config).await.expect("the server starts");
        let scheme = if running.tls { "https" } else { "http" };
        Server { url: format!("{scheme}://{}", running.address), folder, _running: running }
    }

    /// The configuration for its first client, which has all permissions.
    pub fn config(&self) -> Config {
        Config::url(&self.url).client_credentials(ID, SECRET)
    }

    pub fn client(&self) -> Client {
        Client::new(self.config()).expect("a client")
    }

    /// The PIN that was sent last.
    pub fn pin(&self) -> String {
        let text = std::fs::read_to_string(self.folder.path().join("pins")).expect("a file of PINs");
        let line: serde_json::Value = text.lines().last().and_then(|line| line.parse().ok()).expect("a line of JSON");
        line.get("pin").expect("a PIN").to_string()
    }

    /// The number of successful requests, by API and name of the operation.
    pub async fn counts(&self) -> std::collections::BTreeMap<(String, String), u64> {
        let text = reqwest::get(format!("{}/metrics", self.url)).await.expect("an answer").text().await;
        let text = text.expect("metrics");
        let lines = text.lines().filter_map(|line| line.strip_prefix("convoke_requests_total{"));
        let well = lines.filter(|line| line.contains("status=\"2xx\""));
        well.map(|line| {
            let label = |name: &str| {
                let (_, rest) = line.split_once(&format!("{name}=\"")).expect("a label");
                rest.split_once('"').expect("a value").0.to_owned()
            };
            let (_, count) = line.rsplit_once(' ').expect("a count");
            ((label("dialect"), label("operation")), count.parse().expect("a number"))
        })
        .collect()
    }
}
