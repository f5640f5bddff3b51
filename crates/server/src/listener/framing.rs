//! Refuses requests with ambiguous framing (RFC 9112, sections 2.2, 6.1 and 6.3): two programs could read them
//! differently, so that one takes for the body of a request what another takes for the next request.
//!
//! hyper accepts a bare LF as the end of a line. It also removes a `Content-Length` beside a
//! `Transfer-Encoding` and a second equal `Content-Length` before it hands the request on. So the bytes are
//! checked before hyper gets them. [`Framing`] parses the stream from head to body to next head, and is
//! stricter than hyper throughout: if it accepts the framing of a request, hyper finds the same end of it.
//! After the first problem it stops parsing, because the connection ends with the refusal of that request.
//!
//! It does not repeat the checks of hyper itself: white space before a colon, folded lines, a CR
//! without LF, `Transfer-Encoding` in HTTP/1.0, unknown versions.

use memchr::memchr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// The bytes that are kept of an incomplete line. The relevant lines are shorter.
const LINE_BYTES: usize = 256;

const CONTENT_LENGTH: &[u8] = b"content-length";
const TRANSFER_ENCODING: &[u8] = b"transfer-encoding";
/// The length of the longest relevant header name.
const MAX_NAME: usize = TRANSFER_ENCODING.len();

/// The framing problems of a connection's requests, shared by the stream that finds them and the service that refuses
/// the requests.
#[derive(Default)]
pub(super) struct FramingProblems {
    problem: OnceLock<(u64, &'static str)>,
    n_served: AtomicU64,
}

impl FramingProblems {
    /// The problem of the next request, if it has one. Must be called once for each request, in their order.
    pub fn of_next(&self) -> Option<&'static str> {
        let number = self.n_served.fetch_add(1, Ordering::Relaxed);
        self.problem.get().and_then(|(bad, problem)| (*bad == number).then_some(*problem))
    }
}

/// The state of the parser: what the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ParserState {
    Head,
    /// A body with a `Content-Length`, and the number of bytes left.
    Body(u64),
    /// The size of a chunk: its value so far, and whether it has a digit.
    ChunkSize(u64, Digits),
    /// The extension of a chunk of this size, up to CR.
    ChunkExtension(u64),
    /// The LF after the size of a chunk.
    ChunkSizeLf(u64),
    /// A chunk, and the number of bytes left.
    Chunk(u64),
    ChunkCr,
    ChunkLf,
    /// The beginning of a line after the last chunk.
    Trailer,
    TrailerLine,
    TrailerLf,
    LastLf,
    /// There was a problem, and parsing has stopped.
    Over,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digits {
    None,
    Some,
}

/// The parsed part of the head that is being read.
#[derive(Default)]
struct Head {
    n_lines: u64,
    n_lengths: u32,
    length: Option<u64>,
    n_encodings: u32,
    is_chunked: bool,
}

/// A parser of the bytes that a peer sends.
pub(super) struct Framing {
    problems: Arc<FramingProblems>,
    at: ParserState,
    head: Head,
    n_heads: u64,
    /// The beginning of an incomplete line, at most [`LINE_BYTES`].
    line: Vec<u8>,
    /// The length of that line so far, and its last byte.
    seen: (usize, u8),
}

impl Framing {
    pub fn new(problems: Arc<FramingProblems>) -> Self {
        Framing { problems, at: ParserState::Head, head: Head::default(), n_heads: 0, line: Vec::new(), seen: (0, 0) }
    }

    /// Whether a head has begun and is not complete.
    pub fn is_in_head(&self) -> bool {
        self.at == ParserState::Head && (self.head.n_lines > 0 || self.seen.0 > 0)
    }

    /// Parses the next bytes of the stream.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while let Some((&first, rest)) = bytes.split_first() {
            bytes = match self.at {
                ParserState::Over => return,
                ParserState::Head => self.head_bytes(bytes),
                ParserState::Body(left) => self.skip(bytes, left, ParserState::Head, ParserState::Body),
                ParserState::Chunk(left) => self.skip(bytes, left, ParserState::ChunkCr, ParserState::Chunk),
                at => {
                    self.at = step(at, first);
                    rest
                }
            };
        }
    }

    /// Skips `left` bytes, after which the state is `then`. Returns the bytes after them.
    fn skip<'b>(
        &mut self,
        bytes: &'b [u8],
        left: u64,
        then: ParserState,
        unfinished: fn(u64) -> ParserState,
    ) -> &'b [u8] {
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let left = left - n as u64;
        self.at = if left == 0 { then } else { unfinished(left) };
        bytes.get(n..).unwrap_or_default()
    }

    /// Parses one line of a head, or the beginning of one. Returns the bytes after it.
    fn head_bytes<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let (piece, rest) = match memchr(b'\n', bytes) {
            Some(end) => (bytes.get(..end).unwrap_or_default(), bytes.get(end + 1..)),
            None => (bytes, None),
        };
        if let (Some(rest), 0) = (rest, self.seen.0) {
            // The usual case: the line is complete.
            self.head_line(piece, piece.len(), piece.last().copied());
            return rest;
        }
        let room = LINE_BYTES.saturating_sub(self.line.len());
        self.line.extend_from_slice(piece.get(..room).unwrap_or(piece));
        self.seen = (self.seen.0 + piece.len(), piece.last().copied().unwrap_or(self.seen.1));
        let Some(rest) = rest else { return &[] };
        let line = std::mem::take(&mut self.line);
        let (length, last) = std::mem::take(&mut self.seen);
        self.head_line(&line, length, (length > 0).then_some(last));
        rest
    }

    /// Parses a line of a head, without its LF: its first bytes, its length and its last byte.
    fn head_line(&mut self, line: &[u8], length: usize, last: Option<u8>) {
        if last != Some(b'\r') {
            return self.refuse("a line of the head must end in CR LF");
        }
        if length == 1 {
            // Empty lines before a request are skipped (RFC 9112, section 2.2).
            return if self.head.n_lines > 0 {
                self.end_of_head()
            };
        }
        self.head.n_lines += 1;
        let Some(colon) = line.iter().take(MAX_NAME + 1).position(|byte| *byte == b':') else { return };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default();
        let head = &mut self.head;
        if name.eq_ignore_ascii_case(CONTENT_LENGTH) {
            let digits = value.trim_ascii();
            let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) && length <= LINE_BYTES;
            head.length = std::str::from_utf8(digits).ok().filter(|_| is_number).and_then(|text| text.parse().ok());
            head.n_lengths += 1;
        } else if name.eq_ignore_ascii_case(TRANSFER_ENCODING) {
            head.is_chunked = value.trim_ascii().eq_ignore_ascii_case(b"chunked") && length <= LINE_BYTES;
            head.n_encodings += 1;
        }
    }

    fn end_of_head(&mut self) {
        let head = std::mem::take(&mut self.head);
        self.at = match (head.n_encodings, head.n_lengths) {
            (0, 0) => ParserState::Head,
            (0, 1) => match head.length {
                None => return self.refuse("the Content-Length must be a number"),
                Some(0) => ParserState::Head,
                Some(length) => ParserState::Body(length),
            },
            (0, _) => return self.refuse("there must be one Content-Length"),
            (1, 0) if head.is_chunked => ParserState::ChunkSize(0, Digits::None),
            (_, 0) => return self.refuse("the Transfer-Encoding must be chunked, and nothing else"),
            _ => return self.refuse("there must not be both a Content-Length and a Transfer-Encoding"),
        };
        self.n_heads += 1;
    }

    /// Ends the checks: the request that is being read will be refused, and is the last one.
    fn refuse(&mut self, problem: &'static str) {
        let _ = self.problems.problem.set((self.n_heads, problem));
        self.at = ParserState::Over;
    }
}

/// The state after a byte of the framing of chunks (RFC 9112, section 7.1). hyper refuses malformed chunks and closes
/// the connection.
fn step(at: ParserState, byte: u8) -> ParserState {
    match (at, byte) {
        (ParserState::ChunkSize(size, _), digit) if digit.is_ascii_hexdigit() => {
            let digit = char::from(digit).to_digit(16).unwrap_or_default();
            let larger = size.checked_mul(16).and_then(|size| size.checked_add(u64::from(digit)));
            larger.map_or(ParserState::Over, |size| ParserState::ChunkSize(size, Digits::Some))
        }
        (ParserState::ChunkSize(size, Digits::Some), b';' | b' ' | b'\t') => ParserState::ChunkExtension(size),
        (ParserState::ChunkSize(size, Digits::Some) | ParserState::ChunkExtension(size), b'\r') => {
            ParserState::ChunkSizeLf(size)
        }
        (ParserState::ChunkExtension(size), byte) if byte != b'\n' => ParserState::ChunkExtension(size),
        (ParserState::ChunkSizeLf(0), b'\n') => ParserState::Trailer,
        (ParserState::ChunkSizeLf(size), b'\n') => ParserState::Chunk(size),
        (ParserState::ChunkCr, b'\r') => ParserState::ChunkLf,
        (ParserState::ChunkLf, b'\n') => ParserState::ChunkSize(0, Digits::None),
        (ParserState::Trailer, b'\r') => ParserState::LastLf,
        (ParserState::TrailerLine, b'\r') => ParserState::TrailerLf,
        (ParserState::Trailer | ParserState::TrailerLine, byte) if byte != b'\n' => ParserState::TrailerLine,
        (ParserState::TrailerLf, b'\n') => ParserState::Trailer,
        (ParserState::LastLf, b'\n') => ParserState::Head,
        _ => ParserState::Over,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The problem of each of `n` requests in these bytes. It is the same however the bytes are split into reads.
    fn problems(bytes: &[u8], n: usize) -> Vec<Option<&'static str>> {
        let in_pieces = |size: usize| {
            let problems = Arc::new(FramingProblems::default());
            let mut framing = Framing::new(problems.clone());
            bytes.chunks(size).for_each(|piece| framing.feed(piece));
            (0..n).map(|_| problems.of_next()).collect::<Vec<_>>()
        };
        let whole = in_pieces(bytes.len());
        for size in 1..bytes.len().min(40) {
            assert_eq!(in_pieces(size), whole, "in pieces of {size}: {:?}", String::from_utf8_lossy(bytes));
        }
        whole
    }

    #[test]
    fn a_problem_is_found_in_whichever_request_has_it() {
        let good = "POST / HTTP/1.1\r\nHost: x\r\n";
        for before in [
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
            "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
            format!("{good}Content-Length: 0\r\n\r\n"),
            format!("{good}content-LENGTH:\t 7 \r\n\r\na\nb\n\nc\n"),
            format!("{good}Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"),
            format!(
                "{good}Transfer-Encoding: chunked\r\n\r\n3;a=b\r\n\n\n\n\r\n0A \r\n0123456789\r\n000\r\nA: b\r\n\r\n"
            ),
            format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "q".repeat(2 * LINE_BYTES)),
        ] {
            let after = |bad: &str| format!("{before}{bad}GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
            assert_eq!(problems(after("").as_bytes(), 3), [None; 3], "{before:?}");
            let lf = "GET / HTTP/1.1\nHost: x\r\n\r\n";
            assert!(matches!(problems(after(lf).as_bytes(), 3)[..], [None, Some(_), None]), "{before:?}");
        }
    }

    #[test]
    fn what_two_readers_could_understand_differently_is_a_problem() {
        for (headers, good) in [
            ("Content-Length: 1\r\n", true),
            ("Content-Length: 1\r\nContent-Length: 1\r\n", false),
            ("Content-Length: 1\r\nContent-Length: 2\r\n", false),
            ("Content-Length: 1, 1\r\n", false),
            ("Content-Length: +1\r\n", false),
            ("Content-Length: 0x1\r\n", false),
            ("Content-Length:\r\n", false),
            ("Content-Length: 18446744073709551616\r\n", false),
            ("Transfer-Encoding: chunked\r\n", true),
            ("Transfer-Encoding: chunked, chunked\r\n", false),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", false),
            ("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", false),
            ("Transfer-Encoding: gzip, chunked\r\n", false),
            ("Transfer-Encoding: chunked;a=b\r\n", false),
            ("Transfer-Encoding:\r\n", false),
            ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", false),
            ("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", false),
            ("Content-Length: 1\r\nTransfer-Encoding: identity\r\n", false),
            ("A: b\n", false),
            ("A: b\r\n\n", false),
            (&format!("Transfer-Encoding: chunked{}\r\n", " ".repeat(LINE_BYTES)), false),
            (&format!("A: {}\r\n", "b".repeat(2 * LINE_BYTES)), true),
            (&format!("A: {}\n", "b".repeat(2 * LINE_BYTES)), false),
        ] {
            let request = format!("POST / HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
            assert_eq!(problems(request.as_bytes(), 1) == [None], good, "{headers:?}");
        }
    }
}
