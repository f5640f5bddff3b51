//! The server's metrics, for Prometheus.

mod process;

use convoke_core::Directory;
use convoke_store::{Measures, Store};
use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// The prefix of all metrics, except those of the process.
const PREFIX: &str = "convoke";

/// The bounds of the histogram of request times, in seconds. Reads take less than a millisecond; long requests end
/// after ten seconds.
const SECONDS: [f64; 16] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The server's counters, gauges and histograms.
pub(crate) struct Metrics {
    registry: Registry,
    /// The metrics of the process, which are measured on request and have no prefix of ours.
    process: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<OperationLabels, Histogram>,
    /// Open connections.
    pub connections: Gauge,
    /// Connections that were refused because their address had too many.
    pub connections_refused: Counter,
    /// Idle connections that were closed for a new one.
    pub connections_evicted: Counter,
    /// Requests refused because of their framing.
    pub requests_misframed: Counter,
    people: Gauge,
    groups: Gauge,
    organisations: Gauge,
    memory: Family<IndexLabels, Gauge>,
    held: Family<HeldLabels, Gauge>,
    refused: Family<DenialLabels, Counter>,
    store: Family<FileLabels, Gauge>,
    log_entries: Gauge,
    /// The time of the newest scheduled backup, in seconds since 1970.
    pub scheduled_backup: Gauge,
    /// Scheduled backups that failed.
    pub scheduled_backup_failures: Counter,
}

/// The detail in which numbers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Totals of all organisations. If there are several, totals reveal nothing about a single one.
    Total,
    /// Also the numbers of each organisation.
    Organisations,
}

/// The reason why a secret, a token or a PIN was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// The client id does not exist.
    UnknownClient,
    /// The secret of the client is wrong.
    WrongSecret,
    /// The client is disabled.
    DisabledClient,
    /// The access token does not exist.
    UnknownToken,
    /// The refresh token does not exist.
    UnknownRefreshToken,
    /// The token has expired.
    ExpiredToken,
    /// The token is valid in the other API only.
    TokenOfOtherApi,
    /// The client or person of the token is gone or disabled, or the connector has a new generation of tokens.
    EndedToken,
    /// The PIN is not the one that was sent.
    WrongPin,
    /// The address has sent too many wrong secrets or tokens.
    TooManyGuesses,
    /// Too many PINs were requested, or too many wrong ones sent.
    TooManyPins,
    /// Too many checks of chosen secrets wait.
    QueueFull,
    /// The connector has reached its limit of new people for the day.
    TooManyPeople,
}

impl Denial {
    /// The name of the reason in metrics and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Denial::UnknownClient => "unknown_client",
            Denial::WrongSecret => "wrong_secret",
            Denial::DisabledClient => "disabled_client",
            Denial::UnknownToken => "unknown_token",
            Denial::UnknownRefreshToken => "unknown_refresh_token",
            Denial::ExpiredToken => "expired_token",
            Denial::TokenOfOtherApi => "token_of_other_api",
            Denial::EndedToken => "ended_token",
            Denial::WrongPin => "wrong_pin",
            Denial::TooManyGuesses => "too_many_guesses",
            Denial::TooManyPins => "too_many_pins",
            Denial::QueueFull => "queue_full",
            Denial::TooManyPeople => "too_many_people",
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DenialLabels {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    /// The API. The label keeps the name that dashboards know.
    dialect: &'static str,
    operation: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OperationLabels {
    dialect: &'static str,
    operation: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct IndexLabels {
    index: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct HeldLabels {
    what: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FileLabels {
    file: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OrganisationLabels {
    organisation: String,
}

/// The metrics of one operation, so that each request need not look them up.
pub(crate) struct OperationMetrics {
    /// The operation's name in the table of endpoints.
    pub operation: &'static str,
    by_status: [Counter; STATUSES.len()],
    seconds: Histogram,
}

const STATUSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

impl OperationMetrics {
    pub fn record(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).saturating_sub(2).min(STATUSES.len() - 1);
        if let Some(counter) = self.by_status.get(class) {
            counter.inc();
        }
        self.seconds.observe(took.as_secs_f64());
    }
}

/// The metrics of each organisation.
fn of_organisations(directories: &[Measured]) -> Registry {
    let entries = Family::<OrganisationLabels, Gauge>::default();
    let ages = Family::<OrganisationLabels, Gauge<f64, AtomicU64>>::default();
    for (directory, n_entries, age) in directories {
        let labels = OrganisationLabels { organisation: directory.organisation().id.to_string() };
        entries.get_or_create(&labels).set(*n_entries as i64);
        if let Some(age) = age {
            ages.get_or_create(&labels).set(age.as_secs_f64());
        }
    }
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register("organisation_log_entries", "Entries in the log of an organisation", entries);
    registry.register(
        "organisation_age_seconds",
        "Time since the directory in memory was known to have the whole log, where several servers share the store",
        ages,
    );
    registry
}

/// A directory, the number of entries in its log, and how old it may be if others write to the store.
pub(crate) type Measured<'d> = (&'d Directory, u64, Option<Duration>);

impl Metrics {
    pub fn new(commits: &Measures) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let requests = Family::default();
        let seconds = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        let (connections, people, groups, organisations) =
            (Gauge::default(), Gauge::default(), Gauge::default(), Gauge::default());
        registry.register("requests", "Requests answered", Family::clone(&requests));
        registry.register("request_seconds", "Time from the head of a request to its answer", Family::clone(&seconds));
        registry.register(
            "connections",
            "Open connections, those of the listeners for health and metrics included",
            connections.clone(),
        );
        let (connections_refused, connections_evicted) = (Counter::default(), Counter::default());
        registry.register(
            "connections_refused",
            "Connections closed at once because their address had too many",
            connections_refused.clone(),
        );
        registry.register(
            "connections_evicted",
            "Idle connections closed because a new one needed their place",
            connections_evicted.clone(),
        );
        let requests_misframed = Counter::default();
        registry.register(
            "requests_misframed",
            "Requests refused because their framing was not sound",
            requests_misframed.clone(),
        );
        registry.register("people", "People, deleted ones excepted", people.clone());
        registry.register("groups", "Groups", groups.clone());
        registry.register("organisations", "Organisations", organisations.clone());
        let memory = Family::default();
        registry.register("index_bytes", "Bytes of what is derived from records, by index", Family::clone(&memory));
        let held = Family::default();
        registry.register("held_bytes", "Bytes held of bodies and of large responses", Family::clone(&held));
        let refused = Family::default();
        registry.register(
            "credentials_refused",
            "Secrets, tokens and PINs that were refused, by reason",
            Family::clone(&refused),
        );
        registry.register("build", "The program", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register("commit_seconds", "Time of a commit to the store", commits.seconds.clone());
        registry.register(
            "commit_commands",
            "Commands of an organisation that were committed together",
            commits.commands.clone(),
        );
        let (store, log_entries) = (Family::default(), Gauge::default());
        registry.register("store_bytes", "Bytes of the store's files", Family::clone(&store));
        registry.register("log_entries", "Entries in the logs of all organisations", log_entries.clone());
        let mut process = Registry::default();
        process::register(&mut process);
        Metrics {
            process,
            store,
            log_entries,
            scheduled_backup: Gauge::default(),
            scheduled_backup_failures: Counter::default(),
            memory,
            refused,
            held,
            registry,
            requests,
            seconds,
            connections,
            connections_refused,
            connections_evicted,
            requests_misframed,
            people,
            groups,
            organisations,
        }
    }

    /// Registers the metrics of scheduled backups, which most servers do not make.
    pub fn show_scheduled_backups(&mut self) {
        self.registry.register(
            "scheduled_backup_timestamp_seconds",
            "When the newest scheduled backup was made; 0 where there is none",
            self.scheduled_backup.clone(),
        );
        self.registry.register(
            "scheduled_backup_failures",
            "Scheduled backups that could not be made",
            self.scheduled_backup_failures.clone(),
        );
    }

    /// Sets the gauge of bytes that bodies or large responses hold.
    pub fn hold(&self, what: &'static str, bytes: usize) {
        self.held.get_or_create(&HeldLabels { what }).set(bytes as i64);
    }

    /// Counts a secret, token or PIN that was refused.
    pub fn refuse(&self, reason: Denial) {
        self.refused.get_or_create(&DenialLabels { reason: reason.name() }).inc();
    }

    /// The counters of an operation of an API.
    pub fn operation(&self, api: &'static str, operation: &'static str) -> OperationMetrics {
        let counter = |status| self.requests.get_or_create(&RequestLabels { dialect: api, operation, status }).clone();
        OperationMetrics {
            operation,
            by_status: STATUSES.map(counter),
            seconds: self.seconds.get_or_create(&OperationLabels { dialect: api, operation }).clone(),
        }
    }

    /// Updates the sizes of the store's files.
    pub fn measure_store(&self, store: &Store) {
        // The files of a PostgreSQL database are its server's.
        let Store::Sqlite(store) = store else { return };
        for (file, bytes) in store.bytes() {
            self.store.get_or_create(&FileLabels { file }).set(bytes as i64);
        }
    }

    /// All metrics, in the text format of OpenMetrics.
    pub fn text(&self, directories: &[Measured], detail: Detail) -> String {
        let (mut people, mut groups, mut log_entries) = (0, 0, 0);
        let mut memory = BTreeMap::new();
        for (directory, n_entries, _) in directories {
            log_entries += n_entries;
            let size = directory.size();
            (people, groups) = (people + size.0, groups + size.1);
            for (index, bytes) in directory.memory() {
                *memory.entry(index).or_insert(0) += bytes;
            }
        }
        self.log_entries.set(log_entries as i64);
        self.organisations.set(directories.len() as i64);
        self.people.set(people as i64);
        self.groups.set(groups as i64);
        for (index, bytes) in memory {
            self.memory.get_or_create(&IndexLabels { index }).set(bytes as i64);
        }
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode_registry(&mut text, &self.registry)
            .and_then(|()| encode_registry(&mut text, &self.process))
            .and_then(|()| match detail {
                Detail::Total => Ok(()),
                Detail::Organisations => encode_registry(&mut text, &of_organisations(directories)),
            })
            .and_then(|()| encode_eof(&mut text));
        text
    }
}
