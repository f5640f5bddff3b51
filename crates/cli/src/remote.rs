//! Talking to a running server.

use crate::Trouble;
use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand};
use convoke_wire::genesys::ErrorBody;
use convoke_wire::oauth::{TOKEN_PATHS, TokenError, TokenReply};
use convoke_wire::operator::{OrganisationCreate, OrganisationCreated, PostOrganisations};
use convoke_wire::{Endpoint, Nothing};
use reqwest::{Client, Response, Url};
use serde_json::Value;

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
    pub async fn call<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: Option<&E::Body>,
    ) -> Result<Response, Trouble> {
        self.sign_in().await?.call::<E>(path, query, body).await
    }

    /// Signs in.
    pub async fn sign_in(&self) -> Result<Session, Trouble> {
        if self.client_id.is_empty() || self.client_secret.is_empty() {
            return Err(Trouble::refused("set CONVOKE_CLIENT_ID and CONVOKE_CLIENT_SECRET to sign in with"));
        }
        // Another part of the process may have chosen already; it chose the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().tls_danger_accept_invalid_certs(self.insecure).build();
        let client = client.map_err(Trouble::refused)?;
        let url = self.url.trim_end_matches('/').to_owned();
        let [token_path, ..] = TOKEN_PATHS;
        let token = client
            .post(format!("{url}{token_path}"))
            .basic_auth(&self.client_id, Some(&self.client_secret))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await
            .map_err(|error| unreachable(&url, &error))?;
        if !token.status().is_success() {
            let status = token.status();
            let said = token.json::<TokenError>().await.ok().and_then(|error| error.description);
            return Err(Trouble::refused(format!(
                "sign-in was refused: {}",
                said.unwrap_or_else(|| status.to_string())
            )));
        }
        let token: TokenReply = token.json().await.map_err(Trouble::refused)?;
        Ok(Session { client, url, token: token.access_token })
    }
}

/// A server that let the caller in.
pub struct Session {
    client: Client,
    url: String,
    token: String,
}

impl Session {
    /// Calls, and gives what the server answers if that is a success.
    pub async fn call<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: Option<&E::Body>,
    ) -> Result<Response, Trouble> {
        let method = reqwest::Method::from_bytes(E::METHOD.as_str().as_bytes()).map_err(Trouble::refused)?;
        let target = target::<E>(&self.url, path, query)?;
        let mut request = self.client.request(method, target).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|error| unreachable(&self.url, &error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let said = answer.json::<ErrorBody>().await.map(|error| error.message);
        Err(Trouble::refused(format!("the server refused: {}", said.unwrap_or_else(|_| status.to_string()))))
    }
}

/// Where an endpoint of the server is, with these parameters.
fn target<E: Endpoint>(server: &str, path: &E::Path, query: &E::Query) -> Result<Url, Trouble> {
    let mut url = Url::parse(server).map_err(|error| Trouble::refused(format!("{server:?} is no URL: {error}")))?;
    let path = serde_json::to_value(path).map_err(Trouble::refused)?;
    let mut segments = url.path_segments_mut().map_err(|()| Trouble::refused(format!("{server:?} is no server")))?;
    segments.pop_if_empty();
    for part in E::PATH.split('/').skip(1) {
        let parameter = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        match parameter.map(|name| text(path.get(name).unwrap_or_default())) {
            // As a part of a URL these mean something else, however they are written.
            Some(value) if matches!(&*value, "" | "." | "..") => {
                return Err(Trouble::refused(format!("{value:?} is no id")));
            }
            Some(value) => segments.push(&value),
            None => segments.push(part),
        };
    }
    drop(segments);
    let query = serde_json::to_value(query).map_err(Trouble::refused)?;
    for (key, value) in query.as_object().into_iter().flatten() {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values.iter().filter(|value| !value.is_null()) {
            url.query_pairs_mut().append_pair(key, &text(value));
        }
    }
    Ok(url)
}

/// A parameter as it is written in a URL.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn unreachable(url: &str, error: &reqwest::Error) -> Trouble {
    let mut sentence = format!("{url} cannot be reached: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        sentence.push_str(&format!(": {error}"));
        cause = error.source();
    }
    Trouble::unreachable(format!("{sentence}; is the server running, and CONVOKE_URL right?"))
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
        let body = OrganisationCreate { name: Some(name) };
        let answer = server.call::<PostOrganisations>(&Nothing {}, &Nothing {}, Some(&body)).await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use convoke_wire::genesys::*;

    #[test]
    fn parameters_go_where_they_belong_and_mean_nothing_else() {
        let group = |id: &str| GroupPath { group_id: id.into() };
        let members = |query: MembersQuery| target::<GetGroupMembers>("http://h:1/base/", &group("a/b c%?"), &query);
        let expand = vec![UserExpand("skills".into()), UserExpand("groups".into())];
        for (query, expected) in [
            (MembersQuery::default(), ""),
            (
                MembersQuery { page_size: Some(5), effective: Some(true), ..Default::default() },
                "?pageSize=5&effective=true",
            ),
            (MembersQuery { expand, ..Default::default() }, "?expand=skills&expand=groups"),
        ] {
            let url = members(query).ok().map(String::from);
            assert_eq!(url, Some(format!("http://h:1/base/api/v2/groups/a%2Fb%20c%25%3F/members{expected}")));
        }
        let ids = SubgroupIdsQuery { ids: Some(vec!["a&b".into(), "c".into()]) };
        let url = target::<DeleteGroupSubgroups>("http://h", &group("g"), &ids).ok().map(String::from);
        assert_eq!(url.as_deref(), Some("http://h/api/v2/groups/g/subgroups?ids=a%26b&ids=c"));
        for (server, id) in [("http://h", ".."), ("http://h", ""), ("no server", "g"), ("mailto:h", "g")] {
            assert!(target::<GetGroup>(server, &group(id), &Nothing {}).is_err(), "{server} {id}");
        }
    }
}
