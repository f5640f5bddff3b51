//! Import of rows. Each line is a command like any other. The organisation's writer decides it after those before it,
//! and its result is sent when it is on the disk. An import can do nothing that a caller could not do by single
//! requests; it only saves the requests.
//!
//! Rows are received while results are sent. The number of rows in progress is limited, so that the queue stays short
//! for other requests of the organisation.

use crate::api::call::{Admitted, Asker, parse_query};
use crate::api::genesys::{self, rows};
use crate::api::{Routes, needs};
use crate::clock::now;
use crate::http::budget::{Exhausted, Holder};
use crate::http::failures::Failures;
use crate::http::json;
use crate::http::refusal::{Cause, Refusal, busy};
use crate::http::response::ApiResponse;
use crate::limits;
use crate::replica::directories::Directories;
use crate::replica::organisation::{CommandResult, Request, ServedOrganisation};
use crate::sign_in::sessions::Session;
use crate::site::Site;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use convoke_core::{Actor, Directory, Effect, administrator, admit, decide};
use convoke_wire::Endpoint;
use convoke_wire::import::{FieldChange, ImportQuery, MEDIA_TYPE, PostImport, Row, RowEffect, RowResult};
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt, stream};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tracing::{Instrument, Span};

/// The endpoint of the import.
pub(crate) fn routes(site: Arc<Site>) -> Routes {
    Routes::new(site, &genesys::API).custom::<PostImport, _, _>(post)
}

async fn post(admitted: Admitted<PostImport>) -> Result<ApiResponse, Refusal> {
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
    // The rows are kept until the last result was sent, or the caller disconnects.
    let span = Span::current();
    let log = move |refusal: &Refusal| span.in_scope(|| site.failures.log(refusal, PostImport::NAME));
    let lines = lines(answered, log);
    let lines = lines.inspect(move |_| _ = &reservation);
    let body = Body::from_stream(lines.map(Ok::<_, std::convert::Infallible>));
    Ok(ApiResponse::stream(HeaderValue::from_static(MEDIA_TYPE), body, convoke_wire::Effect::Act))
}

fn is_lines(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let media_type = media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    media_type.eq_ignore_ascii_case(MEDIA_TYPE.as_bytes()) && !headers.contains_key(CONTENT_ENCODING)
}

/// Processes all rows of a body. Ends with the body, when the body times out, or when nobody waits for results.
async fn take_all(mut rows: Rows, mut body: Body, results: mpsc::Sender<PendingRow>) {
    let mut read = LineSplitter::default();
    loop {
        let frame = match tokio::time::timeout(limits::BODY_TIME, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => break,
            // The body ends early. An incomplete row is ignored.
            Ok(Some(Err(_))) => return,
            Err(_) => {
                let slow = PendingRow { line: rows.line + 1, what: Pending::Now(Err(Refusal::Slow)), _room: None };
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
        // The caller may have gone, so a failed send is ignored.
        let _ = results.send(taken).await;
    }
}

/// The result of loading rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// How many rows created something.
    pub created: u64,
    /// How many rows changed something.
    pub changed: u64,
    /// How many rows changed nothing.
    pub unchanged: u64,
    /// The refused rows: line number and reason of each.
    pub refused: Vec<(u64, String)>,
}

/// Imports rows into the first organisation in the name of one of its administrators, as [`PostImport`] does.
///
/// # Errors
///
/// A sentence, if there is no administrator.
pub fn load(directories: &Directories, rows: Bytes) -> BoxFuture<'_, Result<ImportSummary, String>> {
    // Boxed for the same reason as `start`.
    Box::pin(load_all(directories, rows))
}

async fn load_all(directories: &Directories, rows: Bytes) -> Result<ImportSummary, String> {
    let organisation = directories.first();
    let organisation = organisation.ok_or("there is no organisation to load into")?;
    let actor = administrator(&organisation.published().directory);
    let actor = actor.ok_or("there is no OAuth client with the role of an administrator to load as")?;
    let (results, mut answered) = mpsc::channel(limits::ROWS);
    let rows_of_file = Rows { organisation, actor, trial: None, shows_changes: false, line: 0, room: room() };
    tokio::spawn(take_all(rows_of_file, Body::from(rows), results));
    let (mut loaded, failures) = (ImportSummary::default(), Failures::new());
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

/// Splits chunks of bytes into lines.
#[derive(Default)]
struct LineSplitter {
    begun: BytesMut,
}

/// A line; none if it is longer than a row may be.
type Line = Option<Bytes>;

impl LineSplitter {
    /// Adds a chunk. Returns the lines that are now complete.
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

    /// Adds a part of a line. If a line is too long, only that fact is stored.
    fn add(&mut self, piece: &[u8]) {
        let room = (limits::ROW_BYTES + 1).saturating_sub(self.begun.len());
        self.begun.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }

    /// The last line, which has no line break.
    fn rest(&mut self) -> Line {
        let line = self.begun.split().freeze();
        (line.len() <= limits::ROW_BYTES).then_some(line)
    }
}

/// The pending result of a row.
struct PendingRow {
    line: u64,
    what: Pending,
    /// The row's part of [`Rows::room`].
    _room: Option<OwnedSemaphorePermit>,
}

enum Pending {
    Now(Result<Effect, Refusal>),
    /// The result of a dry run, with the changes if the caller asked for them.
    Tried(Effect, Option<Vec<FieldChange>>),
    Written(oneshot::Receiver<Result<CommandResult, Refusal>>),
}

impl PendingRow {
    /// Waits for the result. `log` gets a refusal.
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

/// The rows of an import into an organisation.
struct Rows {
    organisation: Arc<ServedOrganisation>,
    actor: Actor,
    /// For a dry run: the directory with all changes so far.
    trial: Option<Directory>,
    /// Whether a dry run reports changes.
    shows_changes: bool,
    /// The number of lines so far.
    line: u64,
    /// The bytes of rows that may still wait for results.
    room: Arc<Semaphore>,
}

/// A semaphore of [`limits::IMPORT_BYTES`].
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

    /// Processes the next line, when there is room for it. A blank line has no result.
    async fn take(&mut self, line: Line) -> Option<PendingRow> {
        self.line += 1;
        let mut room = None;
        let what = match line {
            Some(line) if line.trim_ascii().is_empty() => return None,
            Some(line) => {
                // The semaphore is never closed, and a row is shorter than its total.
                let mut taken = self.room.clone().acquire_many_owned(line.len() as u32).await.ok();
                let what = self.take_row(&line).await.unwrap_or_else(|refusal| Pending::Now(Err(refusal)));
                if let (Some(taken), Pending::Tried(_, Some(changes))) = (&mut taken, &what) {
                    // A short row may change long texts. The row itself has a part of the room already.
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
        Some(PendingRow { line: self.line, what, _room: room })
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

/// The approximate bytes of changes.
fn length_of(changes: &[FieldChange]) -> usize {
    serde_json::to_string(changes).map_or(0, |text| text.len())
}

/// The results of rows as lines. Each chunk has all results that are known at the time.
fn lines(answered: mpsc::Receiver<PendingRow>, log: impl Fn(&Refusal) + Send + Sync) -> impl Stream<Item = Bytes> {
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
