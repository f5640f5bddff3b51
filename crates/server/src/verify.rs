//! Comparing memory, tables and log.

use crate::organisation::Published;
use crate::site::Site;
use convoke_core::verify;
use convoke_store::{Loaded, Snapshot, Store, StoreError};
use convoke_wire::operator::Verification;
use std::path::Path;

/// Compares what is being served with the tables, and with the log replayed.
pub(crate) async fn verify_site(site: &Site) -> Result<Verification, StoreError> {
    let path = site.directories.store.path().to_owned();
    let checked = tokio::task::spawn_blocking(move || check(&path));
    let differences = checked.await.map_err(|_| StoreError::Damaged("the check failed".into()))??;
    let mut all = Verification { organisations: 0, entries: 0, differences };
    for organisation in site.directories.all() {
        let (published, snapshot) = organisation.snapshot().await?;
        let found = tokio::task::spawn_blocking(move || {
            compare(Some(&published), &snapshot, published.directory.organisation().id)
        });
        let (entries, differences) = found.await.map_err(|_| StoreError::Damaged("the comparison failed".into()))??;
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
        let (entries, differences) = compare(None, &snapshot, id)?;
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

fn compare(
    published: Option<&Published>,
    snapshot: &Snapshot,
    id: convoke_core::OrganisationId,
) -> Result<(u64, Vec<String>), StoreError> {
    let mut differences = Vec::new();
    let Loaded { directory: tables, head, damage } = snapshot.load(id)?;
    differences.extend(damage);
    for client in tables.caller_ids() {
        if snapshot.organisation_of(client)? != Some(id) {
            differences.push(format!("organisation {id}: the table of sign-in names does not have {client}"));
        }
    }
    if let Some(published) = published {
        if published.seq != head {
            differences.push(format!("organisation {id}: memory is at {}, the store at {head}", published.seq));
        }
        differences.extend(verify::derived(&published.directory));
        differences.extend(verify::differences(&published.directory, &tables, ("memory has", "the tables have")));
    }
    match snapshot.replay(id) {
        Err(error) => differences.push(error.to_string()),
        Ok((replayed, entries)) => {
            if entries != head {
                differences.push(format!("organisation {id}: the head is {head}, the log ends at {entries}"));
            }
            differences.extend(verify::derived(&replayed));
            differences.extend(verify::differences(&tables, &replayed, ("the tables have", "the log gives")));
        }
    }
    Ok((head, differences))
}
