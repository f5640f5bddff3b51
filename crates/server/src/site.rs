//! The state that all requests share.

use crate::config::{Country, RateLimit};
use crate::http::body::Bodies;
use crate::http::budget::Budget;
use crate::http::failures::Failures;
use crate::http::lanes::Lanes;
use crate::http::peer::TrustedProxies;
use crate::limits;
use crate::observe::metrics::Metrics;
use crate::patterns::Patterns;
use crate::replica::directories::Directories;
use crate::sign_in::attempts::SignIns;
use crate::sign_in::pins::{PinSender, Pins};
use crate::sign_in::sessions::Sessions;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// The state that all requests share.
pub(crate) struct Site {
    pub directories: Arc<Directories>,
    pub sessions: Sessions,
    pub metrics: Metrics,
    pub rate_limit: Option<RateLimit>,
    /// The base URL in responses. If absent, it is taken from the request.
    pub public_url: Option<String>,
    /// The `defaultCountryCode` of organisations in responses.
    pub country: Country,
    /// The PINs that were sent recently.
    pub pins: Pins,
    /// The proxies whose forwarding headers are trusted.
    pub trusted_proxies: TrustedProxies,
    /// Whether responses tell browsers to use TLS only.
    pub tls: bool,
    /// False after the server is told to stop. It begins as true, because connections are accepted only after
    /// everything is loaded.
    pub ready: AtomicBool,
    /// Checks secrets and tokens, and limits wrong ones.
    pub sign_ins: SignIns,
    /// Limits the number of concurrent searches and other long reads.
    pub lanes: Arc<Lanes>,
    /// Cancelled when the server is told to stop. Long requests end then.
    pub stopping: CancellationToken,
    /// Permits one verification at a time, because it needs about as much memory as the directory itself.
    pub verification: Arc<Semaphore>,
    /// Permits one backup at a time, because it needs as much space on the disk as the store itself.
    pub backup: Arc<Semaphore>,
    /// Limits the bytes of request bodies in memory.
    pub bodies: Bodies,
    /// How old a directory may be before the server is not ready.
    pub stale_limit: Duration,
    /// Whether each request has a line in the access log.
    pub access_log: bool,
    /// Logs requests that failed.
    pub failures: Failures,
    /// Limits the bytes of large responses that are not sent yet.
    pub responses: Arc<Budget>,
    /// The cache of the compiled patterns of recent searches.
    pub patterns: Arc<Patterns>,
}

/// The settings of a [`Site`].
#[derive(Default)]
pub(crate) struct Settings {
    pub rate_limit: Option<RateLimit>,
    /// None for the default.
    pub connector_people_per_day: Option<u32>,
    pub public_url: Option<String>,
    pub country: Country,
    pub pin_sender: PinSender,
    pub trusted_proxies: TrustedProxies,
    pub tls: bool,
    pub access_log: bool,
    /// Whether there are scheduled backups.
    pub scheduled_backups: bool,
    /// None for the default.
    pub stale_limit: Option<Duration>,
}

impl Site {
    pub fn new(directories: Directories, settings: Settings) -> Self {
        let Settings {
            rate_limit,
            connector_people_per_day,
            public_url,
            country,
            pin_sender,
            trusted_proxies,
            tls,
            access_log,
            scheduled_backups,
            stale_limit,
        } = settings;
        if let Some(limit) = connector_people_per_day {
            directories.creation_quota.set_limit(limit);
        }
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let long_reads = (cores / limits::CORES_OF_LONG_READ).max(1);
        let mut metrics = Metrics::new(directories.store.measures());
        if scheduled_backups {
            metrics.show_scheduled_backups();
        }
        Site {
            metrics,
            directories: Arc::new(directories),
            sessions: Sessions::default(),
            rate_limit,
            public_url,
            country,
            pins: Pins::new(pin_sender),
            trusted_proxies,
            tls,
            ready: AtomicBool::new(true),
            sign_ins: SignIns::new(),
            lanes: Lanes::new(long_reads, limits::LONG_WAITING),
            stopping: CancellationToken::new(),
            verification: Arc::new(Semaphore::new(1)),
            backup: Arc::new(Semaphore::new(1)),
            bodies: Bodies::new(),
            stale_limit: stale_limit.unwrap_or(limits::STALE_TIME),
            access_log,
            failures: Failures::new(),
            responses: Budget::new(limits::RESPONSES_BYTES),
            patterns: Arc::default(),
        }
    }
}
