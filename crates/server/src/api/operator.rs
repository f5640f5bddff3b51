//! Operations for operators: organisations, verification, backups.

pub mod import;
pub(crate) mod verify;

use crate::api::call::Admitted;
use crate::api::{Routes, genesys};
use crate::config::Bootstrap;
use crate::http::body::json_body;
use crate::http::json;
use crate::http::refusal::{Refusal, busy};
use crate::http::response::ApiResponse;
use crate::observe;
use crate::site::Site;
use axum::body::Body;
use convoke_core::{Conflict, Fault, Name, Reason};
use convoke_store::sqlite::BackupFolder;
use convoke_store::{Store, StoreError};
use convoke_wire::Effect;
use convoke_wire::operator::*;
use futures_util::StreamExt;
use http::{HeaderValue, StatusCode};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::io::ReaderStream;
use tracing::Instrument;

/// Every endpoint of the operator.
pub(crate) fn routes(site: Arc<Site>) -> Routes {
    Routes::new(site, &genesys::API)
        .operate::<PostOrganisations, _, _>(create)
        .operate::<GetVerification, _, _>(verification)
        .operate::<GetBackup, _, _>(backup)
}

async fn create(admitted: Admitted<PostOrganisations>) -> Result<ApiResponse, Refusal> {
    let Admitted { site, asker, request, .. } = admitted;
    let (head, body) = request.into_parts();
    let bytes = json_body(&site.bodies, &head, body, asker.session.organisation.id).await?;
    let body: Option<OrganisationCreate> = json::from_slice(&bytes)?;
    let name = body.and_then(|body| body.name).ok_or_else(|| Refusal::invalid("name", Reason::Missing))?;
    let name = Name::new(&name).map_err(|reason| Refusal::invalid("name", reason))?;
    let shown = name.as_str().to_owned();
    // The creation is completed even if the caller disconnects.
    let founding =
        tokio::spawn(async move { site.directories.found(name, Bootstrap::default()).await }.in_current_span());
    let made = founding.await??;
    let made = made.ok_or_else(|| Fault::Conflict(Conflict::NameTaken(shown.clone())))?;
    Ok(ApiResponse::json(
        StatusCode::OK,
        &OrganisationCreated {
            id: made.organisation.to_string(),
            name: shown,
            client_id: made.client_id,
            client_secret: made.client_secret,
        },
    ))
}

async fn verification(admitted: Admitted<GetVerification>) -> Result<ApiResponse, Refusal> {
    let site = admitted.site;
    let verified = unless_stopping(&site, verify::verify_site(&site)).await?;
    Ok(ApiResponse::json(StatusCode::OK, &verified))
}

/// Waits for work that may take minutes. Returns early if the server stops.
async fn unless_stopping<T>(site: &Site, work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    tokio::select! {
        biased;
        () = site.stopping.cancelled() => Err(Refusal::Busy(busy::STOPPING)),
        done = work => done,
    }
}

/// Starts work that must not run twice at a time. It runs until the permit is dropped. A second caller is refused at
/// once and does not wait, because the run may take longer than clients and proxies wait for a reply.
pub(crate) fn begin_exclusive(running: &Arc<Semaphore>, what: &'static str) -> Result<OwnedSemaphorePermit, Refusal> {
    running.clone().try_acquire_owned().map_err(|_| Refusal::Running(what))
}

/// Writes a copy beside the store and sends it. The file is deleted when it was sent.
async fn backup(admitted: Admitted<GetBackup>) -> Result<ApiResponse, Refusal> {
    let site = admitted.site;
    let (file, running) = unless_stopping(&site, copy(&site)).await?;
    // The copy uses disk space until it was sent, or the caller disconnects.
    let sent = ReaderStream::with_capacity(tokio::fs::File::from_std(file), 64 * 1024);
    let body = Body::from_stream(sent.inspect(move |_| _ = &running));
    Ok(ApiResponse::stream(HeaderValue::from_static("application/vnd.sqlite3"), body, Effect::Read))
}

/// Why there is no backup of a PostgreSQL database.
const NO_FILE: &str =
    "a backup is a copy of SQLite's file; back up a PostgreSQL database by its own tools, such as pg_dump";

/// A copy of the store, and the permit that prevents a second one.
async fn copy(site: &Site) -> Result<(File, OwnedSemaphorePermit), Refusal> {
    let running = begin_exclusive(&site.backup, "backup")?;
    let store = site.directories.store.clone();
    let copied = observe::spawn_blocking(move || {
        let Store::Sqlite(store) = &*store else { return Err(Refusal::OtherStore(NO_FILE)) };
        // The path of a store is absolute, so it has a parent.
        let folder = BackupFolder::new_in(store.path().parent().unwrap_or(Path::new(".")))?;
        let copy = folder.path().join("copy.sqlite");
        store.backup(&copy)?;
        // The open file can be read after its folder was deleted.
        let file = File::open(&copy).map_err(|error| StoreError::file(copy, error))?;
        Ok((file, running))
    });
    copied.await?
}
