//! Replies of a server.

use crate::error::{Error, Unexpected};
use crate::reply::read;
use crate::transport::Received;
use bytes::Bytes;
use convoke_wire::Endpoint;
use http::StatusCode;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// A successful reply: its unparsed body, and a method to parse it.
pub struct RawReply<E> {
    status: StatusCode,
    correlation_id: Option<String>,
    bytes: Bytes,
    endpoint: PhantomData<fn() -> E>,
}

impl<E: Endpoint> RawReply<E> {
    pub(crate) fn new(received: Received) -> Self {
        let Received { status, correlation_id, bytes, .. } = received;
        RawReply { status, correlation_id, bytes, endpoint: PhantomData }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The correlation id, by which the server's log has the request.
    pub fn correlation_id(&self) -> Option<&str> {
        self.correlation_id.as_deref()
    }

    /// The body.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The body as text.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// Parses the body.
    ///
    /// # Errors
    ///
    /// [`Error::Unexpected`] if the body is not a valid reply of the endpoint.
    pub fn parse(&self) -> Result<E::Reply, Error> {
        // A reply without contents may have any body.
        let says_nothing = size_of::<E::Reply>() == 0;
        read(if says_nothing { b"{}" } else { &self.bytes }).map_err(|error| self.unexpected(&error))
    }

    fn unexpected(&self, error: &serde_json::Error) -> Error {
        Error::Unexpected(Box::new(Unexpected {
            operation: E::NAME,
            status: self.status(),
            bytes: self.bytes.clone(),
            problem: format!("the body is not what it should be: {error}"),
            correlation_id: self.correlation_id.clone(),
        }))
    }
}

impl<E: Endpoint> fmt::Debug for RawReply<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may contain secrets.
        f.debug_struct(E::NAME).field("status", &self.status).finish_non_exhaustive()
    }
}

/// A successful reply whose body is read in chunks.
#[derive(Debug)]
pub struct Download {
    response: reqwest::Response,
    correlation_id: Option<String>,
    timeout: Duration,
}

impl Download {
    pub(crate) fn new(response: reqwest::Response, correlation_id: Option<String>, timeout: Duration) -> Self {
        Download { response, correlation_id, timeout }
    }

    /// The correlation id, by which the server's log has the request.
    pub fn correlation_id(&self) -> Option<&str> {
        self.correlation_id.as_deref()
    }

    /// The length of the body in bytes, if the server states it.
    pub fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next chunk, or none at the end.
    ///
    /// # Errors
    ///
    /// [`Error`] if the connection breaks before the end, or the next chunk takes longer than the timeout.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let url = self.response.url().clone();
        match tokio::time::timeout(self.timeout, self.response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| Error::unreachable(&url, &error)),
            Err(_) => Err(Error::timed_out(&url, self.timeout)),
        }
    }
}
