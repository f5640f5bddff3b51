//! Lists groups: one page, and then all of them.

use convoke_client::genesys::{GroupsQuery, SortOrder};
use convoke_client::{Error, GroupsApi, TryStreamExt};

pub async fn run(api: &GroupsApi) -> Result<(), Error> {
    let opts = GroupsQuery { page_size: Some(25), sort_order: Some(SortOrder::Ascending), ..Default::default() };
    let page = api.get_groups(&opts).await?;
    println!("{} of {} groups", page.entities.len(), page.total);

    let mut groups = api.list_groups(opts);
    while let Some(group) = groups.try_next().await? {
        println!("{} {}", group.id, group.name);
    }
    Ok(())
}
