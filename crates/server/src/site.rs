//! What every request needs, in one place.

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
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// What every request needs.
pub(crate) struct Site {
    pub directories: Arc<Directories>,
    pub sessions: Sessions,
    pub metrics: Metrics,
    pub rate_limit: Option<RateLimit>,
    /// What replies name as this server; absent, what the request names.
    pub public_url: Option<String>,
    /// What organisations say is their country.
    pub country: Country,
    /// The PINs that were sent lately.
    pub pins: Pins,
    /// The proxies whose forwarding headers are believed.
    pub trusted_proxies: TrustedProxies,
    /// Whether replies tell browsers to come by TLS only.
    pub tls: bool,
    /// False once the server was told to stop. Connections wait unanswered in the kernel until everything is loaded.
    pub ready: AtomicBool,
    /// Checks secrets and tokens, and bounds wrong ones.
    pub sign_ins: SignIns,
    /// Places for searches and other reads that may take long.
    pub lanes: Arc<Lanes>,
    /// Cancelled when the server is told to stop: what may take long ends then.
    pub stopping: CancellationToken,
    /// One verification at a time: it takes about as much memory again as the directory.
    pub verification: Arc<Semaphore>,
    /// One backup at a time: it takes as much of the disk again as the store.
    pub backup: Arc<Semaphore>,
    /// Bounds the bytes of bodies that are held at one time.
    pub bodies: Bodies,
    /// Whether each request has a line in the access log.
    pub access_log: bool,
    /// Logs requests that failed.
    pub failures: Failures,
    /// Bounds the bytes of large responses that are not sent yet.
    pub responses: Arc<Budget>,
    /// The patterns of the last searches.
    pub patterns: Arc<Patterns>,
}

/// How a site is to run.
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
    /// Whether backups are made without being asked for.
    pub scheduled_backups: bool,
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
            access_log,
            failures: Failures::new(),
            responses: Budget::new(limits::RESPONSES_BYTES),
            patterns: Arc::default(),
        }
    }
}
