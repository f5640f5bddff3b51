//! Signals that ask a transfer to end.

use crate::Trouble;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What shells add to the number of a signal to have an exit code.
const SIGNALLED: u8 = 128;

/// The signals that ask a transfer to end. While this is there they end nothing by themselves.
pub struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupt {
    /// Takes in signals from now on.
    pub fn new() -> Result<Self, Trouble> {
        let listen = |kind| signal(kind).map_err(|error| Trouble::refused(format!("signals: {error}")));
        Ok(Interrupt { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Waits for the next one, and gives the exit code that says which it was.
    pub async fn next(&mut self) -> u8 {
        let kind = tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.terminate.recv() => SignalKind::terminate(),
        };
        u8::try_from(kind.as_raw_value()).map_or(SIGNALLED, |number| SIGNALLED + number)
    }
}
