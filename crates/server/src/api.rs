//! The APIs: the only place that knows both the wire and the directory.

pub(crate) mod call;
pub(crate) mod genesys;
pub(crate) mod kaizala;
pub(crate) mod oauth;
pub(crate) mod openapi;
pub(crate) mod operator;
mod presented;
pub(crate) mod serve;

use crate::api::call::{Admitted, Read, ReadWithBody, answer_long_read, answer_read};
use crate::api::serve::{Caller, ResponseHeaders, serve};
use crate::http::answer::Answer;
use crate::http::json::Strictness;
use crate::http::refusal::Refusal;
use crate::site::Site;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use convoke_core::{Actor, Context, Permissions, TypedCommand};
use convoke_wire::Endpoint;
use http::{HeaderMap, Request, Uri};
use std::borrow::Cow;
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// Everything in which an API differs from the others, beside its endpoints.
pub(crate) struct Api {
    /// What it is called where the server counts requests.
    pub name: &'static str,
    /// The path of the table that a path means which is in no table as it is written; none where the API does
    /// not know it.
    pub path: fn(&str) -> Option<Cow<'_, str>>,
    /// The token of a request.
    pub token: fn(&HeaderMap) -> Option<&[u8]>,
    /// Whose tokens it takes.
    pub takes: fn(&Actor) -> bool,
    /// How strictly it reads bodies.
    pub bodies: Strictness,
    /// Whose idempotency keys it tells apart.
    pub keys: KeyScope,
    /// The media type of its JSON.
    pub json: &'static str,
    /// The headers that all its answers have.
    pub headers: &'static ResponseHeaders,
    /// How it writes refusals. The id is the correlation id of the request.
    pub render: fn(&Refusal, Uuid) -> Answer,
}

/// Whose idempotency keys are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyScope {
    /// Clients'.
    Client,
    /// Those of the people who come by a client: they know nothing of each other's keys.
    Person,
}

/// What a change asks of the directory.
pub(crate) type FromWire<E, C> =
    fn(<E as Endpoint>::Path, <E as Endpoint>::Query, <E as Endpoint>::Body) -> Result<C, Refusal>;

/// What a change is answered with.
pub(crate) type ToWire<E, C> = fn(Context<'_>, <C as TypedCommand>::Outcome) -> <E as Endpoint>::Reply;

/// A router in the making, for the endpoints of one API. Callers are admitted here, before any handler runs.
pub(crate) struct Routes {
    router: Router,
    site: Arc<Site>,
    api: &'static Api,
    /// The names of the endpoints so far.
    pub names: Vec<&'static str>,
}

impl Routes {
    pub fn new(site: Arc<Site>, api: &'static Api) -> Self {
        Routes { router: Router::new(), site, api, names: Vec::new() }
    }

    /// An endpoint that only reads.
    pub fn read<E: Endpoint>(self, read: Read<E>) -> Self {
        self.route::<E, _, _>(move |site, caller, request| async move {
            answer_read::<E>(&site, caller, request, read).await
        })
    }

    /// An endpoint that only reads, and whose answer has no bound but the directory's size.
    pub fn long_read<E: Endpoint>(self, read: Read<E>) -> Self {
        self.custom::<E, _, _>(move |admitted| answer_long_read(admitted, read))
    }

    /// An endpoint that only reads, and whose body says what.
    pub fn read_with_body<E: Endpoint>(self, read: ReadWithBody<E>) -> Self {
        self.custom::<E, _, _>(move |admitted| async move { admitted.take().await?.read(read) })
    }

    /// An endpoint that changes the directory.
    pub fn change<E: Endpoint, C: TypedCommand + Send + 'static>(
        self,
        from_wire: FromWire<E, C>,
        to_wire: ToWire<E, C>,
    ) -> Self
    where
        C::Outcome: Send,
    {
        self.custom::<E, _, _>(move |admitted| async move { admitted.take().await?.change(from_wire, to_wire).await })
    }

    /// An endpoint that does something else for a caller who has the permissions that it needs.
    pub fn custom<E, W, F>(self, work: W) -> Self
    where
        E: Endpoint,
        W: Fn(Admitted<E>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Refusal>> + Send,
    {
        let api = self.api;
        self.route::<E, _, _>(move |site, caller, request| {
            let work = work.clone();
            async move { work(Admitted::new(api, site, caller, request)?).await }
        })
    }

    /// An endpoint for those who run the server: administrators of its first organisation.
    pub fn operate<E, W, F>(self, work: W) -> Self
    where
        E: Endpoint,
        W: Fn(Admitted<E>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Refusal>> + Send,
    {
        self.custom::<E, _, _>(move |admitted| {
            let work = work.clone();
            async move {
                admitted.asker.check_operator(&admitted.site)?;
                work(admitted).await
            }
        })
    }

    /// An endpoint that takes no token: those who come by it have none yet.
    pub fn open<E, W, F>(self, work: W) -> Self
    where
        E: Endpoint,
        W: Fn(Arc<Site>, Request<Body>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Refusal>> + Send,
    {
        self.route::<E, _, _>(move |site, _, request| work(site, request))
    }

    fn route<E, W, F>(mut self, work: W) -> Self
    where
        E: Endpoint,
        W: Fn(Arc<Site>, Caller, Request<Body>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Refusal>> + Send,
    {
        let metrics = Arc::new(self.site.metrics.operation(self.api.name, E::NAME));
        let (site, api) = (self.site.clone(), self.api);
        let filter = MethodFilter::try_from(E::METHOD).expect("the endpoint table has only known methods");
        let handler = move |request: Request<Body>| {
            let (site, metrics, work) = (site.clone(), metrics.clone(), work.clone());
            async move { serve(site, request, &metrics, api, work).await }
        };
        self.router = self.router.route(E::PATH, on(filter, handler));
        self.names.push(E::NAME);
        self
    }

    /// What is answered beside the endpoints, and by none of them.
    pub fn with(mut self, router: Router) -> Self {
        self.router = self.router.merge(router);
        self
    }

    /// The router, which refuses every other path and method in the API's own words.
    pub fn build(self) -> Router {
        let (no_path, no_method) = (self.refuse(|| Refusal::NoPath), self.refuse(|| Refusal::NoMethod));
        self.router.fallback(no_path).method_not_allowed_fallback(no_method)
    }

    /// The router, which hands paths that it does not know to the router of another API, if that one knows them.
    pub fn build_beside(self, other: Routes) -> Router {
        let (name, other) = (other.api.path, other.build());
        let (no_path, no_method) = (self.refuse(|| Refusal::NoPath), self.refuse(|| Refusal::NoMethod));
        let beside = move |mut request: Request<Body>| {
            let (other, no_path) = (other.clone(), no_path.clone());
            async move {
                let Some(path) = name(request.uri().path()).map(Cow::into_owned) else { return no_path(request).await };
                if let Some(uri) = with_path(request.uri(), path) {
                    *request.uri_mut() = uri;
                }
                other.oneshot(request).await.unwrap_or_else(|never| match never {})
            }
        };
        self.router.fallback(beside).method_not_allowed_fallback(no_method)
    }

    /// The router, which leaves other paths and methods to the one that it is merged into.
    pub fn build_nested(self) -> Router {
        self.router
    }

    fn refuse(
        &self,
        refusal: fn() -> Refusal,
    ) -> impl Fn(Request<Body>) -> futures_util::future::BoxFuture<'static, Response> + Clone + use<> {
        let metrics = Arc::new(self.site.metrics.operation(self.api.name, "none"));
        let (site, api) = (self.site.clone(), self.api);
        move |request| {
            let (site, metrics) = (site.clone(), metrics.clone());
            Box::pin(async move { serve(site, request, &metrics, api, |_, _, _| async move { Err(refusal()) }).await })
        }
    }
}

/// The same address with another path; none when it has that path already.
fn with_path(uri: &Uri, path: String) -> Option<Uri> {
    if uri.path() == path {
        return None;
    }
    let target = uri.query().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    target.parse().ok()
}

/// The permissions that an endpoint needs, as the directory knows them.
pub(crate) fn needs<E: Endpoint>() -> Permissions {
    let needs = Permissions::named(E::PERMISSIONS.iter().copied());
    needs.expect("every permission of the endpoint table is one of the directory's; a test walks them all")
}
