//! The dialects: the only place that knows both the wire and the directory.

pub(crate) mod call;
pub(crate) mod genesys;
pub(crate) mod kaizala;
pub(crate) mod oauth;
pub(crate) mod openapi;
pub(crate) mod operator;
mod presented;
pub(crate) mod serve;

use crate::api::call::{Read, ReadWithBody, RenderRefusal, Taken, answer_change, answer_long_read, answer_read};
use crate::api::serve::serve;
use crate::http::answer::Answer;
use crate::http::refusal::Refusal;
use crate::site::Site;
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use convoke_core::{Actor, Command, Context, Outcome, Permissions};
use convoke_wire::Endpoint;
use http::{HeaderMap, Request, Uri};
use std::borrow::Cow;
use std::sync::Arc;
use tower::ServiceExt;

/// How the requests of a dialect say who sends them, and what all its answers have in common.
pub(crate) struct Dialect {
    /// What it is called where the server counts requests.
    pub name: &'static str,
    /// The token of a request.
    pub token: fn(&HeaderMap) -> Option<&[u8]>,
    /// Whose tokens it takes.
    pub takes: fn(&Actor) -> bool,
    /// The media type of its JSON.
    pub json: &'static str,
    /// How it writes refusals.
    pub render: RenderRefusal,
}

/// What a change asks of the directory.
pub(crate) type FromWire<E> =
    fn(<E as Endpoint>::Path, <E as Endpoint>::Query, <E as Endpoint>::Body) -> Result<Command, Refusal>;

/// What a change is answered with.
pub(crate) type ToWire<E> = fn(Context<'_>, &Outcome) -> Result<<E as Endpoint>::Reply, Refusal>;

/// A router in the making, for the endpoints of one dialect.
pub(crate) struct Routes {
    router: Router,
    site: Arc<Site>,
    dialect: &'static Dialect,
    /// The names of the endpoints so far.
    pub names: Vec<&'static str>,
}

impl Routes {
    pub fn new(site: Arc<Site>, dialect: &'static Dialect) -> Self {
        Routes { router: Router::new(), site, dialect, names: Vec::new() }
    }

    /// An endpoint that only reads.
    pub fn read<E: Endpoint>(self, read: Read<E>) -> Self {
        let needs = needs::<E>();
        self.custom::<E, _, _>(move |site, caller, request| async move {
            let session = caller?;
            answer_read::<E>(&site, &session, needs, &mut request.into_parts().0, read).await
        })
    }

    /// An endpoint that only reads, and whose answer has no bound but the directory's size.
    pub fn long_read<E: Endpoint>(self, read: Read<E>) -> Self {
        let needs = needs::<E>();
        self.custom::<E, _, _>(move |site, caller, request| async move {
            answer_long_read::<E>(&site, caller?, needs, request.into_parts().0, read).await
        })
    }

    /// An endpoint that only reads, and whose body says what.
    pub fn read_with_body<E: Endpoint>(self, read: ReadWithBody<E>) -> Self {
        let needs = needs::<E>();
        self.custom::<E, _, _>(move |site, caller, request| async move {
            let session = caller?;
            Taken::<E>::take(&session, needs, request).await?.read(site.country, read)
        })
    }

    /// An endpoint that changes the directory.
    pub fn change<E: Endpoint>(self, from_wire: FromWire<E>, to_wire: ToWire<E>) -> Self {
        let needs = needs::<E>();
        self.custom::<E, _, _>(move |_, caller, request| async move {
            let session = caller?;
            answer_change::<E>(&session, needs, request, from_wire, to_wire).await
        })
    }

    /// An endpoint that does something else.
    pub fn custom<E, W, F>(mut self, work: W) -> Self
    where
        E: Endpoint,
        W: Fn(Arc<Site>, crate::api::serve::Caller, Request<Body>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Answer, Refusal>> + Send,
    {
        let metrics = Arc::new(self.site.metrics.operation(self.dialect.name, E::NAME));
        let (site, dialect) = (self.site.clone(), self.dialect);
        let filter = MethodFilter::try_from(E::METHOD).expect("the endpoint table has only known methods");
        let handler = move |request: Request<Body>| {
            let (site, metrics, work) = (site.clone(), metrics.clone(), work.clone());
            async move { serve(site, request, &metrics, dialect, work).await }
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

    /// The router, which refuses every other path and method in the dialect's own words.
    pub fn build(self) -> Router {
        let (no_path, no_method) = (self.refuse(|| Refusal::NoPath), self.refuse(|| Refusal::NoMethod));
        self.router.fallback(no_path).method_not_allowed_fallback(no_method)
    }

    /// The router, which hands paths that it does not know to the router of another dialect, if that
    /// one has a name for them.
    pub fn build_beside(self, other: Router, name: fn(&str) -> Option<Cow<'_, str>>) -> Router {
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
        let metrics = Arc::new(self.site.metrics.operation(self.dialect.name, "none"));
        let (site, dialect) = (self.site.clone(), self.dialect);
        move |request| {
            let (site, metrics) = (site.clone(), metrics.clone());
            Box::pin(
                async move { serve(site, request, &metrics, dialect, |_, _, _| async move { Err(refusal()) }).await },
            )
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
