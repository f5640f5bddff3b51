//! Sign-in: a refresh token gives an access token, and a PIN gives a refresh token.

use super::take;
use crate::clock::now;
use crate::http::body::json_body_of_sign_in;
use crate::http::json;
use crate::http::peer::Peer;
use crate::http::refusal::{Refusal, SignInProblem};
use crate::http::response::ApiResponse;
use crate::observe::access::Identity;
use crate::observe::metrics::Denial;
use crate::replica::organisation;
use crate::sign_in::attempts::{self, MaySignIn, PresentedSecret, StoredSecret};
use crate::sign_in::connectors::{SignInConnector, find, issue_access, issue_refresh};
use crate::sign_in::pins::{PinRequester, SecretShown};
use crate::site::Site;
use crate::{limits, observe, secret};
use axum::body::Body;
use convoke_core::*;
use convoke_store::TokenKind;
use convoke_wire::kaizala as wire;
use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Request, StatusCode};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Instant;

/// The scope of access tokens in replies. No client is known to use it.
const ACCESS_SCOPE: &str = "token.write";
const GRANTED_SCOPE: &str = "groupinfo.read,groupinfo.write,groupmember.read,groupmember.write,groupmember.remove";

/// Exchanges a refresh token for an access token. A refresh token that expires soon is replaced too.
pub(super) async fn access_token(site: Arc<Site>, request: Request<Body>) -> Result<ApiResponse, Refusal> {
    let headers = request.headers();
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim().to_owned();
    let peer = Peer::of(request.extensions());
    let (id, secret) = (header("applicationid"), header("applicationsecret"));
    let found = authenticate(&site, PresentedSecret { peer, id: &id, secret: &secret }).await?;
    let hash = secret::digest(header("refreshtoken").as_bytes());
    let store = &site.directories.store;
    let held = store.token(hash, TokenKind::Refresh).await?;
    let Some(held) = held.filter(|held| *held.actor.client() == found.connector.id) else {
        site.sign_ins.unknown_token(peer, Denial::UnknownRefreshToken, &site.metrics, Instant::now())?;
        return Err(Refusal::RefreshToken);
    };
    let at = now();
    let mut caller = found.identity();
    let refuse = |denial| {
        site.metrics.refuse(denial);
        site.sign_ins.log_token(denial, peer, &found.identity(), Instant::now());
        Refusal::RefreshToken
    };
    if held.expires <= at {
        return Err(refuse(Denial::ExpiredToken));
    }
    let person = {
        let published = found.organisation.published();
        let admitted = admit(&published.directory, &held.actor, Permissions::NONE);
        admitted.map_err(|_| refuse(Denial::EndedToken))?.me()?.id
    };
    caller.person = Some(person);
    let access = issue_access(store, &held).await?;
    let next = match held.expires.0 - at.0 > limits::REFRESH_REST.as_millis() as i64 {
        true => String::new(),
        false => issue_refresh(store, held.organisation, found.connector.actor(person)).await?.text,
    };
    let reply = wire::AccessToken {
        access_token: access.text,
        endpoint_url: endpoint_url(&site, headers),
        access_token_expiry: access.expires.0,
        refresh_token: next,
        scope: ACCESS_SCOPE.into(),
    };
    Ok(ApiResponse { caller: Some(caller), ..ApiResponse::json(StatusCode::OK, &reply) })
}

/// Sends a PIN to a phone.
pub(super) async fn generate_pin(site: Arc<Site>, request: Request<Body>) -> Result<ApiResponse, Refusal> {
    let peer = Peer::of(request.extensions());
    let body: wire::PinRequest = body(&site, request).await?;
    let id = take::required("applicationId", body.application_id)?;
    let (found, secret_shown) = match body.application_secret.filter(|secret| !secret.is_empty()) {
        Some(secret) => {
            (authenticate(&site, PresentedSecret { peer, id: &id, secret: &secret }).await?, SecretShown::Yes)
        }
        None => (identify(&site, peer, &id).await?, SecretShown::No),
    };
    may_sign_in(&found)?;
    let phone = take::phone("mobileNumber", &take::required("mobileNumber", body.mobile_number)?)?;
    let (sending, connector, from) = (site.clone(), found.connector.id.clone(), peer.key());
    // PINs may be written to a file, which blocks.
    let sent = observe::spawn_blocking(move || {
        sending.pins.send(PinRequester { connector: &connector, from }, secret_shown, phone, now())
    });
    sent.await?.inspect_err(|refusal| note_pin(&site, peer, &found, refusal))?;
    Ok(ApiResponse { caller: Some(found.identity()), ..ApiResponse::json(StatusCode::OK, &wire::Empty {}) })
}

/// Finds the connector with this id, for a request without a secret. Unknown ids count as failed sign-ins.
async fn identify(site: &Site, peer: Peer, id: &str) -> Result<SignInConnector, Refusal> {
    if let Some(found) = find(&site.directories, id).await? {
        return Ok(found);
    }
    site.sign_ins.check(PresentedSecret { peer, id, secret: "" }, None, &site.metrics, Instant::now()).await?;
    Err(Fault::not_found(Kind::Connector, id).into())
}

/// Counts a refused PIN, and logs a wrong one.
fn note_pin(site: &Site, peer: Peer, found: &SignInConnector, refusal: &Refusal) {
    match refusal {
        Refusal::SignIn(SignInProblem::Pin) => {
            site.metrics.refuse(Denial::WrongPin);
            site.sign_ins.log_pin(Denial::WrongPin, peer, &found.connector.id, Instant::now());
        }
        Refusal::RateLimited { .. } => site.metrics.refuse(Denial::TooManyPins),
        _ => {}
    }
}

/// Exchanges a PIN for a refresh token of the phone's user. If the user was known by number only, or not at all, the
/// user becomes provisioned.
pub(super) async fn log_in(site: Arc<Site>, request: Request<Body>) -> Result<ApiResponse, Refusal> {
    let endpoint_url = endpoint_url(&site, request.headers());
    let peer = Peer::of(request.extensions());
    let body: wire::PinLogin = body(&site, request).await?;
    let id = take::required("applicationId", body.application_id)?;
    let secret = body.application_secret.unwrap_or_default();
    let found = authenticate(&site, PresentedSecret { peer, id: &id, secret: &secret }).await?;
    may_sign_in(&found)?;
    let phone = take::phone("mobileNumber", &take::required("mobileNumber", body.mobile_number)?)?;
    let pin = take::required("pin", body.pin)?;
    let requester = PinRequester { connector: &found.connector.id, from: peer.key() };
    site.pins.take(requester, phone, &pin, now()).inspect_err(|refusal| note_pin(&site, peer, &found, refusal))?;
    let request = organisation::Request {
        actor: found.actor(),
        needs: Permissions::NONE,
        operation: None,
        command: PersonCommand::Provision(phone, PersonId(secret::new_id())),
    };
    let person = found.organisation.change(request).await?.outcome;
    let actor = found.connector.actor(person.id);
    let issued = issue_refresh(&site.directories.store, found.organisation.id, actor).await?;
    let reply = wire::Login {
        refresh_token: issued.text,
        granted_scope: GRANTED_SCOPE.into(),
        refresh_token_expiry: issued.expires.0,
        endpoint_url,
    };
    let caller = Identity { person: Some(person.id), ..found.identity() };
    Ok(ApiResponse { caller: Some(caller), ..ApiResponse::json(StatusCode::OK, &reply) })
}

/// Refuses sign-in by PIN if the connector's own person is not active, or if the connector is confined to a group,
/// because everyone would get the rights of an owner.
fn may_sign_in(found: &SignInConnector) -> Result<(), Refusal> {
    let published = found.organisation.published();
    let is_good = admit(&published.directory, &found.actor(), Permissions::NONE).is_ok();
    if !found.connector.is_confined && is_good { Ok(()) } else { Err(Refusal::SignIn(SignInProblem::Closed)) }
}

/// The body of a request without a token. The limit of its size is low.
async fn body<T: DeserializeOwned>(site: &Site, request: Request<Body>) -> Result<T, Refusal> {
    let (head, body) = request.into_parts();
    json::read(&json_body_of_sign_in(&site.bodies, &head, body).await?, super::API.bodies)
}

/// The base URL for further requests: the public URL of the configuration, or else the request's host. It ends in a
/// slash, as in the documents. Clients that append another slash are understood.
fn endpoint_url(site: &Site, headers: &HeaderMap) -> String {
    if let Some(url) = &site.public_url {
        return format!("{}/", url.trim_end_matches('/'));
    }
    let host = headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let scheme = if site.tls { "https" } else { "http" };
    format!("{scheme}://{}/", host.as_ref().map_or("localhost", Authority::as_str))
}

/// Finds the connector by id and secret. An unknown id is refused like a wrong secret.
async fn authenticate(site: &Site, shown: PresentedSecret<'_>) -> Result<SignInConnector, Refusal> {
    let found = find(&site.directories, shown.id).await?;
    let kept = found
        .as_ref()
        .map(|found| StoredSecret { secret_hash: found.connector.secret_hash.clone(), may_sign_in: MaySignIn::Yes });
    let outcome = site.sign_ins.check(shown, kept, &site.metrics, Instant::now()).await?;
    found.filter(|_| outcome == attempts::SecretCheck::Right).ok_or(Refusal::SignIn(SignInProblem::Application))
}
