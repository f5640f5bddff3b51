//! The processing of a call: admission of the caller, parsing, and the reply.

use crate::api::serve::SessionResult;
use crate::api::{Api, KeyScope};
use crate::config::Country;
use crate::http::body::json_body;
use crate::http::json;
use crate::http::refusal::{Refusal, busy};
use crate::http::rendered::Json;
use crate::http::response::{ApiResponse, CancelOnDrop};
use crate::replica::organisation;
use crate::sign_in::sessions::Session;
use crate::site::Site;
use crate::{limits, observe, secret};
use axum::RequestPartsExt;
use axum::body::Body;
use axum::extract::Path;
use bytes::Bytes;
use convoke_core::{CancelFlag, Context, Fault, Permissions, Reason, TypedCommand, View, admit};
use convoke_wire::query::QueryError;
use convoke_wire::{BodyUse, Endpoint};
use http::request::Parts;
use http::{HeaderName, Request, StatusCode};
use std::marker::PhantomData;
use std::sync::Arc;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A request that reads, with the data for its reply.
pub(crate) struct Call<'a> {
    /// The directory as the caller sees it.
    pub view: View<'a>,
    /// The path that was asked for.
    pub path: &'a str,
    /// The query string.
    pub query: &'a str,
    /// The default country of telephone numbers.
    pub country: Country,
}

impl<'a> Call<'a> {
    fn new(view: View<'a>, parts: &'a Parts, site: &Site) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        Call { view, path: parts.uri.path(), query, country: site.country }
    }
}

/// An admitted caller, with the permissions that are needed. The caller is admitted again for each read, because its
/// rights may have changed since.
#[derive(Clone)]
pub(crate) struct Asker {
    pub session: Arc<Session>,
    needs: Permissions,
}

impl Asker {
    /// Admits a caller who has one of these permissions.
    pub fn admit(caller: SessionResult, needs: Permissions) -> Result<Self, Refusal> {
        let asker = Asker { session: caller?, needs };
        asker.look(|_| Ok(()))?;
        Ok(asker)
    }

    /// Refuses callers who are not of the first organisation, whose administrators run the server.
    pub fn check_operator(&self, site: &Site) -> Result<(), Refusal> {
        if site.directories.is_first(self.session.organisation.id) {
            Ok(())
        } else {
            Err(Fault::MissingPermission(self.needs).into())
        }
    }

    /// Reads the published directory as the caller sees it.
    pub fn look<T>(&self, look: impl FnOnce(View<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let published = self.session.organisation.published();
        look(admit(&published.directory, &self.session.actor, self.needs)?)
    }
}

/// A request whose caller was admitted: it has a valid token of the API, and one of the endpoint's permissions.
/// [`Routes`](crate::api::Routes) creates it before a handler runs.
pub(crate) struct Admitted<E> {
    pub site: Arc<Site>,
    pub asker: Asker,
    pub request: Request<Body>,
    api: &'static Api,
    endpoint: PhantomData<fn() -> E>,
}

impl<E: Endpoint> Admitted<E> {
    pub fn new(
        api: &'static Api,
        site: Arc<Site>,
        caller: SessionResult,
        request: Request<Body>,
        needs: Permissions,
    ) -> Result<Self, Refusal> {
        Ok(Admitted { site, asker: Asker::admit(caller, needs)?, request, api, endpoint: PhantomData })
    }

    /// Reads and parses the request.
    pub async fn take(self) -> Result<ParsedRequest<E>, Refusal> {
        let Admitted { site, asker, request, api, .. } = self;
        let (mut parts, body) = request.into_parts();
        let path = parse_path::<E>(&mut parts).await?;
        let query = parse_query::<E>(parts.uri.query().unwrap_or_default())?;
        let bytes = if E::BODY == BodyUse::None {
            Bytes::new()
        } else {
            json_body(&site.bodies, &parts, body, asker.session.organisation.id).await?
        };
        let body = parse_body::<E>(&bytes, api)?;
        Ok(ParsedRequest { site, asker, parts, path, query, body, api, bytes })
    }
}

/// A parsed request.
pub(crate) struct ParsedRequest<E: Endpoint> {
    pub site: Arc<Site>,
    pub asker: Asker,
    pub parts: Parts,
    pub path: E::Path,
    pub query: E::Query,
    pub body: E::Body,
    api: &'static Api,
    bytes: Bytes,
}

impl<E: Endpoint> ParsedRequest<E> {
    /// Replies from the published directory.
    pub fn read<R: Into<Json<E::Reply>>>(
        self,
        read: impl FnOnce(&Call<'_>, E::Path, E::Query, E::Body) -> Result<R, Refusal>,
    ) -> Result<ApiResponse, Refusal> {
        self.asker.look(|view| {
            let call = Call::new(view, &self.parts, &self.site);
            Ok(success::<E>(read(&call, self.path, self.query, self.body)?))
        })
    }

    /// Sends the command to the writer, and renders its outcome.
    pub async fn change<C: TypedCommand, R: Into<Json<E::Reply>>>(
        self,
        from_wire: impl FnOnce(E::Path, E::Query, E::Body) -> Result<C, Refusal>,
        to_wire: impl FnOnce(Context<'_>, C::Outcome) -> R,
    ) -> Result<ApiResponse, Refusal> {
        let organisation = self.asker.session.organisation.clone();
        let done = self.decide(from_wire).await?;
        Ok(success::<E>(to_wire(organisation.published().directory.context(), done.outcome)))
    }

    /// Sends the command to the writer. Returns its outcome.
    pub async fn decide<C: TypedCommand>(
        self,
        from_wire: impl FnOnce(E::Path, E::Query, E::Body) -> Result<C, Refusal>,
    ) -> Result<organisation::CommandResult<C::Outcome>, Refusal> {
        let Asker { session, needs } = self.asker;
        let operation = operation(&self.parts, &self.bytes, self.api, &session)?;
        let command = from_wire(self.path, self.query, self.body)?;
        let request = organisation::Request { actor: session.actor.clone(), needs, operation, command };
        session.organisation.change(request).await
    }
}

/// The handler of a read. `R` is the reply of the endpoint, or its JSON.
pub(crate) type Read<E, R> = fn(&Call<'_>, <E as Endpoint>::Path, <E as Endpoint>::Query) -> Result<R, Refusal>;

/// The handler of a read that has a body.
pub(crate) type ReadWithBody<E, R> =
    fn(&Call<'_>, <E as Endpoint>::Path, <E as Endpoint>::Query, <E as Endpoint>::Body) -> Result<R, Refusal>;

/// Replies to a read. The caller is admitted once, and the reply uses the same view.
pub(crate) async fn answer_read<E: Endpoint, R: Into<Json<E::Reply>>>(
    site: &Site,
    caller: SessionResult,
    request: Request<Body>,
    needs: Permissions,
    read: Read<E, R>,
) -> Result<ApiResponse, Refusal> {
    let asker = Asker { session: caller?, needs };
    let mut parts = request.into_parts().0;
    let path = parse_path::<E>(&mut parts).await;
    asker.look(|view| read_from::<E, R>(view, &parts, site, path?, read))
}

/// Replies to a read that may take long, in a queue for such requests. The time limit is [`limits::LONG_TIME`]. A read
/// that has started cannot be cancelled: after the limit its reply is discarded, and it keeps its place in the queue
/// until it ends.
pub(crate) async fn answer_long_read<E: Endpoint, R: Into<Json<E::Reply>> + 'static>(
    admitted: Admitted<E>,
    read: Read<E, R>,
) -> Result<ApiResponse, Refusal> {
    let Admitted { site, asker, request, .. } = admitted;
    let mut parts = request.into_parts().0;
    let path = parse_path::<E>(&mut parts).await?;
    let (within, session) = (site.clone(), asker.session.clone());
    aside(&within, &session, move |cancel| {
        cancel.check()?;
        asker.look(|view| read_from::<E, R>(view, &parts, &site, path, read))
    })
    .await
}

fn read_from<E: Endpoint, R: Into<Json<E::Reply>>>(
    view: View<'_>,
    parts: &Parts,
    site: &Site,
    path: E::Path,
    read: Read<E, R>,
) -> Result<ApiResponse, Refusal> {
    let call = Call::new(view, parts, site);
    let query = parse_query::<E>(call.query)?;
    Ok(success::<E>(read(&call, path, query)?))
}

/// Runs work that may take long, in a queue for such requests; [`crate::http::lanes`] determines the order. The work is
/// cancelled when its result is no longer needed: the caller has gone, the time exceeds [`limits::LONG_TIME`], or the
/// server stops.
pub(crate) async fn aside<T: Send + 'static>(
    site: &Site,
    session: &Session,
    work: impl FnOnce(&CancelFlag) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let cancel = CancelOnDrop::default();
    let told = cancel.0.clone();
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

/// The response of a success.
pub(crate) fn success<E: Endpoint>(reply: impl Into<Json<E::Reply>>) -> ApiResponse {
    let status = StatusCode::from_u16(E::STATUS).expect("the endpoint table has only valid statuses");
    let answer = if std::any::TypeId::of::<E::Reply>() == std::any::TypeId::of::<convoke_wire::Nothing>() {
        ApiResponse::empty(status)
    } else {
        ApiResponse::rendered(status, reply.into())
    };
    ApiResponse { effect: E::effect(), ..answer }
}

/// Parses the path parameters. A path that cannot be decoded is not found.
pub(crate) async fn parse_path<E: Endpoint>(parts: &mut Parts) -> Result<E::Path, Refusal> {
    let Path(path) = parts.extract::<Path<E::Path>>().await.map_err(|_| Refusal::NoPath)?;
    Ok(path)
}

/// Parses the query parameters.
pub(crate) fn parse_query<E: Endpoint>(query: &str) -> Result<E::Query, Refusal> {
    convoke_wire::query::from_str(query).map_err(|QueryError { field, problem }| Refusal::Malformed { field, problem })
}

/// Parses the body.
fn parse_body<E: Endpoint>(body: &[u8], api: &Api) -> Result<E::Body, Refusal> {
    let absent = matches!(body.trim_ascii(), b"" | b"null");
    match E::BODY {
        BodyUse::None => json::from_slice(b"{}"),
        BodyUse::Required if absent => Err(Refusal::invalid("body", Reason::Missing)),
        BodyUse::Optional | BodyUse::Required => json::read(body, api.bodies),
    }
}

/// The idempotency key of the request, with a digest of the request.
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
