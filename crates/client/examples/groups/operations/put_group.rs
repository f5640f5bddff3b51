//! Changes the description of a group, if the group was not changed since it was read.

use convoke_client::genesys::GroupUpdate;
use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, group_id: &str, description: &str) -> Result<(), Error> {
    let version = api.get_group(group_id).await?.version;
    let body =
        GroupUpdate { description: Some(description.into()), version: Some(version.into()), ..Default::default() };
    match api.put_group(group_id, &body).await {
        Ok(group) => println!("{} is at version {}", group.name, group.version),
        Err(error) if error.code() == Some("general.conflict") => println!("someone was faster; try again"),
        Err(error) => return Err(error),
    }
    Ok(())
}
