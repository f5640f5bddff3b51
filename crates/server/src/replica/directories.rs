//! All organisations of a server, and the founding of the first one.

use crate::clock::now;
use crate::config::Bootstrap;
use crate::replica::creation_quota::CreationQuota;
use crate::replica::organisation::ServedOrganisation;
use crate::{limits, observe, secret};
use convoke_core::{
    ClientId, DEFAULT_ROLES, Directory, DivisionId, Email, Name, OrganisationId, Person, PersonId, RoleId, found,
};
use convoke_store::{Batch, Entry, Loaded, Store, StoreError};
use foldhash::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// The name of the organisation that is founded in an empty store.
const FIRST_NAME: &str = "default";
/// The e-mail address of the first person of an organisation, at a domain that cannot exist (RFC 2606, section 2).
const ADMINISTRATOR: &str = "administrator@convoke.invalid";

/// All organisations of a server.
pub struct Directories {
    /// The store that keeps them.
    pub store: Arc<Store>,
    /// Those in memory: all of them, or those that were asked for where the store is shared.
    organisations: RwLock<Vec<Arc<ServedOrganisation>>>,
    /// The one that was founded first. Its administrators operate the server.
    first: OnceLock<OrganisationId>,
    /// Locked while an organisation is loaded, so that it is loaded once.
    loading: Mutex<HashMap<OrganisationId, Arc<tokio::sync::Mutex<()>>>>,
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
    /// Loads the organisations of the store. Of an SQLite store all are loaded, compared with their checksums, and repaired
    /// where that is possible. Then the whole file is checked for damage: a small one before this returns, a large one
    /// beside the requests. Writes wait for the end of the check ([`Store::check_beside`]). Of a store that several servers
    /// share only the first is loaded, and the others when they are asked for.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or is damaged. Damage that is found later is the result of [`Store::damage`].
    pub async fn load(store: Arc<Store>) -> Result<Self, StoreError> {
        let directories = Directories {
            store: store.clone(),
            organisations: RwLock::default(),
            first: OnceLock::new(),
            loading: Mutex::default(),
            creation_quota: Arc::default(),
            founding: tokio::sync::Mutex::new(()),
        };
        let Store::Sqlite(sqlite) = &*store else {
            directories.load_first().await?;
            return Ok(directories);
        };
        let began = Instant::now();
        let all = store.load().await?;
        store.check_beside();
        store.repair(&all).await?;
        if sqlite.bytes().iter().map(|(_, bytes)| bytes).sum::<u64>() <= limits::CHECKED_FIRST_BYTES {
            store.checked().await?;
        }
        for loaded in all {
            directories.serve(loaded, began);
        }
        Ok(directories)
    }

    /// Loads the organisation that was founded first, if there is one.
    async fn load_first(&self) -> Result<(), StoreError> {
        if let Some(first) = self.store.organisations().await?.first() {
            self.first.get_or_init(|| *first);
            self.open(*first).await?;
        }
        Ok(())
    }

    /// Serves an organisation whose loading began at this time.
    fn serve(&self, loaded: Loaded, began: Instant) -> Arc<ServedOrganisation> {
        let Loaded { directory, head, .. } = loaded;
        let served = ServedOrganisation::start(directory, head, began, self.store.clone(), self.creation_quota.clone());
        self.first.get_or_init(|| served.id);
        self.organisations.write().unwrap_or_else(PoisonError::into_inner).push(served.clone());
        served
    }

    /// Founds the first organisation if there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub async fn begin(&self, bootstrap: &Bootstrap) -> Result<Option<Administrator>, StoreError> {
        if self.first().is_some() {
            return Ok(None);
        }
        let founded = self.found(Name::stored(FIRST_NAME), bootstrap.clone()).await?;
        if founded.is_none() {
            // Another server on the same store was faster.
            self.load_first().await?;
        }
        Ok(founded)
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
        match self.store.commit(Batch { organisation: id, expected: 0, entries: vec![entry] }).await {
            // The name is taken by an organisation that is not in memory.
            Err(StoreError::Lost) => return Ok(None),
            committed => committed?,
        }
        self.serve(Loaded { directory, head: 1, damage: None }, Instant::now());
        Ok(Some(Administrator { organisation: id, client_id, client_secret }))
    }

    /// The organisation with this id, if it exists. It is loaded if it is not in memory.
    ///
    /// # Errors
    ///
    /// When it cannot be loaded.
    pub(crate) async fn open(&self, id: OrganisationId) -> Result<Option<Arc<ServedOrganisation>>, StoreError> {
        if let Some(held) = self.get(id) {
            return Ok(Some(held));
        }
        if !self.store.is_shared() {
            return Ok(None);
        }
        let turn = self.loading.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone();
        let _turn = turn.lock().await;
        let served = match self.get(id) {
            // Another request was faster.
            Some(held) => held,
            None => {
                let began = Instant::now();
                let loaded = self.store.load_organisation(id).await?;
                if loaded.damage.is_some() {
                    self.store.repair(std::slice::from_ref(&loaded)).await?;
                }
                tracing::info!(organisation = %id, entries = loaded.head, "an organisation is loaded");
                self.serve(loaded, began)
            }
        };
        self.loading.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        Ok(Some(served))
    }

    /// Loads an organisation again whose directory in memory is not what the store has. Whoever holds the old one can still
    /// read it, but not change it.
    ///
    /// # Errors
    ///
    /// When it cannot be loaded now. The next request for it tries again.
    pub(crate) async fn open_again(&self, id: OrganisationId) -> Result<(), StoreError> {
        self.put_away(id);
        self.open(id).await.map(drop)
    }

    fn put_away(&self, id: OrganisationId) {
        let mut organisations = self.organisations.write().unwrap_or_else(PoisonError::into_inner);
        organisations.retain(|organisation| organisation.id != id);
    }

    /// The organisation with this id, if it is in memory.
    pub fn get(&self, id: OrganisationId) -> Option<Arc<ServedOrganisation>> {
        let organisations = self.organisations.read().unwrap_or_else(PoisonError::into_inner);
        organisations.iter().find(|organisation| organisation.id == id).cloned()
    }

    /// The organisation that was founded first, if there is one.
    pub fn first(&self) -> Option<Arc<ServedOrganisation>> {
        self.first.get().and_then(|id| self.get(*id))
    }

    /// How old the oldest directory may be. None if no other process writes to the store.
    pub(crate) fn age(&self) -> Option<Duration> {
        if !self.store.is_shared() {
            return None;
        }
        let organisations = self.organisations.read().unwrap_or_else(PoisonError::into_inner);
        organisations.iter().map(|organisation| organisation.age()).max()
    }

    /// All organisations in memory.
    pub fn all(&self) -> Vec<Arc<ServedOrganisation>> {
        self.organisations.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether this is the organisation whose administrators operate the server.
    pub(crate) fn is_first(&self, id: OrganisationId) -> bool {
        self.first.get() == Some(&id)
    }
}

/// The first person of an organisation.
pub(crate) fn administrator(home: DivisionId) -> Person {
    // The id is the same in every organisation, so that data copied from one organisation to another still refers to
    // this person.
    let id = PersonId(Uuid::new_v5(&Uuid::NAMESPACE_URL, ADMINISTRATOR.as_bytes()));
    Person { email: Some(Email::stored(ADMINISTRATOR)), ..Person::blank(id, Name::stored("Administrator"), home) }
}
