//! Replies in the form of the published samples, and requests in all forms that clients send.

use super::*;
use crate::query;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn text(reply: &impl Serialize) -> String {
    serde_json::to_string(reply).expect("replies are written as JSON")
}

/// A sample without its line breaks.
fn on_one_line(sample: &str) -> String {
    sample.parse::<Value>().expect("a sample is JSON").to_string()
}

fn sample_group() -> Group {
    Group {
        group_name: "Sample group name".into(),
        group_id: "853654b2-5874-462d-b709-0c4e43a7083f".into(),
        group_image_url: "{sample group image URL here}".into(),
        ..Group::default()
    }
}

#[test]
fn a_created_group_is_as_in_the_sample() {
    let created = GroupCreated {
        group_name: "Kaizala Test group".into(),
        group_id: "853654b2-5874-462d-b709-0c4e43a7083f".into(),
        members_added: true,
    };
    let sample = r#"{
       "groupName": "Kaizala Test group",
       "groupId": "853654b2-5874-462d-b709-0c4e43a7083f",
       "membersAdded": true
    }"#;
    assert_eq!(text(&created), on_one_line(sample));
}

#[test]
fn a_list_with_details_is_as_in_the_sample() {
    let group = Group {
        has_sub_groups: Some(false),
        has_parent_groups: Some(false),
        caller_role: Some("Admin".into()),
        current_level_sub_group_count: Some(0),
        current_level_parent_group_count: Some(0),
        user_count: Some(2),
        unique_user_count: Some(0),
        current_level_user_count: Some(2),
        current_level_un_provisioned_user_count: Some(0),
        un_provisioned_user_count: Some(0),
        is_mapped_to_tenant: Some(false),
        group_type: Some("Group".into()),
        is_duplicate: Some(false),
        is_editable: Some(true),
        is_details_readable: Some(true),
        ..sample_group()
    };
    let sample = r#"{
      "groups": [
        {
          "groupName": "Sample group name",
          "groupId": "853654b2-5874-462d-b709-0c4e43a7083f",
          "groupImageUrl": "{sample group image URL here}",
          "hasSubGroups": false,
          "hasParentGroups": false,
          "callerRole": "Admin",
          "currentLevelSubGroupCount": 0,
          "currentLevelParentGroupCount": 0,
          "userCount": 2,
          "uniqueUserCount": 0,
          "currentLevelUserCount": 2,
          "currentLevelUnProvisionedUserCount": 0,
          "unProvisionedUserCount": 0,
          "isMappedToTenant": false,
          "groupType": "Group",
          "isDuplicate": false,
          "isEditable": true,
          "isDetailsReadable": true
        }
      ]
    }"#;
    assert_eq!(text(&GroupList { groups: vec![group] }), on_one_line(sample));
}

#[test]
fn one_group_is_as_in_the_sample_and_at_the_top_as_well() {
    let group = Group {
        has_sub_groups: Some(true),
        user_count: Some(200),
        current_level_user_count: Some(10),
        ..sample_group()
    };
    let sample = r#"{
      "groups": [
        {
          "groupName": "Sample group name",
          "groupId": "853654b2-5874-462d-b709-0c4e43a7083f",
          "groupImageUrl": "{sample group image URL here}",
          "hasSubGroups": true,
          "userCount": 200,
          "currentLevelUserCount": 10
        }
      ],
      "groupName": "Sample group name",
      "groupId": "853654b2-5874-462d-b709-0c4e43a7083f",
      "groupImageUrl": "{sample group image URL here}",
      "hasSubGroups": true,
      "userCount": 200,
      "currentLevelUserCount": 10
    }"#;
    let reply = GroupReply::from(group);
    assert_eq!(text(&reply), on_one_line(sample));
    let read: GroupReply = serde_json::from_str(&text(&reply)).expect("a client reads it back");
    assert_eq!(text(&read), text(&reply));
}

#[test]
fn groups_stand_in_groups() {
    let child = Group { welcome_message: Some("Hello".into()), is_duplicate: Some(false), ..sample_group() };
    let parent = Group { sub_groups: Some(vec![child]), welcome_message: Some(String::new()), ..sample_group() };
    let head = r#""groupName":"Sample group name","groupId":"853654b2-5874-462d-b709-0c4e43a7083f","#;
    let head = format!(r#"{head}"groupImageUrl":"{{sample group image URL here}}","#);
    let child = format!(r#"{{{head}"isDuplicate":false,"welcomeMessage":"Hello"}}"#);
    assert_eq!(text(&parent), format!(r#"{{{head}"subGroups":[{child}],"welcomeMessage":""}}"#));
}

#[test]
fn other_replies_have_the_published_form() {
    let user = User {
        id: "u".into(),
        mobile_number: Some("+911099999999".into()),
        name: "Ann".into(),
        profile_pic: String::new(),
        is_provisioned: true,
    };
    let member = Member {
        id: "u".into(),
        role: "Admin".into(),
        mobile_number: None,
        name: "Ann".into(),
        profile_pic: String::new(),
        is_provisioned: false,
    };
    let added = AddedOne { is_added: true, error_reason: None, error_code: None };
    let removed = RemovedOne { is_removed: true, error_reason: None, error_code: None };
    let token = AccessToken {
        access_token: "a".into(),
        endpoint_url: "https://localhost/".into(),
        access_token_expiry: 1_513_000_000_000,
        refresh_token: String::new(),
        scope: "token.write".into(),
    };
    let error = ErrorBody { message: "m".into(), error_code: "c".into(), error_category_key: "k".into() };
    for (reply, expected) in [
        (text(&Empty {}), "{}"),
        (text(&Done { result: "true".into() }), r#"{"result":"true"}"#),
        (text(&Attached { result: true }), r#"{"result":true}"#),
        (text(&Added { result: BTreeMap::from([("+91".into(), added)]) }), r#"{"result":{"+91":{"isAdded":true}}}"#),
        (
            text(&Removed { result: BTreeMap::from([("+91".into(), removed)]) }),
            r#"{"result":{"+91":{"isRemoved":true}}}"#,
        ),
        (
            text(&MemberList { members: vec![member] }),
            r#"{"members":[{"id":"u","role":"Admin","name":"Ann","profilePic":"","isProvisioned":false}]}"#,
        ),
        (
            text(&SubscriberList { subscribers: vec![user], cursor: None }),
            concat!(
                r#"{"subscribers":[{"id":"u","mobileNumber":"+911099999999","name":"Ann","profilePic":"","#,
                r#""isProvisioned":true}]}"#
            ),
        ),
        (
            text(&token),
            concat!(
                r#"{"accessToken":"a","endpointUrl":"https://localhost/","accessTokenExpiry":1513000000000,"#,
                r#""refreshToken":"","scope":"token.write"}"#
            ),
        ),
        (text(&error), r#"{"message":"m","errorCode":"c","errorCategoryKey":"k"}"#),
    ] {
        assert_eq!(reply, expected);
    }
}

#[test]
fn null_is_absent_and_some_keys_have_two_names() {
    let read = |body: Value| serde_json::from_value::<GroupCreate>(body).map(|group| text(&group));
    let named = Ok(r#"{"name":"n"}"#.to_owned());
    assert_eq!(read(json!({ "name": "n" })).map_err(drop), named);
    assert_eq!(read(json!({ "groupName": "n", "members": null, "addUserToGroup": null })).map_err(drop), named);
    assert!(read(json!({ "groupName": "n", "name": "n" })).is_err());
    let pictured = Ok(r#"{"groupImageUrl":"u"}"#.to_owned());
    assert_eq!(read(json!({ "groupImageURL": "u" })).map_err(drop), pictured);
    assert_eq!(read(json!({ "groupImageUrl": "u" })).map_err(drop), pictured);
}

#[test]
fn a_pin_is_a_number_or_text() {
    for (pin, expected) in [
        (json!({ "pin": 1234 }), Ok(Some("1234".to_owned()))),
        (json!({ "pin": "0123" }), Ok(Some("0123".to_owned()))),
        (json!({ "pin": null }), Ok(None)),
        (json!({}), Ok(None)),
        (json!({ "pin": [1] }), Err("must be a number or a string".to_owned())),
        (json!({ "pin": true }), Err("must be a number or a string".to_owned())),
    ] {
        let read = serde_json::from_value::<PinLogin>(pin.clone()).map(|login| login.pin);
        assert_eq!(read.map_err(|error| error.to_string()), expected, "{pin}");
    }
}

#[test]
fn a_page_of_subscribers_is_asked_for_in_a_query_as_well() {
    let page = query::from_str::<SubscribersPage>("cursor=c&count=20").expect("a page");
    assert_eq!((page.cursor.as_deref(), page.count), (Some("c"), Some(20)));
    let refused = query::from_str::<SubscribersPage>("count=many").map(|page| page.count);
    assert_eq!(refused.map_err(|error| error.field), Err("count".to_owned()));
}

#[test]
fn names_and_operations_are_unique() {
    let endpoints = endpoints();
    let names: BTreeMap<&str, ()> = endpoints.iter().map(|endpoint| (endpoint.name, ())).collect();
    let operations: BTreeMap<(&str, &str), ()> =
        endpoints.iter().map(|endpoint| ((endpoint.method.as_str(), endpoint.path), ())).collect();
    assert_eq!((names.len(), operations.len()), (endpoints.len(), endpoints.len()));
    assert!(endpoints.iter().all(|endpoint| endpoint.path.starts_with("/v1/") && endpoint.permissions.is_empty()));
}
