//! Deletes a group.

use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, group_id: &str) -> Result<(), Error> {
    api.delete_group(group_id).await?;
    println!("{group_id} is gone");
    Ok(())
}
