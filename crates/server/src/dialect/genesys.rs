//! The Genesys Cloud dialect. This table is its table of contents.

mod access;
mod clients;
mod fault;
mod fields;
mod groups;
mod listing;
mod take;
mod time;
mod users;

use super::Routes;
use crate::site::Site;
use convoke_wire::genesys::*;
pub(crate) use fault::render;
use std::sync::Arc;

/// Every endpoint of the dialect.
pub(crate) fn routes(site: Arc<Site>) -> Routes {
    Routes::new(site, render)
        .change::<PostGroups>(groups::post, groups::to_wire)
        .read::<GetGroups>(groups::list)
        .read::<GetGroup>(groups::get)
        .change::<PutGroup>(groups::put, groups::to_wire)
        .change::<DeleteGroup>(groups::delete, |_, _| Ok(convoke_wire::Nothing {}))
        .change::<PostGroupMembers>(groups::post_members, |_, _| Ok(Empty {}))
        .change::<DeleteGroupMembers>(groups::delete_members, |_, _| Ok(Empty {}))
        .read::<GetGroupMembers>(groups::members)
        .long_read::<GetGroupIndividuals>(groups::individuals)
        .read::<GetGroupProfile>(groups::profile)
        .read::<GetProfilesGroups>(groups::profiles)
        .read::<GetFieldconfig>(fields::get)
        .read::<GetVoicemailGroupPolicy>(groups::voicemail)
        .change::<PatchVoicemailGroupPolicy>(groups::patch_voicemail, groups::voicemail_to_wire)
        .read::<GetUsers>(users::list)
        .change::<PostUsers>(users::post, users::to_wire)
        .read::<GetUsersMe>(users::me)
        .read::<GetUser>(users::get)
        .change::<PatchUser>(users::patch, users::to_wire)
        .change::<DeleteUser>(users::delete, |_, _| Ok(Empty {}))
        .read::<GetOrganizationsMe>(access::organization)
        .read::<GetAuthorizationDivisions>(access::divisions)
        .read::<GetAuthorizationDivisionsHome>(access::home_division)
        .read::<GetAuthorizationDivision>(access::division)
        .read::<GetAuthorizationPermissions>(access::permissions)
        .read::<GetAuthorizationRoles>(access::roles)
        .read::<GetAuthorizationRole>(access::role)
        .read::<GetTokensMe>(access::token)
        .read::<HeadTokensMe>(|_, _, _| Ok(convoke_wire::Nothing {}))
        .custom::<DeleteTokensMe, _, _>(access::revoke)
        .read::<GetOauthClients>(clients::list)
        .custom::<PostOauthClients, _, _>(clients::post)
        .read::<GetOauthClient>(clients::get)
        .change::<PutOauthClient>(clients::put, clients::to_wire)
        .change::<DeleteOauthClient>(clients::delete, |_, _| Ok(convoke_wire::Nothing {}))
        .absent("/api/v2/groups/search")
        .absent("/api/v2/users/search")
}
