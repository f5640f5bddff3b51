//! PostgreSQL as the database of the suite.

use convoke_store::postgres::{Postgres, PostgresAddress};
use convoke_store::{Missing, Store};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_postgres::{NoTls, SimpleQueryMessage};
use uuid::Uuid;

pub use crate::suite::filled;

/// The variable with the URL of a cluster's database, whose role may create others. `cargo xtask test postgres` sets it.
pub const CLUSTER: &str = "CONVOKE_TEST_POSTGRES";

/// A database of a test.
pub struct Place {
    pub name: String,
    pub url: String,
}

/// A new database.
pub async fn place() -> Place {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let cluster = cluster();
    let name = format!("store_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    run(&cluster, &format!("CREATE DATABASE {name}")).await;
    Place { url: of_database(&cluster, &name), name }
}

pub fn cluster() -> String {
    std::env::var(CLUSTER).unwrap_or_else(|_| panic!("{CLUSTER} is not set: run `cargo xtask test postgres`"))
}

/// The URL of another database of the same cluster.
pub fn of_database(url: &str, name: &str) -> String {
    let (base, parameters) = url.split_once('?').unwrap_or((url, ""));
    let (host, _) = base.rsplit_once('/').expect("the URL names a database");
    if parameters.is_empty() { format!("{host}/{name}") } else { format!("{host}/{name}?{parameters}") }
}

/// Opens the store of this URL.
pub async fn open(url: &str) -> Result<Store, convoke_store::StoreError> {
    let address: PostgresAddress = url.parse().expect("a URL");
    Postgres::open(&address, Missing::Make).await.map(Store::Postgres)
}

impl Place {
    pub async fn open(&self) -> Store {
        open(&self.url).await.expect("the store opens")
    }

    /// The store as a killed process would leave it: nothing of it was in the process.
    pub fn killed(&self) -> Place {
        Place { url: self.url.clone(), name: self.name.clone() }
    }

    /// An id in a statement.
    pub fn id(&self, id: Uuid) -> String {
        format!("'{id}'::uuid")
    }

    /// The columns of the first row of a query, as texts.
    pub async fn look(&self, sql: &str) -> Vec<String> {
        run(&self.url, sql).await
    }

    /// Runs a statement.
    pub async fn run(&self, sql: &str) {
        run(&self.url, sql).await;
    }
}

/// Runs a statement in the database of this URL. Returns the columns of the first row, as texts.
pub async fn run(url: &str, sql: &str) -> Vec<String> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the database answers");
    let connection = tokio::spawn(connection);
    client.batch_execute("SET search_path = convoke").await.expect("a setting");
    let messages = client.simple_query(sql).await.expect("a statement");
    drop(client);
    connection.await.expect("no panic").expect("the connection ends");
    let row = messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.map(|row| (0..row.len()).map(|at| row.get(at).unwrap_or("(null)").to_owned()).collect()).unwrap_or_default()
}
