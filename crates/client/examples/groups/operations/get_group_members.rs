//! Lists the members of a group: one page, and then all of them.

use convoke_client::genesys::{MembersQuery, SortOrder, UserExpand};
use convoke_client::{Error, GroupsApi, TryStreamExt};

pub async fn run(api: &GroupsApi, group_id: &str) -> Result<(), Error> {
    let opts = MembersQuery {
        page_size: Some(25),
        page_number: Some(1),
        sort_order: Some(SortOrder::Ascending),
        expand: vec![UserExpand::Skills],
        ..Default::default()
    };
    let page = api.get_group_members(group_id, &opts).await?;
    println!("{} of {} members", page.entities.len(), page.total);

    let mut members = api.list_group_members(group_id, opts);
    while let Some(user) = members.try_next().await? {
        println!("{} {}, {} skills", user.id, user.name, user.skills.map_or(0, |skills| skills.len()));
    }
    Ok(())
}
