//! The token that a request carries, and what is counted and logged when it is refused.

use crate::http::peer::Peer;
use crate::http::refusal::{Refusal, TokenProblem};
use crate::observe::access::Identity;
use crate::observe::metrics::Denial;
use crate::sign_in::sessions::{Refused, Session};
use crate::site::Site;
use convoke_core::Fault;
use std::sync::Arc;
use std::time::Instant;

/// The token that a request carries.
pub(crate) enum Presented {
    /// None, or one whose bearer is not known.
    Absent,
    /// One that nobody has.
    Unknown,
    /// One that is known, good or not.
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

    /// Counts and logs that the token was refused, if that is what the refusal says.
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

    /// Whose it is, for the access log.
    pub fn caller(&self) -> Option<Identity> {
        match self {
            Presented::Known(session) => Some(session.identity()),
            Presented::Absent | Presented::Unknown => None,
        }
    }
}
