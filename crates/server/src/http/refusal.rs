//! The reasons for refusing a request, independent of the API.

use crate::http::lanes;
use crate::http::problem::Problem;
use convoke_core::{Cancelled, Fault};
use convoke_store::StoreError;
use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;
use tokio::task::JoinError;

/// The reasons why the server cannot handle a request now, as they are logged.
pub(crate) mod busy {
    pub(crate) const BODIES: &str = "bodies of requests take as much memory as they may";
    pub(crate) const RESPONSES: &str = "responses that are not read yet take as much memory as they may";
    pub(crate) const QUEUE: &str = "too many changes of the organisation wait to be written";
    pub(crate) const SIGN_INS: &str = "too many sign-ins wait to be checked";
    pub(crate) const BEHIND: &str = "the state that the caller has seen elsewhere is not here yet";
    pub(crate) const STOPPING: &str = "the server is stopping";
}

/// Why a request is refused. Each API renders it in its own error body.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The directory refuses the request.
    Fault(Fault),
    /// A value of the request is invalid, whatever the directory contains.
    Invalid {
        /// The API's name for the value.
        field: Cow<'static, str>,
        /// The problem of the value.
        problem: Problem,
    },
    /// A parameter or the body does not have the required form.
    Malformed {
        /// The parameter or field; empty for the body as a whole.
        field: String,
        /// The problem with it, in words.
        problem: String,
    },
    /// The body is too long.
    TooLarge {
        /// The number of bytes that are allowed.
        limit: usize,
    },
    /// The body is not of this media type, or is compressed.
    MediaType(&'static str),
    /// The body did not arrive in time.
    Slow,
    /// The token is missing, or is not (or no longer) valid.
    Token(TokenProblem),
    /// The refresh token is not, or no longer, valid. The reason was counted and logged where it was found.
    RefreshToken,
    /// A credential of a sign-in is missing or wrong.
    SignIn(SignInProblem),
    /// The caller has made too many requests, requested too many PINs, or sent too many wrong secrets or tokens.
    RateLimited {
        /// Seconds until the next one is checked.
        retry_after: u32,
    },
    /// The connector has reached its limit of new people for the day.
    TooManyPeople {
        /// The limit for one day.
        limit: u32,
        /// Seconds until the next day.
        retry_after: u32,
    },
    /// The path does not exist.
    NoPath,
    /// The path does not have this method.
    NoMethod,
    /// The server cannot handle the request now. The reason is only logged.
    Busy(&'static str),
    /// The store or a file failed. The cause is only logged.
    Failed(Cause),
    /// A long request took longer than [`crate::limits::LONG_TIME`].
    TookTooLong,
    /// [`crate::limits::LONG_WAITING`] long requests of the caller wait already.
    TooManyWait,
    /// This server's kind of store cannot do it. The text names what can.
    OtherStore(&'static str),
    /// The server runs only one of these at a time, and one is running.
    Running(&'static str),
    /// The server has a defect.
    Broken(InternalError),
}

/// The cause of a failure, for the log.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    text: Arc<str>,
    /// Whether the change may have been made in spite of the failure.
    pub leaves_open: bool,
}

impl Cause {
    /// The cause of a failure that changed nothing.
    pub fn new(cause: impl std::fmt::Display) -> Self {
        Cause { text: cause.to_string().into(), leaves_open: false }
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// A defect of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum InternalError {
    /// A panic. The program's panic hook has logged it.
    Panicked,
    /// A broken invariant, found at this location in the code.
    Defect(&'static Location<'static>),
}

impl Refusal {
    /// The refusal of a value. `field` is the API's name for it.
    pub fn invalid(field: impl Into<Cow<'static, str>>, problem: impl Into<Problem>) -> Self {
        Refusal::Invalid { field: field.into(), problem: problem.into() }
    }

    /// The refusal of code that finds a broken invariant. It is logged with the caller's location.
    #[track_caller]
    pub fn defect() -> Self {
        Refusal::Broken(InternalError::Defect(Location::caller()))
    }
}

/// The problem with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenProblem {
    /// The request has no token.
    Absent,
    /// The token does not exist.
    Unknown,
    /// The token is valid in the other API. The response is the same as for an unknown token.
    OfOtherApi,
    /// The token has expired or was ended.
    Expired,
}

/// The missing or wrong credential of a sign-in by a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignInProblem {
    /// The connector's id or secret.
    Application,
    /// The PIN.
    Pin,
    /// No credential is accepted, because PINs are not sent.
    Closed,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Refusal::Fault(fault)
    }
}

/// Work is stopped because it took too long, or because nobody waits for it any more. Only the first gets a response.
impl From<Cancelled> for Refusal {
    fn from(Cancelled: Cancelled) -> Self {
        Refusal::TookTooLong
    }
}

impl From<lanes::Full> for Refusal {
    fn from(lanes::Full: lanes::Full) -> Self {
        Refusal::TooManyWait
    }
}

impl From<Cause> for Refusal {
    fn from(cause: Cause) -> Self {
        Refusal::Failed(cause)
    }
}

impl From<StoreError> for Cause {
    fn from(error: StoreError) -> Self {
        Cause { leaves_open: matches!(error, StoreError::Unknown), ..Cause::new(error) }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Refusal::Failed(error.into())
    }
}

/// Work in another task or thread ended without a result: it panicked, or the server is stopping.
impl From<JoinError> for Refusal {
    fn from(error: JoinError) -> Self {
        if error.is_panic() { Refusal::Broken(InternalError::Panicked) } else { Refusal::Busy(busy::STOPPING) }
    }
}
