//! The examples work as described.

#[path = "../../examples/groups/operations/mod.rs"]
mod operations;

use super::server::Server;
use super::walk::group;
use convoke_client::genesys::{CreateRoutingSkill, CreateUser, GroupSearchRequest};
use convoke_client::{GroupsApi, RoutingApi, UsersApi};
use std::collections::BTreeSet;

#[tokio::test]
async fn each_example_runs() {
    let server = Server::start().await;
    let client = server.client();
    let groups = GroupsApi::new(&client);
    let group = groups.post_groups(&group("Night shift")).await.expect("a group").id;
    let ann = CreateUser { name: Some("Ann".into()), email: Some("ann@example.org".into()), ..Default::default() };
    let ann = UsersApi::new(&client).post_users(&ann).await.expect("a user").id;
    let nursing = CreateRoutingSkill { name: Some("nursing".into()), ..Default::default() };
    RoutingApi::new(&client).post_routing_skills(&nursing).await.expect("a skill");
    let page = groups.post_groups_search(&GroupSearchRequest::default()).await.expect("hits");
    let link = page.current_page.expect("a link");
    let mut ran = BTreeSet::new();
    for (operation, arguments) in [
        ("post_groups", &["Day shift"] as &[&str]),
        ("get_groups", &[]),
        ("get_group", &[&group]),
        ("put_group", &[&group, "From ten"]),
        ("post_group_members", &[&group, &ann]),
        ("get_group_members", &[&group]),
        ("get_group_individuals", &[&group]),
        ("delete_group_members", &[&group, &ann]),
        ("post_groups_dynamicsettings_preview", &["nursing"]),
        ("put_group_dynamicsettings", &[&group, "nursing"]),
        ("get_group_dynamicsettings", &[&group]),
        ("delete_group_dynamicsettings", &[&group]),
        ("post_groups_search", &["shift"]),
        ("get_groups_search", &[&link]),
        ("get_profiles_groups", &[]),
        ("get_group_profile", &[&group]),
        ("get_fieldconfig", &["group"]),
        ("delete_group", &[&group]),
    ] {
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        let result = operations::run(&client, operation, &arguments).await;
        assert!(result.is_ok(), "{operation}: {result:?}");
        ran.insert(operation);
    }
    assert_eq!(ran, BTreeSet::from(operations::NAMES));
    let left = groups.get_groups(&Default::default()).await.expect("groups").entities;
    assert_eq!(left.iter().map(|group| &*group.name).collect::<Vec<_>>(), ["Day shift"]);
}
