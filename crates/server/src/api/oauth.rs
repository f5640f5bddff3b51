//! Sign-in of OAuth clients: a client sends its secret and gets a token.

use crate::clock::now;
use crate::http::body::{body_of_sign_in, form_type};
use crate::http::peer::Peer;
use crate::http::refusal::Refusal;
use crate::http::response::ApiResponse;
use crate::observe::access::Identity;
use crate::secret;
use crate::sign_in::attempts::{MaySignIn, PresentedSecret, SecretCheck, StoredSecret};
use crate::site::Site;
use axum::body::Body;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use convoke_core::{Actor, ClientCredentials, ClientId, OrganisationId, Timestamp};
use convoke_store::{Token, TokenKind};
use convoke_wire::oauth::{TokenError, TokenReply, TokenRequest};
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use std::time::Instant;

/// Replies to a request for a token (RFC 6749, section 4.4). Statuses and texts of refusals are those of Genesys Cloud.
pub(crate) async fn issue(site: &Site, request: Request<Body>) -> Result<ApiResponse, Refusal> {
    let (head, body) = request.into_parts();
    let peer = Peer::of(&head.extensions);
    if !form_type(head.headers.get(CONTENT_TYPE)) {
        return Ok(refuse(StatusCode::BAD_REQUEST, "invalid_request", "the body must be a form"));
    }
    let body = body_of_sign_in(&site.bodies, &head, body).await?;
    let form = convoke_wire::query::from_form::<TokenRequest>(&String::from_utf8_lossy(&body));
    let Ok(form) = form else {
        return Ok(refuse(StatusCode::BAD_REQUEST, "invalid_request", "a field of the form stands twice"));
    };
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        None => return Ok(refuse(StatusCode::BAD_REQUEST, "invalid_request", "grant_type is required")),
        Some(_) => return Ok(refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", "use client_credentials")),
    }
    let basic = basic(&head.headers);
    let (id, given) = match (basic, form.client_id, form.client_secret) {
        (Some((id, secret)), None, None) => (id, secret),
        (Some((id, secret)), Some(same), None) if same == id => (id, secret),
        (None, Some(id), Some(secret)) => (id, secret),
        (Some(_), _, _) => {
            return Ok(refuse(StatusCode::BAD_REQUEST, "invalid_request", "the client must name itself in one way"));
        }
        _ => return Ok(refuse(StatusCode::BAD_REQUEST, "invalid_client", "client id and secret are required")),
    };
    let client = ClientId(id.into());
    let found = find(site, &client).await?;
    let kept = found.as_ref().map(|(_, client)| StoredSecret {
        secret_hash: client.secret_hash.clone(),
        may_sign_in: if client.is_active { MaySignIn::Yes } else { MaySignIn::No },
    });
    let caller = found.as_ref().map(|(organisation, _)| Identity {
        organisation: *organisation,
        client: client.clone(),
        person: None,
    });
    let shown = PresentedSecret { peer, id: &client.0, secret: &given };
    let outcome = match site.sign_ins.check(shown, kept, &site.metrics, Instant::now()).await {
        Err(Refusal::RateLimited { retry_after }) => return Ok(ApiResponse { caller, ..too_many(retry_after) }),
        outcome => outcome?,
    };
    // The API has different refusals for an unknown client and a wrong secret. So their timing need not hide the
    // difference either.
    let Some((organisation, credentials)) = found else {
        return Ok(refuse(StatusCode::BAD_REQUEST, "invalid_client", "client not found"));
    };
    if outcome == SecretCheck::Wrong {
        let mut answer = refuse(StatusCode::UNAUTHORIZED, "invalid_client", "authentication failed");
        answer.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"convoke\""));
        return Ok(ApiResponse { caller, ..answer });
    }
    let text = secret::random_text();
    let token = Token {
        hash: secret::digest(text.as_bytes()),
        kind: TokenKind::Access,
        organisation,
        actor: Actor::Client(client),
        expires: Timestamp(now().0 + i64::from(credentials.token_seconds) * 1000),
    };
    site.directories.store.put_token(token).await?;
    let reply = TokenReply {
        access_token: text,
        token_type: "bearer".into(),
        expires_in: credentials.token_seconds,
        refresh_token: None,
    };
    Ok(ApiResponse { caller, ..ApiResponse::json(StatusCode::OK, &reply) })
}

/// The organisation and the credentials of a client.
async fn find(site: &Site, id: &ClientId) -> Result<Option<(OrganisationId, ClientCredentials)>, Refusal> {
    let organisation = site.directories.store.organisation_of(id).await?;
    let Some(organisation) = organisation else { return Ok(None) };
    let Some(served) = site.directories.open(organisation).await? else { return Ok(None) };
    let credentials = ClientCredentials::find(&served.published().directory, id);
    Ok(credentials.map(|credentials| (organisation, credentials)))
}

/// The client's id and secret from Basic authentication. Some clients write them unchanged, others form-encoded as in
/// RFC 6749, section 2.3.1. Ids and secrets that this server generates are the same in both forms.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// The reply if the client must wait before the next attempt. RFC 6749, section 5.2 has no error code for this. This
/// code is from section 4.1.2.1, and clients know it.
fn too_many(retry_after: u32) -> ApiResponse {
    let description = format!("too many failed sign-ins; retry in {retry_after} seconds");
    let mut answer = refuse(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", &description);
    answer.headers.insert(RETRY_AFTER, retry_after.into());
    answer
}

fn refuse(status: StatusCode, error: &str, description: &str) -> ApiResponse {
    let body = TokenError {
        error: error.into(),
        description: Some(description.into()),
        error_description: Some(description.into()),
    };
    ApiResponse::json(status, &body)
}
