//! The limit of people that a connector may create in a day. The holder of a connector's token identifies people by
//! their phone numbers, and each unknown number creates a person.
//!
//! The count belongs to this process: it starts at zero with the server, and other processes have their own.

use crate::http::refusal::Refusal;
use crate::limits;
use convoke_core::{Change, ClientId, Timestamp};
use foldhash::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Counts the people that each connector has created today.
pub(crate) struct CreationQuota {
    limit: AtomicU32,
    today: Mutex<Today>,
}

#[derive(Default)]
struct Today {
    /// Days since 1970, in UTC.
    day: i64,
    created: HashMap<ClientId, u32>,
}

impl Default for CreationQuota {
    fn default() -> Self {
        CreationQuota { limit: limits::CONNECTOR_PEOPLE_PER_DAY.into(), today: Mutex::default() }
    }
}

impl CreationQuota {
    pub fn set_limit(&self, limit: u32) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Counts the people that a decision creates, and returns their number. If its commit fails,
    /// [`CreationQuota::take_back`] subtracts them.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManyPeople`] if they exceed the rest of today's limit. Then none is counted.
    pub fn count(&self, connector: &ClientId, changes: &[Change], at: Timestamp) -> Result<u32, Refusal> {
        let is_new = |change: &&Change| matches!(change, Change::PersonPut(person) if person.version == 1);
        let n_new = u32::try_from(changes.iter().filter(is_new).count()).unwrap_or(u32::MAX);
        if n_new == 0 {
            return Ok(0);
        }
        let (limit, day) = (self.limit.load(Ordering::Relaxed), at.0.div_euclid(DAY));
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.day != day {
            *today = Today { day, created: HashMap::default() };
        }
        let created = today.created.entry(connector.clone()).or_default();
        let n_all = created.saturating_add(n_new);
        if n_all > limit {
            let retry_after = u32::try_from((DAY - at.0.rem_euclid(DAY)) / 1000 + 1).unwrap_or_default();
            return Err(Refusal::TooManyPeople { limit, retry_after });
        }
        *created = n_all;
        Ok(n_new)
    }

    /// Subtracts the people of decisions that were not committed. Counts of an earlier day no longer exist.
    pub fn take_back(&self, counted: &[(ClientId, u32)]) {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        for (connector, n_new) in counted {
            if let Some(created) = today.created.get_mut(connector) {
                *created = created.saturating_sub(*n_new);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn people_are_counted_by_connector_and_day() {
        let creation_quota = CreationQuota::default();
        creation_quota.set_limit(3);
        let person = |version| {
            let person = crate::replica::directories::administrator(convoke_core::DivisionId(uuid::Uuid::nil()));
            Change::PersonPut(Arc::new(convoke_core::Person { version, ..person }))
        };
        let (one, other) = (ClientId("one".into()), ClientId("other".into()));
        let evening = Timestamp(DAY - 10_000);
        assert!(creation_quota.count(&one, &[person(1), person(2), person(1)], evening).is_ok());
        let refused = creation_quota.count(&one, &[person(1), person(1)], evening);
        assert!(matches!(refused, Err(Refusal::TooManyPeople { limit: 3, retry_after: 11 })), "{refused:?}");
        assert!(creation_quota.count(&one, &[person(1)], evening).is_ok(), "what was refused is not counted");
        assert!(creation_quota.count(&one, &[person(1)], evening).is_err());
        assert!(creation_quota.count(&one, &[person(2), person(3)], evening).is_ok(), "nobody is new");
        assert!(creation_quota.count(&other, &[person(1)], evening).is_ok());
        assert!(creation_quota.count(&one, &[person(1), person(1), person(1)], Timestamp(DAY)).is_ok(), "the next day");
    }
}
