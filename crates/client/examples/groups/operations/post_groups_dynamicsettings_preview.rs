//! Counts who has a skill at level 3 or more.

use super::put_group_dynamicsettings::has;
use convoke_client::genesys::PreviewQuery;
use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, skill: &str) -> Result<(), Error> {
    let preview = api.post_groups_dynamicsettings_preview(&has(skill), &PreviewQuery::default()).await?;
    println!("{} users have {skill}", preview.user_count);
    Ok(())
}
