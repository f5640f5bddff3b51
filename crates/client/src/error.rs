//! What can go wrong with a call.

use crate::config::UNFIT;
use crate::reply::read;
use bytes::Bytes;
use convoke_wire::{ApiName, genesys, kaizala, oauth};
use http::StatusCode;
use reqwest::Url;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// Why a call has no result.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server refused the call, and says why.
    Refused(Box<Refused>),
    /// The server did not let the caller in, and says why.
    SignInRefused(Box<Refused>),
    /// What came is no reply of this API.
    Unexpected(Box<Unexpected>),
    /// No connection came about, or it broke before the reply was there.
    Unreachable {
        /// Where the server should be.
        url: String,
        /// What is in the way.
        reason: String,
    },
    /// The reply did not come in time.
    TimedOut {
        /// Where the server is.
        url: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// An argument that cannot be sent.
    InvalidArgument {
        /// The parameter, as the API names it.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// What a server refused.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The operation, as the API names it.
    pub operation: &'static str,
    /// The status. In the Kaizala API a refusal may have any, 200 included.
    pub status: u16,
    /// What the server says.
    pub body: RefusedBody,
    /// The id that the server's own log has it by.
    pub correlation_id: Option<String>,
}

/// What a server says of a refusal, in the words of the API.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RefusedBody {
    /// By the Genesys Cloud API, or the operator's.
    Genesys(genesys::ErrorBody),
    /// By the Kaizala API.
    Kaizala(kaizala::ErrorBody),
    /// By OAuth sign-in.
    OAuth(oauth::TokenError),
}

/// A reply that is none.
#[derive(Clone)]
pub struct Unexpected {
    /// The operation, as the API names it.
    pub operation: &'static str,
    /// The status.
    pub status: u16,
    /// The body, as it came.
    pub bytes: Bytes,
    /// What is wrong with it.
    pub problem: String,
    /// The id that the server's own log has it by.
    pub correlation_id: Option<String>,
}

impl Error {
    /// Whether the server answered and refused, the sign-in or the call itself.
    pub fn is_refused(&self) -> bool {
        self.refused().is_some()
    }

    /// Whether there was no answer: no connection, a broken one, or none in time.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Error::Unreachable { .. } | Error::TimedOut { .. })
    }

    /// What was refused, if anything was.
    pub fn refused(&self) -> Option<&Refused> {
        match self {
            Error::Refused(refused) | Error::SignInRefused(refused) => Some(refused),
            _ => None,
        }
    }

    /// The status of the reply, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Refused(refused) | Error::SignInRefused(refused) => Some(refused.status),
            Error::Unexpected(unexpected) => Some(unexpected.status),
            _ => None,
        }
    }

    /// What kind of refusal, such as `general.conflict`.
    pub fn code(&self) -> Option<&str> {
        self.refused().map(Refused::code)
    }

    /// The id that the server's own log has the reply by.
    pub fn correlation_id(&self) -> Option<&str> {
        match self {
            Error::Refused(refused) | Error::SignInRefused(refused) => refused.correlation_id.as_deref(),
            Error::Unexpected(unexpected) => unexpected.correlation_id.as_deref(),
            _ => None,
        }
    }

    /// An argument that cannot stand in a header.
    pub(crate) fn unfit(name: &str) -> Self {
        Error::InvalidArgument { name: name.into(), problem: UNFIT.into() }
    }

    pub(crate) fn timed_out(url: &Url, after: Duration) -> Self {
        Error::TimedOut { url: origin(url), after }
    }

    pub(crate) fn unreachable(url: &Url, error: &reqwest::Error) -> Self {
        let cause = root(error);
        let reason = if is_certificate(error) {
            format!("its certificate is not trusted: {cause}")
        } else if error.is_connect() {
            cause
        } else {
            format!("the connection broke: {cause}")
        };
        Error::Unreachable { url: origin(url), reason }
    }
}

impl Refused {
    /// What kind of refusal, such as `general.conflict`; empty where the server does not say.
    pub fn code(&self) -> &str {
        match &self.body {
            RefusedBody::Genesys(body) => &body.code,
            RefusedBody::Kaizala(body) => &body.error_code,
            RefusedBody::OAuth(body) => &body.error,
        }
    }

    /// What is wrong, in words.
    pub fn message(&self) -> &str {
        match &self.body {
            RefusedBody::Genesys(body) => &body.message,
            RefusedBody::Kaizala(body) => &body.message,
            RefusedBody::OAuth(body) => {
                let description = body.description.as_deref().or(body.error_description.as_deref());
                description.unwrap_or(&body.error)
            }
        }
    }
}

impl RefusedBody {
    /// What a reply that is no success says, if that is a refusal. Some have no body at all.
    pub(crate) fn read(api: ApiName, status: StatusCode, bytes: &[u8]) -> Option<Self> {
        if bytes.trim_ascii().is_empty() {
            return Some(RefusedBody::blank(api, status));
        }
        match api {
            ApiName::Genesys => {
                let body: genesys::ErrorBody = read(bytes).ok()?;
                (!body.message.is_empty() || !body.code.is_empty()).then_some(RefusedBody::Genesys(body))
            }
            ApiName::Kaizala => {
                let body: kaizala::ErrorBody = read(bytes).ok()?;
                (!body.message.is_empty() || !body.error_code.is_empty()).then_some(RefusedBody::Kaizala(body))
            }
        }
    }

    fn blank(api: ApiName, status: StatusCode) -> Self {
        let message = status.canonical_reason().unwrap_or("no reason given").to_owned();
        match api {
            ApiName::Genesys => {
                RefusedBody::Genesys(genesys::ErrorBody { message, status: status.as_u16(), ..Default::default() })
            }
            ApiName::Kaizala => RefusedBody::Kaizala(kaizala::ErrorBody { message, ..Default::default() }),
        }
    }
}

/// Without the body, which may have a token in it.
impl fmt::Debug for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unexpected { operation, status, problem, correlation_id, .. } = self;
        let mut shown = f.debug_struct("Unexpected");
        shown.field("operation", operation).field("status", status).field("problem", problem);
        shown.field("correlation_id", correlation_id).finish_non_exhaustive()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(refused) => refused.fmt(f),
            Error::SignInRefused(refused) => write!(f, "sign-in was refused: {}", refused.message()),
            Error::Unexpected(unexpected) => unexpected.fmt(f),
            Error::Unreachable { url, reason } => write!(f, "{url} cannot be reached: {reason}"),
            Error::TimedOut { url, after } => write!(f, "{url} did not answer within {after:?}"),
            Error::InvalidArgument { name, problem } => write!(f, "{name} {problem}"),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was refused with status {}: {}", self.operation, self.status, self.message())?;
        if self.code().is_empty() { Ok(()) } else { write!(f, " ({})", self.code()) }
    }
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was answered with status {}, and {}", self.operation, self.status, self.problem)
    }
}

impl StdError for Error {}

/// A URL without path and query: who reads the error looks for the server.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// What began it: the last of the causes, in which all others are.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn StdError = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn is_certificate(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| matches!(cause.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))))
}

/// The kind of the input or output that failed, if that is what happened.
pub(crate) fn io_kind(error: &reqwest::Error) -> Option<std::io::ErrorKind> {
    causes(error).filter_map(|cause| Some(cause.downcast_ref::<std::io::Error>()?.kind())).last()
}

/// An error and its causes. What an I/O error was made from is one, although it does not count as such.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        let made_from = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        made_from.map(|cause| cause as &(dyn StdError + 'static)).or_else(|| cause.source())
    })
}
