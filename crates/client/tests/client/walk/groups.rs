//! Groups.

use super::{Users, group};
use convoke_client::genesys::*;
use convoke_client::*;

pub async fn walk(client: &Client, users: &Users) {
    let groups = GroupsApi::new(client);
    let night = groups.post_groups(&group("Night shift")).await.expect("a group");
    assert_eq!(night.version, 1);
    let night = night.id;
    let day = groups.post_groups(&group("Day shift")).await.expect("a group").id;
    let all = groups.get_groups(&GroupsQuery::default()).await.expect("groups");
    assert_eq!(all.entities.iter().map(|group| &*group.name).collect::<Vec<_>>(), ["Day shift", "Night shift"]);
    let few = groups.get_profiles_groups(&GroupsQuery::default()).await.expect("profiles");
    assert_eq!(few.total, 2);
    let profile = groups.get_group_profile(&night, &ProfileQuery::default()).await.expect("a profile");
    assert_eq!(profile.name.as_deref(), Some("Night shift"));
    assert_eq!(groups.get_fieldconfig(EntityType::Group).await.expect("fields").entity_type, "group");

    let change = GroupUpdate { description: Some("From ten".into()), version: Some(1), ..Default::default() };
    assert_eq!(groups.put_group(&night, &change).await.expect("a change").version, 2);
    members(client, &groups, &night, users).await;
    rules(&groups, &day, users).await;
    subgroups(&groups, &day, &night).await;
    search(&groups).await;
    voicemail(client, &night).await;

    let gone = groups.post_groups(&group("Gone")).await.expect("a group").id;
    groups.delete_group(&gone).await.expect("it goes");
    assert_eq!(groups.get_group(&gone).await.expect_err("it is gone").status(), Some(404));
}

async fn members(client: &Client, groups: &GroupsApi, night: &str, users: &Users) {
    let ids = vec![users.ann.clone(), users.bob.clone()];
    let add = GroupMembersUpdate { member_ids: Some(ids), version: Some(2) };
    groups.post_group_members(night, &add).await.expect("they are in");
    groups.delete_group_members(night, [&users.bob]).await.expect("one is out");
    let query = MembersQuery { page_size: Some(50), ..Default::default() };
    let members = groups.get_group_members(night, &query).await.expect("members");
    assert_eq!(members.entities.iter().map(|user| &user.id).collect::<Vec<_>>(), [&users.ann]);
    assert_eq!(groups.get_group_individuals(night).await.expect("individuals").total, 1);
    assert_eq!(groups.get_group(night).await.expect("a group").version, 4);
    let why = groups.get_group_member_explanation(night, &users.ann).await.expect("why");
    assert!(why.is_member && why.is_individual && !why.is_owner);
    let of = UsersApi::new(client).get_user_groups(&users.ann, &UserGroupsQuery::default()).await;
    assert_eq!(of.expect("groups").entities.first().map(|group| &*group.name), Some("Night shift"));
}

async fn rules(groups: &GroupsApi, day: &str, users: &Users) {
    let condition = DynamicGroupRoutingSkillCondition {
        routing_skill: Some("nursing".into()),
        comparator: Some("GreaterThan".into()),
        proficiency: Some(3),
        ..Default::default()
    };
    let node = DynamicGroupSkillCondition {
        routing_skill_conditions: Some(vec![condition]),
        language_skill_conditions: Some(Vec::new()),
        operation: Some("And".into()),
    };
    let rule = DynamicGroupQuery { skill_conditions: Some(vec![node]) };
    let expand = PreviewQuery { expand: vec![PreviewExpand::Users], ..PreviewQuery::default() };
    let preview = groups.post_groups_dynamicsettings_preview(&rule, &expand).await.expect("a preview");
    let whom: Vec<String> = preview.users.into_iter().flatten().map(|user| user.id).collect();
    assert_eq!((preview.user_count, whom), (1, vec![users.ann.clone()]));
    groups.put_group_dynamicsettings(day, &rule).await.expect("it has a rule");
    let definition = groups.get_group_dynamicsettings(day).await.expect("a rule");
    assert_eq!(
        (definition.group.id.as_str(), definition.query.skill_conditions.map_or(0, |nodes| nodes.len())),
        (day, 1)
    );
    groups.delete_group_dynamicsettings(day).await.expect("it has no rule");
    assert_eq!(groups.get_group_dynamicsettings(day).await.expect_err("no rule").status(), Some(404));
}

async fn subgroups(groups: &GroupsApi, upper: &str, lower: &str) {
    let update = GroupSubgroupsUpdate { ids: Some(vec![lower.into()]), version: None };
    groups.post_group_subgroups(upper, &update).await.expect("it is beneath");
    let beneath = groups.get_group_subgroups(upper, &SortedPageQuery::default()).await.expect("groups");
    assert_eq!(beneath.total, 1);
    groups.delete_group_subgroups(upper, [lower]).await.expect("it is out from beneath");
    let beneath = groups.get_group_subgroups(upper, &SortedPageQuery::default()).await.expect("groups");
    assert_eq!(beneath.total, 0);
}

async fn search(groups: &GroupsApi) {
    let query = vec![SearchCriteria {
        kind: Some("CONTAINS".into()),
        fields: Some(vec!["name".into()]),
        value: Some("shift".into()),
        ..Default::default()
    }];
    let request = GroupSearchRequest { page_size: Some(1), query: Some(query), ..Default::default() };
    let found = groups.post_groups_search(&request).await.expect("hits");
    assert_eq!((found.total, found.page_count, found.results.len()), (2, 2, 1));
    let link = found.next_page.expect("a link to the next page");
    let next = groups.get_groups_search(&link, &[]).await.expect("hits");
    assert_eq!(next.results.first().map(|group| &*group.name), Some("Night shift"));
}

async fn voicemail(client: &Client, group: &str) {
    let voicemail = VoicemailApi::new(client);
    let change = VoicemailGroupPolicy { rotate_calls_secs: Some(12), ..Default::default() };
    let changed = voicemail.patch_voicemail_group_policy(group, &change).await.expect("a change");
    assert_eq!(changed.rotate_calls_secs, Some(12));
    let policy = voicemail.get_voicemail_group_policy(group).await.expect("a policy");
    assert_eq!(policy.rotate_calls_secs, Some(12));
}
