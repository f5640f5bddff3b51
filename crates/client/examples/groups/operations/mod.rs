//! One operation in each file.

mod delete_group;
mod delete_group_dynamicsettings;
mod delete_group_members;
mod get_fieldconfig;
mod get_group;
mod get_group_dynamicsettings;
mod get_group_individuals;
mod get_group_members;
mod get_group_profile;
mod get_groups;
mod get_groups_search;
mod get_profiles_groups;
mod post_group_members;
mod post_groups;
mod post_groups_dynamicsettings_preview;
mod post_groups_search;
mod put_group;
mod put_group_dynamicsettings;

use convoke_client::{Client, GroupsApi};
use std::error::Error;

/// The names of all operations.
pub const NAMES: [&str; 18] = [
    "delete_group",
    "delete_group_dynamicsettings",
    "delete_group_members",
    "get_fieldconfig",
    "get_group",
    "get_group_dynamicsettings",
    "get_group_individuals",
    "get_group_members",
    "get_group_profile",
    "get_groups",
    "get_groups_search",
    "get_profiles_groups",
    "post_group_members",
    "post_groups",
    "post_groups_dynamicsettings_preview",
    "post_groups_search",
    "put_group",
    "put_group_dynamicsettings",
];

/// Runs an operation with its arguments. The first is usually the id of a group.
pub async fn run(client: &Client, operation: &str, arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let api = GroupsApi::new(client);
    let argument = |n: usize| arguments.get(n).map(String::as_str).ok_or(format!("{operation} takes more arguments"));
    match operation {
        "delete_group" => delete_group::run(&api, argument(0)?).await?,
        "delete_group_dynamicsettings" => delete_group_dynamicsettings::run(&api, argument(0)?).await?,
        "delete_group_members" => delete_group_members::run(&api, argument(0)?, argument(1)?).await?,
        "get_fieldconfig" => get_fieldconfig::run(&api, argument(0)?).await?,
        "get_group" => get_group::run(&api, argument(0)?).await?,
        "get_group_dynamicsettings" => get_group_dynamicsettings::run(&api, argument(0)?).await?,
        "get_group_individuals" => get_group_individuals::run(&api, argument(0)?).await?,
        "get_group_members" => get_group_members::run(&api, argument(0)?).await?,
        "get_group_profile" => get_group_profile::run(&api, argument(0)?).await?,
        "get_groups" => get_groups::run(&api).await?,
        "get_groups_search" => get_groups_search::run(&api, argument(0)?).await?,
        "get_profiles_groups" => get_profiles_groups::run(&api).await?,
        "post_group_members" => post_group_members::run(&api, argument(0)?, argument(1)?).await?,
        "post_groups" => post_groups::run(&api, argument(0)?).await?,
        "post_groups_dynamicsettings_preview" => post_groups_dynamicsettings_preview::run(&api, argument(0)?).await?,
        "post_groups_search" => post_groups_search::run(&api, argument(0)?).await?,
        "put_group" => put_group::run(&api, argument(0)?, argument(1)?).await?,
        "put_group_dynamicsettings" => put_group_dynamicsettings::run(&api, argument(0)?, argument(1)?).await?,
        _ => return Err(format!("{operation:?} is no operation; use one of {}", NAMES.join(", ")).into()),
    }
    Ok(())
}
