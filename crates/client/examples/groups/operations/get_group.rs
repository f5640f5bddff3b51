//! Shows a group.

use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, group_id: &str) -> Result<(), Error> {
    let group = api.get_group(group_id).await?;
    println!("{}: {} members, version {}", group.name, group.member_count, group.version);
    Ok(())
}
