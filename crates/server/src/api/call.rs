//! From bytes to calls: who was let in, what the request says, and what it is answered from.

use crate::api::serve::Caller;
use crate::api::{Api, KeyScope, needs};
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
use convoke_core::{Context, Fault, Permissions, Reason, Stop, TypedCommand, View, admit};
use convoke_wire::query::QueryError;
use convoke_wire::{BodyUse, Endpoint};
use http::request::Parts;
use http::{HeaderName, Request, StatusCode};
use std::marker::PhantomData;
use std::sync::Arc;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

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

impl<'a> Call<'a> {
    fn new(view: View<'a>, parts: &'a Parts, site: &Site) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        Call { view, path: parts.uri.path(), query, country: site.country }
    }
}

/// Who asks, and with which permissions. The caller is admitted anew at each look: what it may do can have
/// changed since the request came.
#[derive(Clone)]
pub(crate) struct Asker {
    pub session: Arc<Session>,
    needs: Permissions,
}

impl Asker {
    /// Admits who has one of the permissions that the endpoint needs.
    pub fn admit<E: Endpoint>(caller: Caller) -> Result<Self, Refusal> {
        let asker = Asker { session: caller?, needs: needs::<E>() };
        asker.look(|_| Ok(()))?;
        Ok(asker)
    }

    /// Refuses who is not of the first organisation, whose administrators run the server.
    pub fn check_operator(&self, site: &Site) -> Result<(), Refusal> {
        if site.directories.is_first(self.session.organisation.id) {
            Ok(())
        } else {
            Err(Fault::MissingPermission(self.needs).into())
        }
    }

    /// Looks at the directory that is published, as the caller sees it.
    pub fn look<T>(&self, look: impl FnOnce(View<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let published = self.session.organisation.published();
        look(admit(&published.directory, &self.session.actor, self.needs)?)
    }
}

/// A request whose caller was admitted: it has a good token of the API, and one of the permissions that the
/// endpoint needs. [`Routes`](crate::api::Routes) makes it before a handler runs.
pub(crate) struct Admitted<E> {
    pub site: Arc<Site>,
    pub asker: Asker,
    pub request: Request<Body>,
    api: &'static Api,
    endpoint: PhantomData<fn() -> E>,
}

impl<E: Endpoint> Admitted<E> {
    pub fn new(api: &'static Api, site: Arc<Site>, caller: Caller, request: Request<Body>) -> Result<Self, Refusal> {
        Ok(Admitted { site, asker: Asker::admit::<E>(caller)?, request, api, endpoint: PhantomData })
    }

    /// Reads the request as a whole.
    pub async fn take(self) -> Result<Taken<E>, Refusal> {
        let Admitted { site, asker, request, api, .. } = self;
        let (mut parts, body) = request.into_parts();
        let path = parse_path::<E>(&mut parts).await?;
        let query = parse_query::<E>(parts.uri.query().unwrap_or_default())?;
        let bytes = if E::BODY == BodyUse::None {
            Bytes::new()
        } else {
            json_body(&parts, body, asker.session.organisation.id).await?
        };
        let body = parse_body::<E>(&bytes, api)?;
        Ok(Taken { site, asker, parts, path, query, body, api, bytes })
    }
}

/// A request that was read as a whole.
pub(crate) struct Taken<E: Endpoint> {
    pub site: Arc<Site>,
    pub asker: Asker,
    pub parts: Parts,
    pub path: E::Path,
    pub query: E::Query,
    pub body: E::Body,
    api: &'static Api,
    bytes: Bytes,
}

impl<E: Endpoint> Taken<E> {
    /// Answers it from what is published.
    pub fn read(
        self,
        read: impl FnOnce(&Call<'_>, E::Path, E::Query, E::Body) -> Result<E::Reply, Refusal>,
    ) -> Result<Answer, Refusal> {
        self.asker.look(|view| {
            let call = Call::new(view, &self.parts, &self.site);
            Ok(success::<E>(&read(&call, self.path, self.query, self.body)?))
        })
    }

    /// Has it decided and written, and renders what it came to.
    pub async fn change<C: TypedCommand>(
        self,
        from_wire: impl FnOnce(E::Path, E::Query, E::Body) -> Result<C, Refusal>,
        to_wire: impl FnOnce(Context<'_>, C::Outcome) -> E::Reply,
    ) -> Result<Answer, Refusal> {
        let organisation = self.asker.session.organisation.clone();
        let done = self.decide(from_wire).await?;
        Ok(success::<E>(&to_wire(organisation.published().directory.context(), done.outcome)))
    }

    /// Has it decided and written; what it came to.
    pub async fn decide<C: TypedCommand>(
        self,
        from_wire: impl FnOnce(E::Path, E::Query, E::Body) -> Result<C, Refusal>,
    ) -> Result<organisation::Done<C::Outcome>, Refusal> {
        let Asker { session, needs } = self.asker;
        let operation = operation(&self.parts, &self.bytes, self.api, &session)?;
        let command = from_wire(self.path, self.query, self.body)?;
        let request = organisation::Request { actor: session.actor.clone(), needs, operation, command };
        session.organisation.change(request).await
    }
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

/// Answers a read. Its caller is admitted once, to the view that it is answered from.
pub(crate) async fn answer_read<E: Endpoint>(
    site: &Site,
    caller: Caller,
    request: Request<Body>,
    read: Read<E>,
) -> Result<Answer, Refusal> {
    let asker = Asker { session: caller?, needs: needs::<E>() };
    let mut parts = request.into_parts().0;
    let path = parse_path::<E>(&mut parts).await;
    asker.look(|view| read_from::<E>(view, &parts, site, path?, read))
}

/// Answers a read that may be long, aside from all others and only a few at one time. It has a bound of
/// [`limits::LONG_TIME`]; one that has begun by then ends unheard, and keeps its place until it has ended.
pub(crate) async fn answer_long_read<E: Endpoint>(admitted: Admitted<E>, read: Read<E>) -> Result<Answer, Refusal> {
    let Admitted { site, asker, request, .. } = admitted;
    let mut parts = request.into_parts().0;
    let path = parse_path::<E>(&mut parts).await?;
    let (within, session) = (site.clone(), asker.session.clone());
    aside(&within, &session, move |stop| {
        stop.check()?;
        asker.look(|view| read_from::<E>(view, &parts, &site, path, read))
    })
    .await
}

fn read_from<E: Endpoint>(
    view: View<'_>,
    parts: &Parts,
    site: &Site,
    path: E::Path,
    read: Read<E>,
) -> Result<Answer, Refusal> {
    let call = Call::new(view, parts, site);
    let query = parse_query::<E>(call.query)?;
    Ok(success::<E>(&read(&call, path, query)?))
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

/// The body.
fn parse_body<E: Endpoint>(body: &[u8], api: &Api) -> Result<E::Body, Refusal> {
    let absent = matches!(body.trim_ascii(), b"" | b"null");
    match E::BODY {
        BodyUse::None => json::from_slice(b"{}"),
        BodyUse::Required if absent => Err(Refusal::invalid("body", Reason::Missing)),
        BodyUse::Optional | BodyUse::Required => json::read(body, api.bodies),
    }
}

/// The client's own id of this request, with a digest of what the request says.
fn operation(parts: &Parts, body: &[u8], api: &Api, session: &Session) -> Result<Option<(String, [u8; 32])>, Refusal> {
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
    let key = match (api.keys, session.actor.caller_key()) {
        (KeyScope::Person, (_, Some(person))) => format!("{person} {key}"),
        (KeyScope::Client | KeyScope::Person, _) => key.to_owned(),
    };
    Ok(Some((key, secret::digest(&said))))
}
