//! Errors of calls.

use crate::config::UNFIT;
use crate::reply::read;
use bytes::Bytes;
use convoke_wire::{ApiName, genesys, kaizala, oauth};
use http::StatusCode;
use reqwest::Url;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// The error of a call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server refused the call.
    Refused(Box<Refused>),
    /// The server refused the sign-in.
    SignInRefused(Box<Refused>),
    /// The reply is not valid in this API.
    Unexpected(Box<Unexpected>),
    /// The connection failed, or it broke before the reply was complete.
    Unreachable {
        /// The scheme, host and port of the server.
        url: String,
        /// The cause.
        reason: String,
    },
    /// The reply took longer than the timeout.
    TimedOut {
        /// The scheme, host and port of the server.
        url: String,
        /// The timeout.
        after: Duration,
    },
    /// An argument that cannot be sent.
    InvalidArgument {
        /// The name of the parameter in the API.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// A refusal of a server.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The name of the operation in the API.
    pub operation: &'static str,
    /// The HTTP status. In the Kaizala API a refusal may have any status, even 200.
    pub status: u16,
    /// The body of the refusal.
    pub body: RefusedBody,
    /// The correlation id, by which the server's log has the request.
    pub correlation_id: Option<String>,
}

/// The body of a refusal, in the form of the API.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RefusedBody {
    /// Of the Genesys Cloud API, or of the operator's operations.
    Genesys(genesys::ErrorBody),
    /// Of the Kaizala API.
    Kaizala(kaizala::ErrorBody),
    /// Of an OAuth sign-in.
    OAuth(oauth::TokenError),
}

/// A reply that is not valid in the API.
#[derive(Clone)]
pub struct Unexpected {
    /// The name of the operation in the API.
    pub operation: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The unparsed body.
    pub bytes: Bytes,
    /// What is wrong with it.
    pub problem: String,
    /// The correlation id, by which the server's log has the request.
    pub correlation_id: Option<String>,
}

impl Error {
    /// Whether the server refused the sign-in or the call.
    pub fn is_refused(&self) -> bool {
        self.refused().is_some()
    }

    /// Whether there was no reply: no connection, a broken one, or a timeout.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Error::Unreachable { .. } | Error::TimedOut { .. })
    }

    /// The refusal, if the error is one.
    pub fn refused(&self) -> Option<&Refused> {
        match self {
            Error::Refused(refused) | Error::SignInRefused(refused) => Some(refused),
            _ => None,
        }
    }

    /// The HTTP status of the reply, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Refused(refused) | Error::SignInRefused(refused) => Some(refused.status),
            Error::Unexpected(unexpected) => Some(unexpected.status),
            _ => None,
        }
    }

    /// The code of the refusal, such as `general.conflict`.
    pub fn code(&self) -> Option<&str> {
        self.refused().map(Refused::code)
    }

    /// The correlation id, by which the server's log has the request.
    pub fn correlation_id(&self) -> Option<&str> {
        match self {
            Error::Refused(refused) | Error::SignInRefused(refused) => refused.correlation_id.as_deref(),
            Error::Unexpected(unexpected) => unexpected.correlation_id.as_deref(),
            _ => None,
        }
    }

    /// The error of an argument that is invalid in a header.
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
    /// The code of the refusal, such as `general.conflict`. Empty if the server sends none.
    pub fn code(&self) -> &str {
        match &self.body {
            RefusedBody::Genesys(body) => &body.code,
            RefusedBody::Kaizala(body) => &body.error_code,
            RefusedBody::OAuth(body) => &body.error,
        }
    }

    /// The message of the refusal.
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
    /// Parses the refusal from a reply that is no success. Some refusals have no body.
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

/// Omits the body, which may contain a token.
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

/// The scheme, host and port of a URL, which identify the server.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The innermost cause of an error.
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

/// The kind of the I/O error among the causes, if there is one.
pub(crate) fn io_kind(error: &reqwest::Error) -> Option<std::io::ErrorKind> {
    causes(error).filter_map(|cause| Some(cause.downcast_ref::<std::io::Error>()?.kind())).last()
}

/// An error and its causes, including the inner error of an I/O error, which `source` leaves out.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        let made_from = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        made_from.map(|cause| cause as &(dyn StdError + 'static)).or_else(|| cause.source())
    })
}
