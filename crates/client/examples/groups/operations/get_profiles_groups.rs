//! Lists the short forms of groups.

use convoke_client::genesys::GroupsQuery;
use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi) -> Result<(), Error> {
    for profile in api.get_profiles_groups(&GroupsQuery::default()).await?.entities {
        println!("{} {}", profile.id, profile.name.unwrap_or_default());
    }
    Ok(())
}
