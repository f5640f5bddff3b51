//! `convoke org`.

use crate::CommandError;
use crate::session::Session;
use clap::Subcommand;
use convoke_wire::Nothing;
use convoke_wire::genesys::{GetAuthorizationProducts, GetOrganizationsMe};
use convoke_wire::operator::{OrganisationCreate, PostOrganisations};

#[derive(Subcommand)]
pub enum Org {
    /// Show the organisation of the caller
    Show,
    /// List the products that the organisation has
    Products,
    /// Create another organisation, with a client that has all permissions
    Create {
        /// Its name, unique on the server
        name: String,
    },
}

impl Org {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        match self {
            Org::Show => session.show::<GetOrganizationsMe>(&Nothing {}, &Nothing {}, None).await,
            Org::Products => session.show::<GetAuthorizationProducts>(&Nothing {}, &Nothing {}, None).await,
            Org::Create { name } => {
                let body = OrganisationCreate { name: Some(name) };
                session.show::<PostOrganisations>(&Nothing {}, &Nothing {}, Some(&body)).await
            }
        }
    }
}
