//! One organisation in memory: the directory that all requests read, and the single writer that changes it.

use crate::http::refusal::{Cause, Refusal, busy};
use crate::limits;
pub use crate::replica::batch::Published;
use crate::replica::batch::Replica;
pub(crate) use crate::replica::batch::{CommandResult, Request};
use crate::replica::creation_quota::CreationQuota;
use arc_swap::ArcSwap;
use convoke_core::*;
use convoke_store::{Snapshot, Store};
use futures_util::FutureExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::Span;

/// An organisation that is being served.
pub struct ServedOrganisation {
    /// Its id.
    pub id: OrganisationId,
    published: ArcSwap<Published>,
    queue: mpsc::Sender<Job>,
    creation_quota: Arc<CreationQuota>,
    /// Whether the writer has been told to follow the log, and has not begun.
    is_to_follow: AtomicBool,
    /// Whether the log could not be followed when it was tried last.
    is_stuck: AtomicBool,
    /// The latest time at which the published state was known to be the newest.
    fresh: Mutex<Instant>,
    /// The number of commands that led to the published state, for those who wait for a certain one.
    progress: watch::Sender<u64>,
}

/// The channel for the response to a command.
type Reply = oneshot::Sender<Result<CommandResult, Refusal>>;

enum Job {
    /// With the span of the request. Log lines about its decision are in the span.
    Change(Box<Request>, Span, Reply),
    Snapshot(oneshot::Sender<Result<(Arc<Published>, Snapshot), Cause>>),
    /// Another process has written to the log.
    Follow,
}

impl Job {
    fn new(request: Request, reply: Reply) -> Self {
        Job::Change(Box::new(request), Span::current(), reply)
    }
}

impl ServedOrganisation {
    /// Starts to serve a directory, which was the newest at the time `fresh`, and spawns the task that writes to it. The
    /// task ends when the organisation is dropped.
    pub(crate) fn start(
        directory: Directory,
        seq: u64,
        fresh: Instant,
        store: Arc<Store>,
        creation_quota: Arc<CreationQuota>,
    ) -> Arc<Self> {
        let (queue, jobs) = mpsc::channel(limits::QUEUE);
        let id = directory.organisation().id;
        let published = ArcSwap::from_pointee(Published { directory, seq });
        let (is_to_follow, is_stuck) = (AtomicBool::new(false), AtomicBool::new(false));
        let fresh = Mutex::new(fresh);
        let progress = watch::Sender::new(seq);
        let organisation = Arc::new(ServedOrganisation {
            id,
            published,
            queue,
            creation_quota,
            is_to_follow,
            is_stuck,
            fresh,
            progress,
        });
        tokio::spawn(write(Arc::downgrade(&organisation), jobs, store));
        organisation
    }

    /// The newest state that is on the disk. Never waits.
    pub fn published(&self) -> arc_swap::Guard<Arc<Published>> {
        self.published.load()
    }

    /// Takes how long the log was when the store was asked at this time, and has the writer follow if it is longer than
    /// what is published.
    pub(crate) fn note_head(&self, head: u64, asked: Instant) {
        if self.published.load().seq >= head {
            self.note_fresh(asked);
        } else {
            self.follow();
        }
    }

    /// Takes that the published state was the newest at this time.
    fn note_fresh(&self, at: Instant) {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        *fresh = at.max(*fresh);
    }

    /// Has the writer follow the log, unless it has been told so.
    fn follow(&self) {
        if !self.is_to_follow.swap(true, Ordering::SeqCst) && self.queue.try_send(Job::Follow).is_err() {
            // The queue is full, so the writer is committing, and learns from the store that it is behind.
            self.is_to_follow.store(false, Ordering::SeqCst);
        }
    }

    /// Waits until so many commands led to the published state, for at most [`limits::FRESH_TIME`]. Returns whether they
    /// did.
    pub(crate) async fn reach(&self, seq: u64) -> bool {
        if self.published.load().seq >= seq {
            return true;
        }
        let mut progress = self.progress.subscribe();
        self.follow();
        let reached = progress.wait_for(|at| *at >= seq);
        timeout(limits::FRESH_TIME, reached).await.is_ok_and(|reached| reached.is_ok())
    }

    /// Wakes those who wait for the state that is published now.
    fn note_progress(&self) {
        let seq = self.published.load().seq;
        self.progress.send_if_modified(|at| std::mem::replace(at, seq) != seq);
    }

    /// How old the published state may be, where other processes write to the store.
    pub(crate) fn age(&self) -> Duration {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Sends a command to the writer, and returns the outcome once it is on the disk.
    pub(crate) async fn change<C: TypedCommand>(
        &self,
        request: Request<C>,
    ) -> Result<CommandResult<C::Outcome>, Refusal> {
        let (reply, answer) = oneshot::channel();
        let Request { actor, needs, operation, command } = request;
        let request = Request { actor, needs, operation, command: command.into() };
        self.queue.try_send(Job::new(request, reply)).map_err(|_| Refusal::Busy(busy::QUEUE))?;
        let CommandResult { outcome, effect } = answer.await.map_err(|_| Refusal::Busy(busy::STOPPING))??;
        Ok(CommandResult { outcome: C::shown(outcome).ok_or_else(|| Refusal::defect())?, effect })
    }

    /// Sends one of many commands to the writer, and waits only for room in the queue. Commands are decided in the
    /// order in which they are sent. The response arrives once the command is on the disk.
    pub(crate) async fn submit(
        &self,
        request: Request,
    ) -> Result<oneshot::Receiver<Result<CommandResult, Refusal>>, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(Job::new(request, reply)).await.map_err(|_| Refusal::Busy(busy::STOPPING))?;
        Ok(answer)
    }

    /// Applies the changes since the rebuild began to the rebuilt directory, and publishes it. Returns whether this
    /// succeeded. If not, the published directory stays in use.
    fn publish_rebuilt(&self, built: Result<Directory, ApplyError>, rebuild: Option<Rebuild>) -> bool {
        let built = built.and_then(|mut directory| {
            rebuild.into_iter().flat_map(|rebuild| rebuild.since).try_for_each(|change| directory.apply(&change))?;
            Ok(directory)
        });
        match built {
            Ok(directory) => {
                let seq = self.published.load().seq;
                self.published.store(Arc::new(Published { directory, seq }));
                true
            }
            Err(unfit) => {
                tracing::error!(organisation = %self.id, %unfit, "a directory could not be built anew");
                false
            }
        }
    }

    /// A snapshot of the directory and of the store after the same command.
    pub(crate) async fn snapshot(&self) -> Result<(Arc<Published>, Snapshot), Refusal> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(Job::Snapshot(reply)).await.map_err(|_| Refusal::Busy(busy::STOPPING))?;
        Ok(answer.await.map_err(|_| Refusal::Busy(busy::STOPPING))??)
    }
}

/// Writes commands in batches. The commands that arrive while a batch is written form the next one.
async fn write(organisation: Weak<ServedOrganisation>, mut jobs: mpsc::Receiver<Job>, store: Arc<Store>) {
    let mut waiting = Vec::with_capacity(limits::BATCH);
    let mut rebuild: Option<Rebuild> = None;
    let mut may_rebuild = true;
    // The earliest time of the next rebuild.
    let mut rested = Instant::now();
    let mut is_due = false;
    loop {
        let rebuilt = tokio::select! {
            n_jobs = jobs.recv_many(&mut waiting, limits::BATCH) => {
                if n_jobs == 0 {
                    return;
                }
                None
            }
            directory = finished(&mut rebuild) => Some(directory),
            () = sleep_until(rested), if is_due => None,
        };
        let Some(organisation) = organisation.upgrade() else { return };
        match rebuilt {
            // A rebuild that failed once would fail again.
            Some(directory) => {
                let began = rebuild.as_ref().map_or(rested, |rebuild| rebuild.began);
                let publish = AssertUnwindSafe(|| organisation.publish_rebuilt(directory, rebuild.take()));
                may_rebuild = catch_unwind(publish).unwrap_or(false);
                rested = Instant::now() + began.elapsed() * (limits::REBUILD_PART - 1);
            }
            None => write_jobs(&organisation, &store, &mut waiting, &mut rebuild).await,
        }
        is_due = may_rebuild && rebuild.is_none() && organisation.published.load().directory.is_scattered();
        if is_due && rested <= Instant::now() {
            rebuild = Some(Rebuild::start(organisation.published.load_full()));
            is_due = false;
        }
    }
}

/// A rebuild of a directory from its records. It runs in the background while commands are still written.
struct Rebuild {
    began: Instant,
    building: JoinHandle<Result<Directory, ApplyError>>,
    /// The changes that were published since it began.
    since: Vec<Change>,
}

impl Rebuild {
    fn start(published: Arc<Published>) -> Self {
        let building = tokio::task::spawn_blocking(move || Directory::build(published.directory.records()));
        Rebuild { began: Instant::now(), building, since: Vec::new() }
    }
}

/// Waits for the rebuilt directory. Never returns if no rebuild is running.
async fn finished(rebuild: &mut Option<Rebuild>) -> Result<Directory, ApplyError> {
    match rebuild {
        Some(rebuild) => (&mut rebuild.building).await.unwrap_or_else(|error| Err(ApplyError(error.to_string()))),
        None => std::future::pending().await,
    }
}

async fn write_jobs(
    organisation: &ServedOrganisation,
    store: &Store,
    waiting: &mut Vec<Job>,
    rebuild: &mut Option<Rebuild>,
) {
    let (mut batch, mut replies) = (Vec::with_capacity(waiting.len()), Vec::with_capacity(waiting.len()));
    let ServedOrganisation { id, published, creation_quota, .. } = organisation;
    let since = rebuild.as_mut().map(|rebuild| &mut rebuild.since);
    let mut replica = Replica { id: *id, published, store, creation_quota, since };
    for job in waiting.drain(..) {
        match job {
            Job::Change(request, span, reply) => {
                batch.push((request, span));
                replies.push(reply);
            }
            Job::Snapshot(reply) => {
                let _ = reply.send(replica.snapshot().await);
            }
            Job::Follow => {
                organisation.is_to_follow.store(false, Ordering::SeqCst);
                let began = Instant::now();
                match replica.follow().await {
                    Ok(()) => {
                        organisation.is_stuck.store(false, Ordering::Relaxed);
                        organisation.note_fresh(began);
                    }
                    // It is tried again several times a second, and logged once.
                    Err(cause) if !organisation.is_stuck.swap(true, Ordering::Relaxed) => {
                        tracing::error!(organisation = %id, %cause, "the log cannot be followed");
                    }
                    Err(_) => {}
                }
                organisation.note_progress();
            }
        }
    }
    if batch.is_empty() {
        return;
    }
    let written = AssertUnwindSafe(replica.write(&batch)).catch_unwind().await;
    let written = written.unwrap_or_else(|_| Err(Cause::new("a command that was to be written with it panicked")));
    organisation.note_progress();
    // The requester may have disconnected. The commit stays valid.
    match written {
        Ok(answers) => replies.into_iter().zip(answers).for_each(|(reply, answer)| drop(reply.send(answer))),
        // Each request of the batch gets its own response and log line.
        Err(cause) => replies.into_iter().for_each(|reply| drop(reply.send(Err(cause.clone().into())))),
    }
}
