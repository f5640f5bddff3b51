//! Bodies of requests, read within limits of size, time and rate, and within a memory budget for all of them.

use crate::http::budget::{Budget, Exhausted, Holder, Reservation};
use crate::http::peer::Peer;
use crate::http::refusal::{Refusal, busy};
use crate::limits;
use axum::body::Body;
use bytes::Bytes;
use convoke_core::OrganisationId;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// The memory budgets of bodies.
///
/// Sign-ins have no token yet, so strangers can use up their budget. Callers with a token have another one. One
/// organisation has a part of that one, and one address a part of the budget of sign-ins.
pub(crate) struct Bodies {
    /// The budget of requests with a token.
    pub of_callers: Arc<Budget>,
    /// The budget of sign-ins.
    pub of_sign_ins: Arc<Budget>,
}

impl Bodies {
    pub fn new() -> Self {
        Bodies { of_callers: Budget::new(limits::BODIES_BYTES), of_sign_ins: Budget::new(limits::SIGN_IN_BODIES_BYTES) }
    }
}

/// Reads a JSON body of a caller of this organisation. Only the media type is checked, not the JSON.
pub(crate) async fn json_body(
    bodies: &Bodies,
    head: &Parts,
    body: Body,
    organisation: OrganisationId,
) -> Result<Bytes, Refusal> {
    let reservation = bodies.of_callers.reserve(Holder::Organisation(organisation));
    let bytes = bounded(&head.headers, body, limits::BODY_BYTES, reservation).await?;
    require_json(&head.headers, bytes)
}

/// Reads a JSON body of a sign-in. Only the media type is checked, not the JSON.
pub(crate) async fn json_body_of_sign_in(bodies: &Bodies, head: &Parts, body: Body) -> Result<Bytes, Refusal> {
    require_json(&head.headers, body_of_sign_in(bodies, head, body).await?)
}

/// Reads the body of a sign-in.
pub(crate) async fn body_of_sign_in(bodies: &Bodies, head: &Parts, body: Body) -> Result<Bytes, Refusal> {
    let from = Peer::of(&head.extensions).key();
    let reservation = bodies.of_sign_ins.reserve(Holder::Address(from));
    bounded(&head.headers, body, limits::SIGN_IN_BYTES, reservation).await
}

fn require_json(headers: &HeaderMap, bytes: Bytes) -> Result<Bytes, Refusal> {
    let json = headers.get(CONTENT_TYPE).is_none_or(|value| {
        let media_type = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        media_type.eq_ignore_ascii_case(b"application/json") || media_type.ends_with(b"+json")
    });
    if json || bytes.is_empty() { Ok(bytes) } else { Err(Refusal::MediaType("application/json")) }
}

/// Whether the content type is that of a form.
pub(crate) fn form_type(content_type: Option<&HeaderValue>) -> bool {
    content_type.is_none_or(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}

/// Reads a body of at most `limit` bytes. A longer body is refused, but first up to [`limits::DISCARDED_BYTES`] more of
/// it are read and discarded: closing a connection while the client still sends resets it, and the client loses the
/// response (RFC 9112, section 9.6). If the announced length exceeds that as well, nothing is read.
async fn bounded(headers: &HeaderMap, body: Body, limit: usize, reservation: Reservation) -> Result<Bytes, Refusal> {
    if headers.get(CONTENT_ENCODING).is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Refusal::MediaType("application/json"));
    }
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    match announced {
        Some(0) => return Ok(Bytes::new()),
        // A client that waits for `100 Continue` has sent nothing yet, so it cannot lose the response.
        Some(length) if length > limit && headers.contains_key(EXPECT) => return Err(Refusal::TooLarge { limit }),
        Some(length) if length > limit.saturating_add(limits::DISCARDED_BYTES) => {
            return Err(Refusal::TooLarge { limit });
        }
        _ => {}
    }
    read(body, limit, reservation).await
}

/// Reads a body. It allocates memory for the bytes that have arrived, not for the announced length. The bytes are
/// copied, because each piece shares a buffer of the connection, which is much larger than a short piece.
async fn read(mut body: Body, limit: usize, mut reservation: Reservation) -> Result<Bytes, Refusal> {
    let began = Instant::now();
    let mut bytes = Vec::new();
    loop {
        let earned = Duration::from_secs_f64(bytes.len() as f64 / limits::BODY_RATE as f64);
        let deadline = began + (limits::BODY_GRACE + earned).min(limits::BODY_TIME);
        let frame = match timeout_at(deadline, body.frame()).await {
            Err(_) => return Err(Refusal::Slow),
            Ok(None) => return Ok(reservation.hold(bytes.into())),
            Ok(Some(Err(error))) => {
                return Err(Refusal::Malformed { field: "body".into(), problem: error.to_string() });
            }
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(piece) = frame.into_data() else { continue };
        let needed = bytes.len() + piece.len();
        if needed > limit {
            drop((bytes, reservation, piece));
            // The response is the same whether or not the body ended in time.
            let _ = timeout(limits::DISCARD_TIME, discard(body)).await;
            return Err(Refusal::TooLarge { limit });
        }
        if needed > bytes.capacity() {
            let capacity = needed.max(bytes.capacity() * 2).min(limit);
            reservation.grow(capacity - bytes.capacity()).map_err(|Exhausted| Refusal::Busy(busy::BODIES))?;
            bytes.reserve_exact(capacity - bytes.len());
        }
        bytes.extend_from_slice(&piece);
    }
}

async fn discard(mut body: Body) {
    let mut discarded = 0;
    while let Some(Ok(frame)) = body.frame().await
        && discarded < limits::DISCARDED_BYTES
    {
        discarded += frame.data_ref().map_or(0, Bytes::len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{FutureExt, StreamExt, stream};
    use std::convert::Infallible;

    fn body(pieces: impl futures_util::Stream<Item = &'static [u8]> + Send + 'static) -> Body {
        Body::from_stream(pieces.map(|piece| Ok::<_, Infallible>(Bytes::from_static(piece))))
    }

    async fn bounded_to(limit: usize, body: Body, budget: &Arc<Budget>) -> Result<Bytes, Refusal> {
        let reservation = budget.reserve(Holder::Address([192, 0, 2, 1].into()));
        bounded(&HeaderMap::new(), body, limit, reservation).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_or_comes_too_slowly_is_not_waited_for() {
        let budget = Budget::new(limits::BODIES_BYTES);
        let began = Instant::now();
        let nothing = bounded_to(limits::BODY_BYTES, body(stream::pending()), &budget).await;
        assert!(matches!(nothing, Err(Refusal::Slow)));
        assert_eq!(began.elapsed().as_secs(), limits::BODY_GRACE.as_secs());
        for (piece, refused_after) in [
            (&b"0123456789"[..], limits::BODY_GRACE.as_secs()),
            (&[b' '; limits::BODY_RATE - 100], limits::BODY_TIME.as_secs()),
            (&[b' '; limits::BODY_RATE * 2], limits::BODY_TIME.as_secs()),
        ] {
            let slowly = stream::repeat(piece).then(|piece| async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                piece
            });
            let began = Instant::now();
            let slow = bounded_to(limits::BODY_BYTES, body(slowly), &budget).await;
            assert!(matches!(slow, Err(Refusal::Slow)), "{}", piece.len());
            assert_eq!(began.elapsed().as_secs(), refused_after, "{} bytes a second", piece.len());
            assert_eq!(budget.held(), 0, "all is given back");
        }
    }

    #[tokio::test]
    async fn all_bodies_together_have_a_budget_of_what_has_come() {
        let budget = Budget::new(4000);
        let read = |bytes: &'static [u8]| bounded_to(400, body(stream::iter([bytes])), &budget);
        let begun = |bytes: &'static [u8]| {
            let body = body(stream::iter([bytes]).chain(stream::pending()));
            let budget = budget.clone();
            let mut reading = Box::pin(async move { bounded_to(400, body, &budget).await });
            assert!(reading.as_mut().now_or_never().is_none(), "the rest has not come");
            reading
        };
        let unfinished = [begun(&[b' '; 300]), begun(&[b' '; 1]), begun(&[b' '; 300])];
        assert_eq!(budget.held(), 601, "what has come, whatever is announced");
        let finished = read(&[b' '; 300]).await.expect("there is so much left");
        assert_eq!((finished.len(), budget.held()), (300, 901));
        assert!(matches!(read(&[b' '; 100]).await, Err(Refusal::Busy(_))));
        assert_eq!(read(&[b' '; 99]).await.expect("there is so much left").len(), 99);
        drop((unfinished, finished));
        assert_eq!(budget.held(), 0);
    }

    #[tokio::test]
    async fn a_body_in_small_pieces_takes_little_more_than_its_bytes() {
        let budget = Budget::new(limits::BODIES_BYTES);
        // The pieces share buffers of 8 KiB, like those of a connection.
        let pieces = stream::iter(0..4096).map(|_| Ok::<_, Infallible>(Bytes::from(vec![b' '; 8192]).slice(..1)));
        let read = bounded_to(limits::SIGN_IN_BYTES, Body::from_stream(pieces), &budget).await.expect("it is short");
        assert_eq!((read.len(), budget.held()), (4096, 4096));
        let too_large = bounded_to(100, body(stream::repeat(&[b' '; 64][..])), &budget).await;
        assert!(matches!(too_large, Err(Refusal::TooLarge { limit: 100 })));
    }
}
