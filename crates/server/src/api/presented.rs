//! The token of a request, and the count and log of refused tokens.

use crate::http::peer::Peer;
use crate::http::refusal::{Refusal, TokenProblem};
use crate::observe::access::Identity;
use crate::observe::metrics::Denial;
use crate::sign_in::sessions::{Refused, Session};
use crate::site::Site;
use convoke_core::Fault;
use std::sync::Arc;
use std::time::Instant;

/// The token of a request.
pub(crate) enum Presented {
    /// No token, or the store could not be asked about it.
    Absent,
    /// An unknown token.
    Unknown,
    /// A known token, which may have become invalid.
    Known(Arc<Session>),
}

impl Presented {
    pub fn of(found: &Result<Arc<Session>, Refused>) -> Self {
        match found {
            Ok(session) | Err(Refused { session: Some(session), .. }) => Presented::Known(session.clone()),
            Err(Refused { refusal: Refusal::Token(TokenProblem::Unknown), .. }) => Presented::Unknown,
            Err(_) => Presented::Absent,
        }
    }

    /// Counts and logs the refusal, if it is about the token.
    pub fn refuse(&self, refusal: Refusal, site: &Site, peer: Peer, at: Instant) -> Refusal {
        let denial = match (self, &refusal) {
            (Presented::Unknown, Refusal::Token(TokenProblem::Unknown)) => {
                let counted = site.sign_ins.unknown_token(peer, Denial::UnknownToken, &site.metrics, at);
                return counted.err().unwrap_or(refusal);
            }
            (_, Refusal::Token(TokenProblem::Expired)) => Denial::ExpiredToken,
            (_, Refusal::Token(TokenProblem::OfOtherApi)) => Denial::TokenOfOtherApi,
            (_, Refusal::Fault(Fault::Unauthenticated)) => Denial::EndedToken,
            _ => return refusal,
        };
        site.metrics.refuse(denial);
        if let Presented::Known(session) = self
            && session.may_log(at)
        {
            site.sign_ins.log_token(denial, peer, &session.identity(), at);
        }
        refusal
    }

    /// The caller, for the access log.
    pub fn caller(&self) -> Option<Identity> {
        match self {
            Presented::Known(session) => Some(session.identity()),
            Presented::Absent | Presented::Unknown => None,
        }
    }
}
