//! Delivery of PINs: to the log, or to a file that another program reads.

use crate::http::refusal::{Cause, Refusal};
use convoke_core::{ClientId, Phone, Timestamp};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The delivery of PINs. The server itself sends no messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PinSender {
    /// To the log, for development. Anyone who reads the log can sign in as anyone.
    #[default]
    Log,
    /// To a file, one line of JSON for each PIN. Another program reads it and sends the messages.
    File(PathBuf),
    /// Not at all: nobody can sign in with a PIN.
    Nobody,
}

impl PinSender {
    /// Checks that PINs can be delivered.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
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

/// Appends to a file. A new file is accessible to its owner only.
fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(line.as_bytes())
}
