//! Answers, before they have the headers that all answers have.

use crate::http::budget::{Exhausted, Reservation};
use crate::http::refusal::{Refusal, busy};
use crate::limits;
use crate::observe::access::Identity;
use axum::body::Body;
use bytes::Bytes;
use convoke_core::Stop;
use convoke_wire::Effect;
use futures_util::FutureExt;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use serde::Serialize;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer before it has the headers that all answers have.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
    /// What the request did. An answer that only tells may be withheld; one that says what was done may not.
    pub effect: Effect,
    /// Whose memory the body takes.
    pub memory: Memory,
    /// Who asked, where that came out on the way; for the access log. Who has a token is known without it.
    pub caller: Option<Identity>,
}

/// Whose memory the body of an answer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// The answer's own: it was rendered for this request.
    Own,
    /// That of a document which was made once, and is shared by all requests for it.
    Shared,
}

impl Answer {
    /// An answer with a JSON body.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let mut bytes = Vec::with_capacity(1024);
        serde_json::to_writer(&mut bytes, body).expect("replies have string keys and no failing values");
        if bytes.len() > limits::SMALL_RESPONSE_BYTES {
            // It is counted by its length, and may be held for long.
            bytes.shrink_to_fit();
        }
        Self::bytes(status, JSON, bytes)
    }

    /// An answer with a body of any type.
    pub fn bytes(status: StatusCode, media_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::with_capacity(16);
        headers.insert(CONTENT_TYPE, media_type);
        Self::new(status, headers, Body::from(body.into()))
    }

    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self::new(status, HeaderMap::with_capacity(16), Body::empty())
    }

    /// An answer whose body is made while it is sent.
    pub fn stream(media_type: HeaderValue, body: Body, effect: Effect) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, media_type)]);
        Answer { effect, ..Self::new(StatusCode::OK, headers, body) }
    }

    fn new(status: StatusCode, headers: HeaderMap, body: Body) -> Self {
        Answer { status, headers, body, effect: Effect::Act, memory: Memory::Own, caller: None }
    }

    /// The answer. If its body is large and its own, the reservation takes its bytes until they are sent.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`], when too much waits to be read already and the request can be repeated.
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
        // A body whose exact length is known is in memory as a whole, so nothing has to be waited for.
        let body = std::mem::take(&mut self.body).collect().now_or_never();
        let body = body.and_then(Result::ok).ok_or_else(|| Refusal::defect())?;
        self.body = Body::from(reservation.hold(body.to_bytes()));
        Ok(self)
    }
}

/// Tells work to stop when what waits for it is dropped.
#[derive(Default)]
pub(crate) struct StopWhenDropped(pub Stop);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.set();
    }
}
