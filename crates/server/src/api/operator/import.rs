//! Importing: rows come as lines, and each is a command like any other, decided by the organisation's
//! writer after those before it and answered when it is on the disk. Nothing is done that a caller could not
//! have asked for one by one; it is only asked for without a request each.
//!
//! Rows flow in while answers flow out. Only so many are on their way at one time: others who ask something
//! of the organisation meanwhile find a short queue.

use crate::api::call::{Admitted, Asker, parse_query};
use crate::api::genesys::{self, rows};
use crate::api::{Routes, needs};
use crate::clock::now;
use crate::http::answer::Answer;
use crate::http::budget::{Exhausted, Holder};
use crate::http::failures::Failures;
use crate::http::json;
use crate::http::refusal::{Cause, Refusal, busy};
use crate::limits;
use crate::replica::directories::Directories;
use crate::replica::organisation::{Done, Organisation, Request};
use crate::sign_in::sessions::Session;
use crate::site::Site;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use convoke_core::{Actor, Directory, Effect, administrator, admit, decide};
use convoke_wire::Endpoint;
use convoke_wire::import::{FieldChange, ImportQuery, MEDIA_TYPE, PostImport, Row, RowEffect, RowResult};
use futures_util::{Stream, StreamExt, stream};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tracing::{Instrument, Span};

/// Every endpoint about moving directories.
pub(crate) fn routes(site: Arc<Site>) -> Routes {
    Routes::new(site, &genesys::API).custom::<PostImport, _, _>(post)
}

async fn post(admitted: Admitted<PostImport>) -> Result<Answer, Refusal> {
    let Admitted { site, asker: Asker { session, .. }, request, .. } = admitted;
    let (head, body) = request.into_parts();
    let query = parse_query::<PostImport>(head.uri.query().unwrap_or_default())?;
    if !is_lines(&head.headers) {
        return Err(Refusal::MediaType(MEDIA_TYPE));
    }
    let mut reservation = site.bodies.of_callers.reserve(Holder::Organisation(session.organisation.id));
    reservation.grow(limits::IMPORT_BYTES).map_err(|Exhausted| Refusal::Busy(busy::BODIES))?;
    let rows = Rows::new(&session, &query);
    let (results, answered) = mpsc::channel(limits::ROWS);
    tokio::spawn(take_all(rows, body, results).in_current_span());
    // Rows wait until the last result is sent, or the caller has gone.
    let span = Span::current();
    let log = move |refusal: &Refusal| span.in_scope(|| site.failures.log(refusal, PostImport::NAME));
    let lines = lines(answered, log);
    let lines = lines.inspect(move |_| _ = &reservation);
    let body = Body::from_stream(lines.map(Ok::<_, std::convert::Infallible>));
    Ok(Answer::stream(HeaderValue::from_static(MEDIA_TYPE), body, convoke_wire::Effect::Act))
}

fn is_lines(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let media_type = media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    media_type.eq_ignore_ascii_case(MEDIA_TYPE.as_bytes()) && !headers.contains_key(CONTENT_ENCODING)
}

/// Takes in all rows of a body; ends with the body, when it stops coming, or when nobody waits for results.
async fn take_all(mut rows: Rows, mut body: Body, results: mpsc::Sender<Taken>) {
    let mut read = Lines::default();
    loop {
        let frame = match tokio::time::timeout(limits::BODY_TIME, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => break,
            // It ends in the middle: what is half a row is none.
            Ok(Some(Err(_))) => return,
            Err(_) => {
                let slow = Taken { line: rows.line + 1, what: Pending::Now(Err(Refusal::Slow)), _room: None };
                let _ = results.send(slow).await;
                return;
            }
        };
        let Ok(data) = frame.into_data() else { continue };
        for line in read.push(&data) {
            let Some(taken) = rows.take(line).await else { continue };
            if results.send(taken).await.is_err() {
                return;
            }
        }
    }
    if let Some(taken) = rows.take(read.rest()).await {
        // Nobody may be waiting for it any more.
        let _ = results.send(taken).await;
    }
}

/// What loading rows came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// How many rows made something that was not there.
    pub created: u64,
    /// How many changed something.
    pub changed: u64,
    /// How many said what was so already.
    pub unchanged: u64,
    /// Those that were refused: each line's number, and why.
    pub refused: Vec<(u64, String)>,
}

/// Takes rows into the first organisation on behalf of one of its administrators, as [`PostImport`] does.
///
/// # Errors
///
/// A sentence, when there is no administrator.
pub async fn load(directories: &Directories, rows: Bytes) -> Result<Loaded, String> {
    let organisation = directories.all().into_iter().next();
    let organisation = organisation.ok_or("there is no organisation to load into")?;
    let actor = administrator(&organisation.published().directory);
    let actor = actor.ok_or("there is no OAuth client with the role of an administrator to load as")?;
    let (results, mut answered) = mpsc::channel(limits::ROWS);
    let rows_of_file = Rows { organisation, actor, trial: None, shows_changes: false, line: 0, room: room() };
    tokio::spawn(take_all(rows_of_file, Body::from(rows), results));
    let (mut loaded, failures) = (Loaded::default(), Failures::new());
    while let Some(taken) = answered.recv().await {
        let result = taken.result(|refusal| failures.log(refusal, PostImport::NAME)).await;
        match result.effect {
            RowEffect::Created => loaded.created += 1,
            RowEffect::Changed => loaded.changed += 1,
            RowEffect::Unchanged => loaded.unchanged += 1,
            RowEffect::Refused => loaded.refused.push((result.line, result.error.unwrap_or_default().message)),
        }
    }
    Ok(loaded)
}

/// Bytes that come in pieces, as lines.
#[derive(Default)]
struct Lines {
    begun: BytesMut,
}

/// A line; none where it is longer than a row may be.
type Line = Option<Bytes>;

impl Lines {
    /// The lines that are whole with these bytes.
    fn push(&mut self, data: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut pieces = data.split(|byte| *byte == b'\n');
        let last = pieces.next_back().unwrap_or_default();
        for piece in pieces {
            self.add(piece);
            lines.push(self.rest());
        }
        self.add(last);
        lines
    }

    /// Of what is too long, only that it is so is kept.
    fn add(&mut self, piece: &[u8]) {
        let room = (limits::ROW_BYTES + 1).saturating_sub(self.begun.len());
        self.begun.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }

    /// What is left when there is no more.
    fn rest(&mut self) -> Line {
        let line = self.begun.split().freeze();
        (line.len() <= limits::ROW_BYTES).then_some(line)
    }
}

/// What becomes of a row, sooner or later.
struct Taken {
    line: u64,
    what: Pending,
    /// What the row takes of [`Rows::room`].
    _room: Option<OwnedSemaphorePermit>,
}

enum Pending {
    Now(Result<Effect, Refusal>),
    /// What a trial came to, with what would be different, where the caller asked for it.
    Tried(Effect, Option<Vec<FieldChange>>),
    Written(oneshot::Receiver<Result<Done, Refusal>>),
}

impl Taken {
    /// What became of it. `log` is told of a refusal.
    async fn result(self, log: impl Fn(&Refusal)) -> RowResult {
        let mut changes = None;
        let result = match self.what {
            Pending::Now(result) => result,
            Pending::Tried(effect, found) => {
                changes = found;
                Ok(effect)
            }
            Pending::Written(answer) => {
                answer.await.unwrap_or(Err(Refusal::Busy(busy::STOPPING))).map(|done| done.effect)
            }
        };
        let effect = match &result {
            Ok(Effect::Created) => RowEffect::Created,
            Ok(Effect::Changed) => RowEffect::Changed,
            Ok(Effect::Unchanged) => RowEffect::Unchanged,
            Err(_) => RowEffect::Refused,
        };
        if let Err(refusal) = &result {
            log(refusal);
        }
        RowResult { line: self.line, effect, error: result.err().map(|refusal| rows::error(&refusal)), changes }
    }
}

/// Rows on their way into an organisation.
struct Rows {
    organisation: Arc<Organisation>,
    actor: Actor,
    /// For a trial: the directory as it would be.
    trial: Option<Directory>,
    /// Whether a trial says what would be different.
    shows_changes: bool,
    /// How many lines there were.
    line: u64,
    /// The bytes of rows that may still wait to be answered.
    room: Arc<Semaphore>,
}

/// Room for [`limits::IMPORT_BYTES`].
fn room() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(limits::IMPORT_BYTES))
}

impl Rows {
    fn new(session: &Session, query: &ImportQuery) -> Self {
        let organisation = session.organisation.clone();
        let trial = (query.dry_run == Some(true)).then(|| organisation.published().directory.clone());
        let shows_changes = query.changes == Some(true);
        Rows { organisation, actor: session.actor.clone(), trial, shows_changes, line: 0, room: room() }
    }

    /// Takes in the next line, when there is a place for it; nothing becomes of a blank one.
    async fn take(&mut self, line: Line) -> Option<Taken> {
        self.line += 1;
        let mut room = None;
        let what = match line {
            Some(line) if line.trim_ascii().is_empty() => return None,
            Some(line) => {
                // The room is never closed, and a row is shorter than all of it.
                let mut taken = self.room.clone().acquire_many_owned(line.len() as u32).await.ok();
                let what = self.take_row(&line).await.unwrap_or_else(|refusal| Pending::Now(Err(refusal)));
                if let (Some(taken), Pending::Tried(_, Some(changes))) = (&mut taken, &what) {
                    // A short row may change long texts. Of the room, the row itself has a part already.
                    let length = length_of(changes).min(limits::IMPORT_BYTES - limits::ROW_BYTES) as u32;
                    if let Ok(more) = self.room.clone().acquire_many_owned(length).await {
                        taken.merge(more);
                    }
                }
                room = taken;
                what
            }
            None => Pending::Now(Err(Refusal::Malformed {
                field: String::new(),
                problem: format!("a row must have at most {} bytes", limits::ROW_BYTES),
            })),
        };
        Some(Taken { line: self.line, what, _room: room })
    }

    async fn take_row(&mut self, line: &[u8]) -> Result<Pending, Refusal> {
        let row: Row = json::from_slice(line)?;
        let command = rows::command(self.organisation.id, row)?;
        let needs = needs::<PostImport>();
        let Some(directory) = &mut self.trial else {
            let request = Request { actor: self.actor.clone(), needs, operation: None, command };
            return Ok(Pending::Written(self.organisation.submit(request).await?));
        };
        let decision = decide(directory, &self.actor, needs, now(), &command)?;
        let effect = Effect::of(&decision.changes);
        let shows = self.shows_changes && effect == Effect::Changed;
        let before = if shows {
            let view = admit(directory, &self.actor, needs)?;
            Some(rows::trial::fields(&view, decision.before(&view)))
        } else {
            None
        };
        let outcome = decision.apply(directory);
        let outcome = outcome.map_err(|unfit| Cause::new(format_args!("a decided change does not fit: {unfit}")))?;
        let changes = match before {
            Some(before) => {
                let view = admit(directory, &self.actor, needs)?;
                Some(rows::trial::changes(before, rows::trial::fields(&view, Some(outcome))))
            }
            None => None,
        };
        Ok(Pending::Tried(effect, changes))
    }
}

/// About how many bytes changes take.
fn length_of(changes: &[FieldChange]) -> usize {
    serde_json::to_string(changes).map_or(0, |text| text.len())
}

/// What became of rows, in lines: as many at one time as are known.
fn lines(answered: mpsc::Receiver<Taken>, log: impl Fn(&Refusal) + Send + Sync) -> impl Stream<Item = Bytes> {
    stream::unfold((answered, log), |(mut answered, log)| async move {
        let mut taken = Vec::with_capacity(limits::ROWS);
        if answered.recv_many(&mut taken, limits::ROWS).await == 0 {
            return None;
        }
        let mut text = Vec::with_capacity(taken.len() * 64);
        for taken in taken {
            serde_json::to_writer(&mut text, &taken.result(&log).await).expect("results have string keys");
            text.push(b'\n');
        }
        Some((Bytes::from(text), (answered, log)))
    })
}
