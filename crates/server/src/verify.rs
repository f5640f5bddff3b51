//! Comparing memory, tables and log.

use crate::http::StopWhenDropped;
use crate::observe;
use crate::operator::begin_exclusive;
use crate::organisation::Published;
use crate::refusal::Refusal;
use crate::site::Site;
use convoke_core::{Stop, verify};
use convoke_store::{Loaded, Snapshot, Store, StoreError};
use convoke_wire::operator::Verification;
use std::path::Path;
use std::sync::Arc;

/// Compares what is being served with the tables, and with the log replayed. Dropped, it ends after the step
/// that it is at.
///
/// # Errors
///
/// [`Refusal::Running`] until the one before has ended.
pub(crate) async fn verify_site(site: &Site) -> Result<Verification, Refusal> {
    let running = Arc::new(begin_exclusive(&site.verification, "verification")?);
    let stop = StopWhenDropped::default();
    let path = site.directories.store.path().to_owned();
    let checking = running.clone();
    let checked = observe::spawn_blocking(move || {
        let found = check(&path);
        drop(checking);
        found
    });
    let differences = checked.await??;
    let mut all = Verification { organisations: 0, entries: 0, differences };
    for organisation in site.directories.all() {
        let (published, snapshot) = organisation.snapshot().await?;
        let (running, stop) = (running.clone(), stop.0.clone());
        let found = observe::spawn_blocking(move || {
            let found = compare(Some(&published), &snapshot, published.directory.organisation().id, &stop);
            drop(running);
            found
        });
        let (entries, differences) = found.await??;
        all.organisations += 1;
        all.entries += entries;
        all.differences.extend(differences);
    }
    Ok(all)
}

/// Compares the tables of a store that no server is using with its log replayed. `progress` is
/// told of each organisation before it is looked at.
///
/// # Errors
///
/// When the store cannot be read.
pub async fn verify_store(store: &Store, mut progress: impl FnMut(&str)) -> Result<Verification, StoreError> {
    let mut all = Verification { organisations: 0, entries: 0, differences: check(store.path())? };
    let snapshot = store.snapshot().await?;
    for id in snapshot.organisations()? {
        progress(&id.to_string());
        let (entries, differences) = compare(None, &snapshot, id, &Stop::default())?;
        all.organisations += 1;
        all.entries += entries;
        all.differences.extend(differences);
    }
    Ok(all)
}

/// What is damaged in the files.
fn check(path: &Path) -> Result<Vec<String>, StoreError> {
    match Store::check(path) {
        Err(StoreError::Damaged(why)) => Ok(vec![format!("the store is damaged: {why}")]),
        found => found,
    }
}

/// The entries of an organisation's log, and the differences. Incomplete once the stop is set.
///
/// One step follows the other, and what is equal to something else is let go: there are two directories in
/// memory at one time, unless they differ.
fn compare(
    published: Option<&Published>,
    snapshot: &Snapshot,
    id: convoke_core::OrganisationId,
    stop: &Stop,
) -> Result<(u64, Vec<String>), StoreError> {
    let mut differences = Vec::new();
    if let Some(published) = published {
        differences.extend(verify::derived(&published.directory));
    }
    if stop.is_set() {
        return Ok((0, differences));
    }
    let Loaded { directory, head, damage } = snapshot.load(id)?;
    differences.extend(damage);
    for client in directory.caller_ids() {
        if snapshot.organisation_of(client)? != Some(id) {
            differences.push(format!("organisation {id}: the table of sign-in names does not have {client}"));
        }
    }
    let mut tables = Some(directory);
    if let (Some(published), Some(loaded)) = (published, &tables) {
        if published.seq != head {
            differences.push(format!("organisation {id}: memory is at {}, the store at {head}", published.seq));
        }
        differences.extend(verify::differences(&published.directory, loaded, ("memory has", "the tables have")));
        if differences.is_empty() {
            tables = None;
        }
    }
    if stop.is_set() {
        return Ok((head, differences));
    }
    let tables = tables.as_ref().or(published.map(|published| &published.directory));
    let tables = tables.expect("the tables are let go only where they are the same as what is published");
    match snapshot.replay(id) {
        Err(error) => differences.push(error.to_string()),
        Ok((replayed, entries)) => {
            if entries != head {
                differences.push(format!("organisation {id}: the head is {head}, the log ends at {entries}"));
            }
            let found = verify::differences(tables, &replayed, ("the tables have", "the log gives"));
            // Where they are equal, all that was derived step by step is as it was computed for the tables.
            if !found.is_empty() {
                differences.extend(verify::derived(&replayed));
            }
            differences.extend(found);
        }
    }
    Ok((head, differences))
}
