//! Creates a group.

use convoke_client::genesys::{GroupCreate, GroupType, Visibility};
use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, name: &str) -> Result<(), Error> {
    let body = GroupCreate {
        name: Some(name.into()),
        kind: Some(GroupType::Official),
        visibility: Some(Visibility::Public),
        rules_visible: Some(true),
        ..Default::default()
    };
    let group = api.post_groups(&body).await?;
    println!("{}", group.id);
    Ok(())
}
