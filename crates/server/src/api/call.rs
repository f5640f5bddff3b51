//! From bytes to calls and back: who is calling, limits, and what every answer carries.

use crate::config::Country;
use crate::http::answer::{Answer, StopWhenDropped};
use crate::http::body::json_body;
use crate::http::json;
use crate::http::refusal::{Refusal, busy};
use crate::replica::organisation;
use crate::sign_in::sessions::Session;
use crate::site::Site;
use crate::{limits, observe, secret};
use axum::RequestPartsExt;
use axum::body::Body;
use axum::extract::Path;
use bytes::Bytes;
use convoke_core::{Actor, Command, Context, Outcome, Permissions, Reason, Stop, View, admit};
use convoke_wire::query::QueryError;
use convoke_wire::{BodyUse, Endpoint};
use http::request::Parts;
use http::{HeaderName, Request, StatusCode};
use std::sync::Arc;
use uuid::Uuid;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

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
/// [`crate::http::lanes`] says. The work is told to stop when nobody waits for it any more: the caller has gone, it
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
        BodyUse::Required if absent => Err(Refusal::invalid("body", Reason::Missing)),
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
        return Err(Refusal::invalid("Idempotency-Key", reason));
    }
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let said = [parts.method.as_str().as_bytes(), b" ", target.as_bytes(), b"\n", body].concat();
    let key = match actor {
        Actor::Client(_) => key.to_owned(),
        Actor::Connector { person, .. } => format!("{person} {key}"),
    };
    Ok(Some((key, secret::digest(&said))))
}
