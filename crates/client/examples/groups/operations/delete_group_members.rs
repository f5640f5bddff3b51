//! Removes users from a group.

use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, group_id: &str, user_id: &str) -> Result<(), Error> {
    api.delete_group_members(group_id, [user_id]).await?;
    println!("{user_id} is no member of {group_id}");
    Ok(())
}
