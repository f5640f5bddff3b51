//! What the server counts, for Prometheus.

use crate::organisation::Published;
use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Bounds of the histogram of request times, in seconds.
const SECONDS: [f64; 10] = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0];

/// What the server counts.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<OperationLabels, Histogram>,
    /// Connections that are open.
    pub connections: Gauge,
    /// Connections that were closed at once because their address had too many.
    pub connections_refused: Counter,
    /// Idle connections that were closed because a new one needed their place.
    pub connections_evicted: Counter,
    /// Requests refused because their framing was not sound.
    pub requests_misframed: Counter,
    people: Gauge,
    groups: Gauge,
    organisations: Gauge,
    memory: Family<IndexLabels, Gauge>,
    held: Family<HeldLabels, Gauge>,
    refused: Family<DenialLabels, Counter>,
}

/// Why a secret, a token or a PIN was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// Nobody has the client id.
    UnknownClient,
    /// The client has another secret.
    WrongSecret,
    /// The client is disabled.
    DisabledClient,
    /// Nobody has the access token.
    UnknownToken,
    /// Nobody has the refresh token.
    UnknownRefreshToken,
    /// The PIN is not the one that was sent.
    WrongPin,
    /// The address has brought too many wrong ones.
    TooManyGuesses,
    /// Too many PINs were asked for, or too many wrong ones brought.
    TooManyPins,
    /// Too many wait for their secret to be checked.
    QueueFull,
    /// The connector has created as many people as it may in one day.
    TooManyPeople,
}

impl Denial {
    /// What the reason is called in metrics and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Denial::UnknownClient => "unknown_client",
            Denial::WrongSecret => "wrong_secret",
            Denial::DisabledClient => "disabled_client",
            Denial::UnknownToken => "unknown_token",
            Denial::UnknownRefreshToken => "unknown_refresh_token",
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

/// The counters of one operation, found once.
pub(crate) struct OperationMetrics {
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

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("convoke");
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
        Metrics {
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

    /// Bytes that are held of bodies and of large responses.
    pub fn hold(&self, what: &'static str, bytes: usize) {
        self.held.get_or_create(&HeldLabels { what }).set(bytes as i64);
    }

    /// Counts a secret, token or PIN that was refused.
    pub fn refuse(&self, reason: Denial) {
        self.refused.get_or_create(&DenialLabels { reason: reason.name() }).inc();
    }

    /// The counters of an operation of a dialect.
    pub fn operation(&self, dialect: &'static str, operation: &'static str) -> OperationMetrics {
        let counter = |status| self.requests.get_or_create(&RequestLabels { dialect, operation, status }).clone();
        OperationMetrics {
            by_status: STATUSES.map(counter),
            seconds: self.seconds.get_or_create(&OperationLabels { dialect, operation }).clone(),
        }
    }

    /// Everything, in the text format of OpenMetrics.
    pub fn text(&self, directories: &[arc_swap::Guard<Arc<Published>>]) -> String {
        let (mut people, mut groups) = (0, 0);
        let mut memory = BTreeMap::new();
        for published in directories {
            let size = published.directory.size();
            (people, groups) = (people + size.0, groups + size.1);
            for (index, bytes) in published.directory.memory() {
                *memory.entry(index).or_insert(0) += bytes;
            }
        }
        self.organisations.set(directories.len() as i64);
        self.people.set(people as i64);
        self.groups.set(groups as i64);
        for (index, bytes) in memory {
            self.memory.get_or_create(&IndexLabels { index }).set(bytes as i64);
        }
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
