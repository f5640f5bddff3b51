//! One organisation at work: the directory that everyone reads, and the writer that changes it.

use crate::clock::now;
use crate::http::refusal::{Cause, Refusal, busy};
use crate::limits;
use crate::replica::newcomers::Newcomers;
use arc_swap::ArcSwap;
use convoke_core::*;
use convoke_store::{Batch, Entry, Operation, Snapshot, Store, StoreError};
use futures_util::FutureExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tracing::Span;

/// An organisation that is being served.
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    published: ArcSwap<Published>,
    queue: mpsc::Sender<Job>,
    newcomers: Arc<Newcomers>,
}

/// A state of the directory that is on the disk.
pub struct Published {
    /// The directory.
    pub directory: Directory,
    /// How many commands made it.
    pub seq: u64,
}

/// A command, and who asks.
pub(crate) struct Request<C = Command> {
    /// Who asks.
    pub actor: Actor,
    /// What they need to be allowed: any one of these.
    pub needs: Permissions,
    /// How the command is known if it comes again: a key of the client's and a digest of the request.
    pub operation: Option<(String, [u8; 32])>,
    /// The command.
    pub command: C,
}

/// What a command came to.
pub(crate) struct Done {
    /// What the reply is about.
    pub outcome: Outcome,
    /// What the command did. One that was done before does nothing.
    pub effect: Effect,
}

/// Where the answer to a command goes.
type Reply = oneshot::Sender<Result<Done, Refusal>>;

enum Job {
    /// With the span of the request, which whatever happens while it is decided is logged in.
    Change(Box<Request>, Span, Reply),
    Snapshot(oneshot::Sender<Result<(Arc<Published>, Snapshot), StoreError>>),
}

impl Job {
    fn new(request: Request, reply: Reply) -> Self {
        Job::Change(Box::new(request), Span::current(), reply)
    }
}

impl Organisation {
    /// Starts serving a directory, and the task that writes to it. The task ends with the
    /// organisation.
    pub(crate) fn start(directory: Directory, seq: u64, store: Arc<Store>, newcomers: Arc<Newcomers>) -> Arc<Self> {
        let (queue, jobs) = mpsc::channel(limits::QUEUE);
        let id = directory.organisation().id;
        let published = ArcSwap::from_pointee(Published { directory, seq });
        let organisation = Arc::new(Organisation { id, published, queue, newcomers });
        tokio::spawn(write(Arc::downgrade(&organisation), jobs, store));
        organisation
    }

    /// The newest state that is on the disk. Never waits.
    pub fn published(&self) -> arc_swap::Guard<Arc<Published>> {
        self.published.load()
    }

    /// Has a command decided; what its reply shows comes when it is on the disk.
    pub(crate) async fn change<C: TypedCommand>(&self, request: Request<C>) -> Result<C::Outcome, Refusal> {
        let (reply, answer) = oneshot::channel();
        let Request { actor, needs, operation, command } = request;
        let request = Request { actor, needs, operation, command: command.into() };
        self.queue.try_send(Job::new(request, reply)).map_err(|_| Refusal::Busy(busy::QUEUE))?;
        let done = answer.await.map_err(|_| Refusal::Busy(busy::STOPPING))??;
        C::shown(done.outcome).ok_or_else(|| Refusal::defect())
    }

    /// Has one of many commands decided after those that were given before it, and waits only until it has
    /// its place. The answer comes when it is on the disk.
    pub(crate) async fn submit(&self, request: Request) -> Result<oneshot::Receiver<Result<Done, Refusal>>, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(Job::new(request, reply)).await.map_err(|_| Refusal::Busy(busy::STOPPING))?;
        Ok(answer)
    }

    /// Publishes a directory that was built anew, after bringing it up to the command that is
    /// published; whether it could be built. Where it could not, what is published goes on.
    fn publish_rebuilt(&self, built: Result<Directory, Unfit>, rebuild: Option<Rebuild>) -> bool {
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

    /// The directory, and the store at the very same command.
    pub(crate) async fn snapshot(&self) -> Result<(Arc<Published>, Snapshot), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(Job::Snapshot(reply)).await.map_err(|_| StoreError::Unavailable)?;
        answer.await.map_err(|_| StoreError::Unavailable)?
    }
}

/// Takes commands as they come, and what has come while one batch was written makes the next.
async fn write(organisation: Weak<Organisation>, mut jobs: mpsc::Receiver<Job>, store: Arc<Store>) {
    let mut waiting = Vec::with_capacity(limits::BATCH);
    let mut rebuild: Option<Rebuild> = None;
    let mut may_rebuild = true;
    // When a directory that needs it may be built anew.
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
            // What failed once would fail again.
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

/// A directory that is being built anew from its records, aside, while writing goes on.
struct Rebuild {
    began: Instant,
    building: JoinHandle<Result<Directory, Unfit>>,
    /// What has been changed since it began.
    since: Vec<Change>,
}

impl Rebuild {
    fn start(published: Arc<Published>) -> Self {
        let building = tokio::task::spawn_blocking(move || Directory::build(published.directory.records()));
        Rebuild { began: Instant::now(), building, since: Vec::new() }
    }
}

/// The directory, when it is built; never, when none is being built.
async fn finished(rebuild: &mut Option<Rebuild>) -> Result<Directory, Unfit> {
    match rebuild {
        Some(rebuild) => (&mut rebuild.building).await.unwrap_or_else(|error| Err(Unfit(error.to_string()))),
        None => std::future::pending().await,
    }
}

/// Writes what waits.
async fn write_jobs(organisation: &Organisation, store: &Store, waiting: &mut Vec<Job>, rebuild: &mut Option<Rebuild>) {
    let mut batch = Vec::with_capacity(waiting.len());
    for job in waiting.drain(..) {
        match job {
            Job::Change(request, span, reply) => batch.push((*request, span, reply)),
            // Between two batches memory and disk are the same.
            Job::Snapshot(reply) => {
                let snapshot = store.snapshot().await;
                let snapshot = snapshot.map(|snapshot| (organisation.published.load_full(), snapshot));
                let _ = reply.send(snapshot);
            }
        }
    }
    let mut answers = Vec::with_capacity(batch.len());
    let since = rebuild.as_mut().map(|rebuild| &mut rebuild.since);
    let written = AssertUnwindSafe(write_batch(organisation, store, batch, &mut answers, since)).catch_unwind().await;
    let given_up = match written {
        Ok(Ok(())) => None,
        // Each request that was to be written with it is answered, and logged, on its own.
        Ok(Err(cause)) => Some(cause),
        Err(_) => Some(Cause::new("a command that was to be written with it panicked")),
    };
    for (reply, answer) in answers {
        // Who asked may have gone; what was written stays written.
        let _ = reply.send(match &given_up {
            Some(cause) => Err(cause.clone().into()),
            None => answer,
        });
    }
}

type Answer = (Reply, Result<Done, Refusal>);

/// Decides the commands one after the other on a copy, each seeing those before it; writes them in
/// one commit; and then lets everyone see the copy. Every answer waits for the commit, refusals
/// too, since what they rest on may not be on the disk yet.
async fn write_batch(
    organisation: &Organisation,
    store: &Store,
    batch: Vec<(Request, Span, Reply)>,
    answers: &mut Vec<Answer>,
    since: Option<&mut Vec<Change>>,
) -> Result<(), Cause> {
    let published = organisation.published.load_full();
    let mut directory = published.directory.clone();
    let mut entries: Vec<Entry> = Vec::with_capacity(batch.len());
    let at = now();
    for (request, span, reply) in batch {
        let _entered = span.enter();
        // Kept first: whatever happens below, the caller is answered.
        answers.push((reply, Err(Refusal::defect())));
        let answer = match done_before(store, organisation.id, &entries, &request)? {
            Some(held) => {
                replay(&directory, &held, &request).map(|outcome| Done { outcome, effect: Effect::Unchanged })
            }
            None => decide_one(&mut directory, &organisation.newcomers, at, request, &mut entries)?,
        };
        if let Some(last) = answers.last_mut() {
            last.1 = answer;
        }
    }
    if entries.is_empty() {
        return Ok(());
    }
    let changed = entries.iter().filter(|entry| !entry.changes.is_empty()).count() as u64;
    let changes = since.as_ref().map(|_| entries.iter().flat_map(|entry| entry.changes.iter().cloned()).collect());
    let changes: Vec<Change> = changes.unwrap_or_default();
    store.commit(Batch { organisation: organisation.id, expected: published.seq, entries }).await?;
    if let Some(since) = since {
        since.extend(changes);
    }
    if changed > 0 {
        organisation.published.store(Arc::new(Published { directory, seq: published.seq + changed }));
    }
    Ok(())
}

/// Makes the changes of a decision in the directory that it was made for.
///
/// # Errors
///
/// When one does not fit, which is a fault of the server's own.
pub(crate) fn apply(directory: &mut Directory, decision: &Decision) -> Result<(), Cause> {
    let applied = decision.changes.iter().try_for_each(|change| directory.apply(change));
    applied.map_err(|unfit| Cause::new(format_args!("a decided change does not fit: {unfit}")))
}

fn decide_one(
    directory: &mut Directory,
    newcomers: &Newcomers,
    at: Timestamp,
    request: Request,
    entries: &mut Vec<Entry>,
) -> Result<Result<Done, Refusal>, Cause> {
    let decision = match decide(directory, &request.actor, request.needs, at, &request.command) {
        Ok(decision) => decision,
        Err(fault) => return Ok(Err(fault.into())),
    };
    if let Actor::Connector { connector, .. } = &request.actor
        && let Err(refusal) = newcomers.count(connector, &decision.changes, at)
    {
        return Ok(Err(refusal));
    }
    apply(directory, &decision)?;
    let effect = Effect::of(&decision.changes);
    let done =
        directory.outcome(&decision.subject).map(|outcome| Done { outcome, effect }).ok_or_else(|| Refusal::defect());
    let operation = request.operation.map(|(key, fingerprint)| Operation {
        client: request.actor.client().clone(),
        key,
        fingerprint,
        subject: decision.subject,
    });
    if operation.is_some() || !decision.changes.is_empty() {
        entries.push(Entry { at, actor: Some(request.actor), changes: decision.changes, operation });
    }
    Ok(done)
}

/// The operation that this request repeats, from this batch or from the store.
fn done_before(
    store: &Store,
    organisation: OrganisationId,
    entries: &[Entry],
    request: &Request,
) -> Result<Option<Operation>, StoreError> {
    let Some((key, _)) = &request.operation else { return Ok(None) };
    let same = |operation: &&Operation| operation.key == *key && operation.client == *request.actor.client();
    if let Some(held) = entries.iter().filter_map(|entry| entry.operation.as_ref()).find(same) {
        return Ok(Some(held.clone()));
    }
    let since = Timestamp(now().0 - limits::OPERATION_TIME.as_millis() as i64);
    store.operation(organisation, request.actor.client(), key, since)
}

/// Answers a command that was done before, without doing it again.
fn replay(directory: &Directory, held: &Operation, request: &Request) -> Result<Outcome, Refusal> {
    let view = admit(directory, &request.actor, request.needs)?;
    if request.operation.as_ref().is_none_or(|(_, fingerprint)| *fingerprint != held.fingerprint) {
        return Err(Fault::Conflict(Conflict::OperationReused).into());
    }
    Ok(match &held.subject {
        Subject::Nothing => Outcome::Nothing,
        Subject::Group(id) => Outcome::Group(view.group(*id)?.clone()),
        Subject::Person(id) => Outcome::Person(view.person(*id, PersonFilter::Living)?.clone()),
        Subject::Client(id) => Outcome::Client(view.client(id)?.clone()),
        Subject::Skill(id) => {
            let skill = SkillKind::ALL.iter().find_map(|kind| view.skill(*kind, *id).ok());
            Outcome::Skill(skill.ok_or_else(|| Fault::not_found(Kind::Skill, id))?.clone())
        }
        Subject::Held(person, id) => {
            view.person(*person, PersonFilter::Living)?;
            directory.outcome(&held.subject).ok_or_else(|| Fault::not_found(Kind::Skill, id))?
        }
        Subject::Connector(id) => {
            view.connector(id)?;
            directory.outcome(&held.subject).ok_or_else(|| Fault::not_found(Kind::Connector, id))?
        }
        Subject::Each(done) => Outcome::Each(done.clone()),
        Subject::AllHeld(person, _) => {
            view.person(*person, PersonFilter::Living)?;
            directory.outcome(&held.subject).ok_or_else(|| Fault::not_found(Kind::Person, person))?
        }
    })
}
