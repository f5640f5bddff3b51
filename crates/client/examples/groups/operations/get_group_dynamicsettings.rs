//! Shows the rule of a group.

use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, group_id: &str) -> Result<(), Error> {
    let definition = api.get_group_dynamicsettings(group_id).await?;
    println!("since {}: {:#?}", definition.date_modified, definition.query);
    Ok(())
}
