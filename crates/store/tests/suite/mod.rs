//! What every store must do, whatever database it uses. `crate::arm` is the database: where a store is, how it is opened,
//! and how one looks into it. The tests look only to see that the tables follow the log.

mod callers;
pub mod given;
mod hierarchy;
mod leaving;
mod log;
mod skills;

use crate::arm::Place;
use convoke_store::Store;

/// A store with every kind of change.
pub async fn filled(place: &Place) -> Store {
    let store = place.open().await;
    given::fill(&store).await;
    store
}
