//! Servers with self-signed certificates.

use super::server::Server;
use convoke_client::{Client, Error, OrganizationApi};
use convoke_server::Tls;

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused_unless_it_is_to_be_accepted() {
    let server = Server::start_with(Some(Tls::SelfSigned)).await;
    let error = OrganizationApi::new(&server.client()).get_organizations_me().await.expect_err("no connection");
    assert!(error.is_unreachable() && matches!(error, Error::Unreachable { .. }), "{error:?}");
    let expected = format!("{} cannot be reached: its certificate is not trusted: ", server.url);
    assert!(error.to_string().starts_with(&expected), "{error}");

    let client = Client::new(server.config().accept_invalid_certificates(true)).expect("a client");
    let organisation = OrganizationApi::new(&client).get_organizations_me().await.expect("an organisation");
    assert_eq!(organisation.name, "default");
}
