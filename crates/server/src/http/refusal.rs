//! What a request is refused with, whatever the API.

use crate::http::lanes;
use crate::http::problem::Problem;
use convoke_core::{Fault, Stopped};
use convoke_store::StoreError;
use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;
use tokio::task::JoinError;

/// Why the server cannot take a request now, as the log tells it.
pub(crate) mod busy {
    pub(crate) const BODIES: &str = "bodies of requests take as much memory as they may";
    pub(crate) const RESPONSES: &str = "responses that are not read yet take as much memory as they may";
    pub(crate) const QUEUE: &str = "too many changes of the organisation wait to be written";
    pub(crate) const SIGN_INS: &str = "too many sign-ins wait to be checked";
    pub(crate) const STOPPING: &str = "the server is stopping";
}

/// Why a request is refused. Each API renders it in its own error body.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The directory refuses it.
    Fault(Fault),
    /// A value of the request cannot be taken, whatever the directory holds.
    Invalid {
        /// What the API calls the value.
        field: Cow<'static, str>,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A parameter or the body has not the form that is asked for.
    Malformed {
        /// Which parameter or field; empty for the body as a whole.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The body is too long.
    TooLarge {
        /// Bytes that it may have.
        limit: usize,
    },
    /// The body is not of this type, or is compressed.
    MediaType(&'static str),
    /// The body did not come in time.
    Slow,
    /// There is no token, or it is not (or no longer) good.
    Token(TokenProblem),
    /// The refresh token is not, or no longer, good. Why is counted and logged where that is found.
    RefreshToken,
    /// Who signs in has not shown what it takes.
    SignIn(SignInProblem),
    /// The caller has made too many requests, asked for too many PINs, or brought too many wrong secrets or tokens.
    RateLimited {
        /// Seconds until the next one is looked at.
        retry_after: u32,
    },
    /// The connector has created as many people as it may in one day.
    TooManyPeople {
        /// How many it may.
        limit: u32,
        /// Seconds until the next day.
        retry_after: u32,
    },
    /// There is no such path.
    NoPath,
    /// The path has no such method.
    NoMethod,
    /// The server cannot take it now, for this reason, which only the log tells.
    Busy(&'static str),
    /// What it takes failed, and nothing was done.
    Failed(Cause),
    /// It took longer than [`crate::limits::LONG_TIME`].
    TookTooLong,
    /// [`crate::limits::LONG_WAITING`] long requests of the caller wait already.
    TooManyWait,
    /// Of this the server does one at a time, and does one now.
    Running(&'static str),
    /// Something broke here.
    Broken(Accident),
}

/// Why something could not be done, for the log.
#[derive(Clone, Debug)]
pub(crate) struct Cause(Arc<str>);

impl Cause {
    pub fn new(cause: impl std::fmt::Display) -> Self {
        Cause(cause.to_string().into())
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What broke.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Accident {
    /// A panic. Whoever runs the server has a hook that logs panics where they happen.
    Panicked,
    /// One part of the server found that another had not kept its word, here in the code.
    Defect(&'static Location<'static>),
}

impl Refusal {
    /// That of a value, by the API's name for it.
    pub fn invalid(field: impl Into<Cow<'static, str>>, problem: impl Into<Problem>) -> Self {
        Refusal::Invalid { field: field.into(), problem: problem.into() }
    }

    /// That of who finds what cannot be.
    #[track_caller]
    pub fn defect() -> Self {
        Refusal::Broken(Accident::Defect(Location::caller()))
    }
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenProblem {
    /// There is none.
    Absent,
    /// Nobody has it.
    Unknown,
    /// It is good for the other API. The response does not tell it from one that nobody has.
    OfOtherApi,
    /// It has ended.
    Expired,
}

/// What one lacks who signs in by a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignInProblem {
    /// The connector's id and secret.
    Application,
    /// The PIN.
    Pin,
    /// Nothing would do: PINs are not sent.
    Closed,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Refusal::Fault(fault)
    }
}

/// Only what took too long is stopped while someone waits for it.
impl From<Stopped> for Refusal {
    fn from(Stopped: Stopped) -> Self {
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
        Cause::new(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Refusal::Failed(error.into())
    }
}

/// Work in another task or thread ended without a result: it panicked, or the server ends.
impl From<JoinError> for Refusal {
    fn from(error: JoinError) -> Self {
        if error.is_panic() { Refusal::Broken(Accident::Panicked) } else { Refusal::Busy(busy::STOPPING) }
    }
}
