//! Tokens: how they are obtained, how long they are cached, and the errors if there is none.

use super::scripted::{Reply, Request, Scripted, ok, pass, scripted};
use convoke_client::genesys::Group;
use convoke_client::kaizala::Groups;
use convoke_client::{Client, Config, Error, GroupsApi, REGIONS};
use std::time::Duration;

const GROUP: &str = r#"{"id":"g"}"#;

fn token(token: &str, seconds: u32) -> Reply {
    ok(format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":{seconds},"error":""}}"#))
}

fn refused() -> Reply {
    Reply::Answer(401, &[], r#"{"message":"no","code":"bad.credentials","status":401}"#.into())
}

fn client(server: &Scripted) -> Client {
    Client::new(Config::url(&server.url).client_credentials("me", "my-secret")).expect("a client")
}

async fn get(client: &Client) -> Result<Group, Error> {
    GroupsApi::new(client).get_group("g").await
}

/// The URL and the credentials of each request.
fn told(server: &Scripted) -> Vec<(String, String)> {
    let told = |request: Request| (request.target.clone(), request.header("authorization").to_owned());
    server.came().into_iter().map(told).collect()
}

fn pair(target: &str, authorization: &str) -> (String, String) {
    (target.into(), authorization.into())
}

#[tokio::test]
async fn a_client_signs_in_once_for_all_its_calls() {
    let server = scripted([token("t", 86_400), ok(GROUP)]).await;
    let client = client(&server);
    let (first, second, third) = tokio::join!(get(&client), get(&client), get(&client));
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    let sign_in = pair("/oauth/token", "Basic bWU6bXktc2VjcmV0");
    let call = pair("/api/v2/groups/g", "Bearer t");
    assert_eq!(told(&server), [sign_in, call.clone(), call.clone(), call]);
    let came = server.came();
    let form = came.first().expect("a sign-in");
    assert_eq!((form.method.as_str(), form.body.as_str()), ("POST", "grant_type=client_credentials"));
    assert_eq!(form.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(form.header("user-agent"), concat!("convoke-client/", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_before_it_ends_or_in_the_last_tenth_of_a_short_life() {
    for (life, good) in [(86_400, 86_340), (900, 840), (300, 270)] {
        let server = scripted([token("one", life), ok(GROUP), ok(GROUP), token("two", life), ok(GROUP)]).await;
        let client = client(&server);
        get(&client).await.expect("a group");
        pass(Duration::from_secs(good - 20)).await;
        get(&client).await.expect("a group");
        assert_eq!(server.came().len(), 3, "{life}: it was still good");
        pass(Duration::from_secs(20)).await;
        get(&client).await.expect("a group");
        assert_eq!(told(&server).last(), Some(&pair("/api/v2/groups/g", "Bearer two")), "{life}");
    }
}

#[tokio::test]
async fn a_token_of_unknown_life_is_kept_until_it_is_refused() {
    let server = scripted([token("one", 0), ok(GROUP), ok(GROUP), refused(), token("two", 0), ok(GROUP)]).await;
    let client = client(&server);
    get(&client).await.expect("a group");
    pass(Duration::from_secs(1_000_000)).await;
    get(&client).await.expect("a group");
    get(&client).await.expect("a group by another token");
    assert_eq!(told(&server).last(), Some(&pair("/api/v2/groups/g", "Bearer two")));
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let server = scripted([token("one", 900), refused(), token("two", 900), refused(), ok(GROUP)]).await;
    let error = get(&client(&server)).await.expect_err("no group");
    assert_eq!((error.status(), error.code()), (Some(401), Some("bad.credentials")));
    assert_eq!(server.came().len(), 4);
}

#[tokio::test]
async fn a_token_that_was_given_is_not_renewed_and_no_token_is_none() {
    let server = scripted([refused()]).await;
    let error = get(&Client::new(Config::url(&server.url).access_token("given")).expect("a client")).await;
    assert!(matches!(error, Err(Error::Refused(_))), "{error:?}");
    let error = get(&Client::new(Config::url(&server.url)).expect("a client")).await;
    assert!(matches!(error, Err(Error::Refused(_))), "{error:?}");
    let call = |authorization| pair("/api/v2/groups/g", authorization);
    assert_eq!(told(&server), [call("Bearer given"), call("(absent)")]);
}

#[tokio::test]
async fn a_sign_in_that_fails_fails_all_who_wait_for_it() {
    let no = r#"{"error":"invalid_client","description":"client not found","error_description":"client not found"}"#;
    let no = Reply::Answer(400, &[("inin-correlation-id", "c-1")], no.into());
    let server = scripted([no, token("t", 900), ok(GROUP)]).await;
    let client = client(&server);
    let (first, second) = tokio::join!(get(&client), get(&client));
    for error in [first.expect_err("no group"), second.expect_err("no group")] {
        assert!(error.is_refused() && matches!(error, Error::SignInRefused(_)), "{error:?}");
        assert_eq!(error.to_string(), "sign-in was refused: client not found");
        assert_eq!(
            (error.status(), error.code(), error.correlation_id()),
            (Some(400), Some("invalid_client"), Some("c-1"))
        );
    }
    assert_eq!(server.came().len(), 1);
    get(&client).await.expect("another call tries again");
}

#[tokio::test]
async fn a_refresh_token_signs_in_and_may_be_followed_by_another() {
    let next = r#"{"access_token":"one","expires_in":300,"refresh_token":"r2"}"#;
    let server = scripted([ok(next), ok(GROUP), token("two", 300), ok(GROUP)]).await;
    let config = Config::url(&server.url).refresh("me", "my-secret", "r&1");
    let client = Client::new(config).expect("a client");
    assert_eq!(client.refresh_token().await.as_deref(), Some("r&1"));
    get(&client).await.expect("a group");
    assert_eq!(client.refresh_token().await.as_deref(), Some("r2"));
    pass(Duration::from_secs(300)).await;
    get(&client).await.expect("a group");
    assert_eq!(client.refresh_token().await.as_deref(), Some("r2"), "the old one still does");
    let came = server.came();
    let forms: Vec<&str> = came.iter().map(|request| &*request.body).filter(|body| !body.is_empty()).collect();
    assert_eq!(forms, ["grant_type=refresh_token&refresh_token=r%261", "grant_type=refresh_token&refresh_token=r2"]);

    let server = scripted([token("t", 300), ok(GROUP)]).await;
    get(&Client::new(Config::url(&server.url).refresh("me", "", "r")).expect("a client")).await.expect("a group");
    let came = server.came();
    let form = came.first().expect("a sign-in");
    assert_eq!(form.body, "grant_type=refresh_token&refresh_token=r&client_id=me");
    assert_eq!(form.header("authorization"), "(absent)", "a client without a secret");
}

#[tokio::test]
async fn a_connector_signs_in_by_headers_and_calls_by_one() {
    let access = |token: &str, next: &str| {
        // An expiry in the far future.
        ok(format!(r#"{{"accessToken":"{token}","accessTokenExpiry":4102444800000,"refreshToken":{next}}}"#))
    };
    let invalid = r#"{"message":"Invalid token.","errorCode":"InvalidToken","errorCategoryKey":"AuthException"}"#;
    let me = r#"{"id":"u"}"#;
    let server = scripted([access("one", r#""r2""#), ok(me), ok(invalid), access("two", "null"), ok(me)]).await;
    let client = Client::new(Config::url(&server.url).connector("app", "my-secret", "r1")).expect("a client");
    let groups = Groups::new(&client);
    assert_eq!(groups.get_users_me().await.expect("the caller").id, "u");
    assert_eq!(groups.get_users_me().await.expect("the caller, by another token").id, "u");
    assert_eq!(client.refresh_token().await.as_deref(), Some("r2"));
    let told: Vec<String> = server
        .came()
        .iter()
        .map(|request| {
            let headers =
                ["applicationid", "applicationsecret", "refreshtoken", "accesstoken"].map(|name| request.header(name));
            format!("{} {} {}", request.method, request.target, headers.join(" "))
        })
        .collect();
    let (sign_in, call) = ("GET /v1/accessToken app my-secret", "GET /v1/users/me (absent) (absent) (absent)");
    assert_eq!(
        told,
        [
            format!("{sign_in} r1 (absent)"),
            format!("{call} one"),
            format!("{call} one"),
            format!("{sign_in} r2 (absent)"),
            format!("{call} two"),
        ]
    );
}

#[tokio::test]
async fn a_connector_that_is_not_let_in_is_told_so() {
    let no =
        r#"{"message":"Missing correct applicationId and applicationSecret headers","errorCode":"Unauthenticated"}"#;
    let server = scripted([Reply::Answer(401, &[], no.into())]).await;
    let client = Client::new(Config::url(&server.url).connector("app", "wrong", "r")).expect("a client");
    let error = Groups::new(&client).get_users_me().await.expect_err("nobody");
    assert!(matches!(error, Error::SignInRefused(_)), "{error:?}");
    assert!(error.to_string().ends_with("applicationId and applicationSecret headers"), "{error}");
}

#[tokio::test]
async fn a_gateway_has_a_path_for_each() {
    let server = scripted([token("t", 900), ok(GROUP)]).await;
    let config = Config::gateway(&format!("{}/in/", server.url), &format!("{}/api", server.url));
    get(&Client::new(config.client_credentials("me", "my-secret")).expect("a client")).await.expect("a group");
    let targets: Vec<String> = server.came().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/in/oauth/token", "/api/api/v2/groups/g"]);
}

#[test]
fn what_cannot_be_used_is_refused_and_no_secret_is_shown() {
    for region in REGIONS {
        let client = Client::new(Config::region(region).expect("a region")).expect("a client");
        assert_eq!(format!("{client:?}"), format!("Client {{ api: \"https://api.{region}/\", .. }}"));
    }
    let error = Config::region("mypurecloud.org").map(drop).expect_err("no region").to_string();
    assert!(error.contains("mypurecloud.org") && error.contains("euw2.pure.cloud"), "{error}");
    let url = || Config::url("http://127.0.0.1:8080");
    for (config, problem) in [
        (Config::url("127.0.0.1:8080"), "lacks http://"),
        (url().client_credentials("", "s"), "the client id \"\""),
        (url().client_credentials("a:b", "s"), "the client id \"a:b\""),
        (url().access_token("hidden\n"), "access token must be"),
        (url().access_token(""), "access token must be"),
        (url().connector("app", "hidden\n", "r"), "applicationSecret must be"),
        (url().connector("app", "s", ""), "refreshToken must be"),
        (url().user_agent("a\nb"), "the client cannot be made"),
    ] {
        let error = Client::new(config).map(drop).expect_err("an error").to_string();
        assert!(error.contains(problem) && !error.contains("hidden"), "{error}");
    }
    for config in [
        url().client_credentials("me", "my-secret"),
        url().access_token("my-secret"),
        url().refresh("me", "my-secret", "my-secret"),
        url().connector("app", "my-secret", "my-secret"),
    ] {
        assert!(!format!("{config:?} {:?}", Client::new(config.clone())).contains("my-secret"), "{config:?}");
    }
}
