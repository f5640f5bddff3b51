//! Divisions, permissions and roles.

use crate::client::Client;
use crate::error::Error;
use crate::pages;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use futures_util::stream::BoxStream;

/// Divisions, permissions and roles.
///
/// Each method fails as [`Client::call`] does.
#[derive(Clone, Debug)]
pub struct AuthorizationApi {
    client: Client,
}

impl AuthorizationApi {
    /// Divisions, permissions and roles by this client.
    pub fn new(client: &Client) -> Self {
        AuthorizationApi { client: client.clone() }
    }

    /// The products that the organisation has.
    pub async fn get_authorization_products(&self) -> Result<OrganizationProductEntityListing, Error> {
        self.client.call::<GetAuthorizationProducts>(&Nothing {}, &Nothing {}, None).await
    }

    /// A page of divisions.
    pub async fn get_authorization_divisions(
        &self,
        opts: &DivisionsQuery,
    ) -> Result<EntityListing<AuthzDivision>, Error> {
        self.client.call::<GetAuthorizationDivisions>(&Nothing {}, opts, None).await
    }

    /// All divisions, starting at the page of `opts`.
    pub fn list_authorization_divisions(
        &self,
        opts: DivisionsQuery,
    ) -> BoxStream<'static, Result<AuthzDivision, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetAuthorizationDivisions, _>(&self.client, Nothing {}, page, move |number| DivisionsQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// The home division, which everything belongs to that is in no other.
    pub async fn get_authorization_divisions_home(&self) -> Result<AuthzDivision, Error> {
        self.client.call::<GetAuthorizationDivisionsHome>(&Nothing {}, &Nothing {}, None).await
    }

    /// A division by id.
    pub async fn get_authorization_division(&self, division_id: &str) -> Result<AuthzDivision, Error> {
        let path = DivisionPath { division_id: division_id.into() };
        self.client.call::<GetAuthorizationDivision>(&path, &Nothing {}, None).await
    }

    /// A page of the existing permissions.
    pub async fn get_authorization_permissions(
        &self,
        opts: &PageQuery,
    ) -> Result<EntityListing<DomainPermissionCollection>, Error> {
        self.client.call::<GetAuthorizationPermissions>(&Nothing {}, opts, None).await
    }

    /// All existing permissions, starting at the page of `opts`.
    pub fn list_authorization_permissions(
        &self,
        opts: PageQuery,
    ) -> BoxStream<'static, Result<DomainPermissionCollection, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetAuthorizationPermissions, _>(&self.client, Nothing {}, page, move |number| PageQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// A page of roles.
    pub async fn get_authorization_roles(
        &self,
        opts: &RolesQuery,
    ) -> Result<EntityListing<DomainOrganizationRole>, Error> {
        self.client.call::<GetAuthorizationRoles>(&Nothing {}, opts, None).await
    }

    /// All roles, starting at the page of `opts`.
    pub fn list_authorization_roles(
        &self,
        opts: RolesQuery,
    ) -> BoxStream<'static, Result<DomainOrganizationRole, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetAuthorizationRoles, _>(&self.client, Nothing {}, page, move |number| RolesQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// A role by id.
    pub async fn get_authorization_role(&self, role_id: &str) -> Result<DomainOrganizationRole, Error> {
        let path = RolePath { role_id: role_id.into() };
        self.client.call::<GetAuthorizationRole>(&path, &Nothing {}, None).await
    }
}
