//! `convoke roles`, `divisions` and `permissions`: what others may be given.

use crate::Trouble;
use crate::connection::Connection;
use crate::listing::{Columns, Paging};
use crate::names::role_id;
use crate::session::Session;
use clap::{Args, Subcommand};
use convoke_wire::Nothing;
use convoke_wire::genesys::*;

const ROLES: Columns<DomainOrganizationRole, 3> = Columns {
    what: "roles",
    header: ["ID", "NAME", "DESCRIPTION"],
    row: |role| [role.id, role.name, role.description],
};

const DIVISIONS: Columns<AuthzDivision, 4> = Columns {
    what: "divisions",
    header: ["ID", "NAME", "HOME", "DESCRIPTION"],
    row: |division| {
        let is_home = if division.home_division { "yes" } else { "no" };
        [division.id, division.name, is_home.to_owned(), division.description]
    },
};

const PERMISSIONS: Columns<DomainPermissionCollection, 2> = Columns {
    what: "permissions",
    header: ["DOMAIN", "PERMISSIONS"],
    row: |domain| {
        let entity = |(entity, permissions): (String, Vec<DomainPermission>)| {
            let actions: Vec<String> = permissions.into_iter().map(|permission| permission.action).collect();
            format!("{entity} ({})", actions.join(", "))
        };
        let entities: Vec<String> = domain.permission_map.into_iter().map(entity).collect();
        [domain.domain, entities.join(", ")]
    },
};

#[derive(Subcommand)]
pub enum Roles {
    /// List roles
    List {
        /// Only those with this in their names
        #[arg(long, value_name = "PART")]
        name: Option<String>,
        /// Only those that have one of these permissions
        #[arg(long, value_name = "PERMISSION")]
        permission: Vec<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show a role, and what its holders may do
    Get {
        /// By id or name
        role: String,
    },
}

#[derive(Subcommand)]
pub enum Divisions {
    /// List divisions
    List {
        /// Only those with this in their names
        #[arg(long, value_name = "PART")]
        name: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show a division
    Get {
        /// By id
        division: String,
    },
    /// Show the division of all who are put in no other
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
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        match self {
            Roles::List { name, permission, paging } => {
                let query = |page_size, page_number| RolesQuery {
                    page_size,
                    page_number,
                    name: name.clone(),
                    permission: permission.clone(),
                    ..Default::default()
                };
                session.list::<GetAuthorizationRoles, _, _>(&ROLES, &paging, &Nothing {}, query).await
            }
            Roles::Get { role } => {
                let path = RolePath { role_id: role_id(session, &role).await? };
                session.show::<GetAuthorizationRole>(&path, &Nothing {}, None).await
            }
        }
    }
}

impl Divisions {
    pub async fn run(self, session: &Session) -> Result<(), Trouble> {
        match self {
            Divisions::List { name, paging } => {
                let query = |page_size, page_number| DivisionsQuery {
                    page_size,
                    page_number,
                    name: name.clone(),
                    ..Default::default()
                };
                session.list::<GetAuthorizationDivisions, _, _>(&DIVISIONS, &paging, &Nothing {}, query).await
            }
            Divisions::Get { division } => {
                let path = DivisionPath { division_id: division };
                session.show::<GetAuthorizationDivision>(&path, &Nothing {}, None).await
            }
            Divisions::Home => session.show::<GetAuthorizationDivisionsHome>(&Nothing {}, &Nothing {}, None).await,
        }
    }
}

impl Permissions {
    pub async fn run(self) -> Result<(), Trouble> {
        let session = self.connection.session()?;
        let query = |page_size, page_number| PageQuery { page_size, page_number };
        session.list::<GetAuthorizationPermissions, _, _>(&PERMISSIONS, &self.paging, &Nothing {}, query).await
    }
}
