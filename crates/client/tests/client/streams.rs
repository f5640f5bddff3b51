//! Streams of pages.

use super::scripted::{Reply, ok, scripted};
use super::server::Server;
use super::walk::group;
use convoke_client::genesys::*;
use convoke_client::kaizala::{self, SubscribersPage, SubscribersUpdate};
use convoke_client::*;

#[tokio::test]
async fn listings_and_searches_are_followed_page_by_page() {
    let server = Server::start().await;
    let client = server.client();
    let groups = GroupsApi::new(&client);
    let mut expected = Vec::new();
    for n in 10..25 {
        groups.post_groups(&group(&format!("Group {n}"))).await.expect("a group");
        expected.push(format!("Group {n}"));
    }
    let count = async |operation: &str| {
        let counts = server.counts().await;
        counts.get(&("genesys".to_owned(), operation.to_owned())).copied().unwrap_or_default()
    };
    let fours = GroupsQuery { page_size: Some(4), ..Default::default() };
    let all: Vec<Group> = groups.list_groups(fours.clone()).try_collect().await.expect("groups");
    assert_eq!(all.into_iter().map(|group| group.name).collect::<Vec<_>>(), expected);
    assert_eq!(count("getGroups").await, 4);

    let few: Vec<Group> = groups.list_groups(fours.clone()).take(5).try_collect().await.expect("groups");
    assert_eq!((few.len(), count("getGroups").await), (5, 6), "no page is fetched before it is needed");
    let later = GroupsQuery { page_number: Some(3), ..fours };
    assert_eq!(groups.list_groups(later).count().await, 7);

    let request = GroupSearchRequest { page_size: Some(5), ..Default::default() };
    let hits: Vec<Group> = groups.search_groups(request).try_collect().await.expect("hits");
    assert_eq!(hits.into_iter().map(|group| group.name).collect::<Vec<_>>(), expected);
    assert_eq!(count("postGroupsSearch").await, 3);
}

#[tokio::test]
async fn each_listing_has_a_stream() {
    let server = Server::start().await;
    let client = server.client();
    let (groups, users, routing) = (GroupsApi::new(&client), UsersApi::new(&client), RoutingApi::new(&client));
    let (upper, lower) = (group("Upper"), group("Lower"));
    let upper = groups.post_groups(&upper).await.expect("a group").id;
    let lower = groups.post_groups(&lower).await.expect("a group").id;
    let beneath = GroupSubgroupsUpdate { ids: Some(vec![lower]), version: None };
    groups.post_group_subgroups(&upper, &beneath).await.expect("it is beneath");
    let ann = CreateUser { name: Some("Ann".into()), email: Some("ann@example.org".into()), ..Default::default() };
    let ann = users.post_users(&ann).await.expect("a user").id;
    let add = GroupMembersUpdate { member_ids: Some(vec![ann.clone()]), version: None };
    groups.post_group_members(&upper, &add).await.expect("it is in");
    let skill = CreateRoutingSkill { name: Some("nursing".into()), ..Default::default() };
    let skill = routing.post_routing_skills(&skill).await.expect("a skill").id;
    let language = LanguageRequest { name: Some("Hindi".into()) };
    let language = routing.post_routing_languages(&language).await.expect("a language").id;
    let has = UserRoutingSkillPost { id: Some(skill), proficiency: Some(1.0) };
    users.post_user_routingskills(&ann, &has).await.expect("it has it");
    let has = UserRoutingLanguagePost { id: Some(language), proficiency: Some(1.0) };
    users.post_user_routinglanguages(&ann, &has).await.expect("it has it");

    let sorted = SortedPageQuery::default;
    assert_eq!(groups.list_group_members(&upper, MembersQuery::default()).count().await, 1);
    assert_eq!(groups.list_group_subgroups(&upper, sorted()).count().await, 1);
    assert_eq!(groups.list_profiles_groups(GroupsQuery::default()).count().await, 2);
    assert_eq!(users.list_users(UsersQuery::default()).count().await, 2);
    assert_eq!(users.search_users(UserSearchRequest::default()).count().await, 2);
    assert_eq!(users.list_user_groups(&ann, UserGroupsQuery::default()).count().await, 1);
    assert_eq!(users.list_user_routingskills(&ann, sorted()).count().await, 1);
    assert_eq!(users.list_user_routinglanguages(&ann, sorted()).count().await, 1);
    assert_eq!(routing.list_routing_skills(RoutingSkillsQuery::default()).count().await, 1);
    assert_eq!(routing.list_routing_languages(LanguagesQuery::default()).count().await, 1);
    let access = AuthorizationApi::new(&client);
    assert_eq!(access.list_authorization_divisions(DivisionsQuery::default()).count().await, 1);
    assert_eq!(access.list_authorization_roles(RolesQuery::default()).count().await, 4);
    let one = PageQuery { page_size: Some(1), ..Default::default() };
    let all = access.get_authorization_permissions(&PageQuery::default()).await.expect("permissions").total;
    let streamed: Vec<DomainPermissionCollection> =
        access.list_authorization_permissions(one).try_collect().await.expect("permissions");
    assert_eq!(i64::try_from(streamed.len()), Ok(all));
    assert_eq!(OAuthApi::new(&client).list_oauth_clients(PageQuery::default()).count().await, 1);
    assert_eq!(ConnectorsApi::new(&client).list_connectors(PageQuery::default()).count().await, 0);
}

#[tokio::test]
async fn subscribers_are_followed_by_their_cursor() {
    let server = Server::start().await;
    let create =
        ConnectorCreate { name: Some("News".into()), phone: Some("+911099999999".into()), ..Default::default() };
    let made = ConnectorsApi::new(&server.client()).post_connectors(&create).await.expect("a connector");
    let (secret, refresh) = (made.application_secret.expect("a secret"), made.refresh_token.expect("a token"));
    let config = Config::url(&server.url).connector(made.application_id, secret, refresh);
    let groups = kaizala::Groups::new(&Client::new(config).expect("a client"));
    let public = kaizala::GroupCreate {
        name: Some("News".into()),
        welcome_message: Some("Hello".into()),
        group_type: Some("ConnectGroup".into()),
        ..Default::default()
    };
    let public = groups.post_groups(&public).await.expect("a group").group_id;
    let numbers: Vec<String> = (0..5).map(|n| format!("+91108888888{n}")).collect();
    let update = SubscribersUpdate { subscribers: Some(numbers.clone()) };
    groups.put_subscribers_add(&public, &update).await.expect("subscribers");
    let page = SubscribersPage { count: Some(2), cursor: None };
    let all: Vec<kaizala::User> = groups.list_subscribers(&public, page).try_collect().await.expect("subscribers");
    assert_eq!(all.into_iter().filter_map(|user| user.mobile_number).collect::<Vec<_>>(), numbers);
}

#[tokio::test]
async fn a_listing_without_counts_ends_with_a_short_page() {
    let pages = [ok(r#"{"entities":[{"id":"a"},{"id":"b"}]}"#), ok(r#"{"entities":[{"id":"c"}]}"#)];
    let server = scripted(pages).await;
    let groups = GroupsApi::new(&Client::new(server.config()).expect("a client"));
    let query = GroupsQuery { page_size: Some(2), ..Default::default() };
    let all: Vec<Group> = groups.list_groups(query).try_collect().await.expect("groups");
    assert_eq!(all.into_iter().map(|group| group.id).collect::<Vec<_>>(), ["a", "b", "c"]);
    let targets: Vec<String> = server.came().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/api/v2/groups?pageSize=2&pageNumber=1", "/api/v2/groups?pageSize=2&pageNumber=2"]);
}

#[tokio::test]
async fn a_page_that_fails_is_the_end() {
    let fails = Reply::Answer(400, &[], r#"{"message":"too far","code":"bad.request"}"#.into());
    let server = scripted([ok(r#"{"entities":[{"id":"a"}],"pageCount":9}"#), fails]).await;
    let users = UsersApi::new(&Client::new(server.config()).expect("a client"));
    let all: Vec<Result<User, Error>> = users.list_users(UsersQuery::default()).collect().await;
    assert!(matches!(all.as_slice(), [Ok(_), Err(Error::Refused(_))]), "{all:?}");
}
