//! What every server tells without a token, for those who watch it.

use crate::endpoint::{Nothing, endpoints};

endpoints! {
    /// Whether the server is ready
    ///
    /// 503 where it is not; the reply says why.
    GetReadiness = "getReadiness": GET "/health/ready" []
        (Nothing, Nothing, None Nothing) -> 200 Nothing;
}
