//! Refusals and invalid replies.

use super::scripted::{Reply, ok, scripted};
use convoke_client::genesys::{GetGroup, GroupPath, GroupUpdate};
use convoke_client::kaizala::Groups;
use convoke_client::{Client, Error, GroupsApi, Nothing, RefusedBody, TokensApi};

const ID: &[(&str, &str)] = &[("inin-correlation-id", "c-1")];

#[tokio::test]
async fn a_refusal_is_kept_as_the_server_wrote_it() {
    let body = r#"{"message":"the version does not match the current version","code":"general.conflict","status":409,
        "messageWithParams":null,"messageParams":{"current":"3"},"contextId":"c-1","details":[{"fieldName":"version"}],
        "errors":[],"limit":{"key":"k","value":5}}"#;
    let server = scripted([Reply::Answer(409, ID, body.into())]).await;
    let groups = GroupsApi::new(&Client::new(server.config()).expect("a client"));
    let error = groups.put_group("g", &GroupUpdate::default()).await.expect_err("a conflict");
    assert_eq!(
        error.to_string(),
        "putGroup was refused with status 409: the version does not match the current version (general.conflict)"
    );
    assert_eq!(
        (error.status(), error.code(), error.correlation_id()),
        (Some(409), Some("general.conflict"), Some("c-1"))
    );
    assert!(error.is_refused() && !error.is_unreachable());
    let Some(RefusedBody::Genesys(body)) = error.refused().map(|refused| &refused.body) else { panic!("{error:?}") };
    assert_eq!(body.message_params.get("current").map(String::as_str), Some("3"));
    assert_eq!(body.details.first().and_then(|detail| detail.field_name.as_deref()), Some("version"));
}

#[tokio::test]
async fn kaizala_refuses_by_the_body_whatever_the_status() {
    let body = r#"{"message":"no such group","errorCode":"NotFound","errorCategoryKey":"ResourceException"}"#;
    for status in [200, 404] {
        let server = scripted([Reply::Answer(status, ID, body.into())]).await;
        let groups = Groups::new(&Client::new(server.config()).expect("a client"));
        let error = groups.get_group("g@1").await.expect_err("no group");
        assert_eq!(error.to_string(), format!("getGroup was refused with status {status}: no such group (NotFound)"));
        assert_eq!((error.status(), error.correlation_id()), (Some(status), Some("c-1")));
    }
}

#[tokio::test]
async fn a_refusal_without_a_body_has_the_words_of_its_status() {
    let server = scripted([Reply::Answer(404, &[], String::new())]).await;
    let client = Client::new(server.config()).expect("a client");
    let error = TokensApi::new(&client).head_tokens_me().await.expect_err("no token");
    assert_eq!(error.to_string(), "headTokensMe was refused with status 404: Not Found");
}

#[tokio::test]
async fn what_is_no_reply_of_the_api_is_kept_and_said_so() {
    for (status, body, problem) in [
        (404, "<html>", "its body is no error of this API"),
        (500, r#"{"timestamp":1}"#, "its body is no error of this API"),
        (200, "<html>", "the body is not what it should be: expected value at line 1 column 1"),
        (200, r#"{"name":"g"}"#, "the body is not what it should be: missing field `id`"),
        (200, "", "the body is not what it should be: EOF while parsing"),
        (308, "", "it leads elsewhere"),
        (302, r#"{"message":"moved","code":"moved"}"#, "it leads elsewhere"),
    ] {
        let server =
            scripted([Reply::Answer(status, &[("inin-correlation-id", "c-1"), ("location", "/")], body.into())]).await;
        let groups = GroupsApi::new(&Client::new(server.config()).expect("a client"));
        let error = groups.get_group("g").await.expect_err("no group");
        let said = error.to_string();
        assert!(said.starts_with(&format!("getGroup was answered with status {status}, and {problem}")), "{said}");
        assert_eq!((error.status(), error.correlation_id()), (Some(status), Some("c-1")));
        let Error::Unexpected(unexpected) = &error else { panic!("{error:?}") };
        assert_eq!(unexpected.bytes, body);
        assert_eq!(server.came().len(), 1, "a redirection is not followed");
    }
}

#[tokio::test]
async fn a_reply_that_has_nothing_to_say_may_say_anything() {
    for body in ["", "{}", "null", "done"] {
        let server = scripted([ok(body)]).await;
        let groups = GroupsApi::new(&Client::new(server.config()).expect("a client"));
        groups.delete_group("g").await.expect("it goes");
        groups.delete_group_members("g", ["u"]).await.expect("it is out");
    }
}

#[tokio::test]
async fn an_id_that_is_none_is_not_sent() {
    let server = scripted([ok("{}")]).await;
    let groups = GroupsApi::new(&Client::new(server.config()).expect("a client"));
    for id in ["", ".", ".."] {
        let error = groups.get_group(id).await.expect_err("no id");
        assert!(matches!(&error, Error::InvalidArgument { name, .. } if name == "groupId"), "{error:?}");
    }
    assert_eq!(server.came().len(), 0);
}

#[tokio::test]
async fn an_answer_is_there_as_it_came() {
    let text = "{ \"id\" : \"g\",\n  \"of the future\" : 1 }";
    let server = scripted([Reply::Answer(200, ID, text.into())]).await;
    let client = Client::new(server.config()).expect("a client");
    let path = GroupPath { group_id: "g".into() };
    let answer = client.call_raw::<GetGroup>(&path, &Nothing {}, None).await.expect("an answer");
    assert_eq!((answer.status(), answer.correlation_id(), &*answer.text()), (200, Some("c-1"), text));
    assert_eq!(answer.bytes(), text);
    assert_eq!(answer.parse().expect("a group").id, "g");
}
