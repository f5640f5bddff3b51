//! `convoke kaizala pin` and `token`.

use super::Connector;
use crate::CommandError;
use crate::session::Session;
use clap::Subcommand;
use convoke_client::kaizala;
use convoke_wire::Nothing;
use convoke_wire::kaizala::{PinLogin, PinRequest, PostGeneratePin, PostLogin};

#[derive(Subcommand)]
pub enum Pin {
    /// Send a PIN to a phone
    Send {
        /// Its number, with a plus and the country code
        #[arg(value_name = "+E164")]
        phone: String,
    },
    /// Exchange a PIN for a refresh token
    Login {
        /// The number that the PIN was sent to
        #[arg(value_name = "+E164")]
        phone: String,
        /// The PIN
        pin: String,
    },
}

impl Pin {
    pub async fn run(self, connector: &Connector) -> Result<(), CommandError> {
        let session = Session::new(connector.nobody()?, connector.server.output.screen()?);
        match self {
            Pin::Send { phone } => {
                let application_id = super::given(&connector.application_id, "CONVOKE_APPLICATION_ID")?;
                let body = PinRequest {
                    mobile_number: Some(phone),
                    application_id: Some(application_id.to_owned()),
                    application_secret: connector.application_secret.clone().filter(|secret| !secret.is_empty()),
                };
                session.show::<PostGeneratePin>(&Nothing {}, &Nothing {}, Some(&body)).await
            }
            Pin::Login { phone, pin } => {
                let (id, secret) = connector.application()?;
                let body = PinLogin {
                    mobile_number: Some(phone),
                    application_id: Some(id.to_owned()),
                    pin: Some(pin),
                    application_secret: Some(secret.to_owned()),
                };
                session.show::<PostLogin>(&Nothing {}, &Nothing {}, Some(&body)).await
            }
        }
    }
}

/// Exchanges the refresh token for an access token, and prints it.
pub async fn show_token(connector: &Connector) -> Result<(), CommandError> {
    let (client, screen) = (connector.nobody()?, connector.server.output.screen()?);
    let (id, secret) = connector.application()?;
    let reply = kaizala::Groups::new(&client).get_access_token(id, secret, connector.refresh_token()?).await?;
    Session::new(client, screen).show_value(&reply)
}
