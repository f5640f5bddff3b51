//! Replies as Genesys Cloud and Kaizala were seen to send them: with less than their documents require, and with more.

use super::scripted::{ok, scripted};
use convoke_client::genesys::*;
use convoke_client::{
    AuthorizationApi, Client, GroupsApi, OAuthApi, OrganizationApi, RoutingApi, TokensApi, UsersApi, VoicemailApi,
    kaizala,
};

/// A client of a server that always sends this reply.
async fn client(reply: &str) -> Client {
    Client::new(scripted([ok(reply)]).await.config()).expect("a client")
}

#[tokio::test]
async fn a_group_has_owners_by_id_and_chat_and_moments_without_fractions() {
    let client = client(
        r#"{"id":"0b5e","name":"Night shift","dateModified":"2023-01-19T15:18:42Z","memberCount":7,"state":"active",
            "version":3,"type":"official","images":[{"resolution":"x96","imageUri":"https://a.example/x96"}],
            "addresses":[{"display":"(317) 555-0100","type":"GROUPRING","mediaType":"PHONE"}],"rulesVisible":true,
            "visibility":"public","chat":{"jabberId":"5f2a@conference.acme.orgspan.com"},
            "owners":[{"id":"7c1d","selfUri":"/api/v2/users/7c1d"}],"selfUri":"/api/v2/groups/0b5e"}"#,
    );
    let group = GroupsApi::new(&client.await).get_group("0b5e").await.expect("a group");
    assert_eq!(group.chat.map(|chat| chat.jabber_id).as_deref(), Some("5f2a@conference.acme.orgspan.com"));
    // Genesys Cloud omits the version that its documents require.
    assert_eq!(group.owners.first().map(|owner| (&*owner.id, owner.version)), Some(("7c1d", 0)));
    assert_eq!((group.version, group.include_owners, group.addresses.len()), (3, None, 1));
}

#[tokio::test]
async fn a_group_may_be_no_more_than_an_id() {
    let group = GroupsApi::new(&client(r#"{"id":"g"}"#).await).get_group("g").await.expect("a group");
    assert_eq!((group.name.as_str(), group.member_count, group.rules_visible), ("", 0, false));
    let nulls = r#"{"id":"g","name":null,"version":null,"images":null,"owners":null,"chat":null,"rulesVisible":null,
        "unheardOf":{"deep":[null]}}"#;
    let group = GroupsApi::new(&client(nulls).await).get_group("g").await.expect("a group");
    assert_eq!((group.name.as_str(), group.version, group.images.len()), ("", 0, 0));
}

#[tokio::test]
async fn users_lack_what_is_not_set_and_bring_what_is_not_known() {
    let client = client(
        r#"{"entities":[
            {"id":"a","name":"Ann","division":{"id":"d","name":"Home","selfUri":"/api/v2/authorization/divisions/d"},
             "chat":{"jabberId":"1@acme.orgspan.com"},"email":"ann@example.org",
             "primaryContactInfo":[{"address":"ann@example.org","mediaType":"EMAIL","type":"PRIMARY"}],
             "addresses":[],"state":"active","username":"ann@example.org","version":12,
             "acdAutoAnswer":false,"manager":{"id":"b","selfUri":"/api/v2/users/b"},
             "routingStatus":{"userId":"a","status":"OFF_QUEUE"},"presence":{"source":"PURECLOUD"},
             "skills":[{"id":"s","name":"nursing","proficiency":3,"state":"active"}],
             "languages":[{"id":"l","proficiency":5.0}],"groups":[{"id":"g","selfUri":"/api/v2/groups/g"}],
             "selfUri":"/api/v2/users/a"},
            {"id":"b","selfUri":"/api/v2/users/b"}],
            "pageSize":25,"pageNumber":1,"total":2,"firstUri":"/api/v2/users?pageSize=25&pageNumber=1",
            "selfUri":"/api/v2/users?pageSize=25&pageNumber=1","lastUri":"/api/v2/users?pageSize=25&pageNumber=1",
            "pageCount":1}"#,
    );
    let users = UsersApi::new(&client.await).get_users(&UsersQuery::default()).await.expect("users").entities;
    let [ann, bob] = <[User; 2]>::try_from(users).expect("two users");
    assert_eq!((ann.version, ann.manager.map(|manager| manager.id).as_deref()), (12, Some("b")));
    assert_eq!(ann.skills.and_then(|skills| skills.first().map(|skill| skill.proficiency)), Some(3.0));
    assert_eq!((bob.name.as_str(), bob.division.id.as_str(), bob.acd_auto_answer), ("", "", false));
}

#[tokio::test]
async fn a_listing_and_a_search_may_have_nothing_but_their_entries_or_not_even_those() {
    let groups = GroupsApi::new(&client(r#"{"entities":[{"id":"g"}]}"#).await);
    let page = groups.get_groups(&GroupsQuery::default()).await.expect("groups");
    assert_eq!((page.entities.len(), page.total, page.next_uri), (1, 0, None));
    let groups = GroupsApi::new(&client(r#"{"total":0,"pageCount":0,"pageSize":25,"pageNumber":1}"#).await);
    let hits = groups.post_groups_search(&GroupSearchRequest::default()).await.expect("no hits");
    assert_eq!((hits.results.len(), hits.types.len()), (0, 0));
    let members = r#"{"entities":[{"id":"u"}],"total":1}"#;
    let members = GroupsApi::new(&client(members).await).get_group_individuals("g").await.expect("individuals");
    assert_eq!(members.entities.len(), 1);
}

#[tokio::test]
async fn rules_profiles_and_field_configs_are_read() {
    let rule = r#"{"group":{"id":"g","selfUri":"/api/v2/groups/g"},"query":{"skillConditions":[
        {"routingSkillConditions":[{"routingSkill":"Series 6","comparator":"GreaterThan","proficiency":2,
         "childConditions":[{"routingSkillConditions":[],"languageSkillConditions":[],"operation":"And"}]}],
         "languageSkillConditions":[],"operation":"And"}]}}"#;
    let rule = GroupsApi::new(&client(rule).await).get_group_dynamicsettings("g").await.expect("a rule");
    assert_eq!(rule.query.skill_conditions.map_or(0, |nodes| nodes.len()), 1);
    let groups = GroupsApi::new(&client(r#"{"userCount":12}"#).await);
    let (rule, opts) = (DynamicGroupQuery::default(), PreviewQuery::default());
    let preview = groups.post_groups_dynamicsettings_preview(&rule, &opts).await.expect("a preview");
    assert_eq!(preview.user_count, 12);
    let profile = GroupsApi::new(&client(r#"{"id":"g","version":3}"#).await);
    let profile = profile.get_group_profile("g", &ProfileQuery::default()).await.expect("a profile");
    assert_eq!((profile.version, profile.name), (3, None));
    let config = r#"{"id":"c","entityType":"group","version":7,"schemaVersion":"2","sections":[
        {"key":"general","instructionText":"","fieldList":[{"key":"general.name","type":"text","required":true}]}]}"#;
    let config = GroupsApi::new(&client(config).await).get_fieldconfig("group".into()).await.expect("fields");
    assert_eq!((config.version.as_str(), config.schema_version.as_str()), ("7", "2"));
}

#[tokio::test]
async fn skills_and_what_surrounds_groups_are_read() {
    let skill = r#"{"id":"s","name":"nursing","version":4,"division":{"id":"d"}}"#;
    let skill = RoutingApi::new(&client(skill).await).get_routing_skill("s").await.expect("a skill");
    assert_eq!((skill.version.as_str(), skill.division.id.as_str()), ("4", "d"));
    let language = r#"{"id":"l","name":"Hindi","version":"1"}"#;
    let language = RoutingApi::new(&client(language).await).get_routing_language("l").await.expect("a language");
    assert_eq!((language.name.as_str(), language.version.as_str()), ("Hindi", "1"));
    let organisation = r#"{"id":"o","name":"Acme","thirdPartyURI":"x","features":{"chat":true},"version":9}"#;
    let organisation = OrganizationApi::new(&client(organisation).await).get_organizations_me().await;
    assert_eq!(organisation.expect("an organisation").version, 9);
    let token = r#"{"organization":{"id":"o","name":"Acme"},"homeOrganization":{"id":"o"},
        "authorizedScope":["groups"],"OAuthClient":{"id":"c","organization":{"id":"o"},"scope":[]}}"#;
    let token = TokensApi::new(&client(token).await).get_tokens_me().await.expect("a token");
    assert_eq!((token.home_organization.name.as_str(), token.oauth_client.id.as_str()), ("", "c"));
    let role = r#"{"id":"r","name":"Agent","permissionPolicies":[{"domain":"directory","entityName":"group",
        "policyName":"","actionSet":["view"],"resourceConditionNode":{}}],"userCount":3}"#;
    let role = AuthorizationApi::new(&client(role).await).get_authorization_role("r").await.expect("a role");
    assert_eq!(role.permission_policies.first().map(|policy| policy.action_set.len()), Some(1));
    let division = r#"{"id":"d","name":"Home","homeDivision":true,"objectCounts":{"USER":3}}"#;
    let division = AuthorizationApi::new(&client(division).await).get_authorization_division("d").await;
    assert!(division.expect("a division").home_division);
    let oauth = r#"{"id":"c","name":"tool","accessTokenValiditySeconds":86400,"scope":["groups"]}"#;
    let oauth = OAuthApi::new(&client(oauth).await).get_oauth_client("c").await.expect("a client");
    assert_eq!((oauth.access_token_validity_seconds, oauth.role_ids.len()), (86_400, 0));
    let policy = r#"{"enabled":true,"group":{"id":"g"},"groupAlertType":"ROUND_ROBIN","rotateCallsSecs":15}"#;
    let policy = VoicemailApi::new(&client(policy).await).get_voicemail_group_policy("g").await.expect("a policy");
    assert_eq!(policy.rotate_calls_secs, Some(15));
}

#[tokio::test]
async fn kaizala_wraps_a_group_or_does_not() {
    for reply in [
        r#"{"groups":[{"groupName":"Nurses","groupId":"g@1","groupImageUrl":"","hasSubGroups":true,"userCount":200}]}"#,
        r#"{"groupName":"Nurses","groupId":"g@1","groupImageURL":null,"hasSubGroups":true,"userCount":200}"#,
        r#"{"groups":[{"groupId":"g@1"}],"groupName":"Nurses","groupId":"g@1","userCount":200,"callerRole":"Admin"}"#,
    ] {
        let reply = kaizala::Groups::new(&client(reply).await).get_group("g@1").await.expect("a group");
        let group = &reply.group;
        assert_eq!((&*group.group_id, &*group.group_name, group.user_count), ("g@1", "Nurses", Some(200)));
        assert_eq!(reply.groups.iter().map(|group| &*group.group_name).collect::<Vec<_>>(), ["Nurses"]);
    }
}

#[tokio::test]
async fn kaizala_says_true_in_two_ways_and_leaves_out_what_it_likes() {
    for truth in [r#"{"result":true}"#, r#"{"result":"true"}"#] {
        let groups = kaizala::Groups::new(&client(truth).await);
        assert_eq!(groups.delete_member("g", "m").await.expect("it is out").result, "true");
        assert!(groups.delete_sub_group("g", "h").await.expect("it is out from beneath").result);
    }
    let members = r#"{"members":[{"id":"m","role":"Admin","mobileNumber":null,"isProvisioned":true},{"id":"n"}]}"#;
    let members = kaizala::Groups::new(&client(members).await).get_members("g").await.expect("members").members;
    assert_eq!(members.iter().map(|member| member.is_provisioned).collect::<Vec<_>>(), [true, false]);
    let created = r#"{"groupId":"g","groupName":"Nurses"}"#;
    let groups = kaizala::Groups::new(&client(created).await);
    let created = groups.post_sub_groups("h", &kaizala::GroupCreate::default()).await.expect("a group");
    assert!(!created.members_added);
    let login = r#"{"refreshToken":"r","grantedScope":"groupinfo.read","refreshTokenExpiry":1544536000000}"#;
    let groups = kaizala::Groups::new(&client(login).await);
    let login = groups.login_with_pin_and_application_id(&kaizala::PinLogin::default()).await.expect("a sign-in");
    assert_eq!((login.refresh_token.as_str(), login.endpoint_url.as_str()), ("r", ""));
}
