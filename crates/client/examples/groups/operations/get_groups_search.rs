//! Shows a page of a search, by a link in another page of it.

use convoke_client::{Error, GroupsApi};

pub async fn run(api: &GroupsApi, link: &str) -> Result<(), Error> {
    let page = api.get_groups_search(link, &[]).await?;
    println!("page {} of {}", page.page_number, page.page_count);
    for group in page.results {
        println!("{} {}", group.id, group.name);
    }
    Ok(())
}
