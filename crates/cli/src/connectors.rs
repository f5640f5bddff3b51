//! `convoke connectors`.

use crate::Trouble;
use crate::listing::Paging;
use crate::output::{Column, Columns};
use crate::session::Session;
use clap::{Args, Subcommand};
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use serde_json::Value;

const COLUMNS: Columns = Columns {
    what: "connectors",
    shown: &[
        Column::new("APPLICATION ID", "applicationId"),
        Column::with_text("NAME", "name", name),
        Column::new("PHONE", "mobileNumber"),
        Column::new("CONFINED TO", "groupId"),
    ],
};

/// The name, and whether it is of an administrator.
fn name(connector: &Value) -> String {
    let name = connector.get("name").and_then(Value::as_str).unwrap_or_default();
    let is_administrator = connector.get("administrator") == Some(&Value::Bool(true));
    if is_administrator { format!("{name} (administrator)") } else { name.to_owned() }
}

#[derive(Subcommand)]
pub enum Connectors {
    /// List connectors
    List(Paging),
    /// Show a connector
    Get {
        /// By id
        application_id: String,
    },
    /// Make a connector, and its first refresh token
    Create(Create),
    /// End all tokens of a connector, and make it a new refresh token
    Regenerate {
        /// By id
        application_id: String,
    },
    /// Delete a connector, and with it its tokens
    Delete {
        /// By id
        application_id: String,
    },
}

#[derive(Args)]
pub struct Create {
    /// Its name
    #[arg(long)]
    name: String,
    /// The number of the person that it stands for, with a plus and the country code; a person is made
    /// where nobody has it
    #[arg(long, value_name = "+E164")]
    phone: String,
    /// The group that confines it
    #[arg(long, value_name = "ID")]
    group: Option<String>,
    /// Let its person manage all official groups
    #[arg(long)]
    administrator: bool,
}

impl Connectors {
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        let path = |application_id| ConnectorPath { application_id };
        match self {
            Connectors::List(paging) => {
                let query = |page_size, page_number| PageQuery { page_size, page_number };
                session.list::<GetConnectors, _>(&COLUMNS, &paging, &Nothing {}, query).await
            }
            Connectors::Get { application_id } => {
                session.show::<GetConnector>(&path(application_id), &Nothing {}, None).await
            }
            Connectors::Create(Create { name, phone, group, administrator }) => {
                let (name, phone, administrator) = (Some(name), Some(phone), Some(administrator));
                let body = ConnectorCreate { name, phone, group_id: group, administrator };
                session.show::<PostConnectors>(&Nothing {}, &Nothing {}, Some(&body)).await
            }
            Connectors::Regenerate { application_id } => {
                session.show::<PostConnectorRefreshtoken>(&path(application_id), &Nothing {}, None).await
            }
            Connectors::Delete { application_id } => {
                session.show::<DeleteConnector>(&path(application_id), &Nothing {}, None).await
            }
        }
    }
}
