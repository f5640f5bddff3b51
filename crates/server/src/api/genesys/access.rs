//! The organisation, its divisions, permissions and roles, and the token of the request.

use super::listing::paged_list;
use super::page::Page;
use crate::api::call::{Admitted, Call};
use crate::http::refusal::Refusal;
use crate::http::rendered::{Hex, Object};
use crate::http::response::ApiResponse;
use convoke_core::*;
use convoke_wire::Nothing;
use convoke_wire::genesys as wire;
use http::StatusCode;
use std::collections::BTreeMap;
use std::sync::Arc;
use tracing::Instrument;

const HOME: &str = "Home";
/// The path of a division, without its id.
const DIVISIONS: &str = "/api/v2/authorization/divisions/";
/// The only product. Programs that manage groups and people look for it.
const PRODUCT: &str = "directory";

pub(super) fn organization(call: &Call, _: Nothing, _: Nothing) -> Result<wire::Organization, Refusal> {
    Ok(organization_of(call))
}

pub(super) fn organization_of(call: &Call) -> wire::Organization {
    let organisation = call.view.organisation();
    wire::Organization {
        id: organisation.id.to_string(),
        name: organisation.name.as_str().into(),
        default_country_code: Some(call.country.to_string()),
        third_party_org_name: Some(organisation.id.0.simple().to_string()),
        domain: Some(format!("{}.convoke.invalid", organisation.id.0.simple())),
        version: 1,
        state: "active".into(),
        self_uri: "/api/v2/organizations/me".into(),
    }
}

pub(super) fn products(_: &Call, _: Nothing, _: Nothing) -> Result<wire::OrganizationProductEntityListing, Refusal> {
    let entities = vec![wire::DomainOrganizationProduct { id: PRODUCT.into() }];
    Ok(wire::OrganizationProductEntityListing { total: entities.len() as i64, entities })
}

/// Writes the home division, which is the only one.
pub(super) fn write_home(division: &mut Object<wire::Division>, organisation: &Organisation) {
    let mut hex = Hex::default();
    let id = hex.hyphenated(organisation.home.0);
    division.text("id", id).text("name", HOME).joined("selfUri", &[DIVISIONS, id]);
}

/// The home division.
pub(super) fn home_of(organisation: &Organisation) -> wire::Division {
    let id = organisation.home.to_string();
    wire::Division { name: HOME.into(), self_uri: format!("{DIVISIONS}{id}"), id }
}

fn home_division_of(organisation: &Organisation) -> wire::AuthzDivision {
    let wire::Division { id, name, self_uri } = home_of(organisation);
    wire::AuthzDivision {
        id,
        name,
        description: "Everyone who is in no other division".into(),
        home_division: true,
        self_uri,
    }
}

pub(super) fn divisions(
    call: &Call,
    _: Nothing,
    query: wire::DivisionsQuery,
) -> Result<wire::EntityListing<wire::AuthzDivision>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    let home = home_division_of(call.view.organisation());
    let asked = (query.id.is_empty() || query.id.contains(&home.id))
        && query.name.is_none_or(|name| fold(&home.name).contains(&fold(&name)));
    Ok(paged_list(call, page, asked.then_some(home).into_iter().collect(), |division| division))
}

pub(super) fn home_division(call: &Call, _: Nothing, _: Nothing) -> Result<wire::AuthzDivision, Refusal> {
    Ok(home_division_of(call.view.organisation()))
}

pub(super) fn division(call: &Call, path: wire::DivisionPath, _: Nothing) -> Result<wire::AuthzDivision, Refusal> {
    let home = home_division_of(call.view.organisation());
    if home.id == path.division_id { Ok(home) } else { Err(Fault::not_found(Kind::Division, path.division_id).into()) }
}

pub(super) fn permissions(
    call: &Call,
    _: Nothing,
    query: wire::PageQuery,
) -> Result<wire::EntityListing<wire::DomainPermissionCollection>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    let mut domains: BTreeMap<&str, BTreeMap<String, Vec<wire::DomainPermission>>> = BTreeMap::new();
    for permission in Permission::ALL {
        let (domain, entity, action) = parts(*permission);
        let entities = domains.entry(domain).or_default();
        entities.entry(entity.into()).or_default().push(wire::DomainPermission {
            domain: domain.into(),
            entity_type: entity.into(),
            action: action.into(),
            label: permission.name().into(),
            allows_conditions: false,
            division_aware: false,
        });
    }
    let collections: Vec<_> = domains.into_iter().collect();
    Ok(paged_list(call, page, collections, |(domain, permission_map)| wire::DomainPermissionCollection {
        domain: domain.into(),
        permission_map,
    }))
}

/// Domain, entity and action of a permission. For `admin`, each is `all`.
fn parts(permission: Permission) -> (&'static str, &'static str, &'static str) {
    let mut parts = permission.name().split(':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(domain), Some(entity), Some(action)) => (domain, entity, action),
        _ => (permission.name(), "*", "*"),
    }
}

pub(super) fn roles(
    call: &Call,
    _: Nothing,
    query: wire::RolesQuery,
) -> Result<wire::EntityListing<wire::DomainOrganizationRole>, Refusal> {
    let page = Page::new(query.page_size, query.page_number)?;
    let name = query.name.map(|name| fold(&name));
    let permission = |role: &Role, name: &String| {
        Permissions::named([name.as_str()]).is_some_and(|wanted| role.permissions.meets(wanted))
    };
    let asked = |role: &&Arc<Role>| {
        (query.id.is_empty() || query.id.contains(&role.id.to_string()))
            && name.as_ref().is_none_or(|name| role.name.key().contains(name.as_str()))
            && (query.permission.is_empty() || query.permission.iter().any(|name| permission(role, name)))
            && (query.default_role_id.is_empty()
                || query.default_role_id.iter().any(|id| id == role.default_id.as_str()))
    };
    let roles: Vec<_> = call.view.roles().into_iter().filter(asked).collect();
    Ok(paged_list(call, page, roles, |role| role_of(role)))
}

pub(super) fn role(call: &Call, path: wire::RolePath, _: Nothing) -> Result<wire::DomainOrganizationRole, Refusal> {
    let id = RoleId::parse(&path.role_id).ok_or_else(|| Fault::not_found(Kind::Role, &path.role_id))?;
    Ok(role_of(call.view.role(id)?))
}

fn role_of(role: &Role) -> wire::DomainOrganizationRole {
    let mut policies: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for permission in role.permissions.iter() {
        let (domain, entity, action) = parts(permission);
        policies.entry((domain, entity)).or_default().push(action.into());
    }
    let policy = |((domain, entity), action_set): ((&str, &str), Vec<String>)| wire::DomainPermissionPolicy {
        domain: domain.into(),
        entity_name: entity.into(),
        action_set,
        allow_conditions: false,
    };
    let id = role.id.to_string();
    wire::DomainOrganizationRole {
        name: role.name.as_str().into(),
        description: role.description.as_str().into(),
        default_role_id: Some(role.default_id.as_str().into()),
        permissions: role.permissions.iter().map(|permission| permission.name().into()).collect(),
        permission_policies: policies.into_iter().map(policy).collect(),
        default: true,
        base: false,
        self_uri: format!("/api/v2/authorization/roles/{id}"),
        id,
    }
}

pub(super) fn token(call: &Call, _: Nothing, _: Nothing) -> Result<wire::TokenInfo, Refusal> {
    let organisation = call.view.organisation();
    let client = call.view.client(&call.view.caller().client)?;
    let entity = wire::NamedEntity { id: organisation.id.to_string(), name: organisation.name.as_str().into() };
    Ok(wire::TokenInfo {
        organization: entity.clone(),
        home_organization: entity.clone(),
        oauth_client: wire::OrgOAuthClient {
            id: client.id.to_string(),
            name: client.name.as_str().into(),
            authorized_grant_type: super::clients::GRANT,
            organization: entity,
        },
    })
}

/// Revokes the token of the request. When the reply is sent, this server and the store have deleted it.
pub(super) async fn revoke(admitted: Admitted<wire::DeleteTokensMe>) -> Result<ApiResponse, Refusal> {
    let Admitted { site, asker, .. } = admitted;
    // The revocation is completed even if the caller disconnects.
    let revoking = tokio::spawn(
        async move { site.sessions.revoke(&asker.session.token.hash, &site.directories).await }.in_current_span(),
    );
    revoking.await??;
    Ok(ApiResponse::empty(StatusCode::OK))
}
