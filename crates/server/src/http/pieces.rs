//! Long lists in JSON, rendered in pieces. Each piece is rendered when the one before it has been sent, so a slow peer
//! holds one piece in memory and not the whole list.

use crate::http::budget::Reservation;
use crate::http::rendered::{Object, write_object};
use crate::http::response::{ApiResponse, JSON};
use crate::limits::{RESPONSE_PIECE_BYTES, SMALL_RESPONSE_BYTES};
use axum::body::Body;
use bytes::Bytes;
use convoke_wire::Effect;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use std::convert::Infallible;
use std::marker::PhantomData;

/// A list that is rendered in pieces: `before`, the entries separated by commas, `after`.
struct Pieces<T, W, F> {
    before: String,
    entries: std::vec::IntoIter<T>,
    write: F,
    after: Option<String>,
    n_written: usize,
    model: PhantomData<fn() -> W>,
    /// The memory of the entries.
    _reservation: Reservation,
}

impl<T, W, F: Fn(&mut Object<W>, T)> Pieces<T, W, F> {
    /// The next piece, of this many bytes or a little more; `None` after the end.
    fn next(&mut self, bytes: usize) -> Option<Vec<u8>> {
        self.after.as_ref()?;
        let mut piece = std::mem::take(&mut self.before).into_bytes();
        while piece.len() < bytes {
            let Some(entry) = self.entries.next() else {
                piece.extend(self.after.take().unwrap_or_default().into_bytes());
                break;
            };
            if self.n_written > 0 {
                piece.push(b',');
            }
            self.n_written += 1;
            write_object(&mut piece, |object| (self.write)(object, entry));
        }
        Some(piece)
    }
}

/// The response to a read: a list of objects between `before` and `after`. A short one is sent as a whole, with its length.
/// The reservation is for the memory of the entries, and is kept until all of them are sent.
pub(crate) fn answer<T, W>(
    before: String,
    entries: Vec<T>,
    write: impl Fn(&mut Object<W>, T) + Send + 'static,
    after: String,
    reservation: Reservation,
) -> ApiResponse
where
    T: Send + 'static,
    W: 'static,
{
    let (entries, after) = (entries.into_iter(), Some(after));
    let model = PhantomData;
    let mut pieces = Pieces { before, entries, write, after, n_written: 0, model, _reservation: reservation };
    let first = pieces.next(SMALL_RESPONSE_BYTES).unwrap_or_default();
    if pieces.after.is_none() {
        return ApiResponse { effect: Effect::Read, ..ApiResponse::bytes(StatusCode::OK, JSON, first) };
    }
    let rest = stream::unfold(pieces, |mut pieces| async { Some((pieces.next(RESPONSE_PIECE_BYTES)?, pieces)) });
    let all = stream::iter([first]).chain(rest);
    let body = Body::from_stream(all.map(|piece| Ok::<_, Infallible>(Bytes::from(piece))));
    ApiResponse::stream(JSON, body, Effect::Read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::budget::Budget;
    use crate::http::budget::Holder;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn a_list_is_the_same_in_pieces_as_in_one() {
        for n in [0, 1, 2, 100, 5_000] {
            let numbers: Vec<u32> = (0..n).collect();
            let budget = Budget::new(100);
            let mut reservation = budget.reserve(Holder::Address([192, 0, 2, 1].into()));
            reservation.grow(20).expect("there is room");
            let (before, after) = ("{\"a\":[".into(), "],\"b\":1}".into());
            let write = |object: &mut Object<()>, number: u32| {
                object.number("number", number.into());
            };
            let list = answer(before, numbers.clone(), write, after, reservation);
            let (mut body, mut n_pieces, mut all) = (list.body, 0, Vec::new());
            assert_eq!(budget.held() > 0, n == 5_000, "{n}: held while there are entries to be rendered");
            while let Some(frame) = body.frame().await {
                let piece = frame.expect("it does not fail").into_data().expect("no trailers");
                assert!(piece.len() < RESPONSE_PIECE_BYTES + 100 || n_pieces == 0);
                n_pieces += 1;
                all.extend(piece);
            }
            let names: Vec<_> = numbers.iter().map(|number| serde_json::json!({ "number": number })).collect();
            let whole = format!("{{\"a\":{},\"b\":1}}", serde_json::to_string(&names).expect("it is rendered"));
            assert_eq!(String::from_utf8(all).expect("text"), whole);
            drop(body);
            assert_eq!(budget.held(), 0, "{n}: all is sent");
            assert_eq!(n_pieces > 1, whole.len() > SMALL_RESPONSE_BYTES, "{n}");
        }
    }
}
