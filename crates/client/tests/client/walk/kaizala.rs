//! The Kaizala API, and the connectors for it.

use crate::client::server::Server;
use convoke_client::genesys::{ConnectorCreate, PageQuery};
use convoke_client::kaizala::*;
use convoke_client::{Client, Config, ConnectorsApi};
use std::time::Duration;

const MINE: &str = "+911099999999";
const OTHER: &str = "+911088888888";

pub async fn walk(server: &Server, client: &Client, url: &str) {
    let (id, secret, refresh) = connectors(client).await;
    let nobody = Groups::new(&Client::new(Config::url(url)).expect("a client"));
    let access = nobody.get_access_token(&id, &secret, &refresh).await.expect("a token");
    assert!(!access.access_token.is_empty());

    let request =
        PinRequest { mobile_number: Some(MINE.into()), application_id: Some(id.clone()), ..Default::default() };
    nobody.generate_pin(&request).await.expect("a PIN");
    let login = PinLogin {
        mobile_number: Some(MINE.into()),
        application_id: Some(id.clone()),
        application_secret: Some(secret.clone()),
        pin: Some(server.pin()),
    };
    let login = nobody.login_with_pin_and_application_id(&login).await.expect("a sign-in");
    let client = Client::new(Config::url(url).connector(id, secret, login.refresh_token).retry_wait(Duration::ZERO))
        .expect("a client");
    groups(&Groups::new(&client)).await;
}

/// Creates a connector, and returns what it signs in by.
async fn connectors(client: &Client) -> (String, String, String) {
    let connectors = ConnectorsApi::new(client);
    let create =
        |name: &str| ConnectorCreate { name: Some(name.into()), phone: Some(MINE.into()), ..Default::default() };
    let made = connectors.post_connectors(&create("Timesheets")).await.expect("a connector");
    let other = connectors.post_connectors(&create("Other")).await.expect("a connector").application_id;
    connectors.delete_connector(&other).await.expect("it goes");
    assert_eq!(connectors.get_connectors(&PageQuery::default()).await.expect("connectors").total, 1);
    let id = made.application_id;
    assert_eq!(connectors.get_connector(&id).await.expect("a connector").name, "Timesheets");
    let anew = connectors.post_connector_refreshtoken(&id).await.expect("a token");
    (id, made.application_secret.expect("a secret"), anew.refresh_token.expect("a token"))
}

async fn groups(groups: &Groups) {
    let me = groups.get_users_me().await.expect("the caller");
    assert_eq!(me.mobile_number.as_deref(), Some(MINE));
    let create = |name: &str, kind: &str| GroupCreate {
        name: Some(name.into()),
        welcome_message: Some("Hello".into()),
        group_type: Some(kind.into()),
        ..Default::default()
    };
    let upper = groups.post_groups(&create("Nurses", "Group")).await.expect("a group").group_id;
    let lower = groups.post_sub_groups(&upper, &create("Trainees", "Group")).await.expect("a group").group_id;
    groups.delete_sub_group(&upper, &lower).await.expect("it is out from beneath");
    let update = SubGroupsUpdate { sub_groups: Some(vec![lower.clone()]) };
    assert!(groups.put_sub_groups(&upper, &update).await.expect("it is beneath").result);
    let tree = groups.get_sub_groups(&upper, &SubGroupsQuery { fetch_all_groups: Some(Flag(true)) }).await;
    let beneath = tree.expect("a tree").group.sub_groups.unwrap_or_default();
    assert_eq!(beneath.iter().map(|group| &group.group_id).collect::<Vec<_>>(), [&lower]);
    let details = GroupsQuery { show_details: Some(Flag(true)), ..Default::default() };
    assert_eq!(groups.get_groups(&details).await.expect("groups").groups.len(), 2);
    assert_eq!(groups.get_group(&upper).await.expect("a group").group.caller_role, Some(Role::Admin));

    let add = MembersUpdate { members: Some(vec![OTHER.into()]), ..Default::default() };
    assert_eq!(groups.put_members(&upper, &add).await.expect("it is in").result, "true");
    let members = groups.get_members(&upper).await.expect("members").members;
    assert_eq!(members.len(), 2);
    let other = members.iter().find(|member| member.id != me.id).expect("the other").id.clone();
    let admin = RoleUpdate { role: Some("Admin".into()) };
    groups.put_member(&upper, &other, &admin).await.expect("an admin");
    groups.delete_member(&upper, &other).await.expect("it is out");
    assert_eq!(groups.get_members(&upper).await.expect("members").members.len(), 1);
    subscribers(groups, &create("News", "ConnectGroup")).await;
}

async fn subscribers(groups: &Groups, public: &GroupCreate) {
    let public = groups.post_groups(public).await.expect("a group").group_id;
    let update = SubscribersUpdate { subscribers: Some(vec![OTHER.into()]) };
    let added = groups.put_subscribers_add(&public, &update).await.expect("subscribers").result;
    assert!(added.get(OTHER).is_some_and(|one| one.is_added));
    let page = SubscribersPage::default();
    assert_eq!(groups.post_subscribers(&public, &page).await.expect("subscribers").subscribers.len(), 1);
    assert_eq!(groups.get_subscribers(&public, &page).await.expect("subscribers").subscribers.len(), 1);
    let removed = groups.put_subscribers_remove(&public, &update).await.expect("nobody").result;
    assert!(removed.get(OTHER).is_some_and(|one| one.is_removed), "{removed:?}");
}
