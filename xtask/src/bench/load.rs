//! The load generator: N keep-alive connections, each with one request in flight, bounded in time and in count. Each
//! sends its next request after the reply, or all together send at a fixed rate.
//!
//! At a fixed rate each request has a scheduled time, and its latency counts from that time. So the latency includes
//! the delay of requests that could not be sent because the server stalled.
//!
//! Every latency is kept, and the percentiles are read from the sorted list, so they are exact, without buckets; the
//! bound on the count keeps the list small. A reply that is not 2xx ends the run with an error: a server that refuses
//! fast must not look fast.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::http::{Connection, Endpoint};

/// The time after the end of a run when it is given up.
const GRACE: Duration = Duration::from_secs(20);

/// The load of a run, and its duration.
#[derive(Clone)]
pub struct Plan {
    /// Where the server listens.
    pub endpoint: Endpoint,
    /// Connections, each with one request in flight.
    pub connections: u64,
    /// Requests a second; without it, each connection sends its next request after the reply.
    pub per_second: Option<u32>,
    /// No request starts after this.
    pub time: Duration,
    /// No more requests than this.
    pub n_requests: u64,
    /// The seed of the random choices.
    pub seed: u64,
}

/// What a run measured.
pub struct Run {
    /// From the first request to the last reply.
    pub elapsed: Duration,
    /// Nanoseconds of each request, ascending.
    latencies: Vec<u32>,
}

impl Run {
    /// Requests answered.
    pub fn n_requests(&self) -> u64 {
        self.latencies.len() as u64
    }

    /// The latency in microseconds below which `share` of the requests lie.
    pub fn percentile(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let rank = (last as f64 * share).round() as usize;
        f64::from(self.latencies.get(rank).copied().unwrap_or_default()) / 1e3
    }
}

/// Replaces the content of the buffer by the next request.
pub type WriteRequest = Arc<dyn Fn(&mut fastrand::Rng, &mut Vec<u8>) + Send + Sync>;

/// Runs `plan` with the requests that `write_request` makes.
pub async fn run(plan: Plan, write_request: &WriteRequest) -> Result<Run, Box<dyn Error>> {
    let mut connections = Vec::new();
    for _ in 0..plan.connections {
        connections.push(Connection::open(&plan.endpoint).await?);
    }
    let turns = Arc::new(Turns::new(plan.clone()));
    if plan.per_second.is_some() {
        let turns = turns.clone();
        std::thread::spawn(move || turns.ring());
    }
    let mut tasks = JoinSet::new();
    for (number, mut connection) in (0u64..).zip(connections) {
        let (write_request, turns) = (write_request.clone(), turns.clone());
        tasks.spawn(async move {
            let mut rng = fastrand::Rng::with_seed(plan.seed.wrapping_add(number));
            let mut request = Vec::with_capacity(1024);
            let mut latencies = Vec::with_capacity(64 * 1024);
            loop {
                write_request(&mut rng, &mut request);
                let Some(due) = turns.next().await else { break };
                let reply = connection.exchange(&request).await.map_err(|error| error.to_string())?;
                if !(200..300).contains(&reply.status) {
                    let asked = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
                    return Err(format!("{asked}: status {}: {}", reply.status, String::from_utf8_lossy(reply.body)));
                }
                latencies.push(u32::try_from(due.elapsed().as_nanos()).unwrap_or(u32::MAX));
            }
            Ok(latencies)
        });
    }
    let mut latencies = Vec::new();
    let collected = tokio::time::timeout(plan.time + GRACE, async {
        while let Some(joined) = tasks.join_next().await {
            latencies.append(&mut joined.map_err(|error| error.to_string())??);
        }
        Ok::<_, String>(())
    });
    collected.await.map_err(|_| "a run did not end within its time")??;
    let elapsed = turns.begin.elapsed();
    latencies.sort_unstable();
    Ok(Run { elapsed, latencies })
}

/// Schedules the requests of all connections.
struct Turns {
    plan: Plan,
    begin: Instant,
    started: AtomicU64,
    /// The requests whose scheduled time has come.
    due: Semaphore,
}

impl Turns {
    fn new(plan: Plan) -> Turns {
        Turns { plan, begin: Instant::now(), started: AtomicU64::new(0), due: Semaphore::new(0) }
    }

    /// Waits for the next turn. Returns the time from which its latency counts; `None` at the end.
    async fn next(&self) -> Option<Instant> {
        let Some(per_second) = self.plan.per_second else {
            let number = self.started.fetch_add(1, Ordering::Relaxed);
            return (self.begin.elapsed() < self.plan.time && number < self.plan.n_requests).then(Instant::now);
        };
        self.due.acquire().await.ok()?.forget();
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        (number < self.n_clocked(per_second)).then(|| self.moment(number, per_second))
    }

    /// Releases turns at a fixed rate. It runs in a thread of its own, because the runtime's timers have a resolution
    /// of milliseconds.
    fn ring(&self) {
        let per_second = self.plan.per_second.unwrap_or(1);
        for number in 0..self.n_clocked(per_second) {
            std::thread::sleep(self.moment(number, per_second).saturating_duration_since(Instant::now()));
            self.due.add_permits(1);
        }
        // One more for each connection, so that all of them wake up and see the end.
        self.due.add_permits(self.plan.connections as usize);
    }

    fn n_clocked(&self, per_second: u32) -> u64 {
        let n = self.plan.time.as_secs_f64() * f64::from(per_second);
        (n as u64).min(self.plan.n_requests)
    }

    fn moment(&self, number: u64, per_second: u32) -> Instant {
        self.begin + Duration::from_secs_f64(number as f64 / f64::from(per_second))
    }
}
