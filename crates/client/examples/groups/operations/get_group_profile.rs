//! Shows the short form of a group.

use convoke_client::genesys::ProfileQuery;
use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, group_id: &str) -> Result<(), Error> {
    let opts = ProfileQuery { fields: Some(vec!["general.name".into()]) };
    let profile = api.get_group_profile(group_id, &opts).await?;
    println!("{}, version {}", profile.name.unwrap_or_default(), profile.version);
    Ok(())
}
