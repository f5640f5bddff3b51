//! The APIs: the only module that knows both the wire types and the directory.

pub(crate) mod call;
pub(crate) mod genesys;
pub(crate) mod kaizala;
pub(crate) mod oauth;
pub(crate) mod openapi;
pub(crate) mod operator;
mod presented;
pub(crate) mod serve;

use crate::api::call::{Admitted, Read, ReadWithBody, answer_long_read, answer_read};
use crate::api::serve::{ResponseHeaders, SessionResult, serve};
use crate::http::json::Strictness;
use crate::http::refusal::Refusal;
use crate::http::rendered::Json;
use crate::http::response::ApiResponse;
use crate::site::Site;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use convoke_core::{Actor, Context, Permissions, TypedCommand};
use convoke_wire::Endpoint;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, Request, Uri};
use std::borrow::Cow;
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// The properties of an API, beside its endpoints.
pub(crate) struct Api {
    /// Its name in metrics.
    pub name: &'static str,
    /// For a path that is in no table as written: the path of the table that it means. None if the API does not know
    /// it.
    pub path: fn(&str) -> Option<Cow<'_, str>>,
    /// Extracts the token of a request.
    pub token: fn(&HeaderMap) -> Option<&[u8]>,
    /// Whether it accepts tokens of this actor.
    pub takes: fn(&Actor) -> bool,
    /// How strictly it parses bodies.
    pub bodies: Strictness,
    /// The scope of its idempotency keys.
    pub keys: KeyScope,
    /// The media type of its JSON.
    pub json: &'static str,
    /// The headers of all its responses.
    pub headers: &'static ResponseHeaders,
    /// Renders refusals. The id is the correlation id of the request.
    pub render: fn(&Refusal, Uuid) -> ApiResponse,
}

/// The scope of idempotency keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyScope {
    /// Each client has its own keys.
    Client,
    /// Each person who uses a client has its own keys.
    Person,
}

/// Converts a request to a command.
pub(crate) type FromWire<E, C> =
    fn(<E as Endpoint>::Path, <E as Endpoint>::Query, <E as Endpoint>::Body) -> Result<C, Refusal>;

/// Converts the outcome of a command to the reply of the endpoint, or to its JSON.
pub(crate) type ToWire<C, R> = fn(Context<'_>, <C as TypedCommand>::Outcome) -> R;

/// What an endpoint does with a request.
type Work = Arc<
    dyn Fn(Arc<Site>, SessionResult, Request<Body>) -> BoxFuture<'static, Result<ApiResponse, Refusal>> + Send + Sync,
>;

/// Builds the router for the endpoints of one API. It admits callers before a handler runs.
pub(crate) struct Routes {
    router: Router,
    site: Arc<Site>,
    api: &'static Api,
    /// The names of the endpoints added so far.
    pub names: Vec<&'static str>,
}

impl Routes {
    pub fn new(site: Arc<Site>, api: &'static Api) -> Self {
        Routes { router: Router::new(), site, api, names: Vec::new() }
    }

    /// Adds an endpoint that only reads.
    pub fn read<E: Endpoint, R: Into<Json<E::Reply>> + 'static>(self, read: Read<E, R>) -> Self {
        let needs = needs::<E>();
        self.route::<E, _, _>(move |site, caller, request| async move {
            answer_read::<E, R>(&site, caller, request, needs, read).await
        })
    }

    /// Adds an endpoint that only reads, and whose reply is only bounded by the size of the directory.
    pub fn long_read<E: Endpoint, R: Into<Json<E::Reply>> + 'static>(self, read: Read<E, R>) -> Self {
        self.custom::<E, _, _>(move |admitted| answer_long_read(admitted, read))
    }

    /// Adds an endpoint that only reads, and has a body.
    pub fn read_with_body<E: Endpoint, R: Into<Json<E::Reply>> + 'static>(self, read: ReadWithBody<E, R>) -> Self {
        self.custom::<E, _, _>(move |admitted| async move { admitted.take().await?.read(read) })
    }

    /// Adds an endpoint that changes the directory.
    pub fn change<E, C, R>(self, from_wire: FromWire<E, C>, to_wire: ToWire<C, R>) -> Self
    where
        E: Endpoint,
        C: TypedCommand<Outcome: Send> + Send + 'static,
        R: Into<Json<E::Reply>> + 'static,
    {
        self.custom::<E, _, _>(move |admitted| async move { admitted.take().await?.change(from_wire, to_wire).await })
    }

    /// Adds an endpoint with another kind of handler. The caller has the endpoint's permissions.
    pub fn custom<E, W, F>(self, work: W) -> Self
    where
        E: Endpoint,
        W: Fn(Admitted<E>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<ApiResponse, Refusal>> + Send + 'static,
    {
        let (api, needs) = (self.api, needs::<E>());
        self.route::<E, _, _>(move |site, caller, request| {
            let work = work.clone();
            async move { work(Admitted::new(api, site, caller, request, needs)?).await }
        })
    }

    /// Adds an endpoint for operators of the server: administrators of its first organisation.
    pub fn operate<E, W, F>(self, work: W) -> Self
    where
        E: Endpoint,
        W: Fn(Admitted<E>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<ApiResponse, Refusal>> + Send + 'static,
    {
        self.custom::<E, _, _>(move |admitted| {
            let work = work.clone();
            async move {
                admitted.asker.check_operator(&admitted.site)?;
                work(admitted).await
            }
        })
    }

    /// Adds an endpoint without a token, for sign-in.
    pub fn open<E, W, F>(self, work: W) -> Self
    where
        E: Endpoint,
        W: Fn(Arc<Site>, Request<Body>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<ApiResponse, Refusal>> + Send + 'static,
    {
        self.route::<E, _, _>(move |site, _, request| work(site, request))
    }

    fn route<E, W, F>(self, work: W) -> Self
    where
        E: Endpoint,
        W: Fn(Arc<Site>, SessionResult, Request<Body>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<ApiResponse, Refusal>> + Send + 'static,
    {
        let work: Work = Arc::new(move |site, caller, request| Box::pin(work(site, caller, request)));
        self.add(E::NAME, E::METHOD, E::PATH, work)
    }

    /// Not generic, so that [`serve`] is compiled once for all endpoints.
    fn add(mut self, name: &'static str, method: Method, path: &str, work: Work) -> Self {
        let metrics = Arc::new(self.site.metrics.operation(self.api.name, name));
        let (site, api) = (self.site.clone(), self.api);
        let filter = MethodFilter::try_from(method).expect("the endpoint table has only known methods");
        let handler = move |request: Request<Body>| {
            let (site, metrics, work) = (site.clone(), metrics.clone(), work.clone());
            async move { serve(site, request, &metrics, api, &*work).await }
        };
        self.router = self.router.route(path, on(filter, handler));
        self.names.push(name);
        self
    }

    /// Adds routes that are not endpoints.
    pub fn with(mut self, router: Router) -> Self {
        self.router = self.router.merge(router);
        self
    }

    /// The router. It refuses every other path and method in the format of the API.
    pub fn build(self) -> Router {
        let (no_path, no_method) = (self.refuse(|| Refusal::NoPath), self.refuse(|| Refusal::NoMethod));
        self.router.fallback(no_path).method_not_allowed_fallback(no_method)
    }

    /// The router. It passes unknown paths to the router of another API, if that one knows them.
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

    /// The router. Other paths and methods are left to the router that it is merged into.
    pub fn build_nested(self) -> Router {
        self.router
    }

    fn refuse(
        &self,
        refusal: fn() -> Refusal,
    ) -> impl Fn(Request<Body>) -> BoxFuture<'static, Response> + Clone + use<> {
        let metrics = Arc::new(self.site.metrics.operation(self.api.name, "none"));
        let (site, api) = (self.site.clone(), self.api);
        move |request| {
            let (site, metrics) = (site.clone(), metrics.clone());
            Box::pin(async move { serve(site, request, &metrics, api, |_, _, _| async move { Err(refusal()) }).await })
        }
    }
}

/// The URI with another path; none if it has that path already.
fn with_path(uri: &Uri, path: String) -> Option<Uri> {
    if uri.path() == path {
        return None;
    }
    let target = uri.query().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    target.parse().ok()
}

/// The permissions for an endpoint, as values of core.
pub(crate) fn needs<E: Endpoint>() -> Permissions {
    let needs = Permissions::named(E::PERMISSIONS.iter().copied());
    needs.expect("every permission of the endpoint table is one of the directory's; a test walks them all")
}
