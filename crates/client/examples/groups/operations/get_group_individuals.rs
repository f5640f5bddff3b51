//! Lists everyone who was added to a group by id.

use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, group_id: &str) -> Result<(), Error> {
    for user in api.get_group_individuals(group_id).await?.entities {
        println!("{} {}", user.id, user.name);
    }
    Ok(())
}
