//! `convoke roles`, `divisions` and `permissions`.

use crate::CommandError;
use crate::connection::Connection;
use crate::listing::Paging;
use crate::names::{division_id, role_id};
use crate::output::{Column, Columns, cell, field};
use crate::session::Session;
use clap::{Args, Subcommand};
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use serde_json::Value;

const ROLES: Columns = Columns {
    what: "roles",
    shown: &[Column::new("ID", "id"), Column::new("NAME", "name"), Column::new("DESCRIPTION", "description")],
};

const DIVISIONS: Columns = Columns {
    what: "divisions",
    shown: &[
        Column::new("ID", "id"),
        Column::new("NAME", "name"),
        Column::new("HOME", "homeDivision"),
        Column::new("DESCRIPTION", "description"),
    ],
};

const PERMISSIONS: Columns = Columns {
    what: "permissions",
    shown: &[Column::new("DOMAIN", "domain"), Column::with_text("PERMISSIONS", "permissionMap", actions)],
};

/// The entities of a domain, with the actions on each.
fn actions(domain: &Value) -> String {
    let entities = domain.get("permissionMap").and_then(Value::as_object).into_iter().flatten();
    let entity = |(entity, permissions): (&String, &Value)| {
        let actions = field(permissions, "action").as_ref().map(cell).unwrap_or_default();
        format!("{entity} ({actions})")
    };
    entities.map(entity).collect::<Vec<_>>().join(", ")
}

#[derive(Subcommand)]
pub enum Roles {
    /// List roles
    List {
        /// Only those whose names contain this
        #[arg(long, value_name = "PART")]
        name: Option<String>,
        /// Only those that have one of these permissions
        #[arg(long, value_name = "PERMISSION")]
        permission: Vec<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show a role and its permissions
    Get {
        /// By id or name
        role: String,
    },
}

#[derive(Subcommand)]
pub enum Divisions {
    /// List divisions
    List {
        /// Only those whose names contain this
        #[arg(long, value_name = "PART")]
        name: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show a division
    Get {
        /// By id or name
        division: String,
    },
    /// Show the home division, which everything belongs to that is in no other
    Home,
}

#[derive(Args)]
pub struct Permissions {
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
}

impl Roles {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        match self {
            Roles::List { name, permission, paging } => {
                let query = |page_size, page_number| RolesQuery {
                    page_size,
                    page_number,
                    name: name.clone(),
                    permission: permission.clone(),
                    ..Default::default()
                };
                session.list::<GetAuthorizationRoles, _>(&ROLES, &paging, &Nothing {}, query).await
            }
            Roles::Get { role } => {
                let path = RolePath { role_id: role_id(session, &role).await? };
                session.show::<GetAuthorizationRole>(&path, &Nothing {}, None).await
            }
        }
    }
}

impl Divisions {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        match self {
            Divisions::List { name, paging } => {
                let query = |page_size, page_number| DivisionsQuery {
                    page_size,
                    page_number,
                    name: name.clone(),
                    ..Default::default()
                };
                session.list::<GetAuthorizationDivisions, _>(&DIVISIONS, &paging, &Nothing {}, query).await
            }
            Divisions::Get { division } => {
                let path = DivisionPath { division_id: division_id(session, &division).await? };
                session.show::<GetAuthorizationDivision>(&path, &Nothing {}, None).await
            }
            Divisions::Home => session.show::<GetAuthorizationDivisionsHome>(&Nothing {}, &Nothing {}, None).await,
        }
    }
}

impl Permissions {
    pub async fn run(self) -> Result<(), CommandError> {
        let session = self.connection.session()?;
        let query = |page_size, page_number| PageQuery { page_size, page_number };
        session.list::<GetAuthorizationPermissions, _>(&PERMISSIONS, &self.paging, &Nothing {}, query).await
    }
}
