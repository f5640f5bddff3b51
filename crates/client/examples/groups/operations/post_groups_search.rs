//! Searches groups by name: one page, and then all hits.

use convoke_client::genesys::{CriteriaType, GroupSearchRequest, SearchCriteria, SortField};
use convoke_client::{Error, GroupsApi, TryStreamExt};

pub async fn run(api: &GroupsApi, text: &str) -> Result<(), Error> {
    let criteria = SearchCriteria {
        kind: Some(CriteriaType::Contains),
        fields: Some(vec!["name".into()]),
        value: Some(text.into()),
        ..Default::default()
    };
    let body = GroupSearchRequest { query: Some(vec![criteria]), sort_by: Some(SortField::Name), ..Default::default() };
    let page = api.post_groups_search(&body).await?;
    println!("{} hits; this page again: {}", page.total, page.current_page.unwrap_or_default());

    let mut hits = api.search_groups(body);
    while let Some(group) = hits.try_next().await? {
        println!("{} {}", group.id, group.name);
    }
    Ok(())
}
