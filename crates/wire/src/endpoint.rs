//! Endpoints as types and as data.

use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// An operation of an API. A unit type implements it with the operation's name, method, path, permissions and types.
pub trait Endpoint: 'static {
    /// The operation's name in the API's own documents.
    const NAME: &'static str;
    /// A short description of what it does.
    const SUMMARY: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// The path, with parameters as `{name}`.
    const PATH: &'static str;
    /// The caller needs one of these permissions. If the list is empty, it needs none.
    const PERMISSIONS: &'static [&'static str];
    /// The HTTP status of a success.
    const STATUS: u16;
    /// Whether the request has a body.
    const BODY: BodyUse;
    /// The API that it belongs to.
    const API: ApiName;
    /// The path parameters.
    type Path: DeserializeOwned + Serialize + JsonSchema + Send + 'static;
    /// The query parameters.
    type Query: DeserializeOwned + Serialize + JsonSchema + Send + 'static;
    /// The body of the request.
    type Body: DeserializeOwned + Serialize + JsonSchema + Send + 'static;
    /// The body of the reply.
    type Reply: DeserializeOwned + Serialize + JsonSchema + Send + 'static;

    /// What a request does. The table says so if the method does not tell.
    fn effect() -> Effect {
        if Self::METHOD.is_safe() { Effect::Read } else { Effect::Change }
    }
}

/// An API. Each has its own place for the token in a request, and its own format of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiName {
    /// The Genesys Cloud Platform API, and the requests of operators.
    Genesys,
    /// The Kaizala groups API.
    Kaizala,
}

/// What a request does, which tells whether a client may send it again after it lost the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only reads. A client may repeat it.
    Read,
    /// It changes the directory. A client may repeat it with the same `Idempotency-Key`.
    Change,
    /// It acts outside the directory. A client must not repeat it, because no key prevents a second effect.
    Act,
}

/// Whether a request has a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyUse {
    /// It has no body. A body that is sent is ignored.
    None,
    /// The body may be absent, which means the same as `null`.
    Optional,
    /// The body is required.
    Required,
}

/// An endpoint as data, for code that treats all endpoints alike.
#[derive(Clone)]
pub struct Description {
    /// [`Endpoint::NAME`].
    pub name: &'static str,
    /// [`Endpoint::SUMMARY`].
    pub summary: &'static str,
    /// [`Endpoint::METHOD`].
    pub method: Method,
    /// [`Endpoint::PATH`].
    pub path: &'static str,
    /// [`Endpoint::PERMISSIONS`].
    pub permissions: &'static [&'static str],
    /// [`Endpoint::STATUS`].
    pub status: u16,
    /// [`Endpoint::BODY`].
    pub body: BodyUse,
    /// [`Endpoint::effect`].
    pub effect: Effect,
    /// The schema of the parameters in the path.
    pub path_schema: fn(&mut SchemaGenerator) -> Schema,
    /// The schema of the parameters in the query.
    pub query_schema: fn(&mut SchemaGenerator) -> Schema,
    /// The schema of the request's body.
    pub body_schema: fn(&mut SchemaGenerator) -> Schema,
    /// The schema of the reply's body, or none if the reply has no body.
    pub reply_schema: Option<fn(&mut SchemaGenerator) -> Schema>,
}

/// Describes an endpoint.
pub fn describe<E: Endpoint>() -> Description {
    let no_reply = E::Reply::schema_name() == Nothing::schema_name();
    Description {
        name: E::NAME,
        summary: E::SUMMARY,
        method: E::METHOD,
        path: E::PATH,
        permissions: E::PERMISSIONS,
        status: E::STATUS,
        body: E::BODY,
        effect: E::effect(),
        path_schema: |generator| generator.root_schema_for::<E::Path>(),
        query_schema: |generator| generator.root_schema_for::<E::Query>(),
        body_schema: |generator| generator.subschema_for::<E::Body>(),
        reply_schema: (!no_reply).then_some(|generator| generator.subschema_for::<E::Reply>()),
    }
}

/// No parameters or no body. In a request whatever is sent is ignored; a reply is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, JsonSchema)]
pub struct Nothing {}

/// Declares endpoints, each in this form:
///
/// ```text
/// /// What it does
/// PutGroup = "putGroup": PUT "/api/v2/groups/{groupId}" ["directory:group:edit"]
///     (GroupPath, Nothing, Optional GroupUpdate) -> 200 Group;
/// ```
///
/// The parts are: type, name, method, path, permissions (any one is enough), the types of path, query and body, the
/// status of a success and the type of the reply. If the method does not tell what a request does, its [`Effect`]
/// follows the reply: `-> 200 SearchResponse<Group>, Read;`. The macro creates a unit type for each endpoint, and a
/// function `endpoints` that describes them all. The table of an API other than Genesys begins with `api`, its name and
/// a semicolon.
macro_rules! endpoints {
    (api $api:ident; $(
        #[doc = $summary:literal]
        $(#[doc = $more:literal])*
        $type:ident = $name:literal: $method:ident $path:literal [$($permission:literal),*]
            ($path_type:ty, $query_type:ty, $body:ident $body_type:ty) -> $status:literal $reply:ty $(, $effect:ident)?;
    )*) => {
        $(
            #[doc = $summary]
            $(#[doc = $more])*
            pub struct $type;

            impl $crate::endpoint::Endpoint for $type {
                const NAME: &'static str = $name;
                const SUMMARY: &'static str = $summary.trim_ascii();
                const METHOD: http::Method = http::Method::$method;
                const PATH: &'static str = $path;
                const PERMISSIONS: &'static [&'static str] = &[$($permission),*];
                const STATUS: u16 = $status;
                const BODY: $crate::endpoint::BodyUse = $crate::endpoint::BodyUse::$body;
                const API: $crate::endpoint::ApiName = $crate::endpoint::ApiName::$api;
                type Path = $path_type;
                type Query = $query_type;
                type Body = $body_type;
                type Reply = $reply;
                $(
                    fn effect() -> $crate::endpoint::Effect {
                        $crate::endpoint::Effect::$effect
                    }
                )?
            }
        )*

        /// Every endpoint declared here.
        pub fn endpoints() -> Vec<$crate::endpoint::Description> {
            vec![$($crate::endpoint::describe::<$type>(),)*]
        }
    };
    ($($table:tt)*) => {
        $crate::endpoint::endpoints! { api Genesys; $($table)* }
    };
}
pub(crate) use endpoints;
