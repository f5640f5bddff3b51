//! Long lists in JSON, rendered in pieces: the next piece is rendered when the one before it has been sent, so a
//! peer that reads slowly holds one piece in memory and not the list.

use crate::http::{Answer, JSON};
use crate::limits::{RESPONSE_PIECE_BYTES, SMALL_RESPONSE_BYTES};
use axum::body::Body;
use bytes::Bytes;
use convoke_wire::Effect;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use std::convert::Infallible;

/// A list that is rendered in pieces: `before`, the entries with commas between them, `after`.
struct Pieces<T, F> {
    before: String,
    entries: std::vec::IntoIter<T>,
    render: F,
    after: Option<String>,
    n_rendered: usize,
}

impl<T, W: Serialize, F: Fn(T) -> W> Pieces<T, F> {
    /// The next piece, of so many bytes or a little more; none behind the end.
    fn next(&mut self, bytes: usize) -> Option<Vec<u8>> {
        self.after.as_ref()?;
        let mut piece = std::mem::take(&mut self.before).into_bytes();
        while piece.len() < bytes {
            let Some(entry) = self.entries.next() else {
                piece.extend(self.after.take().unwrap_or_default().into_bytes());
                break;
            };
            if self.n_rendered > 0 {
                piece.push(b',');
            }
            self.n_rendered += 1;
            serde_json::to_writer(&mut piece, &(self.render)(entry))
                .expect("replies have string keys and no failing values");
        }
        Some(piece)
    }
}

/// Answers a read with a list between `before` and `after`. A short one is sent as a whole, with its length.
pub(crate) fn answer<T, W>(
    before: String,
    entries: Vec<T>,
    render: impl Fn(T) -> W + Send + 'static,
    after: String,
) -> Answer
where
    T: Send + 'static,
    W: Serialize,
{
    let mut pieces = Pieces { before, entries: entries.into_iter(), render, after: Some(after), n_rendered: 0 };
    let first = pieces.next(SMALL_RESPONSE_BYTES).unwrap_or_default();
    if pieces.after.is_none() {
        return Answer { effect: Effect::Read, ..Answer::bytes(StatusCode::OK, JSON, first) };
    }
    let rest = stream::unfold(pieces, |mut pieces| async { Some((pieces.next(RESPONSE_PIECE_BYTES)?, pieces)) });
    let all = futures_util::StreamExt::chain(stream::iter([first]), rest);
    let body = Body::from_stream(futures_util::StreamExt::map(all, |piece| Ok::<_, Infallible>(Bytes::from(piece))));
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, JSON)]);
    Answer { status: StatusCode::OK, headers, body, effect: Effect::Read }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn a_list_is_the_same_in_pieces_as_in_one() {
        for n in [0, 1, 2, 100, 5_000] {
            let numbers: Vec<u32> = (0..n).collect();
            let list = answer("{\"a\":[".into(), numbers.clone(), |n| format!("number {n}"), "],\"b\":1}".into());
            let (mut body, mut n_pieces, mut all) = (list.body, 0, Vec::new());
            while let Some(frame) = body.frame().await {
                let piece = frame.expect("it does not fail").into_data().expect("no trailers");
                assert!(piece.len() < RESPONSE_PIECE_BYTES + 100 || n_pieces == 0);
                n_pieces += 1;
                all.extend(piece);
            }
            let names: Vec<_> = numbers.iter().map(|n| format!("number {n}")).collect();
            let whole = format!("{{\"a\":{},\"b\":1}}", serde_json::to_string(&names).expect("it is rendered"));
            assert_eq!(String::from_utf8(all).expect("text"), whole);
            assert_eq!(n_pieces > 1, whole.len() > SMALL_RESPONSE_BYTES, "{n}");
        }
    }
}
