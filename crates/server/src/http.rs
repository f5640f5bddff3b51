//! From bytes to calls and back: who is calling, limits, and what every answer carries.

use crate::auth::{Allowance, Refused, Session};
use crate::body::json_body;
use crate::budget::{Exhausted, Holder, Reservation};
use crate::country::Country;
use crate::dialect::{Dialect, genesys};
use crate::limits;
use crate::metrics::{Denial, OperationMetrics};
use crate::observe::access::{Answered, Identity};
use crate::organisation;
use crate::peer::Peer;
use crate::presented::Presented;
use crate::refusal::{Accident, Refusal, busy};
use crate::site::Site;
use crate::{json, now, observe, secret};
use axum::RequestPartsExt;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use bytes::Bytes;
use convoke_core::{Actor, Command, Context, Fault, Outcome, Permissions, Reason, Stop, View, admit};
use convoke_wire::query::QueryError;
use convoke_wire::{BodyUse, Effect, Endpoint};
use futures_util::FutureExt;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_TYPE, EXPIRES, PRAGMA, RETRY_AFTER, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde::Serialize;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tracing::{Instrument, Span};
use uuid::Uuid;

const CORRELATION_ID: HeaderName = HeaderName::from_static("inin-correlation-id");
const RATE_COUNT: HeaderName = HeaderName::from_static("inin-ratelimit-count");
const RATE_ALLOWED: HeaderName = HeaderName::from_static("inin-ratelimit-allowed");
const RATE_RESET: HeaderName = HeaderName::from_static("inin-ratelimit-reset");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer before it has the headers that all answers have.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
    /// What the request did. An answer that only tells may be withheld; one that says what was done may not.
    pub effect: Effect,
    /// Whose memory the body takes.
    pub memory: Memory,
    /// Who asked, where that came out on the way; for the access log. Who has a token is known without it.
    pub caller: Option<Identity>,
}

/// Whose memory the body of an answer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// The answer's own: it was rendered for this request.
    Own,
    /// That of a document which was made once, and is shared by all requests for it.
    Shared,
}

impl Answer {
    /// An answer with a JSON body.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let mut bytes = Vec::with_capacity(1024);
        serde_json::to_writer(&mut bytes, body).expect("replies have string keys and no failing values");
        if bytes.len() > limits::SMALL_RESPONSE_BYTES {
            // It is counted by its length, and may be held for long.
            bytes.shrink_to_fit();
        }
        Self::bytes(status, JSON, bytes)
    }

    /// An answer with a body of any type.
    pub fn bytes(status: StatusCode, media_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::with_capacity(16);
        headers.insert(CONTENT_TYPE, media_type);
        Answer {
            status,
            headers,
            body: Body::from(body.into()),
            effect: Effect::Act,
            memory: Memory::Own,
            caller: None,
        }
    }

    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Answer {
            status,
            headers: HeaderMap::with_capacity(16),
            body: Body::empty(),
            effect: Effect::Act,
            memory: Memory::Own,
            caller: None,
        }
    }

    /// The answer. If its body is large and its own, the reservation takes its bytes until they are sent.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`], when too much waits to be read already and the request can be repeated.
    fn within(mut self, mut reservation: Reservation) -> Result<Self, Refusal> {
        let bytes = self.body.size_hint().exact().map_or(0, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        if bytes <= limits::SMALL_RESPONSE_BYTES || self.memory == Memory::Shared {
            return Ok(self);
        }
        match (reservation.grow(bytes), self.effect) {
            (Ok(()), _) => {}
            (Err(Exhausted), Effect::Read) => return Err(Refusal::Busy(busy::RESPONSES)),
            (Err(Exhausted), Effect::Change | Effect::Act) => return Ok(self),
        }
        // A body whose exact length is known is in memory as a whole, so nothing has to be waited for.
        let body = std::mem::take(&mut self.body).collect().now_or_never();
        let body = body.and_then(Result::ok).ok_or_else(|| Refusal::defect())?;
        self.body = Body::from(reservation.hold(body.to_bytes()));
        Ok(self)
    }
}

/// How a dialect renders a refusal. The id is the correlation id of the request.
pub(crate) type RenderRefusal = fn(&Refusal, Uuid) -> Answer;

/// A request for information, and what its answer may rest on.
pub(crate) struct Call<'a> {
    /// The directory as the caller sees it.
    pub view: View<'a>,
    /// The path that was asked for.
    pub path: &'a str,
    /// The query as it came.
    pub query: &'a str,
    /// What organisations say is their country.
    pub country: Country,
}

/// What a read is answered from.
pub(crate) type Read<E> =
    fn(&Call<'_>, <E as Endpoint>::Path, <E as Endpoint>::Query) -> Result<<E as Endpoint>::Reply, Refusal>;

/// What a read that has a body is answered from.
pub(crate) type ReadWithBody<E> = fn(
    &Call<'_>,
    <E as Endpoint>::Path,
    <E as Endpoint>::Query,
    <E as Endpoint>::Body,
) -> Result<<E as Endpoint>::Reply, Refusal>;

/// Answers a read.
pub(crate) async fn answer_read<E: Endpoint>(
    site: &Site,
    session: &Session,
    needs: Permissions,
    parts: &mut Parts,
    read: Read<E>,
) -> Result<Answer, Refusal> {
    let path = parse_path::<E>(parts).await?;
    read_now::<E>(site.country, session, needs, parts, path, read)
}

/// Answers a read that may be long, aside from all others and only a few at one time. It has a bound of
/// [`limits::LONG_TIME`]; one that has begun by then ends unheard, and keeps its place until it has ended.
pub(crate) async fn answer_long_read<E: Endpoint>(
    site: &Site,
    session: Arc<Session>,
    needs: Permissions,
    mut parts: Parts,
    read: Read<E>,
) -> Result<Answer, Refusal> {
    let path = parse_path::<E>(&mut parts).await?;
    let (caller, country) = (session.clone(), site.country);
    aside(site, &caller, move |stop| {
        stop.check()?;
        read_now::<E>(country, &session, needs, &parts, path, read)
    })
    .await
}

/// Does what may take long, aside from all other requests and only so much at one time; whose turn it is,
/// [`crate::lanes`] says. The work is told to stop when nobody waits for it any more: the caller has gone, it
/// took longer than [`limits::LONG_TIME`], or the server is to stop.
pub(crate) async fn aside<T: Send + 'static>(
    site: &Site,
    session: &Session,
    work: impl FnOnce(&Stop) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let stop = StopWhenDropped::default();
    let told = stop.0.clone();
    let done = async move {
        let turn = site.lanes.enter(session.organisation.id, &session.actor).await?;
        let working = observe::spawn_blocking(move || {
            let done = work(&told);
            drop(turn);
            done
        });
        working.await?
    };
    tokio::select! {
        biased;
        done = done => done,
        () = tokio::time::sleep(limits::LONG_TIME) => Err(Refusal::TookTooLong),
        () = site.stopping.cancelled() => Err(Refusal::Busy(busy::STOPPING)),
    }
}

/// Tells work to stop when what waits for it is dropped.
#[derive(Default)]
pub(crate) struct StopWhenDropped(pub Stop);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.set();
    }
}

fn read_now<E: Endpoint>(
    country: Country,
    session: &Session,
    needs: Permissions,
    parts: &Parts,
    path: E::Path,
    read: Read<E>,
) -> Result<Answer, Refusal> {
    let query = parts.uri.query().unwrap_or_default();
    let parameters = parse_query::<E>(query)?;
    let published = session.organisation.published();
    let view = admit(&published.directory, &session.actor, needs)?;
    let call = Call { view, path: parts.uri.path(), query, country };
    Ok(success::<E>(&read(&call, path, parameters)?))
}

/// Answers a change: has it decided and written, and renders what it came to.
pub(crate) async fn answer_change<E: Endpoint>(
    session: &Session,
    needs: Permissions,
    request: Request<Body>,
    from_wire: impl FnOnce(E::Path, E::Query, E::Body) -> Result<Command, Refusal>,
    to_wire: impl FnOnce(Context<'_>, &Outcome) -> Result<E::Reply, Refusal>,
) -> Result<Answer, Refusal> {
    Taken::<E>::take(session, needs, request).await?.change(from_wire, to_wire).await
}

/// A request with a body, read as a whole: one that changes, or one that says in the body what it
/// wants to see.
pub(crate) struct Taken<'s, E: Endpoint> {
    session: &'s Session,
    needs: Permissions,
    parts: Parts,
    bytes: Bytes,
    path: E::Path,
    query: E::Query,
    pub body: E::Body,
}

impl<'s, E: Endpoint> Taken<'s, E> {
    /// Reads a request. Who may not do this at all is told so before anything else is looked at.
    pub async fn take(session: &'s Session, needs: Permissions, request: Request<Body>) -> Result<Self, Refusal> {
        drop(admit(&session.organisation.published().directory, &session.actor, needs)?);
        let (mut parts, body) = request.into_parts();
        let path = parse_path::<E>(&mut parts).await?;
        let query = parse_query::<E>(parts.uri.query().unwrap_or_default())?;
        let bytes = if E::BODY == BodyUse::None {
            Bytes::new()
        } else {
            json_body(&parts, body, session.organisation.id).await?
        };
        let body = parse_body::<E>(&bytes, &session.actor)?;
        Ok(Taken { session, needs, parts, bytes, path, query, body })
    }

    /// Answers it from what is published.
    pub fn read(
        self,
        country: Country,
        read: impl FnOnce(&Call<'_>, E::Path, E::Query, E::Body) -> Result<E::Reply, Refusal>,
    ) -> Result<Answer, Refusal> {
        let published = self.session.organisation.published();
        let view = admit(&published.directory, &self.session.actor, self.needs)?;
        let query = self.parts.uri.query().unwrap_or_default();
        let call = Call { view, path: self.parts.uri.path(), query, country };
        Ok(success::<E>(&read(&call, self.path, self.query, self.body)?))
    }

    /// Has it decided and written, and renders what it came to.
    pub async fn change(
        self,
        from_wire: impl FnOnce(E::Path, E::Query, E::Body) -> Result<Command, Refusal>,
        to_wire: impl FnOnce(Context<'_>, &Outcome) -> Result<E::Reply, Refusal>,
    ) -> Result<Answer, Refusal> {
        let Taken { session, needs, .. } = self;
        let operation = operation(&self.parts, &self.bytes, &session.actor)?;
        let command = from_wire(self.path, self.query, self.body)?;
        let request = organisation::Request { actor: session.actor.clone(), needs, operation, command };
        let outcome = session.organisation.change(request).await?;
        let published = session.organisation.published();
        Ok(success::<E>(&to_wire(published.directory.context(), &outcome)?))
    }
}

/// The answer of a success.
pub(crate) fn success<E: Endpoint>(reply: &E::Reply) -> Answer {
    let status = StatusCode::from_u16(E::STATUS).expect("the endpoint table has only valid statuses");
    let answer = if std::any::TypeId::of::<E::Reply>() == std::any::TypeId::of::<convoke_wire::Nothing>() {
        Answer::empty(status)
    } else {
        Answer::json(status, reply)
    };
    Answer { effect: E::effect(), ..answer }
}

/// The parameters in the path. A path that does not decode names nothing.
pub(crate) async fn parse_path<E: Endpoint>(parts: &mut Parts) -> Result<E::Path, Refusal> {
    let Path(path) = parts.extract::<Path<E::Path>>().await.map_err(|_| Refusal::NoPath)?;
    Ok(path)
}

/// The parameters in the query.
pub(crate) fn parse_query<E: Endpoint>(query: &str) -> Result<E::Query, Refusal> {
    convoke_wire::query::from_str(query).map_err(|QueryError { field, problem }| Refusal::Malformed { field, problem })
}

/// The body. People who come by a connector use clients that write JSON loosely.
fn parse_body<E: Endpoint>(body: &[u8], actor: &Actor) -> Result<E::Body, Refusal> {
    let from_slice = match actor {
        Actor::Client(_) => json::from_slice::<E::Body>,
        Actor::Connector { .. } => json::relaxed_from_slice::<E::Body>,
    };
    let absent = matches!(body.trim_ascii(), b"" | b"null");
    match E::BODY {
        BodyUse::None => json::from_slice(b"{}"),
        BodyUse::Required if absent => Err(Fault::invalid("body", Reason::Missing).into()),
        BodyUse::Optional | BodyUse::Required => from_slice(body),
    }
}

/// The client's own id of this request, with a digest of what the request says.
///
/// People who come by the same connector know nothing of each other's ids.
fn operation(parts: &Parts, body: &[u8], actor: &Actor) -> Result<Option<(String, [u8; 32])>, Refusal> {
    let Some(value) = parts.headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| key.bytes().all(|byte| byte.is_ascii_graphic()) && !key.is_empty());
    let key = key.ok_or_else(|| Refusal::Malformed {
        field: "Idempotency-Key".into(),
        problem: "must be visible ASCII characters".into(),
    })?;
    if key.len() > limits::OPERATION_KEY_CHARS {
        let reason = Reason::TooLong { limit: limits::OPERATION_KEY_CHARS };
        return Err(Fault::invalid("Idempotency-Key", reason).into());
    }
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let said = [parts.method.as_str().as_bytes(), b" ", target.as_bytes(), b"\n", body].concat();
    let key = match actor {
        Actor::Client(_) => key.to_owned(),
        Actor::Connector { person, .. } => format!("{person} {key}"),
    };
    Ok(Some((key, secret::digest(&said))))
}

/// Does the work of one request, whatever it is, and gives its answer what all answers have. What is logged meanwhile
/// carries the correlation id of the response.
///
/// A request that carries a token is counted for its caller, and refused once too many have come.
pub(crate) async fn serve<F>(
    site: Arc<Site>,
    request: Request<Body>,
    metrics: &OperationMetrics,
    dialect: &Dialect,
    work: impl FnOnce(Arc<Site>, Caller, Request<Body>) -> F,
) -> Response
where
    F: Future<Output = Result<Answer, Refusal>>,
{
    let id = random_id();
    serve_as(id, site, request, metrics, dialect, work).instrument(observe::span(id)).await
}

async fn serve_as<F>(
    id: Uuid,
    site: Arc<Site>,
    mut request: Request<Body>,
    metrics: &OperationMetrics,
    dialect: &Dialect,
    work: impl FnOnce(Arc<Site>, Caller, Request<Body>) -> F,
) -> Response
where
    F: Future<Output = Result<Answer, Refusal>>,
{
    let began = Instant::now();
    let at = now();
    let session = site.sessions.of(request.headers(), dialect, &site.directories, at);
    let token = Presented::of(&session);
    let session = session.map_err(|Refused { refusal, .. }| refusal);
    let peer = Peer::of(request.extensions());
    let allowance = match &session {
        Ok(session) => session.count(site.rate_limit, at),
        Err(_) => Allowance::none(site.rate_limit),
    };
    request.extensions_mut().insert(site.bodies.clone());
    let reservation =
        session.as_ref().ok().map(|session| site.responses.reserve(Holder::Organisation(session.organisation.id)));
    let result = if allowance.is_spent() {
        Err(Refusal::RateLimited { retry_after: allowance.reset })
    } else {
        // A panic is a defect of ours; the caller is told, and everyone else served on.
        let work = AssertUnwindSafe(work(site.clone(), session, request));
        work.catch_unwind().await.unwrap_or(Err(Refusal::Broken(Accident::Panicked)))
    };
    // Paths that ask for no token do not look at one: there an old token is no guess.
    let result = result.map_err(|refusal| token.refuse(refusal, &site, peer, began));
    let result = match reservation {
        Some(reservation) => result.and_then(|answer| answer.within(reservation)),
        // Without a token only `/metrics` may be large, and only from loopback or on a listener of its own.
        None => result,
    };
    let mut answer = result.unwrap_or_else(|refusal| {
        site.failures.log(&refusal, metrics.operation);
        let mut answer = (dialect.render)(&refusal, id);
        let retry_after = match refusal {
            Refusal::RateLimited { retry_after } => Some(retry_after),
            Refusal::TooManyPeople { retry_after, .. } => {
                site.metrics.refuse(Denial::TooManyPeople);
                Some(retry_after)
            }
            Refusal::Busy(_) | Refusal::Failed(_) | Refusal::TooManyWait => Some(limits::RETRY_SECONDS),
            Refusal::TookTooLong | Refusal::Running(_) => Some(limits::LONG_RETRY_SECONDS),
            _ => None,
        };
        if let Some(seconds) = retry_after {
            answer.headers.insert(RETRY_AFTER, seconds.into());
        }
        answer
    });
    if let Some(media_type) = answer.headers.get_mut(CONTENT_TYPE).filter(|media_type| **media_type == JSON) {
        *media_type = HeaderValue::from_static(dialect.json);
    }
    metrics.record(answer.status, began.elapsed());
    if site.access_log && answer.caller.is_none() {
        answer.caller = token.caller();
    }
    finish(&site, answer, id, allowance)
}

/// The response to a request whose framing is not sound. The connection ends with it, because what comes behind
/// the request may be a part of it (RFC 9112, section 9.6).
pub(crate) fn refuse_connection(site: &Site, problem: &str) -> Response {
    site.metrics.requests_misframed.inc();
    let id = random_id();
    let _entered = observe::span(id).entered();
    let refusal = Refusal::Malformed { field: "request".into(), problem: problem.into() };
    let mut answer = (genesys::DIALECT.render)(&refusal, id);
    answer.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    finish(site, answer, id, Allowance::none(site.rate_limit))
}

fn random_id() -> Uuid {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid()
}

/// Who sent a request, if that is known.
pub(crate) type Caller = Result<Arc<Session>, Refusal>;

fn finish(site: &Site, answer: Answer, id: Uuid, allowance: Allowance) -> Response {
    let mut headers = answer.headers;
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    if let Ok(value) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)) {
        headers.insert(CORRELATION_ID, value);
    }
    headers.insert(RATE_COUNT, allowance.count.into());
    headers.insert(RATE_ALLOWED, allowance.allowed.into());
    headers.insert(RATE_RESET, allowance.reset.into());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(EXPIRES, HeaderValue::from_static("0"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if site.tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    let mut response = Response::new(answer.body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = headers;
    if site.access_log {
        response.extensions_mut().insert(Answered { span: Span::current(), caller: answer.caller });
    }
    response
}
