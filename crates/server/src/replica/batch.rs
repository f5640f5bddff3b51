//! One batch of an organisation's commands: decided on a private copy, committed, and published.
//!
//! The log is the truth about an organisation; this process has a replica of it. When another writer committed first
//! ([`StoreError::Lost`]), the replica applies the new entries of the log, publishes the result, and decides the whole
//! batch again, while other writers wait. A batch that writes nothing is answered from the published state, like a
//! read.

use crate::clock::now;
use crate::http::refusal::{Cause, Refusal};
use crate::limits;
use crate::replica::creation_quota::CreationQuota;
use arc_swap::ArcSwap;
use convoke_core::*;
use convoke_store::{Batch, Entry, Operation, OperationKey, Snapshot, Store, StoreError, Turn};
use std::sync::Arc;
use tracing::Span;

/// A state of the directory that is on the disk.
pub struct Published {
    /// The directory.
    pub directory: Directory,
    /// The number of commands that led to this state.
    pub seq: u64,
}

/// A command and its caller.
pub(crate) struct Request<C = Command> {
    /// The caller.
    pub actor: Actor,
    /// The caller needs any one of these permissions.
    pub needs: Permissions,
    /// Identifies a repeated command: the client's idempotency key, and a digest of the request.
    pub operation: Option<(String, [u8; 32])>,
    /// The command.
    pub command: C,
}

/// The outcome of a command.
pub(crate) struct CommandResult<O = Outcome> {
    /// The data for the reply.
    pub outcome: O,
    /// The effect on the directory. A repeated operation has none.
    pub effect: Effect,
}

/// A request and its span. Log lines about its decision are in the span.
pub(crate) type Waiting = (Box<Request>, Span);

/// The state that the writer of an organisation works on.
pub(crate) struct Replica<'a> {
    pub id: OrganisationId,
    pub published: &'a ArcSwap<Published>,
    pub store: &'a Store,
    pub creation_quota: &'a CreationQuota,
    /// During a rebuild of the directory: the changes published since it began.
    pub since: Option<&'a mut Vec<Change>>,
}

/// The result of a batch that is not on the disk yet.
struct Decided {
    directory: Directory,
    entries: Vec<Entry>,
    answers: Vec<Result<CommandResult, Refusal>>,
    /// How many people each request of a connector creates, as counted by [`CreationQuota`].
    created: Vec<(ClientId, u32)>,
}

impl Replica<'_> {
    /// Decides the requests in order, each on the state after those before it, writes them in one commit, and then
    /// publishes the result. Every response waits for the commit, also a refusal, because the state that it depends on
    /// may not be on the disk yet.
    ///
    /// # Errors
    ///
    /// If nothing was written, so that no request was carried out: for example if the race for the commit was lost
    /// [`limits::COMMIT_ATTEMPTS`] times.
    pub async fn write(&mut self, batch: &[Waiting]) -> Result<Vec<Result<CommandResult, Refusal>>, Cause> {
        let keys: Vec<OperationKey> = batch.iter().filter_map(|(request, _)| request.key()).collect();
        // The turn is held from the first lost race to the commit, so that no second one is lost. The store also
        // lets a batch lose if another writer carried out one of its operations after the lookup here.
        let mut turn = None;
        for _ in 0..limits::COMMIT_ATTEMPTS {
            let Some(done_before) = self.done_before(&keys).await? else {
                // Others are writing, and may be faster again.
                turn = Some(self.catch_up().await?);
                continue;
            };
            let published = self.published.load_full();
            let Decided { directory, entries, answers, created } =
                decide_all(&published.directory, self.creation_quota, batch, &done_before)?;
            if entries.is_empty() {
                return Ok(answers);
            }
            let logged = || entries.iter().filter(|entry| !entry.changes.is_empty());
            let (expected, seq) = (published.seq, published.seq + logged().count() as u64);
            let changes =
                self.since.as_ref().map(|_| logged().flat_map(|entry| entry.changes.iter().cloned()).collect());
            let changes: Vec<Change> = changes.unwrap_or_default();
            let commit = Batch { organisation: self.id, expected, entries };
            let committed = match turn.take() {
                None => self.store.commit(commit).await,
                Some(turn) => self.store.commit_in_turn(commit, turn).await,
            };
            match committed {
                Ok(()) => {
                    if seq > expected {
                        self.publish(Published { directory, seq }, changes);
                    }
                    return Ok(answers);
                }
                Err(error) => {
                    self.creation_quota.take_back(&created);
                    if !matches!(error, StoreError::Lost) {
                        return Err(error.into());
                    }
                    turn = Some(self.catch_up().await?);
                }
            }
        }
        Err(StoreError::Lost.into())
    }

    /// A snapshot of the directory and of the store after the same command.
    pub async fn snapshot(&mut self) -> Result<(Arc<Published>, Snapshot), Cause> {
        let _turn = self.catch_up().await?;
        Ok((self.published.load_full(), self.store.snapshot().await?))
    }

    /// Applies the log to its end, and takes the turn to commit. Most of the log is applied before the turn is taken,
    /// so that other writers wait only for the rest.
    async fn catch_up(&mut self) -> Result<Turn, Cause> {
        self.follow().await?;
        let turn = self.store.turn(self.id).await?;
        self.follow().await?;
        Ok(turn)
    }

    /// Applies the new entries of the log, and publishes the result.
    pub async fn follow(&mut self) -> Result<(), Cause> {
        loop {
            let published = self.published.load_full();
            let followed = self.store.follow(self.id, published.seq).await?;
            if followed.head == published.seq {
                return Ok(());
            }
            tracing::debug!(
                organisation = %self.id, from = published.seq, to = followed.head,
                "another process has written: its entries of the log are applied"
            );
            let mut directory = published.directory.clone();
            let applied = followed.changes.iter().try_for_each(|change| directory.apply(change));
            applied.map_err(|unfit| Cause::new(format_args!("an entry of the log does not fit: {unfit}")))?;
            self.publish(Published { directory, seq: followed.head }, followed.changes);
        }
    }

    fn publish(&mut self, published: Published, changes: Vec<Change>) {
        if let Some(since) = &mut self.since {
            since.extend(changes);
        }
        self.published.store(Arc::new(published));
    }

    /// The operations with these keys that were carried out before. `None` if the log is ahead of the published state,
    /// because the reply to a repeated operation needs a directory with its changes.
    async fn done_before(&self, keys: &[OperationKey]) -> Result<Option<Vec<Operation>>, Cause> {
        if keys.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let since = Timestamp(now().0 - limits::OPERATION_TIME.as_millis() as i64);
        let found = self.store.operations(self.id, keys.to_vec(), since).await?;
        Ok((found.head <= self.published.load().seq).then_some(found.done))
    }
}

impl Request {
    fn key(&self) -> Option<OperationKey> {
        self.operation.as_ref().map(|(key, _)| (self.actor.client().clone(), key.clone()))
    }

    /// Whether this request repeats the operation: the same client sent the same key.
    fn repeats(&self, operation: &Operation) -> bool {
        let same_key = self.operation.as_ref().is_some_and(|(key, _)| *key == operation.key);
        same_key && operation.client == *self.actor.client()
    }
}

/// Decides the requests in order, each on the state after those before it.
fn decide_all(
    published: &Directory,
    creation_quota: &CreationQuota,
    batch: &[Waiting],
    done_before: &[Operation],
) -> Result<Decided, Cause> {
    let answers = Vec::with_capacity(batch.len());
    let mut all = Decided { directory: published.clone(), entries: Vec::new(), answers, created: Vec::new() };
    let at = now();
    for (request, span) in batch {
        let _entered = span.enter();
        let of_batch = all.entries.iter().filter_map(|entry| entry.operation.as_ref());
        let held = of_batch.chain(done_before).find(|operation| request.repeats(operation));
        let answer = match held {
            Some(held) => replay(&all.directory, held, request),
            None => decide_one(&mut all, creation_quota, at, request)?,
        };
        all.answers.push(answer);
    }
    Ok(all)
}

/// Answers a repeated command without carrying it out again.
fn replay(directory: &Directory, held: &Operation, request: &Request) -> Result<CommandResult, Refusal> {
    let view = admit(directory, &request.actor, request.needs)?;
    if request.operation.as_ref().is_none_or(|(_, fingerprint)| *fingerprint != held.fingerprint) {
        return Err(Fault::Conflict(Conflict::OperationReused).into());
    }
    Ok(CommandResult { outcome: view.replay(&held.subject)?, effect: Effect::Unchanged })
}

fn decide_one(
    all: &mut Decided,
    creation_quota: &CreationQuota,
    at: Timestamp,
    request: &Request,
) -> Result<Result<CommandResult, Refusal>, Cause> {
    let Request { actor, needs, operation, command } = request;
    let decision = match decide(&all.directory, actor, *needs, at, command) {
        Ok(decision) => decision,
        Err(fault) => return Ok(Err(fault.into())),
    };
    if let Actor::Connector { connector, .. } = actor {
        match creation_quota.count(connector, &decision.changes, at) {
            Ok(n_new) => all.created.push((connector.clone(), n_new)),
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    let outcome = decision.apply(&mut all.directory);
    let outcome = outcome.map_err(|unfit| Cause::new(format_args!("a decided change does not fit: {unfit}")))?;
    let effect = Effect::of(&decision.changes);
    let operation = operation.as_ref().map(|(key, fingerprint)| Operation {
        client: actor.client().clone(),
        key: key.clone(),
        fingerprint: *fingerprint,
        subject: decision.subject,
    });
    if operation.is_some() || !decision.changes.is_empty() {
        all.entries.push(Entry { at, actor: Some(actor.clone()), changes: decision.changes, operation });
    }
    Ok(Ok(CommandResult { outcome, effect }))
}
