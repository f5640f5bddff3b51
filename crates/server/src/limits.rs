//! All limits of requests and connections. Limits of values are in `convoke_core::limits`.

// Limits that the API documents contain as well.
pub(crate) use convoke_wire::limits::{MEMBER_IDS, PAGE_NUMBER, PAGE_SIZE, SUBSCRIBERS};
use std::num::NonZero;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Bytes in the body of a request.
pub(crate) const BODY_BYTES: usize = 1024 * 1024;
/// One organisation, or one address that signs in, may use one part in this many of each budget below.
pub(crate) const BUDGET_PARTS: usize = 4;
/// Bytes of all request bodies that the server holds for callers with a token. A request that would exceed them is
/// refused, and may be retried. One organisation may use a part of them ([`BUDGET_PARTS`]).
pub(crate) const BODIES_BYTES: usize = 64 * BODY_BYTES;
/// The same for requests to sign in. One address may use a part of them: 512 bodies of the maximum length.
pub(crate) const SIGN_IN_BODIES_BYTES: usize = CONNECTIONS.get() / 2 * SIGN_IN_BYTES;
/// The minimum rate of a request body, in bytes per second on average after [`BODY_GRACE`].
pub(crate) const BODY_RATE: usize = 1024;
/// How long a body may be slower than that.
pub(crate) const BODY_GRACE: Duration = Duration::from_secs(5);
/// Bytes of all responses that their peers have not read yet. A read whose response would exceed them is refused, and
/// may be retried. One organisation may use a part of them ([`BUDGET_PARTS`]).
pub(crate) const RESPONSES_BYTES: usize = 128 * 1024 * 1024;
/// A response of at most this many bytes is not counted in [`RESPONSES_BYTES`].
pub(crate) const SMALL_RESPONSE_BYTES: usize = 64 * 1024;
/// Bytes of a response that is rendered in pieces: a piece is rendered when the one before it has been sent.
pub(crate) const RESPONSE_PIECE_BYTES: usize = 16 * 1024;
/// Bytes beyond the limit of a body that are read and discarded, so that the refusal reaches the sender.
pub(crate) const DISCARDED_BYTES: usize = 1024 * 1024;
/// How long discarding them may take.
pub(crate) const DISCARD_TIME: Duration = Duration::from_millis(50);
/// Entries on one page of the Genesys Cloud API by default.
pub(crate) const PAGE_SIZE_DEFAULT: i64 = 25;
/// Ids in one bulk fetch by `id` or `jabberId` of that API.
pub(crate) const FETCH_IDS: usize = 100;
/// Levels of arrays and objects in a JSON body.
pub(crate) const JSON_DEPTH: usize = 64;
/// Bytes in the head of a request (request line and headers) before it is parsed. One read of the socket may exceed
/// this. A `q64` of [`Q64_BYTES`] must fit.
pub(crate) const HEAD_BYTES: usize = 48 * 1024;
/// Headers of a request.
pub(crate) const HEADERS: usize = 100;
/// How long the head of a request may take from its first byte.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long the body of a request may take.
pub(crate) const BODY_TIME: Duration = Duration::from_secs(30);
/// How long a connection may be without a request.
pub(crate) const IDLE_TIME: Duration = Duration::from_secs(60);
/// How long a TLS handshake may take.
pub(crate) const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// How long requests in flight may take to finish once the server is told to stop.
pub(crate) const DRAIN_TIME: Duration = Duration::from_secs(10);
/// The same for the listeners of `/health` and `/metrics`, which stop after the main one.
pub(crate) const SIDE_DRAIN_TIME: Duration = Duration::from_secs(1);
/// The default limit of concurrent connections. When it is reached, the connection that has been idle longest is closed
/// for a new one.
pub(crate) const CONNECTIONS: NonZero<usize> = NonZero::new(4096).expect("it is not zero");
/// Concurrent connections on the additional listener for `/health`, and on the one for `/metrics`.
pub(crate) const SIDE_CONNECTIONS: usize = 64;
/// The interval at which a new connection looks for an idle one to replace, when all places are taken.
pub(crate) const PLACE_TICK: Duration = Duration::from_millis(50);
/// The minimum interval between log lines about a refusal that a stranger can repeat at will.
pub(crate) const LOG_EVERY: Duration = Duration::from_secs(10);
/// Bytes per second that the peer of a connection must read of a response, on average over [`READ_TIME`].
pub(crate) const READ_RATE: usize = 4 * 1024;
/// How long the peer of a connection may read nothing of a response.
pub(crate) const READ_TIME: Duration = Duration::from_secs(30);
/// Bytes of a connection that the kernel buffers before they can be sent. It reports room again when half of them are
/// sent, which must take less than [`READ_TIME`] at [`READ_RATE`].
pub(crate) const UNSENT_BYTES: u32 = 64 * 1024;
/// Commands of one organisation that wait for its writer. Further ones are refused, and may be retried.
pub(crate) const QUEUE: usize = 4096;
/// Commands in one commit. With large commits an import waits for the disk less often. Commands of others wait for at
/// most one of them.
pub(crate) const BATCH: usize = 1024;
/// Rows of one import that wait for their result. As many again may wait to be sent.
pub(crate) const ROWS: usize = BATCH;
/// Bytes in a row of an import.
pub(crate) const ROW_BYTES: usize = 256 * 1024;
/// Bytes of the waiting rows of one import. An import counts as a body of this length.
pub(crate) const IMPORT_BYTES: usize = 4 * ROW_BYTES;
/// Rebuilds of a directory take at most one part in this many of the time.
pub(crate) const REBUILD_PART: u32 = 10;
/// Characters in an idempotency key.
pub(crate) const OPERATION_KEY_CHARS: usize = 255;
/// How long an idempotency key is kept.
pub(crate) const OPERATION_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How many times a batch is decided if other writers of the organisation commit first. A writer that was behind or lost
/// a race holds the turn from then on, so the second attempt is the last.
pub(crate) const COMMIT_ATTEMPTS: usize = 2;
/// How often a store that several servers share is asked what the others did.
pub(crate) const FOLLOW_TIME: Duration = Duration::from_millis(250);
/// The minimum interval between two such questions, when there are hints.
pub(crate) const HINT_TIME: Duration = Duration::from_millis(10);
/// How long a request waits for a state that its caller has seen elsewhere (`Convoke-Min-Seq`).
pub(crate) const FRESH_TIME: Duration = Duration::from_secs(2);
/// How old a directory may be before the server is not ready, unless its operator says otherwise.
pub const STALE_TIME: Duration = Duration::from_secs(30);
/// The size of a store up to which it is checked for damage before anything is served: that takes some tenths of a
/// second. A larger one is checked beside the requests.
pub(crate) const CHECKED_FIRST_BYTES: u64 = 32 * 1024 * 1024;
/// How often expired tokens and old operations are deleted.
pub(crate) const SWEEP_TIME: Duration = Duration::from_secs(10 * 60);
/// Concurrent checks of chosen secrets for addresses without recent failures. For the cost of one, see
/// [`crate::secret::Cost`].
pub(crate) const CLEAN_SIGN_INS: usize = 3;
/// The same for addresses with recent failures.
pub(crate) const SUSPECT_SIGN_INS: usize = 1;
/// Sign-ins with chosen secrets that wait for their check in each of the two lanes; further ones get a 503.
pub(crate) const SIGN_IN_QUEUE: usize = 256;
/// Wrong secrets of one client id that one address may send in [`GUESS_WINDOW`]. A client id alone has no limit,
/// because a stranger could lock out its owner.
pub(crate) const GUESSES: u32 = 10;
/// Unknown tokens that one address may send in [`GUESS_WINDOW`]. Several clients behind one address may each have a
/// token that has just been revoked, so the delay does not grow, and the count is separate.
pub(crate) const TOKEN_GUESSES: u32 = 15;
/// Wrong secrets that one address may send in total in [`GUESS_WINDOW`].
pub(crate) const GUESSES_OF_ADDRESS: u32 = 50;
/// The window in which failures are counted, and the first delay after too many of them.
pub(crate) const GUESS_WINDOW: Duration = Duration::from_secs(60);
/// The longest delay. Each failure after a delay doubles it.
pub(crate) const GUESS_DELAY_MOST: Duration = Duration::from_secs(15 * 60);
/// Entries in the table of failures: one for each address, and one for each client id that it tried. The table
/// takes some 10 MB.
pub(crate) const GUESS_ENTRIES: usize = 65_536;
/// Failures in [`GUESS_WINDOW`] of all addresses together for which the table has no room.
pub(crate) const GUESSES_OF_OTHERS: u32 = 1_000;
/// The minimum interval between two sweeps of a full table.
pub(crate) const GUESS_SWEEP: Duration = Duration::from_secs(1);
/// Log lines in a minute, for each of these separately: refusals of unknown secrets and tokens, refusals of known ones,
/// rejected requests, failed requests, panics, and connections that could not be accepted. Of further lines only the
/// number is logged.
pub const LOG_LINES: u32 = 300;
/// The window in which log lines are counted. A known token that is refused repeatedly has one line in it.
pub(crate) const LOG_WINDOW: Duration = Duration::from_secs(60);
/// Characters of a client id in a log line.
pub(crate) const LOGGED_ID_CHARS: usize = 64;
/// Characters of an unknown client id in a log line. It may be a secret in the wrong place.
pub(crate) const LOGGED_UNKNOWN_ID_CHARS: usize = 8;
/// How long an access token of a connector is valid.
pub(crate) const ACCESS_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a refresh token is valid.
pub(crate) const REFRESH_TIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// A new refresh token is issued when no more than this is left of the old one's lifetime: a tenth.
pub(crate) const REFRESH_REST: Duration = Duration::from_secs(365 * 24 * 60 * 60 / 10);
/// Bytes in the body of a request to sign in.
pub(crate) const SIGN_IN_BYTES: usize = 16 * 1024;
/// How long a PIN is valid, and the window in which PINs and wrong PINs are counted.
pub(crate) const PIN_TIME: Duration = Duration::from_secs(10 * 60);
/// PINs that one address may have sent to one number by one connector in [`PIN_TIME`].
pub(crate) const PINS_SENT: usize = 5;
/// PINs that all addresses together may have sent to one number by one connector in [`PIN_TIME`].
pub(crate) const PINS_SENT_OF_NUMBER: usize = 10;
/// Numbers for which one address may have valid PINs, without a connector's secret.
pub(crate) const PIN_NUMBERS_OF_ADDRESS: usize = 20;
/// The same with the secret, because the address may be that of a program that signs people in.
pub(crate) const PIN_NUMBERS_OF_APPLICATION: usize = 1_000;
/// PINs that are kept at one time. Beyond that, the address with the most numbers loses one of them.
pub(crate) const PINS: usize = 16_384;
/// Wrong PINs of one number that one address may send in [`PIN_TIME`].
pub(crate) const PINS_WRONG: usize = 5;
/// Wrong PINs of one number in [`PIN_TIME`].
pub(crate) const PINS_WRONG_OF_NUMBER: usize = 20;
/// Wrong PINs that one address may send in [`PIN_TIME`].
pub(crate) const PINS_WRONG_OF_ADDRESS: u32 = 100;
/// Wrong PINs of one connector in [`PIN_TIME`] after which an address has only one try for each number, and a number
/// only [`PINS_WRONG`].
pub(crate) const PINS_WRONG_OF_ALL: u32 = 100;
/// The default number of people that one connector may create in one day (UTC).
pub const CONNECTOR_PEOPLE_PER_DAY: u32 = 1_000;
/// The allowed intervals of scheduled backups: from a minute to a year.
pub const BACKUP_EVERY: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(366 * 24 * 60 * 60);
/// The time after which a failed scheduled backup is retried, unless the next one is due earlier.
pub(crate) const BACKUP_RETRY: Duration = Duration::from_secs(60 * 60);
/// Characters in a `q64`.
pub(crate) const Q64_BYTES: usize = 32 * 1024;
/// Bytes that a `q64` may inflate to.
pub(crate) const Q64_INFLATED_BYTES: usize = 256 * 1024;
/// How many compiled patterns of searches are kept, and how many bytes they may take together.
pub(crate) const PATTERNS_KEPT: usize = 64;
pub(crate) const PATTERNS_KEPT_BYTES: usize = 16 * 1024 * 1024;
/// The greatest estimated duration, in nanoseconds, of a search that runs at once. Longer ones run elsewhere, so that
/// they do not delay the requests that take microseconds.
pub(crate) const INLINE_WORK: usize = 1_000_000;
/// How long a search or another long read may take after it has been parsed, including the wait for its turn.
pub(crate) const LONG_TIME: Duration = Duration::from_secs(10);
/// Long requests of one caller that wait for their turn. Further ones are refused, and may be retried.
pub(crate) const LONG_WAITING: usize = 64;
/// Seconds after which a client may retry a request that took too long, or that another long request prevented.
pub(crate) const LONG_RETRY_SECONDS: u32 = 10;
/// Cores for each concurrent read whose duration is limited only by the directory's size. Half of the cores stay free
/// for other requests.
pub(crate) const CORES_OF_LONG_READ: usize = 2;
/// The window in which requests are counted where no rate limit is set.
pub(crate) const RATE_WINDOW_SECONDS: u32 = 60;
/// Seconds after which a client may retry when the server cannot handle more requests.
pub(crate) const RETRY_SECONDS: u32 = 1;
