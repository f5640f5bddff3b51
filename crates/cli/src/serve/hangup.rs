//! SIGHUP: reloads the files of the certificate.

use convoke_server::{Reloaded, Running};
use std::io::{IsTerminal, stderr, stdin, stdout};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A stream of the SIGHUPs since its creation.
pub struct Hangups {
    signals: Signal,
    had_terminal: bool,
}

impl Hangups {
    pub fn new() -> std::io::Result<Self> {
        Ok(Hangups { signals: signal(SignalKind::hangup())?, had_terminal: has_terminal() })
    }

    /// Reads certificate and key again on each SIGHUP. Returns when the signal comes from the closing of the terminal
    /// that started the server: then the server ends, as other programs do.
    pub async fn serve(&mut self, running: &Running) {
        loop {
            self.signals.recv().await;
            if self.had_terminal && !has_terminal() {
                return;
            }
            reload(running);
        }
    }
}

fn has_terminal() -> bool {
    stdin().is_terminal() || stdout().is_terminal() || stderr().is_terminal()
}

fn reload(running: &Running) {
    match running.reload_certificate() {
        Ok(Reloaded::Certificate(file)) => tracing::info!(
            certificate = %file.display(),
            "certificate and key were read again: connections that come from now on get them"
        ),
        Ok(Reloaded::Nothing) => {
            tracing::info!("there is nothing to read again: certificate and key are not in files")
        }
        Err(error) => {
            tracing::error!(%error, "certificate and key cannot be used; the old certificate stays in use")
        }
    }
}
