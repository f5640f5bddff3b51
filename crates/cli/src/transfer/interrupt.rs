//! Signals that interrupt a transfer.

use crate::CommandError;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Shells add this to the number of a signal to get an exit code.
const SIGNALLED: u8 = 128;

/// The signals that interrupt a transfer. While this exists, they do not end the process.
pub struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupt {
    /// Starts to listen for signals.
    pub fn new() -> Result<Self, CommandError> {
        let listen = |kind| signal(kind).map_err(|error| CommandError::refused(format!("signals: {error}")));
        Ok(Interrupt { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Waits for the next signal. Returns its exit code.
    pub async fn next(&mut self) -> u8 {
        let kind = tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.terminate.recv() => SignalKind::terminate(),
        };
        u8::try_from(kind.as_raw_value()).map_or(SIGNALLED, |number| SIGNALLED + number)
    }
}
