//! Talking to a running server.

use crate::Trouble;
use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand};
use convoke_wire::Endpoint;
use convoke_wire::genesys::ErrorBody;
use convoke_wire::oauth::{TOKEN_PATHS, TokenError, TokenReply};
use convoke_wire::operator::{OrganisationCreate, OrganisationCreated, PostOrganisations};
use reqwest::{Client, Response};

/// Which server, and who is calling.
#[derive(Args)]
pub struct Server {
    /// The server
    #[arg(long, env = "CONVOKE_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The OAuth client to sign in with
    #[arg(long, env = "CONVOKE_CLIENT_ID", default_value = "", hide_default_value = true)]
    client_id: String,
    /// Its secret; better given by the environment, where other users do not see it
    #[arg(long, env = "CONVOKE_CLIENT_SECRET", hide_env_values = true, default_value = "", hide_default_value = true)]
    client_secret: String,
    /// Take any certificate, as of a server with --tls-self-signed on this machine
    #[arg(long, env = "CONVOKE_INSECURE", value_parser = FalseyValueParser::new())]
    insecure: bool,
}

impl Server {
    /// Signs in, calls, and gives what the server answers if that is a success.
    pub async fn call<E: Endpoint>(&self, body: Option<&E::Body>) -> Result<Response, Trouble> {
        if self.client_id.is_empty() || self.client_secret.is_empty() {
            return Err(Trouble::refused("set CONVOKE_CLIENT_ID and CONVOKE_CLIENT_SECRET to sign in with"));
        }
        // Another part of the process may have chosen already; it chose the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().tls_danger_accept_invalid_certs(self.insecure).build();
        let client = client.map_err(Trouble::refused)?;
        let url = self.url.trim_end_matches('/');
        let unreachable = |error: reqwest::Error| {
            let mut sentence = format!("{url} cannot be reached: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                sentence.push_str(&format!(": {error}"));
                cause = error.source();
            }
            Trouble::unreachable(format!("{sentence}; is the server running, and CONVOKE_URL right?"))
        };
        let [token_path, ..] = TOKEN_PATHS;
        let token = client
            .post(format!("{url}{token_path}"))
            .basic_auth(&self.client_id, Some(&self.client_secret))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await
            .map_err(unreachable)?;
        if !token.status().is_success() {
            let status = token.status();
            let said = token.json::<TokenError>().await.ok().and_then(|error| error.description);
            return Err(Trouble::refused(format!(
                "sign-in was refused: {}",
                said.unwrap_or_else(|| status.to_string())
            )));
        }
        let token: TokenReply = token.json().await.map_err(Trouble::refused)?;
        let method = reqwest::Method::from_bytes(E::METHOD.as_str().as_bytes()).map_err(Trouble::refused)?;
        let mut request = client.request(method, format!("{url}{}", E::PATH)).bearer_auth(token.access_token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(unreachable)?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let said = answer.json::<ErrorBody>().await.map(|error| error.message);
        Err(Trouble::refused(format!("the server refused: {}", said.unwrap_or_else(|_| status.to_string()))))
    }
}

/// `convoke org`.
#[derive(Subcommand)]
pub enum Org {
    /// Found another organisation, with a client that may do everything in it
    Create {
        /// Its name, unique on the server
        name: String,
        /// Print the server's reply as it is
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        server: Server,
    },
}

impl Org {
    /// Does it.
    pub async fn run(self) -> Result<(), Trouble> {
        let Org::Create { name, json, server } = self;
        let answer = server.call::<PostOrganisations>(Some(&OrganisationCreate { name: Some(name) })).await?;
        let text = answer.text().await.map_err(Trouble::refused)?;
        if json {
            println!("{text}");
            return Ok(());
        }
        let made: OrganisationCreated = serde_json::from_str(&text).map_err(Trouble::refused)?;
        println!("organisation   {} ({})", made.name, made.id);
        println!("client id      {}", made.client_id);
        println!("client secret  {}  (not shown again)", made.client_secret);
        Ok(())
    }
}
