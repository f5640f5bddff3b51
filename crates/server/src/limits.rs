//! Every bound on requests and connections, by name. Bounds on values are in `convoke_core::limits`.

// The bounds of requests that the documents name as well.
pub(crate) use convoke_wire::limits::{MEMBER_IDS, PAGE_NUMBER, PAGE_SIZE, SUBSCRIBERS};
use std::num::NonZero;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Bytes in the body of a request.
pub(crate) const BODY_BYTES: usize = 1024 * 1024;
/// One organisation, or one address that signs in, may hold one part in so many of each budget below.
pub(crate) const BUDGET_PARTS: usize = 4;
/// Bytes of all bodies together that callers with a token have sent and the server holds. A request whose body
/// would need more is told to come back. One organisation has a part of it ([`BUDGET_PARTS`]).
pub(crate) const BODIES_BYTES: usize = 64 * BODY_BYTES;
/// The same for requests to sign in. One address has a part of it: 512 bodies of the greatest length.
pub(crate) const SIGN_IN_BODIES_BYTES: usize = CONNECTIONS.get() / 2 * SIGN_IN_BYTES;
/// Bytes per second that must come of a body, on average, after [`BODY_GRACE`].
pub(crate) const BODY_RATE: usize = 1024;
/// How long a body may come more slowly than that.
pub(crate) const BODY_GRACE: Duration = Duration::from_secs(5);
/// Bytes of all responses together that their peers have not read yet. A read whose response would need more is
/// told to come back. One organisation has a part of it ([`BUDGET_PARTS`]).
pub(crate) const RESPONSES_BYTES: usize = 128 * 1024 * 1024;
/// A response of no more bytes is not counted there.
pub(crate) const SMALL_RESPONSE_BYTES: usize = 64 * 1024;
/// Bytes of a response that is rendered in pieces: a piece is rendered when the one before it has been sent.
pub(crate) const RESPONSE_PIECE_BYTES: usize = 16 * 1024;
/// Bytes beyond those that are read and thrown away, so that the refusal reaches who sends them.
pub(crate) const DISCARDED_BYTES: usize = 1024 * 1024;
/// How long throwing them away may take.
pub(crate) const DISCARD_TIME: Duration = Duration::from_millis(50);
/// Entries on one page of the Genesys Cloud API by default.
pub(crate) const PAGE_SIZE_DEFAULT: i64 = 25;
/// Ids in one bulk fetch by `id` or `jabberId` of that API.
pub(crate) const FETCH_IDS: usize = 100;
/// Levels of arrays and objects in a JSON body.
pub(crate) const JSON_DEPTH: usize = 64;
/// Bytes in the head of a request, request line and headers, before they are looked at. What comes
/// with one read of the socket may be more. A `q64` of [`Q64_BYTES`] has to fit.
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
/// The same for the listeners of `/health` and `/metrics`, which stop when the main one has.
pub(crate) const SIDE_DRAIN_TIME: Duration = Duration::from_secs(1);
/// Connections at one time, where the operator says nothing else. When there are so many, the one that has been
/// idle longest is closed for a new one.
pub(crate) const CONNECTIONS: NonZero<usize> = NonZero::new(4096).expect("it is not zero");
/// Connections at one time on a listener of its own for `/health`, and on one for `/metrics`.
pub(crate) const SIDE_CONNECTIONS: usize = 64;
/// How often a new connection looks for an idle one to be closed for it, when all are busy.
pub(crate) const PLACE_TICK: Duration = Duration::from_millis(50);
/// How often the log says that something was refused that a stranger can repeat at will.
pub(crate) const LOG_EVERY: Duration = Duration::from_secs(10);
/// Bytes per second that the peer of a connection must read of a response, on average over [`READ_TIME`].
pub(crate) const READ_RATE: usize = 4 * 1024;
/// How long the peer of a connection may read nothing of a response.
pub(crate) const READ_TIME: Duration = Duration::from_secs(30);
/// Bytes of a connection that the kernel takes before they can be sent. It says that there is room again when
/// half of them are gone, which must take less than [`READ_TIME`] at [`READ_RATE`].
pub(crate) const UNSENT_BYTES: u32 = 64 * 1024;
/// Commands of one organisation that wait for its writer; further ones are told to come back.
pub(crate) const QUEUE: usize = 4096;
/// Commands that one commit takes. Larger ones spare an import a wait for the disk each; what others ask
/// meanwhile waits for one of them at the most.
pub(crate) const BATCH: usize = 1024;
/// Rows of one import that wait to be answered; as many again are being answered.
pub(crate) const ROWS: usize = BATCH;
/// Bytes in a row of an import.
pub(crate) const ROW_BYTES: usize = 256 * 1024;
/// Bytes of the rows of one import that wait to be answered. It counts as a body of so many bytes.
pub(crate) const IMPORT_BYTES: usize = 4 * ROW_BYTES;
/// A directory is built anew no more than one part in so many of the time.
pub(crate) const REBUILD_PART: u32 = 10;
/// Characters in an idempotency key.
pub(crate) const OPERATION_KEY_CHARS: usize = 255;
/// How long an idempotency key is kept.
pub(crate) const OPERATION_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How many times a batch is decided, if other writers of the organisation commit first. A writer that has lost once holds
/// the turn, so one attempt to look up operations, one lost race and one commit are enough.
pub(crate) const COMMIT_ATTEMPTS: usize = 3;
/// How often ended tokens and old operations are swept away.
pub(crate) const SWEEP_TIME: Duration = Duration::from_secs(10 * 60);
/// Chosen secrets that are checked at one time for addresses without failures of late; what each takes,
/// [`crate::secret::Cost`] says.
pub(crate) const CLEAN_SIGN_INS: usize = 3;
/// The same for addresses with failures of late.
pub(crate) const SUSPECT_SIGN_INS: usize = 1;
/// Sign-ins with chosen secrets that wait for their check in each of the two lanes; further ones get a 503.
pub(crate) const SIGN_IN_QUEUE: usize = 256;
/// Wrong secrets of one client id that one address may bring in [`GUESS_WINDOW`]. A client id alone has no limit:
/// a stranger could keep its owner out.
pub(crate) const GUESSES: u32 = 10;
/// Unknown tokens that one address may bring in [`GUESS_WINDOW`]. Several clients may be behind one address, each
/// with a token that has just been revoked: the delay does not grow, and the count is one apart.
pub(crate) const TOKEN_GUESSES: u32 = 15;
/// Wrong secrets that one address may bring in all in [`GUESS_WINDOW`].
pub(crate) const GUESSES_OF_ADDRESS: u32 = 50;
/// The time in which failures are counted, and the first delay of an address that had too many.
pub(crate) const GUESS_WINDOW: Duration = Duration::from_secs(60);
/// The longest delay. Each failure after a delay doubles it.
pub(crate) const GUESS_DELAY_MOST: Duration = Duration::from_secs(15 * 60);
/// Entries in the table of failures: one for each address, and one for each client id that it tried. The table
/// takes some 10 MB.
pub(crate) const GUESS_ENTRIES: usize = 65_536;
/// Failures in [`GUESS_WINDOW`] of all addresses together for which the table has no place.
pub(crate) const GUESSES_OF_OTHERS: u32 = 1_000;
/// How often a table that is full is searched for entries that are over.
pub(crate) const GUESS_SWEEP: Duration = Duration::from_secs(1);
/// Log lines in a minute about secrets and tokens of nobody that were refused, and about those of known bearers; about
/// requests that were turned away, and about those that failed; about panics, and about connections that could not be
/// accepted: so many of each. What is beyond is told as a number.
pub const LOG_LINES: u32 = 300;
/// The time in which log lines are counted. A known token that is refused again has one line in it.
pub(crate) const LOG_WINDOW: Duration = Duration::from_secs(60);
/// Characters of a client id in a log line.
pub(crate) const LOGGED_ID_CHARS: usize = 64;
/// Characters in a log line of a client id that nobody has. It may be a secret in the wrong place.
pub(crate) const LOGGED_UNKNOWN_ID_CHARS: usize = 8;
/// How long an access token of a connector is good.
pub(crate) const ACCESS_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a refresh token is good.
pub(crate) const REFRESH_TIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// When so much of its life is left, or less, a refresh token is followed by another: a tenth.
pub(crate) const REFRESH_REST: Duration = Duration::from_secs(365 * 24 * 60 * 60 / 10);
/// Bytes in the body of a request to sign in.
pub(crate) const SIGN_IN_BYTES: usize = 16 * 1024;
/// How long a PIN is good, and in what time PINs and wrong ones are counted.
pub(crate) const PIN_TIME: Duration = Duration::from_secs(10 * 60);
/// PINs that one address has sent to one number by one connector in [`PIN_TIME`].
pub(crate) const PINS_SENT: usize = 5;
/// PINs that all addresses together have sent to one number by one connector in [`PIN_TIME`].
pub(crate) const PINS_SENT_OF_NUMBER: usize = 10;
/// Numbers to which one address may have PINs sent that are still good, without a connector's secret.
pub(crate) const PIN_NUMBERS_OF_ADDRESS: usize = 20;
/// The same, with the secret: the address may be that of a program which signs people in.
pub(crate) const PIN_NUMBERS_OF_APPLICATION: usize = 1_000;
/// PINs that are kept at one time. Beyond it the address with the most numbers loses one of them.
pub(crate) const PINS: usize = 16_384;
/// Wrong PINs of one number that one address may bring in [`PIN_TIME`].
pub(crate) const PINS_WRONG: usize = 5;
/// Wrong PINs of one number in [`PIN_TIME`].
pub(crate) const PINS_WRONG_OF_NUMBER: usize = 20;
/// Wrong PINs that one address may bring in [`PIN_TIME`].
pub(crate) const PINS_WRONG_OF_ADDRESS: u32 = 100;
/// Wrong PINs of one connector in [`PIN_TIME`] after which an address has only one try for a number, and a number
/// only [`PINS_WRONG`].
pub(crate) const PINS_WRONG_OF_ALL: u32 = 100;
/// People that may be created through one connector in one day (UTC), where the operator says nothing else.
pub const CONNECTOR_PEOPLE_PER_DAY: u32 = 1_000;
/// How much time there may be from one scheduled backup to the next: from a minute to a year.
pub const BACKUP_EVERY: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(366 * 24 * 60 * 60);
/// After how much time a scheduled backup that failed is tried again, where the next one is not due before.
pub(crate) const BACKUP_RETRY: Duration = Duration::from_secs(60 * 60);
/// Characters in a `q64`.
pub(crate) const Q64_BYTES: usize = 32 * 1024;
/// Bytes that a `q64` may inflate to.
pub(crate) const Q64_INFLATED_BYTES: usize = 256 * 1024;
/// How many compiled patterns of searches are kept, and how many bytes they may take together.
pub(crate) const PATTERNS_KEPT: usize = 64;
pub(crate) const PATTERNS_KEPT_BYTES: usize = 16 * 1024 * 1024;
/// Nanoseconds, as estimated, of a search that is answered at once; a longer one goes aside, where it does not
/// hold up the requests that take microseconds.
pub(crate) const INLINE_WORK: usize = 1_000_000;
/// How long a search or another long read may take, the wait for its turn included, once it has been read.
pub(crate) const LONG_TIME: Duration = Duration::from_secs(10);
/// Long requests of one caller that wait for their turn; further ones are told to come back.
pub(crate) const LONG_WAITING: usize = 64;
/// Seconds after which a client may repeat a request that took too long, or that something long keeps out.
pub(crate) const LONG_RETRY_SECONDS: u32 = 10;
/// Cores for each read that has no bound but the directory's size: half of them are for the others.
pub(crate) const CORES_OF_LONG_READ: usize = 2;
/// The window in which requests are counted where no rate limit is set.
pub(crate) const RATE_WINDOW_SECONDS: u32 = 60;
/// Seconds after which a client is told to come back when the server cannot take more.
pub(crate) const RETRY_SECONDS: u32 = 1;
