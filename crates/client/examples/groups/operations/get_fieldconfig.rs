//! Shows the fields of groups or users.

use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, kind: &str) -> Result<(), Error> {
    let config = api.get_fieldconfig(kind.into()).await?;
    for field in config.sections.iter().flat_map(|section| &section.field_list) {
        println!("{}: {}", field.key, field.kind);
    }
    Ok(())
}
