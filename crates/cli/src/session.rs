//! A session: a server, and how its replies are printed.

use crate::CommandError;
use crate::display_names::add_names;
use crate::output::{Screen, print, thing, visible};
use clap::Args;
use convoke_client::{Client, Endpoint, Error, RawReply};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::PathBuf;

/// A server, and how its replies are printed.
pub struct Session {
    client: Client,
    pub screen: Screen,
}

/// A body in the API's own JSON.
#[derive(Args)]
pub struct Body {
    /// The API's own JSON, from a file or - for standard input; flags win over what it says
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

impl Body {
    /// The contents of the file; the default if there is none.
    pub fn read<T: DeserializeOwned + Default>(&self) -> Result<T, CommandError> {
        let Some(file) = &self.file else { return Ok(T::default()) };
        let problem = |error: &dyn std::fmt::Display| CommandError::refused(format!("{}: {error}", file.display()));
        let text = match file.to_str() {
            Some("-") => std::io::read_to_string(std::io::stdin()),
            _ => std::fs::read_to_string(file),
        };
        serde_json::from_str(&text.map_err(|error| problem(&error))?).map_err(|error| problem(&error))
    }
}

impl Session {
    pub fn new(client: Client, screen: Screen) -> Self {
        Session { client, screen }
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Calls an endpoint, and returns the parsed reply.
    pub async fn call<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: Option<&E::Body>,
    ) -> Result<E::Reply, CommandError> {
        Ok(self.client.call::<E>(path, query, body).await?)
    }

    /// Calls an endpoint, and returns the unparsed reply.
    pub async fn call_raw<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: Option<&E::Body>,
    ) -> Result<RawReply<E>, CommandError> {
        Ok(self.client.call_raw::<E>(path, query, body).await?)
    }

    /// Calls an endpoint and prints its reply, if it has contents. For people, names of owners and managers are added.
    pub async fn show<E: Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: Option<&E::Body>,
    ) -> Result<(), CommandError> {
        let answer = self.call_raw::<E>(path, query, body).await?;
        answer.parse()?;
        self.show_with_names(answer.bytes()).await
    }

    /// Prints a reply, if it has contents.
    pub fn show_reply<E: Endpoint>(&self, answer: &RawReply<E>) -> Result<(), CommandError> {
        answer.parse()?;
        self.show_bytes(answer.bytes())
    }

    async fn show_with_names(&self, reply: &[u8]) -> Result<(), CommandError> {
        if !self.screen.is_table() || self.screen.ids {
            return self.show_bytes(reply);
        }
        let Ok(mut reply) = serde_json::from_slice(reply) else { return Ok(()) };
        add_names(self, std::slice::from_mut(&mut reply)).await;
        print(&thing(&self.screen, &reply)?)
    }

    fn show_bytes(&self, reply: &[u8]) -> Result<(), CommandError> {
        if self.screen.is_verbatim() {
            return print(&String::from_utf8_lossy(reply));
        }
        match serde_json::from_slice::<Value>(reply) {
            Ok(reply) => print(&thing(&self.screen, &reply)?),
            Err(_) => Ok(()),
        }
    }

    /// Prints a part of a reply.
    pub fn show_value(&self, value: &impl Serialize) -> Result<(), CommandError> {
        let value = serde_json::to_value(value).map_err(CommandError::refused)?;
        print(&thing(&self.screen, &value)?)
    }
}

/// Prints a reply unchanged. An invalid reply, such as the page of a proxy, is an error.
pub fn print_reply<E: Endpoint>(answer: &RawReply<E>) -> Result<(), CommandError> {
    answer.parse()?;
    print(&answer.text())
}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        let said = visible(&error.to_string()).into_owned();
        match &error {
            // A new login helps only if the secret is wrong.
            Error::SignInRefused(refused) if matches!(refused.status, 400 | 401) => {
                CommandError::refused(format!("{said}; run convoke login with another id or secret"))
            }
            Error::SignInRefused(refused) => {
                let advice = refused.correlation_id.as_ref().filter(|_| refused.status >= 500);
                let advice = advice.map(|id| format!("; the context id is {}", visible(id))).unwrap_or_default();
                CommandError::refused(format!("{said}{advice}"))
            }
            Error::Refused(refused) => {
                let advice = match (refused.status, refused.code(), &refused.correlation_id) {
                    // Another writer was faster. Other conflicts are reported unchanged.
                    (409, ..) if refused.message().contains("version") => "; try again".to_owned(),
                    (500.., _, Some(id)) => format!("; the context id is {}", visible(id)),
                    _ => String::new(),
                };
                CommandError::refused(format!("the server refused: {}{advice}", visible(refused.message())))
            }
            Error::Unreachable { reason, .. } if reason.contains("certificate") => CommandError::unreachable(format!(
                "{said}; name who signed it by --ca-file FILE or SSL_CERT_FILE, or accept any certificate by --insecure"
            )),
            Error::InvalidArgument { .. } => CommandError::usage(said),
            Error::Unreachable { .. } | Error::TimedOut { .. } => {
                CommandError::unreachable(format!("{said}; is the server running, and --url or CONVOKE_URL right?"))
            }
            _ => CommandError::refused(said),
        }
    }
}
