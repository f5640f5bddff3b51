//! Holds writes back while the whole file is being checked for damage. Reads are answered meanwhile: what they see was
//! compared with its checksums when it was loaded. A store that turns out to be damaged was not written to.

use crate::StoreError;
use convoke_core::CancelFlag;
use tokio::sync::watch;

/// The gate that every write passes.
pub(crate) struct Gate {
    state: watch::Sender<GateState>,
    /// Ends the check when the store is dropped.
    cancel: CancelFlag,
}

/// What is known of the store.
#[derive(Clone, PartialEq, Eq)]
enum GateState {
    /// Writes pass: the store was found sound, or no check was asked for.
    Open,
    /// The store is being checked.
    Closed,
    /// The store is damaged, as the text says. No write will pass.
    Damaged(String),
}

impl Default for Gate {
    fn default() -> Self {
        Gate { state: watch::Sender::new(GateState::Open), cancel: CancelFlag::default() }
    }
}

impl Gate {
    /// Closes the gate, and runs the check on a thread that may block. The gate opens when the check returns no error.
    pub fn close_during(&self, check: impl FnOnce(&CancelFlag) -> Result<(), StoreError> + Send + 'static) {
        self.state.send_replace(GateState::Closed);
        let (state, cancel) = (self.state.clone(), self.cancel.clone());
        let checking = tokio::task::spawn_blocking(move || check(&cancel));
        tokio::spawn(async move {
            let result = checking.await.unwrap_or_else(|error| Err(StoreError::Failed(format!("the check: {error}"))));
            state.send_replace(match result {
                Ok(()) => GateState::Open,
                Err(StoreError::Damaged(what)) => GateState::Damaged(what),
                // What cannot be read is not known to be sound.
                Err(error) => GateState::Damaged(error.to_string()),
            });
        });
    }

    /// Whether writes are held back.
    pub fn is_closed(&self) -> bool {
        *self.state.borrow() != GateState::Open
    }

    /// Waits until writes may pass.
    pub async fn pass(&self) -> Result<(), StoreError> {
        let mut state = self.state.subscribe();
        let state = state.wait_for(|state| *state != GateState::Closed).await.map(|state| state.clone());
        match state {
            Ok(GateState::Damaged(what)) => Err(StoreError::Damaged(what)),
            Ok(GateState::Open | GateState::Closed) => Ok(()),
            // The gate itself has the sender.
            Err(_) => Err(StoreError::Unavailable),
        }
    }

    /// Waits for damage to be found. Never returns if there is none.
    pub async fn damage(&self) -> StoreError {
        let is_damage = |state: &GateState| matches!(state, GateState::Damaged(_));
        let mut state = self.state.subscribe();
        let _ = state.wait_for(is_damage).await.map(drop);
        match self.pass().await {
            Err(damage) => damage,
            Ok(()) => std::future::pending().await,
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.cancel.set();
    }
}
