//! `convoke demo-data`.

use crate::CommandError;
use clap::Args;
use convoke_server::{Bootstrap, Directories, StoreLocation, demo};
use convoke_store::postgres::Postgres;
use convoke_store::sqlite::Sqlite;
use convoke_store::{Missing, Store};
use std::io::IsTerminal;
use std::sync::Arc;

#[derive(Args)]
pub struct DemoData {
    /// The store to make: sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE; it must be new
    #[arg(long, env = "CONVOKE_STORE", value_name = "STORE", hide_env_values = true)]
    store: StoreLocation,
    /// How many people
    #[arg(long, default_value_t = 100_000)]
    people: usize,
    /// How many groups
    #[arg(long, default_value_t = 10_000)]
    groups: usize,
    /// How many people are individuals of groups, all groups together
    #[arg(long, default_value_t = 1_000_000)]
    memberships: usize,
    /// How many individuals the largest group has
    #[arg(long, default_value_t = 50_000)]
    largest: usize,
    /// How many routing skills; people can do some of them, and speak some of twelve languages
    #[arg(long, default_value_t = 100)]
    skills: usize,
    /// How many groups have a rule, which brings them members on top [default: one in ten]
    #[arg(long)]
    rules: Option<usize>,
    /// How many groups are put beneath others, at the most
    #[arg(long, default_value_t = 0)]
    nested: usize,
    /// What the rest is drawn from: the same seed makes the same people and groups
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, env = "CONVOKE_BOOTSTRAP_CLIENT_ID", hide = true)]
    bootstrap_client_id: Option<String>,
    #[arg(long, env = "CONVOKE_BOOTSTRAP_CLIENT_SECRET", hide = true, hide_env_values = true)]
    bootstrap_client_secret: Option<String>,
}

impl DemoData {
    /// Creates the store.
    pub async fn run(self) -> Result<(), CommandError> {
        let store = match &self.store {
            StoreLocation::Sqlite(path) => Sqlite::open(path).map(Store::Sqlite),
            StoreLocation::Postgres(address) => Postgres::open(address, Missing::Make).await.map(Store::Postgres),
        };
        let store = Arc::new(store.map_err(CommandError::refused)?);
        let directories = Directories::load(store.clone()).await.map_err(CommandError::refused)?;
        let bootstrap = Bootstrap::new(self.bootstrap_client_id, self.bootstrap_client_secret);
        let bootstrap = bootstrap.map_err(CommandError::refused)?;
        let made_up = bootstrap.client_secret.is_none();
        let administrator = directories.begin(&bootstrap).await.map_err(CommandError::refused)?;
        let made = administrator.zip(demo::first(&directories));
        let (administrator, organisation) =
            made.ok_or_else(|| CommandError::refused(format!("{} is not empty; name a new store", self.store)))?;
        let plan = demo::Plan {
            people: self.people,
            groups: self.groups,
            memberships: self.memberships,
            largest: self.largest,
            skills: self.skills,
            rules: self.rules.unwrap_or(self.groups / 10),
            nested: self.nested,
            seed: self.seed,
        };
        let terminal = std::io::stderr().is_terminal();
        let mut progress = |what: &str, done: usize, total: usize| {
            let step = if terminal { (total / 200).max(1) } else { (total / 4).max(1) };
            if done.is_multiple_of(step) || done == total {
                let (start, end) = if terminal { ("\r", if done == total { "\n" } else { "" }) } else { ("", "\n") };
                eprint!("{start}{what}: {done} of {total}{end}");
            }
        };
        demo::fill(&organisation, &administrator.client_id, plan, &mut progress)
            .await
            .map_err(CommandError::refused)?;
        store.catch_up().await.map_err(CommandError::refused)?;
        if made_up {
            eprintln!("client id {}, client secret {}", administrator.client_id, administrator.client_secret);
        }
        Ok(())
    }
}
