//! Responses, before the headers of all responses are added.

use crate::http::budget::{Exhausted, Reservation};
use crate::http::refusal::{Refusal, busy};
use crate::http::rendered::Json;
use crate::limits;
use crate::observe::access::Identity;
use axum::body::Body;
use bytes::Bytes;
use convoke_core::CancelFlag;
use convoke_wire::Effect;
use futures_util::FutureExt;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde::Serialize;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A response, before the headers of all responses are added.
pub(crate) struct ApiResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
    /// The effect of the request. The response to a read may be withheld; the response to a change may not.
    pub effect: Effect,
    /// Whether the memory of the body counts for this response.
    pub memory: Memory,
    /// The caller of a request without a token, such as a sign-in, if it became known; for the access log.
    pub caller: Option<Identity>,
}

/// Whether the memory of a body belongs to one response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// The body was rendered for this request.
    Own,
    /// The body is a document that was rendered once and is shared by all requests for it.
    Shared,
}

impl ApiResponse {
    /// A response with a JSON body.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self::rendered(status, Json::from(body))
    }

    /// A response whose JSON body is rendered already.
    pub fn rendered<T>(status: StatusCode, body: Json<T>) -> Self {
        let mut bytes = body.into_bytes();
        if bytes.len() > limits::SMALL_RESPONSE_BYTES {
            // The budget counts the length, not the capacity, and the body may be held for long.
            bytes.shrink_to_fit();
        }
        Self::bytes(status, JSON, bytes)
    }

    /// A response with a body of any type.
    pub fn bytes(status: StatusCode, media_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::with_capacity(16);
        headers.insert(CONTENT_TYPE, media_type);
        Self::new(status, headers, Body::from(body.into()))
    }

    /// A response without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self::new(status, HeaderMap::with_capacity(16), Body::empty())
    }

    /// A response whose body is rendered while it is sent.
    pub fn stream(media_type: HeaderValue, body: Body, effect: Effect) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, media_type)]);
        ApiResponse { effect, ..Self::new(StatusCode::OK, headers, body) }
    }

    fn new(status: StatusCode, headers: HeaderMap, body: Body) -> Self {
        ApiResponse { status, headers, body, effect: Effect::Act, memory: Memory::Own, caller: None }
    }

    /// Adds the bytes of a large body that belongs to this response to the reservation, until they are sent.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] when too many bytes of responses are unread already, and the request was a read.
    pub fn within(mut self, mut reservation: Reservation) -> Result<Self, Refusal> {
        let bytes = self.body.size_hint().exact().map_or(0, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        if bytes <= limits::SMALL_RESPONSE_BYTES || self.memory == Memory::Shared {
            return Ok(self);
        }
        match (reservation.grow(bytes), self.effect) {
            (Ok(()), _) => {}
            (Err(Exhausted), Effect::Read) => return Err(Refusal::Busy(busy::RESPONSES)),
            (Err(Exhausted), Effect::Change | Effect::Act) => return Ok(self),
        }
        // A body with an exact length is completely in memory, so it can be collected without waiting.
        let body = std::mem::take(&mut self.body).collect().now_or_never();
        let body = body.and_then(Result::ok).ok_or_else(|| Refusal::defect())?;
        self.body = Body::from(reservation.hold(body.to_bytes()));
        Ok(self)
    }
}

/// Sets a [`CancelFlag`] when dropped, to cancel work whose result nobody awaits any more.
#[derive(Default)]
pub(crate) struct CancelOnDrop(pub CancelFlag);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}
