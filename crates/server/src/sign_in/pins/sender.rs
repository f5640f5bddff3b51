//! What takes PINs to phones: the log, or a file that another program reads.

use crate::http::refusal::{Cause, Refusal};
use convoke_core::{ClientId, Phone, Timestamp};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What takes PINs to phones. The server itself sends nothing anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PinSender {
    /// The log: for development. Who reads it can sign in as anyone.
    #[default]
    Log,
    /// A file, one line of JSON for each PIN, for a program that takes it from there.
    File(PathBuf),
    /// Nothing: nobody signs in by a PIN.
    Nobody,
}

impl PinSender {
    /// Makes sure that PINs can be sent.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(crate) fn check(&self) -> std::io::Result<()> {
        match self {
            PinSender::File(path) => append(path, ""),
            PinSender::Log | PinSender::Nobody => Ok(()),
        }
    }

    pub(super) fn send(&self, connector: &ClientId, phone: Phone, pin: u32, at: Timestamp) -> Result<(), Refusal> {
        match self {
            PinSender::Nobody => {}
            PinSender::Log => {
                tracing::info!(mobile_number = %phone, pin, application_id = %connector, "a PIN to sign in with")
            }
            PinSender::File(path) => {
                let line = serde_json::json!({
                    "mobileNumber": phone.to_string(), "pin": pin, "applicationId": connector.to_string(), "sentAt": at.0,
                });
                append(path, &format!("{line}\n")).map_err(|error| {
                    Cause::new(format_args!("a PIN could not be written to {}: {error}", path.display()))
                })?;
            }
        }
        Ok(())
    }
}

/// Appends to a file that, where it is made, is its owner's alone.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(line.as_bytes())
}
