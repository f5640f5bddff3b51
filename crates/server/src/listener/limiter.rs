//! Limits of connections, in all and for each address. Each connection holds a place. When all places are taken, the
//! connection that has been idle longest is closed for a new one (docs/adr/0010-connections.md).

use super::phase::Phase;
use crate::config::{Connections, Loopback};
use crate::http::peer::Peer;
use crate::limits;
use crate::observe::metrics::Metrics;
use foldhash::{HashMap, HashMapExt};
use std::net::IpAddr;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Whether the places of a peer are limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// The connections of the peer are counted, and limited.
    ByAddress,
    /// The peer has no limit, for example because it is a proxy of many clients.
    Exempt,
}

/// The limits of one listener, and the connections that hold its places.
pub(crate) struct ConnectionLimiter {
    n_places: usize,
    per_address: usize,
    loopback: Loopback,
    held: Mutex<LimiterState>,
    /// Notified when a place becomes free.
    freed: Notify,
}

struct LimiterState {
    by_address: HashMap<IpAddr, usize>,
    connections: HashMap<u64, Arc<ConnectionState>>,
    next: u64,
    /// The connections refused since the last log line about them, and the time of that line.
    refused: u64,
    logged: Option<Instant>,
}

/// The shared state of a connection that has a place.
pub(crate) struct ConnectionState {
    pub phase: Arc<Phase>,
    is_leaving: AtomicBool,
    leave: Notify,
}

impl ConnectionState {
    /// Waits until the connection must be closed, because it is idle and another one needs its place.
    pub async fn must_leave(&self) {
        loop {
            self.leave.notified().await;
            if self.phase.idle_since().is_some() {
                return;
            }
            // A request arrived in the meantime.
            self.is_leaving.store(false, Ordering::Relaxed);
        }
    }
}

/// The count of a connection for its address. Dropping it subtracts the connection again.
pub(crate) struct Admission {
    limiter: Arc<ConnectionLimiter>,
    address: Option<IpAddr>,
}

/// The permit of a connection, which holds a place. Dropping it frees the place.
pub(crate) struct ConnectionPermit {
    admission: Admission,
    number: u64,
    pub connection: Arc<ConnectionState>,
}

impl ConnectionLimiter {
    /// The limits of the main listener.
    pub fn new(connections: &Connections) -> Arc<Self> {
        let per_address = connections.per_address.map_or(connections.places.get().div_ceil(4), NonZero::get);
        Self::with(connections.places.get(), per_address, connections.loopback)
    }

    /// A number of places, without a limit for each address.
    pub fn for_any(n_places: usize) -> Arc<Self> {
        Self::with(n_places, n_places, Loopback::Exempt)
    }

    fn with(n_places: usize, per_address: usize, loopback: Loopback) -> Arc<Self> {
        let held =
            LimiterState { by_address: HashMap::new(), connections: HashMap::new(), next: 0, refused: 0, logged: None };
        Arc::new(ConnectionLimiter { n_places, per_address, loopback, held: Mutex::new(held), freed: Notify::new() })
    }

    /// Counts a connection for its address; `None` if the address has too many.
    pub fn admit(self: &Arc<Self>, peer: Peer, share: Share, metrics: &Metrics) -> Option<Admission> {
        let is_exempt = share == Share::Exempt || (peer.0.is_loopback() && self.loopback == Loopback::Exempt);
        if is_exempt {
            return Some(Admission { limiter: self.clone(), address: None });
        }
        let key = peer.key();
        let mut held = self.lock();
        let n = held.by_address.entry(key).or_default();
        if *n < self.per_address {
            *n += 1;
            return Some(Admission { limiter: self.clone(), address: Some(key) });
        }
        metrics.connections_refused.inc();
        held.refused += 1;
        if held.logged.is_none_or(|logged| logged.elapsed() >= limits::LOG_EVERY) {
            tracing::warn!(
                address = %key,
                limit = self.per_address,
                refused = held.refused,
                "an address has too many connections; more of them are refused"
            );
            (held.refused, held.logged) = (0, Some(Instant::now()));
        }
        None
    }

    /// Waits for a place for a connection, and evicts idle ones for it.
    pub async fn enter(self: &Arc<Self>, admission: Admission, metrics: &Metrics) -> ConnectionPermit {
        loop {
            {
                let mut held = self.lock();
                if held.connections.len() < self.n_places {
                    let phase = Arc::new(Phase::new());
                    let connection =
                        Arc::new(ConnectionState { phase, is_leaving: AtomicBool::new(false), leave: Notify::new() });
                    let number = held.next;
                    held.next += 1;
                    held.connections.insert(number, connection.clone());
                    return ConnectionPermit { admission, number, connection };
                }
                held.make_room(metrics);
            }
            // Another connection may become idle meanwhile.
            let _ = tokio::time::timeout(limits::PLACE_TICK, self.freed.notified()).await;
        }
    }

    /// Evicts the connection that has been idle longest, if there is one. Used when the system accepts no more
    /// connections although places are free.
    pub fn make_room(&self, metrics: &Metrics) {
        self.lock().make_room(metrics);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LimiterState> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LimiterState {
    fn make_room(&mut self, metrics: &Metrics) {
        if self.connections.values().any(|connection| connection.is_leaving.load(Ordering::Relaxed)) {
            return;
        }
        let idle =
            self.connections.values().filter_map(|connection| Some((connection.phase.idle_since()?, connection)));
        if let Some((_, longest)) = idle.min_by_key(|(since, _)| *since) {
            longest.is_leaving.store(true, Ordering::Relaxed);
            longest.leave.notify_one();
            metrics.connections_evicted.inc();
        }
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let limiter = &self.admission.limiter;
        limiter.lock().connections.remove(&self.number);
        limiter.freed.notify_one();
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut held = self.limiter.lock();
        if let Some(n) = held.by_address.get_mut(&address) {
            *n -= 1;
            if *n == 0 {
                held.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn peer(text: &str) -> Peer {
        Peer(text.parse().expect("an address"))
    }

    fn limiter(n: usize, per_address: usize, loopback: Loopback) -> Arc<ConnectionLimiter> {
        let nonzero = |n| NonZero::new(n).expect("a number");
        ConnectionLimiter::new(&Connections { places: nonzero(n), per_address: Some(nonzero(per_address)), loopback })
    }

    #[test]
    fn an_address_has_its_share_and_no_more() {
        let metrics = Metrics::new(&convoke_store::Measures::default());
        let limiter = limiter(100, 2, Loopback::Limited);
        let admit = |text: &str| limiter.admit(peer(text), Share::ByAddress, &metrics);
        for (same, other) in [
            (["192.0.2.1"; 3], "192.0.2.2"),
            (["2001:db8::1", "2001:db8::2", "2001:db8::ffff:1"], "2001:db8:0:1::1"),
            (["127.0.0.1"; 3], "127.0.0.2"),
        ] {
            let held = (admit(same[0]), admit(same[1]));
            assert!(held.0.is_some() && held.1.is_some());
            assert!(admit(same[2]).is_none(), "{same:?}");
            assert!(admit(other).is_some(), "{other}");
            assert!(limiter.admit(peer(same[2]), Share::Exempt, &metrics).is_some(), "a proxy is not counted");
            drop(held);
            assert!(admit(same[2]).is_some(), "they were given back");
        }
        assert_eq!(metrics.connections_refused.get(), 3);
        assert!(limiter.lock().by_address.is_empty());
    }

    #[test]
    fn loopback_is_exempt_by_configuration_only() {
        let metrics = Metrics::new(&convoke_store::Measures::default());
        let limiter = limiter(100, 1, Loopback::Exempt);
        let admit = |text: &str| limiter.admit(peer(text), Share::ByAddress, &metrics);
        let held = [admit("127.0.0.1"), admit("127.0.0.1"), admit("::1"), admit("::1"), admit("192.0.2.1")];
        assert!(held.iter().all(Option::is_some));
        assert!(admit("192.0.2.1").is_none());
    }

    #[test]
    fn an_address_has_a_quarter_by_default() {
        assert_eq!(ConnectionLimiter::new(&Connections::default()).per_address, limits::CONNECTIONS.get() / 4);
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_idle_makes_room_and_what_is_in_flight_does_not() {
        let metrics = Metrics::new(&convoke_store::Measures::default());
        let limiter = limiter(3, 3, Loopback::Exempt);
        let enter = || {
            let admission = limiter.admit(peer("127.0.0.1"), Share::ByAddress, &metrics).expect("exempt");
            limiter.enter(admission, &metrics)
        };
        let (first, second, third) = (enter().await, enter().await, enter().await);
        first.connection.phase.working();
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        // The third had a request in the meantime, so the second has been idle longest.
        third.connection.phase.working();
        third.connection.phase.answered();
        third.connection.phase.flushed();
        let mut fourth = Box::pin(enter());
        assert!(fourth.as_mut().now_or_never().is_none(), "there is no place yet");
        second.connection.must_leave().await;
        assert!(third.connection.must_leave().now_or_never().is_none(), "one is enough");
        drop(second);
        let fourth = fourth.await;
        assert_eq!(metrics.connections_evicted.get(), 1);
        for connection in [&third.connection, &fourth.connection] {
            connection.phase.working();
        }
        let mut fifth = Box::pin(enter());
        let waited = tokio::time::timeout(std::time::Duration::from_secs(60), &mut fifth).await;
        assert!(waited.is_err(), "none is idle");
        third.connection.phase.answered();
        third.connection.phase.flushed();
        let leaving = async {
            third.connection.must_leave().await;
            drop(third);
        };
        let (_fifth, ()) = tokio::join!(fifth, leaving);
        assert!(first.connection.must_leave().now_or_never().is_none(), "a request in flight is let alone");
    }
}
