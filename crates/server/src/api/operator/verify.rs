//! Verification: comparison of memory, tables and log.

use crate::api::operator::begin_exclusive;
use crate::http::refusal::Refusal;
use crate::http::response::CancelOnDrop;
use crate::observe;
use crate::replica::organisation::Published;
use crate::site::Site;
use convoke_core::{CancelFlag, verify};
use convoke_store::sqlite::{Inspection, Sqlite};
use convoke_store::{Loaded, Snapshot, Store, StoreError};
use convoke_wire::operator::Verification;
use std::path::Path;
use std::sync::Arc;

/// Compares the served directories with the tables, and with a replay of the log. If it is dropped, it ends after the
/// current step.
///
/// # Errors
///
/// [`Refusal::Running`] while another verification runs.
pub(crate) async fn verify_site(site: &Site) -> Result<Verification, Refusal> {
    let running = Arc::new(begin_exclusive(&site.verification, "verification")?);
    let cancel = CancelOnDrop::default();
    let store = &site.directories.store;
    let damage = match &**store {
        Store::Sqlite(store) => {
            let (path, checking) = (store.path().to_owned(), running.clone());
            let checked = observe::spawn_blocking(move || {
                let damage = found(Sqlite::check(&path));
                drop(checking);
                damage
            });
            checked.await??
        }
        // Its pages have checksums of the database's own, and its logs are read below.
        Store::Postgres(_) => Vec::new(),
    };
    let mut all = Verification { organisations: 0, entries: 0, differences: damage.clone() };
    for id in store.organisations().await? {
        let (published, snapshot) = match site.directories.get(id) {
            Some(organisation) => {
                let (published, snapshot) = organisation.snapshot().await?;
                (Some(published), snapshot)
            }
            None => (None, store.snapshot().await?),
        };
        let (running, cancel) = (running.clone(), cancel.0.clone());
        let found = observe::spawn_blocking(move || {
            let found = compare(published.as_deref(), &snapshot, id, &cancel, &mut |_, _, _| {});
            drop(running);
            found
        });
        let found = found.await??;
        add(&mut all, found, &damage);
    }
    Ok(all)
}

/// Progress of a verification: the step, the amount done, and the whole amount, which is 0 if unknown.
pub type Progress<'p> = &'p mut dyn FnMut(&'static str, u64, u64);

/// Compares the tables of a store that no server is using with a replay of its log. Does not change the store, and
/// leaves no file beside it.
///
/// # Errors
///
/// When the store cannot be read.
pub fn verify_store(store: &Path, progress: Progress) -> Result<Verification, StoreError> {
    progress("opening the store", 0, 0);
    let store = Inspection::open(store)?;
    progress("reading the database", 0, 0);
    let damage = found(store.check(&mut |done, total| progress("checking the log", done, total)))?;
    let mut all = Verification { organisations: 0, entries: 0, differences: damage.clone() };
    let snapshot = store.snapshot()?;
    for id in snapshot.organisations()? {
        let found = compare(None, &snapshot, id, &CancelFlag::default(), progress)?;
        add(&mut all, found, &damage);
    }
    Ok(all)
}

/// Adds the differences of one organisation. Damage that the check has reported is not repeated.
fn add(all: &mut Verification, (entries, differences): (u64, Vec<String>), damage: &[String]) {
    all.organisations += 1;
    all.entries += entries;
    all.differences.extend(differences.into_iter().filter(|found| !damage.contains(found)));
}

/// The findings of a check, including damage that prevents opening the store.
fn found(checked: Result<Vec<String>, StoreError>) -> Result<Vec<String>, StoreError> {
    match checked {
        Err(error @ StoreError::Damaged(_)) => Ok(vec![error.to_string()]),
        checked => checked,
    }
}

/// The number of entries in an organisation's log, and the differences. Incomplete once the flag is set.
///
/// The steps run in sequence, and a directory that equals another is dropped. So at most two are in memory, unless they
/// differ.
fn compare(
    published: Option<&Published>,
    snapshot: &Snapshot,
    id: convoke_core::OrganisationId,
    cancel: &CancelFlag,
    progress: Progress,
) -> Result<(u64, Vec<String>), StoreError> {
    let mut differences = Vec::new();
    if let Some(published) = published {
        differences.extend(verify::derived(&published.directory));
    }
    if cancel.is_set() {
        return Ok((0, differences));
    }
    progress("loading the tables", 0, 0);
    let Loaded { directory, head, damage } = match snapshot.load(id) {
        // Neither the tables nor the log give a directory.
        Err(error @ StoreError::Damaged(_)) => {
            differences.push(error.to_string());
            return Ok((0, differences));
        }
        loaded => loaded?,
    };
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
    if cancel.is_set() {
        return Ok((head, differences));
    }
    let tables = tables.as_ref().or(published.map(|published| &published.directory));
    let tables = tables.expect("the tables are let go only where they are the same as what is published");
    let replayed = snapshot.replay_with(id, &mut |done| progress("replaying the log", done, head));
    match replayed {
        Err(error) => differences.push(error.to_string()),
        Ok((replayed, entries)) => {
            if entries != head {
                differences.push(format!("organisation {id}: the head is {head}, the log ends at {entries}"));
            }
            progress("comparing the tables with the log", 0, 0);
            let found = verify::differences(tables, &replayed, ("the tables have", "the log gives"));
            // If they are equal, the derived data in memory equals the one computed from the tables.
            if !found.is_empty() {
                differences.extend(verify::derived(&replayed));
            }
            differences.extend(found);
        }
    }
    Ok((head, differences))
}
