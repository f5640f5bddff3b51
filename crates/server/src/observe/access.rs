//! The access log: one line for each request, written when its response was sent or its connection has ended. It
//! contains nothing that could be a secret: no query, no header and no body.

use crate::config::ACCESS_LOG_TARGET;
use convoke_core::{ClientId, OrganisationId, PersonId};
use http::{Method, Request, Response, StatusCode, Uri};
use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Instant;
use tracing::Span;

/// The greatest number of characters of a path in a line. Paths of endpoints are shorter.
const PATH_CHARS: usize = 256;

/// The sender of a request, as far as it is known.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub organisation: OrganisationId,
    /// The OAuth client or the connector.
    pub client: ClientId,
    /// The person for whom a connector sent the request.
    pub person: Option<PersonId>,
}

/// Data about an answered request. It is an extension of the response.
#[derive(Clone)]
pub(crate) struct Answered {
    pub span: Span,
    pub caller: Option<Identity>,
}

/// The line of one request. Dropping it writes the line.
pub(crate) struct AccessLine {
    method: Method,
    uri: Uri,
    peer: IpAddr,
    began: Instant,
    status: Option<StatusCode>,
    answered: Option<Answered>,
    n_bytes: u64,
    is_whole: bool,
}

impl AccessLine {
    pub fn begin<B>(request: &Request<B>, peer: IpAddr) -> Self {
        AccessLine {
            method: request.method().clone(),
            uri: request.uri().clone(),
            peer,
            began: Instant::now(),
            status: None,
            answered: None,
            n_bytes: 0,
            is_whole: false,
        }
    }

    /// Records the head of the response. For preflight requests of browsers nothing else is known.
    pub fn answer<B>(&mut self, response: &Response<B>) {
        self.status = Some(response.status());
        self.answered = response.extensions().get().cloned();
    }

    /// Records bytes of the body that the connection took.
    pub fn send(&mut self, n_bytes: usize) {
        self.n_bytes += n_bytes as u64;
    }

    /// Records that the response is complete.
    pub fn end(&mut self) {
        self.is_whole = true;
    }
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        let write = |caller: Option<&Identity>| {
            tracing::info!(
                target: ACCESS_LOG_TARGET,
                method = %shown(self.method.as_str()),
                path = %shown(self.uri.path()),
                status = self.status.map(|status| status.as_u16()),
                duration_ms = self.began.elapsed().as_micros() as f64 / 1000.0,
                bytes = self.n_bytes,
                peer = %self.peer,
                client = caller.map(|caller| &*caller.client.0),
                person = caller.and_then(|caller| caller.person).map(tracing::field::display),
                organisation = caller.map(|caller| tracing::field::display(caller.organisation)),
                cut_off = (!self.is_whole).then_some(true),
                "{}", if self.status.is_some() { "answered" } else { "not answered" }
            );
        };
        match &self.answered {
            Some(Answered { span, caller }) => span.in_scope(|| write(caller.as_ref())),
            None => write(None),
        }
    }
}

/// A method or a path as a line shows it: of limited length, and without control characters of terminals.
fn shown(text: &str) -> Cow<'_, str> {
    if text.len() <= PATH_CHARS && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.into();
    }
    let mut shown: String = text.chars().take(PATH_CHARS).flat_map(char::escape_default).collect();
    if text.chars().nth(PATH_CHARS).is_some() {
        shown.push('…');
    }
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_no_control_characters_and_no_endless_path() {
        assert_eq!(shown("/api/v2/groups/a%20b"), "/api/v2/groups/a%20b");
        assert_eq!(shown("/\u{9b}31m\"é"), r#"/\u{9b}31m\"\u{e9}"#);
        let long = format!("/{}", "a".repeat(PATH_CHARS));
        assert_eq!(shown(&long), format!("/{}…", "a".repeat(PATH_CHARS - 1)));
    }
}
