//! Every bound on requests and connections, by name. Bounds on values are in `convoke_core::limits`.

use std::time::Duration;

/// Bytes in the body of a request.
pub(crate) const BODY_BYTES: usize = 1024 * 1024;
/// Bytes beyond those that are read and thrown away, so that the refusal reaches who sends them.
pub(crate) const DISCARDED_BYTES: usize = 1024 * 1024;
/// How long throwing them away may take.
pub(crate) const DISCARD_TIME: Duration = Duration::from_millis(50);
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
/// Connections at one time; further ones wait to be accepted.
pub(crate) const CONNECTIONS: usize = 4096;
/// Commands of one organisation that wait for its writer; further ones are told to come back.
pub(crate) const QUEUE: usize = 4096;
/// Commands that one commit takes. Larger ones spare an import a wait for the disk each; what others ask
/// meanwhile waits for one of them at the most.
pub(crate) const BATCH: usize = 1024;
/// Rows of one import that wait to be answered; as many again are being answered.
pub(crate) const ROWS: usize = BATCH;
/// Bytes in a row of an import.
pub(crate) const ROW_BYTES: usize = 256 * 1024;
/// A directory is built anew no more than one part in so many of the time.
pub(crate) const REBUILD_PART: u32 = 10;
/// Characters in an idempotency key.
pub(crate) const OPERATION_KEY_CHARS: usize = 255;
/// How long an idempotency key is kept.
pub(crate) const OPERATION_TIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How often ended tokens and old operations are swept away.
pub(crate) const SWEEP_TIME: Duration = Duration::from_secs(10 * 60);
/// Sign-ins whose secrets are checked at one time: each takes 19 MiB and some 20 ms of a core.
pub(crate) const SIGN_INS: usize = 4;
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
/// PINs that are sent to one number by one connector in [`PIN_TIME`].
pub(crate) const PINS_SENT: u32 = 5;
/// Wrong PINs of one number in [`PIN_TIME`].
pub(crate) const PINS_WRONG: u32 = 5;
/// Wrong PINs that one connector brings in [`PIN_TIME`].
pub(crate) const PINS_WRONG_OF_ALL: u32 = 100;
/// Numbers to which one connector has PINs sent in [`PIN_TIME`].
pub(crate) const PINS: usize = 1_000;
/// Characters in a `q64`.
pub(crate) const Q64_BYTES: usize = 32 * 1024;
/// Bytes that a `q64` may inflate to.
pub(crate) const Q64_INFLATED_BYTES: usize = 256 * 1024;
/// Comparisons of a search that is answered at once; one of more goes aside.
pub(crate) const INLINE_WORK: usize = 50_000;
/// Cores for each read that has no bound but the directory's size: half of them are for the others.
pub(crate) const CORES_OF_LONG_READ: usize = 2;
/// The window in which requests are counted where no rate limit is set.
pub(crate) const RATE_WINDOW_SECONDS: u32 = 60;
/// Seconds after which a client is told to come back when the server cannot take more.
pub(crate) const RETRY_SECONDS: u32 = 1;
