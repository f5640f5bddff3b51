//! The Genesys Cloud API. This table is its table of contents.

mod access;
mod clients;
mod connectors;
mod criteria;
pub(crate) mod dynamic;
mod fault;
mod fields;
mod groups;
mod held;
mod listing;
pub(crate) mod page;
pub(crate) mod q64;
pub(crate) mod rows;
pub(crate) mod search;
mod skills;
mod subgroups;
mod take;
mod timestamp;
mod users;
mod words;

use super::serve::ININ;
use super::{Api, KeyScope, Routes};
use crate::http::json::Strictness;
use crate::sign_in::sessions::bearer;
use crate::site::Site;
use convoke_core::{Actor, GroupField, PersonField};
use convoke_wire::genesys::*;
use std::sync::Arc;

/// The properties of the API.
pub(crate) const API: Api = Api {
    name: "genesys",
    path: |_| None,
    token: bearer,
    takes: |actor| matches!(actor, Actor::Client(_)),
    bodies: Strictness::Strict,
    keys: KeyScope::Client,
    json: "application/json",
    headers: &ININ,
    render: fault::render,
};

/// Every endpoint of the API.
pub(crate) fn routes(site: Arc<Site>) -> Routes {
    Routes::new(site, &API)
        .change::<PostGroups, _>(groups::post, groups::to_wire)
        .read::<GetGroups>(groups::list)
        .read::<GetGroup>(groups::get)
        .change::<PutGroup, _>(groups::put, groups::to_wire)
        .change::<DeleteGroup, _>(groups::delete, |_, ()| convoke_wire::Nothing {})
        .change::<PostGroupMembers, _>(groups::post_members, |_, ()| Empty {})
        .change::<DeleteGroupMembers, _>(groups::delete_members, |_, ()| Empty {})
        .read::<GetGroupMembers>(groups::members)
        .custom::<GetGroupIndividuals, _, _>(groups::individuals)
        .read::<GetGroupSubgroups>(subgroups::list)
        .change::<PostGroupSubgroups, _>(subgroups::post, |_, ()| Empty {})
        .change::<DeleteGroupSubgroups, _>(subgroups::delete, |_, ()| Empty {})
        .read::<GetGroupMemberExplanation>(dynamic::explain)
        .read::<GetGroupDynamicsettings>(dynamic::get)
        .change::<PutGroupDynamicsettings, _>(dynamic::put, |_, ()| convoke_wire::Nothing {})
        .change::<DeleteGroupDynamicsettings, _>(dynamic::delete, |_, ()| convoke_wire::Nothing {})
        .read_with_body::<PostGroupsDynamicsettingsPreview>(dynamic::preview)
        .read::<GetGroupProfile>(groups::profile)
        .read::<GetProfilesGroups>(groups::profiles)
        .read::<GetFieldconfig>(fields::get)
        .read::<GetVoicemailGroupPolicy>(groups::voicemail)
        .change::<PatchVoicemailGroupPolicy, _>(groups::patch_voicemail, groups::voicemail_to_wire)
        .read::<GetUsers>(users::list)
        .change::<PostUsers, _>(users::post, users::to_wire)
        .read::<GetUsersMe>(users::me)
        .read::<GetUser>(users::get)
        .change::<PatchUser, _>(users::patch, users::to_wire)
        .change::<DeleteUser, _>(users::delete, |_, ()| Empty {})
        .read::<GetUserGroups>(dynamic::memberships)
        .read::<GetUserRoutingskills>(held::skills)
        .change::<PostUserRoutingskills, _>(held::post_skill, held::skill_to_wire)
        .change::<PutUserRoutingskill, _>(held::put_skill, held::skill_to_wire)
        .change::<DeleteUserRoutingskill, _>(held::delete_skill, |_, ()| convoke_wire::Nothing {})
        .change::<PutUserRoutingskillsBulk, _>(held::put_skills, held::skills_to_wire)
        .change::<PatchUserRoutingskillsBulk, _>(held::patch_skills, held::skills_to_wire)
        .read::<GetUserRoutinglanguages>(held::languages)
        .change::<PostUserRoutinglanguages, _>(held::post_language, held::language_to_wire)
        .change::<PatchUserRoutinglanguage, _>(held::patch_language, held::language_to_wire)
        .change::<DeleteUserRoutinglanguage, _>(held::delete_language, |_, ()| convoke_wire::Nothing {})
        .change::<PatchUserRoutinglanguagesBulk, _>(held::patch_languages, held::languages_to_wire)
        .read::<GetUserProfileskills>(users::profile_skills)
        .change::<PutUserProfileskills, _>(users::put_profile_skills, users::profile_skills_to_wire)
        .read::<GetRoutingSkills>(skills::list)
        .custom::<PostRoutingSkills, _, _>(skills::post)
        .read::<GetRoutingSkill>(skills::get)
        .custom::<PatchRoutingSkill, _, _>(skills::patch)
        .change::<DeleteRoutingSkill, _>(skills::delete, |_, ()| convoke_wire::Nothing {})
        .read::<GetRoutingLanguages>(skills::list_languages)
        .change::<PostRoutingLanguages, _>(skills::post_language, skills::language_to_wire)
        .read::<GetRoutingLanguage>(skills::get_language)
        .change::<PatchRoutingLanguage, _>(skills::patch_language, skills::language_to_wire)
        .change::<DeleteRoutingLanguage, _>(skills::delete_language, |_, ()| convoke_wire::Nothing {})
        .read::<GetOrganizationsMe>(access::organization)
        .read::<GetAuthorizationProducts>(access::products)
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
        .change::<PutOauthClient, _>(clients::put, clients::to_wire)
        .change::<DeleteOauthClient, _>(clients::delete, |_, ()| convoke_wire::Nothing {})
        .read::<GetConnectors>(connectors::list)
        .custom::<PostConnectors, _, _>(connectors::post)
        .read::<GetConnector>(connectors::get)
        .custom::<PostConnectorRefreshtoken, _, _>(connectors::regenerate)
        .change::<DeleteConnector, _>(connectors::delete, |_, ()| convoke_wire::Nothing {})
        .custom::<PostGroupsSearch, _, _>(search::post::<PostGroupsSearch, GroupField>)
        .custom::<GetGroupsSearch, _, _>(search::get::<GetGroupsSearch, GroupField>)
        .custom::<PostUsersSearch, _, _>(search::post::<PostUsersSearch, PersonField>)
        .custom::<GetUsersSearch, _, _>(search::get::<GetUsersSearch, PersonField>)
}
