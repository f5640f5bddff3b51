//! The Genesys Cloud dialect. This table is its table of contents.

mod access;
mod clients;
mod connectors;
mod criteria;
mod dynamic;
mod fault;
mod fields;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
mod groups;
mod held;
mod listing;
mod moment;
mod page;
mod q64;
pub(crate) mod rows;
pub(crate) mod search;
mod skills;
mod subgroups;
mod take;
mod time;
mod users;

use super::{Dialect, Routes};
use crate::sign_in::sessions::bearer;
use crate::site::Site;
use convoke_core::{Actor, GroupField, PersonField};
use convoke_wire::genesys::*;
use std::sync::Arc;

/// How requests and answers are written.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "genesys",
    token: bearer,
    takes: |actor| matches!(actor, Actor::Client(_)),
    json: "application/json",
    render: fault::render,
};

/// Every endpoint of the dialect.
pub(crate) fn routes(site: Arc<Site>) -> Routes {
    Routes::new(site, &DIALECT)
        .change::<PostGroups>(groups::post, groups::to_wire)
        .read::<GetGroups>(groups::list)
        .read::<GetGroup>(groups::get)
        .change::<PutGroup>(groups::put, groups::to_wire)
        .change::<DeleteGroup>(groups::delete, |_, _| Ok(convoke_wire::Nothing {}))
        .change::<PostGroupMembers>(groups::post_members, |_, _| Ok(Empty {}))
        .change::<DeleteGroupMembers>(groups::delete_members, |_, _| Ok(Empty {}))
        .read::<GetGroupMembers>(groups::members)
        .custom::<GetGroupIndividuals, _, _>(groups::individuals)
        .read::<GetGroupSubgroups>(subgroups::list)
        .change::<PostGroupSubgroups>(subgroups::post, |_, _| Ok(Empty {}))
        .change::<DeleteGroupSubgroups>(subgroups::delete, |_, _| Ok(Empty {}))
        .read::<GetGroupMemberExplanation>(dynamic::explain)
        .read::<GetGroupDynamicsettings>(dynamic::get)
        .change::<PutGroupDynamicsettings>(dynamic::put, |_, _| Ok(convoke_wire::Nothing {}))
        .change::<DeleteGroupDynamicsettings>(dynamic::delete, |_, _| Ok(convoke_wire::Nothing {}))
        .read_with_body::<PostGroupsDynamicsettingsPreview>(dynamic::preview)
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
        .read::<GetUserGroups>(dynamic::memberships)
        .read::<GetUserRoutingskills>(held::skills)
        .change::<PostUserRoutingskills>(held::post_skill, held::skill_to_wire)
        .change::<PutUserRoutingskill>(held::put_skill, held::skill_to_wire)
        .change::<DeleteUserRoutingskill>(held::delete_skill, |_, _| Ok(convoke_wire::Nothing {}))
        .change::<PutUserRoutingskillsBulk>(held::put_skills, held::skills_to_wire)
        .change::<PatchUserRoutingskillsBulk>(held::patch_skills, held::skills_to_wire)
        .read::<GetUserRoutinglanguages>(held::languages)
        .change::<PostUserRoutinglanguages>(held::post_language, held::language_to_wire)
        .change::<PatchUserRoutinglanguage>(held::patch_language, held::language_to_wire)
        .change::<DeleteUserRoutinglanguage>(held::delete_language, |_, _| Ok(convoke_wire::Nothing {}))
        .change::<PatchUserRoutinglanguagesBulk>(held::patch_languages, held::languages_to_wire)
        .read::<GetUserProfileskills>(users::profile_skills)
        .change::<PutUserProfileskills>(users::put_profile_skills, users::profile_skills_to_wire)
        .read::<GetRoutingSkills>(skills::list)
        .custom::<PostRoutingSkills, _, _>(skills::post)
        .read::<GetRoutingSkill>(skills::get)
        .custom::<PatchRoutingSkill, _, _>(skills::patch)
        .change::<DeleteRoutingSkill>(skills::delete, |_, _| Ok(convoke_wire::Nothing {}))
        .read::<GetRoutingLanguages>(skills::list_languages)
        .change::<PostRoutingLanguages>(skills::post_language, skills::language_to_wire)
        .read::<GetRoutingLanguage>(skills::get_language)
        .change::<PatchRoutingLanguage>(skills::patch_language, skills::language_to_wire)
        .change::<DeleteRoutingLanguage>(skills::delete_language, |_, _| Ok(convoke_wire::Nothing {}))
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
        .change::<PutOauthClient>(clients::put, clients::to_wire)
        .change::<DeleteOauthClient>(clients::delete, |_, _| Ok(convoke_wire::Nothing {}))
        .read::<GetConnectors>(connectors::list)
        .custom::<PostConnectors, _, _>(connectors::post)
        .read::<GetConnector>(connectors::get)
        .custom::<PostConnectorRefreshtoken, _, _>(connectors::regenerate)
        .change::<DeleteConnector>(connectors::delete, |_, _| Ok(convoke_wire::Nothing {}))
        .custom::<PostGroupsSearch, _, _>(search::post::<PostGroupsSearch, GroupField>)
        .custom::<GetGroupsSearch, _, _>(search::get::<GetGroupsSearch, GroupField>)
        .custom::<PostUsersSearch, _, _>(search::post::<PostUsersSearch, PersonField>)
        .custom::<GetUsersSearch, _, _>(search::get::<GetUsersSearch, PersonField>)
}
