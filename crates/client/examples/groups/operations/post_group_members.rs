//! Adds users to a group, if the group was not changed since it was read.

use convoke_client::genesys::GroupMembersUpdate;
use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, group_id: &str, user_id: &str) -> Result<(), Error> {
    let version = api.get_group(group_id).await?.version;
    let body = GroupMembersUpdate { member_ids: Some(vec![user_id.into()]), version: Some(version.into()) };
    api.post_group_members(group_id, &body).await?;
    println!("{user_id} is a member of {group_id}");
    Ok(())
}
