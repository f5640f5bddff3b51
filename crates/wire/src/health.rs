//! What a server tells monitoring programs, without a token.

use crate::endpoint::{Nothing, endpoints};

endpoints! {
    /// Whether the server is ready
    ///
    /// The status is 503 if it is not, and the reply says why.
    GetReadiness = "getReadiness": GET "/health/ready" []
        (Nothing, Nothing, None Nothing) -> 200 Nothing;
}
