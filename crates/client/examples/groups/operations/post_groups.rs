//! Creates a group.

use convoke_client::genesys::GroupCreate;
use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, name: &str) -> Result<(), Error> {
    let body = GroupCreate {
        name: Some(name.into()),
        kind: Some("official".into()),
        visibility: Some("public".into()),
        rules_visible: Some(true),
        ..Default::default()
    };
    let group = api.post_groups(&body).await?;
    println!("{}", group.id);
    Ok(())
}
