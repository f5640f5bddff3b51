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
        .change::<PostGroups, _, _>(groups::post, groups::to_wire)
        .read::<GetGroups, _>(groups::list)
        .read::<GetGroup, _>(groups::get)
        .change::<PutGroup, _, _>(groups::put, groups::to_wire)
        .change::<DeleteGroup, _, _>(groups::delete, |_, ()| convoke_wire::Nothing {})
        .change::<PostGroupMembers, _, _>(groups::post_members, |_, ()| Empty {})
        .change::<DeleteGroupMembers, _, _>(groups::delete_members, |_, ()| Empty {})
        .read::<GetGroupMembers, _>(groups::members)
        .custom::<GetGroupIndividuals, _, _>(groups::individuals)
        .read::<GetGroupSubgroups, _>(subgroups::list)
        .change::<PostGroupSubgroups, _, _>(subgroups::post, |_, ()| Empty {})
        .change::<DeleteGroupSubgroups, _, _>(subgroups::delete, |_, ()| Empty {})
        .read::<GetGroupMemberExplanation, _>(dynamic::explain)
        .read::<GetGroupDynamicsettings, _>(dynamic::get)
        .change::<PutGroupDynamicsettings, _, _>(dynamic::put, |_, ()| convoke_wire::Nothing {})
        .change::<DeleteGroupDynamicsettings, _, _>(dynamic::delete, |_, ()| convoke_wire::Nothing {})
        .read_with_body::<PostGroupsDynamicsettingsPreview, _>(dynamic::preview)
        .read::<GetGroupProfile, _>(groups::profile)
        .read::<GetProfilesGroups, _>(groups::profiles)
        .read::<GetFieldconfig, _>(fields::get)
        .read::<GetVoicemailGroupPolicy, _>(groups::voicemail)
        .change::<PatchVoicemailGroupPolicy, _, _>(groups::patch_voicemail, groups::voicemail_to_wire)
        .read::<GetUsers, _>(users::list)
        .change::<PostUsers, _, _>(users::post, users::to_wire)
        .read::<GetUsersMe, _>(users::me)
        .read::<GetUser, _>(users::get)
        .change::<PatchUser, _, _>(users::patch, users::to_wire)
        .change::<DeleteUser, _, _>(users::delete, |_, ()| Empty {})
        .read::<GetUserGroups, _>(dynamic::memberships)
        .read::<GetUserRoutingskills, _>(held::skills)
        .change::<PostUserRoutingskills, _, _>(held::post_skill, held::skill_to_wire)
        .change::<PutUserRoutingskill, _, _>(held::put_skill, held::skill_to_wire)
        .change::<DeleteUserRoutingskill, _, _>(held::delete_skill, |_, ()| convoke_wire::Nothing {})
        .change::<PutUserRoutingskillsBulk, _, _>(held::put_skills, held::skills_to_wire)
        .change::<PatchUserRoutingskillsBulk, _, _>(held::patch_skills, held::skills_to_wire)
        .read::<GetUserRoutinglanguages, _>(held::languages)
        .change::<PostUserRoutinglanguages, _, _>(held::post_language, held::language_to_wire)
        .change::<PatchUserRoutinglanguage, _, _>(held::patch_language, held::language_to_wire)
        .change::<DeleteUserRoutinglanguage, _, _>(held::delete_language, |_, ()| convoke_wire::Nothing {})
        .change::<PatchUserRoutinglanguagesBulk, _, _>(held::patch_languages, held::languages_to_wire)
        .read::<GetUserProfileskills, _>(users::profile_skills)
        .change::<PutUserProfileskills, _, _>(users::put_profile_skills, users::profile_skills_to_wire)
        .read::<GetRoutingSkills, _>(skills::list)
        .custom::<PostRoutingSkills, _, _>(skills::post)
        .read::<GetRoutingSkill, _>(skills::get)
        .custom::<PatchRoutingSkill, _, _>(skills::patch)
        .change::<DeleteRoutingSkill, _, _>(skills::delete, |_, ()| convoke_wire::Nothing {})
        .read::<GetRoutingLanguages, _>(skills::list_languages)
        .change::<PostRoutingLanguages, _, _>(skills::post_language, skills::language_to_wire)
        .read::<GetRoutingLanguage, _>(skills::get_language)
        .change::<PatchRoutingLanguage, _, _>(skills::patch_language, skills::language_to_wire)
        .change::<DeleteRoutingLanguage, _, _>(skills::delete_language, |_, ()| convoke_wire::Nothing {})
        .read::<GetOrganizationsMe, _>(access::organization)
        .read::<GetAuthorizationProducts, _>(access::products)
        .read::<GetAuthorizationDivisions, _>(access::divisions)
        .read::<GetAuthorizationDivisionsHome, _>(access::home_division)
        .read::<GetAuthorizationDivision, _>(access::division)
        .read::<GetAuthorizationPermissions, _>(access::permissions)
        .read::<GetAuthorizationRoles, _>(access::roles)
        .read::<GetAuthorizationRole, _>(access::role)
        .read::<GetTokensMe, _>(access::token)
        .read::<HeadTokensMe, _>(|_, _, _| Ok(convoke_wire::Nothing {}))
        .custom::<DeleteTokensMe, _, _>(access::revoke)
        .read::<GetOauthClients, _>(clients::list)
        .custom::<PostOauthClients, _, _>(clients::post)
        .read::<GetOauthClient, _>(clients::get)
        .change::<PutOauthClient, _, _>(clients::put, clients::to_wire)
        .change::<DeleteOauthClient, _, _>(clients::delete, |_, ()| convoke_wire::Nothing {})
        .read::<GetConnectors, _>(connectors::list)
        .custom::<PostConnectors, _, _>(connectors::post)
        .read::<GetConnector, _>(connectors::get)
        .custom::<PostConnectorRefreshtoken, _, _>(connectors::regenerate)
        .change::<DeleteConnector, _, _>(connectors::delete, |_, ()| convoke_wire::Nothing {})
        .custom::<PostGroupsSearch, _, _>(search::post::<PostGroupsSearch, GroupField>)
        .custom::<GetGroupsSearch, _, _>(search::get::<GetGroupsSearch, GroupField>)
        .custom::<PostUsersSearch, _, _>(search::post::<PostUsersSearch, PersonField>)
        .custom::<GetUsersSearch, _, _>(search::get::<GetUsersSearch, PersonField>)
}
