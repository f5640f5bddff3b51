//! One organisation at work: the directory that everyone reads, and the writer that changes it.

use crate::refusal::Refusal;
use crate::{limits, now};
use arc_swap::ArcSwap;
use convoke_core::*;
use convoke_store::{Batch, Entry, Operation, Snapshot, Store, StoreError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use tokio::sync::{mpsc, oneshot};

/// An organisation that is being served.
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    published: ArcSwap<Published>,
    queue: mpsc::Sender<Job>,
}

/// A state of the directory that is on the disk.
pub struct Published {
    /// The directory.
    pub directory: Directory,
    /// How many commands made it.
    pub seq: u64,
}

/// A command, and who asks.
pub(crate) struct Request {
    /// Who asks.
    pub actor: Actor,
    /// What they need to be allowed: any one of these.
    pub needs: Permissions,
    /// How the command is known if it comes again: a key of the client's and a digest of the request.
    pub operation: Option<(String, [u8; 32])>,
    /// The command.
    pub command: Command,
}

type Reply = oneshot::Sender<Result<Outcome, Refusal>>;

/// The answer to each command, what they come to together, and the directory after them.
type Decided = (Vec<Result<Outcome, Refusal>>, Vec<Entry>, Directory);

enum Job {
    Change(Box<Request>, Reply),
    Snapshot(oneshot::Sender<Result<(Arc<Published>, Snapshot), StoreError>>),
}

impl Organisation {
    /// Starts serving a directory, and the task that writes to it. The task ends with the
    /// organisation.
    pub(crate) fn start(directory: Directory, seq: u64, store: Arc<Store>) -> Arc<Self> {
        let (queue, jobs) = mpsc::channel(limits::QUEUE);
        let id = directory.organisation().id;
        let organisation =
            Arc::new(Organisation { id, published: ArcSwap::from_pointee(Published { directory, seq }), queue });
        let ahead = organisation.published.load_full();
        let writer = Writer { store, ahead, flights: VecDeque::new(), failing: false };
        tokio::spawn(write(Arc::downgrade(&organisation), jobs, writer));
        organisation
    }

    /// The newest state that is on the disk. Never waits.
    pub fn published(&self) -> arc_swap::Guard<Arc<Published>> {
        self.published.load()
    }

    /// Has a command decided; the answer comes when it is on the disk.
    pub(crate) async fn change(&self, request: Request) -> Result<Outcome, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Job::Change(Box::new(request), reply)).map_err(|_| Refusal::Busy)?;
        answer.await.map_err(|_| Refusal::Busy)?
    }

    /// The directory, and the store at the very same command.
    pub(crate) async fn snapshot(&self) -> Result<(Arc<Published>, Snapshot), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(Job::Snapshot(reply)).await.map_err(|_| StoreError::Unavailable)?;
        answer.await.map_err(|_| StoreError::Unavailable)?
    }
}

/// The task that writes. It decides on a copy that is ahead of the disk, and need not wait for one
/// commit to decide the next.
struct Writer {
    store: Arc<Store>,
    /// After every command decided so far.
    ahead: Arc<Published>,
    /// What is on its way to the disk, oldest first.
    flights: VecDeque<Flight>,
    /// A commit failed: what was decided since rests on nothing, and nothing more is decided until
    /// all of it has been refused.
    failing: bool,
}

/// Commands that are decided together and committed at once.
struct Flight {
    /// None when there is nothing to write: the answers rest on the flights before.
    commit: Option<BoxFuture<'static, Result<(), StoreError>>>,
    answers: Vec<(Reply, Result<Outcome, Refusal>)>,
    state: Arc<Published>,
    operations: Vec<Operation>,
}

async fn write(organisation: Weak<Organisation>, mut jobs: mpsc::Receiver<Job>, mut writer: Writer) {
    let mut waiting = Vec::with_capacity(limits::BATCH);
    loop {
        let decides = writer.flights.len() < limits::FLIGHTS && !writer.failing;
        tokio::select! {
            biased;
            landed = writer.landed(), if !writer.flights.is_empty() => {
                let Some(organisation) = organisation.upgrade() else { return };
                writer.settle(landed, &organisation);
            }
            n_jobs = jobs.recv_many(&mut waiting, limits::BATCH), if decides => {
                let Some(organisation) = organisation.upgrade() else { return };
                if n_jobs > 0 {
                    writer.take(waiting.drain(..), &organisation).await;
                }
            }
        }
    }
}

impl Writer {
    async fn take(&mut self, jobs: impl Iterator<Item = Job>, organisation: &Organisation) {
        let (mut requests, mut replies, mut snapshots) = (Vec::new(), Vec::new(), Vec::new());
        for job in jobs {
            match job {
                Job::Change(request, reply) => {
                    requests.push(*request);
                    replies.push(reply);
                }
                Job::Snapshot(reply) => snapshots.push(reply),
            }
        }
        // A command that panics leaves the state as it was, and the caller answered.
        match catch_unwind(AssertUnwindSafe(|| self.decide(organisation.id, requests))) {
            Ok(Ok((answers, entries, directory))) => {
                self.send(replies.into_iter().zip(answers).collect(), entries, directory)
            }
            failed => {
                if let Ok(Err(error)) = failed {
                    tracing::error!(organisation = %organisation.id, %error, "commands were refused");
                }
                replies.into_iter().for_each(|reply| drop(reply.send(Err(Refusal::Busy))));
            }
        }
        if snapshots.is_empty() {
            return;
        }
        // With nothing on its way, memory and disk are the same.
        while !self.flights.is_empty() {
            let landed = self.landed().await;
            self.settle(landed, organisation);
        }
        for reply in snapshots {
            let snapshot = self.store.snapshot().await.map(|snapshot| (organisation.published.load_full(), snapshot));
            let _ = reply.send(snapshot);
        }
    }

    /// Decides commands one after the other on a copy, each seeing those before it.
    fn decide(&self, id: OrganisationId, requests: Vec<Request>) -> Result<Decided, StoreError> {
        let mut directory = self.ahead.directory.clone();
        let mut entries: Vec<Entry> = Vec::with_capacity(requests.len());
        let mut answers = Vec::with_capacity(requests.len());
        let at = now();
        for request in requests {
            answers.push(match self.done_before(id, &entries, &request)? {
                Some(held) => replay(&directory, &held, &request),
                None => decide_one(&mut directory, at, request, &mut entries)?,
            });
        }
        Ok((answers, entries, directory))
    }

    /// Sends entries to the disk. The answers wait for that, refusals too, since what they rest on
    /// may not be there yet.
    fn send(&mut self, answers: Vec<(Reply, Result<Outcome, Refusal>)>, entries: Vec<Entry>, directory: Directory) {
        let expected = self.ahead.seq;
        let changed = entries.iter().filter(|entry| !entry.changes.is_empty()).count() as u64;
        if changed > 0 {
            self.ahead = Arc::new(Published { directory, seq: expected + changed });
        }
        let operations = entries.iter().filter_map(|entry| entry.operation.clone()).collect();
        let organisation = self.ahead.directory.organisation().id;
        let commit =
            (!entries.is_empty()).then(|| self.store.commit(Batch { organisation, expected, entries }).boxed());
        self.flights.push_back(Flight { commit, answers, state: self.ahead.clone(), operations });
    }

    /// Waits for the oldest flight; may be given up and called again.
    async fn landed(&mut self) -> Result<(), StoreError> {
        match self.flights.front_mut().and_then(|flight| flight.commit.as_mut()) {
            Some(commit) => commit.await,
            None if self.failing => Err(StoreError::Lost),
            None => Ok(()),
        }
    }

    /// Lets everyone see what the oldest flight came to, and answers its callers.
    fn settle(&mut self, landed: Result<(), StoreError>, organisation: &Organisation) {
        let Some(flight) = self.flights.pop_front() else { return };
        let refused = landed.is_err();
        match landed {
            Ok(()) => organisation.published.store(flight.state),
            Err(error) => {
                failed(organisation.id, &error, self.failing);
                self.failing = true;
            }
        }
        if self.failing && self.flights.is_empty() {
            self.ahead = organisation.published.load_full();
            self.failing = false;
        }
        for (reply, answer) in flight.answers {
            // Who asked may have gone; what was written stays written.
            let _ = reply.send(if refused { Err(Refusal::Busy) } else { answer });
        }
    }

    /// The operation that this request repeats: from its own batch, from what is on its way, or
    /// from the store.
    fn done_before(
        &self,
        organisation: OrganisationId,
        entries: &[Entry],
        request: &Request,
    ) -> Result<Option<Operation>, StoreError> {
        let Some((key, _)) = &request.operation else { return Ok(None) };
        let flying = self.flights.iter().flat_map(|flight| &flight.operations);
        let mut newest = entries.iter().filter_map(|entry| entry.operation.as_ref()).chain(flying);
        if let Some(held) = newest.find(|held| held.key == *key && held.client == request.actor.client) {
            return Ok(Some(held.clone()));
        }
        let since = Timestamp(now().0 - limits::OPERATION_TIME.as_millis() as i64);
        self.store.operation(organisation, &request.actor.client, key, since)
    }
}

/// What could not be written is not acknowledged. If it may have been written after all, memory and
/// disk may differ: then the only way to a known state is to start again.
fn failed(organisation: OrganisationId, error: &StoreError, rested_on_a_failure: bool) {
    match error {
        StoreError::Full | StoreError::Unavailable => tracing::error!(%organisation, %error, "a commit was refused"),
        StoreError::Lost if rested_on_a_failure => (),
        _ => {
            tracing::error!(%organisation, %error, "a commit failed, and its outcome is not known: stopping");
            std::process::exit(74);
        }
    }
}

fn decide_one(
    directory: &mut Directory,
    at: Timestamp,
    request: Request,
    entries: &mut Vec<Entry>,
) -> Result<Result<Outcome, Refusal>, StoreError> {
    let decision = match decide(directory, &request.actor, request.needs, at, &request.command) {
        Ok(decision) => decision,
        Err(fault) => return Ok(Err(fault.into())),
    };
    for change in &decision.changes {
        directory.apply(change).map_err(|unfit| {
            tracing::error!(%unfit, "a decided change does not fit; the batch is given up");
            StoreError::Unavailable
        })?;
    }
    let outcome = directory.outcome(&decision.subject).ok_or(Refusal::Broken);
    let client = request.actor.client;
    let operation = request.operation.map(|(key, fingerprint)| Operation {
        client: client.clone(),
        key,
        fingerprint,
        subject: decision.subject,
    });
    if operation.is_some() || !decision.changes.is_empty() {
        entries.push(Entry { at, client: Some(client), changes: decision.changes, operation });
    }
    Ok(outcome)
}

/// Answers a command that was done before, without doing it again.
fn replay(directory: &Directory, held: &Operation, request: &Request) -> Result<Outcome, Refusal> {
    let view = admit(directory, &request.actor, request.needs)?;
    if request.operation.as_ref().is_none_or(|(_, fingerprint)| *fingerprint != held.fingerprint) {
        return Err(Fault::Conflict(Conflict::OperationReused).into());
    }
    let gone = || match &held.subject {
        Subject::Group(id) => Fault::not_found(Kind::Group, id),
        Subject::Person(id) => Fault::not_found(Kind::Person, id),
        Subject::Client(id) => Fault::not_found(Kind::Client, id),
        Subject::Nothing => Fault::not_found(Kind::Client, &view.caller().client),
    };
    directory.outcome(&held.subject).ok_or_else(|| gone().into())
}
