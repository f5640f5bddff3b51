//! Users, skills and languages.

use super::Users;
use convoke_client::genesys::*;
use convoke_client::*;

pub async fn walk(client: &Client) -> Users {
    let (users, routing) = (UsersApi::new(client), RoutingApi::new(client));
    let ann = users.post_users(&user("Ann")).await.expect("a user").id;
    let bob = users.post_users(&user("Bob")).await.expect("a user").id;
    let all = users.get_users(&UsersQuery::default()).await.expect("users");
    assert_eq!(all.entities.iter().map(|user| &*user.name).collect::<Vec<_>>(), ["Administrator", "Ann", "Bob"]);

    let change = UpdateUser { title: Some("Nurse".into()), version: Some(1), ..Default::default() };
    assert_eq!(users.patch_user(&ann, &change).await.expect("a change").version, 2);
    let got = users.get_user(&ann, &UserQuery::default()).await.expect("a user");
    assert_eq!((got.title.as_deref(), got.version), (Some("Nurse"), 2));

    let query = vec![SearchCriteria {
        kind: Some("EXACT".into()),
        fields: Some(vec!["name".into()]),
        value: Some("ann".into()),
        ..Default::default()
    }];
    let request = UserSearchRequest { query: Some(query), ..Default::default() };
    let found = users.post_users_search(&request).await.expect("hits");
    assert_eq!((found.total, found.results.len()), (1, 1));
    let link = found.current_page.expect("a link to the page itself");
    assert_eq!(users.get_users_search(&link, &[UserExpand::Skills]).await.expect("hits").total, 1);

    skills(&users, &routing, &ann).await;
    languages(&users, &routing, &ann).await;
    assert_eq!(users.put_user_profileskills(&ann, ["first aid"]).await.expect("skills"), ["first aid"]);
    assert_eq!(users.get_user_profileskills(&ann).await.expect("skills"), ["first aid"]);

    let gone = users.post_users(&user("Gone")).await.expect("a user").id;
    users.delete_user(&gone).await.expect("it goes");
    assert_eq!(users.get_user(&gone, &UserQuery::default()).await.expect_err("it is gone").status(), Some(404));
    Users { ann, bob }
}

fn user(name: &str) -> CreateUser {
    CreateUser { name: Some(name.into()), email: Some(format!("{name}@example.org")), ..Default::default() }
}

async fn skills(users: &UsersApi, routing: &RoutingApi, ann: &str) {
    let create = |name: &str| CreateRoutingSkill { name: Some(name.into()), ..Default::default() };
    let first = routing.post_routing_skills(&create("surgery")).await.expect("a skill").id;
    let second = routing.post_routing_skills(&create("cooking")).await.expect("a skill").id;
    let rename = UpdateSkillDivisionRequest { name: Some("nursing".into()), ..Default::default() };
    assert_eq!(routing.patch_routing_skill(&first, &rename).await.expect("a change").version, "2");
    assert_eq!(routing.get_routing_skill(&first).await.expect("a skill").name, "nursing");
    let all = routing.get_routing_skills(&RoutingSkillsQuery::default()).await.expect("skills");
    assert_eq!(all.total, 2);

    let post = |id: &str, proficiency| UserRoutingSkillPost { id: Some(id.into()), proficiency: Some(proficiency) };
    users.post_user_routingskills(ann, &post(&first, 2.0)).await.expect("it has it");
    let update = UserRoutingUpdate { proficiency: Some(3.0) };
    assert_eq!(users.put_user_routingskill(ann, &first, &update).await.expect("a change").proficiency, 3.0);
    users.patch_user_routingskills_bulk(ann, &[post(&second, 1.0)]).await.expect("it has both");
    let has = users.get_user_routingskills(ann, &SortedPageQuery::default()).await.expect("skills");
    assert_eq!(has.total, 2);
    users.delete_user_routingskill(ann, &second).await.expect("it goes");
    let has = users.put_user_routingskills_bulk(ann, &[post(&first, 4.0)]).await.expect("skills");
    assert_eq!(has.entities.iter().map(|skill| skill.proficiency).collect::<Vec<_>>(), [4.0]);
    routing.delete_routing_skill(&second).await.expect("it goes");
}

async fn languages(users: &UsersApi, routing: &RoutingApi, ann: &str) {
    let request = |name: &str| LanguageRequest { name: Some(name.into()) };
    let hindi = routing.post_routing_languages(&request("hindi")).await.expect("a language").id;
    let latin = routing.post_routing_languages(&request("latin")).await.expect("a language").id;
    let renamed = routing.patch_routing_language(&hindi, &request("Hindi")).await.expect("a change");
    assert_eq!((renamed.name.as_str(), renamed.version.as_str()), ("Hindi", "2"));
    assert_eq!(routing.get_routing_language(&hindi).await.expect("a language").name, "Hindi");
    assert_eq!(routing.get_routing_languages(&LanguagesQuery::default()).await.expect("languages").total, 2);

    let post = |id: &str| UserRoutingLanguagePost { id: Some(id.into()), proficiency: Some(1.0) };
    users.post_user_routinglanguages(ann, &post(&hindi)).await.expect("it has it");
    users.patch_user_routinglanguages_bulk(ann, &[post(&latin)]).await.expect("it has both");
    let update = UserRoutingUpdate { proficiency: Some(5.0) };
    assert_eq!(users.patch_user_routinglanguage(ann, &hindi, &update).await.expect("a change").proficiency, 5.0);
    users.delete_user_routinglanguage(ann, &latin).await.expect("it goes");
    let has = users.get_user_routinglanguages(ann, &SortedPageQuery::default()).await.expect("languages");
    assert_eq!(has.entities.iter().map(|language| &*language.name).collect::<Vec<_>>(), ["Hindi"]);
    routing.delete_routing_language(&latin).await.expect("it goes");
}
