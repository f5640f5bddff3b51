//! `convoke health`: a health check for systems that have no other way to ask a server, such as containers.

use crate::CommandError;
use crate::connection::Server;
use crate::output::{print, visible};
use clap::Args;
use convoke_client::{Client, Error};
use convoke_wire::Nothing;
use convoke_wire::health::GetReadiness;
use std::time::Duration;

/// The timeout for the server's reply.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Args)]
pub struct Health {
    #[command(flatten)]
    server: Server,
}

impl Health {
    /// Succeeds if the server is ready.
    pub async fn run(self) -> Result<(), CommandError> {
        let json = self.server.output.is_json()?;
        let config = self.server.config()?.timeout(PATIENCE).connect_timeout(PATIENCE).retries(0);
        let client = Client::new(config).map_err(CommandError::usage)?;
        match client.call_raw::<GetReadiness>(&Nothing {}, &Nothing {}, None).await {
            Ok(answer) if json => print(&answer.text()),
            Ok(_) => print("ready"),
            Err(Error::Unexpected(reply)) => {
                let said = String::from_utf8_lossy(&reply.bytes);
                Err(CommandError::refused(format!("the server is not ready: {}", visible(&said))))
            }
            Err(error) => Err(error.into()),
        }
    }
}
