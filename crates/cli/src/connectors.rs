//! `convoke connectors`.

use crate::CommandError;
use crate::consent::{Ask, Consent, PlannedChange};
use crate::listing::Paging;
use crate::names::{connector_id, group_id};
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

/// The name, marked if the connector is an administrator's.
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
        /// By id or name
        application_id: String,
    },
    /// Create a connector, and its first refresh token
    Create(Create),
    /// Revoke all tokens of a connector, and create a new refresh token
    Regenerate {
        /// By id or name
        application_id: String,
    },
    /// Delete a connector and its tokens
    Delete {
        /// By id or name
        application_id: String,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Args)]
pub struct Create {
    /// Its name
    #[arg(long)]
    name: String,
    /// The number of the person that it acts for, with a plus and the country code; a person is created if nobody has
    /// it
    #[arg(long, value_name = "+E164")]
    phone: String,
    /// The group that confines it, by id or name
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Let its person manage all official groups
    #[arg(long)]
    administrator: bool,
}

impl Connectors {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        let path = async |named: String| {
            Ok::<_, CommandError>(ConnectorPath { application_id: connector_id(session, &named).await? })
        };
        match self {
            Connectors::List(paging) => {
                let query = |page_size, page_number| PageQuery { page_size, page_number };
                session.list::<GetConnectors, _>(&COLUMNS, &paging, &Nothing {}, query).await
            }
            Connectors::Get { application_id } => {
                session.show::<GetConnector>(&path(application_id).await?, &Nothing {}, None).await
            }
            Connectors::Create(Create { name, phone, group, administrator }) => {
                let (name, phone, administrator) = (Some(name), Some(phone), Some(administrator));
                let group_id = match group {
                    Some(group) => Some(group_id(session, &group).await?),
                    None => None,
                };
                let body = ConnectorCreate { name, phone, group_id, administrator };
                session.show::<PostConnectors>(&Nothing {}, &Nothing {}, Some(&body)).await
            }
            Connectors::Regenerate { application_id } => {
                session.show::<PostConnectorRefreshtoken>(&path(application_id).await?, &Nothing {}, None).await
            }
            Connectors::Delete { application_id, consent } => {
                let path = path(application_id).await?;
                let connector = session.call::<GetConnector>(&path, &Nothing {}, None).await?;
                let what = format!("the connector {} ({})", connector.name, connector.application_id);
                let planned =
                    PlannedChange { verb: ("delete", "deleted"), what, consequence: "its tokens end".to_owned() };
                consent.call::<DeleteConnector>(session, &planned, Ask::Person, &path, None).await
            }
        }
    }
}
