//! The organisation, permissions, clients, tokens, and the operator's operations.

use super::Users;
use convoke_client::genesys::*;
use convoke_client::operator::OrganisationCreate;
use convoke_client::*;

pub async fn walk(client: &Client, url: &str, users: &Users) {
    let organisation = OrganizationApi::new(client).get_organizations_me().await.expect("an organisation");
    assert_eq!(organisation.name, "default");
    let access = AuthorizationApi::new(client);
    let products = access.get_authorization_products().await.expect("products");
    assert_eq!(products.entities.first().map(|product| &*product.id), Some("directory"));
    let home = access.get_authorization_divisions_home().await.expect("a division");
    assert!(home.home_division);
    let all = access.get_authorization_divisions(&DivisionsQuery::default()).await.expect("divisions");
    assert_eq!(all.total, 1);
    assert_eq!(access.get_authorization_division(&home.id).await.expect("a division").name, home.name);
    let permissions = access.get_authorization_permissions(&PageQuery::default()).await.expect("permissions");
    assert!(permissions.entities.iter().any(|domain| domain.domain == "directory"));
    let roles = access.get_authorization_roles(&RolesQuery::default()).await.expect("roles");
    let role = roles.entities.into_iter().find(|role| role.name == "reader").expect("a role");
    assert_eq!(access.get_authorization_role(&role.id).await.expect("a role").permissions, role.permissions);

    let person = clients(client, url, users, &role.id).await;
    let me = UsersApi::new(&person).get_users_me(&MeQuery::default()).await.expect("the caller");
    assert_eq!(me.user.id, users.ann);
    let tokens = TokensApi::new(&person);
    tokens.head_tokens_me().await.expect("a good token");
    assert_eq!(tokens.get_tokens_me().await.expect("a token").organization.name, "default");
    tokens.delete_tokens_me().await.expect("it ends");
    tokens.head_tokens_me().await.expect("another token");
    operator(client).await;
}

/// Creates a client that acts for a user.
async fn clients(client: &Client, url: &str, users: &Users, role: &str) -> Client {
    let clients = OAuthApi::new(client);
    let request = OAuthClientRequest {
        name: Some("Ann's".into()),
        authorized_grant_type: Some("CLIENT-CREDENTIALS".into()),
        role_ids: Some(vec![role.into()]),
        user_id: Some(users.ann.clone()),
        ..Default::default()
    };
    let made = clients.post_oauth_clients(&request).await.expect("a client");
    let rename = OAuthClientRequest { name: Some("Ann's own".into()), ..request.clone() };
    clients.put_oauth_client(&made.id, &rename).await.expect("a change");
    assert_eq!(clients.get_oauth_client(&made.id).await.expect("a client").name, "Ann's own");
    let other = clients.post_oauth_clients(&request).await.expect("a client").id;
    clients.delete_oauth_client(&other).await.expect("it goes");
    assert_eq!(clients.get_oauth_clients(&PageQuery::default()).await.expect("clients").total, 2);
    let config = Config::url(url).client_credentials(made.id, made.secret.expect("a secret"));
    Client::new(config).expect("a client")
}

async fn operator(client: &Client) {
    let operator = OperatorApi::new(client);
    let body = OrganisationCreate { name: Some("Subsidiary".into()) };
    let made = operator.post_operator_organisations(&body).await.expect("an organisation");
    assert_eq!(made.name, "Subsidiary");
    let verification = operator.get_operator_verification().await.expect("a verification");
    assert_eq!((verification.organisations, verification.differences), (2, Vec::new()));
    let mut backup = operator.get_operator_backup().await.expect("a backup");
    let mut bytes = Vec::new();
    while let Some(chunk) = backup.chunk().await.expect("a chunk") {
        bytes.extend_from_slice(&chunk);
    }
    assert!(bytes.starts_with(b"SQLite format 3\0"), "{} bytes", bytes.len());
}
