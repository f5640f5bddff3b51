//! All organisations of a server, and the founding of the first one.

use crate::clock::now;
use crate::config::Bootstrap;
use crate::replica::creation_quota::CreationQuota;
use crate::replica::organisation::ServedOrganisation;
use crate::{observe, secret};
use convoke_core::{
    ClientId, DEFAULT_ROLES, Directory, DivisionId, Email, Name, OrganisationId, Person, PersonId, RoleId, found,
};
use convoke_store::sqlite::Sqlite;
use convoke_store::{Batch, Entry, Store, StoreError};
use std::sync::{Arc, PoisonError, RwLock};
use uuid::Uuid;

/// The name of the organisation that is founded in an empty store.
const FIRST_NAME: &str = "default";
/// The e-mail address of the first person of an organisation, at a domain that cannot exist (RFC 2606, section 2).
const ADMINISTRATOR: &str = "administrator@convoke.invalid";

/// All organisations of a server.
pub struct Directories {
    /// The store that keeps them.
    pub store: Arc<Store>,
    /// In the order in which they were founded. The administrators of the first one operate the server.
    organisations: RwLock<Vec<Arc<ServedOrganisation>>>,
    /// Limits how many people connectors create.
    pub(crate) creation_quota: Arc<CreationQuota>,
    /// Locked while one is founded, so that names are unique.
    founding: tokio::sync::Mutex<()>,
}

/// The first client of a new organisation, with all permissions.
pub struct Administrator {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The client's id.
    pub client_id: String,
    /// The client's secret, which is not stored.
    pub client_secret: String,
}

impl Directories {
    /// Loads every organisation of the store, and reads the whole file meanwhile to check it for damage. Then the log
    /// is known to be sound, and what can be repaired is repaired.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or is damaged.
    pub async fn load(store: Arc<Store>) -> Result<Self, StoreError> {
        let creation_quota = Arc::new(CreationQuota::default());
        let mut organisations = Vec::new();
        let Store::Sqlite(sqlite) = &*store;
        let path = sqlite.path().to_owned();
        let checked = tokio::task::spawn_blocking(move || Sqlite::check(&path));
        let all = store.load().await?;
        for found in checked.await.map_err(|error| StoreError::Damaged(format!("the check failed: {error}")))?? {
            tracing::error!("{found}");
        }
        store.repair(&all).await?;
        for loaded in all {
            organisations.push(ServedOrganisation::start(
                loaded.directory,
                loaded.head,
                store.clone(),
                creation_quota.clone(),
            ));
        }
        let organisations = RwLock::new(organisations);
        Ok(Directories { store, organisations, creation_quota, founding: tokio::sync::Mutex::new(()) })
    }

    /// Founds the first organisation if there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub async fn begin(&self, bootstrap: &Bootstrap) -> Result<Option<Administrator>, StoreError> {
        if !self.all().is_empty() {
            return Ok(None);
        }
        self.found(Name::stored(FIRST_NAME), bootstrap.clone()).await
    }

    /// Founds an organisation. `None` if another one has the name.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub async fn found(&self, name: Name, bootstrap: Bootstrap) -> Result<Option<Administrator>, StoreError> {
        let _founding = self.founding.lock().await;
        let same = |held: &Arc<ServedOrganisation>| held.published().directory.organisation().name.key() == name.key();
        if self.all().iter().any(same) {
            return Ok(None);
        }
        let created = now();
        let client_id = bootstrap.client_id.unwrap_or_else(|| secret::random_id().to_string());
        let organisation = convoke_core::Organisation {
            id: OrganisationId(secret::random_id()),
            name,
            home: DivisionId(secret::random_id()),
            created,
        };
        let id = organisation.id;
        let (client_secret, hash) = match bootstrap.client_secret {
            None => secret::new(),
            Some(chosen) => {
                let hashing = observe::spawn_blocking(move || (secret::hash_chosen(&chosen), chosen));
                let (hash, chosen) = hashing.await.map_err(|_| StoreError::Unavailable)?;
                (chosen, hash)
            }
        };
        let client = (ClientId(client_id.clone().into()), hash);
        let person = administrator(organisation.home);
        let roles = [(); DEFAULT_ROLES.len()].map(|()| RoleId(secret::random_id()));
        let changes = found(organisation.clone(), roles, person, client);
        let mut directory = Directory::new(Arc::new(organisation));
        changes.iter().try_for_each(|change| directory.apply(change))?;
        let entry = Entry { at: created, actor: None, changes, operation: None };
        self.store.commit(Batch { organisation: id, expected: 0, entries: vec![entry] }).await?;
        let organisation = ServedOrganisation::start(directory, 1, self.store.clone(), self.creation_quota.clone());
        self.organisations.write().unwrap_or_else(PoisonError::into_inner).push(organisation);
        Ok(Some(Administrator { organisation: id, client_id, client_secret }))
    }

    /// The organisation with this id, if it exists.
    pub fn get(&self, id: OrganisationId) -> Option<Arc<ServedOrganisation>> {
        let organisations = self.organisations.read().unwrap_or_else(PoisonError::into_inner);
        organisations.iter().find(|organisation| organisation.id == id).cloned()
    }

    /// All organisations.
    pub fn all(&self) -> Vec<Arc<ServedOrganisation>> {
        self.organisations.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether this is the organisation whose administrators operate the server.
    pub(crate) fn is_first(&self, id: OrganisationId) -> bool {
        let organisations = self.organisations.read().unwrap_or_else(PoisonError::into_inner);
        organisations.first().is_some_and(|first| first.id == id)
    }
}

/// The first person of an organisation.
pub(crate) fn administrator(home: DivisionId) -> Person {
    // The id is the same in every organisation, so that data copied from one organisation to another still refers to
    // this person.
    let id = PersonId(Uuid::new_v5(&Uuid::NAMESPACE_URL, ADMINISTRATOR.as_bytes()));
    Person { email: Some(Email::stored(ADMINISTRATOR)), ..Person::blank(id, Name::stored("Administrator"), home) }
}
